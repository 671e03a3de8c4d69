#!/usr/bin/env python3
# unchanged.py: promise: the plugin changes nothing in the generated code of a unit without a mark.
# SPDX-License-Identifier: BSD-2-Clause
#
#   unchanged.py [--count N] [--seed S] [--lines L] [FILE.c...]
#
# compiles each source at several levels of optimisation, with the plugin and without, and compares what GCC writes for the
# assembler: function by function the instructions, variable by variable the bytes, and which symbols are global or common.
# Assembler text keeps the names that an object file turns into places, so that nothing that matters needs to be overlooked. Only
# what must differ is written alike first: the numbers of labels (.L5, f.3) by their order of appearance in the function, labels
# of constants (.LC7) by the constant. What the plugin adds is named hashcache*.
#
# Sources: tests/plugin/pass_unmarked.c, the kernels of tests/plugin/mutate and the example with their marks made empty, N
# programs of csmith from seed S on where that is installed; or only the FILEs. Of each difference the first L lines are printed.
import argparse
import difflib
import re
import sys
from collections import Counter
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path (__file__).resolve ().parent
sys.path.insert (0, str (HERE))
from compiling import Failure, in_bench  # noqa: E402
from random_programs import add_seed_options, header_path, make_program, seeds_of  # noqa: E402

ROOT = HERE.parent.parent
LEVELS = ("-O0", "-O1", "-O2", "-O3", "-Os", "-O2 -fPIC")
NAMED = re.compile (r"^([^\s:#]+):")
NUMBERED = re.compile (r"\.L[A-Z]*\d+|\b[A-Za-z_][\w.]*\.\d+\b")
SYMBOL = re.compile (r"^\s*\.(?:globl|weak|weakref|comm|hidden|symver|set)\s.*")
SECTION = re.compile (r"^\s*\.(section|text|data|bss)\b")
NO_CODE = re.compile (r"^\s*\.(?:file|loc|ident|cfi_\w+|p2align|align|globl|weak|hidden|symver|set|weakref|type|size|local|comm"
                      r"|section|text|data|bss)\b|^\s*#|^\s*$")


def stem (name):
  return re.sub (r"\d+$", "", name)


class Assembly:
  """Assembler text by what its labels name: `pieces', (name, lines) of functions and variables; `symbols', what is said of
     names."""

  def __init__ (self, text):
    bodies = self.split (text)
    self.constants = {name: "{" + "; ".join (body) + "}" for name, body in bodies if name.startswith (".LC")}
    for name, other, place in re.findall (r"^\s*\.set\s+(\.LC\d+),(\.LC\d+)(\S*)", text, re.M):
      self.constants[name] = self.constants[other] + place
    self.pieces = Counter ((stem (name), "\n".join (self.alike (body))) for name, body in bodies
                           if not name.startswith (".LC") and "hashcache" not in name)
    self.symbols = Counter (stem (" ".join (line.split ())) for line in text.splitlines ()
                            if SYMBOL.match (line) and "hashcache" not in line and ".LC" not in line)

  def split (self, text):
    bodies = [("", [])]
    for line in text.splitlines ():
      label = NAMED.match (line)
      if label and (not label.group (1).startswith (".L") or label.group (1).startswith (".LC")):
        bodies.append ((label.group (1), []))
      elif SECTION.match (line) and bodies[-1][0].startswith (".LC"):
        bodies.append (("", []))
      elif not NO_CODE.match (line):
        bodies[-1][1].append (" ".join (line.split ()))
    return [(name, body) for name, body in bodies if name]

  def alike (self, body):
    """BODY with labels numbered by appearance, and constants by what they hold."""
    numbers = {}

    def label (match):
      text = match.group ()
      return self.constants.get (text) or numbers.setdefault (text, f"{stem (text)}<{len (numbers)}>")

    return [NUMBERED.sub (label, line) for line in body]


def differences (without, with_plugin):
  """(name, lines of the one, lines of the other) for all that is not in both."""
  gone, new = without.pieces - with_plugin.pieces, with_plugin.pieces - without.pieces
  for name in sorted ({n for n, _ in gone} | {n for n, _ in new}):
    yield name, *("\n".join (sorted (body for n, body in side if n == name)).splitlines () for side in (gone, new))
  if without.symbols != with_plugin.symbols:
    gone, new = without.symbols - with_plugin.symbols, with_plugin.symbols - without.symbols
    yield "symbols", sorted (gone.elements ()), sorted (new.elements ())


def make_empty_marks (bench):
  """A hashcache.h whose macros are all empty takes the place of the true one."""
  text = (Path (bench.include[2:]) / "hashcache" / "annotations.h").read_text ()
  macros = dict (re.findall (r"^#\s*define (HASHCACHE\w*)(\(?)", text, re.M))
  if "HASHCACHE" not in macros:
    raise Failure ("no annotations found")
  place = bench.work / "empty"
  place.mkdir ()
  (place / "hashcache.h").write_text ("".join (f"#define {name}{'(...)' if call else ''}\n" for name, call in macros.items ()))
  bench.include = f"-I{place}"


def sources (bench, arguments):
  """(path, options) pairs."""
  if arguments.files:
    return [(path, []) for path in arguments.files]
  found = [ROOT / "tests/plugin/pass_unmarked.c", HERE / "golden/functions.c",
      *sorted ((ROOT / "tests/plugin/mutate").glob ("*.c")),
           *sorted ((ROOT / "examples").glob ("**/*.c"))]
  header = header_path ()
  for seed in seeds_of (arguments) if header else ():
    path = bench.work / f"csmith-{seed}.c"
    path.write_text (make_program (bench, seed))
    found.append (path)
  if not header:
    print ("without programs of csmith, which is not installed")
  return [(path, [f"-I{header}"] if header else []) for path in found]


def work (bench, pool, arguments):
  make_empty_marks (bench)

  def compare (case):
    path, options, level = case
    out = bench.work / (re.sub (r"\W", "_", f"{path} {level}") + ".s")
    texts = []
    for plugin in ("", bench.plugin):
      built = bench.compile ([*options, *level.split (), "-fopenmp", "-S", path, "-o", out], plugin=plugin)
      if built.returncode and not plugin:
        return None
      if built.returncode or built.stderr:
        return [("the compiler", [], built.stderr.splitlines ())]
      texts.append (Assembly (out.read_text ()))
    out.unlink ()
    return list (differences (*texts))

  cases = [(path, options, level) for path, options in sources (bench, arguments) for level in LEVELS]
  counts = Counter ()
  for (path, _, level), found in zip (cases, pool.map (compare, cases)):
    counts["does not compile" if found is None else "differs" if found else "same"] += 1
    if found is None and level == LEVELS[0]:
      print (f"{path.name}: does not compile here, left out")
    for name, one, other in found or ():
      print (f"CHANGED: {path.name} {level}: {name} (- without the plugin, + with it)")
      print ("\n".join (list (difflib.unified_diff (one, other, lineterm="", n=1))[2:2 + arguments.lines]))
  print (f"{len (cases)} compilations: " + ", ".join (f"{n} {what}" for what, n in sorted (counts.items ())))
  return 1 if counts["differs"] or not counts["same"] else 0


def main ():
  parser = argparse.ArgumentParser (description="generated code with and without the plugin")
  add_seed_options (parser, 12)
  parser.add_argument ("--lines", type=int, default=12, help="of each difference to show")
  parser.add_argument ("files", nargs="*", type=lambda name: Path (name).resolve ())
  arguments = parser.parse_args ()
  return in_bench (lambda bench, pool: work (bench, pool, arguments))


if __name__ == "__main__":
  sys.exit (main ())
