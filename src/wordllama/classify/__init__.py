"""Classifiers on top of a model: they learn from labelled texts to label others."""

from wordllama.classify.classifier import Classifier
from wordllama.classify.reasons import Reason
from wordllama.classify.report import ClassScore, Confusion, Report
from wordllama.modelfiles.head import Choice

__all__ = ["Choice", "ClassScore", "Classifier", "Confusion", "Reason", "Report"]
