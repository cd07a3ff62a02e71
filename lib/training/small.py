"""The student's network: the first layers of MPNet-base, each narrower, with the tokens that news is made of."""

import json
from collections import Counter
from pathlib import Path

import model as network
import torch
from tokenizers import Tokenizer
from torch import nn
from torch.nn import functional as F
from transformers.models.mpnet.modeling_mpnet import MPNetEncoder

from broadsheet import target

FAR = 32  # classes of distance between two tokens, in MPNet


class Layer(nn.Module):
    """What MPNet's layer does, with query, key and value in one product, and distances of its own."""

    def __init__(self, width, size, heads, inner):
        super().__init__()
        self.heads, self.size = heads, size
        self.asked, self.told = nn.Linear(width, 3 * heads * size), nn.Linear(heads * size, width)
        self.inner, self.outer = nn.Linear(width, inner), nn.Linear(inner, width)
        self.first, self.second = nn.LayerNorm(width, 1e-5), nn.LayerNorm(width, 1e-5)
        self.far = nn.Embedding(FAR, heads)

    def forward(self, states, far, hidden, wanted=None):
        """(sentences, tokens, width) → the same, or with `wanted` (sentences, some) the new states of these places alone."""
        sentences, tokens, _ = states.shape
        query, key, value = self.asked(states).view(sentences, tokens, 3, self.heads, self.size).permute(2, 0, 3, 1, 4)
        if wanted is not None:
            row, far = torch.arange(sentences)[:, None], far[wanted]
            states, query = states[row, wanted], query.transpose(1, 2)[row, wanted].transpose(1, 2)
        seen = query @ key.transpose(-1, -2) / self.size**0.5 + self.far(far).movedim(-1, -3) + hidden
        seen = (seen.softmax(-1) @ value).transpose(1, 2).flatten(2)
        states = self.first(self.told(seen) + states)
        return self.second(self.outer(F.gelu(self.inner(states))) + states)


class Encoder(nn.Module):
    """It reads at most TOKENS, as `broadsheet.target` gives it no more."""

    def __init__(self, settings, width=768, size=64):
        super().__init__()
        self.width = width
        self.words, self.places = nn.Embedding(settings["tokens"], width), nn.Embedding(target.TOKENS, width)
        self.norm = nn.LayerNorm(width, 1e-5)
        self.layers = nn.ModuleList(Layer(width, size, settings["heads"], settings["inner"]) for _ in range(settings["layers"]))
        at = torch.arange(target.TOKENS)
        self.register_buffer("far", MPNetEncoder.relative_position_bucket(at - at[:, None], FAR), persistent=False)

    def forward(self, ids, mask, wanted=None):
        """(sentences, tokens) → what each layer makes of the tokens, the last one of the wanted ones alone."""
        tokens = ids.shape[1]
        states, far = self.norm(self.words(ids) + self.places.weight[:tokens]), self.far[:tokens, :tokens]
        hidden, made = (1 - mask)[:, None, None] * -1e4, []
        for number, layer in enumerate(self.layers, 1):
            states = layer(states, far, hidden, wanted if number == len(self.layers) else None)
            made.append(states)
        return made


class Student(nn.Module):
    """First token and mean of the target's behind the last layer, mean of all before it, joined → a tanh layer → three classes.

    So the last layer has few tokens to make, and a fifth one costs hardly more time than four.
    """

    def __init__(self, settings):
        super().__init__()
        self.encoder = Encoder(settings)
        self.joined, self.classes = nn.Linear(3 * self.encoder.width, settings["joined"]), nn.Linear(settings["joined"], 3)

    def forward(self, ids, mask, span):
        most = int(span.sum(1).max())
        mine, places = span.topk(most, dim=1)
        *_, states, last = self.encoder(ids, mask, F.pad(places, (1, 0)))
        seen = torch.cat([last[:, 0], network.mean(states, mask), network.mean(last[:, 1:], mine)], dim=-1)
        return self.classes(torch.tanh(self.joined(seen)))


def tokenizer(folder, texts, most):
    """Returns (tokenizer, places): MPNet's with `most` of its tokens, those that texts have most, and where these stand in it.

    A word that it lacks is read in smaller pieces: single signs of Latin letters and of print are all there.
    """
    whole, made = network.tokenizer(folder), json.loads((Path(folder) / "tokenizer.json").read_text(encoding="utf-8"))
    places = made["model"]["vocab"]
    names = {place: name for name, place in places.items()}
    counts = Counter(place for each in whole.encode_batch(texts, add_special_tokens=False) for place in each.ids)
    held = ["<s>", "<pad>", "</s>", "<unk>", made["model"]["unk_token"]]
    signs = {name: name.removeprefix("##") for name in places}
    held += [name for name, sign in signs.items() if len(sign) == 1 and (ord(sign) < 0x250 or 0x2010 <= ord(sign) < 0x20D0)]
    held = list(dict.fromkeys([*held, *(names[place] for place, _ in counts.most_common())]))[:most]
    made["model"]["vocab"] = {name: place for place, name in enumerate(held)}
    made["added_tokens"] = [
        each | {"id": held.index(each["content"])} for each in made["added_tokens"] if each["content"] in held
    ]
    made["truncation"] = made["padding"] = None
    share = sum(counts[places[name]] for name in held) / counts.total()
    print(f"{len(held)} tokens: {share:.1%} of those in these sentences")
    return Tokenizer.from_str(json.dumps(made)), [places[name] for name in held]


@torch.no_grad()
def cut(whole, items, places, settings):
    """The student's network with weights of MPNet-base (`whole`): the embeddings of `places`, and its first layers.

    Of each layer those heads and inner units are kept whose part of its output varies most over `items`; the mean of the
    units that go is added to the bias.
    """
    made, layers = Student(settings), whole.encoder.encoder.layer[: settings["layers"]]
    parts, body = whole.encoder.embeddings, made.encoder
    body.words.weight.copy_(parts.word_embeddings.weight[places])
    body.places.weight.copy_(parts.position_embeddings.weight[2 : 2 + target.TOKENS])  # the first two stand for no place
    body.norm.load_state_dict(parts.LayerNorm.state_dict())
    for layer, new in zip(layers, body.layers, strict=True):
        attention, inner, outer = layer.attention.attn, layer.intermediate.dense, layer.output.dense
        seen, units = inputs(whole, items, [attention.o, outer])
        told = attention.o.weight
        worth = torch.stack(
            [(a @ b.T).var(0).sum() for a, b in zip(seen.split(new.size, 1), told.split(new.size, 1), strict=True)]
        )
        heads = worth.topk(new.heads).indices.sort().values
        of = (heads[:, None] * new.size + torch.arange(new.size)).flatten()
        asked = [attention.q, attention.k, attention.v]
        _set(new.asked, torch.cat([each.weight[of] for each in asked]), torch.cat([each.bias[of] for each in asked]))
        _set(new.told, told[:, of], attention.o.bias)
        new.far.weight.copy_(whole.encoder.encoder.relative_attention_bias.weight[:, heads])
        worth = units.var(0) * outer.weight.square().sum(0)
        kept, gone = (each.sort().values for each in worth.argsort(descending=True).tensor_split([settings["inner"]]))
        _set(new.inner, inner.weight[kept], inner.bias[kept])
        _set(new.outer, outer.weight[:, kept], outer.bias + outer.weight[:, gone] @ units.mean(0)[gone])
        new.first.load_state_dict(layer.attention.LayerNorm.state_dict())
        new.second.load_state_dict(layer.output.LayerNorm.state_dict())
    return made.float()


def likeness(whole, items, places):
    """A loss for `network.train`: how far each layer's states are from those of the same layer of MPNet-base, as 1 − R².

    ``whole`` is MPNet-base, which reads the student's tokens, at their `places` in its own tokenizer.
    """
    parts, places = whole.encoder, torch.tensor(places)

    def loss(model, chosen):
        ids, mask, _ = network.padded([items[place] for place in chosen])
        with torch.autocast("cpu", dtype=torch.bfloat16):
            with torch.no_grad():
                states = parts.embeddings(input_ids=places[ids])
                _, goals = parts.encoder(states, (1 - mask)[:, None, None] * -1e4, output_hidden_states=True)
            made = model.encoder(ids, mask)
        told, there = 0.0, mask.bool()
        for mine, goal in zip(made, goals[1:], strict=True):
            mine, goal = mine[there].float(), goal[there].float()
            told = told + (mine - goal).square().sum() / (goal - goal.mean(0)).square().sum()
        return told / len(made)

    return loss


def _set(linear, weight, bias):
    linear.weight.copy_(weight)
    linear.bias.copy_(bias)


def inputs(whole, items, parts):
    """What some parts of a network get to read when it reads items: an array (tokens, width) each."""
    held = {part: [] for part in parts}
    hooks = [
        part.register_forward_pre_hook(lambda part, given: held[part].append(given[0].float().flatten(0, 1))) for part in parts
    ]
    network.logits(whole, items)
    for hook in hooks:
        hook.remove()
    return [torch.cat(held[part]) for part in parts]
