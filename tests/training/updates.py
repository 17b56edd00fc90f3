"""One update of each kind of loss on a batch that divides into unequal parts, in any number of processes."""

import numpy as np
import torch
import yaml
from PIL import Image
from safetensors.torch import save_file

from tests.small_encoders import SmallPictures, SmallWords
from tests.training import synthetic
from twobranch.config import validated
from twobranch.training.data import Feed, SplitData
from twobranch.training.inputs import Side
from twobranch.training.precision import Precision
from twobranch.training.recipe import Recipe
from twobranch.training.samplers import Rows
from twobranch.training.steps import RunningStep

RECIPE = """
model:
  embedding: 8
  similarity: SIMILARITY
  image: {branch: IMAGE}
  sentence: {branch: SENTENCE}
  HEAD
classifiers: {group: {dropout: 0}, modality: {hidden: [4]}}
stages:
  - name: only
    inputs: INPUTS
    sampler: {sampler: neighborhood, images: 10, sentences: 2}
    steps:
      - trains: PARTS
        losses: LOSSES
        optimizer: {optimizer: sgd, learning_rate: 0.1, momentum: 0}
    length: 1
"""
PLAIN = {
    "SIMILARITY": "cosine",
    "IMAGE": "{branch: mlp, hidden: [16], dropout: 0}",
    "SENTENCE": "{branch: mlp, hidden: [16], dropout: 0, output: rectified}",
    "HEAD": "",
    "INPUTS": "{}",
    "PARTS": "[image.branch, sentence.branch]",
}
HEAD = {"HEAD": "head: {head: product-mlp, hidden: [6, 4]}", "PARTS": "[image.branch, sentence.branch, head]"}
GROUP = {"PARTS": "[image.branch, sentence.branch, group_classifier]"}
MODALITY = {"PARTS": "[image.branch, sentence.branch, modality_classifier]"}
NO_WORDS_DROPPED = "dropout: 0, words: {size: 5}"

CASES = {
    "bidirectional ranking": {"LOSSES": "[{loss: bidirectional-ranking, margin: 0.5}]"},
    "structure": {"LOSSES": "[{loss: sentence-structure, margin: 0.5}, {loss: image-structure, margin: 0.5}]"},
    "global ranking": {"LOSSES": "[{loss: global-ranking}]", "SIMILARITY": "dot"},
    "hardest negatives": {"LOSSES": "[{loss: global-ranking, choice: hard, k: 1, margin: 0.2}]"},
    "random negatives": {"LOSSES": "[{loss: global-ranking, choice: random-k, k: 2}]"},
    "in-batch cross-entropy": {"LOSSES": "[in-batch-cross-entropy]"},
    "sigmoid": {"LOSSES": "[sigmoid]"},
    "in-batch instance": {"LOSSES": "[in-batch-instance]"},
    "scores": {"LOSSES": "[softmax-over-regions]"},
    "scores of a head": {**HEAD, "LOSSES": "[{loss: softmax-over-regions, scale: 1}]"},
    "pairs": {**HEAD, "LOSSES": "[{loss: logistic-pairs, negatives: 3}]"},
    "classes": {**GROUP, "LOSSES": "[{loss: instance, side: image}, {loss: instance, side: sentence}]"},
    "candidates": {
        **GROUP,
        "LOSSES": "[{loss: instance, side: image, candidates: 5}, {loss: instance, side: sentence, candidates: 5}]",
    },
    "modality": {"LOSSES": "[modality]", "PARTS": "[modality_classifier]"},
    "reversal": {**MODALITY, "LOSSES": "[{loss: modality, reversal: true}, in-batch-cross-entropy]"},
    "inverted labels": {"LOSSES": "[inverted-modality]"},
    "words": {
        "LOSSES": "[in-batch-cross-entropy, {loss: word-vector-pull, weight: 0.5}]",
        "SENTENCE": f"{{branch: gru, units: 6, {NO_WORDS_DROPPED}}}",
    },
    "convolution over words": {
        "LOSSES": "[in-batch-cross-entropy]",
        "SENTENCE": f"{{branch: text-cnn, width: 0.02, slots: 4, position_shift: false, {NO_WORDS_DROPPED}}}",
    },
    "bags of words": {"LOSSES": "[sigmoid]", "SENTENCE": "{branch: bag-mlp, hidden: [16], dropout: 0}"},
    "encoders": {
        "LOSSES": "[in-batch-cross-entropy]",
        "INPUTS": "{image: pixels, sentence: tokens}",
        "PARTS": "[image.encoder, image.branch, sentence.encoder, sentence.branch]",
    },
}


def update(case, folder, processes):
    """Make the update: losses, gradients, and what batch normalization remembers."""
    recipe = validated(Recipe, yaml.safe_load(filled(CASES[case])), case)
    data = split_of(recipe, folder)
    torch.manual_seed(recipe.seed)
    matching = recipe.model.build(data.images.features.shape[1], data.sentences.features.shape[1])
    entered = {"image": data.images.encoder, "sentence": data.sentences.encoder}
    encoders = {side: encoder.trainable() for side, encoder in entered.items() if recipe.enters_encoder(side)}
    network = recipe.classifiers.build(matching, recipe.model.embedding, len(data.groups), encoders).train()
    processes.share(network)
    feed = Feed(data, recipe.stages[0].inputs, torch.device("cpu"), processes)
    step = RunningStep(recipe.stages[0].steps[0], network, Precision.of("float32", torch.device("cpu")), processes)
    rows = Rows(np.arange(7), np.array([0, 1, 3, 4, 6, 7, 9, 10, 12, 15, 16, 18, 20]))  # 7 images, 13 sentences
    processes.begin([recipe.seed, 0])
    found = {
        f"loss {name}": torch.tensor(value) for name, value in step(feed.batch(rows, generator()), 5, 10, 10).items()
    }
    found |= {f"gradient {n}": p.grad for n, p in network.named_parameters() if p.grad is not None}
    return found | {f"buffer {name}": value.float() for name, value in network.named_buffers() if value.numel()}


def every_update(processes, folder):
    """Make all of them; each process writes what it found."""
    for case in CASES:
        found = update(case, folder / "pictures", processes)
        path = folder / f"{case}-{processes.index}.safetensors"
        save_file({name: value.detach().contiguous() for name, value in found.items()}, path)


def filled(case):
    text = RECIPE
    for key, value in {**PLAIN, **case}.items():
        text = text.replace(key, value)
    return text


def split_of(recipe, folder):
    """The synthetic split; sentences are token ids, and pictures are files, where the recipe reads them."""
    data = synthetic.split(images=8)
    if recipe.enters_encoder("image"):
        images, sentences = SmallPictures().load(), SmallWords().load()
        paths = [str(folder / f"{number}.png") for number in range(8)]
        texts = [f"word {row}" for row in range(24)]
        return SplitData(
            Side(paths, np.zeros((8, images.dim), np.float32), data.images.groups, images),
            Side(texts, np.zeros((24, sentences.dim), np.float32), data.sentences.groups, sentences),
            data.sentence_images,
            data.text_codes,
        )
    if recipe.model.sentence.branch.reads == "tokens":
        sentences = Side(data.sentences.items, WordRows(24, synthetic.SENTENCE_SIZE), data.sentences.groups)
        return SplitData(data.images, sentences, data.sentence_images, data.text_codes)
    return data


class WordRows:
    """Sentences of up to six words, padded with 0 to the longest that is asked for."""

    def __init__(self, sentences, vocabulary):
        self.shape = sentences, vocabulary
        self._ids = generator().integers(1, vocabulary, (sentences, 6))
        self._ids[np.arange(6) >= generator().integers(1, 7, sentences)[:, None]] = 0

    def __getitem__(self, rows):
        return self._ids[rows][:, : (self._ids[rows] != 0).sum(1).max()]


def draw_pictures(folder):
    """The pictures of the case that trains encoders."""
    folder.mkdir(parents=True)
    for number in range(8):
        pixels = np.random.default_rng(number).integers(0, 256, (40, 48, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{number}.png")


def generator():
    return np.random.default_rng(3)
