"""The contracts of the tables: columns, types, and the error that names what to mend."""

import re

import pandas as pd
import pytest

from broadsheet import tables
from broadsheet.tables import BroadsheetError


@pytest.mark.parametrize("name", tables.COLUMNS)
def test_an_empty_table_has_its_columns_and_types(name):
    empty = tables.make(name, [])
    assert list(empty) == list(tables.COLUMNS[name])
    assert {column: str(kind) for column, kind in empty.dtypes.items()} == tables.COLUMNS[name]
    assert tables.check(empty, name) is not empty or len(empty) == 0


@pytest.mark.parametrize(
    "rows",
    [
        [("a", 0, 4, 9, "press")],
        [{"word": "press", "start": 4, "end": 9, "article_id": "a", "sentence_no": 0}],
        {"word": ["press"], "start": [4], "end": [9], "article_id": ["a"], "sentence_no": [0]},
        pd.DataFrame([[9, 4, "a", 0, "press"]], columns=["end", "start", "article_id", "sentence_no", "word"]),
    ],
)
def test_rows_of_any_form_make_the_table(rows):
    made = tables.make("words", rows)
    assert list(made) == ["article_id", "sentence_no", "start", "end", "word"]
    assert made.values.tolist() == [["a", 0, 4, 9, "press"]]


def test_columns_beyond_the_contract_are_kept_at_the_end():
    made = tables.make(
        "patterns", pd.DataFrame({"colour": ["red"], "note": [""], "scope": [""], "pattern": ["p"], "label": ["l"]})
    )
    assert list(made) == ["label", "pattern", "scope", "note", "colour"]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"article_id": ["a"]}, "words lacks the columns sentence_no, start, end, word: it has article_id"),
        (
            {"article_id": ["a"], "sentence_no": [0], "start": [1.5], "end": [9], "word": ["press"]},
            "words.start is float64, and has to be int64: convert it first",
        ),
        (
            {"article_id": ["a"], "sentence_no": [0], "start": [4], "end": ["9"], "word": ["press"]},
            "words.end is str, and has to be int64: convert it first",
        ),
        (
            {"article_id": [7], "sentence_no": [0], "start": [4], "end": [9], "word": ["press"]},
            "words.article_id is int64, and has to be str: convert it first",
        ),
    ],
)
def test_a_table_that_breaks_its_contract_is_told_which_column(columns, message):
    with pytest.raises(BroadsheetError, match="^" + re.escape(message) + "$"):
        tables.check(pd.DataFrame(columns), "words")


def test_articles_need_dates_that_are_dates():
    frame = tables.make("articles", [])
    with pytest.raises(BroadsheetError, match=r"articles\.published is str, and has to be datetime"):
        tables.check(frame.astype({"published": "str"}), "articles")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("Ostersby", 'no actor "Ostersby": did you mean "Osterby"? There are: Marsh, Osterby'),
        ("Kade", 'no actor "Kade". There are: Marsh, Osterby'),
        (7, 'no actor "7". There are: Marsh, Osterby'),
    ],
)
def test_a_name_that_is_not_there_gets_the_nearest(given, message):
    assert str(tables.unknown("actor", given, ["Marsh", "Osterby"])) == message


def test_where_there_are_no_names_at_all_it_says_so():
    assert str(tables.unknown("actor", "Kade", [])) == 'no actor "Kade". There are: none'


@pytest.mark.parametrize(
    ("word", "folded"),
    [
        ("Osterby", "osterby"),
        ("Osterby’s", "osterby"),
        ("Osterby's", "osterby"),
        ("U.S.’s", "US"),
        ("US", "US"),
        ("us", "us"),
        ("cease‑fire", "cease-fire"),
        ("don’t", "don't"),
        ("dockers", "dockers"),
        ("it's", "it"),
        ("'s", "'s"),
        ("ÉTÉ", "été"),
    ],
)
def test_words_are_counted_together_in_one_form(word, folded):
    assert tables.folded(pd.Series([word])).tolist() == [folded]
