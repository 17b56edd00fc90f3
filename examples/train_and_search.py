"""The whole path in Python: read a corpus, train a matcher, measure it, search and annotate with it.

python examples/train_and_search.py                  # emoji scenes that twobranch draws itself
python examples/train_and_search.py captions.csv     # your own images and sentences
"""

import sys
import tempfile
from pathlib import Path

import twobranch
from twobranch.corpus.emoji_scenes import write_emoji_scenes


def main(data: Path, out: Path, settings: list[str]) -> None:
    """Train on `data`, then use the matcher; everything is written into `out`."""
    corpus = twobranch.read_corpus(data)
    print(corpus.summary())

    matcher = twobranch.fit(corpus, "default", out=out / "run", settings=settings)
    for direction in ("i2t", "t2i"):
        print(direction, {k: round(matcher.provenance.metrics["val"][direction][k], 1) for k in ("R@1", "R@5", "R@10")})

    # Embeddings, scores and probabilities of any pictures and sentences.
    val = corpus.split("val")
    pictures, sentences = val.image_paths[:3], val.sentence_texts[:5]
    print("embeddings", matcher.encode_images(pictures).shape, matcher.encode_sentences(sentences).shape)
    print("scores", matcher.score(pictures, sentences).round(2).tolist())
    if matcher.calibration is not None:
        print("probabilities", matcher.probability(pictures, sentences).round(2).tolist())

    # A searchable index of a folder of pictures; it carries its matcher.
    index = twobranch.Index.build(matcher, Path(pictures[0]).parent, out / "pictures.index")
    for hit in index.search(sentences[0], k=3).hits:
        print(f"{hit.score:.3f}  {hit.id}")

    # The metric core is free of models: any embeddings and group ids will do.
    metrics = twobranch.evaluation.retrieval.retrieval_metrics(
        matcher.encode_images(val.image_paths),
        matcher.encode_sentences(val.sentence_texts),
        val.image_groups,
        val.sentence_groups,
    )
    print(f"rsum {metrics['rsum']:.1f}")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        if len(sys.argv) > 1:
            main(Path(sys.argv[1]), Path(folder), settings=[])
        else:
            write_emoji_scenes(Path(folder) / "scenes", scenes=600)
            main(Path(folder) / "scenes", Path(folder), settings=["model.image.encoder=efficientnet-lite0"])
