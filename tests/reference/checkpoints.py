#!/usr/bin/env python3
"""Makes tests/data/checkpoints: tiny random checkpoints in every published layout, and what transformers says to them.

    python3 tests/reference/checkpoints.py [--only NAME]... [--output FOLDER]

README.md beside this file says what is made and with which versions of which packages.  Weights are drawn until
answers depend on the picture and on the prompt, and until rounding decides nothing: see settle().
"""

import argparse
import json
import os
import shutil
import sys
import zlib
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

import torch
import transformers
from safetensors.numpy import save_file

from tiny.answers import GREEDY, MAX_NEW_TOKENS, WAYS, Reference
from tiny.cases import CASES
from tiny.layout import write_config, write_processor, write_weights, write_words
from tiny.pictures import write_pictures
from tiny.weights import draw_loudness, random_state

DATA = Path(__file__).resolve().parent.parent / "data" / "checkpoints"
N_ATTEMPTS = 400


def stop_id(case, vocabulary):
    return {"opt": vocabulary.id("\u010a"), "t5": 1, "llama": 2}.get(case.lm, 102)


def ways_of(case):
    """Transformers no longer runs the old layout, and by hand there is no prompt whose words could be penalized."""
    return [way for way in WAYS if not case.old or way.repetition_penalty == 1]


def try_weights(reference, pairs, ways):
    """Ids and score by picture, prompt and way, or None if these weights will not do."""
    ask = lambda pair, way: reference.generate(*pair, way)[::2]
    answers = {(*pair, GREEDY): ask(pair, GREEDY) for pair in pairs}
    if not reference.is_varied({(picture, prompt): ids for (picture, prompt, _), (ids, _) in answers.items()}):
        return None
    if not all(reference.is_steady(*pair) for pair in pairs):
        return None
    for pair in pairs:
        for way in ways:
            answers[(*pair, way)] = ids, _ = ask(pair, way)
            if not reference.is_stable(*pair, way, ids):
                return None
    return answers


def settle(case, reference, answerable, pairs):
    """Leaves weights on disk that are worth comparing, and returns their answers."""
    empty = reference.empty_model()
    for attempt in range(N_ATTEMPTS):
        loudness = draw_loudness(zlib.crc32(case.name.encode()) + attempt)
        state = random_state(case, empty, answerable, reference.stop, loudness)
        write_weights(case, reference.folder, state)
        reference.load(state)
        if case.matches:
            if all(reference.is_steady(*pair) for pair in pairs):
                return {}
        else:
            answers = try_weights(reference, pairs, ways_of(case))
            if answers is not None:
                print(f"{case.name}: attempt {attempt}")
                return answers
    raise SystemExit(f"{case.name}: no weights are worth comparing")


def golden_entry(case, reference, answers, picture, prompt):
    if case.matches:
        both, apart = (reference.match(picture, prompt, jointly).reshape(-1).tolist() for jointly in (True, False))
        return {"itm": both, "itc": apart[0]}
    rows = []
    for way in ways_of(case):
        ids, score = answers[picture, prompt, way]
        row = {**way.options, "ids": ids, "text": reference.text(ids)}
        rows.append({**row, "score": score} if score is not None else row)
    return {"answers": rows}


def write_golden(case, reference, answers, pairs):
    """What depends on the picture alone is kept with its first prompt alone."""
    folder, entries, before = reference.folder / "golden", [], set()
    folder.mkdir()
    for i, (picture, prompt) in enumerate(pairs):
        tensors = reference.run(picture, prompt)
        if picture in before:
            tensors = {name: value for name, value in tensors.items() if not name.startswith(("vision.", "pixel"))}
        before.add(picture)
        save_file(tensors, folder / f"trace-{i}.safetensors")
        asked = {"picture": picture.name, "prompt": prompt, "trace": f"trace-{i}.safetensors"}
        entries.append({**asked, **golden_entry(case, reference, answers, picture, prompt)})
    golden = {"transformers": transformers.__version__, "max_new_tokens": MAX_NEW_TOKENS, "entries": entries}
    text = json.dumps(golden, separators=(",", ":"))
    text = text.replace('{"picture"', '\n{"picture"').replace('{"num_beams"', '\n {"num_beams"')
    (folder / "golden.json").write_text(text + "\n")


@torch.no_grad()
def make(case, output):
    folder = output / case.name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    vocabulary, qformer_vocabulary = write_words(case, folder)
    write_config(case, folder, vocabulary, qformer_vocabulary)
    write_processor(case, folder)
    stop = stop_id(case, vocabulary)
    reference = Reference(case, folder, vocabulary, qformer_vocabulary, stop)
    pairs = [(output / "pictures" / picture, prompt) for picture in case.pictures.split() for prompt in case.prompts]
    answers = settle(case, reference, vocabulary.answerable, pairs)
    write_golden(case, reference, answers, pairs)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", metavar="NAME", choices=[case.name for case in CASES])
    parser.add_argument("--output", type=Path, default=DATA, metavar="FOLDER")
    options = parser.parse_args()

    torch.set_num_threads(1)
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    if options.only is None or not (options.output / "pictures").exists():
        write_pictures(options.output / "pictures")
    for case in CASES:
        if options.only is None or case.name in options.only:
            make(case, options.output)


if __name__ == "__main__":
    sys.exit(main())
