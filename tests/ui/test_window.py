#!/usr/bin/python3
"""The window, used through its accessibility interface: test_window.py BUILD MODEL

Every function named after a sentence is a test; they run in the order of the file."""

import json
import os
import re
import shutil
import sqlite3
import struct
import subprocess
import sys
import tempfile
import time
import traceback
import zlib

import slow_model
from driver import Pinhole, press, wait, xdotool
from tree import SENSITIVE

BUILD, MODEL = sys.argv[1:3]
SCRATCH = tempfile.mkdtemp(prefix="pinhole-ui-test-")
DONE = r"[\d.]+ m?s · \d+ tokens?.*"  # the line under an answer


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


def the_first_start_shows_a_scene_and_three_questions():
    with start() as pinhole:
        pinhole.wait_for("label", "Scene 12")
        pinhole.canvas()
        assert len(suggestions(pinhole)) == 3, [node.name for node in suggestions(pinhole)]
        report("window in the accessibility tree", f"{pinhole.seconds_to_window:.2f} s")
        pinhole.quit()


def a_suggested_question_is_answered_with_a_map():
    with start() as pinhole:
        name = suggestions(pinhole)[0].name
        pinhole.click("button", re.escape(name))
        pinhole.wait_for("label", DONE)
        row = pinhole.wait_for("list item", re.escape(name) + " .+")
        report("answer", row.name)
        wait(lambda: re.match(r"Query \d+, mean of \d+ layers", pinhole.status()), "a map")
        # Once asked, the suggestions make room for the controls of the map.
        wait(lambda: not pinhole.find("button", re.escape(name)), "suggestions to go")
        pinhole.quit()


def a_question_is_typed_and_sent_by_enter():
    with start() as pinhole:
        pinhole.ask("What color is the star?")
        pinhole.wait_for("list item", "What color is the star\\? .+")
        pinhole.wait_for("label", DONE)
        assert pinhole.entry().get_text() == ""
        pinhole.quit()


def queries_layers_and_heads_can_be_chosen():
    with start() as pinhole:
        pinhole.ask("What color is the star?")
        pinhole.wait_for("label", DONE)
        point_away(pinhole)
        choose(pinhole, "Query of the heatmap", "Query 3")
        wait(lambda: pinhole.status().startswith("Query 3, mean of"), "query 3")
        choose(pinhole, "Attention head of the heatmap", "Head 2")
        wait(lambda: "head 2." in pinhole.status(), "head 2")
        choose(pinhole, "Layer of the heatmap", "Layer 1")
        wait(lambda: pinhole.status().startswith("Query 3, layer 1, head 2."), "layer 1")
        choose(pinhole, "Query of the heatmap", "Query 1")
        wait(lambda: pinhole.status().startswith("Query 1, layer 1, head 2."), "query 1")
        pinhole.quit()


def the_pointer_and_the_arrows_say_a_patch_and_its_share():
    with start() as pinhole:
        pinhole.ask("What color is the star?")
        pinhole.wait_for("label", DONE)
        row, column = point_at(pinhole, 0.6, 0.25)
        said = rf"row {row}, column {column}: [\d.]+ %"
        wait(lambda: re.fullmatch(said, pinhole.status()), f"{said}, not {pinhole.status()}")
        # What is drawn for the eyes is said to the ears in the same words.
        pinhole.wait_for("status", said)

        # A click pins and focuses: the pointer no longer moves it, the arrows do.
        xdotool("click", 1)
        wait(lambda: pinhole.status().endswith("pinned"), "a pin")
        point_away(pinhole)
        press("Right", "Down")
        said = f"row {row + 1}, column {column + 1}:"
        wait(lambda: pinhole.status().startswith(said), f"{said}, not {pinhole.status()}")

        press("Escape")
        wait(lambda: pinhole.status().startswith("Query"), "the patch to be released")
        before = pinhole.status()
        press("Next")
        wait(lambda: pinhole.status().split(",")[0] != before.split(",")[0], "the next query")
        press("Left")
        wait(lambda: pinhole.status().startswith("row"), "the arrows to begin at the peak")
        pinhole.quit()


def the_board_shows_all_queries_and_chooses_one():
    with start() as pinhole:
        pinhole.ask("What color is the star?")
        pinhole.wait_for("label", DONE)
        pinhole.click("button", "Queries")
        thumbs = wait(lambda: pinhole.find_all(None, r"Query \d+, most at .*"), "the board")
        assert len({node.name.split(",")[0] for node in thumbs}) == len(thumbs)
        pinhole.click_at(thumbs[1])
        wait(lambda: pinhole.find("status", "Query 2, .*"), "query 2")
        pinhole.quit()


def every_control_has_a_name_of_its_own():
    with start() as pinhole:
        suggestions(pinhole)
        check_names(pinhole, "first start")
        for question in ("What color is the star?", "Is there a tree?"):
            pinhole.ask(question)
            pinhole.wait_for("list item", re.escape(question) + " .+")
            wait(lambda: pinhole.find("button", "Send"), "the answer to end")
        check_names(pinhole, "after two answers")
        press("ctrl+n")
        pinhole.ask("What color is the star?")
        wait(lambda: len(pinhole.find_all("button", "Delete chat .*")) == 2, "two chats")
        check_names(pinhole, "with two chats of one title")
        pinhole.quit()


def an_old_chat_is_reopened_without_a_model():
    history = scratch("reopened.db")
    with start(history=history) as pinhole:
        pinhole.ask("What color is the star?")
        pinhole.wait_for("label", DONE)
        answer = pinhole.find("list item", "What color is the star\\? .+").name
        point_away(pinhole)
        status = wait(pinhole.status, "a map")
        pinhole.quit()

    with start(history=history, model=scratch("no-model")) as pinhole:
        pinhole.wait_for("label", "No model")
        pinhole.click_at(pinhole.wait_for("list item", "Chat 1: .*"))
        point_away(pinhole)
        pinhole.wait_for("list item", re.escape(answer))
        wait(lambda: pinhole.status() == status, f"the map; it says {pinhole.status()}")
        pinhole.wait_for("label", "Scene 12")
        pinhole.quit()


def a_deleted_chat_comes_back_by_undo():
    with start() as pinhole:
        pinhole.ask("What color is the star?")
        pinhole.wait_for("label", DONE)
        pinhole.click("button", "Delete chat 1: .*")
        wait(lambda: not pinhole.find("button", "Delete chat 1: .*"), "the chat to go")
        pinhole.click("button", "(Undo ?)+")
        pinhole.wait_for("button", "Delete chat 1: .*")
        pinhole.quit()


def stop_ends_an_answer_and_keeps_what_was_written():
    history = scratch("stopped.db")
    times, looks = [], []
    with start(model=make_slow(), history=history) as pinhole:
        for stop in ("button", "key", "button", "key"):
            pinhole.ask("Describe the picture.")
            button = pinhole.wait_for("button", "Stop")
            # The answer stands behind the question, and begins with a small letter.
            wait(lambda: len(pinhole.find_all("list item", r"Describe the picture\. [a-z]+ [a-z].*"))
                 > len(times), "some words")
            began = time.monotonic()
            button.read_name()
            looks.append(1000 * (time.monotonic() - began))
            began = time.monotonic()
            if stop == "button":
                button.click()
            else:
                press("Escape")
            wait(lambda: button.read_name() == "Send", "the answer to stop")
            times.append(1000 * (time.monotonic() - began))
            wait(lambda: len(pinhole.find_all("label", r".* · stopped")) == len(times), "stopped")
        pinhole.quit()

    # What the looking itself costs is in the figures: milliseconds, more on a busy machine.
    report("Stop to stopped", " ".join(f"{t:.0f} ms" for t in times) +
           f"; one look takes {max(looks):.0f} ms")
    rows = sqlite3.connect(history).execute("SELECT answer FROM turns").fetchall()
    assert len(rows) == 4 and all(text for (text,) in rows), rows


def closing_in_the_middle_of_an_answer_keeps_it():
    history = scratch("closed.db")
    with start(model=make_slow(), history=history) as pinhole:
        pinhole.ask("Describe the picture.")
        pinhole.wait_for("list item", "Describe the picture\\. .+ .+")
        pinhole.quit()
    (text,) = sqlite3.connect(history).execute("SELECT answer FROM turns").fetchone()
    assert text.strip(), "nothing was kept"


def a_picture_is_opened_from_the_command_line():
    path = scratch("flag.png")
    write_png(path, 300, 120)
    with start(path) as pinhole:
        pinhole.wait_for("label", "flag.png")
        pinhole.ask("What color is it?")
        pinhole.wait_for("label", DONE)
        pinhole.quit()


def what_is_no_picture_is_refused_in_one_sentence():
    path = scratch("text.png")
    with open(path, "w") as file:
        file.write("this is not a picture\n")
    for bad in (path, scratch("missing.png"), SCRATCH):
        with start(bad) as pinhole:
            alert = pinhole.wait_for("alert", ".*" + re.escape(os.path.basename(bad)) + ".*")
            assert "\n" not in alert.name, alert.name
            report("refused", alert.name)
            # The scene stands there meanwhile, and can be asked about.
            pinhole.ask("What color is the star?")
            pinhole.wait_for("label", DONE)
            pinhole.quit()


def a_history_that_cannot_be_written_does_not_stop_the_chat():
    path = scratch("newer.db")
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE chats (id INTEGER)")
    database.execute("PRAGMA user_version = 9999")
    database.commit()
    database.close()
    with start(history=path) as pinhole:
        alert = pinhole.wait_for("alert", ".{20,}")
        report("history", alert.name)
        pinhole.ask("What color is the star?")
        pinhole.wait_for("label", DONE)
        pinhole.quit()


def a_model_that_is_missing_is_named_where_one_asks():
    with start(model=scratch("no-model")) as pinhole:
        alert = pinhole.wait_for("alert", ".*no-model.*")
        report("model", alert.name)
        pinhole.ask("What color is the star?")
        pinhole.wait_for("label", "failed")
        pinhole.wait_for("alert", ".*no-model.*")
        wait(lambda: pinhole.entry().get_text() == "What color is the star?", "the question back")
        pinhole.quit()


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


def a_model_is_opened_by_its_folder_and_closed():
    with start(model=None) as pinhole:
        pinhole.wait_for("label", "scenes|" + re.escape(os.path.basename(MODEL)))
        choose_folder(pinhole, checkpoint("blip2-opt"))
        pinhole.wait_for("list item", "Model blip2-opt: BLIP-2, .* of memory, open.*")
        check_names(pinhole, "with the models")
        press("Escape")
        pinhole.ask("What color is the star?")
        pinhole.wait_for("label", DONE)
        press("ctrl+m")
        pinhole.click("button", "Close the Model")
        pinhole.wait_for("label", "No model")
        press("Escape")
        pinhole.quit()


def a_folder_is_refused_with_the_sentence_of_the_terminal():
    folder = scratch("text-only")
    os.makedirs(folder)
    with open(os.path.join(folder, "config.json"), "w") as file:
        file.write('{"model_type": "llama"}')
    said = subprocess.run([os.path.join(BUILD, "app", "pinhole-cli"), "inspect",
                           os.path.realpath(folder)], capture_output=True, text=True)
    assert said.returncode == 1 and said.stdout == "", said
    sentence = said.stderr.removeprefix("pinhole-cli: ").rstrip("\n")
    with start() as pinhole:
        choose_folder(pinhole, folder)
        alert = pinhole.wait_for("alert", ".*model_type.*")
        report("refused", alert.name)
        assert alert.name == sentence, (alert.name, sentence)
        pinhole.wait_for("button", "Copy why the model was refused")
        press("Escape")
        pinhole.ask("What color is the star?")
        pinhole.wait_for("label", DONE)
        pinhole.quit()


def opening_a_model_can_be_cancelled():
    own_model("blip2-opt")
    with start(model=make_slow()) as pinhole:
        # It waits for the answer to end, and so long enough to be cancelled.
        pinhole.ask("Describe the picture.")
        pinhole.wait_for("button", "Stop")
        choose_model(pinhole, "blip2-opt")
        pinhole.wait_for("status", "Opening blip2-opt.*")
        pinhole.click("button", "Cancel")
        wait(lambda: not pinhole.find("status", "Opening blip2-opt.*"), "the opening to end")
        press("Escape")
        pinhole.click("button", "Stop")
        pinhole.wait_for("label", "slow")
        pinhole.quit()


def a_model_that_would_be_slow_is_asked_about():
    name = os.path.basename(MODEL)
    said = subprocess.run([os.path.join(BUILD, "app", "pinhole-cli"), "inspect", "--json", MODEL],
                          capture_output=True, text=True, check=True)
    need = json.loads(said.stdout)["memory"]
    root = scratch("system")
    leave_memory(root, (need["hard"] + need["soft"] // 2) // 1024)
    os.environ["PINHOLE_SYSTEM_ROOT"] = root
    try:
        with start(model=checkpoint("blip2-opt")) as pinhole:
            pinhole.wait_for("label", "blip2-opt")
            choose_model(pinhole, name)
            alert = pinhole.wait_for("alert", f"{name} needs .* to be fast; .* are free")
            report("slow", alert.name)
            pinhole.wait_for("label", "blip2-opt")
            pinhole.click("button", "Open Anyway")
            pinhole.wait_for("list item", f"Model {name}: .*, open.*")
            press("Escape")
            pinhole.quit()
    finally:
        del os.environ["PINHOLE_SYSTEM_ROOT"]


def a_model_that_writes_nothing_says_what_it_can_do():
    with start(model=checkpoint("blip2-itm")) as pinhole:
        pinhole.wait_for("label", "This model compares pictures with texts.*")
        pinhole.entry().set_text("What is it?")
        assert not pinhole.wait_for("button", "Send").has_state(SENSITIVE)
        pinhole.quit()


def a_narrow_window_loses_nothing():
    with start() as pinhole:
        pinhole.ask("What color is the star?")
        pinhole.wait_for("label", DONE)
        pinhole.resize(360, 700)
        wait(lambda: pinhole.find("window").extents[2] <= 360, "a narrow window")
        wait(lambda: pinhole.entry().extents[2] > 150, "the entry to fit")
        for what in ("Send", "Models", "Map", "Queries", "Query of the heatmap", "Layer of the heatmap",
                     "Attention head of the heatmap", "New scene", "Open a picture", "Main menu"):
            x, y, width, height = pinhole.wait_for("button", what).extents
            assert 0 <= x and x + width <= 360 and y + height <= 700, f"{what} at {x}, {y}"
        # The list of chats covers the window and goes again.
        press("F9")
        wait(lambda: pinhole.wait_for("list item", "Chat 1: .*").extents[0] >= 0, "the chats")
        press("Escape")
        pinhole.quit()


def shortcuts_and_about_open_and_close():
    with start() as pinhole:
        press("ctrl+question")
        pinhole.wait_for("label", "Walk the patches")
        press("Escape")
        wait(lambda: not pinhole.find("label", "Walk the patches"), "the shortcuts to close")
        pinhole.focus()
        press("F10")
        wait(lambda: pinhole.find(None, "About Pinhole"), "the menu")
        press("Escape")
        pinhole.quit()


def without_a_display_it_names_the_program_for_terminals():
    env = {name: value for name, value in os.environ.items()
           if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    result = subprocess.run([os.path.join(BUILD, "app", "pinhole")], env=env, timeout=20,
                            capture_output=True, text=True)
    assert result.returncode == 1, result.returncode
    assert "pinhole-cli" in result.stderr and result.stderr.count("\n") == 1, result.stderr


def report(what, value):
    print(f"     {what}: {value}", flush=True)


HELPERS = {"start", "scratch", "make_slow", "checkpoint", "own_model", "leave_memory", "choose_folder",
           "choose_model", "write_png", "suggestions", "point_at", "point_away", "choose",
           "check_names", "report", "main"}


def main():
    wanted = sys.argv[3:]
    tests = [(name, value) for name, value in globals().items()
             if getattr(value, "__module__", None) == __name__ and name not in HELPERS
             and (not wanted or name in wanted)]
    failed = 0
    for name, function in tests:
        began = time.monotonic()
        try:
            function()
            print(f"ok   {name} ({time.monotonic() - began:.1f} s)", flush=True)
        except Exception:
            failed += 1
            print(f"FAIL {name}\n{traceback.format_exc()}", flush=True)
    shutil.rmtree(SCRATCH, ignore_errors=True)
    print(f"{len(tests) - failed} of {len(tests)} window tests passed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
