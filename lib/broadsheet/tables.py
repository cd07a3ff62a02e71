"""The contracts that the verbs share: the columns of every table, the one word pattern, the one error for users."""

import difflib
import functools
import json
import unicodedata
from collections import namedtuple

import pandas as pd
from nltk.tokenize import RegexpTokenizer


class BroadsheetError(ValueError):
    """What a user can mend: one line that says what is wrong and what to do."""


def unknown(kind, given, known):
    """The error for a name that is not there: it names the nearest one and lists them all.

    >>> str(unknown("scorer", "vadr", ["textblob", "vader"]))
    'no scorer "vadr": did you mean "vader"? There are: textblob, vader'
    >>> str(unknown("source", "Rock", ["Mail", "Rock+Roll"])).rpartition(". ")[2]
    'A name with a + goes into a list: ["Rock+Roll"]'
    """
    near = difflib.get_close_matches(str(given), [str(name) for name in known], n=1)
    hint = f': did you mean "{near[0]}"? There are: ' if near else ". There are: "
    plus = next((name for name in map(str, known) if "+" in name and str(given) in name), None)
    advice = f". A name with a + goes into a list: {json.dumps([plus], ensure_ascii=False)}" if plus else ""
    return BroadsheetError(f'no {kind} "{given}"{hint}{", ".join(map(str, known)) or "none"}{advice}')


# What counts as a word, for every count of the suite.
# - Abbreviations of single letters keep their dots: "U.S.", "U.S", "U.S.'s" and "U.S.-led" are one word each.
# - Hyphens and apostrophes join: "cease-fire", "30-day", "don't" and "Putin's" are one word each; dashes part.
# - Figures keep the separators inside them: "1,000" and "3.5" are one word each; "$" and "%" are none.
# - What joins or dresses a sign (U+200D, U+FE0F) is none: an emoji is no word, whatever it is made of.
IN_WORD = r"[^\W\u200c\u200d\u20d0-\u20ff\ufe00-\ufe0f]"
_LETTER = IN_WORD.replace(r"\W", r"\W\d_")
WORD = (
    rf"(?:{_LETTER}\.){{2,}}(?:[-‐‑'’]{IN_WORD}+)*|(?:{_LETTER}\.)+{_LETTER}\b|"
    rf"{IN_WORD}+(?:(?:[-‐‑'’]|(?<=\d)[.,](?=\d)){IN_WORD}+)*"
)
tokenizer = RegexpTokenizer(WORD)


def word_spans(text):
    """The (start, end) of every word in a text, in characters.

    >>> text = "The U.S. isn't sending 1,000 long-range drones."
    >>> [text[start:end] for start, end in word_spans(text)]
    ['The', 'U.S.', "isn't", 'sending', '1,000', 'long-range', 'drones']
    """
    return list(tokenizer.span_tokenize(text))


_PLAIN = {"’": "'", "‘": "'"} | dict(zip("øØłŁđĐħĦŧŦı", "oOlLdDhHtTi", strict=True))  # strokes, which are no accents to Unicode


def plain(character):
    """A letter without its accent or stroke, an apostrophe made straight: one for one, so that places stay.

    >>> [plain(letter) for letter in "Øé’ł"]
    ['O', 'e', "'", 'l']
    """
    base = unicodedata.normalize("NFD", character)[0]
    return _PLAIN.get(base, base)


def small(text):
    """A text in small letters, one for one, so that places stay: İ makes two of one otherwise.

    >>> small("İLKE"), len("İLKE".lower())
    ('ilke', 5)
    """
    lower = text.lower()
    return lower if len(lower) == len(text) else "".join(each.lower()[0] for each in text)


TEXT, INT, FLOAT, TIME = "str", "int64", "float64", "datetime64[us]"


# Function words alone, to shorten a table that people read. Never used for a denominator.
_STOP_WORDS = """
    a about after again against all also although am an and any are aren't as at be because been before being between
    both but by can can't cannot could couldn't did didn't do does doesn't doing don't down during each either else ever
    every few for from further had hadn't has hasn't have haven't having he he'd he'll he's her here here's hers herself
    him himself his how however i i'd i'll i'm i've if in into is isn't it it'll it's its itself just let let's may me
    might more most much must my myself neither no nor not of off on once one only onto or other others our ours
    ourselves out over own per rather s same shall she she'd she'll she's should shouldn't since so some such t than
    that that's the their theirs them themselves then there there's these they they'd they'll they're they've this those
    though through thus to too toward towards under until unto up upon us very was wasn't we we'd we'll we're we've were
    weren't what what's when where whether which while who who's whom whose why will with within without won't would
    wouldn't yet you you'd you'll you're you've your yours yourself yourselves"""
STOP_WORDS = frozenset(_STOP_WORDS.split())


def folded(words):
    """A Series of words as they are counted together: lower case, marks made plain, without a possessive 's or dots.

    "US" and "U.S." are one word, and stay capital: they are not "us".

    >>> folded(pd.Series(["Osterby’s", "OSTERBY'S", "Cease‑fire", "don’t", "U.K.", "U.S.’s", "US", "us"])).tolist()
    ['osterby', 'osterby', 'cease-fire', "don't", 'uk', 'US', 'US', 'us']
    """
    codes, unique = pd.factorize(words)  # each form once: a corpus has many more words than forms
    plain = pd.Series(unique, dtype=TEXT)
    plain = plain.str.replace("’", "'").str.replace("[‐‑]", "-", regex=True).str.replace("(?<=.)'[sS]$", "", regex=True)
    dotted = plain.str.contains(r"^(?:[^\W\d_]\.)+", regex=True)
    plain = plain.where(~dotted, plain.str.replace(".", ""))
    return plain.str.lower().where(plain != "US", "US").take(codes).set_axis(words.index)


CLASSES = ["negative", "neutral", "positive"]  # of sentiment, coded or scored

# What a summary measures: the column of that name, and what the sentences and figures made of it go by.
RATE = "matches per 1,000 words"
PRESENCE = "share of articles with a match"
SENTIMENT = "mean sentiment toward the actor"

# What a summary of sentiment has beside its contract where mentions were coded by hand: see `correct.corrected`.
ESTIMATE = ("plain", "plain_low", "plain_high", "plain_interval", "coded", "estimate")


def groups(summary):
    """The columns that say what a row of a summary is of: those that are neither in its contract nor in ESTIMATE.

    >>> groups(pd.DataFrame(columns=["label", "source", "value", "plain"]))
    ['label', 'source']
    """
    return [column for column in summary if column not in COLUMNS["summary"] and column not in ESTIMATE]


UNKNOWN = "unknown"  # what stands as the source of an article that names none


def sources(articles):
    """The sources of articles, those with the most first; where none names one, all of them are of one unknown source.

    >>> sources(pd.DataFrame({"source": ["Mail", "unknown", "unknown", "Post", "Post"]})).tolist()
    ['Post', 'Mail']
    """
    every = articles["source"].value_counts().index
    known = every[every != UNKNOWN]
    return known if len(known) else every


_PLACE = {"article_id": TEXT, "sentence_no": INT, "start": INT, "end": INT}
COLUMNS = {
    "raw": {"article_id": TEXT, "file": TEXT, "text": TEXT, "error": TEXT},
    "articles": {
        "article_id": TEXT, "source": TEXT, "published": TIME, "published_from": TIME, "published_to": TIME,
        "source_basis": TEXT, "published_basis": TEXT, "title": TEXT, "text": TEXT, "url": TEXT, "language": TEXT,
        "credit": TEXT, "words": INT, "cluster": TEXT,
    },
    "removed": {"article_id": TEXT, "line_no": INT, "line": TEXT, "replacement": TEXT, "rule": TEXT},
    "dropped": {"article_id": TEXT, "file": TEXT, "reason": TEXT, "duplicate_of": TEXT},
    "sentences": {
        "article_id": TEXT, "sentence_no": INT, "part": TEXT, "start": INT, "end": INT, "sentence": TEXT,
    },
    "words": {**_PLACE, "word": TEXT},
    "quotes": {
        "article_id": TEXT, "start": INT, "end": INT, "kind": TEXT, "speaker": TEXT, "speaker_start": INT,
        "speaker_end": INT, "cue": TEXT,
    },
    "patterns": {"label": TEXT, "pattern": TEXT, "scope": TEXT, "note": TEXT},
    "mentions": {
        "article_id": TEXT, "sentence_no": INT, "label": TEXT, "start": INT, "end": INT, "matched": TEXT,
        "pattern": TEXT, "scope": TEXT, "part": TEXT,
    },
    "scores": {
        "article_id": TEXT, "sentence_no": INT, "label": TEXT, "start": INT, "end": INT, "voice": TEXT,
        "scorer": TEXT, "negative": FLOAT, "neutral": FLOAT, "positive": FLOAT, "sentiment": FLOAT,
    },
    "summary": {
        "measure": TEXT, "articles": INT, "matched": FLOAT, "total": FLOAT, "value": FLOAT, "low": FLOAT,
        "high": FLOAT, "interval": TEXT, "query": TEXT,
    },
    "gold": {
        "article_id": TEXT, "sentence_sha256": TEXT, "start": INT, "end": INT, "label": TEXT, "coder": TEXT,
        "round": TEXT, "coded": TEXT, "probability": FLOAT, "note": TEXT,
    },
}  # fmt: skip


def make(name, rows):
    """Returns the table of that name from rows: a list of dicts or tuples, a dict of columns, or a frame.

    The types are those of the contract, also when there are no rows; columns beyond the contract are kept.

    >>> make("words", [("a1", 0, 4, 9, "press")]).word.tolist()
    ['press']
    >>> make("removed", []).dtypes["line_no"]
    dtype('int64')
    """
    contract = COLUMNS[name]
    frame = pd.DataFrame(rows, columns=None if isinstance(rows, dict | pd.DataFrame) else _names(rows, contract))
    held = frame.dtypes.to_dict()
    other = {column: kind for column, kind in contract.items() if column in held and held[column] != kind}
    return check(frame.astype(other) if other else frame, name)


def _names(rows, contract):
    if rows and isinstance(rows[0], dict):
        return list(dict.fromkeys([*contract, *rows[0]]))
    return list(contract)


def rows(frame):
    """The rows of a frame as named tuples. Much faster than `DataFrame.itertuples` on columns of text."""
    row = _row(*frame.columns)
    return map(row._make, zip(*(frame[column].tolist() for column in frame), strict=True))


@functools.lru_cache(maxsize=128)
def _row(*names):
    return namedtuple("Row", names)


def check(frame, name):
    """Returns the frame if it keeps the contract of that table, its contracted columns first; else says which does not.

    >>> check(pd.DataFrame({"article_id": ["a1"]}), "words")
    Traceback (most recent call last):
    broadsheet.tables.BroadsheetError: words lacks the columns sentence_no, start, end, word: it has article_id
    """
    contract = COLUMNS[name]
    held = frame.dtypes.to_dict()
    missing = [column for column in contract if column not in held]
    if missing:
        raise BroadsheetError(f"{name} lacks the columns {', '.join(missing)}: it has {', '.join(map(str, frame))}")
    for column, kind in contract.items():
        if held[column] != kind and not _fits(frame[column], kind):
            raise BroadsheetError(f"{name}.{column} is {frame[column].dtype}, and has to be {kind}: convert it first")
    order = [*contract, *(column for column in held if column not in contract)]
    return frame.copy(deep=False) if order == list(held) else frame[order]  # a selection takes a hundred times as long


def _fits(column, kind):
    if kind == TEXT:
        return pd.api.types.is_string_dtype(column) or (column.dtype == object and len(column) == 0)
    if kind == INT:
        return pd.api.types.is_integer_dtype(column)
    if kind == FLOAT:
        return pd.api.types.is_numeric_dtype(column)
    return pd.api.types.is_datetime64_any_dtype(column)
