"""Mentions and scores → summaries: rates, shares, means, each with its interval; dispersion; the computed answer."""

import numpy as np
import pandas as pd

from broadsheet import stats, tables
from broadsheet.tables import BroadsheetError

RATE = "matches per 1,000 words"
PRESENCE = "share of articles with a match"
SENTIMENT = "mean sentiment toward the actor"
FEW = 20  # articles, below which a page says how such intervals fared in simulation


def rate(mentions, articles, by=("label",), patterns=None, draws=2000, seed=0):
    """Returns summary: matches per 1,000 words, one row per group; each group divides by the words of its own articles.

    ``by`` names columns of mentions (label, voice, scope, part, polarity) or of articles (source, article_id, …).
    ``patterns`` (a study's rows) keeps labels without a match at 0, and gives the query. Without source or article_id in
    ``by`` one article per cluster counts. ``matched`` is the matches, ``total`` the words; the interval is a bootstrap-t
    over articles, for one article an exact Poisson interval (Garwood 1936), labelled.

    >>> articles = pd.DataFrame({"article_id": ["a", "b"], "words": [500, 1500], "cluster": ["a", "b"], "source": ["X", "Y"]})
    >>> found = pd.DataFrame({"article_id": ["a", "a", "b"], "label": ["truce"] * 3, "pattern": ["truce"] * 3})
    >>> rate(found, articles, by=("label", "source"))[["source", "matched", "total", "value"]].values.tolist()
    [['X', 2.0, 500.0, 4.0], ['Y', 1.0, 1500.0, 0.6666666666666666]]
    """
    rows = []
    for group, keys, counts, units in _groups(mentions, articles, by, patterns):
        words = units["words"].to_numpy(dtype=float)
        if len(units) == 1:
            low, high = stats.poisson_interval(counts[0], words[0])
            made = stats.Interval(1000 * counts[0] / words[0], low, high, [stats.WITHIN_TEXT] * len(keys))
        else:
            bounds = stats.ratio_interval(counts, np.tile(words[:, None], len(keys)), draws, seed, lowest=0)
            made = stats.Interval(*(1000 * bound for bound in bounds[:3]), bounds.label)
        rows += _rows(group, keys, RATE, len(units), counts.sum(0), words.sum(), made)
    return _summary(rows, by, mentions, patterns)


def presence(mentions, articles, by=("label",), patterns=None):
    """Returns summary: the share of articles with at least one match, with a Jeffreys interval over articles.

    ``matched`` is the articles with a match, ``total`` all articles of the group. One article has no interval.
    """
    rows = []
    for group, keys, counts, units in _groups(mentions, articles, by, patterns):
        hits, n = (counts > 0).sum(0), len(units)
        low, high = stats.jeffreys_interval(hits, n) if n > 1 else (np.full(len(keys), np.nan),) * 2
        label = "Jeffreys over articles" if n > 1 else "none: one article"
        rows += _rows(group, keys, PRESENCE, n, hits, n, stats.Interval(hits / n, low, high, [label] * len(keys)))
    return _summary(rows, by, mentions, patterns)


def share(mentions, articles, pair, by=(), patterns=None, draws=2000, seed=0, of="label"):
    """Returns summary: the share a/(a + b) of the first of two labels in the matches of both, one row per group.

    ``of`` names another column to take the two from: pair ("quoted", "narrator") of "voice" is the share in quotation marks.

    ``matched`` is a, ``total`` a + b. The interval is a bootstrap-t over the articles that have either; for one article a
    Jeffreys interval, labelled. 0 of 0 is undefined, and says so.

    >>> articles = pd.DataFrame({"article_id": ["a"], "words": [500], "cluster": ["a"]})
    >>> found = pd.DataFrame({"article_id": ["a"] * 4, "label": ["truce"] * 3 + ["treaty"], "pattern": ["truce"] * 3 + ["treaty"]})
    >>> share(found, articles, ("truce", "treaty"))[["matched", "total", "value"]].values.tolist()
    [[3.0, 4.0, 0.75]]
    """
    rows = []
    for group, keys, a, both, units in _pairs(mentions, articles, pair, by, patterns, of):
        k, n = a.sum(0), both.sum(0)
        if len(units) == 1:
            low, high = stats.jeffreys_interval(k, n)
            with np.errstate(invalid="ignore"):
                value = k / np.where(n, n, np.nan)
            label = [stats.WITHIN_TEXT if total else "undefined: 0 of 0" for total in n]
            made = stats.Interval(value, low, high, label)
        else:
            made = stats.ratio_interval(a, both, draws, seed, lowest=0, highest=1)
        counted = (both > 0).sum(0)
        rows += _rows(group, keys, f"share of {pair[0]} in {pair[0]} and {pair[1]}", counted, k, n, made)
    return _summary(rows, by, mentions, patterns)


def log_ratio(mentions, articles, pair, by=(), patterns=None, draws=2000, seed=0):
    """Returns summary: log2 of the rate of the first label over that of the second; 1 is twice as often, 0 equally often.

    ``matched`` and ``total`` are the two counts. A count of 0 is taken as 0.5 (Hardie 2014), and marked in ``interval``.
    """
    rows = []
    for group, keys, a, both, units in _pairs(mentions, articles, pair, by, patterns):
        b = both - a
        if len(units) == 1:
            value = np.log2(np.where(a[0] > 0, a[0], 0.5) / np.where(b[0] > 0, b[0], 0.5))
            value = np.where(both[0] > 0, value, np.nan)
            label = [_zero_mark(*each) or "none: one article" for each in zip(a[0], b[0], strict=True)]
            made = stats.Interval(value, value * np.nan, value * np.nan, label)
        else:
            made = stats.log_ratio_interval(a, b, draws, seed)
        rows += _rows(group, keys, f"log2 ratio of {pair[0]} to {pair[1]}", len(units), a.sum(0), b.sum(0), made)
    return _summary(rows, by, mentions, patterns)


def _zero_mark(a, b):
    if a == b == 0:
        return "undefined: 0 of 0"
    return "none: a total of 0 is counted as 0.5" if not (a and b) else ""


def sentiment(scores, articles, by=("label",), *, patterns=None, draws=2000, seed=0):
    """Returns summary: the mean sentiment toward each actor (−1…1), one row per group, in two steps.

    First the mean over an article's mentions, then the mean over articles, so that one long article does not decide.
    ``articles`` counts the articles with a mention, ``matched`` the mentions, ``total`` all articles of the group. The
    interval is a bootstrap-t over articles; one article has none.

    >>> articles = pd.DataFrame({"article_id": ["a", "b"], "cluster": ["a", "b"]})
    >>> one = {"article_id": ["a", "a", "b"], "label": ["Marsh"] * 3, "sentiment": [0.5, 0.1, -0.5]}
    >>> round(float(sentiment(pd.DataFrame(one), articles).value[0]), 2)
    -0.1
    """
    rows = []
    for group, keys, counts, units in _groups(scores, articles, by, patterns):
        sums = _pivot(scores, units, [each for each in by if each not in units], keys, scores["sentiment"])
        there = counts > 0
        means = np.divide(sums, counts, out=np.zeros_like(sums), where=there)
        made = stats.ratio_interval(means, there.astype(float), draws, seed, lowest=-1, highest=1)
        label = np.where(there.sum(0) == 1, "none: one article", made.label)
        made = stats.Interval(made.value, made.low, made.high, label)
        rows += _rows(group, keys, SENTIMENT, there.sum(0), counts.sum(0), len(units), made)
    return _summary(rows, by, scores, patterns)


def dispersion(counts, sizes):
    """Returns Series[dp, dp_norm, juilland_d, rosengren_s, kld]: how evenly a word is spread over the parts of a corpus.

    ``counts`` of the word and ``sizes`` in words, one each per part. With shares v of the word and s of the corpus: DP =
    ½Σ|v − s| (Gries 2008), 0 is even; DPnorm = DP/(1 − min s) (Lijffijt & Gries 2012); Juilland's D = 1 − (sd/mean)/√(n − 1)
    of the rates, population sd, 1 is even; Rosengren's S = (Σ√(vs))², 1 is even; KL divergence Σ v log2(v/s), 0 is even.
    A word without a match, or fewer than two parts, has none: NaN. Raises BroadsheetError for parts without a word.

    >>> dispersion([1, 1, 2], [100, 100, 200]).round(3).tolist()
    [0.0, 0.0, 1.0, 1.0, 0.0]
    """
    counts, sizes = np.asarray(counts, dtype=float), np.asarray(sizes, dtype=float)
    names = ["dp", "dp_norm", "juilland_d", "rosengren_s", "kld"]
    if counts.shape != sizes.shape or (sizes <= 0).any():
        raise BroadsheetError("dispersion needs a count and a size above 0 for each part")
    if counts.sum() == 0 or len(counts) < 2:
        return pd.Series(np.nan, index=names)
    v, s, rates = counts / counts.sum(), sizes / sizes.sum(), counts / sizes
    dp = np.abs(v - s).sum() / 2
    used = v > 0
    values = [
        dp,
        dp / (1 - s.min()),
        1 - rates.std() / rates.mean() / np.sqrt(len(v) - 1),
        np.sqrt(v * s).sum() ** 2,
        (v[used] * np.log2(v[used] / s[used])).sum(),
    ]
    return pd.Series(values, index=names)


def _units(articles, by):
    return articles if {"source", "article_id"} & set(by) or "cluster" not in articles else articles.drop_duplicates("cluster")


def _groups(found, articles, by, patterns, fixed=None):
    """Yields (values of the article columns, keys of the mention columns, counts (articles, keys), the articles)."""
    by = [by] if isinstance(by, str) else list(by)
    units = _units(articles, by)
    ours = [column for column in by if column in units]
    theirs = [column for column in by if column not in units]
    for column in theirs:
        if column not in found:
            raise BroadsheetError(f"cannot group by {column}: there are {', '.join([*found, *articles])}")
    levels = [fixed[1] if fixed and column == fixed[0] else _levels(found, column, patterns) for column in theirs]
    keys = pd.MultiIndex.from_product(levels, names=theirs) if theirs else pd.Index([0])
    parts = units.groupby(ours, sort=False, dropna=False) if ours else [((), units)]
    for values, part in parts:
        group = dict(zip(ours, values if isinstance(values, tuple) else (values,), strict=True))
        yield group, keys, _pivot(found, part, theirs, keys), part


def _levels(found, column, patterns):
    if column == "label" and patterns is not None:
        return list(dict.fromkeys(patterns["label"]))
    return sorted(found[column].unique())


def _pivot(found, units, theirs, keys, values=None):
    """Counts, or sums of values: one row per article, one column per key; 0 where there is none."""
    out = np.zeros((len(units), len(keys)))
    row = pd.Index(units["article_id"]).get_indexer(found["article_id"])
    if theirs:
        column = keys.get_indexer(pd.MultiIndex.from_frame(found[theirs]))
    else:
        column = np.zeros(len(found), dtype=int)
    there = (row >= 0) & (column >= 0)
    np.add.at(out, (row[there], column[there]), 1.0 if values is None else values.to_numpy(dtype=float)[there])
    return out


def _pairs(found, articles, pair, by, patterns, of="label"):
    if len(pair) != 2 or pair[0] == pair[1]:
        raise BroadsheetError(f"a share needs two different labels, not {', '.join(map(str, pair)) or 'none'}")
    by = [by] if isinstance(by, str) else list(by)
    two = found[found[of].isin(pair)]
    for group, keys, counts, units in _groups(two, articles, [of, *by], patterns, fixed=(of, list(pair))):
        rest = len(keys) // 2
        a, b = counts[:, :rest], counts[:, rest:]
        shorter = keys[:rest].droplevel(of) if keys.nlevels > 1 else pd.Index([0])
        yield group, shorter, a, a + b, units


def _rows(group, keys, measure, articles, matched, total, made):
    names = [name for name in keys.names if name is not None]
    articles, matched, total = (np.broadcast_to(each, len(keys)) for each in (articles, matched, total))
    for i, key in enumerate(keys):
        yield {
            **dict(zip(names, key if isinstance(key, tuple) else (key,), strict=bool(names))),
            **group,
            "measure": measure, "articles": articles[i], "matched": matched[i], "total": total[i],
            "value": made.value[i], "low": made.low[i], "high": made.high[i], "interval": str(made.label[i]),
        }  # fmt: skip


def _summary(rows, by, found, patterns):
    by = [by] if isinstance(by, str) else list(by)
    frame = pd.DataFrame(list(rows), columns=[*by, *(c for c in tables.COLUMNS["summary"] if c != "query")])
    if patterns is None:
        patterns = found[["label", "pattern"]].drop_duplicates() if "pattern" in found else None
    queries = {} if patterns is None else patterns.groupby("label", sort=False)["pattern"].agg(" | ".join).to_dict()
    whole = " ; ".join(f"{label}: {query}" for label, query in queries.items())
    frame["query"] = [queries.get(label, "") for label in frame["label"]] if "label" in frame else whole
    frame = tables.make("summary", frame)
    return frame[[*by, *(column for column in frame if column not in by)]]


def caveat(articles):
    """How far a reader may trust numbers from these articles, in a clause; empty from twenty articles on.

    >>> caveat(pd.DataFrame({"source": ["A", "B", "C"]}))
    '3 articles, one per source: a reading aid, not an estimate'
    """
    n = len(articles)
    if n >= FEW:
        return ""
    one = ", one per source" if n > 1 and articles["source"].is_unique else ""
    return f"{n} article{'' if n == 1 else 's'}{one}: a reading aid, not an estimate"


def answer(summary, articles=None):
    """The sentence that a summary answers with: what leads, what comes last, whether their intervals part, and a caveat.

    >>> frame = pd.DataFrame({"label": ["truce", "treaty"], "measure": RATE, "articles": 4, "matched": [6, 2], "total": 4000,
    ...     "value": [1.5, 0.5], "low": [1.1, 0.2], "high": [2.0, 0.9], "interval": "bootstrap-t"})
    >>> answer(frame)
    'truce leads with 1.50 matches per 1,000 words (1.10 to 2.00), treaty comes last with 0.50 (0.20 to 0.90); their intervals do not overlap.'
    """
    end = caveat(articles) if articles is not None else ""
    end = f" {end[0].upper()}{end[1:]}." if end else ""
    rows = summary[summary["value"].notna()]
    if not len(rows):
        return f"No match in {len(articles) if articles is not None else 'these'} articles: nothing to compare." + end
    names = [column for column in summary if column not in tables.COLUMNS["summary"]]
    ordered = rows.sort_values("value", ascending=False, kind="stable")
    top, last = ordered.iloc[0], ordered.iloc[-1]
    if not names:
        return f"{top['measure'][0].upper()}{top['measure'][1:]}: {figures(top)}.{end}"
    name = lambda row: " in ".join(str(row[column]) for column in names)  # noqa: E731
    if len(rows) == 1:
        return f"{name(top)}: {figures(top)}, {top['measure']}.{end}"
    if top["value"] == last["value"]:
        return f"All {len(rows)} groups have {figures(top)} {top['measure']}.{end}"
    if top["measure"] == SENTIMENT:
        text = f"The words around {name(top)} are the most positive ({figures(top)}), around {name(last)} the most negative ({figures(last)})"
    else:
        text = f"{name(top)} leads with {figures(top, top['measure'])}, {name(last)} comes last with {figures(last)}"
    return f"{text}; {_apart(top, last)}.{end}"


def finding(summary):
    """What leads and what comes last, in a line that can stand as the title of a figure."""
    rows = summary[summary["value"].notna()]
    names = [column for column in summary if column not in tables.COLUMNS["summary"]]
    if not len(rows):
        return "No match: nothing to show"
    ordered = rows.sort_values("value", ascending=False, kind="stable")
    top, last = ordered.iloc[0], ordered.iloc[-1]
    if len(rows) == 1 or top["value"] == last["value"]:
        every = f"{' in '.join(str(top[column]) for column in names)}: " if len(rows) == 1 and names else "All: " if names else ""
        return f"{every}{_shown(top)} {top['measure']}"
    one, two = (" in ".join(str(row[column]) for column in names) for row in (top, last))
    if top["measure"] == SENTIMENT:
        return f"Most positive around {one} ({_shown(top)}), most negative around {two} ({_shown(last)})"
    return f"{one} leads with {_shown(top)}, {two} comes last with {_shown(last)}"


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
        return "with too few articles for an interval on both"
    if top["interval"] == stats.WITHIN_TEXT or last["interval"] == stats.WITHIN_TEXT:
        return "intervals within one text say nothing of others"
    return "their intervals do not overlap" if top["low"] > last["high"] else "their intervals overlap: the order is not certain"
