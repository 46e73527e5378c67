import pytest

from ftbench.load.workload import load_tokenizer
from tests.load.workload.tokenizers_made import KINDS, save


@pytest.fixture(scope="session")
def folders(tmp_path_factory):
    """A tokenizer folder of each kind."""
    return {kind: save(kind, tmp_path_factory.mktemp(kind)) for kind in KINDS}


@pytest.fixture(scope="session")
def tokenizers(folders):
    return {kind: load_tokenizer(folder) for kind, folder in folders.items()}


@pytest.fixture(scope="session")
def bpe(tokenizers):
    return tokenizers["bpe"]
