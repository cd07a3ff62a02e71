"""What only a whole corpus can tell, learnt from traces of its articles that can be taken anywhere and put together.

`traces` reads some of the articles, `recurring` keeps of their keys those that more than one article has, and `rules` needs
nothing else. So a corpus of any size is read in parts: `clean.learn` takes the three steps for one that fits into memory.
"""

import re
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import chain, groupby, pairwise
from operator import itemgetter
from urllib.parse import parse_qsl, urlencode, urlsplit

import numpy as np
import pandas as pd

from broadsheet import dates
from broadsheet.points import Column, mixed, runs
from broadsheet.rules import untagged

_LINE_ENDS = re.compile(r"\r\n|[\r\n\x0b\x0c\u2028\u2029]")
_TRACKING = re.compile(r"utm_.*|at_.*|fbclid|gclid|cmpid|cmp|maca|ref|partner|emc|smid", re.I)
_RUN, _FEWEST = 5, 20  # words of a run; words of an article that is compared with others
_SKETCH = 128
_SAME = 0.8  # Jaccard similarity of the runs of two versions of one story
_BINS = np.arange(16, dtype=np.uint64) << np.uint64(60)
_METADATA = (
    "source", "published", "published_from", "published_to", "title", "url", "language", "source_basis", "published_basis",
)  # fmt: skip


@dataclass(frozen=True)
class Rules:
    """What only the whole corpus can tell: learnt once, then applied to any part of it."""

    sources: dict = field(default_factory=dict)  # folded name → the name as most articles write it
    day_first: dict = field(default_factory=dict)  # source → True, False, or absent where no date tells
    boilerplate: dict = field(default_factory=dict)  # folded name of a source → the keys of lines that recur in it
    copies: dict = field(default_factory=dict)  # article_id → (article_id of the first, why)
    clusters: dict = field(default_factory=dict)  # article_id → article_id of the first of the same story

    def written(self):
        """What they say of sources, as JSON can hold it."""
        lines = {source: sorted(map(int, keys)) for source, keys in self.boilerplate.items()}
        return {"sources": self.sources, "day_first": self.day_first, "boilerplate": lines}

    @classmethod
    def read(cls, written):
        """The rules that `written` gave."""
        return cls(**{**written, "boilerplate": {source: set(keys) for source, keys in written["boilerplate"].items()}})

    def about(self, articles):
        """What they say of some articles, given by their ids: so much of copies and of clusters."""
        held = {"copies": self.copies, "clusters": self.clusters}
        return {name: {each: told[each] for each in articles if each in told} for name, told in held.items()}


def complete(raw):
    """Raw articles without HTML tags in their texts, and with all columns of metadata, empty where they have none."""
    raw = raw.reindex(columns=list(dict.fromkeys([*raw.columns, *_METADATA])), fill_value="")
    texts = raw["text"].tolist()
    tagged = [at for at, text in enumerate(texts) if "<" in text or "&lt;" in text]
    for at in tagged:
        texts[at], _ = untagged(texts[at])
    return raw.assign(text=pd.Series(texts, index=raw.index, dtype="str")) if tagged else raw


def named(source):
    """A source's name without stray blanks."""
    return " ".join(source.split())


def keys_of(texts, sources):
    """A number for each text, 64 bits, as it stands in its source: two lines of one number are taken to be one."""
    codes, unique = pd.factorize(np.array(sources, dtype=object))
    hashes = [pd.util.hash_array(np.array(each, dtype=object), categorize=False) for each in (texts, unique)]
    return mixed(hashes[0], hashes[1][codes])


def lines(text):
    """The lines of a text, whichever way they end."""
    return _LINE_ENDS.split(text) if any(end in text for end in "\r\x0b\x0c\u2028\u2029") else text.split("\n")


def traces(raw, first=0):
    """Returns documents and keys: one row per raw article that has a text, and one per key that it may share with others.

    documents: number (from ``first`` on, in the order of raw), article_id, source and published (as given), brief (fewer than
    twenty words) and sketch, the 128 smallest hashes of its runs of five words (Broder 1997), none where brief. keys: number,
    kind (text, url, story, line) and key, 64 bits. Two articles of one kind and key have the same words in the same source,
    the same address, similar runs, or a line in common in the same source.
    """
    raw = complete(raw)
    readable = ((raw["error"] == "") & (raw["text"].str.strip() != "")).to_numpy()
    documents = raw[["article_id", "source", "published"]].assign(number=range(first, first + len(raw)))
    sketches, words, *stories = _sketches(Column(raw["text"].where(readable, "")))
    texts, urls, sources = (raw[name].tolist() for name in ("text", "url", "source"))
    sources, places = [named(source).casefold() for source in sources], np.flatnonzero(readable).tolist()
    addresses = {at: address for at in places if (address := _address(urls[at]))}
    own = {at: list(_own(texts[at])) for at in places if sources[at]}
    found = {
        "text": (places, [words[at] for at in places], sources),
        "url": (list(addresses), list(addresses.values()), [""] * len(raw)),
        "line": ([at for at, each in own.items() for _ in each], list(chain(*own.values())), sources),
    }
    keys = [("story", *stories)]
    for kind, (numbers, held, where) in found.items():
        keys.append((kind, np.array(numbers, dtype=int), keys_of(held, [where[at] for at in numbers])))
    keys = [pd.DataFrame({"number": numbers + first, "kind": kind, "key": each}) for kind, numbers, each in keys]
    brief = [not len(sketch) for sketch in sketches]
    documents = documents.assign(held=readable, brief=brief, sketch=sketches).reset_index(drop=True)
    return documents, pd.concat(keys, ignore_index=True).astype({"kind": "str"})


def _own(text):
    """The lines of a text that are not blank, each once."""
    return filter(None, dict.fromkeys(line.strip() for line in lines(text)))


def recurring(keys):
    """Of keys those that more than one article has. They may be asked part by part, all rows of a key together."""
    return keys[keys.duplicated(["kind", "key"], keep=False)]


def rules(documents, keys):
    """Returns the Rules of a corpus from its documents, in their order, and its recurring keys.

    A copy has the same words as an earlier article of its source, or the same address as any earlier one; of an address one
    of twenty words or more goes before those with fewer, which may be what was there before the article was. Articles of
    twenty words or more of which four fifths of the runs of five words are the same (Jaccard similarity; of long ones
    estimated from their sketches) are one cluster. A line is boilerplate of its source if it stands in at least five of its
    articles and in a fifth of them; copies do not count, and of a cluster the first of each source does, so that no story is
    taken for boilerplate.
    """
    documents = documents.set_index("number")
    names = dict(zip(documents.index.tolist(), documents["article_id"].tolist(), strict=True))
    spellings = documents["source"].map(named)
    sources = {}
    for name in spellings[spellings != ""].value_counts().index:
        sources.setdefault(name.casefold(), name)
    folded = spellings.str.casefold()
    copies = _copies(keys, documents.index[documents["brief"]])
    alone = ~keys["number"].isin(list(copies))
    clusters = _clusters(documents["sketch"], keys[alone & (keys["kind"] == "story")])
    stories = pd.DataFrame({"source": folded, "story": documents.index.to_series().replace(clusters)})
    stories = stories[documents["held"].to_numpy() & ~documents.index.isin(list(copies))].drop_duplicates()
    totals = stories["source"].value_counts()
    found = keys[alone & (keys["kind"] == "line") & keys["number"].isin(stories.index)]
    found = pd.DataFrame({"source": found["number"].map(folded), "key": found["key"]}).value_counts()
    boilerplate = {}
    for (source, line), number in found[found >= 5].items():
        if number >= totals[source] / 5:
            boilerplate.setdefault(source, set()).add(line)
    return Rules(
        sources=sources,
        day_first=dates.day_first(documents["published"], pd.Series([sources.get(each, "") for each in folded])),
        boilerplate=boilerplate,
        copies={names[copy]: (names[original], why) for copy, (original, why) in copies.items()},
        clusters={names[number]: names[story] for number, story in clusters.items()},
    )


def _copies(keys, brief):
    """Number of a copy → (number of the first, why); those that are brief come after all others."""
    keys = keys[keys["kind"].isin(["text", "url"])]
    keys = keys.assign(brief=keys["number"].isin(brief)).sort_values(["brief", "number", "kind"], kind="stable")
    first, copies = {}, {}
    for number, own in _by_number(keys, "kind", "key"):
        same = [(first[one], f"copy: {_WHY[one[0]]}") for one in own if one in first]
        if same:
            copies[number] = same[0]
        else:
            first |= dict.fromkeys(own, number)
    return copies


_WHY = {"text": "same text, same source", "url": "same URL"}


def _clusters(sketches, keys):
    """Number of an article → number of the first of the same story, for those that are not the first."""
    like, story = {}, {}
    for number, own in _by_number(keys.sort_values("number", kind="stable"), "key"):
        near = dict.fromkeys(other for one in own for other in like.get(one, ()))
        same = [story.get(other, other) for other in near if _similarity(sketches[number], sketches[other]) >= _SAME]
        if same:
            story[number] = min(same)
        for one in own:
            like.setdefault(one, []).append(number)
    return story


def _similarity(one, other):
    """The Jaccard similarity of two sets of which the smallest hashes are given: exact where these are all."""
    both = np.sort(np.concatenate([one, other]))
    twice = both[1:] == both[:-1]
    least = np.cumsum(~np.append(False, twice)) <= _SKETCH  # with those that stand there twice
    return float(twice[least[1:]].sum() / min(len(both) - twice.sum(), _SKETCH)) if len(both) else 0.0


def _by_number(keys, *columns):
    """(number, the values of its rows) of keys whose rows of one number stand together."""
    rows = zip(keys["number"].tolist(), zip(*(keys[column].tolist() for column in columns), strict=True), strict=True)
    return ((number, [own for _, own in each]) for number, each in groupby(rows, key=itemgetter(0)))


def _sketches(column):
    """Of each text the smallest hashes of its runs of words, and a hash of all its words; and (numbers, keys) of their stories.

    Similar texts have one of these keys in common. They are, of sixteen parts of the range of hashes, the smallest in each
    (one permutation hashing, Li, Owen & Zhang 2012; an empty part takes the next one's, Shrivastava & Li 2014), by twos: of
    two texts of which four fifths are the same, fewer than one pair in three thousand has none in common.
    """
    starts, ends = column.plain_words()
    hashes = column.hashes(starts, ends)
    all_runs = runs(hashes, _RUN)
    first = np.searchsorted(starts, column.first)
    sketches, words, least = [], [], {}
    for at, (begin, end) in enumerate(pairwise(first.tolist())):
        own = np.array([], dtype=np.uint64)
        if end - begin >= _FEWEST:
            own = np.sort(all_runs[begin : end - _RUN + 1])
            own = own[np.append(True, own[1:] != own[:-1])]
            least[at] = own[np.searchsorted(own, _BINS) % len(own)]
        sketches.append(own[:_SKETCH])
        words.append(blake2b(hashes[begin:end].tobytes()).hexdigest())
    pairs = np.array([*least.values()], dtype=np.uint64).reshape(-1, len(_BINS) // 2, 2)
    stories = mixed(mixed(pairs[..., 0], pairs[..., 1]), np.arange(len(_BINS) // 2, dtype=np.uint64))
    return sketches, words, np.repeat(np.array([*least], dtype=int), stories.shape[1]), stories.ravel()


def _address(url):
    """An address without what varies between copies: scheme, www, tracking parameters, fragment, last slash.

    The front page of a site is the address of no article, and what has no site ("N/A") is no address: empty.

    >>> _address("www.mail.example/o/"), _address("https://mail.example"), _address("N/A")
    ('mail.example/o', '', '')
    """
    try:
        parts = urlsplit(url.strip() if "://" in url else f"//{url.strip()}")
    except ValueError:
        return ""
    if not re.fullmatch(r"[^\s.]+(\.[^\s.]+)+", parts.netloc):
        return ""
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    query = urlencode([pair for pair in pairs if not _TRACKING.fullmatch(pair[0])])
    if not parts.path.strip("/") and not query:
        return ""
    return parts.netloc.lower().removeprefix("www.") + parts.path.rstrip("/") + (f"?{query}" if query else "")
