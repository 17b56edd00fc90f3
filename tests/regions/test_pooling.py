"""Features of boxes from the cells of a grid."""

import numpy as np
import pytest

from tests.regions.naive import iou_twin
from twobranch.errors import TwobranchError
from twobranch.regions.config import RegionsConfig
from twobranch.regions.expected_overlap import expected_overlap
from twobranch.regions.pooling import POSITIONS, bumps, cell_weights, corners, enlarged
from twobranch.regions.rows import RegionRows
from twobranch.regions.table import RegionTable


def random_boxes(count, seed=0):
    corners = np.sort(np.random.default_rng(seed).random((count, 2, 2)), axis=1)
    return corners.reshape(count, 4).astype(np.float32)


def weights_twin(box, height, width):
    """The common area of a box and each cell, one cell after the other."""
    weights = []
    for row in range(height):
        for column in range(width):
            low, high = (column / width, row / height), ((column + 1) / width, (row + 1) / height)
            across = max(0.0, min(box[2], high[0]) - max(box[0], low[0]))
            down = max(0.0, min(box[3], high[1]) - max(box[1], low[1]))
            weights.append(across * down)
    return np.array(weights) / sum(weights)


def test_weights_are_common_areas():
    boxes = random_boxes(20)
    found = cell_weights(boxes, (3, 5))
    assert found.shape == (20, 15)
    for box, row in zip(boxes, found, strict=True):
        np.testing.assert_allclose(row, weights_twin(box.astype(float), 3, 5), atol=1e-5)


def test_the_whole_picture_weighs_all_cells_alike():
    np.testing.assert_allclose(cell_weights(np.array([[0, 0, 1, 1]], np.float32), (4, 4)), 1 / 16)


@pytest.mark.parametrize("box", [[0.5, 0.5, 0.5, 0.5], [1, 1, 1, 1], [0, 0.2, 0, 0.9]])
def test_a_box_without_area_still_has_a_feature(box):
    found = cell_weights(np.array([box], np.float32), (3, 3))
    assert found.sum() == pytest.approx(1.0)
    assert np.isfinite(found).all()


def test_weights_of_other_shapes_are_refused():
    with pytest.raises(TwobranchError, match=r"boxes have shape \(R, 4\)"):
        cell_weights(np.zeros((4,), np.float32), (3, 3))


def test_corners_end_with_the_area():
    boxes = random_boxes(5)
    found = corners(boxes)
    np.testing.assert_array_equal(found[:, :4], boxes)
    whole = (0.0, 0.0, 1.0, 1.0)
    np.testing.assert_allclose(found[:, 4], [iou_twin(box.tolist(), whole) for box in boxes], atol=1e-6)


@pytest.mark.parametrize("position", ["none", "corners", "bumps"])
@pytest.mark.parametrize(("whole", "surroundings"), [(False, None), (True, 1.5)])
def test_rows_are_pooled_by_number_in_any_order(position, whole, surroundings):
    random = np.random.default_rng(0)
    grids = random.normal(size=(3, 2, 4, 6)).astype(np.float32)
    boxes = [random_boxes(5, 1), np.zeros((0, 4), np.float32), random_boxes(2, 2)]
    proposed = [boxes[0][:3], boxes[1], boxes[2]]
    config = RegionsConfig(position=position, whole=whole, surroundings=surroundings)
    rows = RegionRows(grids, RegionTable.of(proposed, [boxes[0][3:], *boxes[1:2], boxes[1]]), config)
    assert rows.shape == (7, config.size(6))
    asked = np.array([6, 0, 3, 0, 5])
    found = rows[asked]
    for row, number in zip(found, asked, strict=True):
        image = 0 if number < 5 else 2
        box = boxes[image][number if number < 5 else number - 5]
        cells = grids[image].reshape(8, 6)
        expected = [weights_twin(box.astype(float), 2, 4) @ cells]
        if surroundings:
            expected.append(weights_twin(enlarged(box[None], surroundings)[0].astype(float), 2, 4) @ cells)
        expected += [cells.mean(0)] if whole else []
        expected.append(POSITIONS[position][1](box[None])[0])
        np.testing.assert_allclose(row, np.concatenate(expected), atol=1e-5)


def test_expected_overlap_is_the_mean_over_what_may_be_meant():
    random = np.random.default_rng(0)
    boxes, scores = random_boxes(6), random.normal(size=(3, 6))
    found = expected_overlap(scores, boxes, 2.0)
    for p in range(3):
        chances = np.exp(2.0 * scores[p]) / np.exp(2.0 * scores[p]).sum()
        for r in range(6):
            expected = sum(chances[q] * iou_twin(boxes[r].tolist(), boxes[q].tolist()) for q in range(6))
            assert found[p, r] == pytest.approx(expected, abs=1e-5)


def test_a_sure_score_is_kept_by_the_expected_overlap():
    boxes, scores = random_boxes(6), np.random.default_rng(1).normal(size=(3, 6))
    assert (expected_overlap(scores, boxes, 1e4).argmax(1) == scores.argmax(1)).all()


def test_bumps_are_highest_where_the_number_is():
    boxes = random_boxes(5)
    found = bumps(boxes).reshape(5, 10, 9)
    assert (found[:, :4].argmax(2) == np.rint(boxes * 8)).all()
    assert 0.5 < found.max() <= 1


def test_enlarged_boxes_keep_their_middle_and_stay_in_the_picture():
    boxes = random_boxes(20) * 0.5 + 0.25
    found = enlarged(boxes, 1.2)
    np.testing.assert_allclose(found[:, :2] + found[:, 2:], boxes[:, :2] + boxes[:, 2:], atol=1e-5)
    np.testing.assert_allclose(found[:, 2:] - found[:, :2], 1.2 * (boxes[:, 2:] - boxes[:, :2]), atol=1e-5)
    assert enlarged(random_boxes(20), 3.0).min() >= 0
