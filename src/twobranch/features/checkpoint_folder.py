"""The folder of somebody else's checkpoint: its description, its weights, and what identifies them."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import AfterValidator, Field

from twobranch.errors import TwobranchError
from twobranch.features.hub import PREFIX, hub_folder
from twobranch.files import read_json


def _absolute(model: str) -> str:
    """A matcher must find its encoder from wherever it is loaded."""
    return model if model.startswith(PREFIX) else str(Path(model).expanduser().absolute())


ModelSource = Annotated[
    str,
    Field(
        min_length=1,
        description="a local folder with the model, or hub:owner/name (hub:owner/name@revision) to take it from the"
        " Hugging Face hub",
    ),
    AfterValidator(_absolute),
]
"""Where an external encoder comes from. Nothing but the prefix `hub:` allows the hub."""

_PICKLES = (".bin", ".pt", ".pth", ".ckpt")


@dataclass(frozen=True)
class CheckpointFolder:
    """A folder in which a library saved a network.

    Attributes:
        path: the folder.
        stem: what the weight files are called, without their ending: "model" for `model.safetensors`.
    """

    path: Path
    stem: str = "model"

    @classmethod
    def of(cls, model: str, *, stem: str = "model", deep: bool = False) -> CheckpointFolder:
        """The folder that an option `model` means.

        Args:
            model: a folder, or `hub:owner/name`.
            stem: of its weight files.
            deep: whether folders within it have weights, too.

        Raises:
            TwobranchError: if there is no such folder, or the hub does not give it.
        """
        if model.startswith(PREFIX):
            weights = [f"{stem}.safetensors", f"{stem}-*-of-*.safetensors"]
            patterns = [*weights, *(["[0-9]*_*/*.json", "[0-9]*_*/model.safetensors"] if deep else [])]
            return cls(hub_folder(model, patterns, lambda path: cls(path, stem)._is_whole), stem)
        path = Path(model)
        if not path.is_dir():
            raise TwobranchError(
                f"model {model}",
                "must be a folder",
                remedy="Correct the path; for a model of the Hugging Face hub write hub:owner/name.",
            )
        return cls(path, stem)

    def json(self, name: str) -> dict[str, Any]:
        """A JSON file of the folder that must be there.

        Raises:
            TwobranchError: if it is missing or holds no mapping.
        """
        document = read_json(self.path / name, "a file that describes the checkpoint")
        if not isinstance(document, dict):
            raise TwobranchError(
                str(self.path / name), "must be a mapping of keys to values", remedy="Restore the checkpoint."
            )
        return document

    def json_if_there(self, name: str) -> dict[str, Any] | None:
        """A JSON file of the folder; None where there is none."""
        return self.json(name) if (self.path / name).exists() else None

    def weight_files(self, within: str = "") -> list[Path]:
        """The safetensors files with the weights, one or several.

        Args:
            within: a folder in this one.

        Raises:
            TwobranchError: if there are none, or only pickles or adapters.
        """
        folder = self.path / within
        if (folder / "adapter_config.json").exists():  # libraries would look for their base elsewhere
            raise TwobranchError(
                str(folder),
                "must hold a whole network, not adapters",
                found="adapter_config.json",
                remedy="Merge them first: peft's merge_and_unload, then save_pretrained.",
            )
        whole, index = folder / f"{self.stem}.safetensors", folder / f"{self.stem}.safetensors.index.json"
        if whole.is_file():
            return [whole]
        if index.is_file():
            names = set(read_json(index, "the index of the weights")["weight_map"].values())
            files = [folder / Path(name).name for name in sorted(names)]
            if all(file.is_file() for file in files):
                return files
        pickles = sorted(file.name for file in folder.glob("*") if file.suffix in _PICKLES)
        raise TwobranchError(
            str(folder),
            f"a checkpoint must hold its weights as {whole.name}; pickled ones can run code and are never opened",
            found=", ".join(pickles) or "no weights",
            remedy="Convert it with its own library (save_pretrained writes safetensors), or take a revision that"
            " has them.",
        )

    @property
    def _is_whole(self) -> bool:
        """Whether the weights and a description are there: somebody may have fetched a part of it."""
        try:
            return bool(self.weight_files()) and any(self.path.glob("*config.json"))
        except TwobranchError:
            return False

    def weight_names(self) -> set[str]:
        """The names of the tensors in the weight files; only their headers are read."""
        from safetensors import SafetensorError, safe_open

        names: set[str] = set()
        for file in self.weight_files():
            try:
                with safe_open(file, framework="numpy") as opened:
                    names.update(opened.keys())
            except (SafetensorError, OSError) as error:
                raise TwobranchError(
                    str(file), "must be a safetensors file", found=str(error), remedy="Restore the checkpoint."
                ) from None
        return names

    def digests(self, files: Iterable[Path]) -> dict[str, str]:
        """The SHA-256 of those of the files that are there, by their path in the folder."""
        return {file.relative_to(self.path).as_posix(): _sha256(file) for file in sorted(set(files)) if file.is_file()}

    def named(self, names: Sequence[str]) -> list[Path]:
        """Files of the folder by name, there or not."""
        return [self.path / name for name in names]

    def about(self, key: str) -> str:
        """What the front matter of the model card says of a key, for example "license"; empty where it is silent."""
        card = self.path / "README.md"
        parts = card.read_text(encoding="utf-8", errors="replace").split("---\n", 2) if card.is_file() else []
        try:
            front = yaml.safe_load(parts[1]) if len(parts) == 3 and not parts[0].strip() else {}
        except (yaml.YAMLError, ValueError, RecursionError):  # dates and numbers are parsed, too
            front = {}
        value = front.get(key, "") if isinstance(front, dict) else ""
        items = value if isinstance(value, list) else [value]
        return ", ".join(str(item) for item in items if not isinstance(item, list | dict))

    @property
    def license(self) -> str:
        """The license that the model card states."""
        return self.about("license") or "not stated by the checkpoint"


def _sha256(file: Path) -> str:
    about = file.stat()
    return _sha256_of(file, about.st_size, about.st_mtime_ns)


@functools.cache
def _sha256_of(file: Path, size: int, changed: int) -> str:
    """Read once in a process: both towers of a checkpoint lie in one file, of gigabytes."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
