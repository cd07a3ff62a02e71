"""Parameter sets: how they are crossed, what a study keeps of them, and how each is named."""

import pytest

from broadsheet import variants
from broadsheet.tables import BroadsheetError


@pytest.mark.parametrize(
    ("differing", "name"),
    [
        ({}, "default"),
        ({"voice": "narrator", "actors": ["Putin", "Trump"]}, "actors=Putin+Trump,voice=narrator"),
        ({"terms": ["peace deal"]}, "terms=peace_deal"),
        ({"start": "2025-08-15", "draws": 10}, "draws=10,start=2025-08-15"),
        ({"actors": ["Orbán"]}, "actors=Orbán"),
    ],
)
def test_names_of_parameter_sets(differing, name):
    assert variants.name(differing) == name


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"terms": ["a/b"]}, {"terms": ["a-b"]}),
        ({"terms": ["a b"]}, {"terms": ["a_b"]}),
        ({"terms": ["a+b"]}, {"terms": ["a", "b"]}),
        ({"terms": ["x" * 300]}, {"terms": ["x" * 301]}),
        ({"voice": "../../x"}, {"voice": "..-..-x"}),
        ({"voice": "a."}, {"voice": "a"}),
    ],
)
def test_two_sets_never_share_a_folder(one, other):
    names = [variants.name(one), variants.name(other)]
    assert names[0] != names[1]
    for name in names:
        assert len(name) < 100 and not set(name) & set('/\\:*?"<>|') and not name.endswith(".")


def test_a_grid_crosses_its_values():
    crossed = variants.crossed(["actors=Putin+Trump,Zelensky", "voice=narrator, quoted", 'terms=[["a,b"], "c"]'])
    assert crossed == {"actors": ["Putin+Trump", "Zelensky"], "voice": ["narrator", "quoted"], "terms": [["a,b"], "c"]}
    assert len(variants.grid({"draws": "10"}, crossed)) == 8
    assert variants.grid({}, {}) == [{}]
    assert variants.crossed(["voice=narrator", "voice=quoted"]) == {"voice": ["narrator", "quoted"]}


@pytest.mark.parametrize(
    ("fixed", "options", "message"),
    [
        ({}, ["voice"], "--grid takes name=value1,value2, not 'voice'"),
        ({}, ["=a,b"], "--grid takes name=value1,value2"),
        ({}, ["voice=[narrator"], "cannot be read"),
        ({"voice": "quoted"}, ["voice=narrator"], "'voice' is given once with -p and once in the grid"),
    ],
)
def test_a_grid_that_is_none(fixed, options, message):
    with pytest.raises(BroadsheetError, match=message):
        variants.grid(fixed, variants.crossed(options))


BATCH = """
[[run]]
notebooks = ["00_one"]
parameters = { draws = 50 }
grid = { voice = ["narrator", "quoted"], actors = [["Putin", "Trump"], "C"] }

[[run]]
parameters = { strict = false }
"""


def test_a_study_keeps_its_batches(suite):
    (suite / "data" / "peace-talks" / "batch.toml").write_text(BATCH)
    first, second = variants.kept(suite / "data" / "peace-talks")
    assert first[0] == ["00_one"] and len(first[1]) == 4
    assert first[1][0] == {"draws": 50, "voice": "narrator", "actors": ["Putin", "Trump"]}
    assert second == ([], [{"strict": False}])
    assert variants.kept(suite) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[run]\n", "cannot be read"),
        ("run = 1\n", "no list"),
        ("[[runs]]\n", "it holds runs, and should hold"),
        ("[[run]]\nnotebok = 1\n", "has notebooks, parameters and grid, and no notebok"),
        ('[[run]]\ngrid = "voice"\n', "cannot be read"),
        ("[[run]]\nnotebooks = [2]\n", "notebooks is a list: notebooks = "),
        ('[[run]]\nparameters = { voice = "quoted" }\ngrid = { voice = ["narrator"] }\n', "once with -p and once in the grid"),
    ],
)
def test_a_list_of_batches_that_is_none(suite, text, message):
    (suite / "data" / "peace-talks" / "batch.toml").write_text(text)
    with pytest.raises(BroadsheetError, match=message):
        variants.kept(suite / "data" / "peace-talks")
