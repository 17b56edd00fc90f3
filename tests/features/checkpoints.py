"""Tiny checkpoints with random weights, in the formats in which their libraries write real ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

SENTENCES = [
    "a dog",
    "Two children play with a red ball on the beach, and a dog runs after them.",
    "",
    "a boat",
    "one two three " * 20,  # longer than any of them reads
]
TEXT = {
    "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 2,
    "max_position_embeddings": 24,
}  # fmt: skip
VISION = {
    "hidden_size": 48, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2, "image_size": 32,
    "patch_size": 8,
}  # fmt: skip


def pictures(size: int, count: int = 5) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, size, size, 3), dtype=np.uint8)


def random_weights(model: Any) -> Any:
    """Weights so large that no part of the network can be left out unnoticed; biases and norms too."""
    import torch

    torch.manual_seed(0)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.1)
    return model.eval()


def save_clip_tokenizer(folder: Path, longest: int = 24) -> Any:
    """A byte-level tokenizer with a few merges, as CLIP's: vocab.json and merges.txt."""
    from transformers import CLIPTokenizer

    folder.mkdir(parents=True, exist_ok=True)
    letters = [chr(code) for code in range(33, 127)]
    merges = ["d o", "do g</w>", "r u", "b e"]
    words = [*letters, *(f"{letter}</w>" for letter in letters), *(merge.replace(" ", "") for merge in merges)]
    words += ["<|startoftext|>", "<|endoftext|>"]
    (folder / "vocab.json").write_text(json.dumps({word: number for number, word in enumerate(words)}))
    (folder / "merges.txt").write_text("#version: 0.2\n" + "\n".join(merges) + "\n")
    tokenizer = CLIPTokenizer.from_pretrained(folder, model_max_length=longest)
    tokenizer.save_pretrained(folder)
    return tokenizer


def save_word_tokenizer(folder: Path, longest: int = 24, **special: str) -> Any:
    """A WordPiece tokenizer as BERT's: tokenizer.json."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    words = [
        "a",
        "dog",
        "two",
        "children",
        "play",
        "with",
        "red",
        "ball",
        "on",
        "the",
        "beach",
        "runs",
        "one",
        ".",
        ",",
    ]
    vocabulary = {word: number for number, word in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", *words])}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    whole = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, unk_token="[UNK]", pad_token="[PAD]", cls_token="[CLS]", sep_token="[SEP]",
        model_max_length=longest,
    )  # fmt: skip
    whole.save_pretrained(folder)
    return whole


def save_image_processor(folder: Path, kind: str, size: int = 32) -> None:
    """preprocessor_config.json with sides and statistics of its own."""
    import transformers

    options: dict[str, Any] = {"image_mean": [0.4, 0.5, 0.6], "image_std": [0.2, 0.25, 0.3]}
    if kind in ("CLIPImageProcessor", "BitImageProcessor"):
        options |= {"size": {"shortest_edge": size + 4}, "crop_size": {"height": size, "width": size}}
    else:
        options |= {"size": {"height": size, "width": size}}
    getattr(transformers, kind)(**options).save_pretrained(folder)


def normalized(pixels: np.ndarray) -> Any:
    """What that processor makes of pictures that have its size."""
    import torch

    values = (pixels / 255.0 - np.array([0.4, 0.5, 0.6])) / np.array([0.2, 0.25, 0.3])
    return torch.from_numpy(values.transpose(0, 3, 1, 2).astype(np.float32))


def save_clip(folder: Path, dim: int = 24, seed: int = 0) -> Any:
    """A whole CLIP folder; returns its model."""
    from transformers import CLIPConfig, CLIPModel

    tokenizer = save_clip_tokenizer(folder)
    ends = {"bos_token_id": tokenizer.bos_token_id, "eos_token_id": tokenizer.eos_token_id, "pad_token_id": 0}
    text = {**TEXT, **ends, "vocab_size": len(tokenizer)}
    model = random_weights(CLIPModel(CLIPConfig(text_config=text, vision_config=VISION, projection_dim=dim)))
    _shift(model, seed)
    model.save_pretrained(folder)
    save_image_processor(folder, "CLIPImageProcessor")
    return model


def save_siglip(folder: Path) -> Any:
    """A whole SigLIP folder; returns its model."""
    from transformers import SiglipConfig, SiglipModel

    tokenizer = save_word_tokenizer(folder)
    text = {**TEXT, "vocab_size": len(tokenizer), "projection_size": 48, "pad_token_id": 0}
    ends = {"bos_token_id": 2, "eos_token_id": 3}
    model = random_weights(SiglipModel(SiglipConfig(text_config={**text, **ends}, vision_config=VISION)))
    model.save_pretrained(folder)
    save_image_processor(folder, "SiglipImageProcessor")
    return model


def save_bert(folder: Path, **options: Any) -> Any:
    """A BERT folder; returns its model."""
    from transformers import BertConfig, BertModel

    tokenizer = save_word_tokenizer(folder)
    model = random_weights(BertModel(BertConfig(**TEXT, vocab_size=len(tokenizer), **options)))
    model.save_pretrained(folder)
    return model


def save_vision(folder: Path, kind: str, **options: Any) -> Any:
    """A folder of a vision network by the names of its classes: ViT, Dinov2, ResNet ...; returns its model."""
    import transformers

    config = getattr(transformers, f"{kind}Config")(**options)
    model = random_weights(getattr(transformers, f"{kind}Model")(config))
    model.save_pretrained(folder)
    save_image_processor(folder, "BitImageProcessor" if kind == "Dinov2" else "ViTImageProcessor")
    return model


def _shift(model: Any, seed: int) -> None:
    import torch

    with torch.no_grad():
        next(model.parameters()).add_(seed)
