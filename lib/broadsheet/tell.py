"""A summary → the sentences that answer with it: computed, so that prose cannot contradict the table beside it."""

import numpy as np
import pandas as pd

from broadsheet import stats, tables
from broadsheet.tables import SENTIMENT

FEW = 20  # articles, below which a page says how such intervals fared in simulation


def answer(summary, articles=None):
    """The sentence that a summary answers with: what leads, what comes last, whether their intervals part, and a caveat.

    >>> counted = {"label": ["truce", "treaty"], "measure": tables.RATE, "articles": 4, "matched": [6, 2], "total": 4000}
    >>> bounds = {"value": [1.5, 0.5], "low": [1.1, 0.2], "high": [2.0, 0.9], "interval": "bootstrap-t"}
    >>> frame = pd.DataFrame(counted | bounds)
    >>> answer(frame)  # doctest: +NORMALIZE_WHITESPACE
    'Truce leads with 1.50 matches per 1,000 words (1.10 to 2.00), treaty has 0.50 (0.20 to 0.90); their intervals do not
    overlap.'
    """
    end = caveat(articles) if articles is not None else ""
    end = f" {end[0].upper()}{end[1:]}." if end else ""
    rows = summary[summary["value"].notna()]
    if not len(rows):
        return f"Nothing in this selection has a match: there is nothing to compare.{end}"
    names = [column for column in summary if column not in tables.COLUMNS["summary"]]
    ordered = rows.sort_values("value", ascending=False, kind="stable")
    top, last = ordered.iloc[0], ordered.iloc[-1]
    if not names:
        return f"{top['measure'][0].upper()}{top['measure'][1:]}: {figures(top)}.{end}"
    name = lambda row: " in ".join(str(row[column]) for column in names)  # noqa: E731
    if len(rows) == 1:
        return f"{name(top)}: {figures(top)}, {top['measure']}.{end}"
    if top["value"] == last["value"]:
        return f"All {len(rows)} have the same: {figures(top, top['measure'])}.{end}"
    if top["measure"] == SENTIMENT:
        best = "the most positive" if top["value"] > 0 else "the least negative"
        worst = "the most negative" if last["value"] < 0 else "the least positive"
        text = f"The words around {name(top)} are {best}, {figures(top)}; around {name(last)} {worst}, {figures(last)}"
    else:
        behind = "has" if len(rows) == 2 else "comes last with"
        text = f"{name(top)} leads with {figures(top, top['measure'])}, {name(last)} {behind} {figures(last)}"
    return f"{text[0].upper()}{text[1:]}; {_apart(top, last)}.{end}"


def finding(summary):
    """What leads and what comes last, in a line that can stand as the title of a figure."""
    rows = summary[summary["value"].notna()]
    names = [column for column in summary if column not in tables.COLUMNS["summary"]]
    if not len(rows):
        return "No match: nothing to show"
    ordered = rows.sort_values("value", ascending=False, kind="stable")
    top, last = ordered.iloc[0], ordered.iloc[-1]
    if len(rows) == 1 or top["value"] == last["value"]:
        every = (
            f"{' in '.join(str(top[column]) for column in names)}: " if len(rows) == 1 and names else "All: " if names else ""
        )
        return f"{every}{_shown(top)} {top['measure']}"
    one, two = (" in ".join(str(row[column]) for column in names) for row in (top, last))
    if top["measure"] == SENTIMENT:
        best = "Most positive" if top["value"] > 0 else "Least negative"
        worst = "most negative" if last["value"] < 0 else "least positive"
        return f"{best} around {one} ({_shown(top)}), {worst} around {two} ({_shown(last)})"
    text = f"{one} leads with {_shown(top)}, {two} {'has' if len(rows) == 2 else 'comes last with'} {_shown(last)}"
    return text[0].upper() + text[1:]


def _shown(row):
    return figures({**row, "low": np.nan})


def figures(row, unit=""):
    """A value and its interval, as they stand in a sentence."""
    percent = "share" in row["measure"]
    show = lambda value: _percent(value) if percent else f"{value:+.2f}" if row["measure"] == SENTIMENT else f"{value:.2f}"  # noqa: E731
    between = "" if pd.isna(row["low"]) or pd.isna(row["high"]) else f" ({show(row['low'])} to {show(row['high'])})"
    text = show(row["value"]) + (f" {unit}" if unit and not percent else "") + between
    return text.replace("-", "−").replace("inf", "∞")


def _percent(value):
    return f"{100 * value:.0f} %"


def _apart(top, last):
    if pd.isna([top["low"], last["high"]]).any():
        return "too few articles for an interval on both"
    if top["interval"] == stats.WITHIN_TEXT or last["interval"] == stats.WITHIN_TEXT:
        return "intervals within one text say nothing of others"
    return (
        "their intervals do not overlap" if top["low"] > last["high"] else "their intervals overlap: the order is not certain"
    )


def count(n, noun):
    """
    >>> count(1, "article"), count(1200, "source")
    ('1 article', '1,200 sources')
    """
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def caveat(articles):
    """How far a reader may trust numbers from these articles, in a clause; empty from twenty articles on.

    >>> caveat(pd.DataFrame({"source": ["A", "B", "C"]}))
    '3 articles, one per source: a reading aid, not an estimate'
    """
    n = len(articles)
    if n >= FEW:
        return ""
    one = ", one per source" if n > 1 and articles["source"].is_unique else ""
    return f"{count(n, 'article')}{one}: a reading aid, not an estimate"


def known(articles):
    """A sentence on how the sources and dates of articles are known.

    >>> known(pd.DataFrame({"source_basis": ["stated", "unknown: no"], "published_basis": ["stated", "inferred: Friday"]}))
    'Of the sources 1 is stated, 1 unknown; of the dates 1 is stated, 1 inferred.'
    """

    def told(column):
        basis = articles[column].str.split(":").str[0]
        parts = [f"{n:,} {name}" for name in ("stated", "inferred", "unknown") if (n := int((basis == name).sum()))]
        other = len(basis) - int(basis.isin(["stated", "inferred", "unknown"]).sum())
        parts += [f"{other:,} known otherwise"] if other else []
        return ", ".join(parts).replace(" ", " is " if parts[0].startswith("1 ") else " are ", 1)

    return f"Of the sources {told('source_basis')}; of the dates {told('published_basis')}."


def spread(presence, among):
    """A sentence on how many articles use the first two labels, and the two most widespread of the others.

    ``among`` is how many articles there are, copies of a story included.
    """
    wide = presence.iloc[2:].sort_values("matched", ascending=False, kind="stable")
    rows = pd.concat([presence.head(2), wide.head(2)])
    told = [f"{row.label} is in {row.matched:.0f}" for row in rows.itertuples() if row.matched]
    none = presence.loc[presence["matched"] == 0, "label"].tolist()
    if not told:
        return "None of the terms occurs in them."
    n = int(rows["total"].iloc[0])
    once = " (a story in several sources counts once)" if n < among else ""
    return f"Of {count(n, 'article')}{once}, {', '.join(told)}" + (f"; none has {', '.join(none)}." if none else ".")


def limits(articles, dropped):
    """What these articles cannot tell, a sentence each: computed from how many they are and how they are known."""
    n, sources = len(articles), articles["source"].nunique()
    said = []
    if caveat(articles):
        said.append(f"{caveat(articles)}. The article is the sampling unit: however many words it has, it counts once.")
    alone = int((articles.groupby("source").size() == 1).sum())
    if alone:
        said.append(
            f"Sources with a single article: {alone} of {sources}. What sets such a source apart cannot be told from what "
            "sets its article apart."
        )
    for column, noun in (("source_basis", "source"), ("published_basis", "date")):
        vague = int((~articles[column].str.startswith("stated")).sum())
        if vague:
            said.append(
                f"The {noun} of {vague} of {n} articles is inferred or unknown: read comparisons by {noun} with that in mind."
            )
    languages = sorted(set(articles["language"]) - {"", "en"})
    if languages:
        said.append(
            f"Some articles are not in English ({', '.join(languages)}): scorers, word rules and patterns are made for English."
        )
    if len(dropped):
        said.append(f"{len(dropped):,} documents were left out: the table above says why.")
    return said


def coverage(articles):
    """How often such intervals held the truth in simulation, where the articles are few; else empty."""
    told = stats.simulated_coverage(len(articles)) if len(articles) < FEW else ""
    return f"With so few articles an interval is rough ({told})." if told else ""


def agreement(summary, column):
    """How many pairs of groups keep their order under both choices of a column (a scorer, a scope of patterns).

    >>> frame = pd.DataFrame({"label": ["A", "B", "C"] * 2, "value": [3, 2, 1, 3, 1, 2]})
    >>> frame["scope"] = ["strict"] * 3 + ["wide"] * 3
    >>> agreement(frame, "scope")
    '“strict” and “wide” put 2 of 3 pairs in the same order'
    """
    names = list(dict.fromkeys(summary[column]))
    if len(names) < 2:
        return f"Only {names[0]}: nothing to compare it with" if names else "Nothing to compare"
    values = summary.pivot(index="label", columns=column, values="value")[names[:2]].dropna().to_numpy()
    one, two = (np.sign(np.subtract.outer(values[:, i], values[:, i])) for i in (0, 1))
    pairs = np.triu(np.ones_like(one, dtype=bool), 1)
    n = int(pairs.sum())
    if not n:
        return f"{names[0]} and {names[1]}: fewer than two groups with a value in both"
    same = int((one == two)[pairs].sum())
    return f"“{names[0]}” and “{names[1]}” put {same} of {n} pair{'' if n == 1 else 's'} in the same order"


def survival(ranks, other):
    """Whether the first and the last of `summarize.leave_one_out` stay what they are, in a sentence."""
    rows = ranks[ranks["value"].notna()]
    if len(rows) < 2:
        return "Fewer than two actors have a value: there is no ranking to test."
    top, last = rows.iloc[0], rows.iloc[-1]
    told = []
    for row, end, wanted in ((top, "first", 1), (last, "last", len(rows))):
        if row["articles"] < 2:
            told.append(f"{row['label']} is {end} on the strength of a single article")
        elif row["best_rank"] == row["worst_rank"] == wanted:
            told.append(f"{row['label']} stays {end} whichever article is left out")
        else:
            told.append(
                f"{row['label']} is {end}, but leaving out one article puts it anywhere from rank {row['best_rank']:.0f} "
                f"to {row['worst_rank']:.0f}"
            )
        if f"rank_{other}" in rows:
            told[-1] += f" (rank {row[f'rank_{other}']:.0f} with {other})"
    return "; ".join(told) + "."


def shift(summary, articles):
    """From what share to what share, first to last in time: the title of a timeline."""
    when = articles.drop_duplicates("period").set_index("period")["published_from"]
    rows = summary[summary["value"].notna()].assign(when=lambda rows: rows["period"].map(when)).dropna(subset="when")
    rows = rows.sort_values("when")
    one, two = rows.iloc[0], rows.iloc[-1]
    what = "stays at" if one["value"] == two["value"] else "goes from"
    end = "" if one["value"] == two["value"] else f" to {_shown(two)} ({two['when']:%B %Y})"
    return f"The share {what} {_shown(one)} ({one['when']:%B %Y}){end}"


def difference(pairs, keywords, articles):
    """Which sources are most and least alike, and which word sets one apart most: the answer of a comparison."""
    end = caveat(articles)
    end = f" {end[0].upper()}{end[1:]}." if end else ""
    if not len(pairs):
        return f"There is one source ({articles['source'].iloc[0]}): nothing to compare it with.{end}"
    top, last = pairs.iloc[0], pairs.iloc[-1]
    text = f"{top['source_a']} and {top['source_b']} use the most similar words (cosine {top['cosine_tfidf']:.2f})"
    if len(pairs) > 1:
        text += f", {last['source_a']} and {last['source_b']} the least ({last['cosine_tfidf']:.2f})"
    return f"{text}. {apart(keywords)}.{end}"


def apart(keywords):
    """The word that sets a source apart most, in a line.

    >>> apart(pd.DataFrame({"source": ["Mail"], "word": ["talks"], "z": [2.5], "target": [9], "articles": [1]}))
    'What sets a source apart most is “talks” in Mail (9 times, all in one article)'
    """
    if not len(keywords):
        return "No word sets a source apart"
    row = keywords.loc[keywords["z"].idxmax()]
    alone = ", all in one article" if row["articles"] == 1 else f", in {row['articles']} articles"
    return f"What sets a source apart most is “{row['word']}” in {row['source']} ({row['target']} times{alone})"


def verdict(differences):
    """How many of the tests of `compare.differences` could be made, and how many hold after adjustment, in a sentence."""
    made = differences[differences["p"].notna()]
    if not len(made):
        return "No source has two articles beside two of others: there is nothing to test, and no p-value."
    held = made[made["p_adjusted"] < 0.05]
    told = "; ".join(
        f"{row.label} in {row.source} ({row.rate:.2f} against {row.rate_elsewhere:.2f})" for row in held.head(4).itertuples()
    )
    return f"Below 0.05 after adjustment: {len(held)} of {len(made)} differences{': ' + told if told else ''}."
