#!/usr/bin/env python3
"""Makes tests/data/preprocess: what Pillow's resize and transformers' processor give.

    python3 tests/reference/preprocess.py

Needs Pillow 13, numpy and transformers 5.23.  The pictures are drawn from the formulas in
draw(), which test-preprocess.c repeats.  Results are kept as SHA-256: of width and height
(32-bit little endian) and the RGB, and of the floats of pixel_values.
"""
import hashlib
import json
import pathlib
import struct

import numpy
from PIL import Image
from transformers.models.blip.image_processing_pil_blip import BlipImageProcessorPil

DATA = pathlib.Path(__file__).parent.parent / "data" / "preprocess"

# pattern, width, height, new width, new height
RESIZES = [
    (pattern, *sizes)
    for pattern in ("noise", "edges", "slope")
    for sizes in [
        (1, 1, 7, 5), (1, 40, 9, 16), (40, 1, 9, 16), (2, 2, 224, 224), (3, 2, 31, 33), (64, 48, 64, 48), (64, 48, 64, 20),
        (64, 48, 20, 48), (640, 480, 64, 64), (641, 479, 97, 53), (100, 100, 99, 101), (17, 900, 30, 30), (900, 17, 30, 30),
        (5, 5, 1, 1), (333, 222, 1, 1), (1000, 1000, 2, 2), (224, 224, 364, 364),
        # Around the line where Pillow 13 changes the order of its passes.
        (131, 262, 17, 23), (131, 251, 17, 23), (60, 150, 33, 96), (60, 151, 33, 96), (108, 240, 64, 64), (39, 259, 19, 169),
    ]
]

# pattern, width, height, side, mean, std
PIXELS = [
    ("noise", 300, 200, 64, None, None), ("edges", 97, 131, 224, None, None), ("slope", 64, 64, 64, None, None),
    ("noise", 1, 1, 32, None, None), ("edges", 640, 480, 56, [0.5, 0.5, 0.5], [0.5, 0.5, 0.5]), ("noise", 50, 60, 64, [0.1, 0.2, 0.3], [0.9, 1.1, 2]),
]


def draw(pattern, width, height):
    y, x, c = numpy.meshgrid(numpy.arange(height), numpy.arange(width), numpy.arange(3), indexing="ij")
    if pattern == "noise":
        value = (x * 73856093 ^ y * 19349663 ^ c * 83492791) % 2**32 >> 7
    elif pattern == "edges":
        value = (x // 3 + y // 5 + c) % 2 * 255
    else:
        value = x * 3 + y * 5 + c * 40
    return Image.fromarray((value % 256).astype(numpy.uint8))


def resize(pattern, width, height, new_width, new_height):
    picture = draw(pattern, width, height).resize((new_width, new_height), Image.Resampling.BICUBIC)
    digest = hashlib.sha256(struct.pack("<II", new_width, new_height) + picture.tobytes()).hexdigest()
    return {"pattern": pattern, "from": [width, height], "to": [new_width, new_height], "sha256": digest}


def pixels(pattern, width, height, side, mean, std):
    options = {"size": {"height": side, "width": side}}
    if mean is not None:
        options.update(image_mean=mean, image_std=std)
    values = BlipImageProcessorPil(**options)(draw(pattern, width, height), return_tensors="np")["pixel_values"][0]
    digest = hashlib.sha256(numpy.ascontiguousarray(values, dtype="<f4").tobytes()).hexdigest()
    case = {"pattern": pattern, "from": [width, height], "size": side, "sha256": digest, "first": [float(v) for v in values.ravel()[:4]]}
    return {**case, "image_mean": mean, "image_std": std}


if __name__ == "__main__":
    DATA.mkdir(parents=True, exist_ok=True)
    golden = {"resizes": [resize(*case) for case in RESIZES], "pixels": [pixels(*case) for case in PIXELS]}
    text = json.dumps(golden, separators=(",", ":")).replace("},{", "},\n{")
    (DATA / "golden.json").write_text(text + "\n")
