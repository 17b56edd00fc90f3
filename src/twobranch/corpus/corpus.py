"""Images and the sentences that describe them, as Arrow tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from twobranch.corpus.fingerprint import fingerprint
from twobranch.corpus.selection import follow, renumbering, repoint, row_numbers
from twobranch.corpus.splits import canonical_split, ordered_splits
from twobranch.errors import TwobranchError, nearest

IMAGE_SCHEMA = pa.schema(
    [
        ("id", pa.string()),  # path relative to the images folder, with forward slashes
        ("path", pa.string()),  # absolute
        ("bytes", pa.int64()),  # -1 where the file is missing
        ("split", pa.string()),  # null: in no split
        ("group", pa.string()),
    ]
)
"""The columns of every image table; metadata columns follow them."""

SENTENCE_SCHEMA = pa.schema([("id", pa.string()), ("text", pa.string()), ("image", pa.int32()), ("group", pa.string())])
PHRASE_SCHEMA = pa.schema(
    [
        ("sentence", pa.int32()),
        ("start", pa.int32()),
        ("end", pa.int32()),
        ("text", pa.string()),
        ("types", pa.list_(pa.string())),
    ]
)
REGION_SCHEMA = pa.schema(
    [("phrase", pa.int32()), ("image", pa.int32())] + [(side, pa.float32()) for side in ("x0", "y0", "x1", "y1")]
)

Int32 = npt.NDArray[np.int32]
Int64 = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False, repr=False)
class Corpus:
    """An immutable corpus; rows point at rows by number, ids are stable strings.

    Sentences stand in the order of their images, phrases in the order of their sentences.

    Attributes:
        images: `IMAGE_SCHEMA` and metadata columns, one row per image.
        sentences: `SENTENCE_SCHEMA`; `id` is "<image id>#<k>", `image` the row of the image.
        phrases: `PHRASE_SCHEMA`; `sentence` is the row of the sentence, `start` and `end` a span of its characters.
        regions: `REGION_SCHEMA`; `phrase` and `image` are rows; boxes are 0-based, end-exclusive pixels.
        source: what the corpus was read from.
        notes: what the reader understood.
        problems: the rows that were left out.
    """

    images: pa.Table
    sentences: pa.Table
    phrases: pa.Table
    regions: pa.Table
    source: str = ""
    notes: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()

    @cached_property
    def fingerprint(self) -> str:
        """16 hexadecimal digits that change with ids, groups, splits, sentences, phrases, boxes or file sizes."""
        return fingerprint(self.images, self.sentences, self.phrases, self.regions)

    @cached_property
    def split_fingerprints(self) -> dict[str, str]:
        """The fingerprint of each split: `corpus.split(name).fingerprint`."""
        return {name: self.split(name).fingerprint for name in self.split_names}

    @property
    def split_names(self) -> list[str]:
        """The splits that hold at least one image: train, val, test, then others by name."""
        names: list[str | None] = self.images.column("split").unique().to_pylist()
        return ordered_splits(name for name in names if name is not None)

    def split(self, name: str) -> Corpus:
        """The part of the corpus in one split; "all" is everything, and "dev" or "validation" mean "val".

        Raises:
            TwobranchError: if the corpus has no such split.
        """
        if name == "all":
            return self
        canonical = canonical_split(name)
        if canonical not in self.split_names:
            raise TwobranchError(
                f"split {name!r} of {self.source or 'the corpus'}",
                "the corpus must have this split",
                remedy=nearest(name, [*self.split_names, "all"]),
            )
        return self.select_images(pc.equal(self.images.column("split"), canonical).fill_null(False).to_numpy())

    def select_images(self, rows: npt.ArrayLike) -> Corpus:
        """The images at `rows` in that order, with their sentences, phrases and regions, numbered anew.

        Args:
            rows: row numbers (n,), each once, or a boolean mask (N,).

        Raises:
            TwobranchError: for rows that the corpus does not have, or a row named twice.
        """
        kept = row_numbers(rows, self.images.num_rows)
        new_image = renumbering(kept, self.images.num_rows)
        sentences, kept_sentences = follow(self.sentences, "image", new_image)
        phrases, kept_phrases = follow(self.phrases, "sentence", renumbering(kept_sentences, self.sentences.num_rows))
        regions, _ = follow(self.regions, "phrase", renumbering(kept_phrases, self.phrases.num_rows))
        regions = repoint(regions, "image", new_image[regions.column("image").to_numpy()])
        return replace(self, images=self.images.take(kept), sentences=sentences, phrases=phrases, regions=regions)

    def existing(self) -> tuple[Corpus, list[str]]:
        """The corpus without the images whose file is missing, and the ids of those images."""
        present = self.images.column("bytes").to_numpy() >= 0
        if present.all():
            return self, []
        missing: list[str] = self.images.column("id").filter(pa.array(~present)).to_pylist()
        return self.select_images(present), missing

    @cached_property
    def image_ids(self) -> list[str]:
        """The id of each image."""
        ids: list[str] = self.images.column("id").to_pylist()
        return ids

    @cached_property
    def image_paths(self) -> list[str]:
        """The absolute path of each image."""
        paths: list[str] = self.images.column("path").to_pylist()
        return paths

    @cached_property
    def sentence_texts(self) -> list[str]:
        """The text of each sentence."""
        texts: list[str] = self.sentences.column("text").to_pylist()
        return texts

    @cached_property
    def sentence_images(self) -> Int32:
        """The image row of each sentence, (C,)."""
        rows: Int32 = self.sentences.column("image").to_numpy()
        return rows

    @property
    def image_groups(self) -> Int64:
        """The group of each image as a number, (B,); equal to a sentence's number exactly where they match."""
        return self._group_codes[: self.images.num_rows]

    @property
    def sentence_groups(self) -> Int64:
        """The group of each sentence as a number, (C,); see `image_groups`."""
        return self._group_codes[self.images.num_rows :]

    @cached_property
    def _group_codes(self) -> Int64:
        """Numbers of the groups of all images, then of all sentences, (B + C,)."""
        chunks = self.images.column("group").chunks + self.sentences.column("group").chunks
        return _codes(pa.chunked_array(chunks, type=pa.string()))

    @cached_property
    def text_codes(self) -> Int64:
        """A number for each sentence, (C,): equal where the texts are equal but for case and white space."""
        return text_codes(self.sentence_texts)

    @property
    def metadata_columns(self) -> list[str]:
        """The names of the user's own columns of `images`."""
        return [name for name in self.images.column_names if name not in IMAGE_SCHEMA.names]

    def _repr_html_(self) -> str:
        from twobranch.corpus.display import corpus_html

        return corpus_html(self)

    def __repr__(self) -> str:
        return f"<Corpus: {self.summary()}>"

    def summary(self) -> str:
        """One line: how many images and sentences, in which splits, and the fingerprint.

        Example:
            >>> schemas = IMAGE_SCHEMA, SENTENCE_SCHEMA, PHRASE_SCHEMA, REGION_SCHEMA
            >>> Corpus(*(schema.empty_table() for schema in schemas)).summary()
            '0 images, 0 sentences; fingerprint bde7d336dbec7f47'
        """
        text = f"{self.images.num_rows:,} images, {self.sentences.num_rows:,} sentences"
        if self.phrases.num_rows:
            text += f", {self.phrases.num_rows:,} phrases, {self.regions.num_rows:,} regions"
        in_split = {name: pc.sum(pc.equal(self.images.column("split"), name)).as_py() for name in self.split_names}
        if in_split:
            text += " (" + ", ".join(f"{name} {count:,}" for name, count in in_split.items())
            unsplit = self.images.num_rows - sum(in_split.values())
            text += f", in no split {unsplit:,})" if unsplit else ")"
        return f"{text}; fingerprint {self.fingerprint}"


def text_codes(texts: Sequence[str]) -> Int64:
    """A number for each text, (n,): equal where the texts are equal but for case and white space.

    Example:
        >>> text_codes(["A man", "a dog", "a  man"])
        array([0, 1, 0])
    """
    folded = [" ".join(text.casefold().split()) for text in texts]
    return _codes(pa.chunked_array([pa.array(folded, pa.string())]))


def _codes(column: pa.ChunkedArray) -> Int64:
    """Equal numbers for equal values, numbered by first appearance."""
    indices: Int64 = column.combine_chunks().dictionary_encode().indices.to_numpy().astype(np.int64)
    return indices
