from __future__ import annotations

import io
import json

import matplotlib as mpl
import numpy as np
import pytest

from wordllama import WordLlama
from wordllama.cluster import density_labels, find_clusters, nearest_words, typical_words
from wordllama.cluster.drawing import draw_map
from wordllama.cluster.plane import on_plane
from wordllama.split import graphemes

ANIMALS = ["a cat and a dog", "the dog barks", "cats and kittens", "a puppy, a young dog"]
MONEY = ["stock prices fell", "share prices rose", "the stock market", "investors sold shares"]


def test_clusters_are_described_by_their_words(wl: WordLlama) -> None:
    found = wl.find_clusters(ANIMALS + MONEY, k=2, random_state=0)
    assert found.labels.tolist() == [0] * 4 + [1] * 4
    assert found.sizes == [4, 4]
    assert "dog" in found.typical[0][:3]
    assert "prices" in found.typical[1][:3]
    assert {"dog", "puppy", "cat", "cats"} & set(found.near[0][:3])
    assert set(found.central(1, 2)) <= set(MONEY)
    assert found.members(0) == ANIMALS
    with pytest.raises(ValueError, match="label must be from 0 to 1, not 2"):
        found.members(2)


def test_without_k_the_curve_says_why(wl: WordLlama) -> None:
    found = wl.find_clusters(ANIMALS + MONEY, random_state=0)
    assert found.curve is not None
    assert found.k == max(found.curve, key=found.curve.get)  # type: ignore[arg-type]
    labels, _ = wl.cluster(ANIMALS + MONEY, k=None, random_state=0)
    assert len(set(labels)) == 2


def test_dense_places_are_found_and_noise_left_out() -> None:
    rng = np.random.default_rng(0)
    groups = np.repeat(np.eye(3, 16) * 9, 40, axis=0)
    x = np.concatenate([groups, np.zeros((20, 16))]) + rng.standard_normal((140, 16))
    x[120:] = rng.standard_normal((20, 16)) * 3
    found = find_clusters(range(140), x.astype(np.float32), method="density")
    assert found.k == 3
    assert len(found.noise) >= 10
    assert all(
        len(set(found.labels[i : i + 40][found.labels[i : i + 40] >= 0])) == 1 for i in (0, 40, 80)
    )
    assert "(noise)" in str(found)


def test_the_result_becomes_json_arrow_pandas_and_a_picture(wl: WordLlama) -> None:
    mpl.use("agg")
    found = wl.find_clusters(ANIMALS + MONEY, k=2, random_state=0)
    assert json.loads(json.dumps(found.to_dict()))["clusters"][0]["size"] == 4
    assert found.to_arrow()["cluster"].to_pylist() == found.to_pandas()["cluster"].tolist()
    assert 0 < found.to_pandas()["similarity"].min() <= 1
    axes = found.plot()
    drawn = sum(len(points.get_offsets()) for points in axes.collections)
    assert drawn == 8
    with pytest.raises(ValueError, match="method must be 'pca' or 'umap'"):
        on_plane(found.vectors, "tsne")  # type: ignore[arg-type]


def test_names_on_a_map_cover_none_of_each_other_and_are_text() -> None:
    mpl.use("agg")
    points = np.repeat(np.array([[0, 0], [0.01, 0], [9, 9]], np.float32), [5, 3, 2], axis=0)
    axes = draw_map(points, np.repeat([0, 1, 2], [5, 3, 2]), ["costs $5, $6", "hidden", "other"])
    names = [text.get_text() for text in axes.texts]
    assert names == ["costs $5, $6", "other"]  # the larger cluster's, where two would overlap
    axes.figure.savefig(io.BytesIO())
    renderer = axes.figure.canvas.get_renderer()
    one, two = (text.get_window_extent(renderer) for text in axes.texts)
    assert not one.overlaps(two)


def test_a_choice_that_says_nothing_is_told() -> None:
    pairs = np.repeat(np.eye(100, dtype=np.float32), 2, axis=0)
    with pytest.warns(UserWarning, match=r"28 clusters, the most that were tried"):
        find_clusters(range(200), pairs, random_state=0)


def test_one_crowd_by_density_is_told() -> None:
    rng = np.random.default_rng(0)
    x = np.repeat(np.eye(2, 16), [90, 20], axis=0) + 0.2 * rng.standard_normal((110, 16))
    with pytest.warns(UserWarning, match=r"density put \d\d% of the texts in one of 2 clusters"):
        density_labels(x.astype(np.float32), 10)


@pytest.mark.parametrize("method", ["auto", "density"])
def test_nothing_in_nothing_out(method) -> None:  # type: ignore[no-untyped-def]
    found = find_clusters([], np.zeros((0, 4), np.float32), method=method)
    assert (found.k, found.sizes, found.noise, found.inertia) == (0, [], [], 0.0)


def test_one_text_is_one_cluster(wl: WordLlama) -> None:
    assert wl.find_clusters(["alone"]).labels.tolist() == [0]


def test_words_of_noise_are_not_counted() -> None:
    labels = np.array([0, -1])
    assert typical_words(["red car", "green tree"], labels) == {0: ["car", "red"]}


def test_texts_without_words_have_no_nearest_words() -> None:
    centres = np.ones((2, 4), np.float32)
    assert nearest_words(["1 2", "..."], centres, lambda words: np.ones((len(words), 4))) == [
        [],
        [],
    ]


def test_bad_arguments_are_named(wl: WordLlama) -> None:
    with pytest.raises(ValueError, match="method must be auto, kmeans, minibatch or density"):
        wl.find_clusters(ANIMALS, method="dbscan")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="k must be from 1 to the number of vectors"):
        wl.find_clusters(ANIMALS, k=5)
    with pytest.raises(ValueError, match="find_clusters needs dense vectors"):
        WordLlama(wl.encoder, binary=True).find_clusters(ANIMALS)


def test_words_that_come_everywhere_set_nothing_apart() -> None:
    texts = ["the cat and the dog of the house"] * 9 + ["the price of the share and the market"] * 8
    words = typical_words(texts, np.repeat([0, 1], [9, 8]), n=3)
    assert words == {0: ["cat", "dog", "house"], 1: ["market", "price", "share"]}


def test_words_of_any_script_are_whole() -> None:
    texts = ["मौसम अच्छा है", "今日の天気", "Übergrößen-Träger, aujourd’hui", "สวัสดี"]
    found = typical_words(texts, np.arange(4), n=9)
    assert found[0] == sorted(["मौसम", "अच्छा", "है"])
    assert found[1] == sorted(["今日", "日の", "の天", "天気"])
    assert found[2] == sorted(["übergrößen-träger", "aujourd’hui"])
    assert all(len(graphemes(pair)) == 2 for pair in found[3])


def test_no_texts_are_in_no_clusters(wl: WordLlama) -> None:
    assert wl.cluster([], k=None) == ([], 0.0)
    assert wl.find_clusters([]).k == 0
