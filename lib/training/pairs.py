"""The (sentence, target) pairs that training reads: NewsMTSC with its labels, and a pool of news without any."""

import gzip
import hashlib
import json
import os
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd

from broadsheet import newsmtsc as benchmark
from broadsheet import score, split, tables

SHARED = Path(os.environ.get("BROADSHEET_VALIDATION") or Path(__file__).resolve().parents[3] / "shared" / "validation")

# A run of capitalised words ("Theresa May", "the Department of State", "U.N."), or one of these groups, offices and pronouns
_WORD = r"(?:[A-Z][\w'’-]*[a-z][\w-]*|[A-Z]{2,}|(?:[A-Z]\.){2,})"
_NAME = re.compile(rf"(?<![\w.])(?:{_WORD})(?:(?: of(?: the)?| for)? (?:{_WORD}|[A-Z]\.))*(?![\w])")
_GROUP = re.compile(
    r"\b(?:the (?:president|government|administration|senator|minister|prime minister|regime|opposition|army|military|court|"
    r"company|agency|party|police|union|committee|council|judge|mayor|governor|chancellor|king|pope|group|campaign|ministry|"
    r"country)|officials|protesters|democrats|republicans|lawmakers|conservatives|liberals|rebels|militants|critics|"
    r"supporters|police|experts|troops|voters|diplomats|prosecutors|investigators|activists|scientists|doctors|migrants|"
    r"refugees|he|she|they|him|her|them|his|their|we|it)\b",
    re.IGNORECASE,
)
# The lines around an article that no sentence of it is: captions, credits, invitations to click
_LAYOUT = re.compile(
    r"\b(?:getty|(?:ap|afp|file|handout) photo|photo(?:graph)?s?(?: by|:)|caption|screenshot|(?:click|tap) here|read more|"
    r"subscribe|sign up|newsletter|copyright|all rights reserved|follow (?:us|him|her) on)\b|https?:|www\.|@\w",
    re.IGNORECASE,
)
_ENGLISH = re.compile(r"\b(?:the|of|to|a|in|and|that|is|was|he|she|for|on|with|has)\b")
_NO_NAME_WORDS = """
    January February March April May June July August September October November December Monday Tuesday Wednesday
    Thursday Friday Saturday Sunday The This That These Those It He She They We You In On At By For But And Or If As
    When While After Before Since There Here What Who Why How His Her Their Our My Its Not No Yes An A I Mr Mrs Ms
    Dr Sen Rep Gov Gen St AM PM TV CEO Internet Twitter Facebook YouTube Photo AP AFP Reuters COVID COVID-19 Image
    Read More Advertisement"""

_ADJECTIVE_WORDS = """
    American Russian Chinese Israeli British French German Iranian Syrian Ukrainian European Western English Muslim
    Christian Jewish Islamic Arab"""
_OPENS = {"one", "another", "many", "most", "some", "even", "still", "now", "like", "since"}
_SMALL = tables.STOP_WORDS | _OPENS  # no names, though they have a capital in a title or where they open a sentence
_NO_NAME, _ADJECTIVES = frozenset(_NO_NAME_WORDS.split()), frozenset(_ADJECTIVE_WORDS.split())


def newsmtsc(name, part):
    """One row per target of train, or of the dev or test part of rw or mt: text, start, end, coded (0, 1, 2), sentence."""
    path = SHARED / "newsmtsc" / ("train.jsonl" if part == "train" else f"{name}/{part}.jsonl")
    rows = benchmark.targets(path).rename(columns={"sentence": "text", "sentence_no": "sentence"})
    return rows.assign(coded=rows["coded"].map(score.CLASSES.index))


def key(text, start, end):
    """The 8 bytes that stand for a pair in soft_labels.bin."""
    return hashlib.sha256(f"{start}:{end}:{text}".encode()).digest()[:8]


def held_out(article_id, one_in):
    """Whether an article is kept away from the pool, for gold samples."""
    return int.from_bytes(hashlib.sha256(str(article_id).encode()).digest()[:4], "big") % one_in == 0


def documents():
    """(article_id, text) of the unlabelled news."""
    for name in ("foreign_affairs", "random6k_other"):
        with gzip.open(SHARED / "allsides" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
            for line in lines:
                record = json.loads(line)
                yield record["ID"], record["text"]
    for line in (SHARED / "news-2025-05" / "articles.jsonl").read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        yield f"news-2025-05-{record['id']}", record["text"]


def pool(settings):
    """The unlabelled pairs: text, start, end. Drawn with a seed, so that the same files give the same pairs.

    First `pairs` of them, at most `each_sentence` targets a sentence. VADER's score of the clause sorts the candidates into
    three: two fifths are from the negative, and three tenths each from the positive and the neutral ones, since most news is
    neutral. Then `several` from other sentences, which name several targets and of which VADER does not call all neutral: up
    to `each_several` targets of each, since who does what to whom is the hardest to learn. Of either at most `each_name` pairs
    a name. No article held out for gold, and no sentence of NewsMTSC's dev and test sets.
    """
    rng = np.random.default_rng(settings["seed"])
    sentences, openers = _sentences(settings)
    rng.shuffle(sentences)
    rows, others = [], []
    for text in sentences:
        found = list(targets(text, openers))
        order = rng.permutation(len(found))
        rows += [(text, *found[place]) for place in order[: settings["each_sentence"]]]
        if len({text[slice(*span)].lower() for span in found}) > 1:
            others += [(text, *found[place]) for place in order[: settings["each_several"]]]
    frame, others = (_few_of_a_name(pd.DataFrame(each, columns=["text", "start", "end"]), settings) for each in (rows, others))
    kinds = _kinds(frame)
    quota = {"negative": 0.4, "positive": 0.3, "neutral": 0.3}
    kept = pd.concat([frame[kinds == kind].head(int(share * settings["pairs"])) for kind, share in quota.items()])
    kept = kept.sample(frac=1, random_state=settings["seed"], ignore_index=True)
    others = others[~others["text"].isin(kept["text"])].head(8 * settings["several"]).reset_index(drop=True)
    charged = others.loc[_kinds(others) != "neutral", "text"]
    return pd.concat([kept, others[others["text"].isin(charged)].head(settings["several"])], ignore_index=True)


def labelled(settings, known):
    """The pairs of the same news whose key is `known`, in the order of the files: text, start, end.

    What `pool` draws depends on every sentence that is there; this finds again all that is as it was when it was labelled.
    """
    sentences, openers = _sentences(settings)
    rows = [(text, *span) for text in sentences for span in targets(text, openers) if key(text, *span) in known]
    return pd.DataFrame(rows, columns=["text", "start", "end"]).drop_duplicates(ignore_index=True)


def _sentences(settings):
    """The sentences of the news that may be learnt from, and the words that are a name where they open one."""
    known = {_plain(text) for name in ("rw", "mt") for part in ("dev", "test") for text in newsmtsc(name, part)["text"]}
    articles = [
        (article_id, "\n".join(line.strip() for line in text.splitlines() if line.strip()))
        for article_id, text in documents()
        if not held_out(article_id, settings["held_out"])
    ]
    table = pd.DataFrame(articles, columns=["article_id", "text"]).drop_duplicates("text")
    table["title"] = ""
    sentences = split.sentences(table)["sentence"].drop_duplicates()
    sentences = sentences[sentences.str.len().between(40, 500) & ~sentences.str.contains(_LAYOUT)].tolist()
    sentences = [text for text in sentences if _plain(text) not in known]
    inside = Counter(text[slice(*span)] for text in sentences for span in targets(text))
    openers = frozenset(name for name, times in inside.items() if times >= settings["opener"] and name.lower() not in _SMALL)
    return sentences, openers


def _few_of_a_name(frame, settings):
    names = pd.Series([row.text[row.start : row.end].lower() for row in frame.itertuples()], index=frame.index)
    return frame[frame.groupby(names).cumcount() < settings["each_name"]].reset_index(drop=True)


def _kinds(frame):
    return score.label(score.toward(frame["text"], zip(frame["start"], frame["end"], strict=True), "vader"), "vader")


def targets(text, openers=frozenset()):
    """The (start, end) of what may be an actor in an English sentence: names, groups, offices and pronouns.

    A single word that opens a sentence is as likely no name: it is one if it is among `openers`.
    """
    if len(_ENGLISH.findall(text)) < 2:
        return
    for match in _NAME.finditer(text):
        words = match.group().split()
        if all(word.strip(".") in _NO_NAME for word in words):
            continue
        start = match.start()
        if len(words) == 1 and words[0] not in openers and not re.search(r"\w", text[:start]):
            continue
        while words and words[0].strip(".") in _NO_NAME and len(words) > 1:  # "But Merkel": the name alone
            start += len(words[0]) + 1
            words = words[1:]
        name = text[start : match.end()]
        if name in _NO_NAME | _ADJECTIVES:
            continue
        yield start, start + len(name) - (2 if name.endswith(("'s", "’s")) else 0)
    for match in _GROUP.finditer(text):
        yield match.span()


def _plain(text):
    return re.sub(r"\W+", " ", text).lower().strip()


RECORD = np.dtype([("key", "V8"), ("soft", "<f2", 3)])


def read_soft(path):
    """key → the teachers' three probabilities, from records of 8 bytes and three float16."""
    held = np.frombuffer(Path(path).read_bytes(), dtype=RECORD)
    return {bytes(each["key"]): each["soft"].astype(np.float32) for each in held}


def write_soft(path, frame, soft):
    held = np.zeros(len(frame), dtype=RECORD)
    held["key"] = [np.void(key(row.text, row.start, row.end)) for row in frame.itertuples()]
    held["soft"] = soft
    Path(path).write_bytes(held[np.argsort([bytes(each) for each in held["key"]])].tobytes())
