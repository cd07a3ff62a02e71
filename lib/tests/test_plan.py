"""What is to be run: what is refused before anything runs, and what need not be done again."""

import shutil

import pytest
from conftest import PARAMETERS, execute, write

import broadsheet
from broadsheet import plan, variants
from broadsheet.tables import BroadsheetError


@pytest.mark.parametrize(
    ("given", "parsed"),
    [
        ({"voice": "narrator"}, {"voice": "narrator"}),
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
    run, _ = plan.runs(plan.available(), [given], broadsheet.REPORTS)
    assert run.parameters == {"study_folder": "peace-talks", **parsed}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"actrs": "Putin"}, 'no parameter "actrs": did you mean "actors"?'),
        ({"zzz": "1"}, 'no parameter "zzz". There are: study_folder, actors'),
        ({"draws": "many"}, "'draws' takes a whole number, not 'many'; its default is 2000"),
        ({"draws": "1.5"}, "takes a whole number"),
        ({"draws": "0"}, "'draws' has to be 1 or more, not 0"),
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
        execute(plan.available(), given, broadsheet.REPORTS)
    assert not list(broadsheet.REPORTS.iterdir())


def test_a_parameter_goes_to_the_notebooks_that_have_it(suite):
    one, two = plan.runs(plan.available(), [{"voice": "quoted"}], broadsheet.REPORTS)
    assert one.parameters["voice"] == "quoted" and "voice" not in two.parameters
    assert one.path == broadsheet.REPORTS / "peace-talks" / "voice=quoted" / "00_one.ipynb"
    assert two.path.parent == one.path.parent


@pytest.mark.parametrize("name", ["00_one", "00_one.ipynb"])
def test_notebooks_go_by_name_or_path(suite, name):
    path = suite / "notebooks" / "00_one.ipynb"
    assert plan.find(name) == plan.find(str(path)) == path


def test_a_notebook_that_is_not_there(suite):
    with pytest.raises(BroadsheetError, match='did you mean "00_one"'):
        plan.find("00_on")


def test_a_study_by_path_from_any_directory(suite, monkeypatch):
    (suite / "mine" / "talks" / "articles").mkdir(parents=True)
    monkeypatch.chdir(suite / "mine")
    assert plan.study("talks") == plan.study("./talks") == str(suite / "mine" / "talks")
    assert plan.study("peace-talks") == plan.study(suite / "data" / "peace-talks") == "peace-talks"


def test_two_studies_of_one_name_keep_their_reports_apart(suite):
    folders = [suite / place / name for place in "ab" for name in ("talks", "peace-talks")]
    homes = []
    for folder in folders:
        (folder / "articles").mkdir(parents=True)
        (folder / "articles" / "a.txt").write_text("Marsh spoke.", encoding="utf-8")
        (run,) = execute(["01_two"], {"study_folder": str(folder)}, broadsheet.REPORTS)
        homes.append(run.path.parents[1].name)
    assert homes[0] == "talks" and len({*homes, "peace-talks"}) == 5
    again = plan.runs(["01_two"], [{"study_folder": str(folders[2])}], broadsheet.REPORTS)
    assert again[0].path.parents[1].name == homes[2]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"actors": "Putin+Trupm"}, 'no actor "Trupm": did you mean "Trump"?'),
        ({"voice": "narator"}, 'no voice "narator": did you mean "narrator"?'),
        ({"sources": "Mial"}, 'no source "Mial"'),
        ({"start": "2025-13-01"}, "start is '2025-13-01', and has to be a day such as 2025-05-19"),
        ({"start": "2025-06-01", "end": "2025-05-01"}, "start 2025-06-01 is after end 2025-05-01"),
        ({"scorer": "vadre"}, 'no scorer "vadre": did you mean "vader"?'),
        ({"coded": "no/such/place"}, "The parameter 'coded' takes a folder, and no/such/place is none"),
    ],
)
def test_labels_days_and_folders_are_held_against_the_study_before_anything_runs(suite, given, message):
    more = 'sources: list = []  # empty means all\nstart: str = ""  # first day\nend: str = ""  # last day\n'
    more += 'scorer: str = "vader"  # a name in the registry\ncoded: str = ""  # a folder of coded sentences\n'
    write(suite / "notebooks" / "02_more.ipynb", "1", parameters=PARAMETERS + more)
    with pytest.raises(BroadsheetError, match=message):
        plan.runs(plan.available(), [{}, given], broadsheet.REPORTS)


def test_a_run_of_each_notebook_and_set(suite):
    sets = variants.grid({}, {"actors": ["Putin+Trump", "C"], "voice": ["narrator", "quoted"]})
    runs = plan.runs(["00_one"], sets, broadsheet.REPORTS)
    assert [run.path.parent.name for run in runs] == [
        *("actors=Putin+Trump,voice=narrator", "actors=Putin+Trump,voice=quoted"),
        *("actors=C,voice=narrator", "actors=C,voice=quoted"),
    ]
    assert runs[3].parameters == {"study_folder": "peace-talks", "actors": ["C"], "voice": "quoted"}


LOAD = "from broadsheet import load, store\ncorpus = store.annotated(load.study(study_folder), 'vader')\n"


@pytest.fixture
def done(suite):
    """A suite whose notebooks read actors, terms, and files of their own accord; all done on a study of its own."""
    shutil.copytree(suite / "data" / "peace-talks", suite / "talks")
    (suite / "talks" / "terms.csv").write_text("label,pattern\ntruce,truce\n")
    write(suite / "notebooks" / "02_actors.ipynb", LOAD + "print(len(corpus.actors))")
    write(suite / "notebooks" / "03_terms.ipynb", LOAD + "print(len(corpus.terms))")
    (suite / "notebooks" / "01_two.ipynb").unlink()
    assert not any(run.error for run in execute(plan.available(), {"study_folder": str(suite / "talks")}, broadsheet.REPORTS))
    return suite


def why(suite):
    sets = [{"study_folder": str(suite / "talks")}]
    return {run.notebook.stem: run.why for run in plan.runs(plan.available(), sets, broadsheet.REPORTS) if run.why}


def test_what_has_not_changed_is_not_run_again(done):
    assert why(done) == {}
    sets = [{"study_folder": str(done / "talks")}, {"study_folder": str(done / "talks"), "draws": 5}]
    assert [run.why for run in plan.runs(["02_actors"], sets, broadsheet.REPORTS)] == ["", "not run yet"]
    assert plan.runs(["02_actors"], sets, broadsheet.REPORTS, force=True)[0].why == "asked for"


@pytest.mark.parametrize(
    ("change", "again"),
    [
        ("terms.csv", {"00_one": "changed: study", "03_terms": "changed: terms"}),
        ("actors.csv", {"00_one": "changed: study", "02_actors": "changed: actors"}),
        (
            "articles/b.txt",
            {"00_one": "changed: study", "02_actors": "changed: articles", "03_terms": "changed: articles"},
        ),
        ("batch.txt", {"00_one": "changed: study"}),  # it does not read its study through the library: who knows what it read
    ],
)
def test_a_change_runs_again_what_depends_on_it(done, change, again):
    with (done / "talks" / change).open("a") as file:
        file.write("settlement,settlement\n")
    assert why(done) == again


def test_a_notebook_that_borrows_from_a_second_study_depends_on_both(done):
    second = shutil.copytree(done / "talks", done / "second")
    borrows = LOAD + f"print(len(corpus.actors), len(store.annotated(load.study({str(second)!r}), 'vader').terms))"
    write(done / "notebooks" / "04_borrows.ipynb", borrows)
    assert not execute(["04_borrows"], {"study_folder": str(done / "talks")}, broadsheet.REPORTS)[0].error
    assert why(done) == {}
    with (second / "terms.csv").open("a") as file:
        file.write("settlement,settlement\n")
    assert why(done) == {"04_borrows": f"changed: terms of {second}"}
    shutil.rmtree(second)
    assert why(done) == {"04_borrows": f"changed: articles of {second}"}


def test_a_changed_or_failed_notebook_runs_again(done):
    write(done / "notebooks" / "02_actors.ipynb", LOAD + "1 / 0")
    assert why(done) == {"02_actors": "notebook or library changed"}
    execute(["02_actors"], {"study_folder": str(done / "talks")}, broadsheet.REPORTS)
    assert why(done) == {"02_actors": "it failed the last time"}


def test_another_library_runs_all_again(done, monkeypatch):
    monkeypatch.setattr(plan.cache, "library", lambda: "another")
    assert set(why(done).values()) == {"notebook or library changed"}


def test_a_result_that_is_damaged_or_gone_is_made_again(done):
    folder = broadsheet.REPORTS / "talks" / "default"
    (folder / "02_actors.ipynb").write_text("{")
    (folder / "03_terms.ipynb").unlink()
    assert why(done) == {"02_actors": "not run yet", "03_terms": "not run yet"}
    shutil.rmtree(broadsheet.REPORTS)
    assert len(why(done)) == 3


def test_two_studies_of_one_name_in_one_batch_are_two_runs(suite):
    folders = [suite / place / "talks" for place in "ab"]
    for folder in folders:
        shutil.copytree(suite / "data" / "peace-talks", folder)
    runs = plan.runs(["00_one"], variants.grid({}, {"study_folder": [str(folder) for folder in folders]}), broadsheet.REPORTS)
    assert len({run.path for run in runs}) == 2 and [run.study for run in runs] == [str(folder) for folder in folders]


def test_two_notebooks_of_one_name_are_refused(suite):
    (suite / "more").mkdir()
    other = write(suite / "more" / "00_one.ipynb", "2")
    with pytest.raises(BroadsheetError, match="would both write"):
        plan.runs(["00_one", str(other)], [{}], broadsheet.REPORTS)


def test_a_study_of_data_is_named_by_its_path_where_another_of_its_name_stands_here(suite, monkeypatch):
    shutil.copytree(suite / "data" / "peace-talks", suite / "here" / "peace-talks")
    monkeypatch.chdir(suite / "here")
    assert plan.study(suite / "data" / "peace-talks") == str(suite / "data" / "peace-talks")
    assert plan.study("peace-talks") == str(suite / "here" / "peace-talks")


def test_a_notebook_of_ones_own_depends_on_all_files_of_its_study(done):
    other = write(done / "mine.ipynb", LOAD + "print(len(corpus.actors))")
    sets = [{"study_folder": str(done / "talks")}]
    execute([str(other)], sets[0], broadsheet.REPORTS)
    assert plan.runs([str(other)], sets, broadsheet.REPORTS)[0].why == ""
    (done / "talks" / "outlets.csv").write_text("name\nMail\n")
    assert plan.runs([str(other)], sets, broadsheet.REPORTS)[0].why == "changed: study"
