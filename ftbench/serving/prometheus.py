"""What /metrics says: counters of one replica in Prometheus' text form, under names like vLLM's where the meaning is the same."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)


class Metrics:
    """One registry a replica, so that several can live in one process in tests."""

    def __init__(self, model: str, replica: str, replicas: int = 1) -> None:
        self._registry = CollectorRegistry()
        labels, self._values = ("model_name", "replica"), (model, replica)

        def bound(kind: type, name: str, text: str, **more: object):
            return kind(name, text, labels, registry=self._registry, **more).labels(*self._values)

        self.running = bound(Gauge, "ftbench_num_requests_running", "Requests in the batch")
        self.waiting = bound(Gauge, "ftbench_num_requests_waiting", "Requests that wait for a place in the batch")
        # Each page tells of one replica, so a reader must know how many pages make the whole.
        bound(Gauge, "ftbench_replicas", "Replicas that were asked for").set(replicas)
        self.prompt_tokens = bound(Counter, "ftbench_prompt_tokens", "Prompt tokens of accepted requests")
        self.output_tokens = bound(Counter, "ftbench_generation_tokens", "Generated tokens")
        self.queue_time = bound(
            Histogram, "ftbench_request_queue_time_seconds", "Wait for a place in the batch", buckets=(0.001, *_SECONDS)
        )
        self.ttft = bound(Histogram, "ftbench_time_to_first_token_seconds", "From the request's arrival in the replica", buckets=_SECONDS)
        self.e2e = bound(Histogram, "ftbench_e2e_request_latency_seconds", "From the request's arrival to its last token", buckets=_SECONDS)
        self._finished = Counter("ftbench_requests_finished", "By outcome", (*labels, "outcome"), registry=self._registry)

    def finished(self, outcome: str) -> None:
        """Count one ended request: stop, length, cancelled, rejected, invalid, error."""
        self._finished.labels(*self._values, outcome).inc()

    def text(self, *, running: int, in_flight: int) -> bytes:
        self.running.set(running)
        self.waiting.set(in_flight - running)
        return generate_latest(self._registry)
