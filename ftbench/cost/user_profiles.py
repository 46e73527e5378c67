"""Hardware profiles of the user's own: one folder, a file a device, found by id from everywhere."""

import os
from pathlib import Path

from platformdirs import user_data_path

from ftbench.errors import InputError

DATA_VARIABLE = "FTBENCH_DATA"


def user_profiles_folder() -> Path:
    """Where they lie, whether or not it is there; the environment variable FTBENCH_DATA moves the folder above it."""
    folder = os.environ.get(DATA_VARIABLE) or user_data_path("ftbench", appauthor=False)
    return Path(folder).expanduser().resolve() / "hardware_profiles"


def user_profile_file(id: str) -> Path | None:
    """The user's file for that id, if there is one."""
    file = user_profiles_folder() / f"{id}.yaml"
    return file if file.is_file() else None


def user_profile_ids() -> list[str]:
    """In alphabetical order."""
    return sorted(path.stem for path in user_profiles_folder().glob("*.yaml"))


def keep_profile(text: str, id: str) -> Path:
    """Write the profile `text` under its id, in place of one that is there; returns the file.

    Raises:
        InputError: the folder cannot be written.
    """
    file = user_profiles_folder() / f"{id}.yaml"
    fresh = file.with_name(f".{id}.{os.getpid()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(file)
    except OSError as error:
        raise InputError(f"{file} cannot be written ({error.strerror}). Set {DATA_VARIABLE} to a folder that can.") from None
    return file
