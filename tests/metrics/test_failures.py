from ftbench.metrics.failures import describe_failures
from tests.metrics.records import a_row, a_table, failed


def test_each_kind_has_its_number_its_share_and_what_one_of_them_said():
    rows = [a_row(k) for k in range(15)]
    rows += [failed(20, "http_5xx", error_sample=""), failed(21, "http_5xx", error_sample="HTTP 500 out of memory")]
    rows += [failed(30 + k, "rejected", retry_after_s=wait, error_sample="slow down") for k, wait in enumerate((2.0, 30.0, None))]
    found = describe_failures(a_table(rows))
    assert found["errors"] == {"http_5xx": 2, "rejected": 3} and found["error_shares"] == {"http_5xx": 0.1, "rejected": 0.15}
    assert found["error_samples"] == {"http_5xx": "HTTP 500 out of memory", "rejected": "slow down"}
    assert found["retry_after_max_s"] == 30.0


def test_no_failure_is_nothing_to_divide_by():
    assert describe_failures(a_table([])) == {"errors": {}, "error_shares": {}, "error_samples": {}, "retry_after_max_s": None}
