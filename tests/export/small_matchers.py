"""Matchers that nobody trained, with weights and statistics so uneven that no part could be left out unnoticed."""

from __future__ import annotations

import json

import numpy as np
import torch
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from tests.small_encoders import SENTENCE_DIM, SmallPictures, SmallWords, words_network
from twobranch.features.encoder import SentenceEncoder
from twobranch.features.network_sentences import NetworkSentences
from twobranch.features.sentence_encoders import SentenceEncoderConfig
from twobranch.matcher import Matcher
from twobranch.matcher.architecture import Architecture
from twobranch.matcher.calibration import Calibration, Evidence, Evidences
from twobranch.matcher.matcher import Provenance

SENTENCES = (
    "A dog runs on the beach with a red ball", "Two children play in the snow", "a man and a woman", "The dog's ball",
    "A straße in the snow", "snow, snow and snow on a red car", "two dogs", "a big red boat on the water",
)  # fmt: skip


class PortableWords(SentenceEncoderConfig):
    """`SmallWords` with a tokenizer that the library tokenizers can run."""

    def load(self, *, device="auto", threads=None, cache=None):
        words = sorted({word for sentence in SENTENCES for word in sentence.split()})

        def portable():
            ids = {"[UNK]": 1, **{word: number for number, word in enumerate(words, start=2)}}
            own = Tokenizer(models.WordLevel(ids, unk_token="[UNK]"))
            own.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
            own.post_processor = processors.TemplateProcessing(single="$A [UNK]", special_tokens=[("[UNK]", 1)])
            own.enable_padding()
            return own

        tokenizer = portable()

        def tokenize(sentences):
            return [tokenizer.encode(sentence).ids for sentence in sentences]

        return NetworkSentences(
            words_network(), "none", tokenize=tokenize, dim=SENTENCE_DIM, languages=(), unit=True, portable=portable,
            device=device, threads=threads, cache=cache,
        )  # fmt: skip


def uneven(network: torch.nn.Module) -> torch.nn.Module:
    """Noise on all weights but those of the padding, and statistics as after a training."""
    torch.manual_seed(3)
    with torch.no_grad():
        for parameter in network.parameters():
            noise = 0.1 * torch.randn_like(parameter)
            if parameter.ndim == 2 and not parameter[0].any():  # a table whose first row is the padding
                noise[0] = 0
            parameter.add_(noise)
        for name, buffer in network.named_buffers():
            if name.endswith("mean"):
                buffer.copy_(0.2 * torch.randn_like(buffer))
            elif name.endswith(("deviation", "running_var")):
                buffer.copy_(torch.rand_like(buffer) + 0.5)
    return network.eval()


def matcher(branch="mlp", encoder: SentenceEncoderConfig | str | dict | None = None, **options) -> Matcher:
    """A matcher of small pictures and the sentences above.

    Args:
        branch: of the sentences, as a recipe names it.
        encoder: of the sentences.
        **options: of the architecture; `views` of the pictures.
    """
    views = options.pop("views", ("image", "mirror"))
    architecture = Architecture.model_validate(
        {
            "embedding": 8,
            "image": {"encoder": SmallPictures(), "views": views, "branch": {"branch": "mlp", "hidden": [16]}},
            "sentence": {"encoder": encoder or PortableWords(), "branch": branch},
            **options,
        }
    )
    images = architecture.image.encoder.load(device="cpu")
    sentences: SentenceEncoder = architecture.sentence.encoder.load(device="cpu")
    sentences.fit(SENTENCES)
    network = uneven(architecture.build(images.dim, sentences.dim))
    random = np.random.default_rng(0)
    references = [rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in random.normal(size=(2, 30, 8))]
    evidence = Evidence(intercept=-1.0, score=6.0, image_gap=2.0, sentence_gap=3.0)
    return Matcher(
        architecture, network, images, sentences,
        Provenance("small", {}, {"fingerprint": "0" * 16}),
        calibration=Calibration(Evidences(pair=evidence, i2t=evidence, t2i=evidence), *np.float32(references)),
        identity="small",
    )  # fmt: skip


def described(folder) -> dict:
    return json.loads((folder / "export.json").read_text(encoding="utf-8"))


__all__ = ["SENTENCES", "PortableWords", "SmallWords", "described", "matcher"]
