"""Articles → quotes: what stands between quotation marks. Gives mentions their voice."""

import re

import numpy as np
import pandas as pd
from sentencex import segment

from broadsheet import tables

# A mark opens after a blank, a bracket, a colon or a dash, and closes after a sign that is not blank: so an apostrophe,
# an inch or a possessive opens nothing. Double marks close one another whatever their shape, since sites mix curly and
# straight ones.
_OPENS_AFTER = r"(?:^|(?<=[\s(\[{—–\-/:“\"‘'«„]))"
_OPENS_DOUBLE = r"[“„]|" + _OPENS_AFTER + r'"(?=[^\s.,;:!?)\]]|\.[.\d])'
_DOUBLE = re.compile(rf'(?P<opens>{_OPENS_DOUBLE})|(?P<closes>”|"(?![^\W_])|(?<=[,.!?…])")')
_KINDS = {  # opening mark → what closes it
    "“": _DOUBLE,
    '"': _DOUBLE,
    "„": re.compile(r'(?P<closes>[“”]|(?<=\S)"(?![^\W_]))'),
    "«": re.compile("(?P<closes>»)"),
    "»": re.compile("(?P<closes>«)"),
    "‘": re.compile(r"(?P<closes>(?<=\S)’(?!\w))"),
    "'": re.compile(r"(?P<closes>(?<=\S)'(?!\w))"),
}
_RUN_IN = r'(?<=[,.!?*])"(?=[^\W_][^"]*")'  # said,"We go." - where none is open, and a mark follows that may close it
_OPENING = re.compile(rf"{_OPENS_DOUBLE}|{_RUN_IN}|«|{_OPENS_AFTER}(?:»(?=\w)|[‘'](?=[\w“\"])(?!\d\ds\b))")
_MARKS, _DOUBLES = re.compile(r"[“„\"«»‘'](?<!\w[‘'])"), re.compile('[“”„"«»]')
_ELIDED = re.compile(r"(?:tis|twas|til|em|cause|round|bout)\b", re.I)  # ’Tis, 'em: an apostrophe opens these words


def quotes(articles):
    """Returns quotes: one row per stretch between quotation marks; key article_id, start.

    ``start`` and ``end`` are characters into the article's text, the marks left out. Straight and curly marks, double and
    single, «», »« and „“ are known; the outermost pair counts. A quotation that goes on in the next paragraph (which opens
    with a mark again) is a row per paragraph; one that nobody closes ends with its sentence. Scare quotes and titles of
    works stand between quotation marks too, and are rows. ``kind`` is direct; who speaks is not found yet: speaker and
    cue are empty, their places −1.

    >>> import pandas as pd
    >>> text = "“We tried,” Marsh said. The ‘plan’ wasn’t Osterby’s."
    >>> found = quotes(pd.DataFrame({"article_id": ["a"], "text": [text]}))
    >>> [text[row.start:row.end] for row in found.itertuples()]
    ['We tried,', 'plan']
    """
    rows = []
    for name, text in zip(articles["article_id"].tolist(), articles["text"].tolist(), strict=True):
        begun = 0
        for line in text.split("\n"):
            after = begun + len(line) + 1
            if _MARKS.search(line):  # two of three lines have none
                spans = _in_line(line, bool(_OPENING.match(text, after)))
                rows += [(name, begun + start, begun + end, "direct", "", -1, -1, "") for start, end in spans]
            begun = after
    return tables.make("quotes", rows)


def _in_line(line, goes_on):
    spans, at = [], 0
    while opening := _first(_OPENING, _MARKS, line, at):
        start = opening.end()
        end = (_single if opening[0] in "‘'" else _double)(line, start, opening[0], goes_on)
        if end is None:  # a single mark that nothing closes is an apostrophe: ’Tis, 'em
            at = start
            continue
        if line[start:end].strip():
            spans.append((start, end))
        closed = end < len(line) and (opening[0] in "„»" or (line[end] not in "“„" and not _OPENING.match(line, end)))
        at = end + closed
    return spans


def _first(pattern, signs, line, at):
    """What ``pattern`` finds first from there on, which begins with one of some signs: these are looked for much faster."""
    return next((found for sign in signs.finditer(line, at) if (found := pattern.match(line, sign.start()))), None)


def _double(line, start, mark, goes_on):
    """Where a double mark closes: at its closing mark, or where the next one opens (a new paragraph of one quotation).

    In a line that closes as many as it opens, a mark that opens inside a quotation is a quotation in it.
    """
    if mark == "“" and line.count("“", start) + 1 == line.count("”", start):
        depth = 1
        for found in _CURLY.finditer(line, start):
            depth += 1 if found[0] == "“" else -1
            if not depth:
                return found.start()
    found = _first(_KINDS[mark], _DOUBLES, line, start)
    if found and found["closes"]:
        return found.start()
    if found:
        return start + len(line[start : found.start()].rstrip())
    if goes_on:
        return len(line)
    return start + len(next(iter(segment("en", line[start:])), "").rstrip())


def _single(line, start, mark, goes_on):
    """Where a single mark closes. It may be an apostrophe ("the leaders' talks", "sayin' that"): a later, surer one goes first.

    Where double marks stand in between they have to be pairs, and the closing mark has to follow a stop or one of them. A
    line that opens with a mark that nothing closes is one paragraph of several where the next one opens with a mark, too.
    """
    candidates = [match.start() for match in _KINDS[mark].finditer(line, start)]
    sure = [
        at
        for at in candidates
        if line[at - 1] != "s" and not (_DROPPED.search(line[start:at]) and line[at + 1 : at + 3].islower())
    ]
    best = (sure or candidates)[:1]
    if best and re.search(r"[“”\"]", line[start : best[0]]):
        best = [at for at in candidates if line[at - 1] in '.,!?…”"' and _paired(line[start:at])][:1]
    if not best and goes_on and start == 1 and not _ELIDED.match(line, start):
        return len(line)
    return best[0] if best else None


_CURLY = re.compile("[“”]")
_DROPPED = re.compile(r"\b(?!(?:begin|within|cabin|origin|margin|join|ruin)$)[a-z]+[^\Wa]in$")  # sayin' for saying


def _paired(text):
    return text.count("“") == text.count("”") and text.count('"') % 2 == 0


def narrated(sentences, quotes):
    """Returns of sentences those that hold no quotation: the narrator's own.

    >>> import pandas as pd
    >>> two = pd.DataFrame({"article_id": ["a", "a"], "start": [0, 20], "end": [19, 40]})
    >>> narrated(two, pd.DataFrame({"article_id": ["a"], "start": [25], "end": [30]})).start.tolist()
    [0]
    """
    names = pd.Index(quotes["article_id"].unique())
    first, last = (np.sort(_order(names, quotes, column)) for column in ("start", "end"))
    begun = first.searchsorted(_order(names, sentences, "end"))
    return sentences[begun == last.searchsorted(_order(names, sentences, "start"), side="right")]


def voices(mentions, quotes):
    """Returns mentions with ``voice``: quoted for a match inside quotation marks, narrator for the rest; and ``speaker``.

    >>> import pandas as pd
    >>> where = {"article_id": ["a", "a"], "start": [2, 30], "end": [7, 36]}
    >>> found = pd.DataFrame({"article_id": ["a"], "start": [1], "end": [10], "speaker": [""]})
    >>> voices(pd.DataFrame(where), found).voice.tolist()
    ['quoted', 'narrator']
    """
    inside, held, last = _inside(mentions, quotes)
    speaker = np.full(len(mentions), "", dtype=object)
    speaker[inside] = held["speaker"].to_numpy()[last[inside]]
    return mentions.assign(voice=np.where(inside, "quoted", "narrator"), speaker=speaker).astype(
        {"voice": "str", "speaker": "str"}
    )


def quoted_words(words, quotes):
    """Returns a Series by article_id: how many of the words stand inside quotation marks, for articles that have one there.

    >>> import pandas as pd
    >>> words = pd.DataFrame({"article_id": ["a", "a", "b"], "start": [2, 30, 2]})
    >>> quoted_words(words, pd.DataFrame({"article_id": ["a"], "start": [1], "end": [10]})).to_dict()
    {'a': 1}
    """
    inside, _, _ = _inside(words, quotes)
    return words["article_id"][inside].value_counts()


def _inside(rows, quotes):
    """Which rows stand in a quotation; the quotations in order; and of each row which of them began last before it."""
    names = pd.Index(quotes["article_id"].unique())
    order = _order(names, quotes, "start")
    held = quotes.iloc[np.argsort(order, kind="stable")]
    ends = np.append(_order(names, held, "end"), np.iinfo("int64").min)  # of a row that none begins before
    place = _order(names, rows, "start")
    last = np.sort(order).searchsorted(place, side="right") - 1
    return place < ends[last], held, last


def _order(names, rows, column):
    """A number for each row that orders places, characters of their articles, through all of the named articles."""
    codes, own = pd.factorize(rows["article_id"])  # each name once: of words there are many more than articles
    return names.get_indexer(own)[codes] * (1 << 40) + rows[column].to_numpy(dtype="int64")
