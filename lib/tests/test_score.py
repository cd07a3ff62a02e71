"""Sentiment toward an actor: spans, clauses, the registry, the words behind a score."""

import math
import re
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textblob import TextBlob

from broadsheet import ROOT, clause, lexicon, load, score, store
from broadsheet.tables import BroadsheetError


def span(text, target):
    return text.index(target), text.index(target) + len(target)


@pytest.mark.parametrize(
    ("text", "target", "expected"),
    [
        ("He said it was over; Putin had called the long-awaited talks on arms a success, and left.", "Putin",
         "Putin had called the long-awaited talks on arms a success, and left"),
        ("The talks, Putin said, were dead.", "talks", "The talks, Putin said, were dead"),  # it was short
        ("The U.S. sent Ukraine 1,000 drones at 10:30 from Gen. Kellogg's own store; nobody cheered.", "U.S.",
         "The U.S. sent Ukraine 1,000 drones at 10:30 from Gen. Kellogg's own store"),
        ("“A great deal,” Trump said.", "Trump", "Trump said"),
        ("Trump “lied” to them.", "Trump", "Trump"),  # never into another voice
        ("It failed. Trump smiled. They won.", "Trump", "Trump smiled"),  # never into another sentence
        ("The leaders' plan — a trap — failed Orban.", "trap", "a trap — failed Orban"),
        ("Martin Luther King, Jr. spoke", "King, Jr.", "Martin Luther King, Jr. spoke"),
        ("Putin", "Putin", "Putin"),
    ],
)  # fmt: skip
def test_the_clause_is_the_stretch_between_marks(text, target, expected):
    assert text[slice(*clause.around(text, span(text, target)))] == expected


@settings(max_examples=200, deadline=None)
@given(st.data(), st.text(alphabet="ab .,;:—-'’“”\"()1U.S\u0301🙂\n", min_size=1, max_size=60))
def test_a_clause_holds_its_span_and_scores_stay_in_range(data, text):
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    first, last = clause.around(text, (start, end))
    assert 0 <= first <= start < end <= last <= len(text)
    for scorer in ("vader", "textblob"):
        row = score.toward([text], [(start, end)], scorer).iloc[0]
        assert row[["negative", "neutral", "positive"]].between(0, 1).all()
        assert math.isclose(row.negative + row.neutral + row.positive, 1)
        assert math.isclose(row.positive - row.negative, row.sentiment)


@pytest.mark.parametrize("scorer", ["vader", "textblob"])
@pytest.mark.parametrize(
    ("text", "target", "kind"),
    [
        ("Orban is a good and honest friend.", "Orban", "positive"),
        ("Orban is a terrible, horrible leader.", "Orban", "negative"),
        ("Orban met them on Monday.", "Orban", "neutral"),
        ("Orban was not good.", "Orban", "negative"),
        ("The best met the Peace and Justice Party on Monday.", "Peace and Justice Party", "positive"),
        ("They met the Peace and Justice Party.", "Peace and Justice Party", "neutral"),  # a name is no praise
        ("They praised the wonderful, brave Orban; Putin met them.", "Putin", "neutral"),  # another clause
    ],
)
def test_the_words_around_an_actor_decide(scorer, text, target, kind):
    scores = score.toward([text], [span(text, target)], scorer)
    assert score.label(scores, scorer).tolist() == [kind]


@pytest.mark.parametrize("bad", [(-1, 3), (3, 1), (2, 2), (0, 99), (9, 12)])
def test_a_span_outside_its_text_is_an_error_that_says_which_row(bad):
    with pytest.raises(ValueError, match="row 1"):
        score.toward(["Putin left.", "Orban left"], [(0, 5), bad])


def test_other_input_that_cannot_be_scored_is_an_error_too():
    with pytest.raises(BroadsheetError, match="2 texts and 1 spans"):
        score.toward(["a", "b"], [(0, 1)])
    with pytest.raises(BroadsheetError, match="row 0: the text is float"):
        score.toward([float("nan")], [(0, 1)])
    with pytest.raises(BroadsheetError, match='did you mean "textblob"'):
        score.toward(["a"], [(0, 1)], "texblob")


@pytest.mark.parametrize("scorer", list(score.SCORERS))
def test_long_texts_emoji_and_combining_marks_are_scored_and_nothing_gives_an_empty_frame(scorer):
    long = "Orbán " + "was very good to them and " * 333 + "🙂 Orba\u0301n"
    made = score.toward(pd.Series([long, "🙂🙂 Orba\u0301n ❤"], index=[7, 9]), np.array([(0, 5), (3, 9)]), scorer)
    assert made.index.tolist() == [0, 1] and made.notna().all(axis=None)
    empty = score.toward([], [], scorer)
    assert empty.columns.tolist() == ["negative", "neutral", "positive", "sentiment"] and len(empty) == 0
    assert (empty.dtypes == "float64").all()


@pytest.mark.parametrize("scorer", list(score.SCORERS))
def test_a_score_does_not_depend_on_its_neighbours(scorer, monkeypatch):
    texts = ["Orban is good.", "Orban is bad.", "Orban is good.", "Orban met them " + "and many others " * 40 + "in Paris."]
    together = score.toward(texts, [(0, 5)] * 4, scorer)
    alone = pd.concat([score.toward([text], [(0, 5)], scorer) for text in texts], ignore_index=True)
    pd.testing.assert_frame_equal(together, alone, atol=1e-4, rtol=0)
    turned = score.toward(texts[::-1], [(0, 5)] * 4, scorer)[::-1].reset_index(drop=True)
    pd.testing.assert_frame_equal(together, turned, atol=1e-4, rtol=0)
    for threads in ("1", "3"):
        monkeypatch.setenv("BROADSHEET_THREADS", threads)
        pd.testing.assert_frame_equal(together, score.toward(texts, [(0, 5)] * 4, scorer), atol=1e-4, rtol=0)


def test_adding_a_scorer_is_one_entry(monkeypatch):
    frame = pd.DataFrame({"negative": [0.2], "neutral": [0.5], "positive": [0.3]}, index=["x"])
    monkeypatch.setitem(score.SCORERS, "model", score.Scorer(lambda texts, spans: frame, None, None, "a model"))
    monkeypatch.setitem(score.SCORERS, "flat", score.Scorer(lambda texts, spans: [0.4] * len(texts), -0.5, 0.5, "flat"))
    made = score.toward(["Orban"], [(0, 5)], "model")
    assert made.sentiment.round(9).tolist() == [0.1] and score.label(made, "model").tolist() == ["neutral"]
    assert score.toward(["Orban"], [(0, 5)], "flat").values.round(9).tolist() == [[0.0, 0.6, 0.4, 0.4]]
    assert score.label(score.toward(["Orban"], [(0, 5)], "flat"), "flat").tolist() == ["neutral"]
    assert score.words("Orban", (0, 5), "flat") == []


SENTENCES = pd.DataFrame({
    "article_id": ["a1", "a1", "a2"], "sentence_no": [0, 1, 0], "start": [0, 20, 5], "end": [19, 40, 22],
    "sentence": ["Orban is a hateful.", "Putin praised Orban.", "Orban met Zelensk"],
})  # fmt: skip


def mentions(**columns):
    given = {
        "article_id": ["a2", "a1"],
        "sentence_no": [0, 1],
        "label": ["Orban", "Orban"],
        "start": [5, 34],
        "end": [10, 39],
    }
    return pd.DataFrame({**given, **columns})


def test_scores_are_one_row_per_mention_in_their_order():
    made = score.sentiment(mentions(voice=["quoted", None]), SENTENCES)
    assert made.article_id.tolist() == ["a2", "a1"] and made.voice.tolist() == ["quoted", ""]
    assert made.scorer.tolist() == ["target"] * 2
    made = score.sentiment(mentions(), SENTENCES, scorer="vader")
    assert made.scorer.tolist() == ["vader"] * 2 and made.sentiment.tolist()[0] == 0 < made.sentiment.tolist()[1]
    assert score.sentiment(mentions(), SENTENCES).voice.tolist() == ["", ""]
    assert score.label(made).tolist() == ["neutral", "positive"]
    none = score.sentiment(mentions().iloc[:0], SENTENCES)
    assert len(none) == 0 and none.columns.tolist() == made.columns.tolist()


def test_a_mention_without_its_sentence_or_out_of_it_is_an_error():
    with pytest.raises(BroadsheetError, match="1 of 2 mentions have no sentence: the first is Orban in article a2"):
        score.sentiment(mentions(sentence_no=[3, 1]), SENTENCES)
    with pytest.raises(BroadsheetError, match="row 1"):
        score.sentiment(mentions(end=[10, 99]), SENTENCES)


def test_vader_reads_the_typographic_apostrophe_and_textblob_overlooks_contractions():
    assert score.toward(["Orban isn’t good."], [(0, 5)], "vader").sentiment[0] < 0
    assert score.toward(["Orban isn't good."], [(0, 5)], "textblob").sentiment[0] > 0  # wrong, and known: say so


def test_the_words_behind_a_score_follow_the_clause():
    text = "A hated man, they say; Orban is not good and very brave, the disaster ends."
    found = dict(score.words(text, span(text, "Orban"), "vader"))
    assert list(found) == ["good", "brave", "disaster"] and found["good"] < 0 < found["brave"]
    assert score.words(text, span(text, "Orban"), "textblob")[0] == ("not good", -0.35)


def test_subjectivity_keeps_the_index_of_its_texts():
    made = score.subjectivity(pd.Series(["They met.", "", "I think it’s wonderful."], index=["x", "y", "z"]))
    assert made.index.tolist() == ["x", "y", "z"] and made.tolist()[:2] == [0, 0] and made["z"] == 1


def test_what_was_measured_is_what_the_benchmark_printed():
    table = (ROOT / "lib" / "benchmarks" / "README.md").read_text(encoding="utf-8")
    for name, scorer in score.SCORERS.items():
        (row,) = [line for line in table.splitlines() if line.startswith(f"| {name} |") and "/" in line]
        rw, mt = (cell.split()[0] for cell in row.split("|")[2:4])
        assert f"{rw} (rw) and {mt} (mt)" in scorer.measured


# Published: nltk/test/sentiment.doctest, the compound score of whole sentences. Each is one clause here, or goes on to its end.
@pytest.mark.parametrize(
    ("text", "target", "compound"),
    [
        ("VADER is smart, handsome, and funny.", "VADER", 0.8316),
        ("The book was good.", "book", 0.4404),
        ("At least it isn't a horrible book.", "it", 0.431),
        ("The plot was good, but the characters are uncompelling and the dialog is not great.", "plot", -0.7042),
    ],
)
def test_vader_has_its_published_values(text, target, compound):
    assert score.toward([text], [span(text, target)], "vader").sentiment[0] == compound


@pytest.fixture
def plugged(tmp_path, monkeypatch):
    """Installs a package, as pip would, with the scorer that README shows and two that are broken."""
    shown = re.search(r"```python\n(.*?def score.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.S)[1]
    (tmp_path / "my_scorer.py").write_text(shown + "\n\ndef half(texts, spans):\n    return [float('nan')]\n", encoding="utf-8")
    info = tmp_path / "my_scorer-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: my-scorer\nVersion: 1.0\n", encoding="utf-8")
    lines = "[broadsheet.scorers]\nmine = my_scorer:score\nhalf = my_scorer:half\nlost = my_scorer:nothing\n"
    (info / "entry_points.txt").write_text(lines, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    score._plugged.cache_clear()
    yield
    score._plugged.cache_clear()


def test_a_scorer_of_ones_own_plugs_in_as_readme_says(plugged):
    assert score.names() == ["half", "lost", "mine", *score.SCORERS]
    made = score.toward(["Critics, glad or not, call Orban corrupt."], [(28, 33)], "mine")
    assert made["sentiment"].tolist() == [0.0]  # TextBlob's glad 0.5 and corrupt −0.5, of the whole sentence
    assert score.known("mine").description.startswith("TextBlob on the whole sentence")


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("lost", "the scorer lost cannot be loaded from my_scorer:nothing"),
        ("half", "the scorer half returned no number for row 0"),
        ("mien", 'no scorer "mien": did you mean "mine"?'),
    ],
)
def test_a_broken_scorer_of_ones_own_is_one_clear_error(plugged, name, says):
    with pytest.raises(BroadsheetError, match=re.escape(says)):
        score.toward(["Orban left."], [(0, 5)], name)


def test_a_scorer_that_is_changed_makes_scores_anew_and_a_broken_one_stops_nobody(plugged):
    study = load.study("peace-talks")
    before = store.keys(study, "vader")
    with Path(sys.modules["my_scorer"].__file__).open("a") as file:
        file.write("# a better one\n")
    after = store.keys(study, "vader")
    assert {part for part in before if before[part] != after[part]} == {"scores"}
    assert len(store.annotated(study, "vader").scores)


# TextBlob's own reading of a text costs most of its time: what the library saves must not be seen in a number
READ_BY_TEXTBLOB = [
    "",
    "Marsh and Osterby met on the bridge",
    "a very good plan, not a bad one",
    "it was not at all a great day",
    "it wasn't good, and he didn't say why it isn't",
    "never of a good mind",
    "not I good",
    "really is a good ferry",
    "extremely in it of the harbour good",
    "absolutely not good",
    "no U.S. envoy was happy, said Mr. Marsh. Great",
    "the U.K.'s most excellent port, the worst of 1,000 in 2.5 long years",
    "a first-class well-known anti-war plan",
    "wonderful! Simply wonderful (!) :-) xD x D",
    "the best. Max. fine. sat. good.",
    "Ünlü is an awful, dreadful bore",
    "so-called good, low, high, 8-D, o.o, O.o friends",
    "less than happy; more or less kind",
    "a good day o. O friends",
]


@pytest.mark.parametrize("text", READ_BY_TEXTBLOB)
def test_textblob_is_read_as_textblob_reads(text):
    assert (lexicon.textblob(text), lexicon.subjectivity(text)) == tuple(TextBlob(text).sentiment)
