"""Notebooks × parameters → executed notebooks, with papermill.

Everything that can be known before a run is checked before a run: names and types of parameters, the study, the
notebooks. A run is one notebook with one parameter set; its result is ``reports/<study>/<parameter set>/<notebook>``.
"""

import contextlib
import hashlib
import json
import os
import re
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from broadsheet import DATA, NOTEBOOKS, REPORTS, __version__
from broadsheet.parameters import declared, fitted
from broadsheet.study import find as find_study
from broadsheet.tables import unknown


@dataclass
class Run:
    """One notebook with one parameter set: where its result goes and, once it ran, how that went."""

    notebook: Path
    parameters: dict  # what papermill is given: only what differs from the notebook's defaults, and the study
    path: Path  # the executed notebook
    error: str = ""  # one line; empty means that it ran through
    cell: int = 0  # number of the code cell that failed, as JupyterLab's In [n]
    seconds: float = 0.0


def run(notebooks, parameters, out=REPORTS, *, progress=True):
    """Executes notebooks with one parameter set, and goes on when one fails. Returns a list of ``Run``.

    ``parameters`` maps names to values, typed or as text ("Putin+Trump" for a list). Raises BroadsheetError, before
    anything runs, for a notebook that is not there, a parameter that no notebook has, or a value of the wrong type.
    """
    runs = plan(notebooks, parameters, out)
    with _display(len(runs), progress) as report:
        for done in runs:
            execute(done, report)
            report(done)
    return runs


def plan(notebooks, parameters, out=REPORTS):
    """Checks everything and returns the ``Run``s to do, none of them executed."""
    notebooks = [find(notebook) for notebook in notebooks]
    declares = {notebook: declared(notebook) for notebook in notebooks}
    known = {name: entry for entries in declares.values() for name, entry in entries.items()}
    if missing := next((name for name in parameters if name not in known), None):
        raise unknown("parameter", missing, known)
    values = {name: fitted(name, value, *known[name]) for name, value in parameters.items()}
    if "study_folder" in known:
        values["study_folder"] = study(values.get("study_folder", known["study_folder"][1]))
    differing = {n: v for n, v in values.items() if n != "study_folder" and v != known[n][1]}
    folder = _home(Path(out), values.get("study_folder", "notebooks")) / name(differing)
    runs = []
    for notebook, entries in declares.items():
        given = {n: v for n, v in values.items() if n in entries and (n == "study_folder" or v != entries[n][1])}
        runs.append(Run(notebook, given, folder / notebook.name))
    return runs


def find(notebook):
    """A notebook's name (with or without .ipynb) or path → its path. Raises BroadsheetError if there is none."""
    for path in (Path(notebook), NOTEBOOKS / notebook, NOTEBOOKS / f"{notebook}.ipynb"):
        if path.is_file() and path.suffix == ".ipynb":
            return path.resolve()
    raise unknown("notebook", notebook, [path.stem for path in available()])


def available():
    """The suite's notebooks, in their order."""
    return sorted(NOTEBOOKS.glob("[0-9]*.ipynb"))


def study(folder):
    """A name in data/, or any path from the working directory → what the notebooks get, who run in another directory.

    Raises BroadsheetError if there is no such folder.
    """
    path = find_study(folder)
    return path.name if path.parent == DATA else str(path)


def name(differing):
    """What differs from the defaults → the name of the parameter set, which is also its folder's.

    >>> name({"voice": "narrator", "actors": ["Putin", "Trump"]})
    'actors=Putin+Trump,voice=narrator'
    >>> name({})
    'default'
    """
    parts = []
    for key, value in sorted(differing.items()):
        values = value if isinstance(value, list) else [value]
        parts.append((key, [str(v) for v in values]))
    plain = ",".join(f"{key}={'+'.join(_safe(v) for v in values)}" for key, values in parts) or "default"
    # two sets must never share a folder: where safe characters lose a difference, a hash keeps it
    exact = all(_safe(v).replace("_", " ") == v.replace("_", "?") for _, values in parts for v in values)
    if exact and len(plain) <= 80 and not plain.endswith("."):
        return plain
    return f"{plain[:70].rstrip('.')}-{_hash(json.dumps(parts))}"


def execute(run, report=lambda run: None):
    """Executes one ``Run`` and notes in it how that went. The result is written aside and renamed when whole."""
    import logging

    import nbformat
    import papermill
    from traitlets.config import Config

    for logger in ("papermill", "traitlets"):
        logging.getLogger(logger).setLevel(logging.CRITICAL)
    os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")  # a debugger's warning that is nothing to a reader
    papermill.engines.papermill_engines.register("broadsheet", _engine())
    run.path.parent.mkdir(parents=True, exist_ok=True)
    if os.path.isabs(run.parameters.get("study_folder", "")):
        (run.path.parents[1] / ".study").write_text(run.parameters["study_folder"], encoding="utf-8")
    aside = run.path.with_name(f".{run.path.stem}.{os.getpid()}.ipynb")
    started = time.monotonic()

    def on_cell(number):
        run.cell = number
        report(run)

    try:
        papermill.execute_notebook(
            *(str(run.notebook), str(aside), run.parameters),
            engine_name="broadsheet",
            kernel_name="python3",
            cwd=str(run.notebook.parent),
            progress_bar=False,
            on_cell=on_cell,
            extra_arguments=["--log-level=50"],  # a kernel that is told to end may complain of it
            config=Config({"KernelManager": {"transport_encryption": "auto"}}),
        )
    except papermill.PapermillExecutionError as error:
        run.error = _line(error.evalue if error.ename == "BroadsheetError" else f"{error.ename}: {error.evalue}")
    except Exception as error:  # a kernel that dies or never starts: the batch goes on, the summary names it
        run.error = _line(f"{type(error).__name__}: {error}")
    try:
        run.seconds = time.monotonic() - started
        if aside.exists():
            notebook = nbformat.read(aside, 4)
            _settle(run, notebook)
            nbformat.write(notebook, aside)
            os.replace(aside, run.path)
    finally:
        aside.unlink(missing_ok=True)


def summary(runs):
    """The failures among runs, one line each: notebook, cell, error."""
    where = [f"cell {run.cell}: " if run.cell else "" for run in runs]
    return [f"{run.notebook.name}: {at}{run.error}" for run, at in zip(runs, where, strict=True) if run.error]


def _settle(run, notebook):
    """Finds what papermill takes for success, and drops what differs between two equal runs."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    code = [cell for cell in code if "papermill-error-cell-tag" not in cell.metadata.get("tags", [])]
    for number, cell in enumerate(code, 1):
        left = any(output.output_type == "error" and output.ename == "SystemExit" for output in cell.outputs)
        if not run.error and (left or cell.execution_count is None):
            # papermill counts sys.exit(0) as success and skips the remaining cells without a word
            run.cell, run.error = number, "SystemExit: the cell ended the notebook, the cells after it did not run"
    for cell in notebook.cells:
        cell.metadata.pop("papermill", None)
        cell.metadata.pop("execution", None)
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell.id = "injected-parameters"
    papermill = notebook.metadata.get("papermill", {})
    notebook.metadata["papermill"] = {"parameters": papermill.get("parameters", run.parameters)}
    outcome = {"status": "failed", "cell": run.cell, "error": run.error} if run.error else {"status": "done"}
    notebook.metadata["broadsheet"] = {"notebook": run.notebook.name, "version": __version__, **outcome}


def _engine():
    from papermill.engines import NBClientEngine

    class Engine(NBClientEngine):
        """Papermill's own engine, which also tells which code cell has begun."""

        @classmethod
        def execute_managed_notebook(cls, nb_man, kernel_name, on_cell, **options):
            begin = nb_man.cell_start

            def cell_start(cell, cell_index=None, **more):
                if cell.cell_type == "code" and cell.source.strip():
                    before = nb_man.nb.cells[:cell_index]
                    on_cell(1 + sum(c.cell_type == "code" and bool(c.source.strip()) for c in before))
                return begin(cell, cell_index, **more)

            nb_man.cell_start = cell_start
            return super().execute_managed_notebook(nb_man, kernel_name, **options)

    return Engine


def _home(out, study_folder):
    """The study's folder of reports. A second study of the same name gets another one, with a hash of its path."""
    path = Path(study_folder)
    own = _safe(path.name) or "study"
    if path.is_absolute():
        mark = out / own / ".study"
        taken = (DATA / path.name).is_dir() or ((out / own).is_dir() and not mark.is_file())
        if taken or (mark.is_file() and mark.read_text(encoding="utf-8") != str(path)):
            own = f"{own}-{_hash(str(path))}"
    return out / own


def _safe(text):
    return re.sub(r"[^\w.\-]", "-", text.replace(" ", "_"))


def _hash(text):
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:6]


def _line(text):
    line = next((part.strip() for part in str(text).splitlines() if part.strip()), "no message")
    return line if len(line) <= 300 else line[:299] + "…"


@contextlib.contextmanager
def _display(total, progress):
    """Progress on stderr: a bar with the current cell on a terminal, a line for each finished run elsewhere."""
    if not progress:
        yield lambda run: None
        return
    from tqdm import tqdm

    terminal = sys.stderr.isatty()
    with tqdm(total=total, unit="notebook", disable=not terminal) as bar:
        finished = []

        def report(run):
            if not run.seconds:  # still running: a cell begins
                bar.set_description_str(f"{run.notebook.stem}, cell {run.cell}")
                return
            finished.append(run)
            bar.update()
            if not terminal:
                how = "failed" if run.error else "done"
                print(f"[{len(finished)}/{total}] {run.notebook.stem} {how} in {run.seconds:.1f} s", file=sys.stderr)

        yield report
