"""The picture under its map, the board of queries, and the overview of heads."""

import re

from driver import press, wait, xdotool
from suite import (DONE, checkpoint, flow, point_at, point_away, report, scratch, start,
                   write_png)

SAID = r"row (\d+), column (\d+): ([\d.]+) %"  # a patch and its share
LEGEND = r"Legend: .*"


def answered(pinhole, question="What color is the star?"):
    pinhole.ask(question)
    pinhole.wait_for("label", DONE)
    point_away(pinhole)
    wait(lambda: pinhole.status() and not pinhole.status().startswith("row"), "the map")


def until(pinhole, pattern):
    """Waits for the canvas to say so."""
    return wait(lambda: re.match(pattern, pinhole.status()),
                lambda: f"{pattern}; it says {pinhole.status()}")


def legend(pinhole):
    return pinhole.wait_for("button", LEGEND).name


def until_legend(pinhole, pattern):
    return wait(lambda: re.fullmatch(pattern, legend(pinhole)),
                lambda: f"{pattern}; it says {legend(pinhole)}")


def focus_canvas(pinhole):
    """A pin and its release leave the focus on the picture and nothing pointed at."""
    point_at(pinhole, 0.5, 0.5)
    xdotool("click", 1)
    until(pinhole, ".*pinned")
    point_away(pinhole)
    press("Escape")
    wait(lambda: not pinhole.status().startswith("row"), "the patch to be released")


def open_appearance(pinhole):
    pinhole.wait_for("button", "Appearance of the heatmap")
    pinhole.find_all("button", "Appearance of the heatmap")[-1].click()
    pinhole.wait_for("slider", "Strength of the heatmap")


def pick(pinhole, what, place):
    """The entry at that place of a drop-down list, once it has opened and before it is closed."""
    def count():
        return len(pinhole.find_all("list item"))

    before = count()
    pinhole.click("button", what)
    wait(lambda: count() > before, "the list to open")
    press("Home", *["Down"] * place, "Return")
    wait(lambda: count() == before, "the list to close")


def flip(pinhole, what):
    pinhole.wait_for(None, what).click()


def show(pinhole, view):
    press("F8")
    pinhole.click("button", view)


def thumbs(pinhole):
    """Those of the board in the order they stand in: by rows, then columns."""
    found = wait(lambda: pinhole.find_all(None, r"Query \d+, .*most at .*"), "the board")
    return sorted(found, key=lambda node: (node.extents[1], node.extents[0]))


def numbers(pinhole):
    return [int(re.match(r"Query (\d+)", node.name)[1]) for node in thumbs(pinhole)]


@flow
def the_picture_is_zoomed_by_keys_buttons_and_the_wheel():
    with start() as pinhole:
        answered(pinhole)
        row, column = point_at(pinhole, 0.27, 0.27)
        until(pinhole, f"row {row}, column {column}:")
        press(*["ctrl+plus"] * 3)  # about twice, about the middle: what was a quarter
        until(pinhole, SAID)       # away from it is now half of that
        point_away(pinhole)
        point_at(pinhole, 0.27, 0.27)
        zoomed = until(pinhole, SAID)
        assert int(zoomed[1]) > row and int(zoomed[2]) > column, (row, column, zoomed[0])
        pinhole.click("button", "Zoom out")
        press("ctrl+0")
        point_away(pinhole)
        point_at(pinhole, 0.27, 0.27)
        until(pinhole, f"row {row}, column {column}:")
        # The wheel zooms where the pointer is: the patch under it stays.
        for _ in range(4):
            xdotool("click", 4)
        pinhole.click("button", "Show the whole picture")
        until(pinhole, f"row {row}, column {column}:")
        pinhole.quit()


@flow
def a_drag_moves_the_picture_and_pins_nothing():
    with start() as pinhole:
        answered(pinhole)
        press(*["ctrl+plus"] * 4)
        point_at(pinhole, 0.6, 0.6)
        before = until(pinhole, SAID)
        xdotool("mousedown", 1)
        xdotool("mousemove_relative", "--sync", "--", -40, -40)
        xdotool("mousemove_relative", "--sync", "--", -40, -40)
        xdotool("mouseup", 1)
        point_away(pinhole)
        until(pinhole, "Query")
        assert "pinned" not in pinhole.status()
        point_at(pinhole, 0.6, 0.6)
        after = until(pinhole, SAID)
        assert (int(after[1]), int(after[2])) > (int(before[1]), int(before[2])), (before, after)
        pinhole.quit()


@flow
def a_patch_is_told_its_place_among_all():
    with start() as pinhole:
        answered(pinhole)
        summary = until(pinhole, r".*; most attention: [\w ]+, \d+ % in \d+ patches; "
                                 r"\d+ % on the class token")
        report("said without a patch", summary[0])
        focus_canvas(pinhole)
        press("Home")
        until(pinhole, SAID + ", highest$")
        press("Left", "Left", "Left")
        until(pinhole, SAID + r", no\. \d+ of 196$|" + SAID + ", (second|third) highest$")
        pinhole.quit()


@flow
def queries_layers_and_heads_are_stepped_by_keys():
    with start() as pinhole:
        answered(pinhole)
        focus_canvas(pinhole)
        press("shift+Next")
        until(pinhole, r"Query \d+, layer 1, mean of")
        press("ctrl+Next", "ctrl+Next")
        until(pinhole, r"Query \d+, layer 1, head 2\.")
        press("shift+Prior")
        until(pinhole, r"Query \d+, mean of \d+ layers, head 2\.")
        press("ctrl+Prior", "ctrl+Prior")
        until(pinhole, r"Query \d+, mean of \d+ layers, mean of \d+ heads\.")
        pinhole.quit()


@flow
def the_legend_names_scale_and_colours():
    with start() as pinhole:
        answered(pinhole)
        peak = re.search(r": ([\d.]+) %", pinhole.status())[1]
        until_legend(pinhole, rf"Legend: 0 to {peak} %\. Class token [\d.]+ % · Each map its own · "
                              r"Violet to yellow.*")
        open_appearance(pinhole)
        pick(pinhole, "Scale of the heatmap", 2)
        until_legend(pinhole, r"Legend: 0 to 100\.0 %\. .*Absolute.*")
        pick(pinhole, "Scale of the heatmap", 1)
        shared = until_legend(pinhole, r"Legend: 0 to ([\d.]+) %\. .*Shared by all queries.*")
        assert float(shared[1]) >= float(peak), (shared[0], peak)
        pick(pinhole, "Colours of the heatmap", 1)
        until_legend(pinhole, ".*Blue to yellow.*")
        flip(pinhole, "Smooth the heatmap")
        until_legend(pinhole, ".*Smoothed between patches.*")
        press("Escape")
        pinhole.quit()


@flow
def suspected_artefacts_are_counted_and_hidden():
    with start() as pinhole:
        answered(pinhole)
        count = until_legend(pinhole, r".* (\d+) suspected artefact patch(?:es)?")[1]
        before = re.search(r": ([\d.]+) %", pinhole.status())[1]
        open_appearance(pinhole)
        flip(pinhole, "Hide suspected artefacts and renormalise")
        until_legend(pinhole, rf".* {count} suspected artefacts? hidden")
        wait(lambda: re.search(r": ([\d.]+) %", pinhole.status())[1] != before, "other shares")
        press("Escape")
        pinhole.quit()


@flow
def what_the_model_saw_is_one_click_away_and_back():
    path = scratch("wide.png")
    write_png(path, 300, 90)
    with start(path) as pinhole:
        answered(pinhole)
        status = pinhole.status()
        # Above the middle there is no picture, until it is the square that the model saw.
        point_at(pinhole, 0.5, 0.2)
        pinhole.click("button", "What the model saw")
        row, column = point_at(pinhole, 0.51, 0.2)
        until(pinhole, f"row {row}, column {column}:")
        point_away(pinhole)
        wait(lambda: pinhole.status() == status, "the same map")
        pinhole.click("button", "What the model saw")
        point_at(pinhole, 0.5, 0.2)
        wait(lambda: pinhole.status() == status, "no patch beside the picture")
        pinhole.quit()


@flow
def the_map_is_read_and_copied_as_a_table():
    with start() as pinhole:
        answered(pinhole)
        peak = re.search(SAID, pinhole.status())
        pinhole.click("button", "Show the patches in numbers")
        pinhole.wait_for(None, "Patches by share")
        for text in peak.groups()[:2]:
            assert pinhole.find("label", text), text
        pinhole.wait_for("label", re.escape(peak[3]) + " %")
        pinhole.click("button", "Copy the table")
        # Again: a window that has just opened may not have the keys yet.
        wait(lambda: press("Escape") or not pinhole.find(None, "Patches by share"),
             "the table to close")
        pinhole.focus()
        press("ctrl+l", "ctrl+v")
        pasted = wait(pinhole.entry().get_text, "the table in the question")
        assert f"{peak[1]}\t{peak[2]}\t{peak[3]} %" in pasted, pasted[:200]
        pinhole.quit()


@flow
def the_legend_opens_the_inspector():
    with start() as pinhole:
        answered(pinhole)
        pinhole.click("button", LEGEND)
        wait(lambda: pinhole.find(None, "Queries"), "the inspector")
        assert thumbs(pinhole)
        pinhole.quit()


ORDERS = (  # how the name of a thumb says it, and whether the largest is first
    (r"entropy ([\d.]+) bits", False),
    (r"class token ([\d.]+) %", True),
    (r"peak ([\d.]+) %", True),
    (r"similarity ([\d.]+)", True),
    (r"similarity to the nearest ([\d.]+)", True),
    (r"suspected artefacts ([\d.]+) %", True),
)


def values(pinhole, pattern):
    said = [re.search(rf", {pattern}, most at", node.name) for node in thumbs(pinhole)]
    return [float(match[1]) for match in said] if all(said) else None


@flow
def the_board_is_sorted_by_each_of_its_numbers():
    with start() as pinhole:
        answered(pinhole)
        chosen = int(re.match(r"Query (\d+)", pinhole.status())[1])
        show(pinhole, "Queries")
        assert numbers(pinhole) == list(range(1, len(thumbs(pinhole)) + 1))
        for place, (pattern, descending) in enumerate(ORDERS, 1):
            pick(pinhole, "Order of the queries", place)
            found = wait(lambda: values(pinhole, pattern), f"values of {pattern}")
            assert found == sorted(found, reverse=descending), (pattern, found)
            if pattern == ORDERS[3][0]:
                assert numbers(pinhole)[0] == chosen and found[0] == 1, (chosen, found[0])
        pinhole.quit()


@flow
def a_shift_click_combines_queries():
    with start() as pinhole:
        answered(pinhole)
        show(pinhole, "Queries")
        pinhole.click_at(thumbs(pinhole)[1])
        until(pinhole, r"Query 2, ")
        xdotool("keydown", "shift")
        try:
            pinhole.click_at(thumbs(pinhole)[4])
        finally:
            xdotool("keyup", "shift")
        mean = until(pinhole, r"Mean of 2 queries, .*: ([\d.]+) %")
        pinhole.wait_for("label", "2 queries together")
        pick(pinhole, "How queries are combined", 1)
        highest = until(pinhole, r"Highest of 2 queries, .*: ([\d.]+) %")
        assert float(highest[1]) >= float(mean[1]), (mean[0], highest[0])
        pinhole.click_at(thumbs(pinhole)[2])
        until(pinhole, r"Query 3, ")
        pinhole.quit()


@flow
def keys_walk_the_board_and_combine():
    with start() as pinhole:
        answered(pinhole)
        show(pinhole, "Queries")
        pinhole.click_at(thumbs(pinhole)[0])
        until(pinhole, r"Query 1, ")
        press("Right")
        until(pinhole, r"Query 2, ")
        press("ctrl+Right", "shift+Return")
        until(pinhole, r"Mean of 2 queries, ")
        press("ctrl+Right", "ctrl+space")
        until(pinhole, r"Mean of 3 queries, ")
        press("Return")
        until(pinhole, r"Query 4, ")
        pinhole.quit()


@flow
def the_heads_of_a_query_are_seen_and_chosen():
    with start() as pinhole:
        answered(pinhole)
        show(pinhole, "Heads")
        heads = wait(lambda: pinhole.find_all(None, r"Layer \d+, head \d+, peak [\d.]+ % at row \d+, "
                                                    r"column \d+"), "the overview")
        assert len({node.name for node in heads}) == len(heads)
        wanted = heads[5].name.split(", peak")[0]
        peak = re.search(r"peak ([\d.]+) %", heads[5].name)[1]
        pinhole.click_at(heads[5])
        until(pinhole, rf"Query \d+, {wanted.lower()}\. .*: {re.escape(peak)} %")
        pinhole.click_at(pinhole.wait_for(None, r"Mean of \d+ layers, mean of \d+ heads, peak .*"))
        until(pinhole, r"Query \d+, mean of \d+ layers, mean of \d+ heads\.")
        pinhole.quit()


@flow
def what_looked_as_text_has_its_words_on_board_and_heads():
    with start(model=checkpoint("blip-vqa")) as pinhole:
        answered(pinhole)
        show(pinhole, "Queries")
        words = wait(lambda: pinhole.find_all(None, r"“.+”, most at .*"), "the words")
        pinhole.click_at(words[0])
        until(pinhole, re.escape(words[0].name.split(", most")[0]))
        pinhole.click("button", "Heads")
        wait(lambda: pinhole.find(None, r"Layer \d+, head \d+, peak .*"), "the overview")
        pinhole.quit()
