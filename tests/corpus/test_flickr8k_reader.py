import os

import pytest

from twobranch.corpus import read_corpus
from twobranch.errors import TwobranchError

TOKENS = "a.jpg#0\tA dog .\na.jpg#1\tDogs # 2 .\nb.jpg#0\tA cat .\nc.jpg.1#0\tA cow .\n"


@pytest.mark.parametrize("folder", ["images/", "Flicker8k_Dataset/", ""])
@pytest.mark.parametrize("name", ["Flickr8k.token.txt", "results_20130124.token"])
def test_tokens_without_lists(draw, write, folder, name):
    data = draw(f"{folder}a.jpg", f"{folder}b.jpg")
    token_file = write(name, TOKENS)
    corpus = read_corpus(data)
    assert corpus.sentence_texts == ["A dog .", "Dogs # 2 .", "A cat .", "A cow ."]
    assert corpus.existing()[1] == ["c.jpg.1"]
    assert corpus.split_names == ["train", "val", "test"]
    assert read_corpus(token_file).fingerprint == corpus.fingerprint


def test_lists_are_splits_and_may_be_absent(draw, write):
    folder = draw("a.jpg", "b.jpg")
    write("Flickr8k.token.txt", TOKENS)
    write("Flickr_8k.trainImages.txt", "a.jpg\nlost.jpg\n")
    write("Flickr_8k.devImages.txt", "b.jpg\r\n")
    corpus = read_corpus(folder)
    assert corpus.images.column("split").to_pylist() == ["train", "val", None]
    assert "no list for test" in corpus.notes
    assert any("1 images of the lists have no sentence, for example lost.jpg" in note for note in corpus.notes)


def test_an_image_in_two_lists_is_refused(draw, write):
    folder = draw("a.jpg")
    write("Flickr8k.token.txt", TOKENS)
    write("Flickr_8k.trainImages.txt", "a.jpg\n")
    write("Flickr_8k.testImages.txt", "b.jpg\na.jpg\n")
    with pytest.raises(TwobranchError, match=r"Flickr_8k.testImages.txt, row 2: an image is in one list"):
        read_corpus(folder)
    assert read_corpus(folder, skip_bad_rows=True).split("train").image_ids == ["a.jpg"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"b.jpg#0 A cat .", "row 5: a row is <image>#<number><TAB><sentence>"),
        (b"b.jpg\tA cat .", "row 5: a row is <image>#<number><TAB><sentence>"),
        (b"b.jpg#0\t ", "row 5, column 'sentence': a sentence has at least one word"),
        (b"b.jpg#0\tcaf\xe9", "row 5: text is in UTF-8"),
    ],
)
def test_a_broken_row_is_named_or_skipped(draw, line, message):
    folder = draw("a.jpg")
    (folder / "Flickr8k.token.txt").write_bytes(TOKENS.encode() + line + b"\n")
    with pytest.raises(TwobranchError, match=rf"Flickr8k.token.txt, {message}.*--skip-bad-rows"):
        read_corpus(folder)
    corpus = read_corpus(folder, skip_bad_rows=True)
    assert corpus.sentences.num_rows == 4
    assert len(corpus.problems) == 1


@pytest.mark.skipif("FLICKR8K" not in os.environ, reason="FLICKR8K does not name a folder of Flickr8k")
def test_the_real_corpus():
    corpus = read_corpus(os.environ["FLICKR8K"])
    assert corpus.sentences.num_rows == 35_460
    assert corpus.split("train").images.num_rows == 6_000
    assert corpus.split("dev").images.num_rows == 1_000
    present, missing = corpus.existing()
    assert missing == ["2258277193_586949ec62.jpg.1"]
    assert present.sentences.num_rows == 35_455
    assert corpus.images.filter(corpus.images.column("split").is_null()).num_rows == 92
