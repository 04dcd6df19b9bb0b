"""Classifiers on top of a model."""

from wordllama.classify.classifier import Classifier

__all__ = ["Classifier"]
