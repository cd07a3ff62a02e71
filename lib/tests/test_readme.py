"""README says what is so: its figures carry the values of a fresh run, its codebook every column, its commands work."""

import re

import nbformat
import pytest
from PIL import Image

from broadsheet import NOTEBOOKS, ROOT, cli, tables

README = (ROOT / "README.md").read_text(encoding="utf-8")
FIGURES = {"01_sentiment_by_actor": "sentiment.png", "02_term_frequency": "terms.png"}


@pytest.mark.parametrize("notebook, name", FIGURES.items())
def test_figures_carry_the_values_of_a_fresh_run(notebook, name, peace_talks_report):
    executed = nbformat.read(next(peace_talks_report.rglob(f"{notebook}.ipynb")), as_version=4)
    outputs = [output for cell in executed.cells for output in cell.get("outputs", [])]
    first = next(each for each in outputs if each.get("metadata", {}).get("broadsheet", {}).get("role") == "figure")
    fresh = first["metadata"]["image/png"]["alt"]
    refresh = "run `python3 run.py`, then notebooks/figures/refresh.py, and put its lines into README"
    assert Image.open(NOTEBOOKS / "figures" / name).info["Description"] == fresh, refresh
    assert f"![{fresh}](notebooks/figures/{name})" in README, refresh


TABLES = ["articles", "removed", "dropped", "sentences", "words", "quotes", "scores", "summary", "gold"]


@pytest.mark.parametrize("table", TABLES)
def test_codebook_has_every_column(table):
    (row,) = [line for line in README.splitlines() if re.match(rf"\| `?{table}`? \|", line)]
    missing = [column for column in tables.COLUMNS[table] if f"`{column}`" not in row]
    assert not missing


def test_every_notebook_is_listed_with_its_question():
    for path in NOTEBOOKS.glob("*.ipynb"):
        question = nbformat.read(path, as_version=4).cells[0].source.splitlines()[0].removeprefix("# ")
        assert f"| [{path.stem}](notebooks/{path.name}) | {question} |" in README


def test_every_link_leads_somewhere():
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", README):
        assert (ROOT / target).exists(), target


def test_use_your_own_articles_in_five_lines(tmp_path, monkeypatch, capsys):
    """What README's five lines say, up to the run itself, which test_notebooks does."""
    assert len(re.findall(r"^\d\. ", README.split("## Use your own articles")[1].split("##")[0], re.M)) == 5
    monkeypatch.chdir(tmp_path)
    (tmp_path / "texts").mkdir()
    for name, text in (
        ("a", "Then Mayor Osterby met Marsh. A truce, a lasting truce."),
        ("b", "Again Mayor Osterby met no one."),
    ):
        (tmp_path / "texts" / f"{name}.txt").write_text(text, encoding="utf-8")
    assert cli.main(["new", "my-study", "--from", "texts"]) == 0
    assert cli.main(["check", "my-study"]) == 1
    assert "2 of 2 articles have no source, a the first of them" in capsys.readouterr().out
    listed = (tmp_path / "my-study" / "articles.csv").read_text(encoding="utf-8-sig").splitlines()
    edited = [listed[0], *(line.replace(",,", ",Mail,2025-03-03", 1) for line in listed[1:])]
    (tmp_path / "my-study" / "articles.csv").write_text("\n".join(edited), encoding="utf-8")
    (tmp_path / "my-study" / "terms.csv").write_text("label,pattern\ntruce,truce\nmayor,mayor\n", encoding="utf-8")
    assert cli.main(["check", "my-study"]) == 0, capsys.readouterr().out
