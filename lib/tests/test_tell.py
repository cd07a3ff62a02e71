# ruff: noqa: E501 - tables of cases
"""The sentences that answer: each says what the table beside it says, and how far to trust it."""

import numpy as np
import pandas as pd
import pytest

from broadsheet import stats, tables, tell, trust


def summary(rows, measure=tables.RATE, interval="bootstrap-t"):
    made = pd.DataFrame(rows, columns=["label", "value", "low", "high"])
    return made.assign(measure=measure, articles=5, matched=3.0, total=4000.0, interval=interval, query="")


FEW = pd.DataFrame({"source": list("ABCDE")})
MANY = pd.DataFrame({"source": ["A"] * 30})
APART, NO = "their intervals do not overlap", "too few articles to say whether they differ"


@pytest.mark.parametrize(
    "rows, measure, says",
    [
        ([("truce", 2, 1.5, 3), ("treaty", 1, 0.5, 1.2)], tables.RATE,
         f"Truce leads with 2.00 matches per 1,000 words (1.50 to 3.00), treaty has 1.00 (0.50 to 1.20); {APART}."),
        ([("truce", 2, 1, 3), ("treaty", 1, 0.5, 1.2)], tables.RATE, "their intervals overlap: the order is not certain."),
        ([("truce", 2, 1, 3), ("plan", 1.5, 1, 2), ("treaty", 1, 0.5, 1.2)], tables.RATE, "treaty comes last with 1.00 (0.50 to 1.20)"),
        ([("truce", 2, 1.5, 3), ("plan", 2, 1, 3), ("treaty", 1, 0.5, 1.2)], tables.RATE,
         "Truce and plan lead with 2.00 matches per 1,000 words each, treaty comes last with 1.00 (0.50 to 1.20); their intervals overlap"),
        ([("truce", 2, np.nan, np.nan), ("treaty", 1, 0.5, 1.2)], tables.RATE, NO),
        ([("truce", 0.75, 0.5, 0.9)], "share of truce in truce and treaty", "truce: 75 % (50 % to 90 %)"),
        ([("Marsh", 0.2, 0.1, 0.3), ("Osterby", -0.3, -0.4, -0.2)], tables.SENTIMENT,
         "Coverage is most positive toward Marsh, +0.20 (+0.10 to +0.30), most negative toward Osterby, −0.30"),
        ([("Marsh", -0.1, -0.2, 0), ("Osterby", -0.3, -0.4, -0.2)], tables.SENTIMENT, "least negative toward Marsh, −0.10"),
        # a mean that one code would move past another is not named alone
        ([("Marsh", 0.2, 0.1, 0.3), ("Osterby", -0.28, -0.4, -0.2), ("Wex", -0.3, -0.5, -0.1)], tables.SENTIMENT,
         "most positive toward Marsh, +0.20 (+0.10 to +0.30), most negative toward Wex, −0.30 (−0.50 to −0.10) and Osterby, −0.28"),
        ([("Marsh", 0.03, -1, 1), ("Osterby", 0.02, -1, 1), ("Wex", 0, -1, 1)], tables.SENTIMENT,
         "Coverage is much the same toward all 3: Marsh, +0.03 (−1.00 to +1.00), Osterby, +0.02 (−1.00 to +1.00) and Wex, 0.00"),
        ([("A", 0.4, 0, 1), ("B", 0.39, 0, 1), ("C", 0.38, 0, 1), ("D", 0.37, 0, 1), ("E", 0.1, 0, 1)], tables.SENTIMENT,
         "C, +0.38 (0.00 to +1.00) and 1 more, least positive toward E, +0.10"),
        ([("truce", 1, 0, 2), ("treaty", 1, 0, 2)], tables.RATE, "All 2 have the same: 1.00 matches per 1,000 words"),
        ([("truce", np.nan, np.nan, np.nan)], tables.RATE, "there is nothing to compare"),
        ([], tables.RATE, "there is nothing to compare"),
    ],
)  # fmt: skip
def test_answer(rows, measure, says):
    assert says in tell.answer(summary(rows, measure))


@pytest.mark.parametrize(
    ("low", "high", "label", "says"),
    [
        (1, np.inf, "no upper limit", "from 1.00, no upper limit"),
        (-np.inf, 3, "no lower limit", "up to 3.00, no lower limit"),
        (-np.inf, np.inf, "no limits", "no limits"),
    ],
)
def test_a_bound_that_could_not_be_found_is_said(low, high, label, says):
    rows = summary([("truce", 2, low, high), ("treaty", 1, 0.5, 1.2)])
    rows.loc[0, "interval"] = f"bootstrap-t; {label}: too few articles differ"
    assert tell.answer(rows) == f"Truce leads with 2.00 matches per 1,000 words ({says}), treaty has 1.00 (0.50 to 1.20); {NO}."


def test_means_without_an_interval_do_not_compete():
    rows = [("Wex", -0.9, np.nan, np.nan), ("Marsh", 0.2, -0.1, 0.3), ("Osterby", -0.3, -0.4, -0.2)]
    said = tell.answer(summary(rows, tables.SENTIMENT))
    assert said.startswith("Of the 2 actors with an interval: coverage is most positive toward Marsh, +0.20")
    assert tell.finding(summary(rows, tables.SENTIMENT)).startswith(
        "Of the 2 with an interval: most positive toward Marsh (+0.20)"
    )
    assert "most negative toward Osterby" in said and said.endswith("1 of 2 intervals include 0.")


@pytest.mark.parametrize(
    "coded, says, subtitle",
    [
        ([3, 3], "All 6 mentions are hand-coded; the scorer alone gives Marsh +0.50 and Osterby +0.10.", "hand-coded"),
        (
            [2, 3],
            "Corrected by 5 mentions that are hand-coded; the scorer alone gives Marsh +0.50 and Osterby +0.10.",
            "vader, corrected by hand-coded mentions",
        ),
        ([0, 0], "do not overlap; 0 of 2 intervals include 0.", "vader, corrected by hand-coded mentions"),
    ],
)
def test_an_answer_says_what_hand_coded_mentions_have_to_do_with_it(coded, says, subtitle):
    frame = summary([("Marsh", 0.2, 0.1, 0.3), ("Osterby", -0.3, -0.4, -0.2)], tables.SENTIMENT)
    frame = frame.assign(plain=[0.5, 0.1], plain_low=0.0, plain_high=0.6, coded=coded)
    frame["estimate"] = [
        "hand-coded" if n == 3 else f"corrected by {n} hand-coded mentions" if n else "plain: none" for n in coded
    ]
    assert tell.answer(frame).endswith(says)
    named = tell.answer(frame, coders=["M, a language model"])
    assert named.endswith(says.replace("hand-coded;", "coded by M, a language model;"))
    assert tell.basis(frame, "vader") == subtitle
    assert tell.basis(frame.drop(columns="estimate"), "vader") == "vader"


def test_an_answer_says_whom_the_scorer_alone_puts_elsewhere():
    rows = [("Marsh", 0.2, 0.1, 0.3), ("Wex", 0, -0.1, 0.1), ("Osterby", -0.3, -0.4, -0.2)]
    frame = summary(rows, tables.SENTIMENT).assign(plain=[0.1, -0.5, -0.1], coded=3, estimate="hand-coded")
    assert tell.answer(frame).endswith(
        "gives Marsh +0.10 and Osterby −0.10, and puts Marsh (+0.10) first and Wex (−0.50) last of those with an interval."
    )


def test_an_answer_from_few_articles_says_so():
    rows = [("truce", 2, 1.5, 3), ("treaty", 1, 0.5, 1.2)]
    assert tell.answer(summary(rows), FEW).endswith("5 articles, one per source: a reading aid, not an estimate.")
    assert tell.answer(summary(rows), MANY).endswith(f"{APART}.")


@pytest.mark.parametrize(
    "sources, says",
    [
        (["A"], "1 article: a reading aid, not an estimate"),
        (["A", "B"], "2 articles, one per source: a reading aid, not an estimate"),
        (["A", "A"], "2 articles: a reading aid, not an estimate"),
        (["A"] * 19, "19 articles: a reading aid, not an estimate"),
        (["A"] * 20, ""),
    ],
)
def test_caveat(sources, says):
    assert trust.caveat(pd.DataFrame({"source": sources})) == says


def test_actors_of_whom_every_article_speaks_alike_are_not_forgotten():
    rows = [("Marsh", -0.1, -0.2, 0), ("Osterby", -0.3, -0.4, -0.2), ("Wex", 0, np.nan, np.nan), ("Kade", 0, np.nan, np.nan)]
    frame = summary(rows, tables.SENTIMENT)
    frame.loc[2:, "interval"] = stats.ALL_EQUAL
    said = tell.answer(frame)
    assert said.startswith("Of the 2 actors with an interval") and said.endswith(
        "Kade and Wex have 0.00 in every article that names them (4 or more)."
    )
    by_source = tell.answer(
        frame.rename(columns={"value": "value"}).assign(label="Marsh", source=["Mail", "Post", "Wire", "Echo"])[
            ["label", "source", *frame.columns[1:]]
        ]
    )
    assert by_source.endswith("Marsh in Echo and Marsh in Wire have 0.00 in every article that names them (4 or more).")


@pytest.mark.parametrize(
    "lows, says",
    [
        (["Osterby"], ""),
        (
            ["Osterby", "Osterby"],
            "Of the 2 actors with an interval: each pass of coding alone (A 1 and A 2) puts Osterby last too. Each pass of coding alone (A 1 and A 2) puts Marsh first too.",
        ),
        (
            ["Marsh", "Marsh"],
            "Of the 2 actors with an interval: who is last depends on the coding: Osterby by the settled codes, Marsh by A 1 and A 2 alone. "
            "Who is first depends on the coding: Marsh by the settled codes, Osterby by A 1 and A 2 alone.",
        ),
        (["Osterby", "Marsh"], "Marsh by the settled codes, Marsh by A 1 alone, Osterby by A 2 alone."),
    ],
)
def test_each_pass_of_coding_alone(lows, says):
    rows = [("Marsh", -0.1, -0.2, 0), ("Osterby", -0.3, -0.4, -0.2), ("Wex", -0.9, np.nan, np.nan)]
    whole = summary(rows, tables.SENTIMENT)
    # Wex, without an interval, competes in none of them
    alone = {
        f"A {n}": whole.assign(value=np.where(whole["label"] == "Wex", -1, np.where(whole["label"] == low, -0.5, 0.1)))
        for n, low in enumerate(lows, 1)
    }
    assert tell.passes(whole, alone).endswith(says) and bool(says) == bool(tell.passes(whole, alone))


@pytest.mark.parametrize(
    ("low", "high", "interval", "says"),
    [
        (0.6, 0.9, "bootstrap-t", "The share goes from 10 % in the earlier half of the articles to 90 % in the later one"),
        (-0.1, 0.9, "bootstrap-t", "No shift can be told: 10 % in the earlier half of the articles to 90 % in the later one; the interval of the difference includes 0"),
        (np.nan, np.nan, "none: fewer than 4 articles", f"No shift can be told: 10 % in the earlier half of the articles to 90 % in the later one; {NO}"),
        (0.2, 1, "bootstrap-t; no upper limit: too few articles differ", f"No shift can be told: 10 % in the earlier half of the articles to 90 % in the later one; {NO}"),
    ],
)  # fmt: skip
def test_a_shift_is_one_between_the_halves(low, high, interval, says):
    change = pd.DataFrame([{"earlier": 0.1, "later": 0.9, "difference": 0.8, "low": low, "high": high, "interval": interval}])
    assert tell.shift(change) == says
    assert tell.shift(change.assign(later=np.nan)) == ""


def test_an_unknown_source_is_compared_with_none():
    pairs = pd.DataFrame({"source_a": ["Mail"], "source_b": ["Post"], "cosine_tfidf": [0.5]})
    articles = pd.DataFrame({"article_id": range(4), "source": ["unknown", "unknown", "Mail", "Post"], "cluster": range(4)})
    assert tell.difference(pairs, pd.DataFrame(), articles).startswith("The words of Mail and Post have a cosine of 0.50.")
    told = tell.difference(pairs[:0], pd.DataFrame(), articles[:3])
    assert told.startswith("There is one source (Mail): nothing to compare it with.")


def test_an_unknown_source_is_no_source_with_a_single_article():
    articles = pd.DataFrame({"source": ["unknown", "B"], "source_basis": "stated", "published_basis": "stated", "language": ""})
    assert "Sources with a single article: 1 of 1." in " ".join(trust.limits(articles, articles[:0]))
    assert trust.caveat(articles).startswith("2 articles: a reading aid")


def test_limits_name_what_is_vague():
    articles = pd.DataFrame({
        "source": ["A", "B", "B"], "source_basis": ["stated", "inferred: a credit", "unknown"],
        "published_basis": ["stated"] * 3, "language": ["en", "de", ""],
    })  # fmt: skip
    said = " ".join(trust.limits(articles, pd.DataFrame({"reason": ["copy"]})))
    assert "Sources with a single article: 1 of 2" in said
    assert "The source of 2 of 3 articles is inferred or unknown" in said and "The date of" not in said
    assert "not in English (de)" in said and "1 document left out: 00_corpus" in said


def test_an_answer_about_one_actor_says_what_it_rests_on():
    made = summary([("Marsh", 0.03, -0.39, 0.54)], tables.SENTIMENT).assign(matched=180, plain=0.09, coded=20)
    told = tell.answer(made.assign(estimate="corrected by 20 hand-coded mentions"), coders=["M, a language model"])
    assert told.startswith("Marsh: +0.03 (−0.39 to +0.54), mean sentiment toward the actor. ")
    assert told.endswith(" Corrected by 20 mentions that are coded by M, a language model; the scorer alone gives Marsh +0.09.")


def test_the_same_value_with_other_intervals_shows_none():
    made = summary([("truce", 2, 1.5, 3), ("treaty", 2, 0.5, 6)])
    assert tell.answer(made) == "All 2 have the same: 2.00 matches per 1,000 words."


def test_a_term_in_no_article_is_not_for_lack_of_articles():
    made = summary([("truce", 2, 1.5, 3), ("treaty", 0, np.nan, np.nan)]).assign(interval=["bootstrap-t", stats.ALL_EQUAL])
    assert tell.answer(made).endswith("; one is the same in every article, and gives no interval to compare.")


def test_one_test_of_two_sources_counts_once():
    both = pd.DataFrame(
        {"label": "truce", "source": ["Mail", "Post"], "rate": [3.0, 1.0], "rate_elsewhere": [1.0, 3.0], "p": 0.01}
    )
    told = tell.verdict(both.assign(p_adjusted=0.01))
    assert told == "Below 0.05 after adjustment: 1 of 1 difference: truce in Mail (3.00 against 1.00)."
