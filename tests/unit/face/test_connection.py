"""Consent is asked of a person, and nobody there is a no; what was removed is told in words."""

from __future__ import annotations

import builtins

import pytest

from containerlab import connection
from containerlab.cleaning import told


@pytest.mark.parametrize(("said", "agreed"), [("y", True), (" Yes ", True), ("", False), ("no", False)])
def test_a_person_is_asked(monkeypatch: pytest.MonkeyPatch, said: str, agreed: bool) -> None:
    asked: list[str] = []

    def answer(prompt: str) -> str:
        asked.append(prompt)
        return said

    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setattr(connection, "in_notebook", lambda: True)
    monkeypatch.setattr(builtins, "input", answer)
    assert connection.ask_consent("ssh://far") is agreed
    assert "ssh://far" in asked[0]


def test_nobody_there_is_a_no(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(prompt: str) -> str:
        raise NotImplementedError("this front end has no input")

    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setattr(connection, "in_notebook", lambda: True)
    monkeypatch.setattr(builtins, "input", refuses)
    assert connection.ask_consent("ssh://far") is False
    monkeypatch.setenv("CI", "true")
    assert connection.ask_consent("ssh://far") is False


def test_what_was_removed_is_counted_in_words() -> None:
    assert told(["container a", "container b", "image x", "build cache 1"]) == "Removed 2 containers and 1 image."
    assert told(["network n"]) == "Removed 1 network."
    assert told(["container a", "image x", "volume v"]) == "Removed 1 container, 1 image and 1 volume."
    assert told(["build cache 1"]).startswith("Nothing to remove")
