"""Folders of a lab: written, edited, and removed as far as they are still the lab's."""

from __future__ import annotations

from pathlib import Path

import pytest

from containerlab.errors import CommandError
from containerlab.folder import Folders


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folders:
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path / "notebooks")
    return Folders(tmp_path / "home")


def test_a_named_folder_lies_beside_the_notebook(folders: Folders) -> None:
    app = folders.named("app", {"a.py": "1\n", "sub/b.bin": b"\0"})
    assert Path("app/a.py").read_text() == "1\n"
    assert repr(app) == "a folder with a.py, sub/b.bin"
    folders.named("app", {"a.py": "2\n"})
    assert app["a.py"] == "2\n"
    folders.clean()
    assert not Path("app").exists()


def test_what_a_student_wrote_stays(folders: Folders) -> None:
    app = folders.named("app", {"a.py": "1\n", "b.py": "1\n"})
    app["a.py"] = "mine\n"
    folders.clean()
    assert app.files == ("a.py",)
    assert folders.named("app", {"b.py": "2\n"}).files == ("a.py", "b.py")


def test_a_folder_of_somebody_else_is_left_alone(folders: Folders) -> None:
    Path("app").mkdir()
    Path("app/own.txt").write_text("own")
    with pytest.raises(CommandError, match="did not make"):
        folders.named("app", {"own.txt": "ours"})
    for name in ("..", "../x", "/tmp/x", ""):
        with pytest.raises(CommandError):
            folders.named(name, {})
    with pytest.raises(CommandError):
        folders.named("new", {"../own.txt": "out"})


def test_a_folder_without_a_name_goes_at_the_end(folders: Folders) -> None:
    folder = folders.unnamed({"Dockerfile": "FROM scratch\n"})
    assert "Dockerfile" in folder
    assert (folder / "Dockerfile").is_file()
    folders.clean()
    assert not folder.path.exists()
