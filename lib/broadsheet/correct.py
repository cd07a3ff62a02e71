"""Hand-coded mentions correct the mean of a scorer: the estimate, its interval, and what more labels would buy."""

import numpy as np
import pandas as pd
from scipy import stats as scipy_stats

from broadsheet import coded, stats
from broadsheet.tables import BroadsheetError

COLUMNS = ("plain", "plain_low", "plain_high", "coded", "estimate")  # what a summary with gold has beside its contract
PARTS = ("gold_coded", "gold_error", "gold_weight", "gold_weighted", "gold_stands", "gold_spread")
FEW_CODED = 10  # mentions, and FEW_ARTICLES: below either, intervals held too seldom in lib/benchmarks/coverage.py
FEW_ARTICLES = 4
_KEY = ["article_id", "start", "label"]


def parts(scores, gold):
    """Returns scores with the columns of PARTS: what each mention brings to the correction, 0 where it is not hand-coded.

    ``gold`` is what `find.gold` returned; ``scores`` has article_id, start, label, sentiment. Only mentions that are in
    ``scores`` count. ``gold_coded`` is 1 for a coded mention, ``gold_error`` coded − model, ``gold_weight`` 1/p for the
    probability p of having been drawn, ``gold_weighted`` error times weight; ``gold_stands`` is 1/p for a drawn mention,
    coded or not yet, and ``gold_spread`` (1 − p)/p², the variance of that. Raises BroadsheetError where a coded mention
    has no probability, and where ``gold`` is not yet matched with the mentions.
    """
    if "problem" not in gold:
        raise BroadsheetError("gold has to be what find.gold(study.gold, sentences, mentions) returns, not study.gold itself")
    settled = coded.settled(gold)
    bad = int((~_usable(settled["probability"])).sum())
    if bad:
        raise BroadsheetError(
            f"{bad} of {len(settled)} hand-coded mentions have no probability (above 0, up to 1) of having been drawn, so they "
            "cannot correct a mean: write it into gold.csv, 1 where every mention was taken, or leave those rows out"
        )
    drawn = gold[(gold["problem"] == "") & _usable(gold["probability"])].drop_duplicates(_KEY)
    joined = scores[[*_KEY, "sentiment"]].merge(settled[[*_KEY, "probability", "value"]], on=_KEY, how="left")
    joined = joined.merge(drawn[[*_KEY, "probability"]], on=_KEY, how="left", suffixes=("", "_drawn"))
    error, weight = joined["value"] - joined["sentiment"], 1 / joined["probability"]
    stands = 1 / joined["probability_drawn"]
    made = [joined["value"].notna().astype(float), error, weight, error * weight, stands, stands * (stands - 1)]
    return scores.assign(**{name: part.fillna(0).to_numpy() for name, part in zip(PARTS, made, strict=True)})


def _usable(probability):
    return (probability > 0) & (probability <= 1)


def corrected(model, counts, sums, draws=2000, seed=0):
    """Returns (Interval, coded mentions, estimate): the corrected mean of each measure, made of sums per article.

    ``model`` holds the mean of the scores of each article, ``counts`` its mentions, and ``sums`` the sums of PARTS, by name:
    arrays with one row per article and one column per measure, as in `stats`.

    The estimand is the plain one: the mean over articles of the mean over their mentions. With e = coded − model, p the
    probability of having been drawn, A articles and n mentions in the article, the estimate is the mean of the scores plus

        R = Σ e/(p·n) / Σ 1/(p·n), both sums over the hand-coded mentions

    (design-based supervised learning, Egami, Hinck, Stewart & Wei 2023; prediction-powered inference, Angelopoulos et al.
    2023). The denominator estimates A: dividing by it (Hájek 1971) and not by A (Horvitz & Thompson 1952) is chosen because
    how many labels fall into a group, and into short or long articles, is chance, which A would turn into error (a constant
    error of the scorer is here removed exactly); and because coding that has come only half way through a drawn sample
    would else be half a correction. The price is a bias of the order of 1/labels. Where all mentions are coded, p no
    longer matters: the estimate is the mean of the codes. It is held inside −1…1.

    The interval is the bootstrap-t over articles of `stats.ratio_interval`, on article values whose mean is the estimate:

        model mean + R + g·Σ (e − R)/(p·n), summed over the article's hand-coded mentions,

    the linearised estimate (Särndal, Swensson & Wretman 1992, section 5.7). As articles are drawn with their labels, the variance of the
    labels' sampling is in it, as if mentions had been drawn one by one: a sample with fixed numbers per stratum varies
    less, so it errs toward width. g² = (m/(m − 1))/(A/(A − 1)) for m articles with a label makes up for R being taken
    from them.

    >>> model, counts = np.full((6, 1), 0.2), np.ones((6, 1))
    >>> some = np.array([[1.0, 0, 1, 0, 1, 1]]).T
    >>> error = np.array([[-0.2, 0, -1.2, 0, -0.2, 0.8]]).T  # coded 0, −1, 0 and 1, each with probability 2/3
    >>> sums = dict(zip(PARTS, (some, error, 1.5 * some, 1.5 * error, 1.5 * some, 0.75 * some)))
    >>> made, labels, estimate = corrected(model, counts, sums)
    >>> round(float(made.value[0]), 3), int(labels[0]), str(made.label[0])
    (0.0, 4, 'bootstrap-t; fewer than 10 hand-coded mentions')
    """
    there = (counts > 0).astype(float)
    labels, mentions, articles = sums["gold_coded"].sum(0), counts.sum(0), there.sum(0)
    carriers = (sums["gold_coded"] > 0).sum(0)
    census = (labels == mentions) & (mentions > 0)
    over = np.maximum(counts, 1)
    top = np.where(census, sums["gold_error"], sums["gold_weighted"]) / over
    bottom = np.where(census, sums["gold_coded"], sums["gold_weight"]) / over
    with np.errstate(divide="ignore", invalid="ignore"):
        shift = np.where(labels > 0, top.sum(0) / bottom.sum(0), 0)
        grown = np.sqrt(carriers * (articles - 1) / ((carriers - 1) * articles))
    grown = np.where(census | ~np.isfinite(grown), 1, grown)
    values = there * (model + shift) + grown * (top - shift * bottom)
    made = stats.ratio_interval(values, there, draws, seed, lowest=-1, highest=1)
    label = made.label.copy()
    few = (labels > 0) & ~census & ~np.isnan(made.low)
    label[few & (labels < FEW_CODED)] += f"; fewer than {FEW_CODED} hand-coded mentions"
    made = stats.Interval(np.clip(made.value, -1, 1), made.low, made.high, label)
    return made, labels.astype(int), _told(labels, mentions, census, sums)
