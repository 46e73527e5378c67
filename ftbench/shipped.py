"""Where the files are that users may copy and change: locustfiles, ray_jobs, hardware_profiles."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def shipped(folder: str) -> Path:
    """Folder of that name: inside an installed wheel, or beside the package in a checkout."""
    packaged = _PACKAGE / "shipped" / folder
    return packaged if packaged.is_dir() else _PACKAGE.parent / folder
