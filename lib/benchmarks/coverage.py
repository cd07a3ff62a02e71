"""How often a nominal 95 % interval holds the truth: made-up corpora, the plain percentile against stats.py as built.

python lib/benchmarks/coverage.py           the table, also into README.md (3,000 corpora a cell, 2,000 draws; minutes)

Corpora are made to be as uneven as news: lengths lognormal (median 600 words), counts Poisson around a rate that
differs by article (gamma), a share that differs by article (beta), sentiments of mentions that lean one way and share
their article's tone. The truth is computed on 400,000 articles. All corpora of a cell share their resamples.
"""

import numpy as np

from broadsheet import stats

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


if __name__ == "__main__":
    from sentiment import write

    write("coverage", table())
