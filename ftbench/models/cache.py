"""Where ftbench keeps what is made once and used again: the embedded model, the hashes of large files."""

import os
from collections.abc import Callable
from pathlib import Path

from platformdirs import user_cache_path

from ftbench.errors import InputError

CACHE_VARIABLE = "FTBENCH_CACHE"
Progress = Callable[[str, float | None], None]
"""Called with what is being done and the share of it that is done (0 to 1), or None where nobody can know."""


def cache_folder() -> Path:
    """The user's cache folder for ftbench, made if it is not there; the environment variable FTBENCH_CACHE overrides it.

    Raises:
        InputError: it cannot be made or written.
    """
    folder = Path(os.environ.get(CACHE_VARIABLE) or user_cache_path("ftbench", appauthor=False)).expanduser().resolve()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"{folder}: the cache folder cannot be made ({error.strerror}). Set {CACHE_VARIABLE} to a folder that can."
        ) from None
    if not os.access(folder, os.W_OK):
        raise InputError(f"{folder}: the cache folder cannot be written. Set {CACHE_VARIABLE} to a folder that can.")
    return folder


def no_progress(what: str, share: float | None) -> None:
    """For callers that show nothing."""
