"""How far a set of articles carries, in sentences: how few they are, how we know their sources and dates, what is left out."""

import pandas as pd

from broadsheet import say, stats
from broadsheet.tables import UNKNOWN

FEW = 20  # articles, below which a page says how such intervals fared in simulation


def _stories(articles):
    """How many articles count where all are pooled: one of each story."""
    return articles["cluster"].nunique() if "cluster" in articles else len(articles)


def caveat(articles):
    """How far a reader may trust numbers from these articles, in a clause; empty from twenty stories on.

    >>> caveat(pd.DataFrame({"source": ["A", "B", "C"]}))
    '3 articles, one per source: a reading aid, not an estimate'
    >>> caveat(pd.DataFrame({"source": ["A", "A", "C"], "cluster": ["x", "x", "y"]}))
    '3 articles of 2 stories: a reading aid, not an estimate'
    """
    n, stories = len(articles), _stories(articles)
    if stories >= FEW:
        return ""
    one = ", one per source" if n > 1 and articles["source"].is_unique and UNKNOWN not in articles["source"].values else ""
    of = f" of {stories:,} {'story' if stories == 1 else 'stories'}" if stories < n else ""
    return f"{say.count(n, 'article')}{of}{one}: a reading aid, not an estimate"


def warning(articles):
    """`caveat` as a sentence; empty where it is."""
    told = caveat(articles)
    return f"{say.upper(told)}." if told else ""


def coverage(articles):
    """How often such intervals held the truth in simulation, where the articles are few; else empty."""
    told = stats.simulated_coverage(_stories(articles)) if _stories(articles) < FEW else ""
    end = "at the price of being very wide, or of having no limit on one side: an arrow"
    return f"So few articles make a rough interval ({told}, {end})." if told else ""


def known(articles):
    """A sentence on how the sources and dates of articles are known.

    >>> known(pd.DataFrame({"source_basis": ["stated", "unknown: no"], "published_basis": ["stated", "inferred: Friday"]}))
    'The source is stated in 1 of them, unknown in 1; the date is stated in 1, inferred in 1.'
    """

    def told(column):
        basis = articles[column].str.split(":").str[0]
        parts = [f"{name} in {n:,}" for name in ("stated", "inferred", "unknown") if (n := int((basis == name).sum()))]
        other = len(basis) - int(basis.isin(["stated", "inferred", "unknown"]).sum())
        return [*parts, f"known otherwise in {other:,}"] if other else parts

    first, *rest = told("source_basis")
    return f"The source is {', '.join([f'{first} of them', *rest])}; the date is {', '.join(told('published_basis'))}."


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
    n, known = len(articles), articles.loc[articles["source"] != UNKNOWN, "source"].value_counts()
    said = []
    if caveat(articles):
        said.append(f"{caveat(articles)}. The article is the sampling unit: however many words it has, it counts once.")
    alone = int((known == 1).sum())
    if alone:
        said.append(
            f"Sources with a single article: {alone} of {len(known)}. What sets such a source apart cannot be told from what "
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
