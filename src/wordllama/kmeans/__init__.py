"""k-means on arrays of vectors: for clusters, and for the cells in which pairs are looked for."""
