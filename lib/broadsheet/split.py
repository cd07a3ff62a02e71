"""Articles → sentences; sentences → words. The only sentence splitter and the only tokenizer."""

import re

from sentencex import get_sentence_boundaries

from broadsheet import tables

# Two stops that are no sentence ends, which the splitter takes for one: "J.D. | Vance" and "5 p.m. | ET".
_INITIALS = re.compile(r"(?:^|[\s(“\"])(?!(?:U\.S|U\.K|U\.N|E\.U|D\.C|L\.A)\.)(?:[A-Z]\.){1,3}\s*$")
_NO_SURNAME = re.compile(r"(?:The|A|An|In|On|At|He|She|It|They|We|I|But|And|This|That|For|As|If|When|While)\b|[^A-Z]")
_MARKS = re.compile('[“”"]')
_HOUR = re.compile(r"\b[ap]\.m\.\s*$", re.I)
_ZONE = re.compile(r"(?:[A-Z]{2,4}\b(?!\.)|local time|Eastern|Pacific|Central|Moscow|Kyiv|London)")


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
    rows = []
    for article in articles.itertuples():
        number = 0
        for part, start, end in _lines(article.text, article.title):
            for first, last in _in_line(article.text[start:end]):
                first, last = start + first, start + last
                rows.append((article.article_id, number, part, first, last, article.text[first:last]))
                number += 1
    return tables.make("sentences", rows)


def _lines(text, title):
    """Each line that is not blank as (part, start, end)."""
    lines = [(match.start(), match.end()) for match in re.finditer(r"\S[^\n]*", text)]
    for position, (start, end) in enumerate(lines):
        line = text[start:end].rstrip()
        if position == 0 and title and line == title:
            part = "headline"
        elif position + 1 < len(lines) and _like_a_heading(line):
            part = "heading"
        else:
            part = "body"
        yield part, start, start + len(line)


def _like_a_heading(line):
    words = line.split()
    if len(words) > 12 or not line[0].isupper():
        return False
    if line.endswith("?"):  # "A Shift in Policy?" is a heading, "Will it hold?" a sentence
        long = [word for word in words if len(word) > 3]
        return len(words) > 2 and all(word[0].isupper() for word in long)
    return line[-1].isalnum() or line[-1] in ")’"


def _boundaries(line):
    """Where sentences end, in characters. The splitter leaves a quotation whole, so it is asked again without the marks."""
    outside = {found["end_index"] for found in get_sentence_boundaries("en", line)}
    if not _MARKS.search(line):
        return sorted(outside)
    bare = {found["end_index"] for found in get_sentence_boundaries("en", _MARKS.sub(" ", line))}
    inside = {end for end in bare - outside if re.search(r"[.!?…]\s+$", line[:end]) and _open(line[:end])}
    return sorted(outside | inside)


def _open(before):
    """Whether a quotation is open at the end of this text."""
    return before.count("“") > before.count("”") if "“" in before else before.count('"') % 2 == 1


def _in_line(line):
    spans, start = [], 0
    for stop in _boundaries(line):
        end, text = stop, line[start:stop]
        end -= len(text) - len(text.rstrip())
        start += len(text) - len(text.lstrip())
        if start >= end:
            start = stop
            continue
        before, after = (line[spans[-1][0] : spans[-1][1]], line[start:end]) if spans else ("", "")
        named = _INITIALS.search(before) and not _NO_SURNAME.match(after)
        if named or (_HOUR.search(before) and _ZONE.match(after)):
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
        start = stop
    return spans


def words(sentences):
    """Returns words: one row per word, as written; key article_id, start. What a word is, `tables.WORD` says.

    >>> import pandas as pd
    >>> one = pd.DataFrame({"article_id": ["a"], "sentence_no": [0], "start": [10], "sentence": ["A cease-fire holds."]})
    >>> words(one)[["start", "end", "word"]].values.tolist()
    [[10, 11, 'A'], [12, 22, 'cease-fire'], [23, 28, 'holds']]
    """
    rows = []
    for row in sentences.itertuples():
        for start, end in tables.word_spans(row.sentence):
            rows.append((row.article_id, row.sentence_no, row.start + start, row.start + end, row.sentence[start:end]))
    return tables.make("words", rows)
