#!/usr/bin/env python3
"""sweep.py: how long a sweep takes in which two studies overlap: mpirun -n N python3 sweep.py LIBRARY DIRECTORY [OPTIONS]
SPDX-License-Identifier: BSD-2-Clause

Two studies run at the same time, each over half of the ranks (one rank does both, one after the other). Study A wants the points 0 to
99, study B 50 to 149: 200 points are asked for, and half of what each study wants the other one wants as well; 150 are
different. A study deals its points to its ranks in turn. Orders:

  random   each study goes through its points in an order of its own
  alike    both begin with the 50 points that they share, in the same order: the ranks meet at each of them

Three ways take turns, round after round, in the same processes, each round with points that are new: plain calls of a C function; the
same function with hashcache; the same with joblib.Memory. With HASHCACHE_BUSY, if there is one, a fourth: hashcache, but a
point that another rank computes just then is put off. Ranks wait asleep for the last of them. Prints one row of a table for each order:
medians of the seconds, of the ratios to plain calls of the same round, and of the points computed.
"""
import argparse
import ctypes
import random
import statistics
import sys
import time

import joblib
from mpi4py import MPI

comm = MPI.COMM_WORLD


def rest (request):
  """Waits without taking processor time from those that compute."""
  while not request.Test ():
    time.sleep (0.002)


def meet ():
  rest (comm.Ibarrier ())


def own_points (order, points, seed):
  """The points that this rank goes through. POINTS are asked for by both studies together."""
  each, shared = points // 2, points // 4
  studies = [list (range (0, each)), list (range (each - shared, 2 * each - shared))]
  common = [p for p in studies[0] if p in studies[1]]
  random.Random (seed).shuffle (common)
  for number, study in enumerate (studies):
    if order == "alike":
      study[:] = common + [p for p in study if p not in common]
    else:
      random.Random (2 * seed + number).shuffle (study)
  if comm.size == 1:
    return studies[0] + studies[1]
  return studies[comm.rank % 2][comm.rank // 2::(comm.size + 1 - comm.rank % 2) // 2]


class Counted:
  """The function that joblib.Memory caches: it wants one that stands by itself in a file."""
  library = None
  calls = 0


def point (number, steps):
  Counted.calls += 1
  return Counted.library.plain_point (number, steps)


class Ways:
  """Each way goes through points by numbers and returns how many this rank has computed."""

  def __init__ (self, library, directory, steps):
    self.library = Counted.library = library
    self.steps = steps
    self.remembered = joblib.Memory (directory, verbose=0).cache (point)
    self.results = {}

  def plain (self, numbers):
    for number in numbers:
      self.results[number] = self.library.plain_point (number, self.steps)
    return len (numbers)

  def hashcache (self, numbers):
    before = self.library.points_computed ()
    for number in numbers:
      self.results[number] = self.library.cached_point (number, self.steps)
    return self.library.points_computed () - before

  def putting_off (self, numbers):
    before = self.library.points_computed ()
    later = []
    for number in numbers:
      if self.library.point_is_busy (number, self.steps):
        later.append (number)
      else:
        self.results[number] = self.library.cached_point (number, self.steps)
    self.hashcache (later)
    return self.library.points_computed () - before

  def joblib (self, numbers):
    before = Counted.calls
    for number in numbers:
      self.results[number] = self.remembered (number, self.steps)
    return Counted.calls - before

  def get_ready (self):
    """Rank 0 goes first: joblib begins anew where ranks write down the function's source at the same moment."""
    if comm.rank != 0:
      meet ()
    for way in (self.plain, self.hashcache, self.putting_off, self.joblib):
      way ([-1])
    if comm.rank == 0:
      meet ()
    meet ()



def one_round (way, numbers):
  """Seconds until all ranks are through, and how many points they have computed."""
  meet ()
  began = time.monotonic ()
  computed = way (numbers)
  meet ()
  return time.monotonic () - began, comm.allreduce (computed)


def row (order, names, seconds, computed):
  """plain: seconds, points; each other: seconds, ratio, points."""
  text = f"| {order} | {comm.size} "
  for name in names:
    text += f"| {statistics.median (seconds[name]):.2f} s"
    if name != "plain":
      text += f", {statistics.median (a / b for a, b in zip (seconds[name], seconds['plain'])):.3f}"
    least, most = min (computed[name]), max (computed[name])
    text += f" | {least} " if least == most else f" | {least}-{most} "
  return text + "|"


def open_library (path):
  library = ctypes.CDLL (path)
  for name in ("plain_point", "cached_point"):
    getattr (library, name).restype = ctypes.c_double
  for name in ("plain_point", "cached_point", "point_is_busy"):
    getattr (library, name).argtypes = (ctypes.c_long, ctypes.c_long)
  library.steps_of.argtypes = (ctypes.c_double,)
  library.steps_of.restype = library.points_computed.restype = ctypes.c_long
  return library


def arguments ():
  parser = argparse.ArgumentParser (description=__doc__.split ("\n", maxsplit=1)[0])
  parser.add_argument ("library")
  parser.add_argument ("directory")
  parser.add_argument ("--points", type=int, default=200)
  parser.add_argument ("--seconds", type=float, default=0.02, help="of processor time a point")
  parser.add_argument ("--rounds", type=int, default=3)
  return parser.parse_args ()


def main ():
  given = arguments ()
  library = open_library (given.library)
  if library.attach () != 0:
    sys.exit ("sweep.py: hashcache_mpi_attach failed")
  steps = library.steps_of (given.seconds) if comm.rank == 0 else 0
  steps = comm.bcast (steps)
  ways = Ways (library, given.directory, steps)
  names = ["plain", "hashcache", "joblib"]
  if library.point_is_busy (0, steps) >= 0:
    names.insert (2, "putting_off")
  ways.get_ready ()
  number = 0
  for order in ("random", "alike"):
    seconds = {name: [] for name in names}
    computed = {name: [] for name in names}
    for seed in range (given.rounds):
      for name in names:
        number += 1
        numbers = [1000000 * number + p for p in own_points (order, given.points, seed)]
        time_taken, points = one_round (getattr (ways, name), numbers)
        seconds[name].append (time_taken)
        computed[name].append (points)
    if comm.rank == 0:
      print (row (order, names, seconds, computed), flush=True)


if __name__ == "__main__":
  main ()
