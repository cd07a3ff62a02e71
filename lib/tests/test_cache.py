"""Tables kept on disk: the same as those computed, shared, and never served where something is wrong with them."""

import multiprocessing
import os
import time

import pandas as pd
import pytest

from broadsheet import cache, load, store


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("BROADSHEET_CACHE", str(tmp_path / "kept"))
    return tmp_path / "kept" / "broadsheet-cache"  # a folder of its own in the one that is named


def entry(name="ships-1", value=1, calls=None):
    def make():
        if calls is not None:
            calls.append(name)
        return {"ships": pd.DataFrame({"name": ["Ada"], "berth": [value]}), "piers": pd.DataFrame({"pier": ["North"]})}

    return cache.Entry(name, make, "ships of the harbour")


def test_an_entry_is_made_once_and_then_read(home):
    calls = []
    assert entry(calls=calls)["ships"]["berth"].tolist() == [1]
    again = entry(value=2, calls=calls)  # the name says what it was made from: one name, one content
    assert again["ships"]["berth"].tolist() == [1] and again["piers"]["pier"].tolist() == ["North"]
    assert calls == ["ships-1"]
    assert entry("ships-2", calls=calls)["ships"] is not None and calls == ["ships-1", "ships-2"]


@pytest.mark.parametrize("file", ["ships/0.parquet", "manifest.json"])
@pytest.mark.parametrize("harm", ["missing", "empty", "cut", "changed", "folder"])
def test_a_damaged_entry_is_made_anew(home, file, harm):
    entry()["ships"]
    path = home / "ships-1" / file
    data = path.read_bytes()
    path.unlink()
    if harm == "folder":
        path.mkdir()
    elif harm != "missing":
        path.write_bytes({"empty": b"", "cut": data[: len(data) // 2], "changed": data[:-9] + b"0" + data[-8:]}[harm])
    calls = []
    assert entry(value=7, calls=calls)["ships"]["berth"].tolist() in ([7], [1])
    assert entry(value=8, calls=calls)["ships"]["berth"].tolist() == entry(value=9)["ships"]["berth"].tolist() != [8]
    assert len(calls) <= 1


def test_turned_off_nothing_is_kept(monkeypatch, tmp_path):
    monkeypatch.setenv("BROADSHEET_CACHE", "off")
    monkeypatch.setattr(cache, "REPORTS", tmp_path)
    calls = []
    assert entry(calls=calls)["ships"] is not None and entry(calls=calls)["ships"] is not None
    assert len(calls) == 2 and not list(tmp_path.iterdir()) and not len(cache.entries())


def test_a_folder_that_cannot_be_written_is_said_and_all_goes_on(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("BROADSHEET_CACHE", str(tmp_path / "file" / "kept"))
    with pytest.warns(UserWarning, match="cannot be kept .* all goes on, slower"):
        assert entry()["ships"]["berth"].tolist() == [1]


def _ask(folder, number):
    os.environ["BROADSHEET_CACHE"] = folder

    def make():
        with open(f"{folder}-made", "a") as file:
            file.write(f"{number}\n")
        time.sleep(0.5)
        return {"ships": pd.DataFrame({"berth": [number]})}

    cache.Entry("ships-1", make)["ships"]


def test_two_processes_make_an_entry_once(home):
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_ask, args=(str(home.parent), number)) for number in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        assert process.exitcode == 0
    with open(f"{home.parent}-made") as file:
        assert len(file.readlines()) == 1


def test_what_is_kept_can_be_seen_and_cleared(home):
    entry()["ships"], entry("ships-2")["ships"]
    found = cache.entries()
    assert found["name"].tolist() == ["ships-1", "ships-2"] and found["about"].unique().tolist() == ["ships of the harbour"]
    assert found["bytes"].min() > 1000
    cache.clear()
    assert not home.exists() and not len(cache.entries())


def test_what_nothing_has_read_for_a_month_goes(home):
    for name in ("ships-1", "ships-2"):
        entry(name)["ships"]
    os.utime(home / "ships-1", (0, 0))
    entry("ships-3")["ships"]
    assert cache.entries()["name"].tolist() == ["ships-2", "ships-3"]


def test_what_lies_beside_the_cache_is_left_alone(home):
    home.parent.mkdir()
    (home.parent / "thesis.txt").write_text("mine")
    os.utime(home.parent / "thesis.txt", (0, 0))
    entry()["ships"]
    cache.clear()
    assert (home.parent / "thesis.txt").read_text() == "mine" and not home.exists()


def test_what_was_made_from_inputs_that_have_changed_is_not_kept(home):
    changed = cache.Entry("ships-1", lambda: {"ships": pd.DataFrame({"berth": [1]})}, still=lambda: False)
    assert changed["ships"]["berth"].tolist() == [1] and not len(cache.entries())


def test_a_file_is_told_by_its_name_and_its_content(tmp_path):
    for name in ("one.txt", "two.txt"):
        (tmp_path / name).write_text("The truce held.")
    assert cache.tree(tmp_path / "one.txt") != cache.tree(tmp_path / "two.txt")


TEXTS = {"a.txt": "Osterby spoke. Marsh called Osterby a liar.", "b.txt": "“No truce,” Marsh said. The truce held."}


@pytest.fixture
def study(tmp_path, home):
    folder = tmp_path / "harbour"
    (folder / "articles").mkdir(parents=True)
    for name, text in TEXTS.items():
        (folder / "articles" / name).write_text(text, encoding="utf-8")
    (folder / "actors.csv").write_text("label,pattern\nOsterby,Osterby\nMarsh,Marsh\n")
    (folder / "terms.csv").write_text("label,pattern\ntruce,truce\n")
    return folder


TABLES = ["files", "articles", "removed", "dropped", "sentences", "words", "quotes", "actors", "terms", "scores"]


def test_kept_tables_are_the_computed_ones(study):
    computed, read = (store.annotated(load.study(study), "vader") for _ in range(2))
    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(computed, name), getattr(read, name))
    chosen = [corpus.choose(actors=["Marsh"], voice="narrator") for corpus in (computed, read)]
    assert chosen[0].scores["label"].tolist() == ["Marsh", "Marsh"]
    pd.testing.assert_frame_equal(chosen[0].scores, chosen[1].scores)


@pytest.mark.parametrize(
    ("file", "text", "changed"),
    [
        ("articles/a.txt", "Osterby slept.", {"articles", "actors", "terms", "scores"}),
        ("articles/c.txt", "Osterby slept.", {"articles", "actors", "terms", "scores"}),
        ("articles.csv", "file,source\na.txt,Mail\n", {"articles", "actors", "terms", "scores"}),
        ("actors.csv", "label,pattern\nOsterby,Osterby\n", {"actors", "scores"}),
        ("terms.csv", "label,pattern\ntruce,peace\n", {"terms"}),
        ("gold.csv", "article_id,start,end,label,coder,coded\na,0,7,Osterby,A,neutral\n", {"gold"}),
        ("notes.txt", "Call the harbour board.", set()),
    ],
)
def test_a_changed_input_changes_what_is_made_from_it_alone(study, file, text, changed):
    before = store.keys(load.study(study), "vader")
    (study / file).write_text(text, encoding="utf-8")
    after = store.keys(load.study(study), "vader")
    assert {part for part in before if before[part] != after[part]} == changed


def test_another_scorer_changes_the_scores_alone(study):
    vader, textblob = (store.keys(load.study(study), scorer) for scorer in ("vader", "textblob"))
    assert {part for part in vader if vader[part] != textblob[part]} == {"scores"}


def test_what_was_asked_for_is_known(study, monkeypatch):
    monkeypatch.setattr(store, "_used", {})
    corpus = store.annotated(load.study(study), "vader").choose(actors=["Marsh"])
    assert set(store.used()) == {"articles", "actors", "gold"}  # an actor's name was held against actors.csv
    assert len(corpus.sentences)
    assert set(store.used()) == {"articles", "actors", "gold"}
    assert len(corpus.terms)
    assert set(store.used()) == {"articles", "actors", "gold", "terms"}
    assert len(corpus.scores)
    keys = store.keys(load.study(study), "vader")
    assert store.used() == keys
