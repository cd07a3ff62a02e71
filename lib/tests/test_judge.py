"""How often a scorer is right: every number here is counted by hand, the count in a comment."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from broadsheet import arrange, attest, calibration, judge, newsmtsc, study, vouch
from broadsheet.tables import BroadsheetError

CLASSES = ["negative", "neutral", "positive"]
VALUES = {"negative": -1.0, "neutral": 0.0, "positive": 1.0}


def table(rows, scorer="vader"):
    """Pairs from (article, coded, given, sentiment) a row, each in a sentence of its own; weight 1."""
    made = pd.DataFrame(rows, columns=["article_id", "coded", "given", "sentiment"])
    made = made.assign(scorer=scorer, weight=1.0, label="Marsh", voice="", sentence_no=range(len(made)), start=range(len(made)))
    made["value"] = made["coded"].map(VALUES)
    made["error"] = made["sentiment"] - made["value"]
    s = made["sentiment"]
    return made.assign(end=made["start"] + 1, negative=(-s).clip(0), neutral=1 - s.abs(), positive=s.clip(0))


# negative: coded 3, given 2, both 1; neutral: coded 3, given 3, both 2; positive: coded 2, given 3, both 2
EIGHT = table(
    [
        ("a", "negative", "negative", -0.6),
        ("a", "negative", "neutral", 0.0),
        ("a", "neutral", "neutral", 0.0),
        ("b", "negative", "positive", 0.8),
        ("b", "neutral", "neutral", 0.0),
        ("c", "neutral", "negative", -0.2),
        ("c", "positive", "positive", 0.7),
        ("d", "positive", "positive", 0.4),
    ]
)
# 2·1/(3 + 2) = 0.4; 2·2/(3 + 3) = 2/3; 2·2/(2 + 3) = 0.8; their mean
EIGHT_F1 = (0.4 + 2 / 3 + 0.8) / 3


class TestPairs:
    def gold(self, rows):
        names = ["article_id", "start", "label", "coder", "round", "coded", "probability", "problem"]
        return pd.DataFrame(rows, columns=names)

    def scores(self, *rows):
        names = ["article_id", "start", "label", "scorer", "sentiment"]
        made = pd.DataFrame(rows, columns=names).assign(sentence_no=0, voice="narrator")
        s = made["sentiment"]
        return made.assign(end=made["start"] + 5, negative=(-s).clip(0), neutral=1 - s.abs(), positive=s.clip(0))

    def test_a_row_a_scorer_and_coded_mention(self):
        gold = self.gold([("a", 7, "Marsh", "A", "1", "negative", 0.25, ""), ("a", 40, "Marsh", "A", "1", "neutral", 1.0, "")])
        scores = self.scores(
            ("a", 7, "Marsh", "vader", 0.5), ("a", 90, "Marsh", "vader", 0.5), ("a", 7, "Marsh", "textblob", -0.1)
        )  # fmt: skip
        made = judge.pairs(gold, scores)
        # the mention at 90 is not coded, the one at 40 has no score: two rows are left, one a scorer
        assert made[["scorer", "coded", "given", "value", "error", "weight"]].values.tolist() == [
            ["vader", "negative", "positive", -1.0, 1.5, 4.0],
            ["textblob", "negative", "negative", -1.0, 0.9, 4.0],
        ]

    def test_codings_that_differ_count_once_settled(self):
        two = [("a", 7, "Marsh", "A", "1", "negative", 1.0, ""), ("a", 7, "Marsh", "B", "1", "neutral", 1.0, "")]
        scores = self.scores(("a", 7, "Marsh", "vader", 0.5))
        assert len(judge.pairs(self.gold(two), scores)) == 0
        settled = self.gold([*two, ("a", 7, "Marsh", "A", "settled", "neutral", 1.0, "")])
        assert judge.pairs(settled, scores)["coded"].tolist() == ["neutral"]

    def test_gold_as_the_file_has_it_is_refused(self):
        with pytest.raises(BroadsheetError, match=r"find\.gold\(study\.gold, sentences, mentions\) returns"):
            judge.pairs(self.gold([]).drop(columns="problem"), self.scores())

    @pytest.mark.parametrize("chance", [np.nan, 0.0, 1.5])
    def test_a_code_without_a_chance_is_refused(self, chance):
        gold = self.gold([("a", 7, "Marsh", "A", "1", "negative", chance, "")])
        with pytest.raises(BroadsheetError, match="1 of 1 hand-coded mentions have no probability"):
            judge.pairs(gold, self.scores(("a", 7, "Marsh", "vader", 0.5)))

    def test_nothing_coded(self):
        made = judge.pairs(self.gold([]), self.scores(("a", 7, "Marsh", "vader", 0.5)))
        assert len(made) == 0 and {"coded", "given", "error", "weight"} <= set(made)
        assert len(judge.baseline(made)) == len(judge.f1(made)) == len(judge.confusion(made)) == len(judge.worst(made)) == 0
        assert len(calibration.curve(made)) == len(calibration.expected_error(made)) == len(judge.errors(made, "label")) == 0
        assert len(judge.without(made)) == len(judge.lead(made)) == 0


class TestF1:
    def test_by_hand(self):
        kinds = [EIGHT[column].map(CLASSES.index).to_numpy() for column in ("coded", "given")]
        assert judge.macro_f1(*kinds) == pytest.approx(EIGHT_F1)
        (row,) = judge.f1(EIGHT).to_dict("records")
        assert row["value"] == pytest.approx(EIGHT_F1)
        assert (row["articles"], row["matched"], row["right"], row["accuracy"]) == (4, 8, 5, 5 / 8)
        assert row["low"] <= row["value"] <= row["high"] and row["interval"].startswith("bootstrap-t")

    def test_a_class_that_is_never_there_counts_0(self):
        kinds = np.array([1, 1, 0]), np.array([1, 1, 0])
        assert judge.macro_f1(*kinds) == pytest.approx(2 / 3)

    def test_weights_stand_for_mentions(self):
        weighted = EIGHT.assign(weight=[3.0, *[1.0] * 7])
        often = pd.concat([EIGHT, EIGHT.head(1), EIGHT.head(1)])
        # the first row three times: negative 2·3/(5 + 4), right 7 of 10
        assert judge.f1(weighted)["value"][0] == pytest.approx(judge.f1(often)["value"][0])
        assert judge.f1(weighted)["value"][0] == pytest.approx((6 / 9 + 2 / 3 + 0.8) / 3)
        assert judge.f1(weighted)["accuracy"][0] == pytest.approx(7 / 10)

    def test_always_neutral(self):
        rows = judge.f1(pd.concat([EIGHT, judge.baseline(EIGHT)])).set_index("scorer")
        # 3 of 8 are coded neutral, 8 given: 2·3/(3 + 8), and 0 for the two others
        assert rows.loc[judge.NEUTRAL, "value"] == pytest.approx(6 / 11 / 3)
        assert rows.loc[judge.NEUTRAL, "accuracy"] == 3 / 8

    def test_three_articles_have_no_interval(self):
        (row,) = judge.f1(EIGHT[EIGHT["article_id"] != "d"]).to_dict("records")
        assert np.isnan(row["low"]) and row["interval"] == "none: fewer than 4 articles"

    def test_one_article_or_none_resamples_sentences(self):
        (one,) = judge.f1(EIGHT.assign(article_id="a")).to_dict("records")
        assert one["interval"].startswith("within this text, if sentences were independent") and one["low"] < one["high"]
        (none,) = judge.f1(EIGHT.drop(columns="article_id")).to_dict("records")
        assert none["interval"].startswith("bootstrap-t over sentences") and none["articles"] == 0

    def test_all_right_has_no_spread(self):
        (row,) = judge.f1(EIGHT.assign(given=EIGHT["coded"])).to_dict("records")
        assert row["value"] == 1 and row["interval"] == "none: all articles equal"

    def test_equal_seeds_equal_intervals(self):
        assert judge.f1(EIGHT, seed=3).equals(judge.f1(EIGHT, seed=3))

    def test_the_error_of_the_delta_method_is_that_of_the_resamples(self):
        rng = np.random.default_rng(5)
        coded = rng.choice(CLASSES, 3000, p=[0.3, 0.5, 0.2])
        given = np.where(rng.random(3000) < 0.7, coded, rng.choice(CLASSES, 3000))
        many = table([(str(i % 300), c, g, 0.0) for i, (c, g) in enumerate(zip(coded, given, strict=True))])
        (row,) = judge.f1(many, draws=1000).to_dict("records")
        kinds = [many[column].map(CLASSES.index).to_numpy() for column in ("coded", "given")]
        drawn = rng.integers(300, size=(1000, 300))  # article n holds the mentions n, n + 300, n + 600, …
        places = (drawn[:, :, None] + np.arange(0, 3000, 300)).reshape(1000, -1)
        low, high = np.quantile([judge.macro_f1(kinds[0][each], kinds[1][each]) for each in places], [0.025, 0.975])
        # with 300 articles the percentile and the studentised interval have to agree
        assert row["low"] == pytest.approx(low, abs=0.006) and row["high"] == pytest.approx(high, abs=0.006)


def test_lead_is_paired():
    # right: vader 5 of 8, always neutral 3 of 8
    (row,) = judge.lead(EIGHT).to_dict("records")
    assert row["value"] == pytest.approx(2 / 8) and row["matched"] == 8
    (same,) = judge.lead(judge.baseline(EIGHT)).to_dict("records")
    assert same["value"] == 0 and same["interval"] == "none: all articles equal"


class TestAhead:
    OTHER = EIGHT.assign(scorer="other", given=EIGHT["coded"].where(EIGHT["article_id"] == "a", EIGHT["given"]))

    def test_by_hand(self):
        # right in all of a: negative 2·2/(3 + 3), neutral 2·2/(3 + 2), positive 2·2/(2 + 3)
        (row,) = judge.ahead(pd.concat([EIGHT, self.OTHER])).to_dict("records")
        assert (row["scorer"], row["against"], row["articles"], row["matched"]) == ("other", "vader", 4, 8)
        assert row["value"] == pytest.approx((2 / 3 + 0.8 + 0.8) / 3 - EIGHT_F1)

    def test_a_limit_that_lacks_lacks_on_its_side_whichever_scorer_is_named_first(self):
        rng = np.random.default_rng(0)
        labels = set()
        for _ in range(40):
            given = [np.where(rng.random(8) < 0.5, EIGHT["coded"], rng.choice(CLASSES, 8)) for _ in range(2)]
            one, two = (EIGHT.assign(scorer=name, given=each) for name, each in zip(("one", "two"), given, strict=True))
            (row,), (same,) = (judge.ahead(pd.concat(each)).to_dict("records") for each in ([one, two], [two, one]))
            if row["value"]:
                assert row == pytest.approx(same, nan_ok=True)
            labels.add(row["interval"])
            assert ("no lower" not in row["interval"]) or row["low"] == -1
            assert ("no upper" not in row["interval"]) or row["high"] == 1
        assert any("no lower" in label or "no upper" in label for label in labels)

    def test_rows_in_any_order_are_of_the_same_mentions(self):
        placed = EIGHT.assign(start=range(8))
        mixed = placed.assign(scorer="other").sample(frac=1, random_state=3)
        (row,) = judge.ahead(pd.concat([placed, mixed])).to_dict("records")
        assert row["value"] == 0 and row["interval"] == "none: all articles equal"

    def test_a_mention_that_one_has_not_read_counts_for_neither(self):
        placed = EIGHT.assign(start=range(8))
        (row,) = judge.ahead(pd.concat([placed, placed.tail(5).assign(scorer="other")])).to_dict("records")
        assert (row["matched"], row["value"]) == (5, 0)

    def test_three_scorers_share_the_five_percent(self):
        rng = np.random.default_rng(5)
        coded = rng.choice(CLASSES, 600)
        parts = []
        for scorer, right in (("one", 0.5), ("two", 0.6), ("three", 0.9)):
            given = np.where(rng.random(600) < right, coded, rng.choice(CLASSES, 600))
            rows = [(str(i % 60), c, g, 0.0) for i, (c, g) in enumerate(zip(coded, given, strict=True))]
            parts.append(table(rows).assign(scorer=scorer, start=range(600)))
        three, two = judge.ahead(pd.concat(parts)), judge.ahead(pd.concat(parts[:2]))
        assert len(three) == 3 and (three["value"] >= 0).all()
        (wide,) = three[three["scorer"].isin(["one", "two"]) & three["against"].isin(["one", "two"])].to_dict("records")
        assert wide["low"] < two["low"][0] and wide["high"] > two["high"][0]
        assert three.loc[three["scorer"] == "three", "low"].gt(0).all()  # 0.9 is certainly more than 0.6, by 600 mentions

    def test_paired_is_narrower_than_apart(self):
        rng = np.random.default_rng(6)
        coded = rng.choice(CLASSES, 400)
        given = np.where(rng.random(400) < 0.6, coded, rng.choice(CLASSES, 400))
        one = table([(str(i % 40), c, g, 0.0) for i, (c, g) in enumerate(zip(coded, given, strict=True))]).assign(
            start=range(400)
        )
        better = one.assign(scorer="other", given=np.where(np.arange(400) % 8 == 0, coded, given))
        own, (row,) = judge.f1(pd.concat([one, better])), judge.ahead(pd.concat([one, better])).to_dict("records")
        assert own["low"][1] < own["high"][0] and row["low"] > 0  # their own intervals overlap, and yet one is better


def test_confusion():
    rows = judge.confusion(EIGHT).set_index("coded")
    assert rows[["mentions", "given_negative", "given_neutral", "given_positive"]].values.tolist() == [
        [3, 1, 1, 1],
        [3, 1, 2, 0],
        [2, 0, 0, 2],
    ]
    assert rows["precision"].tolist() == pytest.approx([1 / 2, 2 / 3, 2 / 3])
    assert rows["recall"].tolist() == pytest.approx([1 / 3, 2 / 3, 1])
    assert rows["f1"].mean() == pytest.approx(EIGHT_F1)
    shares, counts = arrange.crossed(judge.confusion(EIGHT), "vader")
    assert shares.loc["coded neutral (3)"].tolist() == pytest.approx([100 / 3, 200 / 3, 0])
    assert counts.loc["coded positive (2)"].tolist() == [2, 2, 2]


class TestCalibration:
    # the largest number: −0.6 → negative 0.6, hit; 0.0 → neutral 1.0, miss; 0.0, hit; 0.8 → positive 0.8, miss; 0.0, hit;
    # −0.2 → neutral 0.8, hit; 0.7 → positive 0.7, hit; 0.4 → neutral 0.6, miss
    def test_bins(self):
        rows = calibration.curve(EIGHT)
        assert rows[["low", "mentions", "hits"]].values.tolist() == pytest.approx(
            np.array([[0.6, 2, 1 / 2], [0.7, 1, 1], [0.8, 2, 1 / 2], [0.9, 3, 2 / 3]])
        )
        assert rows["gap"].tolist() == pytest.approx([-0.1, 0.3, -0.3, -1 / 3])

    def test_error(self):
        (row,) = calibration.expected_error(EIGHT).to_dict("records")
        # (2·0.1 + 1·0.3 + 2·0.3 + 3·⅓)/8
        assert row["ece"] == pytest.approx(2.1 / 8) and not row["probabilities"]
        assert 0 < row["calibrated"] < row["calibrated_high"]

    def test_who_is_always_sure_and_right_is_calibrated(self):
        sure = EIGHT.assign(negative=0.0, neutral=1.0, positive=0.0, coded="neutral")
        (row,) = calibration.expected_error(sure).to_dict("records")
        assert (row["ece"], row["calibrated"], row["calibrated_high"]) == (0, 0, 0)

    def test_a_calibrated_scorer_is_inside_what_chance_gives(self):
        rng = np.random.default_rng(2)
        p = rng.dirichlet([1, 1, 1], 400)
        coded = [rng.choice(CLASSES, p=each) for each in p]
        made = table([("a", each, "neutral", 0.0) for each in coded]).assign(**dict(zip(CLASSES, p.T, strict=True)))
        (row,) = calibration.expected_error(made).to_dict("records")
        assert row["ece"] <= row["calibrated_high"]


class TestGroups:
    def test_errors_and_bias(self):
        rows = EIGHT.assign(label=["Marsh", "Osterby"] * 4)
        made = judge.errors(rows, "label").set_index("label")
        # Marsh: rows 1, 3, 5, 7, all right; Osterby: rows 2, 4, 6, 8, of which the last is right
        assert made[["matched", "total"]].values.tolist() == [[4, 4], [1, 4]]
        leaning = judge.bias(rows, "label").set_index("label")["value"]
        # Marsh: (0.4 + 0 + 0 − 0.3)/4; Osterby: (1 + 1.8 − 0.2 − 0.6)/4
        assert leaning.tolist() == pytest.approx([0.1 / 4, 2.0 / 4])

    def test_why_there_is_no_interval(self):
        made = judge.errors(EIGHT.assign(source=EIGHT["article_id"]), "source")
        assert made["interval"].tolist() == ["none: one article"] * 4

    def test_scorers_of_a_group_stand_together(self):
        both = pd.concat([EIGHT, EIGHT.assign(scorer="textblob")])
        made = judge.errors(both.assign(source=both["article_id"]), "source")
        assert made[["source", "scorer"]].values.tolist()[:3] == [["a", "vader"], ["a", "textblob"], ["b", "vader"]]

    def test_weighted(self):
        made = judge.errors(EIGHT.assign(weight=[4.0, *[1.0] * 7]), "label")
        # 4 + 4 of 4 + 7; the counts stay
        assert made["value"][0] == pytest.approx(8 / 11) and made[["matched", "total"]].values.tolist() == [[5, 8]]

    def test_an_unknown_column(self):
        with pytest.raises(BroadsheetError, match=r"cannot group by source: judge\.placed adds"):
            judge.errors(EIGHT, "source")

    def test_source_and_length(self):
        counts = [4, 6, 9, 9, 12, 20, 30, 31]
        words = pd.DataFrame([(EIGHT.at[i, "article_id"], i) for i, n in enumerate(counts) for _ in range(n)])
        words = words.set_axis(["article_id", "sentence_no"], axis=1)
        articles = pd.DataFrame({"article_id": list("abcd"), "source": list("wxyz")})
        made = judge.placed(EIGHT, articles, words)
        assert made["source"].tolist() == list("wwwxxyyz") and made["words"].tolist() == counts
        # eight mentions: the third is at the quantile ⅓ (9 words), the fifth at ⅔ (12)
        assert made["length"].tolist() == ["up to 9 words"] * 4 + ["10 to 12 words"] + ["13 words or more"] * 3

    def test_sentences_of_one_length(self):
        words = pd.DataFrame({"article_id": EIGHT["article_id"], "sentence_no": EIGHT["sentence_no"]})
        made = judge.placed(EIGHT, pd.DataFrame({"article_id": list("abcd"), "source": "w"}), words)
        assert set(made["length"]) == {"all lengths"}

    def test_worst(self):
        made = judge.worst(EIGHT, n=1)
        # wrong: negative given neutral (off by 1), negative given positive (1.8), neutral given negative (0.2)
        assert made[["coded", "given", "error"]].values.tolist() == [
            ["negative", "positive", 1.8],
            ["neutral", "negative", pytest.approx(-0.2)],
        ]

    def test_without_an_article(self):
        rows = judge.without(EIGHT).set_index("without")
        # without a: 3 of 5 right; without d: 4 of 7
        assert rows.loc["a", "accuracy"] == 3 / 5 and rows.loc["d", "accuracy"] == 4 / 7
        assert len(judge.without(EIGHT.assign(article_id="a"))) == 0

    def test_error_variance(self):
        # errors 0.4, 1, 0, 1.8, 0, −0.2, −0.3, −0.6: mean 2.1/8, squares 0.16 + 1 + 3.24 + 0.04 + 0.09 + 0.36
        assert judge.error_variance(EIGHT, "vader") == pytest.approx(4.89 / 8 - (2.1 / 8) ** 2)


class TestNewsMTSC:
    @pytest.fixture
    def folder(self, tmp_path):
        text = "Marsh praised Osterby."
        target = {"Input.gid": "x", "mention": "Marsh", "from": 0, "to": 5, "polarity": 4.0}
        both = {"sentence_normalized": text, "targets": [target, {**target, "from": 14, "to": 21, "polarity": 6.0}]}
        for name, lines in (("rw", [both]), ("mt", [both, {**both, "targets": [{**target, "polarity": 2.0}]}])):
            (tmp_path / name).mkdir()
            (tmp_path / name / "test.jsonl").write_text("\n".join(map(json.dumps, lines)) + "\n", encoding="utf-8")
        return tmp_path

    def test_targets(self, folder):
        made = newsmtsc.benchmark_targets(folder)
        assert made[["split", "sentence_no", "start", "end", "coded"]].values.tolist() == [
            ["rw", 0, 0, 5, "neutral"],
            ["rw", 0, 14, 21, "positive"],
            ["mt", 0, 0, 5, "neutral"],
            ["mt", 0, 14, 21, "positive"],
            ["mt", 1, 0, 5, "negative"],
        ]

    def test_benchmark(self, folder):
        made = judge.benchmark(newsmtsc.benchmark_targets(folder), "vader")
        # "praised" stands in the clause of every target, so vader says positive five times; two are
        assert made["given"].tolist() == ["positive"] * 5
        rows = judge.f1(made, ["split", "scorer"]).set_index("split")
        assert rows["right"].to_dict() == {"rw": 1, "mt": 1} and rows["matched"].to_dict() == {"rw": 2, "mt": 3}
        assert (
            rows.loc["rw", "interval"] == "none: one sentence" and rows.loc["mt", "interval"] == "none: fewer than 4 sentences"
        )

    def test_a_folder_without_the_files(self, folder):
        (folder / "mt" / "test.jsonl").unlink()
        with pytest.raises(BroadsheetError, match=r"mt.test\.jsonl is missing") as error:
            newsmtsc.benchmark_targets(folder)
        assert "\n" not in str(error.value)

    @pytest.mark.parametrize(
        "line",
        [
            "no JSON",
            "{}",
            '{"sentence_normalized": "Marsh.", "targets": [{"from": 0, "to": 50, "polarity": 4.0}]}',
            '{"sentence_normalized": "Marsh.", "targets": [{"from": 0, "to": 5, "polarity": 3.0}]}',
        ],
    )
    def test_a_line_that_is_no_target(self, folder, line):
        (folder / "rw" / "test.jsonl").write_text(line + "\n", encoding="utf-8")
        with pytest.raises(BroadsheetError, match=r"test\.jsonl, line 1, is no sentence of NewsMTSC"):
            newsmtsc.benchmark_targets(folder)


class TestSentences:
    def judged(self, *rows):
        names = ["scorer", "value", "low", "high", "accuracy"]
        return pd.DataFrame(rows, columns=names).assign(matched=80.0, articles=30, interval="bootstrap-t")

    @pytest.mark.parametrize(
        "low, high, says",
        [
            (
                0.05, 0.35,
                "The best of them is target: on the same mentions macro-F1 of target is 0.20 (0.05 to 0.35) ahead of vader "
                "and 0.30 (0.20 to 0.40) ahead of textblob.",
            ),
            (
                -0.05, 0.45,
                "Which scorer is best cannot be told, since target may be no better than vader: on the same mentions "
                "macro-F1 of target is 0.20 (−0.05 to 0.45) ahead of vader and 0.30 (0.20 to 0.40) ahead of textblob.",
            ),
            (
                np.nan, np.nan,
                "Which scorer is best cannot be told: there is no interval for each of the differences; on the same "
                "mentions macro-F1 of target is 0.20 ahead of vader and 0.30 (0.20 to 0.40) ahead of textblob.",
            ),
        ],
    )  # fmt: skip
    def test_best_only_where_the_difference_is_certain(self, low, high, says):
        rows = [
            ("target", "textblob", 0.3, 0.2, 0.4),
            ("vader", "textblob", 0.1, -0.1, 0.3),
            ("target", "vader", 0.2, low, high),
        ]
        rows = pd.DataFrame(rows, columns=["scorer", "against", "value", "low", "high"])
        assert vouch.best(rows) == says
        assert vouch.best(rows.head(0)) == ""

    def test_finding(self):
        neutral = ("always neutral", 0.2, 0.1, 0.3, 0.65)
        rows = self.judged(("vader", 0.4, 0.3, 0.5, 0.6), ("target", 0.65, 0.6, 0.7, 0.7), neutral)
        assert vouch.finding(rows) == "On these mentions target is right more often than always saying neutral (65 %)"
        assert (
            vouch.finding(rows.iloc[[0, 2]])
            == "On these mentions no scorer is right more often than always saying neutral (65 %)"
        )

    @pytest.mark.parametrize(
        "low, high, begins", [(0.1, 0.3, vouch.YES), (-0.3, -0.1, vouch.NO), (-0.1, 0.3, vouch.NO), (np.nan, np.nan, vouch.NO)]
    )
    def test_a_claim_rests_on_its_interval(self, low, high, begins):
        lead = {"scorer": "vader", "value": [0.2], "low": low, "high": high, "interval": "none: one article"}
        told = vouch._classes(next(pd.DataFrame(lead).itertuples()))
        assert told.startswith(begins) and "nan" not in told

    def test_an_order_is_held_against_the_errors_of_the_means(self):
        rows = {"label": ["Marsh", "Wex", "Kade"], "coded": [12, 10, 9], "value": [0.0, -0.1, 0.0], "plain": [-0.3, 0.1, 0.9]}
        (told,) = vouch._order(pd.DataFrame(rows), "vader")
        # −0.3 − 0 and 0.1 − (−0.1): half a point apart; Kade has too few codes
        assert "for Marsh and Wex alone are 0.50 apart" in told
        (few,) = vouch._order(pd.DataFrame(rows).tail(2), "vader")
        assert few.endswith("fewer than two have 10 coded mentions to judge it by.")

    def test_who_coded_is_read_from_the_codebook(self, tmp_path):
        folder = tmp_path / "harbour"
        (folder / "articles").mkdir(parents=True)
        (folder / "articles" / "one.txt").write_text("Marsh smiled.", encoding="utf-8")
        made = study.study(folder)
        assert attest.who(made) == ""
        assert attest.who(replace(made, coders={"A": "a student", "B": "a program"})) == "A: a student. B: a program."
        (tmp_path / "codebook.md").write_text("# C\n\n## Who coded data/pier\n\nX.\n\n## Who coded data/harbour\n\n*A* did.\n")
        assert attest.who(made) == "A did."
        assert attest.who(replace(made, folder=tmp_path / "bour")) == ""  # part of another study's name
        (folder / "codebook.md").write_text("## none\n\n## Who coded\n\nTwo people.\n")
        assert attest.who(made) == "Two people."

    def test_weights_are_told(self):
        assert attest.weighted(EIGHT) == ""
        assert "weighted by 1/probability" in attest.weighted(EIGHT.assign(weight=range(1, 9)))
