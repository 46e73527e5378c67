import sys

import pytest

from ftbench.errors import InputError
from ftbench.models import Device, local_device, preflight
from ftbench.models import source as source_module
from ftbench.spec.target import Model
from tests.conftest import make_tiny_model
from tests.models.builder import make_adapter

CPU = Device("cpu", "some CPU", 10**9)
T4 = Device("cuda", "T4", 16 * 10**9, (7, 5))


@pytest.mark.parametrize(
    ("keys", "device", "settings", "said"),
    [
        ({"variant": "bf16"}, T4, {"gpus_per_replica": 1}, "bf16 needs a GPU of compute capability"),
        ({"variant": "fp16"}, CPU, {"gpus_per_replica": 1}, "no usable GPU"),
        ({"variant": "fp16"}, T4, {"gpus_per_replica": 1, "replicas": 2}, "GPUs are needed"),
        ({"variant": "fp32", "adapter": "nowhere"}, CPU, {}, r"model\.adapter.*does not exist"),
    ],
    ids=["variant", "no-gpu", "too-few-gpus", "adapter"],
)
def test_what_cannot_run_is_refused_before_anything_is_fetched(tmp_path, monkeypatch, keys, device, settings, said):
    monkeypatch.setattr(source_module, "embedded_folder", lambda *a: pytest.fail("the model was fetched"))
    monkeypatch.setattr(source_module, "download", lambda *a: pytest.fail("the hub was asked"))
    for path in ("embedded", "org/name"):
        with pytest.raises(InputError, match=said):
            preflight(Model(path=path, **keys), tmp_path, device, **settings)


def test_ready_model_is_what_load_needs(tiny_model_folder, tmp_path):
    make_adapter(tiny_model_folder, tmp_path / "adapter")
    ready = preflight(Model(path=str(tiny_model_folder), adapter="adapter", variant="nf4"), tmp_path, CPU, kv_tokens=1000)
    assert ready.source.folder == tiny_model_folder and ready.adapter_folder == tmp_path / "adapter"
    assert ready.compute_dtype == "float32" and ready.shape.context == 512


def test_adapter_of_another_base_is_refused_without_loading_weights(tiny_model_folder, tmp_path):
    make_adapter(make_tiny_model(tmp_path / "wider", hidden=128), tmp_path / "adapter")
    with pytest.raises(InputError, match="another base"):
        preflight(Model(path=str(tiny_model_folder), adapter="adapter", variant="fp32"), tmp_path, CPU)


def test_replicas_on_one_cpu_share_its_memory(tiny_model_folder, tmp_path):
    model = Model(path=str(tiny_model_folder), variant="fp32")
    small = Device("cpu", "a thimble", 1_200_000)  # one replica takes 0.5 MB
    assert preflight(model, tmp_path, small, replicas=2)
    with pytest.raises(InputError, match="more memory than one a thimble"):
        preflight(model, tmp_path, small, replicas=3)


def test_kv_cache_that_does_not_fit_is_refused_here_not_in_the_replica(tiny_model_folder, tmp_path):
    with pytest.raises(InputError, match=r"KV cache for \d+ tokens"):
        preflight(Model(path=str(tiny_model_folder), variant="fp32"), tmp_path, local_device(cpu_only=True), kv_tokens=sys.maxsize // 10**6)
