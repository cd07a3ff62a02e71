"""The trained scorer: what a sentence says of one actor in it. It never sees the actor's name.

Before the model reads a sentence, the target and every other place where the same name stands become "someone", the target
between asterisks: "Tillis called * someone * a liar." So one name cannot score other than another, by construction, and a
party, a government or a country is read as a person is. How it was trained stands in lib/training/README.md, how often it is
right in lib/benchmarks/README.md.
"""

import re

_NAME = "someone"
_MARKED = f"* {_NAME} *"
_REACH = 1000  # characters kept on either side: more than the tokens below can hold
TOKENS = 128  # what the model reads at most, around the target


def blind(text, span):
    """Returns (text, span): the sentence as the model sees it, and where the target's placeholder stands in it.

    Beside the target, its name is replaced wherever it stands again as written, and wherever the surname stands alone.

    >>> blind("Critics say Jo Marsh lied, and Marsh denies it.", (12, 20))
    ('Critics say * someone * lied, and someone denies it.', (14, 21))
    """
    start, end = span
    left, name, right = text[max(0, start - _REACH) : start], text[start:end], text[end : end + _REACH]
    again = _again(name)
    if again:
        left, right = again.sub(_NAME, left), again.sub(_NAME, right)
    at = len(left) + _MARKED.index(_NAME)
    return f"{left}{_MARKED}{right}", (at, at + len(_NAME))


def _again(name):
    """Where a name stands again: the whole of it, or its last word; None for a description without a capital ("the army")."""
    last = name.split()[-1:]
    if not last or not any(each.isupper() for each in last[0]):
        return None
    forms = sorted({name, last[0]}, key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, forms))})(?!\w)")


def encoded(tokenizer, text, span, first, last):
    """Returns (ids, target): token ids between the first and the last special one, and 1.0 for each token of the target.

    At most TOKENS of them: those around the target, shifted so that none is given away at an end of the sentence.
    """
    seen, (start, end) = blind(text, span)
    made = tokenizer.encode(seen, add_special_tokens=False)
    mine = [place for place, (left, right) in enumerate(made.offsets) if left < end and right > start]
    most = TOKENS - 2
    begin = max(0, min((mine[0] + mine[-1] - most) // 2, len(made.ids) - most))
    ids = [first, *made.ids[begin : begin + most], last]
    target = [0.0] * len(ids)
    for place in mine:
        if begin <= place < begin + most:
            target[place - begin + 1] = 1.0
    return ids, target
