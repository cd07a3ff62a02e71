"""What can be mailed or printed."""

import shutil
import subprocess
import sys
import zipfile

import pytest

from broadsheet import cli, handout
from broadsheet.tables import BroadsheetError


@pytest.fixture
def pages(tmp_path):
    """An index and two pages with a table and a figure, as `share` writes them."""
    for name in ("index.html", "talks/default/00_one.html", "talks/default/01_two.html"):
        path = tmp_path / "reports" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"<!DOCTYPE html><title>{name}</title><p>The mayor smiled.")
    more = tmp_path / "reports" / "talks" / "default" / "00_one-more.html"
    more.write_text("<!DOCTYPE html><p>Another one.")
    names = ("tables/00_one-rates.csv", "tables/00_one-more-rates.csv", "figures/00_one-1.svg", "figures/00_other-1.svg")
    for name in names:
        path = tmp_path / "reports" / "talks" / "default" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(name)
    home = tmp_path / "reports" / "index.html"
    return home, sorted(set((tmp_path / "reports" / "talks" / "default").glob("*.html")) - {more})


def test_one_file_to_mail(pages, tmp_path):
    made = handout.zipped(*pages, tmp_path / "mail" / "talks.zip")
    with zipfile.ZipFile(made) as held:
        names = held.namelist()
        held.extractall(tmp_path / "unpacked")
    assert names == [
        "talks/index.html",
        *("talks/talks/default/00_one.html", "talks/talks/default/01_two.html"),
        *("talks/talks/default/tables/00_one-rates.csv", "talks/talks/default/figures/00_one-1.svg"),
    ]
    assert (tmp_path / "unpacked" / "talks" / "index.html").read_bytes() == pages[0].read_bytes()
    first = made.read_bytes()
    assert handout.zipped(*pages, made).read_bytes() == first


@pytest.mark.parametrize("name", ["notebook.ipynb", "folder", "folder.zip"])
def test_what_is_no_zip_file_is_not_written_over(pages, tmp_path, name):
    (tmp_path / "notebook.ipynb").write_text("{}")
    (tmp_path / name).mkdir() if name.startswith("folder") else None
    with pytest.raises(BroadsheetError, match=rf"{name} is no zip file: name the one to write"):
        handout.zipped(*pages, tmp_path / name)
    assert (tmp_path / "notebook.ipynb").read_text() == "{}"


def test_a_pdf_beside_each_page(pages):
    if not any(map(shutil.which, handout._BROWSERS)):
        pytest.skip("there is no Chromium here")
    made = handout.printed(pages[1])
    assert [path.name for path in made] == ["00_one.pdf", "01_two.pdf"]
    assert all(path.read_bytes().startswith(b"%PDF-") for path in made)


def test_without_a_browser_it_says_what_to_do(pages, monkeypatch):
    monkeypatch.setattr(handout.shutil, "which", lambda name: None)
    with pytest.raises(BroadsheetError, match="no Chromium, Chrome or Edge is found to print with: install one, or open"):
        handout.printed(pages[1])


def test_a_browser_that_prints_nothing_is_named(pages, monkeypatch):
    monkeypatch.setattr(handout, "_BROWSERS", (sys.executable,))
    with pytest.raises(BroadsheetError, match=r"could not print .*00_one\.html"):
        handout.printed(pages[1])


def test_the_command_mails_and_prints(peace_talks_report, tmp_path, capsys):
    out = tmp_path / "mail"
    assert (
        cli.main(["share", str(peace_talks_report), "--out", str(out), "--zip", str(tmp_path / "talks.zip"), "--no-code"]) == 0
    )
    assert capsys.readouterr().out.split() == [str(tmp_path / "talks.zip"), str(out / "index.html")]
    with zipfile.ZipFile(tmp_path / "talks.zip") as held:
        names = held.namelist()
        page = held.read(next(name for name in names if name.endswith("01_sentiment_by_actor.html"))).decode()
    assert "<summary>Code</summary>" not in page and "make-from" not in page
    assert sum(name.endswith(".svg") for name in names) == sum(name.endswith(".png") for name in names) > 10
    assert max(held.getinfo(name).file_size for name in names if name.endswith(".html")) < 1_000_000


def test_svg_figures_are_drawings_that_run_nothing(harbour_report):
    drawn = list(harbour_report.rglob("figures/*.svg"))
    assert len(drawn) > 10
    for path in drawn:
        text = path.read_text(encoding="utf-8")
        assert (
            text.startswith("<?xml") and "<script" not in text.lower() and "onerror" not in text.replace("onerror=window", "")
        )
    done = subprocess.run(
        [sys.executable, "-c", "import sys, xml.dom.minidom as m; [m.parse(p) for p in sys.argv[1:]]", *drawn]
    )
    assert done.returncode == 0
