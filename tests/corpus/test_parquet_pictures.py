"""Parquet files that hold their pictures, alone and as the parts of a data set."""

import pyarrow as pa
import pytest
from tests.corpus.container_files import picture, write_parquet

from twobranch.corpus import read_corpus
from twobranch.corpus.contents import content
from twobranch.errors import TwobranchError


def embedded(*numbers, path="{}.jpg"):
    return [{"bytes": picture(number), "path": path.format(number)} for number in numbers]


def test_structs_of_bytes_and_path(tmp_path):
    path = write_parquet(
        tmp_path / "a.parquet", embedded(*range(7)), text=[f"Dog {i}." for i in range(7)], year=list(range(7))
    )
    corpus = read_corpus(path)
    assert corpus.image_ids == [f"a.parquet/image/{row}" for row in range(1, 8)]
    assert [content(file) for file in corpus.image_paths] == [picture(number) for number in range(7)]
    assert corpus.images.column("bytes").to_pylist() == [len(picture(number)) for number in range(7)]
    assert corpus.images.column("image_path").to_pylist() == [f"{number}.jpg" for number in range(7)]
    assert corpus.images.column("year").to_pylist() == list(range(7))
    assert "column 'image' holds the pictures themselves" in corpus.notes
    assert "images are read in place, inside the data" in corpus.notes


def test_a_column_of_bytes_and_one_that_is_no_picture(tmp_path):
    data = [picture(number) for number in range(4)]
    path = write_parquet(tmp_path / "a.parquet", data, pa.binary(), caption=["A."] * 4, embedding=[b"\x00"] * 4)
    corpus = read_corpus(path)
    assert [content(file) for file in corpus.image_paths] == data
    assert corpus.metadata_columns == []
    assert any("no metadata: embedding" in note for note in corpus.notes)


def test_the_bytes_are_never_kept(tmp_path, monkeypatch):
    """The rows of a table hold no bytes, whatever the column is for."""
    from twobranch.corpus.tables.row_reader import RowReader

    seen = []
    record = RowReader.record
    monkeypatch.setattr(RowReader, "record", lambda self, number, row: seen.append(row) or record(self, number, row))
    read_corpus(write_parquet(tmp_path / "a.parquet", embedded(1, 2), text=["A."] * 2, thumb=[b"x"] * 2))
    assert len(seen) == 2
    assert not any(isinstance(value, bytes | dict) for row in seen for value in row.values())


def test_columns_can_be_named(tmp_path):
    path = write_parquet(tmp_path / "a.parquet", embedded(1), title=["A."], scan=[picture(5)])
    corpus = read_corpus(path, columns={"image": "scan", "sentence": "title"})
    assert corpus.image_ids == ["a.parquet/scan/1"]
    assert content(corpus.image_paths[0]) == picture(5)


def test_images_has_no_say_over_pictures_inside(tmp_path):
    path = write_parquet(tmp_path / "a.parquet", embedded(1), text=["A."])
    (tmp_path / "elsewhere").mkdir()
    assert read_corpus(path, images=tmp_path / "elsewhere").image_ids == ["a.parquet/image/1"]


def test_a_row_without_bytes_is_the_file_that_it_names(tmp_path, draw):
    draw("b.jpg")
    rows = [*embedded(1), {"bytes": None, "path": "b.jpg"}]
    corpus = read_corpus(write_parquet(tmp_path / "a.parquet", rows, text=["A.", "B."]))
    assert corpus.image_ids == ["a.parquet/image/1", "b.jpg"]
    assert corpus.images.column("bytes").to_pylist() == [len(picture(1)), (tmp_path / "b.jpg").stat().st_size]


@pytest.mark.parametrize("row", [None, {"bytes": None, "path": None}])
def test_a_row_without_a_picture_is_a_broken_one(tmp_path, row):
    path = write_parquet(tmp_path / "a.parquet", [*embedded(1), row], text=["A.", "B."])
    with pytest.raises(TwobranchError, match=r"a.parquet, row 2, column 'image': a row names an image"):
        read_corpus(path)
    assert len(read_corpus(path, skip_bad_rows=True).problems) == 1


def test_an_empty_picture_is_there(tmp_path):
    path = write_parquet(tmp_path / "a.parquet", [b"", picture()], pa.binary(), text=["A.", "B."])
    assert read_corpus(path).images.column("bytes").to_pylist() == [0, len(picture())]


def shards(folder, **counts):
    for name, count in counts.items():
        texts = [f"{name} {number}." for number in range(count)]
        write_parquet(folder / f"{name.replace('__', '-')}.parquet", embedded(*range(count)), text=texts)


def test_the_parts_of_a_data_set(tmp_path):
    shards(tmp_path / "data", train__00000__of__00002=3, train__00001__of__00002=2, validation__00000__of__00001=1)
    (tmp_path / "README.md").write_text("# Data")
    for source in (tmp_path, tmp_path / "data"):
        corpus = read_corpus(source)
        assert corpus.images.column("split").to_pylist() == ["train"] * 5 + ["val"]
        assert corpus.image_ids[3].endswith("train-00001-of-00002.parquet/image/1")
        assert [content(file) for file in corpus.image_paths] == [picture(number) for number in (0, 1, 2, 0, 1, 0)]
    assert "splits are train, val" in corpus.notes


def test_one_part_alone_and_folders_that_are_splits(tmp_path):
    shards(tmp_path / "one", test__00000__of__00001=2)
    assert read_corpus(tmp_path / "one").split_names == ["test"]
    shards(tmp_path / "two" / "default" / "train", **{"0000": 2})
    shards(tmp_path / "two" / "default" / "test", **{"0000": 1})
    assert read_corpus(tmp_path / "two").images.column("split").to_pylist() == ["test", "train", "train"]


def test_a_column_of_splits_is_believed_before_names(tmp_path):
    write_parquet(tmp_path / "test-00000-of-00001.parquet", embedded(1, 2), text=["A.", "B."], split=["train", "val"])
    assert read_corpus(tmp_path).split_names == ["train", "val"]


def test_one_table_that_is_called_after_a_split_is_a_table(tmp_path):
    shards(tmp_path, train=3)
    assert "the table is train.parquet" in read_corpus(tmp_path).notes
    shards(tmp_path, test=1)
    assert read_corpus(tmp_path).split_names == ["train", "test"]


def test_parts_with_other_columns_are_refused(tmp_path):
    shards(tmp_path, train__00000__of__00001=2)
    write_parquet(tmp_path / "val-00000-of-00001.parquet", embedded(1), text=["A."], more=[1])
    with pytest.raises(TwobranchError, match=r"parquet-shards: val-.*parquet has other columns than train-"):
        read_corpus(tmp_path)


def test_a_part_that_is_cut_off_is_named(tmp_path):
    shards(tmp_path, train__00000__of__00001=2)
    path = tmp_path / "train-00000-of-00001.parquet"
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(TwobranchError, match=r"parquet-shards: train-00000-of-00001.parquet: must be a Parquet file"):
        read_corpus(tmp_path)


def test_paths_in_parts_are_paths(tmp_path, draw):
    draw("images/test.jpg", "images/train.jpg")
    for name in ("train", "test"):
        write_parquet(tmp_path / f"{name}-00000-of-00001.parquet", [f"{name}.jpg"], pa.string(), text=["A."])
    assert read_corpus(tmp_path).image_ids == ["test.jpg", "train.jpg"]


def test_large_row_groups_are_said(tmp_path, monkeypatch):
    from twobranch.corpus.tables import parquet

    path = write_parquet(tmp_path / "a.parquet", embedded(1), text=["A."])
    monkeypatch.setattr(parquet, "LARGE_GROUP", 100)
    assert any("faster in groups of 100 rows" in note for note in read_corpus(path).notes)
