"""A cold replica's first answers must not stand in anybody's p99."""

import asyncio

import pytest

from ftbench.serving.engine import EngineDead
from ftbench.serving.sampling import Sampling
from ftbench.serving.warm_up import warm_up
from tests.serving.conftest import app_server


def test_warm_up_meets_the_full_batch_and_leaves_nothing_in_flight(tiny_model_folder):
    with app_server(tiny_model_folder, max_concurrency=3) as (_, engine, model):
        seen, generate = [], engine.generate

        def counted(*args, **kwargs):
            seen.append(engine.in_flight)
            return generate(*args, **kwargs)

        engine.generate = counted
        assert warm_up(engine, model.config.vocab_size) > 0
        assert len(seen) == 2 * (1 + 3)
        assert engine.in_flight == 0 and engine.alive


def test_answers_after_a_warm_up_are_those_of_a_cold_replica(tiny_model_folder):
    def answer(engine):
        async def read():
            return [token.id async for token in engine.generate([5, 6, 7], 8, Sampling(), ignore_eos=True)]

        return asyncio.run(read())

    with app_server(tiny_model_folder) as (_, engine, _):
        cold = answer(engine)
    with app_server(tiny_model_folder, prefix_caching=True) as (_, engine, model):
        warm_up(engine, model.config.vocab_size)
        assert answer(engine) == cold


def test_an_engine_that_cannot_answer_does_not_come_up_as_if_it_could(tiny_model_folder):
    with app_server(tiny_model_folder) as (_, engine, model):
        engine.stop()
        with pytest.raises(EngineDead):
            warm_up(engine, model.config.vocab_size)
