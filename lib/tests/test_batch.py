"""Runs of notebooks: what is refused before, what happens during, what is said after."""

import json
import os
import subprocess
import sys

import nbformat
import pytest

import broadsheet
from broadsheet import batch, cli, share
from broadsheet import study as studies
from broadsheet.tables import BroadsheetError

PARAMETERS = """
study_folder: str = "peace-talks"  # a folder in data/, or any path
actors: list = []  # labels, empty means all
voice: str = ""  # narrator or quoted
draws: int = 2000  # bootstrap draws
level: float = 0.95  # of the interval
strict: bool = True  # strict patterns alone
"""


def write(path, *cells, parameters=PARAMETERS):
    v4 = nbformat.v4
    code = [v4.new_code_cell(source, id=f"cell-{i}") for i, source in enumerate([parameters, *cells])]
    code[0].metadata["tags"] = ["parameters"]
    spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(v4.new_notebook(cells=code, metadata={"kernelspec": spec}), path)
    return path


@pytest.fixture
def suite(tmp_path, monkeypatch):
    """A small suite of its own: notebooks, a study, an empty folder of reports."""
    for name in ("notebooks", "data", "reports"):
        (tmp_path / name).mkdir()
        monkeypatch.setattr(broadsheet, name.upper(), tmp_path / name)
        for module in (batch, cli, share, studies):
            monkeypatch.setattr(module, name.upper(), tmp_path / name, raising=False)
    (tmp_path / "data" / "peace-talks" / "articles").mkdir(parents=True)
    (tmp_path / "data" / "peace-talks" / "study.toml").touch()
    (tmp_path / "data" / "peace-talks" / "articles" / "a.txt").write_text("Marsh spoke.", encoding="utf-8")
    write(tmp_path / "notebooks" / "00_one.ipynb", "print(study_folder, actors, voice, draws, level, strict)")
    write(tmp_path / "notebooks" / "01_two.ipynb", "1", parameters='study_folder: str = "peace-talks"  # a folder')
    return tmp_path


@pytest.mark.parametrize(
    ("given", "parsed"),
    [
        ({"voice": "narrator"}, {"voice": "narrator"}),
        ({"voice": "10"}, {"voice": "10"}),
        ({"actors": "Putin+Trump"}, {"actors": ["Putin", "Trump"]}),
        ({"actors": "Putin + European leaders"}, {"actors": ["Putin", "European leaders"]}),
        ({"actors": '["A+B", "C"]'}, {"actors": ["A+B", "C"]}),
        ({"actors": ["Putin"]}, {"actors": ["Putin"]}),
        ({"actors": ""}, {}),
        ({"draws": "100"}, {"draws": 100}),
        ({"draws": "2000"}, {}),
        ({"level": "0.9"}, {"level": 0.9}),
        ({"level": 1}, {"level": 1.0}),
        ({"strict": "no"}, {"strict": False}),
        ({"strict": "True"}, {}),
    ],
)
def test_values_get_the_declared_type_and_defaults_are_not_repeated(suite, given, parsed):
    run, _ = batch.plan(batch.available(), given, broadsheet.REPORTS)
    assert run.parameters == {"study_folder": "peace-talks", **parsed}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"actrs": "Putin"}, 'no parameter "actrs": did you mean "actors"?'),
        ({"zzz": "1"}, 'no parameter "zzz". There are: study_folder, actors'),
        ({"draws": "many"}, "'draws' takes a whole number, not 'many'; its default is 2000"),
        ({"draws": "1.5"}, "takes a whole number"),
        ({"draws": True}, "takes a whole number, not True"),
        ({"level": "high"}, "takes a number"),
        ({"strict": "perhaps"}, "takes true or false"),
        ({"actors": "[Putin"}, "takes a list like A\\+B"),
        ({"actors": '{"a": 1}', "voice": 3}, "takes text, not 3"),
        ({"study_folder": "peace-talk"}, 'no study "peace-talk": did you mean "peace-talks"?'),
        ({"study_folder": "no/such/place"}, 'no study "no/such/place"'),
        ({"study_folder": ""}, "is no study: it has no study.toml"),
    ],
)
def test_what_is_wrong_is_said_before_anything_runs(suite, given, message):
    with pytest.raises(BroadsheetError, match=message):
        batch.run(batch.available(), given, broadsheet.REPORTS)
    assert not list(broadsheet.REPORTS.iterdir())


def test_a_parameter_goes_to_the_notebooks_that_have_it(suite):
    one, two = batch.plan(batch.available(), {"voice": "quoted"}, broadsheet.REPORTS)
    assert one.parameters["voice"] == "quoted" and "voice" not in two.parameters
    assert one.path == broadsheet.REPORTS / "peace-talks" / "voice=quoted" / "00_one.ipynb"
    assert two.path.parent == one.path.parent


@pytest.mark.parametrize("name", ["00_one", "00_one.ipynb"])
def test_notebooks_go_by_name_or_path(suite, name):
    path = suite / "notebooks" / "00_one.ipynb"
    assert batch.find(name) == batch.find(str(path)) == path


def test_a_notebook_that_is_not_there(suite):
    with pytest.raises(BroadsheetError, match='did you mean "00_one"'):
        batch.find("00_on")


@pytest.mark.parametrize(
    ("differing", "name"),
    [
        ({}, "default"),
        ({"voice": "narrator", "actors": ["Putin", "Trump"]}, "actors=Putin+Trump,voice=narrator"),
        ({"terms": ["peace deal"]}, "terms=peace_deal"),
        ({"start": "2025-08-15", "draws": 10}, "draws=10,start=2025-08-15"),
        ({"actors": ["Orbán"]}, "actors=Orbán"),
    ],
)
def test_names_of_parameter_sets(differing, name):
    assert batch.name(differing) == name


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"terms": ["a/b"]}, {"terms": ["a-b"]}),
        ({"terms": ["a b"]}, {"terms": ["a_b"]}),
        ({"terms": ["a+b"]}, {"terms": ["a", "b"]}),
        ({"terms": ["x" * 300]}, {"terms": ["x" * 301]}),
        ({"voice": "../../x"}, {"voice": "..-..-x"}),
        ({"voice": "a."}, {"voice": "a"}),
    ],
)
def test_two_sets_never_share_a_folder(one, other):
    names = [batch.name(one), batch.name(other)]
    assert names[0] != names[1]
    for name in names:
        assert len(name) < 100 and not set(name) & set('/\\:*?"<>|') and not name.endswith(".")


def test_a_study_by_path_from_any_directory(suite, monkeypatch):
    (suite / "mine" / "talks" / "articles").mkdir(parents=True)
    monkeypatch.chdir(suite / "mine")
    assert batch.study("talks") == batch.study("./talks") == str(suite / "mine" / "talks")
    assert batch.study("peace-talks") == batch.study(suite / "data" / "peace-talks") == "peace-talks"


def test_two_studies_of_one_name_keep_their_reports_apart(suite):
    folders = [suite / place / name for place in "ab" for name in ("talks", "peace-talks")]
    homes = []
    for folder in folders:
        (folder / "articles").mkdir(parents=True)
        (run,) = batch.run(["01_two"], {"study_folder": str(folder)}, broadsheet.REPORTS, progress=False)
        homes.append(run.path.parents[1].name)
    assert homes[0] == "talks" and len({*homes, "peace-talks"}) == 5
    again = batch.plan(["01_two"], {"study_folder": str(folders[2])}, broadsheet.REPORTS)
    assert again[0].path.parents[1].name == homes[2]


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
    runs = batch.run(batch.available(), {}, broadsheet.REPORTS)
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
    assert sorted(left) == [f"{path.stem}.ipynb" for path in batch.available()]


def test_two_runs_are_equal_bytes(suite):
    def once():
        (run,) = batch.run(["00_one"], {"actors": "Putin"}, broadsheet.REPORTS, progress=False)
        return run.path.read_bytes()

    first = once()
    assert first == once()
    assert b"peace-talks ['Putin']  2000 0.95 True" in first


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
