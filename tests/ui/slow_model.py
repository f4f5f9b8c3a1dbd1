"""A model that answers slowly enough to be stopped: a model folder with its language
model replaced by a large one of random weights.  It talks nonsense up to the limit."""

import json
import os
import random
import shutil
import struct

HIDDEN, INTERMEDIATE, LAYERS, HEADS = 512, 1408, 40, 8


def read_tensors(path):
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = file.read()
    header.pop("__metadata__", None)
    return {name: (tensor["dtype"], tensor["shape"], data[slice(*tensor["data_offsets"])])
            for name, tensor in header.items()}


def write_tensors(path, tensors):
    header, at = {}, 0
    for name, (dtype, shape, data) in tensors.items():
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [at, at + len(data)]}
        at += len(data)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for _, _, data in tensors.values():
            file.write(data)


class Weights:
    """Numbers of a normal distribution, drawn once and used over and over."""

    def __init__(self):
        dice = random.Random(7)
        numbers = [dice.gauss(0, 0.04) for _ in range(99991)]
        self.block = struct.pack(f"<{len(numbers)}e", *numbers)

    def matrix(self, *shape):
        n = 2
        for side in shape:
            n *= side
        return ("F16", list(shape), (self.block * (n // len(self.block) + 1))[:n])


def ones(n):
    return ("F16", [n], struct.pack("<e", 1) * n)


def language_model(vocabulary):
    weights = Weights()
    prefix = "language_model.model."
    yield prefix + "embed_tokens.weight", weights.matrix(vocabulary, HIDDEN)
    yield prefix + "norm.weight", ones(HIDDEN)
    for i in range(LAYERS):
        layer = f"{prefix}layers.{i}."
        for name in "qkvo":
            yield f"{layer}self_attn.{name}_proj.weight", weights.matrix(HIDDEN, HIDDEN)
        yield layer + "mlp.gate_proj.weight", weights.matrix(INTERMEDIATE, HIDDEN)
        yield layer + "mlp.up_proj.weight", weights.matrix(INTERMEDIATE, HIDDEN)
        yield layer + "mlp.down_proj.weight", weights.matrix(HIDDEN, INTERMEDIATE)
        yield layer + "input_layernorm.weight", ones(HIDDEN)
        yield layer + "post_attention_layernorm.weight", ones(HIDDEN)


def make(base, folder):
    """Writes the slow model to folder, which must not exist."""
    shutil.copytree(base, folder, ignore=shutil.ignore_patterns("*.safetensors", "*.csv"))
    with open(os.path.join(folder, "config.json")) as file:
        config = json.load(file)
    text = config["text_config"]
    text.update(hidden_size=HIDDEN, intermediate_size=INTERMEDIATE, num_hidden_layers=LAYERS,
                num_attention_heads=HEADS, num_key_value_heads=HEADS, tie_word_embeddings=True)
    with open(os.path.join(folder, "config.json"), "w") as file:
        json.dump(config, file, indent=2)

    tensors = {name: tensor
               for name, tensor in read_tensors(os.path.join(base, "model.safetensors")).items()
               if not name.startswith("language_")}
    width = config["qformer_config"]["hidden_size"]
    tensors["language_projection.weight"] = Weights().matrix(HIDDEN, width)
    tensors["language_projection.bias"] = Weights().matrix(HIDDEN)
    tensors.update(language_model(text["vocab_size"]))
    write_tensors(os.path.join(folder, "model.safetensors"), tensors)
