"""The private Dovecot ends with whoever started it, however that ends."""

import os
import select
import shutil
import subprocess
import sys

import pytest

from bench.dovecot import why_not

STARTER = """
import sys
from bench.dovecot import Dovecot
with Dovecot() as server:
    print(server._process.pid, server.directory, flush=True)
    sys.stdin.read()
"""


@pytest.mark.skipif(bool(why_not()) or shutil.which("setpriv") is None, reason="needs Dovecot and setpriv")
def test_a_starter_that_is_killed_takes_its_server_along():
    command = [sys.executable, "-c", STARTER]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as starter:
        assert starter.stdout is not None
        server, folder = starter.stdout.readline().decode().strip().split(" ", 1)
        descriptor = os.pidfd_open(int(server))
        starter.kill()
        # a process's descriptor becomes readable when the process ends
        assert select.select([descriptor], [], [], 30)[0]
        os.close(descriptor)
    shutil.rmtree(folder)
