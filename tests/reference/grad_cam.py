#!/usr/bin/env python3
"""Makes tests/data/grad-cam: Grad-CAM of the two checkpoints that compare, by torch's autograd.

    python3 tests/reference/grad_cam.py

As `compute_gradcam` of LAVIS has it for BLIP: the attention of one layer times the positive part of its gradient, the
gradient being that of the score of a match, mean over the heads.  Where text looks at the picture a row with the mean
over its words is put behind the first.  Unlike there the class token's column stays, as zeros, so that the shape is
that of the attention.  For BLIP-2 the rows are the queries.
"""

import json
import shutil
import sys
from pathlib import Path

import torch
from safetensors.numpy import save_file
from tokenizers import Tokenizer
from transformers import Blip2ForImageTextRetrieval, BlipForImageTextRetrieval
from transformers.image_utils import load_image
from transformers.models.blip.image_processing_pil_blip import BlipImageProcessorPil

CHECKPOINTS = Path(__file__).resolve().parent.parent / "data" / "checkpoints"
OUTPUT = CHECKPOINTS.parent / "grad-cam"
PAIRS = [("rgb.png", "two horses run past the river"), ("turned.jpg", "Her naïve smile, in 1930."), ("grey.png", "?")]


def looking_layers(model):
    """The modules that give the probabilities of those who look at the picture, by the number of their layer."""
    if isinstance(model, BlipForImageTextRetrieval):
        return {i: layer.crossattention.self for i, layer in enumerate(model.text_encoder.encoder.layer)}
    layers = enumerate(model.qformer.encoder.layer)
    return {i: layer.crossattention.attention for i, layer in layers if layer.has_cross_attention}


def match_score(model, pixels, ids):
    given = {"pixel_values": pixels, "input_ids": torch.tensor([ids])}
    if isinstance(model, BlipForImageTextRetrieval):
        return model(**given, use_itm_head=True).itm_score[0, 1]
    given["attention_mask"] = torch.ones_like(given["input_ids"])
    return model(**given, use_image_text_matching_head=True).logits_per_image[0, 1]


def grad_cam(model, layer, pixels, ids):
    seen = []
    hook = looking_layers(model)[layer].register_forward_hook(lambda _module, _inputs, output: seen.append(output[1]))
    score = match_score(model, pixels, ids)
    hook.remove()
    (attention,) = seen
    (gradient,) = torch.autograd.grad(score, attention)
    cam = (attention * gradient.clamp(min=0))[0].mean(0).detach()
    cam[:, 0] = 0
    if isinstance(model, BlipForImageTextRetrieval):
        n_words = len(ids) - 2
        cam = torch.cat([cam[:1], cam[1 : n_words + 1].sum(0, keepdim=True) / n_words, cam[1:]])
    return cam


def make(name, model_class):
    folder = CHECKPOINTS / name
    model = model_class.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    processor = BlipImageProcessorPil.from_pretrained(folder)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    for i, (picture, text) in enumerate(PAIRS):
        pixels = processor(load_image(str(CHECKPOINTS / "pictures" / picture)), return_tensors="pt")["pixel_values"]
        for layer in looking_layers(model):
            cam = grad_cam(model, layer, pixels, tokenizer.encode(text).ids)
            file = f"{name}-{i}-{layer}.safetensors"
            save_file({f"gradcam.{layer}": cam.numpy()}, OUTPUT / file)
            yield {"checkpoint": name, "picture": picture, "text": text, "layer": layer, "trace": file}


def main():
    shutil.rmtree(OUTPUT, ignore_errors=True)
    OUTPUT.mkdir()
    entries = [
        *make("blip-itm", BlipForImageTextRetrieval),
        *make("blip2-itm", Blip2ForImageTextRetrieval),
    ]
    text = json.dumps({"entries": entries}, separators=(",", ":")).replace('{"checkpoint"', '\n{"checkpoint"')
    (OUTPUT / "golden.json").write_text(text + "\n")


if __name__ == "__main__":
    sys.exit(main())
