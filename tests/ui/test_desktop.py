"""The window among others: settings, files handed over, notifications, help."""

import contextlib
import os
import re
import shutil
import subprocess

import gi

from driver import Pinhole, press, wait, xdotool
from suite import BUILD, flow, scratch, start, write_png

gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib  # noqa: E402

PROGRAM = os.path.join(BUILD, "app", "pinhole")


@contextlib.contextmanager
def environment(**values):
    """Variables for what is started meanwhile."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextlib.contextmanager
def kept_settings(name, **values):
    """Settings that outlive the program, in a folder of their own; memory is the rule here."""
    folder = scratch(name)
    shutil.copytree(os.environ["XDG_CONFIG_HOME"], folder)
    path = os.path.join(folder, "glib-2.0", "settings", "keyfile")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write("[org/pinhole/Pinhole]\n")
        file.writelines(f"{key.replace('_', '-')}={value}\n" for key, value in values.items())
    with environment(GSETTINGS_BACKEND="keyfile", XDG_CONFIG_HOME=folder):
        yield


def start_shared(*arguments, **more):
    """The one that others hand their pictures to."""
    return Pinhole(BUILD, *arguments, own=False, **more)


def brightness(pinhole, x, y):
    """Of one point of the window: 0 … 255."""
    shot = subprocess.run(["import", "-window", pinhole.x_window, "-crop", f"1x1+{x}+{y}", "-colorspace",
                           "gray", "-depth", "8", "gray:-"], capture_output=True, check=True)
    return shot.stdout[0]


def model_name(pinhole):
    """The line under the window's title."""
    return [node.name for node in pinhole.find_all("label") if node.name in ("No model", "scenes", "slow")]


def open_preferences(pinhole):
    press("ctrl+comma")
    pinhole.wait_for(None, "Preferences")
    pinhole.wait_for(None, "Notify of answers")


def close_by_escape(pinhole, what):
    """A window over the other, in which that is to be seen."""
    wait(lambda: press("Escape") or not pinhole.find(None, what), f"{what} to go")


@flow
def preferences_change_the_style_at_once():
    with start() as pinhole:
        light = brightness(pinhole, 600, 700)
        open_preferences(pinhole)
        press("space")
        pinhole.wait_for("label", "Dark")
        press("Down", "Down", "Return")
        close_by_escape(pinhole, "Notify of answers")
        wait(lambda: brightness(pinhole, 600, 700) < 90 < light, "a dark window")
        pinhole.quit()


@flow
def preferences_are_named_and_close_by_escape():
    with start() as pinhole:
        open_preferences(pinhole)
        for name in ("Style", "Colors of maps", "Notify of answers", "Free the memory", "Days to undo",
                     "Erase deleted chats"):
            assert pinhole.find(None, "_?" + name), name
        close_by_escape(pinhole, "Notify of answers")
        pinhole.quit()


@flow
def window_is_as_it_was_left():
    with kept_settings("kept"):
        with start() as pinhole:
            pinhole.resize(980, 640)
            press("F9", "F8")
            wait(lambda: pinhole.find(None, "What the model looked at|Ways of looking.*|Queries"), "the inspector")
            width, height = pinhole.find("window").extents[2:]
            pinhole.quit()
        with start() as pinhole:
            pinhole.wait_for(None, "Queries")
            assert not pinhole.find("list", "Chats.*"), "the chats are back"
            now = pinhole.find("window").extents[2:]
            assert abs(now[0] - width) < 60 and abs(now[1] - height) < 60, (now, width, height)
            pinhole.quit()


@flow
def a_second_start_hands_its_picture_to_the_first():
    picture = scratch("handed.png")
    write_png(picture, 40, 30)
    with start_shared() as pinhole:
        ended = subprocess.run([PROGRAM, picture], timeout=30)
        assert ended.returncode == 0
        pinhole.wait_for("label", "handed.png")
        pinhole.quit()


@flow
def a_start_with_its_own_history_stands_alone():
    with start_shared() as first, start() as second:
        assert first.process.pid != second.process.pid
        second.wait_for("label", "Scene 12")
        second.quit()
        first.focus()
        first.quit()


@flow
def an_unused_model_leaves_the_memory_and_comes_back():
    with kept_settings("idle", idle_unload_seconds=1):
        with start() as pinhole:
            wait(lambda: "No model" in model_name(pinhole), "the model to leave")
            press("Tab")
            wait(lambda: "scenes" in model_name(pinhole), "the model to come back")
            pinhole.quit()


@flow
def what_was_deleted_is_erased_on_request():
    with start() as pinhole:
        pinhole.ask("What is there?")
        pinhole.click_at(pinhole.wait_for("list item", "Chat 1: .*"))
        press("Delete")
        pinhole.wait_for("label", "Chat deleted")
        open_preferences(pinhole)
        pinhole.click("button", ".*Erase….*")
        pinhole.wait_for("label", "Erase Deleted Chats\\?")
        pinhole.click("button", "(_Erase )?Erase")
        pinhole.wait_for("label", "1 chat erased")
        close_by_escape(pinhole, "Notify of answers")
        pinhole.quit()


@flow
def help_is_one_key_away():
    with start() as pinhole:
        press("F1")
        pinhole.wait_for(None, "Attention is not proof.*")
        close_by_escape(pinhole, "Attention is not proof.*")
        pinhole.quit()


@flow
def the_main_menu_opens_by_its_key():
    with start() as pinhole:
        press("F10")
        for name in ("Preferences", "Keyboard Shortcuts", "Help", "About Pinhole"):
            pinhole.wait_for("menu item", name)
        press("Escape")
        pinhole.quit()
