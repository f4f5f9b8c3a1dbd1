"""What transformers makes of a tiny checkpoint, and whether that is worth comparing."""

import shutil
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
import transformers
from safetensors.torch import load_file, save_file
from transformers.image_utils import load_image
from transformers.models.blip.image_processing_pil_blip import BlipImageProcessorPil

from instructblip import IDS, TOLERANCE, deviation, listen

from .layout import CLASSES, join_biases, stored

MAX_NEW_TOKENS = 12
STEADY = TOLERANCE / 4  # of rms, between the reference in single and in double precision
NOISE = 1e-3  # of the spread of scores, that must not change an answer


@dataclass(frozen=True)
class Way:
    """A way to choose an answer."""

    num_beams: int = 1
    length_penalty: float = 1.0
    repetition_penalty: float = 1.0
    min_new_tokens: int = 0

    @property
    def options(self):
        options = {**asdict(self), "do_sample": False, "max_new_tokens": MAX_NEW_TOKENS}
        return options if self.num_beams > 1 else {key: options[key] for key in options if key != "length_penalty"}


GREEDY = Way()
WAYS = [
    GREEDY,
    Way(num_beams=5),
    Way(num_beams=5, length_penalty=-1.0),
    Way(repetition_penalty=1.6),
    Way(min_new_tokens=7),
    Way(num_beams=3, repetition_penalty=1.3, min_new_tokens=4),
]


class Noise(transformers.LogitsProcessor):
    def __init__(self, seed):
        self.generator = torch.Generator().manual_seed(seed)

    def __call__(self, ids, scores):
        finite = scores[scores.isfinite()]
        return scores + NOISE * finite.std() * torch.randn(scores.shape, generator=self.generator)


class Reference:
    def __init__(self, case, folder, vocabulary, qformer_vocabulary, stop):
        self.case, self.folder, self.stop = case, folder, stop
        self.vocabulary, self.qformer_vocabulary = vocabulary, qformer_vocabulary
        self.processor = BlipImageProcessorPil.from_pretrained(folder)
        self.config = CLASSES[case.family].config_class.from_pretrained(folder)
        self.model, self.seen = None, {}

    def empty_model(self):
        return CLASSES[self.case.family](self.config)

    def load(self, state):
        """Loads the folder as it lies there; raises ValueError unless transformers took every tensor unchanged."""
        options = {"dtype": torch.float32, "attn_implementation": "eager", "output_loading_info": True}
        with tempfile.TemporaryDirectory() as scratch:
            folder = joined_copy(self.folder, Path(scratch)) if self.case.old else self.folder
            self.model, found = CLASSES[self.case.family].from_pretrained(folder, **options)
        wrong = [name for names in found.values() for name in names if "position_ids" not in str(name)]
        loaded = self.model.state_dict()
        wrong += [name for name, value in stored(self.case, state).items() if not loaded[name].equal(value.float())]
        if wrong:
            raise ValueError(f"{self.folder}: not loaded cleanly: {wrong}")
        self.model.eval()
        listen(self.model, self.seen)

    def pixels(self, picture):
        pixels = self.processor(load_image(str(picture)), return_tensors="pt")["pixel_values"]
        return pixels.to(next(self.model.parameters()).dtype)

    def prompt_ids(self, prompt):
        """What the language side reads after the picture."""
        bos = self.config.text_config.bos_token_id
        if self.case.family == "blip-caption":  # [DEC] in the place of [CLS], and no [SEP]
            return [bos] + (self.vocabulary.encode(prompt)[1:-1] if prompt is not None else [])
        return [bos] if prompt is None else self.vocabulary.encode(prompt)

    def given(self, picture, prompt):
        """The arguments of generate(), and how much of what it returns is not the answer."""
        ids, pixels = self.prompt_ids(prompt), self.pixels(picture)
        if self.case.is_v1:
            skip = len(ids) if self.case.family == "blip-caption" else 1
            # It replaces the first id and drops the last.
            ids = ids + [102] if self.case.family == "blip-caption" else ids
            return {"pixel_values": pixels, "input_ids": torch.tensor([ids])}, skip
        given = {"pixel_values": pixels, "interpolate_pos_encoding": self.case.asked_size > 0}
        holes = [self.config.image_token_index] * self.case.n_queries
        given["input_ids"] = torch.tensor([holes + ids])
        given["attention_mask"] = torch.ones_like(given["input_ids"])
        if self.case.family == "instructblip":
            given["qformer_input_ids"] = torch.tensor([self.qformer_vocabulary.encode(prompt)])
            given["qformer_attention_mask"] = torch.ones_like(given["qformer_input_ids"])
        return given, 1 if self.case.lm == "t5" else len(holes + ids)

    def generate(self, picture, prompt, way, **more):
        """(ids of the answer alone, scores of its first step, score of its beam or None)"""
        options = {**way.options, **more, "return_dict_in_generate": True, "output_logits": True, "output_scores": True}
        if not self.case.is_v1:
            options |= {"eos_token_id": self.stop, "pad_token_id": self.config.text_config.pad_token_id}
        if self.case.old:
            output, skip = self.model.language_model.generate(inputs_embeds=self.joined(picture, prompt), **options), 0
        else:
            given, skip = self.given(picture, prompt)
            output = self.model.generate(**given, **options)
        has_score = way.num_beams > 1 and way.repetition_penalty == 1  # else it is not of probabilities
        score = float(output.sequences_scores[0]) if has_score else None
        return output.sequences[0, skip:].tolist(), output.logits[0][0], score

    def joined(self, picture, prompt):
        """Queries and prompt put together by hand, which transformers did before there was an image token."""
        queries = self.model.get_image_features(self.pixels(picture)).pooler_output
        text = self.model.get_input_embeddings()(torch.tensor([self.prompt_ids(prompt)]))
        return torch.cat([queries, text], 1)

    def match(self, picture, text, jointly):
        """The two scores of picture and text read together, or the one of both apart."""
        given = {"pixel_values": self.pixels(picture), "input_ids": torch.tensor([self.prompt_ids(text)])}
        if self.case.is_v1:
            return self.model(**given, use_itm_head=jointly).itm_score[0]
        given["attention_mask"] = torch.ones_like(given["input_ids"])
        return self.model(**given, use_image_text_matching_head=jointly).logits_per_image[0]

    def run(self, picture, prompt, precision=torch.float32):
        """Every tensor of a run by name, as arrays."""
        self.model.to(precision)
        self.seen.clear()
        if self.case.matches:
            itm = self.match(picture, prompt, True)
            seen = {**self.seen, "itm": itm, "itc": self.match(picture, prompt, False).reshape(1)}
        else:
            ids, first_logits, _ = self.generate(picture, prompt, GREEDY)
            seen = {**self.seen, "lm.first_logits": first_logits, "generated_ids": torch.tensor(ids)}
        seen["pixel_values"] = self.pixels(picture)[0]
        seen["lm.prompt_ids"] = torch.tensor(self.prompt_ids(prompt))
        self.model.to(torch.float32)
        return {name: (value.int() if name in IDS else value).numpy() for name, value in seen.items()}

    def text(self, ids):
        return self.vocabulary.decode(ids)

    # --- is it worth comparing? ---

    def is_varied(self, answers):
        """Greedy answers by picture and prompt: each prompt's differ between pictures, some end and some do not."""
        ids = list(answers.values())
        for prompt in {prompt for _, prompt in answers}:
            group = {tuple(answer) for (_, asked), answer in answers.items() if asked == prompt}
            if len(group) < 2:
                return False
        lively = [answer for answer in ids if len(set(answer)) >= 4]
        n_ended = sum(answer[-1] == self.stop for answer in ids)
        return 0 < n_ended and any(len(a) == MAX_NEW_TOKENS for a in ids) and 2 * len(lively) >= len(ids)

    def is_stable(self, picture, prompt, way, ids):
        """Whether small errors in the scores leave the answer as it is."""
        noises = (transformers.LogitsProcessorList([Noise(seed)]) for seed in range(3))
        return all(self.generate(picture, prompt, way, logits_processor=noise)[0] == ids for noise in noises)

    def is_steady(self, picture, prompt):
        """Whether the reference in single precision is near itself in double."""
        single, double = (self.run(picture, prompt, precision) for precision in (torch.float32, torch.float64))
        ids = [name for name in single if name in IDS]
        return all((single[name] == double[name]).all() for name in ids) and all(
            name in ids or deviation(name, single[name], double[name])[0] <= STEADY for name in single
        )


def joined_copy(folder, scratch):
    """The folder with the biases of queries, keys and values in one tensor again."""
    shutil.copytree(folder, scratch, dirs_exist_ok=True)
    state = load_file(folder / "model.safetensors")
    join_biases(state)
    save_file(state, scratch / "model.safetensors", {"format": "pt"})
    return scratch
