from __future__ import annotations

import inspect
import json
import textwrap

import pytest

from wordllama.split import chunks

PYTHON = '''\
"""A module."""

import os


# A comment on first
# of two lines.
def first(x):
    if x:
        return 1

    return 2


@decorator
@another(1)
class Second:
    """A class."""

    def method(self):
        return [
            1,
            2,
        ]

    async def other(
        self,
    ):
        return None


VALUE = 3
'''

JAVASCRIPT = """\
import x from "x";

/** Adds. */
export function add(a, b) {
  return a + b;
}

export const twice = (a) => {
  return 2 * a;
};

class Car {
  drive() {
    return 1;
  }
}
"""

JAVA = """\
package cars;

public class Car {
    private int wheels = 4;

    // Drives on.
    public void drive(int far) {
        while (far > 0) {
            far--;
        }
    }

    @Override
    public String toString()
    {
        return "car";
    }
}
"""

C = """\
#include <stdio.h>

static int twice(int x)
{
    return 2 * x;
}

int main(void) {
    printf("%d", twice(2));
    return 0;
}
"""


def starts(text: str, limit: int) -> list[str]:
    return [part.text.split("\n")[0] for part in chunks(text, limit, kind="code")]


def test_python_is_cut_before_definitions_with_what_leads_to_them() -> None:
    assert starts(PYTHON, 230) == ['"""A module."""', "@decorator"]


def test_methods_that_fit_stay_whole() -> None:
    texts = [part.text for part in chunks(PYTHON, 110, kind="code")]
    assert any("def method(self):" in text and "        ]\n" in text for text in texts)
    assert any("async def other(" in text and "return None" in text for text in texts)


def test_javascript_is_cut_between_functions_and_classes() -> None:
    assert starts(JAVASCRIPT, 90) == [
        'import x from "x";', "export const twice = (a) => {", "class Car {",
    ]  # fmt: skip


def test_java_methods_take_their_comments_and_annotations_along() -> None:
    assert starts(JAVA, 130) == ["package cars;", "    // Drives on.", "    @Override"]


def test_c_functions_stay_whole_with_their_braces() -> None:
    texts = [part.text for part in chunks(C, 80, kind="code")]
    assert texts[-1].startswith("int main")
    assert any("static int twice" in text and "}" in text for text in texts)


@pytest.mark.parametrize("limit", [300, 700, 1500, 4000])
def test_real_functions_that_fit_are_not_cut(limit: int) -> None:
    source = inspect.getsource(textwrap) + inspect.getsource(json)
    texts = [part.text for part in chunks(source, limit, kind="code")]
    assert "".join(texts) == source
    for function in (textwrap.dedent, textwrap.indent, textwrap.shorten, json.dumps, json.loads):
        body = inspect.getsource(function)
        if len(body) + 4 <= limit:
            assert sum(body.rstrip() in text for text in texts) == 1


METHODS = """\
Car.prototype.drive = function (road) {
  this.at = road.end;
  return this;
};
exports.stop = function stop() {
  return halt(this);
};
class Bus {
  async load(people, bags) {
    if (people.length) {
      this.people = people;
    }
  }
  static empty() {
    return new Bus();
  }
}
"""

TYPE_ABOVE = """\
static PyObject *
twice(PyObject *self, PyObject *args)
{
    int x;

    x = number(args);
    return made(2 * x);
}

int
main(int argc,
     char **argv)
{
    run(argv);

    return 0;
}
"""


def test_functions_that_are_assigned_and_methods_without_a_word_before_are_definitions() -> None:
    assert starts(METHODS, 95) == [
        "Car.prototype.drive = function (road) {",
        "exports.stop = function stop() {",
        "  async load(people, bags) {",
        "  static empty() {",
    ]


def test_a_type_on_the_line_above_belongs_to_its_function() -> None:
    assert starts(TYPE_ABOVE, 125) == ["static PyObject *", "int"]


@pytest.mark.parametrize("line", ["  " * 200_000 + "x", "int " * 100_000 + "(", "* " * 100_000])
def test_endless_lines_take_no_endless_time(line: str) -> None:
    assert "".join(part.text for part in chunks(line, 5000, kind="code")) == line
