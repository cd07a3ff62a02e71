"""Hand-coded mentions correct the mean of a scorer: the estimate, its interval, and what more labels would buy."""

from functools import partial

import numpy as np
import pandas as pd
from scipy import stats as scipy_stats

from broadsheet import coded, score, stats
from broadsheet.parts import each, then, total
from broadsheet.tables import CLASSES, ESTIMATE, BroadsheetError

PARTS = ("gold_coded", "gold_value", "gold_weight", "gold_weighted", "gold_stands", "gold_spread", "gold_squares")
FEW = 12  # hand-coded mentions, the fewest with which intervals were simulated: see lib/benchmarks/README.md
_KEY = ["article_id", "start", "label"]


def parts(scores, gold):
    """Returns scores with the columns of PARTS: what each mention brings to the correction, 0 where it is not hand-coded.

    Where nothing is coded, scores as they are. ``gold`` is what `find.gold` returned; ``scores`` has article_id, start,
    label and sentiment, and only the mentions in it count: those of another study, or filtered away, do not.
    ``gold_coded`` is 1 for a coded mention, ``gold_value`` its code (−1…1), ``gold_weight`` 1/p for the probability p of
    having been drawn, ``gold_weighted`` (code − sentiment)/p; ``gold_stands`` is 1/p for a drawn mention, coded or not yet,
    and ``gold_spread`` (1 − p)/p², which estimates the variance of its sum; ``gold_squares`` is 1/p². Raises
    BroadsheetError where a coded mention has no probability, and where ``gold`` was not matched with the mentions.

    >>> row = {"article_id": "a", "label": "Marsh", "coder": "A", "round": "1", "problem": ""}
    >>> gold = pd.DataFrame([row | {"start": 7, "coded": "negative", "probability": 0.25}])
    >>> scores = pd.DataFrame({"article_id": "a", "start": [7, 90], "label": "Marsh", "sentiment": [-0.5, 0.5]})
    >>> parts(scores, gold)[list(PARTS)].values.tolist()
    [[1.0, -1.0, 4.0, -2.0, 4.0, 12.0, 16.0], [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]]
    """
    if "problem" not in gold:
        raise BroadsheetError("gold has to be what find.gold(study.gold, sentences, mentions) returns, not study.gold itself")
    settled = coded.settled(gold)
    if not len(settled):
        return scores
    coded.check_probabilities(settled)
    drawn = gold[(gold["problem"] == "") & coded.usable(gold["probability"])].drop_duplicates(_KEY)
    joined = scores[[*_KEY, "sentiment"]].merge(settled[[*_KEY, "probability", "value"]], on=_KEY, how="left")
    joined = joined.merge(drawn[[*_KEY, "probability"]], on=_KEY, how="left", suffixes=("", "_drawn"))
    value, weight, stands = joined["value"], 1 / joined["probability"], 1 / joined["probability_drawn"]
    made = [value.notna(), value, weight, (value - joined["sentiment"]) * weight, stands, stands * (stands - 1), weight**2]
    return scores.assign(**{name: part.astype(float).fillna(0).to_numpy() for name, part in zip(PARTS, made, strict=True)})


def corrected(plain, means, counts, sums, draws=2000, seed=0):
    """Returns (Interval, columns): each measure corrected by its hand-coded mentions; tables.ESTIMATE as columns.

    ``plain`` is the Interval of the scores alone, ``means`` the mean score of each article (0 without a mention), ``counts``
    its mentions, ``sums`` the sums of PARTS by name: arrays (articles, measures), as in `stats`. A measure without a
    hand-coded mention stays plain.

    The estimand is the plain one: the mean over articles of the mean over their mentions. With n mentions in an article
    and p the probability that a mention had of being drawn, the estimate is the mean of the scores plus

        R = Σ (code − score)/(p·n) / Σ 1/(p·n), both sums over the hand-coded mentions

    (design-based supervised learning, Egami, Hinck, Stewart & Wei 2023; prediction-powered inference, Angelopoulos et al.
    2023). The denominator estimates the number of articles. To divide by it (Hájek 1971), and not by that number (Horvitz &
    Thompson 1952), is chosen because how many labels a group gets, and whether from long articles or short, is chance, which
    would become error; because a constant error of the scorer is removed exactly; and because a sample of which part
    is coded so far, in random order, would else be part of a correction. The price is a bias in the order of 1/labels.
    Where every mention is coded p does not matter: the estimate is the mean of the codes, "hand-coded". The value is held
    inside −1…1.

    The interval is `stats.difference_interval`, paired: a bootstrap-t over articles of the mean plus R, both of them taken
    anew in each resample. An article brings its labels along, so the variance of their drawing is in it, also within
    articles, as if each mention had been drawn by itself; a sample of fixed size in strata varies less, so that errs
    toward width. Few labels may by chance have met no error, and the bootstrap knows those alone that were met; so each
    half of the interval is the root of its square and that of 1.96·√(Σw²/(2·labels))/Σw, w = 1/(p·n), as if half a label more
    had met an error of one class: what Jeffreys' prior adds to a proportion (Brown, Cai & DasGupta 2001). There is
    none where fewer than 4 articles have a label. Fewer than FEW labels are marked in its label.

    >>> means, counts = np.array([[0.2, 0.4, 0.6, 0.0]]).T, np.ones((4, 1))  # of them the first two were drawn, and coded 0
    >>> some = np.array([[1.0, 1, 0, 0]]).T
    >>> sums = dict(zip(PARTS, [some, 0 * some, 2 * some, -2 * means * some, 2 * some, 2 * some, 4 * some]))
    >>> made, columns = corrected(stats.ratio_interval(means, counts), means, counts, sums)
    >>> made.value.round(9).tolist(), columns["estimate"], made.label.tolist()  # 0.3 − (0.2 + 0.4)/2
    ([0.0], ['corrected by 2 hand-coded mentions'], ['none: hand-coded in fewer than 4 articles'])
    """
    there, over = (counts > 0).astype(float), np.maximum(counts, 1)
    labels, mentions, articles = sums["gold_coded"].sum(0), counts.sum(0), there.sum(0)
    carriers = (sums["gold_coded"] > 0).sum(0)
    whole = (labels > 0) & (labels == mentions)
    some = (labels > 0) & ~whole
    made = stats.Interval(*(np.array(part, dtype=object if part.dtype == object else float) for part in plain))
    codes = sums["gold_value"] / over
    _put(made, whole, stats.ratio_interval(codes[:, whole], there[:, whole], draws, seed, lowest=-1, highest=1))
    shift, weight = sums["gold_weighted"] / over, sums["gold_weight"] / over
    sides = (each[:, some] for each in (means, there, -shift, weight))
    found = stats.difference_interval(*sides, paired=True, draws=draws, seed=seed, widest=1)
    squares = (sums["gold_squares"] / over**2)[:, some].sum(0)
    _put(made, some, _with_unseen(found, np.sqrt(squares / (2 * labels[some])) / weight[:, some].sum(0)))
    made.label[some & (carriers < stats.FEWEST)] = f"none: hand-coded in fewer than {stats.FEWEST} articles"
    made.label[(labels > 0) & (articles < stats.FEWEST)] = f"none: fewer than {stats.FEWEST} articles"
    made.label[(labels > 0) & (articles == 1)] = "none: one article"
    made.label[some & (labels < FEW) & ~np.isnan(made.low)] += f"; fewer than {FEW} hand-coded mentions"
    columns = (plain.value, plain.low, plain.high, plain.label, labels.astype("int64"), _estimates(labels, mentions, sums))
    return made, dict(zip(ESTIMATE, columns, strict=True))


def hand_coded(scores, gold):
    """Returns of scores the hand-coded mentions, their sentiment the code: −1, 0 or 1 (in between where codings differ)."""
    return pd.concat(each(partial(_hand_coded, gold=gold), scores))


def _hand_coded(scores, gold):
    made = parts(scores, gold)
    if "gold_coded" not in made:
        return scores.iloc[:0]
    made = made[made["gold_coded"] > 0]
    return made.assign(sentiment=made["gold_value"])[list(scores)]


def answered(scores, gold):
    """Returns scores with what the answer rests on as their sentiment: the codes where every mention is coded by hand."""
    hand = hand_coded(scores, gold)
    return hand if len(hand) and len(hand) == total(scores) else scores


def classed(scores, gold):
    """Returns scores with ``kind``, the class that the answer rests on: the code where all are coded, else the scorer's.

    A mention whose codings differ, and nothing settles it, has none.
    """
    found = answered(scores, gold)
    return then(_by_scorer if found is scores else _by_code, found)


def _by_scorer(scores):
    return scores.assign(kind=score.label(scores))


def _by_code(scores):
    return scores.assign(kind=scores["sentiment"].map(dict(zip((-1, 0, 1), CLASSES, strict=True))))


def expected_width(scores, articles, labels=(50, 100, 200), *, error):
    """Returns one row per actor and number of labels: what hand-coding so many mentions would buy, before any is coded.

    Columns: label, articles and mentions (of the actor; one article per cluster), labels (drawn over all actors), coded
    (those that fall to the actor), half_width of the corrected 95 % interval. Of N mentions L are drawn, at random or in
    proportion by stratum, so p = L/N. With s² the variance over articles of their mean score, ``error`` the variance of
    code − score over mentions, and H the mean over the actor's A articles of 1/mentions:

        half_width = t · √((s² + error · H · N/L) / A), t the 97.5 % quantile of Student's t with A − 1 degrees of freedom.

    Assumed: the errors are independent of each other and of the scores (lib/benchmarks/README.md: so up to a half too
    wide, a tenth too narrow, from 20 articles and 50 labels on). Give ``error`` as measured with the same scorer, in this
    study or on a benchmark. Fewer than 4 articles have none (NaN). Raises BroadsheetError for a negative error and for
    labels below 1.

    >>> scores = pd.DataFrame({"article_id": list("aabcd"), "label": "Marsh", "sentiment": [0.1, 0.3, -0.2, 0.4, 0]})
    >>> expected_width(scores, pd.DataFrame({"article_id": list("abcd")}), (2, 5), error=0.3).round(2).values.tolist()
    [['Marsh', 4, 5, 2, 2.0, 1.35], ['Marsh', 4, 5, 5, 5.0, 0.91]]
    """
    if not error >= 0 or min(labels, default=1) < 1:
        raise BroadsheetError("expected_width needs a variance of 0 or more as error, and numbers of labels from 1 on")
    units = articles.drop_duplicates("cluster") if "cluster" in articles else articles
    means = pd.concat(each(partial(_means, units["article_id"]), scores), ignore_index=True)
    rows, every = [], means["size"].sum()
    for actor, own in means.groupby("label"):
        n, mentions = len(own), int(own["size"].sum())
        for drawn in labels:
            share = min(drawn / every, 1)
            variance = (own["mean"].var() + error * (1 / own["size"]).mean() / share) / n
            half = scipy_stats.t.ppf(0.975, n - 1) * np.sqrt(variance) if n >= stats.FEWEST else np.nan
            rows.append((actor, n, mentions, drawn, share * mentions, half))
    return pd.DataFrame(rows, columns=["label", "articles", "mentions", "labels", "coded", "half_width"])


def _means(articles, scores):
    """The mean score and the mentions of each actor in each of some articles."""
    found = scores[scores["article_id"].isin(articles)]
    return found.groupby(["label", "article_id"])["sentiment"].agg(["mean", "size"]).reset_index()


def _with_unseen(made, moved):
    """An Interval with the errors in it that so few labels may have missed; ``moved`` is what half a label moves."""
    flat = made.label == stats.ALL_EQUAL
    low, high = (
        np.hypot(np.where(flat, 0, made.value - bound), scipy_stats.norm.ppf(0.975) * moved) for bound in (made.low, made.high)
    )
    label = np.where(flat, "all equal, and what so few labels may have missed", made.label)
    return made._replace(low=np.maximum(made.value - low, -1), high=np.minimum(made.value + high, 1), label=label)


def _put(made, mask, new):
    for all_of_them, part in zip(made, new, strict=True):
        all_of_them[mask] = part
    made.value[mask] = np.clip(new.value, -1, 1)


def _estimates(labels, mentions, sums):
    """What each value is, in words. Labels that stand for clearly fewer mentions than there are say so."""
    stands, spread = sums["gold_stands"].sum(0), np.sqrt(sums["gold_spread"].sum(0))
    told = []
    for n, among, seen, noise in zip(labels, mentions, stands, spread, strict=True):
        if not n:
            told.append("plain: no hand-coded mention")
        elif n == among:
            told.append("hand-coded")
        else:
            short = seen < 0.9 * among and seen + 2 * noise < among
            part = f", drawn from only about {seen:.0f} of {among:.0f}" if short else ""
            told.append(f"corrected by {n:.0f} hand-coded mention{'' if n == 1 else 's'}{part}")
    return told
