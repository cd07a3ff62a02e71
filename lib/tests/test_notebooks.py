"""Every notebook is run: on the seeds, on one article, on twelve made-up ones. What it shows is read as a reader would."""

import ast
import csv
import html
import itertools
import json
import re
import shutil
import subprocess
import sys

import nbformat
import papermill
import pytest
from conftest import execute, report

from broadsheet import NOTEBOOKS, annotate, load
from broadsheet.tables import BroadsheetError

PATHS = sorted(NOTEBOOKS.glob("*.ipynb"))
NAMES = [path.stem for path in PATHS]
RUN = [name for name in NAMES if name[0].isdigit()]  # those that a report runs
REPORTS = ["peace_talks_report", "one_article_report", "harbour_report"]
SECTIONS = {"The answer", "Limits", "Next", "What this corpus cannot tell"}


def executed(report, name):
    return nbformat.read(next(report.rglob(f"{name}.ipynb")), as_version=4)


def outputs(notebook, role):
    found = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    return [each for each in found if each.get("metadata", {}).get("broadsheet", {}).get("role") == role]


def answer(report, name):
    (only,) = outputs(executed(report, name), "answer")
    return only["data"]["text/plain"]


def table(report, name, which):
    with next(report.rglob(f"{name}-{which}.csv")).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("path", PATHS, ids=NAMES)
class TestStored:
    def test_without_outputs(self, path):
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
        for cell in notebook.cells:
            assert cell.cell_type == "markdown" or (cell.outputs == [] and cell.execution_count is None)

    def test_every_parameter_has_a_type_and_help(self, path):
        told = papermill.inspect_notebook(str(path))
        (cell,) = [cell for cell in nbformat.read(path, as_version=4).cells if "parameters" in cell.metadata.get("tags", [])]
        named = [line.split(":")[0] for line in cell.source.splitlines()]
        assert list(told) == named, "papermill sees every line as a parameter"
        for parameter in told.values():
            assert parameter["inferred_type_name"] in ("str", "int", "list")
            assert parameter["help"]
            ast.literal_eval(parameter["default"])

    def test_order_of_parts(self, path):
        cells = nbformat.read(path, as_version=4).cells
        assert cells[0].source.startswith("# ") and cells[0].source.splitlines()[0].endswith("?")
        assert cells[1].metadata["tags"] == ["parameters"]
        heads = [
            line[3:]
            for cell in cells
            if cell.cell_type == "markdown"
            for line in cell.source.splitlines()
            if line.startswith("## ")
        ]
        assert heads[0] == "The answer" and heads[-1] == "Next" and SECTIONS & set(heads[-3:-1])
        if path.stem not in RUN:  # the comparison is itself about other choices, and has no sentences
            return
        assert any(head.startswith("Does ") for head in heads), "does the answer survive another choice?"
        assert any("read" in head or "sentence" in head for head in heads), "matched sentences to read"

    def test_cells_are_short(self, path):
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "code":
                assert len(cell.source.splitlines()) <= 20

    def test_none_takes_the_rows_of_a_whole_corpus(self, path):
        code = "\n".join(cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code")
        held = r"\b(?:corpus|whole|chosen|other)\.(?:articles|sentences|words|quotes|actors|terms|scores|scored)\b"
        assert not re.findall(held, code)


@pytest.mark.parametrize("name", RUN)
@pytest.mark.parametrize("report", REPORTS)
def test_runs_and_shows(report, name, request):
    notebook = executed(request.getfixturevalue(report), name)
    (only,) = outputs(notebook, "answer")
    assert len(only["data"]["text/plain"]) > 30 and "nan" not in only["data"]["text/plain"]
    for figure in outputs(notebook, "figure"):
        assert len(figure["metadata"]["image/png"]["alt"]) > 30
    outs = [output for cell in notebook.cells for output in cell.get("outputs", []) if output.output_type == "display_data"]
    for shown, below in itertools.pairwise(outs):
        if shown.metadata.get("broadsheet", {}).get("role") == "figure":
            assert below["data"]["text/plain"].startswith("How to read it: ")
    streams = [output.text for cell in notebook.cells for output in cell.get("outputs", []) if output.output_type == "stream"]
    assert streams == [], "warnings and prints are not for readers"


# Hand counts: `grep -o -i ceasefire seeds/*` gives 6, 3, 2, 0, 0; `grep -o "peace deal"` 3, 0, 1, 0, 0.
CEASEFIRE = {
    "New York dateline": 6,
    "September web report": 3,
    "The Hill": 2,
    "Unnamed news website": 0,
    "Translated web report": 0,
}
PEACE_DEAL = {
    "New York dateline": 3,
    "September web report": 0,
    "The Hill": 1,
    "Unnamed news website": 0,
    "Translated web report": 0,
}


class TestPeaceTalks:
    def test_matches_by_article(self, peace_talks_report):
        rows = table(peace_talks_report, "02_term_frequency", "rates-by-article")
        for label, counts in (("ceasefire", CEASEFIRE), ("peace deal", PEACE_DEAL)):
            assert {row["name"]: float(row["matched"]) for row in rows if row["label"] == label} == counts

    def test_numerator_and_denominator_travel_with_the_rate(self, peace_talks_report):
        for row in table(peace_talks_report, "02_term_frequency", "rates"):
            assert float(row["value"]) == pytest.approx(1000 * float(row["matched"]) / float(row["total"]))
            assert row["query"] and row["interval"]

    def test_share(self, peace_talks_report):
        share = table(peace_talks_report, "02_term_frequency", "share")[0]
        assert (float(share["matched"]), float(share["total"])) == (11, 15)
        assert float(share["value"]) == pytest.approx(11 / 15)

    def test_every_match_is_listed(self, peace_talks_report):
        rows = table(peace_talks_report, "02_term_frequency", "matches")
        assert len(rows) == 15
        assert all(row["left"] + row["matched"] + row["right"] == row["sentence"] for row in rows)

    def test_a_term_without_a_match_keeps_its_row(self, peace_talks_report):
        rows = {row["label"]: row for row in table(peace_talks_report, "00_corpus", "strict-and-wide")}
        assert float(rows["security guarantees"]["strict"]) == 0

    def test_answers_say_how_few_articles_there_are(self, peace_talks_report):
        for name in RUN[1:]:
            assert "5 articles, one per source: a reading aid, not an estimate" in answer(peace_talks_report, name)

    def test_no_p_value_from_one_article_a_source(self, peace_talks_report):
        assert all(row["p"] == "" for row in table(peace_talks_report, "03_source_comparison", "differences"))

    def test_page_has_every_table_as_csv(self, peace_talks_report):
        for name in RUN:
            page = next(peace_talks_report.rglob(f"{name}.html")).read_text(encoding="utf-8")
            for shown in outputs(executed(peace_talks_report, name), "table"):
                path = f"tables/{name}-{shown['metadata']['broadsheet']['name']}.csv"
                assert path in page and next(peace_talks_report.rglob(path))


class TestHarbour:
    """Hand counts on the twelve articles of conftest.py, headlines included."""

    def test_sources_in_other_spelling_are_one(self, harbour_report):
        rows = table(harbour_report, "00_corpus", "articles")
        assert sorted({row["source"] for row in rows}) == ["Evening <b>Post</b>", "Morning Mail", "Wire"]

    def test_matches(self, harbour_report):
        rows = {row["label"]: float(row["matched"]) for row in table(harbour_report, "02_term_frequency", "rates")}
        # truce: a1 3, a2 1, a3 3, b1 1, b2 1, b3 1, c1 1, c3 1; settlement: a1 1, a4 2, b2 1, b4 2, c3 1, c4 2, and one of
        # them is the "peace settlement" of a4, which the longer pattern of wide scope takes
        assert rows == {"truce": 12, "settlement": 8}

    def test_each_source_can_be_tested(self, harbour_report):
        rows = table(harbour_report, "03_source_comparison", "differences")
        assert len(rows) == 6 and all(0 < float(row["p"]) <= float(row["p_adjusted"]) <= 1 for row in rows)

    def test_an_unknown_date_is_not_drawn_but_counted(self, harbour_report):
        (row,) = [row for row in table(harbour_report, "00_corpus", "evidence") if row["published_basis"] == "unknown"]
        assert row["source"] == "Wire" and row["published_from"] == ""

    def test_mapping_is_shown(self, harbour_report):
        (row,) = table(harbour_report, "00_corpus", "files")
        assert all(pair in row["mapping"] for pair in ("text ← Body", "source ← Outlet", "published ← pub_date"))

    def test_hostile_title_is_shown_and_not_run(self, harbour_report):
        page = next(harbour_report.rglob("00_corpus.html")).read_text(encoding="utf-8")
        assert "<script>window.harmed" not in page and html.escape("<script>window.harmed = 1</script>") in page


class TestParameters:
    """Other actors, terms, sources and periods through parameters alone."""

    @pytest.fixture
    def run(self, tmp_path):
        def run(notebook, **parameters):
            (made,) = execute([notebook], parameters, tmp_path)
            return made

        return run

    def test_terms_sources_period_voice(self, run):
        made = run(
            "02_term_frequency", terms=["sanctions", "negotiations"], sources=["the hill", "September web report"],
            start="2025-05-01", end="2025-05-31", voice="narrator",
        )  # fmt: skip
        assert made.error == ""
        notes = [each["data"]["text/plain"] for each in outputs(nbformat.read(made.path, 4), "note")]
        assert notes[0].startswith("1 article of 1 source") and notes[0].endswith("only narrator words")

    def test_actors_and_scorer(self, run):
        made = run("01_sentiment_by_actor", actors="Putin+Zelensky", scorer="textblob", draws="200", seed="7")
        assert made.error == ""
        (only,) = outputs(nbformat.read(made.path, 4), "answer")
        assert "Putin" in only["data"]["text/plain"] and "Zelensky" in only["data"]["text/plain"]

    @pytest.mark.parametrize(
        "parameters, says",
        [
            ({"terms": ["ceasfire"]}, 'did you mean "ceasefire"?'),
            ({"sources": ["The Hil"]}, 'did you mean "The Hill"?'),
            ({"start": "May 2025"}, "has to be a day such as 2025-05-19"),
            ({"start": "2031-01-01"}, "no article is left of 5"),
            ({"terms": ["ceasefire"]}, ""),
        ],
    )
    def test_what_cannot_be_done_is_said(self, run, parameters, says):
        if says:
            with pytest.raises(BroadsheetError, match=re.escape(says)):
                run("02_term_frequency", **parameters)
        else:
            assert run("02_term_frequency", **parameters).error == ""


def test_an_annotated_folder_gives_the_same_pages(harbour, harbour_report, tmp_path):
    study = shutil.copytree(harbour, tmp_path / "harbour")
    annotate.annotate(load.study(study), tmp_path / "annotated", workers=0, progress=False)
    (study / "study.toml").write_text(f"corpus = {json.dumps(str(tmp_path / 'annotated'))}\n", encoding="utf-8")
    found = report(study, tmp_path / "out")
    assert [answer(found, name) for name in RUN] == [answer(harbour_report, name) for name in RUN]
    names = {path.name: path for path in found.rglob("*.csv") if path.parent.name == "tables"}
    assert len(names) > 30
    for path in harbour_report.rglob("tables/*.csv"):
        assert names.pop(path.name).read_bytes() == path.read_bytes(), path.name
    assert not names


def test_plain_papermill_and_plain_nbconvert(tmp_path, one_article):
    out = tmp_path / "out.ipynb"
    command = [
        sys.executable,
        "-m",
        "papermill",
        str(PATHS[0]),
        str(out),
        "-k",
        "python3",
        "-p",
        "study_folder",
        str(one_article),
    ]
    subprocess.run([*command, "--no-progress-bar"], check=True, capture_output=True, cwd=tmp_path)
    subprocess.run([sys.executable, "-m", "nbconvert", "--to", "html", str(out)], check=True, capture_output=True, cwd=tmp_path)
    assert "1 article of unknown source" in (tmp_path / "out.html").read_text(encoding="utf-8")
