# ruff: noqa: E501 - tables of cases
"""Figures are looked at as a reader would: nothing is cut, nothing overlaps, and the alt text says what is drawn."""

import itertools

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

from broadsheet import plot, stats, tables

LONG = "The Greater Osterby and Wexcombe Harbour Gazette"
TITLE = (
    "The harbour board leads with 12.31, the dockers of the northern quay come last with 0.07, and nobody knows why that is so"
)
SUBTITLE = "Matches per 1,000 words, strict patterns, headline included; n: matches; 12 articles, 3 March to 26 September 2025"
CAPTION = (
    "Study harbour. Sources: 3 stated, 4 inferred, 5 unknown. Dates: 12 inferred; 17 articles left out (see 00_corpus). " * 2
)
DRAWN = {"title": TITLE, "subtitle": SUBTITLE, "caption": CAPTION}


def summary(names, measure=tables.RATE, **columns):
    n = len(names)
    made = {
        "label": names,
        "measure": measure,
        "articles": 4,
        "matched": 7.0,
        "total": 4000.0,
        "value": np.linspace(0.1, 0.9, n),
    }
    made |= {"low": np.linspace(0.0, 0.6, n), "high": np.linspace(0.3, 1.0, n), "interval": "bootstrap-t", "query": ""}
    return pd.DataFrame(made | columns)


def articles(names, days):
    when = pd.to_datetime(pd.Series(days))
    return pd.DataFrame({
        "article_id": names, "source": names, "name": names, "label": names, "title": [""] * len(names),
        "characters": 500, "published_from": when, "published_to": when + pd.Timedelta(days=3),
    })  # fmt: skip


def test_an_arrow_stands_where_there_is_no_limit():
    """Also where the scale ends the whisker, as it does for sentiment and for shares."""
    row = summary(["Osterby"], measure=tables.SENTIMENT, value=[-0.1], low=[-1.0], high=[0.1])

    def arrows(**columns):
        (axes, *_) = plot.intervals(row.assign(**columns), zero=0, **DRAWN).axes
        return [line.get_marker() for line in axes.lines if line.get_marker() in ("<", ">")]

    few = ": too few articles differ"
    assert arrows(interval="bootstrap-t, cut at the end of the scale") == []
    assert arrows(interval=f"bootstrap-t; no lower limit{few}") == ["<"]
    assert arrows(interval=f"bootstrap-t; no upper limit{few}", high=np.inf) == [">"]
    assert arrows(interval=f"bootstrap-t; no limits{few}", high=1.0) == ["<", ">"]


def texts(fig):
    fig.canvas.draw()
    found = [text for text in fig.findobj(Text) if text.get_visible() and text.get_text().strip()]
    boxes = [(text, text.get_window_extent()) for text in found]
    return [(text, box) for text, box in boxes if box.width and box.height]


NAMES = ["Osterby", "Marsh", LONG]
DAYS = ["2025-03-03", "2025-05-10", "2025-09-26"]
TWO = pd.concat([summary(NAMES, voice="narrator"), summary(NAMES, voice="quoted")], ignore_index=True)
INFINITE = summary(NAMES, high=[0.5, np.inf, np.nan], value=[0.2, 0.4, np.nan], interval=["a", "b", "undefined: 0 of 0"])
FIGURES = {
    "intervals": lambda: plot.intervals(summary(NAMES), **DRAWN),
    "intervals in two colours": lambda: plot.intervals(TWO, hue="voice", zero=0, **DRAWN),
    "intervals of forty rows": lambda: plot.intervals(summary([f"source {i}" for i in range(55)]), **DRAWN),
    "intervals without limits": lambda: plot.intervals(INFINITE, **DRAWN),
    "intervals within one text": lambda: plot.intervals(summary(NAMES, interval=stats.WITHIN_TEXT), **DRAWN),
    "shares": lambda: plot.intervals(summary(NAMES, measure="share of truce in truce and treaty"), **DRAWN),
    "sentiment": lambda: plot.intervals(summary(NAMES, measure=tables.SENTIMENT), zero=0, **DRAWN),
    "timeline": lambda: plot.timeline(summary(NAMES), articles(NAMES, DAYS), **DRAWN),
    "timeline of one day": lambda: plot.timeline(summary(NAMES[:1]), articles(NAMES[:1], DAYS[:1]), **DRAWN),
    "matrix": lambda: plot.matrix(pd.DataFrame([[1, 0], [12, 3]], NAMES[:2], ["Mail", LONG]), **DRAWN),
    "matrix of fourteen": lambda: plot.matrix(
        pd.DataFrame(np.arange(28).reshape(2, 14) - 9.5, NAMES[:2], [f"Source {i} of the coast" for i in range(14)]), decimals=2,
        diverging=True, **DRAWN,
    ),
    "intervals in more colours than there are": lambda: plot.intervals(
        pd.concat([summary(["Osterby"], term=f"term {i}") for i in range(9)], ignore_index=True), hue="term", **DRAWN,
    ),
    "intervals of dollars": lambda: plot.intervals(summary(["$x_$", "a $300bn loan, a $50bn loan"]), **DRAWN),
    "bars": lambda: plot.bars(pd.DataFrame({"source": NAMES, "words": [12034, 800, 3]}), "source", "words", **DRAWN),
    "keywords": lambda: plot.keywords(
        pd.DataFrame({"source": np.repeat([*NAMES, "Wire"], 8), "written": ["harbourmaster"] * 32, "z": np.tile(np.arange(8) + 0.5, 4), "target": 1234}), **DRAWN,
    ),
    "positions": lambda: plot.positions(
        pd.DataFrame({"article_id": ["Marsh", "Marsh"], "label": ["truce", "treaty"], "start": [10, 499]}), articles(NAMES, DAYS), labels=["truce", "treaty"], **DRAWN,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FIGURES)
def test_no_text_is_cut(name):
    fig = FIGURES[name]()
    for text, box in texts(fig):
        inside = box.x0 >= -1 and box.y0 >= -1 and box.x1 <= fig.bbox.width + 1 and box.y1 <= fig.bbox.height + 1
        assert inside, f"{text.get_text()!r} reaches out of the figure"


@pytest.mark.parametrize("name", FIGURES)
def test_title_subtitle_and_caption_overlap_nothing(name):
    drawn = texts(FIGURES[name]())
    whole = [each for each in drawn if each[0].get_text().split("\n")[0][:20] in (TITLE[:20], SUBTITLE[:20], CAPTION[:20])]
    assert len(whole) == 3
    for (text, box), (other, another) in itertools.product(whole, drawn):
        if text is not other:
            assert not box.overlaps(another), f"{text.get_text()[:30]!r} and {other.get_text()[:30]!r}"


@pytest.mark.parametrize("name", FIGURES)
def test_alt_text_begins_with_the_finding_and_names_values(name):
    alt = FIGURES[name]().broadsheet_alt
    assert TITLE in alt and len(alt) < 2500 and "nan" not in alt


def test_alt_text_gives_the_values():
    assert "Osterby: 0.10 (0.00 to 0.30)" in plot.intervals(summary(NAMES), **DRAWN).broadsheet_alt


def test_one_is_told_as_one():
    one = pd.DataFrame({"source": ["Mail"], "words": [3]})
    assert plot.bars(one, "source", "words", TITLE).broadsheet_alt.startswith("Bar chart, 1 bar. ")
    forty_one = pd.DataFrame({"source": map(str, range(41)), "words": 3})
    assert "1 more row is in the table." in " ".join(
        each.get_text() for each, _ in texts(plot.bars(forty_one, "source", "words", TITLE))
    )


def test_rows_beyond_forty_are_said_to_be_in_the_table():
    fig = FIGURES["intervals of forty rows"]()
    assert "15 more groups are in the table." in " ".join(text.get_text().replace("\n", " ") for text, _ in texts(fig))


def test_more_colours_than_there_are_are_said_to_be_in_the_table():
    fig = FIGURES["intervals in more colours than there are"]()
    shown = " ".join(text.get_text().replace("\n", " ") for text, _ in texts(fig))
    assert "3 more terms are in the table." in shown and "term 5" in shown and "term 6" not in shown


def test_a_long_name_without_blanks_is_cut_and_not_hidden():
    names = [f"www.themorningmail{i}.example" for i in range(9)]
    fig = plot.matrix(pd.DataFrame(np.ones((2, 9)), ["a", "b" * 70], names), **DRAWN)
    shown = [text.get_text() for text, _ in texts(fig)]
    assert "www.themorningmail0…" in shown and not {"…"} & set(shown)


def test_a_dollar_is_no_formula():
    fig = plot.intervals(summary(["$x_$"], hue=["$y_$"]), "$300bn leads, $50bn is last", "$a_$", "$b_$", hue="hue")
    fig.canvas.draw()
    assert not any(text.get_parse_math() for text in fig.findobj(Text))


@pytest.mark.parametrize(
    "nothing",
    [
        lambda: plot.intervals(summary(NAMES, value=np.nan), **DRAWN),
        lambda: plot.timeline(summary(NAMES, value=np.nan), articles(NAMES, DAYS), **DRAWN),
        lambda: plot.matrix(pd.DataFrame(), **DRAWN),
        lambda: plot.bars(pd.DataFrame({"a": [], "b": []}), "a", "b", **DRAWN),
        lambda: plot.keywords(pd.DataFrame({"source": []}), **DRAWN),
        lambda: plot.positions(pd.DataFrame({"article_id": []}), articles(NAMES, DAYS), **DRAWN),
    ],
)
def test_nothing_to_draw_is_no_figure(nothing):
    assert nothing() is None
