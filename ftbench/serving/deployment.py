"""The Ray Serve deployment: each replica an actor with its GPUs or CPU threads, one loaded model and one engine inside."""

import os
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from ray import serve

from ftbench.models.load import Loaded, load_model
from ftbench.models.source import resolve_source
from ftbench.serving.app import Served, create_app
from ftbench.serving.engine import Engine, EngineConfig
from ftbench.serving.prometheus import Metrics
from ftbench.serving.warm_up import warm_up
from ftbench.spec import Spec

# Most tokens in one forward pass; a longer prompt is cut. A GPU takes more at once than CPU cores do.
STEP_TOKENS = {"cuda": 2048, "cpu": 512}

# Decoding and HTTP share one interpreter; Python's default of 5 ms between threads would be added to every first token.
SWITCH_S = 0.0005


@serve.deployment(name="model", health_check_period_s=2, health_check_timeout_s=30, graceful_shutdown_timeout_s=1)
@serve.ingress()
class Replica:
    """Loads the spec's model where it runs, so that every node of a cluster fetches for itself."""

    def __init__(self, spec: Spec, gpus: float, cpu_threads: int | None) -> None:
        import torch

        sys.setswitchinterval(SWITCH_S)
        if cpu_threads:
            torch.set_num_threads(cpu_threads)  # replicas that each take all cores fight for them
        adapter = spec.path(spec.model.adapter) if spec.model.adapter else None
        self.loaded = load_model(resolve_source(spec.model, spec.folder), spec.model.variant, adapter=adapter, gpus=gpus)
        self.cpu_threads = cpu_threads
        self.config = engine_config(
            spec, self.loaded, _free_bytes(self.loaded.model.device.type) // (spec.serving.replicas if not gpus else 1)
        )
        self.engine = Engine(self.loaded.model, self.config)
        self.engine.start()
        self.warm_up_s = warm_up(self.engine, self.loaded.model.get_input_embeddings().weight.shape[0])
        self.name, self.replicas = model_name(spec), spec.serving.replicas

    def __serve_build_asgi_app__(self) -> FastAPI:
        replica = serve.get_replica_context().replica_id.unique_id
        return create_app(Served(self.engine, self.loaded.tokenizer, self.name, self.info(), Metrics(self.name, replica, self.replicas)))

    def info(self) -> dict[str, Any]:
        """What a report must say about the model that really answered, and how it was run."""
        loaded = self.loaded
        return {
            "ftbench": {
                "fingerprint": loaded.fingerprint,
                "variant": loaded.variant,
                "compute_dtype": loaded.compute_dtype,
                "device": str(loaded.model.device),
                "engine": "transformers continuous batching",
                "versions": {name: version(name) for name in ("transformers", "torch", "bitsandbytes")},
                "weight_bytes": loaded.weight_bytes,
                "load_s": loaded.load_s,
                "warm_up_s": self.warm_up_s,
                "cpu_threads": self.cpu_threads,
                "notes": list(loaded.notes),
                "haproxy": os.environ.get("RAY_SERVE_ENABLE_HA_PROXY") == "1",
                "pid": os.getpid(),
                "replica": serve.get_replica_context().replica_id.unique_id,
                **self.config._asdict(),
            }
        }

    def check_health(self) -> None:
        """Serve asks every two seconds and replaces a replica that raises."""
        if not self.engine.alive:
            raise RuntimeError("the generation thread has ended")


def model_name(spec: Spec) -> str:
    """The name that requests must carry."""
    model = spec.model
    return model.name or ("smollm2-135m-instruct" if model.path == "embedded" else Path(model.path).name)


def engine_config(spec: Spec, loaded: Loaded, free_bytes: int) -> EngineConfig:
    """The engine's limits: what the spec says, else as much KV cache as half of `free_bytes` holds, at most every slot at full context."""
    serving = spec.serving
    context = min(filter(None, (serving.max_context, loaded.context))) if serving.max_context or loaded.context else 4096
    wanted = serving.max_concurrency * context
    room = max(context, free_bytes // 2 // max(1, loaded.kv_bytes_per_token))
    device = loaded.model.device.type
    return EngineConfig(
        max_concurrency=serving.max_concurrency,
        max_queue=serving.max_queue,
        max_context=context,
        kv_cache_tokens=max(serving.kv_cache_tokens or min(wanted, room), context),
        prefix_caching=serving.prefix_caching,
        step_tokens=STEP_TOKENS.get(device, STEP_TOKENS["cpu"]),
    )


def _free_bytes(device: str) -> int:
    import psutil
    import torch

    return torch.cuda.mem_get_info()[0] if device == "cuda" else psutil.virtual_memory().available
