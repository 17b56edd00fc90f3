"""Computing on a Ray cluster: each worker loads the matcher once, reads a batch once, and sends rows back.

The driver, the process that was started, plans before and commits after; workers write nothing. A batch whose worker is
killed goes to another one, and the driver takes each image in once.
"""

from __future__ import annotations

import contextlib
import logging
import math
import os
import tempfile
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from twobranch.errors import TwobranchError
from twobranch.features.runtime import cpu_count
from twobranch.progress import log
from twobranch.search.encoded_rows import digests_of, encoded_rows
from twobranch.search.engines import Outcome, Work
from twobranch.search.scan import FoundImage
from twobranch.search.staging import staged

if TYPE_CHECKING:
    from twobranch.matcher.matcher import Matcher

RETRIES = 3
"""Times that a batch is given to another worker. A picture that ends every process that reads it ends the run."""

_NODE_THREADS = 4
_COLUMNS = ("sha256", "width", "height", "embedding", "thumbnail")
_NEW, _KNOWN, _FAILED = "new", "known", "failed"


@dataclass(frozen=True)
class RayEngine:
    """Encodes on the workers of a Ray cluster: one that runs already, or processes of this machine.

    Attributes:
        workers: how many; as many as the cluster has room for if None.
        threads: processors of each worker; at most four if None.
        device: where the matcher runs in each worker; a worker has a GPU of its own where the cluster has any.
        cache: folder of the feature cache on the worker's machine.
    """

    workers: int | None = None
    threads: int | None = None
    device: str = "auto"
    cache: str | Path | None = None

    def compute(self, work: Work) -> Iterator[Outcome]:
        """Outcomes in the order in which workers are done.

        Raises:
            TwobranchError: if Ray is not installed, no cluster answers, or a batch fails on every worker.
        """
        with _cluster() as ray, _telling(ray):
            threads = self.threads or min(_NODE_THREADS, cpu_count())
            gpus = _gpus(ray, self.device)
            workers = min(self.workers or _room(ray, threads, gpus), len(work.images))
            work.announce(len(work.images), f" at most, by {workers} workers")
            options = {"device": self.device, "threads": threads, "cache": self.cache}
            arguments = ray.put((_packed(work.matcher), _loader(), options, tuple(work.views), work.known))
            # Blocks are made here: a task that made them would wait for a processor that all workers hold.
            images = ray.data.from_arrow_refs([ray.put(block) for block in _blocks(work, workers)])
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of the retries, which have no named parameter before 2.64
                outcomes = images.map_batches(
                    _Worker,
                    fn_constructor_args=([arguments],),  # in a list, so that a worker that starts anew finds it again
                    batch_size=None,
                    batch_format="pyarrow",
                    compute=ray.data.ActorPoolStrategy(size=workers),
                    num_cpus=threads,
                    num_gpus=gpus,
                    max_restarts=-1,
                    max_task_retries=RETRIES,
                )
            for table in outcomes.iter_batches(batch_size=None, batch_format="pyarrow", prefetch_batches=1):
                yield _outcome(table)


class _Worker:
    """Lives in a process of the cluster: loads the matcher, then turns tables of images into tables of outcomes."""

    def __init__(self, arguments: list[Any]) -> None:
        import ray

        files, load, options, self._views, self._known = ray.get(arguments[0])
        self._folder = tempfile.TemporaryDirectory(prefix="twobranch-matcher-")
        self._matcher = load(_unpacked(files, Path(self._folder.name, "matcher")), **options)

    def __call__(self, batch: pa.Table) -> pa.Table:
        images = [FoundImage(**row) for row in batch.to_pylist()]
        outcome = Outcome()
        with staged([image.path for image in images]) as paths:
            encode: list[tuple[FoundImage, str]] = []
            here: list[str] = []
            for image, path, (digest, problem) in zip(images, paths, digests_of(paths), strict=True):
                if problem:
                    outcome.failures[image.id] = problem
                elif digest in self._known:
                    outcome.known[image.id] = digest
                else:
                    encode.append((image, digest))
                    here.append(path)
            found = encoded_rows(self._matcher, encode, here, self._views)
        return _table(Outcome(outcome.known, found.rows, {**outcome.failures, **found.failures}), self._matcher.dim)


def _table(outcome: Outcome, dim: int) -> pa.Table:
    """An outcome as it travels: a row per image."""
    rows: list[dict[str, Any]] = [{"id": name, "what": _NEW, **row} for name, row in outcome.rows.items()]
    rows += [{"id": name, "what": _KNOWN, "sha256": digest} for name, digest in outcome.known.items()]
    rows += [{"id": name, "what": _FAILED, "sha256": problem} for name, problem in outcome.failures.items()]
    schema = pa.schema(
        [
            ("id", pa.string()),
            ("what", pa.string()),
            ("sha256", pa.string()),
            ("width", pa.int32()),
            ("height", pa.int32()),
            ("embedding", pa.list_(pa.float32(), dim)),
            ("thumbnail", pa.binary()),
        ]
    )
    return pa.Table.from_pylist(rows, schema=schema)


def _outcome(table: pa.Table) -> Outcome:
    outcome = Outcome()
    for row in table.to_pylist():
        if row["what"] == _NEW:
            outcome.rows[row["id"]] = {name: row[name] for name in _COLUMNS}
        elif row["what"] == _KNOWN:
            outcome.known[row["id"]] = row["sha256"]
        else:
            outcome.failures[row["id"]] = row["sha256"]
    return outcome


def _blocks(work: Work, workers: int) -> Iterator[pa.Table]:
    """The images in tables of a batch each; smaller ones where there would be fewer than four for each worker."""
    size = max(min(work.batch, math.ceil(len(work.images) / (4 * workers))), 1)
    for start in range(0, len(work.images), size):
        yield pa.Table.from_pylist([vars(image) for image in work.images[start : start + size]])


def _packed(matcher: Matcher) -> dict[str, bytes]:
    """The files of a matcher folder, by relative path: workers need not see this machine's disk."""
    with tempfile.TemporaryDirectory(prefix="twobranch-matcher-") as temporary:
        folder = Path(temporary, "matcher")
        matcher.save(folder)
        files = (file for file in folder.rglob("*") if file.is_file())
        return {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}


def _unpacked(files: dict[str, bytes], folder: Path) -> Path:
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def _loader() -> Callable[..., Matcher]:
    """What loads a matcher in a worker: the function that loads one here."""
    from twobranch.search import index

    return index.load_matcher


def _room(ray: Any, threads: int, gpus: int) -> int:
    """How many workers the cluster takes, at least one."""
    resources = ray.cluster_resources()
    return max(int(resources["GPU"]) if gpus else int(resources.get("CPU", 1)) // threads, 1)


def _gpus(ray: Any, device: str) -> int:
    """GPUs of each worker."""
    return int(device.startswith("cuda") or (device == "auto" and ray.cluster_resources().get("GPU", 0) >= 1))


@contextlib.contextmanager
def _cluster() -> Iterator[Any]:
    """Ray, connected: to the cluster that this process is in already, or one that is found, or a new one here.

    Raises:
        TwobranchError: if Ray is not installed, or the cluster that is named does not answer.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # read when it is imported: nothing is sent anywhere
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")  # it warns of what is done right here
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise TwobranchError(
            "--engine ray",
            "needs packages that are not installed",
            found=f"no {error.name}",
            remedy='Install them: pip install "twobranch[scale]"',
        ) from None
    ray.data.DataContext.get_current().enable_progress_bars = False
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    if ray.is_initialized():
        yield ray
        return
    _connect(ray)
    try:
        yield ray
    finally:
        ray.shutdown()


def _connect(ray: Any) -> None:
    quiet = {"logging_level": logging.ERROR, "log_to_driver": False}
    try:
        ray.init(address="auto", **quiet)
        log.info("connected to the Ray cluster at %s", ray.get_runtime_context().gcs_address)
    except ConnectionError as error:
        if named := os.environ.get("RAY_ADDRESS"):
            raise TwobranchError(
                "--engine ray",
                "the cluster that RAY_ADDRESS names must answer",
                found=f"{named}: {error}",
                remedy="Start it with ray start, or leave the variable out to use processes of this machine.",
            ) from None
        ray.init(address="local", num_cpus=cpu_count(), include_dashboard=False, _node_ip_address="127.0.0.1", **quiet)


@contextlib.contextmanager
def _telling(ray: Any) -> Iterator[None]:
    """What fails on the cluster is told in one line.

    Raises:
        TwobranchError: in place of what Ray raises.
    """
    try:
        yield
    except ray.exceptions.RayError as error:
        causes = list(_causes(error))
        for cause in causes:
            if isinstance(cause, TwobranchError):
                raise cause from None
        said = [text for cause in causes if (text := str(cause).strip())]
        raise TwobranchError(
            "--engine ray",
            "every batch must be computed by some worker",
            found=said[-1].splitlines()[-1][:300] if said else type(causes[-1]).__name__,
            remedy="Run the command again, it goes on; or with --engine local, to see which picture it is.",
        ) from error


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error and what caused it, the first cause last: Ray wraps what a worker raises several times."""
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        yield cause
        cause = getattr(cause, "cause", None) or cause.__cause__
