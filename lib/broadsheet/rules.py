"""The named rules by which `clean` changes a line of text. Each is a name and a function from line to line."""

import functools
import html
import re
import unicodedata
from bisect import bisect_left
from collections import Counter
from importlib import resources

import ftfy
import numpy as np
from ftfy.chardata import LIGATURES
from ftfy.fixes import fix_latin_ligatures

from broadsheet.points import suspects

# ends of lines too: an entity may hold one
_SPACES = re.compile("[\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\x85\t\n\x0b\x0c\r ]+")
_INVISIBLE = re.compile("[\u200b\u2060\ufeff\x00-\x08\x0e-\x1f\x7f]")

_ENTITY = re.compile(r"&(?:#\d+|#x[\da-f]+|[a-z][a-z\d]*);", re.I)

# HTML that an export has left in a text: it is, where one of these closes something, or a paragraph or a break opens.
_BLOCKS = (
    "p|div|br|button|h[1-6]|li|ul|ol|blockquote|figure|figcaption|section|article|aside|header|footer|table|tr|td|th|pre|hr|"
    "html|body|main|nav|form"
)
_INLINE = "a|b|i|u|em|strong|span|small|sup|sub|img|cite|q|mark|abbr|time|iframe|picture|source|video|svg|font|center"
_HTML = re.compile(rf"</(?:{_BLOCKS}|{_INLINE})\s*>|<(?:p|br)\b[^<>]*>", re.I)
_ESCAPED = re.compile(r"&lt;/?(?:p|br|div)\b", re.I)
_TAG = re.compile(
    rf"<(?P<hidden>head|script|style|noscript)\b.*?</(?P=hidden)\s*>|<!--.*?-->|<!doctype\b[^<>]*>|</?(?:(?P<block>{_BLOCKS})|{_INLINE})\b[^<>]*>",
    re.I | re.S,
)

# WordPress shortcodes: [gallery ids="1,2"], [/caption], [inline_related_posts title=”…”]. Their quotes need not balance,
# so what tells them from an editor's brackets ("[sic]", "[the president]") is an attribute, a slash or an underscore.
_SHORTCODE = re.compile(r"\[/?[a-z][a-z0-9-]*(?:_[a-z0-9_-]+)?(?:\s+[a-z_-]+\s*=[^\]]*)?\s*/?\]")
_READING_TIME = re.compile(
    r"(?:(?:estimated )?read(?:ing)? time:?\s*)?\d+[\s-]*min(?:ute)?s?(?:,?\s*\d+\s*sec(?:ond)?s?)?\s*read"
    r"|(?:estimated )?read(?:ing)? time:?\s*\d+\s*min(?:ute)?s?",
    re.I,
)
_WIDGET = re.compile(
    r"(?:share|tweet|print|email|related|copy link|comments?|advertisement|story continues below advertisement|"
    r"share (?:this|the)(?: (?:post|article|story|page|news|link|video))?(?: (?:on|via|by|with) [\w ]{1,30})?|"
    r"share (?:on|via|by) [\w ]{1,30}|share with (?:your )?(?:friends|others|followers)|"
    r"skip to (?:main )?content|skip next section.{0,60}|"
    r"(?:similar|related|recommended|more|latest|popular|trending) (?:posts?|articles?|stories|news|reads?|topics?)|"
    r"(?:read more|read also|also read|read next|related|see also|watch)\s*:.{0,200}|you (?:may|might) also like.{0,60}|"
    r"(?:sign up|subscribe)\b.{0,80}\b(?:newsletter|inbox|updates|channel)\b.{0,80}|follow us on .{0,80})[:.]?",
    re.I,
)
_SENTENCE = r"(?:^|(?<=[.!?”\"’] ))"  # where a sentence of a one-line article may begin
# An invitation speaks to the reader ("For more, stay tuned to our site"); "she told them to stay tuned" is a report.
_STAY_TUNED = re.compile(
    _SENTENCE + r"(?:(?:[^.!?“\"]|(?<=\b[A-Z])\.)*,\s)?(?:(?:please|so|and|but|then)\s)*stay tuned (?:to|with|for)\b[^.!?]*"
    r"\b(?:website|site|updates|channel)\b[^.!?]*[.!?]? ?",
    re.I,
)
# A credit names people and nothing else, so "donors contributed reporting funds" is none.
_NAME = (
    r"(?:(?:[^\W\d_a-z]\.)+|[^\W\d_a-z][\w'’-]*|also|has|have|and|of|the|in|at|for|from|with|writers?|reporters?|"
    r"correspondents?|journalists?|editors?|staff|bureau|newsroom|de|del|della|di|da|la|le|van|von|der|den|bin|al|&)"
)
_CREDIT = re.compile(
    _SENTENCE + rf"(?:(?=[^\Wa-z])(?:{_NAME},?\s+)+contributed (?:reporting|to this (?:report|reporting|story|article))"
    r"(?: (?:from|in|to|for) [^.!?,;]{2,60})?|"
    r"(?:With )?[Aa]dditional reporting by [^.!?]{3,120}(?:\. Editing by [^.!?]{3,60})?|"
    rf"(?:Reporting|Writing) by {_NAME}(?:[,;]?\s+(?:{_NAME}|(?:additional\s+)?reporting|writing|[Ee]diting|by))*|"
    rf"\(Reporting by [^()]{{3,200}}\))\.?$"
)


def _shortcodes(line):
    def take(match):
        code = match.group()
        return "" if re.search(r"[=_/]", code) or f"[/{code[1:]}" in line else code

    return " ".join(_SHORTCODE.sub(take, line).split())


def untagged(text):
    """Returns (text, tags): a text without its HTML tags, each block of it in a paragraph of its own, and the tags.

    >>> untagged("<p>Marsh <b>left</b>.</p><p>A < B.</p>")
    ('\\n\\nMarsh left.\\n\\n\\n\\nA < B.\\n\\n', ['<p>', '<b>', '</b>', '</p>', '<p>', '</p>'])
    """
    if _ESCAPED.search(text) and not _HTML.search(text):  # an export escaped it
        text = html.unescape(text)
    if "<" not in text or not _HTML.search(text):
        return text, []
    if re.search(r"<(?:p|br)\b", text, re.I):  # the ends of its lines are blanks then
        text = re.sub(r"\s*[\r\n]\s*", " ", text)
    tags = [found[0] for found in _TAG.finditer(text)]
    return _TAG.sub(lambda found: "\n\n" if found["block"] else "", text), tags


def _entities(line):
    """Entities that end as they must: "?a=1&section=2" holds none."""
    for _ in range(2):  # escaped twice, they come out escaped once
        line = _ENTITY.sub(lambda match: html.unescape(match.group()), line)
    return line


def _marks(line):
    """Letters and accents that stand for an apostrophe, grave accents for marks, and “such marks“ or ”such” as were turned."""
    line = re.sub(r"(?<=\w)[ʼ´`](?=\w)", "’", line)
    line = re.sub(r"``(.+?)''", r"“\1”", line)
    if "„" not in line:
        line = re.sub(r"(?<=[\w.,!?…])“(?= |$)", "”", line)
        line = re.sub(r"(?:^|(?<= ))”(?=\w)", "“", line)
    return line


def _whole(pattern):
    return f"^(?i:{pattern.pattern})$", lambda line: "" if pattern.fullmatch(line) else line


def _composed(line):
    return unicodedata.normalize("NFC", line)


def _spaced(line):
    return _SPACES.sub(" ", _INVISIBLE.sub("", line)).strip()


_USUAL = " -~“”‘’–—…"
# What garbled UTF-8 has ("â€œ" for “): two signs beyond ASCII side by side, of which one is unusual, or one of a few.
_GARBLED = rf"[^{_USUAL}][^\x00-\x7f]|[^\x00-\x7f][^{_USUAL}]|[\x80-\x9fÂÃŒœ]"
_BLANKS = _SPACES.pattern.replace(" ]+", "]")
# (name, what a line must have for it, function), in the order in which they are applied. A line that a rule empties is taken
# out. Those of characters come first: they change titles, too.
CHARACTER_RULES = (
    ("mojibake", _GARBLED, ftfy.fix_encoding),
    ("HTML entities", "&", _entities),
    ("soft hyphens", "\xad", lambda line: line.replace("\xad", "")),
    ("ligatures", f"[{''.join(map(chr, LIGATURES))}]", fix_latin_ligatures),
    ("odd spaces", rf"{_BLANKS}|{_INVISIBLE.pattern}|  |^ | $", _spaced),
    ("odd apostrophes and quotation marks", r"[ʼ´`]|\S“(?: |$)|(?:^| )”\w", _marks),
    ("composed accents", rf"[^\x00-\x{{2FF}}{_USUAL}]", _composed),
)
RULES = (
    *CHARACTER_RULES,
    ("shortcode", r"\[", _shortcodes),
    ("reading time", *_whole(_READING_TIME)),
    ("share or related-posts widget", *_whole(_WIDGET)),
    ("stay-tuned invitation", "tuned", lambda line: _STAY_TUNED.sub("", line).strip()),
    ("credit", "eporting|contributed", lambda line: _CREDIT.sub("", line).strip()),
)


def change(lines, note, rules=RULES):
    """Changes those of a list of lines that a rule changes, rule by rule; note(place, before, after, rule) is told of each."""
    places = suspects(lines, "|".join(needed for _, needed, _ in rules))
    for rule, needed, function in rules if len(places) else ():
        for at in places[suspects([lines[at] for at in places], needed)].tolist():
            after = function(lines[at])
            if after != lines[at]:
                note(at, lines[at], after, rule)
                lines[at] = after


def fragment(before, after, context=3):
    """The part of a line that a rule changed, with a few words around it, before and after.

    >>> fragment("one two three four fiive six seven eight nine", "one two three four five six seven eight nine", 1)
    ('… four fiive six …', '… four five six …')
    """
    if not before or not after:
        return before, after
    old, new = before.split(" "), after.split(" ")
    same = next((i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    rest = min(len(old), len(new)) - same
    tail = next((i for i in range(rest) if old[-1 - i] != new[-1 - i]), rest)
    first = max(same - context, 0)

    def cut(words):
        last = min(len(words) - tail + context, len(words))
        return " ".join(["…"] * (first > 0) + words[first:last] + ["…"] * (last < len(words)))

    return cut(old), cut(new)


# A name with the next word run into it ("Putinafter"). A repair needs all of: the whole is in no dictionary and stands
# nowhere else in the article; the name is a capitalised word that does; what follows is a whole verb form, preposition
# or conjunction. So no suffix ("Russians"), no compound ("Greenland", "Trumpworld") and no spelling ("Zelenskyy") is split.
_FOLLOWS = re.compile(r"^([a-z]{4,}) (?:CC|DT|IN|MD|TO|VB[DGNPZ]|WDT|WP|WRB)$", re.M)


@functools.cache
def _lexicon():
    """The Brill lexicon that TextBlob carries: its lines, "word tag", in order, and the words that may follow a name."""
    text = resources.files("textblob").joinpath("en/en-lexicon.txt").read_text(encoding="utf-8")
    return sorted(text.splitlines()), frozenset(_FOLLOWS.findall(text))


def _known(word):
    lines, word = _lexicon()[0], f"{word} "
    return lines[bisect_left(lines, word) % len(lines)].startswith(word)  # a dict of them takes ten times as long to make


def glued(column, starts, ends, owners):
    """The words of some texts that are a name and the next word run together: {number of the text: {glued: parted}}.

    ``column`` is a `points.Column`, the others are the places of its words and the texts that they stand in.

    >>> from broadsheet.points import Column
    >>> column = Column(["Morel met Osterby. Osterby and Morel spoke. Then Morelannouncing talks left, as Osterbyans do."])
    >>> starts, ends = column.words()
    >>> glued(column, starts, ends, column.owners(starts))
    {0: {'Morelannouncing': 'Morel announcing'}}
    """
    found, counted = {}, {}
    first = column.points[starts]
    long = np.flatnonzero((ends - starts >= 8) & ((first < ord("a")) | (first > ord("z"))))
    form, firsts = column.alike(starts[long], ends[long])
    firsts = long[firsts]
    forms = [column.text[start:end] for start, end in zip(starts[firsts].tolist(), ends[firsts].tolist(), strict=True)]
    parted = [_namely(word) if word.isalpha() else () for word in forms]
    doubt = np.array(list(map(bool, parted)), dtype=bool)[form]
    for number, owner in zip(form[doubt].tolist(), owners[long[doubt]].tolist(), strict=True):
        word = forms[number]
        for name, rest in parted[number]:
            if column.texts[owner].count(name) < 3:  # twice by itself, and in the word
                continue
            if owner not in counted:
                own = slice(*np.searchsorted(owners, [owner, owner + 1]))
                words = zip(starts[own].tolist(), ends[own].tolist(), strict=True)
                counted[owner] = Counter(column.text[start:end] for start, end in words)
            if counted[owner][word] == 1 and counted[owner][name] >= 2:
                found.setdefault(owner, {})[word] = f"{name} {rest}"
                break
    return found


@functools.lru_cache(maxsize=1 << 14)
def _namely(word):
    """How a word that is in no dictionary may be parted into a name and the next word, by what these are."""
    _, follows = _lexicon()
    parts = [(word[:cut], word[cut:]) for cut in range(len(word) - 4, 3, -1) if word[cut:] in follows]
    if not parts or _known(word) or _known(word.lower()):
        return ()
    return tuple((name, rest) for name, rest in parts if not _known(name.lower()))
