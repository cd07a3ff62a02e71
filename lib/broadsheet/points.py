"""A column of texts as one array of code points: what a character is gets asked once for all of them, not once a text."""

import re
import sys
import weakref
from functools import cached_property, lru_cache

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from nltk.tokenize import RegexpTokenizer

from broadsheet import tables

_WIDE = 255  # the first code point that `Asked.over` looks up by itself
_MOST = 1 << 24  # characters of a column that is kept
END = "\x00"  # stands after each text, so that nothing reaches from one into the next
_SOLID = re.compile(r"[^\s\x00]+")  # no word reaches over a blank


class Asked:
    """What a function says of a character, as a number: asked once for each, and kept."""

    def __init__(self, function, kind=np.uint8):
        self.function, self.new = function, np.iinfo(kind).max
        self.answers = np.full(sys.maxunicode + 1, self.new, dtype=kind)

    def __call__(self, points):
        """The answer for each of an array of code points."""
        found = self.answers[points]
        new = found == self.new
        if new.any():
            for point in np.unique(points[new]).tolist():
                self.answers[point] = self.function(chr(point))
            found = self.answers[points]
        return found

    def over(self, column):
        """The answer for each character of a `Column`: for Latin ones by a table of bytes, a third of the time."""
        latin = self(np.arange(_WIDE, dtype=np.uint32)).astype(np.uint8).tobytes() + b"\0"
        found = np.frombuffer(column.narrow.translate(latin), dtype=np.uint8).astype(self.answers.dtype, copy=False)
        found[column.wide] = self(column.points[column.wide])
        return found


# as NLTK's engine of regular expressions has them: not all agree on ² and on accents that stand alone
_CLASSES = [(1, RegexpTokenizer(tables.IN_WORD)), (2, RegexpTokenizer(r"\d"))]
_WORD, _DIGIT, _BLANK, _JOINS, _PARTS = 1, 2, 4, 8, 16  # no character has two of the last three
_kinds = Asked(
    lambda character: (
        sum(bit for bit, one in _CLASSES if one.tokenize(character))
        + _BLANK * character.isspace()
        + _JOINS * (character in "-‐‑'’")
        + _PARTS * (character in ".,")
    )
)

_small = Asked(lambda character: ord(tables.small(character)) % 0xFFFF, np.uint16)


class Column:
    """Texts, one after another: ``points``, and ``first``, where each begins (and where the next would)."""

    def __init__(self, texts):
        self.texts = texts if isinstance(texts, list) else pd.Series(texts, dtype="str").array._pa_array.to_pylist()
        self.text = END.join([*self.texts, ""])
        self.points = np.array([self.text]).view(np.uint32)[: len(self.text)]  # numpy's own letters: no copy on the way
        self.first = np.cumsum([0, *map(len, self.texts)]) + np.arange(len(self.texts) + 1)
        self.answers = {}

    @classmethod
    def of(cls, texts, known=None):
        """The Column of a Series of texts: of the Series that was asked last, as long as it lives, the one made then.

        ``known`` are its texts as a list, where the caller has them.
        """
        series = pd.Series(texts, dtype="str")
        held = series.array._pa_array
        last, column = cls._last
        if last() is not held:
            column, cls._last = None, cls._NONE  # the memory of the last one is free for this one
            column = cls(known or series)
            if len(column.points) < _MOST:
                cls._last = weakref.ref(held, cls._forget), column
        return column

    @classmethod
    def _forget(cls, gone):
        if cls._last[0] is gone:
            cls._last = cls._NONE

    _last = _NONE = (lambda: None, None)

    def owners(self, places):
        """Which text each of some places is in; they are in order."""
        return np.repeat(np.arange(len(self.first)), np.diff(np.searchsorted(places, self.first), append=len(places)))

    def once(self, function):
        """What a function says of the column, asked once."""
        if function not in self.answers:
            self.answers[function] = function(self)
        return self.answers[function]

    @cached_property
    def narrow(self):
        """The code points as bytes, 255 for all that are no less."""
        found = bytearray(len(self.points))
        np.minimum(self.points, _WIDE, out=np.frombuffer(found, dtype=np.uint8), casting="unsafe")
        return found

    @cached_property
    def wide(self):
        return np.flatnonzero(self.points >= _WIDE)

    @cached_property
    def kinds(self):
        return _kinds.over(self)

    def lines(self):
        """The lines of all texts that are not blank as (starts, ends), without the blanks around them."""
        ends = np.sort(np.concatenate([np.flatnonzero(self.points == ord("\n")), self.first[1:] - 1]))
        return self.stripped(np.concatenate([[0], ends + 1])[:-1], ends)

    def stripped(self, starts, ends):
        """(starts, ends) of stretches without the blanks around them; those of blanks alone are left out."""
        held = starts < ends
        starts, ends = starts[held], ends[held]
        ends = ends - (self.kinds[ends - 1] & _BLANK > 0)  # most stretches have one blank, behind
        edges = self.kinds[starts] | self.kinds[ends - 1]
        for at in np.flatnonzero(edges & _BLANK).tolist():
            text = self.text[starts[at] : ends[at]]
            starts[at], ends[at] = ends[at] - len(text.lstrip()), starts[at] + len(text.rstrip())
        held = starts < ends
        return starts[held], ends[held]

    def slices(self, starts, ends):
        """Returns a Series of the stretches of text between places; they are in order and do not overlap."""
        if not len(starts):
            return pd.Series([], dtype="str")
        data, bounds = self.text.encode(), np.stack([starts, ends], axis=1).ravel()
        if len(data) > len(self.points):  # where each place is in bytes
            wide = np.flatnonzero(self.points > 0x7F)
            more = sum(self.points[wide] > limit for limit in (0x7F, 0x7FF, 0xFFFF))
            before = np.bincount(np.searchsorted(bounds, wide, side="right"), more, len(bounds))
            bounds = bounds + before[: len(bounds)].cumsum().astype(int)
        found = pa.LargeStringArray.from_buffers(len(bounds) - 1, pa.py_buffer(bounds), pa.py_buffer(data))
        return pd.Series(found.take(pa.array(np.arange(0, len(bounds), 2))), dtype="str")  # without what stands between them

    def plain_words(self):
        """The runs of letters, figures and underscores as (starts, ends): cruder than words, for telling texts apart."""
        return _runs((self.kinds & _WORD).view(bool))

    def hashes(self, starts, ends):
        """64 bits for each word between places; words of the same letters, small or large, have the same.

        >>> column = Column(["Talks or talks, or stalk"])
        >>> len(set(column.hashes(*column.words()).tolist()))
        3
        """
        return _hashed(_small.over(self), starts, ends)

    def alike(self, starts, ends, kinds=0):
        """Numbers stretches between places, those of one text and kind alike; and says which is the first of each number.

        >>> column = Column(["so so no"])
        >>> [each.tolist() for each in column.alike(*column.words(), np.array([0, 0, 1]))]
        [[0, 0, 1], [0, 2]]
        """
        numbers, _ = pd.factorize(mixed(_hashed(self.points, starts, ends), np.asarray(kinds, dtype=np.uint64)))
        return numbers, np.flatnonzero(np.diff(np.maximum.accumulate(numbers), prepend=-1))

    def words(self):
        """The words of all texts as (starts, ends), places of the array: those that `tables.WORD` finds.

        >>> column = Column(["The U.S. isn’t", "1,000"])
        >>> column.slices(*column.words()).tolist()
        ['The', 'U.S.', 'isn’t', '1,000']
        """
        kinds = self.kinds
        inside = (kinds & _WORD).view(bool)
        at = np.flatnonzero(kinds[1:-1] >= _JOINS) + 1
        beside = kinds[at - 1] & kinds[at + 1]
        inside[at[np.where(kinds[at] & _JOINS, beside & _WORD, beside & _DIGIT) > 0]] = True
        starts, ends = _runs(inside)
        # a letter of its own before a dot and a letter: only the pattern tells what of it is one word
        short = starts[(ends - starts == 1)]
        short = short[short + 2 < len(kinds)]
        letters = (kinds[short] & _DIGIT == 0) & (kinds[short + 2] & _WORD > 0)
        doubt = short[letters & (self.points[short + 1] == ord("."))]
        return self._abbreviated(starts, ends, doubt) if len(doubt) else (starts, ends)

    def _abbreviated(self, starts, ends, doubt):
        """The words with those begun at a place of doubt as the pattern takes them: they are no more than there were."""
        gone, reached = [], 0
        for place, at in zip(np.searchsorted(starts, doubt).tolist(), doubt.tolist(), strict=True):
            if at < reached:
                continue
            first, reached, words = place, at, []
            while reached < ends[place]:  # a word that is cut by the one before it goes on as the pattern takes it
                start, end = _first_word(_SOLID.search(self.text, reached).group())
                words.append((reached + start, reached + end))
                reached += end
                while place + 1 < len(starts) and starts[place + 1] < reached:
                    place += 1
            for each, word in enumerate(words, first):
                starts[each], ends[each] = word
            gone += range(first + len(words), place + 1)
        return np.delete(starts, gone), np.delete(ends, gone)


@lru_cache(maxsize=1 << 14)
def _first_word(text):
    return next(tables.tokenizer.span_tokenize(text))


def _runs(mask):
    """Where the stretches of a mask begin and end; its last place is in none."""
    edges = np.flatnonzero(mask[1:] != mask[:-1]) + 1
    edges = np.concatenate([[0], edges]) if len(mask) and mask[0] else edges
    return edges[::2], edges[1::2]


def _hashed(letters, starts, ends):
    """64 bits for each stretch of an array of numbers, as many of them at a time as 64 bits hold."""
    bits = 8 * letters.itemsize
    many = 64 // bits
    if many > 2:  # one number may be read past each stretch, since END stands there, and no more
        letters = np.append(letters, np.zeros(many - 2, dtype=letters.dtype))
    several = np.ndarray(max(len(letters) - many + 1, 0), "<u8", letters, strides=letters.strides)  # so many from each place on
    first = np.array([2 ** (bits * number) - 1 for number in range(many + 1)], dtype=np.uint64)
    sizes = ends - starts
    found = mixed(np.uint64(0), several[starts] & first[np.minimum(sizes, many)])
    for reached in range(many, sizes.max(initial=0), many):
        at = np.flatnonzero(sizes > reached)
        found[at] = mixed(found[at], several[starts[at] + reached] & first[np.minimum(sizes[at] - reached, many)])
    return found


def mixed(hashes, other):
    """Hashes of 64 bits with another one mixed in: the order in which several are counts."""
    made = (hashes ^ other) * np.uint64(0x9E3779B97F4A7C15)
    return made ^ (made >> np.uint64(29))


def runs(hashes, n):
    """The hash of each run of n words, from the hashes of the words; there are n − 1 fewer."""
    made = np.zeros(max(len(hashes) - n + 1, 0), dtype=np.uint64)
    for place in range(n):
        made = mixed(made, hashes[place : place + len(made)])
    return made


def suspects(texts, pattern):
    """The places of the texts in which a regular expression may match: all in which it does, and few others.

    RE2 asks all texts at once. Its classes know no letters beyond ASCII: these are taken for both \\w and \\W, which a
    class of what is left out ([^…]) may therefore not hold. It does not know what may not stand before or behind: that is
    left out. "So many times at most" becomes any number of times, since it builds a machine for each of them.

    >>> suspects(["a truce", "Ätna", "no"], r"^\\w+na$|\\btruce").tolist()
    [0, 1]
    """
    if not len(texts):
        return np.array([], dtype=int)
    wide = r"\w\x{80}-\x{10FFFF}"
    known = _AT_MOST.sub(lambda found: "*" if found[1] == "0" else "+", _without_looks(pattern))
    wider = _CLASS.sub(lambda found: found.group().replace(r"\w", wide if len(found.group()) > 2 else f"[{wide}]"), known)
    found = pc.match_substring_regex(pa.array(texts, pa.large_string()), wider)
    return np.flatnonzero(found.to_numpy(zero_copy_only=False))


_CLASS = re.compile(r"\\w|\[(?:\\.|[^\]\\])*\]")  # alone, or a class of characters that may have it
_UNLESS = re.compile(r"\(\?<?!")
_AT_MOST = re.compile(r"\{(\d+),\d+\}")


def _without_looks(pattern):
    """A pattern without what may not stand before or behind."""
    while found := _UNLESS.search(pattern):
        depth, at = 1, found.end()
        while depth:
            depth += {"(": 1, ")": -1}.get(pattern[at], 0)
            at += 2 if pattern[at] == "\\" else 1
        pattern = pattern[: found.start()] + pattern[at:]
    return pattern
