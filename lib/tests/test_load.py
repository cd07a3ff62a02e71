"""Files of any format and encoding → raw articles; what cannot be read is a row with its error, and nothing is lost."""

import gzip
import io
import json
import os
import sys
import zipfile

import pandas as pd
import pytest

from broadsheet import clean, load
from broadsheet.tables import COLUMNS, BroadsheetError

SENTENCE = "Zoë Orbán’s café in Osterby stays open – “for now”, said Ms Marsh on Monday."


def read(folder, files):
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return load.articles(folder)


def made_study(folder, files, articles="", settings=""):
    for name, data in {**files, "articles.csv": articles, "study.toml": settings}.items():
        path = folder / (name if name in ("articles.csv", "study.toml") else f"articles/{name}")
        path.parent.mkdir(parents=True, exist_ok=True)
        if data:
            path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return load.articles(load.study(folder))


@pytest.mark.parametrize(
    "data",
    [
        SENTENCE.encode("utf-8"),
        SENTENCE.encode("utf-8-sig"),
        SENTENCE.encode("utf-16"),  # with a BOM
        b"\xfe\xff" + SENTENCE.encode("utf-16-be"),
        SENTENCE.encode("utf-16-le"),
        SENTENCE.encode("utf-16-be"),
        SENTENCE.encode("cp1252"),
    ],
    ids=["utf-8", "utf-8 bom", "utf-16 bom", "utf-16-be bom", "utf-16-le", "utf-16-be", "windows-1252"],
)
def test_the_encoding_is_found(tmp_path, data):
    raw = read(tmp_path, {"a.txt": data})
    assert raw[["text", "error"]].values.tolist() == [[SENTENCE, ""]]


@pytest.mark.parametrize(
    ("sentence", "encoding"),
    [
        ("Orbán left.", "cp1252"),  # one letter to tell by
        ("The fee is 5 € – or £4.", "cp1252"),
        ("Marsh’s boat", "cp1252"),
        ("Mr Kovář met Ms Łódzka in Příbram.", "utf-8"),
        ("北京の会議は月曜日に始まった。", "utf-8"),
        ("北京の会議は月曜日に始まった。", "shift_jis"),
    ],
)
def test_a_short_text_is_decoded_too(tmp_path, sentence, encoding):
    assert read(tmp_path, {"a.txt": sentence.encode(encoding)})["text"].tolist() == [sentence]


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("“We tried,” Marsh said – twice.".encode() + b"\xc3", "“We tried,” Marsh said – twice.\ufffd"),  # cut inside a letter
        ("“We tried,” said".encode() + b"\xa0" + "Orbán’s man.".encode(), "“We tried,” said\xa0Orbán’s man."),
        ("“We tried,” he said. ".encode() + "It’s late.".encode("cp1252"), "“We tried,” he said. It’s late."),
    ],
)
def test_one_byte_that_is_no_utf_8_spoils_no_other(tmp_path, data, text):
    assert read(tmp_path, {"a.txt": data})[["text", "error"]].values.tolist() == [[text, ""]]


def test_bytes_that_are_no_text_are_an_error_and_no_article(tmp_path):
    raw = read(tmp_path, {"a.txt": bytes(range(256)), "b.txt": "Marsh left."})
    assert raw["text"].tolist() == ["", "Marsh left."]
    assert raw["error"].str.contains("not a text").tolist() == [True, False]


ROW = {"text": "Marsh spoke.\nOsterby listened.", "source": "Morning Mail", "date": "2025-05-19"}
CSV = 'source,date,text\nMorning Mail,2025-05-19,"Marsh spoke.\nOsterby listened."\n'


def parquet(row=ROW):
    from io import BytesIO

    buffer = BytesIO()
    pd.DataFrame([row]).to_parquet(buffer)
    return buffer.getvalue()


def archive(files):
    from io import BytesIO

    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name, data in files.items():
            file.writestr(name, data)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.csv", CSV),
        ("a.csv", CSV.replace("\n", "\r\n").replace("spoke.\r\n", "spoke.\n")),
        ("A.CSV", "\ufeff" + CSV),
        ("a.csv", CSV.replace(",", ";")),
        ("a.tsv", CSV.replace(",", "\t")),
        ("a.csv", CSV.replace(",", "|")),
        ("a.jsonl", json.dumps(ROW) + "\n"),
        ("a.ndjson", "\n" + json.dumps(ROW) + "\r\n\n"),
        ("a.json", json.dumps([ROW])),
        ("a.json", json.dumps(ROW)),
        ("a.json", json.dumps({"status": "ok", "totalResults": 1, "articles": [ROW]})),  # as interfaces to news wrap them
        ("a.parquet", parquet()),
        ("a.csv.gz", gzip.compress(CSV.encode())),
        ("a.jsonl.gz", gzip.compress(json.dumps(ROW).encode())),
        ("a.zip", archive({"inner/a.csv": CSV})),
        ("a.zip", archive({"a.parquet": parquet()})),
    ],
)
def test_every_format_gives_the_same_article(tmp_path, name, data):
    raw = read(tmp_path, {name: data})
    assert raw[["text", "source", "published", "error"]].values.tolist() == [
        ["Marsh spoke.\nOsterby listened.", "Morning Mail", "2025-05-19", ""]
    ]
    assert list(raw)[: len(COLUMNS["raw"])] == list(COLUMNS["raw"])


@pytest.mark.parametrize(
    ("name", "data", "article_id", "file"),
    [
        ("talks.txt", b"Marsh spoke.", "talks", "talks.txt"),
        ("talks.txt.gz", gzip.compress(b"Marsh spoke."), "talks", "talks.txt.gz"),
        ("2025/may/talks.txt", b"Marsh spoke.", "talks", "2025/may/talks.txt"),
        ("news.zip", archive({"may/talks.txt": "Marsh spoke."}), "talks", "news.zip!may/talks.txt"),
        ("export.csv", b"text\nMarsh spoke.\n", "export-1", "export.csv"),
        ("export.csv", b"id,text\nm-7,Marsh spoke.\n", "m-7", "export.csv"),
        ("export.jsonl", b'\n{"text": "Marsh spoke."}\n', "export-2", "export.jsonl"),  # the line in the file
        ("export.jsonl", b'{"text": "Marsh spoke.", "id": 7}\n', "7", "export.jsonl"),
    ],
)
def test_the_id_is_the_files_or_its_stem_and_row(tmp_path, name, data, article_id, file):
    assert read(tmp_path, {name: data})[["article_id", "file"]].values.tolist() == [[article_id, file]]


@pytest.mark.parametrize(
    ("header", "mapping"),
    [
        ("body,outlet,pub_date", "text ← body; source ← outlet; published ← pub_date"),
        ("Content,Publisher,Date", "text ← Content; source ← Publisher; published ← Date"),
        ("article,publication,published", "text ← article; source ← publication; published ← published"),
        (
            "Article Text,Source Name,Publish-Date",
            "text ← Article Text; source ← Source Name; published ← Publish-Date",
        ),
        (" maintext ,site,date_published", "text ←  maintext ; source ← site; published ← date_published"),
    ],
)
def test_other_peoples_columns_are_mapped_and_the_mapping_is_shown(tmp_path, header, mapping):
    raw = read(tmp_path, {"a.csv": f"{header}\nMarsh spoke.,Mail,2025-05-19\n"})
    assert raw[["text", "source", "published", "mapping"]].values.tolist() == [["Marsh spoke.", "Mail", "2025-05-19", mapping]]


def test_of_two_columns_that_could_be_the_text_the_likelier_is_taken(tmp_path):
    raw = read(tmp_path, {"a.csv": "article,text,story\n7,Marsh spoke.,harbour\n"})
    assert raw[["text", "mapping"]].values.tolist() == [["Marsh spoke.", "text ← text"]]


def test_where_a_column_is_empty_another_of_the_same_meaning_is_taken(tmp_path):
    rows = [
        {"text": "Marsh spoke.", "date": "2025-05-19", "headline": "Talks"},
        {"body": "Kade spoke.", "pub_date": "2025-05-20", "title": "Truce", "created_at": "2025-06-01"},
        {"text": "Ruiz spoke.", "created_at": "2025-06-01"},
    ]
    raw = read(tmp_path, {"a.jsonl": "\n".join(map(json.dumps, rows))})
    assert raw["text"].tolist() == ["Marsh spoke.", "Kade spoke.", "Ruiz spoke."]
    assert raw["published"].tolist() == ["2025-05-19", "2025-05-20", ""]  # when a record was made is no date of publication
    assert raw["title"].tolist() == ["Talks", "Truce", ""]
    assert raw["mapping"].tolist() == ["text ← text, body; published ← date, pub_date; title ← title, headline"] * 3


@pytest.mark.parametrize(
    ("whole", "texts"),
    [
        ({"text": ["Marsh spoke.", "Kade spoke."], "source": ["Mail", "Post"]}, ["Marsh spoke.", "Kade spoke."]),
        ({"text": {"0": "Marsh spoke.", "1": "Kade spoke."}, "title": {"0": "A", "1": "B"}}, ["Marsh spoke.", "Kade spoke."]),
        ({"text": ["Marsh spoke.", "Kade spoke."], "title": "Talks"}, ["Marsh spoke.\nKade spoke."]),  # its paragraphs
        ({"text": "Marsh spoke.", "title": "Talks"}, ["Marsh spoke."]),
    ],
)
def test_articles_column_by_column_are_several(tmp_path, whole, texts):
    assert read(tmp_path, {"a.json": json.dumps(whole)})["text"].tolist() == texts


def test_of_two_columns_of_one_name_the_first_is_taken(tmp_path):
    assert read(tmp_path, {"a.csv": "text,text\nMarsh spoke.,no\n"})["text"].tolist() == ["Marsh spoke."]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ({"name": "Morning Mail", "id": None}, "Morning Mail"),  # how NewsAPI gives a source
        (None, ""),
        (7.0, "7"),
        (["Morning", "Mail"], "Morning\nMail"),
        (1234567890123456789, "1234567890123456789"),  # no float has so many figures
        ("Mail \ud83d", "Mail \ufffd"),  # half of an emoji
        ("Mail \ud83d\ude00", "Mail 😀"),
    ],
)
def test_cells_of_json_become_text(tmp_path, cell, text):
    data = json.dumps({"text": "Marsh spoke.", "source": cell}) + '\n{"text": "Osterby listened."}'
    assert read(tmp_path, {"a.jsonl": data})["source"].tolist() == [text, ""]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (["Marsh spoke.", "Osterby listened."], "Marsh spoke.\nOsterby listened."),  # a list of paragraphs
        (b"Marsh spoke.", "Marsh spoke."),
        (None, ""),
    ],
)
def test_cells_of_parquet_become_text(tmp_path, cell, text):
    raw = read(tmp_path, {"a.parquet": parquet({"text": cell, "source": "Mail"})})
    assert raw[["text", "error"]].values.tolist() == [[text, ""]]


def test_a_missing_cell_of_pandas_own_types_is_empty(tmp_path):
    buffer = io.BytesIO()
    pd.DataFrame({"text": ["Marsh spoke.", "Osterby listened."], "title": ["Talks", None]}).convert_dtypes().to_parquet(buffer)
    raw = read(tmp_path, {"a.parquet": buffer.getvalue()})
    assert raw[["text", "title"]].values.tolist() == [["Marsh spoke.", "Talks"], ["Osterby listened.", ""]]


def test_dates_of_parquet_are_read(tmp_path):
    raw = read(tmp_path, {"a.parquet": parquet({"text": "Marsh spoke.", "date": pd.Timestamp("2025-05-19 10:00")})})
    assert clean.articles(raw)[0]["published"].tolist() == [pd.Timestamp("2025-05-19 10:00")]


def test_na_and_numbers_stay_as_written(tmp_path):
    raw = read(tmp_path, {"a.csv": "id,title,text\n007,NA,null\n"})
    assert raw[["article_id", "title", "text"]].values.tolist() == [["007", "NA", "null"]]


def test_a_cell_may_be_a_very_long_article(tmp_path):
    text = "Marsh spoke. " * 20_000
    assert read(tmp_path, {"a.csv": f"source,text\nMail,{text}\n"})["text"].tolist() == [text]


@pytest.mark.parametrize(
    ("name", "data", "texts", "errors"),
    [
        ("a.jsonl", '{"text": "one"}\n{"text": \n{"text": "two"}\n', ["one", "two"], ["line 2 is not read: .*"]),
        ("a.jsonl", '{"text": "one"}\n[7]\n', ["one"], ["line 2 is not read: not an object"]),
        ("a.json", '[{"text": "one"}, "two"]', ["one"], ["line 2 is not read: not an object"]),
        ("a.json", '[{"text": "one"', [], [".+"]),
        # the first line of all is the one that shifts the columns of careless readers
        ("a.csv", "source,text\nMail,a, b\nMail,one\n", ["one"], ["line 2 has 3 cells, the first 2: Mail,a, b"]),
        ("a.csv", "source,text\nMail,one\n\nMail,a, b\n", ["one"], ["line 4 has 3 cells, the first 2: Mail,a, b"]),
        ("a.csv", "source,text\nMail,one,\nMail,two,,\n", ["one", "two"], []),  # empty cells too many are none
        ("a.csv", "text,source\none\ntwo,Mail\n", ["one", "two"], []),  # cells too few are empty
        ("a.csv", 'source,text\nMail,one\nMail,"two\nMail,three\n', ["one"], ["line 3 opens a quotation mark .*"]),
        (
            "a.csv",
            'source,text\nMail,"one" she said\nMail,"two\n"three"\nMail,four\n',
            ["four"],
            ['line [23] has a quotation mark that is not doubled: Mail,"(one" she said|two)'] * 2,
        ),
        (
            "a.tsv",
            'source\ttext\nMail\t"One," she said.\nMail\t"Two.\nMail\tThree.\n',
            ['"One," she said.', '"Two.', "Three."],
            [],
        ),
        ("a.tsv", 'source\ttext\nMail\t"He said ""one"" twice"\n', ['He said "one" twice'], []),
        ("a.csv", 'source,"te"xt\nMail,one\n', [], ["line 1 has a quotation mark that is not doubled: .*"]),
        ("a.csv", 'source,text\nMail,He said "one" twice\n', ['He said "one" twice'], []),
        ("a.csv", 'source,text\nMail,"He said ""one"" twice"\n', ['He said "one" twice'], []),
        (
            "a.csv",
            "source,body text\nMail,one\n",
            [],
            [r'no column with the text .*source, body text\): name it "text"'],
        ),
        ("a.csv", "source,text\n", [], ["it holds no article"]),
        ("a.csv", "", [], ["it holds no article"]),
        ("a.json", "[]", [], ["it holds no article"]),
        ("a.pdf", "%PDF-1.7", [], [r"the format \.pdf is not read; what is: .*\.txt.*"]),
        ("README", "Marsh", [], ["the format without an ending is not read.*"]),
        ("a.parquet", "no parquet", [], [".+"]),
        ("a.zip", "no archive", [], [".*zip.*"]),
        ("a.txt.gz", "no archive", [], [".*gzip.*"]),
    ],
)
def test_what_cannot_be_read_is_a_row_with_its_error(tmp_path, name, data, texts, errors):
    raw = read(tmp_path, {name: data, "good.txt": "Osterby spoke."})
    bad = raw[(raw["file"] == name) & (raw["error"] != "")]
    assert raw.loc[(raw["file"] == name) & (raw["error"] == ""), "text"].tolist() == texts
    assert len(bad) == len(errors)
    assert all(bad["error"].str.fullmatch(errors[0])) if errors else True
    assert raw.loc[raw["file"] == "good.txt", "text"].tolist() == ["Osterby spoke."]

    # nothing is lost on the way: each row is an article kept, or one left out with its reason
    articles, _, dropped = clean.articles(raw)
    assert sorted([*articles["article_id"], *dropped["article_id"]]) == sorted(raw["article_id"])
    unread = dropped[dropped["article_id"].isin(bad["article_id"])]
    assert unread["file"].tolist() == [name] * len(errors)
    assert unread["reason"].tolist() == ("cannot be read: " + bad["error"]).tolist()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_a_file_whose_name_is_no_text_is_a_row_with_its_error(tmp_path):
    (tmp_path / os.fsdecode(b"caf\xe9.txt")).write_text("Marsh spoke.")
    raw = read(tmp_path, {"good.txt": "Osterby spoke."})
    assert raw[["file", "error"]].values.tolist() == [
        ["caf\ufffd.txt", "its name is no UTF-8: give it another one"],
        ["good.txt", ""],
    ]


def test_an_encrypted_member_of_an_archive_does_not_stop_the_others(tmp_path):
    data = bytearray(archive({"a.txt": "Marsh spoke.", "b.txt": "Osterby spoke."}))
    for signature, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):  # the flag that says a member is encrypted
        data[data.index(signature) + place] |= 1
    raw = read(tmp_path, {"news.zip": bytes(data)})
    assert raw["text"].tolist() == ["", "Osterby spoke."]
    assert "encrypted" in raw["error"][0]


def test_documents_of_one_id_are_all_kept(tmp_path):
    raw = read(tmp_path, {"a.csv": "id,text\n7,one\n7,two\n7,three\n", "b/7.txt": "four"})
    assert raw["article_id"].tolist() == ["7", "7~2", "7~3", "7~4"]
    assert raw["article_id"].is_unique


@pytest.mark.parametrize(
    ("ids", "found"),
    [(["7", "7", "7~2"], ["7", "7~3", "7~2"]), (["7~2", "7", "7"], ["7~2", "7", "7~3"])],
)
def test_an_id_made_for_a_second_document_is_not_anothers(tmp_path, ids, found):
    lines = "".join(f"{each},text {number}\n" for number, each in enumerate(ids))
    raw = read(tmp_path, {"a.csv": "id,text\n" + lines})
    assert raw["article_id"].is_unique
    assert set(raw["article_id"]) == set(found)


def test_what_systems_leave_in_a_folder_is_no_document(tmp_path):
    raw = read(
        tmp_path,
        {
            "a.txt": "Marsh spoke.",
            ".DS_Store": b"\x00",
            ".ipynb_checkpoints/a.txt": "Marsh spoke.",
            "b.zip": archive({"b.txt": "Osterby spoke.", "__MACOSX/b.txt": "x", ".hidden": "x"}),
        },
    )
    assert raw["file"].tolist() == ["a.txt", "b.zip!b.txt"]


def test_a_folder_with_a_dot_before_its_name_may_hold_the_corpus(tmp_path):
    assert len(read(tmp_path / ".cache" / "news", {"a.txt": "Marsh spoke."})) == 1


def test_a_single_file_may_be_the_corpus(tmp_path):
    read(tmp_path, {"a.txt": "Marsh spoke.", "b.txt": "Osterby spoke."})
    assert load.articles(tmp_path / "b.txt")["file"].tolist() == ["b.txt"]


@pytest.mark.parametrize("name", ["", "there", "there/none.csv"])
def test_an_empty_or_missing_corpus_says_what_to_do(tmp_path, name):
    path = tmp_path / name
    with pytest.raises(BroadsheetError, match=r"put files there|give a folder or a file") as error:
        load.articles(path)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


def test_articles_csv_goes_before_what_the_file_says(tmp_path):
    raw = made_study(
        tmp_path,
        {
            "a.csv": "source,title,text\nmail.example,Rain,Marsh spoke.\n",
            "b.txt": "Osterby spoke.",
            "c.zip": archive({"c.txt": "Kade spoke."}),
        },
        "file,source,published,title,url,source_basis\n"
        "a.csv,Morning Mail,2025-05-19,,https://example.org/a,stated\n"
        "c.zip!c.txt,Evening Post,,Snow,,\n",
    )
    columns = ["source", "published", "title", "url", "source_basis"]
    assert raw[columns].values.tolist() == [
        ["Morning Mail", "2025-05-19", "Rain", "https://example.org/a", "stated"],  # an empty cell takes nothing away
        ["", "", "", "", ""],
        ["Evening Post", "", "Snow", "", ""],
    ]


def test_of_a_file_of_several_articles_a_date_in_articles_csv_is_of_those_that_have_none(tmp_path):
    lines = ["text,source,date", "Marsh spoke.,Mail,2025-01-01", "Kade spoke.,Post,", "Ruiz spoke.,Mail,2025-02-02"]
    raw = made_study(tmp_path, {"w.csv": "\n".join(lines)}, "file,source,published\nw.csv,Wire,2025-03-03\n")
    assert raw["published"].tolist() == ["2025-01-01", "2025-03-03", "2025-02-02"]
    assert raw["source"].tolist() == ["Wire"] * 3


def test_a_range_in_articles_csv_goes_before_a_date_in_the_file(tmp_path):
    raw = made_study(
        tmp_path,
        {"a.csv": "date,text\n2025-05-19,Marsh spoke.\n"},
        "file,published_from,published_to\na.csv,2025-05-01,2025-05-07\n",
    )
    assert raw[["published", "published_from", "published_to"]].values.tolist() == [["", "2025-05-01", "2025-05-07"]]


def test_articles_csv_that_names_an_absent_file_is_one_clear_error(tmp_path):
    with pytest.raises(BroadsheetError, match=r"articles\.csv names z\.txt, which is not in .*: correct the name"):
        made_study(tmp_path, {"a.txt": "Marsh spoke."}, "file,source\na.txt,Mail\nz.txt,Mail\n")
