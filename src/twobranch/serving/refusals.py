"""What a client is told where there is no answer: one message, and the status that says whose turn it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from twobranch.errors import TwobranchError
from twobranch.serving.limits import MAX_BYTES, UPLOAD_SECONDS, TooLarge, TooSlowUpload

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.requests import Request


class Missing(TwobranchError):
    """An image that is not there: not in the index, or its file is gone."""


class UnknownMediaType(TwobranchError):
    """A body that is neither JSON nor a form."""


class Busy(TwobranchError):
    """More requests wait than can be answered in time."""


class TooSlow(TwobranchError):
    """A request that took longer than it may."""


STATUS: dict[type[TwobranchError], int] = {Missing: 404, UnknownMediaType: 415, Busy: 503, TooSlow: 504}
"""Status of an error; of any other it is 400."""


def add_refusals(app: FastAPI) -> None:
    """Answer every error with `{"detail": "what was wrong and what to do"}`."""
    app.add_exception_handler(TwobranchError, _refused)
    app.add_exception_handler(RequestValidationError, _wrong_parameter)
    app.add_exception_handler(TooLarge, lambda request, error: too_large())
    app.add_exception_handler(TooSlowUpload, lambda request, error: _too_slow_upload())
    app.add_exception_handler(HTTPException, _other)


def problem(detail: str, status: int, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """An answer that says why there is none."""
    return JSONResponse({"detail": detail}, status, headers)


def too_large() -> JSONResponse:
    """The answer to a body that exceeds `MAX_BYTES`."""
    return problem(f"a request has at most {MAX_BYTES >> 20} MB", 413)


def _too_slow_upload() -> JSONResponse:
    return problem(f"a request must arrive within {UPLOAD_SECONDS} seconds", 408)


def _refused(_: Request, error: Exception) -> JSONResponse:
    status = next((status for kind, status in STATUS.items() if isinstance(error, kind)), 400)
    return problem(str(error), status, {"retry-after": "1"} if status == 503 else None)


def _wrong_parameter(_: Request, error: Exception) -> JSONResponse:
    first = error.errors()[0] if isinstance(error, RequestValidationError) else {"loc": (), "msg": ""}
    place = ".".join(str(part) for part in first["loc"][1:])
    return problem(f"{place}: {first['msg']}", 400)


def _other(_: Request, error: Exception) -> JSONResponse:
    """What the framework refuses: an unknown path, a method, a damaged form."""
    if not isinstance(error, HTTPException):
        raise error
    return problem(error.detail, error.status_code, error.headers)
