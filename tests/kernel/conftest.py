"""Every test of `kernel` runs over both implementations."""

from __future__ import annotations

from types import ModuleType

import pytest

from wordllama.kernel import chosen, reference

BOTH = [reference] if chosen is reference else [reference, chosen]


@pytest.fixture(scope="session", params=BOTH, ids=lambda k: k.__name__.rpartition(".")[2])
def kernel(request: pytest.FixtureRequest) -> ModuleType:
    return request.param
