"""Which number each request of an open loop has: conversations in the order of their arrivals, each one's turns one after another."""

import numpy as np

from ftbench.load.plan import LoadPlan


def first_indices(plan: LoadPlan, conversations: int) -> np.ndarray:
    """Index of the first turn of each conversation, shape (conversations,), int64; turn t of conversation k is number `first[k] + t`.

    Conversation k says `plan.prompts[k % len(plan.prompts)]`, one request and one for each further turn, so the first index of one
    conversation more is the number of requests. A closed loop has no such order: its numbers are worker + workers * (how many that worker
    had before).
    """
    turns = np.array([1 + len(item.then) for item in plan.prompts], dtype=np.int64)
    before = np.resize(turns, max(conversations - 1, 0))
    return np.concatenate([[0], np.cumsum(before)]).astype(np.int64)[:conversations]


def place_of(first: np.ndarray, index: int) -> tuple[int, int]:
    """(conversation, turn) of request number `index`, by what first_indices gave."""
    conversation = int(np.searchsorted(first, index, side="right")) - 1
    return conversation, index - int(first[conversation])
