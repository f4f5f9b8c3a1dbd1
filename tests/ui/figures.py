#!/usr/bin/python3
"""What the window costs, measured: figures.py BUILD MODEL [FIGURE…]

Prints one line a figure, with what is wanted, and fails where it is missed.  These take
minutes and depend on the machine: they are run by hand (tests/ui/figures BUILD), not with
the tests.  How evenly frames come while an answer is written is measured by frames.py."""

import os
import random
import re
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time

from driver import Pinhole, press, wait
from suite import BUILD, DONE, MODEL, SCRATCH, make_slow, scratch, start

SEED = 5  # of the moments at which is stopped
missed = []


def tell(figure, value, unit, limit):
    print(f"{figure}: {value:.0f} {unit} (wanted: at most {limit})", flush=True)
    if value > limit:
        missed.append(figure)


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


# --- until the window is there ---

def time_to_window():
    """Milliseconds from the start of the program to its window on the display."""
    known = set(subprocess.run(["xdotool", "search", "--onlyvisible", "--class", "pinhole"],
                               capture_output=True, text=True).stdout.split())
    history = tempfile.mktemp(dir=SCRATCH)
    began = time.monotonic()
    process = subprocess.Popen([os.path.join(BUILD, "app", "pinhole"), "--history", history,
                                "--model", scratch("no-model"), "--scene", "12"])
    try:
        def shown():
            found = subprocess.run(["xdotool", "search", "--onlyvisible", "--pid", str(process.pid)],
                                   capture_output=True, text=True).stdout.split()
            return set(found) - known
        wait(shown, "the window")
        return 1000 * (time.monotonic() - began)
    finally:
        process.kill()
        process.wait()


def window():
    times = [time_to_window() for _ in range(11)][1:]  # the first one fills the caches
    tell("window visible without a model, median of 10", statistics.median(times), "ms", 300)


# --- a long history ---

def fill(path, n_messages, per_chat=50):
    """Copies the one turn of a history, in chats of their own, until there are so many."""
    database = sqlite3.connect(path)

    def copy(table, source, changes):
        names = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
        values = ", ".join(changes.get(name, name) for name in names)
        return (f"INSERT INTO {table} ({', '.join(names)}) SELECT {values} FROM {table} "
                f"WHERE id = {source}")

    (turn, chat), = database.execute("SELECT id, chat FROM turns").fetchall()
    one_chat = copy("chats", chat, {"id": "?1", "title": "'Chat number ' || ?1",
                                    "updated": "updated - ?1", "created": "created - ?1"})
    one_turn = copy("turns", turn, {"id": "?1", "chat": "?2", "position": "?3"})
    for i in range(1, n_messages // per_chat // 2 + 1):  # a turn is two messages
        database.execute(one_chat, (i,))
        database.executemany(one_turn, [(i * per_chat + j, i, j + 1) for j in range(per_chat)])
    database.commit()
    (count,) = database.execute("SELECT count(*) FROM turns").fetchone()
    database.close()
    return 2 * count


def time_to_list(history):
    """Milliseconds from the start to the first chat in the list."""
    began = time.monotonic()
    with Pinhole(BUILD, "--scene", "12", model=scratch("no-model"), history=history) as pinhole:
        pinhole.wait_for("list item", "Chat 1: .*")
        passed = 1000 * (time.monotonic() - began)
        pinhole.quit()
    return passed


def list_of_chats():
    short = scratch("short.db")
    with start(history=short) as pinhole:
        pinhole.ask("What color is the star?")
        pinhole.wait_for("label", DONE)
        pinhole.quit()
    long = scratch("long.db")
    shutil.copy(short, long)
    n = fill(long, 100_000)
    few = statistics.median(time_to_list(short) for _ in range(5))
    many = statistics.median(time_to_list(long) for _ in range(5))
    tell(f"list of chats with {n} messages, later than with two", many - few, "ms", 200)


# --- stopping ---

def stop():
    """From the key to Send, seen through the accessibility tree, at 200 random moments."""
    moments = random.Random(SEED)
    times = []
    with start(model=make_slow()) as pinhole:
        for i in range(200):
            if i % 20 == 0:
                press("ctrl+n")
            pinhole.ask("Describe the picture.")
            button = pinhole.wait_for("button", "Stop")
            time.sleep(moments.uniform(0, 1.5))
            began = time.monotonic()
            press("Escape")
            wait(lambda: button.read_name() == "Send", "the answer to stop")
            times.append(1000 * (time.monotonic() - began))
        pinhole.quit()
    print(f"Stop to idle: median {statistics.median(times):.0f} ms, longest {max(times):.0f} ms")
    tell("Stop to idle, p99 of 200", percentile(times, 0.99), "ms", 100)


# --- what many turns leave behind ---

def read_state(pid):
    """Kilobytes, descriptors and threads of a process."""
    with open(f"/proc/{pid}/status") as file:
        status = file.read()
    return (int(re.search(r"VmRSS:\s+(\d+)", status).group(1)),
            len(os.listdir(f"/proc/{pid}/fd")),
            int(re.search(r"Threads:\s+(\d+)", status).group(1)))


def take_turns(pinhole, n):
    for i in range(n):
        if i % 30 == 0:
            press("ctrl+n")
            wait(lambda: not pinhole.find("list item", "Is there a tree.*"), "an empty chat")
        before = len(pinhole.find_all("label", DONE))
        pinhole.ask("Is there a tree?")
        wait(lambda: len(pinhole.find_all("label", DONE)) != before or before > 8 and
             pinhole.find("button", "Send"), "an answer")
    press("ctrl+n")
    time.sleep(1)


def turns():
    history = scratch("turns.db")
    with start(history=history) as pinhole:
        take_turns(pinhole, 90)
        before = read_state(pinhole.process.pid)
        take_turns(pinhole, 300)
        after = read_state(pinhole.process.pid)
        pinhole.quit()
    (count,) = sqlite3.connect(history).execute("SELECT count(*) FROM turns").fetchone()
    assert count == 390, f"{count} turns were taken"
    for what, unit, b, a, limit in zip(("memory", "descriptors", "threads"), ("KB", "", ""), before,
                                       after, (4096, 0, 0)):
        print(f"{what} before 300 turns {b} {unit}, after {a} {unit}")
        tell(f"{what} that 300 turns leave behind", a - b, unit, limit)


FIGURES = {"window": window, "list": list_of_chats, "stop": stop, "turns": turns}


def main():
    for name in sys.argv[3:] or FIGURES:
        FIGURES[name]()
    shutil.rmtree(SCRATCH, ignore_errors=True)
    return len(missed) > 0


if __name__ == "__main__":
    sys.exit(main())
