"""What the engine's precision changes in a matcher's rsum: val with the engine's features, and with torch float32's.

    python benchmarks/precision_rsum.py RUN/model $FLICKR8K

Nothing is read from or written to the feature cache.
"""

import argparse
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
    parser.add_argument("model")
    parser.add_argument("data")
    arguments = parser.parse_args()
    matcher = replace(Matcher.load(arguments.model, device="cpu"), cache=None)
    val = read_corpus(arguments.data).existing()[0].split("val")
    rsums = []
    for name in ("engine", "torch float32"):
        if name == "torch float32":
            for encoder in (matcher.image_encoder, matcher.sentence_encoder):
                encoder.engine = TorchEngine(NETWORKS[encoder.name](), "cpu")
        features = corpus_features(val, matcher.image_encoder, matcher.views, matcher.sentence_encoder, None)
        rsums.append(evaluate_retrieval(matcher, features, split="val", bootstrap=0)["rsum"])
        print(f"{name}: val rsum {rsums[-1]:.2f}", flush=True)
    print(f"change: {rsums[0] - rsums[1]:+.2f} (at most 1 is asked for), corpus {val.fingerprint}")


if __name__ == "__main__":
    main()
