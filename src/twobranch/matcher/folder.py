"""The matcher folder: weights as safetensors, the description as JSON, fitted vocabularies, a model card. No pickle."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

import twobranch
from twobranch.config import validated
from twobranch.errors import TwobranchError
from twobranch.features.cache import FeatureCache
from twobranch.features.encoder import ImageEncoder, SentenceEncoder, require_identity
from twobranch.features.runtime import resolve_device
from twobranch.files import as_os_error, atomic_path, read_json, write_json
from twobranch.matcher.architecture import Architecture
from twobranch.matcher.calibration import Calibration
from twobranch.matcher.card import model_card
from twobranch.matcher.matcher import Matcher, Provenance
from twobranch.matcher.region_calibration import RegionCalibration
from twobranch.regions.proposer import Proposer

FORMAT = 1
"""Raised when an older version could no longer read the folder."""

DESCRIPTION, WEIGHTS, CARD = "matcher.json", "model.safetensors", "README.md"
IMAGE_ENCODER, SENTENCE_ENCODER, PROPOSALS = "image_encoder", "sentence_encoder", "proposals"
"""Folders of what was fitted or tuned of the encoders and of the region proposals; empty where nothing was."""


def save_matcher(matcher: Matcher, path: Path) -> None:
    """Write the folder whole or not at all."""
    with atomic_path(path) as folder:
        folder.mkdir()
        weights = {name: value.contiguous().cpu() for name, value in matcher.network.state_dict().items()}
        with as_os_error(SafetensorError):
            save_file(weights, folder / WEIGHTS)
        (folder / WEIGHTS).chmod(0o644)  # safetensors writes for its owner only; a server is often somebody else
        for name, encoder in ((IMAGE_ENCODER, matcher.image_encoder), (SENTENCE_ENCODER, matcher.sentence_encoder)):
            (folder / name).mkdir()
            encoder.save(folder / name)
        if matcher.proposer is not None:
            (folder / PROPOSALS).mkdir()
            matcher.proposer.save(folder / PROPOSALS)
        if matcher.calibration is not None:
            matcher.calibration.save(folder)
        if matcher.region_calibration is not None:
            matcher.region_calibration.save(folder)
        document = {
            "format": FORMAT,
            "twobranch": twobranch.__version__,
            "architecture": matcher.architecture.model_dump(mode="json"),
            "image_encoder": _described(matcher.image_encoder),
            "sentence_encoder": _described(matcher.sentence_encoder),
            "weights_sha256": _sha256(folder / WEIGHTS),
            **asdict(matcher.provenance),
        }
        write_json(folder / DESCRIPTION, document)
        (folder / CARD).write_text(model_card(document), encoding="utf-8")


def load_matcher(path: Path, *, device: str, threads: int | None, cache_folder: Path | None) -> Matcher:
    """Read the folder; see `Matcher.load`."""
    place = torch_device(device)
    if not (path / DESCRIPTION).is_file():
        raise TwobranchError(
            str(path), f"a matcher folder holds {DESCRIPTION}", remedy="Name the folder RUN/model of a training run."
        )
    document = read_json(path / DESCRIPTION, "the matcher's description")
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        found = document.get("format") if isinstance(document, dict) else type(document).__name__
        raise TwobranchError(
            str(path / DESCRIPTION),
            f"must be a matcher of format {FORMAT}",
            found=found,
            remedy="Load it with the version of twobranch that wrote it, or train it anew.",
        )
    missing = {"architecture", "image_encoder", "sentence_encoder", "weights_sha256", "recipe", "corpus"} - set(
        document
    )
    if missing:
        raise TwobranchError(
            str(path / DESCRIPTION), f"must say {', '.join(sorted(missing))}", remedy="Restore the folder."
        )
    architecture = validated(Architecture, document["architecture"], str(path / DESCRIPTION), may_import=False)
    images = architecture.image.encoder.load(device=device, threads=threads, cache=cache_folder)
    sentences = architecture.sentence.encoder.load(device=device, threads=threads, cache=cache_folder)
    load_encoders(path, images, sentences)
    require_identity(images, document["image_encoder"]["identity"], str(path / DESCRIPTION))
    require_identity(sentences, document["sentence_encoder"]["identity"], str(path / DESCRIPTION))
    network = architecture.build(images.dim, sentences.dim)
    _load_weights(path / WEIGHTS, document["weights_sha256"], network)
    known = {name: document[name] for name in Provenance.__dataclass_fields__ if name in document}
    matcher = Matcher(
        architecture=architecture,
        network=network.eval().to(place),
        image_encoder=images,
        sentence_encoder=sentences,
        provenance=Provenance(**known),
        calibration=Calibration.load(path) if Calibration.is_in(path) else None,
        region_calibration=RegionCalibration.load(path) if RegionCalibration.is_in(path) else None,
        proposer=_proposer(path, architecture),
        cache=FeatureCache(cache_folder),
    )
    return replace(matcher, identity=_identity(document))


def load_encoders(path: Path, images: ImageEncoder, sentences: SentenceEncoder) -> None:
    """Give encoders what was fitted or tuned of those of a matcher folder.

    Raises:
        TwobranchError: if a file is missing or damaged.
    """
    images.load(path / IMAGE_ENCODER)
    sentences.load(path / SENTENCE_ENCODER)


def load_proposer(path: Path, proposer: Proposer) -> None:
    """Give a proposer what that of a matcher folder has learned.

    Raises:
        TwobranchError: if a file is missing or damaged.
    """
    proposer.load(path / PROPOSALS)


def _proposer(path: Path, architecture: Architecture) -> Proposer | None:
    if architecture.regions is None:
        return None
    proposer = architecture.regions.proposals.load()
    load_proposer(path, proposer)
    return proposer


def require_architecture(path: str | Path, architecture: Architecture) -> None:
    """Refuse a matcher of another architecture as the start of a training.

    Args:
        path: its folder.
        architecture: that of the recipe.

    Raises:
        TwobranchError: if they differ, or the folder holds no matcher.
    """
    where = Path(path) / DESCRIPTION
    description = read_json(where, "the description of the matcher to start from")
    stored = validated(Architecture, description.get("architecture"), str(where), may_import=False)
    if stored != architecture:
        raise TwobranchError(
            f"--init {path}",
            "the matcher to start from must have the architecture of the recipe",
            remedy=f"Train with the recipe of that matcher ({description.get('recipe_name')}), or without --init.",
        )


def _described(encoder: ImageEncoder | SentenceEncoder) -> dict[str, Any]:
    described: dict[str, Any] = {
        "name": encoder.name,
        "identity": encoder.identity,
        "dim": encoder.dim,
        "license": encoder.license,
        "tuned": encoder.is_tuned,
    }
    for name in ("output", "languages"):  # of sentence encoders
        if (value := getattr(encoder, name, None)) is not None:
            described[name] = value if isinstance(value, str) else list(value)
    return described


def _load_weights(path: Path, expected: str, network: torch.nn.Module) -> None:
    try:
        if _sha256(path) != expected:
            raise TwobranchError(
                str(path), "the weights must be those that matcher.json names", remedy="Restore the folder."
            )
        network.load_state_dict(load_file(path))
    except (OSError, SafetensorError, RuntimeError) as error:
        raise TwobranchError(
            str(path), "must hold the weights of the architecture", found=str(error), remedy="Restore the folder."
        ) from None


def _identity(document: dict[str, Any]) -> str:
    """A digest of everything that changes an embedding."""
    parts = [
        document["weights_sha256"],
        document["image_encoder"]["identity"],
        document["sentence_encoder"]["identity"],
        *document["architecture"]["image"]["views"],
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def torch_device(device: str) -> torch.device:
    """The torch device of a `--device` option; `auto` is the fastest that is there.

    Raises:
        TwobranchError: for an unknown device, or one that torch does not see.
    """
    return torch.device(resolve_device(device))
