"""Groups of similar texts, by their vectors."""

from wordllama.cluster.kmeans import KMeans, kmeans

__all__ = ["KMeans", "kmeans"]
