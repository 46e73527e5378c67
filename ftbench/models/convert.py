"""`python -m ftbench.models.convert FOLDER GGUF OUT`: one GGUF file becomes fp32 safetensors and a tokenizer.

A process of its own: dequantizing takes twice the size of the weights (1.2 GB at the peak for the embedded model), and only
a process that ends gives all memory back.
"""

import os
import sys
from pathlib import Path


def convert(folder: Path, name: str, out: Path) -> None:
    """Writes the model in `folder`/`name` to `out`, which exists."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    tokenizer = AutoTokenizer.from_pretrained(folder, gguf_file=name)
    model = AutoModelForCausalLM.from_pretrained(
        folder, gguf_file=name, dtype=torch.float32, quantization_config=GgufConfig(dequantize=True), low_cpu_mem_usage=True
    )
    model.config.name_or_path = ""
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config  # what is written is plain fp32
    tokenizer.save_pretrained(out)
    model.save_pretrained(out)


if __name__ == "__main__":
    source, file_name, target = sys.argv[1:]
    convert(Path(source), file_name, Path(target))
    mask = os.umask(0)
    for written in Path(target).iterdir():
        written.chmod(0o666 & ~mask)  # safetensors writes 0600, which a cache shared by a team cannot use
