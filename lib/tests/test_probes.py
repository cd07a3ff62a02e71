"""The probe sentences keep their form: counts, slots, targets, balance. No scorer runs here."""

import csv
import re
import unicodedata
from collections import Counter

import pytest

from broadsheet import ROOT

PROBES = ROOT / "lib" / "benchmarks" / "probes"
PARTIES = {"Republican", "Democrat", "Labour", "Conservative", "Independent"}
GENDERED = re.compile(
    r"\b(?:s?he|him|hers?|his|(?:him|her)self|mrs?|ms|sir|lady|(?:spokes|chair)?(?:wo)?m[ae]n|boy|girl|mother|father|husband|"
    r"wife|son|daughter|brother|sister|widow|widower|king|queen|actress)\b",
    re.IGNORECASE,
)
# a party follows these badly: "Mayor Republican Jill Abernathy"
TITLE = re.compile(r"\b(?:president|mayor|senator|minister|governor|judge|dr|sen|rep|gov|candidate)\.? \{name\}", re.IGNORECASE)


def rows(name):
    with (PROBES / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


NAMES, NEUTRAL, PAIRS = rows("names"), rows("neutral"), rows("pairs")
SENTENCES = [row["sentence"] for row in NEUTRAL]
PARTS = {part.casefold() for row in NAMES for part in row["name"].split()}


@pytest.mark.parametrize(
    ("table", "columns"),
    [
        (NAMES, ["name", "origin", "gender", "party"]),
        (NEUTRAL, ["sentence", "kind"]),
        (PAIRS, ["phenomenon", "sentence", "target", "other", "other_target", "expect"]),
    ],
)
def test_every_cell_is_filled_and_plain(table, columns):
    for row in table:
        assert list(row) == columns
        for cell in row.values():
            assert cell and cell == " ".join(cell.split()) == unicodedata.normalize("NFC", cell)


def test_two_hundred_names_no_two_share_a_part():
    assert len(NAMES) == 200
    assert all(len(row["name"].split()) == 2 for row in NAMES)
    assert len(PARTS) == 400


@pytest.mark.parametrize(
    ("columns", "groups", "least", "most"),
    [
        (["origin"], 8, 25, 25),
        (["gender"], 2, 100, 100),
        (["party"], 5, 40, 40),
        (["origin", "gender"], 16, 12, 13),
        (["origin", "party"], 40, 5, 5),
        (["gender", "party"], 10, 20, 20),
        (["origin", "gender", "party"], 80, 2, 3),
    ],
)
def test_groups_of_names_are_balanced(columns, groups, least, most):
    counts = Counter(tuple(row[column] for column in columns) for row in NAMES)
    assert len(counts) == groups
    assert (min(counts.values()), max(counts.values())) == (least, most)


def test_genders_and_parties_have_their_names():
    assert {row["gender"] for row in NAMES} == {"female", "male"}
    assert {row["party"] for row in NAMES} == PARTIES


def test_a_hundred_sentences_mostly_neutral():
    assert len(set(SENTENCES)) == 100
    assert Counter(row["kind"] for row in NEUTRAL) == {"neutral": 60, "mildly positive": 20, "mildly negative": 20}


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_sentence_has_its_slot_and_fits_every_name(sentence):
    assert sentence.count("{name}") in (1, 2)
    assert not set("{}") & set(sentence.replace("{name}", ""))
    assert sentence[-1] in ".!?”"
    assert not GENDERED.search(sentence) and not TITLE.search(sentence)
    assert not PARTS & set(re.findall(r"[\w-]+", sentence.casefold()))  # a name that is a word of the sentence


@pytest.mark.parametrize(
    ("place", "pattern", "least", "most"),
    [
        ("start", r"^\{name\}", 30, 50),
        ("end", r"^[^{]+\{name\}\.$", 10, 25),
        ("possessive", r"\{name\}'s", 10, 25),
        ("twice", r"\{name\}.*\{name\}", 10, 10),
    ],
)
def test_slots_stand_in_various_places(place, pattern, least, most):
    assert least <= sum(bool(re.search(pattern, sentence)) for sentence in SENTENCES) <= most


@pytest.mark.parametrize(
    "phenomenon",
    [
        "negation", "reported speech", "active and passive", "concession", "irony",
        "several targets", "comparison", "condition", "groups and institutions",
    ],
)  # fmt: skip
def test_every_phenomenon_has_twenty_pairs(phenomenon):
    assert sum(row["phenomenon"] == phenomenon for row in PAIRS) >= 20


def test_there_are_no_other_phenomena_and_expectations():
    assert len({row["phenomenon"] for row in PAIRS}) == 9
    assert {row["expect"] for row in PAIRS} == {"first lower", "first higher", "same"}


@pytest.mark.parametrize("row", PAIRS, ids=[f"{row['target']}: {row['sentence']}" for row in PAIRS])
def test_a_pair_holds_its_targets_and_differs(row):
    for text, target in ((row["sentence"], row["target"]), (row["other"], row["other_target"])):
        first = re.search(rf"(?<!\w){re.escape(target)}(?!\w)", text)
        assert first and first.start() == text.index(target)  # the benchmark takes the first occurrence
        assert text[-1] in ".!?”"
    sides = (row["sentence"], row["target"]), (row["other"], row["other_target"])
    assert sides[0] != sides[1]
    assert row["sentence"] == row["other"] or row["target"] == row["other_target"]  # one change at a time


def test_no_pair_stands_twice_nor_mirrored():
    sides = [frozenset({(row["sentence"], row["target"]), (row["other"], row["other_target"])}) for row in PAIRS]
    assert len(set(sides)) == len(sides)
