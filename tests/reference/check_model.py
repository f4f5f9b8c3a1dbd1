#!/usr/bin/env python3
"""Compares the answers and every traced tensor of a model with those of transformers.

    python3 tests/reference/check_model.py build/app/pinhole-cli resources/models/NAME

Draws scenes, asks each of them some of the questions its truth can answer and one out of a list of odd ones, and runs
`pinhole-cli trace` and `ask` beside InstructBlipForConditionalGeneration.  Says for each kind of tensor how far the
worst one was, and exits with 0 only if nothing was further than it may be and all ids and texts are the same.
"""
import argparse
import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

from safetensors.numpy import load_file

from instructblip import IDS, MAX_NEW_TOKENS, ODD_INSTRUCTIONS, Reference, deviation, draw_scene


def run_ours(options, picture, instruction, scratch):
    """The text and the tensors of our own answer."""
    common = ["--model", options.model, "--image", picture, "--max-new-tokens", str(MAX_NEW_TOKENS)]
    ask = [options.cli, "ask", *common, "--greedy", "--json", instruction]
    reply = json.loads(subprocess.run(ask, check=True, capture_output=True).stdout)
    trace = scratch / "trace.safetensors"
    subprocess.run([options.cli, "trace", *common, "--prompt", instruction, "--output", trace], check=True)
    return reply, load_file(trace)


def compare(reply, got, text, want, worst):
    """What differs, in words; notes in `worst` how far the tensors are."""
    differences = []
    for name in sorted(want.keys() | got.keys()):
        if name not in want:
            differences.append(f"{name}: the reference has none")
        elif name in IDS:
            if name not in got or got[name].tolist() != want[name].tolist():
                differences.append(f"{name}: {got.get(name)} is not {want[name]}")
        else:
            far, limit = deviation(name, got.get(name), want[name])
            kind = name.rstrip("0123456789").rstrip(".")
            worst[kind] = max(worst[kind], (far, limit))
            if not far <= limit:
                differences.append(f"{name}: {far:.1e} away")
    if reply["ids"] != want["generated_ids"].tolist():
        differences.append(f"ask: ids {reply['ids']}")
    if reply["text"] != text:
        differences.append(f"ask: {reply['text']!r} is not {text!r}")
    return differences


def questions(options, scratch):
    for i in range(options.scenes):
        picture = scratch / f"scene-{i}.png"
        instructions = draw_scene(options.cli, options.seed + i, options.side, picture)[: options.questions]
        for instruction in [*instructions, *ODD_INSTRUCTIONS[i : i + 1]]:
            yield picture, instruction


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cli", type=Path, help="the program pinhole-cli")
    parser.add_argument("model", type=Path, help="a model folder")
    parser.add_argument("--scenes", type=int, default=60)
    parser.add_argument("--questions", type=int, default=2, help="of each scene's own")
    parser.add_argument("--seed", type=int, default=1, help="of the first scene")
    parser.add_argument("--side", type=int, default=224, help="pixels a side")
    options = parser.parse_args()
    options.cli = options.cli.resolve()

    reference = Reference(options.model)
    worst, answers, n_asked, n_agreed = defaultdict(lambda: (0, 0)), set(), 0, 0
    with tempfile.TemporaryDirectory() as scratch:
        for picture, instruction in questions(options, Path(scratch)):
            text, want, _ = reference.answer(picture, instruction)
            reply, got = run_ours(options, picture, instruction, Path(scratch))
            differences = compare(reply, got, text, want, worst)
            n_asked += 1
            n_agreed += not differences
            answers.add(text)
            for line in differences:
                print(f"{picture.name} {instruction!r}: {line}")

    for kind, (far, limit) in sorted(worst.items()):
        print(f"{kind:24} {far:.1e} {'' if kind == 'pixel_values' else 'of rms, '}at most {limit:.0e}")
    print(f"{n_agreed} of {n_asked} answers agree, {len(answers)} of them different from one another")
    return 0 if n_asked > 0 and n_agreed == n_asked else 1


if __name__ == "__main__":
    sys.exit(main())
