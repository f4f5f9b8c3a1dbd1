#!/usr/bin/env python3
"""Makes tests/data/generation.json: how transformers chooses tokens, for test-generate.

    python3 tests/reference/generation.py

Needs torch 2.13 and transformers 5.23.  `processors` has rows of scores and what each of transformers' logits processors
makes of them (null: ruled out).  `table` is a toy language model: the scores of what follows "… a b" are its row
(b + 3 a) modulo the number of rows.  `cases` are prompts, settings and the answers that generate() gives with it, all of
which stay the same when the table is disturbed by a thousandth.
"""
import itertools
import json
import math
from pathlib import Path

import torch
from transformers import GenerationConfig, GenerationMixin, PretrainedConfig, PreTrainedModel
from transformers.generation import logits_process as processors
from transformers.modeling_outputs import CausalLMOutput

DATA = Path(__file__).resolve().parent.parent / "data" / "generation.json"
N_WORDS, N_ROWS, N_CASES = 40, 48, 90
PROMPTS = [[3, 7], [11, 0, 21, 21], [30]]


class ToyConfig(PretrainedConfig):
    model_type = "toy"


class Toy(PreTrainedModel, GenerationMixin):
    config_class = ToyConfig
    main_input_name = "input_ids"

    def __init__(self, table):
        super().__init__(ToyConfig(vocab_size=N_WORDS))
        self.table = torch.nn.Parameter(table)

    def forward(self, input_ids, **_):
        before = torch.nn.functional.pad(input_ids, (1, 0))[:, :-1]
        return CausalLMOutput(logits=self.table[(input_ids + 3 * before) % N_ROWS])


def answer(table, case):
    settings = {key: value for key, value in case.items() if key not in ("prompt", "stops", "ids")}
    config = GenerationConfig(**settings, eos_token_id=case["stops"], pad_token_id=0, do_sample=False, use_cache=False)
    prompt = torch.tensor([case["prompt"]])
    return Toy(table).generate(prompt, config, attention_mask=torch.ones_like(prompt))[0, prompt.shape[1]:].tolist()


def cut(ids, stops):
    """Without the padding of a beam that is shorter than the longest."""
    ends = [i for i, word in enumerate(ids) if word in stops]
    return ids[:ends[0] + 1] if ends else ids


def all_settings():
    for penalty, least, stops, most in itertools.product([1.0, 1.6, 0.8], [0, 5], [[5], [5, 9]], [4, 14]):
        shared = {"repetition_penalty": penalty, "min_new_tokens": min(least, most), "stops": stops, "max_new_tokens": most}
        yield shared | {"num_beams": 1}
        for beams, length, early in itertools.product([2, 3, 5], [1.0, -1.0, 0.0, 2.5], [False, True]):
            yield shared | {"num_beams": beams, "length_penalty": length, "early_stopping": early}


def make_cases(table, draws):
    pool = list(itertools.product(PROMPTS, all_settings()))
    for at in torch.randperm(len(pool), generator=draws).tolist():
        prompt, settings = pool[at]
        case = {"prompt": prompt} | settings
        ids = answer(table, case)
        noisy = [answer(table + 1e-3 * torch.randn(table.shape, generator=draws), case) for _ in range(2)]
        if ids == noisy[0] == noisy[1]:
            yield case | {"ids": cut(ids, case["stops"])}


def listed(row):
    return [None if math.isinf(value) else round(value, 6) for value in row.tolist()]


def make_processors(draws):
    ids = torch.tensor([[4, 4, 17, 30, 4, 39]])
    made = {
        "repetition_penalty": [(value, processors.RepetitionPenaltyLogitsProcessor(value)) for value in (1.3, 0.6)],
        "temperature": [(value, processors.TemperatureLogitsWarper(value)) for value in (0.7, 2.5)],
        "top_k": [(value, processors.TopKLogitsWarper(value)) for value in (1, 7, 60)],
        "top_p": [(value, processors.TopPLogitsWarper(value)) for value in (0.05, 0.6, 0.95)],
    }
    for name, variants in made.items():
        for value, processor in variants:
            scores = torch.round(3 * torch.randn(1, N_WORDS, generator=draws), decimals=3)
            scores[0, 8] = scores[0, 25]  # equals, which top_k does not tear apart
            yield {"name": name, "value": value, "ids": ids[0].tolist(), "before": listed(scores[0]),
                   "after": listed(processor(ids, scores)[0])}


def main():
    draws = torch.Generator().manual_seed(5)
    table = torch.round(2.2 * torch.randn(N_ROWS, N_WORDS, generator=draws), decimals=2)
    table[:, [5, 9]] += 1.5  # so that answers end,
    table[::3, [5, 9]] += 4  # some of them in several beams at a time
    cases = list(itertools.islice(make_cases(table, draws), N_CASES))
    lengths = [len(case["ids"]) for case in cases]
    print(f"{len(cases)} cases of {min(lengths)} to {max(lengths)} tokens,",
          sum(case["ids"][-1] in case["stops"] for case in cases), "of them ended by a stop token")
    made = {"processors": list(make_processors(draws)), "table": [listed(row) for row in table], "cases": cases}
    DATA.write_text("{\n" + ",\n".join(f'"{key}": [\n' + ",\n".join(json.dumps(one) for one in part) + "\n]"
                                      for key, part in made.items()) + "\n}\n")


if __name__ == "__main__":
    main()
