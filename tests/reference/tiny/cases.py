"""Which checkpoints are made: a line for each kind of published repository, and what is odd about its files."""

from dataclasses import dataclass, field

import torch

# Heads of 10, widths that differ from part to part, tables that fit no vector register.
VISION = {"hidden_size": 30, "intermediate_size": 44, "num_hidden_layers": 2, "num_attention_heads": 3}
SMALL = {**VISION, "image_size": 21, "patch_size": 7}
WIDE = {**VISION, "image_size": 28, "patch_size": 7, "hidden_size": 40, "num_attention_heads": 4}
COARSE = {**VISION, "image_size": 28, "patch_size": 14, "hidden_size": 20, "num_attention_heads": 2}
V1 = {**VISION, "image_size": 32, "patch_size": 8}
V1_WIDE = {**V1, "hidden_size": 40, "num_attention_heads": 4}

QFORMER = {"hidden_size": 20, "intermediate_size": 36, "num_hidden_layers": 3, "num_attention_heads": 2}
SHORT_QFORMER = {**QFORMER, "max_position_embeddings": 96}

OPT = {"hidden_size": 30, "ffn_dim": 64, "num_hidden_layers": 2, "num_attention_heads": 3}
SHORT_OPT = {**OPT, "max_position_embeddings": 80}  # 2048 when nothing is said
T5 = {"d_model": 24, "d_kv": 10, "d_ff": 40, "num_layers": 3, "num_decoder_layers": 2, "num_heads": 3}
LLAMA = {"hidden_size": 40, "intermediate_size": 60, "num_hidden_layers": 2, "num_attention_heads": 4}
SHARED_KEYS = {**LLAMA, "num_key_value_heads": 2, "tie_word_embeddings": True, "rope_theta": 1e5, "rms_norm_eps": 1e-5}
BERT = {"hidden_size": 30, "intermediate_size": 44, "num_hidden_layers": 2, "num_attention_heads": 3}
SHORT_BERT = {**BERT, "max_position_embeddings": 64}

# None: no prompt at all.
PROMPTS = {
    "blip2": (None, "a photo of", "Question: d\u00e9j\u00e0 vu \u2014 2 or 15 caf\u00e9s? Answer:"),
    "instructblip": ("What is in this photo?", "Write  a short\ndescription: \u65e5\u672c \U0001f600!"),
    "blip-caption": (None, "a picture of the"),
    "blip-vqa": ("how many horses are there?", "Is the caf\u00e9 door OPEN?!"),
    "blip2-itm": ("two horses run past the river", "Her na\u00efve smile, in 1930.", "?"),
    "blip-itm": ("two horses run past the river", "Her na\u00efve smile, in 1930.", "?"),
}


@dataclass
class Case:
    """A checkpoint to be made.  Sizes are as config.json names them."""

    name: str
    family: str  # a key of layout.CLASSES
    words: str  # a key of words.KINDS
    pictures: str  # names of files, spaces between
    lm: str = ""  # opt, t5 or llama
    text: dict = field(default_factory=dict)  # of the language model, or of BLIP's own text layers
    vision: dict = field(default_factory=lambda: SMALL)
    qformer: dict = field(default_factory=lambda: SHORT_QFORMER)
    n_queries: int = 5
    storage: torch.dtype = torch.float32  # bfloat16 leaves queries and Q-Former in float32, as the published copies do
    n_shards: int = 1
    as_pickle: bool = False  # pytorch_model.bin alone
    old: bool = False  # as converted in 2023: no image token, no padding, a copied head, biases apart
    asked_size: int = 0  # of the processor, where it is not the size of the position table

    @property
    def prompts(self):
        return PROMPTS[self.family]

    @property
    def is_v1(self):
        return self.family.startswith("blip-")

    @property
    def matches(self):
        return self.family.endswith("-itm")

    @property
    def placeholders(self):
        if self.is_v1 or self.old or self.matches:
            return ()
        return ("<image>", "<video>") if self.family == "instructblip" else ("<image>",)


CASES = [
    Case("blip2-opt", "blip2", "opt", "rgb.png alpha.png", "opt", SHORT_OPT),
    Case("blip2-opt-old", "blip2", "opt", "rgb.png turned.jpg", "opt", SHORT_OPT, old=True),
    Case("blip2-opt-interpolate", "blip2", "opt", "palette.png alpha.png", "opt", SHORT_OPT, COARSE, asked_size=42),
    Case("blip2-opt-bf16", "blip2", "opt", "rgb.png grey.png", "opt", OPT, storage=torch.bfloat16),
    Case("blip2-flan-t5", "blip2", "t5", "rgb.png grey.png", "t5", T5, WIDE),
    Case("instructblip-flan-t5", "instructblip", "t5-newer", "rgb.png palette.png", "t5", T5),
    Case(
        "instructblip-vicuna",
        "instructblip",
        "vicuna",
        "alpha.png turned.jpg",
        "llama",
        LLAMA,
        storage=torch.float16,
        n_shards=3,
    ),
    Case(
        "instructblip-llama-gqa", "instructblip", "small-llama", "rgb.png grey.png", "llama", SHARED_KEYS, WIDE, QFORMER
    ),
    Case("blip2-itm", "blip2-itm", "bert-dec", "rgb.png turned.jpg"),
    Case("blip-caption", "blip-caption", "bert", "rgb.png palette.png", "", BERT, V1, as_pickle=True),
    # Its decoder reads the question's states where it was made for the picture's: widths are the same.
    Case("blip-vqa", "blip-vqa", "bert", "rgb.png alpha.png", "", SHORT_BERT, V1),
    Case("blip-itm", "blip-itm", "bert", "grey.png turned.jpg", "", SHORT_BERT, V1_WIDE),
]
