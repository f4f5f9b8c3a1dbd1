#!/usr/bin/env python3
"""Makes core/text/grapheme-table.h: what every character is to the boundaries of graphemes.

    python3 tests/reference/graphemes.py

Needs tokenizers 0.23 and clang-format.  Only the library is asked, so that the table has its version of Unicode.  Its
Precompiled normalizer looks a grapheme up as a whole if it is shorter than six bytes, and else character by character.
With a map that has every byte as a key, whatever is looked up becomes one X: their number shows where graphemes end.
"""
import pathlib
import struct
import subprocess

from tokenizers import normalizers

TABLE = pathlib.Path(__file__).parent.parent.parent / "core" / "text" / "grapheme-table.h"
TITLE = """/* grapheme-table.h - what characters are to the boundaries of graphemes
 *
 * The classes of Unicode's Annex 29 as the reference knows them, written by
 * tests/reference/graphemes.py.  What is a rule rather than a list (line ends, joiners,
 * flags, composed syllables of Hangul) is in graphemes.c.
 */
#pragma once

#include <glib.h>

typedef struct {
  gunichar first, last;
} Range;

"""

ACUTE, JOINER, NON_JOINER, COPYRIGHT, FACE = "\u0301", "\u200d", "\u200c", "\u00a9", "\U0001f600"
KA, VIRAMA = "\u0915", "\u094d"                             # a consonant and what links it to the next
HANGUL = {"leading": "\u1100", "vowel": "\u1160", "trailing": "\u11a8"}


def map_of_all_bytes():
    """A double array whose 255 keys, of one byte each, all lead to "X"."""
    children, value, size = 0x100, 0x200, 0x300
    units = [0] * size
    units[0] = children << 10
    for byte in range(1, 256):
        place = children ^ byte
        units[place] = (place ^ value) << 10 | 0x100 | byte
    units[value] = 1 << 31
    return struct.pack(f"<{size + 1}I", 4 * size, *units) + b"X\0"


STEP = normalizers.Precompiled(map_of_all_bytes())


def looked_up(text):
    return len(STEP.normalize_str(text))


def classes():
    """{name: characters}.  Where two and more marks of two bytes follow a character, or one a character of three bytes,
    the number of look-ups tells whether they belong to what stands before."""
    every = [chr(c) for c in range(1, 0x110000) if not 0xD800 <= c < 0xE000]
    joins = [c for c in every if looked_up("a" + c) == 1]
    others = set(every) - set(joins)
    extends = [c for c in joins if c not in (JOINER, NON_JOINER)
               and looked_up(FACE + c + JOINER + COPYRIGHT + ACUTE) == 5]
    links = [c for c in extends if looked_up(KA + c + KA + ACUTE) == 4]
    out = {
        "control": [c for c in others if looked_up(c + ACUTE + ACUTE) == 2],
        "extend": sorted(set(extends) - set(links)),
        "linker": links,
        "spacing_mark": sorted(set(joins) - set(extends) - {JOINER, NON_JOINER}),
        "prepend": [c for c in others if looked_up(c + "a") == 1],
        "picture": [c for c in others if looked_up(c + JOINER + COPYRIGHT + ACUTE) == 4],
        "consonant": [c for c in others if looked_up(c + VIRAMA + KA + ACUTE) == 4],
    }
    before = {name: {c for c in others if not "\uac00" <= c <= "\ud7a3" and looked_up(c + HANGUL[name] + ACUTE) == 3}
              for name in HANGUL}
    out["hangul_leading"] = before["leading"] - set(out["prepend"])
    out["hangul_vowel"] = before["vowel"] - before["leading"]
    out["hangul_trailing"] = before["trailing"] - before["vowel"]
    return out


def ranges(characters):
    out = []
    for c in sorted(map(ord, characters)):
        if out and out[-1][1] == c - 1:
            out[-1][1] = c
        else:
            out.append([c, c])
    return out


def main():
    text = TITLE
    for name, characters in classes().items():
        rows = ", ".join(f"{{ {first:#x}, {last:#x} }}" for first, last in ranges(characters))
        text += f"static const Range {name}[] = {{ {rows} }};\n\n"
    TABLE.write_text(text.rstrip() + "\n")
    subprocess.run(["clang-format", "-i", TABLE], check=True)


if __name__ == "__main__":
    main()
