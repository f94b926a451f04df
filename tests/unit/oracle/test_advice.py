"""What another order of the instructions would cost."""

from __future__ import annotations

from containerlab.build.dockerfile import parse
from containerlab.build.oracle import file_mark
from containerlab.build.oracle.advice import Order, orders

FILES = {name: file_mark(name.encode()) for name in ("req.txt", "cli.py", "check.sh", "Dockerfile")}
TEXT = """FROM base
WORKDIR /app
# the program
COPY cli.py .
COPY req.txt .
RUN install -r req.txt
RUN optimise
CMD go
"""
SECONDS = {"RUN install -r req.txt": 30.0, "RUN optimise": 2.0}


def found(text: str = TEXT, **times: float) -> tuple[Order, ...]:
    return orders(parse(text), FILES, {name.replace("_", "."): count for name, count in times.items()}, SECONDS)


def test_what_is_edited_often_comes_late() -> None:
    best = found(cli_py=20, req_txt=0.1)[0]
    assert best.steps == ("COPY req.txt .", "RUN install -r req.txt", "RUN optimise", "COPY cli.py .")
    assert best.seconds == 3.2
    assert best.text == (
        "FROM base\nWORKDIR /app\n# the program\nCOPY req.txt .\nRUN install -r req.txt\nRUN optimise\nCOPY cli.py .\n"
        "CMD go\n"
    )
    written = next(one for one in found(cli_py=20, req_txt=0.1) if one.current)
    assert written.seconds == 20.1 * 32


def test_a_run_stays_after_the_file_that_it_names() -> None:
    for one in found(cli_py=1):
        assert one.steps.index("COPY req.txt .") < one.steps.index("RUN install -r req.txt")
    assert len({one.steps for one in found(cli_py=1)}) == len(found(cli_py=1)) == 3


def test_among_orders_of_one_cost_the_written_one_is_first() -> None:
    assert found(check_sh=5)[0].current  # a file that nobody copies


def test_a_copy_keeps_the_folder_it_goes_to_and_what_it_overwrites() -> None:
    moved = TEXT.replace("COPY req.txt .", "WORKDIR /other\nCOPY req.txt .")
    assert all(one.text.index("cli.py") < one.text.index("WORKDIR /other") for one in found(moved, cli_py=9))
    overlap = TEXT.replace("COPY req.txt .", "COPY . .")
    assert all(one.text.index("COPY cli.py") < one.text.index("COPY . .") for one in found(overlap, cli_py=9))


def test_many_copies_are_not_tried_in_every_way() -> None:
    files = {f"f{at}": file_mark(b"") for at in range(12)}
    text = "FROM base\n" + "".join(f"COPY f{at} .\nRUN step {at}\n" for at in range(12))
    made = orders(parse(text), files, {"f0": 1.0}, {f"RUN step {at}": 1.0 for at in range(12)})
    assert made[0].seconds <= next(one.seconds for one in made if one.current)
