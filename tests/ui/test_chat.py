"""What is done to pictures and questions: several of them, again, otherwise, and back."""

import os
import re
import sqlite3
import subprocess
import sys

from driver import press, wait, xdotool
from suite import flow, make_slow, scratch, start, write_png

STAR = "What color is the star?"
TREE = "Is there a tree?"


def picture(name, width=300, height=200):
    path = scratch(name)
    write_png(path, width, height)
    return path


def two_pictures(pinhole):
    """Both of the command line, in their order, the last of them current."""
    pinhole.wait_for("button", "Picture 1: red.png")
    pinhole.wait_for("button", "Picture 2: wide.png, current")


def start_with_two(**more):
    return start(picture("red.png"), picture("wide.png", 400, 100), **more)


def answered(pinhole, question, count=1):
    """The rows of a question, once all of them have their answers."""
    return wait(lambda: not pinhole.find("button", "Stop")
                and len(pinhole.find_all("list item", re.escape(question) + " .+")) == count
                and pinhole.find_all("list item", re.escape(question) + " .+"),
                f"{count} answers to {question}")


def ask(pinhole, question, count=1):
    pinhole.ask(question)
    return answered(pinhole, question, count)


def do(pinhole, number, what):
    """By the menu of a question."""
    pinhole.click("button", f"More for question {number}: .*")
    pinhole.click("menu item", what)


def open_file(pinhole, path):
    """By the keys of the file chooser, in which a slash begins a path."""
    press("ctrl+o")
    pinhole.wait_for(None, "Open Pictures")
    place = wait(lambda: press("slash") or
                 [n for n in pinhole.find_all("text box") if not n.name.startswith("Question")],
                 "a place for a path")[0]
    place.set_text(os.path.realpath(path))
    press("Return")
    wait(lambda: not pinhole.find(None, "Open Pictures"), "the chooser to close")


def rows_of(history, sql):
    with sqlite3.connect(history) as database:
        return database.execute(sql).fetchall()


# --- pictures ---

@flow
def several_files_stand_in_a_strip_and_the_current_one_is_clear():
    with start_with_two() as pinhole:
        two_pictures(pinhole)
        pinhole.wait_for("label", "wide.png")
        pinhole.click("button", "Picture 1: red.png")
        pinhole.wait_for("button", "Picture 1: red.png, current")
        pinhole.wait_for("button", "Picture 2: wide.png")
        pinhole.wait_for("label", "red.png")
        pinhole.quit()


@flow
def one_picture_needs_no_strip():
    with start(picture("red.png")) as pinhole:
        pinhole.wait_for("label", "red.png")
        assert not pinhole.find("button", "Picture 1: .*")
        pinhole.wait_for("button", "Add a picture")
        pinhole.quit()


@flow
def a_picture_opened_in_a_chat_joins_it_or_begins_another():
    with start() as pinhole:
        ask(pinhole, STAR)
        open_file(pinhole, picture("red.png"))
        pinhole.wait_for("button", "Picture 1: Scene 12")
        pinhole.wait_for("button", "Picture 2: red.png, current")
        pinhole.click("button", "(New Chat Instead ?)+")
        wait(lambda: not pinhole.find("list item", re.escape(STAR) + " .+"), "a chat without questions")
        pinhole.wait_for("label", "red.png")
        assert not pinhole.find("button", "Picture 1: .*")
        pinhole.quit()


@flow
def a_removed_picture_comes_back_by_undo():
    with start_with_two() as pinhole:
        two_pictures(pinhole)
        pinhole.click("button", "Remove picture 1: red.png")
        wait(lambda: not pinhole.find("button", "Picture .*"), "the strip to go")
        pinhole.click("button", "(Undo ?)+")
        pinhole.wait_for("button", "Picture 1: red.png, current")
        pinhole.wait_for("button", "Picture 2: wide.png")
        pinhole.quit()


@flow
def a_question_brings_its_picture_and_map_back():
    with start_with_two() as pinhole:
        two_pictures(pinhole)
        ask(pinhole, STAR)
        pinhole.click("button", "Picture 1: red.png")
        wait(lambda: not pinhole.status().startswith("Query"), "no map on a picture not asked about")
        (row,) = pinhole.find_all("list item", re.escape(STAR) + " .+")
        pinhole.click_at(row)
        pinhole.wait_for("button", "Picture 2: wide.png, current")
        wait(lambda: pinhole.status().startswith("Query"), "the map of the answer")
        pinhole.quit()


@flow
def one_question_is_asked_of_all_pictures_and_answered_side_by_side():
    history = scratch("all.db")
    with start_with_two(history=history) as pinhole:
        two_pictures(pinhole)
        ask(pinhole, STAR)
        do(pinhole, 1, "Ask About All Pictures")
        answered(pinhole, STAR, 2)
        pinhole.quit()
    asked = rows_of(history, "SELECT prompt, picture_name, answer FROM turns ORDER BY position")
    assert [row[:2] for row in asked] == [(STAR, "wide.png"), (STAR, "red.png")], asked


@flow
def the_same_is_asked_of_the_picture_that_is_current_now():
    history = scratch("current.db")
    with start_with_two(history=history) as pinhole:
        two_pictures(pinhole)
        ask(pinhole, STAR)
        pinhole.click("button", "Picture 1: red.png")
        pinhole.wait_for("button", "Picture 1: red.png, current")
        do(pinhole, 1, "Ask About the Current Picture")
        answered(pinhole, STAR, 2)
        pinhole.quit()
    names = rows_of(history, "SELECT picture_name FROM turns ORDER BY position")
    assert names == [("wide.png",), ("red.png",)], names


@flow
def without_a_portal_a_screenshot_says_why_not():
    with start() as pinhole:
        pinhole.click("button", "Add a picture")
        pinhole.click("menu item", "Take a Screenshot")
        pinhole.wait_for("alert", ".*no portal that takes screenshots.*")
        pinhole.quit()


@flow
def a_screenshot_of_the_portal_becomes_the_picture():
    portal = subprocess.Popen([sys.executable, os.path.join(os.path.dirname(__file__), "portal.py"),
                               picture("screen.png")], stdout=subprocess.PIPE, text=True)
    try:
        assert portal.stdout.readline() == "ready\n"
        with start() as pinhole:
            pinhole.click("button", "Add a picture")
            pinhole.click("menu item", "Take a Screenshot")
            pinhole.wait_for("label", "screen.png")
            pinhole.quit()
    finally:
        portal.kill()
        portal.wait()


# --- questions ---

@flow
def a_question_asked_again_keeps_both_answers():
    history = scratch("again.db")
    with start(history=history) as pinhole:
        ask(pinhole, STAR)
        press("ctrl+r")
        pinhole.wait_for("label", "2/2")
        answered(pinhole, STAR)
        pinhole.click("button", "Earlier answer to question 1: .*")
        pinhole.wait_for("label", "1/2")
        wait(lambda: pinhole.status().startswith("Query"), "the map of the earlier answer")
        pinhole.quit()
    (first, second) = rows_of(history, "SELECT id, variant_of FROM turns ORDER BY position")
    assert second[1] == first[0], (first, second)
    with start(history=history) as pinhole:
        pinhole.click_at(pinhole.wait_for("list item", "Chat 1: .*"))
        pinhole.wait_for("label", "2/2")
        pinhole.quit()


@flow
def an_edited_question_is_asked_as_a_variant():
    with start() as pinhole:
        ask(pinhole, STAR)
        do(pinhole, 1, "Edit Question")
        pinhole.wait_for("text box", "Question to edit").set_text(TREE)
        press("ctrl+Return")
        answered(pinhole, TREE)
        pinhole.wait_for("label", "2/2")
        pinhole.quit()


@flow
def escape_leaves_a_question_as_it_was():
    with start() as pinhole:
        ask(pinhole, STAR)
        do(pinhole, 1, "Edit Question")
        pinhole.wait_for("text box", "Question to edit").set_text(TREE)
        press("Escape")
        wait(lambda: not pinhole.find("text box", "Question to edit"), "the editor to go")
        answered(pinhole, STAR)
        pinhole.quit()


@flow
def an_edited_answer_is_kept_and_says_so():
    history = scratch("edited.db")
    with start(history=history) as pinhole:
        ask(pinhole, STAR)
        do(pinhole, 1, "Edit Answer")
        pinhole.wait_for("text box", "Answer to edit").set_text("purple, I say")
        pinhole.click("button", "Save")
        pinhole.wait_for("list item", re.escape(STAR) + " purple, I say")
        pinhole.wait_for("label", ".* · edited")
        pinhole.quit()
    assert rows_of(history, "SELECT answer, edited > 0 FROM turns") == [("purple, I say", 1)]


@flow
def a_cut_answer_is_continued_from_where_it_was():
    history = scratch("cut.db")
    with start(model=make_slow(), history=history) as pinhole:
        pinhole.ask("Describe the picture.")
        pinhole.wait_for("list item", r"Describe the picture\. [a-z]+ [a-z].*")
        press("Escape")
        pinhole.wait_for("label", ".*stopped by you.*")
        ((before,),) = wait(lambda: rows_of(history, "SELECT answer FROM turns WHERE state = 'cancelled'"),
                            "the cut answer")
        pinhole.click("button", "Continue answer 1: .*")
        pinhole.wait_for("list item", re.escape(f"Describe the picture. {before}") + ".+")
        press("Escape")
        pinhole.wait_for("label", ".*stopped by you.*")
        pinhole.quit()
    ((after,),) = rows_of(history, "SELECT answer FROM turns")
    assert after.startswith(before) and len(after) > len(before), (before, after)


@flow
def a_branch_holds_the_questions_up_to_there():
    with start() as pinhole:
        ask(pinhole, STAR)
        ask(pinhole, TREE)
        do(pinhole, 1, "Branch From Here")
        wait(lambda: not pinhole.find("list item", re.escape(TREE) + " .+"), "the branch")
        answered(pinhole, STAR)
        pinhole.wait_for("list item", r"Chat \d: .*branch.*")
        pinhole.quit()


@flow
def a_deleted_question_comes_back_where_it_was():
    history = scratch("deleted.db")
    with start(history=history) as pinhole:
        ask(pinhole, STAR)
        ask(pinhole, TREE)
        do(pinhole, 1, "Delete")
        wait(lambda: not pinhole.find("list item", re.escape(STAR) + " .+"), "the question to go")
        wait(lambda: rows_of(history, "SELECT count(*) FROM turns WHERE deleted = 0") == [(1,)], "one on disk")
        pinhole.click("button", "(Undo ?)+")
        pinhole.wait_for("list item", re.escape(STAR) + " .+")
        rows = [n.name for n in pinhole.find_all("list item", ".*[?] .*") if not n.name.startswith("Chat")]
        assert [name.split("?")[0] + "?" for name in rows] == [STAR, TREE], rows
        pinhole.quit()
    assert rows_of(history, "SELECT count(*) FROM turns WHERE deleted = 0") == [(2,)]


@flow
def a_question_waits_while_another_is_answered_and_can_be_cancelled():
    with start(model=make_slow()) as pinhole:
        pinhole.ask("Describe the picture.")
        pinhole.wait_for("button", "Stop")
        for question in (STAR, TREE):
            pinhole.ask(question)
        wait(lambda: len(pinhole.find_all("label", "Waits for the answer before it")) == 2, "two that wait")
        pinhole.click("button", "Cancel question 3: .*")
        wait(lambda: pinhole.entry().get_text() == TREE, "the question back where it was written")
        press("Escape")
        pinhole.wait_for("list item", re.escape(STAR) + " .+")
        press("Escape")
        wait(lambda: pinhole.find("button", "Send"), "all to be over")
        assert not pinhole.find("list item", re.escape(TREE) + ".*")
        pinhole.quit()


@flow
def an_answer_and_a_question_are_copied():
    with start() as pinhole:
        ask(pinhole, STAR)
        pinhole.click("button", "Copy answer 1: .*")
        pinhole.wait_for(None, "Answer copied")
        do(pinhole, 1, "Copy Question")
        pinhole.wait_for(None, "Question copied")
        pinhole.quit()


@flow
def drafts_stay_with_their_chats():
    with start() as pinhole:
        ask(pinhole, STAR)
        pinhole.entry().set_text("and the moon")
        press("ctrl+n")
        wait(lambda: pinhole.entry().get_text() == "", "an empty draft")
        pinhole.entry().set_text("something new")
        pinhole.click_at(pinhole.wait_for("list item", "Chat 1: .*"))
        wait(lambda: pinhole.entry().get_text() == "and the moon", "the draft of the chat")
        press("ctrl+n")
        wait(lambda: pinhole.entry().get_text() == "something new", "the draft of the new one")
        pinhole.quit()


@flow
def a_chat_that_is_not_kept_leaves_no_trace():
    history = scratch("temporary.db")
    with start(history=history) as pinhole:
        press("ctrl+shift+t")
        pinhole.wait_for("status", "This chat is not kept")
        ask(pinhole, STAR)
        assert not pinhole.find("list item", "Chat 1: .*")
        press("ctrl+shift+t")
        ask(pinhole, TREE)
        pinhole.wait_for("list item", "Chat 1: .*")
        pinhole.quit()
    assert rows_of(history, "SELECT prompt FROM turns") == [(TREE,)]


@flow
def a_long_chat_opens_at_its_end_and_shows_more_on_the_way_up():
    history = scratch("long.db")
    with start(history=history) as pinhole:
        ask(pinhole, STAR)
        pinhole.quit()
    with sqlite3.connect(history) as database:
        for i in range(2, 50):
            database.execute("INSERT INTO turns (id, chat, position, state, model, prompt, settings, answer, created)"
                             " SELECT ?, chat, ?, 'done', model, ?, settings, ?, created FROM turns WHERE position = 1",
                             (i, i, f"Question {i}?", f"answer {i}"))
    with start(history=history) as pinhole:
        pinhole.click_at(pinhole.wait_for("list item", "Chat 1: .*"))
        pinhole.wait_for("list item", r"Question 49\? answer 49")
        assert not pinhole.find("list item", re.escape(STAR) + " .+")
        wait(lambda: pinhole.find("list item", r"Question 49\? answer 49").extents[1] < 760, "the end in sight")
        pinhole.click_at(pinhole.find("list item", r"Question 49\? answer 49"))
        wait(lambda: xdotool("click", "--repeat", "60", "--delay", "2", "4")
             or pinhole.find("list item", re.escape(STAR) + " .+"), "the first question")
        pinhole.quit()


@flow
def questions_are_made_compact_to_compare_their_answers():
    with start() as pinhole:
        ask(pinhole, STAR)
        pinhole.wait_for("button", "Copy answer 1: .*")
        press("ctrl+shift+k")
        wait(lambda: not pinhole.find("button", "Copy answer 1: .*"), "the buttons to go")
        answered(pinhole, STAR)
        press("ctrl+shift+k")
        pinhole.wait_for("button", "Copy answer 1: .*")
        pinhole.quit()


@flow
def in_a_narrow_window_a_chat_with_pictures_is_all_there():
    with start_with_two() as pinhole:
        two_pictures(pinhole)
        ask(pinhole, STAR)
        pinhole.resize(360, 760)
        for what in ("Picture 1: .*", "Copy answer 1: .*", "More for question 1: .*", "Add a picture", "Send"):
            x, y, width, height = pinhole.wait_for("button", what).extents
            assert 0 <= x and x + width <= 360 and y + height <= 760, f"{what} at {x}, {y}"
        pinhole.quit()
