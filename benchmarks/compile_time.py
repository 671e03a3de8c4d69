#!/usr/bin/env python3
"""compile_time.py: what the plugin costs while a program is compiled.
SPDX-License-Identifier: BSD-2-Clause

    benchmarks/compile_time.py build/default/gcc-plugin/hashcache.so [FILE.c ...]

Compiles each FILE, or without one so many random programs of csmith, with and without the plugin by turns, and prints the ratio of the
user times of the whole compiler (driver, cc1, as): of the sums over all files, the median over the rounds. A large file, such as an
amalgamation of 100,000 lines, tells more than many small ones, where loading the plugin shows.
"""
import argparse
import os
import resource
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile


def user_seconds (command):
  """User time of COMMAND and all its children."""
  before = resource.getrusage (resource.RUSAGE_CHILDREN).ru_utime
  subprocess.run (command, check=True, stderr=subprocess.DEVNULL)
  return resource.getrusage (resource.RUSAGE_CHILDREN).ru_utime - before


def random_programs (directory, n):
  """N programs of csmith, and what their compilation needs."""
  if not shutil.which ("csmith"):
    sys.exit ("compile_time.py: no files are given and csmith is not installed (apt-get install csmith libcsmith-dev)")
  files = []
  for seed in range (1, n + 1):
    files.append (os.path.join (directory, f"program{seed}.c"))
    with open (files[-1], "w") as out:
      subprocess.run (["csmith", "--seed", str (seed)], check=True, stdout=out)
  return files


def arguments ():
  parser = argparse.ArgumentParser (description=__doc__.split ("\n", maxsplit=1)[0])
  parser.add_argument ("plugin")
  parser.add_argument ("files", nargs="*")
  parser.add_argument ("--cc", default="gcc")
  parser.add_argument ("--rounds", type=int, default=5)
  parser.add_argument ("--programs", type=int, default=300, help="of csmith, if no files are given")
  parser.add_argument ("--options", default="-O2 -w -I/usr/include/csmith")
  parser.add_argument ("--plugin-options", default="", help="such as -fplugin-arg-hashcache-mark=NAME")
  return parser.parse_args ()


def main ():
  given = arguments ()
  plugin = [f"-fplugin={os.path.abspath (given.plugin)}"] + shlex.split (given.plugin_options)
  with tempfile.TemporaryDirectory (prefix="hashcache benchmark.") as directory:
    files = given.files or random_programs (directory, given.programs)
    common = [given.cc] + shlex.split (given.options) + ["-c", "-o", os.path.join (directory, "out.o")]
    for file in files:  # into the page cache
      subprocess.run (common + plugin + [file], check=True)
    ratios = []
    for _ in range (given.rounds):
      times = [0.0, 0.0]
      for file in files:
        for i, extra in enumerate (([], plugin)):
          times[i] += user_seconds (common + extra + [file])
      ratios.append (times[1] / times[0])
      print (f"without {times[0]:.2f} s, with {times[1]:.2f} s: {times[1] / times[0]:.4f}", flush=True)
  lines = sum (sum (1 for _ in open (file, "rb")) for file in files) if given.files else 0
  what = f"{len (files)} files, {lines} lines" if given.files else f"{len (files)} random programs"
  print (f"{what}: median ratio {statistics.median (ratios):.4f} of {given.rounds} rounds")


if __name__ == "__main__":
  main ()
