"""Hand-coded labels: they find their mention again after the text has moved, and what two passes settle on."""

import math

import numpy as np
import pandas as pd
import pytest

from broadsheet import coded, find, summarize, tables


def sentences(*texts, first=0):
    """A table of sentences of article a, one line each, from the character `first` on."""
    rows, at = [], first
    for number, text in enumerate(texts):
        rows.append(("a", number, "body", at, at + len(text), text))
        at += len(text) + 1
    return tables.make("sentences", rows)


MARSH = tables.make("patterns", [("Marsh", "Marsh", "strict", "")])
TEXT = "“Marsh lied,” she said. Marsh ran."


def codings(*rows):
    """Gold of the mention of Marsh in TEXT's two sentences: (sentence, start, coder, round, code)."""
    return tables.make(
        "gold",
        [
            ("a", coded.sha256(text), start, start + 5, "Marsh", coder, part, code, 1.0, "")
            for text, start, coder, part, code in rows
        ],
    )


@pytest.mark.parametrize(
    ("now", "problem"),
    [
        (["“Marsh lied,” she said."], ""),
        (['"Marsh lied,"  she said.'], ""),  # other quotation marks and spaces: the same words
        (["One more line.", "“Marsh lied,” she said."], ""),  # moved down
        (["“Marsh lied,” he said."], "the sentence is not in the article any more"),
    ],
)
def test_a_code_finds_its_mention_or_says_why_not(now, problem):
    held = sentences(*now, first=40)
    found = find.mentions(held, MARSH)
    row = find.gold(codings(("“Marsh lied,” she said.", 1, "A", "1", "negative")), held, found).iloc[0]
    assert row["problem"] == problem
    assert row["start"] == (-1 if problem else found["start"].iloc[0])


def test_a_code_whose_pattern_is_gone_says_so():
    held = sentences("Marsh ran.")
    gone = find.mentions(held, tables.make("patterns", [("Osterby", "Osterby", "strict", "")]))
    found = find.gold(codings(("Marsh ran.", 0, "A", "1", "neutral")), held, gone)
    assert found["problem"].tolist() == ["no pattern finds this label there any more"]
    assert coded.settled(found).empty


def test_a_code_is_of_every_mention_in_the_same_sentence_of_an_article():
    held = sentences("Marsh lied.", "Nobody spoke.", "Marsh lied.")
    found = find.mentions(held, MARSH)
    gold = codings(("Marsh lied.", 0, "A", "1", "negative"))
    assert find.gold(gold, held, found)[["sentence_no", "start"]].values.tolist() == [[0, 0], [2, 26]]
    assert coded.gold(gold, held, found, once=True)["sentence_no"].tolist() == [0]
    articles = pd.DataFrame({"article_id": ["a"], "words": [6], "cluster": ["a"], "source": ["Mail"], "name": ["Mail"]})
    scores = found.assign(scorer="vader", sentiment=0.0)
    made = summarize.sentiment(scores, articles, gold=find.gold(gold, held, found)).iloc[0]
    assert made[["value", "coded", "estimate"]].tolist() == [-1, 2, "hand-coded"]


def test_no_row_of_gold_is_lost():
    held = sentences("Marsh ran.", "She ran.")
    rows = codings(
        ("Marsh ran.", 0, "A", "1", "neutral"), ("Marsh ran.", 0, "A", "2", "negative"), ("Marsh sat.", 0, "A", "1", "")
    )
    assert len(find.gold(rows, held, find.mentions(held, MARSH))) == 3


@pytest.mark.parametrize(
    ("codes", "value", "code"),
    [
        ([("A", "1", "negative"), ("A", "2", "negative")], -1.0, "negative"),
        ([("A", "1", "negative"), ("A", "2", "neutral")], -0.5, ""),
        ([("A", "1", "negative"), ("A", "2", "positive"), ("A", "settled", "neutral")], 0.0, "neutral"),
        ([("A", "1", "positive"), ("B", "1", ""), ("B", "1", "skip")], 1.0, "positive"),  # not coded yet, put off
    ],
)
def test_what_several_codings_settle_on(codes, value, code):
    held = sentences("Marsh ran.")
    rows = codings(*(("Marsh ran.", 0, *each) for each in codes))
    made = coded.settled(find.gold(rows, held, find.mentions(held, MARSH)))
    assert made[["value", "coded"]].values.tolist() == [[value, code]]


def passes(first, second, coders=("A", "A")):
    """Gold of one mention an article: codes of two passes, n negative, o neutral, p positive."""
    names = {"n": "negative", "o": "neutral", "p": "positive"}
    rows = []
    for coder, part, codes in zip(coders, ("1", "2"), (first, second), strict=True):
        rows += [(str(i), "", 0, 5, "Marsh", coder, part, names[code], 1.0, "") for i, code in enumerate(codes)]
    return tables.make("gold", rows).assign(problem="")


def test_alpha_as_counted_by_hand():
    # units nn, oo, no, pp. Coincidences: nn 2, oo 2, pp 2, no 1, on 1; totals n 3, o 3, p 2; 8 values.
    # observed disagreement 2/8; expected (64 - 9 - 9 - 4)/(8·7) = 42/56; alpha = 1 - 0.25/0.75 = 2/3
    # ordered, squared distances: observed (1 + 1)/8; expected 2·(n·o·1 + o·p·1 + n·p·4)/(8·7) = 2·(9 + 6 + 24)/56 = 78/56
    row = coded.agreement(passes("nonp", "noop")).iloc[0]
    assert row["alpha"] == pytest.approx(2 / 3)
    assert row["alpha_ordered"] == pytest.approx(1 - (2 / 8) / (78 / 56))
    assert row["same"] == 0.75 and row["kind"] == "intra-coder"


def test_the_interval_of_alpha_is_that_of_drawn_articles():
    rng = np.random.default_rng(4)
    first = rng.choice(list("nop"), 600, p=[0.3, 0.5, 0.2])
    second = np.where(rng.random(600) < 0.8, first, rng.choice(list("nop"), 600))
    gold = passes(first, second)
    gold["article_id"] = gold["article_id"].astype(int).mod(200).astype(str)  # three mentions an article
    gold["start"] = [*range(600), *range(600)]
    (row,) = coded.agreement(gold, draws=1000).to_dict("records")
    drawn = []
    for _ in range(200):
        places = (rng.integers(200, size=200)[:, None] + np.arange(0, 600, 200)).ravel()
        again = passes(first[places], second[places])
        (one,) = coded.agreement(again, draws=2).to_dict("records")
        drawn.append((one["alpha"], one["alpha_ordered"]))
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    # with 200 articles the percentile and the studentised interval have to agree
    assert [row["alpha_low"], row["ordered_low"]] == pytest.approx(low.tolist(), abs=0.015)
    assert [row["alpha_high"], row["ordered_high"]] == pytest.approx(high.tolist(), abs=0.015)


def test_alpha_of_few_articles_says_why_it_has_no_interval():
    row = coded.agreement(passes("nop", "noo")).iloc[0]
    assert math.isnan(row["alpha_low"]) and row["interval"] == "none: fewer than 4 articles" and row["articles"] == 3


def test_two_coders_are_inter_coder_and_one_code_alone_has_no_alpha():
    row = coded.agreement(passes("oo", "oo", coders=("A", "B"))).iloc[0]
    assert row["kind"] == "inter-coder" and math.isnan(row["alpha"]) and row["same"] == 1.0
    assert coded.agreement(pd.DataFrame(passes("o", "o").head(1))).empty


def test_a_pass_is_a_coder_and_a_round_and_what_settled_them_is_none():
    gold = pd.concat([pd.DataFrame(passes("no", "oo", ("A", "B"))), pd.DataFrame(passes("n", "n")).assign(round="settled")])
    alone = coded.passes(gold)
    assert {name: rows["coded"].tolist() for name, rows in alone.items()} == {
        "A 1": ["negative", "neutral"],
        "B 2": ["neutral", "neutral"],
    }
