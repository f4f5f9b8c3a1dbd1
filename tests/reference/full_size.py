#!/usr/bin/env python3
"""Writes random checkpoints of full size in their published layout, to measure time and memory with.

    python3 tests/reference/full_size.py FOLDER [blip2-opt-2.7b | blip2-flan-t5-xl]...

Needs numpy and, for each, about 8 GB of disk; memory stays small, since tensors are written one after another.  Names,
shapes and types are those of the hub's files (bf16 for OPT, f16 for T5), numbers are noise that stays finite through
all layers.  Tokenizers are stand-ins with one piece a letter and as many ids as the published ones, the special ones
where they belong.
"""

import argparse
import json
from pathlib import Path

import numpy

N_QUERIES, QUERY_WIDTH, VISION_WIDTH, N_PATCHES = 32, 768, 1408, 256
POOL = 16_777_213  # a prime: no row of a table ever repeats another


# --- the tensors: pairs of a name and a shape ---


def linear(name, rows, columns, bias=True):
    yield f"{name}.weight", (rows, columns)
    if bias:
        yield f"{name}.bias", (rows,)


def norm(name, width, bias=True):
    yield f"{name}.weight", (width,)
    if bias:
        yield f"{name}.bias", (width,)


def vision():
    width, hidden = VISION_WIDTH, 6144
    yield "vision_model.embeddings.class_embedding", (1, 1, width)
    yield "vision_model.embeddings.position_embedding", (1, N_PATCHES + 1, width)
    yield "vision_model.embeddings.patch_embedding.weight", (width, 3, 14, 14)
    yield "vision_model.embeddings.patch_embedding.bias", (width,)
    for i in range(39):
        layer = f"vision_model.encoder.layers.{i}"
        yield from norm(f"{layer}.layer_norm1", width)
        yield from linear(f"{layer}.self_attn.qkv", 3 * width, width)
        yield from linear(f"{layer}.self_attn.projection", width, width)
        yield from norm(f"{layer}.layer_norm2", width)
        yield from linear(f"{layer}.mlp.fc1", hidden, width)
        yield from linear(f"{layer}.mlp.fc2", width, hidden)
    yield from norm("vision_model.post_layernorm", width)


def qformer_attention(name, width, key_width):
    for part, columns in ("query", width), ("key", key_width), ("value", key_width):
        yield from linear(f"{name}.attention.{part}", width, columns)
    yield from linear(f"{name}.output.dense", width, width)
    yield from norm(f"{name}.output.LayerNorm", width)


def qformer():
    width = QUERY_WIDTH
    yield "query_tokens", (1, N_QUERIES, width)
    yield from norm("qformer.layernorm", width)
    for i in range(12):
        layer = f"qformer.encoder.layer.{i}"
        yield from qformer_attention(f"{layer}.attention", width, width)
        if i % 2 == 0:
            yield from qformer_attention(f"{layer}.crossattention", width, VISION_WIDTH)
        yield from linear(f"{layer}.intermediate_query.dense", 4 * width, width)
        yield from linear(f"{layer}.output_query.dense", width, 4 * width)
        yield from norm(f"{layer}.output_query.LayerNorm", width)


def opt():
    width, decoder = 2560, "language_model.model.decoder"
    yield f"{decoder}.embed_tokens.weight", (50304, width)
    yield f"{decoder}.embed_positions.weight", (2050, width)
    yield from norm(f"{decoder}.final_layer_norm", width)
    for i in range(32):
        layer = f"{decoder}.layers.{i}"
        for part in "k_proj", "v_proj", "q_proj", "out_proj":
            yield from linear(f"{layer}.self_attn.{part}", width, width)
        yield from norm(f"{layer}.self_attn_layer_norm", width)
        yield from linear(f"{layer}.fc1", 4 * width, width)
        yield from linear(f"{layer}.fc2", width, 4 * width)
        yield from norm(f"{layer}.final_layer_norm", width)


def t5_attention(block, part, kind, width, has_distances):
    for name in "qkvo":
        yield f"{block}.{part}.{kind}.{name}.weight", (width, width)
    if has_distances:
        yield f"{block}.{part}.{kind}.relative_attention_bias.weight", (32, 32)
    yield f"{block}.{part}.layer_norm.weight", (width,)


def t5_stack(name, width):
    for i in range(24):
        block = f"language_model.{name}.block.{i}"
        yield from t5_attention(block, "layer.0", "SelfAttention", width, i == 0)
        if name == "decoder":
            yield from t5_attention(block, "layer.1", "EncDecAttention", width, False)
        last = f"{block}.layer.{2 if name == 'decoder' else 1}"
        yield f"{last}.DenseReluDense.wi_0.weight", (5120, width)
        yield f"{last}.DenseReluDense.wi_1.weight", (5120, width)
        yield f"{last}.DenseReluDense.wo.weight", (width, 5120)
        yield f"{last}.layer_norm.weight", (width,)
    yield f"language_model.{name}.final_layer_norm.weight", (width,)


def t5():
    width = 2048
    yield "language_model.shared.weight", (32128, width)
    yield from t5_stack("encoder", width)
    yield from t5_stack("decoder", width)
    yield "language_model.lm_head.weight", (32128, width)


def tensors_of(language_model, width):
    yield from vision()
    yield from qformer()
    yield from linear("language_projection", width, QUERY_WIDTH)
    yield from language_model()


# --- their numbers ---


def bfloat16(values):
    """The upper halves of floats, rounded to nearest even."""
    bits = values.view(numpy.uint32)
    return ((bits + 0x7FFF + (bits >> 16 & 1)) >> 16).astype(numpy.uint16)


class Noise:
    """A long row of normal numbers, kept once for each scale that is asked for."""

    def __init__(self, encode):
        self.chance = numpy.random.default_rng(4)
        self.numbers = self.chance.standard_normal(POOL, numpy.float32)
        self.encode = encode
        self.scaled = {}

    def at(self, scale):
        if scale not in self.scaled:
            self.scaled[scale] = self.encode(self.numbers * numpy.float32(scale))
        return self.scaled[scale]

    def write(self, file, n, scale):
        pool, at = self.at(scale), int(self.chance.integers(POOL))
        while n > 0:
            part = pool[at : at + n]
            file.write(part.data)
            n, at = n - len(part), 0

    def write_tensor(self, file, name, shape):
        n = int(numpy.prod(shape))
        if name.endswith("qkv.bias"):  # there is none for keys
            for scale in 0.02, 0, 0.02:
                self.write(file, n // 3, scale)
        elif len(shape) == 1 and name.endswith("weight"):
            file.write(self.encode(numpy.ones(n, numpy.float32)).data)
        else:
            self.write(file, n, scale_of(name, shape))


def scale_of(name, shape):
    """Of a matrix: that each sub-layer is a little quieter than what passes it by, and scores stay near one."""
    if len(shape) != 2 or "embed" in name or "shared" in name:
        return 0.02
    if name.endswith("relative_attention_bias.weight"):
        return 0.5
    unscaled = 0.1 if name.endswith("ttention.q.weight") else 1  # T5 does not divide its scores
    return round(0.5 * unscaled / shape[1] ** 0.5, 6)


# --- the files ---


def write_shard(path, tensors, type_name, noise):
    header, at = {"__metadata__": {"format": "pt"}}, 0
    for name, shape in tensors:
        n_bytes = 2 * int(numpy.prod(shape))
        header[name] = {"dtype": type_name, "shape": list(shape), "data_offsets": [at, at + n_bytes]}
        at += n_bytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for name, shape in tensors:
            noise.write_tensor(file, name, shape)


def split(tensors, share):
    """The first shard has `share` of the bytes, as far as whole tensors allow."""
    total = sum(int(numpy.prod(shape)) for _, shape in tensors)
    shards, before = ([], []), 0
    for tensor in tensors:
        shards[before >= share * total].append(tensor)
        before += int(numpy.prod(tensor[1]))
    return shards, 2 * total


def write_weights(folder, tensors, type_name, encode):
    shards, total = split(tensors, 2 / 3)
    noise, places = Noise(encode), {}
    for i, shard in enumerate(shards, 1):
        file = f"model-{i:05}-of-{len(shards):05}.safetensors"
        write_shard(folder / file, shard, type_name, noise)
        places |= dict.fromkeys((name for name, _ in shard), file)
    write_json(folder / "model.safetensors.index.json", {"metadata": {"total_size": total}, "weight_map": places})


def write_json(path, value):
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", "utf-8")


def added(names):
    common = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    return [{"id": i, "content": name, **common} for i, name in sorted((i, name) for name, i in names.items())]


def template(pieces, name, i):
    parts = [{"SpecialToken" if piece == name else "Sequence": {"id": piece, "type_id": 0}} for piece in pieces]
    tokens = {name: {"id": name, "ids": [i], "tokens": [name]}}
    return {"type": "TemplateProcessing", "single": parts, "pair": parts, "special_tokens": tokens}


def write_opt_tokenizer(folder):
    """Bytes alone, no merges; the newline has the id at which an answer ends."""
    shown = [*range(33, 127), *range(161, 173), *range(174, 256)]
    letters = [chr(byte) for byte in shown] + [chr(256 + i) for i in range(256 - len(shown))]
    letters.remove("\u010a")
    pieces = ["<s>", "<pad>", "</s>", "<unk>", *letters]
    pieces += [f"<{i}>" for i in range(len(pieces), 50265)]
    pieces[50118] = "\u010a"
    level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    model = {
        "type": "BPE",
        "dropout": None,
        "unk_token": None,
        "continuing_subword_prefix": "",
        "end_of_word_suffix": "",
    }
    model |= {
        "fuse_unk": False,
        "byte_fallback": False,
        "vocab": {piece: i for i, piece in enumerate(pieces)},
        "merges": [],
    }
    post = template(["</s>", "A"], "</s>", 2)
    names = {"<pad>": 1, "</s>": 2, "<image>": 50265}
    write_tokenizer(
        folder, model, names, None, level, post, level, {"tokenizer_class": "GPT2Tokenizer", "add_bos_token": True}
    )


def write_t5_tokenizer(folder):
    letters = ["\u2581", *(chr(i) for i in range(33, 127))]
    pieces = [["<pad>", 0.0], ["</s>", 0.0], ["<unk>", 0.0], *([letter, -4.0] for letter in letters)]
    pieces += [[f"<{i}>", -30.0] for i in range(len(pieces), 32000)]
    extra = {f"<extra_id_{99 - i}>": 32000 + i for i in range(100)}
    pieces += [[name, 0.0] for name in extra]
    spaces = {"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "always", "split": True}
    model = {"type": "Unigram", "unk_id": 2, "vocab": pieces, "byte_fallback": False}
    names = {"<pad>": 0, "</s>": 1, "<unk>": 2, **extra, "<image>": 32100}
    post = template(["A", "</s>"], "</s>", 1)
    write_tokenizer(folder, model, names, None, spaces, post, spaces, {"tokenizer_class": "T5Tokenizer"})


def write_tokenizer(folder, model, names, normalizer, pre_tokenizer, post_processor, decoder, config):
    steps = {
        "normalizer": normalizer,
        "pre_tokenizer": pre_tokenizer,
        "post_processor": post_processor,
        "decoder": decoder,
    }
    head = {"version": "1.0", "truncation": None, "padding": None, "added_tokens": added(names)}
    write_json(folder / "tokenizer.json", {**head, **steps, "model": model})
    write_json(folder / "tokenizer_config.json", config)


def write_config(folder, kind, text, image_token, decoder_only):
    config = {
        "architectures": ["Blip2ForConditionalGeneration"],
        "model_type": "blip-2",
        "image_token_index": image_token,
        "num_query_tokens": N_QUERIES,
        "qformer_config": {"model_type": "blip_2_qformer"},
        "text_config": text,
        "torch_dtype": kind,
        "use_decoder_only_language_model": decoder_only,
        "vision_config": {"model_type": "blip_2_vision_model"},
    }
    write_json(folder / "config.json", config)
    write_json(folder / "processor_config.json", {"num_query_tokens": N_QUERIES})
    pixels = {"do_convert_rgb": True, "do_normalize": True, "do_rescale": True, "do_resize": True, "resample": 3}
    pixels |= {"image_mean": [0.48145466, 0.4578275, 0.40821073], "image_std": [0.26862954, 0.26130258, 0.27577711]}
    pixels |= {"rescale_factor": 1 / 255, "size": {"height": 224, "width": 224}}
    write_json(folder / "preprocessor_config.json", pixels)


def write_blip2_opt(folder):
    text = {"model_type": "opt", "eos_token_id": 50118, "prefix": "</s>", "vocab_size": 50304}
    text |= {
        "hidden_size": 2560,
        "ffn_dim": 10240,
        "num_hidden_layers": 32,
        "num_attention_heads": 32,
        "word_embed_proj_dim": 2560,
    }
    write_config(folder, "bfloat16", text, 50265, True)
    write_opt_tokenizer(folder)
    write_weights(folder, list(tensors_of(opt, 2560)), "BF16", bfloat16)


def write_blip2_t5(folder):
    text = {
        "model_type": "t5",
        "d_model": 2048,
        "d_ff": 5120,
        "num_heads": 32,
        "num_layers": 24,
        "num_decoder_layers": 24,
    }
    text |= {"bos_token_id": 1, "decoder_start_token_id": 0, "is_gated_act": True, "tie_word_embeddings": False}
    text |= {"feed_forward_proj": "gated-gelu", "dense_act_fn": "gelu"}
    write_config(folder, "float16", text, 32100, False)
    write_t5_tokenizer(folder)
    write_weights(folder, list(tensors_of(t5, 2048)), "F16", lambda values: values.astype(numpy.float16))


MODELS = {"blip2-opt-2.7b": write_blip2_opt, "blip2-flan-t5-xl": write_blip2_t5}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="gets a folder for each model")
    parser.add_argument("models", nargs="*", metavar="MODEL", help="all if left out")
    options = parser.parse_args()
    for name in options.models or MODELS:
        if name not in MODELS:
            parser.error(f"no {name}, only {' and '.join(MODELS)}")
        folder = options.folder / name
        folder.mkdir(parents=True, exist_ok=True)
        MODELS[name](folder)


if __name__ == "__main__":
    main()
