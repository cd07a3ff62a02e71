"""Runs of notebooks: what happens during, what is said after, and what is left behind."""

import csv
import json
import os
import signal
import subprocess
import sys
import time

import nbformat
import pytest
from conftest import execute, write

import broadsheet
from broadsheet import batch, cli, plan, variants


def test_failures_are_named_and_the_others_run(suite, capfd):
    failing = {
        "02_raises": 'raise ValueError("no such\\nship")',
        "03_user": 'from broadsheet.tables import BroadsheetError\nraise BroadsheetError("Mend actors.csv.")',
        "04_leaves": "import sys; sys.exit(0)",
        "05_dies": "import os; os._exit(1)",
    }
    for name, source in failing.items():
        write(suite / "notebooks" / f"{name}.ipynb", "print('so far')", source, "print('never')")
    write(suite / "notebooks" / "06_last.ipynb", "2", "", "3")
    runs = execute(plan.available(), {}, broadsheet.REPORTS, progress=True, jobs=1)
    assert batch.summary(runs) == [
        "02_raises.ipynb: cell 4: ValueError: no such",
        "03_user.ipynb: cell 4: Mend actors.csv.",
        "04_leaves.ipynb: cell 4: SystemExit: the cell ended the notebook, the cells after it did not run",
        "05_dies.ipynb: cell 4: DeadKernelError: Kernel died",
    ]
    out, err = capfd.readouterr()
    lines = [line for line in err.splitlines() if line.startswith("[")]  # a kernel that ends may leave a line of its own
    assert len(lines) == 7 and lines[0].startswith("[1/7] 00_one done in ") and "02_raises failed" in lines[2], err
    assert not out
    for run in runs:
        notebook = nbformat.read(run.path, 4)
        assert notebook.metadata.broadsheet.status == ("failed" if run.error else "done")
        shown = json.dumps(notebook)
        assert "never" not in shown.replace("print('never')", "") and ("so far" in shown) == bool(run.error)
    left = [path.name for path in broadsheet.REPORTS.rglob("*") if path.is_file()]
    assert sorted(left) == [".runs.lock", *(f"{path.stem}.ipynb" for path in plan.available()), "runs.csv"]


def test_two_runs_are_equal_bytes(suite):
    def once():
        (run,) = execute(["00_one"], {"actors": "Putin"}, broadsheet.REPORTS)
        return run.path.read_bytes()

    first = once()
    assert first == once()
    assert b"peace-talks ['Putin']  2000 0.95 True" in first


def test_a_kernel_is_as_one_that_has_started_from_nothing(suite):
    setting = (
        "import os, signal, sys\n"
        "print(os.getcwd(), os.path.basename(sys.argv[0]).removesuffix('.py'), '' in sys.path,"
        "signal.getsignal(signal.SIGTERM) == signal.SIG_DFL, sys.stdin.read())"
    )
    drawn = "import matplotlib.pyplot as plt\nplt.plot([1, 2]);"  # left open: shown under its cell
    random = "import random, numpy\nprint('drawn', random.random(), numpy.random.rand())"
    loaded = "import sys\nprint('loaded', 'pandas' in sys.modules)"
    write(suite / "notebooks" / "02_kernel.ipynb", loaded, setting, drawn, random)
    runs = execute(["02_kernel"], {}, broadsheet.REPORTS) + execute(["02_kernel"], {}, broadsheet.REPORTS / "again")
    shown = []
    for run in runs:
        assert not run.error
        outputs = [output for cell in nbformat.read(run.path, 4).cells for output in cell.get("outputs", ())]
        shown.append("".join(output.get("text", "") for output in outputs))
        assert [output for output in outputs if "image/png" in output.get("data", ())], outputs
        assert f"{suite / 'notebooks'} ipykernel_launcher True True" in shown[-1]
    assert shown[0].partition("drawn")[2] != shown[1].partition("drawn")[2]
    assert ("loaded True" in shown[0]) == (sys.platform == "linux")  # there it was forked from one that has


def test_the_command_reports(suite, capsys):
    assert cli.main(["report", "-p", "draws", "50"]) == 0
    out, _ = capsys.readouterr()
    assert out.strip() == str(broadsheet.REPORTS / "index.html")
    pages = sorted(path.relative_to(broadsheet.REPORTS).as_posix() for path in broadsheet.REPORTS.rglob("*.html"))
    assert pages == ["index.html", "peace-talks/draws=50/00_one.html", "peace-talks/draws=50/01_two.html"]


def test_the_command_says_what_failed(suite, capsys):
    write(suite / "notebooks" / "02_raises.ipynb", "1 / 0")
    assert cli.main(["run", "01_two", "02_raises"]) == 1
    assert "failed: 02_raises.ipynb: cell 3: ZeroDivisionError: division by zero" in capsys.readouterr().err
    assert "ZeroDivisionError" in (broadsheet.REPORTS / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "arguments",
    [["run", "99_none"], ["report", "nowhere"], ["run", "-p", "vioce", "x"], ["share", "--excerpts", "0"], ["share"]],
)
def test_the_command_says_in_one_line_what_cannot_be_done(suite, capsys, arguments):
    assert cli.main(arguments) == 2
    out, err = capsys.readouterr()
    assert err.startswith("broadsheet: ") and err.count("\n") == 1 and not out


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["run", "--help"]])
def test_help_loads_nothing_heavy(arguments):
    code = f"import sys; from broadsheet import cli\ntry: cli.main({arguments})\nexcept SystemExit: print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"pandas", "numpy", "papermill", "nbconvert", "matplotlib"} & set(done.stdout.split())


def test_plain_papermill_runs_a_notebook_too(suite):
    (suite / "talks").mkdir()
    command = [sys.executable, "-m", "papermill", "-k", "python3", "notebooks/00_one.ipynb", "out.ipynb"]
    command += ["-p", "study_folder", "talks"]
    subprocess.run(command, cwd=suite, check=True, capture_output=True, env={**os.environ, "PYTHONWARNINGS": "ignore"})
    assert "talks []" in (suite / "out.ipynb").read_text(encoding="utf-8")


def test_a_notebook_without_the_parameter_runs_once_for_all_sets(suite, capfd):
    sets = variants.grid({}, {"voice": ["narrator", "quoted"]})
    write(suite / "notebooks" / "01_two.ipynb", "import os; print(os.getpid())", parameters='study_folder: str = "peace-talks"')
    runs = batch.run(plan.runs(["00_one", "01_two"], sets, broadsheet.REPORTS), broadsheet.REPORTS)
    narrator, quoted = (run.path for run in runs if run.notebook.stem == "01_two")
    assert narrator != quoted and narrator.read_bytes() == quoted.read_bytes()
    assert "[4/4] voice=" in capfd.readouterr().err


def test_every_run_is_recorded(suite):
    write(suite / "notebooks" / "02_raises.ipynb", "1 / 0")
    for _ in range(2):
        execute(plan.available(), {"voice": "narrator"}, broadsheet.REPORTS)
    execute(["00_one"], {"actors": ["C"]}, broadsheet.REPORTS)
    with (broadsheet.REPORTS / "runs.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = {row["run"]: row for row in csv.DictReader(file)}
    assert [(row["set"], row["notebook"], row["status"], row["error"]) for row in rows.values()] == [
        ("actors=C", "00_one.ipynb", "done", ""),
        ("voice=narrator", "00_one.ipynb", "unchanged", ""),
        ("voice=narrator", "01_two.ipynb", "unchanged", ""),
        ("voice=narrator", "02_raises.ipynb", "failed", "ZeroDivisionError: division by zero"),
    ]
    row = rows["peace-talks/voice=narrator/00_one.ipynb"]
    assert json.loads(row["parameters"]) == {"study_folder": "peace-talks", "voice": "narrator"}
    assert float(row["seconds"]) > 0 and set(json.loads(row["inputs"])) == {"study"} and len(row["key"]) == 16


STUBBORN = "import signal, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: time.sleep(0.1)"


@pytest.mark.parametrize("cell", ["import time; time.sleep(600)", "while True: pass", STUBBORN])
def test_a_cell_that_never_ends_is_stopped(suite, cell):
    write(suite / "notebooks" / "02_sleeps.ipynb", cell)
    runs = execute(["02_sleeps", "00_one"], {}, broadsheet.REPORTS, timeout=3)
    assert runs[0].error.startswith("CellTimeoutError: A cell timed out") and runs[0].cell == 3 and runs[0].seconds < 60
    assert not runs[1].error


def test_a_process_that_is_killed_costs_its_run_alone(suite):
    write(suite / "notebooks" / "02_kills.ipynb", "import os, signal; os.kill(os.getppid(), signal.SIGKILL)")
    runs = execute(["02_kills", "00_one"], {}, broadsheet.REPORTS)
    assert "the process of this run died (exit status -9)" in runs[0].error and not runs[1].error
    assert not list(broadsheet.REPORTS.rglob(".*.ipynb"))


def test_many_runs_at_once_do_not_want_one_port(suite):
    sets = variants.grid({}, {"draws": [str(n) for n in range(1, 9)]})
    runs = batch.run(plan.runs(["00_one"], sets, broadsheet.REPORTS), broadsheet.REPORTS, jobs=8, progress=False)
    assert [run.error for run in runs] == [""] * 8


def command(suite, *arguments):
    """The command as a user types it, with the suite's folders in place of the project's."""
    code = "import sys, broadsheet\nfrom pathlib import Path\n" + "".join(
        f"broadsheet.{name.upper()} = Path({str(suite / name)!r})\n" for name in ("data", "notebooks", "reports")
    )
    code += f"from broadsheet import cli\nsys.exit(cli.main({list(arguments)!r}))"
    return subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def alive(marker):
    """The processes that have a word in their command line."""
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    return [line for line in listed.splitlines() if marker in line]


def test_a_full_disk_is_said_and_the_others_run(suite):
    write(suite / "notebooks" / "00_one.ipynb", "print('x' * 1_000_000)")
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(broadsheet.REPORTS)], capture_output=True
    ).returncode:
        pytest.skip("a small disk cannot be mounted here")
    try:
        _, err = command(suite, "run", "--jobs", "1").communicate(timeout=100)
        left = sorted(path.name for path in broadsheet.REPORTS.rglob("*") if path.is_file())
    finally:
        subprocess.run(["umount", str(broadsheet.REPORTS)], check=True)
    assert "[1/2] 00_one failed" in err and "[2/2] 01_two done" in err and "Traceback" not in err, err
    assert "the disk is full: free some space, and run the same command again" in err
    assert "01_two.ipynb" in left and "00_one.ipynb" not in left


def test_ctrl_c_leaves_nothing_half_done_and_the_same_command_goes_on(suite):
    slow = f"import time, pathlib\npathlib.Path({str(suite / 'began')!r}).touch()\ntime.sleep(60)"
    write(suite / "notebooks" / "02_slow.ipynb", slow)
    process = command(suite, "run", "--jobs", "1")
    while not (suite / "began").exists():
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130 and err.endswith("broadsheet: stopped.\n"), err
    left = sorted(path.relative_to(broadsheet.REPORTS).as_posix() for path in broadsheet.REPORTS.rglob("*") if path.is_file())
    assert left == [".runs.lock", "peace-talks/default/00_one.ipynb", "peace-talks/default/01_two.ipynb", "runs.csv"]
    time.sleep(2)
    assert not alive(str(suite))
    write(suite / "notebooks" / "02_slow.ipynb", "1")
    process = command(suite, "run", "--dry-run")
    out, err = process.communicate(timeout=60)
    assert out.splitlines() == [
        *(f"peace-talks/default/{name}.ipynb: unchanged" for name in ("00_one", "01_two")),
        "peace-talks/default/02_slow.ipynb: not run yet",
        "1 of 3 runs would be done.",
    ]


def test_a_batch_that_is_killed_leaves_nothing_half_done_and_the_same_command_goes_on(suite):
    slow = f"import time, pathlib\npathlib.Path({str(suite / 'began')!r}).touch()\ntime.sleep(60)"
    write(suite / "notebooks" / "02_slow.ipynb", slow)
    left = broadsheet.REPORTS / "peace-talks" / "default" / ".02_slow.999999999.ipynb"  # of a process that was killed as well
    left.parent.mkdir(parents=True)
    left.touch()
    process = command(suite, "run", "--jobs", "1")
    while not (suite / "began").exists():
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.1)
    assert not left.exists()
    process.kill()
    process.communicate(timeout=30)
    for _ in range(100):  # its processes notice, and end
        if not alive(str(suite)):
            break
        time.sleep(0.1)
    assert not alive(str(suite))
    notebooks = sorted(path.name for path in broadsheet.REPORTS.rglob("*.ipynb"))
    assert notebooks == ["00_one.ipynb", "01_two.ipynb"]
    with (broadsheet.REPORTS / "runs.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [float(row["seconds"]) > 0 for row in csv.DictReader(file)] == [True, True]
    write(suite / "notebooks" / "02_slow.ipynb", "1")
    out, _ = command(suite, "run").communicate(timeout=60)
    assert out.startswith("2 of 3 runs were there already")


def test_two_batches_at_once_lose_no_row_of_each_other(suite):
    write(suite / "notebooks" / "02_other.ipynb", "1", parameters='study_folder: str = "peace-talks"')
    processes = [command(suite, "run", name) for name in ("00_one", "01_two", "02_other")]
    assert [process.wait(60) for process in processes] == [0, 0, 0]
    with (broadsheet.REPORTS / "runs.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [row["notebook"] for row in csv.DictReader(file)] == ["00_one.ipynb", "01_two.ipynb", "02_other.ipynb"]


def test_the_studys_own_batch_is_what_run_alone_runs(suite, capsys):
    listed = "".join(f'[[run]]\nnotebooks = ["{name}"]\n' for name in ("01_two", "00_one"))
    (suite / "data" / "peace-talks" / "batch.toml").write_text(listed)
    assert cli.main(["run", "--dry-run"]) == 0
    out, err = capsys.readouterr()
    assert out.splitlines()[:2] == [f"peace-talks/default/{name}.ipynb: not run yet" for name in ("01_two", "00_one")]
    assert "batch.toml: 2 batches" in err
    assert cli.main(["run", "--dry-run", "--grid", "draws=1,2"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "4 of 4 runs would be done."


def test_the_command_shows_and_clears_what_is_kept(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("BROADSHEET_CACHE", str(tmp_path / "kept"))
    import pandas as pd

    from broadsheet import cache

    cache.Entry("ships-1", lambda: {"ships": pd.DataFrame({"berth": [1]})}, "ships of the harbour")["ships"]
    assert cli.main(["cache"]) == 0
    out = capsys.readouterr().out
    assert "ships of the harbour" in out and "1 entries, 0.0 MB" in out
    assert cli.main(["cache", "--clear"]) == 0
    assert "0 entries" in capsys.readouterr().out and not list((tmp_path / "kept").iterdir())
