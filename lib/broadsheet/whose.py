"""Whether a name found in a sentence is the actor, or part of a name for somebody else; by rules whose names readers see."""

import re
from functools import lru_cache

from broadsheet.points import suspects

# "forces", "rivals" and the like are verbs before these: "Marsh allies himself with Osterby"
_NO_VERB = (
    r"\b(?!\s+(?:(?:the|an?|his|her|its|their|him|them|us|it|himself|herself|itself|themselves|every|each|many|most|millions|"
    r"thousands|hundreds)\b|(?-i:[A-Z])[\w-]*['’]s\b))"
)
# where a phrase ends: a mark, or a word that begins another one
_ENDS = (
    r"(?=\s*(?:[.,;:!?)”\"—–]|$)|\s+(?:and|or|but|nor|not|has|have|had|is|are|was|were|be|been|will|would|could|can|cannot|did|do|"
    r"does|may|might|must|should|said|says?|told|tells?|wants?|quit|won|lost|met|fell|fled|left|went|came|got|gave|took|made|held|"
    r"saw|sent|spoke|knew|kept|set|ran|began|became|to|in|on|at|of|by|with|that|which|who|whose|whom|as|for|from|after|before|"
    r"since|during|over|under|into|against|about|because|if|while|when|where|also|never|still|already|now|familiar|close|"
    r"\w+n['’]t|\w+ed)\b)"
)
_PEOPLE = (
    rf"administration|army|armies|troops|soldiers|fighters|generals|supporters?|voters|backers?|allies{_NO_VERB}|ally|loyalists?|"
    rf"followers?|critics?|opponents?|rivals{_NO_VERB}|officials|aides?|advis[eo]rs?|envoys?|lawyers?|attorneys?|negotiators?|"
    r"spokes(?:man|men|woman|women|person|people)|delegation|entourage|appointees?|nominees?|ministers?|secretar(?:y|ies)|"
    r"deput(?:y|ies)|vice[ -]presidents?|chiefs? of staff|campaign (?:managers?|chiefs?|chair\w*)|doctors?|family members?|"
    r"(?:sons?|daughters?|brothers?|sisters?|father|mother)(?:-in-law)?|wife|husband|nieces?|nephews?|"
    # these also stand before a noun ("Marsh's family business", "the UN General Assembly")
    rf"(?:general|voter|rival|official|family){_ENDS}"
)
# and these before many ("Marsh's campaign promises", "military action"); a campaign of, against or on something is an act
_GROUP = rf"(?:government|cabinet|campaign(?!\s+(?:of|against|to|on)\b)|team){_ENDS}"
_OWN = rf"(?:{_GROUP}|(?:military|party|office){_ENDS})"
_ACT = r"(?!(?:pressure|smear|disinformation|propaganda|bombing|air|deportation|influence|military)\s+campaign\b)"
_KIND = (  # of office or nearness, of which several may stand before people: "Marsh's top foreign policy aide"
    r"(?:top|senior|chief|closest|close|own|new|former|longtime|lead|key|main|national|security|foreign|policy|defen[cs]e|press|"
    r"prime|deputy|special|middle|east|personal|economic|trade|legal|campaign|political|military|communications|budget|treasury|"
    r"finance|interior|energy|health|justice|white|house)"
)
_ARMED = (  # of forces that are people: "Marsh's tariff forces Osterby to talk"
    r"(?:own|armed|ground|land|security|special|air|naval|elite|military|occupying|occupation|invading|invasion|advancing|"
    r"remaining|retreating|nuclear|proxy|paramilitary|government)"
)
_FORMER = r"(?:(?:ex|then)[-‐‑])?"
_LINK = r"(?!(?:and|or|of|on|in|at|to|by|for|with|from|against|as|than|that)\b)"
_BARE = rf"{_FORMER}(?:(?:{_KIND}\s+){{0,3}}(?:{_PEOPLE})|{_GROUP})"  # what needs no possessive: "the Marsh campaign"
# what follows a name and a hyphen in a title, too, where it has a capital ("Marsh-Backed"), as a second name has
_LED = r"led|backed|style|era|aligned|allied|friendly|appointed|approved|inspired|linked|brokered|sponsored|controlled|like"
# name of the rule, what stands before the name, what stands after it; both have to fit
_RULES = (
    ("pro- or anti-", re.compile(r"(?<!\w)(?:anti|pro|non|pre|post|never)[-‐‑]$", re.I), None),
    ("name-led", None, re.compile(rf"^[-‐‑](?:[a-z]|(?i:{_LED})\b)")),
    ("namesake", None, re.compile(r"^,?\s+(?:Jr|Sr)\b")),
    (
        "somebody's people",
        None,
        re.compile(
            rf"^(?:['’]s?\s+(?:{_FORMER}{_ACT}(?:(?:{_KIND}\s+){{2,3}}|{_LINK}[a-z][\w-]*\s+)?(?:{_PEOPLE}|{_OWN})|"
            rf"(?:{_ARMED}\s+)?forces{_NO_VERB})|"
            rf"\s+{_BARE})\b(?![-‐‑])",
            re.I,
        ),
    ),
)
# what no rule can do without, with the character before the name and those after it: see `beside`
_BESIDE = rf"(?is)^(?:[-‐‑]|.[-‐‑]|.['’].*\b(?:{_PEOPLE}|{_OWN}|forces)|.\W+(?:{_BARE}|[JS]r)\b)"
_BESIDE = _BESIDE.replace(_NO_VERB, "").replace(_ENDS, "")
_AHEAD = 80  # characters behind a name that its rules look at
_WORDS = "he she they him her them his hers their theirs himself herself themselves it its itself"
_PRONOUNS = frozenset(_WORDS.split())


def rule(sentence, start, end):
    """The name of the rule by which a name in a sentence belongs to a name for others, or "" where it is the actor's own.

    A name ends with a word that has a capital; other matches ("the government") are never somebody else's.

    >>> for text in ["Marsh’s own forces fled.", "Marsh forces a vote.", "The pro-Marsh crowd", "A Marsh-led bloc"]:
    ...     at = text.index("Marsh")
    ...     print(rule(text, at, at + 5) or "the actor")
    somebody's people
    the actor
    pro- or anti-
    name-led
    """
    if not is_name(sentence[start:end]):
        return ""
    before, after = sentence[max(0, start - 12) : start], sentence[end : end + _AHEAD]
    for name, ahead, behind in _RULES:
        if (ahead is None or ahead.search(before)) and (behind is None or behind.search(after)):
            return name
    return ""


def beside(text, starts, ends):
    """The places of those names, which begin and end somewhere in a text, that a rule may be about: few, and all that it is.

    >>> beside("Marsh and Marsh's own forces", [0, 10], [5, 15]).tolist()
    [1]
    """
    around = [(text[start - 1 : start] or " ") + text[end : end + _AHEAD] for start, end in zip(starts, ends, strict=True)]
    return suspects(around, _BESIDE)


@lru_cache(maxsize=1 << 14)
def is_name(words):
    """Whether the last word of a match has a capital."""
    return any(each.isupper() for each in re.split(r"[\s\-‐‑]", words)[-1])


def is_pronoun(words):
    return words.lower() in _PRONOUNS


def repeated(sentence, matches):
    """The places among matches, (start, end, label) in the order of the sentence, that name an actor a second time.

    A pronoun after the actor's name ("Marsh said he …", "Marsh himself"), and the second of two names in apposition ("the
    Osterland leader, Jo Marsh"): a name and a description, with nothing but a comma or a bracket between them.

    >>> text = "Osterby’s leader, Jo Marsh, said she would go."
    >>> [(place, name) for place, name in repeated(text, [(0, 16, "Marsh"), (18, 26, "Marsh"), (33, 36, "Marsh")])]
    [(1, 'apposition'), (2, 'pronoun')]
    """
    seen, last = set(), None
    for place, (start, end, label) in enumerate(matches):
        words = sentence[start:end]
        if is_pronoun(words):
            if label in seen:
                yield place, "pronoun"
        else:
            between = last and last[2] == label and sentence[last[1] : start]
            if between and _APPOSED.fullmatch(between) and _CLOSED.match(sentence, end):
                described = [_describes(sentence[last[0] : last[1]]), _describes(words)]
                if described[0] != described[1]:
                    yield place, "apposition"
            last = (start, end, label)
        seen.add(label)


_APPOSED, BESIDE = re.compile(r"\s?[,(]\s?"), 3  # and the most characters that it has
# "the leader, Jo Marsh, said"; in "it would anger the leader, Marsh said" and "the leader, Marsh and Lund" are two
_CLOSED = re.compile(r"['’]s?\b|\s*(?:[,;:.)\]!?”\"—–]|$)")


def _describes(words):
    """ "the Kremlin leader", "president of Ukraine": words with a small first or last one are no bare name."""
    return words.split()[-1].islower()
