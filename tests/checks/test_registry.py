"""All ten tests stand in every report."""

import pickle

import pytest

from ftbench.checks.registry import CHECKS
from ftbench.spec import model


def test_ten_tests_in_the_checklists_order_each_once():
    assert [c.number for c in CHECKS] == list(range(1, 11))
    assert len({c.id for c in CHECKS}) == len({c.title for c in CHECKS}) == 10
    assert all(c.fail_action for c in CHECKS)


def test_every_section_of_the_spec_has_its_test():
    assert {c.id for c in CHECKS} == set(model.Tests.model_fields)


@pytest.mark.parametrize("check", CHECKS, ids=lambda c: c.id)
def test_check_can_travel_to_another_process(check):
    again = pickle.loads(pickle.dumps(check))
    assert (again.id, again.number, again.title, again.fail_action) == (check.id, check.number, check.title, check.fail_action)
