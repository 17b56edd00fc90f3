"""The same two heads on frozen features, trained by twobranch and by sentence-transformers; see peers.py.

Same data, same first weights, same batches (a picture and one of its sentences each), same number of updates, AdamW at
a constant rate, the softmax over the batch in both directions at one temperature, float32. The peer's part is its model
class and its MultipleNegativesRankingLoss in a plain loop of torch, which spares it its trainer's own work.
"""

from __future__ import annotations

import argparse
import copy
import statistics
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from measuring import MB, with_memory
from peers import imported

from twobranch.evaluation.retrieval import retrieval_metrics
from twobranch.models import Network
from twobranch.training.data import Feed, SplitData
from twobranch.training.inputs import Side
from twobranch.training.precision import Precision
from twobranch.training.recipe import Recipe
from twobranch.training.recipes import load_recipe
from twobranch.training.samplers import Rows
from twobranch.training.steps import RunningStep

TEMPERATURE, RATE, BATCH = 0.05, 1e-3, 500
SETTINGS = (
    "model.image.views=[image]",
    "stages.0.inputs={image: features, sentence: features}",
    f"stages.0.sampler={{sampler: neighborhood, images: {BATCH}, sentences: 1}}",
    f"stages.0.steps.0.losses=[{{loss: in-batch-cross-entropy, temperature: {TEMPERATURE}}}]",
    f"stages.0.steps.0.optimizer={{optimizer: adamw, learning_rate: {RATE}, weight_decay: 0.01}}",
    "stages.0.steps.0.schedule=constant",
    "precision=float32",
)


def training(options: argparse.Namespace) -> None:
    recipe = load_recipe("default", SETTINGS)
    train, val = _encoded(options, recipe) if options.data else (_random(3000, 0), _random(1000, 1))
    torch.manual_seed(0)
    network = recipe.model.build(train.images.features.shape[1], train.sentences.features.shape[1])
    _fit_inputs(network, train)
    print(f"  {len(train.images.groups):,} images, {len(train.sentences.groups):,} sentences; heads"
          f" {recipe.model.image.branch.hidden} to {recipe.model.embedding}; {options.steps} updates of {BATCH} pairs;"  # type: ignore[attr-defined]
          f" untrained rsum {_rsum(network, val):.1f}")  # fmt: skip
    for name, make in (("twobranch", _ours), ("sentence-transformers", _theirs)):
        torch.manual_seed(0)
        own = copy.deepcopy(network)
        step = make(recipe, own, train)
        if step is None:
            continue
        times, memory = with_memory(lambda step=step: _timed(step, _rows(recipe, train, options.steps)))  # type: ignore[misc]
        print(f"  {name:22} {1000 * statistics.median(times):.0f} ms a step (median), {memory / MB:.0f} MB,"
              f" rsum on val {_rsum(own.eval(), val):.1f}")  # fmt: skip


def _timed(step: Any, rows: Iterator[Rows]) -> list[float]:
    times = []
    for number, some in enumerate(rows):
        started = time.perf_counter()
        step(some, number)
        times.append(time.perf_counter() - started)
    return times[2:]  # the first two warm up


def _ours(recipe: Recipe, network: Network, data: SplitData) -> Any:
    stage = recipe.stages[0]
    whole = recipe.classifiers.build(network, recipe.model.embedding, len(data.groups)).train()
    running = RunningStep(stage.steps[0], whole, Precision.of(recipe.precision, torch.device("cpu")))
    feed = Feed(data, stage.inputs, torch.device("cpu"))
    return lambda rows, number: running(feed.batch(rows, np.random.default_rng(number)), number, 10, 10_000)


def _theirs(recipe: Recipe, network: Network, data: SplitData) -> Any:
    peer = imported("sentence_transformers", "sentence-transformers")
    if peer is None:
        return None

    class Heads(torch.nn.Module):
        """A module of sentence-transformers: reads what is there, an image's feature or a sentence's."""

        def __init__(self) -> None:
            super().__init__()
            self.branches = torch.nn.ModuleDict(
                {"image": network.image["branch"], "sentence": network.sentence["branch"]}
            )

        def forward(self, features: dict[str, Any], **others: Any) -> dict[str, Any]:
            side = "image" if "image" in features else "sentence"
            return {**features, "sentence_embedding": self.branches[side](features[side])}

    model = peer.SentenceTransformer(modules=[Heads()], device="cpu").train()
    from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss

    loss = MultipleNegativesRankingLoss(
        model, scale=1 / TEMPERATURE, directions=("query_to_doc", "doc_to_query"), partition_mode="per_direction"
    )
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=0.01)
    images, sentences = (torch.from_numpy(np.asarray(side.features[:])) for side in (data.images, data.sentences))

    def step(rows: Rows, number: int) -> None:
        value = loss([{"image": images[rows.images]}, {"sentence": sentences[rows.sentences]}], None)
        optimizer.zero_grad()
        value.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)  # its trainer's own default
        optimizer.step()

    return step


def _rows(recipe: Recipe, data: SplitData, steps: int) -> Iterator[Rows]:
    """The same batches for both: whole ones only, epoch after epoch."""
    epoch, given = 0, 0
    while given < steps:
        for rows in recipe.stages[0].sampler.epoch(data.sentences_of_images, np.random.default_rng(epoch)):
            if given < steps and len(rows.images) == BATCH:
                given += 1
                yield rows
        epoch += 1


def _fit_inputs(network: Network, data: SplitData) -> None:
    for side, features in ((network.image, data.images.features), (network.sentence, data.sentences.features)):
        side["branch"].fit(torch.from_numpy(np.asarray(features[:], np.float32)))  # type: ignore[operator]


def _rsum(network: Network, data: SplitData) -> float:
    with torch.inference_mode():
        images = network.eval().embed_images(torch.from_numpy(np.asarray(data.images.features[:], np.float32)))
        sentences = network.embed_sentences(torch.from_numpy(np.asarray(data.sentences.features[:], np.float32)))
    document = retrieval_metrics(images, sentences, data.images.groups, data.sentences.groups, bootstrap=0)
    return float(document["rsum"])


def _random(images: int, seed: int) -> SplitData:
    """Features of two views of the same hidden causes; train and val are seen through the same maps."""
    maps, random = np.random.default_rng(7), np.random.default_rng(seed)
    to_image, to_sentence = maps.standard_normal((48, 1280), np.float32), maps.standard_normal((48, 384), np.float32)
    owner = np.repeat(np.arange(images), 5)
    hidden = random.standard_normal((images, 48), np.float32)
    told = hidden[owner] + 0.8 * random.standard_normal((len(owner), 48), np.float32)
    seen = np.tanh(hidden @ to_image / 7) + 0.5 * random.standard_normal((images, 1280), np.float32)
    said = np.tanh(told @ to_sentence / 7) + 0.5 * random.standard_normal((len(owner), 384), np.float32)
    return _split(seen, said, np.arange(images), owner)


def _encoded(options: argparse.Namespace, recipe: Recipe) -> tuple[SplitData, SplitData]:
    import twobranch
    from twobranch.training.encoding import Place, encode_corpus

    encoded = encode_corpus(twobranch.read_corpus(options.data), recipe.model, Place(threads=options.threads))
    return tuple(
        _split(part.images.array(), part.sentences.array(), part.corpus.image_groups, part.corpus.sentence_groups)
        for part in (encoded.train, encoded.val)
    )  # type: ignore[return-value]


def _split(images: np.ndarray, sentences: np.ndarray, image_groups: Any, sentence_groups: Any) -> SplitData:
    numbers = {group: row for row, group in enumerate(dict.fromkeys([*image_groups, *sentence_groups]))}
    groups = [np.array([numbers[group] for group in side]) for side in (image_groups, sentence_groups)]
    return SplitData(
        Side([""] * len(images), np.asarray(images, np.float32), groups[0]),
        Side([""] * len(sentences), np.asarray(sentences, np.float32), groups[1]),
        groups[1].astype(np.int32),
        np.arange(len(sentences)),
    )
