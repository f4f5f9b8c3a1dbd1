#!/usr/bin/env python3
"""Makes tests/data/golden: what transformers answers, for test-golden.

    python3 tests/reference/make_golden.py build

For the random model in tests/data/golden/tiny, which is made if it is not there, and for every model in
resources/models: golden.json with the answers to two instructions about each picture, and the tensors of a few runs as
trace-N.safetensors.  Of these every eighth row is kept, since the files are committed, and of the tiny model's first
run every number.  To be run again whenever a model is replaced; `build` is where Pinhole was built.

Rounding differs between processors, and where a model is at a tie between two words or two patches it decides.  So that
a right engine does not fail by chance, answers with a close choice are left out, and traced are runs on which the
reference in single precision is near to itself in double.
"""
import json
import shutil
import subprocess
import sys
from pathlib import Path

import torch
from safetensors.numpy import save_file

from instructblip import IDS, MAX_NEW_TOKENS, ODD_INSTRUCTIONS, Reference, deviation, draw_scene, sha256

ROOT = Path(__file__).resolve().parent.parent.parent
GOLDEN = ROOT / "tests" / "data" / "golden"
N_PICTURES, SIDE = 52, 96
N_TRACES, ROW_STEP = 5, 8
WHOLE = 100_000  # numbers in a run that is small enough to be kept whole
CLOSE = 2e-3  # margin of an answer that rounding might change: ten times what scores may be away
STEADY = 5e-5  # of rms, between single and double


def draw_pictures(cli):
    """Draws all pictures; returns pairs of a picture's name and an instruction."""
    folder = GOLDEN / "pictures"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    pairs = []
    for seed in range(1, N_PICTURES + 1):
        name = f"scene-{seed}.png"
        instructions = draw_scene(cli, seed, SIDE, folder / name)[:2]
        pairs += [(name, text) for text in instructions + ODD_INSTRUCTIONS[seed - 1 : seed]]
    return pairs


def is_steady(reference, picture, instruction, single):
    _, double, _ = reference.answer(picture, instruction, torch.float64)
    return all(name in IDS or deviation(name, single[name], double[name])[0] <= STEADY for name in single)


def save_trace(folder, n, tensors):
    whole = n == 0 and sum(tensor.size for tensor in tensors.values()) < WHOLE
    step, name = 1 if whole else ROW_STEP, f"trace-{n}.safetensors"
    kept = {key: tensor[..., ::step, :].copy() if tensor.ndim > 1 else tensor for key, tensor in tensors.items()}
    save_file(kept, folder / name)
    return {"file": name, "row_step": step}


def make_golden(folder, model, pairs):
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("trace-*.safetensors"):
        old.unlink()
    reference = Reference(model)
    golden = {
        "model": str(model.relative_to(ROOT)),
        "weights": sha256(model / "model.safetensors"),
        "max_new_tokens": MAX_NEW_TOKENS,
        "answers": [],
        "traces": [],
    }
    n_close = 0
    for i, (picture, instruction) in enumerate(pairs):
        path = GOLDEN / "pictures" / picture
        text, tensors, margin = reference.answer(path, instruction)
        if margin < CLOSE:
            n_close += 1
            continue
        asked = {"picture": picture, "instruction": instruction}
        golden["answers"].append({**asked, "text": text, "ids": tensors["generated_ids"].tolist()})
        n = len(golden["traces"])
        if n < N_TRACES and i >= n * len(pairs) // N_TRACES and is_steady(reference, path, instruction, tensors):
            golden["traces"].append({**asked, **save_trace(folder, n, tensors)})
    text = json.dumps(golden, separators=(",", ":")).replace('{"picture"', '\n{"picture"')
    (folder / "golden.json").write_text(text + "\n")
    different = len({answer["text"] for answer in golden["answers"]})
    print(f"{folder.name}: {len(golden['answers'])} answers, {different} different, {n_close} left out as close")
    print(f"{folder.name}: {len(golden['traces'])} traces")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    build = Path(sys.argv[1]).resolve()
    pairs = draw_pictures(build / "app" / "pinhole-cli")

    tiny = GOLDEN / "tiny" / "model"
    if not tiny.exists():
        subprocess.run([build / "tests" / "fresh-model", GOLDEN / "tiny" / "sizes.json", tiny, "1"], check=True)
    make_golden(GOLDEN / "tiny", tiny, pairs)
    for config in sorted((ROOT / "resources" / "models").glob("*/config.json")):
        make_golden(GOLDEN / config.parent.name, config.parent, pairs)


if __name__ == "__main__":
    main()
