"""Closed loop: users who each wait for their answer before they ask again. It hides queueing; for what a gate judges, use open_loop.py.

    locust -f closed_loop.py --headless --host http://127.0.0.1:8000/v1 --ft-model NAME --ft-concurrency 8 --ft-think 1 --ft-duration 30

`--ft-stages 30:4,30:8` ramps by Locust's LoadTestShape. Writes load-run/requests.parquet and load-run/summary.json. `ftbench load
--concurrency 8` runs this same file. To send something else, copy it and override `body`.
"""

from typing import Any

from ftbench.load.item import Item
from ftbench.load.locust_closed import ClosedLoopShape, ClosedLoopUser
from ftbench.load.plan import LoadPlan


class ClosedLoop(ClosedLoopUser):
    def body(self, plan: LoadPlan, item: Item) -> dict[str, Any]:
        return super().body(plan, item)


class Users(ClosedLoopShape):
    """As many as the plan says; override `tick` for another ramp."""
