import pytest


@pytest.fixture(autouse=True)
def nothing_kept(tmp_path, monkeypatch):
    """No measured peaks and no profiles of whoever runs the tests."""
    monkeypatch.setenv("FTBENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("FTBENCH_DATA", str(tmp_path / "data"))
