#!/usr/bin/python3
"""How evenly frames come while an answer is written: frames.py BUILD MODEL [SECONDS]

A slow model writes with all cores, one answer after another, for SECONDS (60) each: in a
new chat, in one of 2500 questions with 500 000 characters, and beneath a single answer of
500 000.  The window writes its frames down (PINHOLE_FRAME_LOG, ui/frame-log.h); nothing
else asks it anything meanwhile, and what was said before the first answer is not counted.
Run by hand: PINHOLE_SCRIPT=frames.py tests/ui/run BUILD [SECONDS]."""

import os
import sqlite3
import sys
import time

SECONDS = float(sys.argv.pop(3)) if len(sys.argv) > 3 else 60.0

from driver import press, wait, xdotool
from suite import DONE, make_slow, scratch, start

LONG = 500_000  # characters
P99, MOST = 33, 100  # milliseconds that are wanted
missed = []


def write_history(path, n_turns):
    """A chat of so many questions, whose answers have LONG characters together."""
    with start(history=path) as pinhole:
        pinhole.ask("What color is the star?")
        pinhole.wait_for("label", DONE)
        pinhole.quit()
    words = "the star is green and stands above the tree. " * (LONG // n_turns // 45 + 1)
    answer = words[:LONG // n_turns]
    with sqlite3.connect(path) as database:
        for i in range(2, n_turns + 2):
            database.execute(
                "INSERT INTO turns (id, chat, position, state, model, prompt, settings, answer, created, picture)"
                " SELECT ?, chat, ?, 'done', model, ?, settings, ?, created, picture FROM turns WHERE position = 1",
                (i, i, f"Question {i}?", answer))


def read_gaps(log, begin, end):
    """Milliseconds between frames, of those painted within the times of the monotonic clock."""
    with open(log) as file:
        lines = [line.split() for line in file if line.count(" ") == 1 and line.endswith("\n")]
    return [int(gap) / 1000 for at, gap in lines if begin <= int(at) / 1e6 <= end]


def ask_on(seconds):
    """Keeps questions waiting, by keys alone; the time between."""
    begin = time.monotonic()
    while time.monotonic() < begin + seconds:
        xdotool("type", "--delay", "1", "Describe it.")
        press("Return")
        time.sleep(2)
    return begin, time.monotonic()


def measure(what, n_turns):
    log, history = scratch("frames.log"), scratch(f"frames-{n_turns}.db")
    if n_turns > 0:
        write_history(history, n_turns)
    os.environ["PINHOLE_FRAME_LOG"] = log
    with start(model=make_slow(), history=history) as pinhole:
        if n_turns > 0:
            pinhole.click_at(pinhole.wait_for("list item", "Chat 1: .*"))
            pinhole.wait_for("list item", rf"Question {n_turns + 1}\? .*")
        pinhole.ask("Describe it.")
        pinhole.wait_for("list item", r"Describe it\. [a-z]+ .*")
        times = ask_on(SECONDS)
        pinhole.process.kill()
        pinhole.process.wait()
    del os.environ["PINHOLE_FRAME_LOG"]
    gaps = sorted(read_gaps(log, *times))
    p50, p99 = (gaps[int(share * (len(gaps) - 1))] for share in (0.5, 0.99))
    print(f"{what}: {len(gaps)} frames, p50 {p50:.1f} ms, p99 {p99:.1f} ms (wanted: {P99}), "
          f"most {gaps[-1]:.1f} ms (wanted: {MOST})", flush=True)
    if p99 > P99 or gaps[-1] > MOST:
        missed.append(what)


measure("a new chat", 0)
measure("beneath 2500 questions, 500 000 characters", 2500)
measure("beneath one answer of 500 000 characters", 1)
sys.exit(f"missed: {', '.join(missed)}" if missed else 0)
