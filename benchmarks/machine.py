"""The machine a benchmark ran on, in one dictionary that is committed beside its figures."""

from __future__ import annotations

import os
import platform
from pathlib import Path


def describe() -> dict[str, str | int]:
    info = {"system": platform.system(), "python": platform.python_version()}
    cpuinfo = Path("/proc/cpuinfo")
    text = cpuinfo.read_text() if cpuinfo.exists() else ""
    lines = (line.partition(":") for line in text.splitlines())
    fields = {name.strip(): value.strip() for name, _, value in lines}
    flags = fields.get("flags", "").split()
    simd = [f for f in ("avx2", "avx512f", "avx512_vnni", "avx512_vpopcntdq") if f in flags]
    meminfo = Path("/proc/meminfo")
    memory = int(meminfo.read_text().split()[1]) // 2**20 if meminfo.exists() else 0
    return info | {
        "cpu": fields.get("model name", platform.processor()),
        "cores": os.cpu_count() or 0,
        "memory_gib": memory,
        "simd": " ".join(simd),
    }


def line(known: dict[str, str | int] | None = None) -> str:
    """The machine of a results file, or else this one, in one line for the foot of a table."""
    known = known or describe()
    return ", ".join(
        f"{known['cores']} cores" if name == "cores" else f"{name} {known[name]}"
        for name in ("cpu", "cores", "simd", "python")
    )


if __name__ == "__main__":
    print(describe())
