"""An answer is doubted: what it looked at is covered, queries and heads are switched off
or left out one after another, and the same is done at random beside it."""

import re
import time

from driver import Pinhole, press, wait
from suite import (BUILD, MODEL, check_names, checkpoint, choose, flow, scratch,
                   start)
from tree import SENSITIVE

LEFT = "What is on the left?"
SHARE = r"[\d.]+ %"
BEGINS = {"Doubt": "Cover What It Looked At", "Kept": "Leave Out One by One"}
VERDICT = r"The answer (rests on|hardly changes|is likelier).*|Not confirmed.*"


def ask(pinhole, question):
    pinhole.ask(question)
    pinhole.wait_for("list item", re.escape(question) + " .+")
    wait(lambda: pinhole.find("button", "Send") and pinhole.status(), "the answer")


def look(pinhole, view):
    """Opens the inspector with that view."""
    press("F8")
    pinhole.click("button", view)
    pinhole.wait_for("button", BEGINS[view])


def take(pinhole, what, entry):
    """An entry of a list by its place.  The list takes keys when it is there to be seen,
    which the tree does not tell: its entries always are in it."""
    pinhole.click("button", what)
    time.sleep(0.5)
    press("Home", *["Down"] * entry, "Return")


def doubt(pinhole, button="Cover What It Looked At"):
    pinhole.click("button", button)
    wait(lambda: not pinhole.find("button", "Stop Doubting"), "the end of the experiment")


def shares(pinhole):
    """Probabilities in the order they stand in the view: the answer's, without, at random."""
    names = [n.name for n in pinhole.find_all("label", rf"{SHARE}( \({SHARE} to {SHARE}\))?")]
    return [[float(x) for x in re.findall(r"([\d.]+) %", name)] for name in names]


def begin(scene="10", question=LEFT, view="Doubt", **more):
    pinhole = Pinhole(BUILD, "--scene", scene, model=MODEL, **more)
    pinhole.resize(1200, 850)
    ask(pinhole, question)
    look(pinhole, view)
    return pinhole


@flow
def what_it_looked_at_is_covered_and_as_much_at_random():
    with begin() as pinhole:
        take(pinhole, "How much is covered", 2)
        doubt(pinhole)
        pinhole.wait_for("label", "The answer, asked again: a red circle")
        pinhole.wait_for("label", r"Without the \d+ largest patches: .*; gone: .*; new: .*")
        pinhole.wait_for("label", r"As much at random instead: The same answer in \d of 5 draws.*")
        pinhole.wait_for(None, "The answer rests on it: none of 5 random draws cost it as much.")
        found = shares(pinhole)
        plain, without, random = found[-3:]
        assert without[0] < random[1] <= random[0] <= random[2], found
        assert without[0] < plain[0] / 2, found
        pinhole.quit()


@flow
def more_of_the_map_covers_more_patches():
    with begin() as pinhole:
        counts = []
        for entry in (0, 2, 3, 5):
            take(pinhole, "How much is covered", entry)
            doubt(pinhole)
            name = pinhole.wait_for("label", "Without the .*largest patch(es)?: .*").name
            counts.append(int((re.search(r"the (\d+) largest", name) or [0, 1])[1]))
        assert counts[0] < counts[1] and counts[2:] == [1, 16], counts
        pinhole.quit()


@flow
def what_covers_it_makes_a_difference():
    with begin() as pinhole:
        take(pinhole, "How much is covered", 2)
        found = set()
        for entry in range(3):
            take(pinhole, "What covers it", entry)
            doubt(pinhole)
            pinhole.wait_for(None, VERDICT)
            found.add(shares(pinhole)[-2][0])
        assert len(found) > 1, found
        pinhole.quit()


@flow
def a_chosen_query_is_switched_off():
    with begin() as pinhole:
        take(pinhole, "What is taken away", 1)
        wait(lambda: not pinhole.find("button", "How much is covered"), "no amount to choose")
        choose(pinhole, "Query of the heatmap", "Query 7")
        doubt(pinhole, "Switch It Off")
        pinhole.wait_for("label", "Without query 7: .*")
        pinhole.wait_for("label", "As much at random instead: .* 5 draws.*")
        pinhole.wait_for(None, VERDICT)
        press("ctrl+l")
        take(pinhole, "Query of the heatmap", 0)
        pinhole.wait_for(None, "Choose a query under the picture")
        pinhole.quit()


@flow
def a_head_or_a_layer_is_switched_off():
    with begin() as pinhole:
        take(pinhole, "What is taken away", 2)
        pinhole.wait_for(None, "Choose a layer, a head or both under the picture")
        choose(pinhole, "Layer of the heatmap", "Layer 2")
        doubt(pinhole, "Switch It Off")
        pinhole.wait_for("label", "Without the look of layer 2: .*")
        pinhole.wait_for("label", "As much at random instead: .* 3 draws.*")
        choose(pinhole, "Attention head of the heatmap", "Head 3")
        doubt(pinhole, "Switch It Off")
        pinhole.wait_for("label", "Without head 3 of layer 2: .*")
        pinhole.quit()


@flow
def another_answer_is_doubted_anew():
    with begin() as pinhole:
        doubt(pinhole)
        pinhole.wait_for("label", "The answer, asked again: a red circle")
        ask(pinhole, "What number is written?")
        wait(lambda: not pinhole.find("label", "The answer, asked again: .*"), "no old outcome")
        doubt(pinhole)
        pinhole.wait_for("label", "The answer, asked again: 4")
        pinhole.quit()


@flow
def an_answer_from_the_history_says_which_model_to_load():
    history = scratch("doubted.db")
    with begin(history=history) as pinhole:
        pinhole.quit()
    with Pinhole(BUILD, history=history, model=checkpoint("blip2-opt")) as pinhole:
        pinhole.resize(1200, 850)
        pinhole.click_at(pinhole.wait_for(None, "Chat 1: .*"))
        wait(lambda: pinhole.status(), "the map")
        press("F8")
        for view in ("Doubt", "Kept"):
            pinhole.click("button", view)
            pinhole.wait_for(None, "Load the model “scenes”, which gave this answer, to doubt it")
        assert not pinhole.find("button", BEGINS["Kept"]).has_state(SENSITIVE)
        pinhole.quit()


@flow
def words_that_look_themselves_have_no_queries_to_switch_off():
    with start(model=checkpoint("blip-vqa")) as pinhole:
        pinhole.resize(1200, 850)
        ask(pinhole, "what is this")
        look(pinhole, "Doubt")
        doubt(pinhole)
        pinhole.wait_for("label", "Without the .*largest patch.*: .*")
        take(pinhole, "What is taken away", 1)
        pinhole.wait_for(None, ".*there is nothing to switch off, but patches can be covered")
        pinhole.click("button", "Kept")
        pinhole.wait_for(None, ".*there are no queries to leave out")
        pinhole.quit()


@flow
def queries_are_left_out_one_by_one():
    with begin(view="Kept") as pinhole:
        pinhole.click("button", "Leave Out One by One")
        pinhole.wait_for(None, r"The answer stays the same down to \d+ quer(y|ies)\.")
        pinhole.wait_for("label", "With 32 of 32 queries: a red circle")
        pinhole.wait_for("label", rf"Half of what they look at lies in {SHARE} of the patches")
        pinhole.wait_for("image", "Probability of the answer by the number of queries kept")
        pinhole.click_at(pinhole.wait_for("slider", "Queries kept"))
        press("Home")
        pinhole.wait_for("label", "With 1 of 32 queries: .*")
        press("Left")
        pinhole.wait_for("label", "With 2 of 32 queries: .*")
        press("End")
        pinhole.wait_for("label", "With 32 of 32 queries: a red circle")
        pinhole.quit()


@flow
def a_press_into_the_curve_chooses_how_many():
    with begin(view="Kept") as pinhole:
        pinhole.click("button", "Leave Out One by One")
        pinhole.wait_for(None, "The answer stays the same.*")
        curve = pinhole.find("image", "Probability of the answer by the number of queries kept")
        pinhole.click_at(curve)
        name = pinhole.wait_for("label", r"With (1\d|2\d) of 32 queries: .*").name
        assert 19 <= int(name.split()[1]) <= 24, name
        pinhole.quit()


@flow
def each_order_of_queries_is_tried_and_remembered():
    with begin(view="Kept", question="Is the red fish or the purple fish bigger?") as pinhole:
        verdicts = []
        for order in range(3):
            take(pinhole, "Which queries are kept", order)
            pinhole.click("button", "Leave Out One by One")
            verdicts.append(pinhole.wait_for(None, "The answer stays the same.*").name)
        take(pinhole, "Which queries are kept", 0)
        pinhole.wait_for(None, re.escape(verdicts[0]))
        assert not pinhole.find("button", "Stop Leaving Out")
        pinhole.quit()


@flow
def doubting_works_in_a_narrow_window():
    with begin() as pinhole:
        pinhole.resize(360, 800)
        press("F8")
        for view, button in BEGINS.items():
            pinhole.click("button", view)
            node = pinhole.wait_for("button", button)
            node.click()
            x, _, width, _ = node.extents
            assert x >= 0 and x + width <= 360, node.extents
        pinhole.wait_for(None, "The answer stays the same.*")
        check_names(pinhole, "doubt in a narrow window")
        pinhole.quit()
