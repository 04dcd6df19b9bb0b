from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wordllama.texts.graphemes import graphemes, is_border, last_border

OFFICIAL = Path(__file__).with_name("GraphemeBreakTest.txt").read_text(encoding="utf-8")


def test_unicodes_own_cases_come_out_as_printed() -> None:
    cases = [line.split() for line in OFFICIAL.splitlines() if not line.startswith("#")]
    assert len(cases) == 602
    for case in cases:
        clusters = ["".join(chr(int(code, 16)) for code in part.split("-")) for part in case]
        assert graphemes("".join(clusters)) == clusters


@pytest.mark.parametrize(
    "cluster",
    [
        "\u0915\u094d\u0924",  # consonant, linker, consonant: rule GB9c, new in Unicode 15.1
        "\u0915\u094d\u200d\u0924",
        "\u0915\u093c\u094d\u0924",
        "👨‍👩‍👧‍👦",
        "🏴󠁧󠁢󠁳󠁣󠁴󠁿",
        "👍🏽",
        "e\u0301\u0323",
        "각",
        "\u1100\u1161\u11a8",
        "กำ",
    ],
)
def test_a_cluster_is_not_cut(cluster: str) -> None:
    assert graphemes(cluster + cluster[:1]) == [cluster, cluster[:1]]


def test_a_linker_joins_nothing_without_a_consonant_before_it() -> None:
    assert graphemes("a\u094d\u0924") == ["a\u094d", "\u0924"]
    assert graphemes("\u0915\u094d\u200c\u0924") == ["\u0915\u094d\u200c", "\u0924"]


characters = st.sampled_from("ab \r\n\t\u0301\u200d\u200c👩🚀🏽❤\ufe0f🇨🇭🇯한ᄀ가ᅡᆨกำक्षि\u0600\ud800漢")


@given(st.lists(characters, max_size=20).map("".join))
def test_clusters_put_together_give_the_text(text: str) -> None:
    assert "".join(graphemes(text)) == text


@given(st.lists(characters, min_size=1, max_size=20).map("".join), st.data())
def test_the_last_border_is_the_end_of_a_cluster(text: str, data: st.DataObject) -> None:
    ends = {0}
    for cluster in graphemes(text):
        ends.add(max(ends) + len(cluster))
    start = data.draw(st.sampled_from(sorted(ends - {len(text)})))
    at = data.draw(st.integers(start + 1, len(text)))
    border = last_border(text, at, start)
    inside = [end for end in ends if start < end <= at]
    assert border == (max(inside) if inside else at)
    assert at == len(text) or is_border(text, at, start) == (at in ends)
