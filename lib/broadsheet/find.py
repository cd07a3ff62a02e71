"""Sentences + patterns → mentions: actors and terms go through one matcher."""

import functools
import re
import unicodedata
from itertools import chain

import numpy as np
import pandas as pd
from ahocorasick_rs import BytesAhoCorasick, Implementation

from broadsheet import tables, whose
from broadsheet.coded import gold  # noqa: F401  the public names of these functions are find's
from broadsheet.cues import contexts, polarity  # noqa: F401
from broadsheet.points import Asked, Column

_SEPARATORS = r"[\s\-‐‑]"  # white space and hyphens; dashes part


def _is_mark(character):
    return not character.isascii() and unicodedata.combining(character) != 0


def _small(character):
    """A letter as it is looked for: small, without its accent; Σ depends on its place otherwise."""
    return tables.small(tables.plain(character)).replace("ς", "σ")


def _folded(text):
    return "".join(tables.plain(each) for each in text if not _is_mark(each))


def _code(character):
    """A character as one byte, none for what may stand anywhere in a match; beyond ASCII 127 bytes are all there are."""
    if re.match(_SEPARATORS, character) or _is_mark(character):
        return 0
    point = ord(_small(character))
    return max(point, 1) if point < 128 else 128 + point % 127


_codes = Asked(_code)
_MARK, _IN_WORD = 1, 2
_flags = Asked(
    lambda character: _MARK * _is_mark(character) + _IN_WORD * (character.isalnum() or character == "_"),
)


class _Pattern:
    """One phrase of actors.csv or terms.csv, ready to match."""

    def __init__(self, phrase):
        folded = _folded(phrase)
        words = [word for word in re.split(rf"{_SEPARATORS}+", folded) if word]
        last = words[-1]
        plain = re.escape(last)
        if re.search(r"[^aeiou\W\d]y$", last):
            name = "s?" if last != last.lower() else ""  # policies, but the Kennedys
            ending, endings = f"{plain}{name}|{plain[:-1]}ies", (last, last + "s", last[:-1] + "ies")
        elif re.search(r"(?:[sxz]|[cs]h)$", last, re.I):
            ending, endings = f"{plain}(?:es)?", (last, last + "es")
        elif last[-1].isalpha():
            ending, endings = f"{plain}s?", (last, last + "s")
        else:
            ending, endings = plain, (last,)
        parts = [f"({re.escape(word)})" for word in words[:-1]] + [f"({ending})"]
        self.regex = re.compile(f"{_SEPARATORS}*".join(parts), re.I)
        self.capitals = [number for number, word in enumerate(words, 1) if word != word.lower()]
        written = ("".join([*words[:-1], end]) for end in endings)
        self.keys = [bytes(filter(None, map(_code, word))) for word in written]

    def fits(self, found):
        match = self.regex.fullmatch(found)
        return match is not None and all(match[number] != match[number].lower() for number in self.capitals)


@functools.lru_cache(maxsize=8)
def _matcher(patterns):
    """The automaton of all literal patterns, which of them each of its keys belongs to, and the regular expressions."""
    keys, expressions = {}, []
    for order, pattern in enumerate(patterns):
        if pattern.startswith("re:"):
            expressions.append((order, re.compile(pattern[3:])))
        else:
            literal = _Pattern(pattern)
            for key in dict.fromkeys(literal.keys):
                keys.setdefault(key, []).append((order, literal))
    automaton = BytesAhoCorasick(list(keys), implementation=Implementation.DFA) if keys else None
    return automaton, list(keys.values()), expressions


def mentions(sentences, patterns):
    """Returns mentions: one row per match; key article_id, start. ``patterns`` is a study's .actors or .terms.

    A pattern is a literal phrase of whole words. White space and hyphens in it match any run of either, or nothing; accents
    fold; a simple plural and a possessive match, and ``matched`` leaves the possessive out; a word written with a capital must
    have one in the text, a word written without matches any case. ``re:`` starts a regular expression (case counts). Where
    matches overlap the longest wins, whichever label it belongs to; of equal ones that of the earlier row. ``start`` and
    ``end`` are characters into the article's text: ``text[start:end] == matched``.

    >>> import pandas as pd
    >>> text = "Osterby's cease-fire plan: two ceasefires, Marsh said."
    >>> one = pd.DataFrame({"article_id": ["a"], "sentence_no": [0], "part": ["body"], "start": [0], "sentence": [text]})
    >>> rows = [("truce", "cease-fire", "strict", ""), ("plan", "cease-fire plan", "strict", ""), ("Marsh", "marsh", "", "")]
    >>> mentions(one, tables.make("patterns", rows))[["label", "matched"]].values.tolist()
    [['plan', 'cease-fire plan'], ['truce', 'ceasefires'], ['Marsh', 'Marsh']]
    """
    automaton, owners, expressions = _matcher(tuple(patterns["pattern"].tolist()))
    column = Column.of(sentences["sentence"])
    more = [
        (number, *match.span(), order)
        for order, expression in expressions
        for number, text in enumerate(column.texts)
        for match in expression.finditer(text)
        if match.group()
    ]
    found = np.array(more, dtype=int).reshape(-1, 4)
    if automaton is not None:
        found = np.concatenate([_literal(column, automaton, owners), found])
    number, start, end, order = _longest(found).T
    form, firsts = column.alike(column.first[number] + start, column.first[number] + end)
    firsts = zip(*(each[firsts].tolist() for each in (number, start, end)), strict=True)
    forms = [column.texts[at][first:last] for at, first, last in firsts]
    kinds = (np.array(list(map(kind, forms)), dtype=bool)[form] for kind in (whose.is_name, whose.is_pronoun))
    rules = _rules(column, number, start, end, pd.factorize(patterns["label"])[0][order], *kinds)
    label, pattern, scope = (patterns[name].array.take(order) for name in ("label", "pattern", "scope"))
    pattern[list(rules)], scope[list(rules)] = [f"rule: {rule}" for rule in rules.values()], "aside"
    article, sentence, part, begun = (
        sentences[name].array.take(number) for name in ("article_id", "sentence_no", "part", "start")
    )
    return tables.make(
        "mentions",
        {
            "article_id": article,
            "sentence_no": sentence,
            "label": label,
            "start": begun + start,
            "end": begun + end,
            "matched": pd.Series(forms, dtype="str").take(form).array,
            "pattern": pattern,
            "scope": scope,
            "part": part,
        },
    )


def _rules(column, numbers, starts, ends, labels, names, pronouns):
    """{place: rule} of the matches, in their order, that are nobody's or named already; masks tell names and pronouns."""
    first, names = column.first[numbers], np.flatnonzero(names)
    names = names[whose.beside(column.text, *((first + each)[names].tolist() for each in (starts, ends)))]
    places = zip(names.tolist(), *(each[names].tolist() for each in (numbers, starts, ends)), strict=True)
    rules = {place: whose.rule(column.texts[number], start, end) for place, number, start, end in places}
    again = (np.diff(numbers, prepend=-1) == 0) & (np.diff(labels, prepend=-1) == 0)
    beside = again & (starts - np.roll(ends, 1) <= whose.BESIDE)
    asked = np.unique(numbers[beside | pronouns])  # only there can an actor be named a second time
    spans = np.stack([starts, ends, labels], axis=1)
    edges = (np.searchsorted(numbers, asked, side).tolist() for side in ("left", "right"))
    for number, first, last in zip(asked.tolist(), *edges, strict=True):
        for place, rule in whose.repeated(column.texts[number], spans[first:last].tolist()):
            rules[first + place] = rule
    return {place: rule for place, rule in rules.items() if rule}


def _literal(column, automaton, owners):
    """One pass over all sentences: with separators and accents left out, then each candidate held against its pattern.

    Returns rows of number of the sentence, start, end and order of the pattern, one a match.
    """
    codes, places = column.once(_read)
    hits = automaton.find_matches_as_indexes(codes, overlapping=True)
    hits = np.fromiter(chain.from_iterable(hits), dtype=int, count=3 * len(hits)).reshape(-1, 3)
    starts, ends = places[hits[:, 1]], places[hits[:, 2] - 1] + 1
    before = starts - 1
    while (marks := _flags(column.points[ends]) & _MARK > 0).any():  # an accent written as a sign of its own
        ends += marks
    while (marks := _flags(column.points[before]) & _MARK > 0).any():
        before -= marks
    whole = _flags(column.points[before]) & _IN_WORD == 0  # before the first text there is the end of the last
    whole &= _flags(column.points[ends]) & _IN_WORD == 0
    keys, starts, ends = hits[whole, 0], starts[whole], ends[whole]  # in the order of their ends
    form, firsts = column.alike(starts, ends, keys)
    forms = zip(keys[firsts].tolist(), starts[firsts].tolist(), ends[firsts].tolist(), strict=True)
    fits = [
        [order for order, pattern in owners[key] if pattern.fits(_folded(column.text[start:end]))] for key, start, end in forms
    ]
    each = np.array([len(orders) for orders in fits], dtype=int)
    of = np.repeat(np.arange(len(form)), each[form])  # the candidate of each match: a form may fit several patterns
    nth = np.arange(len(of)) - np.repeat(np.cumsum(each[form]) - each[form], each[form])
    orders = np.concatenate([*fits, []]).astype(int)[(np.cumsum(each) - each)[form[of]] + nth]
    numbers = column.owners(ends)[of]
    first = column.first[numbers]
    return np.stack([numbers, starts[of] - first, ends[of] - first, orders], axis=1)


def _read(column):
    """The codes of what a match is made of, and their places."""
    codes = _codes.over(column)
    places = np.flatnonzero(codes != 0)  # of a mask they are found in a quarter of the time
    return codes[places], places


def _longest(found):
    """Of matches that overlap, the longest; in the order of the texts. Rows of number of the text, start, end, order."""
    found = _in_order(found)
    same = (found[1:, :2] == found[:-1, :2]).all(axis=1)  # few begin where another one does
    if same.any():
        beside = np.flatnonzero(np.append(same, False) | np.append(False, same))
        number, start, end, order = found[beside].T
        found[beside] = found[beside][np.lexsort((order, start - end, start, number))]
        found = found[np.append(True, (found[1:, :3] != found[:-1, :3]).any(axis=1))]  # of one stretch the first
    number, start, end, order = found.T
    clash = (number[1:] == number[:-1]) & (start[1:] < end[:-1])
    if not clash.any():
        return found
    together = np.isin(number, number[1:][clash])
    kept, text = [], []
    for match in sorted(found[together].tolist(), key=lambda match: (match[0], match[1] - match[2], match[1], match[3])):
        if text and text[0][0] != match[0]:
            text = []
        if all(match[2] <= other[1] or match[1] >= other[2] for other in text):
            text.append(match)
            kept.append(match)
    return _in_order(np.concatenate([found[~together], np.array(kept, dtype=int).reshape(-1, 4)]))


def _in_order(found):
    return found[np.argsort(found[:, 0] << 32 | found[:, 1], kind="stable")]
