"""The ``broadsheet`` command: one line per job, each calling the module that does it.

Heavy imports happen inside the jobs, so that ``broadsheet --help`` answers at once.
"""

import argparse
import sys

from broadsheet import DATA, REPORTS, __version__

_PARAMETERS = "set a parameter: -p voice narrator, -p actors Putin+Trump. A notebook without it runs without it."


def main(arguments=None):
    """Runs one command. Returns 0, 1 if a notebook failed or a study has problems, 2 if the command cannot be done."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # a name that the terminal cannot write is no reason to stop
    options = _parser().parse_args(arguments)
    try:
        return options.job(options)
    except KeyboardInterrupt:
        print("broadsheet: stopped.", file=sys.stderr)
        return 130
    except ValueError as error:
        from broadsheet.tables import BroadsheetError

        if not isinstance(error, BroadsheetError):
            raise
        print(f"broadsheet: {error}", file=sys.stderr)
        return 2


def report(options):
    """Every notebook on one study, then the pages and the index."""
    from broadsheet import batch

    return _run(batch.available() or ["00_corpus"], options)


def run(options):
    """Some notebooks, or all."""
    from broadsheet import batch

    return _run(options.notebooks or batch.available(), options)


def share(options):
    """Pages from executed notebooks, without running them again."""
    from pathlib import Path

    from broadsheet import share

    out = options.out
    if options.excerpts is not None and not out:
        out = REPORTS / f"excerpts-{options.excerpts}"  # beside the full texts, the cut ones could not be handed on
    paths = []
    for path in map(Path, options.paths or [REPORTS]):
        paths += share.executed(path) if path.is_dir() else [path]
    share.pages(paths, out, options.excerpts)
    print(share.index(paths, out, options.excerpts))
    return 0


def new(options):
    """A study folder from articles."""
    from broadsheet import draft

    print(draft.new(options.folder, options.articles))
    return 0


def check(options):
    """What is wrong with a study, line by line."""
    from broadsheet import batch, draft

    folder = batch.study(options.study)
    problems = draft.check(DATA / folder)  # a path from the root stays as it is
    print("\n".join(problems) or f"{folder}: no problems found.")
    return 1 if problems else 0


def code(options):
    """Mentions coded by hand, in the browser."""
    from broadsheet import code

    browser = not options.no_browser
    print(code.run(options.study, options.coder, options.round, options.size, options.seed, options.port, browser))
    return 0


def _run(notebooks, options):
    from broadsheet import batch, load, share

    parameters = dict(options.parameters)
    if options.study is not None:
        parameters["study_folder"] = options.study
    # a study that cannot be read is one error here, and not one a notebook
    next(load.files(load.study(parameters.get("study_folder", "peace-talks")).corpus))
    runs = batch.run(notebooks, parameters, REPORTS)
    written = share.executed(REPORTS)
    fresh = {run.path.parent for run in runs}
    share.pages([path for path in written if path.parent in fresh])
    index = share.index(written)
    failures = batch.summary(runs)
    for failure in failures:
        print(f"failed: {failure}", file=sys.stderr)
    print(index)
    return 1 if failures else 0


def _parser():
    parser = argparse.ArgumentParser("broadsheet", description="How the press covers a story.")
    parser.add_argument("--version", action="version", version=f"broadsheet {__version__}")
    jobs = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    job = jobs.add_parser("report", help="run every notebook on a study and write the pages and their index")
    job.add_argument("study", nargs="?", metavar="STUDY", help="a folder in data/, or any path (default: peace-talks)")
    _parameters(job)
    job.set_defaults(job=report)

    job = jobs.add_parser("run", help="run some notebooks, with parameters")
    job.add_argument("notebooks", nargs="*", metavar="NOTEBOOK", help="a name like 02_term_frequency, or a path")
    job.add_argument("--study", metavar="STUDY", help="a folder in data/, or any path (default: peace-talks)")
    _parameters(job)
    job.set_defaults(job=run)

    job = jobs.add_parser("share", help="turn executed notebooks into pages that open without a network")
    job.add_argument("paths", nargs="*", metavar="PATH", help="executed notebooks or folders of them (default: reports/)")
    job.add_argument("--excerpts", type=int, metavar="N", help="cut every quoted sentence to N words, in a folder of its own")
    job.add_argument("--out", metavar="DIR", help="write the pages here instead of beside the notebooks")
    job.set_defaults(job=share)

    job = jobs.add_parser("new", help="make a study folder from your articles")
    job.add_argument("folder", metavar="FOLDER", help="the study folder to make")
    job.add_argument("--from", dest="articles", metavar="PATH", required=True, help="a folder of articles, or a file of them")
    job.set_defaults(job=new)

    job = jobs.add_parser("check", help="say what is wrong with a study folder")
    job.add_argument("study", metavar="STUDY", help="a folder in data/, or any path")
    job.set_defaults(job=check)

    job = jobs.add_parser("code", help="code mentions by hand in the browser, to measure how often the scores are right")
    job.add_argument("study", metavar="STUDY", help="a folder in data/, or any path")
    job.add_argument("--coder", default="A", metavar="NAME", help="who codes: a letter will do (default: A)")
    job.add_argument(
        "--round", default="1", metavar="NAME", help="2 for the second time; settled where passes differ (default: 1)"
    )
    job.add_argument("--size", type=int, metavar="N", help="mentions to draw if none are drawn yet (default: 200)")
    job.add_argument("--seed", type=int, default=0, metavar="N", help="of the draw (default: 0)")
    job.add_argument("--port", type=int, default=0, metavar="N", help="of the page's address (default: any free one)")
    job.add_argument("--no-browser", action="store_true", help="print the address, and open nothing")
    job.set_defaults(job=code)
    return parser


def _parameters(job):
    job.add_argument(
        "-p",
        "--parameter",
        nargs=2,
        action="append",
        default=[],
        dest="parameters",
        metavar=("NAME", "VALUE"),
        help=_PARAMETERS,
    )


if __name__ == "__main__":
    sys.exit(main())
