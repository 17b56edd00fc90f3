"""Files of word vectors, written here byte by byte in the exact formats, and the ways in which they break."""

from __future__ import annotations

import gzip
import os
import struct
from pathlib import Path

import numpy as np
import pytest

from twobranch.errors import TwobranchError
from twobranch.features.fasttext_model import fnv1a
from twobranch.features.word_vector_files import read_word_vectors

ROWS = {"horse": [1.0, 2.0, 3.0], "Paris": [4.0, 5.5, -6.0], "café": [0.25, 0.0, 1e-3], "DOG": [7.0, 7.0, 7.0]}


def text(rows: dict[str, list[float]] = ROWS) -> bytes:
    return "".join(f"{word} {' '.join(map(str, values))}\n" for word, values in rows.items()).encode()


def binary(end: bytes = b"\n") -> bytes:
    return b"".join(word.encode() + b" " + struct.pack("<3f", *values) + end for word, values in ROWS.items())


FILES = {
    "glove": text(),
    "word2vec-text": b"4 3\n" + text(),
    "word2vec-binary": b"4 3\n" + binary(),
    "word2vec-binary without line breaks": b"4 3\n" + binary(b""),
    "glove compressed": gzip.compress(text()),
    "word2vec-binary compressed": gzip.compress(b"4 3\n" + binary()),
}


def read(folder: Path, content: bytes, words: list[str]):
    path = folder / "vectors"
    path.write_bytes(content)
    return read_word_vectors(path, words)


@pytest.mark.parametrize("name", FILES)
def test_vectors_are_found_in_every_format(tmp_path: Path, name: str) -> None:
    found = read(tmp_path, FILES[name], ["zebra", "café", "paris", "horse", "dog"])
    assert found.format == name.split()[0]
    assert found.rows.tolist() == [1, 2, 3, 4]
    expected = [ROWS["café"], ROWS["Paris"], ROWS["horse"], ROWS["DOG"]]
    np.testing.assert_allclose(found.vectors, expected, rtol=1e-6)
    assert found.spellings == 2


def test_the_spelling_that_is_asked_for_comes_first_and_of_doubles_the_first(tmp_path: Path) -> None:
    content = b"Paris 1 1\nparis 2 2\nparis 3 3\nPARIS 4 4\n"
    found = read(tmp_path, content, ["paris", "PARIS"])
    assert found.vectors[:, 0].tolist() == [2, 4]
    assert found.spellings == 0


def test_a_word_of_a_text_file_may_hold_blanks(tmp_path: Path) -> None:
    assert read(tmp_path, b"horse 1 2 3\nat name 4 5 6\n", ["at name"]).vectors.tolist() == [[4, 5, 6]]


def fasttext(
    vectors: dict[str, list[float]],
    buckets: np.ndarray,
    *,
    version: int = 12,
    quantized: bool = False,
    words: int | None = None,
    size: int | None = None,
    shortest: int = 3,
    pruned: int = -1,
    entries: list[tuple[str, int]] | None = None,
) -> bytes:
    longest, size = 4, buckets.shape[1] if size is None else size
    entries = [(word, 0) for word in vectors] if entries is None else entries
    options = struct.pack("<12id", size, 5, 5, 1, 5, 1, 1, 1, len(buckets), shortest, longest, 100, 1e-4)
    dictionary = struct.pack("<iiiqq", len(entries), len(vectors) if words is None else words, 0, 99, pruned)
    dictionary += b"".join(word.encode() + b"\0" + struct.pack("<qb", 9, kind) for word, kind in entries)
    matrix = np.concatenate([np.array(list(vectors.values()), "<f4"), buckets.astype("<f4")])
    shape = struct.pack("<qq", *matrix.shape)
    head = struct.pack("<ii", 793712314, version)
    return head + options + dictionary + struct.pack("<?", quantized) + shape + matrix.tobytes()


def pieces(word: str) -> list[str]:
    marked = f"<{word}>"
    return [marked[i : i + n] for i in range(len(marked)) for n in (3, 4) if i + n <= len(marked)]


def test_a_fasttext_vector_is_the_mean_over_the_word_and_its_pieces(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    buckets = random.normal(size=(17, 3)).astype(np.float32)
    words = {"horse": [1.0, 2.0, 3.0], "Zoë": [3.0, 2.0, 1.0]}
    found = read(tmp_path, fasttext(words, buckets), ["horse", "horses", "zoë"])
    assert (found.format, found.rows.tolist(), found.spellings) == ("fasttext", [0, 1, 2], 1)
    hashed = [[buckets[fnv1a(piece.encode()) % 17] for piece in pieces(word)] for word in ("horse", "horses", "Zoë")]
    expected = [
        np.mean([words["horse"], *hashed[0]], 0),
        np.mean(hashed[1], 0),
        np.mean([words["Zoë"], *hashed[2]], 0),
    ]
    np.testing.assert_allclose(found.vectors, expected, rtol=1e-5)


def test_of_a_fasttext_word_that_comes_twice_the_first_counts_and_a_label_is_no_word(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    buckets = random.normal(size=(17, 3)).astype(np.float32)
    vectors = {"at": [1.0, 2.0, 3.0], "second": [9.0, 9.0, 9.0]}
    entries = [("at", 0), ("at", 0), ("cow", 1)]
    found = read(tmp_path, fasttext(vectors, buckets, entries=entries), ["at", "cow"])
    hashed = [[buckets[fnv1a(piece.encode()) % 17] for piece in pieces(word)] for word in ("at", "cow")]
    expected = [np.mean([vectors["at"], *hashed[0]], 0), np.mean(hashed[1], 0)]
    np.testing.assert_allclose(found.vectors, expected, rtol=1e-5)


def test_the_end_of_a_sentence_and_single_brackets_are_no_pieces(tmp_path: Path) -> None:
    buckets = np.random.default_rng(2).normal(size=(101, 3)).astype(np.float32)
    vectors = {"</s>": [1.0, 2.0, 3.0], "a": [3.0, 2.0, 1.0]}
    found = read(tmp_path, fasttext(vectors, buckets, shortest=1), ["</s>", "a"])
    # "<a>" without "<" and ">": of one letter "a", of two "<a" and "a>", of three the whole.
    hashed = [buckets[fnv1a(piece) % 101] for piece in (b"a", b"<a", b"a>", b"<a>")]
    np.testing.assert_allclose(found.vectors, [vectors["</s>"], np.mean([vectors["a"], *hashed], 0)], rtol=1e-5)


def test_the_hash_counts_bytes_as_signed_numbers() -> None:
    value = np.uint32(2166136261)
    with np.errstate(over="ignore"):
        for byte in "né".encode():
            value = np.uint32(value ^ np.uint32(np.int8(np.uint8(byte).view(np.int8)).astype(np.int32).view(np.uint32)))
            value = np.uint32(np.uint64(value) * np.uint64(16777619) & np.uint64(0xFFFFFFFF))
    assert fnv1a("né".encode()) == int(value)


BUCKETS = np.ones((5, 3), np.float32)
BROKEN = {
    "empty": (b"", "must have a known format"),
    "a picture": (b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(100), "must have a known format"),
    "a zip": (b"PK\x03\x04" + bytes(60), "must have a known format"),
    "json": (b'{"horse": [1, 2]}', "row 1: a row is a word and 2 numbers"),
    "too many values": (b"horse 1 2 3\ndog 1 2 3 4\n", "row 2: a row is a word and 3 values, but found 4"),
    "an empty line counts": (b"horse 1 2 3\n\ndog 1 2\n", "row 3: a row is a word and 3 values, but found 2"),
    "more than the header": (b"3 3\n" + text(), "header names 3 words, but found 4 rows"),
    "more binary than the header": (b"3 3\n" + binary(), "header names 3 words, but found more after them"),
    "one word": (b"horse\n", "row 1: a row is a word and its values"),
    "too few values": (b"horse 1 2 3\ndog 1 2\n", "row 2: a row is a word and 3 values, but found 2"),
    "no number": (b"dog 1 2 3\nhorse 1 x 3\n", "row 2: a row is a word and 3 numbers"),
    "not finite": (b"dog 1 2 3\nhorse 1 nan 3\n", "row 2: a word vector holds finite numbers"),
    "header lies": (b"9 3\n" + text(), "header names 9 words, but found 4 rows"),
    "cut binary": (b"4 3\n" + binary()[:-9], "word 4: its header names 4 words of 3 values"),
    "huge vectors": (b"3 1000000000\nhorse 1\n", "row 1: a header names words and a length of 1 to 20000"),
    "no values": (b"3 0\nhorse\n", "row 1: a header names words"),
    "none of the words": (b"cat 1 2\n", "must hold vectors of some of the 1 words"),
    "cut fasttext": (fasttext(ROWS, BUCKETS)[:-60], "must be a whole fastText model"),
    "other fasttext": (fasttext(ROWS, BUCKETS, version=11), "version 12, but found 11"),
    "quantized fasttext": (fasttext(ROWS, BUCKETS, quantized=True), "must not be quantized"),
    "fasttext of other rows": (fasttext(ROWS, BUCKETS, words=3), "its matrix has 8 rows of 3 values, but found 9 x 3"),
    "pruned fasttext": (fasttext(ROWS, BUCKETS, pruned=2), "must not be quantized or pruned"),
    "fasttext of huge vectors": (fasttext(ROWS, BUCKETS, size=10**9), "must have plausible options"),
    "fasttext of no values": (fasttext(ROWS, BUCKETS, size=0), "must have plausible options"),
    "fasttext of an endless word": (fasttext({"x" * 10_001: [1.0, 2.0, 3.0]}, BUCKETS), "shorter than 10,000 bytes"),
    "an endless row": (b"horse " + b"1 " * 500_000, "row 1: a row is shorter than 1,000,000 bytes"),
    "binary without blanks": (b"2 3\nhorse " + bytes(12) + b"x" * 10_001, "word 2: a word is followed by a blank"),
    "invalid compressed": (gzip.compress(b"")[:10] + b"\xff" * 60, "must be a readable file"),
    "damaged compressed": (gzip.compress(text())[:20] + bytes(40), "must be a readable file"),
    "cut compressed": (gzip.compress(text())[:-12], "must be a readable file"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_refused_with_what_was_read(tmp_path: Path, name: str) -> None:
    content, message = BROKEN[name]
    with pytest.raises(TwobranchError, match=message):
        read(tmp_path, content, ["café"] if "fasttext" in name else ["horse"])


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "nothing.bin", tmp_path):
        with pytest.raises(TwobranchError, match="must be a readable file of word vectors"):
            read_word_vectors(path, ["horse"])


def test_tabs_and_a_byte_order_mark_are_read(tmp_path: Path) -> None:
    assert read(tmp_path, b"\xef\xbb\xbfhorse\t1\t2\r\ndog\t3\t4\r\n", ["horse"]).vectors.tolist() == [[1, 2]]


def test_a_byte_order_mark_may_stand_before_a_header(tmp_path: Path) -> None:
    found = read(tmp_path, b"\xef\xbb\xbf4 3\n" + text(), ["horse"])
    assert (found.format, found.vectors.tolist()) == ("word2vec-text", [[1, 2, 3]])


def test_words_that_are_empty_or_hold_a_byte_order_mark_stay_what_they_are(tmp_path: Path) -> None:
    content = "horse 1 2\n 3 4\n\ufeff 5 6\n\ufeffdog 7 8\ndog 9 10\n".encode()
    assert read(tmp_path, content, ["dog"]).vectors.tolist() == [[9, 10]]


@pytest.mark.parametrize("name", ["word2vec-text", "word2vec-binary"])
def test_the_first_word_may_be_long(tmp_path: Path, name: str) -> None:
    word = b"x" * 200
    values = b" 1 2 3\n" if name == "word2vec-text" else b" " + struct.pack("<3f", 1, 2, 3)
    found = read(tmp_path, b"1 3\n" + word + values, [word.decode()])
    assert (found.format, found.vectors.tolist()) == (name, [[1, 2, 3]])


def test_a_model_that_is_cut_in_rows_that_nobody_asks_for_is_refused(tmp_path: Path) -> None:
    model = fasttext({"at": [1.0, 2.0, 3.0]}, np.ones((500, 3), np.float32))
    assert read(tmp_path, model, ["at"]).rows.tolist() == [0]
    with pytest.raises(TwobranchError, match="must be a whole fastText model"):
        read(tmp_path, model[:-4], ["at"])


@pytest.mark.filterwarnings("error")
def test_a_number_too_large_is_refused_without_a_warning(tmp_path: Path) -> None:
    with pytest.raises(TwobranchError, match="row 1: a word vector holds finite numbers"):
        read(tmp_path, b"horse 1 1e39\n", ["horse"])


def test_a_compressed_model_is_read_and_a_pipe_is_not(tmp_path: Path) -> None:
    model = fasttext({"horse": [1.0, 2.0, 3.0]}, BUCKETS)
    plain = read(tmp_path, model, ["horse", "cow"])
    np.testing.assert_array_equal(read(tmp_path, gzip.compress(model), ["horse", "cow"]).vectors, plain.vectors)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(TwobranchError, match="it is no file"):
        read_word_vectors(tmp_path / "pipe", ["horse"])
