from ftbench.load.numbering import first_indices, place_of
from tests.load.conftest import a_plan

ONE, THREE = {"messages": []}, {"messages": [], "then": [{"content": "a"}, {"content": "b"}]}


def plan_of(*items: dict):
    plan = a_plan("http://x/v1")
    return type(plan).model_validate({**plan.model_dump(), "prompts": list(items)})


def test_no_two_turns_of_any_two_conversations_have_one_number():
    plan = plan_of(ONE, THREE)
    first = first_indices(plan, 5)
    assert first.tolist() == [0, 1, 4, 5, 8] and first_indices(plan, 6)[-1] == 9
    assert [place_of(first, k) for k in range(9)] == [(0, 0), (1, 0), (1, 1), (1, 2), (2, 0), (3, 0), (3, 1), (3, 2), (4, 0)]


def test_where_all_have_one_turn_the_number_is_the_place_in_the_schedule():
    assert first_indices(plan_of(ONE), 3).tolist() == [0, 1, 2] and first_indices(plan_of(ONE), 0).tolist() == []
