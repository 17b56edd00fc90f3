"""The README.md of an exported matcher."""

from __future__ import annotations

from typing import Any

from twobranch.export.parity import Parity


def guide(document: dict[str, Any], parity: dict[str, Parity]) -> str:
    """The Markdown text.

    Args:
        document: the content of `export.json`.
        parity: the outcome of the check, by side.
    """
    images, sentences, matcher = document["images"], document["sentences"], document["matcher"]
    pixels = f"(items, {len(images['parts'])}, {images['size']}, {images['size']}, 3)"
    compared = "length 1; compare them by inner product" if document["similarity"] == "cosine" else "any length"
    checked = "\n".join(f"- {side}: {one.summary}" for side, one in parity.items())
    return f"""# A matcher without its program

Written by twobranch {document["twobranch"]} for {document["format"]}, from the matcher {matcher["identity"]} (recipe
{matcher["recipe"]}). `export.json` says the same for programs.

| file | what it is | license |
|---|---|---|
| `{images["network"]}` | pixels {pixels} uint8 to embeddings | {images["license"]} |
| `{sentences["network"]}` | ids, mask (items, tokens) int64 to embeddings | {sentences["license"]} |
| `{sentences["tokenizer"]}` | sentences to ids and mask | that of the sentence network |

Embeddings are float32 (items, {document["dim"]}), rows of {compared}. Run the networks in float32: OpenVINO uses
bfloat16 where the processor has it, unless INFERENCE_PRECISION_HINT is f32.

## Pictures

{_numbered(images["steps"])}

decode_side is {images["decode_side"]}, size {images["size"]}, parts {images["parts"]}.

## Sentences

{_numbered(sentences["steps"])}

{_probability(document["probability"])}## Checked

On {document["parity"]["data"]} pictures and sentences, against the matcher in float32:

{checked}
"""


def _numbered(steps: list[str]) -> str:
    return "\n".join(f"{number}. {step}" for number, step in enumerate(steps, start=1))


def _probability(found: dict[str, Any] | None) -> str:
    if found is None:
        return ""
    references = " and ".join(f"`{name}`" for name in found["references"].values())
    steps = _numbered(found["steps"])
    return f"## Probabilities\n\n{steps}\n\nbest is {found['best']}; the references are {references}.\n\n"
