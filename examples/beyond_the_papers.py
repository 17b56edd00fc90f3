"""Beyond the papers: a baseline without training, losses that came later, and a loss of your own.

python examples/beyond_the_papers.py                  # emoji scenes that twobranch draws itself
python examples/beyond_the_papers.py captions.csv     # your own images and sentences

All rows have the same features. Canonical correlation analysis is solved, not trained; the others train the same
branches for as many updates with another loss. A loss of your own is a class with a call; a recipe reaches it by its
dotted path.
"""

import sys
import tempfile
from pathlib import Path

import torch
from pydantic import Field

import twobranch
from twobranch.corpus.emoji_scenes import write_emoji_scenes
from twobranch.evaluation.evaluate import evaluate_retrieval
from twobranch.losses import EmbeddingLoss, Masks
from twobranch.training.encoding import Place, encode_corpus
from twobranch.training.recipes import load_recipe
from twobranch.training.run import Run
from twobranch.training.train import train_matcher


class SmoothRanking(EmbeddingLoss):
    """The ranking hinge without its kink: mean of log(1 + exp((s(x, y') - s(x, y)) / t)) over all wrong sentences y'.

    The fields are the options of the loss, checked when the recipe is read. The masks know what matches; a pair that is
    neither a match nor a non-match (the same words under another picture) is left alone.
    """

    temperature: float = Field(default=0.05, gt=0, description="small values come close to the hinge")

    def __call__(self, image_embeddings: torch.Tensor, sentence_embeddings: torch.Tensor, masks: Masks) -> torch.Tensor:
        """The loss of a batch."""
        scores = image_embeddings @ sentence_embeddings.T / self.temperature  # (B, C)
        image, sentence = masks.image_sentence.match.nonzero(as_tuple=True)  # (P,), (P,)
        gaps = scores[image] - scores[image, sentence][:, None]  # (P, C)
        return torch.nn.functional.softplus(gaps)[masks.image_sentence.non_match[image]].mean()


TRAINED = ("two-branch/tuned", "beyond/in-batch-cross-entropy", "beyond/sigmoid", "beyond/hardest-negatives")
OWN = f"stages.ranking.steps.embedding.losses=[{{loss: {__name__}.SmoothRanking, temperature: 0.05}}]"


def main(data: Path, out: Path, settings: list[str], lengths: list[str]) -> None:
    """Train each row on `data`; `lengths` are settings of the rows that train in stages."""
    corpus = twobranch.read_corpus(data)
    print(corpus.summary())
    encoded = encode_corpus(corpus, load_recipe("two-branch/cca", settings).model, Place())

    rows = {"two-branch/cca": load_recipe("two-branch/cca", settings)}
    rows |= {name: load_recipe(name, [*settings, *lengths]) for name in TRAINED}
    rows["a loss of one's own"] = load_recipe("two-branch/tuned", [*settings, *lengths, OWN])
    print(f"\n{'on val':32}{'i2t R@1':>9}{'t2i R@1':>9}{'rsum':>8}   95 % over images   seconds")
    for name, recipe in rows.items():
        trained = train_matcher(recipe, encoded, Run(out / name.replace(" ", "-")))
        metrics = evaluate_retrieval(trained.matcher, encoded.val, split="val")
        recalls = f"{metrics['i2t']['R@1']:9.1f}{metrics['t2i']['R@1']:9.1f}{metrics['rsum']:8.1f}"
        low, high = metrics["rsum_interval"]
        print(f"{name:32}{recalls}   {low:5.1f} to {high:5.1f}     {trained.seconds:5.0f}")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        if len(sys.argv) > 1:
            main(Path(sys.argv[1]), Path(folder), settings=[], lengths=[])
        else:
            write_emoji_scenes(Path(folder) / "scenes", scenes=600)
            quick = ["model.image.encoder=efficientnet-lite0"]
            main(Path(folder) / "scenes", Path(folder), quick, lengths=["stages.0.length=60"])
