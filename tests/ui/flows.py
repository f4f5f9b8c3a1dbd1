#!/usr/bin/python3
"""The window, used through its accessibility interface: flows.py BUILD MODEL [FLOW…]

Runs the flows of every test_*.py here, in the order of the files and within them, or those
that are named; a file's name stands for all of its flows."""

import glob
import importlib
import os
import sys

from suite import run_flows

if __name__ == "__main__":
    here = os.path.dirname(os.path.abspath(__file__))
    for path in sorted(glob.glob(os.path.join(here, "test_*.py"))):
        importlib.import_module(os.path.basename(path)[:-3])
    sys.exit(run_flows(sys.argv[3:]) > 0)
