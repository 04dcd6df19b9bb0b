"""The class a user holds: `WordLlama`, a model and the toolkit's methods on it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any, Literal, cast, overload

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

from wordllama import coverage, vectors
from wordllama.arguments import (
    Items,
    Records,
    are_vectors,
    at_least,
    check_threshold,
    is_one,
    one_text,
)
from wordllama.classify import Classifier
from wordllama.encode import pooling, tokenizing
from wordllama.encode.encoder import Encoder
from wordllama.kernel import Rows
from wordllama.texts import Texts, as_list, gathered, valid_unicode

if TYPE_CHECKING:
    from wordllama.cluster import Clusters
    from wordllama.dedup import Duplicates, Keep
    from wordllama.explain import Contrast, Coverage, Explanation, Ranking
    from wordllama.hub.loading import Loaded, Origin
    from wordllama.hub.registry import ModelURI
    from wordllama.index import Index
    from wordllama.pairs.approximate import Method
    from wordllama.search import Found, Matches, Mode, Outliers
    from wordllama.split import Chunks


class WordLlama:
    """A model, which embeds texts and compares, searches, groups and splits them by their vectors.

    `WordLlama.load()` loads a published or saved model; `WordLlama(embedding, tokenizer)` wraps a
    matrix (n_vocab, dim) of your own and its `tokenizers.Tokenizer`.

    In all methods a text is a `str` (lone surrogates are read as U+FFFD), and texts are a list,
    tuple, generator, or NumPy, pandas, Polars or Arrow column of `str`. An empty text has the zero
    vector, whose cosine with anything is 0. A TypeError names the index and type of an item that
    is not a string.

    >>> wl = WordLlama.load()
    >>> round(wl.similarity("i went to the car", "i went to the pawn shop"), 5)
    0.06641
    """

    def __init__(
        self,
        embedding: NDArray[Any] | Encoder,
        tokenizer: Tokenizer | None = None,
        binary: bool = False,
        *,
        normalize: bool = False,
    ) -> None:
        self.encoder = _encoder(embedding, tokenizer)
        self.normalize = normalize
        self.binary = binary
        self.origin: Origin | None = None
        """By which name and width it was loaded, if it was."""
        self.check = True
        """Whether methods warn if the model does not read the texts; can be set."""

    def __repr__(self) -> str:
        kind = "binary" if self.binary else str(self.encoder.rows.matrix.dtype)
        return f"WordLlama({self.encoder.n_tokens} tokens x {self.dim} dimensions, {kind})"

    # -- models ----------------------------------------------------------------------------------

    @classmethod
    def load(
        cls,
        config: str | PathLike[str] | ModelURI = "l2_supercat",
        cache_dir: str | PathLike[str] | None = None,
        binary: bool = False,
        dim: int = 256,
        trunc_dim: int | None = None,
        disable_download: bool = False,
    ) -> WordLlama:
        """Load a model by name, folder, `.safetensors` file or hub repository ("owner/name").

        A published model is searched for in the package, the cache (`cache_dir`, else
        `~/.cache/wordllama`), the Hugging Face hub and the published package on PyPI, in this
        order; `disable_download=True` or `HF_HUB_OFFLINE=1` limits the search to the first two.
        `dim` chooses a published width, `trunc_dim` cuts it to fewer (Matryoshka) dimensions, and
        `binary` gives binary vectors (a multiple of 64 dimensions).

        Raises ValueError for an unknown name or width or a damaged file, and FileNotFoundError,
        which lists every place that was searched.

        >>> WordLlama.load("l2_supercat", trunc_dim=64)
        WordLlama(32000 tokens x 64 dimensions, float16)
        """
        from wordllama.hub import loading

        return cls._of(loading.load(config, cache_dir, binary, dim, trunc_dim, disable_download))

    @classmethod
    def load_m2v(
        cls,
        config: str,
        cache_dir: str | PathLike[str] | None = None,
        disable_download: bool = False,
    ) -> WordLlama:
        """Load a model2vec model by its name in `list_configs()["model2vec"]`.

        As in the published package, vectors are normalised only if you ask `embed` for it.
        """
        from wordllama.hub import loading

        return cls._of(loading.load_m2v(config, cache_dir, disable_download))

    @classmethod
    def _of(cls, loaded: Loaded) -> WordLlama:
        model = cls(loaded.encoder, binary=loaded.binary, normalize=loaded.normalize)
        model.origin = loaded.origin
        return model

    @overload
    @staticmethod
    def list_configs(languages: Literal[False] = ...) -> dict[str, list[str]]: ...
    @overload
    @staticmethod
    def list_configs(languages: Literal[True]) -> dict[str, dict[str, list[str]]]: ...
    @staticmethod
    def list_configs(languages: bool = False) -> Any:
        """The model names for `load` ("wordllama") and `load_m2v` ("model2vec").

        With `languages`, each name with the languages that the model was made for.

        >>> WordLlama.list_configs()["wordllama"]
        ['l2_supercat', 'l3_supercat']
        >>> WordLlama.list_configs(languages=True)["shipped"]
        {'l2_words': ['en']}
        """
        from wordllama.hub import registry

        return registry.list_languages() if languages else registry.list_configs()

    def save(self, folder: str | PathLike[str]) -> None:
        """Write the model to `folder`, completely or not at all; `load(folder)` reads it.

        The folder says for which `languages` it was made, if that is known.
        """
        from wordllama.hub import loading

        loading.save(folder, loading.Loaded(self.encoder, self.binary, self.normalize))

    @property
    def languages(self) -> tuple[str, ...] | None:
        """Codes of the languages that the model was made for, such as "en"; None: not known.

        Can be set; `save` writes it into the folder.

        >>> WordLlama.load().languages
        ('en',)
        """
        return self.encoder.languages

    @languages.setter
    def languages(self, codes: Iterable[str] | None) -> None:
        self.encoder.languages = coverage.language_codes(codes, "languages")

    # -- fitting (nothing of PyTorch is imported before `finetune` is called) ---------------------

    def fit_classifier(
        self,
        texts: Texts,
        labels: Iterable[Any],
        c: float | None = None,
        *,
        balanced: bool = False,
        progress: bool = False,
    ) -> Classifier:
        """A classifier fitted to labelled texts; see `classify.Classifier`.

        >>> texts, labels = ["great food", "flat tyre"], ["food", "cars"]
        >>> WordLlama.load().fit_classifier(texts, labels).predict(["a tasty soup"]).tolist()
        ['food']
        """
        listed = as_list(texts)
        self._look(listed)
        return Classifier(self, c, balanced).fit(listed, labels, progress=progress)

    def finetune(
        self,
        pairs: Iterable[tuple[str, str]],
        epochs: int = 3,
        batch_size: int = 256,
        learning_rate: float = 1e-2,
        seed: int = 0,
    ) -> WordLlama:
        """A new model in which the two texts of each pair are more similar (extra `train`).

        Every row is trained by multiple-negatives ranking at the model's Matryoshka widths, and
        kept near its old value. The same arguments give the same model.
        """
        from wordllama.extras import require

        require("torch", extra="train")
        from wordllama.train.finetune import finetuned

        rows = finetuned(
            self.encoder,
            pairs,
            binary=self.binary,
            epochs=epochs,
            batch_size=batch_size,
            learning_rate=learning_rate,
            seed=seed,
        )
        encoder = Encoder(
            rows,
            lambda: self.encoder.tokenizer_json,
            skip_unknown=self.encoder.skip_unknown,
            languages=self.languages,
        )
        return WordLlama(encoder, binary=self.binary, normalize=self.normalize)

    # -- vectors ---------------------------------------------------------------------------------

    @property
    def dim(self) -> int:
        """Dimensions of a vector."""
        return self.encoder.dim

    @property
    def binary(self) -> bool:
        """Whether vectors are binary and compared by Hamming similarity, not cosine; can be set."""
        return self._binary

    @binary.setter
    def binary(self, value: bool) -> None:
        self._width, self._dtype = pooling.width(self.encoder, value)
        self._binary = bool(value)

    @property
    def tokenizer(self) -> Tokenizer:
        """The model's tokenizer, without padding or truncation."""
        return self.encoder.tokenizer

    @property
    def embedding(self) -> NDArray[np.float32]:
        """The row of every token: a new (n_vocab, dim) float32 array."""
        return self.encoder.token_vectors(np.arange(self.encoder.n_tokens, dtype=np.int32))

    def tokenize(self, texts: Texts) -> list[Encoding]:
        """Encodings of the texts, as `tokenizers` gives them, without special tokens."""
        listed = [valid_unicode(text) for text in as_list(texts)]
        return tokenizing.encoded(self.tokenizer, listed)

    @overload
    def embed(
        self,
        texts: Texts,
        norm: bool = ...,
        return_np: Literal[True] = ...,
        pool_embeddings: Literal[True] = ...,
        batch_size: int = ...,
        *,
        out: NDArray[Any] | None = ...,
        threads: int = ...,
        progress: bool = ...,
    ) -> NDArray[Any]: ...
    @overload
    def embed(
        self,
        texts: Texts,
        norm: bool = ...,
        return_np: bool = ...,
        pool_embeddings: bool = ...,
        batch_size: int = ...,
        *,
        out: NDArray[Any] | None = ...,
        threads: int = ...,
        progress: bool = ...,
    ) -> Any: ...
    def embed(
        self,
        texts: Texts,
        norm: bool = False,
        return_np: bool = True,
        pool_embeddings: bool = True,
        batch_size: int = 64,
        *,
        out: NDArray[Any] | None = None,
        threads: int = 0,
        progress: bool = False,
    ) -> Any:
        """Vectors of the texts: float32 (n, dim), or packed uint64 (n, dim / 64) when binary.

        norm: scale vectors to unit length (zero stays zero).
        return_np: False returns nested lists.
        pool_embeddings: False returns a list with a (tokens, dim) array for each text.
        batch_size: for old scripts; neither results nor memory depend on it.
        out: an array or memory map of the right shape and dtype, which is filled and returned.
        threads: 0 for all cores. progress: show a bar on a terminal.

        >>> wl = WordLlama.load()
        >>> wl.embed(["one text", "another"]).shape
        (2, 256)
        """
        at_least(1, batch_size=batch_size)
        at_least(0, threads=threads)
        norm = bool(norm or self.normalize)
        if not pool_embeddings:
            if out is not None:
                raise ValueError("out can't hold token vectors: it needs pool_embeddings=True")
            tokens = [
                pooling.token_vectors(self.encoder, text, norm, self.binary)
                for text in as_list(texts)
            ]
            return tokens if return_np else [each.tolist() for each in tokens]
        if type(texts) is str and out is None:
            pooled = self._few([texts], norm)
        else:
            pooled = self._pooled(texts, norm, out=out, threads=threads, progress=progress)
        return pooled if return_np else pooled.tolist()

    def vector_similarity(self, a: NDArray[Any], b: NDArray[Any]) -> NDArray[np.float32]:
        """Similarity of all rows of `a` with all rows of `b` (vectors of this model): (n, m)."""
        checked = [
            vectors.check_vectors(np.atleast_2d(rows), name) for rows, name in ((a, "a"), (b, "b"))
        ]
        return vectors.similarity(*checked)

    # -- comparing -------------------------------------------------------------------------------

    def similarity(self, text1: str, text2: str) -> float:
        """Cosine of the two texts' vectors, or `1 - 2 * hamming / bits` when binary.

        >>> wl = WordLlama.load()
        >>> wl.similarity("a cat", "a cat") > 0.999
        True
        """
        both = self._few([one_text(text1, "text1"), one_text(text2, "text2")], False)
        return vectors.score(both[0], both[1])

    def key(self, query: str, norm: bool = True) -> Callable[[str], float]:
        """A function from a text to its similarity to `query`, for `sorted`, `max` and `min`.

        >>> wl = WordLlama.load()
        >>> max(["pasta", "neural networks"], key=wl.key("machine learning"))
        'neural networks'
        """
        norm = bool(norm)
        vector = self._few([one_text(query, "query")], norm)[0]

        def similarity_to_query(text: str) -> float:
            return vectors.score(vector, self._few([one_text(text, "text")], norm)[0])

        return similarity_to_query

    @overload
    def rank(
        self, query: str, docs: Items, sort: bool = ..., batch_size: int = ..., *, mode: Mode = ...
    ) -> Found[tuple[str, float]]: ...
    @overload
    def rank(
        self,
        query: Items,
        docs: Items,
        sort: bool = ...,
        batch_size: int = ...,
        *,
        mode: Mode = ...,
    ) -> Any: ...
    def rank(
        self,
        query: Items,
        docs: Items,
        sort: bool = True,
        batch_size: int = 64,
        *,
        mode: Mode = "vector",
    ) -> Any:
        """(document, similarity to the query) of each document, best first unless `sort=False`.

        Several queries give a list of such lists. You can pass vectors in place of texts; each
        document is then a row number. The list (`search.Found`) also has `indices`, `scores`,
        `table()`, `to_pandas()` and more. mode: "keyword" scores English words by BM25, "hybrid"
        by both, as an `index` does.

        >>> wl = WordLlama.load()
        >>> [doc for doc, score in wl.rank("car", ["shop", "truck"])]
        ['truck', 'shop']
        """
        from wordllama import search

        if mode != "vector":
            listed, table = self._scored_by_words(query, docs, "docs", mode)
            if sort:
                orders, table = search.order(table)
        else:
            listed, rows = self._searched(docs, "docs")
            queries = self._queries(query)
            if sort:
                orders, table = search.rank(queries, rows, name="docs")
            else:
                table = search.scores(queries, rows, name="docs")
        if not sort:
            orders = np.broadcast_to(np.arange(len(listed)), table.shape)
        found = []
        for places, scores in zip(orders, table, strict=True):
            documents = [listed[i] for i in places]
            pairs = zip(documents, map(float, scores), strict=True)
            found.append(search.Found(pairs, documents, places, scores))
        return found[0] if is_one(query) else found

    @overload
    def topk(
        self, query: str, candidates: Items, k: int = ..., *, mode: Mode = ...
    ) -> Found[str]: ...
    @overload
    def topk(self, query: Items, candidates: Items, k: int = ..., *, mode: Mode = ...) -> Any: ...
    def topk(self, query: Items, candidates: Items, k: int = 3, *, mode: Mode = "vector") -> Any:
        """The `k` candidates most similar to the query (all, if there are no more than `k`).

        Several queries give a list of such lists. You can pass vectors in place of texts. The list
        (`search.Found`) also has `scores`, `indices`, `table()`, `to_pandas()` and more. mode: as
        in `rank`.

        >>> wl = WordLlama.load()
        >>> best = wl.topk("car", ["shop", "truck", "park"], k=1)
        >>> best, best.indices.tolist(), best.scores.tolist()
        (['truck'], [1], [0.168...])
        >>> wl.topk(["car", "tree"], ["shop", "truck", "park"], k=1)
        [['truck'], ['park']]
        """
        from wordllama import search

        at_least(1, k=k)
        if mode != "vector":
            listed, table = self._scored_by_words(query, candidates, "candidates", mode)
            indices, scores = (ordered[:, :k] for ordered in search.order(table))
        else:
            listed, rows = self._searched(candidates, "candidates")
            indices, scores = search.topk(self._queries(query), rows, k, name="candidates")
        return _found(query, listed, zip(indices, scores, strict=True))

    @overload
    def filter(
        self, query: str, candidates: Items, threshold: float = ..., *, mode: Mode = ...
    ) -> Found[str]: ...
    @overload
    def filter(
        self, query: Items, candidates: Items, threshold: float = ..., *, mode: Mode = ...
    ) -> Any: ...
    def filter(
        self, query: Items, candidates: Items, threshold: float = 0.3, *, mode: Mode = "vector"
    ) -> Any:
        """The candidates whose similarity to the query is above `threshold`, in input order.

        Several queries give a list of such lists. You can pass vectors in place of texts. The list
        has what that of `topk` has. mode: as in `rank`; keyword scores have no upper limit.

        >>> wl = WordLlama.load()
        >>> wl.filter("a car", ["a shop", "a vehicle"])
        ['a vehicle']
        """
        if mode != "keyword":
            check_threshold(threshold)
        from wordllama import search

        if mode != "vector":
            listed, table = self._scored_by_words(query, candidates, "candidates", mode)
            passing = [search.above(row, threshold) for row in table]
        else:
            listed, rows = self._searched(candidates, "candidates")
            passing = search.filter(self._queries(query), rows, threshold, name="candidates")
        return _found(query, listed, passing)

    def mine(
        self,
        texts: Items,
        k: int = 10,
        threshold: float = 0.5,
        *,
        method: Method = "auto",
        progress: bool = False,
    ) -> Matches:
        """The most similar pairs among the texts, best first: `search.mine` with texts.

        >>> wl = WordLlama.load()
        >>> print(wl.mine(["a red car", "the weather", "a car, red"], threshold=0.8))
        0.998  a red car  ~  a car, red
        """
        from wordllama import search

        check_threshold(threshold)
        listed, rows = self._items(texts, "texts")
        pairs = search.mine(rows, k, threshold, method=method, progress=progress)
        return search.Matches(listed, listed, pairs)

    def join(
        self,
        left: Items,
        right: Items,
        threshold: float = 0.5,
        k: int | None = None,
        *,
        one_to_one: bool = False,
        method: Method = "auto",
        progress: bool = False,
    ) -> Matches:
        """Pairs of a left and a right text over `threshold`, best first: `search.join` with texts.

        >>> wl = WordLlama.load()
        >>> print(wl.join(["car", "rain"], ["rainy weather", "a vehicle"], one_to_one=True))
        0.752  rain  ~  rainy weather
        0.686  car  ~  a vehicle
        """
        from wordllama import search

        check_threshold(threshold)
        (texts, a), (others, b) = self._items(left, "left"), self._items(right, "right")
        pairs = search.join(
            a, b, threshold, k, one_to_one=one_to_one, method=method, progress=progress
        )
        return search.Matches(texts, others, pairs)

    def representatives(
        self,
        texts: Items,
        n: int,
        diversity: float = 0.5,
        query: str | None = None,
        *,
        progress: bool = False,
    ) -> list[Any]:
        """`n` texts that represent all of them, or all that is about `query`; dense models only.

        >>> wl = WordLlama.load()
        >>> wl.representatives(["a red car", "a blue car", "the weather"], 2)
        ['a blue car', 'the weather']
        """
        from wordllama import search

        self._dense_only("representatives")
        listed, rows = self._items(texts, "texts")
        about = None if query is None else self._queries(query)[0]
        rows_taken = search.representatives(rows, n, diversity, about, progress=progress)
        return [listed[i] for i in rows_taken]

    def outliers(
        self, texts: Items, k: int = 20, *, sample: int = 200_000, progress: bool = False
    ) -> Outliers:
        """The texts with the probability that each is an outlier, highest first.

        Each text is compared with its `k` nearest neighbours; above `sample` texts they are
        searched in a random sample of that size. See `search.outlier_scores`.

        >>> wl = WordLlama.load()
        >>> wl.outliers(["a car", "a bus", "a truck", "a van", "quantum theory"], k=3).texts[0]
        'quantum theory'
        """
        from wordllama import search

        listed, rows = self._items(texts, "texts")
        scores = search.outlier_scores(rows, k, sample=sample, progress=progress)
        order = np.argsort(-scores, kind="stable").tolist()
        return search.Outliers([listed[i] for i in order], order, scores[order].tolist())

    def deduplicate(
        self,
        docs: Items,
        threshold: float = 0.9,
        return_indices: bool = False,
        batch_size: int | None = None,
        *,
        progress: bool = False,
    ) -> list[str] | list[int]:
        """The documents without those that are near-duplicates of an earlier one.

        A document goes if its similarity to any earlier one is above `threshold`; at a threshold of
        1, if it is the same text (or row of vectors) as an earlier one. With `return_indices` the
        sorted indices of those that go. `batch_size` is kept for old scripts. Documents that the
        model does not read go like any other, with a warning; `find_duplicates` keeps them.

        >>> wl = WordLlama.load()
        >>> wl.deduplicate(["a red car", "the weather", "a red car!"], threshold=0.8)
        ['a red car', 'the weather']
        """
        from wordllama import dedup

        check_threshold(threshold)
        if dedup.exact_only(threshold) and not are_vectors(docs):
            listed = as_list(docs, "docs")
            gone = dedup.repeated(listed)
        else:
            listed, rows = self._items(docs, "docs")
            gone = dedup.duplicate_indices(rows, threshold, progress=progress)
        if return_indices:
            return list(map(int, gone))
        dropped = set(map(int, gone))
        return [doc for i, doc in enumerate(listed) if i not in dropped]

    def find_duplicates(
        self,
        texts: Records,
        threshold: float = 0.9,
        against: Records | None = None,
        *,
        against_only: bool = False,
        columns: Sequence[str] | None = None,
        keep: Keep[Any] = "first",
        chain: bool = False,
        fold: bool = False,
        target: int | None = None,
        method: Method = "auto",
        progress: bool = False,
        check: bool = True,
    ) -> Duplicates[Any]:
        """Which items repeat one that is kept, which one, how similar they are, and the groups.

        Items are taken in order: each goes if it is the same as one that is kept, or more similar
        than `threshold`. An item that is only like one that goes is kept, unlike in `deduplicate`.

        texts: also records, as dicts, a mapping of columns, a data frame (lazy ones are collected)
        or a data set of Hugging Face's; they are compared by
        the mean similarity of the `columns` (all that hold text, if none are named).
        against: also drop what this other set holds; with `against_only`, only that, as test texts
        from training data.
        keep: "first", "longest" or a function: items with higher values are taken first.
        chain: as `deduplicate`, drop also what is like an item that goes itself.
        fold: compare without regard to letter case, width, white space and what is not seen
        (`dedup.folded`).
        target: keep at most so many; the threshold follows (see `Duplicates.threshold`).
        method: "exact" compares all pairs, "approximate" finds nearly all ("auto": above 200,000).
        check: of texts that the model does not read (see `unread_shares`) only exact copies are
        duplicates, and there is a warning; False compares them like any other.

        >>> wl = WordLlama.load()
        >>> print(wl.find_duplicates(["a red car", "rain", "a red car", "a car, red"]))
        2 of 4 items are duplicates (50.0%): 1 exact, 1 over 0.9; 1 group, the largest of 3
        """
        from wordllama import dedup

        check_threshold(threshold)
        check = check and not (target is None and dedup.exact_only(threshold))
        items, rows, names, unread = self._records(texts, "texts", columns, fold, check)
        other = None
        if against is not None:
            other = self._records(against, "against", names, fold, check)
        return dedup.find_duplicates(
            items,
            rows,
            threshold,
            against=other and other[:2],
            against_only=against_only,
            columns=names,
            keep=keep,
            chain=chain,
            fold=fold,
            target=target,
            method=method,
            progress=progress,
            unread=unread,
            against_unread=other and other[3],
        )

    def cluster(
        self,
        docs: Items,
        k: int | None,
        max_iterations: int = 100,
        tolerance: float = 1e-4,
        n_init: int = 10,
        min_iterations: int = 5,
        random_state: int | np.random.Generator | np.random.RandomState | None = None,
        *,
        progress: bool = False,
    ) -> tuple[list[int], float]:
        """(label of each document, inertia) of k-means on unit vectors; dense models only.

        With `k=None` the number of clusters is chosen: see `cluster.choose_k`.

        >>> wl = WordLlama.load()
        >>> labels, _ = wl.cluster(["cat", "dog", "car", "truck"], k=2, random_state=0)
        >>> labels[0] == labels[1] != labels[2] == labels[3]
        True
        """
        from wordllama import cluster

        self._dense_only("cluster")
        unit = vectors.normalize(self._items(docs, "docs")[1])
        if k is None and not len(unit):
            return [], 0.0
        if k is None:
            curve = cluster.choose_k(unit, random_state=random_state, progress=progress)
            k = max(curve, key=lambda each: curve[each])
        clusters = cluster.kmeans(
            unit,
            k,
            max_iterations=max_iterations,
            tolerance=tolerance,
            n_init=n_init,
            min_iterations=min_iterations,
            random_state=random_state,
            progress=progress,
        )
        return clusters.labels.tolist(), float(clusters.inertia)

    def find_clusters(
        self,
        texts: Items,
        k: int | None = None,
        method: Literal["auto", "kmeans", "minibatch", "density"] = "auto",
        *,
        min_cluster_size: int | None = None,
        reduce: Literal["pca", "umap"] = "pca",
        random_state: int | np.random.Generator | np.random.RandomState | None = None,
        progress: bool = False,
    ) -> Clusters:
        """Clusters with their words, central texts and a map: see `cluster.find_clusters`.

        >>> wl = WordLlama.load()
        >>> print(wl.find_clusters(["a cat", "a dog", "car", "truck"], k=2, random_state=0))
          texts   no.  words
              2    0  a, cat, dog
              2    1  car, truck
        """
        from wordllama import cluster

        self._dense_only("find_clusters")
        items, rows = self._items(texts, "texts")
        return cluster.find_clusters(
            items,
            rows,
            k,
            method,
            embed=lambda words: self._pooled(words, True),
            min_cluster_size=min_cluster_size,
            reduce=reduce,
            random_state=random_state,
            progress=progress,
        )

    def split(
        self,
        text: str,
        target_size: int = 1536,
        window_size: int = 3,
        poly_order: int = 2,
        savgol_window: int = 3,
        cleanup_size: int = 24,
        intermediate_size: int = 96,
        return_minima: bool = False,
    ) -> Any:
        """The text in pieces of about `target_size` characters, each on one topic.

        Cuts at local minima of the smoothed similarity of neighbouring pieces. With
        `return_minima`: (indices of the minima, their values, the similarities). `chunks` has a
        limit that it never exceeds.
        """
        from wordllama import split

        return split.semantic_split(
            text,
            lambda pieces: self._pooled(pieces, True),
            target_size=target_size,
            window_size=window_size,
            poly_order=poly_order,
            savgol_window=savgol_window,
            cleanup_size=cleanup_size,
            intermediate_size=intermediate_size,
            return_minima=return_minima,
        )

    @overload
    def chunks(
        self,
        text: str,
        limit: int = ...,
        unit: Literal["characters", "tokens"] = ...,
        overlap: int = ...,
        kind: Literal["text", "markdown", "code", "auto"] = ...,
        count: Callable[[str], int] | None = ...,
        topics: bool = ...,
        *,
        repeat_header: bool = ...,
        progress: bool = ...,
    ) -> Chunks: ...
    @overload
    def chunks(
        self,
        text: Texts,
        limit: int = ...,
        unit: Literal["characters", "tokens"] = ...,
        overlap: int = ...,
        kind: Literal["text", "markdown", "code", "auto"] = ...,
        count: Callable[[str], int] | None = ...,
        topics: bool = ...,
        *,
        repeat_header: bool = ...,
        progress: bool = ...,
    ) -> Chunks | list[Chunks]: ...
    def chunks(
        self,
        text: Texts,
        limit: int = 1000,
        unit: Literal["characters", "tokens"] = "characters",
        overlap: int = 0,
        kind: Literal["text", "markdown", "code", "auto"] = "auto",
        count: Callable[[str], int] | None = None,
        topics: bool = False,
        *,
        repeat_header: bool = False,
        progress: bool = False,
    ) -> Chunks | list[Chunks]:
        """The text in chunks of at most `limit` characters or tokens, cut at the best places.

        No chunk exceeds the limit; without `overlap` the chunks joined together are the text.
        Tokens are this model's, or what `count` counts. With `topics`, chunks end where the topic
        changes rather than where they are full. A chunk of Markdown has the titles over it, as
        `heading`; with `repeat_header`, one that goes on with a table begins with its header.
        Several texts give a list, with a bar on a terminal if `progress` is true. See
        `wordllama.split.chunks`.

        >>> wl = WordLlama.load()
        >>> [chunk.tokens for chunk in wl.chunks("One sentence. And another.", 5, unit="tokens")]
        [4, 3]
        """
        from wordllama import split

        count = count or split.TokenCount(self.encoder)
        embed = (lambda pieces: self._pooled(pieces, True)) if topics else None

        def chunked(text: str) -> Chunks:
            return split.chunks(
                text, limit, unit, overlap, kind, count, embed, repeat_header=repeat_header
            )

        if isinstance(text, str):
            return chunked(text)
        from tqdm import tqdm

        bar = tqdm(as_list(text, "text"), "splitting", disable=None if progress else True)
        return [chunked(each) for each in bar]

    # -- explaining ------------------------------------------------------------------------------

    @overload
    def explain(self, a: str, b: str) -> Explanation: ...
    @overload
    def explain(self, a: str, b: Texts) -> Explanation | Ranking: ...
    def explain(self, a: str, b: str | Texts) -> Explanation | Ranking:
        """Why `a` and `b` are similar: their similarity as a sum over pairs of words.

        If `b` is several texts, explains the similarity of each to the query `a`, best first. See
        `wordllama.explain.explain` for binary models.

        >>> wl = WordLlama.load()
        >>> print(wl.explain("a fast car", "a quick vehicle").pairs(1)[0])
        +0.341  car ~ vehicle  (cosine 0.69)
        """
        from wordllama import explain

        if isinstance(b, str):
            return explain.explain(one_text(a, "a"), b, self.encoder, self.binary)
        docs = as_list(b, "b")
        return explain.explain_ranking(one_text(a, "a"), docs, self.encoder, self.binary)

    def contrast(self, query: str, a: str, b: str) -> Contrast:
        """Why `a` ranks above (or below) `b` for the query.

        >>> wl = WordLlama.load()
        >>> print(wl.contrast("car", "a truck", "a shop").query_shares)
        [0.12499...]
        """
        from wordllama import explain

        texts = one_text(query, "query"), one_text(a, "a"), one_text(b, "b")
        return explain.contrast(*texts, self.encoder, self.binary)

    def neighbours(self, word: str, n: int = 10) -> list[tuple[str, float]]:
        """(word, cosine) of the `n` words of the vocabulary nearest to `word`.

        >>> wl = WordLlama.load()
        >>> [word for word, _ in wl.neighbours("car", 2)]
        ['cars', 'vehicle']
        """
        from wordllama import explain

        return explain.neighbours(one_text(word, "word"), self.encoder, n)

    def vocabulary_coverage(self, texts: Texts) -> Coverage:
        """How well the vocabulary fits the texts: shares of words in one token, several or bytes.

        >>> wl = WordLlama.load()
        >>> print(wl.vocabulary_coverage(["A cat sat."]))
        3 words, 1.00 tokens each: 100.0% one token, 0.0% several, 0.0% bytes, 0.0% unknown
        """
        from wordllama import explain

        return explain.vocabulary_coverage(as_list(texts), self.encoder)

    def unread_shares(self, texts: Texts) -> NDArray[np.float32]:
        """The share of each text's vector that says nothing to this model: float32 (n,), 0 to 1.

        It comes from bytes, unknown pieces, and words spelt in single letters. A text with more
        than `coverage.UNREAD`, a half, counts as one that the model does not read.

        >>> wl = WordLlama.load()
        >>> (wl.unread_shares(["good weather", "ጥሩ የአየር ሁኔታ"]) > 0.5).tolist()
        [False, True]
        """
        return coverage.unread_shares(self.encoder, as_list(texts))

    # -- keeping ---------------------------------------------------------------------------------

    def index(
        self,
        path: str | PathLike[str] | None = None,
        *,
        read_only: bool = False,
        language: str | None = None,
        rebuild: bool = False,
        timeout: float = 30.0,
    ) -> Index:
        """An index of records in a file (made if there is none), or in memory: see `index.Index`.

        language: whose word endings do not matter to keywords: a name in `keywords.languages()`, or
            "none"; English, or what the file was made with.
        rebuild: embed the texts of a file anew, as another model or a damaged block needs.
        timeout: so many seconds a write waits for that of another process.

        >>> index = WordLlama.load().index()
        >>> print(index.add(["a truck on the road", "rain tomorrow"]))
        2 added
        >>> index.search("weather", k=1).texts
        ['rain tomorrow']
        """
        from wordllama.index import Index

        return Index(
            self.encoder,
            path,
            binary=self.binary,
            read_only=read_only,
            language=language,
            timeout=timeout,
            rebuild=rebuild,
            model=("", 0) if self.origin is None else (self.origin.name, self.origin.dim),
        )

    # -- inside ----------------------------------------------------------------------------------

    def _queries(self, query: Items) -> NDArray[Any]:
        """A vector for each query, of which there may be but one."""
        if isinstance(query, str):
            self._look([query])
            return self._few([query], False)
        if is_one(query):
            return vectors.check_vectors(np.asarray(query)[None], "query")
        return self._items(query, "query")[1]

    def _scored_by_words(
        self, query: Items, items: Items, name: str, mode: Mode
    ) -> tuple[Sequence[Any], NDArray[np.float32]]:
        """The texts, and their scores for each query, by words or by both: (queries, texts)."""
        from wordllama import keywords, search

        search.check_mode(mode)
        if are_vectors(query) or are_vectors(items):
            raise ValueError(f"mode is {mode!r}, but vectors have no words: give the texts")
        queries, listed = as_list(cast(Texts, query), "query"), as_list(cast(Texts, items), name)
        words = keywords.scores(queries, listed, self.encoder)
        if mode == "keyword":
            return listed, words
        self._look(queries)
        self._look(listed)
        both = self._pooled(queries, False), self._pooled(listed, False)
        return listed, search.fuse(search.scores(*both), words)

    def _items(self, items: Items, name: str) -> tuple[list[Any], NDArray[Any]]:
        """Texts and their vectors; of vectors, the row numbers and the vectors."""
        if are_vectors(items):
            rows = vectors.check_vectors(items, name)
            return list(range(len(rows))), rows
        listed = as_list(items, name)
        self._look(listed)
        return listed, self._pooled(listed, False)

    def _searched(self, items: Items, name: str) -> tuple[Sequence[Any], NDArray[Any]]:
        """As `_items`, but vectors, int8 too, are left as they are: the search checks them."""
        if isinstance(items, np.ndarray) and (are_vectors(items) or items.dtype == np.int8):
            return range(items.shape[0] if items.ndim else 0), items
        return self._items(items, name)

    def _records(
        self, items: Records, name: str, columns: Sequence[str] | None, fold: bool, check: bool
    ) -> tuple[list[Any] | None, NDArray[Any], Sequence[str] | None, NDArray[np.bool_] | None]:
        """Records or texts (None for vectors), a vector for each, the names of the columns, and
        which of them the model does not read, if that is to be checked.
        """
        from wordllama.dedup import folded, records

        unread: list[NDArray[np.bool_]] = []

        def pooled(texts: list[str]) -> NDArray[Any]:
            texts = [folded(text) for text in texts] if fold else texts
            if check:
                self._look(texts)
                unread.append(coverage.unread(self.encoder, texts))
            return self._pooled(texts, False)

        def any_unread() -> NDArray[np.bool_] | None:
            return np.logical_or.reduce(unread) if unread else None

        if are_vectors(items):
            if fold:
                raise ValueError(f"fold=True needs texts, but {name} are vectors")
            return None, vectors.check_vectors(items, name), columns, None
        if isinstance(items, Mapping):
            items = records.from_columns(items)
        items = records.listed(gathered(items))
        if not (isinstance(items, list) and items and isinstance(items[0], Mapping)):
            listed = as_list(cast(Texts, items), name)
            return listed, pooled(listed), columns, any_unread()
        texts = records.texts_of(items, columns)
        joined = records.joined([pooled(each) for each in texts.values()])
        return items, joined, list(texts), any_unread()

    def _look(self, texts: list[str]) -> None:
        """Warn if the model reads little of the texts."""
        if self.check:
            coverage.warn(coverage.look(self.encoder, texts))

    def _few(self, texts: list[str], norm: bool) -> NDArray[Any]:
        """The vectors of a text or two, with nothing between the caller and the kernel."""
        out = np.empty((len(texts), self._width), self._dtype)
        self.encoder.table.embed(texts, self.encoder.rows, out, norm, 1)
        return out

    def _pooled(
        self,
        texts: Texts,
        norm: bool,
        out: NDArray[Any] | None = None,
        threads: int = 0,
        progress: bool = False,
    ) -> NDArray[Any]:
        return pooling.pooled(self.encoder, texts, norm, self._binary, out, threads, progress)

    def _dense_only(self, method: str) -> None:
        if self.binary:
            raise ValueError(f"{method} needs dense vectors; set binary = False first")


Classifier.model_class = WordLlama


def _found(
    query: Items, listed: Sequence[Any], found: Iterable[tuple[NDArray[np.int64], NDArray[Any]]]
) -> Any:
    """What was found for each query, by places and scores; of one query without the outer list."""
    from wordllama.search import Found

    lists = [
        Found(documents := [listed[i] for i in places], documents, places, scores)
        for places, scores in found
    ]
    return lists[0] if is_one(query) else lists


def _encoder(embedding: NDArray[Any] | Encoder, tokenizer: Tokenizer | None) -> Encoder:
    if isinstance(embedding, Encoder):
        return embedding
    matrix = np.ascontiguousarray(embedding)
    if matrix.ndim != 2 or not np.issubdtype(matrix.dtype, np.floating):
        raise ValueError(
            "embedding must be a two-dimensional array of floats, "
            f"not {matrix.dtype} of shape {matrix.shape}"
        )
    if not isinstance(tokenizer, Tokenizer):
        kind = type(tokenizer).__name__
        raise TypeError(f"tokenizer must be a tokenizers.Tokenizer, not {kind}")
    if matrix.dtype not in (np.float16, np.float32):
        matrix = matrix.astype(np.float32)
    vectors.check_vectors(matrix, "embedding")
    encoder = Encoder(Rows(matrix), tokenizer)
    _ = encoder.tokenizer  # checks that it belongs to the matrix
    return encoder
