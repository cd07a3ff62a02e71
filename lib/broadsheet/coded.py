"""Hand-coded labels: how a row of gold.csv finds its mention again, what several codings settle on, how far they agree."""

import hashlib
from itertools import combinations

import numpy as np
import pandas as pd
from nltk.metrics.agreement import AnnotationTask

from broadsheet import parts, stats
from broadsheet.tables import BroadsheetError

VALUES = {"negative": -1.0, "neutral": 0.0, "positive": 1.0}
SETTLED = "settled"  # the round that decides where the others differ
_KEY = ["article_id", "sentence_sha256", "start", "end", "label"]


def sha256(sentence):
    """The hash that stands for a sentence in gold.csv: of its words alone, so that spaces and quotation marks may change.

    >>> sha256("Marsh  said “no”.") == sha256('Marsh said "no".')
    True
    """
    plain = str(sentence).translate(str.maketrans("“”„«»‘’", '"""""\'\''))
    return hashlib.sha256(" ".join(plain.split()).encode()).hexdigest()


def keys(mentions, sentences):
    """Returns mentions with what gold.csv knows them by: sentence_sha256, and from, to: the place inside the sentence."""
    place = ["article_id", "sentence_no"]
    held = sentences.set_index(place)[["start", "sentence"]].rename(columns={"start": "first"})
    joined = mentions[place].join(held, on=place)
    hashes = {text: sha256(text) for text in joined["sentence"].dropna().unique()}
    first = joined["first"].to_numpy()
    return mentions.assign(
        sentence_sha256=joined["sentence"].map(hashes).astype("str").to_numpy(),
        **{"from": mentions["start"].to_numpy() - first, "to": mentions["end"].to_numpy() - first},
    )


def gold(gold, sentences, mentions, once=False):
    """Returns gold with the key of mentions: ``start`` and ``end`` into the article's text, and ``sentence_no``.

    ``gold`` is a study's .gold, where start and end count inside the sentence: a code is of every mention there, so that a
    sentence that stands twice in an article has two rows for one of gold (``once``: the first alone). Where no mention is
    found, the three are −1; ``problem`` says why: the sentence is gone (the text or its cleaning changed), or no pattern
    finds this label at this place any more. Rows without a code (drawn for coding, not coded yet) are kept.

    >>> one = pd.DataFrame({"article_id": ["a"], "sentence_no": [4], "start": [70], "sentence": ["Marsh lied."]})
    >>> found = pd.DataFrame({"article_id": ["a"], "sentence_no": [4], "label": ["Marsh"], "start": [70], "end": [75]})
    >>> rows = [("a", sha256("Marsh lied."), 0, 5, "Marsh", "A", "1", "negative", 1.0, ""),
    ...         ("a", sha256("Marsh ran."), 0, 5, "Marsh", "A", "1", "neutral", 1.0, "")]
    >>> from broadsheet import tables
    >>> gold(tables.make("gold", rows), one, found)[["sentence_no", "start", "problem"]].values.tolist()
    [[4, 70, ''], [-1, -1, 'the sentence is not in the article any more']]
    """
    sentences = parts.only(sentences, gold["article_id"])
    known = keys(parts.only(mentions, gold["article_id"]), sentences)
    known = known.assign(mention_start=known["start"], mention_end=known["end"]).drop(columns=["start", "end"])
    known = known.rename(columns={"from": "start", "to": "end"})
    known = known.drop_duplicates(_KEY) if once else known
    joined = gold.merge(known[[*_KEY, "sentence_no", "mention_start", "mention_end"]], on=_KEY, how="left", sort=False)
    hashes = {(row.article_id, sha256(row.sentence)) for row in sentences.itertuples()}
    there = [pair in hashes for pair in zip(joined["article_id"], joined["sentence_sha256"], strict=True)]
    found = joined["sentence_no"].notna().to_numpy()
    problem = np.where(
        found, "", np.where(there, "no pattern finds this label there any more", "the sentence is not in the article any more")
    )
    place = joined[["sentence_no", "mention_start", "mention_end"]].fillna(-1).astype("int64").to_numpy().T
    made = joined[list(gold)].assign(start=place[1], end=place[2], problem=problem).astype({"problem": "str"})
    made.insert(1, "sentence_no", place[0])
    return made


def among(gold, mentions):
    """Returns of gold, as `gold` returned it, the rows of some mentions."""
    place = ["article_id", "start", "label"]
    return gold.merge(parts.joined(mentions, gold[place].drop_duplicates(), place)[place], on=place)


def settled(gold):
    """Returns one row per coded mention: article_id, start, label, probability, value (−1…1), coded (the class), codings.

    ``gold`` is what `gold` returned; rows with a problem and rows without a code do not count. The round "settled" decides
    where there is one; else the codings that agree. Where they differ and nothing settles it, ``coded`` is empty, and
    ``value`` their mean. A label that was put off ("skip") is no code.

    >>> codes = [("A", "negative"), ("B", "neutral")]
    >>> rows = [("a", 4, "", 70, 75, "Marsh", coder, "1", code, 0.5, "", "") for coder, code in codes]
    >>> names = "article_id sentence_no sentence_sha256 start end label coder round coded probability note problem".split()
    >>> settled(pd.DataFrame(rows, columns=names))[["value", "coded", "codings"]].values.tolist()
    [[-0.5, '', 2]]
    """
    coded = _codes(gold)
    key = ["article_id", "start", "label"]
    last = coded["round"].eq(SETTLED).groupby([coded[name] for name in key]).transform("any")
    coded = coded[~last | (coded["round"] == SETTLED)]
    parts = coded.assign(value=coded["coded"].map(VALUES).astype("float64")).groupby(key, sort=False)
    made = parts.agg(
        probability=("probability", "first"), value=("value", "mean"), coded=("coded", "first"),
        kinds=("coded", "nunique"), codings=("coded", "size"),
    ).reset_index()  # fmt: skip
    made["coded"] = made["coded"].where(made["kinds"] == 1, "")
    return made.drop(columns="kinds").astype({"coded": "str", "value": "float64"})


def passes(gold):
    """Returns the codings of each pass, a coder and a round, under its name ("M 1"); what settled them is no pass."""
    rows = _codes(gold)
    return {" ".join(key): part for key, part in rows[rows["round"] != SETTLED].groupby(["coder", "round"])}


def coders(gold, known):
    """Who coded: the names in gold, each with what ``known`` (a study's .coders) says of it.

    >>> coders(pd.DataFrame({"coder": ["M", "B"], "round": "1", "coded": "neutral", "problem": ""}), {"M": "a language model"})
    ['B', 'M, a language model']
    """
    names = sorted({rows["coder"].iloc[0] for rows in passes(gold).values()})
    return [f"{name}, {known[name]}" if name in known else name for name in names]


def usable(probability):
    """Whether each probability of having been drawn is one: above 0, up to 1."""
    return (probability > 0) & (probability <= 1)


def check_probabilities(settled):
    """Raises BroadsheetError where a hand-coded mention has no probability of having been drawn."""
    bad = int((~usable(settled["probability"])).sum())
    if bad:
        raise BroadsheetError(
            f"{bad} of {len(settled)} hand-coded mentions have no probability (above 0, up to 1) of having been drawn: write "
            "it into gold.csv (1 where every mention was to be coded), or leave these rows out"
        )


def agreement(gold, draws=2000, seed=0):
    """Returns one row per pair of passes: first, second, kind, articles, mentions (coded in both), same (a share), and α.

    A pass is a coder and a round. Krippendorff's α (2004) by NLTK: ``alpha`` takes the three codes as names, ``alpha_ordered``
    as −1, 0, 1, so that negative against positive weighs more; each has a 95 % interval, a bootstrap-t over articles, and
    ``interval`` says how that of ``alpha`` was made. Two passes of one coder show how steady the coder is (intra-coder
    reliability), not that another would agree: ``kind`` says which. NaN where all codes are one.
    """
    coded = _codes(gold)
    coded = coded[coded["round"] != SETTLED]
    coded = coded.assign(
        item=coded["article_id"] + "|" + coded["start"].astype("str") + "|" + coded["label"],
        passed=list(zip(coded["coder"], coded["round"], strict=True)),
    )
    rows = []
    for one, two in combinations(sorted(coded["passed"].unique()), 2):
        wide = coded[coded["passed"].isin([one, two])].drop_duplicates(["item", "passed"], keep="last")
        wide = wide.pivot(index=["article_id", "item"], columns="passed", values="coded").dropna()
        alpha, ordered = _alphas(wide) if len(wide) else (np.nan, np.nan)
        made, made_ordered = (_interval(wide, ordinal, draws, seed) for ordinal in (False, True))
        rows.append(
            {
                "first": " ".join(one), "second": " ".join(two),
                "kind": "intra-coder" if one[0] == two[0] else "inter-coder",
                "articles": wide.index.get_level_values("article_id").nunique(),
                "mentions": len(wide), "same": float((wide[one] == wide[two]).mean()) if len(wide) else np.nan,
                "alpha": alpha, "alpha_low": made.low[0], "alpha_high": made.high[0], "interval": str(made.label[0]),
                "alpha_ordered": ordered, "ordered_low": made_ordered.low[0], "ordered_high": made_ordered.high[0],
            }
        )  # fmt: skip
    return pd.DataFrame(rows, columns=_AGREEMENT)


_AGREEMENT = [
    "first", "second", "kind", "articles", "mentions", "same", "alpha", "alpha_low", "alpha_high", "interval",
    "alpha_ordered", "ordered_low", "ordered_high",
]  # fmt: skip


def _codes(gold):
    return gold[(gold.get("problem", "") == "") & gold["coded"].isin(list(VALUES))]


def _alphas(wide):
    if wide.stack().nunique() < 2:
        return np.nan, np.nan
    codes = [(str(passed), item, code) for passed in wide for (_, item), code in wide[passed].items()]
    named = AnnotationTask(codes).alpha()
    apart = AnnotationTask([(a, b, VALUES[code]) for a, b, code in codes], distance=lambda x, y: (x - y) ** 2).alpha()
    return float(named), float(apart)


def _interval(wide, ordinal, draws, seed):
    """The Interval of α of two passes, from sums by article of squared distances, and of how often each code was given.

    α = 1 − (n − 1)·2Σd² / Σ n_c·n_k·d²_ck over n codes, of which n_c are c: Krippendorff 2004 for two passes that lack nothing.
    """
    values = np.array(list(VALUES.values()))
    apart = (values[:, None] - values) ** 2 if ordinal else 1 - np.eye(3)
    kinds = wide.apply(lambda passed: passed.map(list(VALUES).index)).to_numpy().reshape(-1, 2).astype(int)
    given = np.eye(3)[kinds].sum(axis=1)
    of = pd.factorize(wide.index.get_level_values("article_id"))[0]
    columns = np.column_stack([apart[kinds[:, 0], kinds[:, 1]], given])
    sums = np.stack(stats.by_unit(of, *columns.T), axis=1)

    def valued(sums):
        distance, counts = 2 * sums[:, :1], sums[:, 1:]
        n, slope = counts.sum(1, keepdims=True), 2 * counts @ apart
        expected = (counts * slope).sum(1, keepdims=True) / 2
        with np.errstate(divide="ignore", invalid="ignore"):
            value = np.where(expected > 0, 1 - (n - 1) * distance / expected, np.nan)
            gradient = np.hstack([-2 * (n - 1) / expected, -distance / expected + (n - 1) * distance * slope / expected**2])
        return value[:, 0], np.where(expected > 0, gradient, 0)

    return stats.smooth_interval(sums, valued, draws, seed, lowest=-1, highest=1)
