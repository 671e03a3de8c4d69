/* call_members.c: promise: bit-fields, unions of which a member is named, arrays at the end of structs, vectors and wide numbers are
   restored bit for bit.
   SPDX-License-Identifier: BSD-2-Clause */
#include <hashcache.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum colour { RED, GREEN, BLUE };
typedef double vector __attribute__ ((vector_size (32)));
struct bits { unsigned a : 3; int b : 7; _Bool c : 1; enum colour e : 2; unsigned : 0; unsigned long long d : 40; char f; short g : 5; };
struct __attribute__ ((packed)) tight { unsigned char a : 5; unsigned b : 30; long long c : 50; char d; };
union number { int i; double d; float f[3]; };
struct tagged { int kind; union number n HASHCACHE_MEMBER (d); union { float x; long k; } HASHCACHE_MEMBER (x); };
struct tail { int n; char c; double x[] HASHCACHE_COUNT (n + 1); };
struct old_tail { int n; int x[1] HASHCACHE_COUNT (n); };
struct one { int n; int x[1] HASHCACHE_COUNT (1); };

HASHCACHE struct bits bits_of (struct bits b, const struct bits *p HASHCACHE_COUNT (1)) { b.a += p->a; b.b = -p->b; b.c = !b.c; b.d *= 3; b.g = p->g - 1; b.e = BLUE; return b; }
HASHCACHE void tighten (struct tight *t HASHCACHE_COUNT (2)) { t[0].a = t[1].a + 1; t[1].b = t[0].b - 1; t[1].c = -t[0].c; }
HASHCACHE double by_bits (const struct bits *p HASHCACHE_COUNT (1), const double *x HASHCACHE_COUNT (p->a + p->d)) { return x[p->a + p->d - 1]; }
HASHCACHE double tagged_of (struct tagged *t HASHCACHE_COUNT (1)) { t->n.d *= 2; t->x += 1; return t->n.d + t->kind; }
HASHCACHE HASHCACHE_MEMBER (i) union number union_of (union number u HASHCACHE_MEMBER (i), const union number *v HASHCACHE_COUNT (2) HASHCACHE_MEMBER (f)) { u.i += (int) v[1].f[2]; return u; }
HASHCACHE double tail_sum (struct tail *t HASHCACHE_COUNT (1)) { double s = t->c; for (int i = 0; i <= t->n; i++) s += t->x[i]++; return s; }
HASHCACHE int old_sum (const struct old_tail *t HASHCACHE_COUNT (1)) { int s = 0; for (int i = 0; i < t->n; i++) s += t->x[i]; return s; }
HASHCACHE struct one one_of (struct one o) { o.x[0] += o.n; return o; }
HASHCACHE vector vector_of (const vector *v HASHCACHE_COUNT (2)) { return v[0] * v[1]; }
HASHCACHE __int128 wide_of (unsigned __int128 x, __int128 *y HASHCACHE_COUNT (1)) { *y = -*y; return (__int128) (x >> 3); }
HASHCACHE __float128 quadruple_of (__float128 x, _Complex _Float128 z) { return x / 3 + __real__ z; }

static void
show (const char *what, const void *bytes, size_t n)
{
  printf ("%s", what);
  for (size_t i = 0; i < n; i++)
    printf (" %02x", ((const unsigned char *) bytes)[i]);
  printf ("\n");
}

int
main (void)
{
  double numbers[64];
  for (int i = 0; i < 64; i++)
    numbers[i] = i;
  for (int round = 0; round < 2; round++)
    {
      struct bits b, c;
      memset (&b, round ? 0xff : 0, sizeof b); /* Other padding: the same call. */
      b.a = 3, b.b = -5, b.c = 0, b.e = GREEN, b.d = 17, b.f = 'f', b.g = 7;
      c = bits_of (b, &b);
      printf ("%d %d %d %d %lld %c %d\n", c.a, c.b, c.c, c.e, (long long) c.d, c.f, c.g);
      printf ("%g\n", by_bits (&b, numbers));
      struct tight t[2] = { { 1, 1000000000, -5, 'x' }, { 7, 2, 123456789012345, 'y' } };
      tighten (t);
      for (int j = 0; j < 2; j++)
        printf ("tight %d %u %lld %c\n", t[j].a, t[j].b, (long long) t[j].c, t[j].d);
      struct tagged tagged = { 5, { .d = 0.5 }, { 2.5f } };
      printf ("%g ", tagged_of (&tagged));
      printf ("%g %g\n", tagged.n.d, tagged.x);
      union number u = { 4 }, v[2] = { { .f = { 1, 2, 3 } }, { .f = { 4, 5, 6 } } };
      printf ("%d\n", union_of (u, v).i);
      struct tail *tail = malloc (sizeof *tail + 4 * sizeof (double));
      *tail = (struct tail) { 3, 'c' };
      memcpy (tail->x, numbers, 4 * sizeof (double));
      printf ("%g %g\n", tail_sum (tail), tail->x[3]);
      free (tail);
      struct old_tail *old = malloc (sizeof *old + 4 * sizeof (int));
      old->n = 4;
      for (int i = 0; i < 4; i++)
	old->x[i] = i * i;
      printf ("%d\n", old_sum (old));
      free (old);
      printf ("%d\n", one_of ((struct one) { 1, { 2 } }).x[0]);
      vector w[2] = { { 1, 2, 3, 4 }, { 5, 6, 7, 8 } }, product = vector_of (w);
      show ("vector", &product, sizeof product);
      __int128 y = 7, x = wide_of ((unsigned __int128) 1 << 100, &y);
      show ("wide", &x, sizeof x);
      show ("changed", &y, sizeof y);
      __float128 q = quadruple_of (1, 2);
      show ("quadruple", &q, sizeof q);
    }
  return 0;
}
