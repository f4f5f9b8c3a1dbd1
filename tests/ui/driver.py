"""Starts Pinhole and uses it as a screen reader and a keyboard would.

Widgets are found by role and name, never by place.  Waiting is always for a condition
with a time limit, never for a time."""

import os
import re
import subprocess
import tempfile
import time

from tree import SENSITIVE, Bus

LIMIT = 60.0  # seconds until something that should come is given up

# Said of this display, which has no desktop to show a notification, and of GTK 4.8's own
# window of shortcuts.
NO_FAULT = "unable to send notifications|GtkLabel .* reported min width -"

# Role names of what can be used, as GTK 4.8 gives them.
INTERACTIVE = {"button", "text box", "combo box", "slider", "check box", "menu item"}


def wait(condition, what, limit=LIMIT):
    """The first true value of condition()."""
    end = time.monotonic() + limit
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            what = what() if callable(what) else what
            raise AssertionError(f"waited {limit:.0f} s in vain: {what}")
        time.sleep(0.01)


def xdotool(*arguments):
    subprocess.run(["xdotool", *map(str, arguments)], check=True, timeout=LIMIT)


def press(*keys):
    xdotool("key", "--clearmodifiers", *keys)


class Pinhole:
    """One running program.  Closed by quit(), or killed at the end of a with block."""

    def __init__(self, build, *arguments, history=None, model=None, own=True):
        """With @own, a program of its own; else the one that others hand their files to."""
        self.folder = tempfile.mkdtemp(prefix="pinhole-ui-")
        self.history = history or os.path.join(self.folder, "history.db")
        command = [os.path.join(build, "app", "pinhole")]
        if own:
            command += ["--history", self.history]
        if model:
            command += ["--model", model]
        began = time.monotonic()
        self.log = open(os.path.join(self.folder, "log"), "w+")
        self.process = subprocess.Popen(command + list(arguments), stderr=self.log)
        self.bus = Bus()
        self.owner = wait(self._find_application, "the program in the accessibility tree")
        wait(lambda: self.find("window"), "the window")
        self.seconds_to_window = time.monotonic() - began
        self.x_window = wait(self._find_x_window, "the window on the display")
        xdotool("windowmove", self.x_window, 0, 0)
        self.focus()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.log.close()

    def _find_application(self):
        assert self.process.poll() is None, f"the program ended: {self.complaints()}"
        return self.bus.find_application(self.process.pid)

    def _find_x_window(self):
        found = subprocess.run(["xdotool", "search", "--onlyvisible", "--pid",
                                str(self.process.pid)], capture_output=True, text=True)
        return found.stdout.split()[-1] if found.stdout else None

    def focus(self):
        xdotool("windowfocus", self.x_window)

    def resize(self, width, height):
        """Asks again, as one who drags the edge does: what folds away makes room for less."""
        for attempt in range(20):
            xdotool("windowsize", self.x_window, width, height)
            end = time.monotonic() + 1
            while time.monotonic() < end:
                if width - 20 < self.find("window").extents[2] <= width:
                    return
                time.sleep(0.02)
        raise AssertionError(f"the window is {self.find('window').extents} and not {width} wide")

    def complaints(self):
        """What it wrote to stderr."""
        self.log.flush()
        self.log.seek(0)
        return self.log.read()

    def nodes(self):
        return [node for node in self.bus.read(self.owner) if node.is_showing]

    def find_all(self, role=None, name=None):
        """Every node of that role whose name matches the pattern in full."""
        return [node for node in self.nodes()
                if role in (None, node.role) and (name is None or re.fullmatch(name, node.name))]

    def find(self, role=None, name=None):
        return next(iter(self.find_all(role, name)), None)

    def wait_for(self, role=None, name=None):
        return wait(lambda: self.find(role, name),
                    lambda: f"{role or 'anything'} named {name} among "
                            f"{[n.name for n in self.nodes() if n.name]}")

    def click(self, role, name):
        """A menu button holds a button of its own name: the inner one is what acts."""
        self.wait_for(role, name)
        self.find_all(role, name)[-1].click()

    def entry(self):
        return self.wait_for("text box", "Question about the picture")

    def ask(self, question):
        self.entry().set_text(question)
        press("ctrl+l", "Return")

    def canvas(self):
        return self.wait_for("image", "Picture with its heatmap")

    def status(self):
        return self.canvas().description

    def controls(self):
        """What can be used now.  A menu button holds a button of its own name."""
        return [node for node in self.nodes()
                if node.role in INTERACTIVE and node.has_state(SENSITIVE)
                and not (node.parent.role in INTERACTIVE and node.parent.name == node.name)]

    def point(self, x, y):
        """Moves the pointer to a place inside the window.  Around the content lies a frame
        that the accessibility tree leaves out."""
        outer = subprocess.run(["xdotool", "getwindowgeometry", "--shell", self.x_window],
                               capture_output=True, text=True, check=True).stdout
        width = int(re.search(r"WIDTH=(\d+)", outer).group(1))
        frame = (width - self.find("window").extents[2]) / 2
        xdotool("mousemove", round(x + frame), round(y + frame))

    def click_at(self, node):
        """For what has no action: rows, thumbs."""
        x, y, width, height = node.extents
        self.point(x + width / 3, y + height / 2)
        xdotool("click", 1)

    def quit(self):
        def ended():
            press("ctrl+q")  # again: a menu that is closing still takes the keys
            try:
                return self.process.wait(timeout=5) is not None
            except subprocess.TimeoutExpired:
                return False

        wait(ended, "the program to end")
        assert self.process.returncode == 0, \
            f"ended with {self.process.returncode}\n{self.complaints()[:4000]}"
        complaints = [line for line in self.complaints().splitlines()
                      if re.search("CRITICAL|WARNING|runtime error|Sanitizer", line)
                      and not re.search(NO_FAULT, line)]
        assert not complaints, "\n".join(complaints)
