"""The first place where something holds, found from a guess in few steps."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable


def first_where(holds: Callable[[int], bool], end: int, guess: int = 0) -> int:
    """The least n from 0 to `end` for which `holds(n)`, `end` if none: it holds for all above.

    Steps that double lead from `guess` to either side, then the rest is halved: a good guess costs
    two calls of `holds`.

    >>> first_where(lambda n: n * n > 1000, 100, guess=30)
    32
    """
    guess = min(guess, end)
    step = 1
    if guess == end or holds(guess):
        low, high = max(0, guess - step), guess
        while low < high and holds(low):
            step *= 2
            low, high = max(0, low - step), low
        low = min(low + 1, high)
    else:
        low, high = guess + 1, min(guess + step, end)
        while high < end and not holds(high):
            step *= 2
            low, high = high + 1, min(high + step, end)
    return low + bisect_left(range(low, high), True, key=holds)
