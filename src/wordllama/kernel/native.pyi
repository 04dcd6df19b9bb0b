# The compiled twin of reference.py.
from wordllama.kernel.reference import WordTable as WordTable
from wordllama.kernel.reference import hamming as hamming
from wordllama.kernel.reference import pairs_above as pairs_above
from wordllama.kernel.reference import pool as pool
from wordllama.kernel.reference import scores as scores
from wordllama.kernel.reference import topk as topk

simd: str
simd_levels: list[str]
