"""Intervals and tests over articles, from per-article sums: shared by summarize and compare.

The article is the sampling unit. Every function takes arrays with one row per article and one column per measure (or a
single column), and gives arrays with one entry per measure; all measures of a call share the same resamples.
"""

from typing import NamedTuple

import numpy as np
from scipy import stats as scipy_stats

FEWEST = 4  # articles; below it no interval is given: see lib/benchmarks/README.md
WITHIN_TEXT = "within this text, if words were independent"
ALL_EQUAL = "none: all articles equal"
_CHUNK = 2_000_000  # resampled articles held at once: 16 MB


class Interval(NamedTuple):
    """Arrays with one entry per measure: the value, its bounds, and how they were made (or why there are none)."""

    value: np.ndarray
    low: np.ndarray
    high: np.ndarray
    label: np.ndarray


def ratio_interval(num, den, draws=2000, seed=0, level=0.95, lowest=-np.inf, highest=np.inf):
    """Returns an Interval for Σnum/Σden: one entry per column of num and den, whose rows are articles.

    A rate is matches over words, a share a over a + b, a mean of article means their values over 1. Rows where den is 0
    bring nothing to a measure. The interval is a studentised bootstrap over articles (bootstrap-t: Efron 1981; Davison
    & Hinkley 1997, section 5.2) with the linearised standard error of a ratio. `lowest` and `highest` are what
    the parameter can be (0 and 1 for a share): a bound beyond them, or one that the resamples cannot give, is put there,
    and the label says so. The label says `none: …` where there is no interval, `undefined: 0 of 0` where there is no value.

    >>> made = ratio_interval([3, 0, 2, 5, 1, 4], [900, 400, 600, 800, 500, 1000], lowest=0)
    >>> [round(1000 * float(bound[0]), 1) for bound in made[:3]], str(made.label[0])
    ([3.6, 2.1, 5.4], 'bootstrap-t')
    >>> str(ratio_interval([1, 2], [10, 10]).label[0])
    'none: fewer than 4 articles'
    """
    num, den = _columns(num, den)
    value, error, articles = _ratio(num.sum(0), den.sum(0), *_squares(num, den), _counted(num, den))
    stack = np.hstack([num, den, num * num, num * den, den * den])

    def drawn(sums):
        top, bottom, *squares = np.split(sums, 5, axis=1)
        return _ratio(top, bottom, *squares, articles)[:2]

    values, errors = resampled(len(num), draws, seed, [stack], lambda sums: drawn(sums[0]))
    return studentised(value, error, values, errors, articles, level, lowest, highest)


def log_ratio_interval(a, b, draws=2000, seed=0, level=0.95):
    """Returns an Interval for log2(Σa/Σb), two counts over the same articles: 1 means twice as often.

    A total of 0 becomes 0.5 (Hardie 2014): the label says so, and there is no interval then. Bootstrap-t over articles;
    a bound is −inf or inf where too many resamples lack one of the two.

    >>> made = log_ratio_interval([4, 6, 2, 8, 5, 3], [2, 2, 1, 3, 4, 1])
    >>> round(float(made.value[0]), 3), str(made.label[0])
    (1.107, 'bootstrap-t')
    >>> str(log_ratio_interval([4, 6, 2, 8, 5], [0, 0, 0, 0, 0]).label[0])
    'none: a total of 0 is counted as 0.5'
    """
    a, b = _columns(a, b)
    total_a, total_b = a.sum(0), b.sum(0)
    articles = _counted(a, a + b)

    def logged(total_a, total_b, aa, ab, bb):
        with np.errstate(divide="ignore", invalid="ignore"):
            value = np.log2(total_a) - np.log2(total_b)
            squares = aa / total_a**2 - 2 * ab / (total_a * total_b) + bb / total_b**2
            error = _root(squares, aa / total_a**2 + bb / total_b**2, articles) / np.log(2)
        return value, np.where(np.isinf(value), 0, error)

    value, error = logged(total_a, total_b, *_squares(a, b))
    stack = np.hstack([a, b, a * a, a * b, b * b])
    values, errors = resampled(len(a), draws, seed, [stack], lambda sums: logged(*np.split(sums[0], 5, axis=1)))
    made = studentised(value, error, values, errors, articles, level, -np.inf, np.inf)
    zero = (total_a == 0) != (total_b == 0)
    filled = np.log2(np.where(total_a == 0, 0.5, total_a)) - np.log2(np.where(total_b == 0, 0.5, total_b))
    label = np.where(zero, "none: a total of 0 is counted as 0.5", made.label)
    return Interval(
        np.where(zero, filled, made.value), np.where(zero, np.nan, made.low), np.where(zero, np.nan, made.high), label
    )


def difference_interval(num, den, other_num, other_den, paired=False, draws=2000, seed=0, level=0.95, widest=np.inf):
    """Returns an Interval for Σnum/Σden − Σother_num/Σother_den: one entry per measure.

    The two sides are different articles, resampled independently; or, with `paired`, two measures of the same articles
    in the same order (narrator's words against quoted ones). `widest` is the largest difference that there can be: 1
    for shares, 2 for sentiment.

    >>> made = difference_interval([3, 4, 2, 5, 4], [10] * 5, [6, 9, 7, 8, 9], [10] * 5, widest=1)
    >>> [round(float(bound[0]), 2) for bound in made[:3]]
    [-0.42, -0.6, -0.21]
    """
    num, den = _columns(num, den)
    other_num, other_den = _columns(other_num, other_den)
    counts = _counted(num, den), _counted(other_num, other_den)
    articles = np.minimum(*counts)
    sides = [(num, den), (other_num, other_den)]
    stacks = [np.hstack([top, bottom, *_products(top, bottom)]) for top, bottom in sides]
    cross = np.hstack([num * other_num, num * other_den, den * other_num, den * other_den]) if paired else None

    def drawn(sums, crossed=None):
        (first, first_error), (second, second_error) = (
            _ratio(*np.split(part, 5, axis=-1), count)[:2] for part, count in zip(sums, counts, strict=True)
        )
        squared = first_error**2 + second_error**2
        if crossed is not None:
            nn, nd, dn, dd = np.split(crossed, 4, axis=-1)
            bottoms = [np.split(part, 5, axis=-1)[1] for part in sums]
            with np.errstate(divide="ignore", invalid="ignore"):
                together = (nn - second * nd - first * dn + first * second * dd) / (bottoms[0] * bottoms[1])
            both = squared - 2 * together * _inflation(articles)
            squared = np.where(both > 1e-12 * squared, both, 0)
        return first - second, np.sqrt(squared)

    sums = [stack.sum(0) for stack in stacks]
    if paired:
        value, error = drawn(sums, cross.sum(0))
        block = np.hstack([*stacks, cross])
        width = stacks[0].shape[1]
        values, errors = resampled(
            len(num), draws, seed, [block],
            lambda s: drawn([s[0][:, :width], s[0][:, width : 2 * width]], s[0][:, 2 * width :]),
        )  # fmt: skip
    else:
        value, error = drawn(sums)
        values, errors = resampled([len(num), len(other_num)], draws, seed, stacks, drawn)
    return studentised(value, error, values, errors, articles, level, -widest, widest)


def smooth_interval(sums, valued, draws=2000, seed=0, level=0.95, lowest=-np.inf, highest=np.inf):
    """Returns an Interval for any smooth function of sums over articles, such as macro-F1: one entry.

    ``sums`` is an array (articles, columns). ``valued`` takes arrays (draws, columns) of their totals, and gives the value of
    each draw and its gradient in them, (draws, columns): the delta method makes the standard errors of it.

    >>> sums = np.array([[3, 10], [4, 12], [2, 9], [5, 10], [4, 11]])
    >>> def ratio(total):
    ...     top, bottom = total.T
    ...     return top / bottom, np.stack([1 / bottom, -top / bottom**2], axis=1)
    >>> np.allclose(smooth_interval(sums, ratio)[:3], ratio_interval(*sums.T)[:3])
    True
    """
    sums = np.asarray(sums, dtype=float)
    n, wide = sums.shape
    squares = (sums[:, :, None] * sums[:, None, :]).reshape(n, -1)

    def drawn(stack):
        value, gradient = valued(stack[:, :wide])
        spread = np.einsum("di,dij,dj->d", gradient, stack[:, wide:].reshape(-1, wide, wide), gradient)
        mean = np.einsum("di,di->d", gradient, stack[:, :wide])  # 0 where the value is a ratio of sums
        spread = spread - mean**2 / max(n, 1)
        error = np.sqrt(np.where(spread > 1e-12, spread, 0) * n / max(n - 1, 1))
        return np.asarray(value)[:, None], error[:, None]

    stack = np.hstack([sums, squares])
    value, error = (each[0] for each in drawn(stack.sum(0)[None]))
    values, errors = resampled(n, draws, seed, [stack], lambda sums: drawn(sums[0]))
    return studentised(value, error, values, errors, np.array([n]), level, lowest, highest)


def by_unit(units, *columns):
    """Sums of columns by the unit of each row, a number from 0: a list of arrays (units,), which the intervals take.

    >>> by_unit([0, 1, 0], [1, 2, 3])[0].tolist()
    [4.0, 2.0]
    """
    return [np.bincount(units, np.asarray(column, dtype=float), minlength=1) for column in columns]


# Lowest and highest coverage, in %, of the five measures that `python lib/benchmarks/coverage.py` simulates.
_COVERAGE = {4: (94, 99), 5: (92, 99), 6: (93, 99), 8: (92, 99), 10: (93, 99), 15: (93, 98), 20: (93, 96), 30: (94, 95)}


def simulated_coverage(articles):
    """Returns a text on how often such a 95 % interval held the truth in simulated corpora; empty where none is given.

    Taken from the nearest simulated size that is not larger; pages show it beside intervals of fewer than 20 articles.

    >>> simulated_coverage(5)
    'simulated coverage with 5 articles: 92–99 %'
    >>> simulated_coverage(3)
    ''
    """
    sizes = [size for size in _COVERAGE if size <= articles]
    if not sizes:
        return ""
    low, high = _COVERAGE[max(sizes)]
    return f"simulated coverage with {max(sizes)} articles: {low}–{high} %"


def poisson_interval(count, exposure, per=1000, level=0.95):
    """Returns (low, high) for a rate of `count` in `exposure` words, per `per` words: exact Poisson (Garwood 1936).

    For a single article, and to be labelled with WITHIN_TEXT: it knows nothing of the variance between articles. NaN for no
    words.

    >>> [round(float(bound), 2) for bound in poisson_interval(5, 1000)]
    [1.62, 11.67]
    """
    count, tail, each = np.asarray(count, dtype=float), (1 - level) / 2, per / (exposure or np.nan)
    low = np.where(count > 0, scipy_stats.chi2.ppf(tail, 2 * count) / 2, 0.0)
    return low * each, scipy_stats.chi2.ppf(1 - tail, 2 * count + 2) / 2 * each


def jeffreys_interval(k, n, level=0.95):
    """Returns (low, high) for a share of k in n: Jeffreys (Brown, Cai & DasGupta 2001), 0 and 1 closed; NaN for n = 0.

    For a single article, and to be labelled with WITHIN_TEXT.

    >>> [round(float(bound), 3) for bound in jeffreys_interval(3, 10)]
    [0.093, 0.606]
    """
    k, n, tail = np.asarray(k, dtype=float), np.asarray(n, dtype=float), (1 - level) / 2
    low = np.where(k > 0, scipy_stats.beta.ppf(tail, k + 0.5, n - k + 0.5), 0.0)
    high = np.where(k < n, scipy_stats.beta.ppf(1 - tail, k + 0.5, n - k + 0.5), 1.0)
    return np.where(n > 0, low, np.nan), np.where(n > 0, high, np.nan)


def permutation_test(num, den, mask, draws=2000, seed=0):
    """Returns p-values, one per measure: is Σnum/Σden the same in the articles of `mask` and in the others?

    Of several masks, groups × articles, each gets a row, and all the same permutations. Two-sided, the groups' labels
    permuted over articles; p = (1 + as extreme) / (1 + draws) (Davison & Hinkley 1997, section 4.3), so never 0. NaN
    where a group has fewer than 2 articles that count.

    >>> p = permutation_test([9, 8, 9, 7, 1, 2, 1, 0], [100] * 8, [True] * 4 + [False] * 4)
    >>> bool(0.01 < p[0] < 0.06)
    True
    """
    num, den = _columns(num, den)
    mask = np.asarray(mask, dtype=bool)
    groups = np.atleast_2d(mask)
    both, width = np.hstack([num, den]), num.shape[1]
    total = both.sum(0)

    def gap(sums):
        rest = total - sums
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.abs(sums[..., :width] / sums[..., width:] - rest[..., :width] / rest[..., width:])

    seen = gap(groups @ both)
    rng, extreme = np.random.default_rng(seed), np.zeros(seen.shape)
    for size in _sizes(draws, len(num)):
        order = rng.permuted(np.tile(np.arange(len(num)), (size, 1)), axis=1)
        for group, labels in enumerate(groups):
            drawn = gap(labels[order].astype(float) @ both)
            extreme[group] += (~(drawn < seen[group] * (1 - 1e-9))).sum(0)  # a draw without a value counts as extreme
    counts = groups @ (den != 0).astype(float), ~groups @ (den != 0).astype(float)
    return np.where(np.minimum(*counts) < 2, np.nan, (1 + extreme) / (1 + draws)).reshape(*mask.shape[:-1], width)


def benjamini_hochberg(p):
    """Returns p-values adjusted for the false discovery rate (Benjamini & Hochberg 1995); NaN stays NaN, uncounted.

    >>> benjamini_hochberg([0.01, float("nan"), 0.04, 0.03]).round(3).tolist()
    [0.03, nan, 0.04, 0.04]
    """
    p = np.asarray(p, dtype=float)
    out, there = np.full(p.shape, np.nan), ~np.isnan(p)
    if there.any():
        out[there] = scipy_stats.false_discovery_control(p[there])
    return out


def _columns(num, den):
    """Both as float arrays (articles, measures) of one shape."""
    num, den = (np.asarray(given, dtype=float) for given in (num, den))
    num, den = (given[:, None] if given.ndim == 1 else given for given in (num, den))
    return np.broadcast_arrays(num, den) if num.shape != den.shape else (num, den)


def _counted(num, den):
    """Articles that bring something to each measure."""
    return ((num != 0) | (den != 0)).sum(0)


def _products(num, den):
    return num * num, num * den, den * den


def _squares(num, den):
    return [part.sum(0) for part in _products(num, den)]


def _inflation(articles):
    return np.where(articles > 1, articles / np.maximum(articles - 1, 1), np.nan)


def _root(squares, scale, articles):
    """A standard error from a sum of squares, 0 where only rounding is left of it."""
    return np.sqrt(np.where(squares > 1e-12 * scale, squares, 0) * _inflation(articles))


def _ratio(top, bottom, nn, nd, dd, articles):
    """The ratio, its linearised standard error, and the articles, from sums."""
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(bottom != 0, top / bottom, np.nan)
        squares = nn - 2 * value * nd + value**2 * dd
        return value, _root(squares, nn + value**2 * dd, articles) / np.abs(bottom), articles


def _sizes(draws, articles):
    """The sizes of the chunks that draws are made in."""
    size = max(1, min(draws, _CHUNK // max(articles, 1)))
    return [min(size, draws - done) for done in range(0, draws, size)]


def resampled(articles, draws, seed, stacks, statistic):
    """Returns (values, errors), arrays (draws, measures): the statistic of every draw, for `studentised`.

    ``articles`` is their number, ``stacks`` a list of one array (articles, columns), of which ``statistic`` gets the sums of
    each draw, (draws, columns), in a list; or lists of several, each resampled by itself, all its columns together.
    """
    counts = articles if isinstance(articles, list) else [articles]
    rngs = [np.random.default_rng([seed, number]) for number in range(len(counts))]
    values, errors = [], []
    for size in _sizes(draws, max(counts)):
        sums = [_weights(rng, size, count) @ stack for rng, count, stack in zip(rngs, counts, stacks, strict=True)]
        value, error = statistic(sums)
        values.append(value)
        errors.append(error)
    return np.vstack(values), np.vstack(errors)


def _weights(rng, size, articles):
    """How often each article was drawn: (size, articles), each row multinomial."""
    if articles == 0:
        return np.zeros((size, 0))
    drawn = rng.integers(0, articles, size=(size, articles)) + np.arange(size)[:, None] * articles
    return np.bincount(drawn.ravel(), minlength=size * articles).reshape(size, articles).astype(float)


def studentised(value, error, values, errors, articles, level, lowest, highest):
    """Returns the Interval of bootstrap-t: ``value`` and its standard ``error``, and both in every draw, from `resampled`.

    ``articles`` counts those that bring something to each measure, ``lowest`` and ``highest`` are the ends of its scale.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        gap = values - value
        gap = np.where(np.abs(gap) <= 1e-12 * np.abs(value), 0, gap)
        t = np.where(errors > 0, gap / errors, np.where(gap == 0, 0, np.sign(gap) * np.inf))
        t = np.where(np.isnan(values), np.nan, t)
        early, late = _quantiles(t, (1 - level) / 2)
        low, high = value - late * error, value - early * error
    least = round(2 / (1 - level))  # draws, of which one lies beyond either end
    without = (articles < FEWEST) | ~(error > 0) | np.isnan(early) | (len(values) < least)
    label = np.full(value.shape, "bootstrap-t", dtype=object)
    label[(low < lowest) | (high > highest)] = "bootstrap-t, cut at the end of the scale"
    few = ": too few articles differ"
    label[np.isneginf(low)] = "bootstrap-t; no lower limit" + few
    label[np.isposinf(high)] = "bootstrap-t; no upper limit" + few
    label[np.isneginf(low) & np.isposinf(high)] = "bootstrap-t; no limits" + few
    if len(values) < least:
        label[:] = f"none: fewer than {least} draws"
    label[~(error > 0)] = ALL_EQUAL
    label[articles < FEWEST] = f"none: fewer than {FEWEST} articles"
    label[articles == 1] = "none: one article"
    label[np.isnan(value)] = "undefined: 0 of 0"
    low, high = np.clip(low, lowest, highest), np.clip(high, lowest, highest)
    return Interval(value, np.where(without, np.nan, low), np.where(without, np.nan, high), label)


def without_limit(interval):
    """Whether an interval has no lower limit, and whether no upper one, by its label: the scale may end it there.

    >>> without_limit("bootstrap-t; no lower limit: too few articles differ")
    (True, False)
    """
    return tuple(f"no {side} limit" in interval or "no limits" in interval for side in ("lower", "upper"))


def _quantiles(t, tail):
    """The two quantiles of each column, without NaN: order statistics, never interpolated across an infinite t."""
    ordered = np.sort(t, axis=0)  # NaN last
    there = (~np.isnan(t)).sum(0)
    first = np.floor(tail * (there - 1)).astype(int)
    last = np.ceil((1 - tail) * (there - 1)).astype(int)
    columns = np.arange(t.shape[1])
    empty = there == 0
    return tuple(np.where(empty, np.nan, ordered[np.clip(place, 0, len(t) - 1), columns]) for place in (first, last))
