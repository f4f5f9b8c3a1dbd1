"""How a question is put: templates, ways of choosing words, prompts that are kept."""

import json
import os
import re
import shutil
import sqlite3
import subprocess

from driver import press, wait
from suite import check_names, checkpoint, choose_model, own_model, scratch, start, write_png, BUILD, DONE, flow
from tree import FOCUSED, SENSITIVE

OPT = checkpoint("blip2-opt")
OPT_TEMPLATE = "Question: {} Answer:"
QUERIES = 5
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


def prompt_ids(text):
    said = subprocess.run([os.path.join(BUILD, "app", "pinhole-cli"), "tokenize", "--json", "--model", OPT,
                           text], capture_output=True, text=True, check=True)
    return json.loads(said.stdout)["ids"]


def meter(pinhole):
    """The tokens that the meter shows, or None."""
    label = pinhole.find("label", r"\d+ of \d+ tokens.*")
    return label and int(label.name.split()[0])


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


def open_sampling(pinhole, button="Greedy"):
    open_menu(pinhole, button)
    pinhole.wait_for(None, "Most tokens")


def choose_way(pinhole, way):
    pinhole.click(None, f"Choose: {way}")


def set_figure(pinhole, name, value):
    pinhole.wait_for("spin button", name).set_value(value)


def close_sampling(pinhole):
    close_menu(pinhole, "Back to the model's own settings")


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


@flow
def an_answer_is_drawn_again_by_its_seed():
    history = scratch("sampled.db")
    with start_with_opt(history) as pinhole:
        open_sampling(pinhole)
        choose_way(pinhole, "Sampled")
        set_figure(pinhole, "Temperature", 2)
        set_figure(pinhole, "Top-k", 40)
        pinhole.click("switch", "New seed each time")
        pinhole.wait_for("text box", "Seed").set_text("12345678901234567890")
        close_sampling(pinhole)
        ask(pinhole, QUESTION, 1)
        ask(pinhole, QUESTION, 2)
        open_sampling(pinhole, "Sampled")
        pinhole.wait_for("text box", "Seed").set_text("7")
        close_sampling(pinhole)
        ask(pinhole, QUESTION, 3)
        pinhole.quit()
    expected = [ask_terminal(QUESTION, "--template", OPT_TEMPLATE, "--temperature", "2", "--top-k", "40",
                             "--seed", seed) for seed in ("12345678901234567890", "7")]
    first, second, third = turns(history)
    assert first == second == (QUESTION, expected[0]["settings"], expected[0]["ids"]), (first, expected[0])
    assert third == (QUESTION, expected[1]["settings"], expected[1]["ids"]), (third, expected[1])
    assert first[2] != third[2], first


@flow
def a_new_seed_is_drawn_each_time_and_shown():
    history = scratch("seeds.db")
    with start_with_opt(history) as pinhole:
        open_sampling(pinhole)
        choose_way(pinhole, "Sampled")
        close_sampling(pinhole)
        ask(pinhole, QUESTION, 1)
        ask(pinhole, QUESTION, 2)
        open_sampling(pinhole, "Sampled")
        shown = pinhole.wait_for("text box", "Seed").get_text()
        close_sampling(pinhole)
        pinhole.quit()
    seeds = [int(settings["seed"]) for _, settings, _ in turns(history)]
    assert seeds[0] != seeds[1] and int(shown) == seeds[1], (seeds, shown)


@flow
def what_is_no_seed_is_not_taken():
    history = scratch("no-seed.db")
    with start_with_opt(history) as pinhole:
        open_sampling(pinhole)
        choose_way(pinhole, "Sampled")
        pinhole.click("switch", "New seed each time")
        seed = pinhole.wait_for("text box", "Seed")
        seed.set_text("31")
        seed.set_text("99999999999999999999")
        close_sampling(pinhole)
        ask(pinhole, QUESTION, 1)
        pinhole.quit()
    assert turns(history)[0][1]["seed"] == 31, turns(history)


@flow
def the_likeliest_answer_is_searched_with_beams():
    history = scratch("beams.db")
    with start_with_opt(history) as pinhole:
        open_sampling(pinhole)
        choose_way(pinhole, "Beams")
        pinhole.wait_for("status", ".*so there is no seed.")
        assert not pinhole.find(None, "Temperature"), "what beams cannot do is offered"
        set_figure(pinhole, "Beams", 3)
        set_figure(pinhole, "Length penalty", -1)
        pinhole.click("switch", "Stop early")
        close_sampling(pinhole)
        pinhole.wait_for("button", "3 Beams")
        ask(pinhole, QUESTION, 1)
        pinhole.quit()
    said = ask_terminal(QUESTION, "--template", OPT_TEMPLATE, "--beams", "3", "--length-penalty", "-1",
                        "--early-stopping")
    assert turns(history) == [(QUESTION, said["settings"], said["ids"])], (turns(history), said)


@flow
def an_answer_says_why_it_stopped_and_the_settings_go_back():
    history = scratch("lengths.db")
    with start_with_opt(history) as pinhole:
        open_sampling(pinhole)
        set_figure(pinhole, "Most tokens", 5)
        set_figure(pinhole, "Fewest tokens", 9)  # which needs room for as many
        set_figure(pinhole, "Repetition penalty", 1.5)
        close_sampling(pinhole)
        ask(pinhole, QUESTION, 1)
        pinhole.wait_for("label", r".* · 9 tokens · [\d.]+ tokens/s · stopped at the length limit")
        open_sampling(pinhole)
        pinhole.click("button", "Back to the model's own settings")
        close_sampling(pinhole)
        ask(pinhole, QUESTION, 2)
        pinhole.quit()
    settings = [kept for _, kept, _ in turns(history)]
    assert settings[0] == {"greedy": True, "repetition_penalty": 1.5, "min_new_tokens": 9,
                           "max_new_tokens": 9, "template": OPT_TEMPLATE}, settings
    assert settings[1] == {"greedy": True, "max_new_tokens": 64, "template": OPT_TEMPLATE}, settings


@flow
def the_settings_begin_as_the_model_says():
    folder = scratch("three-beams")
    shutil.copytree(OPT, folder)
    path = os.path.join(folder, "generation_config.json")
    with open(path) as file:
        config = json.load(file)
    with open(path, "w") as file:
        json.dump({**config, "num_beams": 3, "max_new_tokens": 20}, file)
    with start(model=folder) as pinhole:
        open_sampling(pinhole, "3 Beams")
        choose_way(pinhole, "Greedy")
        pinhole.wait_for("button", "Greedy")
        pinhole.click("button", "Back to the model's own settings")
        close_sampling(pinhole)
        pinhole.wait_for("button", "3 Beams")
        pinhole.quit()


@flow
def the_meter_counts_tokens_as_one_types():
    with start_with_opt(scratch("meter.db")) as pinhole:
        empty = wait(lambda: meter(pinhole), "the meter")
        pinhole.entry().set_text(QUESTION)
        wait(lambda: meter(pinhole) > empty, "more tokens")
        open_template(pinhole)
        pinhole.click("switch", "Put questions into a template")
        close_menu(pinhole, "Template, .*")
        bare = len(prompt_ids(QUESTION))
        wait(lambda: meter(pinhole) == QUERIES + bare, lambda: f"{QUERIES + bare}, not {meter(pinhole)}")
        pinhole.entry().set_text(QUESTION * 7)
        pinhole.wait_for("status", r"The answer is cut after \d+ tokens, when the context is full.")
        pinhole.entry().set_text(QUESTION * 40)
        pinhole.wait_for("status", "The question is longer than the model can read.")
        press("ctrl+l", "Return")
        pinhole.wait_for(None, r"the instruction has \d+ tokens, and at most \d+ fit")
        pinhole.quit()


@flow
def an_answer_that_fills_the_context_says_so():
    with start_with_opt(scratch("full.db")) as pinhole:
        open_sampling(pinhole)
        set_figure(pinhole, "Fewest tokens", 100)
        close_sampling(pinhole)
        ask(pinhole, QUESTION, 1)
        pinhole.wait_for("label", ".* · stopped, the context is full")
        pinhole.quit()


@flow
def a_narrow_window_has_every_way_of_asking():
    with start(model=OPT) as pinhole:
        pinhole.wait_for("button", "Template")
        pinhole.entry().set_text(QUESTION)
        wait(lambda: meter(pinhole), "the meter")
        pinhole.resize(360, 700)
        wait(lambda: pinhole.find("window").extents[2] <= 360, "a narrow window")
        for name in ("Template", "Greedy", "Prompts", "Send"):
            x, y, width, height = pinhole.wait_for("button", name).extents
            assert 0 <= x and x + width <= 360 and y + height <= 700, f"{name} at {x}, {y}"
        open_sampling(pinhole)
        check_names(pinhole, "with the settings")
        close_sampling(pinhole)
        open_template(pinhole)
        check_names(pinhole, "with the template")
        close_menu(pinhole, "Template, .*")
        pinhole.quit()


def prompts_file():
    return os.path.join(os.environ["XDG_DATA_HOME"], "pinhole", "prompts.ini")


def open_prompts(pinhole):
    open_menu(pinhole, "Prompts")
    pinhole.wait_for("button", "Keep the Present Text")


def close_prompts(pinhole):
    close_menu(pinhole, "Keep the Present Text")


@flow
def a_starter_is_one_click_away():
    with start() as pinhole:
        open_prompts(pinhole)
        pinhole.wait_for("list item", "Starter: Describe the picture in detail.")
        press("Down", "Return")  # the first row has the focus
        wait(lambda: pinhole.entry().get_text() == "Describe the picture in detail.", "the starter")
        press("Return")
        pinhole.wait_for("label", DONE)
        pinhole.quit()


@flow
def a_prompt_is_kept_for_the_next_time_removed_and_brought_back():
    if os.path.exists(prompts_file()):
        os.remove(prompts_file())
    with start() as pinhole:
        open_prompts(pinhole)
        assert not pinhole.wait_for("button", "Keep the Present Text").has_state(SENSITIVE)
        close_prompts(pinhole)
        pinhole.entry().set_text("Is it day; or night?")
        open_prompts(pinhole)
        pinhole.click("button", "Keep the Present Text")
        pinhole.wait_for("list item", "Prompt: Is it day; or night\\?")
        close_prompts(pinhole)
        pinhole.quit()
    with start() as pinhole:
        open_prompts(pinhole)
        wait(lambda: pinhole.find("list item", "Prompt: .*").has_state(FOCUSED), "the first row")
        press("Return")
        wait(lambda: pinhole.entry().get_text() == "Is it day; or night?", "the prompt")
        open_prompts(pinhole)
        pinhole.click("button", "Remove the prompt: Is it day; or night\\?")
        pinhole.wait_for("status", "Removed “Is it day; or night\\?”")
        wait(lambda: pinhole.wait_for("button", "Bring the prompt back").has_state(FOCUSED), "the focus")
        assert not pinhole.find("list item", "Prompt: .*"), "it is there yet"
        pinhole.click("button", "Bring the prompt back")
        wait(lambda: pinhole.wait_for("list item", "Prompt: .*").has_state(FOCUSED), "the focus")
        check_names(pinhole, "with the prompts")
        close_prompts(pinhole)
        pinhole.quit()


@flow
def a_damaged_file_of_prompts_is_put_aside():
    os.makedirs(os.path.dirname(prompts_file()), exist_ok=True)
    with open(prompts_file(), "wb") as file:
        file.write(b"\xff\x00[prompts\nkept=")
    with start() as pinhole:
        open_prompts(pinhole)
        alert = pinhole.wait_for("alert", ".*prompts.ini: .*")
        assert "\n" not in alert.name, alert.name
        pinhole.wait_for("list item", "Starter: .*")
        close_prompts(pinhole)
        pinhole.entry().set_text("Is it day?")
        open_prompts(pinhole)
        pinhole.click("button", "Keep the Present Text")
        wait(lambda: not pinhole.find("alert", ".*prompts.ini: .*"), "the problem to go")
        close_prompts(pinhole)
        pinhole.quit()
    with open(prompts_file() + ".damaged", "rb") as file:
        assert file.read().startswith(b"\xff"), "what was there is lost"
    os.remove(prompts_file())


@flow
def template_and_settings_are_there_after_a_restart():
    os.environ["GSETTINGS_BACKEND"] = "keyfile"
    try:
        with start(model=OPT) as pinhole:
            open_template(pinhole).set_text("Q: {} A:")
            close_menu(pinhole, "Template, .*")
            open_sampling(pinhole)
            choose_way(pinhole, "Sampled")
            set_figure(pinhole, "Top-k", 12)
            close_sampling(pinhole)
            pinhole.quit()
        with start(model=OPT) as pinhole:
            assert open_template(pinhole).get_text() == "Q: {} A:", "the template is forgotten"
            close_menu(pinhole, "Template, .*")
            open_sampling(pinhole, "Sampled")
            pinhole.click("button", "Back to the model's own settings")
            close_sampling(pinhole)
            pinhole.wait_for("button", "Greedy")
            pinhole.quit()
        # Another model is asked as it says.
        with start() as pinhole:
            pinhole.wait_for("button", "No Template")
            pinhole.quit()
    finally:
        os.environ["GSETTINGS_BACKEND"] = "memory"
