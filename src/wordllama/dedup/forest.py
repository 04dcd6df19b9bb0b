"""The strongest pairs that hold each group together: a maximum spanning forest of a graph.

Its connected components at any higher threshold are those of the whole graph, so of millions of
pairs fewer than one for each text need be kept (Borůvka 1926; single linkage).
"""

from __future__ import annotations

import numpy as np

from wordllama.pairs.components import connect
from wordllama.pairs.scored import Pairs


def spanning_forest(nodes: int, edges: Pairs) -> Pairs:
    """The edges of a maximum spanning forest, strongest first.

    >>> triangle = Pairs(np.array([0, 1, 0]), np.array([1, 2, 2]), np.float32([0.9, 0.8, 0.7]))
    >>> spanning_forest(3, triangle).right.tolist()
    [1, 2]
    """
    order = np.argsort(-edges.score, kind="stable")
    left, right = edges.left[order], edges.right[order]
    in_forest = np.zeros(len(order), bool)
    tree = np.arange(nodes)
    while True:
        a, b = tree[left], tree[right]
        open_ = np.flatnonzero(a != b)
        if not len(open_):
            break
        a, b = a[open_], b[open_]
        strongest = np.full(nodes, len(order))
        np.minimum.at(strongest, a, open_)
        np.minimum.at(strongest, b, open_)
        picked = np.unique(strongest[strongest < len(order)])
        in_forest[picked] = True
        tree = connect(tree, left[picked], right[picked])
    kept = order[in_forest]
    return Pairs(edges.left[kept], edges.right[kept], edges.score[kept])
