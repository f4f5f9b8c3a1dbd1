#!/usr/bin/env python3
"""Makes the folders of tests/data/tokenizer that hold models of SentencePiece and Unigram, and what Hugging Face's
tokenizers say with them.

    python3 tests/reference/unigram.py

Needs tokenizers 0.23, transformers 5.23, sentencepiece 0.2 and protobuf.

    t5          spiece.model, a small Unigram model with the character map nmt_nfkc, and the texts under the pipeline
                that transformers builds around it
    t5-older    another pipeline around that model, as published files have it: pipeline.json holds what differs, with
    t5-newer    the map left out of the Precompiled step, since it is large
    llama       tokenizer.model, a small BPE model
    unigram     a made vocabulary: ties, pieces that are prefixes of each other, byte fallback, scores above zero
    graphemes.json   a hash over what becomes of every character beside some others under a map of all bytes

What golden.json says is told in tests/tokenizer-golden.h.
"""
import base64
import hashlib
import io
import itertools
import json
import random

import sentencepiece
from sentencepiece import sentencepiece_model_pb2
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers.tokenization_utils_base import generate_merges

from bpe import DATA, FIXED, MARK, POOL, added, decodings, entry, save, sentences, step, template
from graphemes import ACUTE, COPYRIGHT, FACE, HANGUL, JOINER, KA, VIRAMA, map_of_all_bytes

# --- texts ---

T5_TEXTS = [
    "<extra_id_0>", "a <extra_id_0> b<extra_id_99>.", "<extra_id_100>", "<pad> </s>", "a" + MARK + " " + MARK + "b",
    "  leading", "trailing  ", "a \u00a0 b", "\u3000\u3000a", "a\u2028\u2029b", "\u0085a\u0085", "a\r\nb\rc",
    "\u200e\u200fa",
    "\ufb01\ufb03ne", "\u2460\u2163\u216f", "\uff21\uff22\uff23\uff11", "\u00bd\u00be", "\u2126\u212a\u212b",
    "\uff76\uff9e", "\u3392\u33a5",
    "\u1e9b\u0323", "\u0344", "\u0958\u0915\u093c", "\u2122\u2139\u203c", "\u24c2\u3297", "\u1112\u1161\u11ab",
    "\uac00\u11a8",
    "\u2026\u2025", "\u00b4\u02dc a", "\u017f\u0131\u0130", "\u00aa\u00ba\u00b5", "\u01c4\u01c5", "\ufdfa",
    "\u3131\u1100\uffa1",
    "what is the dog doing?", "Question: what is in the picture? Answer:", "two girls, 1998.", "in the kitchen" * 3,
]

HOSTILE = [  # what a grapheme is looked up as: by its first key, in full, or character by character
    "e\u0301", "e\u0301\u0302", "e\u0301\u0302\u0303", "\ufb01\u0301", "\ufb01\u0301\u0302", "\u2122\u0301",
    "\u2122\u200d", "\u00b5\u0301\u0302",
    COPYRIGHT + JOINER + "\u2122" + ACUTE, COPYRIGHT + JOINER + JOINER + "\u2122" + ACUTE,
    FACE + "\u0300" + JOINER + "\u2122" + ACUTE,
    KA + VIRAMA + "\u0958" + ACUTE, KA + "\u0301\u0958" + ACUTE, KA + VIRAMA + "\u200c\u0958" + ACUTE, "\u0600\u00bd",
    "\u0600\u0600\ufb01" + ACUTE,
    "\n\u0301", "\r\n\u0301", "\u00ad\u0344\u0301", "\U000e0001\u0344\u0301", "\uac00\u0301", "\u1100\u3131" + ACUTE,
    "\uffa1\u0301\u1161",
    "\U0001f1e9\U0001f1ea\u0344\u0301", "\u0903\u0344", "\u0915\u0903\u0958" + ACUTE, " \u0301", "\u00a0\u0301",
    "\u2460\ufe0f", "1\ufe0f\u20e3",
]

LONG = [("x", 10000), ("the", 3334), ("a\u0301", 3000), (" ", 10000), ("\u4f60", 10000), ("the cat ", 1000),
        ("\u1234", 3000), ("\ufb01", 4000)]


def texts():
    chance = random.Random(9)
    made = ["".join(chance.choice(POOL) for _ in range(chance.randint(1, 30))) for _ in range(25)]
    return FIXED[::2] + T5_TEXTS + HOSTILE + made + LONG


# --- models of SentencePiece ---

def trained(**options):
    out = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(sentence_iterator=sentences(), model_writer=out, num_threads=1,
                                             minloglevel=2,
                                             hard_vocab_limit=False, input_sentence_size=0, **options)
    model = sentencepiece_model_pb2.ModelProto()
    model.ParseFromString(out.getvalue())
    return out.getvalue(), model


def t5_steps(model):
    """{folder: normalizer and pre-tokenizer}."""
    table = normalizers.Precompiled(model.normalizer_spec.precompiled_charsmap)
    metaspace = pre_tokenizers.Metaspace(prepend_scheme="always")
    splits = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), metaspace])
    return {
        "t5": (normalizers.Sequence([table]), splits),
        "t5-older": (normalizers.Sequence([table, normalizers.Replace(Regex(" {2,}"), " ")]), splits),
        "t5-newer": (normalizers.Sequence([table, normalizers.Strip(left=False, right=True),
                                           normalizers.Replace(Regex(" {2,}"), MARK)]), metaspace),
    }


def t5():
    blob, model = trained(model_type="unigram", vocab_size=400, pad_id=0, eos_id=1, unk_id=2, bos_id=-1,
                          normalization_rule_name="nmt_nfkc")
    extra = [f"<extra_id_{i}>" for i in range(99, -1, -1)]
    pieces = [(piece.piece, piece.score) for piece in model.pieces] + [(token, 0.0) for token in extra]
    for name, (normalizer, pre_tokenizer) in t5_steps(model).items():
        tokenizer = Tokenizer(models.Unigram(pieces, unk_id=2, byte_fallback=False))
        tokenizer.normalizer, tokenizer.pre_tokenizer = normalizer, pre_tokenizer
        tokenizer.decoder = decoders.Metaspace(prepend_scheme="always")
        tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>", pair="$A </s> $B </s>",
                                                                 special_tokens=[("</s>", 1)])
        tokenizer.add_special_tokens(["<pad>", "</s>", "<unk>"] + extra + ["<image>"])
        folder = DATA / name
        folder.mkdir(exist_ok=True)
        save(folder / "golden.json", {"entries": [entry(tokenizer, text) for text in texts()]})
        if name == "t5":
            (folder / "spiece.model").write_bytes(blob)
            save(folder / "added_tokens.json", {"<image>": len(pieces)})
            save(folder / "special_tokens_map.json", {"additional_special_tokens": ["<image>"]})
        else:
            described = step(normalizer)
            described["normalizers"][0].pop("precompiled_charsmap")
            save(folder / "pipeline.json", {"normalizer": described, "pre_tokenizer": step(pre_tokenizer)})


def llama():
    blob, model = trained(model_type="bpe", vocab_size=520, byte_fallback=True, split_digits=True,
                          normalization_rule_name="identity", remove_extra_whitespaces=False,
                          allow_whitespace_only_pieces=True)
    vocabulary = {piece.piece: i for i, piece in enumerate(model.pieces)}
    tokenizer = Tokenizer(models.BPE(vocabulary, generate_merges(vocabulary), unk_token="<unk>", fuse_unk=True,
                                     byte_fallback=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend(MARK), normalizers.Replace(" ", MARK)])
    tokenizer.decoder = decoders.Sequence([decoders.Replace(MARK, " "), decoders.ByteFallback(), decoders.Fuse(),
                                           decoders.Strip(" ", 1, 0)])
    tokenizer.post_processor = processors.TemplateProcessing(single="</s> $A", pair="</s> $A </s> $B",
                                                             special_tokens=[("</s>", 2)])
    tokenizer.add_special_tokens(["<unk>", "<s>", "</s>"])
    tokenizer.add_special_tokens(["[PAD]"])
    folder = DATA / "llama"
    folder.mkdir(exist_ok=True)
    (folder / "tokenizer.model").write_bytes(blob)
    save(folder / "added_tokens.json", {"[PAD]": len(vocabulary)})
    save(folder / "special_tokens_map.json", {"pad_token": "[PAD]"})
    save(folder / "tokenizer_config.json", {"add_bos_token": True, "add_eos_token": False, "bos_token": "</s>",
                                            "eos_token": "</s>",
                                            "unk_token": "</s>"})
    others = FIXED[1::2] + texts()[len(FIXED[::2]):]
    save(folder / "golden.json", {"entries": [entry(tokenizer, text) for text in others]})


# --- a made vocabulary ---

def unigram():
    chance = random.Random(5)
    pieces = [("<unk>", 0.0), ("</s>", 0.0)] + [(f"<0x{byte:02X}>", -20.0) for byte in range(256) if byte != 0x7A]
    for n in (1, 2, 3, 4):              # few different scores make many ties
        words = ["".join(letters) for letters in itertools.product("abc", repeat=n)]
        pieces += [(word, -1.5 * chance.randint(1, n + 1)) for word in words if n < 3 or chance.random() < 0.5]
    pieces += [("\u00e9", -3.0), ("\u00e9\u4f60", -2.0), ("xy", -30.0), ("d" * 12, 45.0), ("dd", -1.0), ("q", 10.4),
               ("xq", -30.0),
               ("r", 9.6), ("xr", -30.0), (MARK, -2.5), (MARK + "a", -2.5)]
    model = {"type": "Unigram", "unk_id": 0, "byte_fallback": True, "vocab": pieces}
    document = {"version": "1.0", "truncation": None, "padding": None,
                "added_tokens": [added("<unk>", 0), added("</s>", 1)],
                "normalizer": None,
                "pre_tokenizer": step(pre_tokenizers.Metaspace(prepend_scheme="never", split=False)),
                "post_processor": template("</s>", 1),
                "decoder": step(decoders.Sequence([decoders.ByteFallback(), decoders.Fuse()])),
                "model": model}
    folder = DATA / "unigram"
    folder.mkdir(exist_ok=True)
    save(folder / "tokenizer.json", document)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    made = ["".join(chance.choice(["a", "a", "b", "c", "c", "d", "x", "y", "z", " ", "\u00e9", "\u4f60", "<unk>"])
                    for _ in range(chance.randint(1, 24))) for _ in range(220)]
    # The price of being unknown to one, a byte without a token, and a score that makes many bad pieces worth while.
    made += ["xq", "xr", "aqxq", "rxr", "xy", "xxy", "axyb", "z", "xz", "d" * 11, "d" * 12, "d" * 13, ("abc", 3334),
             ("d", 10000), ("xy", 5000), ("z", 10000)]
    save(folder / "golden.json", {"entries": [entry(tokenizer, text) for text in made],
                                  "decodings": list(decodings(tokenizer))})


# --- graphemes ---

def graphemes():
    """One look-up is one X; what stands beside a character shows what it is to the boundaries."""
    table = map_of_all_bytes()
    normalizer = normalizers.Precompiled(table)
    beside = [["a", ""], ["", "a"], ["", ACUTE + ACUTE], ["", JOINER + COPYRIGHT + ACUTE], ["", VIRAMA + KA + ACUTE],
              [COPYRIGHT + JOINER, ACUTE], [KA + VIRAMA, ACUTE], [KA, KA + ACUTE], [KA + VIRAMA, KA + ACUTE],
              [FACE, JOINER + COPYRIGHT + ACUTE]]
    beside += [["", letter + ACUTE] for letter in HANGUL.values()] + [[letter, ACUTE] for letter in HANGUL.values()]
    beside += [["\U0001f1e6", ACUTE + "b"], ["\r", "\n"]]
    sum = hashlib.sha256()
    for before, after in beside:
        for c in itertools.chain(range(1, 0xD800), range(0xE000, 0x20000), range(0xE0000, 0xE1000)):
            sum.update(normalizer.normalize_str(before + chr(c) + after).encode() + b"\n")
    save(DATA / "graphemes.json", {"normalizer": {"type": "Precompiled",
                                                  "precompiled_charsmap": base64.b64encode(table).decode()},
                                   "beside": beside, "sha256": sum.hexdigest()})


if __name__ == "__main__":
    t5()
    llama()
    unigram()
    graphemes()
