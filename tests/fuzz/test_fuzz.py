# SPDX-License-Identifier: MIT
"""Every fuzz_*.c here: its seeds in corpus_*/, then so many new inputs, under ASan
and UBSan."""

import os
import pathlib
import re
import subprocess

import pytest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
OUT = ROOT / os.environ.get("O", "build") / "fuzz"
CFLAGS = ["-std=c11", "-g", "-O1", "-Wall", "-Wextra", "-Werror", "-fno-sanitize-recover=all",
          *(f"-I{ROOT}/{d}" for d in ("arch", "protocol", "agent"))]


def sources_of(folder, kinds):
    """Of an architecture's folder, as its arch.mk lists them."""
    text = (folder / "arch.mk").read_text().replace("\\\n", "")
    for names in re.findall(rf"^{folder.name}\.(?:{kinds}) = (.*)$", text, re.M):
        yield from (folder / f"{name}.c" for name in names.split())


def pure_sources(arch):
    """Of the architecture's half that is fuzzed, and the fuzzer's own that all share."""
    return [HERE / "fuzz_isa.c", *sources_of(ROOT / "arch" / arch, "pure")]


def host_sources():
    """The pure half of every architecture, with what the host alone has of it."""
    for folder in sorted(p.parent for p in (ROOT / "arch").glob("*/arch.mk")):
        yield from sources_of(folder, "pure|host")


def rooms(*names, without=()):
    """All of these rooms of the host's, but for files whose names begin so."""
    found = (source for name in names for source in sorted((ROOT / "host" / name).glob("*.c")))
    return [source for source in found if not source.stem.startswith(without)]


# What each fuzzes.
SOURCES = {
    **{arch: pure_sources(arch)
       for arch in sorted(p.parent.name for p in (ROOT / "arch").glob("*/arch.mk"))},
    "bytecode": [ROOT / "agent/expr" / f"{f}.c"
                 for f in ("bytecode", "bytecode_check", "format", "wide")],
    "fetch": [ROOT / "agent" / f"{f}.c" for f in ("base/util", "expr/fetch", "expr/fetch_check")],
    "packets": [*sorted((ROOT / "agent").glob("*/*.c")), *sorted((ROOT / "protocol").glob("*.c")),
                *(s for s in sorted((ROOT / "tests/mock").glob("*.c")) if s.name != "main.c")],
    "elf": [*rooms("base", "program", "expr", "unwind"),
            *sorted((ROOT / "host/session").glob("field*.c")),
            *(ROOT / "host/session" / f"{f}.c" for f in ("data", "parameters", "task")),
            *sorted((ROOT / "protocol").glob("*.c")), *host_sources()],
    # Not the line, in whose place it is, what looks at it from outside, and a debugger's.
    "host": [*rooms("base", "program", "expr", "unwind", "session", "output", "cmd",
                    without=("interrupt", "share", "cmd_gdb", "cmd_ports", "cmd_doctor",
                             "doctor_")),
             *sorted((ROOT / "protocol").glob("*.c")), *host_sources()],
}


# Where the agent is fuzzed as a whole: the settings of the mock machine, and where its code and its
# variables go.
AGENT_FLAGS = ["-std=gnu11", "-Wno-unknown-attributes", f"-I{ROOT}/tests/mock",
               "-DTL_RECORD_REGS=12", "-DTL_REG_PC=10", "-DTL_REG_SP=8", "-DTL_REG_LR=9",
               "-DTL_PAD_SIZE=12", "-DTL_PAD_TRAP=8"]
AGENT_SECTIONS = {".text": "tl_text", ".data": "fuzz_state",
                  ".bss": "fuzz_state,alloc,load,data,contents"}
LENGTH = {"packets": 4000, "elf": 8192, "host": 2000}  # of inputs; the others' are short
# Of inputs: about ten seconds of a quiet core. Never by the clock, so that each machine runs the
# same ones; and without libFuzzer, which is clang's. Of the others, which are faster, the last.
RUNS = {"packets": 2500, "elf": 9000, "host": 20000}, 400000
PLAIN_RUNS = {"packets": 5000, "elf": 500, "host": 20000}, 200000

# Not the headers in host/, whose elf.h is not the system's, by <>.
HOST_FLAGS = {"elf": ["-std=gnu11", "-iquote", f"{ROOT}/host"]}
HOST_FLAGS["host"] = [*HOST_FLAGS["elf"],
                      *(f"-Wl,--wrap={name}" for name in ("now_ms", "poll", "read"))]
LIBRARIES = dict.fromkeys(("elf", "host"), ["-ldw", "-lelf", "-liberty", "-lanl", "-ldl"])

PATIENCE = 1800  # seconds for what has an end: a machine may be as busy as it likes

LIBFUZZER = ["clang", "-fsanitize=fuzzer,address,undefined"]


def has_libfuzzer():
    target = "int LLVMFuzzerTestOneInput(void); int LLVMFuzzerTestOneInput(void) { return 0; }"
    try:
        return not subprocess.run([*LIBFUZZER, "-xc", "-", "-o", OUT / "empty"], input=target,
                                  text=True, capture_output=True).returncode
    except FileNotFoundError:
        return False


def runs(table, target):
    some, others = table
    return some.get(target, others)


def agent_objects(compiler, sources):
    """Compiled one by one, the agent's own with sections of their own."""
    objects = []
    for source in sources:
        to = OUT / f"{source.parent.name}-{source.stem}.o"
        subprocess.run([*compiler, *AGENT_FLAGS, "-fno-data-sections", "-c", source, "-o", to],
                       check=True, timeout=PATIENCE)
        if source.parent.parent.name == "agent":
            renames = [f"--rename-section={name}={other}" for name, other in AGENT_SECTIONS.items()]
            subprocess.run(["objcopy", *renames, to], check=True)
        objects.append(to)
    return objects


@pytest.mark.parametrize("target", SOURCES)
def test_fuzz(target, tmp_path):
    OUT.mkdir(parents=True, exist_ok=True)
    program = OUT / f"fuzz_{target}"
    sources = [HERE / f"fuzz_{target}.c", *SOURCES[target]]
    seeds = HERE / f"corpus_{target}"
    libfuzzer = has_libfuzzer()
    compiler = [*LIBFUZZER, *CFLAGS] if libfuzzer else ["cc", *CFLAGS,
                                                        "-fsanitize=address,undefined"]
    compiler += HOST_FLAGS.get(target, [])
    if target == "packets":
        sources = agent_objects(compiler, sources)
    subprocess.run([*compiler, "-o", program, *sources, *([] if libfuzzer else [HERE / "main.c"]),
                    *LIBRARIES.get(target, [])], check=True, timeout=PATIENCE)
    if libfuzzer:
        command = [program, "-seed=1", f"-runs={runs(RUNS, target)}",
                   f"-max_len={LENGTH.get(target, 256)}", "-verbosity=0",
                   "-print_final_stats=1", f"-artifact_prefix={OUT}/", tmp_path, seeds]
    else:
        command = [program, str(runs(PLAIN_RUNS, target)), *sorted(seeds.iterdir())]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=PATIENCE)
    print(done.stdout)
    assert done.returncode == 0, done.stdout[-4000:]
