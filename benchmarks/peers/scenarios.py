"""What the tools are compared on."""

from typing import NamedTuple


class Scenario(NamedTuple):
    """`more` are further options of the server. `tool_requests`: how many a tool is asked for that counts, where its pace is known."""

    name: str
    ttft_s: float
    itl_s: float
    tokens: int
    seconds: float
    per_chunk: int = 1
    rate: float | None = None
    arrivals: str = "poisson"
    concurrency: int | None = None
    more: dict[str, float] = {}
    tool_requests: dict[str, int] = {}

    @property
    def requests(self) -> int:
        return round((self.rate or 0) * self.seconds)

    @property
    def closed_as(self) -> int:
        """Users who make about the rate."""
        return max(1, round((self.rate or 0) * (self.ttft_s + (self.tokens - self.per_chunk) * self.itl_s)))


FAST = Scenario("fast", 0.050, 0.005, 128, 10, rate=150)
CEILING = Scenario("ceiling", 0.005, 0.001, 128, 8, concurrency=256, tool_requests={"vLLM bench serve": 5000, "genai-bench": 800})
FREEZE = Scenario("freeze", 0.050, 0.010, 16, 20, rate=20, arrivals="constant", more={"freeze_at_s": 8, "freeze_s": 3})
CHUNKS = Scenario("chunks", 0.050, 0.010, 64, 10, per_chunk=4, rate=20)
SCENARIOS = {scenario.name: scenario for scenario in (FAST, CEILING, FREEZE, CHUNKS)}
