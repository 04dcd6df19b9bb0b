"""A model of your own: from a codebook and texts to rows, in stages that a TOML file lists.

Nothing here is imported when a model is used; PyTorch (extra `train`) is imported by the modules
that need it.
"""
