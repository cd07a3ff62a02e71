"""What stands around a match in its sentence; and how a match is put, its polarity, by cues among these words."""

import re

import numpy as np
import pandas as pd

from broadsheet import parts, tables
from broadsheet.points import Asked, Column, suspects


def contexts(mentions, sentences):
    """Returns mentions with what stands around them: sentence, left and right (of the match, in its sentence), and mark_start,
    mark_end (the match, in characters into the sentence). One row per mention, in their order.

    >>> from broadsheet import find
    >>> place = {"article_id": ["a"], "sentence_no": [0], "part": ["body"], "start": [7]}
    >>> one = pd.DataFrame({**place, "sentence": ["A truce holds."]})
    >>> found = find.mentions(one, tables.make("patterns", [("truce", "truce", "strict", "")]))
    >>> contexts(found, one)[["left", "matched", "right"]].values.tolist()
    [['A ', 'truce', ' holds.']]
    """
    held, numbers, first, last = _placed(mentions, sentences)
    texts, first, last = held["sentence"].take(numbers).tolist(), first.tolist(), last.tolist()
    return mentions.assign(
        sentence=texts,
        left=[text[:start] for text, start in zip(texts, first, strict=True)],
        right=[text[end:] for text, end in zip(texts, last, strict=True)],
        mark_start=first,
        mark_end=last,
    ).astype({"sentence": "str", "left": "str", "right": "str", "mark_start": "int64", "mark_end": "int64"})


def _placed(mentions, sentences):
    """The sentences as a frame, and of each mention the number of its row there, where it begins in it, and where it ends."""
    if not isinstance(sentences, pd.DataFrame):
        sentences = parts.only(sentences, mentions["article_id"])
    articles, _ = pd.factorize(pd.concat([sentences["article_id"], mentions["article_id"]]))
    of, asked = np.split(articles << 32, [len(sentences)])
    numbers = pd.Index(of | sentences["sentence_no"].to_numpy()).get_indexer(asked | mentions["sentence_no"].to_numpy())
    if (numbers < 0).any():
        lost = mentions.iloc[np.argmin(numbers)]
        raise tables.BroadsheetError(
            f"the mention {lost['matched']!r} of {lost['article_id']} is in none of the sentences: give those it was found in"
        )
    begun = sentences["start"].to_numpy()[numbers]
    return sentences, numbers, *(mentions[name].to_numpy() - begun for name in ("start", "end"))


# How a mention is put, by cues: each a name, the cue looked for before the match, and the cue looked for after it. The
# first that fits names the polarity, so "if he doesn't agree to a ceasefire" is hypothetical, "dropping his demand for a
# ceasefire" negated and not demanded.
# "but" begins another thought, "after" and the like a time that the verb does not govern
_UP_TO = r"(?:\W+(?!(?:but|since|after|before|during|despite|amid|while)\b)[\w'’-]+){0,%d}?\W+$"
_SAYS = (
    r"^\W*(?:\w+\W+){0,2}(?:is|was|are|were|looks?|seems?|appears?)\W+(?:(?!(?:not|never|far|no|longer|hardly)\b)\w+\W+){0,2}"
)
_TURNED = r"^\W*(?:(?:has|have|had|may|will|quickly|soon|later|then)\W+)?"
# Verbs that negate what they have for an object; behind "not" they do not: "did not rule out a truce".
_AGAINST = (
    r"reject\w*|refus(?:e[sd]?|ing|als?)|oppos(?:e[sd]?|ing(?! (?:sides?|part(?:y|ies)|forces|camps?|factions?))|ition to)|"
    r"drop(?:s|ped|ping)?|abandon(?:s|ed|ing)?|rul(?:es?|ed|ing) out|resist(?:s|ed|ing|ance to)?|violat\w*|"
    r"(?<!news )br(?:eak|eaks|oke|eaking)(?! (?:out|with|from|into|through|up|in|news|ground|the law|"
    r"(?:his|her|its|their) silence)\b)|"
    r"block(?:s|ed|ing)|hesita\w+|gives? up|gave up|giving up"
)
_NOT_THESE = rf"(?: (?:only|just|merely|simply)\b| (?:yet )?(?:{_AGAINST})\b)"
_TIMES = (
    r"\d|midnight|noon|dawn|dusk|sunset|further|at least|the (?:end|middle|start|beginning)|(?:next|early|late|mid)\b|tomorrow|"
    r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|January|February|March|April|May|June|July|August|September|October|November|"
    r"December|Easter|Christmas|Ramadan|Eid|New Year"
)
_BETWEEN = r"(?:\W+(?!(?:is|are|has|have|be|being|gets?)\b)[\w'’-]+){0,4}?"
_PAST = (
    r"\w+[^\We]ed|was|were|had|did|met|came|went|took|said|told|saw|left|became|began|got|made|spoke|lost|won|held|sent|fell|ran|"
    r"gave|kept|found|heard|broke|chose|swore|rose|paid"
)
# Of each: the name, the cue before the match and what may stand between the two, and the cue after it with what stands around.
_POLARITIES = (
    (
        "played down",
        r"(?<!\bnot )(?<!n['’]t )\b(?:mere|merely|only an?|just an?|so-called|no more than|little more than)",
        r"\W+(?:[\w'’-]+\W+){0,2}$",
        None,
    ),
    ("played down", r"\b(?:(?!(?:rather|other|sooner|later|earlier) )\w+er|more|less) than", r"\W+(?:an?\W+|the\W+)?$", None),
    ("hypothetical", r"\b(?:if|unless|in case|whether)", _UP_TO % 8, None),
    (
        "negated",
        rf"\b(?:(?:not|never)(?!{_NOT_THESE})|no(?!\.? ?\d| (?:doubt|question|wonder)\b| longer (?:{_AGAINST})\b)|neither|nor|"
        r"without|cannot|rather than|instead of|anything but|fail(?:s|ed|ing)? to|yet to|unable to|unwilling to|"
        r"declin(?:e[sd]?|ing) to|reluctan\w+|(?:nobody|no one) (?:expects|wants|believes in|offered|signed)|"
        r"(?:step|back|walk|retreat)(?:s|ped|ed|ing|ping)? (?:back |away )?from)|"
        rf"n['’]t(?!{_NOT_THESE})|(?<!\bnot )(?<!n['’]t )(?<!\byet )(?<!\bnever )(?<!\blonger )\b(?:{_AGAINST})",
        r"\b" + _UP_TO % 5,
        _SAYS
        + r"(?P<cue>not (?:possible|likely|in sight|on the table|enough)|no longer (?:possible|likely|in sight|on the table)|"
        r"(?:a long way|far) (?:off|away)|out of (?:reach|sight|the question)|unlikely|impossible|dead|off the table|"
        r"unacceptable)\b",
    ),
    (
        "negated",
        None,
        None,
        _SAYS + r"(?P<cue>over)(?:\W*$|\W+(?:and|but|now|yet|soon|when|with)\b)",
    ),  # "imposed over the raid"
    # until something happened, and not until it does: "sanctions until Osterland leaves"
    ("negated", None, None, rf"^\W*(?P<cue>until)\b(?!\W+(?:{_TIMES})){_BETWEEN}\W+(?:{_PAST})\b"),
    (
        "negated",
        None,
        None,
        _TURNED
        + r"(?P<cue>collaps(?:es|ed)|fail(?:s|ed)|br(?:oke|eaks|oken) down|f(?:ell|alls|allen) (?:apart|through)|expired|"
        r"(?:is|are|was|were|be|been) (?:\w+ly )?(?:rejected|refused|ruled out|abandoned|dropped|broken|violated|breached|"
        r"dismissed|blocked|called off|cancell?ed|scrapped))\b",
    ),
    (
        "negated",
        None,
        None,
        r"^\W*(?P<cue>(?:(?:has|have|had|is|are|was|were|did|does|do|will|would|could|can)(?: not|n['’]t)|cannot|never)"
        r"(?: yet| ever| even| be| been)*) (?:signed?|agreed?|reach(?:ed)?|hold|held|happen(?:ed)?|materiali[sz]ed?|"
        r"last(?:ed)?|achieved?|observed|respected|hono(?:u?)red|kept|in (?:place|force|effect))\b",
    ),
    (
        "demanded",
        r"\b(?:demand(?:s|ed|ing)?(?! for)|demands for|call(?:s|ed|ing)? (?:\w+ )?for|press(?:es|ed|ing)?(?: \w+)? for|"
        r"push(?:es|ed|ing)?(?: \w+)? for|urg(?:e[sd]?|ing)|insist\w*|wants?|wanted|seek(?:s|ing)?|sought|requir(?:e[sd]?|ing)|"
        r"pleas?|pleads?)",
        r"\b" + _UP_TO % 5,
        None,
    ),
    ("demanded", r"\bdemand for", r"\W+(?:[\w'’-]+\W+){0,2}$", None),  # and not in "demand for oil rose after the truce"
    (
        "hypothetical",
        r"\b(?:would|could|(?-i:may)|might|should|potential\w*|possib\w+|prospects?|hop(?:es?|ed|ing)|propos\w+|"
        r"towards?|future|until)",
        r"\b" + _UP_TO % 5,
        r"^\W*(?:\w+\W+){0,2}(?P<cue>would|could|(?-i:may)|might|should)\b",  # May is a month
    ),
)


class _Cue:
    """A pattern of which ``cue`` is a group, in any case: held against small letters, unless it asks for a capital itself.

    Python's regular expressions take three times as long where they have to fold cases.
    """

    def __init__(self, pattern):
        self.small = not re.search(r"(?<!\\)[A-Z]|\?-i:", pattern.replace("?P<cue>", ""))
        self.pattern = re.compile(pattern, 0 if self.small else re.I)

    def found(self, text):
        """The cue as the text has it, or None."""
        match = self.pattern.search(tables.small(text) if self.small else text)
        return match and text[slice(*match.span("cue"))]


# Of each rule: its name, and for the clause before the match and the one after it a quick pattern and the one that tells.
_POLARITIES = tuple(
    (
        name,
        ahead and (rf"(?i)(?:{ahead})(?:\b|\W)", _Cue(f"(?P<cue>{ahead}){between}")),
        behind and (f"(?i){behind}".replace("?P<cue>", "?:"), _Cue(behind)),
    )
    for name, ahead, between, behind in _POLARITIES
)
_COMMA, _PARTS, _DIGIT = 1, 2, 4
_kinds = Asked(
    lambda character: _COMMA * (character == ",") + _PARTS * (character in ";:—–()") + _DIGIT * bool(re.match(r"\d", character))
)


def _clauses(column, numbers, first, last):
    """What stands before each stretch of a text in its clause, and what stands after it there."""
    kinds = _kinds.over(column)
    ends = np.flatnonzero(kinds & (_COMMA | _PARTS))
    ends = ends[(kinds[ends] & _PARTS > 0) | (kinds[ends + 1] & _DIGIT == 0)]  # a comma in a figure parts nothing
    begun, over = column.first[numbers], column.first[numbers + 1] - 1
    first, last = begun + first, begun + last
    ends = np.concatenate([[-1], ends, [len(column.text)]])
    begun = np.maximum(begun, ends[np.searchsorted(ends, first) - 1] + 1)
    over = np.minimum(over, ends[np.searchsorted(ends, last)])
    return [
        [column.text[start:end] for start, end in zip(starts.tolist(), stops.tolist(), strict=True)]
        for starts, stops in ((begun, first), (last, over))
    ]


def polarity(mentions, sentences):
    """Returns mentions with ``polarity``: affirmed, negated, played down, demanded or hypothetical; and ``cue``, the words why.

    Read off cues before and after the match in its clause, by rule: a help in reading, not a measurement.

    >>> from broadsheet import find
    >>> text = "Marsh wants peace, not a mere truce."
    >>> one = pd.DataFrame({"article_id": ["a"], "sentence_no": [0], "part": ["body"], "start": [0], "sentence": [text]})
    >>> rows = [("peace", "peace", "strict", ""), ("truce", "truce", "strict", "")]
    >>> found = find.mentions(one, tables.make("patterns", rows))
    >>> polarity(found, one)[["label", "polarity", "cue"]].values.tolist()
    [['peace', 'demanded', 'wants'], ['truce', 'played down', 'mere']]
    """
    held, *places = _placed(mentions, sentences)
    clauses = [np.array(each, dtype=object) for each in _clauses(Column.of(held["sentence"]), *places)]
    named = np.full((2, len(mentions)), "", dtype=object)
    cued = [
        suspects(each, "|".join(rule[side][0] for rule in _POLARITIES if rule[side])) for side, each in enumerate(clauses, 1)
    ]
    for name, *rules in _POLARITIES:
        for each, places, rule in zip(clauses, cued, rules, strict=True):
            open_ = places[named[0, places] == ""]
            for at in open_[suspects(each[open_], rule[0])].tolist() if rule else ():
                if cue := rule[1].found(each[at]):
                    named[:, at] = name, cue
    named[0, named[0] == ""] = "affirmed"
    return mentions.assign(polarity=named[0], cue=named[1]).astype({"polarity": "str", "cue": "str"})
