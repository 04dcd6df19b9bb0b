"""Connected components of a graph, as a tree over its nodes' numbers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def connect(
    tree: NDArray[np.int64], left: NDArray[np.int64], right: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Join the components of each edge's ends; every node then points to its component's lowest.

    `tree` says so before: `np.arange(nodes)` where nothing is connected. It is not changed.

    >>> connect(np.arange(4), np.array([0, 2]), np.array([2, 3])).tolist()
    [0, 1, 0, 0]
    """
    while True:
        a, b = tree[left], tree[right]
        apart = a != b
        if not apart.any():
            return tree
        left, right, a, b = left[apart], right[apart], a[apart], b[apart]
        tree = tree.copy()
        np.minimum.at(tree, np.maximum(a, b), np.minimum(a, b))
        while True:
            above = tree[tree]
            if np.array_equal(above, tree):
                break
            tree = above
