"""The reference: what transformers makes of a model folder, and how far another result is from it.

Used by check_model.py and make_golden.py, in part by checkpoints.py.  Needs transformers 5.23 and torch on the CPU;
pictures go through its PIL-based processor, in f32, with eager attention, since only that hands out its probabilities.
"""

import hashlib
import json
import random
import subprocess
from pathlib import Path

import numpy
import torch
from transformers import AutoProcessor, InstructBlipForConditionalGeneration
from transformers.image_utils import load_image

MAX_NEW_TOKENS = 64
TOLERANCE = 2e-4  # of the rms of a tensor
PIXEL_TOLERANCE = 1e-6  # absolute
IDS = ("lm.prompt_ids", "generated_ids")

# Beside questions about the truth: words that no tokenizer knows, capitals, and hardly a question at all.
ODD_INSTRUCTIONS = [
    "WHAT COLOUR IS THE STAR?!",
    "zebra \u273f caf\u00e9 \u4f60\u597d 12345",
    "?",
    "Where is the left of the nothing " * 4,
]


def listen(model, seen):
    """From now on, a run of `model` puts its tensors into `seen`, by the names that `pinhole-cli trace` gives them and
    without their batch; those of parts that a family lacks are left out."""
    first = lambda output: output[0] if isinstance(output, tuple) else output
    probabilities = lambda output: output[1]
    last = lambda output: output.last_hidden_state

    def keep(module, name, choose):
        def hook(_module, _inputs, output):
            seen[name] = choose(output)[0]

        module.register_forward_hook(hook)

    for i, block in enumerate(model.vision_model.encoder.layers):
        keep(block, f"vision.block.{i}", first)
    keep(model.vision_model, "vision.output", last)
    if hasattr(model, "qformer"):
        n_queries = model.config.num_query_tokens
        for i, layer in enumerate(model.qformer.encoder.layer):
            keep(layer.attention.attention, f"qformer.self_attention.{i}", probabilities)
            if layer.has_cross_attention:
                keep(layer.crossattention.attention, f"qformer.cross_attention.{i}", probabilities)
        keep(model.qformer, "qformer.output", lambda output: last(output)[:, :n_queries])
    if hasattr(model, "language_projection"):
        keep(model.language_projection, "projection", first)


class Reference:
    def __init__(self, folder):
        """Opens the model in `folder`; raises ValueError unless every key of model and file has its counterpart."""
        options = {"attn_implementation": "eager", "dtype": torch.float32, "local_files_only": True}
        load = InstructBlipForConditionalGeneration.from_pretrained
        self.model, found = load(folder, output_loading_info=True, **options)
        if any(found.values()):
            raise ValueError(f"{folder}: not loaded cleanly: {found}")
        self.model.eval()
        self.processor = AutoProcessor.from_pretrained(folder, local_files_only=True)
        if "Pil" not in type(self.processor.image_processor).__name__:
            raise ValueError("torchvision is installed: its processor rounds pixels in another way than Pillow does")
        self.seen = {}
        listen(self.model, self.seen)

    @torch.no_grad()
    def answer(self, picture, instruction, precision=torch.float32):
        """The greedy answer's text, by name every tensor that `pinhole-cli trace` writes, and the margin of the answer:
        by how much of their rms the chosen scores were above the second best, at the closest of all choices."""
        self.seen.clear()
        self.model.to(precision)
        inputs = self.processor(images=load_image(str(picture)), text=instruction, return_tensors="pt")
        inputs = inputs.to(precision)
        output = self.model.generate(
            **inputs, do_sample=False, max_new_tokens=MAX_NEW_TOKENS, return_dict_in_generate=True, output_logits=True
        )
        ids = inputs["input_ids"][0]
        answered = output.sequences[0, len(ids) :]
        seen = self.seen | {
            "pixel_values": inputs["pixel_values"][0],
            "lm.prompt_ids": ids[self.model.config.num_query_tokens :],
            "lm.first_logits": output.logits[0][0],
            "generated_ids": answered,
        }
        tensors = {name: tensor.contiguous().numpy() for name, tensor in seen.items()}
        tensors |= {name: tensors[name].astype(numpy.int32) for name in IDS}
        text = self.processor.batch_decode(answered[None], skip_special_tokens=True)[0]
        margin = min(map(margin_of, output.logits))
        return text, tensors, margin


def margin_of(scores):
    first, second = scores[0].topk(2)[0]
    return float((first - second) / scores.pow(2).mean().sqrt())


def deviation(name, got, want):
    """How far `got` is from `want`, and how far it may be; infinitely far if it is of another shape or not finite."""
    limit = PIXEL_TOLERANCE if name == "pixel_values" else TOLERANCE
    if got is None or got.shape != want.shape or not numpy.isfinite(got).all():
        return numpy.inf, limit
    difference = float(numpy.abs(got.astype(numpy.float64) - want).max())
    if name == "pixel_values":
        return difference, limit
    return difference / float(numpy.sqrt(numpy.mean(numpy.square(want, dtype=numpy.float64)))), limit


def draw_scene(cli, seed, side, path):
    """Draws scene `seed` to `path` and returns the instructions that its truth can answer, in an order of their own."""
    command = [cli, "scene", "--seed", str(seed), "--side", str(side), "--output", path, "--json"]
    truth = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    instructions = [question["text"] for question in truth["questions"]]
    random.Random(seed).shuffle(instructions)
    return instructions


def sha256(path):
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()
