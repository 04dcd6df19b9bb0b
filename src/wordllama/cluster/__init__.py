"""Groups of similar texts, by their vectors."""

from wordllama.cluster.choice import choose_k, silhouette
from wordllama.cluster.density import density_labels
from wordllama.cluster.find import find_clusters
from wordllama.cluster.result import Clusters
from wordllama.cluster.terms import nearest_words, typical_words
from wordllama.kmeans.lloyd import KMeans, kmeans
from wordllama.kmeans.minibatch import minibatch_kmeans

__all__ = [
    "Clusters",
    "KMeans",
    "choose_k",
    "density_labels",
    "find_clusters",
    "kmeans",
    "minibatch_kmeans",
    "nearest_words",
    "silhouette",
    "typical_words",
]
