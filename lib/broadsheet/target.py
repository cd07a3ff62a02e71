"""The trained scorer: what a sentence says of one actor in it. It never sees the actor's name.

Before the model reads a sentence, the names in the target, and every other place where one of them stands, become "someone",
the target between asterisks: "Tillis called * someone * a liar." So one name cannot score other than another, by construction,
and a party, a government or a country is read as a person is. How it was trained stands in lib/training/README.md, how often
it is right in lib/benchmarks/README.md.
"""

import hashlib
import json
import os
import re
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from broadsheet import tables
from broadsheet.tables import BroadsheetError

MODEL = Path(__file__).with_name("model")
_NAME = "someone"
_OPENS, _CLOSES = "* ", " *"
_REACH = 1000  # characters kept on either side: more than the tokens below can hold
_PRONOUN_WORDS = """
    i me my mine myself we us our ours ourselves you your yours yourself he him his himself she her hers herself it its
    itself they them their theirs themselves who whom whose this that these those"""
_ARTICLE_WORDS = "the a an his her its their our my your this that these those some many most several all both no"
_PARTICLE_WORDS = "von van der den de del della di da dos du la le ter zu bin bint ibn ben abu al el ul ud"
_PRONOUNS, _ARTICLES = frozenset(_PRONOUN_WORDS.split()), frozenset(_ARTICLE_WORDS.split())
_PARTICLES = frozenset(_PARTICLE_WORDS.split())  # they belong to the name that follows
_INSIDE = _PARTICLES | {"of", "the", "and", "for", "y", "e"}  # small words between two words of a name
TOKENS = 128  # what the model reads at most, around the target


def blind(text, span):
    """Returns (text, span): the sentence as the model sees it, and where the target stands in it, between asterisks.

    Names become "someone", in the target and wherever one of its names stands again, whole or without its first words
    ("President Jo Marsh": Jo Marsh, Marsh). What is no name stays, since it says what the target is and how it is spoken of: a
    pronoun, small words beside a name ("late dictator Jo Marsh") and a description with an article ("the late dictator"). A
    given name that stands alone elsewhere stays as well.

    >>> blind("Critics say Jo Marsh lied, and Marsh denies it.", (12, 20))
    ('Critics say * someone * lied, and someone denies it.', (14, 21))
    >>> blind("Few mourn the late dictator Marsh.", (14, 33))
    ('Few mourn the * late dictator someone *.', (16, 37))
    """
    start, end = span
    left, (seen, names), right = text[max(0, start - _REACH) : start], _nameless(text[start:end]), text[end : end + _REACH]
    for again in map(_again, names):
        left, right = again.sub(_NAME, left), again.sub(_NAME, right)
    at = len(left) + len(_OPENS)
    return f"{left}{_OPENS}{seen}{_CLOSES}{right}", (at, at + len(seen))


def _nameless(target):
    """Returns (text, names): a target with "someone" for each name in it, and these names.

    A name is a run of words that are not small, with the small ones that belong to names between them ("Duke of Norland") and
    particles before them ("von Marsh"). A target of small words alone is a name written small, unless it is a pronoun or begins
    with an article or the like; letters that know no capitals are those of a name.
    """
    words = list(re.finditer(r"\S+", target))
    small = [word.group().islower() for word in words]
    if len(words) == 1 and _plain(words[0].group()) in _PRONOUNS and not re.search(r"[A-Z]{2}", target):
        return target, []
    if not any(small) or (all(small) and _plain(words[0].group()) not in _ARTICLES):
        runs = [(0, len(words) - 1)] if words else []
    else:
        runs = _runs([_plain(word.group()) for word in words], small)
    seen, names = target, []
    for first, last in reversed(runs):
        begin, stop = words[first].start(), words[last].end()
        name = re.sub(r"(?<=\w)(?:['’]s|['’])?[,;:]?$", "", target[begin:stop])
        names.append(name)
        seen = seen[:begin] + _NAME + seen[begin + len(name) :]
    return (seen, names[::-1]) if words else (_NAME, [])


def _runs(words, small):
    """The places (first, last) of the names among words, of which `small` says that they are written small."""
    runs = []
    for at, each in enumerate(small):
        if each or words[at] in _ARTICLES | _PRONOUNS:
            continue
        begin = at
        while begin and small[begin - 1] and words[begin - 1] in _PARTICLES:
            begin -= 1
        if runs and all(small[between] and words[between] in _INSIDE for between in range(runs[-1][1] + 1, begin)):
            runs[-1] = (runs[-1][0], at)
        else:
            runs.append((begin, at))
    return runs


def _plain(word):
    return re.sub(r"^\W+|\W+$", "", word).lower()


def _again(name):
    """Where a name stands again, whole or without its first words, also in capitals or without its accents."""
    words = name.split()
    names = [words[at:] for at in range(len(words)) if at == 0 or not words[at].islower()]
    names += [["".join(map(tables.plain, word)) for word in each] for each in names]
    names += [[word.upper() for word in each] for each in names]
    forms = dict.fromkeys(r"\s+".join(map(re.escape, each)) for each in names)
    return re.compile(rf"(?<!\w)(?:{'|'.join(forms)})(?!\w)")


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


def score(texts, spans, folder=MODEL):
    """Returns one row per text: the probabilities negative, neutral and positive of what it says of the target in its span.

    Calibrated on NewsMTSC's dev sets: of the sentences that get 0.8 for a class, about eight in ten are of it. A score does not
    depend on the other texts, their order or the number of threads: the model reads one sentence at a time, since 8-bit
    activations of a batch share one scale (scores moved by up to 0.6 with it). Equal inputs are read once. Raises
    BroadsheetError for a model that is not whole.
    """
    tokenizer, model, config = _loaded(str(folder))
    places, order = {}, []
    for text, span in zip(texts, spans, strict=True):
        one = encoded(tokenizer, text, span, config["first"], config["last"])
        order.append(places.setdefault(tuple(map(tuple, one)), len(places)))
    return pd.DataFrame(read(model, list(places))[order], columns=["negative", "neutral", "positive"], dtype="float64")


def words(text, span):
    """The words that move a score most: (words, weight) in the order of the text, at most 5 with a weight of 0.1 or more.

    The weight is the sentiment (positive − negative, so −2…2) of the sentence minus its sentiment without these words: what
    leaving them out takes away. Up to three words in a row are left out together, since one of "corrupt liar" does where the
    other is missing; none begins or ends with a function word. Of those that overlap the heaviest is kept, and a shorter one
    unless the longer weighs 0.1 more a word.
    """
    start, end = span
    sides = [[], []]
    for first, last in tables.word_spans(text):
        if last <= start or first >= end:
            sides[first >= end].append((first, last))
    runs = [
        (side[at][0], side[at + n][1], n)
        for side in sides
        for n in range(3)
        for at in range(len(side) - n)
        if _says(text[slice(*side[at])]) and _says(text[slice(*side[at + n])])  # "of war" says what "war" does
    ]
    texts, spans = [text], [span]
    for first, last, _ in runs:
        moved = last - first if first < start else 0
        texts.append(text[:first] + text[last:])
        spans.append((start - moved, end - moved))
    found = score(texts, spans)
    sentiment = (found["positive"] - found["negative"]).to_numpy()
    weights = sentiment[0] - sentiment[1:]
    heavy = sorted(range(len(runs)), key=lambda at: 0.1 * runs[at][2] - abs(weights[at]))
    kept = []
    for at in heavy:
        apart = all(runs[at][1] <= runs[other][0] or runs[at][0] >= runs[other][1] for other in kept)
        if apart and abs(weights[at]) >= 0.1 and len(kept) < 5:
            kept.append(at)
    return [(text[slice(*runs[at][:2])], round(float(weights[at]), 4)) for at in sorted(kept, key=lambda at: runs[at][0])]


def _says(word):
    """Whether a word can be behind a score: no function word, unless it negates."""
    word = word.lower().replace("’", "'")
    return word not in tables.STOP_WORDS or word in ("no", "nor", "not", "against") or word.endswith(("n't", "not"))


def read(session, inputs):
    """The three probabilities of each input (what `encoded` returned), read by itself: an array (inputs, 3)."""

    def some(part):
        return [
            session.run(None, {"ids": np.array([ids], dtype=np.int64), "target": np.array([target], dtype=np.float32)})[0][0]
            for ids, target in part
        ]

    threads = min(_threads(), len(inputs)) or 1
    order = np.argsort([len(ids) for ids, _ in inputs], kind="stable")  # so that each thread has as much to do
    shares = [order[at::threads] for at in range(threads)]
    found = np.empty((len(inputs), 3))
    with ThreadPoolExecutor(threads) as pool:
        for share, part in zip(shares, pool.map(some, [[inputs[at] for at in share] for share in shares]), strict=True):
            found[share] = part
    return found


def session(model):
    """An onnxruntime session of a model, bytes or a path: one thread, as `read` brings its own."""
    try:
        from onnxruntime import InferenceSession, SessionOptions
    except ImportError as problem:  # no wheel for Intel Macs on Python 3.14, and none for Windows without Microsoft's runtime
        raise BroadsheetError(
            f"the scorer target needs onnxruntime, which does not load here ({problem}): on an Intel Mac take Python 3.11 to "
            "3.13, on Windows install Microsoft's Visual C++ Redistributable; or choose the scorer vader"
        ) from problem

    options = SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return InferenceSession(model, options, providers=["CPUExecutionProvider"])


def _threads():
    """The cores that this process may use, or what BROADSHEET_THREADS says: where several workers share a machine."""
    given = os.environ.get("BROADSHEET_THREADS", "")
    if given.isdigit() and int(given):
        return int(given)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@cache
def _loaded(folder):
    """(tokenizer, session, config) of a model's folder, each file held against its SHA-256 in config.json."""
    from tokenizers import Tokenizer

    folder = Path(folder)
    again = "install Broadsheet again (`pip install -r requirements.txt`, or `git checkout lib/broadsheet/model`)"
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        held = {name: (folder / name).read_bytes() for name in config["sha256"]}
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise BroadsheetError(f"the model of the scorer target cannot be read ({problem}): {again}") from problem
    for name, digest in config["sha256"].items():
        if hashlib.sha256(held[name]).hexdigest() != digest:
            raise BroadsheetError(f"{folder / name} is damaged (its SHA-256 is not that of config.json): {again}")
    return Tokenizer.from_buffer(held["tokenizer.json"]), session(held["model.onnx"]), config
