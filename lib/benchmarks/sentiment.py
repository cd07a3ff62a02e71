"""How often the scorers are right on news sentences, how well they know it, and how fast they are.

python lib/benchmarks/sentiment.py --dev          the lexicons' best cut-offs (macro-F1) on rw and mt dev; reads no test set
python lib/benchmarks/sentiment.py                the tables, also into README and the model card
python lib/benchmarks/sentiment.py --work DIR     with the teachers, and the student before its export, from training's DIR;
                                                  needs what lib/training/requirements.txt names

Data: NewsMTSC (Hamborg & Donnay 2021), sentiment toward a person; the mentions of news_gold.csv and of data/peace-talks.
"""

import argparse
import os
import sys
import time
from functools import cache
from pathlib import Path

import news_gold
import numpy as np
import pandas as pd
import readme
import textblob
import vaderSentiment

from broadsheet import calibration, find, judge, lexicon, load, newsmtsc, score, split, store, target

HERE = Path(__file__).resolve().parent
SHARED = Path(os.environ.get("BROADSHEET_VALIDATION") or HERE.parents[2] / "shared" / "validation")
DATA = SHARED / "newsmtsc"
ARTICLES = 1000  # of the validation news: their mentions of the actors of data/peace-talks are what speed is measured on
WHOLE = {"textblob": lexicon.textblob, "vader": lexicon.vader}
SETS = ("rw", "mt", "news", "peace-talks")


def whole(name):
    """The scorer of a lexicon on the whole sentence."""
    return score.Scorer(lambda texts, spans: [WHOLE[name](text) for text in texts], *cut_offs(name, "sentence"), name)


@cache
def dev():
    rows = pd.concat([newsmtsc.targets(DATA / name / "dev.jsonl") for name in ("rw", "mt")], ignore_index=True)
    return rows, rows["coded"].map(score.CLASSES.index).to_numpy()


def classes(sentiment, low, high):
    return np.where(sentiment < low, 0, np.where(sentiment > high, 2, 1))


@cache
def cut_offs(name, unit):
    """The (low, high) with the best macro-F1 on dev, in steps of 0.05; of equals, the pair nearest to 0."""
    rows, coded = dev()
    if unit == "clause":
        sentiment = score.toward(rows["sentence"], spans(rows), name)["sentiment"].to_numpy()
    else:
        sentiment = np.array([WHOLE[name](text) for text in rows["sentence"]])
    steps = np.round(np.arange(-0.8, 0.81, 0.05), 2) + 0.0
    pairs = sorted(((low, high) for low in steps for high in steps if low <= high), key=lambda p: abs(p[0]) + abs(p[1]))
    best = max(pairs, key=lambda pair: round(judge.macro_f1(coded, classes(sentiment, *pair)), 9))
    value = judge.macro_f1(coded, classes(sentiment, *best))
    print(f"{name}, {unit}: negative below {best[0]:.2f}, positive above {best[1]:.2f}; macro-F1 on dev {100 * value:.1f}")
    return best


def spans(rows):
    return list(zip(rows["start"], rows["end"], strict=True))


def tests():
    """The four test sets, one row per target: split, sentence_no, sentence, start, end, coded, and article_id if known."""
    study = load.study("peace-talks")
    corpus = store.annotated(study)
    gold = find.gold(study.gold, corpus.sentences, corpus.actors)
    held = judge.pairs(gold, score.sentiment(corpus.actors, corpus.sentences, "vader"))
    seeds = find.contexts(held, corpus.sentences).assign(split="peace-talks")
    seeds = seeds.drop(columns=["start", "end"]).rename(columns={"mark_start": "start", "mark_end": "end"})
    seeds = seeds[["split", "article_id", "sentence_no", "sentence", "start", "end", "coded"]]
    news = news_gold.rows().assign(split="news")
    made = pd.concat([newsmtsc.benchmark_targets(DATA), news, seeds], ignore_index=True)
    return made.assign(article_id=made["article_id"].fillna(""))


def mentions():
    """(texts, spans) of what speed is measured on."""
    articles = pd.DataFrame(list(news_gold.pairs.documents())[-ARTICLES:], columns=["article_id", "text"])
    sentences = split.sentences(articles.assign(title=""))
    found = find.mentions(sentences, load.study("peace-talks").actors)
    found = find.contexts(found[found["scope"] != "aside"], sentences)
    return found["sentence"].tolist(), list(zip(found["mark_start"], found["mark_end"], strict=True))


def trained(work):
    """The teachers (the mean of their probabilities, as the student learnt from it) and the student, in PyTorch."""
    sys.path.insert(0, str(HERE.parent / "training"))
    import model as network
    import torch
    import train

    def scorer(name, models):
        tokenizer = network.tokenizer(work / name)

        def function(texts, spans):
            frame = pd.DataFrame({"text": texts, "start": [a for a, _ in spans], "end": [b for _, b in spans]})
            items = network.encode(tokenizer, frame)
            made = [torch.softmax(torch.tensor(network.logits(model, items)), -1).numpy() for model in models]
            return pd.DataFrame(np.mean(made, axis=0), columns=score.CLASSES)

        return score.Scorer(function, None, None, name)

    seeds, weights = train.SETTINGS["teacher"]["seeds"], "teacher-weights"
    teachers = [train.loaded(work / f"teacher-{seed}", work / weights) for seed in seeds]
    return {
        f"teacher: {len(seeds)} × MPNet-base": scorer(weights, teachers),
        "target in PyTorch, 32 bits": scorer("student-begun", [train.learnt(work / train.orders()[1])]),
    }


def megabytes(name, work):
    """The size of what a scorer has learnt."""
    if name.startswith("teacher"):
        return sum(path.stat().st_size for path in work.glob("teacher-[0-9]*/model.safetensors")) / 1e6
    if name.startswith("target in"):
        return (work / "student-begun" / "model.safetensors").stat().st_size / 1e6
    files = {
        "target": target.MODEL.iterdir(),
        "textblob": [Path(textblob.__file__).parent / "en" / "en-sentiment.xml"],
        "vader": [Path(vaderSentiment.__file__).with_name(each) for each in ("vader_lexicon.txt", "emoji_utf8_lexicon.txt")],
    }
    return sum(path.stat().st_size for path in files.get(name.split(",")[0], [])) / 1e6


def judged(work):
    """(table of rightness, table of calibration, speed and size), as Markdown."""
    rivals = {f"{name}, whole sentence": whole(name) for name in WHOLE} | (trained(work) if work else {})
    score.SCORERS.update(rivals)
    for name in WHOLE:
        rule = score.SCORERS[name]
        if (rule.low, rule.high) != cut_offs(name, "clause"):
            print(f"{name}: the registry's cut-offs {rule.low}, {rule.high} are used below")
    rows = tests()
    order = ["textblob, whole sentence", "textblob", "vader, whole sentence", "vader", "target"]
    order += [name for name in rivals if name not in order]
    made = pd.concat([judge.benchmark(rows, name).assign(article_id=rows["article_id"]) for name in order], ignore_index=True)
    everything = pd.concat([judge.baseline(made), made], ignore_index=True)
    # the two sets of NewsMTSC and the news sample resample sentences, the study its articles
    everything.loc[everything["split"] != "peace-talks", "article_id"] = ""
    found = judge.f1(everything, ["scorer", "split"]).set_index(["scorer", "split"])
    counts = rows["split"].value_counts()
    heads = [f"{name} ({counts[name]:,})" for name in SETS]
    right = [f"| scorer | {' | '.join(heads)} |", f"| --- |{' --- |' * len(heads)}"]
    for name in dict.fromkeys(everything["scorer"]):
        cells = [_cell(found.loc[name, each]) for each in SETS]
        right.append(f"| {name} | {' | '.join(cells)} |")
    pooled = made[made["split"].isin(["rw", "mt"])]
    off = calibration.expected_error(pooled).set_index("scorer")
    texts, places = mentions()
    speed = [
        f"| scorer | calibration error, rw and mt | of a perfect one | mentions/s, of {len(texts):,} | MB |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name in order:
        few = slice(None, 1000 if name in rivals and "whole" not in name else None)  # PyTorch takes its time
        score.toward(texts[:8], places[:8], name)  # what is loaded once is loaded now
        began = time.perf_counter()
        score.toward(texts[few], places[few], name)
        each = len(texts[few]) / (time.perf_counter() - began)
        mine = off.loc[name]
        gap = [f"{mine['ece']:.3f}", f"{mine['calibrated']:.3f}"] if mine["probabilities"] else ["no probabilities", ""]
        speed.append(f"| {name} | {gap[0]} | {gap[1]} | {each:,.0f} | {megabytes(name, work):,.1f} |")
    return "\n".join(right), "\n".join(speed)


def _cell(row):
    return f"{100 * row['value']:.1f} ({100 * row['low']:.1f}–{100 * row['high']:.1f}) / {100 * row['accuracy']:.1f}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dev", action="store_true")
    parser.add_argument("--work", type=Path)
    options = parser.parse_args()
    if not DATA.is_dir():
        sys.exit(f"NewsMTSC is not at {DATA}: set BROADSHEET_VALIDATION to the folder that holds newsmtsc/")
    if options.dev:
        for name in WHOLE:
            for unit in ("sentence", "clause"):
                cut_offs(name, unit)
        return
    for section, text in zip(("sentiment", "speed"), judged(options.work), strict=True):
        print(text, end="\n\n")
        for path in (HERE / "README.md", target.MODEL / "README.md"):
            readme.write(section, text, path)


if __name__ == "__main__":
    main()
