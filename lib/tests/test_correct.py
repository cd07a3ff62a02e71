# ruff: noqa: E501 - tables of cases
"""Means corrected by hand-coded mentions: worked by hand, what must not change them, what they have to say of themselves."""

import math

import numpy as np
import pandas as pd
import pytest

from broadsheet import arrange, coded, correct, stats, summarize, tables, tell
from broadsheet.tables import BroadsheetError

CODES = {-1: "negative", 0: "neutral", 1: "positive"}


def study(rows):
    """Articles, scores and gold from (article, score, code or None, probability), a row per mention, all of Marsh."""
    ids = list(dict.fromkeys(row[0] for row in rows))
    articles = pd.DataFrame({"article_id": ids, "cluster": ids, "source": ids})
    scores = pd.DataFrame({"article_id": [row[0] for row in rows], "label": "Marsh", "start": range(len(rows))})
    scores["sentiment"] = [float(row[1]) for row in rows]
    gold = [{"start": start, **row} for start, row in enumerate(map(coding, rows)) if row["coded"]]
    return articles, scores, pd.DataFrame(gold, columns=["article_id", "start", *coding(rows[0])][1:])


def coding(row, **other):
    article, _, code, probability = row
    same = {"label": "Marsh", "coder": "A", "round": "1", "problem": ""}
    return {"article_id": article, **same, "coded": CODES.get(code, ""), "probability": probability} | other


# Article means 0, 0.3, −0.1 and 0.2: their mean is 0.1.
MIXED = [
    ("a", 0.5, 0, 0.25), ("a", -0.5, None, 1),
    ("b", 0.3, 1, 1.0),
    ("c", -0.1, None, 1),
    ("d", 0.2, -1, 0.25), ("d", 0.2, None, 1), ("d", 0.2, None, 1), ("d", 0.2, None, 1),
]  # fmt: skip


def many(articles=30, each=3, bias=0.0, every=1):
    """Articles of `each` mentions whose codes vary; every so-manyth mention is coded, with probability 1/every."""
    rng = np.random.default_rng(5)
    codes = rng.choice([-1, 0, 1], articles * each)
    return [(f"a{i // each}", code + bias, int(code) if i % every == 0 else None, 1 / every) for i, code in enumerate(codes)]


class TestByHand:
    def test_unequal_probabilities(self):
        # weights 1/(p·n): a 1/(0.25·2) = 2, b 1/(1·1) = 1, d 1/(0.25·4) = 1; errors −0.5, 0.7 and −1.2
        # R = (2·−0.5 + 0.7 − 1.2) / (2 + 1 + 1) = −0.375; 0.1 − 0.375
        row = summarize.sentiment(*_order(study(MIXED))).iloc[0]
        assert row["value"] == pytest.approx(-0.275)
        assert (row["plain"], row["coded"], row["matched"]) == (pytest.approx(0.1), 3, 8)
        assert row["estimate"].startswith("corrected by 3 hand-coded mentions")

    def test_the_parts_of_a_mention(self):
        _, scores, gold = study(MIXED)
        first = correct.parts(scores, gold).loc[0, list(correct.PARTS)]
        # coded 0 against 0.5, p = 1/4: weight 4, weighted error −2, variance (1 − 1/4)/(1/16) = 12
        assert first.tolist() == [1, 0, 4, -2, 4, 12, 16]

    @pytest.mark.parametrize("probability", [1.0, 0.6])
    def test_where_all_are_coded_the_codes_are_the_answer(self, probability):
        rows = [("a", 0.9, 1, probability), ("a", 0.9, -1, probability / 2), ("b", 0.9, -1, probability), ("c", 0.9, 0, probability),
                ("d", -0.9, 1, probability), ("e", 0.1, 1, probability)]  # fmt: skip
        articles, scores, gold = study(rows)
        row = summarize.sentiment(scores, articles, gold=gold).iloc[0]
        assert row["value"] == 0.2  # (0 − 1 + 0 + 1 + 1) / 5
        assert (row["estimate"], row["interval"][:11]) == ("hand-coded", "bootstrap-t")
        alone = summarize.sentiment(scores.assign(sentiment=[row[2] for row in rows]), articles).iloc[0]
        assert row[["low", "high", "interval"]].tolist() == alone[["low", "high", "interval"]].tolist()

    def test_a_constant_error_is_removed_whatever_is_drawn(self):
        rows = many(bias=-0.3, every=5)
        articles, scores, gold = study(rows)
        row = summarize.sentiment(scores, articles, gold=gold).iloc[0]
        assert row["value"] == pytest.approx(row["plain"] + 0.3)

    def test_a_scorer_that_is_right_everywhere_changes_nothing(self):
        articles, scores, gold = study(many(every=3))  # the first mention of each article
        row = summarize.sentiment(scores, articles, gold=gold).iloc[0]
        assert row["value"] == pytest.approx(row["plain"])

    def test_thirty_labels_without_an_error_do_not_prove_that_there_is_none(self):
        articles, scores, gold = study(many(every=3))
        row = summarize.sentiment(scores, articles, gold=gold).iloc[0]
        halves = [row["value"] - row["low"], row["high"] - row["value"]]
        plain = [row["plain"] - row["plain_low"], row["plain_high"] - row["plain"]]
        # half an error of one class among 30 labels has a variance of 1/(2·30²), the 95 % half-width is 1.96 times its root
        assert halves == pytest.approx([math.sqrt(half**2 + 1.95996**2 / (2 * 30**2)) for half in plain], abs=1e-5)

    def test_labels_of_unequal_weight_leave_more_unseen(self):
        # eight articles of one mention, drawn with 1/2, four of four, of which one was drawn with 1/4: w = 2 and 1
        rows = [(f"a{at}", at % 2, at % 2 if at < 4 else None, 0.5) for at in range(8)]
        rows += [(f"b{at}", at % 2, at % 2 if not each else None, 0.25) for at in range(4) for each in range(4)]
        articles, scores, gold = study(rows)
        row = summarize.sentiment(scores, articles, gold=gold).iloc[0]
        one = 1.95996 * math.sqrt((4 * 2**2 + 4 * 1**2) / (2 * 8)) / (4 * 2 + 4 * 1)
        plain = [row["plain"] - row["plain_low"], row["plain_high"] - row["plain"]]
        assert [row["value"] - row["low"], row["high"] - row["value"]] == pytest.approx(
            [math.hypot(half, one) for half in plain], abs=1e-5
        )

    def test_five_neutral_codes_do_not_say_that_all_articles_are_alike(self):
        articles, scores, gold = study([(f"a{at}", 0.0, 0 if at < 5 else None, 1 / 8) for at in range(40)])
        row = summarize.sentiment(scores, articles, gold=gold).iloc[0]
        assert [row["low"], row["high"]] == pytest.approx([-1.95996 / 50**0.5, 1.95996 / 50**0.5], abs=1e-5)
        assert row["interval"].startswith(
            "all equal, and what so few labels may have missed"
        ) and "every article" not in tell.answer(pd.DataFrame([row]))

    def test_two_codings_that_differ_count_half_each(self):
        articles, scores, gold = study([("a", 0.0, 1, 1), ("b", 0.0, 0, 1)])
        again = pd.concat([gold, gold.iloc[[0]].assign(coder="B", coded="neutral")])
        assert summarize.sentiment(scores, articles, gold=again)["value"].tolist() == [0.25]  # (1/2 + 0) / 2

    def test_the_value_stays_on_the_scale(self):
        rows = [("a", 0.0, 1, 0.5), ("b", 0.9, None, 1), ("c", 0.9, None, 1)]  # 0.6 + 1
        assert summarize.sentiment(*_order(study(rows)))["value"].tolist() == [1]


def _order(made):
    articles, scores, gold = made
    return scores, articles, ("label",), gold


class TestWhatCounts:
    def test_without_gold_the_table_is_as_it_was(self):
        articles, scores, gold = study(MIXED)
        plain = summarize.sentiment(scores, articles)
        assert list(plain) == ["label", *tables.COLUMNS["summary"]]
        for nothing in (gold[:0], gold.assign(coded="")):
            pd.testing.assert_frame_equal(summarize.sentiment(scores, articles, gold=nothing), plain)

    def test_gold_of_another_study_does_not_count(self):
        articles, scores, gold = study(MIXED)
        plain = summarize.sentiment(scores, articles)
        lost = gold.assign(problem="the sentence is not in the article any more", start=-1)
        pd.testing.assert_frame_equal(summarize.sentiment(scores, articles, gold=lost), plain)
        row = summarize.sentiment(scores, articles, gold=gold.assign(article_id="elsewhere")).iloc[0]
        assert (row["value"], row["coded"], row["estimate"]) == (row["plain"], 0, "plain: no hand-coded mention")

    def test_gold_as_the_package_makes_it(self):
        text = pd.DataFrame(
            {"article_id": ["a", "b"], "sentence_no": 0, "start": [10, 0], "sentence": ["Marsh lied.", "Marsh left."]}
        )
        found = pd.DataFrame({"article_id": ["a", "b"], "sentence_no": 0, "label": "Marsh", "start": [10, 0], "end": [15, 5]})
        rows = [("a", coded.sha256("Marsh lied."), 0, 5, "Marsh", "A", "1", "negative", 0.5, "")]
        gold = coded.gold(tables.make("gold", rows), text, found)
        articles = pd.DataFrame({"article_id": ["a", "b"], "cluster": ["a", "b"]})
        made = summarize.sentiment(found.assign(sentiment=[-0.4, 0.2]), articles, gold=gold)
        assert made["value"].tolist() == pytest.approx([-0.7])  # −0.1 + (−1 + 0.4)

    @pytest.mark.parametrize("probability", [np.nan, 0, -0.5, 50])
    def test_a_code_without_a_probability_is_one_clear_error(self, probability):
        articles, scores, gold = study(MIXED)
        gold.loc[0, "probability"] = probability
        with pytest.raises(BroadsheetError, match=r"^1 of 3 hand-coded mentions have no probability .* write it into gold.csv"):
            summarize.sentiment(scores, articles, gold=gold)

    def test_a_row_without_code_needs_no_probability(self):
        articles, scores, gold = study(MIXED)
        more = pd.concat([gold, pd.DataFrame([coding(("c", 0, None, np.nan), start=3)])])
        assert summarize.sentiment(scores, articles, gold=more)["coded"].tolist() == [3]

    def test_gold_that_was_not_matched_is_one_clear_error(self):
        articles, scores, _ = study(MIXED)
        with pytest.raises(BroadsheetError, match=r"find\.gold"):
            summarize.sentiment(scores, articles, gold=tables.make("gold", []))

    def test_mentions_that_were_filtered_away_do_not_count(self):
        articles, scores, gold = study(MIXED)
        # without a's coded mention: article means −0.5, 0.3, −0.1, 0.2 → −0.025; R = (0.7 − 1.2)/2 = −0.25
        row = summarize.sentiment(scores.iloc[1:], articles, gold=gold).iloc[0]
        assert (row["coded"], row["value"]) == (2, pytest.approx(-0.275))

    def test_a_copy_of_a_story_counts_once_and_so_does_its_gold(self):
        articles, scores, gold = study(MIXED)
        articles["cluster"] = ["a", "b", "c", "b"]  # d is a copy of b
        row = summarize.sentiment(scores, articles, gold=gold).iloc[0]
        # article means 0, 0.3, −0.1 → 0.0667; R = (2·−0.5 + 0.7)/3 = −0.1
        assert (row["coded"], row["value"]) == (2, pytest.approx(0.2 / 3 - 0.1))
        by_source = summarize.sentiment(scores, articles, ("label", "source"), gold).set_index("source")
        assert by_source.loc["d", "coded"] == 1 and by_source.loc["d", "value"] == pytest.approx(0.2 - 1.2)

    def test_each_group_has_its_own_correction(self):
        articles, scores, gold = study(MIXED)
        made = summarize.sentiment(scores, articles, ("label", "source"), gold).set_index("source")
        told = {"a": "corrected by 1 hand-coded mention", "b": "hand-coded", "c": "plain: no hand-coded mention"}
        assert made["estimate"][["a", "b", "c"]].to_dict() == told
        assert made["value"].to_dict() == pytest.approx({"a": -0.5, "b": 1.0, "c": -0.1, "d": -1.0})
        assert made["interval"][["a", "b", "c"]].tolist() == ["none: one article"] * 3

    def test_an_actor_nobody_mentions_is_undefined(self):
        articles, scores, gold = study(MIXED)
        patterns = pd.DataFrame({"label": ["Marsh", "Wex"], "pattern": ["M", "W"]})
        row = summarize.sentiment(scores, articles, gold=gold, patterns=patterns).set_index("label").loc["Wex"]
        assert math.isnan(row["value"]) and (row["coded"], row["interval"]) == (0, "undefined: 0 of 0")

    def test_the_table_keeps_its_contract(self):
        made = summarize.sentiment(*_order(study(MIXED)))
        tables.check(made, "summary")
        assert list(made) == ["label", *tables.COLUMNS["summary"], *tables.ESTIMATE]


class TestInterval:
    def test_it_holds_the_value_and_is_wider_than_the_plain_one(self):
        rng = np.random.default_rng(2)
        rows = [(a, score + rng.normal(0, 0.5), code, p) for a, score, code, p in many(60, every=3)]
        row = summarize.sentiment(*_order(study(rows))).iloc[0]
        assert row["interval"] == "bootstrap-t" and row["low"] < row["value"] < row["high"]
        assert row["high"] - row["low"] > row["plain_high"] - row["plain_low"]

    def test_few_labels_are_marked(self):
        row = summarize.sentiment(*_order(study(many(articles=10, bias=0.2, every=4)))).iloc[0]  # 8 labels
        assert row["interval"].endswith("; fewer than 12 hand-coded mentions") and row["low"] < row["high"]

    def test_labels_in_three_articles_give_none(self):
        row = summarize.sentiment(*_order(study(MIXED))).iloc[0]
        assert math.isnan(row["low"]) and row["interval"] == "none: hand-coded in fewer than 4 articles"
        assert not math.isnan(row["plain_low"])

    def test_a_sample_coded_in_part_is_a_smaller_sample(self):
        articles, scores, gold = study(many(bias=0.2, every=3))
        gold.loc[::2, "coded"] = ""  # drawn, not coded yet
        row = summarize.sentiment(scores, articles, gold=gold).iloc[0]
        assert row["value"] == pytest.approx(row["plain"] - 0.2)
        alone, _ = arrange.sides(pd.DataFrame([row])).itertuples()  # the figure's row of the scores says what theirs is
        assert (alone.low, alone.interval) == (row["plain_low"], row["plain_interval"])
        assert row["estimate"] == "corrected by 15 hand-coded mentions"

    def test_a_sample_that_leaves_mentions_out_says_so(self):
        rows = [(a, score, code if int(a[1:]) < 15 else None, p) for a, score, code, p in many(every=3)]
        row = summarize.sentiment(*_order(study([(a, s, c, 1.0) for a, s, c, _ in rows]))).iloc[0]
        assert row["estimate"] == "corrected by 15 hand-coded mentions, drawn from only about 15 of 90"

    def test_the_same_seed_gives_the_same_table(self):
        made = [summarize.sentiment(*_order(study(many(bias=0.2, every=3))), seed=3) for _ in range(2)]
        pd.testing.assert_frame_equal(*made)


@pytest.mark.parametrize(
    "codes, expected", [([-1, 0, 1], ["negative", "neutral", "positive"]), ([-1, None, 1], ["positive"] * 3)]
)
def test_the_classes_are_the_codes_only_where_all_are_coded(codes, expected):
    _, scores, gold = study([("a", 0.9, code, 1.0) for code in codes])
    scores = scores.assign(scorer="vader", negative=0.0, neutral=0.0, positive=1.0)
    assert correct.classed(scores, gold)["kind"].tolist() == expected


class TestExpectedWidth:
    SCORES = pd.DataFrame({"article_id": list("aabcd"), "label": "Marsh", "sentiment": [0.1, 0.3, -0.2, 0.4, 0.0]})
    ARTICLES = pd.DataFrame({"article_id": list("abcd"), "cluster": list("abcd")})

    def test_by_hand(self):
        # article means 0.2, −0.2, 0.4, 0: s² = 0.2/3; H = (1/2 + 1 + 1 + 1)/4 = 0.875; N/L = 5/2; t(3) = 3.1824
        half = correct.expected_width(self.SCORES, self.ARTICLES, (2,), error=0.3)["half_width"].iloc[0]
        assert half == pytest.approx(3.1824 * math.sqrt((0.2 / 3 + 0.3 * 0.875 * 2.5) / 4), rel=1e-4)

    def test_a_perfect_scorer_has_the_interval_of_its_mean(self):
        half = correct.expected_width(self.SCORES, self.ARTICLES, (2, 5), error=0)["half_width"]
        assert half.tolist() == pytest.approx([3.1824 * math.sqrt(0.2 / 3 / 4)] * 2, rel=1e-4)

    def test_more_labels_than_mentions_buy_nothing_more(self):
        made = correct.expected_width(self.SCORES, self.ARTICLES, (2, 5, 50), error=0.3)
        assert made["coded"].tolist() == [2, 5, 5]
        assert made["half_width"].iloc[0] > made["half_width"].iloc[1] == made["half_width"].iloc[2]

    def test_copies_count_once_and_too_few_articles_have_none(self):
        made = correct.expected_width(self.SCORES, self.ARTICLES.assign(cluster=list("abca")), (2,), error=0.3).iloc[0]
        assert (made["articles"], made["mentions"]) == (stats.FEWEST - 1, 4) and math.isnan(made["half_width"])

    @pytest.mark.parametrize("wrong", [{"error": -1}, {"error": math.nan}, {"labels": (0,), "error": 0.3}])
    def test_what_it_cannot_take(self, wrong):
        with pytest.raises(BroadsheetError, match="expected_width needs"):
            correct.expected_width(self.SCORES, self.ARTICLES, **wrong)
