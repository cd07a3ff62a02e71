"""Raw articles → articles, with every line that was changed and every article that was left out. Only `clean` changes text."""

import hashlib
import re
from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode, urlsplit

import numpy as np

from broadsheet import dates, tables
from broadsheet.rules import LINE_RULES, fragment, glued

_LINE_ENDS = re.compile(r"\r\n|[\r\n\x0b\x0c\u2028\u2029]")
_TRACKING = re.compile(r"utm_.*|at_.*|fbclid|gclid|cmpid|cmp|maca|ref|partner|emc|smid", re.I)


@dataclass(frozen=True)
class Rules:
    """What only the whole corpus can tell: learnt once by `learn`, then applied to any part of it."""

    sources: dict = field(default_factory=dict)  # folded name → the name as most articles write it
    day_first: dict = field(default_factory=dict)  # source → True, False, or absent where no date tells
    boilerplate: frozenset = frozenset()  # (source, line) of lines that recur in a source
    copies: dict = field(default_factory=dict)  # article_id → (article_id of the first, why)
    clusters: dict = field(default_factory=dict)  # article_id → article_id of the first of the same story


def learn(raw):
    """Returns the rules that take a whole corpus to learn: spelling of sources, day-first dates, boilerplate, copies.

    A copy has the same letters as an earlier article of its source, or the same address as any earlier one. Articles of
    twenty words or more of which four fifths of the five-word runs are the same (Jaccard similarity, estimated by
    MinHash) are one cluster. A line is boilerplate of its source if it stands in at least five of its articles and in a
    fifth of them; copies do not count, and a cluster counts by its first, so that no story is taken for boilerplate.
    """
    raw = _complete(raw)
    kept = raw[(raw["error"] == "") & (raw["text"].str.strip() != "")]
    spellings = Counter(name for name in raw["source"].map(_name) if name)
    sources = {}
    for name, _ in spellings.most_common():
        sources.setdefault(name.casefold(), name)
    own = raw["source"].map(lambda name: sources.get(_name(name).casefold(), ""))
    first_text, first_url, copies = {}, {}, {}
    for row, source in zip(kept.itertuples(), own[kept.index], strict=True):
        letters = (source, hashlib.sha256(re.sub(r"[\W_]+", "", row.text).casefold().encode()).hexdigest())
        address = _address(row.url)
        for key, seen, why in ((letters, first_text, "copy: same text, same source"), (address, first_url, "copy: same URL")):
            if key and key in seen:
                copies.setdefault(row.article_id, (seen[key], why))
        if row.article_id not in copies:
            first_text[letters] = row.article_id
            if address:
                first_url[address] = row.article_id
    kept = kept[~kept["article_id"].isin(list(copies))]
    clusters = _clusters(kept)
    lines, totals, told = Counter(), Counter(), set()
    for row, source in zip(kept.itertuples(), own[kept.index], strict=True):
        story = (source, clusters.get(row.article_id, row.article_id))
        if story in told:
            continue
        told.add(story)
        totals[source] += 1
        lines.update({(source, line.strip()) for line in _LINE_ENDS.split(row.text) if line.strip()})
    return Rules(
        sources=sources,
        day_first=dates.day_first(raw["published"], own),
        boilerplate=frozenset(key for key, n in lines.items() if key[0] and n >= 5 and n >= totals[key[0]] / 5),
        copies=copies,
        clusters=clusters,
    )


def _name(source):
    return " ".join(source.split())


def _address(url):
    """An address without what varies between copies: scheme, www, tracking parameters, fragment, last slash.

    The front page of a site is the address of no article: empty.
    """
    if not url.strip():
        return ""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return url.strip()
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    query = urlencode([pair for pair in pairs if not _TRACKING.fullmatch(pair[0])])
    if not parts.path.strip("/") and not query:
        return ""
    return parts.netloc.lower().removeprefix("www.") + parts.path.rstrip("/") + (f"?{query}" if query else "")


def _clusters(kept):
    if len(kept) < 2:
        return {}
    from datasketch import MinHash, MinHashLSH  # takes half a second to import

    index = MinHashLSH(threshold=0.6, num_perm=128)  # lower than the four fifths, so that it misses none of them
    first, sketches = {}, {}
    for row in kept.itertuples():
        words = re.findall(r"\w+", row.text.casefold())
        if len(words) < 20:
            continue
        sketch = MinHash(num_perm=128, seed=1)
        sketch.update_batch([" ".join(words[i : i + 5]).encode() for i in range(len(words) - 4)])
        same = [key for key in index.query(sketch) if sketch.jaccard(sketches[key]) >= 0.8]
        if same:
            first[row.article_id] = min((first.get(key, key) for key in same), key=str)
        sketches[row.article_id] = sketch
        index.insert(row.article_id, sketch)
    return first


def articles(raw, rules=None):
    """Returns articles, removed, dropped: one row per article kept, per line changed, per article left out.

    ``rules`` is what `learn` returned for the whole corpus; without it, it is learnt from ``raw``. ``text`` is one
    paragraph a line, the headline first; ``removed`` holds every line or part of a line that a rule took or changed,
    before and after, with the number of the line in the raw text; ``dropped`` says for each article left out why.

    >>> import pandas as pd
    >>> raw = pd.DataFrame({"article_id": ["a"], "file": ["a.txt"], "error": [""]})
    >>> raw["text"] = "3 min read\\nA cease&shy;fire."
    >>> kept, removed, dropped = articles(raw)
    >>> kept.text[0], removed.rule.tolist(), len(dropped)
    ('A ceasefire.', ['reading time', 'HTML entities', 'soft hyphens'], 0)
    """
    raw = _complete(raw)
    rules = learn(raw) if rules is None else rules
    kept, removed, dropped = [], [], []
    for row in raw.itertuples():
        source = rules.sources.get(_name(row.source).casefold(), "")
        copy_of, why = rules.copies.get(row.article_id, ("", ""))
        article, changes = ({}, []) if row.error or copy_of else _article(row, source, rules)
        if not article.get("text"):
            why = f"cannot be read: {row.error}" if row.error else why or "no text left"
            dropped.append({"article_id": row.article_id, "file": row.file, "reason": why, "duplicate_of": copy_of})
            continue
        kept.append(article)
        removed += changes
    return tables.make("articles", kept), tables.make("removed", removed), tables.make("dropped", dropped)


_METADATA = (
    "source", "published", "published_from", "published_to", "title", "url", "language", "source_basis", "published_basis",
)  # fmt: skip


def _complete(raw):
    return raw.reindex(columns=list(dict.fromkeys([*raw.columns, *_METADATA])), fill_value="")


def _article(row, source, rules):
    changes = []

    def note(number, before, after, rule):
        before, after = fragment(before, after)
        changes.append((row.article_id, number, before, after, rule))

    lines, credit = [], ""
    for number, line in _paragraphs(row.text, note):
        if (source, line) in rules.boilerplate:
            note(number, line, "", "boilerplate: recurs in this source")
            continue
        for rule, change in LINE_RULES:
            changed = change(line)
            if changed != line:
                note(number, line, changed, rule)
                credit = f"{credit} {line.removeprefix(changed)}".strip() if rule == "credit" else credit
            line = changed
        if line:
            lines.append((number, line))
    title = _titled(row.title, lines, note)
    counts = Counter(line[start:end] for _, line in lines for start, end in tables.word_spans(line))
    words = counts.total()
    for position, (number, line) in enumerate(lines):
        for word, parts in glued(line, counts):
            repaired = re.sub(rf"\b{word}\b", parts, line)
            note(number, line, repaired, "glued words")
            line = repaired
            words += 1  # a glued word stands once in its article, and is two now
        lines[position] = (number, line)
    title = lines[0][1] if title and lines else title
    text = "\n".join(line for _, line in lines)
    published, first, last, basis = dates.published(row, rules.day_first.get(source))
    article = {
        "article_id": row.article_id, "source": source or "unknown", "published": published, "published_from": first,
        "published_to": last, "source_basis": row.source_basis or ("stated" if source else "unknown"),
        "published_basis": basis, "title": title, "text": text, "url": row.url, "language": row.language,
        "credit": credit, "words": words,
        "cluster": rules.clusters.get(row.article_id, row.article_id),
    }  # fmt: skip
    return (article if lines else {}), changes


def _paragraphs(text, note):
    """The lines that are not blank, with their numbers; lines broken at a fixed width are joined to paragraphs."""
    blocks, block = [], []
    for number, line in enumerate(_LINE_ENDS.split(text), 1):
        if line.strip():
            block.append((number, line.strip()))
        elif block:
            blocks.append(block)
            block = []
    blocks += [block] if block else []
    for block in blocks:
        inner = [line for _, line in block[:-1]]
        open_ended = sum(not re.search(r"[.!?:;”\"’]$", line) for line in inner)
        widths = [len(line) for line in inner]
        if len(inner) >= 2 and open_ended >= 0.6 * len(inner) and min(widths) >= 45 and max(widths) <= 100:
            joined = " ".join(line for _, line in block)
            note(block[0][0], "\n".join(line for _, line in block), joined, "lines broken at a fixed width")
            yield block[0][0], joined
        else:
            yield from block


def _titled(given, lines, note):
    """The title; where the file gives one that the text does not open with, it becomes the first line."""
    title = " ".join(given.split())
    if title:
        for _, change in LINE_RULES[:6]:
            title = change(title)
    if not lines:
        return title
    first = lines[0][1]
    if title and _letters(first) != _letters(title):
        lines.insert(0, (0, title))
        note(0, "", title, "headline put first")
        return title
    if title or (len(lines) > 1 and _like_a_headline(first) and len(first) < np.mean([len(line) for _, line in lines[1:]])):
        return first
    return ""


def _letters(text):
    return re.sub(r"[\W_]+", "", text).casefold()


def _like_a_headline(line):
    words = line.split()
    capital = sum(word[:1].isupper() for word in words if len(word) > 3)
    return 3 <= len(words) <= 20 and line[-1] not in '.!:;,…”"' and capital >= sum(len(word) > 3 for word in words) / 2
