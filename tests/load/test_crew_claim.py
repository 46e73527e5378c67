"""Folders that one process has for itself."""

import os
import time

from ftbench.load.crew.claim import YOUNG_S, claim, drop, new_scratch


def old(folder) -> None:
    os.utime(folder, times=(0, time.time() - 2 * YOUNG_S))


def test_a_claimed_folder_cannot_be_claimed_again_until_it_is_given_free(tmp_path):
    held = claim(tmp_path)
    assert held is not None and claim(tmp_path) is None
    os.close(held)
    again = claim(tmp_path)
    assert again is not None and list(tmp_path.iterdir()) == []
    os.close(again)


def test_what_a_killed_process_left_is_removed_and_what_a_living_one_uses_is_not(tmp_path):
    killed, living, young, other = (tmp_path / name for name in ("ftbench-load-a", "ftbench-load-b", "ftbench-load-c", "other"))
    for folder in (killed, living, young, other):
        folder.mkdir()
        (folder / "captures-0.bin").write_bytes(b"x")
    held = claim(living)
    for folder in (killed, living, other):
        old(folder)
    made = new_scratch(tmp_path)
    assert not killed.exists() and living.exists() and young.exists() and other.exists()
    os.close(held)
    old(made.folder)
    second = new_scratch(tmp_path)
    assert made.folder.exists()  # its process lives: it is this one
    for scratch in (made, second):
        drop(scratch)
        assert not scratch.folder.exists()
