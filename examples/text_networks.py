"""The papers' text networks, trained from words: recurrent, self-attention, temporal convolution, the deep text CNN.

python examples/text_networks.py                            # emoji scenes that twobranch draws itself
python examples/text_networks.py captions.csv               # your own images and sentences
python examples/text_networks.py captions.csv cc.en.300.vec # and your own word vectors

All learn with one loss against the same frozen image features, so that they differ in what reads the sentence. The
vocabulary is that of the training sentences. Word vectors start from those that come with twobranch, or from a file of
GloVe, word2vec or fastText; the matcher keeps what training made of them.
"""

import sys
import tempfile
from pathlib import Path

import twobranch
from twobranch.corpus.emoji_scenes import write_emoji_scenes
from twobranch.features.word_vector_files import read_word_vectors
from twobranch.training.encoding import Place, encode_corpus
from twobranch.training.recipes import load_recipe
from twobranch.training.run import Run
from twobranch.training.train import train_matcher

NETWORKS = ("text/gru", "text/lstm", "text/self-attention", "text/temporal-convolution", "text/text-cnn")
PROBES = ("a dog in the snow", "snow in a dog the")


def main(data: Path, out: Path, settings: list[str], vectors: Path | None = None) -> None:
    """Train each network on `data`; everything is written into `out`."""
    corpus = twobranch.read_corpus(data)
    print(corpus.summary())
    if vectors is not None:
        size = read_word_vectors(vectors, ["the", "a", "of", "and"]).vectors.shape[1]
        settings = [*settings, f"model.sentence.encoder.vectors={vectors}", f"model.sentence.branch.words.size={size}"]
    encoded = encode_corpus(corpus, load_recipe("text/gru", settings).model, Place())
    print(f"{encoded.sentence_encoder.dim - 1:,} words occur twice or more in the training sentences\n")
    print(f"{'network':28} {'parameters':>11} {'seconds':>8} {'val rsum':>9}   other order of the same words")
    for name in NETWORKS:
        trained = train_matcher(load_recipe(name, settings), encoded, Run(out / name))
        x, y = trained.matcher.encode_sentences(PROBES)
        # Self-attention is a weighted mean of word vectors: to it, both sentences are the same.
        print(
            f"{name:28} {trained.parameters:11,} {trained.seconds:8.0f} {trained.stages[-1]['rsum']:9.1f}"
            f"   cosine {x @ y:.3f}"
        )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        if len(sys.argv) > 1:
            main(Path(sys.argv[1]), Path(folder), [], Path(sys.argv[2]) if len(sys.argv) > 2 else None)
        else:
            write_emoji_scenes(Path(folder) / "scenes", scenes=600)
            small = ["model.image.encoder=efficientnet-lite0", "stages.0.length=30"]
            main(Path(folder) / "scenes", Path(folder), small)
