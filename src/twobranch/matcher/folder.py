"""The matcher folder: weights as safetensors, the description as JSON, fitted vocabularies, a model card. No pickle."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch
from pydantic import BaseModel
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
from twobranch.models import Network
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
    where = str(path / DESCRIPTION)
    said = _said(document, where)
    architecture = validated(Architecture, said.architecture, where, may_import=False)
    images = architecture.image.encoder.load(device=device, threads=threads, cache=cache_folder)
    sentences = architecture.sentence.encoder.load(device=device, threads=threads, cache=cache_folder)
    load_encoders(path, images, sentences)
    require_identity(images, said.image_encoder.identity, where)
    require_identity(sentences, said.sentence_encoder.identity, where)
    network = _loaded_network(path / WEIGHTS, said.weights_sha256, architecture, images.dim, sentences.dim)
    matcher = Matcher(
        architecture=architecture,
        network=network.eval().to(place),
        image_encoder=images,
        sentence_encoder=sentences,
        provenance=Provenance(**{name: getattr(said, name) for name in Provenance.__dataclass_fields__}),
        calibration=Calibration.load(path, architecture.embedding) if Calibration.is_in(path) else None,
        region_calibration=RegionCalibration.load(path) if RegionCalibration.is_in(path) else None,
        proposer=_proposer(path, architecture),
        cache=FeatureCache(cache_folder),
    )
    return replace(matcher, identity=_identity(said, architecture))


class _Encoder(BaseModel):
    identity: str


class _Said(BaseModel):
    """What `matcher.json` must say; it says more, for people."""

    architecture: dict[str, Any]
    image_encoder: _Encoder
    sentence_encoder: _Encoder
    weights_sha256: str
    recipe_name: str = ""
    recipe: dict[str, Any]
    corpus: dict[str, Any]
    metrics: dict[str, Any] = {}
    probability: dict[str, Any] = {}
    command: str = ""


def _said(document: Any, where: str) -> _Said:
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        found = document.get("format") if isinstance(document, dict) else type(document).__name__
        raise TwobranchError(
            where,
            f"must be a matcher of format {FORMAT}",
            found=found,
            remedy="Load it with the version of twobranch that wrote it, or train it anew.",
        )
    try:
        return validated(_Said, document, where)
    except TwobranchError as error:
        raise TwobranchError(error.where, error.rule, found=error.found, remedy="Restore the folder.") from None


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
    description = description if isinstance(description, dict) else {}
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


def _loaded_network(path: Path, expected: str, architecture: Architecture, images: int, sentences: int) -> Network:
    try:
        network, found = architecture.build(images, sentences), _sha256(path)
    except Exception as error:  # no file, or an architecture that no memory holds
        raise _other_weights(path, error) from None
    if found != expected:
        raise TwobranchError(
            str(path), "the weights must be those that matcher.json names", remedy="Restore the folder."
        )
    load_weights(path, network)
    return network


def load_weights(path: Path, network: Network) -> None:
    """Put the weights of a matcher folder into a network.

    Args:
        path: the file, `WEIGHTS` in the folder.
        network: of the matcher's architecture.

    Raises:
        TwobranchError: if the file is missing, damaged, or of another network.
    """
    try:
        network.load_state_dict(load_file(path))
    except Exception as error:  # a damaged header fails in many ways
        raise _other_weights(path, error) from None


def _other_weights(path: Path, error: Exception) -> TwobranchError:
    return TwobranchError(
        str(path), "must hold the weights of the architecture", found=str(error), remedy="Restore the folder."
    )


def _identity(said: _Said, architecture: Architecture) -> str:
    """A digest of everything that changes an embedding."""
    parts = [
        said.weights_sha256,
        said.image_encoder.identity,
        said.sentence_encoder.identity,
        *architecture.image.views,
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
