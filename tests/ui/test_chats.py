"""The old chats: found, renamed, pinned, put into folders, exported and imported."""

import glob
import json
import os
import re

from driver import press, wait
from suite import DONE, flow, scratch, start


def ask_in_new_chats(pinhole, *questions):
    for question in questions:
        press("ctrl+n")
        pinhole.ask(question)
        pinhole.wait_for("list item", re.escape(question) + " .+")
        wait(lambda: pinhole.find("list item", "Chat 1: " + re.escape(question)) and
             pinhole.find("button", "Send"), "the answer and its chat")


def search_box(pinhole):
    return pinhole.wait_for("search box", "Search in all chats")


def titles(pinhole):
    return [re.sub(r"^Chat \d+: ", "", node.name)
            for node in sorted(pinhole.find_all("list item", r"Chat \d+: .*"), key=lambda n: n.extents[1])]


def wait_for_titles(pinhole, *expected):
    wait(lambda: titles(pinhole) == list(expected), lambda: f"{expected}, not {titles(pinhole)}")


def open_menu(pinhole, title):
    pinhole.click("button", r"More about chat \d+: " + re.escape(title))
    return pinhole.wait_for("menu item", "Rename")


def choose_in_menu(pinhole, *path):
    for entry in path:
        pinhole.click("menu item", re.escape(entry) + "…?")


def choose_file(pinhole, title, path, button):
    """By the keys of the file chooser, in which a slash begins a path."""
    pinhole.wait_for(None, title)
    box = wait(lambda: (title.startswith("Import") and press("slash")) or [n for n in pinhole.find_all("text box")
                        if not n.name.startswith(("Question", "Search", "New name"))], "a place for a name")[0]
    box.set_text(path)
    press("Return")
    wait(lambda: not pinhole.find(None, title), "the chooser to close")


@flow
def words_are_found_in_prompts_and_answers():
    with start() as pinhole:
        ask_in_new_chats(pinhole, "What color is the star?", "How many things are there?", "Is there a tree?")
        press("ctrl+f")
        search = search_box(pinhole)
        search.set_text("many")
        wait_for_titles(pinhole, "How many things are there?")
        found = pinhole.find("list item", "Chat 1: .*")
        assert "many" in found.description, found.description
        search.set_text("gre")  # the beginning of a word of an answer
        wait_for_titles(pinhole, "What color is the star?")
        search.set_text("nowhere")
        pinhole.wait_for("status", "No chat has all of these words")
        press("Escape")
        wait(lambda: len(titles(pinhole)) == 3, "all chats")
        pinhole.quit()


@flow
def typing_in_the_list_begins_a_search():
    with start() as pinhole:
        ask_in_new_chats(pinhole, "What color is the star?", "Is there a tree?")
        pinhole.click_at(pinhole.find("list item", "Chat 2: .*"))
        pinhole.click_at(pinhole.find("list item", "Chat 1: .*"))
        wait(lambda: pinhole.find("list item", "Chat 1: .*"), "the list")
        press("ctrl+f", "Return")  # into the list by the keys
        press("s", "t", "a")
        wait_for_titles(pinhole, "What color is the star?")
        assert search_box(pinhole).get_text() == "sta"
        pinhole.quit()


@flow
def a_chat_is_renamed_in_its_place():
    with start() as pinhole:
        ask_in_new_chats(pinhole, "What color is the star?")
        press("ctrl+f", "Return", "F2")
        entry = pinhole.wait_for("text box", "New name of the chat")
        entry.set_text("Stars")
        press("Return")
        wait_for_titles(pinhole, "Stars")
        # Escape keeps the name.
        press("F2")
        pinhole.wait_for("text box", "New name of the chat").set_text("Moons")
        press("Escape")
        press("F2")
        wait(lambda: pinhole.find("text box", "New name of the chat").get_text() == "Stars", "the old name")
        pinhole.quit()


@flow
def a_pinned_chat_stands_first():
    with start() as pinhole:
        ask_in_new_chats(pinhole, "What color is the star?", "Is there a tree?")
        open_menu(pinhole, "What color is the star?")
        choose_in_menu(pinhole, "Pin")
        wait_for_titles(pinhole, "What color is the star?", "Is there a tree?")
        pinhole.wait_for("label", "Pinned")
        open_menu(pinhole, "What color is the star?")
        choose_in_menu(pinhole, "Unpin")
        wait_for_titles(pinhole, "Is there a tree?", "What color is the star?")
        pinhole.quit()


@flow
def a_chat_is_put_into_a_folder_and_taken_out():
    with start() as pinhole:
        ask_in_new_chats(pinhole, "What color is the star?", "Is there a tree?")
        open_menu(pinhole, "Is there a tree?")
        choose_in_menu(pinhole, "Folder", "New Folder")
        pinhole.wait_for("text box", "Name of the folder").set_text("Plants")
        press("Return")
        pinhole.wait_for("label", r"\d\d:\d\d · Plants")
        pinhole.click("button", "Folder of chats")
        pinhole.wait_for("label", "Plants")
        press("Home", "Down", "Return")
        wait_for_titles(pinhole, "Is there a tree?")
        open_menu(pinhole, "Is there a tree?")
        choose_in_menu(pinhole, "Folder", "Out of Its Folder")
        wait_for_titles(pinhole, "Is there a tree?", "What color is the star?")
        assert not pinhole.find("button", "Folder of chats")
        pinhole.quit()


@flow
def a_chat_is_exported_and_comes_back():
    path = scratch("star.json")
    with start() as pinhole:
        ask_in_new_chats(pinhole, "What color is the star?")
        status = wait(pinhole.status, "a map")
        answer = pinhole.find("list item", r"What color is the star\? .+").name
        open_menu(pinhole, "What color is the star?")
        choose_in_menu(pinhole, "Export", "JSON, to Be Imported")
        choose_file(pinhole, "Export the Chat", path, "Export")
        pinhole.wait_for("label", "Exported to star.json")
        pinhole.quit()
    with open(path) as file:
        assert json.load(file)["format"] == "pinhole-chat"
    with start() as pinhole:
        press("F10")
        choose_in_menu(pinhole, "Import a Chat")
        choose_file(pinhole, "Import a Chat", path, "Import")
        pinhole.wait_for("list item", "Chat 1: What color is the star.*")
        pinhole.wait_for("list item", re.escape(answer))
        pinhole.wait_for("label", DONE)
        wait(lambda: pinhole.status() == status, lambda: f"{status}, not {pinhole.status()}")
        pinhole.quit()


@flow
def a_chat_is_exported_as_markdown_with_its_picture():
    folder = scratch("star-chat")
    with start() as pinhole:
        ask_in_new_chats(pinhole, "What color is the star?")
        open_menu(pinhole, "What color is the star?")
        choose_in_menu(pinhole, "Export", "Markdown with Pictures")
        choose_file(pinhole, "Export the Chat into a New Folder", folder, "Export")
        pinhole.wait_for("label", "Exported to star-chat")
        pinhole.quit()
    with open(os.path.join(folder, "chat.md")) as file:
        assert "What color is the star?" in file.read()
    assert glob.glob(os.path.join(folder, "pictures", "1-*")), os.listdir(folder)


@flow
def what_is_no_exported_chat_is_refused_in_one_line():
    path = scratch("bad.json")
    with open(path, "w") as file:
        file.write('{"format": "something else"}')
    with start() as pinhole:
        press("F10")
        choose_in_menu(pinhole, "Import a Chat")
        choose_file(pinhole, "Import a Chat", path, "Import")
        pinhole.wait_for("label", r".*bad\.json.*")
        assert not pinhole.find("list item", "Chat 1: .*")
        pinhole.quit()
