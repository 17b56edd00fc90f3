"""From a corpus and a recipe to a matcher: encode, train, calibrate, measure, save."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from twobranch.corpus import Corpus
from twobranch.errors import TwobranchError
from twobranch.evaluation.evaluate import evaluate_retrieval
from twobranch.evaluation.matcher_report import write_matcher_report
from twobranch.features.cache import FeatureCache
from twobranch.features.corpus_features import CorpusFeatures, corpus_features
from twobranch.matcher.calibration import Calibration
from twobranch.matcher.folder import torch_device
from twobranch.matcher.matcher import Matcher, Provenance
from twobranch.progress import log
from twobranch.training.calibration import Embedded, cross_fitted_report, fit_calibration, references
from twobranch.training.checkpoint import Position, load_position
from twobranch.training.data import SplitData
from twobranch.training.initialize import initialized_network
from twobranch.training.loop import Loop
from twobranch.training.recipe import Recipe
from twobranch.training.recipes import load_recipe, recipe_yaml
from twobranch.training.run import Run


@dataclass(frozen=True)
class Place:
    """Where a training computes.

    Attributes:
        device: `auto`, `cpu`, `cuda` or `mps`.
        threads: threads of the processor; None for all.
        cache: folder of the feature cache; None for the user's.
    """

    device: str = "auto"
    threads: int | None = None
    cache: Path | None = None


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
    """Train a matcher.

    Args:
        corpus: images and sentences with a train and a val split, as `read_corpus` gives it.
        recipe: name of a recipe, a YAML file, or a `Recipe`.
        out: folder of the run; without one, only the matcher is kept.
        settings: `key=value` changes of the recipe.
        init: matcher folder of the same architecture whose weights to start from.
        resume: go on with the interrupted run in `out`.
        device: `auto`, `cpu`, `cuda` or `mps`.
        threads: threads of the processor; all by default.
        cache: folder of the feature cache; the user's cache folder by default.
        tensorboard: also write TensorBoard events into the run.
        command: the command line, for the model card.

    Returns:
        The matcher, with the weights of its best epoch, calibrated.

    Raises:
        TwobranchError: if the recipe, the corpus or the folder cannot be used as they are.
    """
    name = recipe if isinstance(recipe, str) else "(from Python)"
    resolved = load_recipe(recipe, settings) if isinstance(recipe, str) else recipe
    place = Place(device, threads, None if cache is None else Path(cache))
    if out is None:
        with tempfile.TemporaryDirectory() as folder:
            return _fit(corpus, name, resolved, Run(Path(folder)), place, init, False, command)
    run = Run(Path(out), tensorboard=tensorboard)
    if not resume:
        run.must_be_new()
    return _fit(corpus, name, resolved, run, place, init, resume, command)


def _fit(
    corpus: Corpus,
    recipe_name: str,
    recipe: Recipe,
    run: Run,
    place: Place,
    init: str | Path | None,
    resume: bool,
    command: str,
) -> Matcher:
    if place.threads is not None:
        torch.set_num_threads(place.threads)
    started = time.monotonic()
    device = torch_device(place.device)
    train_corpus, val_corpus = _training_splits(corpus)
    position = _position(run, recipe, train_corpus, resume)
    untrained, train, val = _encoded(recipe, recipe_name, place, train_corpus, val_corpus, init)
    before = evaluate_retrieval(untrained, val, split="val")
    run.write_recipe(recipe_yaml(recipe))
    position = Loop(
        recipe,
        untrained.network,
        SplitData.of(train),
        lambda network: _selection_metrics(untrained, val),
        run.checkpoints,
        run.record,
        device,
    ).run(position)
    # The loop trains the network in place: from here on it is the trained one.
    metrics = {"val": evaluate_retrieval(untrained, val, split="val")}
    calibration, probability = _calibration(untrained, train, val, recipe.seed)
    provenance = Provenance(
        recipe_name, recipe.model_dump(mode="json"), _described(corpus), metrics, probability, command
    )
    replace(untrained, calibration=calibration, provenance=provenance).save(run.model)
    matcher = Matcher.load(run.model, device=place.device, threads=place.threads, cache=place.cache)
    write_matcher_report(
        run.report,
        matcher,
        val,
        metrics["val"],
        title=f"Training run: {recipe_name}",
        facts={
            "command": command or "twobranch.fit",
            "seconds": f"{time.monotonic() - started:.0f}",
            "run": str(run.path),
        },
        before=before,
        history=position.history,
    )
    log.info("val rsum %.1f, before training %.1f; matcher: %s", metrics["val"]["rsum"], before["rsum"], run.model)
    return matcher


def _training_splits(corpus: Corpus) -> tuple[Corpus, Corpus]:
    """The train and val splits, without the images whose file is missing."""
    present, missing = corpus.existing()
    if missing:
        shown = ", ".join(missing[:5]) + (" ..." if len(missing) > 5 else "")
        log.warning("%d images have no file and are left out: %s", len(missing), shown)
    for split in ("train", "val"):
        if split not in present.split_names:
            raise TwobranchError(
                corpus.source,
                f'training needs a split "{split}"',
                found=", ".join(present.split_names) or "none",
                remedy="Name the splits train, val and test; without a split column they are made.",
            )
    train = present.split("train")
    if train.images.num_rows < 2 or train.sentences.num_rows < 2:
        raise TwobranchError(
            corpus.source,
            "training needs at least 2 images with sentences",
            found=train.images.num_rows,
            remedy="Add images and sentences.",
        )
    return train, present.split("val")


def _position(run: Run, recipe: Recipe, train: Corpus, resume: bool) -> Position:
    """A new position, or that of the run's last checkpoint."""
    resolved = recipe.model_dump(mode="json")
    if not resume or not run.last_checkpoint.exists():
        return Position(recipe=resolved, corpus=train.fingerprint)
    position = load_position(run.last_checkpoint)
    for what, found, asked in (
        ("recipe", position.recipe, resolved),
        ("training split", position.corpus, train.fingerprint),
    ):
        if found != asked:
            raise TwobranchError(
                str(run.last_checkpoint),
                f"a run is resumed with its own {what}",
                remedy="Resume with the same DATA, --recipe and --set, or start anew with another --out.",
            )
    log.info("going on at stage %d, epoch %d, step %d", position.stage + 1, position.epoch + 1, position.step)
    return position


def _encoded(
    recipe: Recipe, recipe_name: str, place: Place, train_corpus: Corpus, val_corpus: Corpus, init: str | Path | None
) -> tuple[Matcher, CorpusFeatures, CorpusFeatures]:
    """The untrained matcher and the features of both splits."""
    model = recipe.model
    where: dict[str, Any] = {"device": place.device, "threads": place.threads, "cache": place.cache}
    images, sentences = model.image.encoder.load(**where), model.sentence.encoder.load(**where)
    sentences.fit(train_corpus.sentence_texts)
    cache = FeatureCache(place.cache)
    train, val = (
        corpus_features(part, images, model.image.views, sentences, cache) for part in (train_corpus, val_corpus)
    )
    network = initialized_network(recipe, images.dim, sentences.dim, train, init).to(torch_device(place.device))
    matcher = Matcher(model, network.eval(), images, sentences, Provenance(recipe_name, {}, {}), cache=cache)
    return matcher, train, val


def _selection_metrics(matcher: Matcher, val: CorpusFeatures) -> dict[str, float]:
    """What is recorded after each epoch: point estimates, no intervals."""
    document = evaluate_retrieval(matcher, val, split="val", bootstrap=0)
    recalls = {f"{way}.R@{k}": document[way][f"R@{k}"] for way in ("i2t", "t2i") for k in (1, 5, 10)}
    return {"rsum": document["rsum"], **recalls}


def _calibration(
    matcher: Matcher, train: CorpusFeatures, val: CorpusFeatures, seed: int
) -> tuple[Calibration | None, dict[str, Any]]:
    """The calibration, fitted on all of val, and how well one predicts that is fitted on a part of it."""
    embedded = _embedded(matcher, val)
    drawn = references(_embedded(matcher, train), seed)
    return fit_calibration(embedded, *drawn, seed), cross_fitted_report(embedded, *drawn, seed)


def _embedded(matcher: Matcher, features: CorpusFeatures) -> Embedded:
    return Embedded(
        matcher.embed_image_features(features.images),
        matcher.embed_sentence_features(features.sentences),
        features.corpus.image_groups,
        features.corpus.sentence_groups,
    )


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
