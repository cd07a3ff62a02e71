"""How fast a corpus becomes tables: against a plain notebook loop, stage by stage, and over workers and sizes.

python lib/benchmarks/scale.py loop       against the plain way, on 1,000 articles and 200 patterns
python lib/benchmarks/scale.py stages     each stage beside its limit, in MB of text a second on one core
python lib/benchmarks/scale.py growth     the 11,887 articles of allsides, and --times as many (default 1, 10); 1 and 2 workers
python lib/benchmarks/scale.py faults     one process, two workers, two workers of which one is killed three times
python lib/benchmarks/scale.py model      the scorer target beside its onnxruntime session alone
python lib/benchmarks/scale.py cost       what ten million articles would cost: core-seconds, bytes, tasks of the scheduler

Each measurement is a process of its own, with the CPU seconds and the peak memory of all that it starts. The tables go into
README.md.
"""

import argparse
import gzip
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import numpy as np
import psutil
import readme

SHARED = Path(os.environ.get("BROADSHEET_VALIDATION") or Path(__file__).resolve().parents[3] / "shared" / "validation")
FILES = ["foreign_affairs.jsonl.gz", "random6k_other.jsonl.gz"]


def articles(number=None):
    """The articles of allsides, as dicts."""
    found = []
    for name in FILES:
        with gzip.open(SHARED / "allsides" / name, "rt", encoding="utf-8") as file:
            found += map(json.loads, file)
    return found[:number]


def parquet(folder, rows, times=1, size=2000):
    """A corpus of Parquet files; each further copy of an article is varied so that it is none."""
    folder.mkdir(parents=True)
    with ProcessPoolExecutor() as pool:
        parts = [(copy, at) for copy in range(times) for at in range(0, len(rows), size)]
        for begin in range(0, len(parts), 64):  # no more texts wait than those of 64 files
            each = parts[begin : begin + 64]
            paths = [folder / f"{copy:03d}-{at:06d}.parquet" for copy, at in each]
            list(pool.map(_write, paths, [rows[at : at + size] for _, at in each], [copy for copy, _ in each]))


def _write(path, rows, copy):
    import pandas as pd

    part = pd.DataFrame(rows)[["source", "url", "date", "title", "text"]].astype(str)
    if copy:
        part["url"] += f"?copy={copy}"
        part["text"] = [varied(text, copy) for text in part["text"]]
        part["title"] = [f"{title} {copy}" for title in part["title"]]
    part.to_parquet(path, index=False)


def varied(text, copy):
    """The text with its small words in another order: as long and as full of matches, and of other runs of words."""
    words = text.split(" ")
    places = [at for at, word in enumerate(words) if word.isalpha() and word.islower()]
    taken = [words[at] for at in places]
    random.Random(copy).shuffle(taken)
    for at, word in zip(places, taken, strict=True):
        words[at] = word
    return " ".join(words)


def study(folder, patterns=200):
    """A study folder over a corpus beside it; its patterns are the capitalised words and the long words of most articles."""
    (folder / "study.toml").write_text("corpus = 'articles'\n", encoding="utf-8")
    counts = {}
    for each in articles(1000):
        for word in set(re.findall(r"\b[A-Za-z]{5,}\b", each["text"])):
            counts[word] = counts.get(word, 0) + 1
    known = sorted(counts, key=lambda word: (-counts[word], word))
    names = [word for word in known if word[0].isupper() and word.lower() not in counts][: patterns // 2]
    words = [word for word in known if word.islower()][20 : 20 + patterns - len(names)]
    for name, labels in (("actors.csv", names), ("terms.csv", words)):
        (folder / name).write_text("label,pattern\n" + "".join(f"{each},{each}\n" for each in labels), encoding="utf-8")


def measured(arguments, during=None):
    """Runs this script: what it printed, as JSON; CPU seconds of all its processes; peak MB of it, and of the largest other."""
    process = subprocess.Popen([sys.executable, __file__, *map(str, arguments)], stdout=subprocess.PIPE, text=True)
    spent, peak, done = {}, {}, threading.Event()

    def watch():
        while not done.wait(0.1):
            try:
                tree = [psutil.Process(process.pid)]
                tree += tree[0].children(recursive=True)
            except psutil.NoSuchProcess:
                continue
            for each in tree:
                try:
                    times = each.cpu_times()
                    spent[each.pid] = times.user + times.system
                    peak[each.pid] = max(peak.get(each.pid, 0), each.memory_info().rss)
                except psutil.NoSuchProcess:
                    continue
            if during:
                with suppress(psutil.NoSuchProcess):  # one may have ended in between
                    during(tree)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    printed, _ = process.communicate()
    done.set()
    watcher.join()
    if process.returncode:
        sys.exit(f"{arguments} failed")
    own = peak.pop(process.pid) / 2**20
    return json.loads(printed.splitlines()[-1]), sum(spent.values()), own, max(peak.values(), default=0) / 2**20


def table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


# --- against the plain way --------------------------------------------------------------------------------------------------


def plain(folder, scored):
    """A notebook loop: untrained Punkt for sentences, one regular expression a pattern, TextBlob's polarity of the sentence."""
    import pandas as pd
    from nltk.tokenize.punkt import PunktSentenceTokenizer
    from textblob import TextBlob

    raw = pd.read_parquet(min((folder / "articles").iterdir()))
    labels = [label for name in ("actors.csv", "terms.csv") for label in pd.read_csv(folder / name)["label"]]
    patterns = {label: re.compile(rf"\b{label}(?:s|'s|’s)?\b") for label in labels}
    splitter = PunktSentenceTokenizer()
    began, spent, rows = time.process_time(), 0.0, []
    for number, text in enumerate(raw["text"]):
        for sentence in splitter.tokenize(text):
            found = [label for label, pattern in patterns.items() if pattern.search(sentence)]
            polarity = None
            if found and scored:
                before = time.process_time()
                polarity = TextBlob(sentence).sentiment.polarity
                spent += time.process_time() - before
            rows += [(number, label, polarity) for label in found]
    frame = pd.DataFrame(rows, columns=["article", "label", "polarity"])
    frame.groupby("label")["polarity"].mean()
    print(json.dumps({"seconds": time.process_time() - began, "scorer": spent, "rows": len(frame)}))


def ours(folder, scored):
    """The same by the library."""
    print(json.dumps(passed(folder, 0, scored)))


def later(folder, scored):
    """The same by a process that has done another thousand articles before, as in a corpus of any size."""
    passed(folder, 1, scored)
    print(json.dumps(passed(folder, 0, scored)))


def passed(folder, number, scored):
    """One file in its parts: sentences, matches, and scores of the mentions of actors and terms."""
    from broadsheet import annotate, clean, find, learn, load, score, split

    held = load.study(folder)
    raw = load.documents(held, [load.files(held.corpus)[number]])
    some = split.sentences(clean.articles(raw.head(5), learn.Rules())[0])
    for patterns in (held.actors, held.terms):  # what is asked once a process; the plain way compiles its patterns ahead, too
        find.mentions(some, patterns)
    now = time.process_time
    began, cleaned, spent, rows = now(), 0.0, 0.0, 0
    for part in annotate.in_parts(raw):
        before = now()
        kept, _, _ = clean.articles(part, learn.Rules())
        cleaned += now() - before
        sentences = split.sentences(kept)
        found = [find.mentions(sentences, patterns) for patterns in (held.actors, held.terms)]
        before = now()
        for each in found if scored else ():
            score.sentiment(each, sentences, scorer="textblob")
        spent += now() - before
        rows += sum(map(len, found))
    return {"seconds": now() - began, "scorer": spent, "cleaning": cleaned, "rows": rows}


def loop(folder, _):
    parquet(folder / "articles", articles(2000), size=1000)
    study(folder)
    names = {"plain": "the plain way", "ours": "the library", "later": "the library, after another thousand"}
    sides = [(name, scored) for scored in (0, 1) for name in names]
    best = {}
    for _ in range(3):  # in turn, since the speed of a machine changes
        for side in sides:  # a short run meets a slow moment or none: so the mean of several
            runs = [measured(["--run", side[0], folder, side[1]]) for _ in range(1 if side[0] == "plain" else 5)]
            found = {key: float(np.mean([run[0][key] for run in runs])) for key in runs[0][0]}
            if side not in best or found["seconds"] < best[side][0]["seconds"]:
                best[side] = (found, max(run[2] for run in runs))
    rows = [(*side, *best[side]) for side in sides]
    base = {scored: best["plain", scored][0]["seconds"] for scored in (0, 1)}
    shown = []
    for name, scored, found, peak in rows:
        what = names[name] + (", with TextBlob" if scored else ", no scorer")
        ratio = f"{base[scored] / found['seconds']:.1f}×"
        parts = [f"{found.get(part, 0):.1f}" for part in ("cleaning", "scorer")]
        without = f"{base[scored] / (found['seconds'] - found.get('cleaning', 0)):.1f}×"
        shown.append((what, f"{found['seconds']:.1f}", *parts, f"{found['rows']:,.0f}", ratio, without, f"{peak:,.0f}"))
    head = ["what", "CPU seconds", "of them cleaning", "of them the scorer's", "rows", "against the plain way"]
    return table([*head, "without cleaning, which the plain way has not", "peak MB"], shown)


# --- stage by stage ---------------------------------------------------------------------------------------------------------


def stages(folder, _):
    parquet(folder / "articles", articles(3600), size=600)  # some 4 million characters each, as annotate has them
    study(folder)
    found, spent, peak, _ = measured(["--run", "staged", folder, 0])
    shown = [(stage, f"{speed:.1f}", limit, f"{best:.1f}" if best else "") for stage, speed, limit, best in found["rows"]]
    text = table(["stage", "MB of text a second", "its limit", "MB a second"], shown)
    return f"{text}\n\nThe whole process: {spent:,.0f} CPU seconds, {peak:,.0f} MB at most."


def staged(folder, _):
    """Each stage at its best of five parts in turn, after another one has filled what a process asks once."""
    from broadsheet import clean, load, quote, split, store

    held = load.study(folder)
    first, *names = load.files(held.corpus)
    kept = clean.articles(load.documents(held, [first]))[0]
    store.actors(held, split.sentences(kept), quote.quotes(kept))
    parts = [staged_part(held, name) for name in names]
    least = {stage: min(part[stage] for part in parts) for stage in parts[0]}
    limits = {"reading": "`cat`", "splitting": "bare sentencex", "actors": "bare Aho–Corasick, actors and terms"}
    stages = {stage: seconds for stage, seconds in least.items() if stage not in limits.values()}
    whole = sum(stages.values())
    without = whole - stages["quotes"] - stages["voices"]
    rows = [(name, 1 / each, limits.get(name, ""), name in limits and 1 / least[limits[name]]) for name, each in stages.items()]
    print(json.dumps({"rows": [*rows, ("all without quotes", 1 / without, "", None), ("all", 1 / whole, "", None)]}))


def staged_part(held, name):
    """CPU seconds of each stage, and of what limits it, for a MB of text of one file."""
    import ahocorasick_rs
    from sentencex import segment

    from broadsheet import clean, find, load, quote, split

    spent = {}

    def timed(stage, function, *arguments):
        began = time.process_time()
        made = function(*arguments)
        spent[stage] = time.process_time() - began
        return made

    timed("`cat`", (Path(held.corpus) / name).read_bytes)
    raw = timed("reading", load.documents, held, [name])
    rules = timed("learning", clean.learn, raw)
    kept, _, _ = timed("cleaning", clean.articles, raw, rules)
    lines = [line for text in kept["text"] for line in text.split("\n")]
    timed("bare sentencex", lambda: [segment("en", line) for line in lines])
    sentences = timed("splitting", split.sentences, kept)
    words = timed("words", split.words, sentences)
    automaton = ahocorasick_rs.AhoCorasick([label.lower() for own in (held.actors, held.terms) for label in own["label"]])
    whole = "\n".join(sentences["sentence"]).lower()
    timed("bare Aho–Corasick, actors and terms", automaton.find_matches_as_indexes, whole, True)
    actors = timed("actors", find.mentions, sentences, held.actors)
    terms = timed("terms", find.mentions, sentences, held.terms)
    timed("polarity", find.polarity, terms, sentences)
    quotes = timed("quotes", quote.quotes, kept)
    timed("voices", lambda: (quote.voices(actors, quotes), quote.voices(terms, quotes), quote.quoted_words(words, quotes)))
    return {stage: 1e6 * seconds / raw["text"].str.len().sum() for stage, seconds in spent.items()}


# --- over workers and sizes -------------------------------------------------------------------------------------------------


def annotated(folder, workers, scorer=""):
    """Annotates the study of a folder, without the model unless it is named, and says how long it took."""
    from broadsheet import annotate, load

    began = time.perf_counter()
    out = folder / f"out-{workers}"
    made = annotate.annotate(load.study(folder), out, scorer=scorer, workers=workers, progress=False)
    print(json.dumps({"seconds": time.perf_counter() - began, "articles": made["rows"]["raw"]}))


def with_scores(folder, workers):
    """The same with the scores of `target`."""
    annotated(folder, workers, "target")


def growth(folder, times):
    """allsides, and so many times as many articles; and one worker beside two up to ten times."""
    rows, found = articles(), []
    for many in times:
        home = folder / f"times-{many}"
        parquet(home / "articles", rows, many)
        study(home, patterns=40)
        for workers in (1, 2) if many <= 10 else (2,):
            made, *spent = measured(["--run", "annotated", home, workers])
            shutil.rmtree(home / f"out-{workers}")
            found.append((workers, made["articles"], made["seconds"], *spent))
            print(found[-1], file=sys.stderr)
        shutil.rmtree(home)
    first = {workers: seconds / number for workers, number, seconds, *_ in reversed(found)}
    beside = {number: {} for _, number, *_ in found}
    for workers, number, seconds, *_ in found:
        beside[number][workers] = seconds
    ratios = [f"{number:,} articles: {each[1] / each[2]:.2f}×" for number, each in beside.items() if len(each) > 1]
    shown = [
        (f"{number:,}", workers, f"{seconds:,.1f}", f"{spent:,.1f}", f"{number / seconds:,.0f}",
         f"{1000 * spent / number:.1f}", f"{seconds / number / first[workers]:.2f}", f"{own:,.0f}", f"{peak:,.0f}")
        for workers, number, seconds, spent, own, peak in sorted(found, key=lambda row: (row[1], row[0]))
    ]  # fmt: skip
    head = [
        "articles",
        "workers",
        "seconds",
        "CPU seconds",
        "articles a second",
        "CPU ms an article",
        "time an article, to the first",
    ]
    text = table([*head, "peak MB of the process that leads", "of a worker"], shown)
    return f"{text}\n\nTwo workers against one: {', '.join(ratios)}."


def faults(folder, _):
    """The same tables from one process, from two workers, and from two workers of which one is killed three times."""
    rows = articles(8000)
    told = [
        _killed(folder / "plain", "annotated", rows, 500, 200),
        _killed(folder / "scores", "with_scores", rows[:2000], 250, 20),
    ]
    head = ["run", "seconds", "CPU seconds", "peak MB of the process that leads", "of a worker"]
    return table(head, [row for shown, _ in told for row in shown]) + "\n\n" + "\n".join(same for _, same in told)


def _killed(folder, job, rows, size, patterns):
    """The three runs of one job as rows, and what was found to be the same in all three."""
    parquet(folder / "articles", rows, size=size)
    study(folder, patterns)
    killed, draw = [], random.Random(0)

    def kill(tree):
        workers = [each for each in tree[1:] if "spawn_main" in " ".join(each.cmdline())]
        begun = any((folder / "out-2").glob("*/*"))  # else the cluster is not there yet
        if begun and len(workers) > 1 and len(killed) < 3 and time.monotonic() - (killed[-1] if killed else started) > 4:
            draw.choice(workers).send_signal(signal.SIGKILL)
            killed.append(time.monotonic())

    shown, names, what = [], [], f"{len(rows):,} articles" + (", scored" if job == "with_scores" else "")
    for workers, during in ((0, None), (2, None), (2, kill)):
        started = time.monotonic()
        made, spent, own, peak = measured(["--run", job, folder, workers], during)
        names.append(f"{workers} workers" + (", one killed three times" if during else "") if workers else "one process")
        shown.append(
            (f"{what}, {names[-1]}", f"{made['seconds']:.1f}", f"{spent:.1f}", f"{own:,.0f}", f"{peak:,.0f}" if workers else "")
        )
        (folder / f"out-{workers}").rename(folder / names[-1])
    assert len(killed) == 3, f"only {len(killed)} workers were killed: take more articles"
    return shown, f"{what}, the same rows after sorting by key, all three: {_same([folder / name for name in names])}."


def _same(folders):
    """The tables of several annotated folders with their rows, which are the same: scores to 1e-4, all else equal."""
    import pandas as pd

    from broadsheet.shelf import Shelf

    shelves = [Shelf(folder) for folder in folders]
    parts = [shelf.noted("manifest.json")["parts"] for shelf in shelves]
    compared = []
    for name in ("articles", "removed", "dropped", "sentences", "words", "quotes", "actors", "terms", "scores"):
        if not (folders[0] / name).is_dir():
            continue
        frames = [shelf.get(name, own) for shelf, own in zip(shelves, parts, strict=True)]
        keys = [column for column in ("article_id", "line_no", "start", "end", "label") if column in frames[0]]
        frames = [frame.sort_values(keys, ignore_index=True, kind="stable") for frame in frames]
        for frame in frames[1:]:
            pd.testing.assert_frame_equal(frame, frames[0], check_exact=name != "scores", rtol=0, atol=1e-4)
        compared.append(f"{name} ({len(frames[0]):,})")
    return ", ".join(compared)


# --- the model, and what ten million articles would cost -----------------------------------------------------------------


def model(folder, _):
    parquet(folder / "articles", articles(1000))
    study(folder)
    found, spent, peak, _ = measured(["--run", "modelled", folder, 0])
    shown = [(what, f"{seconds:.1f}", f"{seconds / found['rows'][0][1]:.2f}×") for what, seconds in found["rows"]]
    text = table(["what", "seconds", "to bare onnxruntime"], shown)
    told = f"{found['mentions']:,} mentions, {found['inputs']:,} different inputs."
    return f"{text}\n\n{told} The whole process: {spent:,.0f} CPU seconds, {peak:,.0f} MB at most."


def modelled(folder, _):
    """The scorer target against its onnxruntime session alone, on the same inputs and with as many threads."""
    from broadsheet import clean, find, learn, load, score, split, target

    held = load.study(folder)
    sentences = split.sentences(clean.articles(load.articles(held), learn.Rules())[0])
    mentions = find.mentions(sentences, held.actors)
    mentions = mentions[mentions["scope"] != "aside"].sample(6000, random_state=0)
    around = find.contexts(mentions, sentences)
    texts, spans = around["sentence"].tolist(), list(zip(around["mark_start"], around["mark_end"], strict=True))
    tokenizer, session, config = target._loaded(str(target.MODEL))
    inputs = [target.encoded(tokenizer, *one, config["first"], config["last"]) for one in zip(texts, spans, strict=True)]
    inputs = list(dict.fromkeys(tuple(map(tuple, one)) for one in inputs))
    ready = [{"ids": np.array([ids], dtype=np.int64), "target": np.array([place], dtype=np.float32)} for ids, place in inputs]

    def bare():
        with ThreadPoolExecutor(target._threads()) as pool:
            list(pool.map(lambda one: session.run(None, one), ready))

    best = {}
    for _ in range(3):
        for what, function in (("bare onnxruntime", bare), ("the scorer", lambda: score.sentiment(mentions, sentences))):
            began = time.perf_counter()
            function()
            best[what] = min(time.perf_counter() - began, best.get(what, float("inf")))
    print(json.dumps({"rows": list(best.items()), "mentions": len(mentions), "inputs": len(inputs)}))


_MANY = 10**7


def cost(folder, _):
    """Core-seconds and bytes an article of each stage, measured; how many tasks a scheduler hands out; and what follows."""
    parquet(folder / "articles", articles(4000), size=500)
    study(folder)
    stages, *_ = measured(["--run", "staged_cost", folder, 0])
    paced, *_ = measured(["--run", "handed", folder, 0])
    seconds = sum(stages["seconds"].values())
    rows = [
        (stage, f"{1000 * each:.2f}", f"{each * _MANY / 3600:,.1f}", "measured on 4,000 articles")
        for stage, each in stages["seconds"].items()
    ]
    text = table(["stage", "core-ms an article", "core-hours for 10⁷", ""], rows)
    held = [(name, f"{size:,.0f}", f"{size * _MANY / 1e9:,.1f}") for name, size in stages["bytes"].items()]
    text += "\n\n" + table(["on disk", "bytes an article", "GB for 10⁷"], held)
    shown = []
    for size in (1, 4, 16):
        articles_ = size * 1e6 / stages["characters"]
        tasks = 2 * _MANY / articles_
        shown.append(
            (f"{size} M", f"{tasks:,.0f}", f"{tasks / paced['tasks']:,.0f}", f"{articles_ * seconds / 2:,.1f}",
             f"{paced['tasks'] * articles_ * seconds / 2:,.0f}")
        )  # fmt: skip
    head = ["characters a part", "tasks for 10⁷ articles", "seconds of the scheduler", "seconds of a task"]
    text += "\n\n" + table([*head, "workers that one scheduler keeps busy"], shown)
    return f"{text}\n\nA scheduler and two workers here hand out and gather {paced['tasks']:,.0f} empty tasks a second."


def staged_cost(folder, _):
    from broadsheet import annotate, load

    spent, stage = {}, annotate._Job._stage

    def timed(job, name, *arguments):
        began = time.process_time()
        made = stage(job, name, *arguments)
        spent[name] = time.process_time() - began
        return made

    annotate._Job._stage = timed
    began = time.process_time()
    made = annotate.annotate(load.study(folder), folder / "out", scorer="", workers=0, progress=False)
    spent["the process that leads"] = time.process_time() - began - sum(spent.values())
    number = made["rows"]["raw"]
    sizes = {
        name.name: sum(path.stat().st_size for path in name.rglob("*") if path.is_file()) / number
        for name in sorted((folder / "out").iterdir())
        if name.is_dir()
    }
    characters = sum(len(each["text"]) for each in articles(number)) / number
    spent = {name: each / number for name, each in spent.items()}
    print(json.dumps({"seconds": spent, "bytes": sizes, "characters": characters}))


def handed(folder, _):
    """How many tasks that do nothing Dask does in a second, handed out and gathered as `annotate` does."""
    from broadsheet import cluster

    with cluster.runner(None, 2, False) as run:
        list(run([(abs, 1)] * 100))
        began = time.perf_counter()
        list(run([(abs, at) for at in range(10_000)]))
        print(json.dumps({"tasks": 10_000 / (time.perf_counter() - began)}))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", nargs="?", choices=["loop", "stages", "growth", "faults", "model", "cost"])
    parser.add_argument("--times", default="1,10", help="how many times the articles of allsides, for growth")
    parser.add_argument("--run", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.run:
        name, folder, argument = options.run
        runs = {
            "plain": plain,
            "ours": ours,
            "later": later,
            "staged": staged,
            "annotated": annotated,
            "with_scores": with_scores,
        }
        runs |= {"modelled": modelled, "staged_cost": staged_cost, "handed": handed}
        return runs[name](Path(folder), int(argument))
    if not SHARED.is_dir():
        sys.exit(f"there are no validation data in {SHARED}: set BROADSHEET_VALIDATION to the folder that has them")
    with tempfile.TemporaryDirectory() as folder:
        parts = {"loop": loop, "stages": stages, "growth": growth, "faults": faults, "model": model, "cost": cost}
        text = parts[options.part](Path(folder), list(map(int, options.times.split(","))))
    print(text)
    readme.write(f"scale-{options.part}", text)


if __name__ == "__main__":
    main()
