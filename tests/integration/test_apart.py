"""Work in a process of its own: real processes, real ends of them."""

import os
import signal
import subprocess
import sys
import time
from multiprocessing import current_process
from pathlib import Path
from typing import Any

import pytest

from pipelines import apart, lock, progress
from pipelines.workspace import Workspace
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


def test_where_nothing_is_beside_the_work_is_done_when_it_is_asked_for():
    with apart.beside(lambda: False):
        apart.ahead(os.getpid)
        assert apart.start(os.getpid)() == os.getpid() == apart.ask(os.getpid)
    assert not apart.is_shared()


def refuse(word: str) -> None:
    raise EditionError(word)


@pytest.fixture(scope="module")
def beside():
    with apart.beside(lambda: True):
        yield


def slow(seconds: float) -> int:
    time.sleep(seconds)
    return os.getpid()


def test_the_result_is_that_of_another_process(beside):
    first = apart.start(slow, 0.1)
    wait(first)
    assert first() != os.getpid()
    assert first() == first()  # who asks again gets the same


def test_what_has_not_begun_is_done_by_who_asks(beside):
    first, second = apart.start(slow, 2), apart.start(os.getpid)
    wait(first)
    assert second() == os.getpid()
    assert first() != os.getpid()


def test_a_task_has_a_process_of_its_own_with_one_thread(beside):
    for _ in range(2):
        first = apart.start(threads)
        wait(first)
        name, n = first()
        assert name.startswith("ForkServerProcess")
        assert n <= 2 + len(os.sched_getaffinity(0)) * 3  # pools of libraries that know of forks, and none of DuckDB


def threads() -> tuple[str, int]:
    return current_process().name, len(list(Path("/proc/self/task").iterdir()))


def test_what_has_begun_ahead_is_asked_for_once(beside):
    apart.ahead(slow, 0.1)
    apart.ahead(slow, 0.1)  # the same
    time.sleep(2)
    assert apart.ask(slow, 0.1) != os.getpid()
    assert apart.ask(slow, 0.1) == os.getpid()


def test_a_block_inside_another_one_uses_what_is_there(beside):
    with apart.beside(lambda: pytest.fail("asked again")):
        assert apart.is_shared()
    assert apart.is_shared()


def size(given: dict[int, int]) -> int:
    return len(given)


def test_what_is_given_may_change_while_it_waits_in_line(beside):
    given = dict.fromkeys(range(3), 0)
    first, second = apart.start(slow, 1), apart.start(size, given)
    given |= dict.fromkeys(range(10), 0)
    first()
    wait(second)
    assert second() == 3


def tell() -> None:
    progress.step("reading", 2, 5)
    progress.read_bytes(10, 20)


def test_progress_arrives_when_the_result_is_asked_for(beside):
    told: list[tuple[object, ...]] = []
    stop = progress.watch(lambda *step: told.append(step), lambda *read: told.append(read))
    done = apart.start(tell)
    wait(done)
    assert told == []
    done()
    stop()
    assert told == [("reading", 2, 5), (10, 20)]


def test_an_error_arrives_in_its_words(beside):
    failing = apart.start(refuse, "no table cells")
    wait(failing)
    for _ in range(2):
        with pytest.raises(EditionError, match="no table cells"):
            failing()


class Unreadable(Exception):
    def __init__(self, place: str, rule: str) -> None:
        super().__init__(f"{place} {rule}")


def fail(kind: str) -> None:
    if kind == "local":
        raise type("Local", (Exception,), {})("word")
    raise Unreadable("place", "rule")


@pytest.mark.parametrize(("kind", "name"), [("local", "Local"), ("two", "Unreadable")])
def test_an_error_that_no_process_can_read_is_told_by_its_type(beside, kind, name, capfd):
    failing = apart.start(fail, kind)
    wait(failing)
    with pytest.raises(RuntimeError, match=f"{name}, which no other process can read"):
        failing()
    assert capfd.readouterr().err == ""


def test_a_process_that_ends_early_is_told_with_the_next_step(beside):
    ending = apart.start(os._exit, 3)
    wait(ending)
    with pytest.raises(WorkspaceError, match="palermo refresh again"):
        ending()


def test_no_process_outlives_the_block():
    with pytest.raises(EditionError), apart.anew() as start:
        start(time.sleep, 600)
        start(time.sleep, 600)
        begun = time.monotonic()
        raise EditionError("the pages failed")
    assert time.monotonic() - begun < 60


STARTS = """
import sys, time
from multiprocessing import active_children
from pathlib import Path
from pipelines import apart, lock
from pipelines.workspace import Workspace
if __name__ == "__main__":
    with lock.alone(Workspace(Path(sys.argv[1]))), apart.beside(lambda: True):
        apart.start(time.sleep, 600)
        while not active_children():
            time.sleep(0.1)
        print(active_children()[0].pid, flush=True)
        time.sleep(600)
"""


def test_no_process_outlives_a_killed_refresh_and_its_lock_is_held_until_then(tmp_path):
    command = [sys.executable, "-c", STARTS, str(tmp_path)]
    killed = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert killed.stdout
    beside = int(killed.stdout.readline())
    time.sleep(3)  # it has begun
    assert _lives(beside)
    os.kill(beside, signal.SIGSTOP)
    killed.kill()
    killed.wait()
    assert lock.is_taken(Workspace(tmp_path)), "the process beside could still write"
    os.kill(beside, signal.SIGCONT)
    until = time.monotonic() + 30
    while _lives(beside) and time.monotonic() < until:
        time.sleep(0.1)
    assert not _lives(beside)
    assert not lock.is_taken(Workspace(tmp_path))


def wait(task: Any) -> None:
    """Until it is begun, as `_result` would see it."""
    until = time.monotonic() + 60
    while not (task.args[0].running() or task.args[0].done()) and time.monotonic() < until:
        time.sleep(0.05)
    time.sleep(0.5)


def _lives(process: int) -> bool:
    """Whether it runs; one that has ended and that nobody has asked for is a zombie."""
    try:
        return Path(f"/proc/{process}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
