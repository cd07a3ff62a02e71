"""TextBlob and VADER as scorers: what their lexicons make of the clause around an actor, and the words behind it.

They judge the words near an actor, not what is said of it: "Tillis called Putin a liar" counts against both.
"""

from functools import cache

from textblob import TextBlob
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer, SentiText

from broadsheet import clause


def textblob(text):
    """TextBlob's polarity of a text, −1…1."""
    return TextBlob(text).sentiment.polarity


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
