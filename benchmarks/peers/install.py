"""A virtual environment for each peer, from the package index. No CUDA: torch is the CPU build, and vLLM comes without its engine."""

import subprocess
import tempfile
import venv
import zipfile
from pathlib import Path
from types import ModuleType

TORCH = "torch==2.13.0"  # of which a CPU build is found where one is configured
MARK = "installed"


def environment_of(tool: ModuleType, root: Path) -> Path:
    return root / tool.NAME.lower().replace(" ", "-")


def install(tool: ModuleType, root: Path) -> str | None:
    """Make the environment unless it is there. What went wrong, in a sentence, or None."""
    if tool.NAME == "ftbench":
        return None
    folder = environment_of(tool, root)
    if (folder / MARK).exists():
        return None
    print(f"installing {tool.NAME}", flush=True)
    venv.create(folder, with_pip=True, clear=True)
    python = folder / "bin" / "python"
    try:
        wheel = getattr(tool, "WHEEL", None)
        if wheel is None:
            _pip(python, "install", TORCH)  # first, so that nothing else chooses another
            _pip(python, "install", TORCH, *tool.PACKAGES)
        else:
            _pip(python, "install", *tool.PACKAGES)
            _unpack(python, wheel, tool.WHEEL_PARTS, folder)
        cuda = [path.name for path in folder.glob("lib/python*/site-packages/nvidia_c*.dist-info")]
        if cuda:
            return f"its packages bring CUDA ({', '.join(cuda)})"
    except subprocess.CalledProcessError as error:
        return f"pip: {(error.stderr or '').strip().splitlines()[-1][:300] if error.stderr else error}"
    (folder / MARK).touch()
    return None


def _pip(python: Path, *words: str) -> None:
    subprocess.run([python, "-m", "pip", *words[:1], "--quiet", *words[1:]], check=True, stderr=subprocess.PIPE, text=True)


def _unpack(python: Path, wheel: str, parts: tuple[str, ...], folder: Path) -> None:
    """Only the `parts` of a wheel, beside the packages of the environment."""
    with tempfile.TemporaryDirectory() as name:
        _pip(python, "download", "--no-deps", "--dest", name, wheel)
        (path,) = Path(name).glob("*.whl")
        (packages,) = folder.glob("lib/python*/site-packages")
        with zipfile.ZipFile(path) as archive:
            archive.extractall(packages, [entry for entry in archive.namelist() if entry.startswith(parts) and entry.endswith(".py")])


def version_of(tool: ModuleType) -> str:
    return getattr(tool, "WHEEL", tool.PACKAGES[0]).partition("==")[2]
