"""Sources against each other: keyness, log-odds, similarity, readability, shared passages.

G², χ² and z rank words; they are not evidence by themselves, as the words of one article are not independent.
"""

import re
from functools import partial
from itertools import combinations

import numpy as np
import pandas as pd
import textstat
from scipy.spatial.distance import pdist

from broadsheet import parts, stats, tables
from broadsheet.passages import MOST, passages
from broadsheet.points import Column
from broadsheet.tables import BroadsheetError

__all__ = ["MOST", "counts", "differences", "keyness", "keywords", "log_odds", "passages", "readability", "similarity"]


def counts(words, by="article_id"):
    """Returns counts: one row per word (folded as `tables.folded` does), one column per group.

    `by` is a column of words, or a Series of groups indexed by article_id; an article without a group is an error.

    >>> words = pd.DataFrame({"article_id": ["a1", "a1", "a2"], "word": ["Peace", "deal", "peace"]})
    >>> counts(words, pd.Series({"a1": "Mail", "a2": "Post"})).to_dict("index")
    {'deal': {'Mail': 1, 'Post': 0}, 'peace': {'Mail': 1, 'Post': 1}}
    """
    return _table(pd.concat(parts.each(partial(_counted, by), words)))


def keyness(target, reference):
    """Returns one row per word of either side: how much more often the target has it than the reference.

    target and reference are counts, Series indexed by word; N is the sum of each. Columns: both counts; g2 with four
    cells (Dunning 1993) and g2_two_cell (the form of the UCREL wizard, Rayson & Garside 2000); chi2 with Yates'
    correction where an expected count is below 5: these three bear the sign of the direction, so that a word that the
    target has less often is negative. log_ratio: log2 of the two relative frequencies, a count of 0 taken as 0.5
    (Hardie 2014). percent_diff: %DIFF (Gabrielatos & Marchi 2012), inf where the reference has none. bic = |g2| − ln N
    of both sides (Wilson 2013). Raises BroadsheetError for a side without words, and for negative counts.

    >>> made = keyness(pd.Series({"deal": 10, "the": 90}), pd.Series({"deal": 5, "the": 195}))
    >>> made.round(4).loc["deal", ["g2", "g2_two_cell", "chi2", "log_ratio", "percent_diff", "bic"]].tolist()
    [7.3298, 6.9315, 7.8947, 2.0, 300.0, 1.626]
    """
    a, b = _sides(target, reference)
    n, m = a.sum(), b.sum()
    cells = np.stack([a, b, n - a, m - b])
    both = a + b
    expected = np.stack([both * n, both * m, (n + m - both) * n, (n + m - both) * m]) / (n + m)
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = 2 * np.where(cells > 0, cells * np.log(cells / expected), 0)
        off = np.abs(cells[0] - expected[0])
        yates = np.where((expected < 5).any(axis=0), np.minimum(off, 0.5), 0)
        chi2 = np.nan_to_num(((off - yates) ** 2 / expected).sum(axis=0), posinf=0)
        sign = np.sign(a / n - b / m)
        ratio = np.log2(np.where(a > 0, a, 0.5) / n) - np.log2(np.where(b > 0, b, 0.5) / m)
        difference = 100 * (a / n - b / m) / (b / m)
    g2 = np.maximum(parts.sum(axis=0), 0)
    return pd.DataFrame(
        {
            "target": a,
            "reference": b,
            "g2": sign * g2,
            "g2_two_cell": sign * np.maximum(parts[:2].sum(axis=0), 0),
            "chi2": sign * chi2,
            "log_ratio": np.where(both > 0, ratio, np.nan),
            "percent_diff": difference,
            "bic": g2 - np.log(n + m),
        }
    ).astype({"target": target.dtype, "reference": reference.dtype})


def log_odds(target, reference, prior):
    """Returns one row per word of either side: its weighted log-odds, target against reference, with a Dirichlet prior.

    Monroe, Colaresi & Quinn 2008: delta (natural log), z with their approximate variance of two terms, and z_four_term
    with the exact one of four. `prior` is α for every word, or a Series of α by word, such as counts in a
    background corpus; say α and its sum beside the result. Raises BroadsheetError where a word has no α above 0.

    >>> made = log_odds(pd.Series({"deal": 10, "the": 90}), pd.Series({"deal": 5, "the": 195}), 0.5)
    >>> made.round(3).loc["deal"].tolist()
    [1.417, 2.692, 2.617]
    """
    a, b = _sides(target, reference)
    alpha = prior.reindex(a.index) if isinstance(prior, pd.Series) else pd.Series(float(prior), index=a.index)
    if not (alpha > 0).all():
        lacking = alpha.index[~(alpha > 0)]
        raise BroadsheetError(f'{len(lacking)} words have no prior above 0, "{lacking[0]}" among them: give every word one')
    whole = alpha.sum()
    top_a, top_b = a + alpha, b + alpha
    rest_a, rest_b = a.sum() + whole - top_a, b.sum() + whole - top_b
    with np.errstate(divide="ignore", invalid="ignore"):
        delta = np.log(top_a / rest_a) - np.log(top_b / rest_b)
        two = 1 / top_a + 1 / top_b
        four = two + 1 / rest_a + 1 / rest_b
    return pd.DataFrame({"delta": delta, "z": delta / np.sqrt(two), "z_four_term": delta / np.sqrt(four)})


def keywords(words, sources, stop=frozenset()):
    """Returns one row per source and word that it has more often than the other sources together; by source, then z.

    ``words`` is the table, ``sources`` a Series of sources by article_id. Columns: source, word, written (its
    commonest form), the columns of `keyness`
    and `log_odds` (the source against all others), articles (of the source, with the word). The prior of `log_odds` is
    informative: the counts of all sources together, scaled so that α₀, their sum, is the mean number of words of a
    source (``attrs["prior"]``). A single source has nothing to be compared with: no rows. ``stop`` words make no row.

    >>> words = pd.DataFrame({"article_id": ["a1", "a1", "a2"], "word": ["Peace", "deal", "peace"]})
    >>> keywords(words, pd.Series({"a1": "Mail", "a2": "Post"}))[["source", "word", "target", "articles"]].values.tolist()
    [['Mail', 'deal', 1, 1], ['Post', 'peace', 1, 1]]
    """
    asked = list(zip(*parts.each(partial(_forms, sources), words), strict=True))
    counted, forms = map(pd.concat, asked)
    by_source, used = _table(counted), _table(counted, "articles")
    total = by_source.sum(axis=1)
    mass = float(by_source.sum().mean())
    made = []
    for source in by_source.columns if by_source.shape[1] > 1 else []:
        target = by_source[source]
        table = keyness(target, total - target).join(log_odds(target, total - target, total * mass / total.sum()))
        table["articles"] = used[source]
        table = table[(table["g2"] > 0) & ~table.index.isin(stop)].sort_values("z", ascending=False, kind="stable")
        made.append(table.rename_axis("word").reset_index().assign(source=source))
    columns = [
        "source", "word", "written", "target", "reference", "articles", "g2", "g2_two_cell", "chi2", "log_ratio",
        "percent_diff", "bic", "delta", "z", "z_four_term",
    ]  # fmt: skip
    found = pd.concat(made, ignore_index=True) if made else pd.DataFrame(columns=columns)
    forms = forms.groupby(["word", "written"])["n"].sum().reset_index().sort_values("n", ascending=False, kind="stable")
    written = forms.drop_duplicates("word").set_index("word")["written"]
    found = found.assign(written=found["word"].map(written.to_dict()).astype("str"))[columns]
    found.attrs["prior"] = mass
    return found


def differences(mentions, articles, patterns, draws=2000, seed=0):
    """Returns one row per label and source: does the source use the label at another rate than all others together?

    Columns: label, source, articles, rate and rate_elsewhere (matches per 1,000 words), p (articles' labels permuted,
    two-sided) and p_adjusted (Benjamini & Hochberg 1995, over all rows). NaN where a side has fewer than two articles.

    >>> articles = pd.DataFrame({"article_id": ["a", "b"], "source": ["Mail", "Post"], "words": [100, 100]})
    >>> patterns = pd.DataFrame({"label": ["truce"]})
    >>> found = pd.DataFrame({"article_id": ["a"], "label": ["truce"]})
    >>> differences(found, articles, patterns)[["source", "rate", "p"]].values.tolist()
    [['Mail', 10.0, nan], ['Post', 0.0, nan]]
    """
    labels = list(dict.fromkeys(patterns["label"]))
    found = parts.sizes(mentions, ["article_id", "label"]).unstack(fill_value=0)
    found = found.reindex(index=articles["article_id"], columns=labels, fill_value=0).to_numpy(dtype=float)
    words = articles["words"].to_numpy(dtype=float)
    sources = articles["source"].unique() if articles["source"].nunique() > 1 else np.array([], dtype=object)
    groups = articles["source"].to_numpy() == np.asarray(sources, dtype=object)[:, None]
    every = stats.permutation_test(found, np.tile(words[:, None], len(labels)), groups, draws, seed)
    rows = []
    for source, mine, p in zip(sources, groups, every, strict=True):
        with np.errstate(invalid="ignore"):  # a source without a word in this voice has no rate
            here, there = (1000 * found[side].sum(0) / words[side].sum() for side in (mine, ~mine))
        rows += zip(labels, [source] * len(labels), [int(mine.sum())] * len(labels), here, there, p, strict=True)
    made = pd.DataFrame(rows, columns=["label", "source", "articles", "rate", "rate_elsewhere", "p"])
    return made.assign(p_adjusted=stats.benjamini_hochberg(made["p"]))


def similarity(counts):
    """Returns one row per pair of columns of counts (words × sources): source_a, source_b and three measures.

    cosine_tfidf: 0…1, counts weighted by ln((1 + n)/(1 + sources with the word)) + 1; cosine: 0…1, of relative
    frequencies, mostly of function words; jensen_shannon: the distance (root of the divergence, base 2; Lin 1991;
    Endres & Schindelin 2003), 0 equal … 1 no word in common. NaN where a source has no words.

    >>> made = similarity(pd.DataFrame({"Mail": [4, 2, 0], "Post": [2, 1, 0], "Wire": [0, 0, 3]}))
    >>> made.round(3).to_numpy().tolist()[:2]
    [['Mail', 'Post', 1.0, 1.0, 0.0], ['Mail', 'Wire', 0.0, 0.0, 1.0]]
    """
    used = (counts > 0).sum(axis=1)
    weighted = counts.mul(np.log((1 + counts.shape[1]) / (1 + used)) + 1, axis=0)
    made = pd.DataFrame(list(combinations(counts.columns, 2)), columns=["source_a", "source_b"])
    empty = counts.columns[counts.sum() == 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        made["cosine_tfidf"] = 1 - pdist(weighted.T, "cosine")
        made["cosine"] = 1 - pdist(counts.T, "cosine")
        made["jensen_shannon"] = np.nan_to_num(pdist(counts.T, "jensenshannon") / np.sqrt(np.log(2)))
    made.loc[made["source_a"].isin(empty) | made["source_b"].isin(empty), list(made)[2:]] = np.nan
    return made


def readability(sentences, by="article_id"):
    """Returns one row per group: sentences, words, words_per_sentence, coleman_liau, automated_readability, lix.

    `by` as in `counts`. Body sentences alone: headlines and headings are none. The three indices are made of textstat's counts:
    Coleman & Liau 1975 and the automated readability index (Senter & Smith 1967), both in US school grades, and LIX
    (Björnsson 1968; above 50 is hard). They count letters. Flesch's and kin count syllables, for which textstat
    fetches a dictionary from the network while it runs, so they are left out. textstat takes every dot for the end of
    a sentence; it is given ours, each with one dot, and leaves those of one or two words out of its count. Its counts are
    added over the parts of a corpus, and the indices made of the sums; Coleman and Liau's weight of letters is 0.0588, of
    which textstat's own index has 0.058.

    >>> sentences = pd.DataFrame({"article_id": "a1", "sentence": ["The U.S. sent envoys.", "He met Mr. Putin!"]})
    >>> readability(sentences).round(1).loc["a1", ["sentences", "words", "words_per_sentence", "lix"]].tolist()
    [2.0, 8.0, 4.0, 4.0]
    """
    found = pd.concat(parts.each(partial(_lengths, by), sentences)).groupby(level=0, sort=False).sum()
    found = found[found["sentences"] > 0].reindex(found.index).astype("float64")
    counted, ended = found["counted"], found["ended"].clip(lower=1)
    made = found[["sentences", "words"]].assign(words_per_sentence=found["words"] / found["sentences"])
    return made.assign(
        coleman_liau=5.88 * found["letters"] / counted - 29.6 * ended / counted - 15.8,
        automated_readability=4.71 * found["characters"] / found["runs"] + 0.5 * counted / ended - 21.43,
        lix=counted / ended + 100 * found["long"] / counted,
    )


def _lengths(by, sentences):
    """Of each group, what the indices are made of; ``ended`` is the sentences of three words or more."""
    groups = _groups(sentences, by)
    own = groups[sentences["part"] == "body"] if "part" in sentences else groups
    body = sentences.loc[own.index]
    column = Column(body["sentence"])
    words = pd.Series(np.bincount(column.owners(column.words()[0]), minlength=len(body)), index=own.index)
    rows = {}
    for group, texts in body["sentence"].groupby(own, sort=False):
        texts = [re.sub("[.!?…]", "", sentence).strip() + "." for sentence in texts]
        text = " ".join(texts)
        ended = textstat.sentence_count(text)
        rows[group] = {
            "sentences": len(texts),
            "counted": textstat.lexicon_count(text),
            "ended": ended if ended > 1 or any(textstat.lexicon_count(each) > 2 for each in texts) else 0,
            "runs": textstat.lexicon_count(text, removepunct=False),  # textstat divides characters by these
            "letters": textstat.letter_count(text),
            "characters": textstat.char_count(text),
            "long": textstat.long_word_count(text),
        }
    names = ["sentences", "counted", "ended", "runs", "letters", "characters", "long"]
    made = pd.DataFrame.from_dict(rows, orient="index", columns=names)
    return made.assign(words=words.groupby(own, sort=False).sum()).reindex(pd.unique(groups), fill_value=0)


def _groups(frame, by):
    """The group of every row: a column, or a Series by article_id."""
    if not isinstance(by, pd.Series):
        return frame[by]
    found = frame["article_id"].map(by)
    if found.isna().any():
        first = frame.loc[found.isna(), "article_id"].iloc[0]
        raise BroadsheetError(f"article {first} has no group: give each article one")
    return found


def _counted(by, words):
    """How often each word stands in each group: word, group, n."""
    held = pd.DataFrame({"word": tables.folded(words["word"]), "group": _groups(words, by)})
    return held.groupby(["word", "group"]).size().rename("n").reset_index()


def _forms(sources, words):
    """The same by source, with the articles that have the word; and how often each word is written in each way."""
    held = words[["article_id", "word"]].rename(columns={"word": "written"})
    held = held.assign(word=tables.folded(words["word"]), group=_groups(words, sources))
    counted = held.groupby(["word", "group", "article_id"]).size().groupby(level=[0, 1]).agg(n="sum", articles="size")
    return counted.reset_index(), held.groupby(["word", "written"]).size().rename("n").reset_index()


def _table(counted, of="n"):
    """Counts as a table: one row per word, sorted, one column per group."""
    table = counted.groupby(["word", "group"])[of].sum().unstack(fill_value=0)
    return table.rename_axis(columns=None).astype("int64")


def _sides(target, reference):
    """Both counts over the union of their words, as floats."""
    for name, side in (("target", target), ("reference", reference)):
        if not (side >= 0).all():
            raise BroadsheetError(f"a count of the {name} is negative or missing: give counts of words")
        if side.sum() == 0:
            raise BroadsheetError(f"the {name} has no words: nothing can be compared with it")
    if target.index.equals(reference.index) and target.index.is_unique:
        return [target.astype(float), reference.astype(float)]
    index = pd.Index([*target.index, *reference.index]).unique()
    return [side.groupby(level=0).sum().reindex(index, fill_value=0).astype(float) for side in (target, reference)]
