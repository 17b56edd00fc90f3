"""From a corpus and a recipe to a matcher: encode, train, calibrate, measure, save."""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from twobranch.corpus import Corpus
from twobranch.features.runtime import resolve_device
from twobranch.matcher.matcher import Matcher, Provenance
from twobranch.progress import log
from twobranch.training.encoding import Place, encode_corpus
from twobranch.training.processes import ALONE, Processes, training_processes
from twobranch.training.recipe import Recipe
from twobranch.training.recipes import load_recipe
from twobranch.training.run import Run
from twobranch.training.tasks import task_of
from twobranch.training.train import Trained, train_matcher


def fit(
    corpus: Corpus,
    recipe: str | Recipe = "default",
    *,
    out: str | Path | None = None,
    settings: Sequence[str] = (),
    init: str | Path | None = None,
    resume: bool = False,
    device: str = "auto",
    threads: int | None = None,
    cache: str | Path | None = None,
    tensorboard: bool = False,
    command: str = "",
) -> Matcher:
    """Train a matcher; under torchrun, with the other processes that it started (docs/scale.md).

    Args:
        corpus: images and sentences with a train and a val split, as `read_corpus` gives it.
        recipe: name of a recipe, a YAML file, or a `Recipe`.
        out: folder of the run; without one, only the matcher is kept.
        settings: `key=value` changes of the recipe.
        init: matcher folder of the same architecture whose weights to start from.
        resume: go on with the interrupted run in `out`.
        device: `auto`, `cpu`, `cuda` or `mps`.
        threads: threads of the processor; all by default, divided among the processes of a machine.
        cache: folder of the feature cache; the user's cache folder by default.
        tensorboard: also write TensorBoard events into the run.
        command: the command line, for the model card.

    Returns:
        The matcher, with the weights of its best epoch, calibrated. Of several processes the first one alone
        calibrates, measures and writes; in the others the matcher has no calibration.

    Raises:
        TwobranchError: if the recipe, the corpus or the folder cannot be used as they are.
    """
    name = recipe if isinstance(recipe, str) else "(from Python)"
    resolved = load_recipe(recipe, settings) if isinstance(recipe, str) else recipe
    place = Place(device, threads, None if cache is None else Path(cache))
    with training_processes() as processes, contextlib.ExitStack() as held:
        if out is None:
            run = Run(Path(held.enter_context(tempfile.TemporaryDirectory())))
        else:
            resolve_device(device)  # before anything is put into the folder
            processes.on_first(lambda: held.enter_context(_written(Run(Path(out)), resume)))
            run = Run(Path(out), tensorboard=tensorboard)
        return _fit(corpus, name, resolved, run, place, init, resume and out is not None, command, processes)


@contextlib.contextmanager
def _written(run: Run, resume: bool) -> Iterator[None]:
    """Be the only process that writes a run, which is new unless it is resumed."""
    if not resume:
        run.must_be_new()
    with run.writing():
        if not resume:
            run.must_be_new()
        yield


def _fit(
    corpus: Corpus,
    recipe_name: str,
    recipe: Recipe,
    run: Run,
    place: Place,
    init: str | Path | None,
    resume: bool,
    command: str,
    processes: Processes,
) -> Matcher:
    started = time.monotonic()
    ALONE.use_threads(place.threads)  # encoding is done by one process of a machine, with all its processors
    encoded = processes.machine_first(lambda: encode_corpus(corpus, recipe.model, place, init))
    seconds = {"encoding": time.monotonic() - started}
    processes.use_threads(place.threads)
    trained = train_matcher(
        recipe,
        encoded,
        run,
        recipe_name=recipe_name,
        device=place.device,
        init=init,
        resume=resume,
        processes=processes,
    )
    if not processes.is_first:
        return trained.matcher
    seconds["training"] = time.monotonic() - started - seconds["encoding"]
    return _finished(corpus, recipe_name, recipe, run, place, command, trained, seconds)


def _finished(
    corpus: Corpus,
    recipe_name: str,
    recipe: Recipe,
    run: Run,
    place: Place,
    command: str,
    trained: Trained,
    seconds: dict[str, float],
) -> Matcher:
    """The matcher calibrated, measured, saved and reported."""
    encoded, task = trained.encoded, task_of(recipe)
    started = time.monotonic()
    metrics = {"val": task.evaluate(trained.matcher, encoded)}
    matcher, probability = task.calibrated(trained.matcher, encoded, recipe.seed)
    seconds["calibrating and measuring"] = time.monotonic() - started
    provenance = Provenance(
        recipe_name, recipe.model_dump(mode="json"), _described(corpus), metrics, probability, command
    )
    replace(matcher, provenance=provenance).save(run.model)
    matcher = Matcher.load(run.model, device=place.device, threads=place.threads, cache=place.cache)
    task.write_report(
        run.report,
        matcher,
        encoded,
        metrics["val"],
        title=f"Training run: {recipe_name}",
        facts={
            "command": command or "twobranch.fit",
            "took": ", ".join(f"{name} {value:.0f} s" for name, value in seconds.items()),
            "run": str(run.path),
        },
        before=trained.before,
        history=trained.history,
    )
    before = "" if trained.before is None else f", before training {task.summary(trained.before)}"
    log.info("val %s%s; matcher: %s", task.summary(metrics["val"]), before, run.model)
    return matcher


def _described(corpus: Corpus) -> dict[str, Any]:
    """What a matcher remembers of its corpus."""
    splits = {}
    for name in corpus.split_names:
        part = corpus.split(name)
        splits[name] = {
            "images": part.images.num_rows,
            "sentences": part.sentences.num_rows,
            "fingerprint": part.fingerprint,
        }
    return {"fingerprint": corpus.fingerprint, "splits": splits}
