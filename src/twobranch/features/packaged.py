"""Weights that come inside installed packages: found without importing the package, checked before use."""

from __future__ import annotations

import hashlib
import importlib.util
from pathlib import Path

from twobranch.errors import TwobranchError


def packaged_bytes(package: str, file: str, sha256: str) -> bytes:
    """Read the content of a file inside an installed package, whose SHA-256 must be the known one.

    The check and the use are of the same bytes. The package itself is not imported: some packages set up logging
    or import a downloader.

    Args:
        package: top-level name of the package, for example "wordllama".
        file: path inside the package.
        sha256: the known hash in hexadecimal.

    Raises:
        TwobranchError: if the package or the file is missing, or the content is another one.
    """
    spec = importlib.util.find_spec(package)
    install = f"Reinstall it: pip install --force-reinstall {package.replace('_', '-')}."
    if spec is None or not spec.submodule_search_locations:
        raise TwobranchError(f"package {package}", "must be installed", remedy=install)
    path = Path(spec.submodule_search_locations[0]) / file
    try:
        content = path.read_bytes()
    except OSError as error:
        raise TwobranchError(str(path), "must be readable", found=error.strerror, remedy=install) from None
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise TwobranchError(
            str(path),
            f"must have the SHA-256 {sha256[:16]}... that twobranch knows",
            found=f"{found[:16]}...",
            remedy=install,
        )
    return content
