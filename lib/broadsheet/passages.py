"""Passages that articles of different sources share: candidates by MinHash, each verified by local alignment."""

from collections import defaultdict
from itertools import pairwise

import numpy as np
import pandas as pd
from datasketch import MinHash, MinHashLSH

from broadsheet.points import Column, runs
from broadsheet.tables import UNKNOWN, BroadsheetError

MOST = 20_000  # articles among which they are looked for: time and memory grow faster than the corpus
_BLOCK, _STEP = 20, 10  # words: whatever two articles share of 11 words or fewer stands whole in a block of each
_FEWEST = 3  # runs of n words in a block that another source has too; blocks with fewer are not looked at
# Made-up passages: all of 11 words found, of 15 with one changed, of 30 with three; none of 30 with five changed.
_BANDS, _ROWS = 32, 2
_EDIT = 2  # equal words that outweigh one that was changed, added or left out
_COLUMNS = [
    "article_a", "source_a", "start_a", "end_a", "article_b", "source_b", "start_b", "end_b", "words", "passage",
    "passage_b", "kind",
]  # fmt: skip


def passages(articles, quotes, n=5, least=10, quoted=0.8, common=50):
    """Returns one row per passage that two articles of different sources share, the longest first.

    Columns: article, source, start and end (characters of its text) of both sides, words (equal on both sides), passage
    (the text of a), passage_b, and kind: "quoted" where at least the share `quoted` of either side stands inside
    quotation marks (rows of quotes), as when two sources quote one person; else "prose". A passage has `least` equal
    words or more; small edits inside it are tolerated, case and punctuation ignored. Articles of an unknown source
    are compared with all. What stands in more than `common` articles is taken for a notice, not for copying:
    `attrs["left_out"]` of the result says how many blocks of 20 words that concerns.

    Blocks of words with similar sets of n-word shingles are found by MinHash and locality-sensitive hashing (Broder
    1997), with a fixed seed; they can miss a short or much edited passage. Smith & Waterman's (1981) alignment
    of words then says where the passage begins and ends. Raises BroadsheetError for more than `MOST` articles.

    >>> line = "talks would go on, the envoy said, for as long as both sides were willing to sit down"
    >>> articles = pd.DataFrame({"article_id": ["a1", "a2"], "source": ["Mail", "Post"],
    ...                          "text": [f"Peace {line}.", f"On Monday {line.replace('willing', 'ready')}."]})
    >>> found = passages(articles, pd.DataFrame(columns=["article_id", "start", "end"]))
    >>> found[["source_a", "start_a", "source_b", "start_b", "words", "kind"]].values.tolist()
    [['Mail', 6, 'Post', 10, 17, 'prose']]
    """
    if len(articles) > MOST:
        raise BroadsheetError(f"shared passages are looked for among {MOST:,} articles at most: choose sources or a period")
    names, sources = (articles[column].tolist() for column in ("article_id", "source"))
    sources = ["" if pd.isna(source) or source == UNKNOWN else source for source in sources]
    column = Column.of(articles["text"])
    texts = column.texts
    starts, ends = column.words()
    forms, hashes = _folded(column.slices(starts, ends))
    first = np.searchsorted(starts, column.first)
    starts, ends = (
        [places[begin:end] - column.first[number] for number, (begin, end) in enumerate(pairwise(first.tolist()))]
        for places in (starts, ends)
    )
    marks = defaultdict(list)
    for article, start, end in quotes[["article_id", "start", "end"]].itertuples(index=False, name=None):
        marks[article].append((start, end))
    rows = []
    candidates, left_out = _candidates(hashes, first, sources, n, common)
    for (a, b), found in _aligned(np.split(forms, first[1:-1]), candidates, least).items():
        for (start_a, end_a), (start_b, end_b), equal in found:
            sides = []
            for number, start, end in ((a, start_a, end_a), (b, start_b, end_b)):
                sides.append((names[number], sources[number], int(starts[number][start]), int(ends[number][end - 1])))
            said = all(_inside(first, last, marks[name]) >= quoted for name, _, first, last in sides)
            shown = [texts[number][side[2] : side[3]] for number, side in zip((a, b), sides, strict=True)]
            rows.append((*sides[0], *sides[1], equal, *shown, "quoted" if said else "prose"))
    rows.sort(key=lambda row: (-row[8], *map(str, row[:3]), *map(str, row[4:7])))
    made = pd.DataFrame(rows, columns=_COLUMNS)
    kinds = {column: "int64" for column in ("start_a", "end_a", "start_b", "end_b", "words")}
    made = made.astype({column: kinds.get(column, "str") for column in _COLUMNS})
    made.attrs["left_out"] = left_out
    return made


def _folded(words):
    """Of each word a number and a hash, both of its letters alone: case and the form of its marks do not count."""
    codes, forms = pd.factorize(words)
    plain = forms.str.lower().str.replace("’", "'").str.replace("‐", "-").str.replace("‑", "-")
    same, unique = pd.factorize(plain)
    hashes = pd.util.hash_array(np.asarray(unique, dtype=object), categorize=False)
    return same[codes], hashes[same][codes]


def _candidates(hashes, first, sources, n, common):
    """Pairs of articles of different sources → where (word in a, in b) their similar blocks begin; blocks left out.

    ``first`` is where the words of each article begin among the hashes of all.
    """
    shingles = runs(hashes, n) >> np.uint64(32)
    ends = first[1:] - n + 1  # no run reaches from an article into the next
    known = _shared(shingles, first, ends, sources)
    counted = np.concatenate([[0], np.cumsum(known)])
    keys, sets = [], []
    for article, (begin, end) in enumerate(zip(first[:-1].tolist(), ends.tolist(), strict=True)):
        if end <= begin:
            continue
        places = np.arange(begin, max(begin + 1, end + n - 1 - _BLOCK + _STEP), _STEP)
        over = np.minimum(places + _BLOCK - n + 1, max(begin, end))
        for at, last in zip(places.tolist(), over.tolist(), strict=True):
            if counted[last] - counted[at] >= _FEWEST:
                keys.append((article, at - begin))
                sets.append(shingles[at:last][known[at:last]].tolist())
    index = MinHashLSH(num_perm=_BANDS * _ROWS, params=(_BANDS, _ROWS))
    hashed = MinHash.bulk(sets, num_perm=_BANDS * _ROWS, seed=1, hashfunc=int)
    for key, block in zip(keys, hashed, strict=True):
        index.insert(key, block, check_duplication=False)
    found, left_out = defaultdict(list), 0
    for (article, at), block in zip(keys, hashed, strict=True):
        similar = index.query(block)
        if len({other for other, _ in similar}) > common:
            left_out += 1
            continue
        for other, there in similar:
            if other < article and (sources[other] != sources[article] or not sources[article]):
                found[other, article].append((there, at))
    return {pair: sorted(found[pair]) for pair in sorted(found)}, left_out


def _shared(shingles, first, ends, sources):
    """Which shingles stand in two sources or more: all others cannot be part of a shared passage."""
    codes = {source: number for number, source in enumerate(dict.fromkeys(sources)) if source}
    owners = [codes.get(source, len(codes) + article) for article, source in enumerate(sources)]
    article = np.searchsorted(first, np.arange(len(shingles)), side="right") - 1
    whole = np.arange(len(shingles)) < ends[article]
    pairs = np.sort(shingles[whole] << np.uint64(32) | np.array(owners, dtype=np.uint64)[article[whole]])
    hashes = pairs[np.append(True, pairs[1:] != pairs[:-1])[: len(pairs)]] >> np.uint64(32)  # each source has it once
    hashes = hashes[1:][hashes[1:] == hashes[:-1]]
    at = np.minimum(np.searchsorted(hashes, shingles), max(len(hashes) - 1, 0))
    return whole & (hashes[at] == shingles) if len(hashes) else np.zeros(len(shingles), dtype=bool)


def _aligned(words, candidates, least):
    """Pairs of articles → their passages as ((start, end), (start, end), equal words), numbers of words."""
    waiting = []
    for (a, b), blocks in candidates.items():
        boxes = []
        for at, there in blocks:  # similar blocks that touch on both sides are one region
            new = [at - _STEP, at + _BLOCK + _STEP, there - _STEP, there + _BLOCK + _STEP]
            for box in [box for box in boxes if _touch(box, new)]:
                boxes.remove(box)
                new = [min(box[0], new[0]), max(box[1], new[1]), min(box[2], new[2]), max(box[3], new[3])]
            boxes.append(new)
        waiting += [
            (a, b, at, min(right, at + _LONGEST, len(words[a])), max(top, 0), min(bottom, len(words[b])))
            for left, right, top, bottom in boxes
            for at in range(max(left, 0), right, _LONGEST)
        ]
    found = {pair: set() for pair in candidates}
    while waiting:  # the best of each region, then those of the rest of a; all of b, as the order of passages may differ
        waiting = [box for box in waiting if min(box[3] - box[2], box[5] - box[4]) >= least]
        texts = [(words[a][left:right], words[b][top:bottom]) for a, b, left, right, top, bottom in waiting]
        rest = []
        for (a, b, left, right, top, bottom), (equal, start_a, end_a, start_b, end_b) in zip(
            waiting, _best(texts), strict=True
        ):
            if equal >= least:
                found[a, b].add(((left + start_a, left + end_a), (top + start_b, top + end_b), equal))
                rest += [(a, b, left, left + start_a, top, bottom), (a, b, left + end_a, right, top, bottom)]
        waiting = rest
    return {pair: _apart(passages) for pair, passages in found.items()}


def _apart(passages):
    """Of passages that share words, as the ends of regions may, the one with more equal words."""
    kept = []
    for passage in sorted(passages, key=lambda passage: (-passage[2], passage)):
        if not any(_touch([*passage[0], *passage[1]], [*other[0], *other[1]]) for other in kept):
            kept.append(passage)
    return kept


def _touch(box, other):
    return box[0] < other[1] and other[0] < box[1] and box[2] < other[3] and other[2] < box[3]


def _best(texts):
    """Of each pair of arrays of words the best local alignment (Smith & Waterman 1981): equal +1, any edit −2.

    Returns rows of equal words, start and end in the first, start and end in the second.
    """
    found = np.zeros((len(texts), 5), dtype=int)
    order = sorted(range(len(texts)), key=lambda at: (len(texts[at][0]), len(texts[at][1])))
    while order:
        many = max(1, _CELLS // (len(texts[order[0]][0]) + 8))
        some = [at for at in order[:many] if len(texts[at][0]) <= len(texts[order[0]][0]) + 8]  # of about one length
        found[some] = _diagonals([texts[at] for at in some])
        order = order[len(some) :]
    return found.tolist()


_CELLS = 1 << 15  # that are looked at together
# A cell in one number: its score, which of three it came from, its equal words, where it began (as row and column).
_ROW, _EQUAL, _FROM, _SCORE = 1 << 20, 1 << 33, 1 << 46, 1 << 48
_LONGEST = 8000  # rows: a longer passage is told as two


def _diagonals(texts):
    """The best alignments of a few pairs, all at once, one diagonal of their tables after the other."""
    height, width = (max(len(pair[side]) for pair in texts) for side in (0, 1))
    rows = np.full((len(texts), height), -1)
    columns = np.full((len(texts), width + 2 * height), -2)
    for at, (a, b) in enumerate(texts):
        rows[at, : len(a)] = a
        columns[at, height : height + len(b)] = b
    place = np.arange(height)
    top = np.zeros(rows.shape, dtype=np.int64)  # the best cell of each row so far, and its column
    column = np.zeros(rows.shape, dtype=np.int64)
    before = last = np.zeros((len(texts), height + 1), dtype=np.int64)  # one diagonal back and two, each with a row in front
    for number in range(height + width - 1):
        other = columns[:, number + 1 : number + 1 + height][:, ::-1]  # of row i column number − i
        corner, above, beside = last[:, :-1], before[:, :-1], before[:, 1:]
        best = np.maximum(np.maximum(corner + 2 * _FROM, above + _FROM), beside) & ~np.int64(3 * _FROM)
        edited = np.where(best >= (_EDIT + 1) * _SCORE, best - _EDIT * _SCORE, 0)
        here = place * _ROW + (number - place)
        equal = np.where(corner >= _SCORE, corner, here) + _SCORE + _EQUAL
        cells = np.where(rows == other, equal, edited)
        better = cells // _SCORE > top // _SCORE
        top = np.where(better, cells, top)
        column = np.where(better, number - place, column)
        last, before = before, np.pad(cells, ((0, 0), (1, 0)))
    row = np.argmax(top // _SCORE, axis=1)
    each = np.arange(len(texts))
    best = top[each, row]
    starts = best % _EQUAL
    equal = best % _FROM // _EQUAL
    return np.stack([equal, starts // _ROW, row + 1, starts % _ROW, column[each, row] + 1], axis=1)


def _inside(start, end, marks):
    """The share of a stretch that stands inside quotation marks."""
    held, reached = 0, start
    for first, last in sorted(marks):
        first, last = max(first, reached), min(last, end)
        if first < last:
            held, reached = held + last - first, last
    return held / (end - start)
