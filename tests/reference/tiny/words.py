"""Tokenizers of a few hundred pieces with the pipelines of the published ones, trained on made sentences."""

import io
import json
import random
import tempfile
from collections import Counter
from dataclasses import dataclass, field

import sentencepiece
from sentencepiece import sentencepiece_model_pb2
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

SPACE = "\u2581"  # what SentencePiece writes for a space


@dataclass
class Words:
    """A tokenizer and the files that lie beside tokenizer.json."""

    tokenizer: Tokenizer
    config: dict  # of tokenizer_config.json
    answerable: list  # pieces that an answer may consist of; not the byte 0, which ends a text in C
    files: dict = field(default_factory=dict)  # bytes by name

    def __len__(self):
        return self.tokenizer.get_vocab_size()

    def id(self, token):
        return self.tokenizer.token_to_id(token)

    def encode(self, text):
        return self.tokenizer.encode(text).ids

    def decode(self, ids):
        return self.tokenizer.decode(ids, skip_special_tokens=True)


def sentences():
    chance = random.Random(11)
    parts = (
        [
            "a boat",
            "one tall lamp",
            "the small child",
            "an orange bus",
            "two horses",
            "her garden",
            "the caf\u00e9 door",
        ],
        ["stands beside", "looks down on", "is painted like", "waits for", "runs past", "leans over", "belongs to"],
        ["the river.", "a stone wall.", "another window.", "some green apples!", "it's market", "the 1930s station,"],
        [
            "",
            " in the morning",
            " after 25 minutes",
            " with a na\u00efve smile",
            " \u2014 quietly",
            "\nand nobody else",
        ],
        ["", "", " What is in this photo of it?", " Question: how many are there? Answer: 7.", " Short answer:"],
    )
    return [" ".join(map(chance.choice, parts[:3])) + "".join(map(chance.choice, parts[3:])) for _ in range(1200)]


def special(text):
    return AddedToken(text, special=True, normalized=False)


def template(single, **ids):
    return processors.TemplateProcessing(single=single, special_tokens=list(ids.items()))


# --- byte-level BPE: OPT, and the small LLaMAs of today ---


def byte_level(first, size, split):
    """`first` are the pieces that have the first ids, `split` is what cuts a text into words."""
    trained = Tokenizer(models.BPE())
    trained.pre_tokenizer = split
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    options = {"special_tokens": first, "initial_alphabet": alphabet, "show_progress": False}
    trained.train_from_iterator(sentences(), trainers.BpeTrainer(vocab_size=size, **options))
    model = json.loads(trained.to_str())["model"]

    # Anew, since training registers every one of `first` as an added token and published files name only some.
    tokenizer = Tokenizer(models.BPE(model["vocab"], [tuple(pair) for pair in model["merges"]]))
    tokenizer.pre_tokenizer = split
    tokenizer.decoder = decoders.ByteLevel()
    merges = "".join(f"{left} {right}\n" for left, right in model["merges"])
    vocabulary = json.dumps(model["vocab"], ensure_ascii=False, separators=(",", ":"))
    answerable = [i for piece, i in model["vocab"].items() if i >= len(first) and piece != "\u0100"]
    return tokenizer, answerable, {"merges.txt": f"#version: 0.2\n{merges}".encode(), "vocab.json": vocabulary.encode()}


def opt():
    tokenizer, answerable, files = byte_level(["<s>", "<pad>", "</s>", "<unk>"], 330, pre_tokenizers.ByteLevel(False))
    tokenizer.post_processor = template("</s> $A", **{"</s>": 2})
    tokenizer.add_special_tokens([special("<pad>"), special("</s>")])
    names = {"bos_token": "</s>", "eos_token": "</s>", "pad_token": "<pad>", "unk_token": "</s>"}
    config = {"tokenizer_class": "GPT2Tokenizer", "add_bos_token": True, "add_prefix_space": False, **names}
    return Words(tokenizer, config, answerable, files)


def small_llama():
    """Every digit is a word of its own, and nothing is put before the text."""
    split = pre_tokenizers.Sequence([pre_tokenizers.Digits(True), pre_tokenizers.ByteLevel(False)])
    first = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    tokenizer, answerable, files = byte_level(first, 320, split)
    tokenizer.add_special_tokens([special(name) for name in first])
    names = {"bos_token": first[1], "eos_token": first[2], "pad_token": first[2], "unk_token": first[0]}
    return Words(tokenizer, {"tokenizer_class": "GPT2Tokenizer", "add_prefix_space": False, **names}, answerable, files)


# --- SentencePiece: LLaMA and T5 ---


def sentencepiece_model(**options):
    written = io.BytesIO()
    lines = [part for line in sentences() for part in line.split("\n")]
    train = sentencepiece.SentencePieceTrainer.train
    train(sentence_iterator=iter(lines), model_writer=written, num_threads=1, minloglevel=2, **options)
    model = sentencepiece_model_pb2.ModelProto()
    model.ParseFromString(written.getvalue())
    model.normalizer_spec.ClearField("normalization_rule_tsv")  # the name of a file that is gone
    return model.SerializeToString(), model


def merges_of(pieces):
    """The pairs that a BPE model joins, in the order of what they join to."""
    rank = {piece: i for i, piece in enumerate(pieces)}
    cuts = ((piece[:i], piece[i:]) for piece in pieces for i in range(1, len(piece)))
    pairs = [pair for pair in cuts if pair[0] in rank and pair[1] in rank]
    return sorted(pairs, key=lambda pair: (rank["".join(pair)], rank[pair[0]], rank[pair[1]]))


def vicuna():
    """In the older form: a normalizer writes the spaces, and a text is one word."""
    options = {"byte_fallback": True, "split_digits": True, "remove_extra_whitespaces": False}
    blob, model = sentencepiece_model(
        model_type="bpe", vocab_size=345, normalization_rule_name="identity", character_coverage=0.995, **options
    )
    pieces = [piece.piece for piece in model.pieces]
    rank = {piece: i for i, piece in enumerate(pieces)}
    tokenizer = Tokenizer(models.BPE(rank, merges_of(pieces), unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend(SPACE), normalizers.Replace(" ", SPACE)])
    steps = [decoders.Replace(SPACE, " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    tokenizer.decoder = decoders.Sequence(steps)
    tokenizer.post_processor = template("</s> $A", **{"</s>": 2})
    tokenizer.add_special_tokens([special(name) for name in ("<unk>", "<s>", "</s>", "[PAD]")])
    names = {"bos_token": "</s>", "eos_token": "</s>", "pad_token": "[PAD]", "unk_token": "</s>"}
    config = {"tokenizer_class": "LlamaTokenizer", "add_bos_token": True, "add_eos_token": False, "legacy": True}
    return Words(tokenizer, {**config, **names}, list(range(4, len(pieces))), {"tokenizer.model": blob})


N_EXTRA = 10  # T5 has 100


def t5_unigram():
    """A character map of few rules, since the published one alone would be 300 kB."""
    rules = {
        "\ufb01": "fi",
        "\u00a0": " ",
        "\u3000": " ",
        "\n": " ",
        "\t": " ",
        "\u2460": "1",
        "\uff21": "A",
        "e\u0301": "\u00e9",
    }
    as_numbers = lambda text: " ".join(f"{ord(character):X}" for character in text)
    with tempfile.NamedTemporaryFile("w", suffix=".tsv") as table:
        table.writelines(f"{as_numbers(old)}\t{as_numbers(new)}\n" for old, new in rules.items())
        table.flush()
        ids = {"pad_id": 0, "eos_id": 1, "unk_id": 2, "bos_id": -1}
        options = {"normalization_rule_tsv": table.name, "hard_vocab_limit": False, **ids}
        blob, model = sentencepiece_model(model_type="unigram", vocab_size=230, **options)
    return blob, [(piece.piece, piece.score) for piece in model.pieces], model.normalizer_spec.precompiled_charsmap


def t5(newer):
    """`newer` files collapse spaces in the normalizer, older ones split at spaces."""
    blob, pieces, character_map = t5_unigram()
    extra = [f"<extra_id_{i}>" for i in range(N_EXTRA)]
    tokenizer = Tokenizer(models.Unigram(pieces + [(name, 0.0) for name in reversed(extra)], unk_id=2))
    spaces = pre_tokenizers.Metaspace(SPACE, "always")
    characters = normalizers.Precompiled(character_map)
    if newer:
        collapse = [normalizers.Strip(left=False, right=True), normalizers.Replace(Regex(" {2,}"), SPACE)]
        tokenizer.normalizer = normalizers.Sequence([characters, *collapse])
        tokenizer.pre_tokenizer = spaces
    else:
        tokenizer.normalizer = characters
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), spaces])
    tokenizer.decoder = decoders.Metaspace(SPACE, "always")
    tokenizer.post_processor = template("$A </s>", **{"</s>": 1})
    tokenizer.add_special_tokens([special(name) for name in ("<pad>", "</s>", "<unk>", *extra)])
    names = {"eos_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>", "additional_special_tokens": extra}
    config = {"tokenizer_class": "T5Tokenizer", "extra_ids": N_EXTRA, **names}
    return Words(tokenizer, config, list(range(3, len(pieces))), {"spiece.model": blob})


# --- WordPiece: BERT ---

BERT_NAMES = {
    "pad_token": "[PAD]",
    "unk_token": "[UNK]",
    "cls_token": "[CLS]",
    "sep_token": "[SEP]",
    "mask_token": "[MASK]",
}


def bert_pieces(normalizer, split):
    """Every letter, alone and within a word, and what of the rest is longest and most frequent."""
    words = Counter(word for line in sentences() for word, _ in split.pre_tokenize_str(normalizer.normalize_str(line)))
    letters = sorted(set("".join(words)))
    worth = Counter()
    for word, n in words.items():
        for start in range(len(word) - 1):
            worth["##" * (start > 0) + word[start:]] += n * (len(word) - start)
    longer = sorted(worth, key=lambda piece: (-worth[piece], piece))
    return letters + ["##" + letter for letter in letters] + longer[:130]


def bert(has_dec=False):
    """The first 104 ids are those of bert-base-uncased."""
    normalizer = normalizers.BertNormalizer(lowercase=True)
    split = pre_tokenizers.BertPreTokenizer()
    pieces = ["[PAD]", *(f"[unused{i}]" for i in range(99)), "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    pieces += bert_pieces(normalizer, split)
    rank = {piece: i for i, piece in enumerate(pieces)}
    tokenizer = Tokenizer(models.WordPiece(rank, unk_token="[UNK]", max_input_chars_per_word=100))
    tokenizer.normalizer, tokenizer.pre_tokenizer = normalizer, split
    tokenizer.decoder = decoders.WordPiece("##", cleanup=True)
    tokenizer.post_processor = template("[CLS] $A [SEP]", **{"[CLS]": 101, "[SEP]": 102})
    tokenizer.add_special_tokens([special(name) for name in BERT_NAMES.values()])
    config = {"tokenizer_class": "BertTokenizer", "do_lower_case": True, "model_max_length": 512, **BERT_NAMES}
    if has_dec:
        tokenizer.add_special_tokens([special("[DEC]")])
        config["bos_token"] = "[DEC]"
    return Words(
        tokenizer,
        config,
        list(range(104, len(pieces))),
        {"vocab.txt": "".join(f"{piece}\n" for piece in pieces).encode()},
    )


# --- all of them ---

KINDS = {
    "opt": opt,
    "small-llama": small_llama,
    "vicuna": vicuna,
    "t5": lambda: t5(newer=False),
    "t5-newer": lambda: t5(newer=True),
    "bert": bert,
    "bert-dec": lambda: bert(has_dec=True),
}


def make_words(kind, *placeholders):
    """`placeholders` (<image>, <video>) are added last, as when the published repositories were given them."""
    words = KINDS[kind]()
    words.tokenizer.add_special_tokens([special(name) for name in placeholders])
    return words


def write_words(words, folder, write_json):
    folder.mkdir(parents=True, exist_ok=True)
    words.tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    added = words.tokenizer.get_added_tokens_decoder().items()
    decoder = {str(i): {"content": token.content, "special": True} for i, token in added}
    write_json(folder / "tokenizer_config.json", {**words.config, "added_tokens_decoder": decoder})
    for name, blob in words.files.items():
        (folder / name).write_bytes(blob)
