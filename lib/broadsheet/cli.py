"""The ``broadsheet`` command: one line per job, each calling the module that does it.

Heavy imports happen inside the jobs, so that ``broadsheet --help`` answers at once.
"""

import argparse
import sys

from broadsheet import DATA, REPORTS, __version__

_PARAMETERS = "set a parameter: -p voice narrator, -p actors Putin+Trump. A notebook without it runs without it."
_GRID = "cross a parameter's values: --grid actors=Putin+Trump,Zelensky is two sets; repeat it for further parameters"


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
    except OSError as error:  # a disk that is full or cannot be written
        print(f"broadsheet: {error.strerror or error}: {error.filename or 'while writing'}", file=sys.stderr)
        return 2
    except ValueError as error:
        from broadsheet.tables import BroadsheetError

        if not isinstance(error, BroadsheetError):
            raise
        print(f"broadsheet: {error}", file=sys.stderr)
        return 2


def report(options):
    """Every notebook on one study, then the pages and the index."""
    return _run([((), _sets(options))], options)


def run(options):
    """Some notebooks, or all, with one parameter set or many; without any of these, the batch that the study keeps."""
    from broadsheet import study, variants

    if not (options.notebooks or options.parameters or options.grid):
        folder = study.find(options.study or "peace-talks")
        batches = variants.kept(folder)
        if batches:
            print(f"{folder / 'batch.toml'}: {len(batches)} batch{'es' if len(batches) > 1 else ''}", file=sys.stderr)
            return _run([(notebooks, [_on(options.study, each) for each in sets]) for notebooks, sets in batches], options)
    return _run([(options.notebooks, _sets(options))], options)


def cache(options):
    """What is kept of earlier runs: shown, or removed."""
    from broadsheet import cache

    if options.clear:
        cache.clear()
    found = cache.entries()
    for row in found.itertuples():
        print(f"{row.about:40.40}  {row.bytes / 1e6:8.1f} MB  last used {row.used:%Y-%m-%d %H:%M}  {row.name}")
    print(f"{cache.folder() or 'off'}: {len(found)} entries, {found['bytes'].sum() / 1e6:.1f} MB")
    return 0


def share(options):
    """Pages from executed notebooks, without running them again."""
    from pathlib import Path

    from broadsheet import handout, share

    out = options.out
    if options.excerpts is not None and not out:
        out = REPORTS / f"excerpts-{options.excerpts}"  # beside the full texts, the cut ones could not be handed on
    paths = []
    for path in map(Path, options.paths or [REPORTS]):
        paths += share.executed(path) if path.is_dir() else [path]
    pages = share.pages(paths, out, options.excerpts, code=not options.no_code)
    index = share.index(paths, out, options.excerpts)
    if options.pdf:
        print(*handout.printed(pages), sep="\n")
    if options.zip is not None:
        print(handout.zipped(index, pages, options.zip or index.with_name("broadsheet.zip")))
    print(index)
    return 0


def new(options):
    """A study folder from articles."""
    from broadsheet import draft

    print(draft.new(options.folder, options.articles))
    return 0


def check(options):
    """What is wrong with a study, line by line."""
    from broadsheet import draft, plan

    folder = plan.study(options.study)
    problems = draft.check(DATA / folder)  # a path from the root stays as it is
    print("\n".join(problems) or f"{folder}: no problems found.")
    return 1 if problems else 0


def annotate(options):
    """Every table of a study as Parquet in parts, here or on a cluster."""
    from broadsheet import annotate, load
    from broadsheet.study import names_corpus

    made = annotate.annotate(
        load.study(options.study),
        options.out,
        scorer="" if options.scorer == "none" else options.scorer,
        scheduler=options.scheduler,
        workers=options.workers,
    )
    rows = made["rows"]
    print(f"{rows['articles']:,} articles annotated, {rows['dropped']:,} left out with the reason: {options.out}")
    print(f"To read it in the notebooks, put this into study.toml: {names_corpus(annotate.address(options.out))}")
    return 0


def code(options):
    """Mentions coded by hand, in the browser."""
    from broadsheet import code

    browser = not options.no_browser
    print(code.run(options.study, options.coder, options.round, options.size, options.seed, options.port, browser))
    return 0


def _sets(options):
    from broadsheet import variants

    return variants.grid(_on(options.study, dict(options.parameters)), variants.crossed(options.grid))


def _on(study, parameters):
    return parameters if study is None else {**parameters, "study_folder": study}


def _run(batches, options):
    from pathlib import Path

    from broadsheet import batch, plan, share

    out = Path(options.out).resolve() if options.out else REPORTS
    runs = {}
    for notebooks, sets in batches:
        for each in plan.runs(notebooks, sets, out, force=options.force):
            runs.setdefault(each.path, each)
    runs = list(runs.values())
    if options.dry_run:
        for each in runs:
            print(f"{each.path.relative_to(out)}: {each.why or 'unchanged'}")
        print(f"{sum(bool(each.why) for each in runs)} of {len(runs)} runs would be done.")
        return 0
    batch.run(runs, out, jobs=options.jobs, timeout=options.timeout)
    runs += batch.run(plan.comparisons(runs, out), out, jobs=options.jobs, timeout=options.timeout)
    if there := sum(each.status == "unchanged" for each in runs):
        print(f"{there} of {len(runs)} runs were there already, made from the same; --force does them again.")
    failures = batch.summary(runs)
    for failure in failures:
        print(f"failed: {failure}", file=sys.stderr)
    written = share.executed(out)
    fresh = {each.path.parent for each in runs}
    share.pages([path for path in written if path.parent in fresh], root=out, code=not options.no_code)
    print(share.index(written, root=out))
    return 1 if failures else 0


def _parser():
    parser = argparse.ArgumentParser("broadsheet", description="How the press covers a story.")
    parser.add_argument("--version", action="version", version=f"broadsheet {__version__}")
    jobs = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    job = jobs.add_parser("report", help="run every notebook on a study and write the pages and their index")
    job.add_argument("study", nargs="?", metavar="STUDY", help="a folder in data/, or any path (default: peace-talks)")
    _parameters(job)
    job.set_defaults(job=report)

    job = jobs.add_parser("run", help="run some notebooks, with one parameter set or many")
    job.add_argument(
        "notebooks",
        nargs="*",
        metavar="NOTEBOOK",
        help="a name like 02_term_frequency, or a path (default: all; with no parameters either, the study's batch.toml)",
    )
    job.add_argument("--study", metavar="STUDY", help="a folder in data/, or any path (default: peace-talks)")
    _parameters(job)
    job.set_defaults(job=run)

    job = jobs.add_parser("share", help="turn executed notebooks into pages that open without a network")
    job.add_argument("paths", nargs="*", metavar="PATH", help="executed notebooks or folders of them (default: reports/)")
    job.add_argument("--excerpts", type=int, metavar="N", help="cut every quoted sentence to N words, in a folder of its own")
    job.add_argument("--out", metavar="DIR", help="write the pages here instead of beside the notebooks")
    job.add_argument("--no-code", action="store_true", help="leave the code out")
    job.add_argument("--zip", nargs="?", const="", metavar="FILE", help="one file to mail (default: broadsheet.zip)")
    job.add_argument("--pdf", action="store_true", help="a PDF beside each page, through a Chromium, Chrome or Edge")
    job.set_defaults(job=share)

    job = jobs.add_parser("cache", help="show or clear what is kept of earlier runs")
    job.add_argument("--clear", action="store_true", help="remove all of it; what runs need is made anew")
    job.set_defaults(job=cache)

    job = jobs.add_parser("annotate", help="write every table of a study as Parquet, for a corpus of any size")
    job.add_argument("study", metavar="STUDY", help="a folder in data/, or any path")
    job.add_argument("--out", metavar="DIR", required=True, help="a folder, or an address such as s3://bucket/folder")
    job.add_argument("--scorer", metavar="NAME", default="target", help="of sentiment, or none (default: target)")
    job.add_argument("--scheduler", metavar="ADDRESS", help="a running Dask scheduler, such as tcp://10.0.0.1:8786")
    job.add_argument(
        "--workers", type=int, metavar="N", help="processes on this machine (default: one a core; 0: this process)"
    )
    job.set_defaults(job=annotate)

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
    """The options of the two commands that run notebooks."""
    pair = {"nargs": 2, "action": "append", "default": [], "dest": "parameters", "metavar": ("NAME", "VALUE")}
    job.add_argument("-p", "--parameter", **pair, help=_PARAMETERS)
    job.add_argument("--grid", action="append", default=[], metavar="NAME=V1,V2", help=_GRID)
    job.add_argument("--out", metavar="DIR", help="the folder of the reports (default: reports/)")
    job.add_argument("--jobs", type=int, metavar="N", help="runs at once (default: one a core)")
    job.add_argument("--timeout", type=int, metavar="SECONDS", help="stop a notebook whose cell takes longer (default: never)")
    job.add_argument("--force", action="store_true", help="run also what has not changed since the last time")
    job.add_argument("--dry-run", action="store_true", help="say what would run, and why; run nothing")
    job.add_argument("--no-code", action="store_true", help="leave the code out of the pages")


if __name__ == "__main__":
    sys.exit(main())
