"""The network that reads a marked sentence, and the loop that trains it: batches of like length, checkpoints, no pickle."""

import json
import time
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from torch import nn
from torch.nn import functional as F
from transformers import AutoConfig, AutoModel

from broadsheet import target

CHECKPOINT = 200  # steps between two checkpoints


class Classifier(nn.Module):
    """First token, mean of all and mean of the target's tokens, joined → a tanh layer → three classes."""

    def __init__(self, encoder, width, joined, dropout):
        super().__init__()
        self.encoder, self.drop = encoder, nn.Dropout(dropout)
        self.joined, self.classes = nn.Linear(3 * width, joined), nn.Linear(joined, 3)

    def forward(self, ids, mask, span):
        states = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        seen = torch.cat([states[:, 0], mean(states, mask), mean(states, span)], dim=-1)
        return self.classes(self.drop(torch.tanh(self.joined(self.drop(seen)))))


def mean(states, weights):
    """(sentences, tokens, width) → (sentences, width)"""
    weights = weights.unsqueeze(-1).to(states.dtype)
    return (states * weights).sum(1) / weights.sum(1)


def build(folder, dropout, frozen_layers, seed):
    """(model, tokenizer) from an encoder's folder: config.json, model.safetensors, tokenizer.json."""
    torch.manual_seed(seed)
    encoder = AutoModel.from_pretrained(
        folder,
        add_pooling_layer=False,
        local_files_only=True,
        attn_implementation="eager",  # twice as fast as sdpa, backwards
        hidden_dropout_prob=dropout,
        attention_probs_dropout_prob=dropout,
    )
    model = Classifier(encoder, encoder.config.hidden_size, encoder.config.hidden_size, dropout)
    if frozen_layers >= 0:
        for part in [encoder.embeddings, *encoder.encoder.layer[:frozen_layers]]:
            part.requires_grad_(False)
    return model.float(), tokenizer(folder)


def empty(folder):
    """The same network without weights, to load a checkpoint into."""
    config = AutoConfig.from_pretrained(folder, local_files_only=True)
    encoder = AutoModel.from_config(config, add_pooling_layer=False)
    return Classifier(encoder, config.hidden_size, config.hidden_size, 0.0).float()


def averaged(models):
    """The first of the models, with the mean of all their weights."""
    parts = [model.state_dict() for model in models]
    models[0].load_state_dict({name: sum(part[name] for part in parts) / len(parts) for name in parts[0]})
    return models[0]


def tokenizer(folder):
    made = Tokenizer.from_file(str(Path(folder) / "tokenizer.json"))
    made.no_padding()
    made.no_truncation()
    return made


def specials(tokenizer):
    """The ids that open and close a text: [CLS] and [SEP], or <s> and </s>."""
    pairs = [("[CLS]", "[SEP]"), ("<s>", "</s>")]
    return next(tuple(map(tokenizer.token_to_id, pair)) for pair in pairs if tokenizer.token_to_id(pair[0]) is not None)


def encode(tokenizer, frame):
    first, last = specials(tokenizer)
    return [target.encoded(tokenizer, row.text, (row.start, row.end), first, last) for row in frame.itertuples()]


def padded(items):
    most = max(len(ids) for ids, _ in items)
    ids = torch.zeros(len(items), most, dtype=torch.long)
    mask, span = torch.zeros(len(items), most), torch.zeros(len(items), most)
    for row, (tokens, mine) in enumerate(items):
        ids[row, : len(tokens)] = torch.tensor(tokens)
        mask[row, : len(tokens)] = 1
        span[row, : len(tokens)] = torch.tensor(mine)
    return ids, mask, span


def batches(lengths, size, rng):
    """Places in batches of like length, in random order: shuffled, sorted within stretches of 64 batches, shuffled again."""
    order = rng.permutation(len(lengths))
    made = []
    for begin in range(0, len(order), size * 64):
        stretch = order[begin : begin + size * 64]
        stretch = stretch[np.argsort(lengths[stretch], kind="stable")]
        made += [stretch[at : at + size] for at in range(0, len(stretch), size)]
    return [made[i] for i in rng.permutation(len(made))]


def train(model, items, loss, folder, settings, optimiser, seed, check=None):
    """Trains, with a checkpoint every 200 steps in `folder`; goes on from the last one. Writes model.safetensors at the end.

    `loss` is a function of the model and the places of some items: how far it is from what it should say of them.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    lengths = np.array([len(ids) for ids, _ in items])
    plan = [
        batch
        for epoch in range(settings["epochs"])
        for batch in batches(lengths, settings["batch"], np.random.default_rng([seed, epoch]))
    ][: settings.get("steps")]
    heads = [*model.joined.parameters(), *model.classes.parameters()]
    body = [each for each in model.encoder.parameters() if each.requires_grad]
    groups = [{"params": body, "lr": settings["rate"]}, {"params": heads, "lr": settings["head_rate"]}]
    adam = torch.optim.AdamW(groups, weight_decay=optimiser["decay"], fused=True)
    warm = max(1, int(optimiser["warm_up"] * len(plan)))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        adam, lambda step: min((step + 1) / warm, max(0.0, (len(plan) - step) / max(1, len(plan) - warm)))
    )
    done = _resume(folder, model, adam, schedule)
    began, seen, lost = time.time(), 0, 0.0
    for step in range(done, len(plan)):
        torch.manual_seed(seed * 1_000_003 + step)  # the dropout of a step is the same after a restart
        model.train()
        told = loss(model, plan[step])
        told.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        adam.step()
        schedule.step()
        adam.zero_grad(set_to_none=True)
        seen, lost = seen + len(plan[step]), lost + float(told.detach())
        if (step + 1) % 50 == 0:
            print(
                f"step {step + 1} of {len(plan)}, loss {lost / 50:.3f}, {seen / (time.time() - began):.0f} pairs/s", flush=True
            )
            lost = 0.0
        if (step + 1) % CHECKPOINT == 0 or step + 1 == len(plan):
            if check and ((step + 1) % (5 * CHECKPOINT) == 0 or step + 1 == len(plan)):
                print(f"step {step + 1}: {check(model)}", flush=True)
            _save(folder, model, adam, step + 1)
    save(model, folder)


def learning(items, hard, soft=None, temperature=1.0):
    """A loss for `train`: how far the classes of items are from those coded, and from the teacher's probabilities.

    `hard` has the class of each item, −1 for none; `soft` the teacher's probabilities (NaN for none), or None. With both, half
    the loss is cross-entropy and half the divergence from the teacher at `temperature`; with one of them it is that alone.
    """
    hard, soft = torch.tensor(np.asarray(hard)), None if soft is None else torch.tensor(np.asarray(soft), dtype=torch.float32)
    if soft is not None:  # the teacher's probabilities at the temperature; NaN where it read nothing
        soft = F.softmax(soft.clamp_min(1e-4).log() / temperature, dim=-1)

    def loss(model, places):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = model(*padded([items[place] for place in places]))
        return _loss(logits.float(), hard[places], None if soft is None else soft[places], temperature)

    return loss


def save(model, folder):
    save_file({name: each.contiguous() for name, each in model.state_dict().items()}, folder / "model.safetensors")


def _loss(logits, hard, soft, temperature):
    coded = hard >= 0
    parts = logits.new_zeros(len(logits))
    if coded.any():
        cross = F.cross_entropy(logits[coded], hard[coded], reduction="none")
        parts[coded] = cross if soft is None else 0.5 * cross
    if soft is not None:
        there = ~soft[:, 0].isnan()
        parts[coded & ~there] *= 2  # without the teacher's word the class is all there is
        soft = soft.nan_to_num(1 / 3)
        distance = F.kl_div(F.log_softmax(logits / temperature, -1), soft, reduction="none").sum(-1) * temperature**2
        parts = parts + distance * torch.where(coded, 0.5, 1.0) * there
    return parts.mean()


def _save(folder, model, adam, step):
    state = {f"model.{name}": each for name, each in model.state_dict().items()}
    for place, values in adam.state_dict()["state"].items():
        state |= {f"adam.{place}.{name}": each for name, each in values.items()}
    save_file({name: each.contiguous() for name, each in state.items()}, folder / "part.tmp")
    (folder / "part.tmp").replace(folder / "checkpoint.safetensors")
    (folder / "step.tmp").write_text(json.dumps(step))
    (folder / "step.tmp").replace(folder / "step.json")


def _resume(folder, model, adam, schedule):
    if not (folder / "step.json").exists():
        return 0
    held, step = load_file(folder / "checkpoint.safetensors"), json.loads((folder / "step.json").read_text())
    model.load_state_dict({name[6:]: each for name, each in held.items() if name.startswith("model.")})
    whole, state = adam.state_dict(), {}
    for name, each in held.items():
        if name.startswith("adam."):
            _, place, part = name.split(".", 2)
            state.setdefault(int(place), {})[part] = each
    adam.load_state_dict({**whole, "state": state})
    for _ in range(step):
        schedule.step()
    print(f"goes on after step {step}")
    return step


@torch.inference_mode()
def logits(model, items, size=64):
    """The logits of every item, in their order; read in batches of like length."""
    model.eval()
    out = np.zeros((len(items), 3), dtype=np.float32)
    order = np.argsort([len(ids) for ids, _ in items], kind="stable")
    began = time.time()
    for number, begin in enumerate(range(0, len(order), size)):
        places = order[begin : begin + size]
        with torch.autocast("cpu", dtype=torch.bfloat16):
            out[places] = model(*padded([items[place] for place in places])).float().numpy()
        if number % 100 == 99:
            print(f"{begin + size} of {len(order)} read, {(begin + size) / (time.time() - began):.0f} pairs/s", flush=True)
    return out
