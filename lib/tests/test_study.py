"""A study folder as people leave it: what is taken, and one clear line for each thing that cannot be."""

import os
from pathlib import Path

import pandas as pd
import pytest

from broadsheet import DATA, draft, load, study
from broadsheet.tables import BroadsheetError

ACTORS = "label,pattern\nMarsh,Marsh\nOsterby,Osterby\n"
TERMS = "label,pattern\ntruce,truce\ndeal,peace deal\n"


def folder(path, **files):
    """A study of one article, with files as keyword arguments: actors="…", toml="…"; None makes a folder of that name."""
    texts = {"actors": ACTORS, "terms": TERMS, **files}
    (path / "articles").mkdir(parents=True)
    (path / "articles" / "a.txt").write_text("Marsh and Osterby signed a truce, and no peace deal.", encoding="utf-8")
    for name, text in texts.items():
        name = "study.toml" if name == "toml" else f"{name}.csv"
        if text is None:
            (path / name).mkdir()
        else:
            (path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def error(path):
    with pytest.raises(BroadsheetError) as caught:
        load.study(path)
    message = str(caught.value)
    assert "\n" not in message
    return message


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (
            {"actors": "label,pattern\nMarsh,Marsh\nKade,Marsh\n"},
            'actors.csv: the pattern "Marsh" stands under Marsh and Kade: keep it under one',
        ),
        (
            {"terms": "label,pattern\ntruce,cease-fire\npeace,ceasefire\n"},
            'terms.csv: the pattern "cease-fire" stands under truce and peace: keep it under one',
        ),
        ({"actors": "label,pattern\nMarsh,Orban\nKade,Orbán\n"}, 'the pattern "Orban" stands under Marsh and Kade'),
        ({"actors": "label,pattern\nMarsh,re:(Marsh\n"}, "actors.csv, row 2: re:(Marsh is no regular expression: "),
        (
            {"actors": "label,pattern,scope\nMarsh,Marsh,\nKade,Kade,broad\n"},
            'actors.csv, row 3: scope is "broad", and has to be strict, wide, aside or empty',
        ),
        ({"actors": "label,pattern\nMarsh,\n"}, "actors.csv, row 2 needs both a label and a pattern"),
        ({"actors": "label,pattern\n,Marsh\n"}, "actors.csv, row 2 needs both a label and a pattern"),
        ({"actors": "label,pattern\n\n\nMarsh,Marsh\nWex,\n"}, "actors.csv, row 5 needs both a label and a pattern"),
        (
            {"terms": "label,pattern\ntruce,truce*\n"},
            'terms.csv, row 2: a star stands for nothing in "truce*": write "truce", which finds its plural too, or a regular',
        ),
        ({"terms": "label,pattern\nx,re:\n"}, "terms.csv, row 2: re: stands alone: write the regular expression behind it"),
        (
            {"terms": "label,pattern,scope\nx,dam,wide\nx,dam,aside\n"},
            'terms.csv: the pattern "dam" is wide and aside: keep one of the lines',
        ),
        ({"actors": "label,pattern\nMarsh,-\n"}, 'actors.csv, row 2: the pattern "-" holds no word'),
        ({"actors": "label,pattern,label\nMarsh,Marsh,Kade\n"}, "actors.csv has the column label twice: keep one of them"),
        ({"actors": "name,pattern\nMarsh,Marsh\n"}, "actors.csv needs the column label; its first line has name, pattern"),
        ({"actors": ""}, "actors.csv needs the column label; its first line has nothing"),
        (
            {"terms": "label,pattern\ntruce,truce,strict,yes\n"},
            'terms.csv, row 2 has more cells than the first line: put "…" around a cell with a comma',
        ),
        ({"terms": 'label,pattern\ntruce,"truce\n'}, "terms.csv cannot be read: "),
        ({"articles": "source\nMail\n"}, "articles.csv needs the column file; its first line has source"),
        ({"articles": "file,source\na.txt,Mail\na.txt,Post\n"}, "articles.csv lists a.txt twice: keep one of the lines"),
        ({"toml": 'corpus = "nowhere"\n'}, "nowhere is not there: put the articles in it, or name another path as corpus in"),
        ({"toml": "corpus = 7\n"}, "corpus in "),
        ({"toml": 'coders = "M"\n'}, "[coders] in "),
        ({"toml": "[coders]\nM = 1\n"}, "has to say of each coder who that is, as in: M = "),
        ({"toml": "corpus = articles\n"}, "study.toml cannot be read: "),
        ({"toml": 'corpsu = "articles"\n'}, 'no setting of study.toml "corpsu": did you mean "corpus"?'),
        (
            {"gold": "article_id,start,end,coded\na,1,2,Negative\na,1,2,pos\n"},
            r'gold.csv, row 3: coded is "pos", and has to be negative, neutral',
        ),
        ({"gold": "article_id,start,end,probability\na,one,2,1\n"}, "gold.csv: start, end and probability have to be numbers"),
        ({"articles": None}, "articles.csv cannot be read ("),  # a folder
        ({"actors": None}, "actors.csv cannot be read ("),  # a folder
        ({"terms": None}, "terms.csv cannot be read ("),  # a folder
        ({"gold": None}, "gold.csv cannot be read ("),  # a folder
    ],
)
def test_a_mistake_is_one_line_that_says_what_to_do(tmp_path, files, message):
    found = error(folder(tmp_path / "s", **files))
    assert message in found
    assert str(tmp_path) in found or "did you mean" in found


@pytest.mark.parametrize("name", ["articles.csv", "actors.csv", "terms.csv", "gold.csv"])
def test_a_table_that_may_not_be_read_is_one_line_that_says_what_to_do(tmp_path, monkeypatch, name):
    path, read = folder(tmp_path / "s") / name, Path.read_bytes

    def locked(each):  # not by chmod, which stops no administrator
        if each.name == name:
            raise PermissionError(13, "Permission denied")
        return read(each)

    monkeypatch.setattr(Path, "read_bytes", locked)
    assert error(tmp_path / "s") == (
        f"{path.resolve()} cannot be read (Permission denied): see that it is a file and that you may read it"
    )


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("peace-talk", 'no study "peace-talk": did you mean "peace-talks"? There are: '),
        ("/no/such/folder", 'no study "/no/such/folder". There are: '),
    ],
)
def test_an_unknown_study_names_the_nearest(name, message):
    assert error(name).startswith(message)


def test_a_folder_that_is_no_study_says_how_to_make_one(tmp_path):
    (tmp_path / "notes.txt").write_text("Marsh left.")
    assert error(tmp_path) == (
        f"{tmp_path} is no study: it has no study.toml, articles.csv or articles folder; "
        f"`broadsheet new STUDY --from {tmp_path}` makes a study of the articles in it"
    )


@pytest.mark.parametrize(
    "actors",
    [
        "label,pattern\nMarsh,Marsh\nOsterby,Osterby\n",
        "\ufefflabel,pattern\r\nMarsh,Marsh\r\nOsterby,Osterby\r\n",  # a spreadsheet's BOM and line ends
        "label;pattern;scope;note\nMarsh;Marsh;;\nOsterby;Osterby;;\n",
        "label\tpattern\nMarsh\tMarsh\nOsterby\tOsterby\n",
        "sep=;\r\nlabel;pattern\r\nMarsh;Marsh\r\nOsterby;Osterby\r\n",  # as Excel writes it
        "\nlabel;pattern\nMarsh;Marsh\nOsterby;Osterby\n",
        "\nlabel,pattern\n\nMarsh,Marsh\n,\n , \nOsterby,Osterby\n\n",  # blank lines
        "Label , PATTERN\n Marsh , Marsh \nOsterby,Osterby",
        "pattern,note,label,,\nMarsh,the mayor,Marsh,,\nOsterby,,Osterby,,\n",  # empty columns
        "label,pattern\nMarsh,Marsh\nOsterby,Osterby\nMarsh,Marsh\n",  # a line twice
        "label,pattern,scope\nMarsh,Marsh,Strict\nOsterby,Osterby\n",  # cells too few
    ],
)
def test_what_spreadsheets_write_is_read(tmp_path, actors):
    found = load.study(folder(tmp_path / "s", actors=actors)).actors
    assert found[["label", "pattern", "scope"]].values.tolist() == [
        ["Marsh", "Marsh", "strict"],
        ["Osterby", "Osterby", "strict"],
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_accents_of_any_spreadsheet_are_read(tmp_path, encoding):
    data = "label,pattern,note\nOrbán,Orbán,“the mayor”\n".encode(encoding)
    found = load.study(folder(tmp_path / "s", actors=data)).actors
    assert found.loc[0, ["label", "note"]].tolist() == ["Orbán", "“the mayor”"]


def test_one_stray_byte_in_a_spreadsheet_spoils_no_other_name(tmp_path):
    data = "label,pattern,note\nKovář,Kovář,\nŁódzka,Łódzka,it".encode() + b"\x92s new\n"  # an apostrophe of Windows-1252
    found = load.study(folder(tmp_path / "s", actors=data))
    assert found.actors[["label", "note"]].values.tolist() == [["Kovář", ""], ["Łódzka", "it’s new"]]
    with pytest.raises(BroadsheetError, match=r"actors\.csv is not written in UTF-8 .* save it as UTF-8 first"):
        study.keep(found, "actors", "Marsh", "Marsh")
    assert found.folder.joinpath("actors.csv").read_bytes() == data


def test_a_spreadsheet_in_utf_16_is_read_and_not_written_to(tmp_path):
    found = load.study(folder(tmp_path / "s", actors="label\tpattern\nOrbán\tOrbán\n".encode("utf-16")))
    assert found.actors["label"].tolist() == ["Orbán"]
    with pytest.raises(BroadsheetError, match="save it as UTF-8 first"):
        study.keep(found, "actors", "Marsh", "Marsh")


def test_a_file_that_is_no_text_is_one_clear_error(tmp_path):
    with pytest.raises(BroadsheetError, match=r"actors\.csv cannot be read: not a text"):
        load.study(folder(tmp_path / "s", actors=bytes(range(256))))


def test_a_pattern_may_hold_a_comma_and_a_cell_may_hold_quotation_marks(tmp_path):
    actors = 'label,pattern,note\nLind,"Lind, Jr.","called ""Bo"""\n'
    found = load.study(folder(tmp_path / "s", actors=actors)).actors
    assert found.loc[0, ["pattern", "note"]].tolist() == ["Lind, Jr.", 'called "Bo"']


def test_files_that_are_absent_are_empty_tables(tmp_path):
    (tmp_path / "s" / "articles").mkdir(parents=True)
    found = load.study(tmp_path / "s")
    assert [len(each) for each in (found.articles, found.actors, found.terms, found.gold)] == [0] * 4
    assert list(found.actors) == ["label", "pattern", "scope", "note"]
    assert "coded" in found.gold and "source_basis" in found.articles


def test_a_study_toml_that_is_a_folder_is_one_clear_error(tmp_path):
    (tmp_path / "study.toml").mkdir()
    with pytest.raises(BroadsheetError, match=r"study\.toml cannot be read"):
        load.study(tmp_path)


def test_a_study_toml_with_a_bom_is_read(tmp_path):
    assert (
        load.study(folder(tmp_path / "s", toml='\ufeffcorpus = "articles"\n')).corpus == (tmp_path / "s" / "articles").resolve()
    )


def test_a_path_from_any_working_directory(tmp_path, monkeypatch):
    made = folder(tmp_path / "my studies" / "s")
    monkeypatch.chdir(tmp_path)
    for path in (made, str(made), "my studies/s", os.path.join(".", "my studies", "s", "")):
        assert load.study(path).folder == made.resolve()
    assert load.study("peace-talks").folder == (DATA / "peace-talks").resolve()
    monkeypatch.chdir(made)
    assert load.study(".").name == "s"


def test_a_folder_here_goes_before_one_of_that_name_in_data(tmp_path, monkeypatch):
    folder(tmp_path / "peace-talks")
    monkeypatch.chdir(tmp_path)
    assert load.study("peace-talks").folder == (tmp_path / "peace-talks").resolve()


def test_a_folder_of_that_name_that_is_no_study_does_not_hide_one(tmp_path, monkeypatch):
    (tmp_path / "peace-talks").mkdir()
    monkeypatch.chdir(tmp_path)
    assert load.study("peace-talks").folder == (DATA / "peace-talks").resolve()


@pytest.mark.parametrize("corpus", ["../elsewhere", "../elsewhere/b.txt"])
def test_the_corpus_may_be_elsewhere_and_may_be_a_file(tmp_path, corpus):
    made = folder(tmp_path / "s", toml=f'corpus = "{corpus}"\n')
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "b.txt").write_text("Marsh left.")
    assert load.articles(load.study(made))["text"].tolist() == ["Marsh left."]


TEXT = (
    "In Osterby, Ann Marsh spoke of the harbour on Monday. The dockers and Ann Marsh agreed on a truce, said Bo Kade. "
    "Later, Bo Kade and Ann Marsh left the harbour, where the dockers waited."
)


def made_from(path, **files):
    (path / "news").mkdir()
    for name, text in (files or {"a.txt": TEXT, "b.txt": f"{TEXT} Again."}).items():
        (path / "news" / name).write_text(text, encoding="utf-8")
    return draft.new(path / "studies" / "mine", path / "news")


def test_new_makes_a_study_that_can_be_read_at_once(tmp_path):
    made = made_from(tmp_path)
    found = load.study(made)
    assert found.corpus == (tmp_path / "news").resolve()
    assert found.articles["file"].tolist() == ["a.txt", "b.txt"]  # neither says its source or date
    assert {"Ann Marsh", "Bo Kade"} <= set(found.actors["label"])
    assert not set(found.actors["label"]) & {"Monday", "The", "Later"}
    assert {"harbour", "dockers"} <= set(found.terms["label"])
    assert found.actors.loc[found.actors["label"] == "Ann Marsh", "note"].tolist() == [
        "suggested: found 6 times; edit or delete"
    ]
    assert sorted(path.name for path in (tmp_path / "news").iterdir()) == ["a.txt", "b.txt"]  # the articles stay as they are


def test_new_writes_what_can_be_read_whatever_the_names(tmp_path):
    folder = tmp_path / 'O\'Brien "news"'
    folder.mkdir()
    text = "In Norland, President Erdoğan met the dockers. Later, President Erdogan left. Again President Erdoğan met them."
    (folder / "a.txt").write_text(text, encoding="utf-8")
    found = load.study(draft.new(tmp_path / "mine", folder))
    assert found.corpus == folder.resolve()
    assert found.actors["note"].tolist()[0] == "suggested: found 3 times; edit or delete"
    assert found.actors["label"].tolist()[0].endswith("Erdoğan")


def test_new_asks_only_for_what_the_files_do_not_say(tmp_path):
    data = f'source,date,text\nMail,2025-05-19,"{TEXT}"\n'
    made = made_from(tmp_path, **{"export.csv": data, "notes.txt": TEXT})
    assert load.study(made).articles["file"].tolist() == ["notes.txt"]


def test_new_never_writes_over_a_study(tmp_path):
    made = made_from(tmp_path)
    before = {path.name: path.read_bytes() for path in made.iterdir()}
    with pytest.raises(BroadsheetError, match="is already a study: choose another folder"):
        draft.new(made, tmp_path / "news")
    assert {path.name: path.read_bytes() for path in made.iterdir()} == before


def test_new_is_not_made_among_the_articles(tmp_path):
    (tmp_path / "news").mkdir()
    (tmp_path / "news" / "a.txt").write_text(TEXT)
    for inside in (tmp_path / "news", tmp_path / "news" / "mine"):
        with pytest.raises(BroadsheetError, match="is in the folder of the articles"):
            draft.new(inside, tmp_path / "news")
    assert [path.name for path in (tmp_path / "news").iterdir()] == ["a.txt"]


@pytest.mark.parametrize("articles", ["nowhere", "empty", "scans"])
def test_new_without_articles_makes_nothing(tmp_path, articles):
    (tmp_path / "empty").mkdir()
    (tmp_path / "scans").mkdir()
    (tmp_path / "scans" / "a.pdf").write_text("%PDF-1.7")
    with pytest.raises(BroadsheetError, match=r"is not there|no article in|none of the 1 files in"):
        draft.new(tmp_path / "mine", tmp_path / articles)
    assert not (tmp_path / "mine").exists()


GOLD = "article_id,sentence_sha256,start,end,label,coder,round,coded,probability,note\n" + "a,00,0,4,Kade,,,,1,\n" * 2


def test_check_of_a_complete_study_finds_nothing(tmp_path):
    articles = "file,source,published\na.txt,Mail,2025-05-19\n"
    assert draft.check(folder(tmp_path / "s", articles=articles)) == []


@pytest.mark.parametrize(
    ("files", "lines"),
    [
        (
            {"articles": "file,source,published\na.txt,Mail,\n"},
            ["articles.csv: 1 of 1 articles have no date, a the first of them"],
        ),
        (
            {"articles": "file,source,published\na.txt,,2025-05-19\n"},
            ["articles.csv: 1 of 1 articles have no source, a the first of them"],
        ),
        (
            {"articles": "file,source,published\na.txt,Mail,soon\n"},
            ["articles.csv: 1 of 1 articles have no date, a the first of them (cannot read “soon” as a date)"],
        ),
        (
            {"articles": "file,source,date\na.txt,Mail,2025-05-19\n"},
            [
                "articles.csv: 1 of 1 articles have no date, a the first of them",
                "articles.csv: the column date is not read: name it published",
            ],
        ),
        (
            {"articles": "file,source,published\na.txt,Mail,2025-05-19\n", "gold": GOLD},
            ["gold.csv: 2 rows have the label Kade, which actors.csv has not: give both the same name"],
        ),
        (
            {"articles": "file,source,published\na.txt,Mail,2025-05-19\n", "terms": "label,pattern\ntruce,truce\n"},
            ["terms.csv has 1 label, and needs at least 2: write them in it"],
        ),
        (
            {"articles": "file,source,published\na.txt,Mail,2025-05-19\n", "actors": "label,pattern\nKade,Kade\n"},
            ["actors.csv: no article has any of its patterns: correct them"],
        ),
    ],
)
def test_check_says_what_is_still_to_be_done(tmp_path, files, lines):
    assert draft.check(folder(tmp_path / "s", **files)) == lines


def test_check_says_which_files_are_left_out(tmp_path):
    made = folder(tmp_path / "s", articles="file,source,published\na.txt,Mail,2025-05-19\n")
    for number in range(7):
        (made / "articles" / f"scan{number}.pdf").write_text("%PDF-1.7")
    lines = draft.check(made)
    assert lines[0].startswith("scan0.pdf is left out: cannot be read: the format .pdf is not read")
    assert lines[-1] == "2 more are left out: 00_corpus lists them"
    assert len(lines) == 6


def test_the_tables_of_a_study_are_text_but_for_the_numbers_of_gold(tmp_path):
    head = "article_id,sentence_sha256,start,end,label,coded,probability\n"
    gold = f"{head}a,00ff,0,5,Marsh,positive,0.5\nb,00ff,6,9,Marsh,neutral,\n"
    found = load.study(folder(tmp_path / "s", gold=gold)).gold
    assert found["end"].tolist() == [5, 9]
    assert found["probability"].tolist()[0] == 0.5 and pd.isna(found["probability"][1])
    assert found["sentence_sha256"].tolist() == ["00ff"] * 2


def test_find_and_study_agree_on_the_folder():
    assert study.find("peace-talks") == study.study("peace-talks").folder
