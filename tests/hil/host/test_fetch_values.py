# SPDX-License-Identifier: MIT
"""What hits show of memory, and what `if` lets pass: by fetch programs, on firmware whose values
never change, so that GDB tells from the ELF what they are."""
import json
import pathlib
import re
import signal
import subprocess

import pytest

from conftest import EACH_ARCH, ONE_BOARD, ROOT, Machine, Thin, make_variable, run
from rsp import PATIENCE
from test_values import gdb_prints, normal

HERE = pathlib.Path(__file__).parent
SOURCE = HERE / "fetch_values.c"
HERE_LINE = 1 + next(i for i, line in enumerate(SOURCE.read_text().splitlines())
                     if "/* here */" in line)

VALUES = """p->len p->tag p->sign p->colour p->inner[1] p->inner[2].y p->inner p->inner[1..2] p->low
p->high p->small p->weight p->exact p->wide p->uwide p->yes p->text p->text[1] *p->name p->next
p->len+1 p->len*2.5 p->wide/3 p->weight*2 -p->inner[0].y p->colour==BLUE p->tag>5?p->sign:p->len
p->text[p->len&1] &p->inner[1].y &p->len p->inner+1 sizeof(*p) p->name[2] (p->name+1)[1]
*(p->inner+2) (*p).tag p[0].len (uint8_t)p->sign""".split()

CONDITIONS = ["p->len > 8", "p->len <= 5", "8 < p->len", "p->sign < 0", "p->tag >= 250",
              "p->colour == BLUE", "p->next", "!p->next", "p->next && p->next->len == 12",
              "p->inner[2].y < -6", "p->inner[2].y <= -6", "p->small < 0", "p->high == 100",
              "p->low & 1", "p->yes", "p->text[0] == 'h'", "(p->len << 2) + 1 == 21",
              "p->len - p->tag < 0", "(uint8_t)(p->tag + 10) == 4", "p->sign > p->len",
              "-p->sign == 3", "~p->len == -6", "p->len == 5 ? p->tag == 250 : p->tag == 3",
              "p == &items[1]", "p->inner[p->len & 1].x == 3", "p->sign + 0u > 100",
              "p->tag > 250 || *p->name == 'f'", "p->len > 1000", "&p->inner[1].y != 0",
              "p->len ^ 5", "p->sign >> 1 == -2", "p->name[p->len - 5] == 'f'",
              "p->wide < 0", "p->uwide > 10", "p->wide == 7", "p->wide != 7", "p->uwide",
              "p->wide <= p->sign", "p->uwide >= 9", "p->wide > 6", "5000000000 > p->len",
              "p->weight > 1.25", "p->weight < 0", "p->weight == 1.5", "p->weight != 1.5",
              "1.6 >= p->weight", "p->weight <= -2.25", "p->weight > 0.1 && p->weight < 1.6"]
DOUBLES = ["p->exact > 0", "p->exact < -0.05", "p->exact == -0.1", "p->exact >= 1e10",
           "p->exact != -0.1", "p->exact <= -0.1", "p->exact > -0.1", "-0.1 > p->exact",
           "p->exact >= 0 && p->exact < 1e300", "p->exact == 0.1f",
           "p->exact > -0.10000000000000002", "p->exact >= -0.09999999999999999"]


def link(board, out):
    """On a board's startup and drivers."""
    support = [ROOT / o for o in make_variable(f"{board}.support").split()]
    folder = ROOT / "board" / (make_variable(f"{board}.like") or board)
    out.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run([*make_variable(f"{board}.cc").split(), "-nostartfiles", "-O2", "-g",
                    "-Wl,--gc-sections,--build-id=sha1,--no-warn-rwx-segments", f"-L{folder}", "-T",
                    folder / "link.ld", SOURCE, *support,
                    ROOT / make_variable(f"{make_variable(f'{board}.isa')}.library"), "-o", out],
                   cwd=ROOT, check=True)


@pytest.fixture(scope="module")
def linked(tmp_path_factory):
    """linked(board): the folder that has the firmware, made once a board."""
    made = {}

    def folder(board):
        if board not in made:
            made[board] = tmp_path_factory.mktemp("fetch")
            link(board, made[board] / board / "fetch_values.elf")
        return made[board]
    return folder


@pytest.fixture
def firmware(board, linked, tmp_path_factory):
    # a short path: of a socket it is limited
    machine = Machine(board, "fetch_values", tmp_path_factory.mktemp("m"), build=linked(board))
    yield machine
    machine.stop()


def rows(result):
    """Hits, and the counters by name."""
    lines = [json.loads(line) for line in result.splitlines()]
    assert lines[-1]["end"]
    for p in lines[-1]["probes"]:
        assert p["hits"] == p["recorded"] + p["filtered"] + p["missed"] + p["dropped"], p
    return [r for r in lines if "seq" in r], {p["name"]: p for p in lines[-1]["probes"]}


def watch(machine, *args):
    return rows(machine.trapline("watch", "-q", "-f", "jsonl", *args, check=0).stdout)


def watch_rounds(machine, rounds, *points):
    """Until the firmware has gone round so often since the first hit."""
    process = machine.start_trapline("watch", "-q", "-f", "jsonl", *points)
    first = process.stdout.readline()
    start = machine.peek("rounds")
    machine.until(lambda: machine.peek("rounds") - start > rounds)
    process.send_signal(signal.SIGINT)
    out = process.stdout.read()
    assert process.wait(PATIENCE) == 0, process.stderr.read()
    return rows(first + out)


def of_item(expression, k):
    """The same of items[k], for GDB. A slice is something that it writes in another way."""
    expression = re.sub(r"\bp->", f"items[{k}].", expression)
    expression = re.sub(r"\bp\b", f"(&items[{k}])", expression)
    return re.sub(r"(\S+)\[1\.\.2\]", r"*&\1[1]@2", expression)


def shown(machine, expressions):
    """What a line of text shows of each, of both items."""
    named = " ".join(f"v{i}={e}" for i, e in enumerate(expressions))
    out = machine.trapline("watch", "-q", "-n", "2", f"take {named}", check=0).stdout
    found = {}
    for line in out.splitlines():
        values = re.split(r" v\d+=", line)[1:]
        found[0 if values[0] == "5" else 1] = values
    return found


@EACH_ARCH
def test_as_gdb_has_them(firmware):
    ours = {0: [], 1: []}
    for start in range(0, len(VALUES), 6):
        found = shown(firmware, ["p->len", *VALUES[start:start + 6]])
        for k in ours:
            ours[k] += found[k][1:]
    for k, values in ours.items():
        theirs = gdb_prints(firmware.elf.path, [of_item(e, k) for e in VALUES])
        assert len(values) == len(VALUES)
        for e, value, gdb in zip(VALUES, values, theirs):
            assert normal(value) == normal(gdb), (k, e)


@EACH_ARCH
def test_texts_side_by_side(firmware):
    """What is captured of one ends where that does: behind it another may begin."""
    out = firmware.trapline("watch", "-q", "-n", "1", "both first second", check=0).stdout
    assert re.search(r'first=0x\w+ <\S+> "oak" second=0x\w+ "elm"', out), out


TEXTS = {'p->text == "hello"': {5}, 'p->text != "hello"': {12}, 'p->text != "hell"': {5, 12},
         'p->text == "twelve chars"': {12}, '"far away" == p->name': {5}, 'p->name != ""': {5, 12},
         'text != "far away"': {12}, r'p->text == "\x68e\154lo" && p->len': {5},
         'p->name == "a name of more than thirty-two characters"': {12},
         'p->text == "hello" || p->name != "far away"': {5, 12}}


@EACH_ARCH
def test_comparison_with_a_text(firmware):
    """As condition, on the target, and as value, on the host: in an array, behind a pointer."""
    for condition, lengths in TEXTS.items():
        hits, _ = watch(firmware, "-n", "6", f"take len=p->len hello=p->text==\"hello\" far=p->name"
                        f"==\"far away\" same=(text!=\"far away\")+1 if {condition}")
        assert {h["values"]["len"] for h in hits} == lengths, condition
        for v in [h["values"] for h in hits]:
            assert v["hello"] == v["far"] == 2 - v["same"] == (v["len"] == 5), (condition, v)
    assert firmware.trapline("print", 'items[0].text == "hello"', check=0).stdout.endswith("= 1\n")
    for words, why in (('if p->len == "x"', "a text is compared with characters, not with"),
                       ('if p->text == "thirteen chars"', "it has 14 bytes, and what it is "),
                       ('"x"', "a text is compared with a variable, by == or !="),
                       ('if "x" == "x"', "a text is compared with a variable, by == or !="),
                       ('if p->name > "x"', "a text is compared with a variable, by == or !="),
                       ('*"x"', "a text is compared with a variable, by == or !="),
                       ('p->name=="x', "expected"), (r'p->name=="\q"', "expected characters"),
                       (f'if p->name == "{65 * "x"}"', "longer than the 64 bytes")):
        result = firmware.trapline("check", f"take {words}")
        assert result.returncode in (2, 5) and why in result.stderr, (words, result.stderr)


@EACH_ARCH
def test_ways_to_memory(firmware, board):
    """Nested pointers, elements by an index, text, registers beside them."""
    hits, _ = watch(firmware, "-n", "12", "take len=p->len next=p->next->len b=buf[i] i "
                    "wide=p->wide-p->uwide half=buf[i]/2.0 both=i+p->len")
    assert {h["values"]["len"] for h in hits} == {5, 12}
    for h in hits:
        v = h["values"]
        assert v["b"] == [10, 20, 30, 40, 0x80000000, 60][v["i"]]
        assert v["half"] == v["b"] / 2 and v["both"] == v["i"] + v["len"]
        # NULL is flash on the one, and nowhere on the other
        assert v["next"] == (12 if v["len"] == 5 else v["next"])
        assert v["len"] == 5 or board.startswith("mps2") == (v["next"] is not None)
    found = shown(firmware, ["p->len", "p->name", "text", "p->text"])
    assert found[0][1].endswith('"far away"') and found[0][2].endswith('"far away"')
    assert re.search(r' "a name of [a-z -]+"…$', found[1][1])
    assert found[1][3] == '"twelve chars"'


@EACH_ARCH
def test_stack(firmware):
    """Variables of a function that is not optimised."""
    hits, _ = watch(firmware, "-n", "9", f"fetch_values.c:{HERE_LINE} n pair table e=table[index] "
                    "len=item->len word y=*&pair.y if n != 3")
    for h in hits:
        v, n = h["values"], h["values"]["n"]
        assert v["pair"] == {"x": n, "y": -n} and v["y"] == -n and n != 3
        assert v["table"] == [n, n + 1, n + 2, n + 3] and v["e"] == n + n % 4
        assert v["len"] == (12 if n % 2 else 5) and v["word"] == "local"


@EACH_ARCH
def test_returns(firmware):
    hits, counters = watch(firmware, "-n", "6",
                           "find%return len=$retval->len if $retval->tag == 250 "
                           "every=2", "other=find%return len=$retval->inner[1] limit=3")
    of = {name: [h["values"]["len"] for h in hits if h["name"] == name]
          for name in ("find%return", "other")}
    assert set(of["find%return"]) == {5} and "elapsed" in hits[0]
    assert all(inner in ({"x": 3, "y": -4}, {"x": -30, "y": 40}) for inner in of["other"])
    assert len(of["other"]) == 3 == counters["other"]["recorded"]


@EACH_ARCH
def test_conditions(firmware, regs):
    """Each passes those items that it is true for, as GDB computes it, and counts the others."""
    conditions = CONDITIONS + DOUBLES
    true = [gdb_prints(firmware.elf.path, [f"({of_item(c, k)}) != 0" for c in conditions])
            for k in (0, 1)]
    # as many as the target has room for; those of doubles are long
    starts = [*range(0, len(CONDITIONS), 9), *range(len(CONDITIONS), len(conditions), 3)]
    for start, end in zip(starts, [*starts[1:], len(conditions)]):
        some = conditions[start:end]
        hits, counters = watch_rounds(firmware, 20, "all=take",
                                      *(f"c{i}=take k=p->len if {c}" for i, c in enumerate(some)))
        for i, c in enumerate(some):
            passed = {h["values"]["k"] for h in hits if h["name"] == f"c{i}"}
            assert passed == {n for n, t in zip((5, 12), true) if t[start + i] == "1"}, c
            n = counters[f"c{i}"]
            assert n["hits"] > 20 and (n["filtered"] > 8 or len(passed) == 2), (c, n)
            assert n["filtered"] == 0 or len(passed) < 2, (c, n)


@EACH_ARCH
def test_chain(firmware, regs):
    """`if`, then every, then limit; parameters by name where there are no ARGs."""
    hits, counters = watch_rounds(firmware, 40, "a=take k=p->len if p->len > 8 every=2 limit=4",
                                  "take if p->len > 8", "wild if p && 0",
                                  f"fetch_values.c:{HERE_LINE} if %sp")
    a = counters["a"]
    assert a["recorded"] + a["dropped"] == 4 and a["filtered"] >= a["hits"] / 2
    assert [h["values"]["k"] for h in hits if h["name"] == "a"] == [12] * 4
    named = [h for h in hits if h["name"] == "take"]
    assert named and set(named[0]["values"]) == {"p", "buf", "i", "text"}
    assert all(int(h["values"]["p"], 16) != firmware.elf["items"] for h in named)
    assert counters["wild"]["filtered"] == counters["wild"]["hits"] > 0
    plain = next(h for h in hits if h["name"].startswith("fetch"))
    assert len(plain["regs"]) == len(regs.all) - 1 and "values" not in plain


@EACH_ARCH
def test_count(firmware):
    """Counted on the target, those that `if` lets pass; a count shows nothing."""
    process = firmware.start_trapline("count", "-f", "jsonl", "-n", "40", "take if p->len > 8",
                                      "all=take", "find%return if $retval->tag == 250")
    _, counters = rows(process.stdout.read())
    assert process.wait(PATIENCE) == 0, process.stderr.read()
    for name in ("take", "find%return"):
        n = counters[name]
        assert abs(n["recorded"] - n["filtered"]) <= 1 + n["missed"] and n["recorded"] > 5
    assert counters["all"]["filtered"] == 0
    for command in (("add", "--count"), ("count",)):
        result = firmware.trapline(*command, "take p->len")
        assert result.returncode == 2 and "shows no hits" in result.stderr, result.stderr
    result = firmware.trapline("regs", "take if p->len > 8")
    assert result.returncode == 2 and "takes no conditions" in result.stderr, result.stderr


@ONE_BOARD
def test_device_memory(firmware):
    """Registers of devices: only where --io says so."""
    state = "take s=*(unsigned*)0x40004004 len=p->len"  # of the UART
    for io, known in (((), False), (("--io", "0x40004000,0x100"), True)):
        hits, _ = watch(firmware, "-n", "2", state, *io)
        assert {h["values"]["len"] for h in hits} == {5, 12}
        assert all((h["values"]["s"] is not None) == known for h in hits)
    result = firmware.trapline("watch", "-n", "1", state, "--io", "0xa0000000,0x100")
    assert result.returncode == 4 and "error: --io 0xa0000000,0x100: memory" in result.stderr
    for bad in ("0x40004000", "0x40004000,2", "x,8"):
        result = firmware.trapline("watch", "-n", "1", state, "--io", bad)
        assert result.returncode == 2 and f"'{bad}': not ADDR,SIZE" in result.stderr


@ONE_BOARD
def test_no_room(firmware):
    """More programs than the agent has room for: said, and nothing is left behind."""
    long = " && ".join(f"p->len != {n}" for n in range(1000, 1012))
    result = firmware.trapline("watch", *(f"n{i}=take if {long}" for i in range(8)))
    assert result.returncode == 4, result.stderr
    assert "the target has no room for its fetch program" in result.stderr
    assert "with more TL_FETCH" in result.stderr
    assert firmware.connect(session=77).command("qTl.next", 0) == ["0"]
    assert firmware.moves("rounds")


@EACH_ARCH
def test_nowhere(firmware):
    """Pointers that lead nowhere: said, and the firmware lives."""
    out = firmware.trapline("watch", "-q", "-n", "8", "wild p->len p->text n=*p->name %sp if p",
                            check=0).stdout
    assert out.count("p->len=<unreadable> p->text=<unreadable>") >= 4
    assert "n=<unreadable>" in out and "  sp=" in out or "  x2=" in out
    hits, counters = watch(firmware, "-n", "8", "wild t=p->tag if p->len > 8 && p")
    assert any(h["values"]["t"] is None for h in hits)  # nobody knows: it counts
    assert firmware.moves("rounds")


@EACH_ARCH
def test_reset(firmware):
    """After a reset programs and windows are told again."""
    process = firmware.start_trapline("watch", "-q", "-f", "jsonl", "take len=p->len if p->len > 8")
    first = json.loads(process.stdout.readline())
    firmware.reset()
    seen = [first]
    while "event" not in seen[-1] or seen[-1]["event"] != "reset":
        seen.append(json.loads(process.stdout.readline()))
    after = json.loads(process.stdout.readline())
    assert first["values"] == after["values"] == {"len": 12}
    process.send_signal(signal.SIGINT)
    assert process.stdout.read() and process.wait(PATIENCE) == 0


REFUSED = [
    ("take if i / 3 > 8", 2, "the target does not divide", "i / 3 > 8\n    ^",
     "`if` takes integers"),
    ("take if p->weight + 1 > 8", 2, "the target does not compute with floats",
     "p->weight + 1 > 8\n            ^", "or filter what trapline prints"),
    ("take if p->weight > p->next->weight", 2, "the target compares floats with numbers only",
     "p->weight > p->next->weight\n            ^", "floats beside numbers"),
    ("take if i << 99", 2, "it shifts by more bits than there are", "i << 99\n    ^~", ""),
    ("take if p->exact + 1 > 0", 2, "the target does not compute with floats",
     "p->exact + 1 > 0\n           ^", ""),
    ("take if p->wide + 1 > 0", 2, "it is longer than the target's word", "p->wide + 1 > 0", ""),
    ("take if p->inner[0]", 2, "the target computes with numbers and pointers only", "^", ""),
    ("take if q > 8", 5, "no variable 'q' there", "q > 8\n  ^", ""),
    ("take if i >", 5, "expected a value", "i >\n     ^", ""),
    ("take buf[0..99]", 2, "it has 400 bytes, and a hit holds 64", "buf[0..99]\n     ^",
     "ask for less: a member, or a[0..3]"),
    ("take *p", 2, "bytes, and a hit holds 64", "*p\n  ^", "ask for less"),
    ("take p->text" + " p->inner" * 5, 2, "take: its values take 72 bytes, and a hit holds 64", "",
     "fewer ARGs"),
    ("take if " + " && ".join(["p->next->next->len == 1000"] * 30), 2,
     "it takes more code than the target has room for", "", ""),
]


@ONE_BOARD
@pytest.mark.parametrize("point, status, error, caret, hint", REFUSED,
                         ids=[r[0][:30] for r in REFUSED])
def test_refused(linked, board, point, status, error, caret, hint):
    """Offline, with the reason, and a caret where there is a token."""
    result = run("check", "-e", linked(board) / board / "fetch_values.elf", point)
    assert result.returncode == status and result.stdout == "", result.stderr
    assert result.stderr.startswith("error: ") and error in result.stderr.splitlines()[0]
    assert caret in result.stderr and hint in result.stderr


@ONE_BOARD
def test_sizes(linked, board):
    """What `check` says of programs: README has the figure for p->len."""
    elf = linked(board) / board / "fetch_values.elf"
    lines = [json.loads(line) for line in run("check", "-f", "jsonl", "-e", elf, "take p->len",
                                              "take if p->len > 8", "take i").stdout.splitlines()]
    assert lines[0]["program"] == 10 and lines[1]["program"] < 30 and "program" not in lines[2]
    text = run("check", "-e", elf, "take p->len if p->len > 8").stdout
    assert re.search(r"accepted by the host  fetch program of 17 bytes$", text.strip()), text


@pytest.mark.parametrize("board", [pytest.param(Thin("mps2-an385"), id="mps2-an385-thin")])
def test_agent_without(boot, board):
    """An agent that has no programs is told apart before anything is armed."""
    machine = boot("load")
    assert "fetch" not in machine.trapline("info", check=0).stdout.split()
    for point, what in (("work *(int *)n", "'*(int *)n' is in memory"),
                        ("work if n > 8", "'n > 8' is decided on the target")):
        result = machine.trapline("watch", "-n", "1", point)
        assert result.returncode == 2, result.stderr
        assert f"{what}, and this agent has no fetch programs" in result.stderr
        assert "hint:  build the agent with TL_FETCH" in result.stderr
