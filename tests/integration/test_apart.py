"""Work in a process of its own: real processes, real ends of them."""

import os
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from pipelines import apart
from sources.errors import EditionError, WorkspaceError


def test_a_busy_machine_is_not_idle():
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(os.cpu_count() or 1)]
    try:
        time.sleep(0.5)
        assert not apart.is_idle()
    finally:
        for one in busy:
            one.kill()
            one.wait()


def refuse(word: str) -> None:
    raise EditionError(word)


def test_the_result_is_that_of_another_process():
    with apart.processes() as start:
        first, second = start(os.getpid), start(sorted, [3, 1, 2])
        assert second() == [1, 2, 3]
        assert first() != os.getpid()


def test_where_it_is_not_worth_it_the_work_is_done_here():
    with apart.processes(worth_it=False) as start:
        assert start(os.getpid)() == os.getpid()


@pytest.mark.parametrize("worth_it", [True, False])
def test_an_error_arrives_in_its_words(worth_it):
    with apart.processes(worth_it=worth_it) as start, pytest.raises(EditionError, match="no table cells"):
        start(refuse, "no table cells")()


class Unreadable(Exception):
    def __init__(self, place: str, rule: str) -> None:
        super().__init__(f"{place} {rule}")


def fail(kind: str) -> None:
    if kind == "local":
        raise type("Local", (Exception,), {})("word")
    raise Unreadable("place", "rule")


@pytest.mark.parametrize(("kind", "name"), [("local", "Local"), ("two", "Unreadable")])
def test_an_error_that_no_process_can_read_is_told_by_its_type(kind, name, capfd):
    with apart.processes() as start, pytest.raises(RuntimeError, match=f"{name}, which no other process can read"):
        start(fail, kind)()
    assert capfd.readouterr().err == ""


def test_a_process_that_ends_early_is_told_with_the_next_step():
    with apart.processes() as start, pytest.raises(WorkspaceError, match="palermo refresh again"):
        start(os._exit, 3)()


def test_no_process_outlives_the_block():
    with pytest.raises(EditionError), apart.processes() as start:
        sleeping = start(time.sleep, 600)
        assert isinstance(sleeping, partial)
        begun = time.monotonic()
        raise EditionError("the pages failed")
    assert time.monotonic() - begun < 60


STARTS = """
import time
from multiprocessing import active_children
from pipelines import apart
if __name__ == "__main__":
    with apart.processes() as start:
        start(time.sleep, 600)
        print(active_children()[0].pid, flush=True)
        time.sleep(600)
"""


def test_no_process_outlives_a_killed_refresh():
    killed = subprocess.Popen([sys.executable, "-c", STARTS], stdout=subprocess.PIPE, text=True)
    assert killed.stdout
    beside = int(killed.stdout.readline())
    time.sleep(3)  # it has begun
    assert _lives(beside)
    killed.kill()
    killed.wait()
    until = time.monotonic() + 30
    while _lives(beside) and time.monotonic() < until:
        time.sleep(0.1)
    assert not _lives(beside)


def _lives(process: int) -> bool:
    """Whether it runs; one that has ended and that nobody has asked for is a zombie."""
    try:
        return Path(f"/proc/{process}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
