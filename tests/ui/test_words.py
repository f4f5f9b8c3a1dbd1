"""Words and their way to the picture, the instruction, two panes."""

import re

from driver import press, wait
from suite import (checkpoint, choose, point_at, point_away, report, scratch, start, DONE, flow)

QUESTION = "Describe the picture."


def answered(pinhole, *questions):
    for count, question in enumerate(questions or (QUESTION,), 1):
        pinhole.ask(question)
        wait(lambda: len(pinhole.find_all("label", DONE)) == count, "the answer")


def show(pinhole, view):
    press("F8")
    pinhole.click("button", view)


def show_words(pinhole):
    show(pinhole, "Words")
    return wait(lambda: pinhole.find_all("button", r"Word \d+: .*"), "the words")


def choose_turn(pinhole, chooser, turn):
    """From the menu of turns; a menu button is two nodes, and the one inside can be clicked."""
    pinhole.wait_for("button", chooser)
    pinhole.find_all("button", chooser)[-1].click()
    rows = wait(lambda: pinhole.find("list item", turn) and
                pinhole.find_all("list item", r"(Turn \d+|No other turn).*"), "the turns")
    index = [bool(re.fullmatch(turn, row.name)) for row in rows].index(True)
    press("Tab", "Home", *["Down"] * index, "Return")
    wait(lambda: not pinhole.find("list item", turn), "the menu to close")


@flow
def words_say_their_probability():
    with start() as pinhole:
        answered(pinhole)
        words = show_words(pinhole)
        answer = pinhole.find("list item", re.escape(QUESTION) + " .+").name
        said = [re.fullmatch(r"Word (\d+): “(.+)”, probability \d+ %", word.name) for word in words]
        assert all(said), [word.name for word in words]
        assert [int(match[1]) for match in said] == list(range(1, len(words) + 1))
        assert answer.endswith(" ".join(match[2] for match in said)), answer
        pinhole.wait_for("label", "Tint: probability")
        pinhole.quit()


@flow
def a_word_lights_where_it_looked():
    with start() as pinhole:
        answered(pinhole)
        word = show_words(pinhole)[1]
        text = re.search("“(.+)”", word.name)[1]
        x, y, width, height = word.extents
        pinhole.point(x + width / 2, y + height / 2)
        wait(lambda: pinhole.status().startswith(f"Word 2, “{text}”"), "the map of the word")
        pinhole.wait_for("status", f"“{text}”, probability .*, entropy .* bits")
        point_away(pinhole)
        wait(lambda: pinhole.status().startswith("Query"), "the map of the query")
        pinhole.quit()


@flow
def a_word_is_pinned_walked_from_and_freed():
    with start() as pinhole:
        answered(pinhole)
        pinhole.click_at(show_words(pinhole)[1])
        point_away(pinhole)
        wait(lambda: pinhole.status().startswith("Word 2,"), "a pinned word")
        press("Right")
        wait(lambda: pinhole.status().startswith("Word 3,"), "the next word")
        press("End")
        wait(lambda: not pinhole.status().startswith("Word 3,"), "the last word")
        press("Home")
        wait(lambda: pinhole.status().startswith("Word 1,"), "the first word")
        press("Escape")
        wait(lambda: not pinhole.find("label", "Instead of .*"), "the word to be freed")
        pinhole.quit()


@flow
def a_pinned_word_shows_what_else_was_likely():
    with start() as pinhole:
        answered(pinhole)
        pinhole.click_at(show_words(pinhole)[1])
        pinhole.wait_for("label", "Instead of “.*”.*")
        pinhole.wait_for("label", "written")
        shares = wait(lambda: pinhole.find_all("label", r"[\d.]+ %"), "their probabilities")
        assert len(shares) >= 5, [label.name for label in shares]
        pinhole.quit()


@flow
def a_patch_shows_each_words_share_of_it():
    with start() as pinhole:
        answered(pinhole)
        show_words(pinhole)
        row, column = point_at(pinhole, 0.6, 0.25)
        pinhole.wait_for("status", rf"Row {row}, column {column}: “.+” looked there most, .* %.*")
        point_away(pinhole)
        pinhole.wait_for("status", "The numbers are the words' probabilities.*")
        pinhole.quit()


@flow
def the_two_parts_of_a_words_way_are_apart():
    with start() as pinhole:
        answered(pinhole)
        pinhole.click_at(show_words(pinhole)[1])
        point_away(pinhole)
        pinhole.wait_for("label", "Instead of .*")
        pinhole.wait_for("label", "Of all its attention: queries .* %, prompt .* %, answer so far .* %")
        bars = pinhole.wait_for("image", "What the word had of each query")
        x, y, width, height = bars.extents
        pinhole.point(x + width * 4.5 / 32, y + height / 2)
        pinhole.wait_for("label", r"query 5: [\d.]+ %")
        pinhole.click_at(bars)
        query = round(32 / 3 + 0.5)
        wait(lambda: pinhole.status().startswith(f"Query {query},"), f"query {query}; {pinhole.status()}")
        pinhole.click("button", "Through All Queries")
        wait(lambda: pinhole.status().startswith("Word 2,"), "the word's map again")
        pinhole.quit()


@flow
def the_layer_of_the_language_model_is_chosen():
    with start() as pinhole:
        answered(pinhole)
        pinhole.click_at(show_words(pinhole)[1])
        point_away(pinhole)
        before = pinhole.wait_for("label", "Of all its attention: .*").name
        choose(pinhole, "Layer of the language model", "Layer 1")
        wait(lambda: pinhole.wait_for("label", "Of all its attention: .*").name != before, "other masses")
        pinhole.quit()


@flow
def t5_says_that_it_looks_at_the_prompt():
    with start(model=checkpoint("blip2-flan-t5")) as pinhole:
        answered(pinhole)
        show_words(pinhole)
        pinhole.wait_for("label", "Of its look at the prompt: queries .* %, text .* %")
        pinhole.quit()


@flow
def words_without_queries_look_themselves():
    with start(model=checkpoint("blip-caption")) as pinhole:
        answered(pinhole, "a picture of")
        show_words(pinhole)
        pinhole.wait_for("label", "In this model the words look at the picture themselves.*")
        point_away(pinhole)
        pinhole.click("button", "Word 1: .*")
        wait(lambda: pinhole.status().startswith("Word 1,"), lambda: f"the map of the word, not {pinhole.status()}")
        pinhole.quit()


@flow
def words_are_there_without_a_model():
    history = scratch("words.db")
    with start(history=history) as pinhole:
        answered(pinhole)
        names = [word.name for word in show_words(pinhole)]
        pinhole.quit()
    with start(history=history, model=scratch("no-model")) as pinhole:
        pinhole.click_at(pinhole.wait_for("list item", "Chat 1: .*"))
        pinhole.wait_for("label", DONE)
        assert [word.name for word in show_words(pinhole)] == names
        pinhole.quit()


@flow
def queries_and_words_of_the_instruction_are_walked():
    with start() as pinhole:
        answered(pinhole)
        show(pinhole, "Instruction")
        matrix = pinhole.wait_for("image", "Queries and words of the instruction")
        assert re.fullmatch(r"Most: query \d+, “.+”, [\d.]+ %", matrix.description), matrix.description
        pinhole.click_at(matrix)
        point_away(pinhole)
        press("Left", "Up")
        pinhole.wait_for("label", r"query \d+, “.+”: [\d.]+ %")
        pinhole.wait_for("label", r"What query \d+ had of each word")
        pinhole.wait_for("label", r"Of all its attention: words [\d.]+ %, queries [\d.]+ %")
        before = pinhole.wait_for("image", "Queries and words of the instruction").description
        pinhole.click("button", "Words Look at Queries")
        wait(lambda: pinhole.wait_for("image", "Queries and words of the instruction").description
             != before, "the other direction")
        pinhole.quit()


@flow
def two_instructions_differ_on_one_picture():
    with start() as pinhole:
        answered(pinhole, "What color is the star?", QUESTION)
        show(pinhole, "Instruction")
        choose_turn(pinhole, "Turn to compare the instruction with", r"Turn 1: What color.*")
        said = pinhole.wait_for("status", r".*: this instruction less “What color is the star\?”\. .*")
        report("difference", said.name)
        pinhole.click("button", "Show the Difference on the Picture")
        point_away(pinhole)
        wait(lambda: pinhole.status().startswith("Difference to “What color is the star?”"), "its map")
        pinhole.click("button", "Show the Difference on the Picture")
        wait(lambda: pinhole.status().startswith("Query"), "the query's map")
        pinhole.quit()


@flow
def an_instruction_that_is_not_read_is_zero_by_construction():
    with start(model=checkpoint("blip2-opt")) as pinhole:
        answered(pinhole)
        show(pinhole, "Instruction")
        pinhole.wait_for("label", ".* is zero by construction. .*")
        pinhole.quit()


@flow
def two_turns_stand_side_by_side_on_one_scale():
    with start() as pinhole:
        answered(pinhole, "What color is the star?", QUESTION)
        show(pinhole, "Two Panes")
        point_away(pinhole)
        pinhole.wait_for("status", "Both are the same. .*")
        choose_turn(pinhole, "Turn of the right pane", r"Turn 1: What color.*")
        pinhole.wait_for("label", r"“What color is the star\?”, .*: query \d+, .*")
        pinhole.wait_for("label", "One scale for both: 0 %")
        pinhole.click_at(pinhole.wait_for("image", "Right pane"))
        point_away(pinhole)
        said = r"Row \d+, column \d+: left [\d.]+ %, right [\d.]+ %, difference [+-][\d.]+ points"
        pinhole.wait_for("status", said)
        assert re.fullmatch(said, pinhole.wait_for("image", "Left pane").description)
        assert pinhole.status().startswith("row"), pinhole.status()
        pinhole.quit()


@flow
def two_layers_stand_side_by_side():
    with start() as pinhole:
        answered(pinhole)
        show(pinhole, "Two Panes")
        choose(pinhole, "Layer of the right pane", "Layer 2")
        pinhole.wait_for("label", ".*: query .*, layer 2")
        pinhole.wait_for("status", "They differ most at row .*")
        pinhole.click("button", "Open in a Window")
        wait(lambda: len(pinhole.find_all("image", "Left pane")) == 2, "panes in a window")
        pinhole.focus()
        pinhole.quit()
