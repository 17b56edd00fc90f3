"""What the service does, without HTTP: one index, searched, annotated and grounded."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from twobranch.errors import TwobranchError
from twobranch.progress import log
from twobranch.search import Index
from twobranch.search.annotation import Annotator, different
from twobranch.search.probability import PRIORS
from twobranch.serving.answers import About, AnnotateAnswer, BatchAnswer, GroundAnswer, SearchAnswer
from twobranch.serving.batching import BatchedEncoder
from twobranch.serving.bodies import decode_upload
from twobranch.serving.columns import columns_of
from twobranch.serving.limits import MAX_HITS
from twobranch.serving.pictures import facts_of, file_of
from twobranch.serving.requests import AnnotateRequest, BatchRequest, GroundRequest, SearchRequest
from twobranch.serving.stored_sentences import StoredSentences, encode_in_blocks

if TYPE_CHECKING:
    from twobranch.features.decoding import ImageSource
    from twobranch.matcher.matcher import Matcher

Floats = NDArray[np.float32]


class Service:
    """One index; its methods are called by several threads at once.

    Args:
        index: the index.
        grounder: the matcher that grounds; None for the index's own.
        observe: is told "sentence" or "picture" and the size of each batch that is encoded.
    """

    def __init__(
        self,
        index: Index,
        grounder: Matcher | None = None,
        observe: Callable[[str, int], object] = lambda kind, size: None,
    ) -> None:
        self.index = index
        self._grounder = grounder
        self._encoder = BatchedEncoder(observe)
        index.encoder = self._encoder
        self.sentences = StoredSentences(index)
        self._about: tuple[str, About] | None = None
        self._lock = threading.Lock()

    def warm_up(self) -> None:
        """Load what the first request would wait for, and begin to embed the stored sentences."""
        log.info("loading the matcher of %s", self.index.path)
        snapshot = self.index.snapshot()
        if len(snapshot):
            self.index.search("warm up", k=1)
            self.index.store_of(snapshot)
        self.sentences.start()

    def about(self) -> About:
        """What is served; looked up anew when the index has changed."""
        identity = self.index.identity
        with self._lock:
            if self._about is None or self._about[0] != identity:
                self._about = (identity, self._look())
            return self._about[1]

    def _look(self) -> About:
        index = self.index
        snapshot, matcher = index.snapshot(), index.matcher
        return About(
            index=index.identity,
            name=index.path.name,
            images=len(snapshot),
            matcher=matcher.identity,
            recipe=matcher.recipe_name,
            calibrated=matcher.calibration is not None,
            grounding=_can_ground(self._grounder or matcher),
            sentences=len(snapshot.sentences()),
            text=bool(len(snapshot) and index.store_of(snapshot).searchable_columns),
            columns=columns_of(snapshot),
            metadata=snapshot.metadata_columns,
        )

    def search(self, request: SearchRequest) -> SearchAnswer:
        """Answer a search."""
        picture = None if request.image is None else decode_upload(request.image)
        result = self.index.search(
            request.query,
            image=picture,
            like=request.like,
            k=request.k,
            offset=request.offset,
            where=request.where,
            min_probability=request.min_probability,
            text=request.text,
        )
        return SearchAnswer.model_validate(result.to_json())

    def search_batch(self, request: BatchRequest) -> BatchAnswer:
        """Answer several searches, whose sentences are encoded together.

        Raises:
            TwobranchError: if they ask for more than `MAX_HITS` hits together.
        """
        if len(request.queries) * request.k > MAX_HITS:
            raise TwobranchError(
                "request, k", f"all queries together ask for at most {MAX_HITS:,} hits",
                found=f"{len(request.queries)} times {request.k}", remedy="Send fewer queries, or a smaller k.",
            )  # fmt: skip
        shared = request.model_dump(exclude={"queries"})
        with self._encoder.ahead(self.index.matcher, request.queries):
            return BatchAnswer(results=[self.search(SearchRequest(query=query, **shared)) for query in request.queries])

    def similar(self, image_id: str, request: SearchRequest) -> SearchAnswer:
        """Answer with images like one of the index.

        Raises:
            Missing: if the index holds no such id.
        """
        facts_of(self.index, image_id)
        return self.search(request)

    def annotate(self, request: AnnotateRequest) -> AnnotateAnswer:
        """Rank sentences for a picture."""
        picture = self._picture(request)
        matcher, sentences, embeddings = self._listed(request)
        annotator = Annotator(
            matcher, sentences, k=request.k, min_probability=request.min_probability, embeddings=embeddings
        )
        embedding = self._encoder.picture(matcher, picture, matcher.views)
        annotation = annotator.annotate(embedding[None])[0]
        return AnnotateAnswer(
            model=matcher.identity,
            sentences=len(annotator.sentences),
            priors=None if annotation.any_match is None else PRIORS,
            **annotation.to_json(),
        )

    def _listed(self, request: AnnotateRequest) -> tuple[Matcher, list[str], Floats]:
        """The sentences that a request sends, or those of the index, with a matcher and their embeddings."""
        if request.sentences is None:
            stored = self.sentences.get()
            return stored.matcher, stored.sentences, stored.embeddings
        matcher, sentences = self.index.matcher, different(request.sentences)
        blocks = encode_in_blocks(matcher, sentences)
        return matcher, sentences, np.concatenate(blocks) if blocks else np.zeros((0, matcher.dim), np.float32)

    def ground(self, request: GroundRequest) -> GroundAnswer:
        """Find the boxes of a picture for a phrase, or for the noun phrases of a sentence."""
        from twobranch.features.decoding import image_size
        from twobranch.matcher.grounding import ground

        phrases = _phrases(request)
        picture = self._picture(request)
        matcher = self._grounder or self.index.matcher
        found = ground(matcher, picture, [phrase.text for phrase in phrases], request.k)
        width, height = image_size(picture)
        return GroundAnswer.model_validate(
            {
                "model": matcher.identity,
                "trained_on": "regions" if matcher.matches_regions else "whole pictures",
                "width": width,
                "height": height,
                "phrases": [
                    {
                        "phrase": phrase.text,
                        "start": phrase.start,
                        "end": phrase.end,
                        "boxes": [one.to_json() for one in boxes],
                    }
                    for phrase, boxes in zip(phrases, found, strict=True)
                ],
            }
        )

    def _picture(self, request: AnnotateRequest | GroundRequest) -> ImageSource:
        """The picture that a request sends or names."""
        if (request.image is None) == (request.id is None):
            raise TwobranchError(
                "request",
                "has a picture or the id of one",
                found="neither" if request.image is None else "both",
                remedy="Send image, or id.",
            )
        if request.image is not None:
            return decode_upload(request.image)
        return file_of(self.index, str(request.id))


def _phrases(request: GroundRequest) -> list[Any]:
    from twobranch.regions.noun_phrases import Phrase, noun_phrases

    if (request.phrase is None) == (request.sentence is None):
        raise TwobranchError(
            "request",
            "has a phrase or a sentence",
            found="neither" if request.phrase is None else "both",
            remedy="Send one of them.",
        )
    if request.phrase is not None:
        found = [Phrase(request.phrase, 0, len(request.phrase))] if request.phrase.strip() else []
    else:
        found = noun_phrases(str(request.sentence))
    if not found:
        raise TwobranchError(
            "request", "must hold a word to look for", found=repr(request.phrase or request.sentence),
            remedy="Name what to look for.",
        )  # fmt: skip
    return found


def _can_ground(matcher: Matcher) -> bool:
    """Whether the matcher's proposals can be made here: some need the extra `grounding`."""
    try:
        return matcher.proposer is not None or matcher.regions.proposals.load() is not None
    except TwobranchError:
        return False
