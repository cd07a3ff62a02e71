"""Whether a scorer is right as often as it is sure: its probabilities held against hand-coded mentions (`judge.pairs`)."""

import numpy as np
import pandas as pd

from broadsheet import judge, score


def curve(pairs, bins=10):
    """Returns one row per scorer and bin of confidence: of the mentions it is so sure of, how many it gets right.

    Confidence is the largest of negative, neutral and positive, and a hit where that class was coded. Columns: scorer, low,
    high (of the bin; ``bins`` of equal width over 0…1, empty ones left out), mentions, confidence (mean), hits (share), gap
    (hits − confidence: below 0 is too sure). The three numbers of a lexicon scorer are **not** probabilities: it claims no
    confidence, its largest number need not be of the class that its cut-offs give, and its rows say only what would come of
    taking these numbers for probabilities.

    >>> rows = {"scorer": "one", "coded": ["negative", "neutral"], "weight": 1.0}
    >>> rows |= {"negative": [0.9, 0.8], "neutral": [0.1, 0.2], "positive": [0.0, 0.0]}
    >>> curve(pd.DataFrame(rows), bins=2)[["low", "mentions", "confidence", "hits", "gap"]].round(2).values.tolist()
    [[0.5, 2.0, 0.85, 0.5, -0.35]]
    """
    rows = []
    for scorer, part in pairs.groupby("scorer", sort=False):
        confidence, hit, weight, where = _confidence(part, bins)
        for number in np.unique(where):
            inside = where == number
            sure, right = (np.average(each[inside], weights=weight[inside]) for each in (confidence, hit))
            rows.append((scorer, number / bins, (number + 1) / bins, int(inside.sum()), sure, right, right - sure))
    return pd.DataFrame(rows, columns=["scorer", "low", "high", "mentions", "confidence", "hits", "gap"])


def expected_error(pairs, bins=10, draws=1000, seed=0):
    """Returns one row per scorer: its expected calibration error, and that of a perfectly calibrated one as sure as it.

    ``ece`` is the mean of |gap| over the bins of `curve`, weighted by mentions (Naeini, Cooper & Hauskrecht 2015),
    0…1. It is above 0 by chance alone, so beside it: ``calibrated`` and ``calibrated_high``, mean and 97.5 % quantile of the
    same number where each hit is drawn with exactly the scorer's confidence, ``draws`` times. Mentions are drawn as
    independent, which they are not, so the truth lies somewhat higher. An error below calibrated_high is no evidence of bad
    calibration. ``probabilities`` says whether the scorer claims to give any.
    """
    rows = []
    for scorer, part in pairs.groupby("scorer", sort=False):
        confidence, hit, weight, where = _confidence(part, bins)
        inside = (where[:, None] == np.arange(bins)).astype(float) * weight[:, None] / weight.sum()
        drawn = np.random.default_rng(seed).random((draws, len(part))) < confidence
        apart = lambda hits: np.abs((hits - confidence) @ inside).sum(-1)  # noqa: B023, E731  used at once
        simulated = apart(drawn.astype(float))
        rows.append(
            (scorer, len(part), float(apart(hit)), simulated.mean(), np.quantile(simulated, 0.975), _probabilities(scorer))
        )
    return pd.DataFrame(rows, columns=["scorer", "mentions", "ece", "calibrated", "calibrated_high", "probabilities"])


def _confidence(part, bins):
    """Arrays, one entry per mention: the largest of the three numbers, whether that class was coded, weight, and the bin."""
    numbers = part[score.CLASSES].to_numpy(dtype=float)
    top = np.array(score.CLASSES)[numbers.argmax(1)]
    confidence = numbers.max(1)
    where = np.minimum((confidence * bins).astype(int), bins - 1)
    return confidence, (top == part["coded"].to_numpy()).astype(float), part["weight"].to_numpy(dtype=float), where


def _probabilities(scorer):
    return scorer != judge.NEUTRAL and score.known(scorer).low is None
