"""What a text is: where texts come from, and the characters a reader sees (`graphemes`)."""

from wordllama.texts.inputs import Texts, as_list, batches, columns, count, gathered, valid_unicode

__all__ = ["Texts", "as_list", "batches", "columns", "count", "gathered", "valid_unicode"]
