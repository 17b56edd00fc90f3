"""The trained model: two encoders and two branches that put pictures and sentences into one space."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from twobranch.errors import TwobranchError
from twobranch.features.cache import FeatureCache
from twobranch.features.decoding import ImageSource
from twobranch.features.encoder import ImageEncoder, SentenceEncoder
from twobranch.features.extract import image_features, sentence_features
from twobranch.matcher.architecture import Architecture
from twobranch.matcher.calibration import Calibration
from twobranch.matcher.region_calibration import RegionCalibration
from twobranch.models import Network, Similarity
from twobranch.regions import RegionsConfig
from twobranch.regions.expected_overlap import expected_overlap
from twobranch.regions.proposer import Proposer
from twobranch.regions.selective_search import SelectiveSearchConfig

if TYPE_CHECKING:
    from twobranch.matcher.grounding import Grounding

Floats = NDArray[np.float32]
BLOCK = 4096
"""Rows that go through a branch at a time."""
PICTURES = 64
"""Pictures are embedded so many at a time, always: the last bits of a row can depend on how many rows there are, and an
indexing that was interrupted must come to the same index."""
PAIR_TILE = (16, 512)
"""Images and sentences whose pairs a head sees at a time."""


AS_PICTURES = RegionsConfig(proposals=SelectiveSearchConfig(), position="none", expected_overlap=5)
"""What a matcher of whole pictures looks at when it grounds a phrase, and how it ranks. By scores alone it answers with
the purest part of a thing: 4 % of the boxes were right, and 33 % by the expected overlap (docs/results.md)."""


@dataclass(frozen=True)
class Provenance:
    """Where a matcher comes from; its model card tells it.

    Attributes:
        recipe_name: name or file of the recipe.
        recipe: the resolved recipe.
        corpus: fingerprints of the corpus and of its splits, and how many images and sentences each holds.
        metrics: retrieval metrics on the splits that were measured after training.
        probability: how well the probability predicts, cross-fitted on the validation split.
        command: the command that trained it.
    """

    recipe_name: str
    recipe: dict[str, Any]
    corpus: dict[str, Any]
    metrics: dict[str, Any] = field(default_factory=dict)
    probability: dict[str, Any] = field(default_factory=dict)
    command: str = ""


@dataclass(frozen=True, eq=False)
class Matcher:
    """A trained matcher. Load one with `Matcher.load`, make one with `twobranch.fit`.

    Attributes:
        architecture: encoders, branches, similarity.
        network: the two branches, in evaluation mode.
        image_encoder: frozen encoder of pictures.
        sentence_encoder: frozen or fitted encoder of sentences.
        provenance: recipe, corpus, metrics.
        calibration: turns scores into probabilities; None before it was fitted.
        region_calibration: the same for regions and phrases.
        proposer: where the regions of a picture come from; None where whole pictures are matched.
        cache: where features of files are kept; None to compute them each time.
        identity: what distinguishes this matcher from any other; an index is stamped with it.
    """

    architecture: Architecture
    network: Network
    image_encoder: ImageEncoder
    sentence_encoder: SentenceEncoder
    provenance: Provenance
    calibration: Calibration | None = None
    region_calibration: RegionCalibration | None = None
    proposer: Proposer | None = None
    cache: FeatureCache | None = None
    identity: str = ""

    @property
    def similarity(self) -> Similarity:
        """`cosine` or `dot`."""
        return self.architecture.similarity

    @property
    def scores_pairs(self) -> bool:
        """Whether a head scores pairs; such a matcher has no embeddings to compare, and so no index."""
        return self.architecture.head is not None

    @property
    def regions(self) -> RegionsConfig:
        """What it looks at of a picture: its regions, or in a matcher of whole pictures any part as if it were one."""
        return self.architecture.regions or AS_PICTURES

    @property
    def matches_regions(self) -> bool:
        """Whether it was trained on regions and phrases, and not on whole pictures and sentences."""
        return self.architecture.regions is not None

    @property
    def dim(self) -> int:
        """Dimension D of an embedding."""
        return self.architecture.embedding

    @property
    def views(self) -> tuple[str, ...]:
        """The views that the matcher was trained with."""
        return self.architecture.image.views

    @property
    def recipe_name(self) -> str:
        """Name or file of the recipe."""
        return self.provenance.recipe_name

    @property
    def corpus_fingerprint(self) -> str:
        """Fingerprint of the corpus that it was trained on."""
        return str(self.provenance.corpus["fingerprint"])

    @classmethod
    def load(
        cls,
        path: str | Path,
        *,
        device: str = "auto",
        threads: int | None = None,
        cache: str | Path | None = None,
    ) -> Matcher:
        """Load a matcher folder.

        Args:
            path: a matcher folder, for example `RUN/model`.
            device: `auto`, `cpu`, `cuda` or `mps`.
            threads: threads of the processor; all of them by default.
            cache: folder of the feature cache; the user's cache folder by default.

        Raises:
            TwobranchError: if the folder is missing, damaged, or of another version.
        """
        from twobranch.matcher.folder import load_matcher

        folder = None if cache is None else Path(cache)
        return load_matcher(Path(path), device=device, threads=threads, cache_folder=folder)

    def save(self, path: str | Path) -> None:
        """Write the matcher folder, whole or not at all; a folder that stands there is replaced."""
        from twobranch.matcher.folder import save_matcher

        save_matcher(self, Path(path))

    def encode_images(self, images: Sequence[ImageSource], *, views: Sequence[str] | None = None) -> Floats:
        """Embed pictures.

        Args:
            images: N paths, PIL images or uint8 arrays (H, W, 3).
            views: views to average; by default those of the training. Fewer are faster.

        Returns:
            (N, D) float32; unit rows where the similarity is cosine.

        Raises:
            TwobranchError: if a picture cannot be read, or the matcher only scores pairs.
        """
        embeddings, failures = self.try_encode_images(images, views=views)
        _refuse(failures, len(images))
        return embeddings

    def try_encode_images(
        self, images: Sequence[ImageSource], *, views: Sequence[str] | None = None
    ) -> tuple[Floats, dict[int, str]]:
        """Embed pictures of which some may be unreadable.

        Returns:
            (N, D) float32, zero where a picture could not be read, and why, by row.

        Raises:
            TwobranchError: if the matcher only scores pairs.
        """
        self._require_embeddings()
        return self._image_branch(images, views)

    def encode_sentences(self, sentences: Sequence[str], *, keep: bool = False) -> Floats:
        """Embed sentences: (C, D) float32; unit rows where the similarity is cosine.

        Args:
            sentences: C sentences.
            keep: whether their features go through the cache. Queries are not worth a place there: encoding one is
                faster than the two file operations. A long list that comes again is.

        Raises:
            TwobranchError: if the matcher only scores pairs.
        """
        self._require_embeddings()
        return self._sentence_branch(sentences, self.cache if keep else None)

    def encode_queries(self, sentences: Sequence[str]) -> Floats:
        """Embed sentences that have nothing to do with each other: (C, D) float32.

        They go through the encoder together, and one by one through the branch, whose last bits can depend on how many
        rows there are: each row has the bits that `encode_sentences` gives for the sentence alone.

        Raises:
            TwobranchError: if the matcher only scores pairs.
        """
        self._require_embeddings()
        features = sentence_features(self.sentence_encoder, sentences, None)
        rows = [self.embed_sentence_features(features[np.array([row])]) for row in range(len(sentences))]
        return np.concatenate([np.zeros((0, self.dim), np.float32), *rows])

    def embed_image_features(self, features: Any) -> Floats:
        """(N, F) features of pictures, or of regions -> (N, D) embeddings."""
        return self._embed(features, self.network.embed_images)

    def embed_sentence_features(self, features: Any) -> Floats:
        """(C, F) features of sentences, or of phrases -> (C, D) embeddings."""
        return self._embed(features, self.network.embed_sentences)

    def score(self, images: Sequence[ImageSource], sentences: Sequence[str]) -> Floats:
        """Score of each picture with each sentence, the higher the better: (N, M) float32.

        Raises:
            TwobranchError: if a picture cannot be read, or the matcher is one of regions.
        """
        scores, failures = self.try_score(images, sentences)
        _refuse(failures, len(images))
        return scores

    def try_score(self, images: Sequence[ImageSource], sentences: Sequence[str]) -> tuple[Floats, dict[int, str]]:
        """Score pictures of which some may be unreadable.

        Returns:
            (N, M) float32, NaN where a picture could not be read, and why, by row.

        Raises:
            TwobranchError: if the matcher is one of regions.
        """
        self._require_whole_pictures()
        embeddings, failures = self._image_branch(images, None)
        scores = self.score_embeddings(embeddings, self._sentence_branch(sentences))
        scores[list(failures)] = np.nan
        return scores, failures

    def score_embeddings(self, images: Floats, sentences: Floats) -> Floats:
        """Score of each embedded image with each embedded sentence.

        Args:
            images: (N, D) float32.
            sentences: (M, D) float32.

        Returns:
            (N, M) float32: inner products, or the logits of the head where the matcher has one.
        """
        if not self.scores_pairs:
            return images @ sentences.T
        scores = np.empty((len(images), len(sentences)), dtype=np.float32)
        rows, columns = PAIR_TILE
        with torch.inference_mode():
            x, y = (torch.from_numpy(np.ascontiguousarray(side)).to(self._device) for side in (images, sentences))
            for i in range(0, len(x), rows):
                for j in range(0, len(y), columns):
                    tile = self.network.score_tile(x[i : i + rows], y[j : j + columns])
                    scores[i : i + rows, j : j + columns] = tile.cpu().numpy()
        return scores

    def rank_regions(self, regions: Floats, phrases: Floats, boxes: Floats) -> Floats:
        """What the regions of a picture are ranked by for phrases.

        Args:
            regions: (R, D) embeddings.
            phrases: (P, D) embeddings.
            boxes: (R, 4), in any unit.

        Returns:
            (P, R) float32, the higher the better: scores, or expected overlaps where the recipe says so.
        """
        scores: Floats = self.score_embeddings(regions, phrases).T
        scale = self.regions.expected_overlap
        return scores if scale is None else expected_overlap(scores, boxes, scale)

    def probability(self, images: Sequence[ImageSource], sentences: Sequence[str], *, prior: float = 0.5) -> Floats:
        """Calibrated probability that each picture matches each sentence.

        Args:
            images: N pictures.
            sentences: M sentences.
            prior: probability of a match before looking; 0.5 judges a pair on its own.

        Returns:
            (N, M) float32 in [0, 1].

        Raises:
            TwobranchError: if the matcher has no calibration.
        """
        return self.required_calibration.pair_probability(
            self.encode_images(images), self.encode_sentences(sentences), prior
        )

    def ground(self, image: ImageSource, phrase: str, k: int = 1) -> list[Grounding]:
        """The boxes of a picture that fit a phrase best; `twobranch.matcher.grounding` grounds several at once.

        Args:
            image: path, PIL image or uint8 array (H, W, 3).
            phrase: a noun phrase.
            k: how many boxes at most.

        Returns:
            At most k boxes, the best first, none nearly the same as a better one.

        Raises:
            TwobranchError: if the picture cannot be read, or no region is found.
        """
        from twobranch.matcher.grounding import ground

        return ground(self, image, [phrase], k)[0]

    @property
    def required_calibration(self) -> Calibration:
        """The calibration.

        Raises:
            TwobranchError: if the matcher has none.
        """
        if self.calibration is None:
            raise TwobranchError(
                "this matcher", "needs a calibration to give probabilities", remedy="Train it with a validation split."
            )
        return self.calibration

    def _image_branch(
        self, images: Sequence[ImageSource], views: Sequence[str] | None
    ) -> tuple[Floats, dict[int, str]]:
        extracted = image_features(self.image_encoder, images, tuple(views or self.views), self.cache)
        embeddings = self._embed(extracted.features, self.network.embed_images, PICTURES)
        if extracted.failures:
            embeddings[list(extracted.failures)] = 0.0
        return embeddings, extracted.failures

    def _sentence_branch(self, sentences: Sequence[str], cache: FeatureCache | None = None) -> Floats:
        return self.embed_sentence_features(sentence_features(self.sentence_encoder, sentences, cache))

    def _require_whole_pictures(self) -> None:
        if self.matches_regions:
            raise TwobranchError(
                "this matcher",
                "matches regions of pictures with phrases; it has no score or embedding of a whole picture",
                remedy="Use its ground(), or train a recipe without model.regions.",
            )

    def _require_embeddings(self) -> None:
        self._require_whole_pictures()
        if self.scores_pairs:
            raise TwobranchError(
                "this matcher",
                "scores pairs of an image and a sentence; it has no embeddings that could be compared or indexed",
                remedy="Use its score(), or train a recipe without model.head.",
            )

    @property
    def _device(self) -> torch.device:
        return self.network.device

    def _embed(self, features: Any, branch: Any, fixed: int | None = None) -> Floats:
        """Embed (N, F) features, in blocks of at most BLOCK rows or of exactly `fixed`."""
        count = features.shape[0]
        embeddings = np.empty((count, self.dim), dtype=np.float32)
        with torch.inference_mode():
            for start in range(0, count, fixed or BLOCK):
                rows = np.asarray(features[np.arange(start, min(start + (fixed or BLOCK), count))])
                rows = np.ascontiguousarray(rows, dtype=np.int64 if rows.dtype.kind == "i" else np.float32)  # ids stay
                real = len(rows)
                if fixed is not None:
                    rows = np.concatenate([rows, np.zeros((fixed - real, *rows.shape[1:]), rows.dtype)])
                found = branch(torch.from_numpy(rows).to(self._device))
                embeddings[start : start + real] = found[:real].cpu().numpy()
        if not np.isfinite(embeddings).all():
            raise TwobranchError(
                "embeddings", "must be finite", remedy="The model or its features are damaged: train or extract anew."
            )
        return embeddings


def _refuse(failures: dict[int, str], count: int) -> None:
    """Raise for the first picture that could not be read."""
    for row, message in failures.items():
        raise TwobranchError(f"picture {row + 1} of {count}", message, remedy="Leave it out, or mend the file.")
