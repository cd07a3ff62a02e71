"""Mentions and scores → summaries: rates, shares, means, each with its interval; dispersion; rankings."""

from functools import partial

import numpy as np
import pandas as pd

from broadsheet import correct, parts, stats, tables
from broadsheet.tables import PRESENCE, RATE, SENTIMENT, BroadsheetError


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
    for group, keys, units, counts in _groups(_tallied(mentions, _theirs(by, articles)), articles, by, patterns):
        words = units["words"].to_numpy(dtype=float)
        if len(units) == 1:
            low, high = stats.poisson_interval(counts[0], words[0])
            value = 1000 * counts[0] / (words[0] or np.nan)
            label = stats.WITHIN_TEXT if words[0] else "undefined: 0 of 0"
            made = stats.Interval(value, low, high, [label] * len(keys))
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
    for group, keys, units, counts in _groups(_tallied(mentions, _theirs(by, articles)), articles, by, patterns):
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
    >>> labels = ["truce", "truce", "truce", "treaty"]
    >>> found = pd.DataFrame({"article_id": ["a"] * 4, "label": labels, "pattern": labels})
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

    ``matched`` and ``total`` are the two counts, ``articles`` those with either. A count of 0 is
    taken as 0.5 (Hardie 2014), and marked in ``interval``.
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
        counted = (both > 0).sum(0)
        rows += _rows(group, keys, f"log2 ratio of {pair[0]} to {pair[1]}", counted, a.sum(0), b.sum(0), made)
    return _summary(rows, by, mentions, patterns)


def _zero_mark(a, b):
    if a == b == 0:
        return "undefined: 0 of 0"
    return "none: a total of 0 is counted as 0.5" if not (a and b) else ""


def sentiment(scores, articles, by=("label",), gold=None, *, patterns=None, draws=2000, seed=0):
    """Returns summary: the mean sentiment toward each actor (−1…1), one row per group, in two steps.

    First the mean over an article's mentions, then the mean over articles, so that one long article does not decide.
    ``articles`` counts the articles with a mention, ``matched`` the mentions, ``total`` all articles of the group. The
    interval is a bootstrap-t over articles; one article has none.

    With ``gold`` (from `find.gold`) that holds codes, the groups with hand-coded mentions have the value and interval that
    `correct.corrected` makes of them, and each row the columns ``plain``, ``plain_low``, ``plain_high``, ``plain_interval``
    (the scores alone), ``coded`` (hand-coded mentions) and ``estimate`` (what the value is). Raises BroadsheetError as
    `correct.parts` does.

    >>> articles = pd.DataFrame({"article_id": ["a", "b"], "cluster": ["a", "b"]})
    >>> one = {"article_id": ["a", "a", "b"], "label": ["Marsh"] * 3, "sentiment": [0.5, 0.1, -0.5]}
    >>> round(float(sentiment(pd.DataFrame(one), articles).value[0]), 2)
    -0.1
    """
    found = scores if gold is None else parts.then(partial(correct.parts, gold=gold), scores)
    found = _tallied(found, _theirs(by, articles), ("sentiment", *correct.PARTS))
    sums = [name for name in correct.PARTS if name in found]
    rows = []
    for group, keys, units, counts, total, *extra in _groups(found, articles, by, patterns, sums=("sentiment", *sums)):
        there = counts > 0
        means = np.divide(total, counts, out=np.zeros_like(total), where=there)
        made = stats.ratio_interval(means, there.astype(float), draws, seed, lowest=-1, highest=1)
        made = made._replace(label=np.where(there.sum(0) == 1, "none: one article", made.label))
        beside = {}
        if sums:
            made, beside = correct.corrected(made, means, counts, dict(zip(sums, extra, strict=True)), draws, seed)
        rows += _rows(group, keys, SENTIMENT, there.sum(0), counts.sum(0), len(units), made, beside)
    return _summary(rows, by, scores, patterns, tables.ESTIMATE if sums else ())


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


def leave_one_out(scores, articles, patterns=None):
    """Returns one row per actor: value, rank (1 is the most positive), and the range of both when each article is left out.

    Columns: label, articles, value, lowest, highest, rank, best_rank, worst_rank. Actors that a single article mentions
    have no value without it, and stand without a range.
    """
    whole = sentiment(scores, articles, patterns=patterns, draws=2).set_index("label")["value"]
    sums = _tallied(scores, ["label"], ("sentiment",)).set_index(["article_id", "label"])
    means = (sums["sentiment"] / sums["times"]).unstack("label").reindex(columns=whole.index)
    means = means.reindex(_units(articles, ["label"])["article_id"])
    count, total = means.notna().sum(), means.sum()
    without = (total - means.fillna(0)).div((count - means.notna()).where(lambda left: left > 0))
    ranks = without.fillna(whole).rank(axis=1, ascending=False, method="min")  # as many actors as in the whole ranking
    return pd.DataFrame(
        {
            "label": whole.index,
            "articles": count.to_numpy(),
            "value": whole.to_numpy(),
            "lowest": without.min().where(count > 1).to_numpy(),
            "highest": without.max().where(count > 1).to_numpy(),
            "rank": whole.rank(ascending=False, method="min").to_numpy(),
            "best_rank": ranks.min().where(count > 1).to_numpy(),
            "worst_rank": ranks.max().where(count > 1).to_numpy(),
        }
    ).sort_values("rank", ignore_index=True)


def change(mentions, articles, pair, draws=2000, seed=0):
    """Returns one row: the share of the first label in both, in the earlier and in the later half of the dated articles.

    The halves part between two days, the nearest to the middle: articles of one day are all in one of them. An article that
    may have been published on either side is in neither.
    Columns: earlier, later, difference, low, high (bootstrap-t over articles), p (permutation over articles), interval,
    earlier_articles, later_articles. Too few articles with a match give NaN, and ``interval`` says why.
    """
    dated = _units(articles[articles["published_from"].notna()], [])
    first, last = (dated[column].dt.normalize() for column in ("published_from", "published_to"))
    days = (first + (last - first) / 2).dt.normalize()
    order = np.argsort(days.to_numpy(), kind="stable")
    dated, first, last, days = (each.iloc[order] for each in (dated, first, last, days))
    cuts = np.flatnonzero(days.to_numpy()[1:] != days.to_numpy()[:-1]) + 1
    late = np.arange(len(dated)) >= min(cuts, key=lambda cut: abs(2 * cut - len(dated)), default=len(dated))
    begins = days[late].min()  # the later half
    sure = ((first >= begins) if late.any() else True) | (last < begins) | ~late.any()
    dated, late = dated[sure], late[sure]
    keys = pd.MultiIndex.from_product([list(pair)], names=["label"])
    counts = _pivot(_tallied(mentions, ["label"]), dated, ["label"], keys)
    both = counts.sum(1)
    sides = [(counts[mask, 0], both[mask]) for mask in (~late, late)]
    made = stats.difference_interval(*sides[1], *sides[0], draws=draws, seed=seed, widest=1)
    shares = [num.sum() / den.sum() if den.sum() else np.nan for num, den in sides]
    return pd.DataFrame(
        {
            "earlier": [shares[0]],
            "later": [shares[1]],
            "difference": made.value,
            "low": made.low,
            "high": made.high,
            "p": stats.permutation_test(counts[:, 0], both, late, draws, seed),
            "interval": made.label,
            "earlier_articles": [int((sides[0][1] > 0).sum())],
            "later_articles": [int((sides[1][1] > 0).sum())],
        }
    )


def _units(articles, by):
    """The articles that count: in pooled figures one per cluster of the same story."""
    each = {"source", "article_id", "name"} & set(by) or ("period" in by and articles["period"].is_unique)
    return articles if each or "cluster" not in articles else articles.drop_duplicates("cluster")


def _groups(found, articles, by, patterns, fixed=None, sums=()):
    """Yields (values of the article columns, keys of the mention columns, the articles, counts (articles, keys)).

    Then the sums (articles, keys) of each column of ``found`` in ``sums``. ``found`` is what `_tallied` gives of mentions.
    """
    by, theirs = [by] if isinstance(by, str) else list(by), _theirs(by, articles)
    units = _units(articles, by).reset_index(drop=True)
    ours = [column for column in by if column in units]
    levels = [fixed[1] if fixed and column == fixed[0] else _levels(found, column, patterns) for column in theirs]
    keys = pd.MultiIndex.from_product(levels, names=theirs) if theirs else pd.Index([0])
    groups = units.groupby(ours, sort=False, dropna=False) if ours else [((), units)]
    whole = [_pivot(found, units, theirs, keys, found[name] if name else None) for name in (None, *sums)]
    for values, part in groups:
        group = dict(zip(ours, values if isinstance(values, tuple) else (values,), strict=True))
        at = units.index.get_indexer(part.index)
        yield group, keys, part, *(matrix[at] for matrix in whole)


def _theirs(by, articles):
    """The columns to group by that are of mentions, and not of articles."""
    return [column for column in ([by] if isinstance(by, str) else by) if column not in articles]


def _tallied(found, columns, sums=()):
    """What a summary takes of mentions: a row per article and values of columns, with ``times`` and the sums of other columns.

    Of a table in parts this is all that leaves the place where they are.
    """
    return pd.concat(parts.each(partial(_tally, columns, sums), found), ignore_index=True)


def _tally(columns, sums, found):
    for column in columns:
        if column not in found:
            raise BroadsheetError(f"cannot group by {column}: mentions have {', '.join(found)}")
    places, kept = found.groupby(["article_id", *columns], sort=False, dropna=False).ngroup().to_numpy(), {}
    first = np.unique(places, return_index=True)[1]
    for name in ("times", *(name for name in sums if name in found)):
        kept[name] = np.zeros(len(first))
        np.add.at(kept[name], places, found[name].to_numpy(dtype=float) if name in found else 1.0)
    return found[["article_id", *columns]].iloc[first].assign(**kept)


def _levels(found, column, patterns):
    if column == "label" and patterns is not None:
        return list(dict.fromkeys(patterns["label"]))
    return sorted(found[column].unique())


def _pivot(found, units, theirs, keys, values=None):
    """``times``, or sums of other values: one row per article, one column per key; 0 where there is none."""
    out = np.zeros((len(units), len(keys)))
    row = pd.Index(units["article_id"]).get_indexer(found["article_id"])
    column = np.zeros(len(found), dtype=int)
    if theirs:
        column = keys.get_indexer(pd.MultiIndex.from_frame(found[theirs]))
    there = (row >= 0) & (column >= 0)
    np.add.at(out, (row[there], column[there]), (found["times"] if values is None else values).to_numpy(dtype=float)[there])
    return out


def _pairs(found, articles, pair, by, patterns, of="label"):
    if len(pair) != 2 or pair[0] == pair[1]:
        raise BroadsheetError(f"a share needs two different labels, not {', '.join(map(str, pair)) or 'none'}")
    by = [of, *([by] if isinstance(by, str) else by)]
    two = _tallied(found, _theirs(by, articles))
    two = two[two[of].isin(pair)]
    for group, keys, units, counts in _groups(two, articles, by, patterns, fixed=(of, list(pair))):
        rest = len(keys) // 2
        a, b = counts[:, :rest], counts[:, rest:]
        shorter = keys[:rest].droplevel(of) if keys.nlevels > 1 else pd.Index([0])
        yield group, shorter, a, a + b, units


def _rows(group, keys, measure, articles, matched, total, made, beside=None):
    names = [name for name in keys.names if name is not None]
    articles, matched, total = (np.broadcast_to(each, len(keys)) for each in (articles, matched, total))
    for i, key in enumerate(keys):
        yield {
            **dict(zip(names, key if isinstance(key, tuple) else (key,), strict=bool(names))),
            **group,
            "measure": measure, "articles": articles[i], "matched": matched[i], "total": total[i],
            "value": made.value[i], "low": made.low[i], "high": made.high[i], "interval": str(made.label[i]),
            **{name: column[i] for name, column in (beside or {}).items()},
        }  # fmt: skip


def _summary(rows, by, found, patterns, beside=()):
    by = [by] if isinstance(by, str) else list(by)
    frame = pd.DataFrame(list(rows), columns=[*by, *(c for c in tables.COLUMNS["summary"] if c != "query"), *beside])
    if patterns is None:
        patterns = pd.concat(parts.each(_asked, found)).drop_duplicates()
    queries = patterns.groupby("label", sort=False)["pattern"].agg(" | ".join).to_dict()
    whole = " ; ".join(f"{label}: {query}" for label, query in queries.items())
    frame["query"] = [queries.get(label, "") for label in frame["label"]] if "label" in frame else whole
    frame = tables.make("summary", frame)
    return frame[[*by, *(column for column in frame if column not in by)]]


def _asked(found):
    """The patterns of mentions that have them."""
    return found.reindex(columns=["label", "pattern"]).drop_duplicates().dropna()
