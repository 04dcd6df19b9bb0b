# The compiled twin of reference.py.
from wordllama.kernel.reference import WordTable as WordTable
from wordllama.kernel.reference import hamming as hamming
from wordllama.kernel.reference import pairs_above as pairs_above
from wordllama.kernel.reference import pool as pool
from wordllama.kernel.reference import scores as scores
from wordllama.kernel.reference import topk as topk
from wordllama.kernel.reference_keywords import build_postings as build_postings
from wordllama.kernel.reference_keywords import keyword_topk as keyword_topk
from wordllama.kernel.reference_keywords import nearest_bits as nearest_bits
from wordllama.kernel.reference_linear import hinge_pass as hinge_pass
from wordllama.kernel.reference_linear import sparse_scores as sparse_scores

simd: str
simd_levels: list[str]
