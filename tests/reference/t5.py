#!/usr/bin/env python3
"""Makes tests/data/t5: what transformers' T5 says, for test-t5.

    python3 tests/reference/t5.py

Needs torch 2.13 and transformers 5.23.  Each folder is a small random model (config.json, which is what a checkpoint
has as its text_config, and model.safetensors) with what it answers to a few prompts (golden.safetensors).  Sizes are
odd on purpose.  Prompts are embeddings, one of them long enough for distances beyond the last bucket.

    plain   as the published Flan-T5: gated exact GELU, an output table of its own
    bf16    the same, stored in bfloat16 and computed in float32
    tied    no output table and hence scaled states; copies of the embedding, the bias that nothing reads, an
            unusual number of buckets, as many decoder blocks as encoder blocks since the config does not say

Of each prompt N: `N.prompt`, `N.encoded` (the encoder's output), `N.ids` (20 greedy ids, the decoder's start not
counted), `N.logits` (a row for each of them) and of the first prompt also `N.self` and `N.cross`, the probabilities of the
last step's forward pass over all positions, layer by head by query by key.
"""
import json
import shutil
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import T5Config, T5ForConditionalGeneration

DATA = Path(__file__).resolve().parent.parent / "data" / "t5"
N_IDS = 20
MARGIN = 5e-3  # between the best two scores: an answer must not hang on rounding
COPIES = ["encoder.embed_tokens.weight", "decoder.embed_tokens.weight"]
UNREAD = "decoder.block.0.layer.1.EncDecAttention.relative_attention_bias.weight"
FLAN = {"feed_forward_proj": "gated-gelu", "dense_act_fn": "gelu", "model_type": "t5"}
SIZES = {"d_model": 24, "d_kv": 10, "d_ff": 40, "num_heads": 3, "vocab_size": 53}
MODELS = {
    "plain": (SIZES | {"num_layers": 2, "num_decoder_layers": 3, "tie_word_embeddings": False}, torch.float32, [40, 200]),
    "bf16": (SIZES | {"num_layers": 1, "num_decoder_layers": 2, "tie_word_embeddings": False}, torch.bfloat16, [40]),
    "tied": (SIZES | {"num_layers": 1, "relative_attention_num_buckets": 14, "relative_attention_max_distance": 50,
                      "decoder_start_token_id": 7, "layer_norm_epsilon": 1e-5}, torch.float32, [90]),
}


def randomise(model, dtype):
    """Weights large enough that every part matters to the answer, rounded to what is stored."""
    for name, weight in model.named_parameters():
        if "norm" in name:
            weight.data = 1 + 0.2 * torch.randn_like(weight)
        elif "relative" in name:
            weight.data = torch.randn_like(weight)
        elif "shared" in name:  # smaller, or a tied table repeats the last token
            weight.data = 0.4 * torch.randn_like(weight)
        else:
            weight.data = 1.2 * torch.randn_like(weight) / weight.shape[1] ** 0.5
        if name.endswith(".q.weight"):
            weight.data /= model.config.d_kv**0.5  # T5 leaves this scaling to its weights
        weight.data = weight.data.to(dtype).float()


def make_model(config, dtype):
    model = T5ForConditionalGeneration._from_config(T5Config(**FLAN, **config), attn_implementation="eager").eval()
    if not config.get("tie_word_embeddings", True):
        model.lm_head.weight = torch.nn.Parameter(torch.empty_like(model.lm_head.weight))
    randomise(model, dtype)
    assert model.config.scale_decoder_outputs == config.get("tie_word_embeddings", True)
    activation, one = model.encoder.block[0].layer[1].DenseReluDense.act, torch.ones(1)
    assert activation(one) == torch.nn.functional.gelu(one)  # by erf: the key beside gated-gelu counts
    return model


def stored(model, tied, dtype):
    kept = {name: weight.to(dtype).contiguous() for name, weight in model.state_dict().items() if name not in COPIES}
    if tied:
        kept.pop("lm_head.weight")
        kept.update({name: kept["shared.weight"].clone() for name in COPIES})
        kept[UNREAD] = torch.randn(14, 3)
    return kept


def run(model, prompt, ids):
    return model(inputs_embeds=prompt, decoder_input_ids=torch.tensor([ids]), output_attentions=True)


def answer(model, prompt):
    """Greedy, all positions again at every step, as the definition has it."""
    ids = [getattr(model.config, "decoder_start_token_id", model.config.pad_token_id)]
    for _ in range(N_IDS):
        row = run(model, prompt, ids).logits[0, -1]
        best = row.topk(2).values
        if best[0] - best[1] < MARGIN:
            return None
        ids.append(int(row.argmax()))
    return ids


def golden_of(model, n, prompt):
    ids = answer(model, prompt)
    if ids is None:
        return None
    out = run(model, prompt, ids[:-1])
    golden = {"prompt": prompt[0], "encoded": out.encoder_last_hidden_state[0], "logits": out.logits[0],
              "ids": torch.tensor(ids[1:], dtype=torch.int32)}
    if n == 0:
        golden |= {"self": torch.cat(out.decoder_attentions), "cross": torch.cat(out.cross_attentions)}
    return {f"{n}.{name}": tensor.contiguous() for name, tensor in golden.items()}


@torch.no_grad()
def make(folder, config, dtype, lengths):
    """Tries seeds until no answer hangs on rounding and none repeats one token."""
    for seed in range(1000):
        torch.manual_seed(seed)
        model = make_model(config, dtype)
        parts = [golden_of(model, n, torch.randn(1, length, config["d_model"])) for n, length in enumerate(lengths)]
        if all(part is not None and len(part[f"{n}.ids"].unique()) > 4 for n, part in enumerate(parts)):
            break
    else:
        raise SystemExit(f"{folder.name}: no seed will do")
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(FLAN | config, indent=2) + "\n")
    save_file(stored(model, config.get("tie_word_embeddings", True), dtype), folder / "model.safetensors", {"format": "pt"})
    save_file({name: t for part in parts for name, t in part.items()}, folder / "golden.safetensors")
    print(folder.name, "seed", seed, [part[f"{n}.ids"].tolist() for n, part in enumerate(parts)])


if __name__ == "__main__":
    shutil.rmtree(DATA, ignore_errors=True)
    for name, (config, dtype, lengths) in MODELS.items():
        make(DATA / name, config, dtype, lengths)
