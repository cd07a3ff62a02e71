"""Passages that articles of different sources share: candidates by MinHash, each verified by local alignment."""

import zlib
from collections import defaultdict

import numpy as np
import pandas as pd
from datasketch import MinHash, MinHashLSH

from broadsheet import tables

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
    (empty) are compared with all. What stands in more than `common` articles is taken for a notice, not for copying:
    `attrs["left_out"]` of the result says how many blocks of 20 words that concerns.

    Blocks of words with similar sets of n-word shingles are found by MinHash and locality-sensitive hashing (Broder
    1997), with a fixed seed; they can miss a short or much edited passage. Smith & Waterman's (1981) alignment
    of words then says where the passage begins and ends.

    >>> line = "talks would go on, the envoy said, for as long as both sides were willing to sit down"
    >>> articles = pd.DataFrame({"article_id": ["a1", "a2"], "source": ["Mail", "Post"],
    ...                          "text": [f"Peace {line}.", f"On Monday {line.replace('willing', 'ready')}."]})
    >>> found = passages(articles, pd.DataFrame(columns=["article_id", "start", "end"]))
    >>> found[["source_a", "start_a", "source_b", "start_b", "words", "kind"]].values.tolist()
    [['Mail', 6, 'Post', 10, 17, 'prose']]
    """
    texts, names, sources = (articles[column].tolist() for column in ("text", "article_id", "source"))
    sources = ["" if pd.isna(source) else source for source in sources]
    spans = [tables.word_spans(text) for text in texts]
    words = [[_folded(text[start:end]) for start, end in held] for text, held in zip(texts, spans, strict=True)]
    marks = defaultdict(list)
    for article, start, end in quotes[["article_id", "start", "end"]].itertuples(index=False, name=None):
        marks[article].append((start, end))
    rows = []
    found, left_out = _candidates(words, sources, n, common)
    for (a, b), blocks in found.items():
        for (start_a, end_a), (start_b, end_b), equal in _aligned(words[a], words[b], blocks, least):
            sides = []
            for number, start, end in ((a, start_a, end_a), (b, start_b, end_b)):
                first, last = spans[number][start][0], spans[number][end - 1][1]
                sides.append((names[number], sources[number], first, last))
            said = all(_inside(first, last, marks[name]) >= quoted for name, _, first, last in sides)
            shown = [texts[number][side[2] : side[3]] for number, side in zip((a, b), sides, strict=True)]
            rows.append((*sides[0], *sides[1], equal, *shown, "quoted" if said else "prose"))
    rows.sort(key=lambda row: (-row[8], *map(str, row[:3]), *map(str, row[4:7])))
    made = pd.DataFrame(rows, columns=_COLUMNS)
    kinds = {column: "int64" for column in ("start_a", "end_a", "start_b", "end_b", "words")}
    made = made.astype({column: kinds.get(column, "str") for column in _COLUMNS})
    made.attrs["left_out"] = left_out
    return made


def _folded(word):
    return word.lower().replace("’", "'").replace("‐", "-").replace("‑", "-")


def _candidates(words, sources, n, common):
    """Pairs of articles of different sources → where (word in a, in b) their similar blocks begin; blocks left out."""
    shingles = [_shingles(held, n) for held in words]
    shared = _shared(shingles, sources)
    keys, sets = [], []
    for article, hashes in enumerate(shingles):
        known = np.isin(hashes, shared)
        for at in range(0, max(len(words[article]) - _BLOCK + _STEP, 1), _STEP):
            block = slice(at, at + _BLOCK - n + 1)
            if known[block].sum() >= _FEWEST:
                keys.append((article, at))
                sets.append(hashes[block][known[block]].tolist())
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


def _shingles(words, n):
    """The hashes of all runs of n words, in their order."""
    runs = (" ".join(words[at : at + n]).encode() for at in range(len(words) - n + 1))
    return np.fromiter((zlib.crc32(run) for run in runs), dtype=np.uint64)


def _shared(shingles, sources):
    """The hashes that stand in two sources or more: all others cannot be part of a shared passage."""
    codes = {source: number for number, source in enumerate(dict.fromkeys(sources)) if source}
    owned = [
        np.unique(hashes) << np.uint64(32) | np.uint64(codes.get(source, len(codes) + article))
        for article, (hashes, source) in enumerate(zip(shingles, sources, strict=True))
    ]
    pairs = np.unique(np.concatenate(owned)) if owned else np.array([], dtype=np.uint64)
    hashes, count = np.unique(pairs >> np.uint64(32), return_counts=True)
    return hashes[count > 1]


def _aligned(a, b, blocks, least):
    """The passages of two lists of words, as ((start, end), (start, end), equal words)."""
    boxes = []
    for at, there in blocks:  # similar blocks that touch on both sides are one region
        new = [at - _STEP, at + _BLOCK + _STEP, there - _STEP, there + _BLOCK + _STEP]
        for box in [box for box in boxes if _touch(box, new)]:
            boxes.remove(box)
            new = [min(box[0], new[0]), max(box[1], new[1]), min(box[2], new[2]), max(box[3], new[3])]
        boxes.append(new)
    found = {
        passage
        for box in boxes
        for passage in _local(a, b, max(box[0], 0), min(box[1], len(a)), max(box[2], 0), min(box[3], len(b)), least)
    }
    kept = []
    for passage in sorted(found, key=lambda passage: (-passage[2], passage)):  # regions may share the end of a passage
        if not any(_touch([*passage[0], *passage[1]], [*other[0], *other[1]]) for other in kept):
            kept.append(passage)
    return kept


def _touch(box, other):
    return box[0] < other[1] and other[0] < box[1] and box[2] < other[3] and other[2] < box[3]


def _local(a, b, left, right, top, bottom, least):
    """The best local alignment inside a box, and those of the rest of a. Equal +1, any edit −2."""
    if min(right - left, bottom - top) < least:
        return
    score, origin, equal = _scores(a[left:right], b[top:bottom])
    if equal < least:
        return
    (start_a, start_b), (end_a, end_b) = origin, score
    here = ((left + start_a, left + end_a), (top + start_b, top + end_b), equal)
    yield here
    yield from _local(a, b, left, here[0][0], top, bottom, least)  # all of b: the order of passages may differ
    yield from _local(a, b, here[0][1], right, top, bottom, least)


def _scores(a, b):
    """The end, the start and the number of equal words of the best local alignment (Smith & Waterman 1981)."""
    empty = (0, 0, (0, 0))
    best, end = empty, (0, 0)
    above = [empty] * (len(b) + 1)  # each cell: score, equal words, where it began
    for i, word in enumerate(a):
        row = [empty]
        for j, other in enumerate(b):
            before = above[j]
            if word == other:
                cell = (before[0] + 1, before[1] + 1, before[2] if before[0] else (i, j))
            else:
                cell, up, side = before, above[j + 1], row[j]
                if up[0] > cell[0]:
                    cell = up
                if side[0] > cell[0]:
                    cell = side
                cell = (cell[0] - _EDIT, cell[1], cell[2]) if cell[0] > _EDIT else empty
            row.append(cell)
            if cell[0] > best[0]:
                best, end = cell, (i + 1, j + 1)
        above = row
    return end, best[2], best[1]


def _inside(start, end, marks):
    """The share of a stretch that stands inside quotation marks."""
    held, reached = 0, start
    for first, last in sorted(marks):
        first, last = max(first, reached), min(last, end)
        if first < last:
            held, reached = held + last - first, last
    return held / (end - start)
