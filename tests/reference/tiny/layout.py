"""The files of a published repository: config.json and its companions, and the ways in which weights are stored."""

import json
from collections import OrderedDict

import torch
import transformers
from safetensors.torch import save_file

from . import words

CLASSES = {
    "blip2": transformers.Blip2ForConditionalGeneration,
    "blip2-itm": transformers.Blip2ForImageTextRetrieval,
    "instructblip": transformers.InstructBlipForConditionalGeneration,
    "blip-caption": transformers.BlipForConditionalGeneration,
    "blip-vqa": transformers.BlipForQuestionAnswering,
    "blip-itm": transformers.BlipForImageTextRetrieval,
}


def write_json(path, value):
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", "utf-8")


# --- config.json ---


def lm_config(case, vocabulary):
    """Of the language model: what is not the default of its class, in the words of the published files."""
    rows = len(vocabulary) if case.old else -(-len(vocabulary) // 64) * 64
    stated = {**case.text, "vocab_size": rows, "model_type": case.lm}
    if case.lm == "opt":
        width = case.text["hidden_size"]
        return {**stated, "eos_token_id": vocabulary.id("\u010a"), "prefix": "</s>", "word_embed_proj_dim": width}
    if case.lm == "t5":
        # The second of the last two overrides what the first alone would mean.
        own = {"bos_token_id": 1, "decoder_start_token_id": 0, "is_gated_act": True, "tie_word_embeddings": False}
        return {**stated, **own, "feed_forward_proj": "gated-gelu", "dense_act_fn": "gelu"}
    if case.words == "vicuna":  # its ids are those of the first LLaMA, which are not its tokenizer's
        return {**stated, "bos_token_id": 0, "eos_token_id": 1, "pad_token_id": vocabulary.id("[PAD]")}
    return {**stated, "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 2}


def v1_config(case, vocabulary):
    """BLIP's repositories state every value; two ids behind the tokenizer's are the code's own."""
    text = {**case.text, "vocab_size": len(vocabulary) + 2, "bos_token_id": len(vocabulary)}
    config = transformers.BlipConfig(text_config=text, vision_config=case.vision, image_text_hidden_size=12)
    return config.to_dict()


def v2_config(case, vocabulary, qformer_vocabulary):
    prefix = "instructblip" if case.family == "instructblip" else "blip_2"
    qformer = {**case.qformer, "model_type": prefix + "_qformer"}
    stated = {
        "model_type": "instructblip" if case.family == "instructblip" else "blip-2",
        "num_query_tokens": case.n_queries,
        "vision_config": {**case.vision, "model_type": prefix + "_vision_model"},
        "qformer_config": qformer,
    }
    if qformer_vocabulary is not None:
        qformer["vocab_size"] = len(qformer_vocabulary)
    if case.matches:  # the language model is named and not there
        qformer["use_qformer_text_input"] = True
        return {**stated, "text_config": {"model_type": "opt"}, "image_text_hidden_size": 12}
    stated["text_config"] = lm_config(case, vocabulary)
    stated["use_decoder_only_language_model"] = case.lm != "t5"
    if case.placeholders:
        stated["image_token_index"] = vocabulary.id("<image>")
    if case.old:
        stated = transformers.Blip2Config.from_dict(stated).to_dict()
        del stated["image_token_index"]
    return stated


def write_config(case, folder, vocabulary, qformer_vocabulary):
    stated = v1_config(case, vocabulary) if case.is_v1 else v2_config(case, vocabulary, qformer_vocabulary)
    stated["architectures"] = [CLASSES[case.family].__name__]
    stated["torch_dtype"] = str(case.storage).removeprefix("torch.")
    write_json(folder / "config.json", stated)
    if case.lm and not case.old:
        own = {key: value for key, value in stated["text_config"].items() if key.endswith("token_id")}
        write_json(folder / "generation_config.json", {"_from_model_config": True, **own})


# --- preprocessor_config.json and the tokenizers ---


def write_processor(case, folder):
    side = case.asked_size or case.vision["image_size"]
    stated = {
        "image_processor_type": "BlipImageProcessor",
        "do_normalize": True,
        "do_resize": True,
        "image_mean": [0.48145466, 0.4578275, 0.40821073],
        "image_std": [0.26862954, 0.26130258, 0.27577711],
        "size": side,
    }
    if not case.as_pickle:  # the oldest form ends here
        stated |= {"do_convert_rgb": True, "do_rescale": True, "resample": 3, "rescale_factor": 1 / 255}
        stated["size"] = {"height": side, "width": side}
    write_json(folder / "preprocessor_config.json", stated)
    if case.placeholders:
        write_json(folder / "processor_config.json", {"num_query_tokens": case.n_queries})


def write_words(case, folder):
    """Returns the tokenizer of the language model and that of the Q-Former, which may be None or the same."""
    vocabulary = words.make_words(case.words, *case.placeholders)
    words.write_words(vocabulary, folder, write_json)
    if case.matches and not case.is_v1:
        return vocabulary, vocabulary
    if case.family != "instructblip":
        return vocabulary, None
    own = words.make_words("bert-dec")
    words.write_words(own, folder / "qformer_tokenizer", write_json)
    return vocabulary, own


# --- weights ---


def stored(case, state):
    """`state` in the types of the file."""
    kept = lambda name: case.storage == torch.bfloat16 and name.startswith(("query_tokens", "qformer."))
    return {name: value if kept(name) else value.to(case.storage) for name, value in state.items()}


def published(case, state):
    """`state` with the names and copies that the published file has."""
    state = OrderedDict(state)
    if case.family in ("blip-caption", "blip-vqa"):
        head, table = "text_decoder.cls.predictions.", "text_decoder.bert.embeddings.word_embeddings.weight"
        state[head + "decoder.weight"] = state[table].clone()
        state[head + "decoder.bias"] = state[head + "bias"].clone()
    if case.as_pickle:
        state["text_decoder.cls.predictions.decoder.bias"] = state["text_decoder.cls.predictions.bias"]
        positions = state["text_decoder.bert.embeddings.position_embeddings.weight"].shape[0]
        state["text_decoder.bert.embeddings.position_ids"] = torch.arange(positions).expand(1, -1)
    if case.lm == "t5":
        for stack in ("encoder", "decoder"):
            state[f"language_model.{stack}.embed_tokens.weight"] = state["language_model.shared.weight"].clone()
    if case.old:
        state["language_model.lm_head.weight"] = state["language_model.model.decoder.embed_tokens.weight"].clone()
        split_biases(state)
    return state


def split_biases(state):
    for name in [name for name in state if name.endswith(".qkv.bias")]:
        query, key, value = state.pop(name).chunk(3)
        assert not key.any()
        state[name.replace("qkv.bias", "q_bias")], state[name.replace("qkv.bias", "v_bias")] = (
            query.clone(),
            value.clone(),
        )


def join_biases(state):
    """Undoes split_biases(), for a transformers that no longer knows of it."""
    for name in [name for name in state if name.endswith(".q_bias")]:
        query, value = state.pop(name), state.pop(name.replace("q_bias", "v_bias"))
        state[name.replace("q_bias", "qkv.bias")] = torch.cat([query, torch.zeros_like(query), value])


def write_weights(case, folder, state):
    state = published(case, stored(case, state))
    if case.as_pickle:
        # As torch leaves it there: a module's own state dict has versions beside its tensors.
        state._metadata = OrderedDict({"": {"version": 1}})
        torch.save(state, folder / "pytorch_model.bin")
    elif case.n_shards == 1:
        save_file(state, folder / "model.safetensors", {"format": "pt"})
    else:
        write_shards(case, folder, state)


def write_shards(case, folder, state):
    """Whatever fills a shard goes on in the next, so that a layer may lie in two."""
    total = sum(value.nbytes for value in state.values())
    shards, before = [{} for _ in range(case.n_shards)], 0
    for name, value in state.items():
        shards[before * case.n_shards // total][name] = value
        before += value.nbytes
    index = {}
    for i, shard in enumerate(shards, 1):
        file = f"model-{i:05}-of-{case.n_shards:05}.safetensors"
        save_file(shard, folder / file, {"format": "pt"})
        index |= dict.fromkeys(shard, file)
    write_json(folder / "model.safetensors.index.json", {"metadata": {"total_size": total}, "weight_map": index})
