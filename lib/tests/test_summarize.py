# ruff: noqa: E501 - tables of cases
"""Rates, shares, means and dispersion on tables small enough to count by hand."""

import math

import numpy as np
import pandas as pd
import pytest

from broadsheet import arrange, stats, summarize
from broadsheet.tables import BroadsheetError

PATTERNS = pd.DataFrame({"label": ["truce", "treaty", "revolt"], "pattern": ["truce", "treaty", "revolt"]})


def corpus(counts, words=100, sources=None):
    """Articles a0, a1, … with `words` words each, and a mention for every count of {label: [per article]}."""
    n = len(next(iter(counts.values())))
    ids = [f"a{i}" for i in range(n)]
    articles = pd.DataFrame({"article_id": ids, "words": words, "cluster": ids, "source": sources or ids, "name": ids})
    rows = [(ids[i], label) for label, each in counts.items() for i, k in enumerate(each) for _ in range(k)]
    mentions = pd.DataFrame(rows, columns=["article_id", "label"], dtype="str").assign(pattern=lambda found: found["label"])
    return articles, mentions


class TestRate:
    def test_pooled(self):
        articles, mentions = corpus({"truce": [3, 0, 1, 2, 0], "treaty": [0, 1, 0, 0, 0]})
        made = summarize.rate(mentions, articles, patterns=PATTERNS).set_index("label")
        assert made.loc["truce", ["articles", "matched", "total", "value"]].tolist() == [5, 6, 500, 12.0]
        assert made.loc["treaty", "value"] == 2.0

    def test_a_label_without_a_match_keeps_its_row(self):
        articles, mentions = corpus({"truce": [3, 0, 1, 2]})
        made = summarize.rate(mentions, articles, patterns=PATTERNS).set_index("label")
        assert made.loc["revolt", ["matched", "total", "value"]].tolist() == [0, 400, 0]

    def test_articles_without_a_match_stay_in_the_denominator(self):
        articles, mentions = corpus({"truce": [1, 0, 0, 0]})
        assert summarize.rate(mentions, articles)["total"].tolist() == [400]

    def test_each_group_has_its_own_denominator(self):
        articles, mentions = corpus({"truce": [2, 2, 2]}, words=[100, 200, 100], sources=["X", "X", "Y"])
        made = summarize.rate(mentions, articles, by=("label", "source")).set_index("source")
        assert made["value"].round(3).to_dict() == {"X": 13.333, "Y": 20.0}

    def test_one_article_has_garwoods_interval_and_says_so(self):
        articles, mentions = corpus({"truce": [5]}, words=1000)
        row = summarize.rate(mentions, articles).iloc[0]
        # Garwood (1936): 5 events have the exact 95 % limits 1.6235 and 11.6683
        assert (row["low"], row["high"]) == pytest.approx((1.6235, 11.6683), abs=1e-4)
        assert row["interval"] == stats.WITHIN_TEXT

    def test_three_articles_have_no_interval(self):
        articles, mentions = corpus({"truce": [5, 1, 2]})
        row = summarize.rate(mentions, articles).iloc[0]
        assert math.isnan(row["low"]) and row["interval"].startswith("none: fewer than 4")

    def test_copies_of_a_story_count_once_when_pooled_and_each_for_its_source(self):
        articles, mentions = corpus({"truce": [2, 2, 0, 1]}, sources=["X", "Y", "X", "Y"])
        articles["cluster"] = ["a0", "a0", "a2", "a3"]
        assert summarize.rate(mentions, articles)[["articles", "matched"]].values.tolist() == [[3, 3]]
        by_source = summarize.rate(mentions, articles, by=("label", "source"))
        assert by_source[["source", "articles", "matched"]].values.tolist() == [["X", 2, 2], ["Y", 2, 3]]

    def test_columns_of_mentions_and_of_articles_can_be_mixed(self):
        articles, mentions = corpus({"truce": [2, 1]}, sources=["X", "Y"])
        mentions["voice"] = ["quoted", "narrator", "narrator"]
        made = summarize.rate(mentions, articles, by=("label", "voice", "source"))
        counted = {(row.voice, row.source): row.matched for row in made.itertuples()}
        assert counted == {("narrator", "X"): 1, ("quoted", "X"): 1, ("narrator", "Y"): 1, ("quoted", "Y"): 0}

    def test_query_travels_along(self):
        articles, mentions = corpus({"truce": [1]})
        twice = pd.concat([PATTERNS, pd.DataFrame({"label": ["truce"], "pattern": ["armistice"]})])
        made = summarize.rate(mentions, articles, patterns=twice).set_index("label")
        assert made.loc["truce", "query"] == "truce | armistice"

    def test_an_unknown_column_is_one_clear_error(self):
        articles, mentions = corpus({"truce": [1]})
        with pytest.raises(BroadsheetError, match="cannot group by colour"):
            summarize.rate(mentions, articles, by=("label", "colour"))

    def test_no_mention_at_all(self):
        articles, mentions = corpus({"truce": [0, 0, 0, 0]})
        made = summarize.rate(mentions, articles, patterns=PATTERNS)
        assert made["value"].tolist() == [0, 0, 0]


class TestShare:
    def test_share_and_its_parts(self):
        articles, mentions = corpus({"truce": [3, 1, 0, 2, 2], "treaty": [1, 0, 0, 2, 0]})
        row = summarize.share(mentions, articles, ("truce", "treaty")).iloc[0]
        assert (row["matched"], row["total"], row["value"]) == (8, 11, 8 / 11)
        assert row["articles"] == 4, "the articles that have either"
        assert 0 <= row["low"] < row["value"] < row["high"] <= 1

    def test_zero_of_zero_is_undefined(self):
        articles, mentions = corpus({"truce": [0], "treaty": [0]})
        row = summarize.share(mentions, articles, ("truce", "treaty")).iloc[0]
        assert math.isnan(row["value"]) and row["interval"] == "undefined: 0 of 0"

    def test_of_another_column(self):
        articles, mentions = corpus({"truce": [3, 1]})
        mentions["voice"] = ["quoted", "narrator", "narrator", "narrator"]
        row = summarize.share(mentions, articles, ("quoted", "narrator"), by=("label",), of="voice").iloc[0]
        assert (row["label"], row["matched"], row["total"]) == ("truce", 1, 4)

    @pytest.mark.parametrize("pair", [("truce",), ("truce", "truce"), ()])
    def test_needs_two_different_labels(self, pair):
        articles, mentions = corpus({"truce": [1]})
        with pytest.raises(BroadsheetError, match="two different labels"):
            summarize.share(mentions, articles, pair)


class TestLogRatio:
    def test_twice_as_often_is_one(self):
        articles, mentions = corpus({"truce": [4, 2, 2, 2, 2], "treaty": [1, 2, 1, 1, 1]})
        assert summarize.log_ratio(mentions, articles, ("truce", "treaty"))["value"].tolist() == [1.0]

    def test_zero_becomes_a_half_and_is_marked(self):
        articles, mentions = corpus({"truce": [2, 1, 1, 0, 0], "treaty": [0] * 5})
        row = summarize.log_ratio(mentions, articles, ("truce", "treaty")).iloc[0]
        assert row["value"] == 3.0 and "0.5" in row["interval"]  # log2(4 / 0.5)


def test_presence_counts_articles():
    articles, mentions = corpus({"truce": [3, 0, 1, 2, 0], "treaty": [0, 1, 0, 0, 0]})
    made = summarize.presence(mentions, articles, patterns=PATTERNS).set_index("label")
    assert made.loc["truce", ["matched", "total", "value"]].tolist() == [3, 5, 0.6]
    # Jeffreys' 95 % interval of 3 in 5: the beta(3.5, 2.5) quantiles 0.2094 and 0.9056 (Brown, Cai & DasGupta 2001)
    assert made.loc["truce", ["low", "high"]].tolist() == pytest.approx([0.2094, 0.9056], abs=1e-4)


class TestSentiment:
    def test_articles_first_then_their_mean(self):
        articles, _ = corpus({"x": [0, 0, 0]})
        scores = pd.DataFrame(
            {"article_id": ["a0"] * 9 + ["a1"], "label": "Marsh", "sentiment": [0.9] * 9 + [-0.1]}
        )  # fmt: skip
        row = summarize.sentiment(scores, articles).iloc[0]
        assert row["value"] == pytest.approx(0.4), "nine mentions in one article do not outvote the other"
        assert (row["articles"], row["matched"], row["total"]) == (2, 10, 3)

    def test_an_actor_nobody_mentions_is_undefined(self):
        articles, _ = corpus({"x": [0, 0]})
        scores = pd.DataFrame({"article_id": ["a0"], "label": ["Marsh"], "sentiment": [0.5]})
        made = summarize.sentiment(scores, articles, patterns=pd.DataFrame({"label": ["Marsh", "Wex"], "pattern": ["M", "W"]}))
        assert math.isnan(made.set_index("label").loc["Wex", "value"])

    def test_bounds_stay_within_the_scale(self):
        rng = np.random.default_rng(1)
        articles, _ = corpus({"x": [0] * 6})
        scores = pd.DataFrame(
            {"article_id": [f"a{i}" for i in range(6)], "label": "Marsh", "sentiment": rng.choice([-1, 1], 6)}
        )
        row = summarize.sentiment(scores, articles).iloc[0]
        assert -1 <= row["low"] <= row["value"] <= row["high"] <= 1


# Published: scattertext, test_Dispersion.py (Gries 2008): five parts of 9, 9, 9, 9 and 10 words.
PARTS = ["b a m n i b e u p", "b a s a t b e w q n", "b c a g a b e s t a", "b a g h a b e a a t", "b a h a a b e a x a t"]
PUBLISHED = {
    "b": {"dp": 0.02, "dp_norm": 0.024, "juilland_d": 0.968, "rosengren_s": 0.999, "kld": 0.003},
    "i": {"dp": 0.82, "dp_norm": 1.0, "juilland_d": 0.0, "rosengren_s": 0.18, "kld": 2.474},
    "q": {"dp": 0.8, "dp_norm": 0.976, "juilland_d": 0.0, "rosengren_s": 0.2, "kld": 2.322},
    "x": {"dp": 0.78, "dp_norm": 0.951, "juilland_d": 0.0, "rosengren_s": 0.22, "kld": 2.184},
    "a": {"dp": 0.18, "dp_norm": 0.22, "juilland_d": 0.785, "rosengren_s": 0.95, "kld": 0.137},
}


@pytest.mark.parametrize("word, expected", PUBLISHED.items())
def test_dispersion_has_the_published_values(word, expected):
    parts = [part.split() for part in PARTS]
    made = summarize.dispersion([part.count(word) for part in parts], [len(part) for part in parts])
    assert made.round(3).to_dict() == pytest.approx(expected, abs=1e-3)


def test_dispersion_of_what_has_none():
    assert summarize.dispersion([0, 0], [10, 10]).isna().all()
    assert summarize.dispersion([3], [10]).isna().all()
    with pytest.raises(BroadsheetError):
        summarize.dispersion([1, 2], [10, 0])


def test_change_from_the_earlier_to_the_later_half():
    articles, mentions = corpus({"truce": [4, 3, 4, 3, 1, 0, 1, 0], "treaty": [0, 1, 0, 1, 3, 4, 3, 4]})
    articles["published_from"] = articles["published_to"] = pd.date_range("2025-03-01", periods=8)
    row = summarize.change(mentions, articles, ("truce", "treaty")).iloc[0]
    assert (row["earlier"], row["later"]) == (14 / 16, 2 / 16)
    assert row["difference"] == pytest.approx(-0.75) and row["high"] < 0 and row["p"] < 0.05


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("order", [range(10), [*range(4, 8), *range(4), 9, 8], range(9, -1, -1)])
def test_articles_of_one_day_are_in_one_half(order):
    articles, mentions = corpus({"truce": [1, 2, 1, 2, 9, 9, 9, 9, 0, 1], "treaty": [9, 9, 9, 9, 1, 2, 1, 2, 9, 9]})
    articles["published_from"] = articles["published_to"] = pd.to_datetime(
        ["2025-05-19 08:00", "2025-05-19 20:00"] * 4 + ["2025-06-20 09:00"] * 2
    )
    row = summarize.change(mentions, articles.iloc[list(order)], ("truce", "treaty")).iloc[0]
    assert (row["earlier"], row["later"]) == (42 / 84, 1 / 19)
    assert (row["earlier_articles"], row["later_articles"]) == (8, 2)


@pytest.mark.filterwarnings("error")
def test_one_day_has_no_halves():
    articles, mentions = corpus({"truce": [1, 2, 1, 2], "treaty": [9, 9, 9, 9]})
    day = pd.Timestamp("2025-05-19")
    articles = articles.assign(published_from=day, published_to=day)
    row = summarize.change(mentions, articles, ("truce", "treaty")).iloc[0]
    assert row["earlier"] == 6 / 42 and row["later_articles"] == 0
    assert row[["later", "difference", "low", "high", "p"]].isna().all() and row["interval"].startswith(("none", "undefined"))


def test_an_article_that_may_be_of_either_half_is_of_none():
    articles, mentions = corpus({"truce": [9, 4, 4, 1, 1], "treaty": [9, 0, 0, 3, 3]})
    days = pd.date_range("2025-03-01", periods=4).tolist()
    articles["published_from"] = [pd.Timestamp("2025-01-01"), *days]
    articles["published_to"] = [pd.Timestamp("2025-12-31"), *days]
    row = summarize.change(mentions, articles, ("truce", "treaty")).iloc[0]
    assert (row["earlier"], row["later"]) == (8 / 8, 2 / 8)
    assert (row["earlier_articles"], row["later_articles"]) == (2, 2)


def test_a_point_in_time_of_one_article_stays_whoever_carries_its_story():
    articles, mentions = corpus({"truce": [2, 2, 0]}, sources=["X", "Y", "X"])
    articles = articles.assign(cluster=["one", "one", "two"], period=["a", "b", "c"])
    assert summarize.rate(mentions, articles, by=("label", "period"))["period"].tolist() == ["a", "b", "c"]
    pooled = summarize.rate(mentions, articles.assign(period=["May", "May", "June"]), by=("label", "period"))
    assert pooled["articles"].tolist() == [1, 1]


@pytest.mark.filterwarnings("error")
def test_an_article_without_words_has_no_rate():
    articles, mentions = corpus({"truce": [0, 2]})
    made = summarize.rate(
        mentions,
        articles.assign(words=[0, 500]),
        by=("label", "article_id"),
        patterns=pd.DataFrame({"label": ["truce"], "pattern": "truce"}),
    )
    assert made["interval"].tolist() == ["undefined: 0 of 0", stats.WITHIN_TEXT] and math.isnan(made["value"][0])


def test_leaving_out_each_article_in_turn():
    articles, _ = corpus({"x": [0, 0, 0]})
    rows = [("a0", "Marsh", 0.6), ("a1", "Marsh", 0.0), ("a0", "Osterby", 0.2), ("a1", "Osterby", 0.2), ("a2", "Wex", -0.5)]
    made = summarize.leave_one_out(pd.DataFrame(rows, columns=["article_id", "label", "sentiment"]), articles).set_index(
        "label"
    )
    assert made.loc["Marsh", ["value", "lowest", "highest"]].tolist() == pytest.approx([0.3, 0.0, 0.6])
    assert made.loc["Marsh", ["rank", "best_rank", "worst_rank"]].tolist() == [1, 1, 2]
    assert made.loc["Wex", "rank"] == 3 and math.isnan(made.loc["Wex", "best_rank"])
    # one that its only article takes out of the ranking does not move those behind it
    rows += [("a0", "Kade", -0.8), ("a1", "Kade", -0.9)]
    made = summarize.leave_one_out(pd.DataFrame(rows, columns=["article_id", "label", "sentiment"]), articles).set_index(
        "label"
    )
    assert made.loc["Kade", ["rank", "best_rank", "worst_rank"]].tolist() == [4, 4, 4]


class TestArrange:
    @pytest.mark.parametrize(
        "days, unit",
        [(["2025-03-01"] * 13, "2025-03-01"), (["2025-03-01", "2025-04-30"] * 7, "week of 24 Feb 2025"), (["2024-03-01", "2025-04-30"] * 7, "2024-03"),
         (["2019-03-01", "2025-04-30"] * 7, "2019Q1"), (["1989-03-01", "2025-04-30"] * 7, "1989"), ([None] * 13, "no date")],
    )  # fmt: skip
    def test_periods(self, days, unit):
        when = pd.to_datetime(pd.Series(days))
        articles = pd.DataFrame({"name": [f"n{i}" for i in range(len(days))], "published_from": when, "published_to": when})
        assert arrange.periods(articles)["period"].iloc[0] == unit
        articles.loc[13] = ["none", pd.NaT, pd.NaT]
        assert arrange.periods(articles)["period"].iloc[[0, 13]].tolist() == [unit, "no date"]

    def test_up_to_twelve_articles_are_a_period_each(self):
        when = pd.to_datetime(pd.Series(["2025-03-01"] * 12))
        articles = pd.DataFrame({"name": [f"n{i}" for i in range(12)], "published_from": when, "published_to": when})
        assert arrange.periods(articles)["period"].tolist() == articles["name"].tolist()

    def test_extremes_are_both_ends_and_never_zero(self):
        scores = pd.DataFrame({"label": "Marsh", "sentiment": [0.1, -0.9, 0.0, 0.5, -0.2, 0.8]})
        assert arrange.extremes(scores)["sentiment"].tolist() == [-0.9, -0.2, 0.5, 0.8]
        low = pd.DataFrame({"label": "Marsh", "sentiment": [-0.3, -0.2, -0.1]})
        assert arrange.extremes(low)["sentiment"].tolist() == [-0.3, -0.2]  # none is positive
        many = pd.concat([scores.assign(label=f"actor {i}") for i in range(9)])
        assert len(arrange.extremes(many)) == 9 * 2 and len(arrange.extremes(many, 2)) == 9 * 4

    def test_what_a_title_rests_on(self):
        rows = pd.DataFrame({"label": ["Marsh", "Wex"], "matched": [10, 9], "value": [0.1, 0.9]})
        assert arrange.weighty(rows)["label"].tolist() == ["Marsh"]
        assert arrange.weighty(rows.tail(1))["label"].tolist() == ["Wex"]  # all there is

    def test_together_counts_sentences_not_mentions(self):
        place = {"article_id": ["a", "a", "a"], "sentence_no": [0, 0, 1]}
        terms = pd.DataFrame({**place, "label": ["truce", "truce", "truce"]})
        actors = pd.DataFrame({"article_id": ["a"], "sentence_no": [0], "label": ["Marsh"]})
        assert arrange.together(terms, actors).values.tolist() == [["truce", "Marsh", 1, 2]]
