"""Which model answers: one that ftbench loads and serves, or a server that is already running."""

from typing import Literal

from pydantic import Field

from ftbench.spec.section import Positive, Section

Variant = Literal["fp32", "fp16", "bf16", "int8", "int8-no-outlier", "nf4", "nf4-dq", "fp4"]


class Model(Section):
    """A model that ftbench loads and serves itself."""

    path: str = Field("embedded", description="A folder (relative to the spec), a hub id such as org/name, or `embedded`")
    name: str | None = Field(None, description="Name in reports and in the API; by default the last part of `path`")
    revision: str | None = Field(None, description="Commit or tag on the hub; a contract should pin it")
    adapter: str | None = Field(None, description="Folder of a LoRA adapter (peft) that was trained on this base")
    variant: Variant = Field("bf16", description="How the weights are loaded")
    trust_remote_code: bool = Field(False, description="Run Python code that comes with the model")
    allow_pickle: bool = Field(False, description="Load .bin/.pt weights, which can run code when opened")


class Endpoint(Section):
    """An OpenAI-compatible server that is already running."""

    url: str = Field(description="Base URL, with scheme, up to and including /v1")
    model: str | None = Field(None, description="Model name to send; by default the first one that /models lists")
    api_key_env: str | None = Field(None, description="Name (never the value) of the environment variable with the API key")
    variant: str | None = Field(None, description="What the server says it runs; only repeated in the report")


class Serving(Section):
    """How ftbench serves a managed model."""

    replicas: int = Field(1, ge=1)
    gpus_per_replica: float | None = Field(None, ge=0, description="By default 1 where there is a GPU, else 0")
    cpu_threads: int | None = Field(None, ge=1, description="torch threads a replica on CPU; by default cores / replicas")
    max_concurrency: int = Field(16, ge=1, description="Requests decoded together in one replica")
    max_queue: int = Field(256, ge=0, description="Requests that wait in one replica; one more is answered 429")
    max_context: int | None = Field(None, ge=16, description="Prompt + output tokens; by default what the model allows")
    kv_cache_tokens: int | None = Field(
        None, ge=256, description="Size of a replica's KV cache; by default concurrency x context, as memory allows"
    )
    prefix_caching: bool = Field(
        False, description="Share the KV cache of equal prompt beginnings; off, so that repeated test prompts do not flatter the latency"
    )
    host: str = "127.0.0.1"
    port: int = Field(0, ge=0, le=65535, description="0 takes a free one")
    node_resource: str | None = Field(
        None, description="On a cluster: a Ray resource that a replica's node must have, such as accelerator_type:L4 or hardware:mine"
    )
    ray_address: str | None = Field(None, description="An existing Ray cluster; by default a local one for this run")
    startup_timeout_s: Positive = 600.0
