#!/usr/bin/python3
"""Pictures of the window in use, for the README: screenshots.py BUILD MODEL FOLDER"""

import os
import re
import subprocess
import sys
import tempfile
import time

from driver import Pinhole, press, wait

BUILD, MODEL, FOLDER = sys.argv[1:4]
HISTORY = os.path.join(tempfile.mkdtemp(), "history.db")
SCENE = "10"
DONE = r"[\d.]+ m?s · \d+ tokens?.*"
QUESTIONS = ("Describe the picture.", "What color is the number?")


def start(*arguments):
    pinhole = Pinhole(BUILD, "--scene", SCENE, *arguments, model=None, history=HISTORY)
    pinhole.resize(1200, 800)
    wait(lambda: pinhole.find("window").extents[2] > 1150, "a wide window")
    return pinhole


def shoot(pinhole, name, colors=256):
    path = os.path.join(FOLDER, name + ".png")
    subprocess.run(["import", "-window", pinhole.x_window, "-strip", "-define",
                    "png:compression-level=9", "-dither", "None", "-colors", str(colors),
                    "png8:" + path], check=True)
    print(f"{path}: {os.path.getsize(path) // 1024} KB", flush=True)


def ask(pinhole, question):
    pinhole.ask(question)
    pinhole.wait_for("list item", re.escape(question) + " .+")
    wait(lambda: pinhole.find("button", "Send") and pinhole.status(), "the answer")


def choose_sharpest_query(pinhole):
    """By the board: the query whose map has the highest peak."""
    press("F8")
    pinhole.click("button", "Queries")
    thumbs = wait(lambda: pinhole.find_all(None, r"Query \d+, most at .*"), "the board")
    shoot(pinhole, "queries")
    best = max(thumbs, key=lambda node: float(re.search(r": ([\d.]+) %", node.name).group(1)))
    pinhole.click_at(best)
    press("F8")


def shoot_views(pinhole):
    """Each way of looking at the chosen answer."""
    press("F8")
    for view in ("Heads", "Words", "Instruction"):
        pinhole.click("button", view)
        time.sleep(0.5)  # until it is drawn, which the tree does not tell
        shoot(pinhole, view.lower())
    for view, button in (("Doubt", "Cover What It Looked At"), ("Kept", "Leave Out One by One")):
        pinhole.click("button", view)
        pinhole.click("button", button)
        wait(lambda: not pinhole.find("button", "Stop .*") and pinhole.find("button", button), "the experiment")
        time.sleep(0.5)
        shoot(pinhole, view.lower())


def main():
    os.makedirs(FOLDER, exist_ok=True)
    with start() as pinhole:
        wait(lambda: pinhole.find("label", "Ask about it"), "the suggestions")
        shoot(pinhole, "first-start", colors=128)  # its ground has many shades
        pinhole.point(3, 700)
        for question in QUESTIONS:
            ask(pinhole, question)
        shoot(pinhole, "answer")
        choose_sharpest_query(pinhole)
        x, y, width, height = pinhole.canvas().extents
        pinhole.point(x + width * 0.55, y + height * 0.45)
        wait(lambda: pinhole.status().startswith("row"), "a patch")
        shoot(pinhole, "one-query")
        pinhole.point(3, 700)
        shoot_views(pinhole)
        pinhole.quit()

    os.environ["ADW_DEBUG_COLOR_SCHEME"] = "prefer-dark"
    with start() as pinhole:
        pinhole.click_at(pinhole.wait_for("list item", "Chat 1: .*"))
        pinhole.point(3, 700)
        pinhole.wait_for("label", DONE)
        wait(pinhole.status, "the map")
        shoot(pinhole, "reopened")
        press("ctrl+f")
        pinhole.wait_for("search box", "Search in all chats").set_text("fish")
        wait(lambda: pinhole.find("list item", "Chat 1: .*"), "what was found")
        shoot(pinhole, "search")
        press("Escape")
        pinhole.resize(360, 700)
        wait(lambda: pinhole.find("window").extents[2] <= 360, "a narrow window")
        shoot(pinhole, "narrow")
        pinhole.quit()


if __name__ == "__main__":
    main()
