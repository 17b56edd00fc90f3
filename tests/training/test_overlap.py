"""Masks of regions and phrases, against a twin that looks at one pair after the other."""

import numpy as np
import pytest
import torch

from tests.regions.naive import iou_twin
from twobranch.config import validated
from twobranch.errors import TwobranchError
from twobranch.training.overlap import Overlap, OverlapMasks


def batch(seed, images=3, regions=6, phrases=4, texts=5):
    """Boxes near each other, so that every relation occurs; phrases whose words repeat within and across images."""
    random = np.random.default_rng(seed)

    def boxes(count):
        low = random.uniform(0, 0.4, (count, 2))
        return np.concatenate([low, low + random.uniform(0.2, 0.6, (count, 2))], axis=1).astype(np.float32)

    return (
        boxes(images * regions),
        np.repeat(np.arange(images), regions),
        boxes(images * phrases),
        np.repeat(np.arange(images), phrases),
        random.integers(texts, size=images * phrases),
    )


def relation(overlap, same_image, value, alike):
    """What two items are to each other: +1 a match, -1 a non-match, 0 ignored."""
    if same_image:
        if value >= overlap.match:
            return 1
        return -1 if value < overlap.non_match else 0
    return -1 if overlap.negatives == "batch" and not alike else 0


def kinds(mask):
    return mask.match.int() - mask.non_match.int()


@pytest.mark.parametrize("negatives", ["image", "batch"])
@pytest.mark.parametrize("seed", range(4))
def test_regions_and_phrases(seed, negatives):
    overlap = Overlap(match=0.5, non_match=0.3, negatives=negatives)
    boxes, images, phrase_boxes, phrase_images, texts = batch(seed)
    masks = OverlapMasks(overlap, boxes, images, phrase_boxes, phrase_images, texts, torch.device("cpu"))
    found = kinds(masks.image_sentence)
    for b, image in enumerate(images):
        said = {texts[c] for c in range(len(texts)) if phrase_images[c] == image}
        for c, other in enumerate(phrase_images):
            value = iou_twin(boxes[b].tolist(), phrase_boxes[c].tolist())
            assert found[b, c] == relation(overlap, image == other, value, texts[c] in said)
    assert {-1, 0, 1} <= set(found.unique().tolist())


@pytest.mark.parametrize("seed", range(4))
def test_regions_are_neighbors_where_they_match_one_phrase(seed):
    overlap = Overlap(match=0.5, non_match=0.3, negatives="batch")
    boxes, images, phrase_boxes, phrase_images, texts = batch(seed)
    masks = OverlapMasks(overlap, boxes, images, phrase_boxes, phrase_images, texts, torch.device("cpu"))
    match, found = masks.image_sentence.match, kinds(masks.image_image)
    for a in range(len(boxes)):
        for b in range(len(boxes)):
            if a == b:
                continue
            shared = bool((match[a] & match[b]).any())
            words = {texts[c] for c in range(len(texts)) if match[a, c]} & {
                texts[c] for c in range(len(texts)) if match[b, c]
            }
            far = images[a] != images[b] or iou_twin(boxes[a].tolist(), boxes[b].tolist()) < overlap.non_match
            assert found[a, b] == (1 if shared else -1 if far and not words else 0)
    assert not masks.image_image.match.diagonal().any()


@pytest.mark.parametrize("seed", range(4))
def test_phrases_are_neighbors_where_their_boxes_overlap(seed):
    overlap = Overlap(match=0.5, non_match=0.3, negatives="batch")
    boxes, images, phrase_boxes, phrase_images, texts = batch(seed)
    masks = OverlapMasks(overlap, boxes, images, phrase_boxes, phrase_images, texts, torch.device("cpu"))
    found = kinds(masks.sentence_sentence)
    for a in range(len(texts)):
        for b in range(len(texts)):
            if a == b:
                continue
            value = iou_twin(phrase_boxes[a].tolist(), phrase_boxes[b].tolist())
            expected = relation(overlap, phrase_images[a] == phrase_images[b], value, texts[a] == texts[b])
            assert found[a, b] == (0 if expected < 0 and texts[a] == texts[b] else expected)


def test_the_same_phrase_in_another_image_is_never_a_negative():
    box = np.array([[0, 0, 0.5, 0.5], [0.5, 0.5, 1, 1]], np.float32)
    masks = OverlapMasks(
        Overlap(negatives="batch"), box, np.array([0, 1]), box, np.array([0, 1]), np.array([7, 7]), torch.device("cpu")
    )
    for mask in (masks.image_sentence, masks.image_image, masks.sentence_sentence):
        assert not mask.non_match.any()


def test_thresholds_must_be_apart():
    with pytest.raises(TwobranchError, match="non_match must not be above match"):
        validated(Overlap, {"match": 0.4, "non_match": 0.5}, "my.yaml")
