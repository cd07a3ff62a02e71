"""What hand-coded mentions let a reader claim, in sentences: computed from the tables of `judge` and `summarize`."""

import numpy as np
import pandas as pd

from broadsheet import say, stats, tell, trust
from broadsheet.judge import NEUTRAL

YES, CARE, NO = "May be claimed:", "With care:", "May not be claimed:"
FEW_CODES = 10  # mentions of a class, or of an actor, below which a sentence says that they carry nothing


def answer(judged, compared, articles, coders=()):
    """How often each scorer is right, and whether one is ahead: the answer where mentions are hand-coded.

    ``judged`` is what `judge.f1` returns, with the row of `judge.baseline`; ``compared`` what `judge.ahead` does of the
    scorers. One is called best only where it is ahead of each of the others, on the same mentions, for certain.

    >>> rows = {"scorer": ["vader", "always neutral"], "articles": 4, "matched": 80.0, "value": [0.5, 0.2], "low": [0.4, 0.1]}
    >>> rows |= {"high": [0.6, 0.3], "accuracy": [0.55, 0.7], "interval": "bootstrap-t"}
    >>> answer(pd.DataFrame(rows), [], pd.DataFrame({"source": ["A"] * 20}))  # doctest: +NORMALIZE_WHITESPACE
    'On 80 hand-coded mentions in 4 articles vader is right in 55 % (macro-F1 0.50, 0.40 to 0.60); always saying neutral is
    right in 70 % (macro-F1 0.20, 0.10 to 0.30).'
    """
    scorers, neutral = judged[judged["scorer"] != NEUTRAL], judged[judged["scorer"] == NEUTRAL].iloc[0]
    told = [
        f"{row.scorer} {'is right ' if not number else ''}in {say.percent(row.accuracy)} (macro-F1 {_between(row)})"
        for number, row in enumerate(scorers.itertuples())
    ]
    n = say.count(int(neutral["matched"]), "mention" if len(coders) else "hand-coded mention")
    n += f" coded by {say.listing(list(coders))}," if len(coders) else ""
    n += f" in {say.count(int(neutral['articles']), 'article')}"
    text = f"On {n} {say.listing(told)}; always saying neutral is right in "
    text += f"{say.percent(neutral['accuracy'])} (macro-F1 {_between(neutral)})."
    return " ".join(filter(None, [text, best(compared), trust.warning(articles)]))


def best(compared):
    """Which scorer is ahead in macro-F1, or that none can be called so; empty for one scorer alone."""
    if not len(compared):
        return ""
    top = compared["scorer"].value_counts(sort=True).index[0]  # ahead of all others
    leads = compared[compared["scorer"] == top].sort_values("value", kind="stable")
    told = say.listing([f"{_between(row, '{} ({} to {})')} ahead of {row.against}" for row in leads.itertuples()])
    how = f"on the same mentions macro-F1 of {top} is {told}"
    if (leads["low"] > 0).all():
        return f"The best of them is {top}: {how}."
    doubt = leads.loc[~(leads["low"] > 0)]
    if doubt["low"].isna().any():
        return f"Which scorer is best cannot be told: there is no interval for each of the differences; {how}."
    return (
        f"Which scorer is best cannot be told, since {top} may be no better than {say.listing(list(doubt['against']))}: {how}."
    )


def finding(judged):
    """The scorers against always saying neutral, in a line that can stand as the title of a figure."""
    scorers, neutral = judged[judged["scorer"] != NEUTRAL], judged[judged["scorer"] == NEUTRAL].iloc[0]
    ahead = [row.scorer for row in scorers.itertuples() if row.accuracy > neutral["accuracy"]]
    who = say.listing(ahead) or "no scorer"
    are = "are" if len(ahead) > 1 else "is"
    return f"On these mentions {who} {are} right more often than always saying neutral ({say.percent(neutral['accuracy'])})"


def calibrated(errors):
    """Whether a scorer's numbers can be read as probabilities, a sentence a scorer, from `calibration.expected_error`."""
    told = []
    for row in errors.itertuples():
        chance = (
            f"a perfectly calibrated one with the same numbers would show {row.calibrated:.2f}, up to {row.calibrated_high:.2f}"
        )
        text = f"{row.scorer}: expected calibration error {row.ece:.2f}; {chance}"
        if not row.probabilities:
            text += (
                ". Its numbers are no probabilities, so it claims nothing here; this says what taking them for some would cost"
            )
        elif row.ece <= row.calibrated_high:
            text += ": no evidence that its probabilities are wrong"
        else:
            text += ": its probabilities are not to be taken at their word"
        told.append(f"{text}.")
    return told


def rare(confusion):
    """Which classes are coded so seldom that nothing can be said about them; empty where none is."""
    once = confusion.drop_duplicates("coded")
    few = once[once["mentions"] < FEW_CODES]
    if not len(few):
        return ""
    told = say.listing([f"{row.coded} {say.count(int(row.mentions), 'time')}" for row in few.itertuples()])
    return (
        f"Coded {told}: so few that how well such mentions are found cannot be told, though each of the three classes makes a "
        "third of macro-F1."
    )


def spans(rows):
    """From what to what the share that is right goes over groups, in a line; ``rows`` from `judge.errors`, one scorer.

    Groups with fewer than FEW_CODES coded mentions do not compete.
    """
    name = rows.columns[0]
    rows = rows[rows["total"] >= FEW_CODES].sort_values("value", kind="stable")
    if len(rows) < 2:
        return f"Fewer than two groups have {FEW_CODES} coded mentions: shares cannot be compared"
    low, high = rows.iloc[0], rows.iloc[-1]
    ends = f"from {say.percent(low['value'])} ({low[name]}) to {say.percent(high['value'])} ({high[name]})"
    return f"The share that {low['scorer']} gets right goes {ends}, of those with {FEW_CODES} codes or more"


def apart(biases):
    """Between which groups the mean error of a scorer differs most, in a line; ``biases`` from `judge.bias`, one scorer.

    Groups with fewer than FEW_CODES coded mentions do not compete.
    """
    name = biases.columns[0]
    rows = biases[(biases["total"] >= FEW_CODES) & biases["value"].notna()].sort_values("value", kind="stable")
    if len(rows) < 2:
        return f"Fewer than two have {FEW_CODES} coded mentions: errors cannot be compared"
    low, high = rows.iloc[0], rows.iloc[-1]
    text = (
        f"{low['scorer']} is off by {say.signed(low['value'])} for {low[name]}, by {say.signed(high['value'])} for {high[name]}"
    )
    text += f" (of those with {FEW_CODES} codes or more)"
    if low[["low", "high"]].isna().any() or high[["low", "high"]].isna().any():
        return text
    return text + ("; the intervals do not overlap" if low["high"] < high["low"] else "; the intervals overlap")


def moved(summary):
    """For how many actors the codes change the side of zero, in a line; ``summary`` has the columns of `correct`."""
    rows = summary[(summary["coded"] > 0) & summary["value"].notna()]
    turned = rows[rows["plain"] * rows["value"] < 0]
    names = f" ({', '.join(turned['label'][:4])}{', …' if len(turned) > 4 else ''})" if len(turned) else ""
    return f"The codes put {len(turned)} of {say.count(len(rows), 'actor')} on the other side of zero{names}"


def survives(left, judged):
    """What becomes of the scorers when each article is left out in turn, a sentence; ``left`` from `judge.without`."""
    if not len(left):
        return "There is one article with codes: none can be left out."
    ranges = left.groupby("scorer", sort=False)[["accuracy", "macro_f1"]].agg(["min", "max"])
    told = []
    for scorer in judged["scorer"]:
        row = ranges.loc[scorer]
        told.append(
            f"{scorer} is right in {say.percent(row['accuracy', 'min'])} to {say.percent(row['accuracy', 'max'])} (macro-F1 "
            f"{row['macro_f1', 'min']:.2f} to {row['macro_f1', 'max']:.2f})"
        )
    wide = left.pivot(index="without", columns="scorer", values="accuracy")
    beaten = [name for name in wide if name != NEUTRAL and (wide[name] > wide[NEUTRAL]).all()]
    never = [name for name in wide if name != NEUTRAL and (wide[name] < wide[NEUTRAL]).all()]
    end = [f"Right more often than always neutral, whichever is left out: {say.listing(beaten)}."] if beaten else []
    end += [f"Right less often than always neutral, whichever is left out: {say.listing(never)}."] if never else []
    return " ".join([f"With one article left out {'; '.join(told)}.", *end])


def claims(leads, summary, scorer):
    """What a reader may claim and may not, a sentence each.

    ``leads`` is what `judge.lead` returns, ``summary`` what `summarize.sentiment` of ``scorer`` with gold does.
    """
    return [*map(_classes, leads.itertuples()), *_means(summary, scorer), *_order(summary, scorer)]


def _classes(row):
    points = f"{100 * row.value:+.0f} points"
    if pd.isna(row.low) or pd.isna(row.high):
        text = f"{NO} that {row.scorer} is right more often than always saying neutral, or less ({points}; {row.interval})."
    else:
        between = f"({points}, {100 * row.low:+.0f} to {100 * row.high:+.0f})"
        if row.low > 0:
            text = f"{YES} that {row.scorer} is right more often than always saying neutral {between}."
        elif row.high < 0:
            text = (
                f"{NO} anything that rests on the class {row.scorer} gives a mention. Always saying neutral is right more "
                f"often {between}."
            )
        else:
            text = f"{NO} that in articles like these {row.scorer} is right more often than always saying neutral {between}."
    return text.replace("-", "−")


def _means(summary, scorer):
    there = summary[summary["matched"] > 0]
    known = there[there["coded"] > 0]
    if not len(known):
        return [f"{NO} a mean toward any actor. None has a code, and the means of {scorer} stand as they were."]
    if (there["coded"] == there["matched"]).all():
        told = [
            f"{YES} the means of the codes, as what these articles say by this codebook and whoever coded. Every mention is "
            f"coded, so {scorer} is only judged here and adds nothing to them. Intervals are for other articles like these."
        ]
    else:
        told = [
            f"{YES} the means with the codes, together with interval and number of codes. {NO} the plain means of {scorer}."
        ]
    rest = there.loc[there["coded"] == 0, "label"]
    if len(rest):
        told.append(f"{NO} the means of {say.count(len(rest), 'actor')} without a code ({', '.join(rest)}).")
    open_ = np.array([any(stats.without_limit(label)) for label in known["interval"]], dtype=bool)
    sure = known[known["low"].notna() & known["high"].notna() & ~open_]
    sided = sure[(sure["low"] > 0) | (sure["high"] < 0)]
    if len(sided):
        named = "; ".join(f"{row['label']} {say.figures(row)}" for _, row in sided.iterrows())
        chance = f"By chance alone one interval in twenty does so; here are {len(sure)}"
        told.append(f"{CARE} a direction, where the interval leaves out 0: {named}. {chance}.")
    if len(known) > len(sided):
        across = int(((known["low"] <= 0) & (known["high"] >= 0)).sum())
        why = f"{across} with an interval that includes 0, {len(known) - len(sided) - across} without a usable one"
        rest = "any other actor" if len(sided) else "any actor"
        told.append(f"{NO} a direction for {rest} in other articles like these: {why}.")
    return told


def _order(summary, scorer):
    rows = summary[(summary["coded"] >= FEW_CODES) & summary["value"].notna() & summary["plain"].notna()]
    if len(rows) < 2:
        return [f"{NO} an order of the actors by {scorer}: fewer than two have {FEW_CODES} coded mentions to judge it by."]
    errors = (rows["plain"] - rows["value"]).set_axis(rows["label"])
    apart = errors.max() - errors.min()
    return [
        f"{NO} that one actor is spoken of better than another because the mean of {scorer} is higher. Its errors for "
        f"{errors.idxmin()} and {errors.idxmax()} alone are {apart:.2f} apart, averaged as the means are, over articles "
        f"(actors with {FEW_CODES} coded mentions or more)."
    ]


def _between(row, form="{}, {} to {}"):
    value, low, high = (row[name] if isinstance(row, pd.Series) else getattr(row, name) for name in ("value", "low", "high"))
    figures = [f"{each:.2f}".replace("-", "−") for each in (value, low, high)]
    return figures[0] if np.isnan(low) or np.isnan(high) else form.format(*figures)


def recalls(confusion, scorer):
    """How many of the mentions coded so a scorer finds, class by class, in a line; counts where there are few.

    >>> rows = {"scorer": "vader", "coded": ["negative", "positive"], "mentions": [50, 2], "recall": [0.56, 1.0]}
    >>> recalls(pd.DataFrame(rows | {"given_negative": [28, 0], "given_positive": [13, 2]}), "vader")
    'vader finds 56 % of those coded negative and 2 of 2 coded positive'
    """
    rows = confusion[(confusion["scorer"] == scorer) & (confusion["mentions"] > 0)]
    told = []
    for _, row in rows.iterrows():
        few = row["mentions"] < FEW_CODES
        found = row["given_" + row["coded"]]
        part = f"{found} of {row['mentions']}" if few else f"{say.percent(row['recall'])} of those"
        told.append(f"{part} coded {row['coded']}")
    return f"{scorer} finds {say.listing(told)}"


def called(confusion, scorer):
    """Of the mentions that a scorer puts in a class, how many were coded so: whether its word can be taken, a sentence.

    >>> rows = {"scorer": "vader", "coded": ["negative", "neutral"], "given_negative": [28, 30], "given_neutral": [2, 9]}
    >>> called(pd.DataFrame(rows | {"given_positive": 0}), "vader")
    'Of 58 mentions that vader calls negative, 28 were coded so; of 11 that it calls neutral, 9.'
    """
    rows = confusion[confusion["scorer"] == scorer].set_index("coded")
    told = []
    for kind in rows.index:
        n = int(rows[f"given_{kind}"].sum())
        if n:
            right = int(rows.loc[kind, f"given_{kind}"])
            were = "was" if right == 1 else "were"
            told.append(f"of {n:,} that it calls {kind}, {right:,}" if told else
                        f"Of {say.count(n, 'mention')} that {scorer} calls {kind}, {right:,} {were} coded so")  # fmt: skip
    return "; ".join(told) + "."


def cancelled(pairs):
    """Toward whom a scorer errs on mentions coded neutral, and where opposite errors hide that, a sentence each.

    ``pairs`` from `judge.pairs`, of one scorer. The mean error of an actor can be near zero because the scorer is harsh where
    the coder is neutral and mild where the coder is harsh: that is no fairness toward the actor. Actors with fewer than
    FEW_CODES mentions coded neutral are left out.

    >>> rows = [("Marsh", "neutral", -0.3)] * 10 + [("Marsh", "negative", 0.3)] * 10 + [("Wex", "neutral", 0.1)] * 12
    >>> for told in cancelled(pd.DataFrame(rows, columns=["label", "coded", "error"]).assign(scorer="vader", weight=1)):
    ...     print(told)
    On mentions coded neutral vader is harsher than the coder toward 1 of 2 actors: Marsh −0.30, Wex +0.10.
    Over all mentions the error is nearer to zero, but only since opposite ones cancel: Marsh 0.00.
    """
    neutral = pairs[pairs["coded"] == "neutral"]
    alone = _mean_errors(neutral)[neutral.groupby("label").size() >= FEW_CODES].sort_values()
    if not len(alone):
        return []
    whole = _mean_errors(pairs).reindex(alone.index)
    told = ", ".join(f"{name} {say.signed(value)}" for name, value in alone.items())
    harsh, n = int((alone < 0).sum()), say.count(len(alone), "actor")
    n += f" with {FEW_CODES} of them or more" if len(alone) < pairs["label"].nunique() else ""
    who = f"On mentions coded neutral {pairs['scorer'].iloc[0]} is harsher than the coder toward {harsh} of {n}: {told}."
    hidden = whole[whole.abs() < alone.abs() - tell.NEAR]
    less = ", ".join(f"{name} {say.signed(value)}" for name, value in hidden.items())
    return (
        [who, f"Over all mentions the error is nearer to zero, but only since opposite ones cancel: {less}."] if less else [who]
    )


def _mean_errors(pairs):
    sums = pairs.assign(error=pairs["error"] * pairs["weight"]).groupby("label")[["error", "weight"]].sum()
    return sums["error"] / sums["weight"]


def off(error):
    """How far a scorer's confidence lies from how often it is right, in a line; a row of `calibration.expected_error`."""
    if not error["probabilities"]:
        return f"Read as probabilities, the numbers of {error['scorer']} would be off by {error['ece']:.2f} on average"
    chance = f"{error['calibrated']:.2f} by chance alone, or up to {error['calibrated_high']:.2f}"
    return f"The probabilities of {error['scorer']} are off by {error['ece']:.2f} on average ({chance})"


def on_newsmtsc(judged):
    """Macro-F1 of each scorer on each split of NewsMTSC, in a line."""
    told = []
    for scorer, rows in judged.groupby("scorer", sort=False):
        told.append(f"{scorer} {', '.join(f'{row.value:.2f} ({row.split})' for row in rows.itertuples())}")
    return f"Macro-F1: {'; '.join(told)}"
