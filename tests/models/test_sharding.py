from types import SimpleNamespace

import torch
from transformers.generation.continuous_batching.cache import PagedAttentionCache

from ftbench.models import load_model, local_device, sharding
from ftbench.models.sharding import follow
from tests.models.builder import answers, chat_ids, source_of


def allocator():
    """As transformers lays it out: every layer's keys and values are tails of one tensor, (tokens, 2, heads, dim), 4 tokens a page."""
    tensor = torch.zeros(16, 2, 2, 8)
    flat = tensor.view(32, 2, 8)
    return SimpleNamespace(cache_tensor=tensor, _kv_token_views={0: (flat, flat[4:]), 1: (flat[8:], flat[12:])})


def indices():
    return {"read_index": [torch.arange(3)], "write_index": [torch.arange(1)]}


def test_layer_on_another_device_gets_its_cache_and_indices_there():
    cache, kwargs, meta = allocator(), indices(), torch.device("meta")
    shapes = [view.shape for view in cache._kv_token_views[1]]
    follow(cache, 1, meta, kwargs)
    keys, values = cache._kv_token_views[1]
    assert [keys.shape, values.shape] == shapes and {keys.device, values.device} == {meta}
    assert values.storage_offset() - keys.storage_offset() == 4 * 2 * 8  # values follow their page of keys, as before
    assert {kwargs[name][0].device for name in kwargs} == {meta}
    assert cache._kv_token_views[0][0].device.type == "cpu"


def test_layers_of_one_device_share_one_copy():
    cache, meta = allocator(), torch.device("meta")
    follow(cache, 0, meta, indices())
    follow(cache, 1, meta, indices())
    first, second = (cache._kv_token_views[layer][0] for layer in (0, 1))
    assert first.untyped_storage()._cdata == second.untyped_storage()._cdata


def test_layer_that_is_where_its_cache_is_keeps_what_was_written():
    cache, kwargs = allocator(), indices()
    before = cache._kv_token_views[1][0]
    follow(cache, 1, torch.device("cpu"), kwargs)
    assert cache._kv_token_views[1][0] is before


def test_switched_cache_answers_the_same_on_one_device(tiny_model_folder, monkeypatch):
    monkeypatch.setattr(PagedAttentionCache, "update", PagedAttentionCache.update)  # put back after the test
    monkeypatch.setattr(sharding, "_installed", False)
    loaded = load_model(source_of(tiny_model_folder), "fp32", local_device(cpu_only=True))
    prompts = chat_ids(loaded.tokenizer, ["Hello!", "Where is my parcel?"])
    original, before = PagedAttentionCache.update, answers(loaded.model, prompts)
    sharding.let_cache_follow_layers()
    switched = PagedAttentionCache.update
    sharding.let_cache_follow_layers()
    assert PagedAttentionCache.update is switched is not original
    assert answers(loaded.model, prompts) == before
