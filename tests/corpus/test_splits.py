from collections import Counter

import pytest

from twobranch.corpus.splits import canonical_split, ordered_splits, split_by_group


def test_shares_are_about_80_10_10():
    counts = Counter(split_by_group(str(number) for number in range(20_000)).values())
    assert counts["train"] == pytest.approx(16_000, rel=0.02)
    assert counts["val"] == pytest.approx(2_000, rel=0.08)
    assert counts["test"] == pytest.approx(2_000, rel=0.08)


def test_a_group_keeps_its_split_when_the_corpus_grows_or_turns_round():
    small, large = split_by_group(map(str, range(200))), split_by_group(map(str, reversed(range(2_000))))
    assert all(large[group] == split for group, split in small.items())


@pytest.mark.parametrize("count", range(3, 30))
def test_no_split_is_empty_from_three_groups_on(count):
    assert set(split_by_group(f"group {number}" for number in range(count)).values()) == {"train", "val", "test"}


@pytest.mark.parametrize("count", [0, 1, 2])
def test_fewer_than_three_groups_are_all_train(count):
    assert set(split_by_group(map(str, range(count))).values()) <= {"train"}


def test_the_split_of_a_known_group_never_changes():
    # Pinned: another hash would move images between splits of corpora that people already trained on.
    splits = split_by_group(map(str, range(100)))
    assert [number for number in range(100) if splits[str(number)] == "val"] == [2, 15, 32, 40, 61, 63, 89, 94, 97]


@pytest.mark.parametrize("name", ["dev", "valid", "Validation", " VAL "])
def test_names_of_the_validation_split(name):
    assert canonical_split(name) == "val"


def test_splits_come_in_order():
    assert ordered_splits(["zebra", "test", "apple", "val"]) == ["val", "test", "apple", "zebra"]
