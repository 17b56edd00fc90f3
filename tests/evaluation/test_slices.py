import numpy as np
import pytest

from twobranch.errors import TwobranchError
from twobranch.evaluation.intervals import mean_interval
from twobranch.evaluation.properties import NO_VALUE, OTHERS, Property, property_of, word_counts
from twobranch.evaluation.slices import sliced, success


def test_a_slice_has_the_metrics_of_its_queries_alone(rng):
    ranks, groups = rng.integers(1, 30, 300), rng.integers(0, 60, 300)
    seasons = rng.choice(["winter", "summer", "autumn"], 300).tolist()
    found = sliced(success(ranks), groups, property_of("season", seasons), bootstrap=200)
    assert list(found) == ["autumn", "summer", "winter"]
    for name, part in found.items():
        own = [row for row, season in enumerate(seasons) if season == name]
        assert part["queries"] == len(own)
        for k in (1, 5, 10):
            hits = [100.0 if ranks[row] <= k else 0.0 for row in own]
            assert part[f"R@{k}"] == pytest.approx(sum(hits) / len(hits))
            assert part["interval"][f"R@{k}"] == pytest.approx(mean_interval(hits, groups[own], resamples=200))
    assert sum(part["queries"] for part in found.values()) == 300


def test_a_rank_of_zero_is_no_success():
    assert {name: values.tolist() for name, values in success([0, 10]).items()} == {
        "R@1": [0.0, 0.0], "R@5": [0.0, 0.0], "R@10": [0.0, 100.0],
    }  # fmt: skip


def test_a_slice_without_a_query_is_left_out_and_lengths_must_agree():
    two = Property("p", ("a", "b"), np.array([0, 0]))
    assert list(sliced(success([1, 2]), [0, 1], two, bootstrap=0)) == ["a"]
    with pytest.raises(TwobranchError, match="one value of the property per query"):
        sliced(success([1, 2, 3]), [0, 1, 2], two)


def test_numbers_are_cut_into_bins_of_about_equal_mass_that_never_part_equal_numbers(rng):
    values = rng.integers(0, 40, 1000).tolist()
    found = property_of("year", [*values, None])
    assert found.values[-1] == NO_VALUE
    assert len(found.values) == 6
    bins = [{value for value, code in zip(values, found.codes, strict=False) if code == number} for number in range(5)]
    assert set().union(*bins) == set(values)
    assert sum(len(one) for one in bins) == len(set(values)), "a number stands in two bins"
    assert [f"{min(one)} to {max(one)}" for one in bins] == list(found.values[:5])
    assert all(150 < (found.codes == number).sum() < 250 for number in range(5))


def test_rare_numbers_join_their_neighbors_and_rare_texts_the_others():
    words = [1] * 12 + [2] * 196 + [3] * 261 + [4] * 43 + [5] * 5 + [6]
    assert property_of("words", words).values == ("1", "2", "3", "4 to 6")
    assert property_of("words", [1, *[2] * 20, *[3] * 20]).values == ("1 to 2", "3")
    assert property_of("season", ["winter"] * 30 + ["summer"] * 30 + ["flood"] * 2).values[-1] == OTHERS
    assert property_of("season", ["winter", "summer", "flood"]).values == ("flood", "summer", "winter")


def test_one_group_alone_has_no_interval():
    found = sliced(success([1, 1, 2]), [0, 0, 1], property_of("season", ["a", "a", "b"]))
    assert ["interval" in part for part in found.values()] == [False, False]


def test_few_values_are_slices_and_many_texts_only_if_most_items_share_them():
    assert property_of("held out", [True, False, True]).values == ("no", "yes")
    assert property_of("price", [1.5, 2.0, float("nan")]).values == ("1.5", "2", NO_VALUE)
    photographers = ["ann"] * 40 + ["bob"] * 30 + [f"guest {number}" for number in range(20)]
    found = property_of("by", photographers)
    assert found.values == ("ann", "bob", OTHERS)
    found = property_of("by", [f"{number}" for number in range(14)] * 12)
    assert (len(found.values), found.values[-1]) == (12, OTHERS)
    assert property_of("file", [f"{number}.jpg" for number in range(90)]) is None


@pytest.mark.parametrize("values", [[], ["a", "a"], [None, None], [7] * 20])
def test_items_that_are_all_alike_have_no_slices(values):
    assert property_of("p", values) is None


def test_words_are_counted_between_white_space():
    found = word_counts("words", ["one", " two  words ", "three short words"] * 2)
    assert (found.values, found.codes.tolist()) == (("1", "2", "3"), [0, 1, 2, 0, 1, 2])
