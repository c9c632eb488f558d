# SPDX-License-Identifier: MIT
"""Every fuzz_*.c here: its seeds in corpus_*/, then new inputs for about ten seconds, under ASan and UBSan."""

import os
import pathlib
import subprocess

import pytest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
OUT = ROOT / os.environ.get("O", "build") / "fuzz"
CFLAGS = ["-std=c11", "-g", "-O1", "-Wall", "-Wextra", "-Werror", "-fno-sanitize-recover=all", f"-I{ROOT}/arch", f"-I{ROOT}/protocol"]

# What each fuzzes.
SOURCES = {
    "thumb": [ROOT / "arch/thumb" / f"{f}.c" for f in ("isa", "decode", "slot", "simulate", "returns", "v6m", "v7m", "v7em", "v8m")],
    "riscv": [ROOT / "arch/riscv" / f"{f}.c" for f in ("isa", "decode", "trap_state", "slot", "simulate", "common", "rv32", "rv64")],
}


LIBFUZZER = ["clang", "-fsanitize=fuzzer,address,undefined"]


def has_libfuzzer():
    target = "int LLVMFuzzerTestOneInput(void); int LLVMFuzzerTestOneInput(void) { return 0; }"
    try:
        return not subprocess.run([*LIBFUZZER, "-xc", "-", "-o", OUT / "empty"], input=target, text=True, capture_output=True).returncode
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("target", SOURCES)
def test_fuzz(target, tmp_path):
    OUT.mkdir(parents=True, exist_ok=True)
    program = OUT / f"fuzz_{target}"
    sources = [HERE / f"fuzz_{target}.c", *SOURCES[target]]
    seeds = HERE / f"corpus_{target}"
    if has_libfuzzer():
        subprocess.run([*LIBFUZZER, *CFLAGS, "-o", program, *sources], check=True, timeout=120)
        command = [program, "-seed=1", "-runs=1000000", "-max_total_time=10", "-max_len=256", "-verbosity=0",
                   "-print_final_stats=1", f"-artifact_prefix={OUT}/", tmp_path, seeds]
    else:
        gcc = ["cc", *CFLAGS, "-fsanitize=address,undefined", "-o", program, HERE / "main.c"]
        subprocess.run([*gcc, *sources], check=True, timeout=120)
        command = [program, "200000", *sorted(seeds.iterdir())]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120)
    print(done.stdout)
    assert done.returncode == 0, done.stdout[-4000:]
