"""A column of texts as code points says of words what the one word pattern says of each text alone."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from broadsheet import tables
from broadsheet.points import Column

LETTERS = st.text(alphabet="aBcUS..,,12-‐‑'’ _²éा\u0301𝔐…北❤\ufe0f\u200d \n\t", max_size=16)


@settings(max_examples=400, deadline=None)
@given(st.lists(LETTERS | st.text(max_size=20).filter(lambda text: text.isprintable()), max_size=4))
@example(["U.S.-1,000", "a.b.c.d", "see p.a", "U.S.A"])
@example(["x", "", ".y.z"])
def test_the_words_of_a_column_are_those_of_its_texts(texts):
    column = Column(texts)
    starts, ends = column.words()
    owners = column.owners(starts)
    found = [[] for _ in texts]
    for start, end, owner in zip(starts.tolist(), ends.tolist(), owners.tolist(), strict=True):
        found[owner].append((start - int(column.first[owner]), end - int(column.first[owner])))
    assert found == [tables.word_spans(text) for text in texts]
    written = [text[start:end] for text, spans in zip(texts, found, strict=True) for start, end in spans]
    assert column.slices(starts, ends).tolist() == written


@settings(max_examples=200, deadline=None)
@given(st.lists(LETTERS, max_size=4))
def test_the_lines_of_a_column_are_those_of_its_texts(texts):
    column = Column(texts)
    starts, ends = column.lines()
    lines = [line.strip() for text in texts for line in text.split("\n")]
    assert column.slices(starts, ends).tolist() == [line for line in lines if line]
