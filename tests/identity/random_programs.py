# random_programs.py: programs that csmith makes, for the tests of this directory.
# SPDX-License-Identifier: BSD-2-Clause
#
# csmith writes files where it is called, and is therefore called in a directory of the bench. One seed, one program.
import re
import shutil
import sys
import tempfile
from pathlib import Path

from compiling import SKIPPED, run_command

OPTIONS = ["--max-funcs", "6", "--max-block-depth", "3", "--max-expr-complexity", "6"]
FUNCTION = re.compile (r"^(?!static .*;)[^\n;#]*\b(func_\d+)\s*\([^;{]*\)\s*\{", re.M)


def header_path ():
  """The directory of csmith.h, None if csmith or that is not there."""
  command = shutil.which ("csmith")
  if not command:
    return None
  roots = [Path (command).resolve ().parent.parent / "include", Path ("/usr/include"), Path ("/usr/local/include")]
  for root in roots:
    patterns = ("csmith.h", "csmith*/csmith.h", "csmith*/runtime/csmith.h")
    found = [path for pattern in patterns for path in sorted (root.glob (pattern))]
    if found:
      return str (found[0].parent)
  return None


def header_path_or_skip ():
  path = header_path ()
  if not path:
    print ("skipped: needs csmith and its header csmith.h")
    sys.exit (SKIPPED)
  return path


def make_program (bench, seed, more=()):
  """The program of SEED."""
  with tempfile.TemporaryDirectory (dir=bench.work) as place:
    made = run_command (["csmith", "--seed", str (seed), *OPTIONS, *more], cwd=place)
  if made.returncode or "int main" not in made.stdout:
    raise RuntimeError (f"csmith --seed {seed} fails: {made.stderr}")
  return made.stdout


def functions (source):
  """The names of the functions that SOURCE defines, but for main."""
  return list (dict.fromkeys (FUNCTION.findall (source)))


def seeds_of (arguments):
  return range (arguments.seed, arguments.seed + arguments.count)


def add_seed_options (parser, count):
  parser.add_argument ("--count", type=int, default=count, help="number of programs")
  parser.add_argument ("--seed", type=int, default=1, help="of the first one")
