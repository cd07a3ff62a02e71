"""Sources against each other: published values, hand counts, and the passages that two of them share."""

import math

import numpy as np
import pandas as pd
import pytest
import textstat
from hypothesis import given
from hypothesis import strategies as st

from broadsheet import compare, near, tables
from broadsheet.tables import BroadsheetError


def against(rows, target, reference):
    """Keyness of words with their counts in sides of the given sizes."""
    a, b = (pd.Series({word: row[side] for word, row in rows.items()}) for side in (0, 1))
    a["(others)"], b["(others)"] = target - a.sum(), reference - b.sum()
    return compare.keyness(a, b)


# quanteda.textstats, docs/reference/textstat_keyness.html (quanteda 4.0.1): target count, reference count, χ²
POSTWAR = {
    "we": (1048, 779, 764.4484), "us": (289, 216, 207.5181), "america": (148, 54, 200.5544),
    "our": (917, 1307, 183.5362), "americans": (76, 7, 163.1532), "upon": (39, 332, -58.39810),
    "constitution": (9, 200, -59.66134), "which": (96, 911, -177.10087), "of": (1514, 5666, -197.08830),
    "the": (2089, 8094, -331.99069),
}  # fmt: skip
TRUMP = {
    "protected": (5, 1, 81.83024), "while": (6, 7, 51.79484), "obama": (3, 0, 51.05861), "we've": (3, 0, 51.05861),
    "will": (40, 332, 48.03251), "everyone": (4, 5, 29.76164), "your": (11, 51, 28.60175),
    "america": (18, 130, 27.57968), "breath": (2, 0, 27.27421), "exists": (2, 0, 27.27421),
}  # fmt: skip


@pytest.mark.parametrize(("rows", "sizes", "near"), [(POSTWAR, (43002, 108539), 5e-5), (TRUMP, (1660, 41342), 1e-5)])
def test_chi2_is_what_quanteda_publishes(rows, sizes, near):
    made = against(rows, *sizes)
    for word, (_, _, chi2) in rows.items():
        assert made.chi2[word] == pytest.approx(chi2, abs=near)


def test_g2_with_four_and_two_cells_has_its_published_values():
    # browndw/quanteda.extras, tests/testthat/test-keyness-basic.R: log_like(10, 5, 100, 200); two cells: UCREL's form
    row = against({"x": (10, 5)}, 100, 200).loc["x"]
    assert row.g2 == pytest.approx(7.329812, abs=1e-6) and row.g2_two_cell == pytest.approx(6.931472, abs=1e-6)
    # quanteda, the page above, smoothed counts, without Yates' correction; "will" as published. The published N of the
    # target is a rounded sum: the values agree to 0.0003
    smoothed = {"will": (41, 351, 22.609878), "your": (12, 70, 12.106282), "dreams": (6, 30, 7.273427)}
    made = against(smoothed, 6182, 127260)
    for word, (_, _, g2) in smoothed.items():
        assert made.g2[word] == pytest.approx(g2, abs=3e-4)


def test_effect_sizes_by_hand():
    row = against({"x": (10, 5)}, 100, 200).loc["x"]
    assert row.log_ratio == pytest.approx(2) and row.percent_diff == pytest.approx(300)  # 10 % against 2.5 %
    assert row.bic == pytest.approx(7.329812 - math.log(300), abs=1e-6)
    zero = against({"x": (8, 0), "y": (0, 8)}, 100, 100)
    assert zero.log_ratio.tolist()[:2] == pytest.approx([4, -4])  # 8 against 0.5
    assert zero.percent_diff.tolist()[:2] == [math.inf, -100]


counted = st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 50), min_size=1).filter(lambda d: sum(d.values()))


@given(counted, counted)
def test_keyness_turns_its_sign_with_its_sides(target, reference):
    a, b = pd.Series(target), pd.Series(reference)
    one, other = compare.keyness(a, b), compare.keyness(b, a)
    assert set(one.index) == set(target) | set(reference)
    for column in ("g2", "g2_two_cell", "chi2", "log_ratio"):
        np.testing.assert_allclose(one[column], -other[column].reindex(one.index), atol=1e-9)
    assert one[["g2", "g2_two_cell", "chi2", "bic"]].notna().all(axis=None)


def test_a_side_without_words_or_with_impossible_counts_is_an_error():
    words = pd.Series({"a": 1})
    with pytest.raises(BroadsheetError, match="the reference has no words"):
        compare.keyness(words, pd.Series(dtype="int64"))
    for wrong in (pd.Series({"a": -1}), pd.Series({"a": np.nan})):
        with pytest.raises(BroadsheetError, match="a count of the target is negative or missing"):
            compare.log_odds(wrong, words, 1)


def test_log_odds_are_what_scattertext_computes():
    # scattertext/test/test_logOddsUninformativePriorScore.py: score = −2 · (Φ(z) − 0.5) of the four-term z
    a, b = pd.Series([1, 5, 1, 9]), pd.Series([100, 510, 100, 199])
    made = compare.log_odds(a, b, 0.01)
    z = [-0.58984491, -1.90568407, -0.58984491, 2.98306431]
    np.testing.assert_allclose(made.z_four_term, z, atol=1e-7)
    np.testing.assert_allclose(made.z, [-0.60950219, -2.30440513, -0.60950219, 4.46292517], atol=1e-7)
    scores = [-math.erf(value / math.sqrt(2)) for value in made.z_four_term]
    np.testing.assert_allclose(scores, [0.4447054, 0.9433088, 0.4447054, -0.9971462], atol=1e-6)
    pd.testing.assert_frame_equal(made, compare.log_odds(a, b, pd.Series(0.01, index=range(4))))
    with pytest.raises(BroadsheetError, match="1 words have no prior above 0"):
        compare.log_odds(a, b, pd.Series(0.01, index=range(3)))


def test_association_has_nltks_published_values():
    # nltk/test/collocations.doctest
    assert near.association(110, 2552, 221, 31777)["log_likelihood"] == pytest.approx(270.72, abs=5e-3)
    assert near.association(8, 13, 32, 31777)["log_likelihood"] == pytest.approx(95.29, abs=5e-3)
    assert near.association(20, 42, 20, 14307668)["t"] == pytest.approx(4.4721, abs=5e-5)
    assert near.association(8, 15828, 4675, 14307668)["t"] == pytest.approx(0.9999, abs=5e-5)
    assert near.association(20, 42, 20, 14307668)["pmi"] == pytest.approx(18.38, abs=5e-3)
    assert near.association(20, 15019, 15629, 14307668)["pmi"] == pytest.approx(0.29, abs=5e-3)
    assert near.association(5, 5, 5, 100)["log_dice"] == 14  # always together: the most there is


def words_of(*texts):
    """The words table of texts, one article each, one sentence each."""
    rows = []
    for number, text in enumerate(texts, 1):
        at = 0
        for word in text.split():
            start = text.index(word, at)
            at = start + len(word)
            rows.append((f"a{number}", 0, start, at, word))
    return pd.DataFrame(rows, columns=["article_id", "sentence_no", "start", "end", "word"])


def test_counts_fold_case_apostrophes_and_hyphens_and_need_a_group_for_every_article():
    words = words_of("Peace isn’t peace", "isn't Cease‑fire cease-fire")
    made = compare.counts(words)
    assert made.loc["peace"].tolist() == [2, 0] and made.loc["isn't"].tolist() == [1, 1]
    assert made.loc["cease-fire"].tolist() == [0, 2]
    sources = pd.Series({"a1": "Mail", "a2": "Mail"})
    assert compare.counts(words, sources)["Mail"].sum() == len(words)
    with pytest.raises(BroadsheetError, match="article a2 has no group"):
        compare.counts(words, sources[:1])


def test_collocates_are_counted_by_hand():
    words = words_of("fragile truce holds while the fragile truce talks go on and on today", "no truce today", "fragile")
    places = [(row.article_id, 0, "truce", row.start, row.end) for row in words.itertuples() if row.word == "truce"]
    mentions = pd.DataFrame(places, columns=["article_id", "sentence_no", "label", "start", "end"])
    made = near.collocates(words, mentions, k=2).set_index("word")
    # near: fragile holds while | the fragile talks go | no today: 9 places, of 14 that are no match
    assert made["count"].to_dict() == {
        "fragile": 2, "holds": 1, "while": 1, "the": 1, "talks": 1, "go": 1, "no": 1, "today": 1,
    }  # fmt: skip
    assert made.loc["fragile", "expected"] == pytest.approx(9 * 3 / 14) and made.loc["fragile", "articles"] == 1
    assert made.loc["fragile", "pmi"] == pytest.approx(math.log2(2 / (9 * 3 / 14)))
    shown = near.collocates(words, mentions, k=2, stop=tables.STOP_WORDS)
    assert not {"while", "the", "no"} & set(shown.word)
    pd.testing.assert_frame_equal(shown.set_index("word"), made.loc[shown.word])
    assert len(near.collocates(words, mentions.iloc[:0])) == 0


@pytest.mark.parametrize("word", ["bill", "million", "state", "states", "war", "trump", "peace", "said"])
def test_stop_words_are_function_words_alone(word):
    assert word not in tables.STOP_WORDS and "the" in tables.STOP_WORDS


def test_similarity_by_hand():
    made = compare.similarity(pd.DataFrame({"A": [1, 1, 0], "B": [0, 1, 1], "C": [0, 0, 0], "D": [3, 3, 0]}))
    pair = made.set_index(["source_a", "source_b"])
    assert pair.loc[("A", "B"), "cosine"] == pytest.approx(0.5)
    # halves apart: divergence ½(½·log2 2) twice = 0.5
    assert pair.loc[("A", "B"), "jensen_shannon"] == pytest.approx(math.sqrt(0.5))
    assert pair.loc[("A", "D")].round(9).tolist() == [1, 1, 0]
    assert pair.loc[("A", "C")].isna().all() and len(made) == 6
    assert 0 < pair.loc[("A", "B"), "cosine_tfidf"] < 0.5  # what they share is the commoner word


def test_readability_counts_our_sentences_and_letters():
    sentences = pd.DataFrame({
        "article_id": ["a1", "a1", "a1", "a2"], "part": ["headline", "body", "body", "headline"],
        "sentence": ["A head", "The U.S. sent 3.5 million dollars.", "“Nobody at home cheered!” he said.", "Only this"],
    })  # fmt: skip
    made = compare.readability(sentences)
    row = made.loc["a1"]
    assert (row.sentences, row.words, row.words_per_sentence) == (2, 12, 6)
    assert row.lix == pytest.approx(6 + 100 * 3 / 12)  # million, dollars, cheered have more than 6 letters
    # letters and figures: The US sent 35 million dollars 3 + 2 + 4 + 2 + 7 + 7, Nobody at home cheered he said 25
    assert row.coleman_liau == pytest.approx(0.0588 * 100 * (25 + 25) / 12 - 0.296 * 100 * 2 / 12 - 15.8)
    assert made.loc["a2"].isna().all()
    text = "The US sent 35 million dollars. “Nobody at home cheered” he said."  # as textstat gets it
    assert row.automated_readability == pytest.approx(textstat.automated_readability_index(text))
    sources = pd.Series({"a1": "Mail", "a2": "Mail"})
    assert compare.readability(sentences, sources).index.tolist() == ["Mail"]


def test_readability_never_asks_for_a_download(monkeypatch):
    import nltk

    monkeypatch.setattr(nltk, "download", lambda *_, **__: pytest.fail("a download"))
    compare.readability(pd.DataFrame({"article_id": ["a1"], "sentence": ["An unusual sentence, never read before."]}))


QUOTE = "we will not accept a peace that is dictated over the heads of the people who have to live with it"
COPIED = "the two leaders spoke for more than an hour on Monday, after a weekend of threats and silence from both capitals"


def articles(*rows):
    return pd.DataFrame(rows, columns=["article_id", "source", "text"])


def marks(frame):
    rows = [(row.article_id, row.text.index("“") + 1, row.text.index("”")) for row in frame.itertuples() if "“" in row.text]
    return pd.DataFrame(rows, columns=["article_id", "start", "end"])


def test_a_speaker_quoted_twice_is_not_copied_prose():
    held = articles(
        ("a1", "Mail", f"He was tired. “{QUOTE.capitalize()},” he said, and so {COPIED}."),
        ("a2", "Post", f"By our staff, in Kyiv: {COPIED.replace('an hour', 'one long hour')}. Then: “{QUOTE}”"),
    )
    made = compare.passages(held, marks(held))
    assert made.kind.tolist() == ["quoted", "prose"] and made.words.tolist() == [21, 20]
    quote, prose = made.itertuples()
    assert prose.passage == COPIED and "one long hour" in prose.passage_b  # an edit inside does not end it
    assert quote.passage_b == QUOTE and quote.passage == QUOTE.capitalize()
    for row in made.itertuples():
        assert held.text[0][row.start_a : row.end_a] == row.passage
        assert held.text[1][row.start_b : row.end_b] == row.passage_b


def test_a_passage_is_quoted_only_where_both_sides_quote_it():
    held = articles(("a1", "Mail", f"“{QUOTE}”, he said"), ("a2", "Post", f"They meant that {QUOTE}."))
    assert compare.passages(held, marks(held)).kind.tolist() == ["prose"]


@pytest.mark.parametrize("brief", ["Watch the video.", "Watch.", "?!"])
def test_an_article_of_a_few_words_shares_nothing_and_hides_nothing(brief):
    rows = [("a1", "Mail", COPIED), ("a2", "Post", COPIED), ("a3", "Wire", brief)]
    for held in (articles(*rows), articles(*rows[::-1])):
        assert len(compare.passages(held, marks(held))) == 1


def test_one_source_is_not_compared_with_itself_and_an_unknown_one_with_all():
    twice = [("a1", "Mail", COPIED), ("a2", "Mail", COPIED)]
    assert len(compare.passages(articles(*twice), marks(articles()))) == 0
    for unknown in ("", "unknown"):
        assert len(compare.passages(articles(*((name, unknown, text) for name, _, text in twice)), marks(articles()))) == 1
    nothing = compare.passages(articles(), marks(articles()))
    assert len(nothing) == 0 and nothing.columns[-1] == "kind"


def test_what_many_articles_carry_is_a_notice_and_its_blocks_are_counted():
    held = articles(*((f"a{number}", f"s{number}", COPIED) for number in range(6)))
    assert len(compare.passages(held, marks(held))) == 15
    made = compare.passages(held, marks(held), common=5)
    assert len(made) == 0 and made.attrs["left_out"] >= 6


def test_the_order_of_the_articles_only_turns_the_sides():
    held = articles(("a1", "Mail", f"x y {COPIED}"), ("a2", "Post", f"{COPIED} z"), ("a3", "Wire", f"{QUOTE} {COPIED}"))
    one, other = compare.passages(held, marks(held)), compare.passages(held.iloc[::-1], marks(held))
    pairs = [{frozenset(pair) for pair in zip(made.article_a, made.article_b, strict=True)} for made in (one, other)]
    assert pairs[0] == pairs[1] and len(pairs[0]) == 3 and sorted(one.words) == sorted(other.words)
