"""Runs of notebooks, in parallel over processes; a run whose result is there, made from the same, is not done again."""

import contextlib
import csv
import glob
import json
import multiprocessing
import os
import shutil
import signal
import sys
import threading
import time
from collections import deque
from multiprocessing import connection
from pathlib import Path

from broadsheet import REPORTS, __version__
from broadsheet.tables import BroadsheetError

_FORKS = sys.platform == "linux"  # elsewhere a process that has loaded numpy is not safe to fork
_COLUMNS = ["run", "study", "set", "notebook", "status", "seconds", "cell", "error", "parameters", "key", "inputs", "version"]


def run(runs, out=REPORTS, *, jobs=None, timeout=None, progress=True):
    """Does the runs that ``plan.runs`` planned, and goes on when one fails. Returns them, with how each went.

    ``jobs`` processes at once (default: one a core), ``timeout`` seconds for a cell (default: none). ``out/runs.csv`` then has
    a row for each run, and for those of earlier batches. Ctrl-C stops all; the same command goes on from there.
    """
    jobs = cores() if jobs is None else jobs
    if jobs < 1:
        raise BroadsheetError(f"--jobs takes a number from 1 up, not {jobs}.")
    first, twins = {}, {}
    for each in runs:
        if each.why:
            twins.setdefault(id(first.setdefault((each.notebook, each.key), each)), []).append(each)
    _record([each for each in runs if not each.why], Path(out))
    with _display([each for each in runs if each.why], progress) as report:
        for done in _parallel(first.values(), jobs, timeout, report):
            for twin in twins[id(done)]:
                if twin is not done:  # a notebook without a parameter that others have: the same result, once more
                    twin.error, twin.cell, twin.seconds, twin.inputs = done.error, done.cell, done.seconds, done.inputs
                    _copy(done.path, twin.path)
                report(twin)
            _record(twins[id(done)], Path(out))  # at once: a batch that is killed keeps what it has done
    return runs


def cores():
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def summary(runs):
    """The failures among runs, one line each: parameter set, notebook, cell, error."""
    several = len({each.path.parent for each in runs}) > 1
    lines = []
    for each in (each for each in runs if each.error):
        where = f"{each.path.parent.name}: " if several else ""
        cell = f"cell {each.cell}: " if each.cell else ""
        lines.append(f"{where}{each.notebook.name}: {cell}{each.error}")
    return lines


def _parallel(runs, jobs, timeout, report):
    """Yields each run when it ended. A process a run: what kills one leaves the others alone."""
    started = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
    context = multiprocessing.get_context(started)
    if started == "forkserver":
        # papermill, and what notebooks import, is imported once, and not once a run
        context.set_forkserver_preload(["broadsheet.execute", *(["broadsheet.kernel"] if _FORKS else [])])
    threads = max(1, cores() // jobs)
    waiting, active = deque(runs), {}
    try:
        while waiting or active:
            while waiting and len(active) < jobs:
                each = waiting.popleft()
                _mark(each)
                _sweep(each)
                ours, theirs = context.Pipe(duplex=False)
                process = context.Process(target=_one, args=(each, timeout, threads, theirs), daemon=True)
                process.start()
                theirs.close()
                active[ours] = (process, each, time.monotonic())
            for ours in connection.wait(active):
                process, each, began = active[ours]
                try:
                    told = ours.recv()
                except EOFError:  # it ended without a word
                    process.join()
                    if not each.seconds:
                        each.error = f"the process of this run died (exit status {process.exitcode}); is there enough memory?"
                        each.seconds = time.monotonic() - began
                        each.path.unlink(missing_ok=True)  # what an earlier run has left is no result of this one
                    _sweep(each)
                    del active[ours]
                    yield each
                    continue
                vars(each).update(told)
                if not each.seconds:
                    report(each)
    finally:
        for process, _, _ in active.values():
            process.terminate()
        for process, each, _ in active.values():
            process.join(10)
            process.kill()
            process.join()
            _sweep(each)


def _one(each, timeout, threads, pipe):
    """In a process of its own, which does not outlive the batch: one run, told through the pipe cell by cell."""
    # what scorers and small matrices may use, so that runs share the cores
    os.environ.setdefault("BROADSHEET_THREADS", str(threads))
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    if _FORKS:
        from broadsheet import kernel

        kernel.ahead()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent hears Ctrl-C too, and ends this process in order
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    threading.Thread(target=_end_with_the_batch, daemon=True).start()
    from broadsheet.execute import execute

    def tell(run):
        pipe.send({name: getattr(run, name) for name in ("cell", "error", "seconds", "inputs")})

    execute(each, tell, timeout, kernel.Manager if _FORKS else None)
    tell(each)


def _end_with_the_batch():
    multiprocessing.parent_process().join()
    os.kill(os.getpid(), signal.SIGTERM)


def _sweep(each):
    """Removes what a process that was killed has left half-written of a run."""
    from psutil import pid_exists

    for left in each.path.parent.glob(f".{glob.escape(each.path.stem)}.*.ipynb"):
        pid = left.name.split(".")[-2]
        if pid.isdecimal() and not pid_exists(int(pid)):
            left.unlink(missing_ok=True)


def _mark(each):
    """Says in the reports' folder of a study outside data/ which study it is, so that another of its name gets its own."""
    if os.path.isabs(each.study):
        mark = each.path.parents[1] / ".study"
        with contextlib.suppress(OSError):  # the run itself will say what is wrong with the folder
            mark.parent.mkdir(parents=True, exist_ok=True)
            mark.write_text(each.study, encoding="utf-8")


def _copy(path, to):
    to.unlink(missing_ok=True)
    if path.exists():
        to.parent.mkdir(parents=True, exist_ok=True)
        aside = to.with_name(f".{to.stem}.{os.getpid()}.ipynb")
        shutil.copyfile(path, aside)
        os.replace(aside, to)


def _record(runs, out):
    """Puts the runs into runs.csv: a run's row takes the place of its earlier one. Of two batches the second waits."""
    from filelock import FileLock

    if not runs:
        return
    path = out / "runs.csv"
    try:
        out.mkdir(parents=True, exist_ok=True)
        with FileLock(out / ".runs.lock"):
            _written(path, _rows(path, runs, out))
    except OSError as problem:  # the runs themselves are done, and their results are there
        print(f"{path} cannot be written: {problem.strerror}", file=sys.stderr)


def _rows(path, runs, out):
    """The rows of runs.csv, with those of the runs."""
    rows = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = {row["run"]: row for row in csv.DictReader(file) if row.get("run")}
    except (OSError, ValueError):  # none yet, or saved in another encoding: the rows of this batch begin it anew
        pass
    for each in runs:
        place = each.path.relative_to(out).as_posix()
        seconds = f"{each.seconds:.1f}" if each.seconds else rows.get(place, {}).get("seconds", "")
        rows[place] = {
            **{"run": place, "study": each.study, "set": each.path.parent.name, "notebook": each.notebook.name},
            **{"status": each.status, "seconds": seconds, "cell": each.cell if each.error else "", "error": each.error},
            "parameters": json.dumps(each.parameters, ensure_ascii=False, sort_keys=True),
            **{"key": each.key, "inputs": json.dumps(each.inputs, sort_keys=True), "version": __version__},
        }
    return [rows[place] for place in sorted(rows)]


def _written(path, rows):
    import pandas as pd

    from broadsheet import show

    aside = path.with_name(".runs.csv")  # one name: what a batch that was killed has left of it, the next one overwrites
    try:
        aside.write_text("\ufeff" + show.csv(pd.DataFrame(rows, columns=_COLUMNS)), encoding="utf-8", newline="")
        os.replace(aside, path)
    finally:
        aside.unlink(missing_ok=True)


@contextlib.contextmanager
def _display(runs, progress):
    """Progress on stderr: a bar with the current cells on a terminal, a line for each finished run elsewhere."""
    if not progress or not runs:
        yield lambda run: None
        return
    from tqdm import tqdm

    terminal, several = sys.stderr.isatty(), len({each.path.parent for each in runs}) > 1
    with tqdm(total=len(runs), unit="run", disable=not terminal) as bar:
        finished, now = [], {}

        def report(run):
            if run.seconds:
                finished.append(run)
                bar.update()
                now.pop(run.path, None)
            else:
                now[run.path] = f"{run.notebook.stem} cell {run.cell}"
            shown = [*now.values()]
            bar.set_description_str("; ".join([*shown[:2], *([f"{len(shown) - 2} more"] if len(shown) > 2 else [])]))
            if run.seconds and not terminal:
                where = f"{run.path.parent.name}/" if several else ""
                print(
                    f"[{len(finished)}/{len(runs)}] {where}{run.notebook.stem} {run.status} in {run.seconds:.1f} s",
                    file=sys.stderr,
                )

        yield report
