"""What stands near the matches of a label: its collocates, by NLTK's association measures."""

from functools import partial

import numpy as np
import pandas as pd
from nltk.metrics import BigramAssocMeasures

from broadsheet import parts, tables


def association(n_ii, n_ix, n_xi, n_xx):
    """Returns how strongly two things go together: NLTK's log_likelihood, pmi and t, and log_dice (Rychlý 2008).

    n_ii times together, n_ix and n_xi times each, n_xx in all (Manning & Schütze 1999, chapter 5).

    >>> {name: round(value, 2) for name, value in association(20, 42, 20, 14307668).items()}
    {'log_likelihood': 521.09, 'pmi': 18.38, 't': 4.47, 'log_dice': 13.37}
    """
    given = (n_ii, (n_ix, n_xi), n_xx)
    return {
        "log_likelihood": max(float(BigramAssocMeasures.likelihood_ratio(*given)), 0.0),
        "pmi": float(BigramAssocMeasures.pmi(*given)),
        "t": float(BigramAssocMeasures.student_t(*given)),
        "log_dice": float(14 + np.log2(2 * n_ii / (n_ix + n_xi))),
    }


def collocates(words, mentions, k=5, stop=frozenset()):
    """Returns one row per label and word within k words of its matches, in the same sentence; the strongest first.

    Columns: label, word (folded as `tables.folded` does), count, expected, articles (with the pair), and the measures of
    `association`. The words of the matches themselves are neither counted nor in the totals, and a place near two
    matches counts once. `stop` words are left out of the rows, not of the totals (`tables.STOP_WORDS`, for reading).

    >>> words = pd.DataFrame([("a1", 0, 0, 3, "The"), ("a1", 0, 4, 9, "peace"), ("a1", 0, 10, 14, "talk"),
    ...                       ("a1", 1, 20, 24, "Rain")], columns=["article_id", "sentence_no", "start", "end", "word"])
    >>> mentions = pd.DataFrame([("a1", 0, 4, 9, "peace")], columns=[*words.columns[:4], "label"])
    >>> collocates(words, mentions, stop=tables.STOP_WORDS)[["label", "word", "count", "expected"]].round(2).values.tolist()
    [['peace', 'talk', 1, 0.67]]
    """
    columns = ["label", "word", "count", "expected", "articles", "log_likelihood", "pmi", "t", "log_dice"]
    asked = list(zip(*parts.each(partial(_near, k), words, mentions), strict=True))
    counted, every = (pd.concat(each).groupby(keys, sort=False).sum() for each, keys in zip(asked, _KEYS, strict=True))
    rows = []
    for label in counted.index.unique("label"):
        found = counted.loc[label]
        outside = every["n"].sub(found["inside"], fill_value=0)
        near, total = int(found["near"].sum()), int(outside.sum())
        for word, count, used in found.loc[found["near"] > 0, ["near", "articles"]].itertuples(name=None):
            if word not in stop:
                margins = near, int(outside[word]), total
                rows.append((label, word, count, near * margins[1] / total, used, *association(count, *margins).values()))
    made = pd.DataFrame(rows, columns=columns)
    order = pd.Series(range(made["label"].nunique()), index=made["label"].unique())
    made = made.assign(order=made["label"].map(order)).sort_values(
        ["order", "log_likelihood", "count", "word"], ascending=[True, False, False, True]
    )
    return made[columns].reset_index(drop=True)


_KEYS = (["label", "word"], ["word"])


def _near(k, words, mentions):
    """(label, word, near, inside, articles) and (word, n): words near the matches of a label, in them, and all words."""
    words = words.sort_values(["article_id", "sentence_no", "start"], kind="stable").reset_index(drop=True)
    codes, forms = pd.factorize(tables.folded(words["word"]))
    articles, names = pd.factorize(words["article_id"])
    places = articles * (1 << 40)
    starts, ends = places + words["start"].to_numpy(), places + words["end"].to_numpy()
    sentence = np.cumsum(np.append(True, (articles[1:] != articles[:-1]) | (np.diff(words["sentence_no"].to_numpy()) != 0)))
    begun, over = np.searchsorted(sentence, sentence), np.searchsorted(sentence, sentence, side="right")
    found = []
    for label, matches in mentions.groupby("label", sort=False):
        at = names.get_indexer(matches["article_id"])
        matches, at = matches[at >= 0], at[at >= 0] * (1 << 40)
        first = np.searchsorted(ends, at + matches["start"].to_numpy(), side="right")
        last = np.searchsorted(starts, at + matches["end"].to_numpy())  # the first word behind the match
        held = first < last
        first, last = first[held], last[held]
        inside = _covered(first, last, len(words))
        near = _covered(np.maximum(begun[first], first - k), np.minimum(over[first], last + k), len(words)) & ~inside
        used = pd.DataFrame({"code": codes[near], "article": articles[near]}).drop_duplicates()["code"]
        counts = {
            "near": np.bincount(codes[near], minlength=len(forms)),
            "inside": np.bincount(codes[inside], minlength=len(forms)),
            "articles": np.bincount(used, minlength=len(forms)),
        }
        counts = pd.DataFrame({"label": label, "word": forms, **counts})
        found.append(counts[(counts["near"] > 0) | (counts["inside"] > 0)])
    found = pd.concat(found) if found else pd.DataFrame(columns=["label", "word", "near", "inside", "articles"])
    return found, pd.DataFrame({"word": forms, "n": np.bincount(codes, minlength=len(forms))})


def _covered(first, last, size):
    """Which of so many places lie in one of the stretches from first to before last."""
    edges = np.bincount(first, minlength=size + 1) - np.bincount(last, minlength=size + 1)
    return np.cumsum(edges[:size]) > 0
