"""A model of your own: from a codebook and texts to rows, in stages that a TOML file lists.

`distill` makes one from a sentence-transformer in one call. PyTorch (extra `train`) is imported by
the modules that need it, when they are used.
"""

from wordllama.train.distilling import distill

__all__ = ["distill"]
