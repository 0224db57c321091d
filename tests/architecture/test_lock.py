"""The lock installs with any pip, today and later."""

from __future__ import annotations

from importlib.metadata import distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent.parent


def locked(name: str) -> dict[str, set[str]]:
    """Read the packages of a lock with the extras that it names."""
    lines = (ROOT / name).read_text().splitlines()
    pins = [Requirement(line.split(";")[0].rstrip(" \\")) for line in lines if line[:1].isalnum()]
    assert all(str(pin.specifier).startswith("==") for pin in pins)
    return {canonicalize_name(pin.name): pin.extras for pin in pins}


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_a_lock_names_the_extras_that_its_packages_ask_for(name: str) -> None:
    """An old pip looks for `coverage[toml]` apart from `coverage==7.17.3`, finds a newer release and refuses it."""
    pins = locked(name)
    asked = [
        need
        for package in distributions()
        if canonicalize_name(package.name) in pins
        for need in map(Requirement, package.requires or ())
        if need.extras and (need.marker is None or need.marker.evaluate({"extra": ""}))
    ]
    missing = [str(need) for need in asked if need.extras - pins[canonicalize_name(need.name)]]
    assert missing == []
