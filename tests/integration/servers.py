"""Real servers for the tests: a free port, GraphQL, a mail server, PostgreSQL, and how to stop what was started."""

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest
from aiosmtpd.handlers import Message


class Inbox(Message):
    """Keeps what it is sent."""

    def __init__(self, port):
        super().__init__()
        self.port = port
        self.mail = []

    def handle_message(self, message):
        self.mail.append(message)


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def ask(port, query):
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/graphql",
        json.dumps({"query": query}).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.loads(answer.read())["data"]


def wait_for(condition, seconds, why=lambda: ""):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            if condition():
                return
        except OSError:
            pass
        time.sleep(1)
    raise AssertionError(f"not within {seconds} s {why()}")


def stop(server):
    """End a process and all that it started."""
    os.killpg(server.pid, signal.SIGINT)
    try:
        server.wait(20)
    except subprocess.TimeoutExpired:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait(20)


@contextmanager
def postgres():
    """The port of a PostgreSQL cluster of its own; skipped with the reason where there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        pytest.skip("no PostgreSQL on this machine: run .ci/postgres, which installs Debian's package where it can")
    tools, port = found[-1].parent, free_port()
    folder = Path(tempfile.mkdtemp(prefix="palermo-pg-"))
    as_user = []
    if os.geteuid() == 0:  # the server refuses to run as root
        as_user = ["runuser", "-u", "postgres", "--"]
        shutil.chown(folder, "postgres")

    def run(*words):
        subprocess.run([*as_user, *map(str, words)], check=True, cwd="/", stdout=subprocess.DEVNULL)

    data = folder / "data"
    run(tools / "initdb", "-D", data, "-U", "dagster", "-A", "trust", "--no-sync")
    where = f"-p {port} -k {folder} -h 127.0.0.1 -c fsync=off"
    run(tools / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", where, "start")
    try:
        run(tools / "createdb", "-h", "127.0.0.1", "-p", port, "-U", "dagster", "dagster")
        yield port
    finally:
        run(tools / "pg_ctl", "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(folder)
