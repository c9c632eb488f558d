# SPDX-License-Identifier: MIT
"""A client of the trapline protocol written from SPEC.md alone: what the host tool is checked
against, and a way to send what it never would."""
import binascii
import collections
import os
import select
import socket
import time

ESCAPED = b"$%#*}"
VERSION = 2

# Seconds that a test waits for what must come. Nothing is measured by it: a machine may be as busy
# as it likes: what takes 11 s on a quiet one has taken 10 minutes at a load of 14.
PATIENCE = 1800


def checksum(data):
    return b"%02x" % (sum(data) & 0xFF)


def escape(data):
    out = bytearray()
    for c in data:
        out += bytes([0x7D, c ^ 0x20]) if c in ESCAPED else bytes([c])
    return bytes(out)


def unescape(data):
    out, it = bytearray(), iter(data)
    for c in it:
        out.append(next(it) ^ 0x20 if c == 0x7D else c)
    return bytes(out)


def crc32(data):
    """As qCRC has it: not reflected, no final xor."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc << 8 & 0xFFFFFFFF ^ CRC32[crc >> 24 ^ byte]
    return crc


def crc32_row(byte):
    crc = byte << 24
    for _ in range(8):
        crc = crc << 1 & 0xFFFFFFFF ^ (0x04C11DB7 if crc >> 31 else 0)
    return crc


CRC32 = [crc32_row(byte) for byte in range(256)]


def with_crc(data):
    return data + b";%08x" % crc32(data)


def without_crc(data):
    """An answer's fields, its CRC looked at."""
    body, crc = data[:-9], data[-9:]
    assert crc == b";%08x" % crc32(body), data
    return body


def framed(data, sum=None):
    """`$data#cs`: a native packet gets its CRC."""
    if data[1:4] == b"Tl.":
        data = with_crc(data)
    return b"$" + data + b"#" + (checksum(data) if sum is None else sum)


def crc16(data):
    return binascii.crc_hqx(data, 0xFFFF)


# Of each ISA: registers of a snapshot, bytes of each, which are words of flags, which hold
# arguments, SP, return address, PC.
CORTEX_M = 17, 4, (16,), (0, 1, 2, 3), 13, 14, 15
ISAS = {"rv32": (32, 4, (), tuple(range(9, 17)), 1, 0, 31),
        "rv64": (32, 8, (), tuple(range(9, 17)), 1, 0, 31)}
ISAS |= {f"{name}s": row for name, row in ISAS.items()}  # in supervisor mode
ISAS["aarch64"] = 34, 8, (33,), tuple(range(8)), 31, 30, 32


class Stream:
    """The decoder of `%Tl:` data."""

    def __init__(self, isa=""):
        (self.nregs, self.word, self.flags, self.args,
         self.sp, self.lr, self.pc) = ISAS.get(isa, CORTEX_M)
        self.bits = 8 * self.word
        self.number, self.bases, self.time = None, None, 0
        self.came = collections.Counter()  # records by probe
        self.records, self.lost_frames, self.frames, self.bytes = [], 0, 0, 0

    def mask(self, nargs):
        """Of the registers that hold the first arguments: what QTl.add takes."""
        return sum(1 << i for i in self.args[:nargs])

    def frame(self, data):
        assert crc16(data[:-2]) == int.from_bytes(data[-2:], "big"), "CRC"
        self.frames += 1
        head, self.at, self.data = data[0], 1, data[:-2]
        if self.number is not None and head & 0x7F != (self.number + 1) & 0x7F:
            self.lost_frames += 1
        self.number = head & 0x7F
        if head & 0x80:
            self.bases, self.time = {}, self.varint()
        if self.bases is None:
            return  # joined late, or lost a frame: wait for a key frame
        while self.at < len(self.data):
            self.record()

    def varint(self):
        value = shift = 0
        while True:
            byte = self.data[self.at]
            self.at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                return value

    def record(self):
        head = self.varint()
        probe = head >> 2 & 0xFF
        seq, mask, regs = self.bases.get(probe, (0, 0, [0] * self.nregs))
        seq += 1 + (self.varint() if head & 1 else 0)
        self.time = (self.time + self.varint()) & 0xFFFFFFFF
        elapsed = self.varint() if head & 0x400 else None
        if head & 2:
            mask = self.varint()
        regs = list(regs)
        for i in range(self.nregs):
            if mask >> i & 1:
                regs[i] = self.change(i, regs[i])
        self.bases[probe] = (seq, mask, regs)
        self.came[probe] += 1
        self.records.append({"probe": probe, "seq": seq, "time": self.time, "elapsed": elapsed,
                             "user": bool(head & 0x800), "regs": regs,
                             "args": [regs[i] for i in self.args], "sp": regs[self.sp],
                             "lr": regs[self.lr], "pc": regs[self.pc]})

    def change(self, reg, before):
        full = (1 << self.bits) - 1
        coded = self.varint()
        if reg in self.flags:
            return before ^ ((coded << (self.bits - 8) | coded >> 8) & full)
        return (before + ((coded >> 1) ^ -(coded & 1))) & full


DECODER = 2  # of the features in a hello: the agent decodes itself
FLASH = 128  # and pages of flash are written


class Target:
    """A session over a file descriptor pair or socket. It pings only when told to, so its lease
    is long."""

    def __init__(self, port, session=0x1234, lease=600000):
        if isinstance(port, str):
            self.sock = socket.socket(socket.AF_UNIX)
            self.sock.connect(port)
            self.fd = self.sock.fileno()
        else:
            self.fd = port
        self.pending, self.console, self.tag = b"", b"", 0
        self.stream = None  # until hello tells the ISA: what comes before is another session's
        self.replies = []
        self.given = None  # conftest.py: (isa, addr, slot, before, text) -> error, fields
        self.before = {}  # by probe: records of those that had its id before
        self.pump()
        for attempt in range(60):
            try:
                self.packet(b"QStartNoAckMode", timeout=3)
                break
            except TimeoutError:
                # Else the same packet at once again is an echo. To an agent that was only slow it
                # is typed text: so not before that is unlikely.
                self.write(b"+")
                if attempt == 59:
                    raise
        self.hello = self.command("QTl.hello", VERSION, session, lease)
        self.stream = Stream(self.hello[1])
        (self.ticks, self.points, self.probes, self.ring,
         self.packet_size) = (int(f, 16) for f in self.hello[4:9])
        self.features = int(self.hello[10], 16)

    def write(self, data):
        while data:
            data = data[os.write(self.fd, data):]

    def pump(self, timeout=0.0):
        """Takes what has come; True if there was something."""
        if not select.select([self.fd], [], [], timeout)[0]:
            return False
        got = os.read(self.fd, 65536)
        if not got:
            raise EOFError("the line closed")
        self.pending += got
        self.split()
        return True

    def split(self):
        while self.pending:
            start = min((i for i in (self.pending.find(b"$"), self.pending.find(b"%Tl")) if i >= 0),
                        default=-1)
            if start:
                if start < 0 and self.pending.endswith((b"%", b"%T")):
                    return
                end = len(self.pending) if start < 0 else start
                text, self.pending = self.pending[:end], self.pending[end:]
                self.console += text
                continue
            end = self.pending.find(b"#")
            if end < 0 or len(self.pending) < end + 3:
                return
            data, cs = self.pending[1:end], self.pending[end + 1:end + 3]
            kind, self.pending = self.pending[:1], self.pending[end + 3:]
            assert cs == checksum(data), (kind, data, cs)
            self.on_frame(kind, data)

    def on_frame(self, kind, data):
        if kind == b"$":
            self.replies.append(data)
        elif data.startswith(b"TlO:"):
            text = unescape(data[4:])
            assert crc16(text[:-2]) == int.from_bytes(text[-2:], "big"), "CRC of console text"
            self.console += text[:-2]
        elif data.startswith(b"Tl:") and self.stream:
            self.stream.bytes += len(data) + 4
            self.stream.frame(unescape(data[3:]))

    def packet(self, data, timeout=PATIENCE):
        """Sends a packet, again if nothing is heard, returns the reply's data: a native one's
        without its CRC."""
        self.replies.clear()
        end = time.monotonic() + timeout
        while True:
            self.write(framed(data))
            try:
                return self.answer(data[1:4] == b"Tl.", min(20.0, timeout))
            except TimeoutError:
                if time.monotonic() > end:
                    raise

    def answer(self, native, timeout):
        """A native one has a CRC; without, it is late, to something else that was sent."""
        while True:
            reply = self.reply(timeout)
            if not native:
                return reply
            if reply[-9:-8] == b";":
                return without_crc(reply)

    def reply(self, timeout=PATIENCE):
        end = time.monotonic() + timeout
        while not self.replies:
            if time.monotonic() > end:
                raise TimeoutError("no reply")
            self.pump(0.05)
        return self.replies.pop(0)

    def command(self, name, *fields):
        """A native packet: the reply's fields, or raises TargetError."""
        self.tag = self.tag % 0xFFF + 1
        args = [self.tag, *fields]
        text = name + ":" + ",".join(f if isinstance(f, str) else "%x" % f for f in args)
        reply = self.packet(text.encode()).decode()
        # a late one, to another packet; what came while that waited is lost
        while not reply.startswith(f"{self.tag:x},"):
            reply = self.packet(text.encode()).decode()
        _, error, *rest = reply.split(",")
        if int(error, 16):
            raise TargetError(int(error, 16))
        return rest

    def add(self, probe, addr, kind=1, mask=0, every=0, limit=0, stay=0):
        self.before[probe] = self.stream.came[probe]
        more = [] if self.features & DECODER else [0, *self.thin_fields(addr)]
        return [int(f, 16) for f in self.command("QTl.add", probe, addr, kind, mask, every, limit,
                                                 stay, *more)]

    def check(self, addr):
        """Would a probe be taken there? A thin agent says no more than that it is a place."""
        if not self.features & DECODER:
            return self.thin_fields(addr)
        return self.command("qTl.check", addr)

    def thin_fields(self, addr):
        """What a thin agent is given, from its own text."""
        slot = int(self.command("qTl.slot", addr)[0], 16)
        for before in (40, 0):
            try:
                text = self.read(addr - before, before + 80)
                break
            except TargetError as error:
                if not before:
                    raise error
        error, fields = self.given(self.hello[1], addr & ~1, slot, before, text)
        if error:
            raise TargetError(error)
        return fields

    COUNTERS = ("id addr kind mask every limit stay enabled step hits recorded filtered missed "
                "dropped maxactive").split()

    def counters(self, probe):
        fields = [int(f, 16) for f in self.command("qTl.next", probe - 1)]
        return dict(zip(self.COUNTERS, fields)) if fields[0] == probe else None

    def raw(self, addr, n):
        return bytes.fromhex(self.command("qTl.raw", addr, n)[0])

    def read(self, addr, n):
        return bytes.fromhex(self.command("qTl.read", addr, n)[0])

    def all_counters(self):
        """The counters of every probe."""
        found, probe = [], 0
        while True:
            fields = [int(f, 16) for f in self.command("qTl.next", probe)]
            probe = fields[0]
            if not probe:
                return found
            found.append(dict(zip(self.COUNTERS, fields)))

    def settle(self):
        """Takes every record that the target has in its ring by now; those that the line lost do
        not come: it is asked something, again and again, and has nothing else to say."""
        due = {c["id"]: c["recorded"] + self.before.get(c["id"], 0) for c in self.all_counters()
               if c["kind"] & 1}
        silent = 0
        while silent < 5 and any(self.stream.came[probe] < n for probe, n in due.items()):
            silent = 0 if self.pump(1) else silent + 1
            if silent:
                self.all_counters()

    def until(self, true):
        """Takes what comes until something is so."""
        end = time.monotonic() + PATIENCE
        while not true():
            assert time.monotonic() < end, "what the test waits for did not come"
            self.pump(0.02)

    def quiet(self):
        """Takes what comes until nothing does, as long as that may take on a busy machine."""
        while self.pump(0.5):
            pass

    def run(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.pump(0.02)


class TargetError(Exception):
    def __init__(self, code):
        super().__init__("E%02x" % code)
        self.code = code
