"""The clause around a target: what the lexicon scorers get to see of a sentence."""

import re
from bisect import bisect_left, bisect_right

from broadsheet import tables

# What ends a clause: commas and stronger marks, dashes and brackets, quotation marks. Inside a word (long-range,
# Putin's, 1,000, 3.5, 10:30) and after an abbreviation (U.S., Sen.) the same characters end nothing.
_ENDS = re.compile(
    r"""[;()\[\]{}—–―…“”„«»"\n]
      | (?<!\d)[,:] | [,:](?!\d)
      | --+ | (?<!\w)-(?!\w)
      | (?<![\w'’])['‘’] | (?<!s)['’](?!\w)
      | [!?]+
      | (?<!\.\w) (?<!\b\w) (?<!\b(?:Mr|Ms|Dr|St|Lt|Jr|Sr|No|vs)) (?<!\b(?:Mrs|Sen|Rep|Gov|Gen|Col|Rev|Hon|Adm|Sgt))
        (?<!\b(?:Prof|Pres|Capt)) \.+ (?!\w)
    """,
    re.VERBOSE,
)
_MARKS = re.compile(r"""[;()\[\]{}—–―…“”„«»"\n,:\-'‘’!?.]""")  # what can end one: a search for these alone is fast
_STOPS = re.compile(r"""["“”„«»'‘’.!?\n]""")
# Chosen on NewsMTSC's two dev sets together (macro-F1): VADER 53.8 without going on, and 54.7, 54.9, 55.5, 55.7, 55.2
# up to 6, 8, 10, 12, 15 words; past quotation marks half a point more, but that mixes the voices; to the left less.
_LEAST_WORDS = 12


def around(text, span):
    """Returns (start, end) of the clause that holds the span: the stretch between two marks of punctuation.

    Where it holds fewer than 12 words beside the span it goes on to the right ("Tillis, a Republican, lied"), as what
    is said of an actor mostly follows it, but never past the end of a sentence or a quotation mark. Marks inside the
    span itself do not count. Characters into the text; white space at the ends is left out.

    >>> text = "Orban, a friend of Putin: “The U.S. knows 1,000 long-range tricks, all of them”, Tillis said. Peace."
    >>> for name in ["Orban", "U.S.", "Tillis"]:
    ...     at = text.index(name)
    ...     print(text[slice(*around(text, (at, at + len(name))))])
    Orban, a friend of Putin:
    The U.S. knows 1,000 long-range tricks, all of them
    Tillis said
    """
    return within(text, span, marks(text))


def marks(text):
    starts, ends, stops, reached = [], [], [], 0
    for candidate in _MARKS.finditer(text):
        found = _ENDS.match(text, candidate.start()) if candidate.start() >= reached else None
        if found:
            reached = found.end()
            starts.append(found.start())
            ends.append(reached)
            stops.append(bool(_STOPS.search(found.group())))
    return starts, ends, stops


def within(text, span, marks):
    starts, ends, stops = marks
    before = bisect_right(ends, span[0]) - 1
    after = bisect_left(starts, span[1])
    start = ends[before] if before >= 0 else 0
    held, reached = 0, span[1]
    while True:
        end = starts[after] if after < len(starts) else len(text)
        if after == len(starts) or stops[after]:
            break
        held = (held or _words(text[start : span[0]])) + _words(text[reached:end])
        if held >= _LEAST_WORDS:
            break
        reached = end
        after += 1
    start += len(text[start : span[0]]) - len(text[start : span[0]].lstrip())
    end -= len(text[span[1] : end]) - len(text[span[1] : end].rstrip())
    return start, end


_WORD = re.compile(tables.WORD)  # on plain letters it is as the tokenizer has it, and faster


def _words(text):
    return len(_WORD.findall(text) if text.isascii() else tables.word_spans(text))
