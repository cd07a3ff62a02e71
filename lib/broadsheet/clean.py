"""Raw articles → articles, with every line that was changed and every article that was left out. Only `clean` changes text."""

import re
from collections import Counter
from functools import partial
from operator import itemgetter

import numpy as np

from broadsheet import dates, tables
from broadsheet.learn import Rules, complete, keys_of, lines, named, recurring, rules, traces
from broadsheet.points import Column
from broadsheet.rules import CHARACTER_RULES, change, fragment, glued, untagged

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
    before and after, with the number of the line in the raw text (of HTML, in its paragraphs; 0 is no line of them);
    ``dropped`` says for each article left out why.

    >>> import pandas as pd
    >>> raw = pd.DataFrame({"article_id": ["a"], "file": ["a.txt"], "error": [""]})
    >>> raw["text"] = "3 min read\\nA cease&shy;fire."
    >>> kept, removed, dropped = articles(raw)
    >>> kept.text[0], removed.rule.tolist(), len(dropped)
    ('A ceasefire.', ['reading time', 'HTML entities', 'soft hyphens'], 0)
    """
    given, raw = raw["text"], complete(raw)
    rules = learn(raw) if rules is None else rules
    rows = list(tables.rows(raw))
    copies = [rules.copies.get(row.article_id, ("", "")) for row in rows]
    whys = [f"cannot be read: {row.error}" if row.error else why for row, (_, why) in zip(rows, copies, strict=True)]
    changes = [[] for _ in rows]

    def note(at, number, before, after, rule):
        changes[at].append((rows[at].article_id, number, *fragment(before, after), rule))

    for at in np.flatnonzero((given != raw["text"]).to_numpy()).tolist():
        for tag, times in Counter(untagged(given.iloc[at])[1]).items():
            note(at, 0, tag if times == 1 else f"{tag} ({times} times)", "", "HTML tags")
    texts, credits = _texts([("" if why else row.text, row.source) for row, why in zip(rows, whys, strict=True)], rules, note)
    titles = [" ".join(row.title.split()) for row in rows]
    change(titles, lambda *_: None, CHARACTER_RULES)
    kept, dropped = [], []
    for at, (row, title, own) in enumerate(zip(rows, titles, texts, strict=True)):
        if own:
            title, texts[at] = _titled(title, own, partial(note, at))
            kept.append(_article(row, rules, title, "\n".join(texts[at].values()), credits.get(at, "")))
        else:
            dropped.append((row.article_id, row.file, whys[at] or "no text left", copies[at][0]))
    texts, changes = ([each for each, own in zip(some, texts, strict=True) if own] for some in (texts, changes))
    kept = _parted(kept, texts, changes)
    removed = [each for changed in changes for each in sorted(changed, key=itemgetter(1))]  # line by line
    return kept, tables.make("removed", removed), tables.make("dropped", dropped)


def _texts(texts, rules, note):
    """Of each (text, source) the lines that are left, by number; and the credits, by place. Each change is noted."""
    owners, numbers, found = _paragraphs([text for text, _ in texts], note)
    folded = [named(source).casefold() for _, source in texts]
    recurs = [rules.boilerplate.get(source, ()) for source in folded]
    asked = [at for at, owner in enumerate(owners) if recurs[owner]]
    for at, key in zip(asked, keys_of([found[at] for at in asked], [folded[owners[at]] for at in asked]).tolist(), strict=True):
        if key in recurs[owners[at]]:
            note(owners[at], numbers[at], found[at], "", "boilerplate: recurs in this source")
            found[at] = ""
    credits = {}

    def changed(at, before, after, rule):
        note(owners[at], numbers[at], before, after, rule)
        if rule == "credit":
            credits[owners[at]] = f"{credits.get(owners[at], '')} {before.removeprefix(after)}".strip()

    change(found, changed)
    kept = [{} for _ in texts]
    for owner, number, line in zip(owners, numbers, found, strict=True):
        if line:
            kept[owner][number] = line
    return kept, credits


def _article(row, rules, title, text, credit):
    """The row of an article but for its words."""
    source = rules.sources.get(named(row.source).casefold(), "")
    published, first, last, basis = dates.published(row, rules.day_first.get(source))
    return {
        "article_id": row.article_id, "source": source or tables.UNKNOWN, "published": published, "published_from": first,
        "published_to": last, "source_basis": row.source_basis or ("stated" if source else "unknown"),
        "published_basis": basis, "title": title, "text": text, "url": row.url, "language": row.language,
        "credit": credit, "words": 0, "cluster": rules.clusters.get(row.article_id, row.article_id),
    }  # fmt: skip


def _parted(rows, lines, changes):
    """The articles with their number of words, and with those parted that are a name and the next word run together."""
    articles = tables.make("articles", rows)
    column = Column.of(articles["text"], [row["text"] for row in rows])
    starts, ends = column.words()
    owners = column.owners(starts)
    articles = articles.assign(words=np.bincount(owners, minlength=len(lines)))
    for at, found in glued(column, starts, ends, owners).items():
        for number, line in lines[at].items():
            for word, parts in found.items():
                repaired = re.sub(rf"\b{word}\b", parts, line)
                if repaired != line:
                    before, after = fragment(line, repaired)
                    changes[at].append((articles.at[at, "article_id"], number, before, after, "glued words"))
                    articles.at[at, "words"] += 1  # a glued word stands once in its article, and is two now
                    line = repaired
            lines[at][number] = line
        articles.at[at, "text"] = "\n".join(lines[at].values())
        articles.at[at, "title"] = next(iter(lines[at].values())) if articles.at[at, "title"] else ""
    return articles


_STOPS = tuple('.!?:;”"’')
_ITEM = re.compile(r"[•●▪◦‣*–—-]\s|[^\W\d_a-z][\w .'’]{1,30}:\s")  # of a list, or what somebody says in a transcript


def _paragraphs(texts, note):
    """The lines of all texts that are not blank as (owners, numbers, lines); those broken at a fixed width are joined."""
    owners, numbers, found = [], [], []
    for owner, text in enumerate(texts):
        own = [line.strip() for line in lines(text)]
        held = [number for number, line in enumerate(own, 1) if line]
        owners += [owner] * len(held)
        numbers += held
        found += filter(None, own)
    if not found:
        return owners, numbers, found
    sizes, places = np.fromiter(map(len, found), int), np.array(owners) << 32 | np.array(numbers)
    fixed = (sizes >= 45) & (sizes <= 100)
    # a block is lines with no blank one and no short one between them: a headline, or the last line of a paragraph
    first = np.flatnonzero((np.diff(places, prepend=-1) != 1) | np.append(True, sizes[:-1] < 45))
    last = np.append(first[1:], len(places)) - 1
    wrapped = (last - first >= 2) & (np.add.reduceat(fixed, first, dtype=int) - fixed[last] == last - first)
    for begin, end in zip(first[wrapped].tolist(), last[wrapped].tolist(), strict=True):
        block = found[begin : end + 1]
        open_ = [not line.endswith(_STOPS) for line in block[:-1]]
        small = any(line[0].islower() for line in block[1:])  # what is broken goes on; points of a list begin anew
        if small and sum(open_) >= 0.6 * len(open_) and not any(map(_ITEM.match, block[1:])):
            block, found[begin : end + 1] = found[begin : end + 1], [""] * (end - begin + 1)
            found[begin] = " ".join(block)
            note(owners[begin], numbers[begin], "\n".join(block), found[begin], "lines broken at a fixed width")
    return owners, numbers, found


_SITE = re.compile(r"\s+[|–—·»:-]\s+")  # "Talks Resume | World | The Mail"
# what may stand before a headline: "By Jo Marsh", "Monday, March 3, 2025"
_AHEAD = re.compile(
    r"(?:by\s+(?:[^\W\d_]\.?|[^\W\d_a-z][\w'’-]+|and|,|\s)+|"
    r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day,?\s+)?(?:\d{1,2}\s+)?[^\W\d_]{3,9}\.?\s+(?:\d{1,2},?\s+)?\d{4})$",
    re.I,
)


def _titled(title, lines, note):
    """The title, and the lines; where the file gives one that the text does not open with, it becomes the first line.

    A title may have the name of the site behind it, and a text a line or two, such as a byline, before its headline.
    """
    heads = {_letters(title[:end]) for end in (len(title), *(found.start() for found in _SITE.finditer(title)))}
    for number in list(lines)[:3] if title else ():
        line = lines[number]
        begins = _letters(line[:9])  # most lines are told apart by their first letters
        if any(head.startswith(begins) for head in heads) and _letters(line) in heads:
            if line != next(iter(lines.values())):
                note(number, "", line, "headline put first")
            return line, {number: line, **lines}
    if title:
        note(0, "", title, "headline put first")
        return title, {0: title, **lines}
    for at, (number, line) in enumerate(list(lines.items())[:3]):
        if _AHEAD.match(line):
            continue
        rest = list(lines.values())[at + 1 :]
        if rest and _like_a_headline(line) and len(line) < np.mean(list(map(len, rest))):
            if at:
                note(number, "", line, "headline put first")
            return line, {number: line, **lines}
        break
    return "", lines


def _letters(text):
    """What two texts of the same letters and figures, large or small, have in common."""
    return re.sub(r"[\W_]+", "", text).casefold()


def _like_a_headline(line):
    """Whether a line ends open, as a headline does and no sentence, with the capitals of a title or at least the first one."""
    words = [word.lstrip("'\"‘“(") for word in line.split()]
    if not 3 <= len(words) <= 20 or line.rstrip('”"’')[-1:] in ("", *".!:;,…") or (line[0] in '“"' and line[-1] in '”"'):
        return False
    large = [word for word in words if len(word) > 3]
    begins = words[0][:1].isupper() or words[0][:1].isdigit()  # "5 takeaways from the talks"
    return sum(word[0].isupper() for word in large) >= len(large) / 2 or (len(words) > 3 and begins)
