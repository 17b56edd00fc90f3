"""`twobranch demo`: the whole path on a corpus that twobranch makes itself."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from twobranch.cli.options import Cache, Threads
from twobranch.cli.pictures import annotation_picture, search_picture
from twobranch.progress import log

if TYPE_CHECKING:
    from twobranch.corpus import Corpus
    from twobranch.matcher import Matcher
    from twobranch.search import Index

QUERIES = ("two red cars", "a penguin in the snow", "a dog and a palm tree on the beach")
"""What the demo searches for."""


def demo(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where everything is written.")] = Path(
        "twobranch-demo"
    ),
    no_serve: Annotated[bool, typer.Option("--no-serve", help="Stop after the results, without the page.")] = False,
    port: Annotated[int, typer.Option("--port", help="Port of the page.")] = 8000,
    cache: Cache = None,
    threads: Threads = None,
) -> None:
    """Make emoji scenes, check them, train on them, measure, index, search, annotate, ground; then serve the page."""
    from twobranch.corpus import read_corpus
    from twobranch.corpus.emoji_scenes import write_emoji_scenes
    from twobranch.search import Index
    from twobranch.training import fit

    started = time.monotonic()
    scenes, run = out / "scenes", out / "run"
    if not scenes.exists():
        log.info("drawing emoji scenes into %s (pictures by OpenMoji, CC BY-SA 4.0)", scenes)
        write_emoji_scenes(scenes)
    _check(scenes)
    corpus = read_corpus(scenes)
    log.info("%s", corpus.summary())
    # What stands in the folder from an earlier demo is used again: a run that is done only loads its checkpoint.
    matcher = fit(
        corpus, "default", out=run, resume=run.exists(), threads=threads, cache=cache, command="twobranch demo"
    )
    _evaluate(run / "model", scenes, cache, threads)
    index = Index.build(matcher, scenes, out / "scenes.index")
    _search(index, out)
    _annotate(matcher, corpus, out)
    _ground(matcher, corpus, out)
    log.info("done in %.0f seconds; look at %s and %s", time.monotonic() - started, run / "report.html", out)
    log.info('search it yourself: twobranch search %s "two red cars"', out / "scenes.index")
    if not no_serve:
        from twobranch.cli.serve import serve

        serve(str(out / "scenes.index"), port=port)


def _check(scenes: Path) -> None:
    from twobranch.cli.check import check

    check(scenes)


def _evaluate(model: Path, scenes: Path, cache: Path | None, threads: int | None) -> None:
    from twobranch.cli.evaluate import evaluate

    evaluate(model, scenes, split="test", cache=cache, threads=threads)


def _search(index: Index, out: Path) -> None:
    """A few searches, as text and as pictures."""
    for number, query in enumerate(QUERIES, start=1):
        result = index.search(query, k=8)
        picture = out / f"search-{number}.png"
        search_picture(query, [(Path(hit.path), hit.probability or 0.0) for hit in result.hits], picture)
        log.info('searched "%s": %s', query, picture)


def _annotate(matcher: Matcher, corpus: Corpus, out: Path) -> None:
    """One test picture, annotated with all sentences of the test split."""
    from twobranch.search.annotation import Annotator

    test = corpus.split("test")
    image = Path(test.image_paths[0])
    found = Annotator(matcher, test.sentence_texts, k=5).annotate(matcher.encode_images([image]))[0]
    picture = out / "annotate.png"
    annotation_picture(image, [(hit.sentence, hit.probability or 0.0) for hit in found.hits], picture)
    log.info("annotated %s: %s", image.name, picture)


def _ground(matcher: Matcher, corpus: Corpus, out: Path) -> None:
    """The noun phrases of a sentence, found in its test picture by the matcher of whole pictures."""
    from twobranch.cli.ground import draw
    from twobranch.matcher.grounding import ground
    from twobranch.regions.noun_phrases import noun_phrases

    test = corpus.split("test")
    image, sentence = Path(test.image_paths[0]), test.sentence_texts[0]
    phrases = [phrase.text for phrase in noun_phrases(sentence)]
    picture = out / "ground.png"
    draw(image, ground(matcher, image, phrases), picture)
    log.info('grounded "%s" in %s: %s', sentence, image.name, picture)
    log.info("a recipe of regions grounds more precisely: twobranch train DATA --recipe regions/softmax")
