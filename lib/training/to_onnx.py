"""A trained network → ONNX in 8 bits, as the library runs it."""

import warnings
from pathlib import Path

import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import nn


class _One(nn.Module):
    """The network for one sentence at a time: no padding, so no mask, and probabilities at the calibrated temperature."""

    def __init__(self, model, temperature):
        super().__init__()
        self.model, self.temperature = model, temperature

    def forward(self, ids, target):
        return torch.softmax(self.model(ids, torch.ones_like(target), target) / self.temperature, dim=-1)


def write(model, path, temperature=1.0):
    """Writes the network as ONNX with weights in 8 bits, a scale a channel, of which they use 7.

    With all 8, processors without VNNI overflow in sums of products; on those with it, 7 are as near to the whole network as 8.
    """
    path = Path(path)
    ids, target = torch.zeros(1, 9, dtype=torch.long), torch.zeros(1, 9)
    ids[0, :] = torch.arange(5, 14)
    target[0, 3] = 1.0
    whole = path.with_suffix(".fp32.onnx")
    with warnings.catch_warnings(), torch.inference_mode():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            _One(model.eval(), temperature), (ids, target), str(whole), dynamo=False, opset_version=17,
            input_names=["ids", "target"], output_names=["probabilities"],
            dynamic_axes={"ids": {1: "tokens"}, "target": {1: "tokens"}},
        )  # fmt: skip
    quantize_dynamic(str(whole), str(path), per_channel=True, reduce_range=True, weight_type=QuantType.QInt8)
    onnx.checker.check_model(str(path))
    whole.unlink()
