"""A user's file as text, or one sentence that it cannot be read."""

from pathlib import Path

from ftbench.errors import InputError


def read_text(path: Path, what: str) -> str:
    """The UTF-8 text at `path`, without its byte order mark. `what` ends the sentence about a file that is not there.

    Raises:
        InputError: no such file, or no UTF-8 text in it.
    """
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise InputError(f"{path} does not exist. It is {what}.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read as UTF-8 text: {error}.") from None
