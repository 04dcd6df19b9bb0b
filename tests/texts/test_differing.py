"""Two texts on a line show where they differ, however long they are."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from wordllama.texts.differing import LIMIT, differing


@given(
    st.text("ab '\n", max_size=90),
    st.text("xy'", max_size=3),
    st.text("xy'", max_size=3),
    st.text("ab", max_size=90),
)
def test_texts_that_differ_look_different_in_little_room(
    start: str, one: str, other: str, end: str
) -> None:
    shown = differing(start + one + end, start + other + end)
    assert max(map(len, shown)) <= LIMIT
    assert (shown[0] != shown[1]) == (one != other)
