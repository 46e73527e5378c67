from hypothesis import given
from hypothesis import strategies as st

from ftbench.load.captures import Capture, append, read_captures

captures = st.builds(
    lambda index, turn, sent, failure, parts: Capture(
        index, index // 3, turn, 5, sent, (sent or 0) + 9, failure, [t for t, _ in parts], [b for _, b in parts]
    ),
    st.integers(0, 2**40),
    st.integers(0, 9),
    st.none() | st.integers(0, 2**62),
    st.none() | st.tuples(st.sampled_from(["timeout", "dropped"]), st.text(max_size=20)),
    st.lists(st.tuples(st.integers(0, 2**62), st.binary(min_size=1, max_size=50)), max_size=5),
)


@given(st.lists(captures, max_size=5), st.integers(1, 40))
def test_what_was_captured_comes_back_and_a_torn_end_costs_one_entry(tmp_path_factory, written, torn):
    path = tmp_path_factory.mktemp("c") / "captures-0.bin"
    with path.open("wb") as file:
        for capture in written:
            append(file, capture)
    assert list(read_captures(path)) == written
    if written:
        path.write_bytes(path.read_bytes()[: -min(torn, 16)])
        assert list(read_captures(path)) == written[:-1]


def test_a_worker_that_never_began_left_nothing(tmp_path):
    assert list(read_captures(tmp_path / "captures-1.bin")) == []
