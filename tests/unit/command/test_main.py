"""Exit statuses and messages: never a traceback for what can be expected."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from containerlab import __main__ as entry
from containerlab.command import checks, down, screen, suites
from containerlab.errors import EngineGone

ROOT = Path(__file__).resolve().parents[3]


def test_an_expected_error_is_its_message_and_next_step(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def gone(arguments: object) -> int:
        raise EngineGone("The engine is gone.", "./lab up")

    monkeypatch.setattr(down, "main", gone)
    assert entry.main(["down"]) == 1
    assert capsys.readouterr().err == "The engine is gone.\n→ ./lab up\n"


def test_ctrl_c_is_130_and_a_plain_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(arguments: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(down, "main", interrupted)
    assert entry.main(["down"]) == 130
    assert capsys.readouterr().err == "\ninterrupted\n"


def test_a_package_that_is_missing_names_lab_up(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def lacking(arguments: object) -> int:
        raise ModuleNotFoundError("No module named 'docker'", name="docker")

    monkeypatch.setattr(down, "main", lacking)
    assert entry.main(["down"]) == 1
    assert "lacks the package 'docker'" in capsys.readouterr().err


def finding(state: checks.State) -> checks.Finding:
    return checks.Finding("Engine", state, "none answers", "start it")


@pytest.mark.parametrize(("state", "fit"), [("good", True), ("warn", True), ("bad", False)])
def test_doctor_tells_whether_a_lesson_can_run(
    state: checks.State, fit: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(checks, "all_findings", lambda: iter([finding(state)]))
    assert entry.main(["doctor", "--json"]) == (0 if fit else 1)
    assert f'"fit": {str(fit).lower()}' in capsys.readouterr().out
    assert entry.main(["doctor"]) == (0 if fit else 1)
    assert "→ start it" in capsys.readouterr().out


@pytest.mark.parametrize("system", ["debian", "linux", "mac", "windows"])
def test_every_system_gets_a_step(system: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "system", lambda: system)
    monkeypatch.setattr(checks.processes, "which", lambda name: None)
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    assert checks.python().state == "bad"
    assert checks.python().next
    assert checks.docker_client().state == "bad"
    assert checks.docker_client().next
    assert checks.startable().state == "bad"
    assert checks.startable().next


def test_doctor_marks_a_version_below_its_floor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "FLOORS", {"jupyterlab": "999.0"})
    low = checks.environment()
    assert low.state == "bad"
    assert "below 999.0" in low.says
    monkeypatch.undo()
    assert checks.environment().state == "good"


def test_doctor_needs_python_alone() -> None:
    """It tells what is missing, so it runs where everything is: -S and -I hide every installed package."""
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
    code += "from containerlab.__main__ import main; sys.exit(main(['doctor']))"
    answer = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=False)
    assert answer.returncode == 1
    assert "jupyter-server is not installed here" in answer.stdout
    assert answer.stderr == ""


@pytest.mark.parametrize("words", [["--help"], ["up", "--help"], ["upp"]])
def test_lab_tells_about_its_words_without_an_environment(words: list[str], tmp_path: Path) -> None:
    copy = tmp_path / "lab"
    copy.write_text((ROOT / "lab").read_text())
    (tmp_path / "containerlab").symlink_to(ROOT / "containerlab")
    answer = subprocess.run([sys.executable, "-S", copy, *words], capture_output=True, text=True, check=False)
    assert answer.returncode == (2 if words == ["upp"] else 0)
    assert not (tmp_path / ".venv").exists()
    assert "Traceback" not in answer.stderr


def test_lab_refuses_a_python_that_is_too_old(tmp_path: Path) -> None:
    code = "import sys, runpy; sys.version_info = (3, 9, 2); sys.argv = ['lab', 'up']\n"
    code += f"runpy.run_path({str(ROOT / 'lab')!r}, run_name='__main__')"
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env={"PATH": str(tmp_path)}
    )
    assert answer.returncode == 1
    assert "needs Python 3.11 or newer" in answer.stderr
    assert "→ Install a newer Python" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_lab_interrupted_while_it_makes_the_environment(tmp_path: Path) -> None:
    """A pip that never ends stands for a slow network; Ctrl-C ends both."""
    copy = tmp_path / "lab"
    copy.write_text((ROOT / "lab").read_text())
    (tmp_path / "containerlab").symlink_to(ROOT / "containerlab")
    for name in ("requirements.lock", "requirements-dev.lock"):
        (tmp_path / name).write_text("rich==1\n")
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text("#!/bin/sh\necho Collecting slowly\nexec sleep 600\n")
    python.chmod(0o755)
    process = subprocess.Popen(
        [sys.executable, copy, "down"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert "Making the course's environment" in process.stdout.readline()
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "interrupted" in said
    assert "Traceback" not in said


def test_counts_come_from_junit(tmp_path: Path) -> None:
    xml = tmp_path / "one.xml"
    xml.write_text('<testsuites><testsuite tests="7" failures="1" errors="1" skipped="2"/></testsuites>')
    assert suites.counts(xml) == (3, 2, 2)
    assert suites.counts(tmp_path / "none.xml") == (0, 0, 0)


@pytest.mark.parametrize(
    ("argv", "counted"),
    [
        ([sys.executable, "-c", "print('fine')"], (1, 0)),
        ([sys.executable, "-c", "print('wrong'); raise SystemExit(3)"], (0, 1)),
    ],
)
def test_a_command_is_one_test(
    argv: list[str], counted: tuple[int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suites, "FOLDER", tmp_path)
    command = suites.Command("one", tuple(argv), counts=False)
    result = suites.run(suites.Suite("one", (command,)), command, lambda line: None)
    assert (result.passed, result.failed) == counted
    assert result.closing in {"fine", "wrong"}


def test_a_pytest_that_ran_no_test_has_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suites, "FOLDER", tmp_path / "build")
    command = suites._pytest("nothing", str(tmp_path))
    result = suites.run(suites.Suite("nothing", (command,)), command, lambda line: None)
    assert (result.passed, result.failed) == (0, 1)


def test_no_colours_and_nothing_twice_where_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    with screen.step("Working") as running:
        running("first")
        running("first", 0.5)
        running("second", 1.0)
    lines = capsys.readouterr().out.splitlines()
    assert lines[:3] == ["Working ...", "  first", "  second"]
    assert "\x1b" not in "".join(lines)
