"""A summary → the sentences that answer with it: computed, so that prose cannot contradict the table beside it."""

import numpy as np
import pandas as pd

from broadsheet import arrange, say, stats, tables, trust
from broadsheet.tables import SENTIMENT

NEAR = 0.05  # means of sentiment nearer than this to an end are named with it: one code in twenty moves a mean so far


def answer(summary, articles=None, coders=()):
    """The sentence that a summary answers with: what leads, what comes last, whether their intervals part, and a caveat.

    ``coders`` are those who coded mentions, if any, each with what it is. Means of sentiment that lie within NEAR of the
    highest or the lowest are named with it.

    >>> counted = {"label": ["truce", "treaty"], "measure": tables.RATE, "articles": 4, "matched": [6, 2], "total": 4000}
    >>> bounds = {"value": [1.5, 0.5], "low": [1.1, 0.2], "high": [2.0, 0.9], "interval": "bootstrap-t"}
    >>> frame = pd.DataFrame(counted | bounds)
    >>> answer(frame)  # doctest: +NORMALIZE_WHITESPACE
    'Truce leads with 1.50 matches per 1,000 words (1.10 to 2.00), treaty has 0.50 (0.20 to 0.90); their intervals do not
    overlap.'
    """
    end = f" {trust.warning(articles)}".rstrip() if articles is not None else ""
    rows, top, last, name = _ends(summary)
    if not len(summary):
        return f"No actor or no term is named (actors.csv, terms.csv): there is nothing to compare.{end}"
    if not len(rows):
        return f"Nothing in this selection has a match: there is nothing to compare.{end}"
    if not name(top):
        return f"{say.upper(top['measure'])}: {say.figures(top)}.{end}"
    if len(rows) == 1:
        return f"{name(top)}: {say.figures(top)}, {top['measure']}.{_coded(summary, top, last, coders)}{end}"
    if top["value"] == last["value"]:
        one = len(rows[["low", "high"]].drop_duplicates()) == 1
        told = say.figures(top, top["measure"]) if one else shown(top, top["measure"])
        return f"All {len(rows)} have the same: {told}.{_coded(summary, top, last, coders)}{end}"
    if top["measure"] == SENTIMENT:
        text = f"{_spoken(rows, name, lambda row: f', {say.figures(row)}')}; {apart(top, last)}{_around_zero(rows)}"
        more = _even(summary, name) + _coded(summary, top, last, coders)
        return f"{say.upper(_among(summary, rows, ' actors') + text)}.{more}{end}"
    first = rows[rows["value"] == top["value"]]
    told = say.figures(top, top["measure"]) if len(first) == 1 else f"{shown(top)} {top['measure']} each"
    text = f"{_leads(first, name)} with {told}, {_behind(rows, last, name)} {say.figures(last)}"
    return f"{say.upper(text)}; {apart(first.sort_values('low', na_position='first').iloc[0], last)}.{end}"


def finding(summary, least=0):
    """What leads and what comes last, in a line that can stand as the title of a figure.

    Of rows that rest on ``least`` mentions or more, where there is one; where that leaves some out, the line says so.

    >>> values = {"label": ["Lund", "Kade", "Marsh"], "value": [-0.2, 0.1, 0.9], "matched": [12, 10, 1]}
    >>> finding(pd.DataFrame({**values, "measure": SENTIMENT, "low": np.nan, "high": np.nan, "interval": ""}), 10)
    'With 10 mentions or more: most positive toward Kade (+0.10), most negative toward Lund (−0.20)'
    """
    firm = arrange.weighty(summary, least)
    told = _finding(firm)
    few = firm["value"].notna().sum() < summary["value"].notna().sum()
    return say.upper(f"With {least} mentions or more: {told}" if few else told)


def _finding(summary):
    rows, top, last, name = _ends(summary)
    if not len(rows):
        return "No match: nothing to show"
    if len(rows) == 1 or top["value"] == last["value"]:
        every = f"{name(top)}: " if len(rows) == 1 and name(top) else "All: " if name(top) else ""
        return f"{every}{shown(top, top['measure'])}"
    if top["measure"] == SENTIMENT:
        text = _spoken(rows, name, lambda row: f" ({shown(row)})").removeprefix("coverage is ")
        return _among(summary, rows) + text + _around_zero(rows)
    first = rows[rows["value"] == top["value"]]
    each = " each" if len(first) > 1 else ""
    return f"{_leads(first, name)} with {shown(top)}{each}, {_behind(rows, last, name)} {shown(last)}"


def _ends(summary):
    """The rows that compete, the first and the last of them, and how a row is called. Only means with an interval compete."""
    names = tables.groups(summary)
    rows = summary[summary["value"].notna()].sort_values("value", ascending=False, kind="stable")
    sure = rows[rows["low"].notna()]
    if len(sure) > 1 and (rows["measure"] == SENTIMENT).all():
        rows = sure
    first, last = (rows.iloc[0], rows.iloc[-1]) if len(rows) else (None, None)
    return rows, first, last, lambda row: " in ".join(str(row[column]) for column in names)


def _among(summary, rows, what=""):
    """That only those with an interval compete, where that leaves some out."""
    return f"of the {len(rows)}{what} with an interval: " if len(rows) < summary["value"].notna().sum() else ""


def _spoken(rows, name, show):
    """Toward whom coverage is most positive and most negative; those within NEAR of an end share it, the first three named."""
    value, high, low = rows["value"], rows["value"].max(), rows["value"].min()
    if high - low < NEAR:
        return f"coverage is much the same toward all {len(rows)}: {_few(rows, name, show)}"
    best = "most positive" if high > 0 else "least negative"
    worst = "most negative" if low < 0 else "least positive"
    top, last = (
        rows[(high - value < NEAR) & (high - value <= value - low)],
        rows[(value - low < NEAR) & (value - low < high - value)],
    )
    return f"coverage is {best} toward {_few(top, name, show)}, {worst} toward {_few(last[::-1], name, show)}"


def _few(rows, name, show, most=3):
    told = [f"{name(row)}{show(row)}" for _, row in rows.head(most).iterrows()]
    more = [f"{len(rows) - most} more"] if len(rows) > most else []
    return say.listing(told + more)


def basis(summary, scorer, coders=()):
    """What the values of a summary of sentiment rest on, in a few words, for the subtitle of a figure.

    ``coders`` are those who coded, each with what it is: a figure that leaves its page still says so.

    >>> frame = pd.DataFrame({"value": 0.5, "estimate": ["hand-coded", "corrected by 9 hand-coded mentions"]})
    >>> basis(frame, "vader"), basis(frame, "vader", ["M, a language model"])
    ('vader, corrected by hand-coded mentions', 'vader, corrected by mentions coded by M, a language model')
    """
    if "estimate" not in summary:
        return scorer
    by = f"coded by {say.listing(list(coders))}" if len(coders) else ""
    whole = (summary.loc[summary["value"].notna(), "estimate"] == "hand-coded").all()
    return by or "hand-coded" if whole else f"{scorer}, corrected by {f'mentions {by}' if by else 'hand-coded mentions'}"


def passes(summary, alone):
    """Whether each pass of coding alone puts the same actors last and first as ``summary`` does; empty below two passes.

    ``alone`` has a summary like it under the name of each pass.
    """
    rows, top, last, _ = _ends(summary)
    if len(alone) < 2 or len(rows) < 2:
        return ""
    told = []
    for end, row, place in (("last", last, "idxmin"), ("first", top, "idxmax")):
        found = {}
        for name, each in alone.items():
            values = each[each["label"].isin(rows["label"]) & each["value"].notna()].set_index("label")["value"]
            found.setdefault(str(getattr(values, place)()), []).append(name)
        if list(found) == [row["label"]]:
            told.append(f"Each pass of coding alone ({say.listing(list(alone))}) puts {row['label']} {end} too.")
        else:
            each = ", ".join(f"{label} by {say.listing(names)} alone" for label, names in found.items())
            told.append(f"Who is {end} depends on the coding: {row['label']} by the settled codes, {each}.")
    text, among = " ".join(told), _among(summary, rows, " actors")
    return say.upper(f"{among}{text[0].lower()}{text[1:]}") if among else text


def _even(summary, name):
    """The actors of whom every article speaks alike: they have no interval, and are not to be forgotten for that."""
    rows = summary[(summary["interval"] == stats.ALL_EQUAL) & (summary["matched"] > 0)]
    told = []
    for _, part in rows.groupby("value", sort=False):
        names = say.listing(sorted(name(row) for _, row in part.iterrows()))
        one = len(part) == 1
        who = "it" if one else "them"
        told.append(f" {names} {'has' if one else 'have'} {shown(part.iloc[0])} in every article that names {who} (4 or more).")
    return "".join(told)


def _coded(summary, top, last, coders):
    """What hand-coded mentions have to do with the answer, and what the scorer says without them."""
    if "estimate" not in summary or not summary["coded"].sum():
        return ""
    n = f"{int(summary['coded'].sum()):,}"
    whole = summary["coded"].sum() == summary["matched"].sum()
    by = f"coded by {say.listing(list(coders))}" if len(coders) else "hand-coded"
    how = f"All {n} mentions are {by}" if whole else f"Corrected by {n} mentions that are {by}"
    uncoded = [row["label"] for row in (top, last) if not row["coded"]]
    if uncoded:
        how += f", none of them of {say.listing(list(dict.fromkeys(uncoded)))}, whose mean is the scorer's own"
    alone = dict.fromkeys(f"{row['label']} {say.signed(row['plain'])}" for row in (top, last))
    text = f" {how}; the scorer alone gives {say.listing(list(alone))}"
    plain = summary[summary["plain"].notna() & summary["low"].notna()]
    ends = [plain.loc[plain["plain"] == plain["plain"].agg(end)].iloc[0] for end in ("max", "min")] if len(plain) else []
    if top["label"] != last["label"] and ends and [row["label"] for row in ends] != [top["label"], last["label"]]:
        own = [f"{row['label']} ({say.signed(row['plain'])}) {end}" for row, end in zip(ends, ("first", "last"), strict=True)]
        text += f", and puts {say.listing(own)} of those with an interval"
    return f"{text}."


def _around_zero(rows):
    """How many intervals leave open on which side of zero the mean lies."""
    n = int(((rows["low"] <= 0) & (rows["high"] >= 0)).sum())
    return f"; {n} of {len(rows)} intervals include 0" if rows["low"].notna().all() else ""


def _leads(first, name):
    return f"{_few(first, name, lambda _: '')} {'leads' if len(first) == 1 else 'lead'}"


def _behind(rows, last, name):
    tied = int((rows["value"] == last["value"]).sum())
    return f"{tied} others have" if tied > 1 else f"{name(last)} has" if len(rows) == 2 else f"{name(last)} comes last with"


def shown(row, unit=""):
    return say.figures({**row, "low": np.nan, "interval": ""}, unit)


def apart(top, last):
    return doubt(top, last) or "their intervals do not overlap"


def doubt(top, last):
    """Why the intervals of two rows do not tell that the first lies above the other; empty where they do."""
    if stats.ALL_EQUAL in (top["interval"], last["interval"]):
        return "one is the same in every article, and gives no interval to compare"
    if few := _too_few(top["low"], last["high"], top["interval"] + last["interval"]):
        return few
    if top["interval"] == stats.WITHIN_TEXT or last["interval"] == stats.WITHIN_TEXT:
        return "intervals within one text say nothing of others"
    return "" if top["low"] > last["high"] else "their intervals overlap: the order is not certain"


def _too_few(low, high, intervals):
    """Why bounds tell of no difference, where one of them lacks."""
    lacks = pd.isna([low, high]).any() or any(stats.without_limit(intervals))
    return "too few articles to say whether they differ" if lacks else ""


def shift(change):
    """From what share to what share, earlier half to later one, and whether that can be told: the title of a timeline.

    ``change`` is what `summarize.change` returned. Empty where no article of a half has either term.

    >>> made = {"earlier": [0.9], "later": [0.1], "low": [-0.9], "high": [-0.7], "interval": ["bootstrap-t"]}
    >>> shift(pd.DataFrame(made))
    'The share goes from 90 % in the earlier half of the articles to 10 % in the later one'
    """
    row = change.iloc[0]
    if pd.isna([row["earlier"], row["later"]]).any():
        return ""
    text = f"{say.percent(row['earlier'])} in the earlier half of the articles to {say.percent(row['later'])} in the later one"
    if few := _too_few(row["low"], row["high"], row["interval"]):
        return f"No shift can be told: {text}; {few}"
    if row["low"] <= 0 <= row["high"]:
        return f"No shift can be told: {text}; the interval of the difference includes 0"
    return f"The share goes from {text}"


def listed(summary):
    """Every row with its value, in a line.

    >>> listed(pd.DataFrame({"label": ["truce", "treaty"], "measure": "share of a in b", "value": [0.5, 0.25], "high": 1.0}))
    'Truce 50 %, treaty 25 %'
    """
    rows = summary[summary["value"].notna()]
    return say.upper(", ".join(f"{row['label']} {shown(row)}" for _, row in rows.iterrows()))


def difference(pairs, keywords, articles):
    """Which sources are most and least alike, and which word sets one apart most: the answer of a comparison.

    >>> pairs = pd.DataFrame({"source_a": ["Mail"], "source_b": ["Post"], "cosine_tfidf": [0.5]})
    >>> articles = pd.DataFrame({"article_id": range(60), "source": ["Mail", "Post", "Wire"] * 20, "cluster": range(60)})
    >>> print(difference(pairs, pd.DataFrame(), articles))
    Of the 2 sources with the most articles, the words of Mail and Post have a cosine of 0.50. No word sets a source apart.
    """
    end = f" {trust.warning(articles)}".rstrip()
    sources = tables.sources(articles)
    if not len(pairs):
        return f"There is one source ({sources[0]}): nothing to compare it with.{end}"
    top, last = pairs.iloc[0], pairs.iloc[-1]
    both, cosine = f"{top['source_a']} and {top['source_b']}", f"{top['cosine_tfidf']:.2f}"
    text = f"{both} use the most similar words (cosine {cosine})"
    text = text if len(pairs) > 1 else f"the words of {both} have a cosine of {cosine}"
    asked = len({*pairs["source_a"], *pairs["source_b"]})
    text = f"Of the {asked} sources with the most articles, {text}" if asked < len(sources) else say.upper(text)
    if len(pairs) > 1:
        text += f", {last['source_a']} and {last['source_b']} the least ({last['cosine_tfidf']:.2f})"
    return f"{text}. {distinct(keywords)}.{end}"


def distinct(keywords):
    """The word that sets a source apart most, in a line.

    >>> distinct(pd.DataFrame({"source": ["Mail"], "written": ["talks"], "z": [2.5], "target": [9], "articles": [1]}))
    'What sets a source apart most is “talks” in Mail (9 times, all in one article)'
    """
    if not len(keywords):
        return "No word sets a source apart"
    row = keywords.loc[keywords["z"].idxmax()]
    alone = ", all in one article" if row["articles"] == 1 else f", in {row['articles']:,} articles"
    return f"What sets a source apart most is “{row['written']}” in {row['source']} ({row['target']:,} times{alone})"


def verdict(differences):
    """How many of the tests of `compare.differences` could be made, and how many hold after adjustment, in a sentence."""
    made, sources = differences[differences["p"].notna()], differences["source"].unique()
    if len(sources) == 2:  # one test, seen from either side
        made = made[made["source"] == sources[0]]
    if not len(differences):
        return "There is nothing to test: no term, or no second source."
    if not len(made):
        return "No source has two articles beside two of others: there is nothing to test, and no p-value."
    held = made[made["p_adjusted"] < 0.05]
    told = "; ".join(
        f"{row.label} in {row.source} ({row.rate:.2f} against {row.rate_elsewhere:.2f})" for row in held.head(4).itertuples()
    )
    return f"Below 0.05 after adjustment: {len(held)} of {say.count(len(made), 'difference')}{': ' + told if told else ''}."
