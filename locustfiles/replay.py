"""Open-loop replay: requests go out when those of a trace came.

    locust -f replay.py --headless --host http://127.0.0.1:8000/v1 --ft-model NAME --ft-trace trace.csv --ft-speed 2

The trace is CSV or JSONL with `timestamp_s` and, if there, `output_tokens` (each request's max_tokens). `ftbench load --trace` does the
same, and follows `prompt_tokens` too where a tokenizer is named.
"""

from typing import Any

from ftbench.load.item import Item
from ftbench.load.locust_user import OpenLoopUser
from ftbench.load.plan import LoadPlan


class Replay(OpenLoopUser):
    loop = "replay"

    def body(self, plan: LoadPlan, item: Item) -> dict[str, Any]:
        return super().body(plan, item)
