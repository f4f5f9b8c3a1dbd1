#!/usr/bin/env python3
"""Makes the folders of tests/data/tokenizer that hold BPE tokenizers, and what Hugging Face's tokenizers say with them.

    python3 tests/reference/bpe.py

Needs tokenizers 0.23.  Small vocabularies are trained on made sentences; the pipelines around them are those of
published files:

    opt         byte-level, </s> in front of every text
    opt-files   the same in the files that came before tokenizer.json
    digits      byte-level after digits are set apart, no special tokens around a text (SmolLM)
    vicuna      SentencePiece, the older form: the whole text is one word; byte fallback
    metaspace   SentencePiece, the newer form, with unknown characters instead of byte fallback
    ties        every way to join up to four of three letters, in an order left to chance: who wins a tie

steps.json holds single steps with what they make of a text, every-character-bpe.json a hash over what some of them
make of every character.

What golden.json says is told in tests/tokenizer-golden.h.
"""
import hashlib
import itertools
import json
import pathlib
import random

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

DATA = pathlib.Path(__file__).parent.parent / "data" / "tokenizer"
MARK = "\u2581"

# --- sentences ---

SUBJECTS = [
    "the cat", "a small dog", "an old woman", "the boy", "two girls", "the painter", "somebody", "the horse", "a bird",
]
VERBS = [
    "is sitting", "was standing", "walks", "looked", "is playing", "can't see", "doesn't wait", "is painting", "runs",
]
PLACES = [
    "on the beach", "under a tree", "in the kitchen", "beside the water", "near the window", "at 10:45", "in 1998",
    "behind a red car", "on page 327", "with 2 balls", "in a caf\u00e9", "over the na\u00efve fa\u00e7ade",
    "\u00fcber der Stra\u00dfe",
]
ENDS = [".", "!", "?", ", and", ";", "...", "\n", "  ", " - "]
FRAMES = [
    "Question: what is {}? Answer: {}.", "a photo of {} {}", "What color is {}? It's {}.", "{} or {}",
    "\"{}\", said {}",
]


def sentences():
    chance = random.Random(20)
    pick = lambda: f"{chance.choice(SUBJECTS)} {chance.choice(VERBS)} {chance.choice(PLACES)}"
    for _ in range(1500):
        yield pick() + chance.choice(ENDS) + " " + pick() + chance.choice(ENDS)
        yield chance.choice(FRAMES).format(pick(), chance.choice(SUBJECTS)).capitalize()


# --- texts ---

FIXED = [
    "", " ", "  ", "   ", "\n", "\n\n", "\t", "\r\n", " \n", "\n ", "a", " a", "a ", "  a  ", "Hello", "a photo of",
    "a photo of ", "Question: which city is this? Answer:", "Question: what is the color of the cat?\nAnswer: red.",
    "What's that?", "it's, they're; I'll", "DON'T", "don\u2019t", "'s 't 're 've 'm 'll 'd", " 's", "''s", "'S", "x'y",
    "'", "''", "can't've", "he said: 'sit'", "1", "12", "123", "1234567890", "3.14", "1,000,000", "2 balls", "2balls",
    "at 10:45", "in 1998", "\u00b2\u00b3", "\u00bd cup", "\u2160\u2161\u2162", "\u0663\u0664\u0665", "\u096b\u096c",
    "\u2460\u2461", "\U0001d7d8", "\u3007", "1\u03382", "\u5341\u4e8c", "the cat  sat", "the   cat", "a    b     c",
    " " * 15 + "a", "a" + " " * 40 + "b", "a \t b", "a\n\n\nb", "a \n \n b", "\n\n  a", "a\u00a0b", "\u00a0",
    "\u3000\u3000", "a\u2003b", "a\u2028b", "a\u0085b", "a\u000bb\u000cc", "\u1680", "\u200b", "a\u200bb", "\ufeffa",
    "\u2060", "caf\u00e9", "cafe\u0301", "na\u00efve", "\u00c5ngstr\u00f6m", "A\u030angstro\u0308m", "Stra\u00dfe",
    "\u0130\u0131", "\ufb01", "e\u0301\u0302\u0303", "\u0301", " \u0301a", "Z\u0351\u036b\u0343a\u0327l\u0331",
    "\u4f60\u597d", "\u4f60\u597d\uff0c\u4e16\u754c\u3002", "\u3053\u3093\u306b\u3061\u306f",
    "\u30ab\u30bf\u30ab\u30ca", "\ud55c\uad6d\uc5b4", "\u1112\u1161\u11ab", "\U00020000\U0002a6d6", "\u4f60 \u597d",
    "a\u4f60b", "\u300c\u5f15\u7528\u300d", "\U0001f600", "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "\U0001f44d\U0001f3fd", "\U0001f1e9\U0001f1ea", "\u2764\ufe0f", "\u263a\ufe0e", "a\U0001f600b",
    "\U0001f600 \U0001f600", "1\ufe0f\u20e3", "\u0627\u0644\u0639\u0631\u0628\u064a\u0629",
    "\u0627\u0644\u0633\u0644\u0627\u0645 \u0639\u0644\u064a\u0643\u0645\u061f",
    "\u05e9\u05c1\u05b8\u05dc\u05d5\u05b9\u05dd", "\u05d0\u05d1\u05d2 123", "\u0939\u093f\u0928\u094d\u0926\u0940",
    "\u0928\u092e\u0938\u094d\u0924\u0947 \u0926\u0941\u0928\u093f\u092f\u093e",
    "\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35", "\u041f\u0440\u0438\u0432\u0435\u0442, \u043c\u0438\u0440!",
    "\u0393\u03b5\u03b9\u03ac", "\u10d0\u10d1\u10d2", "\u0561\u0562", "\u1200\u1208", "\x01", "a\x01b", "\x7f",
    "\x1b[2J", "\x02\x03 x", "\u0080\u009f", "\u00ad", "a\u00adb", "\u202eabc", "\u2066a\u2069", "\ue000", "a\uf8ffb",
    "\U000f0000", "\U0010ffff", "\ufffe", "\uffff", "\ufffd", "\u0378", "\u1c89\u1c8a", "\ua7cb", "\U00010d40",
    "\U00011bf0", "\U00011de0", "\U0001ccf0\U0001ccf1", "\U0002ebf0", "\U00013460", MARK, MARK * 2, "a" + MARK + "b",
    MARK + "a", " " + MARK + " ", "a " + MARK, "\u0120a", "\u010a", "\u0100", "\u0142\u0143\u0144", "<0x41>", "<0x0A>",
    "<0xE4><0xBD><0xA0>", "<s>", "</s>", "<unk>", "<pad>", "<image>", "a<image>b", "a <image> b", "<image><image>",
    " <image>", "<image> ", "<image>\n", "</s></s>", "a</s>", "</s> a", "x</s>y", "</ s>", "<S>", "<imag",
    "<|im_start|>user\nHi<|im_end|>", "[PAD]", "[pad]", "a[PAD]b", "<s> a </s> b <unk> c", "Hello</s> World",
    "</s>  two", "left word", "a  left  b", "leftleft", "right  word", "a right", "whole", "awhole", "a whole b",
    "whole1", "whole.", "normal", "a normal b", "Normal", "a  normal", "normalnormal", "http://x.y/z?q=1&r=2", "a@b.c",
    "#tag", "$5 + \u20ac6 = \u00a511", "a_b__c", "`code`", "{\"k\": [1, 2]}", "a\\nb", "!!!???", "...", "\u2026",
    "--- a", "\u2013\u2014", "\u00ab\u00bb\u201c\u201d", "(a) [b] {c}", "<b>bold</b>", "//", "%d%%", "~", "^^",
    "\u221a2 \u2260 \u03c0", "a\u0338", "The Quick Brown Fox", "ALLCAPS", "camelCaseWord", "thecatthecat",
    "catcatcat dogdogdog", "ththththth", "inininin", "aaaa", "aaaaa", "eeeeeeee", "the the the the",
    "over the na\u00efve fa\u00e7ade", "\u00fcber der Stra\u00dfe",
]

POOL = (
    "abcdefghijklmnopqrstuvwxyzABCXYZ0123456789.,;:!?'\"#-_()<>/\\    \t\n"
    "\u00e9\u00c5\u00df\u0301\u4f60\u3042\uac00\u200b\u200d\ufeff\u00a0\u2028\ufffd\U0001f600"
    "\u0600\u00b2\u2581\u0120\ue000"
)
PARTS = [
    "the", "cat", "a", "ing", "on", "'t", "</s>", "<image>", "<s>", "1998", "\u00e9", "\u4f60", "\U0001f600", "\n",
    "  ", " ", "?", "left", "right", "whole", "normal", MARK,
]


def texts():
    chance = random.Random(7)
    made = ["".join(chance.choice(POOL) for _ in range(chance.randint(1, 40))) for _ in range(60)]
    made += ["".join(chance.choice(PARTS) for _ in range(chance.randint(2, 12))) for _ in range(60)]
    letters = "".join(chance.choice("etaoinshrdlu") for _ in range(1000))
    long = [
        ("x", 10000),
        ("the", 3334),
        (letters, 10),
        ("a\u0301", 3000),
        (" ", 10000),
        ("\u4f60", 10000),
        ("the cat ", 1000),
        ("12", 5000),
    ]
    return FIXED + made + long


# --- tokenizers ---


def trained(pre_tokenizer, alphabet, size):
    """The pieces in the order in which they were found, and the merges."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizer
    lines = [line.replace(" ", MARK) for line in sentences()] if pre_tokenizer is None else list(sentences())
    trainer = trainers.BpeTrainer(
        vocab_size=size, initial_alphabet=alphabet, show_progress=False, max_token_length=16
    )
    tokenizer.train_from_iterator(lines, trainer)
    model = json.loads(tokenizer.to_str())["model"]
    return sorted(model["vocab"], key=model["vocab"].get), model["merges"]


def added(token, id, **flags):
    return {
        "id": id,
        "content": token,
        **dict(single_word=False, lstrip=False, rstrip=False, normalized=False, special=True),
        **flags,
    }


def with_kinds(tokens, first):
    """A token of every kind, from the id @first on."""
    kinds = [
        ("left", dict(lstrip=True)),
        ("right", dict(rstrip=True)),
        ("whole", dict(single_word=True)),
        ("normal", dict(normalized=True)),
    ]
    return tokens + [added(token, first + i, special=False, **flags) for i, (token, flags) in enumerate(kinds)]


def describe(pieces, merges, model, **steps):
    model = {
        "type": "BPE",
        "dropout": None,
        "unk_token": None,
        "continuing_subword_prefix": None,
        "end_of_word_suffix": None,
        "fuse_unk": False,
        "byte_fallback": False,
        **model,
        "vocab": {piece: i for i, piece in enumerate(pieces)},
        "merges": merges,
    }
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [],
        "normalizer": None,
        "pre_tokenizer": None,
        "post_processor": None,
        "decoder": None,
        **steps,
        "model": model,
    }


def step(value):
    return json.loads(value.__getstate__())


def template(token, id):
    return step(
        processors.TemplateProcessing(
            single=f"{token} $A", pair=f"{token} $A {token}:1 $B:1", special_tokens=[(token, id)]
        )
    )


def opt():
    pieces, merges = trained(
        pre_tokenizers.ByteLevel(add_prefix_space=False), pre_tokenizers.ByteLevel.alphabet(), 520
    )
    pieces = ["<s>", "<pad>", "</s>", "<unk>"] + pieces
    tokens = [added("<pad>", 1, normalized=True), added("</s>", 2, normalized=True), added("<image>", len(pieces))]
    return describe(
        pieces,
        merges,
        {"continuing_subword_prefix": "", "end_of_word_suffix": ""},
        added_tokens=tokens,
        post_processor=template("</s>", 2),
        pre_tokenizer=step(pre_tokenizers.ByteLevel(add_prefix_space=False)),
        decoder=step(decoders.ByteLevel()),
    )


def digits():
    apart = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    pieces, merges = trained(apart, pre_tokenizers.ByteLevel.alphabet(), 460)
    specials = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    pieces = specials + pieces
    tokens = with_kinds(
        [added(token, i) for i, token in enumerate(specials)] + [added("<image>", len(pieces))], len(pieces) + 1
    )
    return describe(
        pieces,
        [" ".join(merge) for merge in merges],
        {},
        added_tokens=tokens,
        pre_tokenizer=step(apart),
        decoder=step(decoders.ByteLevel()),
    )


def vicuna():
    pieces, merges = trained(None, [], 420)
    specials = ["<unk>", "<s>", "</s>"]
    pieces = specials + [f"<0x{byte:02X}>" for byte in range(256)] + pieces
    tokens = [added(token, i) for i, token in enumerate(specials)] + [
        added("[PAD]", len(pieces)),
        added("<image>", len(pieces) + 1),
    ]
    back = decoders.Sequence(
        [decoders.Replace(MARK, " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    return describe(
        pieces,
        merges,
        {"unk_token": "<unk>", "fuse_unk": True, "byte_fallback": True},
        added_tokens=with_kinds(tokens, len(pieces) + 2),
        normalizer=step(normalizers.Sequence([normalizers.Prepend(MARK), normalizers.Replace(" ", MARK)])),
        post_processor=template("</s>", 2),
        decoder=step(back),
    )


def metaspace():
    pieces, merges = trained(pre_tokenizers.Metaspace(), [], 420)
    specials = ["<unk>", "<s>", "</s>"]
    pieces = specials + pieces
    tokens = with_kinds(
        [added(token, i) for i, token in enumerate(specials)] + [added("<image>", len(pieces))], len(pieces) + 1
    )
    newer = pre_tokenizers.Metaspace(prepend_scheme="first")
    return describe(
        pieces,
        merges,
        {"unk_token": "<unk>"},
        added_tokens=tokens,
        pre_tokenizer=step(newer),
        decoder=step(decoders.Metaspace(prepend_scheme="first")),
        normalizer=step(normalizers.Replace(Regex(" {2,}"), " ")),
        post_processor=template("<s>", 1),
    )


# --- files ---


def spell(value):
    """@value, or its hash if it is long."""
    if len(value) <= 200:
        return value
    text = value if isinstance(value, str) else " ".join(map(str, value))
    return {"sha256": hashlib.sha256(text.encode()).hexdigest()}


def entry(tokenizer, given):
    text = given if isinstance(given, str) else given[0] * given[1]
    ids, bare = (tokenizer.encode(text, add_special_tokens=special).ids for special in (True, False))
    decoded, skipped = (tokenizer.decode(ids, skip_special_tokens=skip) for skip in (False, True))
    out = {"text": text, "ids": ids, "bare": bare, "decoded": decoded, "skipped": skipped}
    for name, same in (("skipped", "decoded"), ("decoded", "text"), ("bare", "ids")):
        if out[name] == out[same]:
            del out[name]
    return {**{name: spell(value) for name, value in out.items()}, "text": given}


def save(path, value):
    path.write_text(
        json.dumps(value, ensure_ascii=True, separators=(",", ":")).replace('},{"text"', '},\n{"text"') + "\n"
    )


def decodings(tokenizer):
    """Of ids that no text has: broken characters, special tokens anywhere.  Not NUL, which a C string cannot hold."""
    chance = random.Random(11)
    ids = [
        id
        for token, id in sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])
        if token not in ("\u0100", "<0x00>")
    ]
    high = [
        id
        for id in ids
        if tokenizer.id_to_token(id).startswith(("<0x8", "<0xC", "<0xE", "<0xF"))
        or len(tokenizer.decode([id]).strip("\ufffd")) == 0
    ]
    for _ in range(60):
        pool = high if high and chance.random() < 0.6 else ids
        some = [chance.choice(pool if chance.random() < 0.8 else ids) for _ in range(chance.randint(1, 12))]
        yield {
            "ids": some,
            **{
                name: tokenizer.decode(some, skip_special_tokens=name == "skipped") for name in ("decoded", "skipped")
            },
        }


def make(name, document, texts):
    folder = DATA / name
    folder.mkdir(exist_ok=True)
    save(folder / "tokenizer.json", document)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    save(
        folder / "golden.json",
        {"entries": [entry(tokenizer, text) for text in texts], "decodings": list(decodings(tokenizer))},
    )


def make_files(name, document):
    """The files before tokenizer.json: roles in one, ids of what was added later in another."""
    folder = DATA / name
    folder.mkdir(exist_ok=True)
    model = document["model"]
    save(folder / "vocab.json", model["vocab"])
    (folder / "merges.txt").write_text(
        "#version: 0.2\n" + "".join(" ".join(merge) + "\n" for merge in model["merges"])
    )
    eos = {
        "__type": "AddedToken",
        "content": "</s>",
        "lstrip": False,
        "normalized": True,
        "rstrip": False,
        "single_word": False,
    }
    save(
        folder / "tokenizer_config.json",
        {"add_bos_token": True, "add_prefix_space": False, "bos_token": eos, "tokenizer_class": "GPT2Tokenizer"},
    )
    save(
        folder / "special_tokens_map.json",
        {
            "bos_token": eos,
            "eos_token": eos,
            "unk_token": "</s>",
            "pad_token": "<pad>",
            "additional_special_tokens": ["<image>"],
        },
    )
    save(folder / "added_tokens.json", {"<image>": len(model["vocab"])})


# --- single steps ---

STEP_TEXTS = [
    "12ab3c45", " a  b", "a b ", "it's 1998's", "", " ", "a\n\n b", MARK + "a " + MARK + "b", "\u00b2\u0663x\u2160",
    "a1234567b", "   ", "caf\u00e9 \u4f60",
    "\t\u1e9b\u0323 \uff21\u030a_\u0130!\u00a0\ufb01\u2460 "
    "\u1112\u1161\u11ab\u3000\u1cf2\u0903\u0859\u200d-\u0344 \u2028",
]
TOKENS = [
    [MARK + MARK + "a" + MARK, MARK + "b"], ["a", MARK], [" ", "  a  ", "b "], ["<0xE4>", "<0xBD>", "<0xA0>", "a"],
    ["<0xE4>", "a", "<0xf0>", "<0x9F>"], ["<0xC3>", "<0xA9>", "<0xA9>", "<0x41>"], ["<0xED>", "<0xA0>", "<0x80>"],
    ["\u00ed\u0142\u0122"], ["\u0120a", "\u00e9", "<image>", "\u4f60", "\u00c3", "x", "\u00c3\u00a9"],
    ["\u00f0\u0141\u013a", "\u00f4\u0132\u0122"], ["\u00e0\u0122", "\u00c0", "\u00f5a"], [],
]


def step_cases():
    gpt2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
    shorter = r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
    splits = [
        {"type": "Split", "pattern": {kind: pattern}, "behavior": behavior, "invert": invert}
        for kind, pattern in (
            ("Regex", r"\p{N}"),
            ("Regex", r"\s+"),
            ("String", " "),
            ("Regex", r"\p{N}{1,3}"),
            ("Regex", gpt2),
            ("Regex", shorter),
            ("Regex", " {2,}"),
        )
        for behavior in ("Isolated", "Removed", "MergedWithPrevious", "MergedWithNext", "Contiguous")
        for invert in (False, True)
    ]
    others = [{"type": "Digits", "individual_digits": value} for value in (False, True)]
    others += [
        {"type": "ByteLevel", "add_prefix_space": prefix, "trim_offsets": True, "use_regex": regex}
        for prefix in (False, True)
        for regex in (False, True)
    ]
    others += [
        {"type": "Metaspace", "replacement": MARK, "prepend_scheme": scheme, "split": split}
        for scheme in ("always", "first", "never")
        for split in (False, True)
    ]
    others += [{"type": "Whitespace"}, {"type": "WhitespaceSplit"}]
    others += [{"type": "Metaspace", "replacement": "_", "add_prefix_space": True, "str_rep": "_"}]
    for value in splits + others:
        tokenizer = Tokenizer.from_str(json.dumps(describe([], [], {}, pre_tokenizer=value)))
        yield {
            "pre_tokenizer": value,
            "made": [
                [text, [word for word, _ in tokenizer.pre_tokenizer.pre_tokenize_str(text)]] for text in STEP_TEXTS
            ],
        }
    for value in (
        normalizers.NFC(),
        normalizers.NFD(),
        normalizers.NFKC(),
        normalizers.NFKD(),
        normalizers.Lowercase(),
        normalizers.StripAccents(),
        normalizers.Strip(),
        normalizers.Strip(left=False),
        normalizers.Strip(right=False),
        normalizers.Prepend(MARK),
        normalizers.Replace(" ", MARK),
        normalizers.Replace(Regex(" {2,}"), MARK),
        normalizers.Replace("12", ""),
        normalizers.Sequence([normalizers.Prepend("x"), normalizers.Sequence([normalizers.Replace("xa", "yy")])]),
    ):
        yield {"normalizer": step(value), "made": [[text, value.normalize_str(text)] for text in STEP_TEXTS]}
    for value in (
        decoders.ByteLevel(),
        decoders.ByteFallback(),
        decoders.Fuse(),
        decoders.Strip(" ", 1, 0),
        decoders.Strip(" ", 0, 1),
        decoders.Replace(MARK, " "),
        decoders.Replace(Regex(" {2,}"), "-"),
        decoders.Metaspace(),
        decoders.Metaspace(prepend_scheme="never"),
        decoders.Sequence(
            [decoders.Replace(MARK, " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
        ),
    ):
        yield {"decoder": step(value), "made": [[tokens, value.decode(tokens)] for tokens in TOKENS]}


def every_character():
    hashes = {}
    for name, value in (
        ("byte_level", pre_tokenizers.ByteLevel(add_prefix_space=False)),
        ("digits", pre_tokenizers.Digits(individual_digits=True)),
        ("whitespace", pre_tokenizers.Whitespace()),
    ):
        sum = hashlib.sha256()
        for c in map(chr, range(1, 0x110000)):
            if not "\ud800" <= c <= "\udfff":
                sum.update(("\t".join(word for word, _ in value.pre_tokenize_str(f"a{c}1{c}!{c}")) + "\n").encode())
        hashes[name] = sum.hexdigest()
    save(DATA / "every-character-bpe.json", hashes)


# --- ties ---


def ties():
    chance = random.Random(3)
    pieces = ["".join(letters) for n in (1, 2, 3, 4) for letters in itertools.product("abc", repeat=n)]
    merges = [(piece[:cut], piece[cut:]) for piece in pieces for cut in range(1, len(piece))]
    chance.shuffle(merges)
    return describe(pieces, merges, {}, decoder=step(decoders.Fuse()))


def letters():
    chance = random.Random(4)
    return ["".join(chance.choice("aabc") for _ in range(n)) for n in range(1, 61) for _ in range(4)]


if __name__ == "__main__":
    make("opt", opt(), texts())
    make_files("opt-files", opt())
    make("digits", digits(), texts())
    make("vicuna", vicuna(), texts())
    make("metaspace", metaspace(), texts())
    make("ties", ties(), letters())
    save(DATA / "steps.json", {"cases": list(step_cases())})
    every_character()
