"""What stands near the matches of a label: its collocates, by NLTK's association measures."""

import numpy as np
import pandas as pd
from nltk.metrics import BigramAssocMeasures

from broadsheet import tables


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
    words = words.sort_values(["article_id", "sentence_no", "start"], kind="stable").reset_index(drop=True)
    folded, articles = tables.folded(words["word"]).to_numpy(), words["article_id"].to_numpy()
    starts, ends = words["start"].to_numpy(), words["end"].to_numpy()
    places = words.groupby(["article_id", "sentence_no"], sort=False).indices
    rows = []
    for label, matches in mentions.groupby("label", sort=False):
        inside, near = set(), set()
        for match in matches[["article_id", "sentence_no", "start", "end"]].itertuples(index=False):
            held = places.get((match.article_id, match.sentence_no), np.array([], dtype=int))
            hit = held[(ends[held] > match.start) & (starts[held] < match.end)]
            if len(hit):
                inside.update(hit.tolist())
                near.update(range(max(held[0], hit[0] - k), min(held[-1], hit[-1] + k) + 1))
        near = np.array(sorted(near - inside), dtype=int)
        outside = pd.Series(np.delete(folded, sorted(inside)), dtype="str").value_counts()
        found = pd.DataFrame({"word": folded[near], "article": articles[near]}).groupby("word")["article"]
        for word, (count, used) in found.agg(["size", "nunique"]).iterrows():
            if word not in stop:
                margins = len(near), int(outside[word]), int(outside.sum())
                expected = margins[0] * margins[1] / margins[2]
                rows.append((label, word, int(count), expected, int(used), *association(int(count), *margins).values()))
    made = pd.DataFrame(rows, columns=columns)
    order = pd.Series(range(made["label"].nunique()), index=made["label"].unique())
    made = made.assign(order=made["label"].map(order)).sort_values(
        ["order", "log_likelihood", "count", "word"], ascending=[True, False, False, True]
    )
    return made[columns].reset_index(drop=True)
