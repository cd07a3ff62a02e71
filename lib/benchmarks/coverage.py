"""How often a nominal 95 % interval holds the truth: made-up corpora, the plain percentile against stats.py as built.

python lib/benchmarks/coverage.py               the table, also into README.md (3,000 corpora a cell, 2,000 draws; minutes)
python lib/benchmarks/coverage.py --corrected   the second table: means corrected by hand-coded labels (90 seconds)

Corpora are made to be as uneven as news: lengths lognormal (median 600 words), counts Poisson around a rate that
differs by article (gamma), a share that differs by article (beta), sentiments of mentions that lean one way and share
their article's tone. The truth is computed on 400,000 articles. All corpora of a cell share their resamples.
"""

import sys

import numpy as np
import pandas as pd
import readme

from broadsheet import correct, stats

SIZES = (2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 50)
CORPORA, DRAWS = 3000, 2000


def lengths(rng, shape):
    return np.round(np.exp(rng.normal(np.log(600), 0.6, shape)) + 50)


def rate(rng, shape, mean=5.0, gamma=1.5):
    words = lengths(rng, shape)
    return rng.poisson(rng.gamma(gamma, mean / gamma, shape) * words / 1000), words


def common_rate(rng, shape):
    """A term with 5 matches per 1,000 words, in most articles."""
    return rate(rng, shape)


def rare_rate(rng, shape):
    """A term with 1 match per 1,000 words, in about a third of the articles."""
    return rate(rng, shape, mean=1.0, gamma=0.5)


def share(rng, shape):
    """One term's share of two, 0.7, uneven between articles."""
    _, words = rate(rng, shape)
    both = rng.poisson(rng.gamma(2, 4, shape) * words / 1000)
    return rng.binomial(both, rng.beta(2.1, 0.9, shape)), both


def sentiment(rng, shape):
    """The mean of article means of −1…1, leaning to the negative, 1 to 9 mentions an article."""
    mentions = 1 + rng.poisson(2, shape)
    tone = rng.normal(-0.25, 0.3, shape)
    total = np.zeros(shape)
    for number in range(int(mentions.max())):
        score = np.tanh(tone + rng.normal(0, 0.6, shape)) * (rng.random(shape) < 0.6)  # many mentions are neutral
        total += np.where(number < mentions, score, 0)
    return total / mentions, np.ones(shape)


def two_terms(rng, shape):
    """Counts of two terms over the same articles, for their log ratio."""
    words = lengths(rng, shape)
    return [rng.poisson(rng.gamma(1.5, mean / 1.5, shape) * words / 1000) for mean in (5.0, 2.0)]


# name → (what makes the corpora, the range of the parameter)
MEASURES = {
    "common rate": (common_rate, (0, np.inf)),
    "rare rate": (rare_rate, (0, np.inf)),
    "share": (share, (0, 1)),
    "mean sentiment": (sentiment, (-1, 1)),
    "log ratio": (two_terms, (-np.inf, np.inf)),
}


def cell(name, size, seed=1):
    """One measure at one size: coverage of both intervals, % without a limit on a side, % without any, median width."""
    made, (lowest, highest) = MEASURES[name]
    rng = np.random.default_rng([seed, size])
    top, bottom = (part.astype(float) for part in made(np.random.default_rng(99), 400_000))
    truth = top.sum() / bottom.sum()
    a, b = (part.astype(float) for part in made(rng, (size, CORPORA)))
    if name == "log ratio":
        truth = np.log2(truth)
        built = stats.log_ratio_interval(a, b, draws=DRAWS)
    else:
        built = stats.ratio_interval(a, b, draws=DRAWS, lowest=lowest, highest=highest)
    plain_low, plain_high = percentile(a, b, name == "log ratio")
    given = ~np.isnan(built.low)
    open_ended = np.array(["limit" in label for label in built.label])
    held = (built.low <= truth) & (truth <= built.high)
    plain = (plain_low <= truth) & (truth <= plain_high)
    there = ~np.isnan(built.value)
    return {
        "measure": name,
        "articles": size,
        "percentile": 100 * plain[there].mean(),
        "built": 100 * held[given].mean() if given.any() else np.nan,
        "above": 100 * (built.low > truth)[given].mean() if given.any() else np.nan,
        "open": 100 * open_ended[there].mean(),
        "none": 100 * (~given)[there].mean(),
        "wider": np.nanmedian((built.high - built.low)[given & ~open_ended] / (plain_high - plain_low)[given & ~open_ended])
        if (given & ~open_ended).any()
        else np.nan,
    }


def percentile(a, b, logged):
    """The plain percentile interval of Σa/Σb, or of its log2."""
    rng = np.random.default_rng(7)
    draws = []
    for _ in range(DRAWS // 100):
        weights = rng.multinomial(len(a), np.full(len(a), 1 / len(a)), size=100)
        with np.errstate(divide="ignore", invalid="ignore"):
            drawn = (weights @ a) / (weights @ b)
            draws.append(np.log2(drawn) if logged else drawn)
    with np.errstate(invalid="ignore"):
        return np.nanquantile(np.vstack(draws), [0.025, 0.975], axis=0, method="nearest")


def table():
    lines = [
        "| measure | articles | percentile holds the truth | as built | truth below it | a side without limit "
        "| no interval | width against percentile |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    ranges = {}
    for name in MEASURES:
        for size in SIZES:
            stats.FEWEST = min(size, 4)  # so that 2 and 3 articles show why they get no interval
            found = cell(name, size)
            ranges.setdefault(size, []).append(round(found["built"]))
            cells = [found["percentile"], found["built"], found["above"], found["open"], found["none"]]
            wider = "" if np.isnan(found["wider"]) else f"{found['wider']:.2f}"
            lines.append(f"| {name} | {size} | " + " | ".join(f"{value:.1f} %" for value in cells) + f" | {wider} |")
            print(lines[-1], flush=True)
    print({size: (min(found), max(found)) for size, found in ranges.items() if size >= 4})
    return "\n".join(lines)


# scorer → (articles, hand-coded mentions; None: all)
SCORERS = {
    "biased": ((10, 20, 50, 100), (10, 20, 50, 100, 200, None)),
    "seldom wrong": ((20, 50, 100), (20, 50, 100, 200)),
    "seldom wrong, uneven": ((20, 50, 100), (20, 50, 100, 200)),
}
MENTIONS, BATCHES, BATCH = 8, 8, 250  # mentions an article on average; corpora are made BATCH at a time


def coded_corpora(rng, size, corpora, scorer):
    """Mentions as arrays (mention of its article, article, corpus): there, the code, the score, the stratum.

    An article has 1 mention or more (negative binomial, median 6), which share its tone. The "biased" scorer reads part of
    the neutral and positive ones as negative, the more the grimmer the article, few of the negative ones as neutral, and
    gives each class another level; the one that is "seldom wrong" gives −1, 0 or 1, of which 1 in 10 is wrong. "Uneven":
    half of the articles have 4 mentions or fewer, one in ten more than 20. Strata are 4 sources times 3 classes of score,
    as the coding tool has them for one actor.
    """
    shape = (size, corpora)
    even = 0.5 if "uneven" in scorer else 1.5
    mentions = 1 + rng.negative_binomial(even, even / (even + MENTIONS - 1), shape)
    deep = (int(mentions.max()), *shape)
    there = np.arange(deep[0])[:, None, None] < mentions
    latent = rng.normal(-0.2, 0.45, shape) + rng.normal(0, 0.9, deep)
    code = np.where(latent < -0.75, -1.0, np.where(latent > 0.75, 1.0, 0.0))
    if scorer.startswith("seldom wrong"):
        score = np.where(rng.random(deep) < 0.1, np.where(code < 0, 0, -1), code)
    else:
        missed = rng.random(deep) < rng.beta(1.2, 3, shape) * np.select([code < 0, code > 0], [0.1, 0.8], 1.0)
        level = np.select([code < 0, code > 0], [-0.75, 0.55], -0.02)
        score = np.where(missed, np.where(code < 0, 0, -0.7), level) + rng.normal(0, 0.15, deep)
    stratum = 3 * rng.integers(0, 4, shape) + np.digitize(score, [-0.25, 0.25])
    return there, code, np.clip(score, -1, 1), stratum


def drawn(rng, there, stratum, labels):
    """Which mentions are coded, and each one's probability: simple random in strata, in proportion, one at least in each."""
    if labels is None:
        return there, np.ones(there.shape)
    flat = lambda part: part.reshape(-1, there.shape[-1])  # noqa: E731  one row per mention
    stratum, luck = flat(np.where(there, stratum, 12)), rng.random(flat(there).shape)
    sizes = np.stack([(stratum == number).sum(0) for number in range(13)])
    taken = np.round(labels * sizes / sizes[:12].sum(0))
    taken = np.minimum(np.maximum(taken, 1), sizes)
    taken[12] = 0
    order = np.lexsort((luck, stratum), axis=0)
    place = np.empty(order.shape, dtype=int)
    np.put_along_axis(place, order, np.broadcast_to(np.arange(len(order))[:, None], order.shape), 0)
    first = np.vstack([np.zeros((1, there.shape[-1]), dtype=int), np.cumsum(sizes, 0)[:-1]])
    own = lambda each: np.take_along_axis(each, stratum, 0)  # noqa: E731
    chosen = place - own(first) < own(taken)
    p = np.where(stratum < 12, own(taken / np.maximum(sizes, 1)), 1)
    return chosen.reshape(there.shape), p.reshape(there.shape)


def corrected_cell(scorer, size, labels, truth, error):
    """One row: how often both intervals hold the truth, how far off both values are, how wide the intervals, in medians."""
    made, columns, foretold, coded, mentions = [], [], [], 0, 0
    for batch in range(BATCHES):
        rng = np.random.default_rng([2, size, labels or 0, batch])
        there, code, score, stratum = coded_corpora(rng, size, BATCH, scorer)
        chosen, p = drawn(rng, there, stratum, labels)
        counts = there.sum(0).astype(float)
        means = (score * there).sum(0) / counts
        each = [
            chosen,
            code * chosen,
            chosen / p,
            (code - score) * chosen / p,
            chosen / p,
            chosen * (1 - p) / p**2,
            chosen / p**2,
        ]
        sums = dict(zip(correct.PARTS, (part.sum(0).astype(float) for part in each), strict=True))
        plain = stats.ratio_interval(means, np.ones(means.shape), DRAWS, batch, lowest=-1, highest=1)
        one, beside = correct.corrected(plain, means, counts, sums, DRAWS, batch)
        made.append(np.array(one[:3], dtype=float))
        columns.append(np.array([beside[name] for name in ("plain", "plain_low", "plain_high")]))
        foretold.append(widths(there[:, :, :25], score[:, :, :25], labels, error))
        coded, mentions = coded + beside["coded"].sum(), mentions + counts.sum()
    pairs = [np.hstack(side) for side in (columns, made)]
    held = [100 * ((low <= truth) & (truth <= high))[~np.isnan(low)].mean() for _, low, high in pairs]
    off = [value.mean() - truth for value, _, _ in pairs]
    wide = [np.nanmedian(high - low) for _, low, high in pairs]
    n = BATCHES * BATCH
    wide.append(np.median(np.hstack(foretold)))
    return mentions / n, "all" if labels is None else f"{coded / n:.0f}", held, off, wide


def widths(there, score, labels, error):
    """What `correct.expected_width` foretells for each of these corpora; they stand in one table, as if actors of a study."""
    _, article, corpus = np.nonzero(there)
    scores = pd.DataFrame({"article_id": article, "label": corpus, "sentiment": score[there]})
    total = len(scores) if labels is None else labels * there.shape[-1]
    articles = pd.DataFrame({"article_id": np.arange(there.shape[1])})
    return 2 * correct.expected_width(scores, articles, (total,), error=error)["half_width"].to_numpy()


def corrected_table():
    lines = [
        "| scorer | articles | mentions | hand-coded | plain holds the truth | corrected holds it | plain is off by "
        "| corrected is off by | width, plain | width, corrected | width foretold |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for scorer, (sizes, numbers) in SCORERS.items():
        truth, error = population(scorer)
        for size in sizes:
            for labels in numbers:
                if labels and labels >= MENTIONS * size:
                    continue
                mentions, coded, held, off, wide = corrected_cell(scorer, size, labels, truth, error)
                cells = [scorer, str(size), f"{mentions:.0f}", coded, *(f"{each:.1f} %" for each in held)]
                cells += [f"{round(each, 3) + 0:+.3f}".replace("-", "−") for each in off] + [f"{each:.2f}" for each in wide]
                lines.append("| " + " | ".join(cells) + " |")
                print(lines[-1], flush=True)
    return "\n".join(lines)


def population(scorer):
    """The true mean of article means, and the variance of code − score over mentions, on 400,000 articles."""
    rng, means, errors = np.random.default_rng(99), [], []
    for _ in range(40):
        there, code, score, _ = coded_corpora(rng, 10_000, 1, scorer)
        means.append(((code * there).sum(0) / there.sum(0)).mean())
        errors.append((code - score)[there].var())
    print(f"{scorer}: truth {np.mean(means):.4f}, variance of code − score {np.mean(errors):.3f}")
    return np.mean(means), np.mean(errors)


if __name__ == "__main__":
    if "--corrected" in sys.argv:
        readme.write("corrected", corrected_table())
    else:
        readme.write("coverage", table())
