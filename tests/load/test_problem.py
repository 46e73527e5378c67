import pytest

from ftbench.load.framing import Head
from ftbench.load.problem import retry_after_s

DATE = "Wed, 21 Oct 2026 07:28:00 GMT"  # 1792567680 s
LATER = "Wed, 21 Oct 2026 07:28:30 GMT"


@pytest.mark.parametrize(
    ("headers", "asked"),
    [
        ({"retry-after": "120"}, 120.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after": LATER, "date": DATE}, 30.0),
        ({"retry-after": LATER}, 20.0),  # no Date: from the wall clock
        ({"retry-after": DATE, "date": LATER}, 0.0),  # over already
        ({"retry-after-ms": "1500", "retry-after": "2"}, 1.5),
        ({}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-3"}, None),
        ({"retry-after": "9" * 5000}, None),
        ({"retry-after": "²"}, None),
        ({"retry-after": "Wed, 99 Oct 2026 07:28:00 GMT"}, None),
    ],
)
def test_every_form_of_retry_after_is_seconds_and_nonsense_is_nothing(headers, asked):
    assert retry_after_s(Head(429, headers, 0, True), now_s=1792567690.0) == asked
