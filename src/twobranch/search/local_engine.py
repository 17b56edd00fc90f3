"""Computing in this process: it reads all images for their digests first, then encodes batch by batch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from twobranch.progress import counted
from twobranch.search.encoded_rows import digests_of, encoded_rows
from twobranch.search.engines import Outcome, Work
from twobranch.search.scan import FoundImage
from twobranch.search.staging import staged


@dataclass(frozen=True)
class LocalEngine:
    """Encodes with the work's own matcher, in this process."""

    def compute(self, work: Work) -> Iterator[Outcome]:
        """First what the index knows by content, then the rest, `work.batch` images at a time."""
        found = Outcome()
        encode: list[tuple[FoundImage, str]] = []
        paths = [image.path for image in work.images]
        digests = counted("reading files", digests_of(paths), len(paths))
        for image, (digest, problem) in zip(work.images, digests, strict=True):
            if problem:
                found.failures[image.id] = problem
            elif digest in work.known:
                found.known[image.id] = digest
            else:
                encode.append((image, digest))
        yield found
        if encode:
            work.announce(len(encode))
        starts = range(0, len(encode), work.batch)
        for start in counted("indexing images", starts, len(encode), each=work.batch):
            batch = encode[start : start + work.batch]
            with staged([image.path for image, _ in batch]) as here:
                yield encoded_rows(work.matcher, batch, here, work.views)
