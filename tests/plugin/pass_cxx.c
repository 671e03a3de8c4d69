/* pass_cxx.c: promise: C++ passes through the plugin unharmed, and the annotations mean nothing there.
   language: c++ with -lstdc++
   SPDX-License-Identifier: BSD-2-Clause */
#include <hashcache.h>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

struct shape { virtual double area () const = 0; virtual ~shape () {} };
template <typename T> struct square : shape { T a; explicit square (T x) : a (x) {} double area () const override { return double (a) * a; } };
inline int counted () { static int n; return ++n; }

HASHCACHE static double total (const std::vector<shape *> &shapes, HASHCACHE_OUT double *out HASHCACHE_COUNT (1))
{
  double s = 0;
  for (const shape *x : shapes)
    s += x->area ();
  return *out = s;
}

int
main ()
{
  square<int> a (2);
  square<float> b (1.5f);
  double out;
  std::map<std::string, int> names { { "x", counted () }, { "y", counted () } };
  auto sum = [&] (int n) { return n + names["x"]; };
  try { throw sum (1); } catch (int n) { std::printf ("%d\n", n); }
  std::printf ("%g", total ({ &a, &b }, &out));
  std::printf (" %g\n", out);
  out = 3;
  std::printf ("%d %d %d %g", HASHCACHE_CONTAINS (total ({ &a }, &out)), HASHCACHE_BUSY (total ({ &a }, &out)),
               HASHCACHE_FORGET (total ({ &a }, &out)), out);
  std::printf (" %d %g\n", HASHCACHE_KEY (total ({ &a }, &out)) == nullptr, HASHCACHE_REFRESH (total ({ &a }, &out)));
}
