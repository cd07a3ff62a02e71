"""How often a scorer is right: its scores held against hand-coded mentions, of this study or of NewsMTSC.

Every table starts from `pairs` (or `benchmark`): one row per scorer and hand-coded mention. Mentions that were drawn with
unequal chances count with 1/probability, so that a share stands for all mentions of the study and not for the sample.
"""

from itertools import combinations, pairwise

import numpy as np
import pandas as pd

from broadsheet import coded, parts, score, stats, tables
from broadsheet.tables import BroadsheetError

F1, RIGHT, ERROR = "macro-F1", "share of mentions in the class that was coded", "mean error of the sentiment (score − code)"
LEAD = "difference of accuracy to always saying neutral"
AHEAD = "difference of macro-F1, on the same mentions"
NEUTRAL = "always neutral"  # the scorer of `baseline`
_KEY = ["article_id", "start", "label"]
_PLACE = ["article_id", "sentence_no", "start", "end", "label", "voice"]
_NUMBERS = ["scorer", "coded", "given", "value", *score.COLUMNS, "error", "weight"]


def pairs(gold, scores):
    """Returns one row per scorer and hand-coded mention: what was coded, and what the scorer makes of it.

    Columns: article_id, sentence_no, start, end, label, voice, scorer; ``coded`` and ``given`` (negative, neutral or
    positive: by hand, and by the scorer's cut-offs), ``value`` (the code as −1, 0, 1), the scorer's negative, neutral,
    positive and sentiment (−1…1), ``error`` (sentiment − value: above 0 is too friendly) and ``weight`` (1/probability of
    having been drawn). ``gold`` is what `find.gold` returned, ``scores`` what `score.sentiment` did, of one scorer or of
    several together. Mentions whose codings differ and are not settled have no class and are left out, as are those that
    ``scores`` lacks. Raises BroadsheetError where gold was not matched with the mentions, and where a coded mention has no
    probability.

    >>> row = {"article_id": "a", "label": "Marsh", "coder": "A", "round": "1", "problem": ""}
    >>> gold = pd.DataFrame([row | {"start": 7, "coded": "negative", "probability": 0.5}])
    >>> scores = pd.DataFrame({"article_id": ["a"], "sentence_no": 0, "label": "Marsh", "start": 7, "end": 12, "voice": "",
    ...                        "scorer": "vader", "negative": 0.0, "neutral": 0.75, "positive": 0.25, "sentiment": 0.25})
    >>> pairs(gold, scores)[["coded", "given", "value", "error", "weight"]].values.tolist()
    [['negative', 'positive', -1.0, 1.25, 2.0]]
    """
    if "problem" not in gold:
        raise BroadsheetError("gold has to be what find.gold(study.gold, sentences, mentions) returns, not study.gold itself")
    known = coded.settled(gold)
    known = known[known["coded"] != ""]
    coded.check_probabilities(known)
    joined = parts.joined(scores, known[[*_KEY, "coded", "value", "probability"]], _KEY)
    return _judged(joined.assign(weight=1 / joined["probability"]))[[*_PLACE, *_NUMBERS]]


def baseline(pairs):
    """Returns the pairs of a scorer that always says neutral: one row per hand-coded mention of ``pairs``, sentiment 0.

    What a scorer has to beat: where most mentions are neutral, saying so every time is right most of the time.
    """
    once = pairs[pairs["scorer"] == pairs["scorer"].iloc[0]] if len(pairs) else pairs
    never = {"negative": 0.0, "neutral": 1.0, "positive": 0.0, "sentiment": 0.0}
    return once.assign(scorer=NEUTRAL, given="neutral", **never, error=-once["value"]).reset_index(drop=True)


def placed(pairs, articles, words):
    """Returns pairs with where a mention stands: source, ``words`` (of its sentence, counted) and ``length``.

    ``length`` is the third of the mentions that a sentence belongs to by its words ("up to 18 words", "19 to 27 words", "28
    words or more"), cut at the quantiles ⅓ and ⅔ over mentions; fewer groups where many sentences are equally long.
    """
    place, words = ["article_id", "sentence_no"], parts.only(words, pairs["article_id"])
    counts = pairs[place].merge(words.groupby(place).size().rename("n").reset_index(), on=place, how="left")["n"]
    counts = counts.fillna(0).astype("int64").to_numpy()
    source = pairs["article_id"].map(articles.set_index("article_id")["source"])
    return pairs.assign(source=source, words=counts, length=_thirds(counts))


def macro_f1(coded, given):
    """The mean F1 of the three classes (0 negative, 1 neutral, 2 positive), 0…1; one neither coded nor given counts 0.

    F1 of a class is 2·hits/(coded + given), which is the harmonic mean of precision and recall (van Rijsbergen 1979). All
    classes count the same, however rare. Below by hand: negative 2·1/(2 + 1) = ⅔, neutral 2·1/(1 + 3) = ½, positive
    2·1/(2 + 1) = ⅔; their mean is 11/18.

    >>> round(macro_f1(np.array([0, 0, 1, 2, 2]), np.array([0, 1, 1, 2, 1])), 4)
    0.6111
    """
    parts = []
    for kind in range(3):
        mine, theirs = coded == kind, given == kind
        parts.append(2 * (mine & theirs).sum() / max(mine.sum() + theirs.sum(), 1))
    return float(np.mean(parts))


def f1(pairs, by=("scorer",), draws=2000, seed=0):
    """Returns summary: macro-F1 (0…1) with a 95 % interval, one row per group, and beside it the share that is right.

    ``articles`` are those with a hand-coded mention (0 where pairs has none, as NewsMTSC), ``matched`` and ``total`` both
    the mentions. Beside the contract: ``right`` (mentions in the class that was coded), ``accuracy`` (their share) with
    accuracy_low and accuracy_high. Both intervals are a bootstrap-t over articles (Davison & Hinkley 1997, section 5.2), for
    macro-F1 with the standard error by the delta method; over sentences where there are no articles, or one ("within this
    text"). None below 4 of them.

    >>> rows = {"article_id": list("aabcd"), "sentence_no": 0, "scorer": "vader", "weight": 1.0}
    >>> rows |= {"coded": ["negative", "negative", "neutral", "positive", "positive"]}
    >>> rows |= {"given": ["negative", "neutral", "neutral", "positive", "neutral"]}
    >>> f1(pd.DataFrame(rows))[["scorer", "articles", "matched", "value", "accuracy"]].round(4).values.tolist()
    [['vader', 4, 5.0, 0.6111, 0.6]]
    """
    by, rows = list(by), []
    for key, part in pairs.groupby(by, sort=False):
        units, unit = _units(part)
        made = _interval([part], units, draws, seed)
        sums = stats.by_unit(units, (part["given"] == part["coded"]) * part["weight"], part["weight"])
        share = stats.ratio_interval(*sums, draws, seed, lowest=0, highest=1)
        articles = part["article_id"].nunique() if "article_id" in part else 0
        rows.append(
            {
                **dict(zip(by, key, strict=True)),
                "measure": F1, "articles": articles, "matched": len(part), "total": len(part),
                "value": made.value[0], "low": made.low[0], "high": made.high[0],
                "interval": _label(made.label[0], unit, articles), "query": "",
                "right": int((part["given"] == part["coded"]).sum()), "accuracy": share.value[0], "accuracy_low": share.low[0],
                "accuracy_high": share.high[0],
            }
        )  # fmt: skip
    return _summary(rows, by, ["right", "accuracy", "accuracy_low", "accuracy_high"])


def lead(pairs, draws=2000, seed=0):
    """Returns summary: by how much a scorer is right more often than always saying neutral (−1…1), one row per scorer.

    The same mentions under both, so the interval is paired: a bootstrap-t over articles. Below 0 it is right less often.
    """
    rows = []
    for scorer, part in pairs.assign(_neutral="neutral").groupby("scorer", sort=False):
        units = pd.factorize(part["article_id"])[0]
        hits, neutral = ((part[column] == part["coded"]) * part["weight"] for column in ("given", "_neutral"))
        sums = stats.by_unit(units, hits, part["weight"], neutral, part["weight"])
        made = stats.difference_interval(*sums, paired=True, draws=draws, seed=seed, widest=1)
        rows.append(
            {
                "scorer": scorer, "measure": LEAD, "articles": len(sums[0]), "matched": len(part), "total": len(part),
                "value": made.value[0], "low": made.low[0], "high": made.high[0], "interval": str(made.label[0]), "query": "",
            }
        )  # fmt: skip
    return _summary(rows, ["scorer"])


def ahead(pairs, draws=2000, seed=0):
    """Returns summary: by how much macro-F1 of one scorer is above that of another (0…1), a row for each two of them.

    ``scorer`` is the one that is ahead, ``against`` the other. The interval is paired (the bootstrap-t of `f1`, over the
    mentions that both have read): two whose own intervals overlap may differ for certain. The intervals of all rows together
    are 95 % ones (Bonferroni: each leaves out 5 % divided by their number), since the best is picked on the same mentions.

    >>> rows = {"article_id": list("aabcd"), "sentence_no": 0, "weight": 1.0}
    >>> rows["coded"] = ["negative", "negative", "neutral", "positive", "positive"]
    >>> one = pd.DataFrame(rows | {"scorer": "one", "given": ["negative", "neutral", "neutral", "positive", "neutral"]})
    >>> all_right = pd.DataFrame(rows | {"scorer": "two", "given": rows["coded"]})
    >>> ahead(pd.concat([one, all_right]))[["scorer", "against", "value"]].round(4).values.tolist()
    [['two', 'one', 0.3889]]
    """
    where = [column for column in _PLACE if column in pairs]
    nth = pairs.groupby([*where, "scorer"], dropna=False).cumcount()  # NewsMTSC says of a target only its sentence
    parts = {scorer: part for scorer, part in pairs.assign(_nth=nth).groupby("scorer", sort=False)}
    rows, every = [], list(combinations(parts, 2))
    for two in every:
        both = parts[two[0]].merge(parts[two[1]][[*where, "_nth", "given"]], on=[*where, "_nth"], suffixes=("", "_other"))
        sides = [both, both.assign(given=both["given_other"])]
        units, unit = _units(both)
        made = _interval(sides, units, draws, seed, 1 - 0.05 / len(every))
        if made.value[0] < 0:  # the other way round, with the limits and what is said of them
            two, made = two[::-1], _interval(sides[::-1], units, draws, seed, 1 - 0.05 / len(every))
        articles = both["article_id"].nunique() if "article_id" in both else 0
        rows.append(
            {
                "scorer": two[0], "against": two[1], "measure": AHEAD, "articles": articles, "matched": len(both),
                "total": len(both), "value": made.value[0], "low": made.low[0], "high": made.high[0],
                "interval": _label(made.label[0], unit, articles), "query": "",
            }
        )  # fmt: skip
    return _summary(rows, ["scorer", "against"])


def confusion(pairs):
    """Returns one row per scorer and coded class: what the scorer gave to the mentions that were coded so.

    Columns: scorer, coded, mentions, given_negative, given_neutral, given_positive (mentions); share_negative and so on (of
    those coded so, the share that was given it), precision (of those given this class, the share that was coded so), recall
    (of those coded so, the share that was given it), f1: weighted, NaN for 0 of 0.
    """
    rows = []
    for scorer, part in pairs.groupby("scorer", sort=False):
        for kind in score.CLASSES:
            mine, given = part["coded"] == kind, part["given"] == kind
            hit, coded_so, given_so = (part.loc[which, "weight"].sum() for which in (mine & given, mine, given))
            told = {f"given_{other}": int((mine & (part["given"] == other)).sum()) for other in score.CLASSES}
            for other in score.CLASSES:
                told[f"share_{other}"] = _over(part.loc[mine & (part["given"] == other), "weight"].sum(), coded_so)
            parts = [_over(hit, given_so), _over(hit, coded_so), _over(2 * hit, coded_so + given_so)]
            row = {"scorer": scorer, "coded": kind, "mentions": int(mine.sum()), **told}
            rows.append(row | dict(zip(("precision", "recall", "f1"), parts, strict=True)))
    given = [f"{what}_{kind}" for what in ("given", "share") for kind in score.CLASSES]
    return pd.DataFrame(rows, columns=["scorer", "coded", "mentions", *given, "precision", "recall", "f1"])


def errors(pairs, by, draws=2000, seed=0):
    """Returns summary: the share of mentions that are in the class that was coded, one row per group and scorer.

    ``by`` is a column of pairs: label, voice, and after `placed` source and length. ``matched`` is the mentions that are right,
    ``total`` the hand-coded ones, ``articles`` those that hold them. The interval is a bootstrap-t over articles, and says
    why where there is none. With unequal chances of being drawn ``value`` is weighted, matched and total are counts. Raises
    BroadsheetError for a column that is not there.

    >>> rows = {"article_id": list("abcd"), "scorer": "vader", "label": "Marsh", "weight": 1.0, "coded": "neutral"}
    >>> rows |= {"given": ["neutral", "neutral", "neutral", "positive"]}
    >>> errors(pd.DataFrame(rows), "label")[["label", "matched", "total", "value"]].values.tolist()
    [['Marsh', 3.0, 4.0, 0.75]]
    """
    return _grouped(pairs, by, RIGHT, pairs["given"] == pairs["coded"], draws, seed, lowest=0, highest=1)


def bias(pairs, by, draws=2000, seed=0):
    """Returns summary: the mean of sentiment − code (−2…2), one row per group and scorer; above 0 is too friendly.

    As `errors`, but ``matched`` is the hand-coded mentions too. This is what a comparison by the scores alone gets wrong:
    where the bias of two actors differs, their scores differ by as much without the text saying so.
    """
    made = _grouped(pairs, by, ERROR, pairs["error"], draws, seed, lowest=-2, highest=2)
    return made.assign(matched=made["total"])


def worst(pairs, n=8):
    """Returns the rows of pairs in the wrong class: at most n a scorer and coded class, those furthest from the code first.

    By class, because an error can reach 2 only where the code is not neutral.
    """
    wrong = pairs[pairs["given"] != pairs["coded"]]
    wrong = wrong.loc[wrong["error"].abs().sort_values(ascending=False, kind="stable").index]
    wrong = wrong.groupby(["scorer", "coded"], sort=False).head(n)
    return wrong.sort_values(["scorer", "coded"], kind="stable", ignore_index=True)


def without(pairs, draws=2, seed=0):
    """Returns one row per scorer and article left out: macro-F1 and accuracy of the rest; empty below two articles."""
    ids = pairs["article_id"].unique()
    parts = [f1(pairs[pairs["article_id"] != one], draws=draws, seed=seed).assign(without=one) for one in ids]
    made = pd.concat(parts) if len(ids) > 1 else f1(pairs.head(0)).assign(without="")
    columns = {"value": "macro_f1", "matched": "mentions"}
    return made.rename(columns=columns)[["scorer", "without", "mentions", "macro_f1", "accuracy"]].reset_index(drop=True)


def error_variance(pairs, scorer):
    """The variance of a scorer's errors over the hand-coded mentions, weighted: what `correct.expected_width` asks for."""
    mine = pairs[pairs["scorer"] == scorer]
    middle = np.average(mine["error"], weights=mine["weight"])
    return float(np.average((mine["error"] - middle) ** 2, weights=mine["weight"]))


def benchmark(targets, scorer):
    """Returns pairs of a scorer on targets of `newsmtsc`: split, sentence_no and the columns from scorer on; weight 1."""
    made = score.toward(targets["sentence"], list(zip(targets["start"], targets["end"], strict=True)), scorer)
    frame = pd.concat([targets[["split", "sentence_no", "coded"]].reset_index(drop=True), made], axis=1)
    frame = frame.assign(scorer=scorer, weight=1.0, value=frame["coded"].map(coded.VALUES))
    return _judged(frame)[["split", "sentence_no", *_NUMBERS]]


def _judged(frame):
    given = score.label(frame).astype("str").to_numpy() if len(frame) else pd.Series(dtype="str")
    return frame.assign(given=given, error=frame["sentiment"] - frame["value"])


def _thirds(counts):
    if not len(counts):
        return pd.Series(dtype="str")
    cuts = sorted({int(cut) for cut in np.quantile(counts, [1 / 3, 2 / 3], method="lower")} - {int(counts.max())})
    ends = [0, *cuts, None]
    names = [f"{first + 1} words or more" if last is None else f"{first + 1} to {last} words" for first, last in pairwise(ends)]
    names[0] = f"up to {ends[1]} words" if cuts else "all lengths"
    return np.array(names)[np.searchsorted(cuts, counts)]


def _units(part):
    """The unit of resampling of each row, by number; and what it is: articles, or sentences where those are fewer than two."""
    if "article_id" in part and part["article_id"].nunique() > 1:
        return pd.factorize(part["article_id"])[0], "article"
    return pd.factorize(part["sentence_no"])[0], "sentence"


def _sums(coded, given, units, weights):
    """By unit: hits of the three classes, then coded + given of each; an array (units, 6)."""
    weights = np.asarray(weights, dtype=float)
    mine, theirs = (np.equal.outer(np.asarray(each), range(3)) for each in (coded, given))
    return np.stack(stats.by_unit(units, *((mine & theirs).T * weights), *((mine.T * weights) + (theirs.T * weights))), axis=1)


def _f1s(sums):
    """(macro-F1, F1 by class, coded + given) of sums as `_sums` makes them, along the last axis."""
    bottom = np.maximum(sums[..., 3:], 1e-12)
    each = 2 * sums[..., :3] / bottom
    return each.mean(-1), each, bottom


def _interval(sides, units, draws, seed, level=0.95):
    """The Interval of macro-F1, or of its difference between two scorers' pairs of the same mentions, in the same order."""
    sums = []
    for part in sides:
        kinds = [part[column].map(score.CLASSES.index).to_numpy() for column in ("coded", "given")]
        sums.append(_sums(*kinds, units, part["weight"]))

    def valued(sums):
        value, slopes = 0, []
        for number in range(len(sides)):
            sign = 1 - 2 * number
            mean, each, bottom = _f1s(sums[:, 6 * number : 6 * number + 6])
            gradient = sign * np.hstack([2 / bottom, -each / bottom]) / 3
            # where a class has neither a code nor a score its F1 is 0, and stays so
            slopes.append(np.where(np.hstack([bottom, bottom]) > 1e-9, gradient, 0))
            value = value + sign * mean
        return value, np.hstack(slopes)

    return stats.smooth_interval(np.hstack(sums), valued, draws, seed, level, 1 - len(sides), 1)


def _label(label, unit, articles):
    """How an interval was made, naming its unit: `stats` calls every unit an article."""
    label = str(label)
    if unit == "article":
        return label
    label = label.replace("articles", "sentences").replace("one article", "one sentence")
    within = "within this text, if sentences were independent" if articles else "bootstrap-t over sentences"
    return label if label.startswith(("none", "undefined")) else label.replace("bootstrap-t", within)


def _over(top, bottom):
    return top / bottom if bottom else np.nan


def _grouped(pairs, by, measure, number, draws, seed, lowest, highest):
    """Σ weight·number / Σ weight by group and scorer, with intervals over articles: one row each."""
    if by not in pairs:
        raise BroadsheetError(f"cannot group by {by}: judge.placed adds source and length to {', '.join(map(str, pairs))}")
    if not len(pairs):
        return _summary([], [by, "scorer"])
    frame = pd.DataFrame({"row": pd.factorize(pairs["article_id"])[0], by: pairs[by], "scorer": pairs["scorer"]})
    order = [pd.factorize(frame[name])[0] for name in (by, "scorer")]
    frame["column"] = pd.factorize(order[0] * (order[1].max() + 1) + order[1], sort=True)[0]
    keys = frame.drop_duplicates("column").set_index("column").sort_index()
    shape = frame["row"].max() + 1, len(keys)
    num, den = np.zeros(shape), np.zeros(shape)
    weight, number = pairs["weight"].to_numpy(dtype=float), np.asarray(number, dtype=float)
    np.add.at(num, (frame["row"], frame["column"]), weight * number)
    np.add.at(den, (frame["row"], frame["column"]), weight)
    made = stats.ratio_interval(num, den, draws, seed, lowest=lowest, highest=highest)
    n, there = (np.bincount(frame["column"], each) for each in (np.ones(len(pairs)), number))
    rows = [
        {by: keys.at[i, by], "scorer": keys.at[i, "scorer"], "measure": measure, "articles": int((den[:, i] > 0).sum()),
         "matched": there[i], "total": n[i], "value": made.value[i], "low": made.low[i], "high": made.high[i],
         "interval": str(made.label[i]), "query": ""}
        for i in range(len(keys))
    ]  # fmt: skip
    return _summary(rows, [by, "scorer"])


def _summary(rows, by, beside=()):
    frame = pd.DataFrame(rows, columns=[*by, *tables.COLUMNS["summary"], *beside])
    frame = tables.make("summary", frame)
    return frame[[*by, *(column for column in frame if column not in by)]]
