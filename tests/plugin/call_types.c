/* call_types.c: promise: arguments and results of every type that is understood are restored bit for bit.
   SPDX-License-Identifier: BSD-2-Clause */
#include <hashcache.h>
#include <complex.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum direction { DOWN = -1, LEVEL, UP };
struct padded { char c; double d; short s; long double l; };
struct __attribute__ ((packed)) packed { char c; double d; int32_t i[3]; };
struct nested { struct padded p[2]; struct { float u, v; }; enum direction e; _Bool b; char name[5]; };
struct large { double x[20]; };
struct pair { long a, b; };
struct mixed { float f; double complex z; };
typedef float real;

HASHCACHE static real float_of (real x, unsigned char c) { return x * c; }
HASHCACHE long double long_of (long double x) { return x / 3; }
HASHCACHE double complex complex_of (double complex z, float complex w) { return csqrt (z) * w; }
HASHCACHE bool bool_of (int8_t a, uint16_t b, int64_t c, uint64_t d) { return a + b + c + (int64_t) d > 3; }
HASHCACHE enum direction turn (enum direction e) { return -e; }
HASHCACHE char char_of (char c, signed char s, wchar_t w) { return c + s + w; }
HASHCACHE struct large large_of (struct padded p) { struct large r; for (int i = 0; i < 20; i++) r.x[i] = p.d * i + p.c; return r; }
HASHCACHE struct pair pair_of (struct pair p) { return (struct pair) { p.b, p.a }; }
HASHCACHE struct mixed mixed_of (struct mixed m) { m.z *= m.f; return m; }
HASHCACHE struct padded padded_of (const struct padded *p, const struct packed *q) { struct padded r = *p; r.d += q->d + q->i[2]; r.l = p->l * 2; return r; }
HASHCACHE double nested_of (struct nested n, const struct nested *m HASHCACHE_COUNT (1)) { return n.p[1].d + m->u + m->e + n.b + strlen (m->name); }
HASHCACHE void change (struct nested *n) { n->p[0].l = n->v; n->name[0] ^= 1; n->e = UP; n->p[1].s++; }
HASHCACHE void scalars (double x, double *y, int *status) { *y = x * 2; *status = -*status; }
HASHCACHE double nothing_in (void) { return 0.1 + 0.2; }
HASHCACHE double text (const char *s, const char *t HASHCACHE_COUNT (strlen (t) + 1)) { return s ? strlen (s) * 10.0 + (t ? t[0] : 0) : -1; }
HASHCACHE float old_style (n, c, x, a) int n; char c; float x; float *a HASHCACHE_COUNT (n); { float s = c; for (int i = 0; i < n; i++) s += a[i] * x; return s; }
HASHCACHE double special (double x) { return -x; }

static void
show (const char *what, const void *bytes, size_t n)
{
  printf ("%s", what);
  for (size_t i = 0; i < n; i++)
    printf (" %02x", ((const unsigned char *) bytes)[i]);
  printf ("\n");
}

#define SHOW(type, value) do { type v = value; show (#value, &v, sizeof v); } while (0)

int
main (void)
{
  struct padded p, q;
  struct packed k = { 'k', 2.5, { 1, 2, 3 } };
  struct nested n, m;
  float a[3] = { 1, 2, 3 };
  double y = 1;
  int status = 7;
  memset (&p, 0x55, sizeof p);
  p.c = 'p', p.d = 1.25, p.s = -3, p.l = 0.1L;
  memset (&n, 0, sizeof n);
  n.p[0] = p, n.p[1] = p, n.u = 2, n.v = 3, n.e = DOWN, n.b = 1;
  strcpy (n.name, "abc");
  m = n;
  SHOW (float, float_of (1.5f, 200));
  long double l = long_of (1);
  show ("long", &l, 10);
  SHOW (double complex, complex_of (-2 + I, 1.5f));
  SHOW (bool, bool_of (-1, 2, 3, 4));
  SHOW (int, turn (UP));
  SHOW (char, char_of ('a', -3, 5));
  struct large r = large_of (p);
  show ("large", &r, sizeof r);
  SHOW (struct pair, pair_of ((struct pair) { 1, 2 }));
  struct mixed x = mixed_of ((struct mixed) { 2, 1 + I });
  show ("mixed", &x.z, sizeof x.z);
  q = padded_of (&p, &k);
  printf ("%d %.17g %d %.21Lg\n", q.c, q.d, q.s, q.l);
  SHOW (double, nested_of (n, &m));
  memset (&p, 0xaa, sizeof p); /* Other padding: the same call. */
  p.c = 'p', p.d = 1.25, p.s = -3, p.l = 0.1L;
  q = padded_of (&p, &k);
  printf ("%d %.17g %d %.21Lg\n", q.c, q.d, q.s, q.l);
  for (int i = 0; i < 3; i++)
    change (&n);
  show ("name", n.name, sizeof n.name);
  printf ("%d %d %.21Lg\n", n.e, n.p[1].s, n.p[0].l);
  scalars (4, &y, &status);
  printf ("%g %d\n", y, status);
  SHOW (double, nothing_in ());
  SHOW (double, text ("hello", "world"));
  SHOW (double, text ("hello", NULL));
  SHOW (double, text (NULL, NULL));
  SHOW (float, old_style (3, 'x', 2.5f, a));
  SHOW (double, special (0.0));
  SHOW (double, special (-0.0));
  SHOW (double, special (NAN));
  SHOW (double, special (__builtin_nan ("0x123")));
  return 0;
}
