#!/usr/bin/env python3
# reference.py: promise: each example of docs/contract.md does what the page says.
# SPDX-License-Identifier: BSD-2-Clause
#
#   reference.py [--only N] PAGE
#
# Each block of C in PAGE is a program but for its #includes, and must print the same without the plugin, cold and warm, and be
# warm the second time: nothing computed. After the word c may stand, in the line that opens the block:
#
#   options: OPTIONS            for the compilations with the plugin
#   file: NAME                  no program, but a file that later blocks use
#   refused: TEXT               does not compile with the plugin, which says TEXT
#   with differing output       prints something else when it is cached
import argparse
import re
import shlex
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert (0, str (Path (__file__).resolve ().parent.parent / "identity"))
from compiling import Failure, in_bench  # noqa: E402

BLOCK = re.compile (r"^```c *(.*?)\n(.*?)^```$", re.M | re.S)
HEAD = "#include <hashcache.h>\n#include <math.h>\n#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n"


def check_refusal (bench, source, text):
  built = bench.compile (["-c", source, "-o", "/dev/null"], warnings=True)
  if not built.returncode or text not in built.stderr:
    raise Failure (f"is not refused with: {text}\n{built.stderr}")


def check_program (bench, place, source, options, differing):
  plain, cached, cache = place / "plain", place / "cached", place / "cache"
  bench.must_compile ([source, "-o", plain, "-lm"], plugin="")
  bench.must_compile ([*options, source, *bench.build_runtime (), "-o", cached])
  runs = [bench.run (plain, cache), bench.run (cached, cache), bench.run (cached, cache)]
  for name, run in zip (("plain", "cold", "warm"), runs):
    if not run or run.status or run.output != runs[0].output and not differing:
      raise Failure (f"{name}: {run}, but plain: {runs[0]}")
  did = runs[2].statistics
  if not did.get ("calls") or did["computed"] or did["uncached"]:
    raise Failure (f"the warm run computes: {did} {runs[2].messages}")


def check (bench, about, text, files):
  """What is wrong with the block TEXT, "" if nothing."""
  with tempfile.TemporaryDirectory (dir=bench.work) as directory:
    place = Path (directory)
    source = place / "example.c"
    source.write_text (HEAD + text)
    options = shlex.split (about[8:]) if about.startswith ("options:") else []
    for name, content in files.items ():
      (place / name).write_text (content)
      options = [option.replace ("=" + name, f"={place / name}") for option in options]
    try:
      if about.startswith ("refused:"):
        check_refusal (bench, source, about[8:].strip ())
      else:
        check_program (bench, place, source, options, about == "with differing output")
    except Failure as failure:
      return str (failure)
  return ""


def main ():
  parser = argparse.ArgumentParser ()
  parser.add_argument ("--only", type=int)
  parser.add_argument ("page", type=Path)
  arguments = parser.parse_args ()
  blocks = BLOCK.findall (arguments.page.read_text ())
  files = {about[5:].strip (): text for about, text in blocks if about.startswith ("file:")}

  def work (bench, pool):
    bench.build_runtime ()
    tasks = [(i, text, pool.submit (check, bench, about, text, files)) for i, (about, text) in enumerate (blocks)
             if not about.startswith ("file:") and arguments.only in (None, i)]
    failures = 0
    for i, text, task in tasks:
      wrong = task.result ()
      if wrong:
        failures += 1
        print (f"FAILED: example {i}:\n{text}{wrong}\n  again: reference.py --only={i} {arguments.page}")
    print (f"{len (tasks)} examples, {failures} failures")
    return 1 if failures or not tasks else 0

  return in_bench (work)


if __name__ == "__main__":
  sys.exit (main ())
