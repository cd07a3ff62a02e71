"""Articles → sentences; sentences → words. The only sentence splitter and the only tokenizer."""

import re
from itertools import chain

import numpy as np
import pandas as pd
from sentencex import segment

from broadsheet import tables
from broadsheet.points import Asked, Column

# words that open a sentence and no name
_OPENERS = (
    "The|A|An|In|On|At|He|She|It|They|We|I|You|But|And|Or|So|Yet|This|That|These|Those|For|As|If|When|While|His|Her|Their|Its|Our|"
    "My|Your|There|Then|After|Before|Since|Until|Now|Some|Many|Most|Both|All|What|Who|Why|How|Where|Even|Still|Also|Not|No|Nor|"
    "One|Two|Three|Four|Five|Six|Later|Earlier|Last|Next|Meanwhile|However|Although|Though|Because|With|Without|From|By|To|Under"
)
_TITLES = "Ms|Amb|Atty|Dep|Govs|Gens|Spc|ex-Rep|ex-Sen|ex-Gov|Ex-Rep|Ex-Sen|Ex-Gov"  # those that the splitter does not know
# What ends no sentence, and the splitter takes for an end: a pattern of what stands before it, and one of what follows.
_NO_ENDS = (
    (  # "J.D. | Vance"
        re.compile(r"(?:^|[\s(“\"])(?!(?:U\.S|U\.K|U\.N|E\.U|D\.C|L\.A)\.)(?:[A-Z]\.){1,3}$"),
        re.compile(rf"(?!(?:{_OPENERS})\b)[A-Z]"),
    ),
    (  # "Ms. | Marsh"
        re.compile(rf"(?:^|[^\w.])(?:{_TITLES})\.$"),
        re.compile(r"[A-Z]"),
    ),
    (re.compile(r"(?:^|[^\w.])MS\.$"), re.compile(r"[A-Z]{2}")),  # "MS. | MARSH", and not "She has MS. | He left."
    (  # "5 p.m. | ET", "10 a.m. | Monday"
        re.compile(r"\b[ap]\.m\.$", re.I),
        re.compile(
            r"(?:[ECMP][SD]?T|GMT|UTC|BST|CES?T|EES?T|MSK|AES?T|JST)\b|local time|Eastern|Pacific|Central|"
            r"(?:Moscow|Kyiv|London) time|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b|"
            r"(?:Jan(?:uary|\.)|Feb(?:ruary|\.)|March|April|May|June|July|Aug(?:ust|\.)|Sept(?:ember|\.)|Oct(?:ober|\.)|"
            r"Nov(?:ember|\.)|Dec(?:ember|\.)) \d"
        ),
    ),
    (  # "“Stop the war!” | Marsh said": nothing but speech, or the end of it, and its speaker
        re.compile(r"^(?:[“\"‘])?[^“”\"‘]+[”\"’]$"),
        re.compile(
            r"(?:[A-Z][\w'’-]*\.?\s+){1,4}(?:said|says|asked|asks|told|tells|wrote|writes|posted|tweeted|added|adds|declared|"
            r"shouted|yelled|cried|replied|responded|insisted|exclaimed|warned|continued|demanded|joked|wondered|urged)\b"
            r"(?! that\b)"
        ),
    ),
)
# the two letters that each ends with
_TITLED = np.array([ord(one) << 8 | ord(two) for *_, one, two in (*_TITLES.split("|"), "MS")])
_LETTERS = re.compile(r"[^\W\d_]\.$")
_LETTER = re.compile(r"[^\W\d_](?!\w)")
_MARKS = '“”"'
_BEHIND, _AHEAD = 12, 80  # characters before a stop, and after it, more than these look at; speech is looked at as a whole


def sentences(articles):
    """Returns sentences: one row per sentence; key article_id, sentence_no (from 0).

    ``part`` is headline, heading or body; ``start`` and ``end`` are characters into the article's text, and
    ``text[start:end] == sentence``. The end of a line is the end of a sentence. A quotation of several sentences is split
    as well; its first one stays with the words that introduce it, its last one with those that follow.

    >>> import pandas as pd
    >>> text = "Talks Resume in Osterby\\nA first try failed. J.D. Marsh left at 5 p.m. ET on Monday."
    >>> kept = pd.DataFrame({"article_id": ["a"], "title": ["Talks Resume in Osterby"], "text": [text]})
    >>> sentences(kept)[["part", "sentence"]].values.tolist()[1:]
    [['body', 'A first try failed.'], ['body', 'J.D. Marsh left at 5 p.m. ET on Monday.']]
    """
    column = Column.of(articles["text"])
    firsts, lasts = column.lines()
    lines = [column.text[first:last] for first, last in zip(firsts.tolist(), lasts.tolist(), strict=True)]
    parts = _parts(column, firsts, lasts, articles["title"].to_list())
    starts, ends = _whole(column.text, column.points, *column.stripped(*_pieces(column, lines, firsts)), firsts)
    of, owners = np.searchsorted(firsts, starts, side="right") - 1, column.owners(starts)
    begun = np.searchsorted(starts, column.first)  # the first sentence of each article
    return tables.make(
        "sentences",
        {
            "article_id": articles["article_id"].take(owners).array,
            "sentence_no": np.arange(len(owners)) - begun[owners],
            "part": pd.Series(parts, dtype="str").take(of).array,
            "start": starts - column.first[owners],
            "end": ends - column.first[owners],
            "sentence": column.slices(starts, ends),
        },
    )


def _parts(column, firsts, lasts, titles):
    """Of each line, whether it is the headline of its article, a heading or of its body."""
    owners = column.owners(firsts)
    opens = np.diff(owners, prepend=-1) > 0
    headed = ~np.append(opens[1:], True) & _ends_open(column.points[lasts - 1])  # another line follows, and no full stop
    parts = np.full(len(firsts), "body", dtype=object)
    for at in np.flatnonzero(headed).tolist():
        if _like_a_heading(column.text[firsts[at] : lasts[at]]):
            parts[at] = "heading"
    for at in np.flatnonzero(opens).tolist():
        if column.text[firsts[at] : lasts[at]] == titles[owners[at]]:
            parts[at] = "headline"
    return parts


_ends_open = Asked(lambda character: character.isalnum() or character in "?)’")


def _like_a_heading(line):
    if not line[0].isupper():
        return False
    words = line.split(maxsplit=12)
    if line[-1] == "?":  # "A Shift in Policy?" is a heading, "Will it hold?" a sentence
        return 2 < len(words) <= 12 and all(word[0].isupper() for word in words if len(word) > 3)
    return len(words) <= 12


def _pieces(column, lines, firsts):
    """Where sentences may begin and end: the splitter leaves a quotation whole, so it is asked again without the marks."""
    of, ends = _stops(lines).T  # line by line: given several at once, the splitter loses some of the blanks between them
    ends = firsts[of] + ends
    starts = np.where(np.diff(of, prepend=-1) > 0, firsts[of], np.roll(ends, 1))
    signs = _signs.over(column)
    inside = _quoted(column, signs, firsts)
    quoting = _each_once(np.searchsorted(ends, inside, side="right"))
    asked = zip(starts[quoting].tolist(), ends[quoting].tolist(), strict=True)
    of, more = _stops([_unmarked(column.text[start:end]) for start, end in asked]).T
    more = starts[quoting][of] + more
    after = inside[np.searchsorted(inside, more) - 1] + 1 if len(inside) else more  # the last of these stops before each end
    blank = [column.text[stop:end].isspace() for stop, end in zip(after.tolist(), more.tolist(), strict=True)]
    ends = _each_once(np.concatenate([ends, more[np.array(blank, dtype=bool)], _bracketed(column, signs, firsts)]))
    of = np.searchsorted(firsts, ends) - 1
    goes_on = of[1:] == of[:-1]
    last, before = (_signs(column.points[ends - back]) for back in (1, 2))
    hangs = (last & (_OPENS | _EITHER) > 0) & (before & _BLANK > 0)  # a mark that opens is of what follows
    ends = ends - (hangs & np.append(goes_on, False))
    return np.where(np.append(False, goes_on), np.roll(ends, 1), firsts[of]), ends


def _each_once(places):
    places = np.sort(places, kind="stable")  # of what is in order already it takes a tenth of the time of numpy's unique
    return places[np.diff(places, prepend=-1) > 0]


_OPENS, _CLOSES, _EITHER, _STOP, _BLANK, _SHUTS = 1, 2, 4, 8, 16, 32
_signs = Asked(
    lambda character: (
        (character == "“") * _OPENS
        + (character == "”") * _CLOSES
        + (character == '"') * _EITHER
        + (character in ".!?…") * _STOP
        + character.isspace() * _BLANK
        + (character in ")]") * _SHUTS
    )
)


def _bracketed(column, signs, firsts):
    """The ends of sentences that stand in brackets of their own: "(Marsh denies it.) Kade left." """
    shut = np.flatnonzero(signs & _SHUTS != 0)
    shut = shut[(signs[shut - 1] & _STOP > 0) & (column.points[shut + 1] == ord(" "))]
    found = []
    for first, at in zip(firsts[np.searchsorted(firsts, shut, side="right") - 1].tolist(), shut.tolist(), strict=True):
        before, bracket, _ = column.text[first:at].rpartition("(" if column.text[at] == ")" else "[")
        if bracket and (before.rstrip()[-1:] or ".") in '.!?”"' and not column.text[at + 2].islower():
            found.append(at + 2)
    return np.array(found, dtype=int)


def _quoted(column, signs, firsts):
    """The places of the stops before a blank that stand inside a quotation: a sentence may end there, and the quotation not."""
    stops, marks = np.flatnonzero(signs & _STOP != 0), np.flatnonzero(signs & (_OPENS | _CLOSES | _EITHER) != 0)
    stops = stops[signs[stops + 1] & _BLANK > 0]
    line = np.searchsorted(firsts, stops, side="right") - 1
    begun, here = np.searchsorted(marks, firsts)[line], np.searchsorted(marks, stops)
    counts = (np.cumsum(np.append(0, signs[marks] & sign > 0)) for sign in (_OPENS, _CLOSES, _EITHER))
    opened, closed, either = (count[here] - count[begun] for count in counts)
    return stops[np.where(opened > 0, opened > closed, either % 2 == 1)]


def _stops(lines):
    """Where the splitter sees the end of a sentence, as rows of (number of the line, characters into it)."""
    pieces = [segment("en", line) for line in lines]
    many = list(map(len, pieces))
    of = np.repeat(np.arange(len(lines)), many)
    reached = np.cumsum([0, *map(len, chain.from_iterable(pieces))])
    begun = np.cumsum([0, *many])[of]
    return np.stack([of, reached[1:] - reached[begun]], axis=1)


def _unmarked(line):
    for mark in _MARKS:
        line = line.replace(mark, " ")
    return line


def _whole(text, points, starts, ends, firsts):
    """The sentences that pieces make: the stop of an initial or of an hour ends none, nor that of speech before its speaker."""
    line = np.searchsorted(firsts, starts, side="right")
    letter, last = points[ends[:-1] - 2], points[ends[:-1] - 1]
    titled = np.isin(points[ends[:-1] - 3] << 8 | letter, _TITLED)
    short = (last == ord(".")) & (((letter >= ord("A")) & (letter <= ord("Z"))) | (letter | 32 == ord("m")) | titled)
    spoken = np.isin(last, list(map(ord, '”"’'))) & np.isin(letter, list(map(ord, "?!")))
    close = (last == ord(".")) & (starts[1:] == ends[:-1])
    doubt = np.flatnonzero((short | spoken | close) & (line[1:] == line[:-1])) + 1
    begun, joined = starts.copy(), np.zeros(len(starts), dtype=bool)
    for at in doubt.tolist():
        first = begun[at - 1] if spoken[at - 1] else max(begun[at - 1], ends[at - 1] - _BEHIND)
        before, after = text[first : ends[at - 1]], text[starts[at] : min(ends[at], starts[at] + _AHEAD)]
        letters = starts[at] == ends[at - 1] and _LETTERS.search(before[-3:]) and _LETTER.match(after)  # "A.A" is a word
        if letters or any(one.search(before) and other.match(after) for one, other in _NO_ENDS):
            begun[at], joined[at] = begun[at - 1], True
    return starts[~joined], ends[~np.append(joined, False)[1:]]


def words(sentences):
    """Returns words: one row per word, as written; key article_id, start. What a word is, `tables.WORD` says.

    >>> import pandas as pd
    >>> one = pd.DataFrame({"article_id": ["a"], "sentence_no": [0], "start": [10], "sentence": ["A cease-fire holds."]})
    >>> words(one)[["start", "end", "word"]].values.tolist()
    [[10, 11, 'A'], [12, 22, 'cease-fire'], [23, 28, 'holds']]
    """
    column = Column.of(sentences["sentence"])
    starts, ends = column.words()
    owners = column.owners(starts)
    moved = sentences["start"].to_numpy()[owners] - column.first[owners]
    places = {name: sentences[name].take(owners) for name in ("article_id", "sentence_no")}
    found = {**places, "start": starts + moved, "end": ends + moved, "word": column.slices(starts, ends)}
    return tables.make("words", {name: pd.Series(values).array for name, values in found.items()})
