"""Pages from executed notebooks: what is on them, what is not, and what a reader can take away."""

import base64
import csv
import io
import shutil
import struct
import zlib

import nbformat
import pandas as pd
import pytest
from bs4 import BeautifulSoup

from broadsheet import share, show
from broadsheet.pages.excerpts import Excerpts
from broadsheet.tables import BroadsheetError

v4 = nbformat.v4
PARAMETERS = 'study_folder: str = "peace-talks"  # a folder\nvoice: str = ""  # narrator or quoted\nactors: list = []  # labels'
LONG = "The harbour board said on Monday that the new pier would open before the autumn storms arrived."


def png():
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 2, 2, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0" + b"\xff" * 6 + b"\0" + b"\x10" * 6)
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")).decode()


PICTURE = v4.new_output("display_data", {"image/png": png()}, metadata={"image/png": {"alt": "Two <grey> rows."}})


@pytest.fixture
def shown(monkeypatch):
    """``shown(show.note, "text")`` → the output that a notebook would hold."""
    import IPython.display

    def output(function, *arguments, **options):
        found = []
        monkeypatch.setattr(IPython.display, "display", lambda data, raw, metadata: found.append((data, metadata)))
        function(*arguments, **options)
        return v4.new_output("display_data", found[0][0], metadata=found[0][1])

    return output


@pytest.fixture
def page(tmp_path):
    """``page(outputs)`` → the page of a notebook with these outputs, parsed."""

    def make(outputs, prose="# Who *leads*?\n\nA first paragraph.", name="00_one", given=None, **options):
        path = write(tmp_path / "reports" / "talks" / "default" / f"{name}.ipynb", outputs, prose, given)
        (made,) = share.pages([path], root=options.pop("root", tmp_path / "reports"), **options)
        return BeautifulSoup(made.read_text(encoding="utf-8"), "html.parser")

    return make


def write(path, outputs, prose="# Who *leads*?\n\nA first paragraph.", given=None):
    code = v4.new_code_cell("print('code')", outputs=outputs, execution_count=2, id="b")
    parameters = v4.new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]}, execution_count=1, id="a")
    injected = v4.new_code_cell("secret = '/home/x'", metadata={"tags": ["injected-parameters"]}, id="c")
    cells = [v4.new_markdown_cell(prose, id="p"), parameters, injected, code]
    given = {"study_folder": "/home/someone/talks", **(given or {})}
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(v4.new_notebook(cells=cells, metadata={"papermill": {"parameters": given}}), path)
    return path


def stream(text, name="stdout"):
    return v4.new_output("stream", text=text, name=name)


def test_the_answer_stands_under_the_title(page, shown):
    soup = page([stream("x"), shown(show.answer, "Trump <leads>, at $5."), shown(show.answer, "Twice.")])
    main = soup.main
    assert soup.html["lang"] == "en" and soup.title.get_text() == "Who leads? · talks · Broadsheet"
    assert main.h1.decode_contents() == "Who <em>leads</em>?" and len(soup("h1")) == 1
    assert [tag["class"][0] for tag in main.find_all("p", class_=True)][:2] == ["setting", "answer"]
    answers = [p.get_text() for p in main.select("p.answer")]
    assert answers == ["Trump <leads>, at $5.", "Twice."]
    assert main.select("p.answer")[0].find_next("p").get_text() == "A first paragraph."


def test_parameters_are_told_and_the_run_can_be_repeated(page):
    given = {"voice": "narrator", "actors": ["Putin", "EU & co"]}
    soup = page([], given=given)
    assert soup.select_one(".setting").get_text() == "Study talks · voice narrator · actors Putin, EU & co"
    command = soup.footer.pre.get_text()
    assert command == ".venv/bin/broadsheet run 00_one --study path/to/talks -p voice narrator -p actors 'Putin+EU & co'"
    assert "narrator or quoted" in soup.footer.get_text() and "/home" not in str(soup)
    named = page([], given={"study_folder": "talks"})  # a folder in data/
    assert named.footer.pre.get_text() == ".venv/bin/broadsheet run 00_one --study talks"


@pytest.mark.parametrize(
    ("output", "there", "gone"),
    [
        (stream("<script>x</script> \x1b[31mred\x1b[0m \x00"), "<script>x</script> red \ufffd", "script"),
        (stream("a remark", "stderr"), "a remark", None),
        (v4.new_output("display_data", {"text/html": "<b onclick=x>t</b><script>bad()</script>"}), "t", "bad()"),
        (v4.new_output("display_data", {"text/html": "<a href='javascript:x'>t</a><style>p{}</style>"}), "t", "p{}"),
        (v4.new_output("display_data", {"text/html": "<table><td onmouseover=x>cell</table>"}), "cell", "onmouseover"),
        (v4.new_output("display_data", {"text/html": "<iframe src=x></iframe>kept"}), "kept", "iframe"),
        (v4.new_output("display_data", {"text/markdown": "<img src=x onerror=y>"}), "<img src=x onerror=y>", None),
        (v4.new_output("display_data", {"application/javascript": "bad()", "text/plain": "JS"}), "JS", "bad()"),
        (v4.new_output("display_data", {"image/svg+xml": "<svg onload=x>", "text/plain": "SVG"}), "SVG", "onload"),
        (v4.new_output("execute_result", {"text/plain": "'<i>'"}, execution_count=2), "'<i>'", None),
        (v4.new_output("error", ename="E", evalue="<b>", traceback=["\x1b[0;31mE\x1b[0m: <b>"]), "E: <b>", None),
    ],
)
def test_outputs_of_others_are_text(page, output, there, gone):
    soup = page([output])
    assert there in soup.main.get_text()
    for tag in soup.main.find_all(True):
        assert tag.name not in ("script", "iframe", "svg", "img", "style", "i")
        assert not [name for name in tag.attrs if name.startswith("on")]
    assert not gone or gone == "script" or gone not in str(soup.main)
    assert len(soup("script")) == 1 and not soup("link")  # its own: see the policy
    assert soup.script.string.startswith("// Long tables sort")


def test_pictures_say_what_they_show(page):
    bare = v4.new_output("display_data", {"image/png": png()})
    soup = page([PICTURE, bare])
    assert [img["alt"] for img in soup("img")] == ["Two <grey> rows.", "A figure without a description."]


@pytest.mark.parametrize(
    ("prose", "tag", "text"),
    [
        ("# T\n\nThe rate $k / n$ is", "math", "k/n"),
        ("# T\n\n$$\\frac{a}{b}$$", "mfrac", "ab"),
        ("# T\n\n\\begin{matrix} a \\\\ b \\end{matrix}", "mtable", "ab"),
        ("# T\n\n$\\nosuch{$ stays", "code", "nosuch"),
    ],
)
def test_formulas_are_mathml(page, prose, tag, text):
    soup = page([], prose)
    assert text in soup.main.find(tag).get_text().replace(" ", "")


def test_tables_scroll_and_link_their_csv(page, shown, tmp_path):
    frame = pd.DataFrame({"title": ["=1+1", "“Talks” – é"], "n": [1, 2]})
    soup = page([shown(show.table, frame, "by-title", rows=1), shown(show.table, frame, "by-title")])
    links = [a["href"] for a in soup.select(".table a")]
    assert links == ["tables/00_one-by-title.csv", "tables/00_one-by-title-2.csv"]
    assert len(soup.select(".scroll[tabindex='0'][role=region][aria-label] > table")) == 2
    folder = tmp_path / "reports" / "talks" / "default"
    for link in links:
        assert (folder / link).read_bytes() == "\ufefftitle,n\n'=1+1,1\n“Talks” – é,2\n".encode()


def test_a_table_that_is_gone_takes_its_csv_along(page, shown, tmp_path):
    folder = tmp_path / "reports" / "talks" / "default" / "tables"
    page([shown(show.table, pd.DataFrame({"a": [1]}), "old")])
    page([shown(show.table, pd.DataFrame({"a": [1]}), "new")])
    assert [path.name for path in folder.iterdir()] == ["00_one-new.csv"]


def test_code_without_output_folds_into_the_next(page, shown):
    soup = page([shown(show.answer, "So.")])
    assert len(soup.select("details.code")) == 1
    assert "study_folder" in soup.select_one("details.code").get_text()
    assert "secret" not in str(soup)


def test_equal_notebooks_make_equal_pages(page, shown, tmp_path):
    outputs = [shown(show.table, pd.DataFrame({"sentence": [LONG]}), "t"), PICTURE]
    made = [str(page(outputs)) for _ in range(2)]
    path = tmp_path / "reports" / "talks" / "default" / "00_one.ipynb"
    indexes = [share.index([path], root=tmp_path / "reports").read_bytes() for _ in range(2)]
    shutil.move(tmp_path / "reports", tmp_path / "elsewhere")
    moved = share.pages([tmp_path / "elsewhere" / "talks" / "default" / "00_one.ipynb"], root=tmp_path / "elsewhere")
    assert made[0] == made[1] == str(BeautifulSoup(moved[0].read_text(encoding="utf-8"), "html.parser"))
    assert indexes[0] == indexes[1]


@pytest.mark.parametrize(
    ("before", "mark", "after", "words", "cut"),
    [
        ("one two ", "three", " four five", 5, "one two three four five"),
        ("one two ", "three", " four five", 3, "… two three four …"),
        ("one two ", "three", " four five", 1, "… three …"),
        ("one two three four ", "five", "", 3, "… three four five"),
        ("", "one", " two three four", 3, "one two three …"),
        ("“", "one two three", "” four", 2, "“one two …"),
    ],
)
def test_a_cut_keeps_the_marked_words(before, mark, after, words, cut):
    assert "".join(Excerpts(words).around(before, mark, after)) == cut


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("It said that the new pier would open.", "It said that the new …"),
        ("the new pier", "the new pier"),
        ("“That, the NEW pier would…”", "“That, the NEW …"),
        ("Nothing of it here at all.", "Nothing of it here at all."),
        (
            "One: the new pier would\nopen soon; two: on Monday that the new pier.",
            "One: the new pier … soon; two: on Monday that …",
        ),
    ],
)
def test_quotations_outside_the_tables_are_found(text, redacted):
    excerpts = Excerpts(3)
    excerpts.learn(LONG)
    assert excerpts.redact(text) == redacted


def test_of_a_sentence_the_same_words_are_shown_wherever_it_stands():
    limit, words = Excerpts(4), ["one", "two", "three", "four", "five", "six", "seven", "eight"]
    first = limit.around("one two ", "three", " four five six seven eight")
    assert first == ("… two ", "three", " four five …")
    assert limit.around("one two three ", "four", " five six seven eight") == ("… two three ", "four", " five …")
    assert "".join(limit.around("one two three four five six ", "seven", " eight")) == "… two three four five …"
    assert limit.cut(" ".join(words)) == "… two three four five …"


def test_pages_whose_names_begin_alike_keep_their_tables(page, shown, tmp_path):
    frame = pd.DataFrame({"label": ["board"]})
    page([shown(show.table, frame, "rates")], name="01_one")
    page([shown(show.table, frame, "rates")], name="01_one-more")
    page([shown(show.table, frame, "rates")], name="01_one")
    held = sorted(path.name for path in (tmp_path / "reports").rglob("*.csv"))
    assert held == ["01_one-more-rates.csv", "01_one-rates.csv"]


def test_excerpts_leave_no_full_sentence_anywhere(page, shown, tmp_path):
    frame = pd.DataFrame({"label": ["board"], "sentence": [LONG], "mark_start": [4], "mark_end": [17], "other": [LONG]})
    kwic = pd.DataFrame({"left": [LONG], "matched": ["board"], "right": [LONG], "most_negative": [LONG]})
    picture = v4.new_output("display_data", {"image/png": png()}, metadata={"image/png": {"alt": f"Shows: {LONG}"}})
    foreign = v4.new_output("display_data", {"text/html": f"<table><td>{LONG}</td></table>", "text/plain": LONG})
    outputs = [
        shown(show.answer, f"It was: {LONG}"),
        shown(show.note, LONG),
        shown(show.table, frame, "sentences", f"As in: {LONG}"),
        shown(show.table, kwic, "kwic"),
        *(picture, foreign, stream(LONG), stream(LONG, "stderr")),
        v4.new_output("error", ename="ValueError", evalue=LONG, traceback=[f"\x1b[31mValueError\x1b[0m: {LONG}"]),
    ]
    out = tmp_path / "cut"
    soup = page(outputs, excerpts=5, out=out)
    index = share.index([tmp_path / "reports/talks/default/00_one.ipynb"], out, 5, tmp_path / "reports")
    assert soup.select("td .excerpt")[0].decode_contents() == "The <mark>harbour board</mark> said on …"
    written = sorted(path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file())
    tables = [f"talks/default/tables/00_one-{name}.csv" for name in ("kwic", "sentences")]
    picture = "talks/default/figures/00_one-1.png"
    assert written == ["index.html", "talks/default/00_one.html", picture, *tables]
    written.remove(picture)
    runs = [LONG.split()[i : i + 6] for i in range(len(LONG.split()) - 5)]
    for path in [*(out / name for name in written), index]:
        text = path.read_text(encoding="utf-8")
        flat = " ".join(BeautifulSoup(text, "html.parser").get_text(" ").split()) + " ".join(text.split())
        assert not [run for run in runs if " ".join(run) in flat], path
    rows = list(csv.DictReader(io.StringIO((out / tables[0]).read_text(encoding="utf-8-sig"))))
    assert rows[0]["left"] == "… storms arrived." and rows[0]["right"] == "The harbour …"
    assert "Quoted sentences are cut to 5 words" in soup.get_text()


def test_the_index_lists_questions_answers_and_failures(page, shown, tmp_path):
    root = tmp_path / "reports"
    write(root / "talks" / "default" / "00_one.ipynb", [shown(show.answer, "Trump <leads>."), PICTURE])
    failed = v4.new_output("error", ename="ValueError", evalue="no <ship>\nmore", traceback=["x"])
    write(root / "talks" / "actors=Orbán#1" / "01 two.ipynb", [failed], "# Why?", {"actors": ["Orbán"]})
    paths = share.executed(root)
    made = share.pages(paths, root=root)
    soup = BeautifulSoup(share.index(paths, root=root).read_text(encoding="utf-8"), "html.parser")
    cards = soup.select(".cards li")
    assert [card.a.get_text() for card in cards] == ["Why?", "Who leads?"]
    assert cards[0].a["href"] == "talks/actors%3DOrb%C3%A1n%231/01%20two.html"
    assert cards[0].select_one(".failed").get_text() == "01 two.ipynb stopped: ValueError: no <ship>"
    assert cards[1].p.get_text() == "Trump <leads>."
    assert cards[1].img["alt"] == "Two <grey> rows." and cards[1].img["src"].startswith("data:image/png;base64,")
    assert [group.get_text() for group in soup.select(".set")] == ["actors Orbán", "Default parameters"]
    assert BeautifulSoup(made[0].read_text(encoding="utf-8"), "html.parser").nav.a["href"] == "../../index.html"


def test_pages_of_one_run_lead_to_each_other(tmp_path):
    root = tmp_path / "reports"
    for name in ("00_one", "01_two", "02_three"):
        write(root / "talks" / "default" / f"{name}.ipynb", [], f"# Question {name}?")
    made = share.pages(share.executed(root), root=root)
    soup = BeautifulSoup(made[1].read_text(encoding="utf-8"), "html.parser")
    assert [(a["rel"], a["href"]) for a in soup.select(".turn a")] == [
        (["prev"], "00_one.html"),
        (["next"], "02_three.html"),
    ]
    assert "Question 02_three?" in soup.select_one(".turn .next").get_text()


def test_what_cannot_be_shared_is_said(tmp_path):
    with pytest.raises(BroadsheetError, match="no executed notebooks"):
        share.executed(tmp_path)
    (tmp_path / "a.ipynb").write_text("{", encoding="utf-8")
    with pytest.raises(BroadsheetError, match="not a notebook"):
        share.pages([tmp_path / "a.ipynb"])
    with pytest.raises(BroadsheetError, match="from 1 up"):
        share.pages([tmp_path / "a.ipynb"], excerpts=0)


def test_pages_made_from_the_same_are_left_as_they_are(shown, tmp_path):
    root = tmp_path / "reports"
    path = write(root / "talks" / "default" / "00_one.ipynb", [shown(show.answer, "Marsh leads.")])
    (made,) = share.pages([path], root=root)
    before = made.stat().st_mtime_ns
    share.pages([path], root=root)
    assert made.stat().st_mtime_ns == before
    share.pages([path], root=root, code=False)
    assert made.stat().st_mtime_ns != before and "Code</summary>" not in made.read_text(encoding="utf-8")
    index = share.index([path], root=root)
    before = index.stat().st_mtime_ns
    assert share.index([path], root=root).stat().st_mtime_ns == before
    write(path, [shown(show.answer, "Kade leads.")])
    assert "Kade leads" in share.index([path], root=root).read_text(encoding="utf-8")


def test_a_page_takes_away_its_own_old_files_alone(shown, tmp_path):
    root, table = tmp_path / "reports", pd.DataFrame({"label": ["board"]})
    folder = root / "talks" / "default"
    one = write(folder / "00_one.ipynb", [shown(show.table, table, "rates"), shown(show.table, table, "old")])
    copy = write(folder / "00_one-Copy1.ipynb", [shown(show.table, table, "rates")])
    share.pages([copy, one], root=root)
    write(one, [shown(show.table, table, "rates")])
    share.pages([copy, one], root=root)
    assert sorted(path.name for path in (folder / "tables").iterdir()) == ["00_one-Copy1-rates.csv", "00_one-rates.csv"]


def test_every_figure_is_a_file_of_its_own(page, tmp_path):
    picture = v4.new_output("display_data", {"image/png": png()})
    page([picture, picture, picture])
    drawn = sorted(path.name for path in (tmp_path / "reports/talks/default/figures").iterdir())
    assert drawn == ["00_one-1.png", "00_one-2.png", "00_one-3.png"]


@pytest.mark.parametrize(
    "latex", [r"\text{</math><meta http-equiv=refresh content=0>}", r"\text{&lt;script&gt;x&lt;/script&gt;}", "a<b"]
)
def test_a_formula_lets_no_tag_through(page, latex):
    soup = page([v4.new_output("display_data", {"text/latex": f"${latex}$", "text/plain": "x"})])
    assert soup.main.math and not soup.main("meta") and not soup.main("script")


def test_a_table_from_elsewhere_writes_no_file_and_brings_no_tags(page, shown, tmp_path):
    made = shown(show.table, pd.DataFrame({"label": ["board"]}), "rates")
    made.metadata["broadsheet"]["name"] = "x/../../../../../evil"
    page([made])
    assert not list(tmp_path.rglob("evil*"))
    made.metadata["broadsheet"]["name"] = "rates"
    made.data["text/html"] = made.data["text/html"].replace(
        "board", "board<meta http-equiv=refresh><a href='javascript:x'>y</a>"
    )
    soup = page([made])
    assert not soup.main("meta") and not soup.main.select("td a") and "boardy" in soup.main.get_text()
