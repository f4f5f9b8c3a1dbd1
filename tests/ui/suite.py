"""What the flows of the window share.

A flow is one use of the window from start to end, named after what must be true.  A file
test_*.py here holds those of one part of the window, each decorated with @flow; flows.py
runs them."""

import os
import re
import shutil
import struct
import sys
import tempfile
import time
import traceback
import zlib

import slow_model
from driver import Pinhole, press, wait

BUILD, MODEL = sys.argv[1:3]
SCRATCH = tempfile.mkdtemp(prefix="pinhole-ui-test-")
DONE = r"[\d.]+ m?s · \d+ tokens?.*"  # the line under an answer

FLOWS = []


def flow(function):
    FLOWS.append(function)
    return function


def start(*arguments, model=MODEL, **more):
    return Pinhole(BUILD, "--scene", "12", *arguments, model=model, **more)


def scratch(name):
    return os.path.join(SCRATCH, name)


def make_slow():
    """The folder of a model whose answers last long enough to be stopped."""
    folder = scratch("slow")
    if not os.path.exists(folder):
        slow_model.make(MODEL, folder)
    return folder


def write_png(path, width, height):
    """A picture without a library: red above, blue below."""
    def chunk(kind, data):
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    rows = b"".join(b"\0" + (b"\xd0\x20\x20" if y < height / 2 else b"\x20\x20\xd0") * width
                    for y in range(height))
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" +
                   chunk(b"IHDR", struct.pack(">2I5B", width, height, 8, 2, 0, 0, 0)) +
                   chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def suggestions(pinhole):
    """The buttons under "Ask about it"."""
    return wait(lambda: [n for n in pinhole.find_all("button", r".+[?.]")], "suggestions")


def point_at(pinhole, x_share, y_share):
    """Points into the picture, a square in the middle of the canvas; row and column there."""
    x, y, width, height = pinhole.canvas().extents
    side = min(width, height)
    pinhole.point(x + (width - side) // 2 + x_share * side,
                  y + (height - side) // 2 + y_share * side)
    return int(y_share * 14) + 1, int(x_share * 14) + 1


def point_away(pinhole):
    pinhole.point(3, 700)


def choose(pinhole, what, entry):
    """Opens one of the drop-down lists and takes the entry by its keys."""
    pinhole.click("button", what)
    pinhole.wait_for("label", entry)
    press("Home", *["Down"] * int(entry.split()[-1]), "Return")


def check_names(pinhole, where):
    names = [node.name for node in pinhole.controls()]
    assert len(names) > 5, names
    assert all(name and not name.startswith(("Gtk", "Adw", "Ph")) for name in names), \
        f"{where}: a control without a name among {names}"
    twice = {name for name in names if names.count(name) > 1}
    assert not twice, f"{where}: the same name for two controls: {twice}"


def checkpoint(name):
    return os.path.join(os.path.dirname(os.path.abspath(__file__)), "../data/checkpoints", name)


def own_model(name):
    """Puts a model into the folder that is for the user's own."""
    folder = os.path.join(os.environ["XDG_DATA_HOME"], "pinhole", "models")
    os.makedirs(folder, exist_ok=True)
    if not os.path.exists(os.path.join(folder, name)):
        os.symlink(os.path.realpath(checkpoint(name)), os.path.join(folder, name))


def leave_memory(root, kilobytes):
    """What a program started with PINHOLE_SYSTEM_ROOT takes for all the memory there is."""
    os.makedirs(os.path.join(root, "proc"), exist_ok=True)
    with open(os.path.join(root, "proc", "meminfo"), "w") as file:
        file.write(f"MemAvailable: {kilobytes} kB\n")


def choose_folder(pinhole, folder):
    """By the keys of the file chooser, in which a slash begins a path."""
    press("ctrl+shift+o")
    pinhole.wait_for(None, "Open a Model's Folder")
    place = wait(lambda: press("slash") or
                 [n for n in pinhole.find_all("text box") if not n.name.startswith("Question")],
                 "a place for a path")[0]
    place.set_text(os.path.realpath(folder))
    press("Return")
    wait(lambda: not pinhole.find(None, "Open a Model's Folder"), "the chooser to close")


def choose_model(pinhole, name):
    """By the keys of the menu."""
    press("ctrl+m")
    rows = wait(lambda: pinhole.find("list item", f"Model {name}: .*") and
                pinhole.find_all("list item", "Model .*"), f"{name} in the menu")
    index = [row.name.startswith(f"Model {name}: ") for row in rows].index(True)
    press("Home", *["Down"] * index, "Return")


def report(what, value):
    print(f"     {what}: {value}", flush=True)


HELPERS = {"start", "scratch", "make_slow", "checkpoint", "own_model", "leave_memory", "choose_folder",
           "choose_model", "write_png", "suggestions", "point_at", "point_away", "choose",
           "check_names", "report", "main"}


def run_flows(wanted):
    """Those of that name or of that file, or all; how many failed."""
    flows = [each for each in FLOWS
             if not wanted or each.__name__ in wanted or each.__module__ in wanted]
    failed = 0
    for function in flows:
        began = time.monotonic()
        try:
            function()
            print(f"ok   {function.__name__} ({time.monotonic() - began:.1f} s)", flush=True)
        except Exception:
            failed += 1
            print(f"FAIL {function.__name__}\n{traceback.format_exc()}", flush=True)
    shutil.rmtree(SCRATCH, ignore_errors=True)
    print(f"{len(flows) - failed} of {len(flows)} window tests passed")
    return failed + (not flows)
