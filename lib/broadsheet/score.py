"""mentions → scores: sentiment toward the mentioned actor, and the registry of scorers.

`target` is trained to tell what a sentence says of one actor in it. `textblob` and `vader`, the transparent baselines, judge
the words around an actor: "Tillis called Putin a liar" counts against both. How often each is right on news sentences stands
in lib/benchmarks/README.md.
"""

import hashlib
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path

import pandas as pd

from broadsheet import lexicon, tables, target
from broadsheet.tables import BroadsheetError

CLASSES = tables.CLASSES
COLUMNS = [*CLASSES, "sentiment"]


@dataclass(frozen=True)
class Scorer:
    """One way to score: a function of (texts, spans), and the cut-offs that turn its scores into classes.

    The function returns one s in −1…1 per text, or a frame with the columns negative, neutral, positive (and
    sentiment; without it, positive − negative). A sentiment below `low` is negative, one above `high` positive; where
    both are None, the largest of the three decides. `measured` says how often it was right, and on what;
    `words(text, span)` gives the words behind a score, if any.
    """

    function: Callable
    low: float | None
    high: float | None
    description: str
    measured: str = "Not measured"
    words: Callable | None = None


def sentiment(mentions, sentences, scorer="target"):
    """Returns scores: one row per mention, in their order: its sentiment toward the mentioned actor in its sentence.

    `sentiment` runs from −1 to 1. With target, negative, neutral and positive are probabilities and sentiment is positive −
    negative. With a lexicon scorer (textblob, vader) positive = max(s, 0), negative = max(−s, 0) and neutral = 1 − |s|: these
    add up to 1, and are **not** probabilities. `voice` is empty where the mentions have
    none. Raises BroadsheetError for a mention without its sentence, one that reaches out of it, and an unknown scorer.

    >>> sentences = pd.DataFrame({"article_id": ["a1"], "sentence_no": [0], "start": [10], "end": [33],
    ...                           "sentence": ["Orban is a good friend."]})
    >>> mentions = pd.DataFrame({"article_id": ["a1"], "sentence_no": [0], "label": ["Orban"],
    ...                          "start": [10], "end": [15]})
    >>> sentiment(mentions, sentences, scorer="textblob")[["label", "neutral", "sentiment"]].round(2).values.tolist()
    [['Orban', 0.3, 0.7]]
    """
    known(scorer)
    key = ["article_id", "sentence_no"]
    held = sentences[[*key, "start", "sentence"]].drop_duplicates(key).rename(columns={"start": "sentence_start"})
    joined = mentions.merge(held, on=key, how="left", sort=False)
    lost = joined["sentence"].isna()
    if lost.any():
        row = joined[lost].iloc[0]
        raise BroadsheetError(
            f"{lost.sum()} of {len(joined)} mentions have no sentence: the first is {row.label} in article "
            f"{row.article_id}, sentence {row.sentence_no}; give the sentences that the mentions were found in"
        )
    first = joined["sentence_start"].astype("int64")
    spans = list(zip(joined["start"] - first, joined["end"] - first, strict=True))
    voice = joined["voice"].fillna("") if "voice" in joined else ""
    place = joined[[*key, "label", "start", "end"]].assign(voice=voice, scorer=scorer)
    return tables.make("scores", place.join(toward(joined["sentence"], spans, scorer)))


def toward(texts, spans, scorer="target"):
    """Returns one row per text: negative, neutral, positive and sentiment (−1…1) toward the target in its span.

    `spans` are (start, end) in characters of each text. The three classes of a lexicon scorer are not probabilities
    (see `sentiment`). Raises BroadsheetError (a ValueError) for a span outside its text, an empty or a reversed one,
    and says which row.

    >>> texts, spans = ["Orban is a good friend.", "Critics call Orban corrupt."], [(0, 5), (13, 18)]
    >>> toward(texts, spans, "textblob").sentiment.tolist()
    [0.7, -0.5]
    """
    rule = known(scorer)
    texts, spans = list(texts), [tuple(span) for span in spans]
    if len(texts) != len(spans):
        raise BroadsheetError(f"{len(texts)} texts and {len(spans)} spans: give one (start, end) for each text")
    for row, (text, span) in enumerate(zip(texts, spans, strict=True)):
        _checked(text, span, row)
    if not texts:
        return pd.DataFrame({column: pd.Series(dtype="float64") for column in COLUMNS})
    made = rule.function(texts, [(int(start), int(end)) for start, end in spans])
    frame = _from_frame(made) if isinstance(made, pd.DataFrame) else _from_lexicon(made)
    if len(frame) != len(texts):
        raise BroadsheetError(f"the scorer {scorer} returned {len(frame)} rows for {len(texts)} texts")
    if frame.isna().any(axis=None):
        raise BroadsheetError(f"the scorer {scorer} returned no number for row {frame.index[frame.isna().any(axis=1)][0]}")
    return frame


def label(scores, scorer=None):
    """Returns a Series of negative, neutral or positive: one per row of scores, by the cut-offs of the row's scorer.

    The scorer is the column of that name, or the argument where a frame from `toward` has none.

    >>> label(toward(["Critics call Orban a corrupt liar."], [(13, 18)]), "vader").tolist()
    ['negative']
    """
    names = scores["scorer"] if scorer is None else pd.Series(scorer, index=scores.index, dtype="str")
    out = pd.Series("neutral", index=scores.index, dtype="str", name="class")
    for name in names.unique():
        rule, mine = known(name), names == name
        if rule.low is None:
            out[mine] = scores.loc[mine, CLASSES].idxmax(axis=1)
        else:
            out[mine & (scores["sentiment"] < rule.low)] = "negative"
            out[mine & (scores["sentiment"] > rule.high)] = "positive"
    return out


def words(text, span, scorer="target"):
    """Returns the words behind a score: a list of (word, weight), in the order of the text; empty where there are none.

    target: what the sentiment loses without the word, see `target.words`. textblob: the assessments of TextBlob, −1…1. vader:
    the valences of VADER's lexicon, −4…4, as the words before them turn or strengthen them ("not good" is negative); of both,
    only words of the clause around the target. Never a word of the target itself.

    >>> text = "Critics, not friends, call Orban a very corrupt liar."
    >>> words(text, (27, 32), "vader")
    [('liar', -2.5783)]
    >>> words(text, (27, 32), "textblob")
    [('very corrupt', -0.65)]
    """
    _checked(text, span, 0)
    rule = known(scorer)
    return rule.words(text, span) if rule.words else []


def subjectivity(texts):
    """Returns TextBlob's subjectivity of each text: a Series of 0 (no word of opinion) … 1, indexed as the texts are.

    The mean over the words that TextBlob's lexicon knows; 0 also where it knows none.

    >>> subjectivity(["They met on Monday.", "A wonderful, wonderful day."]).tolist()
    [0.0, 1.0]
    """
    index = texts.index if isinstance(texts, pd.Series) else None
    return pd.Series([lexicon.subjectivity(lexicon.plain(text)) for text in texts], index=index, dtype="float64")


def known(scorer):
    """Returns the Scorer of that name; an unknown name is a BroadsheetError that names the nearest and lists all.

    >>> known("vder")
    Traceback (most recent call last):
    broadsheet.tables.BroadsheetError: no scorer "vder": did you mean "vader"? There are: target, textblob, vader
    """
    if scorer in SCORERS:
        return SCORERS[scorer]
    plugged = _plugged()
    if scorer not in plugged:
        raise tables.unknown("scorer", scorer, names())
    try:
        made = plugged[scorer].load()
    except Exception as problem:
        raise BroadsheetError(f"the scorer {scorer} cannot be loaded from {plugged[scorer].value}: {problem}") from problem
    if not isinstance(made, Scorer):
        made = Scorer(made, None, None, (made.__doc__ or "a scorer from another package").strip().splitlines()[0].rstrip("."))
    return made


def version(scorer):
    """What a scorer's numbers depend on beside the library: its model's hashes, or the package that it came in and its file."""
    if scorer in SCORERS:
        config = target.MODEL / "config.json"
        return config.read_text(encoding="utf-8") if scorer == "target" and config.is_file() else ""
    try:
        function = known(scorer).function
    except BroadsheetError as problem:  # one that does not load concerns those alone who ask for it
        return str(problem)
    made = getattr(sys.modules.get(getattr(function, "__module__", "")), "__file__", None)
    package = getattr(_plugged()[scorer], "dist", None)
    return f"{package and package.version} {made and hashlib.sha256(Path(made).read_bytes()).hexdigest()}"


def names():
    """The names of all scorers: those of the library, and those that other packages plug in.

    A package adds one by an entry point in the group ``broadsheet.scorers``: a `Scorer`, or its function alone.
    """
    return sorted({*SCORERS, *_plugged()})


@cache
def _plugged():
    return {each.name: each for each in entry_points(group="broadsheet.scorers")}


def _checked(text, span, row):
    if not isinstance(text, str):
        raise BroadsheetError(f"row {row}: the text is {type(text).__name__}, and has to be str")
    if len(span) != 2:
        raise BroadsheetError(f"row {row}: the span {span} is not (start, end)")
    if not 0 <= span[0] < span[1] <= len(text):
        raise BroadsheetError(
            f"row {row}: the span {span[0]}–{span[1]} lies outside its text of {len(text)} characters, or is empty or reversed"
        )


def _from_lexicon(made):
    s = pd.Series(list(made), dtype="float64").clip(-1, 1)
    return pd.DataFrame({"negative": (-s).clip(0), "neutral": 1 - s.abs(), "positive": s.clip(0), "sentiment": s})


def _from_frame(made):
    made = made.reset_index(drop=True)
    if "sentiment" not in made:
        made = made.assign(sentiment=made["positive"] - made["negative"])
    return made[COLUMNS].astype("float64")


# Adding a scorer is one entry here. Cut-offs: the best macro-F1 on NewsMTSC's two dev sets together, as
# `python lib/benchmarks/sentiment.py --dev` prints them.
SCORERS = {
    "target": Scorer(
        target.score,
        low=None,
        high=None,
        description="a small language model trained on news labelled toward a person; it reads the sentence with the actor's "
        "name hidden, and gives the probabilities of negative, neutral and positive",
        measured="On NewsMTSC its macro-F1 is 81.7 (rw) and 80.9 (mt) of 100; always saying neutral gets 19.0 and 22.6",
        words=target.words,
    ),
    "textblob": Scorer(
        lexicon.by_clause(lexicon.textblob),
        low=0.0,
        high=0.0,
        description="TextBlob's polarity of the clause around the actor: the mean over the words its lexicon knows; "
        "it sees 'not good', and overlooks 'isn't good'",
        measured="On NewsMTSC its macro-F1 is 42.8 (rw) and 37.1 (mt) of 100; always saying neutral gets 19.0 and 22.6",
        words=lexicon.textblob_words,
    ),
    "vader": Scorer(
        lexicon.by_clause(lexicon.vader),
        low=0.0,
        high=0.05,
        description="VADER's compound score of the clause around the actor: lexicon, negation, emphasis",
        measured="On NewsMTSC its macro-F1 is 56.7 (rw) and 50.4 (mt) of 100; always saying neutral gets 19.0 and 22.6",
        words=lexicon.vader_words,
    ),
}
