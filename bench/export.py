#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The models of the latency suite, as ONNX files.

usage: export.py DIR [NAME...]

Needs PyTorch and torchvision, as Debian packages them.  Architectures are what
counts: weights are drawn from a fixed seed, so that nothing is downloaded, and
the statistics of batch normalization too, so that they cannot be left out.
A file that is there already is kept.
"""

import os
import sys
import warnings

import torch
import torchvision

OPSET = 16
VISION = """resnet18 resnet50 mobilenet_v2 mobilenet_v3_small
mobilenet_v3_large efficientnet_b0 squeezenet1_1 shufflenet_v2_x1_0 densenet121
regnet_y_400mf inception_v3 vgg11_bn convnext_tiny swin_t vit_b_16""".split()
# name: layers, width, heads
TEXT = {"bert_base": (12, 768, 12), "minilm_l6": (6, 384, 12)}
RECURRENT = {"lstm2x256": torch.nn.LSTM, "gru2x256": torch.nn.GRU}
SUITE = VISION + list(TEXT) + list(RECURRENT)
VOCABULARY, TOKENS = 2000, 128


class Block(torch.nn.Module):
    """A layer of BERT: attention and two products, normalized after each."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.query = torch.nn.Linear(width, width)
        self.key = torch.nn.Linear(width, width)
        self.value = torch.nn.Linear(width, width)
        self.join = torch.nn.Linear(width, width)
        self.widen = torch.nn.Linear(width, 4 * width)
        self.narrow = torch.nn.Linear(4 * width, width)
        self.norms = torch.nn.ModuleList(
            torch.nn.LayerNorm(width) for _ in range(2))

    def split(self, x):
        n, tokens, width = x.shape
        return x.reshape(n, tokens, self.heads,
                         width // self.heads).permute(0, 2, 1, 3)

    def forward(self, x, bias):
        q, k, v = (self.split(f(x))
                   for f in (self.query, self.key, self.value))
        scores = torch.matmul(q, k.transpose(2, 3)) / q.shape[-1] ** 0.5
        mixed = torch.matmul(torch.softmax(scores + bias, dim=-1), v)
        x = self.norms[0](
            x + self.join(mixed.permute(0, 2, 1, 3).reshape(x.shape)))
        y = self.narrow(torch.nn.functional.gelu(self.widen(x)))
        return self.norms[1](x + y)


class TextModel(torch.nn.Module):
    def __init__(self, layers, width, heads):
        super().__init__()
        self.words = torch.nn.Embedding(VOCABULARY, width)
        self.positions = torch.nn.Parameter(torch.randn(1, TOKENS, width))
        self.norm = torch.nn.LayerNorm(width)
        self.blocks = torch.nn.ModuleList(
            Block(width, heads) for _ in range(layers))
        self.classes = torch.nn.Linear(width, 2)

    def forward(self, ids, mask):
        x = self.norm(self.words(ids) + self.positions)
        bias = (mask[:, None, None, :].float() - 1) * 1e4
        for block in self.blocks:
            x = block(x, bias)
        return self.classes(x[:, 0])


class SequenceModel(torch.nn.Module):
    def __init__(self, cell):
        super().__init__()
        self.cell = cell(64, 256, num_layers=2, batch_first=True)
        self.classes = torch.nn.Linear(256, 10)

    def forward(self, x):
        states, _ = self.cell(x)
        return self.classes(states[:, -1])


def stir(model):
    """Statistics of batch normalization as training would leave them."""
    for m in model.modules():
        if isinstance(m, torch.nn.BatchNorm2d):
            torch.nn.init.normal_(m.running_mean, std=0.1)
            torch.nn.init.uniform_(m.running_var, 0.5, 1.5)
            torch.nn.init.uniform_(m.weight, 0.5, 1.5)
            torch.nn.init.normal_(m.bias, std=0.1)


def make(name):
    """(model, example inputs, their names)"""
    torch.manual_seed(1)
    if name in TEXT:
        ids = torch.randint(VOCABULARY, (1, TOKENS))
        return (TextModel(*TEXT[name]), (ids, torch.ones_like(ids)),
                ["input_ids", "attention_mask"])
    if name in RECURRENT:
        return SequenceModel(RECURRENT[name]), torch.randn(1, 100, 64), ["x"]
    side = 299 if name == "inception_v3" else 224
    model = torchvision.models.get_model(name, weights=None)
    return model, torch.randn(1, 3, side, side), ["image"]


def main(folder, names):
    warnings.simplefilter("ignore")
    os.makedirs(folder, exist_ok=True)
    for name in names or SUITE:
        path = os.path.join(folder, name + ".onnx")
        if os.path.exists(path):
            continue
        if name not in SUITE:
            sys.exit(f"export.py: '{name}' is none of {', '.join(SUITE)}")
        model, inputs, input_names = make(name)
        stir(model)
        torch.onnx.export(model.eval(), inputs, path + ".part",
                          opset_version=OPSET, input_names=input_names,
                          output_names=["y"])
        os.rename(path + ".part", path)
        print(f"{name}: {os.path.getsize(path) / 2**20:.1f} MiB", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
