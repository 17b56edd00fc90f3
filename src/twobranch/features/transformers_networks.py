"""Networks out of folders that the library transformers wrote, and never out of anything else."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from torch import nn

from twobranch.errors import TwobranchError
from twobranch.features.checkpoint_folder import CheckpointFolder
from twobranch.features.library import imported


def load_config(folder: CheckpointFolder) -> Any:
    """The configuration of a checkpoint.

    Raises:
        TwobranchError: if transformers does not know such networks.
    """
    transformers = imported("transformers")
    with readable(folder):
        return transformers.AutoConfig.from_pretrained(folder.path, local_files_only=True, trust_remote_code=False)


def make_network(
    folder: CheckpointFolder, config: Any, kind: str, *, with_weights: bool, attention: str | None = None
) -> Any:
    """The network of a checkpoint, or the tower of one.

    A pooling layer whose weights the checkpoint does not have is left out: the library would draw them at random.

    Args:
        folder: the checkpoint.
        config: of the network or tower.
        kind: name of the class in transformers.
        with_weights: False for the network alone, on the device and with the weights that torch gives it.
        attention: which of the library's implementations of attention to use; None for the one that it prefers.

    Raises:
        TwobranchError: if weights are missing or of other shapes.
    """
    chosen = getattr(imported("transformers"), kind)
    config._attn_implementation = attention
    with readable(folder), quiet():
        if not with_weights:
            net = chosen.from_config(config) if kind.startswith("Auto") else chosen(config)
            _drop_random_pooling(net, folder)
            return net
        net, report = chosen.from_pretrained(
            folder.path, config=config, local_files_only=True, use_safetensors=True, trust_remote_code=False,
            output_loading_info=True,
        )  # fmt: skip
    _drop_random_pooling(net, folder)
    present = dict(net.named_parameters())
    missing = sorted(str(name) for name in report["missing_keys"] if name in present)
    wrong = sorted(str(name[0] if isinstance(name, tuple) else name) for name in report["mismatched_keys"])
    if missing or wrong:
        raise TwobranchError(
            str(folder.path),
            "must hold all weights of its network",
            found=f"{(missing or wrong)[0]} {'missing' if missing else 'of another shape'}",
            remedy="Restore the checkpoint, or take one of this kind of network.",
        )
    return net


def refuse_kind(folder: CheckpointFolder, kind: str, reads: str) -> TwobranchError:
    """The error for a network that reads something else."""
    return TwobranchError(
        str(folder.path),
        f"must be a network that reads {reads}",
        found=kind,
        remedy="Image and sentence encoders need a network each; a CLIP or SigLIP folder has both.",
    )


def _drop_random_pooling(net: Any, folder: CheckpointFolder) -> None:
    pooler = getattr(net, "pooler", None)
    has_weights = isinstance(pooler, nn.Module) and any(True for _ in pooler.parameters())
    if has_weights and not any("pooler." in name for name in folder.weight_names()):
        net.pooler = None


@contextlib.contextmanager
def readable(folder: CheckpointFolder) -> Iterator[None]:
    """Turn what the library raises for a folder that it cannot read into one message."""
    try:
        yield
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, AttributeError) as error:
        raise TwobranchError(
            str(folder.path),
            "must be a checkpoint that this version of transformers reads by itself",
            found=(str(error).strip() or type(error).__name__).splitlines()[0],
            remedy="Save it again with save_pretrained; code inside of checkpoints is never run.",
        ) from None


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """No bars, and no lists of the other tower's weights."""
    logging = imported("transformers.utils.logging")
    verbosity, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if bars:
            logging.enable_progress_bar()
