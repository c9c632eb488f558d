# SPDX-License-Identifier: MIT
"""Where settings come from: the command line, the environment, trapline.ini of the folder and of
the user, with profiles; and what is wrong with a file."""
import json
import os
import shutil

import pytest

from conftest import BUILD, ONE_BOARD, run

pytestmark = ONE_BOARD


@pytest.fixture
def place(board, tmp_path):
    """A folder with an ELF in it, in which trapline is called; and the user's file."""
    return Place(tmp_path, BUILD / board / "demo.elf")


class Place:
    def __init__(self, tmp, elf):
        self.folder, self.users = tmp / "work", tmp / "config/trapline"
        for folder in (self.folder, self.users):
            folder.mkdir(parents=True)
            shutil.copy(elf, folder / "fw.elf")
        self.config = str(tmp / "config")

    def write(self, text, users=False):
        path = (self.users if users else self.folder) / "trapline.ini"
        path.write_text(text)
        return path

    def run(self, *args, env=None, **more):
        return run(*args, env={"XDG_CONFIG_HOME": self.config, **(env or {})}, cwd=self.folder,
                   **more)

    def facts(self, *args, **more):
        """What `trapline info` tells, once it has found something."""
        result = self.run("info", *args, **more)
        assert result.returncode == 0, result.stderr
        return json.loads(result.stdout)

    def tries(self, *args, env=None):
        """The port that it cannot open."""
        result = self.run("info", *args, env=env)
        assert result.returncode == 3, result.stderr
        return result.stderr.partition("cannot connect to ")[2].partition(": ")[0]

    def refused(self, *args, **more):
        result = self.run("info", *args, **more)
        assert result.returncode == 2 and result.stdout == "", (result.stdout, result.stderr)
        return result.stderr


def test_order(place):
    """Each source overrules those behind it; a profile what is for all, in the same file."""
    place.write("port = unix:/a\n[default]\nbaud = 300\n[x]\nport = unix:/b\n", users=True)
    assert place.tries() == "unix:/a"
    assert place.tries("--profile", "x") == "unix:/b"
    place.write("[default]\nport = unix:/c\n[x]\nport = unix:/d\n[y]\nbaud = 9600\n")
    assert place.tries() == "unix:/c"
    assert place.tries("--profile", "x") == "unix:/d"
    assert place.tries(env={"TRAPLINE_PROFILE": "x"}) == "unix:/d"
    assert place.tries("--profile", "y", env={"TRAPLINE_PROFILE": "x"}) == "unix:/c"
    assert place.tries("--profile", "default") == "unix:/c"
    environment = {"TRAPLINE_PORT": "unix:/e"}
    assert place.tries("--profile", "x", env=environment) == "unix:/e"
    assert place.tries("--profile", "x", "-p", "unix:/f", env=environment) == "unix:/f"


def test_origin(place):
    """info says who gave what."""
    place.write("# fw\nelf = fw.elf\n[b]\n  format=csv\n\tbaud\t= 9600\n")
    facts = place.facts("-f", "jsonl")
    assert facts["elf"] == "fw.elf" and facts["elf-from"] == "trapline.ini:2"
    assert "profile" not in facts and "baud-from" not in facts
    facts = place.facts("-f", "jsonl", "--profile", "b")
    assert facts["profile"] == "b" and facts["baud-from"] == "trapline.ini:5 [b]"
    assert place.run("info", "--profile", "b").stdout.startswith("fact,value\n")
    facts = place.facts("-f", "jsonl", env={"TRAPLINE_ELF": "./fw.elf"})
    assert facts["elf"] == "./fw.elf" and facts["elf-from"] == "TRAPLINE_ELF"
    facts = place.facts("-f", "jsonl", "-e", "fw.elf")
    assert "elf-from" not in facts


def test_paths(place):
    """Relative ELFs are found from the file; lists are replaced, not continued."""
    place.write("elf = fw.elf", users=True)
    assert place.facts("-f", "jsonl")["elf"] == str(place.users / "fw.elf")
    assert place.run("funcs", "pid_step").returncode == 0
    place.write("elf = ~/fw.elf\n")
    facts = place.facts("-f", "jsonl", env={"HOME": str(place.users)})
    assert facts["elf"] == str(place.users / "fw.elf") and "elf-2" not in facts
    (place.folder / "a:b.elf").symlink_to("fw.elf")
    place.write(f"elf = '{place.folder}/a:b.elf'\n[two]\nelf = fw.elf:gone.elf\n[three]\n"
                "elf = fw.elf\nelf = lost.elf\n")
    assert place.facts("-f", "jsonl")["elf"] == f"{place.folder}/a:b.elf"
    for profile, missing in (("two", "gone.elf"), ("three", "lost.elf")):
        result = place.run("info", "--profile", profile)
        assert result.returncode == 5 and missing in result.stderr
    assert place.facts("-f", "jsonl", "-e", "fw.elf", "--profile", "two")["elf"] == "fw.elf"


def test_passed_over(place):
    """What a command does not take does not trouble it; a flag may be taken back."""
    place.write("elf = fw.elf\nhits = 3\nexpect = hits>=3\nquiet = yes\n[loud]\nquiet = no\n")
    quiet = place.run("lines", "main")
    assert quiet.returncode == 0 and quiet.stdout
    assert place.run("ports").stderr == ""
    if "no serial ports" in run("ports").stderr:
        assert "no serial ports" in place.run("ports", "--profile", "loud").stderr
    place.write("port = \n")
    assert place.run("help").returncode == 0 and place.run("-V").returncode == 0
    assert place.run("completion", "bash").returncode == 0


@pytest.mark.parametrize("text, args, error, hints", [
    ("elf = fw.elf\nprot = x\n", [], "trapline.ini:2: no setting 'prot'", ["did you mean 'port'?"]),
    ("[a]\nzzzzzz = 1\n", [], "trapline.ini:2: no setting 'zzzzzz'", ["trapline help lists"]),
    ("help = yes\n", [], "trapline.ini:1: 'help' cannot be set in a file", ["--help"]),
    ("profile = a\n", [], "trapline.ini:1: 'profile' cannot be set in a file", ["--profile"]),
    ("\n\nport\n", [], "trapline.ini:3: neither KEY = VALUE nor [NAME]", ["KEY = VALUE"]),
    (" = 3\n", [], "trapline.ini:1: no key before the =", []),
    ("[a\n", [], "trapline.ini:1: a [ without its ]", []),
    ("[ ]\n", [], "trapline.ini:1: a profile without a name", []),
    ("elf =\n", [], "trapline.ini:1: 'elf' has no value", []),
    ("baud = 1\n[default]\nbaud = 2\n", [], "trapline.ini:3: 'baud' again: line 1", []),
    ("el\0f = 1\n", [], "trapline.ini:1: a zero byte", []),
    ("baud = fast\n", ["-p", "unix:/x"], "trapline.ini:1: baud 'fast': not a baud rate", []),
    ("\ufeffbaud = 9600 # slow\n", ["-p", "unix:/x"], "trapline.ini:1: baud '9600 # slow': not",
     ["a comment stands on a line of its own"]),
    ("force = perhaps\n", ["-e", "fw.elf"], "trapline.ini:1: force 'perhaps': yes or no", []),
    ("elf = " + ":".join("123456789") + "\n", [], "trapline.ini:1: elf '9': too many of them", []),
    ("[left]\n[right]\n", ["--profile", "rihgt"], "no profile 'rihgt'",
     ["trapline.ini has left, right", "did you mean 'right'?"]),
    ("baud = 1\n", ["--profile", "a"], "no profile 'a'", ["trapline.ini has none"]),
])
def test_errors(place, text, args, error, hints):
    place.write(text)
    said = place.refused(*args)
    assert f"error: {error}" in said, said
    for hint in hints:
        assert hinted(said, hint), said


def hinted(said, hint):
    return any(line.startswith("hint:") and hint in line for line in said.splitlines())


def test_no_files(place):
    said = place.refused("--profile", "a")
    assert "no profile 'a'" in said and hinted(said, "there is no trapline.ini")
    assert hinted(said, f"there is no {place.users}/trapline.ini")
    (place.folder / "trapline.ini").mkdir()
    assert "cannot read trapline.ini: Is a directory" in place.refused()
    (place.folder / "trapline.ini").rmdir()
    for nowhere in ("/dev/null", "/proc/1/root/x", "relative"):
        assert place.run("ports", env={"XDG_CONFIG_HOME": nowhere}).returncode == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="needs to give a file away")
def test_commands_of_others(place):
    """Where others may put a file, they may not choose a command."""
    path = place.write("port = exec:true\n")
    assert "a command" not in place.run("info").stderr
    os.chown(path, 12345, -1)
    said = place.refused()
    assert "trapline.ini:1: a command from a file of another user" in said and "-p" in said
