"""Raw articles → articles, with every line that was changed and every article that was left out. Only `clean` changes text."""

import re
from itertools import zip_longest
from operator import itemgetter

import numpy as np

from broadsheet import dates, tables
from broadsheet.learn import Rules, complete, keys_of, lines, named, recurring, rules, traces
from broadsheet.points import Column
from broadsheet.rules import CHARACTER_RULES, LINE_RULES, fragment, glued, odd

__all__ = ["Rules", "articles", "learn"]


def learn(raw):
    """Returns the Rules that take a whole corpus to learn: spelling of sources, day-first dates, boilerplate, copies.

    What a copy, a cluster and boilerplate are, `learn.rules` says.
    """
    documents, keys = traces(raw)
    return rules(documents, recurring(keys))


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
    raw = complete(raw)
    rules = learn(raw) if rules is None else rules
    kept, texts, changes, dropped = [], [], [], []
    for row in tables.rows(raw):
        copy_of, why = rules.copies.get(row.article_id, ("", ""))
        why = f"cannot be read: {row.error}" if row.error else why
        changed = []
        article, own = ({}, []) if why else _article(row, rules, changed)
        if own:
            kept.append(article)
            texts.append(own)
            changes.append(changed)
        else:
            dropped.append((row.article_id, row.file, why or "no text left", copy_of))
    _parted(kept, texts, changes)
    for article, own in zip(kept, texts, strict=True):
        article["text"] = "\n".join(line for _, line in own)
        article["title"] = own[0][1] if article["title"] else ""
    removed = [change for changed in changes for change in sorted(changed, key=itemgetter(1))]  # line by line
    return tables.make("articles", kept), tables.make("removed", removed), tables.make("dropped", dropped)


def _article(row, rules, changes):
    """The row of an article but for its words and text, and its lines with their numbers; each change is noted."""

    def note(number, before, after, rule):
        before, after = fragment(before, after)
        changes.append((row.article_id, number, before, after, rule))

    folded = named(row.source).casefold()
    source = rules.sources.get(folded, "")
    recurs = rules.boilerplate.get(folded, ())
    kept, credit, unusual = [], "", odd(row.text.replace("\n", ""))
    paragraphs = list(_paragraphs(row.text, note))
    keys = keys_of([line for _, line in paragraphs], folded).tolist() if recurs else ()
    for (number, line), key in zip_longest(paragraphs, keys):
        if key in recurs:
            note(number, line, "", "boilerplate: recurs in this source")
            continue
        for rule, change in (*CHARACTER_RULES, *LINE_RULES) if unusual and odd(line) else LINE_RULES:
            changed = change(line)
            if changed != line:
                note(number, line, changed, rule)
                credit = f"{credit} {line.removeprefix(changed)}".strip() if rule == "credit" else credit
            line = changed
        if line:
            kept.append((number, line))
    title = _titled(row.title, kept, note)
    published, first, last, basis = dates.published(row, rules.day_first.get(source))
    article = {
        "article_id": row.article_id, "source": source or "unknown", "published": published, "published_from": first,
        "published_to": last, "source_basis": row.source_basis or ("stated" if source else "unknown"),
        "published_basis": basis, "title": title, "text": "", "url": row.url, "language": row.language,
        "credit": credit, "words": 0, "cluster": rules.clusters.get(row.article_id, row.article_id),
    }  # fmt: skip
    return article, kept


def _parted(articles, texts, changes):
    """Counts the words of each article, and parts those that are a name and the next word run together."""
    column = Column(["\n".join(line for _, line in own) for own in texts])
    starts, ends = column.words()
    owners = column.owners(starts)
    for article, count in zip(articles, np.bincount(owners, minlength=len(texts)).tolist(), strict=True):
        article["words"] = count
    for at, found in glued(column, starts, ends, owners).items():
        for position, (number, line) in enumerate(texts[at]):
            for word, parts in found.items():
                repaired = re.sub(rf"\b{word}\b", parts, line)
                if repaired != line:
                    before, after = fragment(line, repaired)
                    changes[at].append((articles[at]["article_id"], number, before, after, "glued words"))
                    articles[at]["words"] += 1  # a glued word stands once in its article, and is two now
                    line = repaired
            texts[at][position] = (number, line)


_STOPS = tuple('.!?:;”"’')


def _paragraphs(text, note):
    """The lines that are not blank, with their numbers; lines broken at a fixed width are joined to paragraphs."""
    blocks, block = [], []
    for number, line in enumerate(lines(text), 1):
        if line.strip():
            block.append((number, line.strip()))
        elif block:
            blocks.append(block)
            block = []
    blocks += [block] if block else []
    for block in blocks:
        inner = [line for _, line in block[:-1]]
        wrapped = len(inner) >= 2 and all(45 <= len(line) <= 100 for line in inner)
        if wrapped and sum(not line.endswith(_STOPS) for line in inner) >= 0.6 * len(inner):
            joined = " ".join(line for _, line in block)
            note(block[0][0], "\n".join(line for _, line in block), joined, "lines broken at a fixed width")
            yield block[0][0], joined
        else:
            yield from block


def _titled(given, lines, note):
    """The title; where the file gives one that the text does not open with, it becomes the first line."""
    title = " ".join(given.split())
    if title:
        for _, change in CHARACTER_RULES:
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
