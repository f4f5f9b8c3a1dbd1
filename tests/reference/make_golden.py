#!/usr/bin/env python3
"""Makes tests/data/golden: what transformers answers, for test-golden.

    python3 tests/reference/make_golden.py build

For the random model in tests/data/golden/tiny, which is made if it is not there, and for every model in
resources/models: golden.json with the answers to two instructions about each picture, and a few whole runs as
trace-N.safetensors.  Of the first run every number is kept, of the others every eighth row, since the files are
committed.  To be run again whenever a model is replaced; `build` is where Pinhole was built.
"""
import json
import shutil
import subprocess
import sys
from pathlib import Path

from safetensors.numpy import save_file

from instructblip import MAX_NEW_TOKENS, ODD_INSTRUCTIONS, Reference, draw_scene, sha256

ROOT = Path(__file__).resolve().parent.parent.parent
GOLDEN = ROOT / "tests" / "data" / "golden"
N_PICTURES, SIDE = 52, 96
N_TRACES, ROW_STEP = 5, 8


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


def keep_rows(tensors, step):
    return {name: tensor[..., ::step, :].copy() if tensor.ndim > 1 else tensor for name, tensor in tensors.items()}


def make_golden(folder, model, pairs):
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("trace-*.safetensors"):
        old.unlink()
    reference = Reference(model)
    golden = {"model": str(model.relative_to(ROOT)), "weights": sha256(model / "model.safetensors"), "max_new_tokens": MAX_NEW_TOKENS}
    golden |= {"answers": [], "traces": []}
    for i, (picture, instruction) in enumerate(pairs):
        text, tensors = reference.answer(GOLDEN / "pictures" / picture, instruction)
        asked = {"picture": picture, "instruction": instruction}
        golden["answers"].append({**asked, "text": text, "ids": tensors["generated_ids"].tolist()})
        if i % (len(pairs) // N_TRACES) == 0 and i // (len(pairs) // N_TRACES) < N_TRACES:
            trace = {**asked, "file": f"trace-{len(golden['traces'])}.safetensors", "row_step": ROW_STEP if golden["traces"] else 1}
            save_file(keep_rows(tensors, trace["row_step"]), folder / trace["file"])
            golden["traces"].append(trace)
    text = json.dumps(golden, separators=(",", ":")).replace('{"picture"', '\n{"picture"')
    (folder / "golden.json").write_text(text + "\n")
    print(f"{folder.name}: {len(golden['answers'])} answers, {len({a['text'] for a in golden['answers']})} of them different")


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
