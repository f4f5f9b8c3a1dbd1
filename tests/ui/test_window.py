"""The window as a whole: a first answer, its map, old chats, models, what goes wrong."""

import json
import os
import re
import sqlite3
import subprocess
import time

from driver import press, wait, xdotool
from suite import (check_names, checkpoint, choose, choose_folder, choose_model, leave_memory,
                   make_slow, own_model, point_at, point_away, report, scratch, start, suggestions,
                   write_png, BUILD, DONE, MODEL, SCRATCH, flow)
from tree import SENSITIVE


@flow
def the_first_start_shows_a_scene_and_three_questions():
    with start() as pinhole:
        pinhole.wait_for("label", "Scene 12")
        pinhole.canvas()
        assert len(suggestions(pinhole)) == 3, [node.name for node in suggestions(pinhole)]
        report("window in the accessibility tree", f"{pinhole.seconds_to_window:.2f} s")
        pinhole.quit()


@flow
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


@flow
def a_question_is_typed_and_sent_by_enter():
    with start() as pinhole:
        pinhole.ask("What color is the star?")
        pinhole.wait_for("list item", "What color is the star\\? .+")
        pinhole.wait_for("label", DONE)
        assert pinhole.entry().get_text() == ""
        pinhole.quit()


@flow
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


@flow
def the_pointer_and_the_arrows_say_a_patch_and_its_share():
    with start() as pinhole:
        pinhole.ask("What color is the star?")
        pinhole.wait_for("label", DONE)
        row, column = point_at(pinhole, 0.6, 0.25)
        said = rf"row {row}, column {column}: [\d.]+ %, [\w. ]+"
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


@flow
def the_board_shows_all_queries_and_chooses_one():
    with start() as pinhole:
        pinhole.ask("What color is the star?")
        pinhole.wait_for("label", DONE)
        press("F8")
        pinhole.click("button", "Queries")
        thumbs = wait(lambda: pinhole.find_all(None, r"Query \d+, most at .*"), "the board")
        assert len({node.name.split(",")[0] for node in thumbs}) == len(thumbs)
        pinhole.click_at(thumbs[1])
        wait(lambda: pinhole.find("status", "Query 2, .*"), "query 2")
        pinhole.quit()


@flow
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


@flow
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


@flow
def a_deleted_chat_comes_back_by_undo():
    with start() as pinhole:
        pinhole.ask("What color is the star?")
        pinhole.wait_for("label", DONE)
        pinhole.click("button", "Delete chat 1: .*")
        wait(lambda: not pinhole.find("button", "Delete chat 1: .*"), "the chat to go")
        pinhole.click("button", "(Undo ?)+")
        pinhole.wait_for("button", "Delete chat 1: .*")
        pinhole.quit()


@flow
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
            wait(lambda: len(pinhole.find_all("label", r".* · stopped by you")) == len(times), "stopped")
        pinhole.quit()

    # What the looking itself costs is in the figures: milliseconds, more on a busy machine.
    report("Stop to stopped", " ".join(f"{t:.0f} ms" for t in times) +
           f"; one look takes {max(looks):.0f} ms")
    rows = sqlite3.connect(history).execute("SELECT answer FROM turns").fetchall()
    assert len(rows) == 4 and all(text for (text,) in rows), rows


@flow
def closing_in_the_middle_of_an_answer_keeps_it():
    history = scratch("closed.db")
    with start(model=make_slow(), history=history) as pinhole:
        pinhole.ask("Describe the picture.")
        pinhole.wait_for("list item", "Describe the picture\\. .+ .+")
        pinhole.quit()
    (text,) = sqlite3.connect(history).execute("SELECT answer FROM turns").fetchone()
    assert text.strip(), "nothing was kept"


@flow
def a_picture_is_opened_from_the_command_line():
    path = scratch("flag.png")
    write_png(path, 300, 120)
    with start(path) as pinhole:
        pinhole.wait_for("label", "flag.png")
        pinhole.ask("What color is it?")
        pinhole.wait_for("label", DONE)
        pinhole.quit()


@flow
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


@flow
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


@flow
def a_model_that_is_missing_is_named_where_one_asks():
    with start(model=scratch("no-model")) as pinhole:
        alert = pinhole.wait_for("alert", ".*no-model.*")
        report("model", alert.name)
        pinhole.ask("What color is the star?")
        pinhole.wait_for("label", "failed")
        pinhole.wait_for("alert", ".*no-model.*")
        wait(lambda: pinhole.entry().get_text() == "What color is the star?", "the question back")
        pinhole.quit()


@flow
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


@flow
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


@flow
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


@flow
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


@flow
def a_model_that_writes_nothing_says_what_it_can_do():
    with start(model=checkpoint("blip2-itm")) as pinhole:
        pinhole.wait_for("label", "This model compares pictures with texts.*")
        pinhole.entry().set_text("What is it?")
        assert not pinhole.wait_for("button", "Send").has_state(SENSITIVE)
        pinhole.quit()


@flow
def a_narrow_window_loses_nothing():
    with start() as pinhole:
        pinhole.ask("What color is the star?")
        pinhole.wait_for("label", DONE)
        pinhole.resize(360, 700)
        wait(lambda: pinhole.find("window").extents[2] <= 360, "a narrow window")
        wait(lambda: pinhole.entry().extents[2] > 150, "the entry to fit")
        for what in ("Send", "Models", "Show the inspector", "Query of the heatmap", "Layer of the heatmap",
                     "Attention head of the heatmap", "Open a picture", "Main menu"):
            x, y, width, height = pinhole.wait_for("button", what).extents
            assert 0 <= x and x + width <= 360 and y + height <= 700, f"{what} at {x}, {y}"
        # The list of chats covers the window and goes again.
        press("F9")
        wait(lambda: pinhole.wait_for("list item", "Chat 1: .*").extents[0] >= 0, "the chats")
        press("Escape")
        pinhole.quit()


@flow
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


@flow
def without_a_display_it_names_the_program_for_terminals():
    env = {name: value for name, value in os.environ.items()
           if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    result = subprocess.run([os.path.join(BUILD, "app", "pinhole")], env=env, timeout=20,
                            capture_output=True, text=True)
    assert result.returncode == 1, result.returncode
    assert "pinhole-cli" in result.stderr and result.stderr.count("\n") == 1, result.stderr
