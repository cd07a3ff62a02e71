"""Coding by hand: the sample and its probabilities, what is on disk after each key, and the page in a real browser."""

import csv
import functools
import http.client
import http.server
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from urllib.parse import urlsplit

import pandas as pd
import pytest

from broadsheet import DATA, cli, code, coded, load, sample, store, study, tables
from broadsheet.tables import BroadsheetError


@pytest.fixture
def folder(harbour, tmp_path):
    return shutil.copytree(harbour, tmp_path / "harbour & pier")


@pytest.fixture
def many():
    """Scores of 600 made-up mentions: 5 actors, 4 sources, three classes, of very different sizes."""
    rows = [
        (f"s{source}-{i}", 0, f"actor {actor}", 10 * actor, 10 * actor + 5, "", "vader", 0.0, 0.0, 0.0, (i % 3 - 1) / 2)
        for actor in range(5)
        for source in range(4)
        for i in range((actor + 1) * (source + 1) * 4)
    ]
    scores = pd.DataFrame(rows, columns=list(tables.COLUMNS["scores"]))
    ids = scores["article_id"].unique()
    return scores, pd.DataFrame({"article_id": ids, "source": [name[:2] for name in ids]})


def rows(folder):
    return list(csv.DictReader((folder / "gold.csv").read_text(encoding="utf-8-sig").splitlines()))


def codes(folder, coder="A"):
    return [(row["coded"], row["note"]) for row in rows(folder) if row["coder"] == coder]


# --- the sample


@pytest.mark.parametrize("size", [1, 3, 7, 20, 45, 59, 60, 61, 200, 599, 600, 5000])
def test_the_weights_of_a_sample_add_up_in_every_stratum(many, size):
    scores, articles = many
    drawn = sample.draw(scores, articles, size)
    assert len(drawn) == min(size, len(scores)) and not drawn.duplicated(["article_id", "start", "label"]).any()
    weights = (1 / drawn["probability"]).groupby(drawn["stratum"])
    assert (weights.nunique() == 1).all()
    assert weights.sum().round(9).tolist() == weights.sum().round().tolist()  # whole mentions in each
    assert (1 / drawn["probability"]).sum() == pytest.approx(len(scores))
    assert drawn["probability"].between(0, 1, inclusive="right").all()
    assert size < len(scores) or (drawn["probability"] == 1).all()
    assert "sentiment" not in drawn and "class" not in drawn


def test_each_actor_source_and_score_is_in_a_sample_that_is_large_enough(many):
    scores, articles = many
    drawn = sample.draw(scores, articles, 60).merge(scores).merge(articles)
    assert drawn.groupby(["label", "source", "sentiment"]).ngroups == 60
    few = sample.draw(scores, articles, 20).merge(articles)
    assert few.groupby(["label", "source"]).ngroups == 20


def test_mentions_are_drawn_as_often_as_their_probability_says(many):
    scores, articles = many
    key = ["article_id", "start", "label"]
    runs = pd.concat([sample.draw(scores, articles, 100, seed) for seed in range(300)])
    seen = runs.groupby(key).agg(n=("probability", "size"), p=("probability", "first"), kinds=("probability", "nunique"))
    assert (seen["kinds"] == 1).all()  # a mention's probability does not depend on the draw
    off = (seen["n"] - 300 * seen["p"]) / (300 * seen["p"] * (1 - seen["p"])) ** 0.5
    assert off[seen["p"] < 1].abs().max() < 4.5 and abs(off[seen["p"] < 1].mean()) < 0.2


def test_the_same_seed_draws_the_same_whatever_the_order(many):
    scores, articles = many
    one, two = sample.draw(scores, articles, 50, 3), sample.draw(scores.sample(frac=1, random_state=1), articles[::-1], 50, 3)
    assert one.equals(two)
    assert not one.equals(sample.draw(scores, articles, 50, 4))


def test_a_sample_of_nothing_is_an_error(many):
    scores, articles = many
    with pytest.raises(BroadsheetError, match="no mention to draw from"):
        sample.draw(scores.head(0), articles, 5)
    with pytest.raises(BroadsheetError, match="size of 1 or more"):
        sample.draw(scores, articles, 0)
    with pytest.raises(BroadsheetError, match="seed of 0 or more"):
        sample.draw(scores, articles, 5, -1)


# --- the pass and its file


def test_a_sample_is_kept_and_found_again_in_gold(folder):
    one = code.Pass(folder, "A", "1", size=9)
    found = load.study(folder).gold
    assert len(found) == 9 and set(found["coder"]) == {""} and set(found["coded"]) == {""}
    corpus = store.annotated(load.study(folder))
    assert (coded.gold(found, corpus.sentences, corpus.scores)["problem"] == "").all()
    assert (1 / found["probability"]).sum() == pytest.approx(len(corpus.scores))
    two = code.Pass(folder, "B", "1", size=3, seed=9)  # a second coder: the same mentions in another order
    again = code.Pass(folder, "A", "1")
    assert sorted(one.keys) == sorted(two.keys) and one.keys != two.keys and one.keys == again.keys
    assert one.drawn and not two.drawn
    assert code.Pass(folder, "A", "2").keys != one.keys


def test_each_code_is_a_row_more_and_back_replaces_it(folder):
    coding = code.Pass(folder, size=6)
    for value in ("negative", "neutral", "positive"):
        before = coding.shown()
        coding.act("code", before, value)
        row = rows(folder)[-1]
        assert (row["coder"], row["round"], row["coded"]) == ("A", "1", value)
        assert tuple(row[name] for name in sample.KEY) == tuple(map(str, coding.keys[before]))
        drawn = next(each for each in rows(folder) if not each["coder"] and each["sentence_sha256"] == row["sentence_sha256"])
        assert row["probability"] == drawn["probability"]
    assert coding.act("back")["item"]["coded"] == "positive"
    view = coding.act("back")
    assert view["item"]["coded"] == "neutral" and view["item"]["looking"] and view["item"]["place"] == 2
    view = coding.act("code", view["item"]["id"], "negative")
    assert not view["item"]["looking"] and view["item"]["place"] == 4  # on where one left off
    assert [each for each, _ in codes(folder)] == ["negative", "negative", "positive"]
    assert coding.act("back")["item"]["coded"] == "negative"
    assert coding.act("forward")["item"]["id"] == view["item"]["id"]
    assert len(load.study(folder).gold) == 9


def test_a_note_on_a_mention_that_one_looks_back_at_leaves_it_there(folder):
    coding = code.Pass(folder, size=6)
    for value in ("negative", "neutral", "positive"):
        coding.act("code", coding.shown(), value)
    coding.act("back")
    first = coding.act("back")["item"]["id"]
    noted = coding.act("note", first, "after the vote")["item"]
    assert noted["id"] == first and noted["looking"]
    coding.act("code", noted["id"], "negative")
    assert [each for each, _ in codes(folder)] == ["negative", "negative", "positive"]


def test_back_stops_at_the_first(folder):
    coding = code.Pass(folder, size=4)
    assert coding.act("back")["said"] == "There is nothing before this."
    first = coding.shown()
    coding.act("code", first, "neutral")
    for _ in range(3):
        view = coding.act("back")
    assert view["item"]["id"] == first


def test_what_is_skipped_comes_again_at_the_end_and_can_stay_out(folder):
    coding = code.Pass(folder, size=3)
    first = coding.shown()
    coding.act("skip", first)
    assert codes(folder) == [("skip", "")]
    for _ in range(2):
        coding.act("code", coding.shown(), "neutral")
    assert coding.shown() == first
    view = coding.act("skip", first)  # a second time: the end
    assert view["item"] is None and len(view["end"]["skipped"]) == 1 and view["counts"]["skipped"] == 1
    assert coding.act("again")["item"]["id"] == first
    view = coding.act("code", first, "positive")
    assert view["item"] is None and view["end"]["skipped"] == [] and view["counts"]["positive"] == 1
    assert len(codes(folder)) == 3
    assert coding.act("back")["item"]["id"] == first
    assert "has a code" in coding.act("skip", first)["said"] and ("skip", "") not in codes(folder)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("=1+1", "'=1+1"),
        ("@here", "'@here"),
        ("-5", "'-5"),
        ("'=quoted", "''=quoted"),
        ("'tis plain", "'tis plain"),
        ('a "quoted", note; with\tall\nof it', 'a "quoted", note; with all of it'),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("Orbán “said” 😀", "Orbán “said” 😀"),
    ],
)
def test_a_note_comes_back_as_it_was_typed_and_runs_in_no_spreadsheet(folder, typed, kept):
    coding = code.Pass(folder, size=3)
    coding.act("note", coding.shown(), typed)
    assert load.study(folder).gold["note"].iloc[-1] == kept and load.study(folder).gold["coded"].iloc[-1] == ""
    again = code.Pass(folder)
    assert again.shown() == coding.shown()  # a note is no code
    assert again.view()["item"]["note"] == " ".join(typed.split())
    again.act("code", again.shown(), "neutral")
    assert codes(folder) == [("neutral", kept)]


def test_rows_and_columns_of_others_stay(folder):
    code.Pass(folder, size=4)
    frame = load.study(folder).gold
    frame["page"] = ["3", "", "x, y", "é"]
    frame.loc[len(frame)] = {**frame.iloc[0].to_dict(), "coder": "Z", "round": "0", "coded": "neutral", "note": "kept"}
    gone = {"article_id": "gone", "coder": "Z", "round": "0", "probability": float("nan")}
    frame.loc[len(frame)] = {**frame.iloc[0].to_dict(), **gone}
    frame.to_csv(folder / "gold.csv", index=False, sep=";", encoding="utf-8")
    coding = code.Pass(folder)
    assert coding.lost == 1 and len(coding.keys) == 4
    coding.act("code", coding.shown(), "positive")
    after = load.study(folder).gold
    pd.testing.assert_frame_equal(after.iloc[:6], frame.astype(after.dtypes))
    assert after["coded"].tolist()[6:] == ["positive"]
    assert (folder / "gold.csv").read_bytes().startswith(b"article_id;sentence_sha256;")
    assert os.listdir(folder).count("gold.csv") == 1 and not [name for name in os.listdir(folder) if name.endswith(".new")]


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_a_gold_that_is_written_again_is_the_same_bytes(folder, mark, end):
    code.Pass(folder, size=5)
    path = folder / "gold.csv"
    given = path.read_bytes().removeprefix(b"\xef\xbb\xbf").replace(b"\n", end)
    path.write_bytes(mark + given)
    held = study.study(folder).gold
    sample.write(path, held)
    assert path.read_bytes() == mark + given
    pd.testing.assert_frame_equal(study.study(folder).gold, held)


def test_the_gold_of_the_peace_talks_stays_as_it_is_when_rows_come(tmp_path):
    path = tmp_path / "gold.csv"
    shutil.copy(DATA / "peace-talks" / "gold.csv", path)
    held = path.read_bytes()
    row = sample.read(path).iloc[0]
    sample.put(path, tuple(row[sample.KEY]), "A", "1", row["probability"], coded="neutral")
    assert path.read_bytes().startswith(held) and path.read_bytes().count(b"\n") == held.count(b"\n") + 1


def test_two_coders_at_once_lose_nothing(folder):
    both = [code.Pass(folder, coder, size=20) for coder in ("A", "B")]

    def all_of(coding):
        for _ in coding.keys:
            coding.act("code", coding.shown(), "neutral")

    threads = [threading.Thread(target=all_of, args=(coding,)) for coding in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if sys.platform != "win32":
        assert len(codes(folder, "A")) == len(codes(folder, "B")) == len(both[0].keys)


def test_the_end_tells_agreement_and_what_is_next_and_differences_are_settled(folder):
    for coder, value in (("A", "neutral"), ("B", "neutral")):
        coding = code.Pass(folder, coder, size=6)
        for i, key in enumerate(sorted(coding.keys)):
            view = coding.act("code", coding.keys.index(key), "negative" if coder == "B" and i < 2 else value)
    assert view["item"] is None
    table = view["end"]["agreement"]
    assert [(row["kind"], row["mentions"], row["same"]) for row in table] == [("inter-coder", 6, "0.67")]
    command = f'broadsheet code "{folder}" --coder B --round settled'
    assert view["end"]["next"][-1] == f"Passes differ on 2 mentions. Settle which code holds: {command}"
    settling = code.Pass(folder, "A", "settled")
    assert len(settling.keys) == 2
    for _ in range(2):
        view = settling.act("code", settling.shown(), "positive")
    assert view["item"] is None and "settled" not in str(view["end"]["next"])
    assert code.Pass(folder, "A", "settled").counts()["positive"] == 2
    with pytest.raises(BroadsheetError, match="nothing to settle"):  # A did
        code.Pass(folder, "B", "settled")
    corpus = store.annotated(load.study(folder))
    final = coded.settled(coded.gold(load.study(folder).gold, corpus.sentences, corpus.scores))
    assert final["coded"].value_counts().to_dict() == {"neutral": 4, "positive": 2}


def test_nothing_to_settle_is_an_error(folder):
    code.Pass(folder, size=3)
    with pytest.raises(BroadsheetError, match="nothing to settle"):
        code.Pass(folder, "A", "settled")


@pytest.mark.parametrize("name", ["a,b", "a\nb", "", "  ", "=A", "'A", "x" * 99, 'a"b', "a;b"])
def test_a_coder_whose_name_a_table_would_not_keep_is_an_error(folder, name):
    with pytest.raises(BroadsheetError, match="cannot be the name of a coder"):
        code.Pass(folder, name)
    assert not (folder / "gold.csv").exists()


def test_a_gold_that_cannot_be_written_is_an_error_and_the_code_is_not_taken(folder, monkeypatch):
    coding = code.Pass(folder, size=3)
    held, first = (folder / "gold.csv").read_bytes(), coding.shown()
    monkeypatch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(PermissionError(13, "in use")))
    with pytest.raises(BroadsheetError, match=r"gold\.csv cannot be written \(in use\): close it in other programs"):
        coding.act("code", first, "neutral")
    assert coding.shown() == first and coding.counts()["neutral"] == 0
    assert (folder / "gold.csv").read_bytes() == held and not [name for name in os.listdir(folder) if name.endswith(".new")]
    monkeypatch.undo()
    assert coding.act("code", first, "neutral")["counts"]["neutral"] == 1


def test_a_gold_that_fits_no_article_is_an_error(folder):
    code.Pass(folder, size=3)
    text = (folder / "gold.csv").read_text(encoding="utf-8-sig")
    (folder / "gold.csv").write_text(re.sub("^[abc]", "gone", text, flags=re.M).replace("gonerticle_id", "article_id"), "utf-8")
    with pytest.raises(BroadsheetError, match="none of the 3 mentions"):
        code.Pass(folder)


def test_a_study_without_mentions_is_an_error(folder, capsys):
    (folder / "actors.csv").write_text("label,pattern\nnobody,Wexcombe\n")
    assert cli.main(["code", str(folder), "--no-browser"]) == 2
    told = capsys.readouterr().err
    assert "there is no mention to draw from" in told and told.count("\n") == 1


# --- the server


@pytest.fixture
def server(folder):
    made = code.Server(code.Pass(folder, size=6))
    made.start()
    yield made
    made.stop()


def ask(server, method="GET", path=None, body=None, **headers):
    """The status and text that the server answers with; ``path`` None is the page itself."""
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=20)
    path = urlsplit(server.url).path + ("act" if method == "POST" else "") if path is None else path
    connection.putrequest(method, path, skip_host=True)
    data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    given = {"Host": f"127.0.0.1:{server.server_port}", "Content-Type": "application/json", "Content-Length": str(len(data))}
    for name, value in {**given, **{name.replace("_", "-"): value for name, value in headers.items()}}.items():
        connection.putheader(name, value)
    connection.endheaders(data)
    answer = connection.getresponse()
    return answer.status, answer.read().decode(), answer.headers


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example:80", "localhost.evil.example", ""])
def test_another_sites_name_is_refused(server, host):
    assert ask(server, Host=host)[0] == 403
    assert ask(server, "POST", body={"do": "show"}, Host=host)[0] == 403


def test_without_the_token_there_is_nothing(server):
    for path in ("/", "/wrong/", f"/{server.token[:-1]}/", f"/{server.token}x/", f"/{server.token}/gold.csv", "/%C3%A9/"):
        assert ask(server, path=path)[0] == 404, path
    assert ask(server, "POST", "/act", {"do": "show"})[0] == 404
    assert ask(server, "POST", "/wrong/act", {"do": "code", "item": 0, "value": "neutral"})[0] == 404
    assert codes(server.coding.study.folder) == []


def test_other_pages_cannot_post(server):
    good = {"do": "code", "item": 0, "value": "neutral"}
    assert ask(server, "POST", body=good, Origin="http://evil.example")[0] == 403
    assert ask(server, "POST", body=good, Origin="null")[0] == 403
    assert ask(server, "POST", body=good, Content_Type="text/plain")[0] == 415
    assert codes(server.coding.study.folder) == []
    assert ask(server, "POST", body=good, Origin=f"http://127.0.0.1:{server.server_port}")[0] == 200
    assert ask(server, "POST", body=good, Host=f"localhost:{server.server_port}")[0] == 200


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b"1", b"null", b"\xff\xfe", {}, {"do": "code"}, {"do": "code", "item": 99, "value": "neutral"},
        {"do": "code", "item": "0", "value": "neutral"}, {"do": "code", "item": True, "value": "neutral"},
        {"do": "code", "item": 0, "value": "skip"}, {"do": "code", "item": 0, "value": ["neutral"]},
        {"do": "note", "item": 0, "value": {"a": 1}}, {"do": "drop"}, {"do": ["code"]},
    ],
)  # fmt: skip
def test_what_no_page_would_send_changes_nothing(server, body):
    status, text, _ = ask(server, "POST", body=body)
    assert status in (400, 500) and json.loads(text)["error"] and codes(server.coding.study.folder) == []
    assert ask(server)[0] == 200


def test_the_page_loads_nothing_and_may_be_framed_by_nobody(server):
    status, text, headers = ask(server)
    policy = headers["Content-Security-Policy"]
    nonce = re.search("script-src 'nonce-([^']+)'", policy)[1]
    assert status == 200 and "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy
    assert text.count(f'nonce="{nonce}"') == 2 and "NONCE" not in text
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|https?:| style=| on\w+=", text)
    assert ask(server)[2]["Content-Security-Policy"] != policy
    assert server.server_address[0] == "127.0.0.1"


def test_too_much_is_refused(server):
    assert ask(server, "POST", body={"do": "note", "item": 0, "value": "x" * 70000})[0] == 413


def test_a_port_that_is_taken_is_an_error(server, folder):
    with pytest.raises(BroadsheetError, match="cannot be used"):
        code.Server(server.coding, server.server_port)
    with pytest.raises(BroadsheetError, match="cannot be used"):
        code.Server(server.coding, 99999)


def test_a_cell_of_jupyterlab_shows_the_page_and_stops_it(folder):
    frame = code.here(str(folder), coder="A", size=5)
    url = urlsplit(frame.src)

    def policy():
        connection = http.client.HTTPConnection("127.0.0.1", url.port, timeout=20)
        connection.request("GET", url.path)
        return connection.getresponse().headers["Content-Security-Policy"]

    assert "frame-ancestors 'self' http://127.0.0.1:* http://localhost:*" in policy()
    again = code.here(folder, coder="A")  # the cell is run again: the old server is gone
    assert again.src != frame.src
    again.stop()
    time.sleep(0.5)
    for each in (frame, again):
        with pytest.raises(OSError):
            http.client.HTTPConnection("127.0.0.1", urlsplit(each.src).port, timeout=5).request("GET", "/")
    frame.stop()


# --- the command


@pytest.fixture
def start(folder):
    """Starts `broadsheet code` as a user does, and returns (process, address)."""
    begun = []

    def run(*arguments):
        command = [sys.executable, "-m", "broadsheet.cli", "code", str(folder), "--no-browser", *arguments]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8")
        begun.append(process)
        told = ""
        for line in process.stdout:
            told += line
            if "finish button" in line:
                break
        return process, re.search(r"http://127\.0\.0\.1:\d+/\S+", told)[0], told

    yield run
    for process in begun:
        process.kill()
        process.communicate()


def post(url, **body):
    parts = urlsplit(url)
    connection = http.client.HTTPConnection("127.0.0.1", parts.port, timeout=20)
    connection.request("POST", f"{parts.path}act", json.dumps(body), {"Content-Type": "application/json"})
    return json.loads(connection.getresponse().read())


def test_a_killed_process_goes_on_where_it_was(folder, start):
    process, url, told = start("--size", "6")
    assert "Drew 6 mentions" in told
    view = post(url, do="show")
    for value in ("negative", "positive"):
        view = post(url, do="code", item=view["item"]["id"], value=value)
    view = post(url, do="skip", item=view["item"]["id"])
    process.kill()
    process.wait()
    assert [each for each, _ in codes(folder)] == ["negative", "positive", "skip"]
    process, url, told = start("--size", "50")
    assert "--size is ignored" in told
    again = post(url, do="show")
    assert again["item"] == view["item"] and again["counts"] == view["counts"] and again["item"]["place"] == 4
    assert post(url, do="back")["item"]["coded"] == "skip"
    assert post(url, do="back")["item"]["coded"] == "positive"
    assert post(url, do="finish")["finished"]
    out, err = process.communicate(timeout=30)
    assert process.returncode == 0 and err == ""
    assert out.startswith("2 of 6 mentions coded by A, round 1 (1 negative, 0 neutral, 1 positive, 1 skipped): ")
    assert out.count("\n") == 1


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no Ctrl-C to one process alone")
def test_ctrl_c_ends_with_one_line(start):
    process, _, _ = start("--coder", "B", "--size", "4")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 0 and err == "" and out.strip().startswith("0 of 4 mentions coded by B, round 1")


# --- the page in a browser


@pytest.fixture
def page(browser):
    context = browser.new_context(viewport={"width": 1100, "height": 850})
    page = context.new_page()
    page.console, page.requests = [], []
    page.on("request", lambda request: page.requests.append(request.url))
    page.on("console", lambda message: page.console.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: page.console.append(str(error)))
    yield page
    context.close()


def press(page, key, place):
    """Presses a key, and waits until the page tells the place that follows."""
    page.keyboard.press(key)
    told(page, "#place", place)


def told(page, where, start):
    """Waits until a part of the page begins with a text; the page's policy lets no test evaluate strings for that."""
    page.locator(where).filter(has_text=re.compile(f"^{re.escape(start)}")).wait_for()


def test_coding_with_the_keys(page, server):
    folder = server.coding.study.folder
    page.goto(server.url)
    page.wait_for_selector("#coding:not([hidden])")
    first = page.inner_text("#mention")
    seen = page.content()
    assert page.inner_text("#question") == f"Which way does this sentence speak of {server.coding.keys[0][4]}?"
    assert page.inner_text("#place").startswith("1 of 6") and first
    press(page, "1", "2 of 6")
    assert [each for each, _ in codes(folder)] == ["negative"]
    press(page, "2", "3 of 6")
    assert [each for each, _ in codes(folder)] == ["negative", "neutral"]
    press(page, "b", "2 of 6")
    assert page.get_attribute("[data-code=neutral]", "aria-pressed") == "true"
    press(page, "b", "1 of 6")
    assert page.inner_text("#mention") == first and page.get_attribute("[data-code=negative]", "aria-pressed") == "true"
    press(page, "3", "3 of 6")  # changed, not doubled
    assert [each for each, _ in codes(folder)] == ["positive", "neutral"]
    page.keyboard.press("n")
    page.wait_for_selector("#note:focus")
    page.keyboard.type("123bsnf <script>window.harmed = 1</script> left")
    page.keyboard.press("Escape")
    assert page.is_hidden("#note") and codes(folder) == [("positive", ""), ("neutral", "")]
    page.keyboard.press("n")
    page.keyboard.type("=1+1 <script>window.harmed = 1</script> <img src=x onerror=window.harmed=1> 123bsn")
    page.keyboard.press("Enter")
    told(page, "#said", "Note saved.")
    note = "'=1+1 <script>window.harmed = 1</script> <img src=x onerror=window.harmed=1> 123bsn"
    assert codes(folder)[2:] == [("", note)]
    assert page.inner_text("#noted") == f"Note: {note[1:]}"
    press(page, "s", "4 of 6, 1 skipped")
    assert codes(folder)[2:] == [("skip", note)]
    press(page, "1", "5 of 6")
    page.click("[data-code=neutral]")  # the buttons do what the keys do
    told(page, "#said", "Saved: neutral.")
    told(page, "#place", "6 of 6")
    seen += page.content()
    page.reload()  # a closed and opened window
    told(page, "#place", "6 of 6")
    press(page, "3", "6 of 6, 1 skipped")  # what was skipped comes again
    page.wait_for_selector("#noted:not([hidden])")
    assert page.inner_text("#noted") == f"Note: {note[1:]}"
    page.keyboard.press("2")
    page.wait_for_selector("#end:not([hidden])")
    assert page.inner_text("#ending") == "All mentions are coded."
    assert page.eval_on_selector_all("#counts td", "all => all.map(c => c.textContent)") == ["1", "3", "2", "0", "6"]
    assert sorted(each for each, _ in codes(folder)) == ["negative", "neutral", "neutral", "neutral", "positive", "positive"]
    assert "--coder B" in page.inner_text("#next") and page.is_visible("#alone")
    seen += page.content()
    check_that_no_score_is_told(server, seen)
    page.click("#finish")
    told(page, "#ending", "Finished")
    assert page.evaluate("window.harmed") is None and page.console == []
    assert {urlsplit(url).netloc for url in page.requests if not url.startswith("data:")} == {f"127.0.0.1:{server.server_port}"}


def check_that_no_score_is_told(server, seen):
    """No scorer, source or number of a score stands in what the page held, nor in what the server sent."""
    sent = json.dumps(server.coding.view())
    assert not re.search("vader|textblob|scorer|sentiment|probability|stratum", seen + sent, re.I)
    for value in server.coding.mentions[["sentiment", "neutral"]].to_numpy().ravel():
        assert value in (0, 1) or (str(value) not in seen + sent and f"{abs(value):.2f}" not in sent)


def test_a_second_coder_sees_the_agreement_at_the_end(page, folder):
    first = code.Pass(folder, "A", size=4)
    for _ in range(4):
        first.act("code", first.shown(), "neutral")
    server = code.Server(code.Pass(folder, "B"))
    server.start()
    page.goto(server.url)
    page.wait_for_selector("#coding:not([hidden])")
    assert page.locator("[aria-pressed=true]").count() == 0  # not what A said
    for place in ("2 of 4", "3 of 4", "4 of 4"):
        press(page, "2", place)
    page.keyboard.press("1")
    page.wait_for_selector("#agreement td")
    told = page.eval_on_selector_all("#agreement td", "all => all.map(c => c.textContent)")
    assert told[:5] == ["A 1", "B 1", "inter-coder", "4", "0.75"]
    server.stop()
    page.keyboard.press("b")
    page.wait_for_selector("#alert:not([hidden])")
    assert "does not answer" in page.inner_text("#alert")


def test_the_page_can_be_used_without_a_mouse_on_a_phone_and_with_the_keys_off(page, server):
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(server.url)
    page.wait_for_selector("#coding:not([hidden])")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.eval_on_selector_all("input:not([hidden])", "all => all.every(i => i.labels.length === 1)")
    page.uncheck("#keys")
    page.keyboard.press("1")
    page.focus("[data-code=positive]")
    page.keyboard.press("Enter")
    told(page, "#said", "Saved: positive.")
    assert [each for each, _ in codes(server.coding.study.folder)] == ["positive"]
    page.check("#keys")
    page.keyboard.press("Control+1")
    press(page, "3", "3 of 6")
    assert page.console == []


def test_a_notebook_on_this_computer_can_frame_it_and_no_page_elsewhere(page, folder, tmp_path):
    frame = code.here(folder, coder="C", size=4)
    (tmp_path / "lab.html").write_text(f'<iframe src="{frame.src}"></iframe>')
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=tmp_path)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as lab:
        threading.Thread(target=lab.serve_forever, daemon=True).start()
        page.goto(f"http://localhost:{lab.server_port}/lab.html")
        inside = page.frame_locator("iframe")
        inside.locator("[data-code=neutral]").click()
        inside.locator("#place").filter(has_text="2 of 4").wait_for()
        assert codes(folder, "C") == [("neutral", "")]
        page.goto(f"http://elsewhere.example:{lab.server_port}/lab.html")
        page.wait_for_timeout(700)
        assert inside.locator("#question").count() == 0
        lab.shutdown()
    # a name of another site that leads to this computer (DNS rebinding), even with the token
    assert page.goto(frame.src.replace("127.0.0.1", "elsewhere.example")).status == 403
    frame.stop()
