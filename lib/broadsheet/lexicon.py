"""TextBlob and VADER as scorers: what their lexicons make of the clause around an actor, and the words behind it.

They judge the words near an actor, not what is said of it: "Tillis called Putin a liar" counts against both.
"""

import re
from functools import cache, lru_cache
from itertools import chain

from textblob import TextBlob
from textblob._text import EMOTICONS
from textblob.en import sentiment as pattern
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer, SentiText

from broadsheet import clause


def textblob(text):
    """TextBlob's polarity of a text, −1…1."""
    return _rated(text)[0]


def subjectivity(text):
    """TextBlob's subjectivity of a text, 0…1."""
    return _rated(text)[1]


def _rated(text):
    """What TextBlob makes of a text, (polarity, subjectivity): of what it can tell from others, and of each such once.

    Its words are those between blanks where nothing but letters, figures and marks inside words stands there. Of a run of
    words that it does not know, it sees only whether a negation or an adverb before it ends there: one longer than two letters
    ends both, one of two the negation alone, one letter neither.
    """
    meant = list(map(_meant, text.replace("n't", " n't").replace("'", " ' ").split()))
    if None in meant or _SMILES.search(text):
        return tuple(pattern(text))
    kept = []
    for word in chain.from_iterable(meant):
        if word in (_LONG, _SHORT):
            if not kept or kept[-1] in (word, _LONG):
                continue
            if kept[-1] == _SHORT:
                kept.pop()
        kept.append(word)
    if kept and kept[-1] in (_LONG, _SHORT):
        kept.pop()
    return _sequence(tuple(kept))


@lru_cache(maxsize=1 << 15)
def _meant(word):
    """What TextBlob sees in a word between blanks: words that it knows and such as it does not; None where only it can tell."""
    if not _PLAIN.fullmatch(word):
        return None
    words = _undotted(word) if "." in word[-2:] else [word.lower().rstrip(",")]
    return [
        each if each in _known() else _LONG if len(each) > 2 else _SHORT for each in words if each in _known() or len(each) > 1
    ]


_PLAIN = re.compile(r"[A-Za-z0-9]+(?:[-.,][A-Za-z0-9]+)*\.?,?|['—–|&•]")
_SMILES = re.compile(r"(?:[xX] ?D|[oO] ?\. ?[oO])(?:\s|$)")  # faces that words and stops can make, also with blanks inside
_LONG, _SHORT = "www", "ww"  # any word that TextBlob does not know


def _undotted(word):
    """A word with a dot behind it, as TextBlob takes it: an abbreviation, or a word and a stop, which means nothing to it."""
    return [part for part in " ".join(pattern.tokenizer(word.rstrip(","))).lower().split() if part != "."]


@cache
def _known():
    """The words that mean something to TextBlob."""
    len(pattern)  # it reads its lexicon when it is first asked
    faces = {face.lower() for held in EMOTICONS.values() for face in held}
    return frozenset({*dict.keys(pattern), *pattern.negations, *faces})


@lru_cache(maxsize=1 << 13)
def _sequence(words):
    return tuple(pattern(list(words)))


def vader(text):
    """VADER's compound score of a text, −1…1."""
    return _vader().polarity_scores(text)["compound"]


def _judged(texts, spans):
    """What a lexicon gets to see of each text: the clause, the target's own words ("Justice Department") masked."""
    marks = {text: None for text in texts}
    for text, span in zip(texts, spans, strict=True):
        if marks[text] is None:
            marks[text] = clause.marks(text)
        start, end = clause.within(text, span, marks[text])
        yield plain(f"{text[start : span[0]]}{_MASK}{text[span[1] : end]}")


_MASK = "Someone"  # in neither lexicon


def plain(text):
    return text.replace("’", "'").replace("‘", "'")  # both lexicons spell "isn't" with the straight one


def by_clause(rate):
    """A scorer function that rates the clause around each target; equal clauses are rated once."""

    def function(texts, spans):
        judged = list(_judged(texts, spans))
        rated = {text: rate(text) for text in dict.fromkeys(judged)}
        return [rated[text] for text in judged]

    return function


@cache
def _vader():
    return SentimentIntensityAnalyzer()


def textblob_words(text, span):
    assessed = TextBlob(next(_judged([text], [span]))).sentiment_assessments.assessments
    return [(" ".join(parts), round(float(weight), 4)) for parts, weight, _, _ in assessed if weight]


def vader_words(text, span):
    held = SentiText(next(_judged([text], [span])))
    found = held.words_and_emoticons
    weights = [_vader().sentiment_valence(0, held, word, place, [])[0] for place, word in enumerate(found)]
    return [(word, round(float(weight), 4)) for word, weight in zip(found, weights, strict=True) if weight]
