"""An annotated folder: the tables of the whole corpus, whatever the parts, the processes and the interruptions."""

import json
import os
import signal
import subprocess
import sys
import threading
import time

import dask
import distributed
import fsspec
import pandas as pd
import pytest

from broadsheet import (
    annotate,
    arrange,
    cache,
    cli,
    cluster,
    coded,
    compare,
    correct,
    find,
    judge,
    load,
    near,
    parts,
    split,
    store,
    summarize,
    tables,
)  # fmt: skip
from broadsheet.shelf import Shelf
from broadsheet.tables import BroadsheetError

TABLES = ["files", "articles", "removed", "dropped", "sentences", "words", "quotes", "actors", "terms", "scores"]
STORY = "The harbour of Osterby stayed shut on Monday, as the dockers and the mayor failed for a third day to agree on pay. "
OWNER = "The Mail is owned by Kade Holdings."
DAYS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]


@pytest.fixture
def study(tmp_path, monkeypatch):
    """Twelve articles in three files: copies, a story in two sources, boilerplate, one id twice, a line that is no JSON."""
    monkeypatch.setenv("BROADSHEET_CACHE", str(tmp_path / "kept"))
    folder = tmp_path / "harbour"
    (folder / "articles").mkdir(parents=True)
    rows = [
        {
            "id": f"a{at}",
            "source": "Mail",
            "published": f"{at + 13}/3/2025",
            "text": f"Day {day} at the pier. “Marsh is a liar,” Osterby said on day {day}, and praised Kade.\n{OWNER}",
        }
        for at, day in enumerate(DAYS[:8])
    ]
    rows[3]["id"] = "a1"
    rows += [
        {"id": "b1", "source": "mail", "published": "3/4/2025", "text": STORY * 2},
        {"id": "b2", "source": "Post", "published": "", "text": STORY * 2 + "Marsh wants a truce."},
        {"id": "b3", "source": "Mail", "published": "", "text": STORY * 2},
        {"id": "b4", "source": "Post", "published": "", "text": "3 min read"},
    ]
    lines = [json.dumps(row) for row in rows]
    for name, part in (("1.jsonl", lines[:5]), ("2.jsonl", [*lines[5:9], "{"]), ("3.jsonl", lines[9:])):
        (folder / "articles" / name).write_text("\n".join(part), encoding="utf-8")
    (folder / "actors.csv").write_text("label,pattern\nOsterby,Osterby\nMarsh,Marsh\nKade,Kade\n")
    (folder / "terms.csv").write_text("label,pattern\ntruce,truce\npay,pay\n")
    return load.study(folder)


def whole(study):
    corpus = store.annotated(study, "vader")
    return {table: getattr(corpus, table) for table in TABLES}


def same(out, expected):
    """Whether the folder holds these tables, after sorting by key."""
    shelf = Shelf(out)
    manifest = shelf.noted("manifest.json")
    for table, frame in expected.items():
        if table == "files":  # of a file in two parts each says how many documents are in it
            continue
        found, frame = shelf.get(table, manifest["parts"]), frame.drop(columns="name", errors="ignore")
        keys = [column for column in ("file", "article_id", "line_no", "start", "label") if column in frame]
        pd.testing.assert_frame_equal(*(each.sort_values(keys, ignore_index=True, kind="stable") for each in (found, frame)))
        assert manifest["rows"][table] == len(frame)
    return manifest


@pytest.mark.parametrize("size", [1, 300, 10**6])
def test_the_tables_do_not_depend_on_the_parts(study, tmp_path, size):
    expected = whole(study)
    assert (
        len(expected["dropped"]) == 3 and expected["articles"]["cluster"].duplicated().sum() == 1
    )  # the study has what to lose
    assert expected["articles"]["article_id"].tolist()[3] == "a1~2"
    assert expected["removed"]["rule"].value_counts()["boilerplate: recurs in this source"] == 8
    annotate.annotate(study, tmp_path / "out", scorer="vader", workers=0, size=size, progress=False)
    manifest = same(tmp_path / "out", expected)
    assert manifest["rows"]["raw"] == 13 == len(expected["articles"]) + len(expected["dropped"])
    assert len(manifest["parts"]) == {1: 12, 300: 6, 10**6: 1}[size]  # the line that is no JSON has no text


def test_a_worker_that_is_killed_costs_its_parts_time_alone(study, tmp_path, monkeypatch):
    expected, killed, begins = whole(study), [], cluster._same_library

    def kill(client):
        pids = list(client.run(os.getpid).values())
        os.kill(pids[0], signal.SIGKILL)
        killed.append(pids[0])

    def watched(client):
        begins(client)
        kill(client)
        threading.Timer(1, kill, [client]).start()

    monkeypatch.setattr(cluster, "_same_library", watched)
    annotate.annotate(study, tmp_path / "out", scorer="vader", workers=2, size=1, progress=False)
    same(tmp_path / "out", expected)
    assert killed


@pytest.fixture
def started(tmp_path):
    """The address of a scheduler that has one worker, both started by the commands of the README."""
    about, begun = tmp_path / "scheduler.json", []
    scheduler = ["scheduler", "--port", "0", "--dashboard-address", ":0", "--scheduler-file", str(about)]
    for command in (scheduler, ["worker", "--nthreads", "1", "--dashboard-address", ":0", "--scheduler-file", str(about)]):
        begun.append(subprocess.Popen([sys.executable, "-m", "dask", *command], stderr=subprocess.DEVNULL, cwd=tmp_path))
        while not about.exists():
            time.sleep(0.1)
    yield json.loads(about.read_text(encoding="utf-8"))["address"]
    for process in reversed(begun):
        process.terminate()
        process.wait()


def test_a_running_cluster_writes_the_same_tables(study, tmp_path, started, capsys):
    expected, out = whole(study), (tmp_path / "out").as_uri()
    assert cli.main(["annotate", str(study.folder), "--out", out, "--scorer", "vader", "--scheduler", started]) == 0
    same(out, expected)
    assert "Dask's dashboard: http" in capsys.readouterr().err
    with distributed.Client(started) as client:  # which runs on
        assert len(client.scheduler_info()["workers"]) == 1


def test_dask_keeps_no_profile_of_its_workers():
    with cluster.runner(None, 1, False) as run:  # it grows as long as they live
        assert list(run([(dask.config.get, "distributed.worker.profile.enabled")])) == [(0, False)]


def test_it_goes_on_where_it_stopped(study, tmp_path, monkeypatch):
    calls, original = [], annotate._annotate

    def stops(shelf, part, *arguments):
        calls.append(part)
        if len(calls) == 5:
            raise KeyboardInterrupt
        return original(shelf, part, *arguments)

    monkeypatch.setattr(annotate, "_annotate", stops)
    options = {"scorer": "vader", "workers": 0, "size": 1, "progress": False}
    with pytest.raises(KeyboardInterrupt):
        annotate.annotate(study, tmp_path / "out", **options)
    assert not Shelf(tmp_path / "out").noted("manifest.json")
    annotate.annotate(study, tmp_path / "out", **options)
    assert len(calls) == 12 + 1  # the one that was stopped is done again, and no other
    same(tmp_path / "out", whole(study))
    annotate.annotate(study, tmp_path / "out", **options)
    assert len(calls) == 13  # nothing has changed
    path = study.corpus / "3.jsonl"
    path.write_text(path.read_text().replace("wants a truce", "wants peace"), encoding="utf-8")
    calls[4:] = []  # the next one is stopped
    with pytest.raises(KeyboardInterrupt):
        annotate.annotate(study, tmp_path / "out", **options)
    assert not Shelf(tmp_path / "out").noted("manifest.json")  # nobody reads parts of two times
    annotate.annotate(study, tmp_path / "out", **options)
    assert len(calls) == 6  # the part that has changed, and no other
    same(tmp_path / "out", whole(load.study(study.folder)))


def test_a_copy_that_comes_later_has_its_own_part_annotated_and_no_other(study, tmp_path, monkeypatch):
    calls, original = [], annotate._annotate
    monkeypatch.setattr(annotate, "_annotate", lambda shelf, part, *more: calls.append(part) or original(shelf, part, *more))
    options = {"scorer": "vader", "workers": 0, "size": 1, "progress": False}
    annotate.annotate(study, tmp_path / "out", **options)
    copy = {"id": "c1", "source": "Mail", "published": "", "text": STORY * 2}
    (study.corpus / "4.jsonl").write_text(json.dumps(copy), encoding="utf-8")
    annotate.annotate(study, tmp_path / "out", **options)
    assert len(calls) == 12 + 1
    expected = whole(study)
    assert expected["dropped"].set_index("article_id").loc["c1", "duplicate_of"] == "b1"
    same(tmp_path / "out", expected)
    assert "a1" not in (tmp_path / "out" / "rules.json").read_text()  # read by every worker: no list as long as the corpus


def test_an_article_that_breaks_a_step_is_set_aside_with_the_step(study, tmp_path, monkeypatch):
    original = split.segment

    def breaks(language, line):
        if "day five" in line:
            raise IndexError("a line too many")
        return original(language, line)

    monkeypatch.setattr(split, "segment", breaks)
    manifest = annotate.annotate(study, tmp_path / "out", scorer="vader", workers=0, progress=False)
    dropped = Shelf(tmp_path / "out").get("dropped", manifest["parts"]).set_index("article_id")
    assert dropped.loc["a4", ["file", "reason"]].tolist() == ["1.jsonl", "split failed: IndexError: a line too many"]
    assert manifest["rows"]["articles"] == 9 and manifest["rows"]["dropped"] == 4


def test_what_breaks_in_a_library_of_another_language_breaks_one_article_alone(study, tmp_path, monkeypatch):
    class PanicError(BaseException):
        """As PyO3 raises it: no Exception."""

    def panics(sentences, original=split.words):
        if sentences["sentence"].str.contains("truce").any():
            raise PanicError("byte index 20 is not a boundary")
        return original(sentences)

    monkeypatch.setattr(split, "words", panics)
    annotate.annotate(study, tmp_path / "out", scorer="vader", workers=0, progress=False)
    shelf = Shelf(tmp_path / "out")
    dropped = shelf.get("dropped", shelf.noted("manifest.json")["parts"]).set_index("article_id")["reason"]
    assert dropped["b2"].endswith("failed: PanicError: byte index 20 is not a boundary") and len(dropped) == 4


@pytest.mark.parametrize("place", ["articles", "articles/annotated"])
def test_the_folder_of_the_articles_takes_no_tables(study, place):
    with pytest.raises(BroadsheetError, match=r"is among the articles of .*: take a folder beside it"):
        annotate.annotate(study, study.folder / place, scorer="vader", workers=0, progress=False)


@pytest.mark.parametrize("place", [".", ".."])
def test_a_folder_that_holds_the_articles_takes_no_tables(study, place):
    with pytest.raises(BroadsheetError, match="holds the study or its articles"):
        annotate.annotate(study, study.folder / place, scorer="vader", workers=0, progress=False)


def test_less_than_no_workers_are_an_error(study, tmp_path):
    with pytest.raises(BroadsheetError, match="-2 workers are none"):
        annotate.annotate(study, tmp_path / "out", scorer="vader", workers=-2, progress=False)


def test_a_study_of_an_annotated_folder_has_the_same_tables(study, tmp_path):
    expected = whole(study)
    annotate.annotate(study, tmp_path / "out", scorer="vader", workers=0, size=300, progress=False)
    (study.folder / "study.toml").write_text(f"corpus = '{annotate.address(tmp_path / 'out')}'\n", encoding="utf-8")
    again = load.study(study.folder)
    for table, frame in whole(again).items():
        pd.testing.assert_frame_equal(frame, expected[table])
    # with other patterns, and by another scorer, they are made from the sentences that are there
    (study.folder / "actors.csv").write_text("label,pattern\ndockers,dockers\n")
    other = store.annotated(load.study(study.folder), "textblob")
    assert other.actors["label"].unique().tolist() == ["dockers"] and set(other.scores["scorer"]) == {"textblob"}
    with pytest.raises(BroadsheetError, match="is annotated already"):
        annotate.annotate(again, tmp_path / "more", progress=False)
    (study.folder / "articles.csv").write_text("file,source\n1.jsonl,Post\n")
    with pytest.raises(BroadsheetError, match="has changed since"):
        store.annotated(load.study(study.folder))


@pytest.mark.parametrize("text", ["[1, 2]", '{"title": "Talks", "text": "Marsh left the pier of Osterby."}', "{"])
def test_a_manifest_of_somebody_elses_is_a_file_of_the_corpus(study, text):
    (study.corpus / "manifest.json").write_text(text)
    assert "manifest.json" in store.annotated(study, "vader").files["file"].tolist()
    assert cache.corpus(study.corpus) == cache.tree(study.corpus)


def test_a_bucket_works_like_a_folder(study, tmp_path):
    expected = whole(study)
    memory = fsspec.filesystem("memory")
    for path in study.corpus.iterdir():
        memory.pipe_file(f"/harbour/{path.name}", path.read_bytes())
    (study.folder / "study.toml").write_text("corpus = 'memory://harbour'\n", encoding="utf-8")
    annotate.annotate(load.study(study.folder), "memory://annotated", scorer="vader", workers=0, size=300, progress=False)
    same("memory://annotated", expected)
    (study.folder / "study.toml").write_text("corpus = 'memory://annotated'\n", encoding="utf-8")
    pd.testing.assert_frame_equal(store.annotated(load.study(study.folder), "vader").scores, expected["scores"])


def test_the_command_says_what_it_did_and_what_to_do_next(study, tmp_path, capsys):
    out = str(tmp_path / "the mayor's")
    assert cli.main(["annotate", str(study.folder), "--out", out, "--scorer", "vader", "--workers", "0"]) == 0
    told = capsys.readouterr()
    assert "10 articles annotated, 3 left out with the reason" in told.out
    (study.folder / "study.toml").write_text(told.out.partition("into study.toml: ")[2], encoding="utf-8")
    assert len(store.annotated(load.study(study.folder), "vader").articles) == 10  # what it says to do can be done
    (study.folder / "study.toml").unlink()
    assert "annotating: 13 of 13 articles" in told.err and "s left" in told.err
    assert cli.main(["annotate", str(study.folder), "--out", str(tmp_path / "out"), "--scorer", "vadr"]) == 2
    assert 'did you mean "vader"?' in capsys.readouterr().err


def asked(corpus):
    """What the notebooks ask of the tables that are read in parts."""
    articles = corpus.metadata
    sources, draws = articles.set_index("article_id")["source"], {"draws": 9}
    words, sentences, actors = (corpus.in_parts(name) for name in ("words", "sentences", "actors"))
    scores, terms = corpus.in_parts("scores"), corpus.in_parts("terms")
    rows = [("a1~2", coded.sha256("Day four at the pier."), 0, 3, "Marsh", "M", "1", "neutral", 1.0, "")]
    quoted = coded.sha256("“Marsh is a liar,” Osterby said on day two, and praised Kade.")
    rows += [("a1", quoted, 1, 6, "Marsh", "M", "1", "negative", 1.0, "")]
    gold = find.gold(tables.make("gold", rows), sentences, actors)
    keywords, (strict, patterns) = compare.keywords(words, sources), corpus.strict(terms)
    classes, apart = arrange.apart(scores, corpus.in_parts("scores", "textblob"), ["vader", "textblob"], most=3)
    return {
        "counts": compare.counts(words, sources),
        "keywords": keywords,
        "collocates": near.collocates(words, terms, k=3),
        "readability": compare.readability(sentences, sources),
        "examples": arrange.examples(keywords.groupby("source").head(2), words, sentences, sources),
        "contexts": find.contexts(arrange.drawn(terms, 2, 0), sentences),
        "together": arrange.together(terms, actors),
        "both": arrange.both(terms, actors, sentences, most=3),
        "gold": gold,
        "said": corpus.said,
        "quoted": summarize.share(corpus.said, articles, ("quoted", "narrator"), by=("source",), of="voice", **draws),
        "subjectivity": corpus.subjectivity,
        "metadata": articles,
        "aside": corpus.aside(),
        "passages": corpus.passages,
        "rates": summarize.rate(strict, articles, by=("label", "source"), patterns=patterns, **draws),
        "presence": summarize.presence(terms, articles, by=("label", "part")),
        "share": summarize.share(terms, articles, ("truce", "pay"), by=("source",), **draws),
        "change": summarize.change(terms, articles, ("truce", "pay"), **draws),
        "differences": compare.differences(terms, articles, patterns, **draws),
        "sentiment": summarize.sentiment(scores, articles, by=("label", "voice"), **draws),
        "corrected": summarize.sentiment(scores, articles, gold=gold, patterns=corpus.actor_patterns, **draws),
        "ranks": summarize.leave_one_out(scores, articles),
        "kinds": arrange.counts(correct.classed(scores, gold), corpus.actor_patterns, "kind", tables.CLASSES),
        "hand-coded": correct.hand_coded(scores, gold).reset_index(drop=True),
        "found": arrange.found(corpus.actor_patterns, actors),
        "in sentences": arrange.sentences(scores).to_frame("sentences"),
        "early": pd.DataFrame({"early": [arrange.early(actors, articles)], "total": parts.total(actors)}),
        "extremes": arrange.extremes(scores),
        "strongest": arrange.strongest(scores, 5),
        "coded here": coded.among(gold, scores),
        "pairs": judge.pairs(gold, scores),
        "widths": correct.expected_width(scores, articles, (5, 50), error=0.3),
        "classes": classes,
        "apart": apart,
    }


@pytest.mark.parametrize(
    ("chosen", "changed"),
    [({}, False), ({}, True), ({"sources": ["Post"]}, False), ({"voice": "narrator", "terms": ["pay"]}, False)],
)
@pytest.mark.parametrize("client", [False, True])
def test_verbs_over_parts_say_what_they_say_of_the_whole(study, tmp_path, chosen, changed, client):
    (study.folder / "terms.csv").write_text("label,pattern\ntruce,truce\npay,pay\npay,agree\n")
    annotate.annotate(load.study(study.folder), tmp_path / "out", scorer="vader", workers=0, size=300, progress=False)
    if changed:  # since then
        (study.folder / "terms.csv").write_text("label,pattern\ntruce,truce\npay,pay\npay,the pier\n")
        (study.folder / "actors.csv").write_text("label,pattern\nMarsh,Marsh\nOsterby,Osterby\nOsterby,the mayor\n")
    expected = asked(store.annotated(load.study(study.folder), "vader").choose(**chosen))
    (study.folder / "study.toml").write_text(f"corpus = {json.dumps(str(tmp_path / 'out'))}\n")
    corpus = store.annotated(load.study(study.folder), "vader").choose(**chosen)
    for name in ("words", "terms", "scores"):
        assert not isinstance(corpus.in_parts(name), pd.DataFrame)  # else nothing is tried here
    if client:
        with distributed.Client(n_workers=1, threads_per_worker=1, dashboard_address=":0"):
            found = asked(corpus)
    else:
        found = asked(corpus)
    assert len(expected["collocates"]) and len(expected["both"])
    assert chosen or expected["corrected"]["coded"].sum() == len(expected["hand-coded"]) == 1
    for name, frame in expected.items():
        pd.testing.assert_frame_equal(found[name], frame)


def test_a_folder_of_another_edition_has_to_be_annotated_again(study, tmp_path):
    annotate.annotate(study, tmp_path / "out", scorer="", workers=0, progress=False)
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    (tmp_path / "out" / "manifest.json").write_text(json.dumps(manifest | {"format": 1}))
    (study.folder / "study.toml").write_text(f"corpus = {json.dumps(str(tmp_path / 'out'))}\n")
    with pytest.raises(BroadsheetError, match="annotated by another edition"):
        store.annotated(load.study(study.folder), "vader")
