"""CNN + MLP (Baqapuri, arXiv 1601.03478): bags of n-grams, an MLP on them, and a global ranking objective.

python examples/cnn_mlp.py                  # emoji scenes that twobranch draws itself
python examples/cnn_mlp.py captions.csv     # your own images and sentences

Nothing here is pretrained on language: the n-grams of the training sentences are the vocabulary, and the first layer of
the text network has a row for each. Two questions are asked: what the bag holds, and which wrong items a match is
ranked against. The second can specialize a matcher for annotation (i2t) or for search (t2i).
"""

import sys
import tempfile
from pathlib import Path

import twobranch
from twobranch.corpus.emoji_scenes import write_emoji_scenes
from twobranch.evaluation.evaluate import evaluate_retrieval
from twobranch.training.encoding import Place, encode_corpus
from twobranch.training.recipes import load_recipe
from twobranch.training.run import Run
from twobranch.training.train import train_matcher

TEXTS = ("bag-of-words", "bigrams", "trigrams", "trigrams-skip-grams", "characters")
NEGATIVES = ("bag-of-words", "sentence-negatives", "image-negatives", "random-k", "in-batch")


def main(data: Path, out: Path, settings: list[str]) -> None:
    """Train each row on `data`; everything is written into `out`."""
    corpus = twobranch.read_corpus(data)
    print(corpus.summary())

    print(f"\n{'what the bag holds, on val':28}{'n-grams':>9}{'rsum':>8}   95 % over images")
    for name in TEXTS:
        recipe = load_recipe(f"cnn-mlp/{name}", settings)
        encoded = encode_corpus(corpus, recipe.model, Place())  # pictures come from the cache after the first row
        trained = train_matcher(recipe, encoded, Run(out / "texts" / name))
        metrics = evaluate_retrieval(trained.matcher, encoded.val, split="val")
        low, high = metrics["rsum_interval"]
        grams = encoded.sentence_encoder.dim - 1  # one id is the padding
        print(f"{name:28}{grams:9,}{metrics['rsum']:8.1f}   {low:.1f} to {high:.1f}")

    # The same bag of words, ranked against other negatives; the options of the loss say which.
    print(f"\n{'negatives, on val':28}{'annotate (i2t)':>16}{'search (t2i)':>14}   sums of three recalls")
    encoded = encode_corpus(corpus, load_recipe("cnn-mlp/bag-of-words", settings).model, Place())
    for name in NEGATIVES:
        recipe = load_recipe(f"cnn-mlp/{name}", settings)
        trained = train_matcher(recipe, encoded, Run(out / "negatives" / name))
        metrics = evaluate_retrieval(trained.matcher, encoded.val, split="val")
        i2t, t2i = (sum(metrics[way][f"R@{k}"] for k in (1, 5, 10)) for way in ("i2t", "t2i"))
        loss = recipe.stages[0].steps[0].losses[0]
        print(f"{f'{loss.negatives}, {loss.choice}':28}{i2t:16.1f}{t2i:14.1f}")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        if len(sys.argv) > 1:
            main(Path(sys.argv[1]), Path(folder), settings=[])
        else:
            write_emoji_scenes(Path(folder) / "scenes", scenes=600)
            quick = ["model.image.encoder=efficientnet-lite0", "stages.0.length=60"]
            main(Path(folder) / "scenes", Path(folder), settings=quick)
