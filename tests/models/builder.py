"""What the tests of this room make: copies to spoil, adapters, answers by continuous batching."""

import json
import shutil
from pathlib import Path
from typing import Any

from ftbench.models import Source, resolve_source
from ftbench.spec.target import Model


def spoilable(folder: Path, tmp_path: Path, name: str = "model") -> Path:
    """A copy of `folder` that a test may change."""
    return Path(shutil.copytree(folder, tmp_path / name))


def set_keys(file: Path, **keys: Any) -> None:
    """Changes keys of a JSON file."""
    file.write_text(json.dumps({**json.loads(file.read_text()), **keys}))


def source_of(folder: Path, **keys: Any) -> Source:
    """`folder` resolved as the spec would."""
    return resolve_source(Model(path=str(folder), **keys), folder.parent)


def make_adapter(base: Path, folder: Path, *, base_name: str | None = None, seed: int = 3, **lora: Any) -> Path:
    """A LoRA adapter for `base` with random, not zero, weights: it changes answers."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    torch.manual_seed(seed)
    settings = {"r": 4, "lora_alpha": 64, "target_modules": ["q_proj", "v_proj"], "init_lora_weights": False, **lora}
    model = get_peft_model(AutoModelForCausalLM.from_pretrained(base), LoraConfig(task_type="CAUSAL_LM", **settings))
    model.save_pretrained(folder)
    if base_name:  # after saving: peft would look the name up on the hub
        set_keys(folder / "adapter_config.json", base_model_name_or_path=base_name)
    return folder


def answers(model: Any, prompts: list[list[int]], new_tokens: int = 6) -> list[list[int]]:
    """Greedy tokens by continuous batching, with a cache of a few hundred tokens."""
    from transformers import GenerationConfig
    from transformers.generation.configuration_utils import ContinuousBatchingConfig

    results = model.generate_batch(
        inputs=prompts,
        generation_config=GenerationConfig(max_new_tokens=new_tokens, do_sample=False, eos_token_id=-1, pad_token_id=2),
        continuous_batching_config=ContinuousBatchingConfig(num_blocks=32, page_size=32, max_batch_tokens=128),
        progress_bar=False,
    )
    ordered = [results[key] for key in sorted(results, key=lambda k: int(str(k).rsplit("_", 1)[-1]))]
    assert all(r.error is None for r in ordered)
    return [list(r.generated_tokens) for r in ordered]


def chat_ids(tokenizer: Any, texts: list[str]) -> list[list[int]]:
    """Prompts as token ids, by the chat template."""
    return [tokenizer.apply_chat_template([{"role": "user", "content": t}], add_generation_prompt=True, return_dict=False) for t in texts]
