"""What the trained scorer sees of a sentence: never the actor's name, and always the actor."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broadsheet import target


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
        # a description is replaced, its words elsewhere are not
        ("The army fired on an army camp.", "The army", "* someone * fired on an army camp."),
    ],
)
def test_the_name_is_hidden_wherever_it_stands(text, name, seen):
    start = text.index(name)
    blind, (first, last) = target.blind(text, (start, start + len(name)))
    assert blind == seen
    assert blind[first:last] == "someone"


NAMES = st.sampled_from(["Marsh", "Jo Marsh", "Nguyễn Thị Ánh", "O’Kade", "Al-Ruiz", "X"])


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
