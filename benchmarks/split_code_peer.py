"""Where the definitions of program texts are, by tree-sitter, in its own interpreter.

Usage: split_code_peer.py LANGUAGE < TEXTS.json > SPANS.json; for each text a list of (start, end,
depth, whether it is a function).
"""

from __future__ import annotations

import json
import sys
from importlib import import_module

import tree_sitter

DEFINITIONS = {
    "function_definition",
    "class_definition",
    "decorated_definition",
    "function_declaration",
    "generator_function_declaration",
    "function_expression",
    "class_declaration",
    "method_definition",
    "method_declaration",
    "constructor_declaration",
    "interface_declaration",
    "enum_declaration",
    "record_declaration",
}
STATEMENTS = {"expression_statement", "lexical_declaration", "variable_declaration", "pair"}


def main() -> None:
    grammar = import_module(f"tree_sitter_{sys.argv[1]}").language()
    parser = tree_sitter.Parser(tree_sitter.Language(grammar))
    json.dump([definitions(parser, text) for text in json.load(sys.stdin)], sys.stdout)


def definitions(parser: tree_sitter.Parser, text: str) -> list[tuple[int, int, int, bool]]:
    waiting, spans = [(parser.parse(text.encode()).root_node, 0)], []
    while waiting:
        node, depth = waiting.pop()
        defines = node.type in DEFINITIONS
        if defines:
            whole = node
            while whole.parent is not None and (
                whole.parent.type in STATEMENTS | {"assignment_expression", "variable_declarator"}
            ):
                whole = whole.parent  # what the function is assigned to belongs to it
            function = "class" not in node.type and "interface" not in node.type
            spans.append((whole.start_byte, whole.end_byte, depth, function))
        waiting += [(child, depth + defines) for child in node.children]
    return spans


if __name__ == "__main__":
    main()
