# SPDX-License-Identifier: MIT
"""A remote target on stdin and stdout that has nothing but zeros, and takes conditions and
tracepoints. usage: wire_stub.py LOG

Every packet that carries bytecode goes to the log, a line each.
"""
import sys

ANSWERS = {
    "qSupported": "PacketSize=4000;QStartNoAckMode+;ConditionalBreakpoints+;"
                  "ConditionalTracepoints+;tracenz+",
    "?": "S05",
    "g": "0" * 336,  # of ARM, as GDB has it without a description
    "m": "00000000",
    "qTStatus": "T0;tnotrun:0",
    "QStartNoAckMode": "OK",
    "QT": "OK",
    "Z0": "OK",
    "z0": "OK",
    "H": "OK",
    "vMustReplyEmpty": "",
}


def main(log):
    source, sink, ack = sys.stdin.buffer, sys.stdout.buffer, True
    with open(log, "w") as log:
        while byte := source.read(1):
            if byte != b"$":
                continue
            packet = b""
            while (byte := source.read(1)) != b"#":
                packet += byte
            source.read(2)
            packet = packet.decode("latin1")
            if packet.startswith(("Z0", "QTDP")):
                print(packet, file=log, flush=True)
            answer = next((ANSWERS[name] for name in sorted(ANSWERS, reverse=True)
                           if packet.startswith(name)), "").encode()
            sink.write((b"+" if ack else b"") + b"$%s#%02x" % (answer, sum(answer) & 0xff))
            sink.flush()
            ack = ack and packet != "QStartNoAckMode"


main(*sys.argv[1:])
