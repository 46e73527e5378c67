"""Traffic: arrival schedules, the Locust run, one record per request.

What runs inside a Locust process never imports ray, torch or grpc. Never imports serving or checks.
Names for other rooms: LoadPlan, make_plan, probe_endpoint, run_load, read_trace, and ftbench.load.records to read what came out.
"""

from ftbench.load.plan import LoadPlan, make_plan
from ftbench.load.probe import probe_endpoint
from ftbench.load.run import run_load
from ftbench.load.trace import read_trace

__all__ = ["LoadPlan", "make_plan", "probe_endpoint", "read_trace", "run_load"]
