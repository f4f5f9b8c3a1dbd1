#!/usr/bin/env python3
"""Makes tests/data/torch: small files as torch.save writes them, for test-torch.

    python3 tests/reference/torch_files.py

mixed.bin and mixed-protocol-4.bin hold the same tensors, which test-torch.c lists; old.bin is in the format from before
torch 1.6.
"""
from collections import OrderedDict
from pathlib import Path

import torch

FOLDER = Path(__file__).resolve().parent.parent / "data" / "torch"


def make_state():
    """A state dict with all that published ones have: parameters, views, two names of one storage, _metadata."""
    bias = torch.tensor([0.5, -1.5])
    state = OrderedDict()
    state["part.weight"] = torch.arange(1.0, 7.0).reshape(2, 3).half()
    state["part.bias"] = bias
    state["part.decoder.bias"] = bias
    state["part.parameter"] = torch.nn.Parameter(torch.tensor([[1.0, 2.0, 3.0]]).bfloat16())
    state["part.tail"] = torch.arange(10.0)[6:]
    state["part.turned"] = torch.arange(6.0).reshape(2, 3).t()
    state["part.expanded"] = torch.arange(3).expand(2, -1)
    state["part.position_ids"] = torch.arange(4).expand((1, -1))
    state["part.scalar"] = torch.tensor(7, dtype=torch.int32)
    state["part.none"] = torch.zeros(0, 3)
    state["part.double"] = torch.tensor([0.25], dtype=torch.float64)
    state._metadata = OrderedDict([("", {"version": 1}), ("part", {"version": 2})])
    return state


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    state = make_state()
    torch.save(state, FOLDER / "mixed.bin")
    torch.save(state, FOLDER / "mixed-protocol-4.bin", pickle_protocol=4)
    torch.save({"a": torch.ones(1)}, FOLDER / "old.bin", _use_new_zipfile_serialization=False)


if __name__ == "__main__":
    main()
