"""Texts to ids to vectors: where texts may be cut, the word table, the mean of the rows."""
