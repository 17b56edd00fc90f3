"""Both towers of a checkpoint of open_clip, out of the folder that it writes."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from twobranch.errors import TwobranchError
from twobranch.features.checkpoint_folder import CheckpointFolder
from twobranch.features.library import imported

STEM = "open_clip_model"
CONFIG = "open_clip_config.json"


@dataclass(frozen=True)
class OpenClipFolder:
    """A checkpoint of open_clip.

    Attributes:
        folder: where it lies.
        model: its networks, `model_cfg` in its description.
        pixels: its preprocessing, `preprocess_cfg`.
    """

    folder: CheckpointFolder
    model: dict[str, Any]
    pixels: dict[str, Any]

    @classmethod
    def of(cls, model: str) -> OpenClipFolder:
        """The checkpoint that an option `model` means.

        Raises:
            TwobranchError: if there is none, or its networks would come from elsewhere.
        """
        folder = CheckpointFolder.of(model, stem=STEM)
        described = folder.json(CONFIG)
        networks = described.get("model_cfg")
        if not isinstance(networks, dict) or not {"vision_cfg", "text_cfg"} <= set(networks):
            raise TwobranchError(
                str(folder.path / CONFIG), "must describe both networks", remedy="Save it with open_clip again."
            )
        elsewhere = networks["text_cfg"].get("hf_model_name"), networks["vision_cfg"].get("timm_model_name", "")
        if elsewhere[0] is not None or ":" in str(elsewhere[1]):  # open_clip would ask the hub what that is
            raise TwobranchError(
                str(folder.path / CONFIG),
                "both networks must be ones of open_clip itself or of timm",
                found=elsewhere[0] or elsewhere[1],
                remedy="Use a checkpoint with networks of its own, or the encoder transformers.",
            )
        return cls(folder, networks, described.get("preprocess_cfg") or {})

    @property
    def name(self) -> str:
        """Of the encoder: what its vision network is."""
        vision = self.model["vision_cfg"]
        kind = vision.get("timm_model_name") or ("vit" if isinstance(vision.get("layers"), int) else "resnet")
        return f"open-clip:{kind}"

    @property
    def has_tokenizer(self) -> bool:
        """Whether its tokenizer lies in the folder; else it is the library's."""
        return bool(self.model["text_cfg"].get("hf_tokenizer_name"))

    def digests(self, *others: str) -> dict[str, str]:
        """The SHA-256 of the weights, the description and other files."""
        return self.folder.digests([*self.folder.weight_files(), *self.folder.named([CONFIG, *others])])

    def network(self, with_weights: bool) -> Any:
        """Both towers; without weights on the device that torch gives them.

        Raises:
            TwobranchError: if open_clip cannot make it of the folder.
        """
        import torch

        factory = imported("open_clip.factory")
        (weights, *_) = self.folder.weight_files()
        root = logging.getLogger()
        level = root.level
        root.setLevel(logging.ERROR)  # it logs each step to the root logger, and warns of weights that follow below
        try:
            # The text tower is asked for as a module of its own: only that reads sentences shorter than the longest.
            net = factory.create_model(
                f"local-dir:{self.folder.path}", load_weights=False, force_custom_text=True,
                device=str(torch.get_default_device()), pretrained_image=False, pretrained_text=False,
            )  # fmt: skip
            if with_weights:
                factory.load_checkpoint(net, str(weights), strict=True)
        except (RuntimeError, ValueError, TypeError, KeyError, OSError) as error:
            raise TwobranchError(
                str(self.folder.path),
                "must be a checkpoint that this version of open_clip reads",
                found=str(error).splitlines()[-1].strip(),
                remedy="Restore it, or save it with open_clip again.",
            ) from None
        finally:
            root.setLevel(level)
        return net
