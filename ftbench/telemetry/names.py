"""Which name on a server's /metrics page means what. One row a quantity, so that a new server is a new column of names.

Sources: docs.vllm.ai usage/metrics (v0 and v1 names), docs.sglang.io references/production_metrics, huggingface.co
text-generation-inference reference/metrics, llama.cpp tools/server README, and ftbench/serving/prometheus.py.
"""

from typing import Literal, NamedTuple

Kind = Literal["gauge", "counter", "histogram"]
Over = Literal["sum", "mean"]


class Quantity(NamedTuple):
    """`over`: how the engines or replicas of one server add up. `names` maps a server to its names, of which the first one there counts.

    Names are those of samples as they stand on the page (counters with their _total); a histogram's without _bucket, _sum, _count.
    """

    kind: Kind
    names: dict[str, tuple[str, ...]]
    over: Over = "sum"


QUANTITIES: dict[str, Quantity] = {
    "running": Quantity(
        "gauge",
        {
            "ftbench": ("ftbench_num_requests_running",),
            "vLLM": ("vllm:num_requests_running",),
            "SGLang": ("sglang:num_running_reqs",),
            "TGI": ("tgi_batch_current_size",),
            "llama.cpp": ("llamacpp:requests_processing",),
        },
    ),
    "waiting": Quantity(
        "gauge",
        {
            "ftbench": ("ftbench_num_requests_waiting",),
            "vLLM": ("vllm:num_requests_waiting",),
            "SGLang": ("sglang:num_queue_reqs",),
            "TGI": ("tgi_queue_size",),
            "llama.cpp": ("llamacpp:requests_deferred",),
        },
    ),
    "kv_cache_use": Quantity(
        "gauge",
        {
            "vLLM": ("vllm:kv_cache_usage_perc", "vllm:gpu_cache_usage_perc"),
            "SGLang": ("sglang:token_usage",),
            "llama.cpp": ("llamacpp:kv_cache_usage_ratio",),
        },
        over="mean",
    ),
    "replicas": Quantity("gauge", {"ftbench": ("ftbench_replicas",)}, over="mean"),
    "queue_time": Quantity(
        "histogram",
        {
            "ftbench": ("ftbench_request_queue_time_seconds",),
            "vLLM": ("vllm:request_queue_time_seconds",),
            "SGLang": ("sglang:queue_time_seconds",),
            "TGI": ("tgi_request_queue_duration",),
        },
    ),
    "ttft": Quantity(
        "histogram",
        {
            "ftbench": ("ftbench_time_to_first_token_seconds",),
            "vLLM": ("vllm:time_to_first_token_seconds",),
            "SGLang": ("sglang:time_to_first_token_seconds",),
        },
    ),
    "e2e": Quantity(
        "histogram",
        {
            "ftbench": ("ftbench_e2e_request_latency_seconds",),
            "vLLM": ("vllm:e2e_request_latency_seconds",),
            "SGLang": ("sglang:e2e_request_latency_seconds",),
            "TGI": ("tgi_request_duration",),
        },
    ),
    "tokens_per_step": Quantity("histogram", {"vLLM": ("vllm:iteration_tokens_total",)}),
    "prompt_tokens": Quantity(
        "counter",
        {
            "ftbench": ("ftbench_prompt_tokens_total",),
            "vLLM": ("vllm:prompt_tokens_total",),
            "SGLang": ("sglang:prompt_tokens_total",),
            "TGI": ("tgi_request_input_length_sum",),
            "llama.cpp": ("llamacpp:prompt_tokens_total",),
        },
    ),
    "output_tokens": Quantity(
        "counter",
        {
            "ftbench": ("ftbench_generation_tokens_total",),
            "vLLM": ("vllm:generation_tokens_total",),
            "SGLang": ("sglang:generation_tokens_total",),
            "TGI": ("tgi_request_generated_tokens_sum",),
            "llama.cpp": ("llamacpp:tokens_predicted_total",),
        },
    ),
    # In tokens. A server that counts no queries of its own looks up every prompt token.
    "prefix_hits": Quantity(
        "counter",
        {"vLLM": ("vllm:prefix_cache_hits_total", "vllm:gpu_prefix_cache_hits_total"), "SGLang": ("sglang:cached_tokens_total",)},
    ),
    "prefix_queries": Quantity(
        "counter",
        {
            "vLLM": ("vllm:prefix_cache_queries_total", "vllm:gpu_prefix_cache_queries_total"),
            "SGLang": ("sglang:prompt_tokens_total",),
        },
    ),
    "preemptions": Quantity("counter", {"vLLM": ("vllm:num_preemptions_total",), "SGLang": ("sglang:num_retracted_requests_total",)}),
}

PREFIXES = {"ftbench": "ftbench_", "vLLM": "vllm:", "SGLang": "sglang:", "TGI": "tgi_", "llama.cpp": "llamacpp:"}
