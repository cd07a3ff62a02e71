"""The trained scorer: it never sees the actor's name, it tells the actors of a sentence apart, and its files are whole."""

import json
import shutil
import subprocess
import sys

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broadsheet import score, target
from broadsheet.tables import BroadsheetError


@pytest.mark.parametrize(
    ("text", "name", "seen"),
    [
        ("Tillis called Osterby a liar.", "Osterby", "Tillis called * someone * a liar."),
        ("Osterby’s plan failed.", "Osterby", "* someone *’s plan failed."),
        ("Anti-Marsh crowds", "Marsh", "Anti-* someone * crowds"),
        # the same name again, whole or without its first words
        ("Marsh lied; all know that Marsh lies.", "Marsh", "* someone * lied; all know that someone lies."),
        (
            "President Jo Marsh left, Jo Marsh and Marsh said.",
            "President Jo Marsh",
            "* someone * left, someone and someone said.",
        ),
        ("Critics of Marsh say Jo Marsh lied.", "Jo Marsh", "Critics of someone say * someone * lied."),
        ("A Marsh of Marshland", "Marsh", "A * someone * of Marshland"),  # whole words alone
        ("Ms. (Kade) and M.s.", "Ms. (Kade)", "* someone * and M.s."),  # signs in a name are no pattern
        # small words within a name and before it are hidden with it
        ("The Duke of Norland left Norland.", "Duke of Norland", "The * someone * left someone."),
        (
            "All know that van der Marsh lies, as a Marsh does.",
            "van der Marsh",
            "All know that * someone * lies, as a someone does.",
        ),
        ("Umar bin Kade fell.", "Umar bin Kade", "* someone * fell."),
        ("MARSH WINS: Marsh left.", "Marsh", "someone WINS: * someone * left."),
        ("Orbán spoke; Orban left.", "Orbán", "* someone * spoke; someone left."),
        # names in letters that know no capitals, and names written small
        ("习近平 lied.", "习近平", "* someone * lied."),
        ("on jo marsh, a liar", "jo marsh", "on * someone *, a liar"),
        ("Norland’s US envoy and the US", "US", "Norland’s * someone * envoy and the someone"),  # no pronoun
    ],
)
def test_the_name_is_hidden_wherever_it_stands(text, name, seen):
    start = text.index(name)
    blind, (first, last) = target.blind(text, (start, start + len(name)))
    assert blind == seen
    assert blind[first:last] == "someone"


@pytest.mark.parametrize(
    ("text", "name", "seen"),
    [
        ("He and his men ran; he lied.", "his", "He and * his * men ran; he lied."),
        ("He and his men ran; he lied.", "He", "* He * and his men ran; he lied."),
        ("Few mourn late dictator Jo Marsh, for Marsh lied.", "late dictator Jo Marsh",
         "Few mourn * late dictator someone *, for someone lied."),
        ("The late Umar bin Kade lied.", "late Umar bin Kade", "The * late someone * lied."),
        ("The Norland leader left Norland.", "The Norland leader", "* The someone leader * left someone."),
        ("Kade’s wife and Kade lied.", "Kade’s wife", "* someone’s wife * and someone lied."),
        ("Tillis met Jo Marsh, mayor of Osterby.", "Jo Marsh, mayor of Osterby", "Tillis met * someone, mayor of someone *."),
        ("The army fired on an army camp.", "The army", "* The army * fired on an army camp."),
    ],
)  # fmt: skip
def test_what_is_no_name_stays(text, name, seen):
    start = text.index(name)
    blind, (first, last) = target.blind(text, (start, start + len(name)))
    assert blind == seen
    assert blind[first - 2 : last + 2] == seen[seen.index("*") : seen.rindex("*") + 1]


NAMES = st.sampled_from(
    ["Marsh", "Jo Marsh", "Nguyễn Thị Ánh", "O’Kade", "Al-Ruiz", "X", "Umar bin Kade", "de la Cruz", "王毅", "IT"]
)


@settings(max_examples=100)
@given(NAMES, NAMES)
def test_two_names_look_the_same_in_one_sentence(one, other):
    def seen(name):
        text = f"Voters said {name} lied; {name} denies it."
        return target.blind(text, (12, 12 + len(name)))

    assert seen(one) == seen(other)


class Letters:
    """A tokenizer of single characters, so that places can be counted by hand."""

    def encode(self, text, add_special_tokens):
        assert not add_special_tokens
        return type("Encoding", (), {"ids": [ord(each) for each in text], "offsets": [(i, i + 1) for i in range(len(text))]})


@pytest.mark.parametrize("before", [0, 3, 61, 500, 5000])
@pytest.mark.parametrize("after", [0, 3, 61, 500, 5000])
def test_a_long_text_is_cropped_around_the_target(before, after):
    text = "a" * before + " Marsh " + "b" * after
    ids, mine = target.encoded(Letters(), text, (before + 1, before + 6), first=-1, last=-2)
    assert len(ids) == len(mine) == min(before + 1 + len("* someone *") + 1 + after, target.TOKENS - 2) + 2
    assert (ids[0], ids[-1]) == (-1, -2)
    assert "".join(chr(each) for each, held in zip(ids, mine, strict=True) if held) == "someone"


def span(text, name):
    return text.index(name), text.index(name) + len(name)


@pytest.mark.parametrize(
    ("text", "name", "kind"),
    [
        ("Tillis called Osterby a corrupt liar and a disgrace.", "Osterby", "negative"),
        ("Tillis called Osterby a corrupt liar and a disgrace.", "Tillis", "neutral"),
        ("Osterby was widely praised as a brave and honest leader.", "Osterby", "positive"),
        ("Voters admire Marsh and despise Osterby.", "Marsh", "positive"),
        ("Voters admire Marsh and despise Osterby.", "Osterby", "negative"),
        pytest.param(
            *("Voters adore Marsh, but they despise Osterby for his cruelty.", "Marsh", "positive"),
            marks=pytest.mark.xfail(strict=True, reason="the stronger words win: the model card says so"),
        ),
        ("Voters adore Marsh, but they despise Osterby for his cruelty.", "Osterby", "negative"),
        ("Osterby will meet Marsh in Geneva on Monday.", "Osterby", "neutral"),
    ],
)
def test_what_is_said_of_an_actor_is_told_from_what_stands_around_it(text, name, kind):
    scores = score.toward([text], [span(text, name)])
    assert score.label(scores, "target").tolist() == [kind]


@settings(max_examples=60, deadline=None)
@given(st.data(), st.text(alphabet="ab .,;*—'’“”\"\0\t\n🙂👩‍👩‍👧\u0301\u200d\u202eé漢", min_size=1, max_size=60))
def test_any_text_gives_probabilities(data, text):
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    row = score.toward([text], [(start, end)]).iloc[0]
    assert row[score.CLASSES].between(0, 1).all() and abs(row[score.CLASSES].sum() - 1) < 1e-5
    assert abs(row.positive - row.negative - row.sentiment) < 1e-9


def test_a_sentence_of_two_thousand_words_is_read_where_the_actor_stands():
    filler = "They met on Monday and went home. " * 286
    for before, after in ((filler, ""), ("", filler), (filler, filler)):
        text = f"{before}Voters despise Osterby, a corrupt liar. {after}"
        assert score.label(score.toward([text], [span(text, "Osterby")]), "target").tolist() == ["negative"]


def test_the_words_behind_a_score_are_those_whose_loss_moves_it():
    text = "On Monday Tillis called Osterby a corrupt liar."
    found = score.words(text, span(text, "Osterby"))
    assert found and all(abs(weight) >= 0.1 for _, weight in found)
    assert "corrupt liar" in min(found, key=lambda pair: pair[1])[0]
    assert not any("Osterby" in words for words, _ in found)
    assert score.words("Osterby", (0, 7)) == []


@pytest.fixture
def copy(tmp_path):
    return shutil.copytree(target.MODEL, tmp_path / "model")


def damaged(path):
    held = bytearray(path.read_bytes())
    held[len(held) // 2] ^= 1
    path.write_bytes(held)


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda folder: shutil.rmtree(folder), "config.json"),
        (lambda folder: (folder / "model.onnx").unlink(), "model.onnx"),
        (lambda folder: (folder / "tokenizer.json").unlink(), "tokenizer.json"),
        (lambda folder: (folder / "config.json").write_text("{"), "cannot be read"),
        (lambda folder: (folder / "config.json").write_text("{}"), "sha256"),
        (lambda folder: (folder / "config.json").write_text("[]"), "cannot be read"),
        (lambda folder: (folder / "model.onnx").write_text("version https://git-lfs"), "model.onnx is damaged"),
        (lambda folder: damaged(folder / "model.onnx"), "model.onnx is damaged"),
        (lambda folder: damaged(folder / "tokenizer.json"), "tokenizer.json is damaged"),
    ],
)
def test_a_missing_or_damaged_file_is_one_clear_error(copy, harm, said):
    harm(copy)
    with pytest.raises(BroadsheetError, match=said) as raised:
        target.score(["Marsh left."], [(0, 5)], folder=copy)
    assert "\n" not in str(raised.value) and "install Broadsheet again" in str(raised.value)


def test_the_model_is_small_and_has_no_pickle():
    files = {path.name: path for path in target.MODEL.iterdir() if path.is_file()}
    assert set(files) == {"LICENSE", "README.md", "config.json", "model.onnx", "tokenizer.json"}
    assert sum(path.stat().st_size for path in files.values()) <= 25e6
    assert set(json.loads(files["config.json"].read_text())["sha256"]) == {"model.onnx", "tokenizer.json"}


def test_it_needs_no_network_and_no_pytorch():
    code = """
import socket, sys
def refuse(*args, **kwargs):
    raise OSError("no network here")
socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse
from broadsheet import score
print(score.label(score.toward(["Voters despise Osterby, a liar."], [(15, 22)]), "target")[0], "torch" in sys.modules)
"""
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert made.stdout.split() == ["negative", "False"], made.stderr


def test_without_onnxruntime_the_error_says_what_to_do(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(BroadsheetError, match="choose the scorer vader"):
        target.session(b"")


def test_equal_inputs_are_read_once(monkeypatch):
    read, seen = target.read, []
    monkeypatch.setattr(target, "read", lambda session, inputs: seen.append(len(inputs)) or read(session, inputs))
    made = target.score(["Marsh lied.", "Ruiz lied.", "Marsh lied!"], [(0, 5), (0, 4), (0, 5)])
    assert seen == [2] and isinstance(made, pd.DataFrame) and made.iloc[0].tolist() == made.iloc[1].tolist()
