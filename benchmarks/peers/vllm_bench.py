"""`vllm bench serve` without the engine: its benchmarks module as it was released, run on a machine where vLLM's kernels cannot be.

Of the wheel only vllm/benchmarks and vllm/utils are installed. What else they import (multimodal data, LoRA, the engine's settings) serves
data sets that are not used here and is stood in for; the tokenizer is the transformers' own. What sends, reads and counts is vLLM's code.
"""

import argparse
import importlib.abc
import importlib.machinery
import importlib.util
import logging
import sys
from pathlib import Path
from types import ModuleType
from unittest.mock import MagicMock

REAL = ("vllm.benchmarks", "vllm.utils.")


class StandIns(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Makes every other module of vllm: a package whose every name is a mock."""

    def find_spec(self, name: str, path: object, target: object = None) -> importlib.machinery.ModuleSpec | None:
        if name.partition(".")[0] != "vllm" or name.startswith(REAL):
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def exec_module(self, module: ModuleType) -> None:
        name = module.__name__
        folders = (Path(entry, *name.split(".")) for entry in sys.path)
        module.__path__ = [str(folder) for folder in folders if folder.is_dir()]
        module.__getattr__ = lambda wanted: MagicMock(name=f"{name}.{wanted}")
        if name == "vllm.logger":
            module.init_logger = logging.getLogger
        elif name == "vllm.tokenizers":
            module.get_tokenizer = _tokenizer


def _tokenizer(folder: str, **_: object) -> object:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(folder)


def main() -> None:
    sys.meta_path.insert(0, StandIns())
    from vllm.benchmarks.serve import add_cli_args
    from vllm.benchmarks.serve import main as bench

    parser = argparse.ArgumentParser()
    add_cli_args(parser)
    bench(parser.parse_args())


if __name__ == "__main__":
    main()
