"""One run: papermill executes the notebook, and the result is written aside and renamed when whole."""

import errno
import json
import logging
import os
import re
import tempfile
import time

import nbformat
import papermill
from papermill.engines import NBClientEngine
from traitlets.config import Config

from broadsheet import __version__

# Asked in the kernel after the last cell: what the notebook has read of its study.
_ASK = """
import builtins as _builtins, json as _json, sys as _sys
_store = _sys.modules.get("broadsheet.store")
_builtins.print("broadsheet-used", _json.dumps(_store.used() if _store else None))
"""
_ASKED = "broadsheet-used"

for _logger in ("papermill", "traitlets"):
    logging.getLogger(_logger).setLevel(logging.CRITICAL)


def execute(run, report=lambda run: None, timeout=None, manager=None):
    """Executes one ``plan.Run`` and notes in it how that went. ``timeout`` is in seconds, for each cell.

    ``manager`` is the class of the kernel's manager (default: Jupyter's own).
    """
    os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")  # a debugger's warning that is nothing to a reader
    papermill.engines.papermill_engines.register("broadsheet", _Engine)
    aside = run.path.with_name(f".{run.path.stem}.{os.getpid()}.ipynb")
    started = time.monotonic()

    def on_cell(number):
        run.cell = number
        report(run)

    try:
        run.path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="broadsheet-", ignore_cleanup_errors=True) as sockets:
            # sockets that are files: two runs cannot want one port. Windows has none of these
            short = os.name != "nt" and len(sockets) < 80  # a socket's path has some 100 characters at most
            ipc = {"transport": "ipc", "ip": os.path.join(sockets, "k")} if short else {}
            literal = [
                str(path).replace("{", "{{").replace("}", "}}") for path in (run.notebook, aside)
            ]  # papermill fills in braces
            papermill.execute_notebook(
                *(*literal, run.parameters),
                engine_name="broadsheet",
                kernel_name="python3",
                cwd=str(run.notebook.parent),
                progress_bar=False,
                on_cell=on_cell,
                execution_timeout=timeout,
                extra_arguments=["--log-level=50"],  # a kernel that is told to end may complain of it
                config=Config({"KernelManager": {"transport_encryption": "auto", **ipc}}),
                **({"kernel_manager_class": manager} if manager else {}),
            )
    except papermill.PapermillExecutionError as error:
        run.error = _line(error.evalue if error.ename == "BroadsheetError" else f"{error.ename}: {error.evalue}")
    except Exception as error:  # a kernel that dies or never starts: the batch goes on, the summary names it
        run.error = _told(error)
    except BaseException:  # this process is told to end
        aside.unlink(missing_ok=True)
        raise
    try:
        run.seconds = time.monotonic() - started
        if aside.exists():
            notebook = nbformat.read(aside, 4)
            _settle(run, notebook)
            nbformat.write(notebook, aside)
            os.replace(aside, run.path)
        else:
            run.path.unlink(missing_ok=True)  # what an earlier run has left is no result of this one
    except Exception as error:  # of a notebook that cannot be written there is nothing to rename
        run.error = run.error or _told(error)
    finally:
        aside.unlink(missing_ok=True)


def _settle(run, notebook):
    """Finds what papermill takes for success, and drops what differs between two equal runs."""
    used = next((cell for cell in notebook.cells if _ASKED in cell.metadata.get("tags", [])), None)
    notebook.cells = [cell for cell in notebook.cells if cell is not used]
    code = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    code = [cell for cell in code if "papermill-error-cell-tag" not in cell.metadata.get("tags", [])]
    for number, cell in enumerate(code, 1):
        left = any(output.output_type == "error" and output.ename == "SystemExit" for output in cell.outputs)
        if not run.error and (left or cell.execution_count is None):
            # papermill counts sys.exit(0) as success and skips the remaining cells without a word
            run.cell, run.error = number, "SystemExit: the cell ended the notebook, the cells after it did not run"
    notebook.metadata.pop("widgets", None)  # widgets need a kernel, and their names differ from run to run
    for cell in code:
        cell.outputs = [
            output for output in cell.outputs if not any("jupyter.widget" in kind for kind in output.get("data", ()))
        ]
    for cell in notebook.cells:
        cell.metadata.pop("papermill", None)
        cell.metadata.pop("execution", None)
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell.id = "injected-parameters"
    papermill = notebook.metadata.get("papermill", {})
    notebook.metadata["papermill"] = {"parameters": papermill.get("parameters", run.parameters)}
    if run.error:
        outcome = {"status": "failed", "cell": run.cell, "error": run.error}
    else:
        printed = "".join(output.get("text", "") for output in used.outputs) if used else ""
        told = re.search(rf"{_ASKED} (.*)", printed)
        read = json.loads(told[1]) if told else None
        if read:  # else it does not read its study through the library, and depends on all of the study's files
            run.inputs = read | {part: value for part, value in run.inputs.items() if part != "study" or not run.ours}
        outcome = {"status": "done", "key": run.key, "inputs": dict(sorted(run.inputs.items()))}
    notebook.metadata["broadsheet"] = {"notebook": run.notebook.name, "version": __version__, **outcome}


class _Engine(NBClientEngine):
    """Papermill's own engine, which also tells which code cell has begun, and asks at the end what was read."""

    @classmethod
    def execute_managed_notebook(cls, nb_man, kernel_name, on_cell, **options):
        begin, end = nb_man.cell_start, len(nb_man.nb.cells)
        asked = nbformat.v4.new_code_cell(_ASK, metadata={"tags": [_ASKED], "papermill": {"status": "pending"}})
        nb_man.nb.cells.append(asked)

        def cell_start(cell, cell_index=None, **more):
            if cell.cell_type == "code" and cell.source.strip() and cell_index < end:
                before = nb_man.nb.cells[:cell_index]
                on_cell(1 + sum(c.cell_type == "code" and bool(c.source.strip()) for c in before))
            return begin(cell, cell_index, **more)

        nb_man.cell_start = cell_start
        # papermill writes the notebook before and after each cell; nobody reads it before it is whole
        nb_man.save, nb_man.autosave_cell_every = lambda: None, 0
        try:
            return super().execute_managed_notebook(nb_man, kernel_name, **options)
        finally:
            del nb_man.save  # the last one counts


def _told(error):
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"the disk is full: free some space, and run the same command again ({error.filename or 'while writing'})"
    return _line(f"{type(error).__name__}: {error}")


def _line(text):
    line = next((part.strip() for part in str(text).splitlines() if part.strip()), "no message")
    return line if len(line) <= 300 else line[:299] + "…"
