"""Open-loop load: every request goes out at its due time, whether or not earlier ones have been answered.

    locust -f open_loop.py --headless --host http://127.0.0.1:8000/v1 --ft-model NAME --ft-rate 5 --ft-duration 30

Writes load-run/requests.parquet and load-run/summary.json. `ftbench load` runs this same file. To send something else, copy it and override
`body`, for example to add `"top_p": 0.9`.
"""

from typing import Any

from ftbench.load.item import Item
from ftbench.load.locust_user import OpenLoopUser
from ftbench.load.plan import LoadPlan


class OpenLoop(OpenLoopUser):
    def body(self, plan: LoadPlan, item: Item) -> dict[str, Any]:
        return super().body(plan, item)
