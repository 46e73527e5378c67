"""What the server and the machines said while the load ran: /metrics, processor, memory, GPUs, energy.

Sampled beside a run, summarised after it. Knows nothing of load, serving or checks. What cannot be had is absent, with a word why, and
never an error.
"""

from ftbench.telemetry.observe import observe
from ftbench.telemetry.summarise import summarise_telemetry

__all__ = ["observe", "summarise_telemetry"]
