"""A small real model behind the real app, on a real socket."""

import threading
from contextlib import contextmanager

import pytest
import uvicorn
from transformers import AutoModelForCausalLM, AutoTokenizer

from ftbench.serving.app import Served, create_app
from ftbench.serving.engine import Engine, EngineConfig
from ftbench.serving.ports import free_ports
from ftbench.serving.prometheus import Metrics


@contextmanager
def app_server(folder, **config):
    """(url, engine, model) of a server over the model in `folder`."""
    model = AutoModelForCausalLM.from_pretrained(folder, attn_implementation="sdpa")
    settings = {"max_concurrency": 4, "max_queue": 4, "max_context": 256, "kv_cache_tokens": 2048, **config}
    engine = Engine(model, EngineConfig(**settings))
    engine.start()
    app = create_app(Served(engine, AutoTokenizer.from_pretrained(folder), "tiny", {"ftbench": {"variant": "fp32"}}, Metrics("tiny", "r")))
    port = free_ports(1)[0]
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.01)
    try:
        yield f"http://127.0.0.1:{port}/v1", engine, model
    finally:
        server.should_exit = True
        thread.join(10)
        if engine.alive:
            engine.stop()


@pytest.fixture(scope="module")
def server(tiny_model_folder):
    with app_server(tiny_model_folder) as found:
        yield found
