"""One model over several GPUs: the KV cache must lie where each layer lies.

transformers 5.23 allocates the paged cache of continuous batching on the device of the first layer, and a layer on another
device then fails to write to it.
"""

from typing import Any

_installed = False


def let_cache_follow_layers() -> None:
    """From now on each layer's keys and values are kept on the device that computes them.

    Changes the library's paged cache, for this process; a model on one device is not affected. Every device gets a cache of the full
    size, of which it uses its own layers' part: size the cache for what the fullest device has left.
    """
    global _installed
    if _installed:
        return
    from transformers.generation.continuous_batching.cache import PagedAttentionCache

    update = PagedAttentionCache.update

    def update_where_the_layer_is(self: Any, key_states: Any, value_states: Any, layer_idx: int, kwargs: dict[str, Any]) -> Any:
        follow(self.layer_to_allocator[layer_idx], layer_idx, key_states.device, kwargs)
        return update(self, key_states, value_states, layer_idx, kwargs)

    PagedAttentionCache.update = update_where_the_layer_is
    _installed = True


def follow(allocator: Any, layer_idx: int, device: Any, kwargs: dict[str, Any]) -> None:
    """Puts one layer's cache, and the indices of this step, on `device`, if they are elsewhere. `kwargs` is changed in place."""
    import torch

    keys, values = allocator._kv_token_views[layer_idx]
    if keys.device != device:
        # Nothing of this layer was written yet: its first write comes through here. Its views are tails of one tensor for all layers.
        copies = allocator.__dict__.setdefault("_copies_elsewhere", {})
        if device not in copies:
            copies[device] = torch.zeros_like(allocator.cache_tensor, device=device)
        rows = copies[device].view(-1, *keys.shape[1:])
        allocator._kv_token_views[layer_idx] = (rows[-keys.shape[0] :], rows[-values.shape[0] :])
    for name in ("read_index", "write_index"):
        if any(index.device != device for index in kwargs[name]):
            kwargs[name] = [index.to(device) for index in kwargs[name]]
