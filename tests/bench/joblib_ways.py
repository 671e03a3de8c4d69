#!/usr/bin/env python3
"""joblib_ways.py: does and times with joblib what joblib.h tells it: joblib_ways.py DIRECTORY
SPDX-License-Identifier: BSD-2-Clause

Reads lines "WAY BYTES CALLS" and answers each with the seconds of one call:

  hit         a result of joblib.Memory, a float or an array of so many bytes
  hit-mmap    the same as a mapping, one number of each cache line read
  miss        a new result, which it takes no time to compute
  hash        joblib.hash of an array
"""
import shutil
import sys
import time

import joblib
import numpy

results = {}


def make (size, number):
  return results[size]


def touch (array):
  return array[::8].sum () if isinstance (array, numpy.ndarray) else array


class Ways:
  def __init__ (self, directory):
    self.directory = directory
    self.plain = joblib.Memory (directory, verbose=0).cache (make)
    self.mapped = joblib.Memory (directory, verbose=0, mmap_mode="r").cache (make)
    self.number = 0

  def prepare (self, size):
    if size not in results:
      results.clear ()
      results[size] = numpy.arange (size // 8) * 0.5 + 1 if size > 8 else 0.5
    self.plain (size, 0)

  def time (self, calls, work):
    work ()  # not counted (hits.c)
    began = time.perf_counter ()
    for _ in range (calls):
      work ()
    return (time.perf_counter () - began) / calls

  def hit (self, size, calls):
    return self.time (calls, lambda: self.plain (size, 0))

  def hit_mmap (self, size, calls):
    return self.time (calls, lambda: touch (self.mapped (size, 0)))

  def miss (self, size, calls):
    def one ():
      self.number += 1
      self.plain (size, self.number)
    seconds = self.time (calls, one)
    if calls * size > 1 << 26:
      self.plain.clear (warn=False)
    return seconds

  def hash (self, size, calls):
    return self.time (calls, lambda: joblib.hash (results[size]))


def main ():
  ways = Ways (sys.argv[1])
  for line in sys.stdin:
    way, size, calls = line.split ()
    ways.prepare (int (size))
    seconds = getattr (ways, way.replace ("-", "_")) (int (size), int (calls))
    print (repr (seconds), flush=True)
  shutil.rmtree (sys.argv[1], ignore_errors=True)


main ()
