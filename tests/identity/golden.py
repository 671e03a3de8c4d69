#!/usr/bin/env python3
# golden.py: promise: the canonical text of a function, and so every key, changes only when somebody means it to.
# SPDX-License-Identifier: BSD-2-Clause
#
#   golden.py             compares the texts and digests of golden/functions.c with golden/functions.expected, byte for byte
#   golden.py --update    writes that file: after a deliberate change of the text, whose difference belongs into the same commit
#
# At -O0 and -O2. functions.expected holds what GCC 12 makes of them. Where another version hands over another body, the texts of
# just those functions are in functions.gcc-VERSION.expected. --update writes the one or the other, for the compiler at hand.
import difflib
import sys
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path (__file__).resolve ().parent
sys.path.insert (0, str (HERE))
from compiling import HEAD, in_bench, run_command  # noqa: E402

SOURCE = HERE / "golden" / "functions.c"
COMMON = SOURCE.with_suffix (".expected")
MAIN_VERSION = "12"  # whose texts functions.expected holds


def dumped (bench, options):
  """What the plugin dumps of SOURCE, in its order: (name, digest and text) pairs."""
  return [(name, f"{name}: {digest}\n{text}") for name, digest, text in bench.dump (["-std=gnu11", "-fopenmp", *options, SOURCE])]


def read (path):
  parts = HEAD.split (path.read_text ()) if path.exists () else [""]
  return [(name, f"{name}: {digest}\n{text}") for name, digest, text in zip (parts[1::3], parts[2::3], parts[3::3])]


def write (path, texts):
  if texts:
    path.write_text ("".join (text for _, text in texts))
  elif path.exists ():
    path.unlink ()


def compare (expected, texts, what):
  """Whether TEXTS are those EXPECTED; says how not."""
  if texts == expected:
    return True
  lines = [[line for _, text in side for line in text.splitlines (True)] for side in (expected, texts)]
  print (f"{what}: not the canonical texts that are frozen: every user's cache is lost. If that is meant: golden.py --update")
  sys.stdout.writelines (difflib.unified_diff (*lines, "frozen", what))
  return False


def work (bench, _pool):
  version = run_command ([*bench.compiler, "-dumpversion"]).stdout.strip ().partition (".")[0]
  own = SOURCE.with_suffix (f".gcc-{version}.expected")
  texts = dumped (bench, ["-O2"])
  if sys.argv[1:] == ["--update"]:
    write (COMMON if version == MAIN_VERSION else own, [t for t in texts if version == MAIN_VERSION or t not in read (COMMON)])
  elif len (sys.argv) > 1:
    sys.exit ("usage: golden.py [--update]")
  others = dict (read (own))
  expected = [(name, others.get (name, text)) for name, text in read (COMMON)]
  fine = compare (expected, texts, f"GCC {version} at -O2")
  fine = compare (expected, dumped (bench, ["-O0", "-g"]), f"GCC {version} at -O0 -g") and fine
  print (f"{len (texts)} texts compared, {len (others)} of them for GCC {version} alone")
  return 0 if fine and texts else 1


if __name__ == "__main__":
  sys.exit (in_bench (work))
