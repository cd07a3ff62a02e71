"""How far a set of articles carries, in sentences: how few they are, how we know their sources and dates, what is left out."""

import pandas as pd

from broadsheet import say, stats

FEW = 20  # articles, below which a page says how such intervals fared in simulation


def caveat(articles):
    """How far a reader may trust numbers from these articles, in a clause; empty from twenty articles on.

    >>> caveat(pd.DataFrame({"source": ["A", "B", "C"]}))
    '3 articles, one per source: a reading aid, not an estimate'
    """
    n = len(articles)
    if n >= FEW:
        return ""
    one = ", one per source" if n > 1 and articles["source"].is_unique else ""
    return f"{say.count(n, 'article')}{one}: a reading aid, not an estimate"


def warning(articles):
    """`caveat` as a sentence; empty where it is."""
    told = caveat(articles)
    return f"{say.upper(told)}." if told else ""


def coverage(articles):
    """How often such intervals held the truth in simulation, where the articles are few; else empty."""
    told = stats.simulated_coverage(len(articles)) if len(articles) < FEW else ""
    end = "at the price of being very wide, or of having no limit on one side: an arrow"
    return f"So few articles make a rough interval ({told}, {end})." if told else ""


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
    told = [f"{row.label} is in {row.matched:,.0f}" for row in rows.itertuples() if row.matched]
    none = presence.loc[presence["matched"] == 0, "label"].tolist()
    if not told:
        return "None of the terms occurs in them."
    n = int(rows["total"].iloc[0])
    once = " (a story in several sources counts once)" if n < among else ""
    return f"Of {say.count(n, 'article')}{once}, {', '.join(told)}" + (f"; none has {', '.join(none)}." if none else ".")


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
        said.append(f"{say.count(len(dropped), 'document')} left out: 00_corpus says which, and why.")
    return said
