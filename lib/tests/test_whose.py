"""Names inside names for others: which rule sets a mention aside, and that a pattern of one's own gives it back."""

import pytest

from broadsheet import find, tables

PATTERNS = [
    ("Marsh", "Marsh", "strict", ""),
    ("Marsh", "Jo Marsh", "strict", ""),
    ("Marsh", "the Osterland leader", "strict", ""),
    ("Marsh", "he", "wide", ""),
    ("Marsh", "himself", "wide", ""),
    ("Court", "the court", "strict", ""),
    ("Envoys", "Ruiz", "strict", ""),
    ("Envoys", "Kade", "strict", ""),
]


def found(text, *more):
    one = tables.make("sentences", [("a", 0, "body", 0, len(text), text)])
    mentions = find.mentions(one, tables.make("patterns", [*PATTERNS, *more]))
    assert all(text[row.start : row.end] == row.matched for row in mentions.itertuples())
    return [(row.matched, row.pattern[6:] if row.scope == "aside" else "") for row in mentions.itertuples()]


@pytest.mark.parametrize(
    ("text", "mentions"),
    [
        ("Marsh’s forces fled.", [("Marsh", "somebody's people")]),
        ("Marsh's own troops fled.", [("Marsh", "somebody's people")]),
        ("Jo Marsh's allies and the Marsh administration", [("Jo Marsh", "somebody's people"), ("Marsh", "somebody's people")]),
        ("Marsh forces a vote.", [("Marsh", "")]),  # a verb
        ("Marsh’s security forces fled.", [("Marsh", "somebody's people")]),
        ("Marsh’s tariff forces Lund to talk.", [("Marsh", "")]),
        ("Marsh’s war forces millions to flee.", [("Marsh", "")]),
        ("Marsh’s speech rivals Lund’s.", [("Marsh", "")]),
        ("Marsh’s rivals Lund and Ruiz met.", [("Marsh", "somebody's people"), ("Ruiz", "")]),
        ("Marsh allies himself with Lund.", [("Marsh", ""), ("himself", "pronoun")]),
        ("Marsh allies said so.", [("Marsh", "somebody's people")]),
        ("Marsh’s attack on allies", [("Marsh", "")]),
        ("Marsh’s attack, officials say", [("Marsh", "")]),
        ("Marsh’s campaign promises", [("Marsh", "")]),  # a noun before a noun: the promises are his
        ("Marsh’s campaign has paid.", [("Marsh", "somebody's people")]),
        ("Marsh’s campaign of terror goes on.", [("Marsh", "")]),  # an act
        ("Marsh’s smear campaign failed.", [("Marsh", "")]),
        ("Marsh’s military campaign in Norland", [("Marsh", "")]),
        ("The Marsh campaign lied, and the Marsh team left.", [("Marsh", "somebody's people"), ("Marsh", "somebody's people")]),
        ("Marsh campaign promises", [("Marsh", "")]),
        ("Marsh national security adviser Kade lied.", [("Marsh", "somebody's people"), ("Kade", "")]),
        ("Former Marsh senior adviser Kade lied.", [("Marsh", "somebody's people"), ("Kade", "")]),
        ("Marsh’s son-in-law and Kade's vice-president", [(name, "somebody's people") for name in ("Marsh", "Kade")]),
        ("Marsh’s ex-lawyer and Kade's then-chief of staff", [(name, "somebody's people") for name in ("Marsh", "Kade")]),
        ("Marsh’s plan", [("Marsh", "")]),
        ("Marsh’s voter fraud claims", [("Marsh", "")]),
        ("Marsh’s official visit began.", [("Marsh", "")]),
        ("The Marsh family business", [("Marsh", "")]),
        ("Marsh’s family left.", [("Marsh", "somebody's people")]),
        ("Marsh’s office did not answer; Kade’s office may.", [("Marsh", "somebody's people"), ("Kade", "somebody's people")]),
        ("Marsh’s party lost.", [("Marsh", "somebody's people")]),
        ("Marsh’s defense secretary and Kade’s defence minister", [(name, "somebody's people") for name in ("Marsh", "Kade")]),
        ("Marsh’s national security adviser", [("Marsh", "somebody's people")]),
        ("Marsh’s top foreign policy aide", [("Marsh", "somebody's people")]),
        ("Marsh’s campaign manager quit.", [("Marsh", "somebody's people")]),
        ("Marsh’s speech angered allies.", [("Marsh", "")]),
        ("Anti-Marsh crowds and pro‑Marsh crowds", [("Marsh", "pro- or anti-"), ("Marsh", "pro- or anti-")]),
        ("They are anti Marsh.", [("Marsh", "")]),  # a stance toward the actor, without a compound
        ("A Marsh-led bloc", [("Marsh", "name-led")]),
        ("The Marsh-Ruiz talks", [("Marsh", ""), ("Ruiz", "")]),
        # in a title, where most words have a capital
        ("Marsh Officials Meet Ruiz Envoy", [("Marsh", "somebody's people"), ("Ruiz", "somebody's people")]),
        ("The Marsh Administration Falls", [("Marsh", "somebody's people")]),
        ("Marsh’s Own Forces Fled", [("Marsh", "somebody's people")]),
        ("Marsh Forces a Vote", [("Marsh", "")]),
        ("Marsh-Backed Rebels Leave", [("Marsh", "name-led")]),
        ("MARSH AIDE QUITS", [("MARSH", "somebody's people")]),
        ("Marsh Jr. spoke.", [("Marsh", "namesake")]),
        ("The court's officials", [("The court", "")]),  # no name
        # the same actor twice in one breath counts once
        ("The Osterland leader, Jo Marsh, left.", [("The Osterland leader", ""), ("Jo Marsh", "apposition")]),
        ("Marsh (the Osterland leader) left.", [("Marsh", ""), ("the Osterland leader", "apposition")]),
        ("Ruiz, Kade and others", [("Ruiz", ""), ("Kade", "")]),  # two people of one label
        ("It would anger the Osterland leader, Marsh said.", [("the Osterland leader", ""), ("Marsh", "")]),
        ("The Osterland leader, Marsh and Lund met.", [("The Osterland leader", ""), ("Marsh", "")]),
        ("Marsh, Marsh, Marsh!", [("Marsh", ""), ("Marsh", ""), ("Marsh", "")]),
        ("Marsh said he would.", [("Marsh", ""), ("he", "pronoun")]),
        ("Marsh himself said so.", [("Marsh", ""), ("himself", "pronoun")]),
        ("Then he left.", [("he", "")]),  # nobody else stands for the actor here
    ],
)
def test_which_mentions_are_set_aside_and_by_which_rule(text, mentions):
    assert found(text) == mentions


def test_a_pattern_of_ones_own_gives_back_what_a_rule_takes():
    assert found("Marsh’s forces fled.", ("Marsh", "Marsh's forces", "strict", "")) == [("Marsh’s forces", "")]
