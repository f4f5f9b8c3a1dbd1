"""Random weights under which a tiny model has something to say.

With the weights that transformers starts from, a language model repeats one word whatever it sees.  Here every
sub-layer is louder than what passes it by, so that each word depends on all that came before; how loud is drawn again
with every attempt, and checkpoints.py keeps the first attempt whose answers are worth comparing.
"""

import random
import re
from collections import OrderedDict
from dataclasses import dataclass

import torch

# The first pattern that is found in a tensor's name decides, by which of Loudness' fields its numbers are multiplied;
# "fan" ones are divided by the root of their inputs.
KINDS = [
    (r"layer_?norm\w*\.weight$|LayerNorm\.weight$|(^|\.)norm\.weight$", "norm"),
    (r"bias$", "bias"),
    (r"position", "position"),
    (r"class_embedding|query_tokens|relative_attention_bias", "free"),
    (r"lm_head", "head"),
    (r"word_embeddings|embed_tokens|shared\.weight", "words"),
    (r"crossattention\.\w+\.dense|EncDecAttention\.o\.", "fan_cross"),
    (r"(query|key|q_proj|k_proj|qkv|\.[qk])\.weight", "fan_score"),
    (r"(projection|dense|out_proj|o_proj|down_proj|fc2|wo|\.o)\.weight", "fan_out"),
    (r"weight", "fan_in"),
]


@dataclass
class Loudness:
    seed: int
    norm: float
    bias: float
    position: float
    free: float
    words: float
    head: float
    stop: float  # of the row that ends an answer, beside the others
    fan_cross: float
    fan_score: float
    fan_out: float
    fan_in: float


def draw_loudness(seed):
    chance = random.Random(seed)
    return Loudness(
        seed,
        norm=0.2,
        bias=0.1,
        position=chance.choice([0.4, 0.8]),
        free=1.0,
        words=chance.choice([0.3, 0.5, 0.8]),
        head=0.5,
        stop=chance.choice([1.2, 1.5, 1.8, 2.1]),
        fan_cross=chance.choice([0.4, 0.8, 1.4]),
        fan_score=chance.choice([1.0, 1.3, 1.6]),
        fan_out=chance.choice([0.8, 1.2, 1.7]),
        fan_in=1.2,
    )


def random_tensor(name, like, loudness, generator):
    noise = torch.randn(like.shape, generator=generator)
    kind = next(kind for pattern, kind in KINDS if re.search(pattern, name))
    value = noise * getattr(loudness, kind)
    if kind == "norm":
        return 1 + value
    if kind.startswith("fan"):
        value /= like[0].numel() ** 0.5
    if kind == "fan_score" and ("SelfAttention" in name or "EncDecAttention" in name):
        value /= like.shape[0] ** 0.125  # T5 does not scale its scores: half of that here, for keys and queries each
    return value


def quieten(state, head, answerable, stop, loudness):
    """Rows of the output table that no answer should have are nearly silent."""
    gain = torch.full((state[head].shape[0], 1), 0.05)
    gain[answerable] = 1
    gain[stop] = loudness.stop
    state[head] *= gain


def head_of(case):
    """The name of the output table, or None."""
    if case.family in ("blip-caption", "blip-vqa"):
        return "text_decoder.bert.embeddings.word_embeddings.weight"
    if case.lm == "opt":
        return "language_model.model.decoder.embed_tokens.weight"
    if case.lm == "llama" and case.text.get("tie_word_embeddings"):
        return "language_model.model.embed_tokens.weight"
    return "language_model.lm_head.weight" if case.lm else None


def is_copy(case, name):
    """Whether transformers ties the tensor to another, so that files need not have it."""
    if re.search(r"predictions\.decoder\.|coder\.embed_tokens\.weight$|position_ids$", name):
        return not name.startswith("language_model.model.")
    return name.endswith("lm_head.weight") and name != head_of(case)


def random_state(case, model, answerable, stop, loudness):
    """Every tensor of `model`, by name, without copies."""
    generator = torch.Generator().manual_seed(loudness.seed)
    state = OrderedDict()
    for name, like in model.state_dict().items():
        if not is_copy(case, name):
            state[name] = random_tensor(name, like, loudness, generator)
    if not case.is_v1:
        for name in [name for name in state if name.endswith("qkv.bias")]:
            state[name].chunk(3)[1].zero_()  # the published vision transformer has biases for queries and values alone
    if head_of(case):
        quieten(state, head_of(case), answerable, stop, loudness)
    return state
