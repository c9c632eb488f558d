# SPDX-License-Identifier: MIT
"""Bad input at any moment: whatever arrives, the agent answers with an error or nothing, changes
nothing, and the firmware runs on."""
import random
import time
import types

import pytest

from conftest import ONE_BOARD, SAMPLED, wait_for
from rsp import PATIENCE, VERSION, TargetError, checksum, framed

pytestmark = SAMPLED

SNAPSHOT, DISABLED = 1, 2


class Session:
    """A client with probes on firmware that hits them all the while; `steady` says that nothing
    has changed."""

    def __init__(self, machine):
        self.machine, self.target = machine, machine.connect(session=0xABCD, lease=60000)
        target, elf = self.target, machine.elf
        target.write(b"isr 200\n")
        wait_for(target, b"interrupts at 200 Hz")
        self.text = target.raw(elf["tick"], 4), target.raw(elf["work"], 8)
        target.add(1, elf["work"], SNAPSHOT, mask=target.stream.mask(2), stay=DISABLED)
        target.add(2, elf["tick"], 0, stay=DISABLED)
        target.add(3, elf["work"], 0, every=5, stay=DISABLED)
        target.command("QTl.enable", 1, 1, 2, 3)  # at one moment
        self.shape = self.probes()
        self.hits = target.counters(2)["hits"]

    FIXED = "id addr kind mask every limit stay enabled step".split()

    def probes(self):
        found = [self.target.counters(i) for i in (1, 2, 3, 4)]
        return [c and {k: c[k] for k in self.FIXED} for c in found]

    def flush(self):
        """Ends a frame that was left open, and takes what was answered to the burst; what comes
        while the agent is busy is lost."""
        for _ in range(200):
            self.target.write(b"$#00")
            self.target.pump(0.02)
            self.target.write(framed(b"qTl.ping:eee"))
            end = time.monotonic() + 0.5
            while time.monotonic() < end:
                self.target.pump(0.02)
                if any(r.startswith(b"eee,0,") for r in self.target.replies):
                    self.target.settle()
                    self.target.replies.clear()
                    return
        raise TimeoutError("no answer after the burst")

    def steady(self):
        self.flush()
        target = self.target
        session, ticks, _, _, armed, *_ = target.command("qTl.ping")
        assert int(session, 16) == 0xABCD and armed == "1"
        assert self.probes() == self.shape
        counters = target.counters(2)
        assert counters["hits"] > self.hits, "it runs on, and is counted"
        assert counters["missed"] == counters["dropped"] == 0
        self.hits = counters["hits"]
        return int(ticks, 16)

    def end(self):
        """Everything counted, streamed without a gap, and gone without a trace."""
        target = self.target
        target.command("QTl.enable", 1, 0, 2, 3)
        target.settle()
        one, two, three = (target.counters(i) for i in (1, 2, 3))
        for c in (one, two, three):
            assert c["hits"] == c["recorded"] + c["filtered"] + c["missed"] + c["dropped"]
        assert one["hits"] == three["hits"] and three["recorded"] == three["hits"] // 5
        seqs = [r["seq"] for r in target.stream.records if r["probe"] == 1]
        assert seqs == sorted(set(seqs))
        assert all(r["args"][:2] == [1, 0] for r in target.stream.records if r["probe"] == 1)
        for i in (1, 2, 3):
            target.command("QTl.del", i)
        assert (target.raw(self.machine.elf["tick"], 4),
                target.raw(self.machine.elf["work"], 8)) == self.text
        target.write(b"isr 1\n")
        target.console = b""
        target.write(b"run 9\n")
        wait_for(target, b"ran 9, sum ")
        return one, seqs


@pytest.fixture
def session(machine):
    return Session(machine)


# By what is at hand: the address of work(), one where nothing is, the size of the agent's packet
# buffer.
BAD = {
    "a bad sum": lambda at: framed(b"QTl.del:1,1", b"00"),
    "a sum that is no hex": lambda at: framed(b"QTl.del:1,1", b"zz"),
    "half a frame": lambda at: b"$QTl.del:1,",
    "no end": lambda at: b"$QTl.arm:1,0#",
    "half a sum": lambda at: framed(b"QTl.arm:1,0")[:-1],
    "no start": lambda at: b"QTl.del:1,1#" + checksum(b"QTl.del:1,1"),
    "a frame in a frame": lambda at: b"$QTl.arm:1," + framed(b"QTl.del:1,63") + b"0#00",
    "many starts": lambda at: b"$" * 300,
    "many ends": lambda at: b"#" * 300,
    "empty frames": lambda at: b"$#00" * 50,
    "over-long": lambda at: framed(b"QTl.input:1," + b"41" * at.size),
    "over-long without end": lambda at: b"$" + b"q" * (3 * at.size),
    "exactly too long": lambda at: framed(b"m" + b"0" * (at.size - 4)),
    "NULs": lambda at: bytes(500),
    "NULs in a frame": lambda at: framed(b"QTl.del:1,\x001"),
    "Ctrl-C": lambda at: b"\x03" * 20,
    "Ctrl-C in a frame": lambda at: b"$QTl.d\x03el:1,1#" + checksum(b"QTl.del:1,1"),
    "acks": lambda at: b"+-+-" * 100,
    "all bytes": lambda at: bytes(range(256)) * 2,
    "breaks and noise": lambda at: b"\x00\xff\x00\xff" * 100,
    "notifications": lambda at: b"%Tl:\x80\x00\x00#80%TlO:hello#ab%Stop:T05#00",
    "run lengths": lambda at: framed(b"QTl.del:1,4* "),
    "an escape at the end": lambda at: framed(b"QTl.del:1,}"),
    "escapes only": lambda at: framed(b"}" * 200),
    "no such packet": lambda at: framed(b"QTl.explode:1,1") + framed(b"vFlashErase:0,1000")
    + framed(b"Z9,%x,2" % at.work) + framed(b"R00") + framed(b"k"),
    "no tag": lambda at: framed(b"QTl.del") + framed(b"QTl.del:") + framed(b"QTl.del:,1")
    + framed(b"QTl.del:xyz,1"),
    "too few fields": lambda at: framed(b"QTl.del:1") + framed(b"QTl.add:1,9")
    + framed(b"QTl.enable:1,1") + framed(b"QTl.arm:1"),
    "numbers out of range": lambda at: framed(b"QTl.del:1,100000001")
    + framed(b"QTl.enable:1,fffffffff,0") + framed(b"QTl.del:1,-1"),
    "a session 0": lambda at: framed(b"QTl.hello:1,2,0,0") + framed(b"QTl.hello:1,2,5,1"),
    "memory that is not there": lambda at: framed(b"m%x,4" % at.nowhere)
    + framed(b"M%x,1:00" % at.nowhere) + framed(b"qTl.raw:1,%x,4" % at.nowhere)
    + framed(b"mffffffff,8"),
    "more memory than fits": lambda at: framed(b"m0,ffffffff")
    + framed(b"m%x,%x" % (at.work, at.size)) + framed(b"qTl.raw:1,%x,%x" % (at.work, at.size)),
    "writes without bytes": lambda at: framed(b"M20000000,4:00") + framed(b"M20000000,4:zzzzzzzz")
    + framed(b"M20000000,4") + framed(b"M,,:"),
    "a CRC of everything": lambda at: framed(b"qCRC:%x,ffffffff" % at.nowhere) + framed(b"qCRC:0"),
    "other people's packets": lambda at: b"\x1bM\xa0\x00" + b"AT+RST\r\n"
    + b"\x01\x03\x00\x00\x00\x0a\xc5\xcd",
}


def test_bad_input(session):
    """Each kind of it; then each kind twice, cut into two with a pause between."""
    elf = session.machine.elf
    at = types.SimpleNamespace(work=elf["work"], nowhere=elf["place_unmapped"],
                               size=session.target.packet_size)
    for name, make in BAD.items():
        data = make(at)
        try:
            session.target.write(data)
            session.steady()
        except (AssertionError, TimeoutError, TargetError) as error:
            raise AssertionError(name) from error
    for name, make in random.Random(4).sample(sorted(BAD.items()), 12):
        data = make(at) * 2
        session.target.write(data[:len(data) // 2])
        session.target.run(0.1)
        session.target.write(data[len(data) // 2:])
        session.steady()
    session.end()


@ONE_BOARD
def test_split_frame(session):
    """A good frame may come in any two pieces, with a pause and records between them."""
    data = framed(b"qTl.check:abc,%x" % session.machine.elf["work"])
    for cut in range(1, len(data)):
        session.target.replies.clear()
        session.target.write(data[:cut])
        session.target.run(0.03)
        session.target.write(data[cut:])
        assert session.target.reply().startswith(b"abc,0,"), cut
    session.steady()
    session.end()


@ONE_BOARD
def test_cut_short_then_good(session):
    """A frame cut short anywhere is dropped when the next begins, which is answered: no waiting,
    no repeating."""
    bad = framed(b"QTl.del:7,1")
    good = framed(b"qTl.ping:ccc")
    for cut in range(1, len(bad)):
        session.target.replies.clear()
        session.target.write(bad[:cut] + good)
        assert session.target.reply().startswith(b"ccc,0,abcd,"), bad[:cut]
    session.steady()
    session.end()


@ONE_BOARD
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_random_bytes(session, seed):
    rnd = random.Random(seed)
    for _ in range(12):
        session.target.write(rnd.randbytes(rnd.randrange(1, 3000)))
        session.steady()
    for _ in range(8):  # denser in what means something
        session.target.write(bytes(rnd.choices(b"$#%}*+-:,0123456789abcdefqQTlmMgDH\x00\x03\n",
                                               k=rnd.randrange(1, 2000))))
        session.steady()
    session.end()


def mutated(rnd, data):
    data = bytearray(data)
    for _ in range(rnd.choice((1, 1, 1, 2, 5))):
        at = rnd.randrange(len(data)) if data else 0
        what = rnd.randrange(6)
        if what == 0 and data:
            data[at] ^= 1 << rnd.randrange(8)
        elif what == 1 and data:
            data[at] = rnd.randrange(256)
        elif what == 2:
            data[at:at + rnd.randrange(1, 5)] = b""
        elif what == 3:
            data[at:at] = rnd.randbytes(rnd.randrange(1, 5))
        elif what == 4:
            data[at:at] = data[:rnd.randrange(1, 20)]
        else:
            data = data[:at]
    return bytes(data)


@ONE_BOARD
@pytest.mark.parametrize("seed", range(4))
def test_mutations(session, seed):
    """2000 spoiled packets in all, their sums mostly wrong: what gets through by chance may only
    be what changes nothing."""
    rnd = random.Random(seed)
    work = session.machine.elf["work"]
    packets = [b"qTl.ping:5", b"qTl.next:5,0", b"qTl.next:5,2", b"qTl.check:5,%x" % work,
               b"qTl.raw:5,%x,10" % work, b"QTl.key:5",
               b"QTl.enable:5,1,1", b"QTl.add:5,1,%x,1,3,0,0,0" % work, b"QTl.arm:5,1",
               b"QTl.hello:5,2,abcd,ea60", b"m%x,20" % work,
               b"qCRC:%x,40" % work, b"QTl.input:5,58", b"g", b"Hg0"]
    for _ in range(25):
        burst = [mutated(rnd, framed(rnd.choice(packets))) for _ in range(20)]
        session.target.write(b"".join(burst))
        session.steady()
    session.end()


@ONE_BOARD
@pytest.mark.parametrize("seed", range(2))
def test_mutated_contents(session, seed):
    """Good sums over spoiled fields: the packet parser's turn. Only packets that ask, so that
    nothing may change."""
    rnd = random.Random(100 + seed)
    work = session.machine.elf["work"]
    packets = [b"qTl.ping:5", b"qTl.next:5,0", b"qTl.check:5,%x" % work, b"qTl.raw:5,%x,10" % work,
               b"m%x,20" % work, b"g"]
    for _ in range(25):
        burst = []
        for _ in range(10):
            data = mutated(rnd, rnd.choice(packets))
            if data[:1] in b"QD" or any(c in data for c in b"$#"):
                continue
            burst.append(framed(data))
        session.target.write(b"".join(burst))
        session.steady()
    session.end()


def test_bursts_beside_a_stream(machine):
    """At 2500 records a second the stream has neither gap nor flaw, whatever else is on the
    line."""
    target = machine.connect(lease=60000)
    target.add(1, machine.elf["work"], SNAPSHOT, mask=target.stream.mask(2))
    rnd = random.Random(9)
    target.write(b"run 10000\n")
    bursts = 0
    end = time.monotonic() + PATIENCE
    while b"ran 10000" not in target.console and time.monotonic() < end:
        target.write(rnd.choice((rnd.randbytes(60), framed(b"QTl.del:1,1", b"00"), b"$" * 40,
                                 bytes(30), framed(b"QTl.none:1"))) + b"$#00")
        target.run(0.02)
        bursts += 1
    target.write(b"$#00")
    target.quiet()
    target.replies.clear()
    target.command("QTl.enable", 1, 0)
    target.settle()
    counters = target.counters(1)
    records = [r for r in target.stream.records if r["probe"] == 1]
    assert bursts > 50
    assert counters["hits"] == counters["recorded"] + counters["dropped"] == 10000
    assert len(records) == counters["recorded"] and target.stream.lost_frames == 0
    assert all(r["args"][0] == r["seq"] for r in records)


@ONE_BOARD
def test_bad_frames_are_counted(session):
    before = int(session.target.command("qTl.ping")[2], 16)
    for _ in range(10):
        session.target.write(framed(b"QTl.del:1,1", b"00"))
    assert int(session.target.command("qTl.ping")[2], 16) == before + 10
    session.end()


def test_acks(machine):
    """With acks on, a bad frame is answered `-`, a good one `+`, and `-` has the answer sent
    again."""
    target = machine.connect()
    target.command("QTl.bye", 0)
    target.console = b""
    target.write(framed(b"qAttached"))
    assert target.reply() == b"1"
    assert target.console == b"+"
    target.write(b"-")
    assert target.reply() == b"1", "again"
    target.console = b""
    target.write(framed(b"qAttached", b"00"))
    target.until(lambda: target.console)
    target.quiet()
    assert target.console == b"-" and not target.replies


def test_two_hosts(machine):
    """A second host on the line: the newer session has it, the older one's probes go, and it
    learns that from its next ping."""
    one = machine.connect(session=1)
    one.add(1, machine.elf["work"])
    one.command("QTl.hello", VERSION, 2, 0)
    assert one.command("qTl.next", 0) == ["0"]
    assert int(one.command("qTl.ping")[0], 16) == 2


def test_repeated_commands(session, steps):
    """Every command may come twice (its answer was lost): the second is answered, and acts no
    second time."""
    target, work = session.target, session.machine.elf["work"]
    inside = work + steps[1]
    target.add(9, inside, 0)
    for packet in (b"QTl.add:7,9,%x,0,0,0,0,0" % inside, b"QTl.enable:7,9,0", b"QTl.enable:7,9,1",
                   b"QTl.arm:7,1", b"QTl.key:7"):
        answers = {target.packet(packet) for _ in range(3)}
        assert len(answers) == 1 and answers.pop().startswith(b"7,0"), packet
    target.until(lambda: target.counters(9)["hits"])
    target.command("QTl.del", 9)
    with pytest.raises(TargetError) as error:
        target.command("QTl.del", 9)
    assert error.value.code == 2
    session.steady()
