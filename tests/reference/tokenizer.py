#!/usr/bin/env python3
"""Makes tests/data/tokenizer: what Hugging Face's tokenizers say to hostile texts.

    python3 tests/reference/tokenizer.py

Needs tokenizers 0.23 and transformers 5.23.  The folders lm/ and qformer/ hold files that
core/text/wordpiece-files.c wrote (test-tokenizer says so if it would write others); this
script loads them with AutoTokenizer and writes golden.json beside them.  The folder added/
is made here: a cased tokenizer with every kind of added token; bare/ is the same without
steps, where the spaces that a token takes or leaves show in the ids.
"""
import hashlib
import json
import pathlib
import random

from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers
from transformers import AutoTokenizer

DATA = pathlib.Path(__file__).parent.parent / "data" / "tokenizer"

FIXED = [
    "", " ", "\t\n\r", "What color is the star?", "WHAT COLOR IS THE STAR?", "the", "thestar", "star-star",
    "don't", "it's  a   blue\tfish", "3 fish, 12 cups; 100%", "a.b.c...", "!!!???", "''''", "\"quoted\"",
    "[CLS]", "[SEP] x [PAD]", "<s>", "</s>", "<image>", "a<image>b", "<image><image>", " <image> ", "<IMAGE>",
    "<ima", "<image", "[DEC]", "[dec]", "##a", "# #", "##", "###star", "x" * 99, "x" * 100, "x" * 101, "x" * 5000,
    "caf\u00e9", "cafe\u0301", "\u00c9\u00c8\u00ca", "\u0130stanbul", "\u0131", "\u00df", "\u1e9e", "\ufb01sh",
    "\u03a3\u03c3\u03c2", "\u039f\u03a3", "\u4f60\u597d", "a\u4f60b", "\u3042\u30a2\uff76", "\ud55c\uad6d\uc5b4",
    "\uac00\u1100\u1161", "\U00020000", "\U0002b825", "\U0001f600", "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "\u200b", "a\u200bb", "a\u00adb", "a\u202eb", "\ufeffstar", "\ufffd", "a\ufffdb", "\u00a0star\u00a0", "a\u2003b",
    "a\u2028b\u2029c", "a\x0bb\x0cc", "a\x00b".replace("\x00", ""), "a\x01b\x7fc", "a\x85b", "\u0085", "e\u0301\u0302\u0303",
    "\u0301", "\u0301\u0302 \u0303", "Z\u0351\u036b\u0343\u036a\u0302a\u0327l\u0331g\u0330o\u0353", "\u00bd \u00b2 \u2460",
    "\u2160\u2161\u216f", "\u24b6\u24cf", "\u2126\u212a\u212b", "\u00b5", "\uff21\uff22\uff23", "\u3000", "\u2013\u2014\u2026",
    "\u00ab\u00bb\u201c\u201d\u2018\u2019", "$5 + \u20ac6 = \u00a511", "a_b", "a@b.c", "http://x.y/z?q=1&r=2", "`code`",
    "{\"k\": [1, 2]}", "a\\nb", "tab\there", "\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35", "\u0939\u093f\u0928\u094d\u0926\u0940",
    "\u0627\u0644\u0639\u0631\u0628\u064a\u0629", "\u05e9\u05c1\u05b8\u05dc\u05d5\u05b9\u05dd", "\u166d", "\u1734", "\u061d",
    "\u08e2", "\U000111c9", "\U0001e944", "\ue000", "a\ue000b", "\U0010fffd", "\u0378", "n't 'm 's 've 're do not",
    "I do not", "star .", "star , fish ! cup ?", "  leading", "trailing  ", "x y", "a" * 3 + " " * 50 + "b",
    "W1", "ADDED", "added", "xaddedx", "x added x", " left ", "a  left  b", "  right  b", "whole", "awhole", "whole1", "a whole b",
    "whole_", "whole.", "\u00e9whole", "norm NORM Norm n\u00f6rm", "prefixprefixes", "prefixe", "leftright", "right left",
]

POOL = (
    "abcdefghijklmnopqrstuvwxyz" "ABCXYZ0123456789" ".,;:!?'\"#-_()[]<>/\\@$%^&*~`|" "    \t\n"
    "\u00e9\u00c5\u0130\u00df\u0301\u0308\u4f60\u3042\uac00\u1100\u200b\u200d\ufeff\u00a0\u2028\ufffd\U0001f600\u0600\u166d\u2160\u24b6"
)


def texts():
    chance = random.Random(7)
    made = ["".join(chance.choice(POOL) for _ in range(chance.randint(1, 40))) for _ in range(90)]
    words = ["what", "color", "is", "the", "star", "Fish", "CUP", "[SEP]", "<image>", "added", "left", "right", "whole", "norm", "##s", "n't"]
    made += ["".join(chance.choice(words) + chance.choice(["", " ", "  ", ".", "\n"]) for _ in range(chance.randint(1, 9))) for _ in range(40)]
    return FIXED + made


def entries(encode, decode):
    out = []
    for text in texts():
        special, bare = encode(text, True), encode(text, False)
        out.append({"text": text, "ids": special, "bare": bare, "decoded": decode(special, False), "skipped": decode(special, True)})
    return out


def save(folder, golden):
    text = json.dumps(golden, ensure_ascii=True, separators=(",", ":"))
    (folder / "golden.json").write_text(text.replace('},{"text"', '},\n{"text"') + "\n")


def make_written(name):
    tokenizer = AutoTokenizer.from_pretrained(DATA / name)
    encode = lambda text, special: tokenizer(text, add_special_tokens=special)["input_ids"]
    decode = lambda ids, skip: tokenizer.decode(ids, skip_special_tokens=skip)
    save(DATA / name, {"entries": entries(encode, decode)})


def make_added(name, steps):
    folder = DATA / name
    folder.mkdir(exist_ok=True)
    pieces = ["[UNK]", "star", "fish", "do", "not", "n't", "\u00e9", "##\u00e9", "S", "##tar"]
    pieces += [c for c in "abcdefghijklmnopqrstuvwxyzABCW0123456789.,!?'_<>[]#"]
    pieces += ["##" + c for c in "abcdefghijklmnopqrstuvwxyz0123456789"]
    tokenizer = Tokenizer(models.WordPiece({p: i for i, p in enumerate(dict.fromkeys(pieces))}, unk_token="[UNK]", max_input_chars_per_word=20))
    if steps:
        tokenizer.normalizer = normalizers.Sequence([normalizers.BertNormalizer(lowercase=False)])
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.BertPreTokenizer()])
        tokenizer.decoder = decoders.WordPiece(cleanup=False)
    tokenizer.add_special_tokens(["[SEP]", "<image>"])
    tokenizer.add_tokens([
        AddedToken("added", normalized=False), AddedToken("left", lstrip=True, normalized=False), AddedToken("right", rstrip=True, normalized=False),
        AddedToken("whole", single_word=True, normalized=False), AddedToken("n\u00f6rm", normalized=True), AddedToken("norm", normalized=True),
        AddedToken("prefix", normalized=False), AddedToken("prefixes", normalized=False),
    ])
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    encode = lambda text, special: tokenizer.encode(text, add_special_tokens=special).ids
    decode = lambda ids, skip: tokenizer.decode(ids, skip_special_tokens=skip)
    save(folder, {"entries": entries(encode, decode)})


def every_character():
    """A hash over what each step makes of every character, one at a time."""
    # U+11938: the reference does not take it apart, Unicode 13 and GLib do.
    characters = [chr(c) for c in range(1, 0x110000) if not 0xD800 <= c < 0xE000 and c != 0x11938]
    off = dict(clean_text=False, handle_chinese_chars=False, strip_accents=False, lowercase=False)
    hashes = {}
    for name in off:
        step = normalizers.BertNormalizer(**{**off, name: True})
        hashes[name] = hashlib.sha256("\n".join(step.normalize_str(c) for c in characters).encode()).hexdigest()
    split = pre_tokenizers.BertPreTokenizer()
    lines = ("\t".join(word for word, _ in split.pre_tokenize_str("a" + c + "b")) for c in characters)
    hashes["split"] = hashlib.sha256("\n".join(lines).encode()).hexdigest()
    (DATA / "every-character.json").write_text(json.dumps(hashes, indent=2) + "\n")


if __name__ == "__main__":
    make_written("lm")
    make_written("qformer")
    make_added("added", steps=True)
    make_added("bare", steps=False)
    every_character()
