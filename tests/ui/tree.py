"""What a screen reader sees of a program, read at one go.

The accessibility tree lives in the program and is asked for node by node over D-Bus.
Asking for a whole level of it at once, and waiting once, takes milliseconds where one
call after the other takes seconds on a busy machine."""

import gi

gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib

ACCESSIBLE = "org.a11y.atspi.Accessible"
ACTION = "org.a11y.atspi.Action"
COMPONENT = "org.a11y.atspi.Component"
EDITABLE = "org.a11y.atspi.EditableText"
TEXT = "org.a11y.atspi.Text"
VALUE = "org.a11y.atspi.Value"
PROPERTIES = "org.freedesktop.DBus.Properties"
ROOT = "/org/a11y/atspi/accessible/root"

WINDOW_COORDINATES = 1
FOCUSED, SENSITIVE = 12, 24  # the bits of states

LIMIT = 60_000  # milliseconds for one answer


class Bus:
    """The accessibility bus of this session."""

    def __init__(self):
        session = Gio.bus_get_sync(Gio.BusType.SESSION, None)
        (address,) = session.call_sync("org.a11y.Bus", "/org/a11y/bus", "org.a11y.Bus",
                                       "GetAddress", None, None, 0, LIMIT, None).unpack()
        self.connection = Gio.DBusConnection.new_for_address_sync(
            address, Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT |
            Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION, None, None)

    def call_all(self, calls):
        """Sends every (owner, path, interface, method, arguments), then waits for all
        answers: unpacked, or None for what was refused."""
        answers = [None] * len(calls)
        left = len(calls)

        def done(connection, result, i):
            nonlocal left
            left -= 1
            try:
                answers[i] = connection.call_finish(result).unpack()
            except GLib.Error:
                pass  # not every node has every interface, and some have gone

        for i, (owner, path, interface, method, arguments) in enumerate(calls):
            self.connection.call(owner, path, interface, method, arguments, None, 0, LIMIT,
                                 None, done, i)
        context = GLib.MainContext.default()
        while left > 0:
            context.iteration(True)
        return answers

    def call(self, *call):
        return self.call_all([call])[0]

    def find_application(self, pid):
        """The bus name of the program with that process id, or None."""
        children = self.call("org.a11y.atspi.Registry", ROOT, ACCESSIBLE, "GetChildren", None)
        owners = [owner for owner, _ in (children or ([],))[0]]
        pids = self.call_all([("org.freedesktop.DBus", "/org/freedesktop/DBus",
                               "org.freedesktop.DBus", "GetConnectionUnixProcessID",
                               GLib.Variant("(s)", (owner,))) for owner in owners])
        return next((owner for owner, answer in zip(owners, pids) if answer == (pid,)), None)

    def read(self, owner):
        """The nodes of a program as they are now, from the top down."""
        nodes = []
        level = [(None, owner, ROOT)]
        while level:
            level = self._read_level(level, nodes)
        return nodes

    def _read_level(self, level, nodes):
        questions = (
            (ACCESSIBLE, "GetChildren", None),
            (ACCESSIBLE, "GetRoleName", None),
            (ACCESSIBLE, "GetState", None),
            (PROPERTIES, "GetAll", GLib.Variant("(s)", (ACCESSIBLE,))),
            (COMPONENT, "GetExtents", GLib.Variant("(u)", (WINDOW_COORDINATES,))),
        )
        answers = self.call_all([(owner, path, *question) for _, owner, path in level
                                 for question in questions])
        below = []
        for i, (parent, owner, path) in enumerate(level):
            node = Node(self, owner, path, parent, answers[i * len(questions):])
            nodes.append(node)
            below += [(node, *child) for child in node.children]
        return below


class Node:
    """One accessible thing, as it was when it was read."""

    def __init__(self, bus, owner, path, parent, answers):
        children, role, state, properties, extents = answers[:5]
        self.bus, self.owner, self.path, self.parent = bus, owner, path, parent
        self.children = children[0] if children else []
        self.role = role[0] if role else ""
        self.state = state[0] if state else [0, 0]
        properties = properties[0] if properties else {}
        self.name = properties.get("Name", "")
        self.description = properties.get("Description", "")
        self.extents = extents[0] if extents else (0, 0, 0, 0)

    def has_state(self, bit):
        return bool(self.state[bit // 32] >> bit % 32 & 1)

    @property
    def is_showing(self):
        """GTK 4.8 tells this state only of windows: what has a size was shown."""
        return min(self.extents[2:]) > 0

    def call(self, interface, method, arguments=None):
        return self.bus.call(self.owner, self.path, interface, method, arguments)

    def click(self):
        """Of a button, which has this one action."""
        self.call(ACTION, "DoAction", GLib.Variant("(i)", (0,)))

    def read_name(self):
        """The name it has now."""
        answer = self.call(PROPERTIES, "Get", GLib.Variant("(ss)", (ACCESSIBLE, "Name")))
        return answer[0] if answer else ""

    def set_text(self, text):
        self.call(EDITABLE, "SetTextContents", GLib.Variant("(s)", (text,)))

    def set_value(self, value):
        """Of a number that can be stepped."""
        self.call(PROPERTIES, "Set", GLib.Variant("(ssv)", (VALUE, "CurrentValue",
                                                            GLib.Variant("d", value))))

    def get_text(self):
        (count,) = self.call(PROPERTIES, "Get", GLib.Variant("(ss)", (TEXT, "CharacterCount")))
        return self.call(TEXT, "GetText", GLib.Variant("(ii)", (0, count)))[0]
