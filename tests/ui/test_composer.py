"""How a question is put: templates, ways of choosing words, prompts that are kept."""

import json
import os
import re
import sqlite3
import subprocess

from driver import press, wait
from suite import checkpoint, choose_model, own_model, scratch, start, write_png, BUILD, DONE, flow
from tree import SENSITIVE

OPT = checkpoint("blip2-opt")
OPT_TEMPLATE = "Question: {} Answer:"
QUESTION = "What is above?"


def picture():
    path = scratch("red-and-blue.png")
    if not os.path.exists(path):
        write_png(path, 64, 48)
    return path


def turns(history):
    """What is kept of each turn: its prompt, its settings and the ids of its answer."""
    rows = sqlite3.connect(history).execute(
        "SELECT prompt, settings, ids FROM turns ORDER BY position").fetchall()
    return [(prompt, json.loads(settings), list(memoryview(ids or b"").cast("i")))
            for prompt, settings, ids in rows]


def ask_terminal(question, *arguments, model=OPT):
    """The answer to the same question in a terminal, as it is printed by --json."""
    said = subprocess.run([os.path.join(BUILD, "app", "pinhole-cli"), "ask", "--no-history", "--json",
                           "--model", model, "--image", picture(), *arguments, question],
                          capture_output=True, text=True, check=True)
    return json.loads(said.stdout)


def start_with_opt(history):
    pinhole = start(picture(), model=OPT, history=history)
    pinhole.wait_for("label", "blip2-opt")
    pinhole.wait_for("label", os.path.basename(picture()))
    return pinhole


def ask(pinhole, question, n):
    """Asks the n-th question and waits for its end."""
    pinhole.ask(question)
    wait(lambda: len(pinhole.find_all("label", DONE)) == n, f"answer {n}")


def open_menu(pinhole, name):
    """A menu button is two nodes of one name: the one inside can be clicked."""
    pinhole.wait_for("button", name)
    pinhole.find_all("button", name)[-1].click()


def open_template(pinhole, button="Template"):
    open_menu(pinhole, button)
    return pinhole.wait_for("text box", "Template, .*")


def close_menu(pinhole, entry):
    press("Escape")
    wait(lambda: not pinhole.find(None, entry), f"{entry} to go")


@flow
def a_question_is_put_into_the_template_of_the_model():
    history = scratch("own-template.db")
    with start_with_opt(history) as pinhole:
        pinhole.entry().set_text(QUESTION)
        assert open_template(pinhole).get_text() == OPT_TEMPLATE
        pinhole.wait_for("status", re.escape(OPT_TEMPLATE.replace("{}", QUESTION)))
        close_menu(pinhole, "Template, .*")
        ask(pinhole, QUESTION, 1)
        pinhole.wait_for("list item", re.escape(QUESTION) + " .*")
        pinhole.quit()
    (prompt, settings, ids), = turns(history)
    said = ask_terminal(QUESTION, "--template", OPT_TEMPLATE)
    assert prompt == QUESTION and settings == said["settings"], (prompt, settings, said)
    assert ids == said["ids"] != ask_terminal(QUESTION)["ids"], (ids, said)


@flow
def a_template_is_edited_switched_off_and_the_models_own_again():
    history = scratch("edited-template.db")
    edited = "Look at it. {} It is"
    with start_with_opt(history) as pinhole:
        pinhole.entry().set_text("Why?")
        open_template(pinhole).set_text(edited)
        pinhole.wait_for("status", "Look at it. Why\\? It is")
        close_menu(pinhole, "Template, .*")
        ask(pinhole, QUESTION, 1)

        open_template(pinhole)
        pinhole.click(None, "Put questions into a template")
        wait(lambda: not pinhole.wait_for("text box", "Template, .*").has_state(SENSITIVE), "no template")
        close_menu(pinhole, "Template, .*")
        ask(pinhole, QUESTION, 2)

        open_template(pinhole, "No Template")
        pinhole.click("button", "Back to the model's own template")
        wait(lambda: pinhole.wait_for("text box", "Template, .*").get_text() == OPT_TEMPLATE, "its own")
        close_menu(pinhole, "Template, .*")
        ask(pinhole, QUESTION, 3)
        pinhole.quit()
    expected = [ask_terminal(QUESTION, *arguments) for arguments in
                (("--template", edited), (), ("--template", OPT_TEMPLATE))]
    for turn, said in zip(turns(history), expected, strict=True):
        assert turn == (QUESTION, said["settings"], said["ids"]), (turn, said)
    assert len({tuple(said["ids"]) for said in expected}) == 3, expected


@flow
def a_picture_is_described_without_a_question():
    history = scratch("description.db")
    with start_with_opt(history) as pinhole:
        open_template(pinhole)
        pinhole.wait_for("status", "Nothing: it describes the picture.")
        close_menu(pinhole, "Template, .*")
        pinhole.click("button", "Describe")
        pinhole.wait_for("label", DONE)
        pinhole.wait_for("list item", "Without a question .*")
        pinhole.wait_for("list item", "Chat 1: Without a question")
        pinhole.wait_for("button", "Describe")
        pinhole.entry().set_text("W")
        pinhole.wait_for("button", "Send")
        pinhole.quit()
    (prompt, settings, ids), = turns(history)
    said = ask_terminal("")
    assert (prompt, settings, ids) == ("", said["settings"], said["ids"]), (prompt, settings, ids, said)


@flow
def a_model_that_needs_a_question_waits_for_one():
    with start() as pinhole:
        pinhole.wait_for("button", "No Template")
        assert not pinhole.wait_for("button", "Send").has_state(SENSITIVE)
        pinhole.entry().set_text("Why?")
        wait(lambda: pinhole.wait_for("button", "Send").has_state(SENSITIVE), "a question to be enough")
        pinhole.quit()


@flow
def a_template_is_remembered_for_its_model():
    own_model("blip2-opt")
    own_model("instructblip-vicuna")
    with start() as pinhole:
        choose_model(pinhole, "blip2-opt")
        pinhole.wait_for("button", "Template")
        press("Escape")
        open_template(pinhole).set_text("Q: {} A:")
        close_menu(pinhole, "Template, .*")
        choose_model(pinhole, "instructblip-vicuna")
        pinhole.wait_for("button", "No Template")
        press("Escape")
        choose_model(pinhole, "blip2-opt")
        pinhole.wait_for("button", "Template")
        press("Escape")
        assert open_template(pinhole).get_text() == "Q: {} A:", "forgotten"
        press("Escape")
        pinhole.quit()
