"""The run: the folder that a training writes."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from twobranch.errors import TwobranchError
from twobranch.files import atomic_path
from twobranch.locks import only_writer

LOCK = ".twobranch-run.lock"


class Run:
    """Paths of a run, and its history as it grows.

    | file | what |
    |---|---|
    | recipe.yaml | the resolved recipe |
    | metrics.jsonl | a row per epoch |
    | checkpoints/ | the last and the best weights |
    | model/ | the matcher, once trained |
    | report.html | the report, once trained |

    Args:
        path: the folder; it is made by what is written into it.
        tensorboard: also write the history as TensorBoard events (extra `tensorboard`).
    """

    def __init__(self, path: Path, *, tensorboard: bool = False) -> None:
        self.path = path
        self.recipe = path / "recipe.yaml"
        self.metrics = path / "metrics.jsonl"
        self.checkpoints = path / "checkpoints"
        self.last_checkpoint = self.checkpoints / "last.safetensors"
        self.model = path / "model"
        self.report = path / "report.html"
        self._writer: Any = None
        self._make_writer = _summary_writer() if tensorboard else None  # it writes as soon as it is made

    def must_be_new(self) -> None:
        """Refuse to write over an earlier run.

        Raises:
            TwobranchError: if the folder holds one, or something else.
        """
        if self.path.is_file() or (self.path.is_dir() and any(child.name != LOCK for child in self.path.iterdir())):
            raise TwobranchError(
                str(self.path),
                "a new run needs a new or empty folder",
                remedy="Pass --resume to go on with the run that is there, or another --out.",
            )

    def writing(self) -> AbstractContextManager[None]:
        """Be the only process that trains into the folder, which is made.

        Raises:
            TwobranchError: if another one does, or the folder cannot be made.
        """
        remedy = "Wait until it has ended, or choose another --out."
        return only_writer(self.path, LOCK, "a run", remedy=remedy)

    def write_recipe(self, text: str) -> None:
        """Write the resolved recipe."""
        with atomic_path(self.recipe) as temporary:
            temporary.write_text(text, encoding="utf-8")

    def record(self, history: list[dict[str, Any]]) -> None:
        """Write the history so far: metrics.jsonl whole, the newest row to TensorBoard."""
        with atomic_path(self.metrics) as temporary:
            temporary.write_text("".join(json.dumps(row) + "\n" for row in history), encoding="utf-8")
        if self._make_writer is not None:
            self._writer = self._writer or self._make_writer(str(self.path / "tensorboard"))
            row = history[-1]
            for name, value in {**row["losses"], **{f"val.{key}": value for key, value in row["val"].items()}}.items():
                self._writer.add_scalar(name, value, len(history))
            self._writer.flush()


def _summary_writer() -> Any:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        raise TwobranchError(
            "--tensorboard", "needs the package tensorboard", remedy='Run: pip install "twobranch[tensorboard]"'
        ) from None
    return SummaryWriter
