"""What the engine's precision changes in a matcher's rsum: val with the engine's features, and with torch float32's.

    python benchmarks/precision_rsum.py $FLICKR8K RUN/model [RUN2/model ...]

Nothing is read from or written to the feature cache.
"""

import argparse
import statistics
from dataclasses import replace

from twobranch import Matcher, read_corpus
from twobranch.evaluation.evaluate import evaluate_retrieval
from twobranch.features import efficientnet_lite, minilm
from twobranch.features.corpus_features import corpus_features
from twobranch.features.engine import TorchEngine

NETWORKS = {
    "efficientnet-lite0": lambda: efficientnet_lite.network(efficientnet_lite.LITE0),
    "efficientnet-lite2": lambda: efficientnet_lite.network(efficientnet_lite.LITE2),
    "minilm": minilm.network,
}


def main() -> None:
    """Print both figures and their difference."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data")
    parser.add_argument("models", nargs="+", help="matchers of one recipe: the features are computed once")
    arguments = parser.parse_args()
    matchers = [replace(Matcher.load(model, device="cpu"), cache=None) for model in arguments.models]
    first = matchers[0]
    val = read_corpus(arguments.data).existing()[0].split("val")
    rsums = {}
    for name in ("engine", "torch float32"):
        if name == "torch float32":
            for encoder in (first.image_encoder, first.sentence_encoder):
                encoder.engine = TorchEngine(NETWORKS[encoder.name](), "cpu")
        features = corpus_features(val, first.image_encoder, first.views, first.sentence_encoder, None)
        rsums[name] = [evaluate_retrieval(matcher, features, split="val", bootstrap=0)["rsum"] for matcher in matchers]
        print(f"{name}: val rsum {', '.join(f'{rsum:.2f}' for rsum in rsums[name])}", flush=True)
    changes = [engine - torch for engine, torch in zip(*rsums.values(), strict=True)]
    shown = ", ".join(f"{change:+.2f}" for change in changes)
    print(f"change: {shown}, mean {statistics.mean(changes):+.2f} (at most 1 is asked for), corpus {val.fingerprint}")


if __name__ == "__main__":
    main()
