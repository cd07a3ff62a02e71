"""What the training reads and leaves behind, as far as it needs neither PyTorch nor the data."""

import sys
import tomllib

import numpy as np
import pandas as pd
import pytest

from broadsheet import ROOT

TRAINING = ROOT / "lib" / "training"
sys.path.insert(0, str(TRAINING))
import pairs  # noqa: E402


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("On Monday Jo Marsh told the army of Norland that it was late.", ["Jo Marsh", "Norland", "the army", "it"]),
        ("The army fired; he and his men ran to the port.", ["The army", "he", "his"]),
        ("But Osterby’s plan was liked by the officials in the U.N. and at NATO.", ["Osterby", "U.N.", "NATO", "officials"]),
        ("The truce is over and the talks are dead.", []),  # the first word is no name
        ("Der Hafen ist zu, sagte Marsh.", []),  # not English
    ],
)
def test_targets_are_names_groups_and_offices(text, found):
    assert [text[slice(*span)] for span in pairs.targets(text)] == found


def test_a_word_that_opens_a_sentence_is_a_name_if_it_is_one_elsewhere():
    text = "Norland said that the truce is over."
    assert [list(pairs.targets(text, names)) for names in (frozenset(), frozenset({"Norland"}))] == [[], [(0, 7)]]


@pytest.mark.parametrize(
    ("text", "layout"),
    [
        ("(AP Photo/Jo Marsh)", True),
        ("Sign up for our newsletter to read what Marsh said.", True),
        ("Jo Marsh speaks in Osterby. Photo: Kade/Getty", True),
        ("Marsh said that the photograph was a fake, and that he has the receipts.", False),
    ],
)
def test_captions_and_invitations_are_no_sentences(text, layout):
    assert bool(pairs._LAYOUT.search(text)) == layout


def test_soft_labels_survive_the_file(tmp_path):
    rows = pd.DataFrame({"text": ["Marsh lied.", "Ruiz lied."], "start": [0, 0], "end": [5, 4]})
    soft = np.array([[0.75, 0.25, 0.0], [0.5, 0.25, 0.25]])
    pairs.write_soft(tmp_path / "soft.bin", rows, soft)
    held = pairs.read_soft(tmp_path / "soft.bin")
    assert (tmp_path / "soft.bin").stat().st_size == 2 * 14
    assert held[pairs.key("Marsh lied.", 0, 5)].tolist() == [0.75, 0.25, 0.0]
    assert held[pairs.key("Ruiz lied.", 0, 4)].tolist() == [0.5, 0.25, 0.25]


def test_the_committed_soft_labels_are_probabilities_in_five_megabytes():
    path, settings = TRAINING / "soft_labels.bin", tomllib.loads((TRAINING / "settings.toml").read_text(encoding="utf-8"))
    held = np.array(list(pairs.read_soft(path).values()))
    assert path.stat().st_size <= 5_000_000
    assert ((held >= 0) & (held <= 1)).all() and np.abs(held.sum(1) - 1).max() < 0.002
    assert settings["pool"]["pairs"] + settings["pool"]["several"] <= 100_000


def test_one_article_in_ten_is_kept_for_gold():
    kept = [pairs.held_out(f"article {n}", 10) for n in range(20_000)]
    assert sum(kept) / len(kept) == pytest.approx(0.1, abs=0.01)
