# SPDX-License-Identifier: MIT
"""A tap between the host tool and the target: it types on the firmware's console while the tool
is at work, keeps what passed, and can spoil it."""
import os
import re
import select
import socket
import subprocess
import threading
import time

from conftest import PATIENT, TRAPLINE, clean_env
from rsp import PATIENCE


class Tap:
    """Takes the place of the machine's port. `spoil(bytes) -> bytes` may change what the target
    sends, `cut` keeps all of it back."""

    def __init__(self, machine):
        self.upstream = machine.open()
        self.path = f"{machine.tmp}/tap"
        self.up, self.down = b"", b""  # what the host sent, what the target sent, since start()
        self.spoil = None
        self.cut = False  # nothing passes, either way
        self.lock = threading.Lock()
        self.closing = False
        self.server = socket.socket(socket.AF_UNIX)
        self.server.bind(self.path)
        self.server.listen(4)
        self.client = None
        machine.port, machine.transport = f"unix:{self.path}", "unix"
        self.elf = machine.elf.path
        self.thread = threading.Thread(target=self.forward, daemon=True)
        self.thread.start()

    def forward(self):
        while not self.closing:
            wanted = [self.server, self.upstream] + ([self.client] if self.client else [])
            ready = select.select(wanted, [], [], 0.05)[0]
            try:
                if self.upstream in ready:
                    self.from_target()
                if self.client and self.client in ready:
                    self.from_host()
                if self.server in ready:
                    self.client = self.server.accept()[0]
            except OSError:
                self.drop_client()

    def drop_client(self):
        if self.client:
            self.client.close()
        self.client = None

    def from_target(self):
        data = os.read(self.upstream, 65536)
        if not data:
            self.closing = True
            return self.drop_client()
        self.down += data
        if self.spoil:
            data = self.spoil(data)
        if self.client and not self.cut:
            self.client.sendall(data)

    def from_host(self):
        data = self.client.recv(65536)
        if not data:
            return self.drop_client()
        with self.lock:
            self.up += data
            if not self.cut:
                self.send(data)

    def send(self, data):
        while data:
            data = data[os.write(self.upstream, data):]

    def between_frames(self):
        start = self.up.rfind(b"$")
        return start < 0 or re.search(rb"#..", self.up[start:], re.S)

    def type(self, text):
        """A line on the firmware's console, between the frames of whoever else is on the line."""
        end = time.monotonic() + PATIENCE
        while True:
            with self.lock:
                if self.between_frames() or time.monotonic() > end:
                    return self.send(text.encode() + b"\n")
            time.sleep(0.001)

    def start(self, *args, patient=True):
        """The host tool on this line. What a spoiled line shows as console text may be no UTF-8."""
        self.up, self.down = b"", b""
        self.host = subprocess.Popen([TRAPLINE, *args, "-p", f"unix:{self.path}", "-e", self.elf],
                                     stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                     stdin=subprocess.DEVNULL, text=True, errors="replace",
                                     env=clean_env() | (PATIENT if patient else {}))
        return self.host

    def wait(self, what, timeout=PATIENCE):
        end = time.monotonic() + timeout
        while not what():
            assert time.monotonic() < end, (self.up[-300:], self.down[-300:])
            time.sleep(0.01)

    def armed(self, probes=1):
        """Has the target answered the host's commands to add so many probes, and to enable those
        that were added disabled?"""
        def answered(name, *ends):
            tags = set(re.findall(rb"\$QTl\.%s:([0-9a-f]+)," % name, self.up))
            return tags if all(any(b"$%s,0%s" % (tag, end) in self.down for end in ends)
                               for tag in tags) else set()

        return len(answered(b"add", b",")) >= probes and \
            (not re.search(rb"QTl\.add:[^#;]*,(2|1?a,[^#;]*);", self.up) or
             bool(answered(b"enable", b";")))

    def wait_armed(self, probes=1):
        def armed():
            assert self.host.poll() is None, self.host.communicate()
            return self.armed(probes)

        self.wait(armed)

    def wait_text(self, text, timeout=PATIENCE):
        self.wait(lambda: text.encode() in self.down, timeout)

    def close(self):
        self.closing = True
        self.thread.join(PATIENCE)
        self.drop_client()
        self.server.close()
        os.close(self.upstream)
