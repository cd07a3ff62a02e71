"""A trained network → ONNX in 8 bits, as the library runs it."""

import copy
import warnings
from pathlib import Path

import onnx
import small
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import nn
from torch.nn import functional as F

BLOCK = 32  # weights of a word's vector that share a scale


class _One(nn.Module):
    """The student for one sentence: probabilities at the calibrated temperature, the same as in training but for rounding.

    Without other sentences there is no padding and so no mask, and the distances of all layers are looked up at once. What a
    product reads has one scale in 8 bits, its weights have one a channel: so range is moved from what it reads into its
    weights, as far as `ease` says (0…1), by what it reads for `items` (SmoothQuant, Xiao and others 2023).
    """

    def __init__(self, model, temperature, items, ease):
        super().__init__()
        self.model, self.temperature = copy.deepcopy(model).eval(), temperature
        self.eased = nn.ParameterList()  # what the inputs of `asked`, `inner` and `outer` are multiplied with, layer by layer
        layers = self.model.encoder.layers
        parts = [(layer, part) for layer in layers for part in (layer.asked, layer.told, layer.inner, layer.outer)]
        for (layer, part), read in zip(parts, small.inputs(self.model, items, [part for _, part in parts]), strict=True):
            most, heaviest = (each.abs().amax(0).clamp_min(1e-4) for each in (read, part.weight))
            factor = most**ease / heaviest ** (1 - ease)
            part.weight *= factor
            if part is layer.told:  # it reads means of values: they can be divided where they are made
                layer.asked.weight[-len(factor) :] /= factor[:, None]
                layer.asked.bias[-len(factor) :] /= factor
            else:
                self.eased.append(1 / factor)
        packed, scales = _packed(self.model.encoder.words.weight)
        self.register_buffer("packed", packed)
        self.register_buffer("scales", scales)

    def forward(self, ids, span):
        body, tokens = self.model.encoder, ids.shape[1]
        heads, size = body.layers[0].heads, body.layers[0].size
        wanted = torch.cat([torch.zeros(1, dtype=torch.long), span[0].nonzero()[:, 0]])
        far = torch.cat([layer.far.weight for layer in body.layers], dim=1)[body.far[:tokens, :tokens]]
        states = body.norm(self._words(ids[0]) + body.places.weight[:tokens])
        far = far.permute(2, 0, 1).split(heads)
        for number, layer in enumerate(body.layers):
            asked, inner, outer = self.eased[3 * number : 3 * number + 3]
            query, key, value = layer.asked(states * asked).view(-1, 3 * heads, size).transpose(0, 1).split(heads)
            near = far[number]
            if number == len(body.layers) - 1:
                before, states, query, near = states, states[wanted], query[:, wanted], near[:, wanted]
            seen = torch.softmax(query @ key.transpose(1, 2) / size**0.5 + near, dim=-1) @ value
            states = layer.first(layer.told(seen.transpose(0, 1).reshape(-1, heads * size)) + states)
            states = layer.second(layer.outer(F.gelu(layer.inner(states * inner)) * outer) + states)
        seen = torch.cat([states[:1], before.mean(0, keepdim=True), states[1:].mean(0, keepdim=True)], dim=-1)
        return torch.softmax(self.model.classes(torch.tanh(self.model.joined(seen))) / self.temperature, dim=-1)

    def _words(self, ids):
        """The words' vectors out of what `_packed` made of them."""
        two, scales = self.packed[ids].float(), self.scales[ids].float()[..., None]
        high = torch.floor(two / 16)
        return ((torch.cat([two - 16 * high, high], dim=1) - 8).view(-1, self.scales.shape[1], BLOCK) * scales).flatten(1)


def _packed(weights):
    """Rows of weights in 4 bits: (rows, width / 2) bytes, whose low halves come first, and the scale of each BLOCK of them.

    >>> weights = torch.randn(3, 64)
    >>> packed, scales = _packed(weights)
    >>> packed.shape, scales.shape
    (torch.Size([3, 32]), torch.Size([3, 2]))
    """
    blocks = weights.reshape(len(weights), -1, BLOCK)
    scales = (blocks.abs().amax(-1, keepdim=True) / 7).clamp_min(1e-6).half()
    numbers = ((blocks / scales.float()).round().clamp(-7, 7) + 8).byte().flatten(1)
    low, high = numbers.chunk(2, dim=1)
    return low + 16 * high, scales[..., 0]


@torch.no_grad()
def write(model, path, items, ease, temperature):
    """Writes the student as ONNX: words' vectors in 4 bits; other weights in 8, a scale a channel, of which they use 7.

    ``items`` are read to scale. With all 8, processors without VNNI overflow in sums of products.
    """
    path = Path(path)
    ids, span = torch.arange(5, 14)[None], torch.zeros(1, 9)
    span[0, 3] = 1.0
    whole = path.with_suffix(".fp32.onnx")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            _One(model, temperature, items, ease), (ids, span), str(whole), dynamo=False, opset_version=17,
            input_names=["ids", "target"], output_names=["probabilities"],
            dynamic_axes={"ids": {1: "tokens"}, "target": {1: "tokens"}},
        )  # fmt: skip
    how = {"op_types_to_quantize": ["MatMul"], "per_channel": True, "reduce_range": True, "weight_type": QuantType.QInt8}
    quantize_dynamic(str(whole), str(path), **how)
    onnx.checker.check_model(str(path))
    whole.unlink()
