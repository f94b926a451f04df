"""What a person does to a Dockerfile, its files or its options between two builds. Each says whether it could."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

from containerlab.command.bench.oracle_cases import Case, _body, _copy

Edit = Callable[[random.Random, Case], bool]


def _at(case: Case, pattern: str) -> list[int]:
    return [at for at, line in enumerate(case.lines) if re.match(pattern, line, re.I)]


def _change(rng: random.Random, case: Case, pattern: str, change: Callable[[str], str]) -> bool:
    """Changes one of the lines that match."""
    found = _at(case, pattern)
    if not found:
        return False
    at = rng.choice(found)
    before = case.lines[at]
    case.lines[at] = change(before)
    return case.lines[at] != before


def _place(rng: random.Random, case: Case) -> int:
    """Where a line can be put: after the WORKDIR that marks a stage."""
    first = _at(case, "FROM")[0]
    wrong = set(_at(case, "FROM")) | {at + 1 for at in _at(case, "FROM")}
    return rng.choice([at for at in range(first + 2, len(case.lines) + 1) if at not in wrong] or [len(case.lines)])


def _insert(rng: random.Random, case: Case, line: str) -> bool:
    case.lines.insert(_place(rng, case), line)
    return True


def _file(rng: random.Random, case: Case) -> str:
    return rng.choice([name for name in sorted(case.files) if name != ".dockerignore"])


def nothing(rng: random.Random, case: Case) -> bool:
    return True


def touch(rng: random.Random, case: Case) -> bool:
    case.touched += 1
    return True


def content(rng: random.Random, case: Case) -> bool:
    case.files[_file(rng, case)] += b"more\n"
    return True


def mode(rng: random.Random, case: Case) -> bool:
    name = _file(rng, case)
    case.modes[name] = 0o755 if case.modes.get(name, 0o644) == 0o644 else 0o644
    return True


def folder_mode(rng: random.Random, case: Case) -> bool:
    name = rng.choice(["app", "data", "app/sub", "docs"])
    case.modes[name] = 0o700 if case.modes.get(name, 0o755) == 0o755 else 0o755
    return True


def new_file(rng: random.Random, case: Case) -> bool:
    case.files[rng.choice(["new.txt", "app/new.py", "elsewhere/new.txt", "data/new"])] = b"new\n"
    return True


def remove_file(rng: random.Random, case: Case) -> bool:
    del case.files[rng.choice(["app/util.py", "docs/more.md", "app/sub/deep.txt", "notes.md"])]
    return True


def rename_file(rng: random.Random, case: Case) -> bool:
    name = rng.choice(["req.txt", "app/util.py", "app/sub/deep.txt", "docs/more.md"])
    case.files[name.replace(".", "2.")] = case.files.pop(name)
    return True


def ignore(rng: random.Random, case: Case) -> bool:
    case.files[".dockerignore"] = rng.choice(
        [b"docs\n", b"app/sub\n", b"docs\n!docs/more.md\n", b"# nothing\n", b"*.md\n"]
    )
    return True


def env_value(rng: random.Random, case: Case) -> bool:
    return _change(rng, case, "ENV", lambda line: line + rng.choice(["7", "8"]))


def env_early(rng: random.Random, case: Case) -> bool:
    found = _at(case, "FROM")
    case.lines.insert(rng.choice(found) + 2, f"ENV EARLY={rng.randrange(3)}")
    return True


def env_late(rng: random.Random, case: Case) -> bool:
    case.lines.append(f"ENV LATE={rng.randrange(3)}")
    return True


def env_form(rng: random.Random, case: Case) -> bool:
    return _change(
        rng, case, r"ENV \w+=\w+$", lambda line: rng.choice([line.replace("=", " "), line.replace("=", '="') + '"'])
    )


def env_order(rng: random.Random, case: Case) -> bool:
    found = [at for at in _at(case, "ENV") if at + 1 < len(case.lines) and at + 1 in _at(case, "ENV")]
    if not found:
        at = _place(rng, case)
        case.lines[at:at] = ["ENV ONE=1", "ENV TWO=2"]
        return True
    at = rng.choice(found)
    case.lines[at : at + 2] = reversed(case.lines[at : at + 2])
    return True


def arg_default(rng: random.Random, case: Case) -> bool:
    return _change(rng, case, "ARG", lambda line: line.partition("=")[0] + f"={rng.randrange(3, 6)}")


def build_arg(rng: random.Random, case: Case) -> bool:
    found = [case.lines[at].split()[1].partition("=")[0] for at in _at(case, "ARG")]
    case.build_args[rng.choice(found or ["VERSION"])] = str(rng.randrange(3))
    return bool(found)


def proxy(rng: random.Random, case: Case) -> bool:
    case.build_args["HTTP_PROXY"] = f"http://proxy{rng.randrange(2)}:3128"
    return True


def label_late(rng: random.Random, case: Case) -> bool:
    case.lines.append(f"LABEL late={rng.randrange(3)}")
    return True


def command(rng: random.Random, case: Case) -> bool:
    return _change(rng, case, "CMD|ENTRYPOINT", lambda line: f"CMD echo {rng.randrange(9)}")


def metadata_up(rng: random.Random, case: Case) -> bool:
    found = _at(case, "CMD|LABEL|EXPOSE|STOPSIGNAL|VOLUME")
    if not found:
        return False
    line = case.lines.pop(rng.choice(found))
    return _insert(rng, case, line)


def user(rng: random.Random, case: Case) -> bool:
    return _insert(rng, case, rng.choice(["USER 1000", "USER 0", "USER root"]))


def workdir(rng: random.Random, case: Case) -> bool:
    return _insert(rng, case, rng.choice(["WORKDIR /other", "WORKDIR sub", "WORKDIR /srv/"]))


def swap(rng: random.Random, case: Case) -> bool:
    found = [
        at
        for at in range(len(case.lines) - 1)
        if all(re.match("COPY|ADD|RUN|LABEL", line, re.I) and "--from" not in line for line in case.lines[at : at + 2])
    ]
    if not found:
        return False
    at = rng.choice(found)
    case.lines[at : at + 2] = reversed(case.lines[at : at + 2])
    return True


def chown(rng: random.Random, case: Case) -> bool:
    return _change(rng, case, r"(COPY|ADD) [^-]", lambda line: re.sub(r"^(\w+) ", r"\1 --chown=1:1 ", line))


def add_for_copy(rng: random.Random, case: Case) -> bool:
    def other(line: str) -> str:
        return line.replace("COPY", "ADD", 1) if line.startswith("COPY") else line.replace("ADD", "COPY", 1)

    return _change(rng, case, r"(COPY|ADD) (?!--from)", other)


def destination(rng: random.Random, case: Case) -> bool:
    def other(line: str) -> str:
        head, _, dest = line.rpartition(" ")
        return f"{head} " + ({".": "./", "./": "."}.get(dest) or (dest[:-1] if dest.endswith("/") else dest + "/"))

    return _change(rng, case, "COPY (?!.*named)", other)


def source_form(rng: random.Random, case: Case) -> bool:
    return _change(rng, case, r"(COPY|ADD) \w", lambda line: re.sub(r"^(\w+) ", r"\1 ./", line))


def white_space(rng: random.Random, case: Case) -> bool:
    return _change(rng, case, r"RUN [^\[]", lambda line: line.replace(" ", "  ") if rng.random() < 0.5 else line + " ")


def run_text(rng: random.Random, case: Case) -> bool:
    return _change(rng, case, r"RUN [^\[]", lambda line: line + rng.choice([" && true", "; echo more"]))


def keyword(rng: random.Random, case: Case) -> bool:
    return _change(rng, case, "[A-Z]+ ", lambda line: line.split()[0].lower() + line[len(line.split()[0]) :])


def exec_form(rng: random.Random, case: Case) -> bool:
    return _change(rng, case, r".*\[", lambda line: line.replace('", "', '" ,  "').replace("[", "[ "))


def comment(rng: random.Random, case: Case) -> bool:
    return _insert(rng, case, rng.choice(["# a comment", ""]))


def continued(rng: random.Random, case: Case) -> bool:
    return _change(rng, case, r"(RUN|COPY) .* ", lambda line: re.sub(r"^(\w+ \S+) ", "\\1 \\\\\n", line))


def insert(rng: random.Random, case: Case) -> bool:
    return _insert(rng, case, _body(rng, 1)[0])


def remove(rng: random.Random, case: Case) -> bool:
    found = [at for at in _at(case, "(?!FROM|COPY --from|RUN mkdir)") if at - 1 not in _at(case, "FROM")]
    if not found:
        return False
    case.lines.pop(rng.choice(found))
    return True


def another_copy(rng: random.Random, case: Case) -> bool:
    return _insert(rng, case, _copy(rng))


def base_label(rng: random.Random, case: Case) -> bool:
    case.base = "label" if case.base != "label" else "plain"
    return True


def base_env(rng: random.Random, case: Case) -> bool:
    case.base = "env" if case.base != "env" else "plain"
    return True


def shell(rng: random.Random, case: Case) -> bool:
    return _insert(rng, case, 'SHELL ["/bin/sh", "-uc"]')


EDITS: tuple[Edit, ...] = (
    nothing,
    touch,
    content,
    content,
    content,
    mode,
    folder_mode,
    new_file,
    remove_file,
    rename_file,
    ignore,
    env_value,
    env_early,
    env_late,
    env_form,
    env_order,
    arg_default,
    build_arg,
    proxy,
    label_late,
    command,
    metadata_up,
    user,
    workdir,
    swap,
    chown,
    add_for_copy,
    destination,
    source_form,
    white_space,
    run_text,
    keyword,
    exec_form,
    comment,
    continued,
    insert,
    remove,
    another_copy,
    base_label,
    base_env,
    shell,
)


def edit(rng: random.Random, case: Case, wanted: Edit | None = None) -> tuple[Case, list[str]]:
    """The case after one edit or two, and their names. ``wanted`` is tried first."""
    made = case.copy()
    told: list[str] = []
    for number in range(rng.choice([1, 1, 2])):
        for _ in range(20):
            chosen = wanted if wanted is not None and number == 0 and not told else rng.choice(EDITS)
            wanted = None
            trial = made.copy()
            try:
                able = chosen(rng, trial)
            except KeyError:
                continue  # a file that an edit before took away
            if able:
                made = trial
                told.append(chosen.__name__)
                break
    return made, told
