"""Checkpoints on the Hugging Face hub: only for who writes `hub:`, and only data, never code or pickles."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from twobranch.errors import TwobranchError
from twobranch.features.library import imported
from twobranch.progress import log

PREFIX = "hub:"
_DESCRIPTIONS = ("*.json", "*.txt", "*.model", "README.md")


def hub_folder(model: str, weights: Sequence[str], complete: Callable[[Path], bool]) -> Path:
    """Find a checkpoint in the hub's cache on this machine, or fetch it if it is not there.

    A checkpoint that is there is used without asking the hub whether there is a newer one.

    Args:
        model: `hub:owner/name` or `hub:owner/name@revision`.
        weights: patterns of the weight files; they are fetched with the descriptions and the vocabulary.
        complete: whether a folder holds the weights.

    Raises:
        TwobranchError: if the name is none, or the hub cannot be reached or does not have it.
    """
    name, _, revision = model.removeprefix(PREFIX).partition("@")
    if name.count("/") != 1 or not all(name.split("/")):
        raise TwobranchError(
            model,
            "a model of the hub has an owner and a name",
            remedy="Write hub:owner/name or hub:owner/name@revision.",
        )
    hub = imported("huggingface_hub")
    wanted = {"repo_id": name, "revision": revision or None, "allow_patterns": [*_DESCRIPTIONS, *weights]}
    try:
        folder = Path(hub.snapshot_download(**wanted, local_files_only=True))
        if complete(folder):
            return folder
    except Exception:  # not there yet: the hub's library has several kinds of error for that
        pass
    log.info("fetching %s from the hub", name)
    try:
        return Path(hub.snapshot_download(**wanted))
    except Exception as error:  # no network, no such model, no permission: each library below has its own
        raise TwobranchError(
            model,
            "must be on the hub, and the hub reachable",
            found=str(error).splitlines()[0] if str(error) else type(error).__name__,
            remedy="Check the name and the network, or name a local folder with the model.",
        ) from None
