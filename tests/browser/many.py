"""An application with the page and a very large number of hits: it draws its pictures and knows nothing of matchers."""

from __future__ import annotations

import functools
import io
from typing import Any

from fastapi import FastAPI
from fastapi.responses import Response
from PIL import Image

from twobranch.serving.guard import Guard
from twobranch.serving.pages import add_pages

SHAPES = ((240, 180), (180, 240), (240, 160), (200, 200), (256, 128))


def hit(rank: int, count: int) -> dict[str, Any]:
    width, height = SHAPES[rank % len(SHAPES)]
    return {
        "rank": rank + 1,
        "id": f"many/{rank:06d}.jpg",
        "path": f"/photos/many/{rank:06d}.jpg",
        "score": 1 - rank / count,
        "probability": 0.9 * (1 - rank / count),
        "width": width * 4,
        "height": height * 4,
        "metadata": {"number": rank},
    }


@functools.cache
def picture(rank: int) -> bytes:
    image = Image.new("HSV", SHAPES[rank % len(SHAPES)], (rank * 37 % 256, 90, 190)).convert("RGB")
    buffer = io.BytesIO()
    image.save(buffer, "JPEG")
    return buffer.getvalue()


def many_app(count: int) -> FastAPI:
    """The page over `count` hits, in the same order whatever is asked."""
    app = FastAPI(docs_url=None, redoc_url=None)
    app.add_middleware(Guard)
    add_pages(app)

    @app.get("/about")
    def about() -> dict[str, Any]:
        column = {"name": "number", "type": "integer", "min": 0, "max": count - 1}
        facts = {"index": "many", "name": "many", "images": count, "calibrated": True, "columns": [column]}
        return facts | {"metadata": ["number"], "sentences": 0, "grounding": False, "text": False}

    @app.get("/health")
    def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/search")
    def search(k: int, offset: int = 0, min_probability: float = 0.0) -> dict[str, Any]:
        results = [hit(rank, count) for rank in range(offset, min(offset + k, count))]
        answer = {"candidates": count, "images": count, "any_match": 0.9, "ordered_by": "score", "offset": offset}
        return answer | {"results": [one for one in results if one["probability"] >= min_probability]}

    @app.get("/thumbnails/{image_id:path}")
    @app.get("/images/{image_id:path}")
    def thumbnail(image_id: str) -> Response:
        return Response(picture(int(image_id[5:11]) % 40), media_type="image/jpeg")

    return app
