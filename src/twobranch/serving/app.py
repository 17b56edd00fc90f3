"""The application of one index: REST, the page, and the guard in front of both."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from twobranch.errors import TwobranchError
from twobranch.search import Index

if TYPE_CHECKING:
    from fastapi import FastAPI


def create_app(index: Index | str | Path, token: str | None = None) -> FastAPI:
    """Make the application.

    | path | what |
    |---|---|
    | `GET /search`, `POST /search` | images for a sentence, a picture, or an image of the index |
    | `POST /annotate` | sentences of a list for a picture |
    | `GET /thumbnails/{id}`, `GET /images/{id}` | pictures of the index, by id |
    | `GET /about`, `GET /health` | what is served, and that it is |
    | `GET /`, `GET /docs` | the page, and this interface for people |

    Args:
        index: an index or its folder.
        token: what clients must present; None where only this machine can reach the server.

    Raises:
        TwobranchError: if the web framework is not installed, or the folder is no index.
    """
    require_packages()
    from fastapi import FastAPI

    import twobranch
    from twobranch.serving.api import Service, add_api
    from twobranch.serving.guard import Guard
    from twobranch.serving.pages import add_pages

    app = FastAPI(
        title="twobranch",
        version=twobranch.__version__,
        description="Search pictures by sentence or by picture, and rank sentences for a picture.",
        docs_url=None,  # the framework's own page loads from a CDN
        redoc_url=None,
    )
    app.add_middleware(Guard, token=token)
    add_pages(app)
    add_api(app, Service(index if isinstance(index, Index) else Index.open(index)))
    return app


def require_packages() -> None:
    """Check that the optional packages of serving are there.

    Raises:
        TwobranchError: if one is missing, naming the command that installs it.
    """
    try:
        import fastapi  # noqa: F401
        import python_multipart  # noqa: F401
        import uvicorn  # noqa: F401
    except ImportError as error:
        raise TwobranchError(
            "twobranch serve",
            "needs packages that are not installed",
            found=f"no {error.name}",
            remedy='Install them: pip install "twobranch[demo]"',
        ) from None
