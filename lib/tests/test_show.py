"""What notebooks display, bundle by bundle."""

import base64

import matplotlib
import numpy as np
import pandas as pd
import pytest

from broadsheet import show
from broadsheet.tables import BroadsheetError

matplotlib.use("agg")


@pytest.fixture
def displayed(monkeypatch):
    import IPython.display

    found = []
    monkeypatch.setattr(IPython.display, "display", lambda data, raw, metadata: found.append((data, metadata)))
    return found


def cells(displayed):
    from bs4 import BeautifulSoup

    rows = BeautifulSoup(displayed[-1][0]["text/html"], "html.parser")("tr")
    return [[cell.get_text() for cell in row(["th", "td"])] for row in rows]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain words", "plain words"),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ('a "quote" & more', "a &quot;quote&quot; &amp; more"),
        ("NUL \x00, bell \x07, escape \x1b[1m", "NUL \ufffd, bell \ufffd, escape \ufffd[1m"),
        ("half a pair \ud800", "half a pair \ufffd"),
        ("lines\nand\ttabs stay", "lines\nand\ttabs stay"),
        ("\u202edesrever", "<bdi>\u202edesrever</bdi>"),
        ("שלום", "<bdi>שלום</bdi>"),
        ("Zelenskyy’s “café”", "Zelenskyy’s “café”"),
    ],
)
def test_escaped(text, shown):
    assert show.escaped(text) == shown


@pytest.mark.parametrize(("role", "function"), [("answer", show.answer), ("note", show.note)])
def test_sentences_are_text_never_formulas_or_markup(displayed, role, function):
    function("From $100 to $200 <b>")
    (data, metadata), *_ = displayed
    assert data["text/plain"] == "From $100 to $200 <b>"
    assert f'<p class="broadsheet mathjax_ignore tex2jax_ignore {role}">From $100 to $200 &lt;b&gt;</p>' in data["text/html"]
    assert metadata == {"broadsheet": {"role": role}}


@pytest.mark.parametrize(
    ("column", "shown"),
    [
        ([1, -2, 3000], ["1", "−2", "3000"]),
        ([0.5, 0.123456, -1.0], ["0.500", "0.123", "−1.000"]),
        ([0.5, 0.123456, -0.25], ["0.500", "0.123", "−0.250"]),
        ([0.01234, 0.5e-3], ["0.0123", "0.0005"]),
        ([12.5, 0.0003, 100.0], ["12.50", "0.0003", "100.00"]),
        ([2.0, 3.0, np.nan], ["2", "3", "–"]),
        ([np.inf, -np.inf, 0.0], ["∞", "−∞", "0"]),
        ([True, False, True], ["yes", "no", "yes"]),
        (["a", None, np.nan], ["a", "–", "–"]),
        (pd.to_datetime(["2025-08-15", "2025-08-16", None]), ["2025-08-15", "2025-08-16", "–"]),
        (pd.to_datetime(["2025-08-15 14:30", "2025-08-16 00:00"], utc=True), ["2025-08-15 14:30", "2025-08-16"]),
        ([["b", "a"], {"d", "c"}, ()], ["b, a", "c, d", ""]),
        (pd.array([1, None], dtype="Int64"), ["1", "–"]),
        (pd.Categorical(["x", "y"]), ["x", "y"]),
    ],
)
def test_table_writes_values_for_readers(displayed, column, shown):
    show.table(pd.DataFrame({"share_of_all": column}), "values")
    head, *rows = cells(displayed)
    assert head == ["share of all"]
    assert [row[0] for row in rows] == shown


def test_table_says_what_it_leaves_out_and_the_csv_has_all(displayed):
    frame = pd.DataFrame({"label": ["a", "b", "c"], "n": [1, 2, 3]}, index=[7, 8, 9])
    show.table(frame, "by-label", "How often.", rows=2)
    data, metadata = displayed[-1]
    assert metadata["broadsheet"] == {"role": "table", "name": "by-label"}
    assert cells(displayed) == [["label", "n"], ["a", "1"], ["b", "2"]]
    assert "How often." in data["text/html"] and "First 2 of 3 rows; the CSV has all." in data["text/html"]
    assert data["text/csv"] == "label,n\na,1\nb,2\nc,3\n"
    assert data["text/plain"].splitlines()[:2] == ["label\tn", "a\t1"]
    assert list(frame.columns) == ["label", "n"]


def test_a_table_of_thousands_stays_readable(displayed):
    show.table(pd.DataFrame({"n": range(5000)}), "many")
    assert len(cells(displayed)) == 1 + show.ROWS
    assert "First 200 of 5,000 rows" in displayed[-1][0]["text/html"]


def test_an_empty_table_is_a_sentence(displayed):
    show.table(pd.DataFrame({"label": []}), "none", "Matches by label.")
    data = displayed[-1][0]
    assert "<table" not in data["text/html"] and "No rows." in data["text/html"] and data["text/csv"] == "label\n"


@pytest.mark.parametrize("name", ["", "By source", "a/b", "../x", "Ünder", "-a", "a."])
def test_a_table_name_must_do_as_a_file_name(displayed, name):
    with pytest.raises(BroadsheetError, match="slug"):
        show.table(pd.DataFrame({"a": [1]}), name)


@pytest.mark.parametrize(
    ("sentence", "start", "end", "shown"),
    [
        ("The <b>mayor</b> left.", 4, 16, "The <mark>&lt;b&gt;mayor&lt;/b&gt;</mark> left."),
        ("The mayor left.", 0, 3, "<mark>The</mark> mayor left."),
        ("The mayor left.", np.nan, np.nan, "The mayor left."),
        ("a\x00b mayor", 4, 9, "a\ufffdb <mark>mayor</mark>"),
    ],
)
def test_marks(displayed, sentence, start, end, shown):
    show.table(pd.DataFrame({"sentence": [sentence], "mark_start": [start], "mark_end": [end]}), "marks")
    data = displayed[-1][0]
    assert f'<span class="excerpt">{shown}</span>' in data["text/html"]
    assert "mark_start" not in data["text/csv"] and cells(displayed)[0] == ["sentence"]


def test_only_article_text_is_an_excerpt(displayed):
    show.table(pd.DataFrame({"label": ["mayor"], "left": ["the old"], "line": [3]}), "kwic")
    assert displayed[-1][0]["text/html"].count('class="excerpt"') == 1
    show.table(pd.DataFrame({"passage": ["the old mayor left"], "passage_b": ["the mayor left"], "words": [4]}), "shared")
    assert displayed[-1][0]["text/html"].count('class="excerpt"') == 2


def test_escaping_reaches_names_of_columns(displayed):
    show.table(pd.DataFrame({"<script>x</script>": ["<img src=x onerror=y>"]}), "hostile")
    html = displayed[-1][0]["text/html"]
    assert "<script" not in html and "<img" not in html


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("+1 555", "'+1 555"),
        ("-cmd", "'-cmd"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\tx", "'\tx"),
        ("＝1+1", "'＝1+1"),
        ("-0.5", "-0.5"),
        ("2025-08-15", "2025-08-15"),
        ("plain", "plain"),
        (-0.5, "-0.5"),
        (["=a", "b"], '"\'=a, b"'),
    ],
)
def test_no_csv_cell_is_a_formula(cell, written):
    assert show.csv(pd.DataFrame({"a": [cell]})) == f"a\n{written}\n"


def plotted(alt):
    import matplotlib.pyplot as plt

    fig, ax = plt.subplots(figsize=(6, 3))
    ax.plot([1, 3, 2])
    fig.broadsheet_alt = alt
    return fig


def test_a_figure_carries_its_alt_text_and_equal_figures_are_equal_bytes(displayed):
    import matplotlib.pyplot as plt

    show.figure(plotted("A line that rises, then falls."))
    show.figure(plotted("A line that rises, then falls."))
    (first, metadata), (second, _) = displayed
    assert first == second and not plt.get_fignums()
    assert metadata["broadsheet"] == {"role": "figure"}
    assert metadata["image/png"]["alt"] == first["text/plain"] == "A line that rises, then falls."
    png = base64.b64decode(first["image/png"])
    assert png.startswith(b"\x89PNG") and b"Software" not in png
    assert 450 < metadata["image/png"]["width"] < 650  # six inches, in the pixels of a page


@pytest.mark.parametrize("alt", ["", "  ", None])
def test_a_figure_without_alt_text_is_refused(displayed, alt):
    with pytest.raises(BroadsheetError, match="alt text"):
        show.figure(plotted(alt))


def test_a_text_of_a_page_has_an_end_and_the_csv_has_it_whole(displayed):
    long = "peace " * 200
    show.table(pd.DataFrame({"source": ["Mail", "Post"], "passage": [long, "short"]}), "long")
    page, whole = displayed[-1][0]["text/html"], displayed[-1][0]["text/csv"]
    assert page.count("peace") == 100 and "peace …" in page and "Long texts of passage end with … here" in page
    assert whole.count("peace") == 200


def test_large_counts_are_read_by_thousands_and_years_are_not(displayed):
    show.table(pd.DataFrame({"matched": [12_262_850.0, 973.0], "year": [2025, 2024]}), "counts")
    assert all(f">{text}</td>" in displayed[-1][0]["text/html"] for text in ("12,262,850", "973", "2025"))
    assert "12262850" in displayed[-1][0]["text/csv"]
