# SPDX-License-Identifier: MIT
"""The build, as people call it."""
import graphlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[1]


def make(*args, cwd=ROOT, **how):
    return subprocess.run(["make", "--no-print-directory", *args], cwd=cwd, capture_output=True,
                          text=True, timeout=1800, **how)


def sources(to):
    for name in subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True,
                               text=True).stdout.split():
        if (ROOT / name).exists():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, to / name)
    return to


def test_help():
    """Every target that people call is in the help, with a line of what it does."""
    text = make("help").stdout
    targets = (
        "all demo flash firmware lib install uninstall deps clean help "
        "test selftest size lint bench torture gdb-suite compile_commands.json"
    )
    for target in targets.split():
        assert re.search(rf"^  {re.escape(target)}  +\S", text, re.M), (target, text)


def test_columns(tmp_path):
    """No line of the tree is longer than 100 columns, but for what documents show as it is sent."""
    files = make("print-TEXT_FILES").stdout.split()
    assert "README.md" in files and "tests/columns.py" in files and len(files) > 500
    done = subprocess.run(["python3", "tests/columns.py", *files], cwd=ROOT, capture_output=True,
                          text=True)
    assert done.returncode == 0, done.stderr
    for name, text, numbers in (("a.c", f"{'x' * 100}\n{'x' * 101}\n", [2]),
                                ("a.S", f"\t{'x' * 92}\n\t{'x' * 93}\n", [2]),
                                ("a.py", f"{'…' * 100}\n-> {'x' * 98}\n", [2]),
                                ("a.md", f"{'x' * 101}\n```console\n{'x' * 101}\n```\n"
                                         f"```\n-> {'x' * 98}\n{'x' * 101}\n```\n", [1, 7])):
        (tmp_path / name).write_text(text)
        done = subprocess.run(["python3", ROOT / "tests/columns.py", tmp_path / name],
                              capture_output=True, text=True)
        assert done.returncode == bool(numbers)
        assert [int(n) for n in re.findall(r":(\d+): 101 columns", done.stderr)] == numbers


def test_flash():
    """Every openocd.cfg is one that OpenOCD takes; without one, `make flash` says so."""
    boards = [path.parent.name for path in ROOT.glob("board/*/openocd.cfg")]
    assert len(boards) >= 2
    for board in boards:
        done = subprocess.run(["openocd", "-f", f"board/{board}/openocd.cfg", "-c", "shutdown"],
                              cwd=ROOT, capture_output=True, text=True, timeout=1800)
        assert done.returncode == 0 and "shutdown command invoked" in done.stderr, done.stderr
    done = make("flash", "BOARD=mps2-an385")
    assert done.returncode != 0 and "error: mps2-an385 is not real hardware" in done.stderr


@pytest.fixture
def tools(tmp_path):
    """tools(compiler…) -> environment in which no other cross compiler is installed, and no
    package manager is there to ask."""
    def only(*compilers):
        folder = tmp_path / "-".join(["bin", *compilers])
        folder.mkdir()
        for name in ("make", "sh", "find", "awk", "echo"):
            (folder / name).symlink_to(shutil.which(name))
        for name in compilers:
            (folder / name).symlink_to(shutil.which("true"))
        return {"PATH": str(folder)}

    return only


ARM, RISCV = "arm-none-eabi-gcc", "riscv64-unknown-elf-gcc"


@pytest.mark.parametrize("compilers, board, packages, not_for", [
    ([ARM, RISCV], "mps2-an385", {"gcc-arm-none-eabi", "qemu-system-arm"}, "riscv"),
    ([ARM], "mps2-an385", {"gcc-arm-none-eabi", "qemu-system-arm"}, "riscv"),
    ([RISCV], "virt-rv64",
     {"gcc-riscv64-unknown-elf", "picolibc-riscv64-unknown-elf", "qemu-system-misc"}, "arm"),
    ([], "mps2-an385", {"gcc-arm-none-eabi", "qemu-system-arm"}, "riscv"),
])
def test_default_board(tools, tmp_path, compilers, board, packages, not_for):
    """Whatever boards there are, and however they sort: what can be built, and only what that
    needs is asked for."""
    env = tools(*compilers)
    assert make("print-BOARD", env=env).stdout == f"{board}\n"
    assert f"BOARD={board}" in make("help", env=env).stdout
    asked = make("demo", f"O={tmp_path}/out", env=env).stderr.splitlines()[0]
    assert asked.startswith("not Debian: ") and packages < set(asked.split())
    assert not_for not in asked


def test_board_settings():
    """A board's settings of the agent are the board's firmware's too, and DEFINES wins over them
    one by one."""
    settings = make("print-microbit.settings").stdout.split()
    assert "-DTL_POINTS=16" in settings
    commands = make("-Bn", "V=1", "O=build/none", "build/none/microbit/load.elf",
                    "DEFINES=-DTL_RING_SIZE=256").stdout
    for source in ("agent/stream/ring.c", "tests/target/load.c"):
        line = next(line for line in commands.splitlines() if f" -c {source} " in line)
        assert [word for word in line.split() if word.startswith("-DTL_RING_SIZE")] == \
            ["-DTL_RING_SIZE=256"]
        assert "-DTL_POINTS=16" in line


def test_deps_missing():
    """Without root the missing packages and the command are named, and it fails."""
    if os.getuid() == 0:
        how = {"user": "nobody", "env": {"PATH": os.environ["PATH"]}}
    else:
        how = {}
    done = subprocess.run(["sh", ".ci/deps.sh", "gcc", "no-such-package"], cwd=ROOT,
                          capture_output=True, text=True, **how)
    assert done.returncode == 1
    assert "missing: no-such-package" in done.stderr
    assert "apt-get install --no-install-recommends no-such-package" in done.stderr


def test_deps_present():
    done = make("deps")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.fixture(scope="module")
def sizes():
    """{(profile, row): (flash, RAM)} of an Armv7-M, which `make size` builds in every profile."""
    done = make("size", "ISA=armv7-m")
    assert done.returncode == 0, done.stderr
    lines = done.stdout[re.search("^armv7-m  ", done.stdout, re.M).start():].splitlines()
    profiles = lines[0].split()[1:]
    assert profiles == make("print-PROFILES").stdout.split() and lines[1].split()[0] == "flash"
    rows = {}
    for name, text in re.findall(r"^  (\S.*?)  +(\d.*)$", "\n".join(lines), re.M):
        numbers = [int(number) for number in re.findall(r"(?<![+-])\b\d+", text)]
        if len(numbers) == 2 * len(profiles):
            rows.update({(profile, name): (numbers[2 * i], numbers[2 * i + 1])
                         for i, profile in enumerate(profiles)})
    return rows


TOTALS = ("everything", "probes alone, C API")


@pytest.mark.parametrize("profile, flash, ram", [
    ("thin", 17, 2.3), ("tiny", 32, 4), ("small", 50, 9), ("full", 70, 37),
])
def test_size(sizes, profile, flash, ram):
    """Parts and their sum. A profile keeps to what it is for, and to its figures in tests/size.txt:
    what grows by more than a hundredth is written there, by `make size UPDATE=1`."""
    everything = sizes[profile, "everything"]
    parts = [row for (of, name), row in sizes.items() if of == profile and name not in TOTALS]
    assert len(parts) > 8 and tuple(map(sum, zip(*parts))) == everything
    assert everything[0] <= flash * 1024 and everything[1] <= ram * 1024
    figures = (ROOT / "tests/size.txt").read_text()
    for name in TOTALS:
        known = re.search(rf"^armv7-m +{profile} +{name} +(\d+) +(\d+)$", figures, re.M)
        for now, before in zip(sizes[profile, name], known.groups()):
            assert now <= int(before) * 1.01 + 64, (profile, name, "make size UPDATE=1")


def test_size_scaled(sizes):
    """Every name that counts as scaled by a setting is one of the agent's, with its bytes."""
    source = (ROOT / "tests/size.py").read_text()
    names = re.findall(r'"(\w+)"', re.search(r"^SCALED = \{(.*?)^\}", source, re.M | re.S)[1])
    listing = subprocess.run(["arm-none-eabi-nm", ROOT / "build/size/full/armv7-m/agent.o"],
                             check=True, capture_output=True, text=True).stdout
    assert names and set(names) <= set(re.findall(r" [bBdD] (\w+)$", listing, re.M))


def test_size_update(tmp_path):
    """A difference stands behind its figure; --update writes what was measured, and that alone."""
    (tmp_path / "tiny").mkdir()
    measured = tmp_path / "tiny" / "armv7-m.sizes"
    measured.write_text("agent/base/clock 100 60 10\nprotocol/pack 20 4 0\n")
    figures = tmp_path / "size.txt"
    others = "rv32imac tiny base 1 1\n"
    figures.write_text("# head\narmv7-m tiny everything 113 64\narmv7-m tiny gone 5 5\n" + others)
    command = ["/usr/bin/python3", ROOT / "tests/size.py", "show", figures, measured]
    shown = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert re.search(r"^  everything +120\+7 +64$", shown, re.M) and "make size UPDATE=1" in shown
    assert re.search(r"^  RAM that no setting scales +54$", shown, re.M)
    command.insert(3, "--update")
    subprocess.run(command, check=True, capture_output=True)
    lines = [line.split() for line in figures.read_text().splitlines()]
    assert lines[0] == ["#", "head"] and others.split() in lines
    assert "armv7-m tiny everything 120 64".split() in lines and "gone" not in figures.read_text()
    del command[3]
    shown = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert "UPDATE" not in shown and not re.search(r"\d[+-]\d", shown)


def skeleton(folder, out):
    """Firmware that calls the agent of the library in `out`: compiled and linked."""
    (folder / "a.c").write_text('#include "trapline.h"\n'
                                "void _start(void) { tl_init(0); for (;;) tl_poll(); }\n")
    return subprocess.run([ARM, "-mcpu=cortex-m3", "-mthumb", "-nostdlib", f"-I{out}/include",
                           "-Wl,--no-warn-rwx-segments", folder / "a.c", f"-L{out}/lib",
                           "-ltrapline-armv7-m", "-o", folder / "a.elf"])


@pytest.mark.parametrize("profile, values", [
    ("thin", {"TL_POINTS": "8", "TL_DECODE": "0", "TL_NAME": "0"}),
    ("tiny", {"TL_POINTS": "8", "TL_GDB": "0", "TL_BYTECODE": "0", "TL_NAME": "16"}),
    ("small", {"TL_POINTS": "16", "TL_GDB": "1", "TL_TRACE": "0", "TL_BREAKS": "8"}),
    ("full", {"TL_POINTS": "64", "TL_TRACE": "1", "TL_PROBES": "96", "TL_RING_SIZE": "4096"}),
])
def test_profile(sizes, tmp_path, profile, values):
    """Its library has its settings, says so in its header, and links into firmware."""
    out = ROOT / "build/size" / profile  # built by `make size`
    done = make(f"O={out}", "lib", "ISA=armv7-m", f"PROFILE={profile}")
    assert done.returncode == 0 and "CC " not in done.stdout, (done.stdout, done.stderr)
    assert [path.name for path in (out / "lib").glob("*")] == ["libtrapline-armv7-m.a"]
    seen = {name: setting(out, name)[0] for name in (*values, "TL_PACKET_SIZE")}
    packet = seen.pop("TL_PACKET_SIZE")
    assert seen == values
    assert ("1024" == packet) == (profile == "full")
    assert skeleton(tmp_path, out).returncode == 0
    listing = subprocess.run(["arm-none-eabi-nm", tmp_path / "a.elf"], check=True,
                             capture_output=True, text=True).stdout
    assert ("tl_halt_stack" in listing) == (profile not in ("thin", "tiny")), "GDB's part"


def test_profile_overruled():
    """DEFINES wins over a profile, one by one, and a profile over a board's own settings."""
    commands = make("-Bn", "V=1", "O=build/none", "build/none/microbit/load.elf", "PROFILE=tiny",
                    "DEFINES=-DTL_RING_SIZE=256").stdout
    line = next(line for line in commands.splitlines() if " -c agent/stream/ring.c " in line)
    words = [word.strip("'") for word in line.split()]
    for name, value in (("RING_SIZE", "256"), ("POINTS", "8"), ("GDB", "0"), ("HALT_STACK", "768")):
        assert [word for word in words if word.startswith(f"-DTL_{name}=")] == \
            [f"-DTL_{name}={value}"]
    full = make("print-ALL_DEFINES", "PROFILE=full").stdout
    assert full == make("print-ALL_DEFINES").stdout == "\n"


def test_compile_commands():
    target = ROOT / "compile_commands.json"
    assert make("compile_commands.json").returncode == 0
    entries = json.loads(target.read_text())
    target.unlink()
    files = {e["file"] for e in entries}
    assert {"agent/probe/trap.c", "host/main.c", "arch/thumb/decode.c",
            "board/demo/main.c"} <= files
    assert all("-c" in e["arguments"] for e in entries)


def test_elsewhere(tmp_path):
    """O= is honoured: nothing is written beside it; V=1 shows the commands."""
    tree = sources(tmp_path / "tree")
    before = {p for p in tree.rglob("*")}
    done = make(f"O={tmp_path}/out", "V=1", "lib", cwd=tree)
    assert done.returncode == 0, done.stderr
    assert {p for p in tree.rglob("*")} == before
    assert " -c agent/probe/trap.c" in done.stdout
    assert list((tmp_path / "out" / "lib").glob("libtrapline-*.a"))
    assert (tmp_path / "out" / "include" / "trapline.h").exists()


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    return tmp_path_factory.mktemp("build") / "out"


@pytest.fixture
def only_arm(tmp_path):
    """An environment in which no RISC-V compiler works."""
    (tmp_path / RISCV).symlink_to(shutil.which("false"))
    return {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}


def setting(out, name, *flags):
    """What firmware that includes the headers in `out` sees."""
    done = subprocess.run([ARM, "-mcpu=cortex-m3", "-mthumb", "-E", "-P", f"-I{out}/include",
                           *flags, "-"], check=True,
                          capture_output=True, text=True,
                          input=f'#include "trapline.h"\nvalue {name}\n')
    return done.stdout.split("value ")[-1].strip(), done.stderr


def test_lib(out, only_arm):
    """Of one instruction set, with its compiler alone: other settings build it anew, and its
    headers have them."""
    done = make(f"O={out}", "lib", "ISA=armv7-m", env=only_arm)
    assert done.returncode == 0, done.stderr
    assert [path.name for path in (out / "lib").glob("*")] == ["libtrapline-armv7-m.a"]
    assert setting(out, "TL_POINTS")[0] == "64" and setting(out, "TL_TRACE")[0] == "1"
    assert "CC " not in make(f"O={out}", "lib", "ISA=armv7-m", env=only_arm).stdout
    other = make(f"O={out}", "lib", "ISA=armv7-m",
                 "DEFINES=-DTL_POINTS=16 -DTL_GDB=0 -DTL_FRAME_SIZE=136", env=only_arm)
    assert "armv7-m: agent/probe/table.c" in other.stdout
    assert [setting(out, name)[0] for name in ("TL_POINTS", "TL_TRACE", "TL_FRAME_SIZE",
                                               "TL_PROBES")] == ["16", "0", "136", "96"]
    value, warning = setting(out, "TL_POINTS", "-DTL_POINTS=32")
    assert value == "16", "firmware cannot have another table than its library's"
    assert "redefined" in warning, "firmware cannot have another table than its library's"


def test_lib_of_other_settings(out):
    """What is in lib/ has been built with what is in include/."""
    assert make(f"O={out}", "lib", "ISA=armv6-m", "DEFINES=-DTL_POINTS=8").returncode == 0
    assert [path.name for path in (out / "lib").glob("*")] == ["libtrapline-armv6-m.a"]


@pytest.mark.parametrize("settings, reason", [
    (["ISA=armv7"], "no instruction set 'armv7'; there are: "),
    (["ISA=armv7-m", "PROFILE=huge"], "no profile 'huge'; there are: thin tiny small full"),
    (["ISA=armv7-m", "DEFINES=-DTL_POINT=16"], "error: no setting TL_POINT in agent/tl_config.h"),
])
def test_lib_mistakes(tmp_path, settings, reason):
    done = make(f"O={tmp_path}", "lib", *settings)
    assert done.returncode != 0 and reason in done.stderr, done.stderr


def test_install(out, tmp_path):
    """Everything below DESTDIR and prefix; what pkg-config says compiles and links firmware;
    nothing stays."""
    where = [f"O={out}", "ISA=armv7-m", f"DESTDIR={tmp_path}", "prefix=/opt/trapline"]
    done = make("install", *where)
    assert done.returncode == 0, done.stderr
    top = tmp_path / "opt" / "trapline"
    assert subprocess.run([top / "bin" / "trapline", "--version"], check=True, capture_output=True,
                          text=True).stdout.startswith("trapline ")
    for name in ("bash-completion/completions/trapline", "zsh/site-functions/_trapline",
                 "fish/vendor_completions.d/trapline.fish"):
        assert "watch" in (top / "share" / name).read_text()
    assert "pid_step" in (top / "share/man/man1/trapline.1").read_text()
    env = {**os.environ, "PKG_CONFIG_PATH": str(top / "lib" / "pkgconfig"),
           "PKG_CONFIG_SYSROOT_DIR": str(tmp_path)}
    flags = subprocess.run(["pkg-config", "--define-variable=isa=armv7-m", "--cflags", "--libs",
                            "trapline"], env=env, check=True,
                           capture_output=True, text=True).stdout.split()
    rtos = subprocess.run(["pkg-config", "--variable=rtosdir", "trapline"], env=env, check=True,
                          capture_output=True, text=True).stdout.strip()
    # With a sysroot pkg-config may put it before variables, too.
    kernel = tmp_path / rtos.removeprefix(str(tmp_path)).lstrip("/") / "freertos.c"
    assert kernel.read_bytes() == (out / "rtos" / "freertos.c").read_bytes() == \
        (ROOT / "board/rtos/freertos.c").read_bytes()
    subprocess.run([ARM, "-mcpu=cortex-m3", "-mthumb", "-c", f"-I{ROOT}/tests/target", kernel,
                    *flags, "-o", tmp_path / "freertos.o"], check=True)
    (tmp_path / "a.c").write_text(
        '#include "trapline.h"\nvoid _start(void) { tl_init(0); for (;;) tl_poll(); }\n')
    subprocess.run([ARM, "-mcpu=cortex-m3", "-mthumb", "-nostdlib", "-Wl,--no-warn-rwx-segments",
                    tmp_path / "a.c", *flags, "-o", tmp_path / "a.elf"], check=True)
    assert make("uninstall", *where).returncode == 0
    assert not [path for path in top.rglob("*") if path.is_file()]


def test_new_fragment(tmp_path):
    """What a new file beside a test brings needs no change of the Makefile: its target, and its
    line in the help."""
    tree = sources(tmp_path)
    (tree / "tests/new").mkdir()
    (tree / "tests/new/new.mk").write_text("new: ## what is new\n\t@echo $(BOARD) is new\n")
    assert re.search("^  new +what is new$", make("help", cwd=tree).stdout, re.M)
    assert make("new", "BOARD=microbit", cwd=tree).stdout == "microbit is new\n"


@pytest.mark.parametrize("breach, reason", [
    ("void *memcpy(void *, const void *, unsigned); void tl_breach(void *a, void *b) { memcpy(a, "
     "b, 8); }", "memcpy"),
    ("double tl_breach(double a, double b) { return a * b; }", "__aeabi_dmul|__muldf3"),
    ("int breach; ", "breach"),
])
def test_symbol_gate(tmp_path, breach, reason):
    """An agent that needs a libc or libgcc, or exports a name without the prefix, does not
    build."""
    tree = sources(tmp_path)
    with open(tree / "agent/probe/util.c", "a") as file:
        file.write(f"\n#pragma GCC diagnostic ignored \"-Wmissing-prototypes\"\n{breach}\n")
    done = make("lib", "ISA=armv7-m", cwd=tree)
    assert done.returncode != 0 and re.search(reason, done.stderr), done.stderr


@pytest.fixture(scope="module")
def copied(tmp_path_factory):
    return sources(tmp_path_factory.mktemp("breach"))


@pytest.mark.parametrize("where, line, reason", [
    ("host/base/say.c", '#include "trapline.h"', "No such file"),
    ("host/base/say.c", '#include "board.h"', "No such file"),
    ("agent/probe/util.c", '#include "cmsdk.h"', "No such file"),
    ("protocol/pack.c", '#include "isa.h"', "No such file"),
    ("arch/thumb/decode.c", '#include "trapline.h"', "No such file"),
    ("host/base/say.c", '#include "session/run.h"',
     "error: host/base/say.c:1 includes session/run.h: base may include from nothing but itself"),
    ("host/program/elf.h", '# include <session/run.h>',
     "error: host/program/elf.h:1 includes session/run.h: program may include from base alone"),
    ("host/link/link.c", '#include "../base/say.h"', "it is written as from host/ on: room/file.h"),
    ("host/attic/old.c", '#include "base/say.h"',
     "error: host/attic/old.c: the room attic is not declared"),
    ("host/rooms", "base: cmd",
     "error: host/rooms: base may include from cmd, which is not declared before it"),
])
def test_layers(copied, where, line, reason):
    """A part that includes what it may not does not compile."""
    path = copied / where
    before = path.read_text() if path.exists() else None
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"{line}\n{before or ''}")
    source = where if where.endswith(".c") else "host/main.c"
    tool = "armv7-m" if source.startswith(("agent", "arch")) else "host-tool"
    done = make("O=out", f"out/{tool}/{source[:-2]}.o", cwd=copied)
    if before is None:
        shutil.rmtree(path.parent)
    else:
        path.write_text(before)
    assert done.returncode != 0 and reason in done.stderr, (done.stdout, done.stderr)


def test_rooms_elsewhere(tmp_path):
    """A room of another folder is nobody's here; what a file of the top is for, `all` says."""
    copied = sources(tmp_path)
    (copied / "agent" / "rooms").write_text("all: trapline.h\nprobe:\n")
    for line, reason in (('#include "probe/hit.h"', "a room of another folder"),
                         ('#include "commands.h"', "link may include from base alone")):
        path = copied / "host" / "link" / "link.c"
        before = path.read_text()
        path.write_text(line + "\n" + before)
        done = subprocess.run(["sh", "tests/rooms.sh"], cwd=copied, capture_output=True, text=True)
        path.write_text(before)
        assert done.returncode == 1
        assert f"host/link/link.c:1 includes {line[10:-1]}: {reason}" in done.stderr
        assert "hint: host/rooms declares who may include from whom" in done.stderr


def test_calls_follow_rooms(out):
    """What the host's files call of each other lies along the arrows of host/rooms, in no
    circle."""
    assert make(f"O={out}", "tool").returncode == 0
    objects = out / "host-tool" / "host"
    arrows = dict(re.findall(r"^(\w+):(.*)$", (ROOT / "host/rooms").read_text(), re.M))
    defined, needed = {}, {}
    for path in objects.rglob("*.o"):
        name = path.relative_to(objects).with_suffix("").as_posix()
        listing = subprocess.run(["nm", "-g", path], check=True, capture_output=True, text=True)
        for line in listing.stdout.splitlines():
            *_, kind, symbol = line.split()
            if kind == "U":
                needed.setdefault(name, set()).add(symbol)
            else:
                defined[symbol] = name
    calls = {name: {defined[s] for s in symbols if s in defined}
             for name, symbols in needed.items()}
    assert len(calls) > 50
    for name, others in calls.items():
        room = name.rpartition("/")[0]
        for other in others:
            to = other.rpartition("/")[0]
            assert to == room or not room or to in arrows[room].split(), f"{name} calls {other}"
    graphlib.TopologicalSorter(calls).prepare()  # CycleError names the files of a circle


def test_headers_stand_alone():
    """A header of the host's includes what it needs, whatever came before it."""
    compiler = ["cc", "-std=gnu11", "-Wall", "-Werror", "-fsyntax-only", "-Iprotocol", "-Iarch"]
    headers = sorted((ROOT / "host").rglob("*.h"))
    assert len(headers) > 40
    for header in headers:
        done = subprocess.run([*compiler, "-Ihost", "-xc", "-"], cwd=ROOT, capture_output=True,
                              text=True, input=f'#include "{header}"\n')
        assert done.returncode == 0, done.stderr


# ---- make selftest ----

FAILED = b"# kprobes on nrf52dk\r\nok 1 - one\r\nnot ok 2 - another\r\ndone, 1 failed\r\n"
CASES = {"passes": (b"ok 1 - one\r\ndone, 0 failed\r\n", 0, 0,
                    r"kprobes +1 checks  PASS\nPASS: nrf52dk, 1 checks, 0 failed\n"),
         "fails": (FAILED, 0, 1, r"kprobes +2 checks  FAIL\n  not ok 2 - another\n"
                                 r"FAIL: nrf52dk, 2 checks, 1 failed\n"),
         "checks nothing": (b"done, 0 failed\r\n", 0, 1, r"kprobes +0 checks  FAIL\nFAIL: "),
         "stops": (b"ok 1 - one\r\n", 0, 2, r"error: no verdict in 2 s\nhint: .*ok 1 - one"),
         "is silent": (b"", 0, 2, r"error: the line is silent\nhint: "),
         "is not there": (b"", 1, 2, r"error: OpenOCD did not write .*: open failed\nhint: .*"
                                     r"board/nrf52dk/openocd.cfg")}


@pytest.mark.parametrize("case", CASES)
def test_selftest(tmp_path, case):
    """A board on a line, in place of which there is a terminal, and OpenOCD, which starts it."""
    says, status, result, shown = CASES[case]
    master, slave = os.openpty()
    written = tmp_path / "written"
    (tmp_path / "openocd").write_text(f"#!/bin/sh\necho 'Error: open failed' >&2\n"
                                      f"touch {written}\nexit {status}\n")
    (tmp_path / "openocd").chmod(0o755)
    process = subprocess.Popen(
        ["python3", ROOT / "tests/selftest.py", "nrf52dk", os.ttyname(slave), "kprobes.elf"],
        env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}",
             "SELFTEST_PATIENCE": "1800" if b"done" in says else "2"},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    while not written.exists():
        time.sleep(0.01)
    os.write(master, says)
    text = process.communicate(timeout=1800)[0]
    os.close(master)
    os.close(slave)
    assert process.returncode == result and re.search(shown, text), text


def test_selftest_in_an_emulator():
    done = make("selftest", "BOARD=mps2-an385")
    assert done.returncode == 0 and "\nPASS: mps2-an385, " in done.stdout, done.stderr
    done = make("selftest", "BOARD=bluepill")  # whose self-tests are few
    assert done.returncode != 0 and "hint:  make selftest BOARD=bluepill PORT=" in done.stderr
