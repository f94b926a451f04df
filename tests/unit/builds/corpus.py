"""Dockerfiles for the parser: hard ones by hand, many more from a seeded generator, and bad ones."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class Case:
    """A text, and for each instruction its keyword, first and last line."""

    text: str
    expected: list[tuple[str, int, int]] = field(default_factory=list)
    heredocs: bool = False


def hard() -> list[tuple[str, str]]:
    """By hand: (text, "KEYWORD first-last ...")."""
    return [
        ("FROM busybox", "FROM 1-1"),
        ("from busybox\nrun true\n", "FROM 1-1 RUN 2-2"),
        ("\n\n  FROM busybox  \n\n\tRUN true\n\n", "FROM 3-3 RUN 5-5"),
        ("\ufeffFROM busybox\n", "FROM 1-1"),
        ("FROM busybox\r\nRUN a \\\r\n  b\r\nRUN c\r\n", "FROM 1-1 RUN 2-3 RUN 4-4"),
        ("FROM busybox\nRUN a \\\n b \\\n c\nRUN d\n", "FROM 1-1 RUN 2-4 RUN 5-5"),
        ("FROM busybox\nRUN a \\   \n  b\n", "FROM 1-1 RUN 2-3"),
        ("FROM busybox\nRUN a \\\n# between\n  b\nRUN c\n", "FROM 1-1 RUN 2-4 RUN 5-5"),
        ("FROM busybox\nRUN a \\\n   # indented, between\n\n  # and more\n  b\n", "FROM 1-1 RUN 2-6"),
        ("FROM busybox\nRUN a \\\n\n\n  b\nRUN c\n", "FROM 1-1 RUN 2-5 RUN 6-6"),
        ("FROM busybox\nRUN echo '# no comment' # part of the command\n", "FROM 1-1 RUN 2-2"),
        ("FROM busybox\nRUN echo a\\\\\nRUN b\n", "FROM 1-1 RUN 2-2 RUN 3-3"),
        ("FROM busybox\nRUN a \\", "FROM 1-1 RUN 2-2"),
        ('FROM busybox\nENV A=1 \\\n    B=2 \\\n    C="x y"\n', "FROM 1-1 ENV 2-4"),
        ("FROM busybox\nRUN \\\n  true\n", "FROM 1-1 RUN 2-3"),
        ("FROM \\\n busybox\n", "FROM 1-2"),
        ("# escape=`\nFROM busybox\nRUN a `\n b\nRUN c \\\nRUN d\n", "FROM 2-2 RUN 3-4 RUN 5-5 RUN 6-6"),
        ("# syntax=docker/dockerfile:1\n# escape=\\\nFROM busybox\nRUN a \\\n b\n", "FROM 3-3 RUN 4-5"),
        ("# a comment\n# escape=`\nFROM busybox\nRUN a \\\n b\n", "FROM 3-3 RUN 4-5"),
        ("#escape = `\nFROM busybox\nRUN a `\n b\n", "FROM 2-2 RUN 3-4"),
        ("# about=this\n# escape=`\nFROM busybox\nRUN a \\\n b\n", "FROM 3-3 RUN 4-5"),
        ("\n# escape=`\nFROM busybox\nRUN a \\\n b\n", "FROM 3-3 RUN 4-5"),
        ('FROM busybox\nCMD ["a", "b c", "\\"q\\""]\n', "FROM 1-1 CMD 2-2"),
        ('FROM busybox\nCMD [ "a" , "b" ]\nENTRYPOINT ["x"]\n', "FROM 1-1 CMD 2-2 ENTRYPOINT 3-3"),
        ("FROM busybox\nCMD ['a', 'b']\n", "FROM 1-1 CMD 2-2"),
        ('FROM busybox\nRUN ["a", \\\n "b"]\n', "FROM 1-1 RUN 2-3"),
        ("FROM busybox\nCMD []\n", "FROM 1-1 CMD 2-2"),
        ("FROM busybox\nCMD\n", "FROM 1-1 CMD 2-2"),
        ("FROM busybox\nRUN [ -f /x ] || true\n", "FROM 1-1 RUN 2-2"),
        (
            "ARG V=1\nARG W\nFROM busybox AS one\nFROM one\nFROM scratch AS last\n",
            "ARG 1-1 ARG 2-2 FROM 3-3 FROM 4-4 FROM 5-5",
        ),
        ("FROM --platform=$BUILDPLATFORM busybox as build\nCOPY --from=0 /a /b\n", "FROM 1-1 COPY 2-2"),
        ("FROM busybox\nCOPY --chown=1:2 a b /c/\nADD x /y\n", "FROM 1-1 COPY 2-2 ADD 3-3"),
        ('FROM busybox\nCOPY ["a b", "c d/"]\n', "FROM 1-1 COPY 2-2"),
        ("FROM busybox\nONBUILD RUN echo a \\\n  b\nONBUILD COPY . /x\n", "FROM 1-1 ONBUILD 2-3 ONBUILD 4-4"),
        (
            "FROM busybox\nHEALTHCHECK --interval=5s --retries=2 \\\n  CMD test -f /x\nHEALTHCHECK NONE\n",
            "FROM 1-1 HEALTHCHECK 2-3 HEALTHCHECK 4-4",
        ),
        (
            "FROM busybox\nENV a b c d\nENV x=1 y='2 3'\nENV e=\nLABEL \"a b\"=c\n",
            "FROM 1-1 ENV 2-2 ENV 3-3 ENV 4-4 LABEL 5-5",
        ),
        (
            'FROM busybox\nSHELL ["/bin/sh", "-c"]\nVOLUME /a /b\nVOLUME ["/c"]\nEXPOSE 80 443/tcp\n',
            "FROM 1-1 SHELL 2-2 VOLUME 3-3 VOLUME 4-4 EXPOSE 5-5",
        ),
        (
            "FROM busybox\nUSER a:b\nWORKDIR /a b\nSTOPSIGNAL 9\nMAINTAINER me <me@example.com>\n",
            "FROM 1-1 USER 2-2 WORKDIR 3-3 STOPSIGNAL 4-4 MAINTAINER 5-5",
        ),
        ("FROM busybox\nRUN echo $((1 << 2)) <<< x\nRUN b\n", "FROM 1-1 RUN 2-2 RUN 3-3"),
        ("FROM busybox\nRUN a\\\nRUN b\n", "FROM 1-1 RUN 2-3"),
        ("FROM busybox\n#RUN a\n  # RUN b\nRUN c\n", "FROM 1-1 RUN 4-4"),
    ]


def heredocs() -> list[tuple[str, str]]:
    return [
        ("FROM busybox\nRUN <<EOF\na\nb\nEOF\nRUN c\n", "FROM 1-1 RUN 2-5 RUN 6-6"),
        ("FROM busybox\nRUN <<-EOF\n\ta\n\tEOF\nRUN c\n", "FROM 1-1 RUN 2-4 RUN 5-5"),
        ("FROM busybox\nRUN <<'EOF'\n$a \\\nEOF\nRUN c\n", "FROM 1-1 RUN 2-4 RUN 5-5"),
        ('FROM busybox\nRUN <<"E O F"\na\nE O F\nRUN c\n', "FROM 1-1 RUN 2-4 RUN 5-5"),
        ("FROM busybox\nCOPY <<ONE <<TWO /x/\n1\nONE\n2\nTWO\nRUN c\n", "FROM 1-1 COPY 2-6 RUN 7-7"),
        (
            "FROM busybox\nRUN cat <<EOF > /x && \\\n  true\nFROM not\n# no comment\n\nEOF\nRUN c\n",
            "FROM 1-1 RUN 2-7 RUN 8-8",
        ),
        ("FROM busybox\nRUN 3<<EOF cat <&3\na\nEOF\n", "FROM 1-1 RUN 2-4"),
        ("FROM busybox\nRUN echo '<<EOF'\nRUN c\n", "FROM 1-1 RUN 2-2 RUN 3-3"),
        ("FROM busybox\nRUN cat<<EOF\nRUN c\n", "FROM 1-1 RUN 2-2 RUN 3-3"),
        ("FROM busybox\nONBUILD RUN <<EOF\na\nEOF\nRUN c\n", "FROM 1-1 ONBUILD 2-4 RUN 5-5"),
        ('FROM busybox\nRUN ["a", "<<EOF"]\nRUN c\n', "FROM 1-1 RUN 2-2 RUN 3-3"),
        ("FROM busybox\nCMD cat <<EOF\nRUN c\n", "FROM 1-1 CMD 2-2 RUN 3-3"),
        ("FROM busybox\nRUN <<EOF\n EOF\nEOF \nEOF\nRUN c\n", "FROM 1-1 RUN 2-5 RUN 6-6"),
    ]


BAD: list[tuple[str, int, str]] = [
    ("", 0, "empty"),
    ("# only a comment\n", 0, "empty"),
    ("FORM busybox\n", 1, "Did you mean FROM"),
    ("FROM busybox\nRUNN true\n", 2, "Did you mean RUN"),
    ("FROM busybox\nCOPPY a b\n", 2, "Did you mean COPY"),
    ("FROM busybox\nXYZZY\n", 2, "Instructions are"),
    ("RUN true\n", 1, "before the first FROM"),
    ("ARG A=1\n", 1, "no FROM"),
    ("FROM\n", 1, "lacks its argument"),
    ("FROM busybox AS\n", 1, "FROM takes"),
    ("FROM busybox AS 1x\n", 1, "stage's name"),
    ("FROM busybox tail\n", 1, "FROM takes"),
    ("FROM busybox\nRUN\n", 2, "lacks its argument"),
    ("FROM busybox\nCOPY a\n", 2, "where to"),
    ("FROM busybox\nADD\n", 2, "lacks its argument"),
    ("FROM busybox\nENV A\n", 2, "lacks a value"),
    ("FROM busybox\nENV A=1 B\n", 2, "has no ="),
    ("FROM busybox\nENV =1\n", 2, "before the = is missing"),
    ("FROM busybox\nLABEL\n", 2, "lacks its argument"),
    ("FROM busybox\nARG\n", 2, "lacks its argument"),
    ("FROM busybox\nWORKDIR\n", 2, "lacks its argument"),
    ("FROM busybox\nUSER\n", 2, "lacks its argument"),
    ("FROM busybox\nEXPOSE\n", 2, "lacks its argument"),
    ("FROM busybox\nSHELL /bin/sh\n", 2, "JSON form"),
    ('FROM busybox\nCMD ["a", 1]\n', 2, "strings only"),
    ("FROM busybox\nONBUILD FROM x\n", 2, "cannot hold FROM"),
    ("FROM busybox\nONBUILD ONBUILD RUN x\n", 2, "cannot hold ONBUILD"),
    ("FROM busybox\nHEALTHCHECK FOO\n", 2, "CMD or NONE"),
    ("FROM busybox\nHEALTHCHECK CMD\n", 2, "lacks its command"),
    ("FROM busybox\nHEALTHCHECK NONE x\n", 2, "nothing more"),
    ("FROM busybox\nCOPY --form=x a b\n", 2, "Did you mean --from"),
    ("FROM busybox\nUSER --x me\n", 2, "no flag --x"),
    ("# escape=x\nFROM busybox\n", 1, "can be"),
    ("# escape=`\n# escape=`\nFROM busybox\n", 2, "Only one"),
    ("FROM busybox\nRUN a \\\n b\n\n\nRUNN c\n", 6, "Did you mean RUN"),
]

BAD_HEREDOCS: list[tuple[str, int, str]] = [
    ("FROM busybox\nRUN <<EOF\na\n", 2, "has no end"),
    ("FROM busybox\nCOPY <<A <<B /x/\n1\nA\n2\n", 2, "<<B has no end"),
    ("FROM busybox\nRUN <<EOF\n\tEOF\n", 2, "has no end"),
]

_COMMANDS = [
    "true",
    "echo hi",
    "apt-get update",
    "echo 'a  b'",
    'sh -c "x; y"',
    "a | b > /c",
    "ls -l # not a comment",
    "[ -e /x ]",
]


def expected(rows: str) -> list[tuple[str, int, int]]:
    found = []
    words = rows.split()
    for keyword, lines in zip(words[::2], words[1::2], strict=True):
        first, last = lines.split("-")
        found.append((keyword, int(first), int(last)))
    return found


def generated(count: int, seed: int = 5, with_heredocs: bool = True) -> Iterator[Case]:
    lots = random.Random(seed)
    for _ in range(count):
        yield _Writer(lots, with_heredocs).dockerfile()


class _Writer:
    """Writes one Dockerfile and keeps what it wrote."""

    def __init__(self, lots: random.Random, with_heredocs: bool) -> None:
        self.lots = lots
        self.with_heredocs = with_heredocs
        self.lines: list[str] = []
        self.case = Case("")
        self.mark = "\\"

    def dockerfile(self) -> Case:
        lots = self.lots
        if lots.random() < 0.2:
            self.mark = lots.choice("`\\")
            self.lines.append(lots.choice(["# escape=", "#escape = ", "# ESCAPE="]) + self.mark)
        for _ in range(lots.choice([0, 0, 1, 2])):
            self.add("ARG", [f"ARG A{len(self.lines)}={lots.randrange(9)}"])
        for stage in range(lots.choice([1, 1, 1, 2, 3])):
            name = f" {lots.choice(['AS', 'as'])} s{stage}" if lots.random() < 0.5 else ""
            self.add("FROM", [f"FROM {lots.choice(['busybox', 'scratch', 'busybox:latest'])}{name}"])
            for _ in range(lots.randrange(7)):
                self.between()
                self.instruction()
        end = lots.choice(["\n", "", "\n\n", "\n# the end\n"])
        self.case.text = lots.choice(["\n", "\n", "\n", "\r\n"]).join(self.lines) + end
        return self.case

    def between(self) -> None:
        for _ in range(self.lots.choice([0, 0, 1, 2])):
            self.lines.append(self.lots.choice(["", "   ", "# RUN no", "  # indented", "\t", "#", "# x \\"]))

    def add(self, keyword: str, lines: list[str]) -> None:
        first = len(self.lines) + 1
        if self.lots.random() < 0.2:
            lines = [self.lots.choice([" ", "\t", "   "]) + lines[0], *lines[1:]]
        if self.lots.random() < 0.3:
            lines = [lines[0].replace(keyword, self.lots.choice([keyword.lower(), keyword.title()]), 1), *lines[1:]]
        self.lines += lines
        self.case.expected.append((keyword, first, len(self.lines)))

    def instruction(self) -> None:
        lots = self.lots
        kinds = [self.run, self.run, self.run, self.simple, self.simple, self.copy]
        if self.with_heredocs:
            kinds.append(self.heredoc)
        lots.choice(kinds)()

    def run(self) -> None:
        lots = self.lots
        lines = [f"RUN {lots.choice(_COMMANDS)}"]
        for _ in range(lots.choice([0, 0, 1, 2, 4])):
            lines[-1] += f" && {self.mark}" + lots.choice(["", "", "  ", "\t"])
            lines += lots.choice([[], [], [], ["# between"], ["   # between"], [""]])
            lines.append("    " + lots.choice(_COMMANDS).replace(" # not a comment", ""))
        self.add("RUN", lines)

    def simple(self) -> None:
        keyword, line = self.lots.choice(
            [
                ("ENV", "ENV A=1 B='x y' C=\"d e\""),
                ("ENV", "ENV A some words"),
                ("LABEL", 'LABEL a.b="c" d=e'),
                ("EXPOSE", "EXPOSE 80 443/tcp"),
                ("WORKDIR", "WORKDIR /a/b c"),
                ("USER", "USER nobody"),
                ("VOLUME", 'VOLUME ["/a", "/b"]'),
                ("CMD", 'CMD ["a", "b"]'),
                ("CMD", "CMD a b"),
                ("ENTRYPOINT", 'ENTRYPOINT [ "x" ]'),
                ("STOPSIGNAL", "STOPSIGNAL SIGTERM"),
                ("HEALTHCHECK", "HEALTHCHECK --interval=1s CMD true"),
                ("SHELL", 'SHELL ["/bin/sh", "-ec"]'),
                ("ONBUILD", "ONBUILD RUN true"),
                ("ARG", "ARG X=1"),
                ("MAINTAINER", "MAINTAINER me"),
            ]
        )
        self.add(keyword, [line])

    def copy(self) -> None:
        line = self.lots.choice(
            [
                "COPY a b /c/",
                "ADD a /b",
                'COPY ["a b", "/c"]',
                "COPY --chown=1 a /b",
                "COPY --from=0 /a /b",
                "COPY a* /b/",
            ]
        )
        self.add(line.split()[0], [line])

    def heredoc(self) -> None:
        lots = self.lots
        name = lots.choice(["EOF", "END", "X1"])
        chomp = lots.random() < 0.3
        opened = f"<<{'-' if chomp else ''}" + lots.choice([name, f"'{name}'", f'"{name}"'])
        body = [lots.choice(["FROM x", "# c", "", "a \\", "  b", "RUN <<EOX"]) for _ in range(lots.randrange(4))]
        line = lots.choice([f"RUN {opened}", f"COPY {opened} /f", f"RUN cat {opened} > /f"])
        self.add(line.split()[0], [line, *body, ("\t" if chomp and lots.random() < 0.5 else "") + name])
        self.case.heredocs = True
