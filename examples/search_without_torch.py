"""Search pictures by sentence with an exported matcher: neither torch nor twobranch is imported.

    twobranch export run/model --format onnx --out exported
    pip install onnxruntime numpy pillow tokenizers
    python examples/search_without_torch.py exported pictures/ "two dogs run through snow"

With `--format openvino` install openvino in place of onnxruntime.
"""

import json
import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps
from tokenizers import Tokenizer


def main(folder: Path, pictures: Path, sentence: str) -> None:
    """Print the pictures that fit the sentence best."""
    about = json.loads((folder / "export.json").read_text(encoding="utf-8"))
    embed_images, embed_sentences = (network(folder / about[side]["network"]) for side in ("images", "sentences"))
    files = [file for file in sorted(pictures.rglob("*")) if file.suffix.lower() in (".jpg", ".jpeg", ".png", ".webp")]
    gallery = np.concatenate([embed_images(pixels=pixels(file, about["images"])[None]) for file in files])  # (N, D)
    tokens = Tokenizer.from_file(str(folder / about["sentences"]["tokenizer"])).encode(sentence)
    query = embed_sentences(ids=np.array([tokens.ids]), mask=np.array([tokens.attention_mask]))[0]  # (D,)
    scores = gallery @ query
    for row in np.argsort(-scores)[:5]:
        print(f"{scores[row]:.3f}  {files[row].relative_to(pictures)}")


def network(file: Path):
    """Open a network: its inputs by name -> embeddings (items, D)."""
    if file.suffix == ".onnx":
        import onnxruntime

        session = onnxruntime.InferenceSession(file)
        return lambda **inputs: session.run(None, inputs)[0]
    sys.modules.setdefault("openvino_telemetry", None)  # openvino would report that it was imported
    import openvino

    compiled = openvino.Core().compile_model(file, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return lambda **inputs: np.array(compiled(inputs)[0])


def pixels(file: Path, about: dict) -> np.ndarray:
    """What the image network takes of a picture: (parts, size, size, 3) uint8."""
    with Image.open(file) as opened:
        opened.draft(None, (about["decode_side"],) * 2)  # a large JPEG is decoded at a fraction of its size
        picture = ImageOps.exif_transpose(opened)
        if picture.has_transparency_data:
            colors = picture.convert("RGBA")
            picture = Image.alpha_composite(Image.new("RGBA", colors.size, "white"), colors)
        picture = picture.convert("RGB")
    size, sides = (about["size"],) * 2, np.array(picture.size * 2)
    boxes = [tuple(box * sides) for box in np.array(about["parts"])]
    return np.stack([picture.resize(size, Image.Resampling.BICUBIC, box, reducing_gap=3.0) for box in boxes])


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
