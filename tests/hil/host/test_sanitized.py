# SPDX-License-Identifier: MIT
"""The host tool under ASan, LSan and UBSan: a test or two of every command once more, with the
tool that `make` builds so. A report fails, whatever the test itself makes of the tool's status
and words."""
import os
import pathlib
import subprocess
import sys

from conftest import BUILD, ONE_BOARD, ROOT, run_make
from rsp import PATIENCE

HERE = pathlib.Path(__file__).parent
TOOL = BUILD / "asan" / "trapline"
SAMPLE = {
    "test_cli.py": ["test_funcs", "test_check_accepts"],
    "test_commands.py": ["test_info", "test_probes_outlive_the_session", "test_regs",
                         "test_read_write", "test_write_refused", "test_check_online"],
    "test_completion.py": ["test_members"],
    "test_doctor.py": ["test_left_as_it_was"],
    "test_elf_files.py": ["test_no_matching_elf"],
    "test_fetch_values.py": ["test_ways_to_memory", "test_sizes"],
    "test_formats.py": ["test_jsonl"],
    "test_live.py": ["test_formats", "test_terminal"],
    "test_settings.py": ["test_order", "test_paths"],
    "../probes/test_added.py": ["test_list", "test_return", "test_what_nobody_can_tell"],
    "test_truth.py": ["test_counts_of_one_moment", "test_expectations"],
}


@ONE_BOARD
def test_sanitized(board, tmp_path):
    run_make(f"O={os.path.relpath(BUILD, ROOT)}", os.path.relpath(TOOL, ROOT))
    assert b"__asan_report_load" in TOOL.read_bytes() and b"__ubsan_handle" in TOOL.read_bytes()
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
    environment |= {"TL_TOOL": str(TOOL)} | {f"{s}_OPTIONS": f"log_path={tmp_path}/report"
                                             for s in ("ASAN", "UBSAN")}
    chosen = [f"{HERE}/{file}::{test}[{board}]" for file, tests in SAMPLE.items() for test in tests]
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q",
               f"--basetemp={tmp_path}/tests", *chosen]
    done = subprocess.run(command, env=environment, capture_output=True, text=True,
                          timeout=PATIENCE)
    reports = "\n".join(report.read_text() for report in sorted(tmp_path.glob("report*")))
    assert not reports and done.returncode == 0, reports[:8000] + done.stdout[-8000:]
    assert f"{len(chosen)} passed" in done.stdout
