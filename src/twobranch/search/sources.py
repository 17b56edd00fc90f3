"""Which images an index is to hold: those of a folder, or those that an annotation file lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twobranch.corpus.containers.tar_headers import Flaw, scan
from twobranch.corpus.object_storage import is_remote
from twobranch.corpus.paths import IMAGE_SUFFIXES
from twobranch.corpus.readers import webdataset
from twobranch.corpus.readers.webdataset import tar_files
from twobranch.corpus.reading import ReadOptions
from twobranch.errors import TwobranchError
from twobranch.search.metadata import Metadata, from_table, read_metadata
from twobranch.search.scan import FoundImage, look_at, scan_folder
from twobranch.search.store import SENTENCES

if TYPE_CHECKING:
    from twobranch.corpus import Corpus

_ANNOTATIONS = (".csv", ".tsv", ".json", ".jsonl", ".parquet", ".tar", ".txt", ".xml")


@dataclass
class Source:
    """The images that an index is to hold.

    Attributes:
        root: the images folder, absolute, or its address on object storage.
        images: found files by id.
        metadata: the user's columns; None keeps those that the index has.
        sentences: those that describe each image, by id; None keeps those that the index has.
        problems: images that are listed and cannot be read, by id.
        notes: what was understood, in sentences for the user.
    """

    root: Path | str
    images: dict[str, FoundImage]
    metadata: Metadata | None = None
    sentences: dict[str, list[str]] | None = None
    problems: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def told(self, image_id: str) -> dict[str, Any]:
        """Metadata and sentences of an image; what the source says nothing of stays as it is in the index."""
        told: dict[str, Any] = {} if self.metadata is None else self.metadata.of(image_id)
        if self.sentences is not None:
            told = {**told, SENTENCES: self.sentences.get(image_id)}
        return told


def find_images(
    data: str | Path,
    *,
    metadata: str | Path | None = None,
    images: str | Path | None = None,
    columns: Mapping[str, str] | None = None,
    format: str | None = None,
    skip_bad_rows: bool = False,
) -> Source:
    """Find the images that an index is to hold.

    Args:
        data: a folder, which is walked, a tar of pictures or a folder of them, an address s3://bucket/prefix, or
            annotations that `read_corpus` understands, whose images are taken.
        metadata: a table with a row per image; see `read_metadata`.
        images: the folder that image paths of the annotations are relative to.
        columns: column names by role; `image` also names the image column of `metadata`.
        format: format of the annotations.
        skip_bad_rows: leave broken rows of the annotations out.

    Raises:
        TwobranchError: if there is nothing at `data`, no image is found, or a table cannot be read.
    """
    if is_remote(data):
        return _with_metadata(_from_storage(str(data), images, columns, format), metadata, columns)
    path = Path(data).expanduser()
    if not path.exists():
        raise TwobranchError(str(data), "IMAGES must exist", remedy="Check the path.")
    as_folder = path.is_dir() and images is None and format is None
    source = _from_folder(path) if as_folder else None
    if images is None and format is None and not (source and source.images):
        source = _from_tars(path)
    if source is None or not source.images:
        source = _from_annotations(path, as_folder, images, columns, format, skip_bad_rows)
    elif as_folder:
        _add_facts_of_corpus(source, path, columns=metadata is None)
    return _with_metadata(source, metadata, columns)


def _from_storage(url: str, images: str | Path | None, columns: Mapping[str, str] | None, format: str | None) -> Source:
    from twobranch.search.stored_sources import stored_images  # it makes a Source

    if images is not None or format is not None:
        raise TwobranchError(
            url,
            "of object storage pictures, tars and Parquet files are read, no annotations",
            found="--images or --format",
            remedy="Leave them out; columns for filters can come from a file of this machine, --metadata FILE.",
        )
    return stored_images(url, (columns or {}).get("image"))


def _with_metadata(source: Source, metadata: str | Path | None, columns: Mapping[str, str] | None) -> Source:
    if metadata is not None:
        ids = {image.id: image.path for image in source.images.values()}
        source.metadata = read_metadata(Path(metadata).expanduser(), ids, image_column=(columns or {}).get("image"))
    if source.metadata is not None:
        source.notes += source.metadata.notes
    return source


def _from_folder(path: Path) -> Source:
    scan = scan_folder(path)
    source = Source(path.resolve(), scan.images)
    source.problems = dict.fromkeys(scan.unreadable, "the file system does not let it be read")
    if scan.links_outside:
        source.notes.append(f"{scan.links_outside} symbolic links lead out of the folder; not followed")
    return source


def _from_tars(path: Path) -> Source | None:
    """The pictures of a tar or of a folder of tars; None where there are none, or where they are a corpus."""
    tars = list(tar_files(path))
    if not tars or webdataset.recognize(path, ReadOptions()).fits:
        return None
    real = path.resolve()
    root, files = (real, [real / file.relative_to(path) for file in tars]) if path.is_dir() else (real.parent, [real])
    source = Source(
        root, {}, notes=[f"pictures are in {len(tars)} tars, from {tars[0].name}; they say nothing of them"]
    )
    for file in files:
        for found in scan(str(file)):
            if isinstance(found, Flaw):
                source.problems[found.where] = f"{found.rule}, but found {found.found}"
            elif image := look_at(f"{file.relative_to(root).as_posix()}/{found.name}", f"{file}/{found.name}"):
                source.images[image.id] = image
    return source


def _from_annotations(
    path: Path,
    as_folder: bool,
    images: str | Path | None,
    columns: Mapping[str, str] | None,
    format: str | None,
    skip_bad_rows: bool,
) -> Source:
    """The images of a corpus; a folder without pictures that is no corpus either is an empty folder."""
    from twobranch.corpus import read_corpus

    try:
        corpus = read_corpus(path, images=images, columns=columns, format=format, skip_bad_rows=skip_bad_rows)
    except TwobranchError:
        if not as_folder or _has_annotations(path):
            raise
        raise TwobranchError(
            str(path),
            "the folder must hold pictures",
            found="none (" + ", ".join(sorted(IMAGE_SUFFIXES)) + "; hidden files are passed over)",
            remedy="Name another folder; an index that is there already was not touched.",
        ) from None
    return _from_corpus(corpus, path)


def _from_corpus(corpus: Corpus, path: Path) -> Source:
    ids, paths = corpus.image_ids, corpus.image_paths
    found = {image_id: look_at(image_id, file) for image_id, file in zip(ids, paths, strict=True)}
    source = Source(_root(ids, paths, path), {image_id: image for image_id, image in found.items() if image})
    source.problems = {image_id: "the file is missing" for image_id, image in found.items() if image is None}
    if not source.images:
        raise TwobranchError(str(path), "an image file must exist", remedy="Name the images folder with --images DIR.")
    source.metadata, source.sentences = _columns_of(corpus, ids), _sentences_of(corpus, ids)
    source.notes += corpus.notes
    source.notes.append(f"{path.name}: {len(source.images)} images listed")
    return source


def _root(ids: list[str], paths: list[str], annotations: Path) -> Path:
    """The images folder of a corpus, from a path and the id at its end; an absolute id tells nothing."""
    for image_id, path in zip(ids, paths, strict=True):
        if not image_id.startswith("/") and path.endswith("/" + image_id):
            return Path(path.removesuffix("/" + image_id))
    return annotations.resolve().parent


def _columns_of(corpus: Corpus, ids: Sequence[str | None]) -> Metadata | None:
    if not corpus.metadata_columns:
        return None
    return from_table(corpus.images.select(corpus.metadata_columns), ids)


def _sentences_of(corpus: Corpus, ids: Sequence[str | None]) -> dict[str, list[str]] | None:
    """The sentences of each image by its id in the index; None where the corpus has none."""
    found: dict[str, list[str]] = {}
    for text, row in zip(corpus.sentence_texts, corpus.sentence_images.tolist(), strict=True):
        if (image_id := ids[row]) is not None:
            found.setdefault(image_id, []).append(text)
    return found or None


def _add_facts_of_corpus(source: Source, path: Path, *, columns: bool) -> None:
    """A walked folder that is also a corpus gives its sentences and, if asked, metadata columns to its images."""
    from twobranch.corpus import read_corpus

    if not _has_annotations(path):
        return
    try:
        corpus = read_corpus(path)
    except TwobranchError:
        return  # a folder of pictures with files that say nothing about them
    by_path = {image.path: image_id for image_id, image in source.images.items()}
    ids = [by_path.get(str(Path(file).resolve())) for file in corpus.image_paths]
    source.sentences = _sentences_of(corpus, ids)
    source.metadata = _columns_of(corpus, ids) if columns else None
    if source.metadata is not None:
        source.notes.append(f"metadata columns of the corpus in {path}: {', '.join(source.metadata.columns)}")


def _has_annotations(path: Path) -> bool:
    return any(child.suffix.lower() in _ANNOTATIONS for child in path.iterdir() if child.is_file())
