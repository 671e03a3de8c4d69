/* shapes.c: promise: types and extents one by one: bit-fields, unions, flexible members, vectors, strings, odd counts.
   SPDX-License-Identifier: BSD-2-Clause */
#include "oracle.h"

/* Structs ---------------------------------------------------------------------------------------------------------- */

struct flags {
  unsigned low : 3;
  int high : 7;
  unsigned : 0;
  uint64_t wide : 40;
  _Bool on : 1;
  signed char tail;
};

static void
show_flags (const char *label, const struct flags *f)
{
  const long values[] = { f->low, f->high, (long) f->wide, f->on, f->tail };

  oracle_value (label, values, sizeof values);
}

/* Bits of the struct that belong to no field are garbage, another in each run. */
HASHCACHE static struct flags
turn (struct flags f, const struct flags *g, HASHCACHE_OUT struct flags *h)
{
  h->low = f.low ^ g->low;
  h->high = (f.high + g->high) % 50;
  h->wide = (f.wide * 3 + g->wide) & 0xffffffffffu;
  h->on = f.on || g->on;
  h->tail = (signed char) (g->tail / 2);
  f.low = g->low;
  return f;
}

ORACLE_CASE (turn)
{
  struct flags *f = oracle_scratch ("f", 1, sizeof *f), *g = oracle_scratch ("g", 1, sizeof *g),
               *h = oracle_scratch ("h", 1, sizeof *h);
  struct flags back;

  f->low = 5, f->high = -33, f->wide = 0x123456789a, f->on = 0, f->tail = -7;
  g->low = 6, g->high = 12, g->wide = 0xfedcba9876, g->on = 1, g->tail = 100;
  back = turn (*f, g, h);
  show_flags ("result", &back);
  show_flags ("g", g);
  show_flags ("h", h);
}

struct __attribute__ ((packed)) packed {
  char a;
  double b;
  short c;
  long double d;
};

struct odd {
  char a;
  double b __attribute__ ((aligned (32)));
  struct {
    short c;
    int d;
  };
  long double e;
  struct packed inside[2];
  float _Complex z;
};

static const struct oracle_scalar odd_layout[] = {
  ORACLE_FIELD (struct odd, a),
  ORACLE_FIELD (struct odd, b),
  ORACLE_FIELD (struct odd, c),
  ORACLE_FIELD (struct odd, d),
  { offsetof (struct odd, e), 10, 0 },
  ORACLE_FIELD (struct odd, inside[0].a),
  ORACLE_FIELD (struct odd, inside[0].b),
  ORACLE_FIELD (struct odd, inside[0].c),
  { offsetof (struct odd, inside[0].d), 10, 0 },
  ORACLE_FIELD (struct odd, inside[1].a),
  ORACLE_FIELD (struct odd, inside[1].b),
  ORACLE_FIELD (struct odd, inside[1].c),
  { offsetof (struct odd, inside[1].d), 10, 0 },
  ORACLE_FIELD (struct odd, z),
};

/* Padding of what goes in is garbage. */
HASHCACHE static double
shuffle (int n, const struct odd in[n], HASHCACHE_OUT struct odd out[n])
{
  double sum = 0;

  for (int i = 0; i < n; i++) {
    const struct odd *from = &in[n - 1 - i];

    out[i].a = (char) (from->a + 1);
    out[i].b = from->b;
    out[i].c = (short) from->d;
    out[i].d = from->c;
    out[i].e = from->e / 3;
    for (int k = 0; k < 2; k++) {
      out[i].inside[k].a = from->inside[1 - k].a;
      out[i].inside[k].b = from->inside[1 - k].b;
      out[i].inside[k].c = from->inside[1 - k].c;
      out[i].inside[k].d = from->inside[1 - k].d;
      sum += from->inside[k].b;
    }
    out[i].z = from->z * from->z;
    sum += from->b;
  }
  return sum;
}

ORACLE_CASE (shuffle)
{
  const size_t size = sizeof (struct odd);
  struct odd *blocks[2], *in, *out;

  for (int k = 0; k < 2; k++) {
    blocks[k] = aligned_alloc (32, 3 * size);
    oracle_watch_unset (k ? "out" : "in", blocks[k], 3, size);
    ORACLE_LAYOUT (blocks[k], odd_layout);
  }
  in = blocks[0], out = blocks[1];
  for (int i = 0; i < 3; i++) {
    in[i].a = (char) i;
    in[i].b = i / 3.0;
    in[i].c = (short) (i * 7);
    in[i].d = -i;
    in[i].e = i / 7.0L;
    in[i].z = (float) i + 1.0fi;
    for (int k = 0; k < 2; k++) {
      in[i].inside[k].a = 'x';
      in[i].inside[k].b = 0.5 * k;
      in[i].inside[k].c = (short) k;
      in[i].inside[k].d = 1.0L / (k + 3);
    }
  }
  oracle_show ("before");
  ORACLE_VALUE (shuffle (3, in, out));
  oracle_show ("after");
  oracle_release ();
  free (in);
  free (out);
}

/* Unions ----------------------------------------------------------------------------------------------------------- */

union number {
  double real;
  int64_t whole;
  char text[12];
};

struct tagged {
  int tag;
  union number number HASHCACHE_MEMBER (real);
};

HASHCACHE static double
use_union (const struct tagged *in, int n, HASHCACHE_OUT union number *out HASHCACHE_MEMBER (whole) HASHCACHE_COUNT (n))
{
  for (int i = 0; i < n; i++)
    out[i].whole = in->tag + i;
  return in->number.real / 3;
}

ORACLE_CASE (use_union)
{
  static const struct oracle_scalar layout[] = { ORACLE_FIELD (struct tagged, tag), ORACLE_FIELD (struct tagged, number.real) };
  static const struct oracle_scalar out_layout[] = { ORACLE_FIELD (union number, whole) };
  struct tagged *in = oracle_unset ("in", 1, sizeof *in);
  union number *out = oracle_unset ("out", 3, sizeof *out);

  ORACLE_LAYOUT (in, layout);
  ORACLE_LAYOUT (out, out_layout);
  in->tag = 4;
  in->number.real = 2.5;
  oracle_show ("before");
  ORACLE_VALUE (use_union (in, 2, out));
  oracle_show ("after");
}

/* Flexible members ------------------------------------------------------------------------------------------------- */

struct polynomial {
  short degree;
  double coefficient[] HASHCACHE_COUNT (degree + 1);
};

HASHCACHE static struct polynomial *HASHCACHE_RETURNS (1) derivative (const struct polynomial *p HASHCACHE_COUNT (1))
{
  struct polynomial *q = malloc (sizeof *q + (size_t) p->degree * sizeof (double));

  q->degree = (short) (p->degree - 1);
  for (int i = 0; i < p->degree; i++)
    q->coefficient[i] = (i + 1) * p->coefficient[i + 1];
  return q;
}

HASHCACHE static void
negate (struct polynomial *p HASHCACHE_COUNT (1))
{
  for (int i = 0; i <= p->degree; i++)
    p->coefficient[i] = -p->coefficient[i];
}

ORACLE_CASE (derivative)
{
  const size_t size = sizeof (struct polynomial) + 4 * sizeof (double);
  static const struct oracle_scalar layout[] = {
    ORACLE_FIELD (struct polynomial, degree),         ORACLE_FIELD (struct polynomial, coefficient[0]),
    ORACLE_FIELD (struct polynomial, coefficient[1]), ORACLE_FIELD (struct polynomial, coefficient[2]),
    ORACLE_FIELD (struct polynomial, coefficient[3]),
  };
  struct polynomial *p = oracle_unset ("p", 1, size), *q;

  ORACLE_LAYOUT (p, layout);
  p->degree = 3;
  for (int i = 0; i < 4; i++)
    p->coefficient[i] = i / 3.0;
  oracle_show ("before");
  q = derivative (p);
  oracle_fresh ("q", q, 1, size - sizeof (double));
  oracle_layout (q, layout, 4);
  negate (p);
  oracle_show ("after");
}

/* Strings ---------------------------------------------------------------------------------------------------------- */

HASHCACHE static int
count_letter (const char *text HASHCACHE_COUNT (string), char letter)
{
  int n = 0;

  for (; *text; text++)
    n += *text == letter;
  return n;
}

HASHCACHE static size_t
total_length (int n, const char *const *names HASHCACHE_COUNT (n, string))
{
  size_t sum = 0;

  for (int i = 0; i < n; i++)
    sum += names[i] ? strlen (names[i]) * (size_t) (i + 1) : 100;
  return sum;
}

HASHCACHE static char *
HASHCACHE_RETURNS (string) greet (const char *name HASHCACHE_COUNT (string))
{
  char *text = malloc (strlen (name) + 7);

  strcpy (text, "hello ");
  strcat (text, name);
  return text;
}

ORACLE_CASE (strings)
{
  const char *names[] = { "hydrogen", NULL, "", "lithium" };
  char *text = oracle_unset ("text", 10, 1), *greeting;

  strcpy (text, "banana"); /* what lies behind its end is garbage */
  ORACLE_VALUE (count_letter (text, 'a'));
  ORACLE_VALUE (count_letter (text + 2, 'a'));
  ORACLE_VALUE (total_length (4, names));
  greeting = greet (text);
  oracle_fresh ("greeting", greeting, strlen (greeting) + 1, 1);
  oracle_show ("after");
}

/* Counts ----------------------------------------------------------------------------------------------------------- */

struct window {
  unsigned char log_size;
  int first, end;
};

HASHCACHE static long
odd_counts (const struct window *w, int mode, const int *a HASHCACHE_COUNT (1 << w->log_size),
            const short *b HASHCACHE_COUNT (mode ? w->end - w->first : 2), const char *c HASHCACHE_COUNT (sizeof (struct window)),
            const double *d HASHCACHE_COUNT ((mode > 1 && w->first) + 2 * (w->end >= 3) + (w->end & 6)))
{
  long sum = 0;

  for (int i = 0; i < 1 << w->log_size; i++)
    sum += a[i];
  for (int i = 0; i < (mode ? w->end - w->first : 2); i++)
    sum += b[i];
  for (size_t i = 0; i < sizeof (struct window); i++)
    sum += c[i];
  for (int i = 0; i < (mode > 1 && w->first) + 2 * (w->end >= 3) + (w->end & 6); i++)
    sum += (long) (100 * d[i]);
  return sum;
}

ORACLE_CASE (odd_counts)
{
  static const struct oracle_scalar layout[] = { ORACLE_FIELD (struct window, log_size), ORACLE_FIELD (struct window, first),
                                                 ORACLE_FIELD (struct window, end) };
  struct window *w = oracle_unset ("w", 1, sizeof *w);
  int *a = oracle_integers ("a", 8, 9, 1);
  short *b = oracle_unset ("b", 5, sizeof *b);
  char *c = oracle_unset ("c", sizeof *w + 3, 1); /* what lies beyond the count is garbage */
  double *d = oracle_numbers ("d", 7, 2);

  ORACLE_LAYOUT (w, layout);
  memset (b, 1, 5 * sizeof *b);
  memset (c, 2, sizeof *w);
  w->log_size = 3, w->first = 1, w->end = 5;
  oracle_show ("before");
  ORACLE_VALUE (odd_counts (w, 1, a, b, c, d));
  w->log_size = 0;
  ORACLE_VALUE (odd_counts (w, 0, a, b, c, d));
  ORACLE_VALUE (odd_counts (w, 2, a, b, c, d));
  oracle_show ("after");
}

HASHCACHE static int
negative_count (int n, const int *a HASHCACHE_COUNT (n - 3))
{
  return n > 3 ? a[0] : -1;
}

ORACLE_CASE (negative_count)
{
  int *a = oracle_integers ("a", 2, 9, 1);

  oracle_expect_refusal ("which is negative");
  ORACLE_VALUE (negative_count (2, a));
}

HASHCACHE static int
too_many (long n, const int *a HASHCACHE_COUNT (n *n))
{
  return n > 3 ? a[0] : -1;
}

ORACLE_CASE (too_many)
{
  int *a = oracle_integers ("a", 2, 9, 1);

  oracle_expect_refusal ("is too large");
  ORACLE_VALUE (too_many (1L << 40, a));
}

HASHCACHE static double
nothing_there (int n, const double *a HASHCACHE_COUNT (n), double *b HASHCACHE_COUNT (n))
{
  for (int i = 0; a && b && i < n; i++)
    b[i] = a[i];
  return (a != NULL) + 2 * (b != NULL);
}

ORACLE_CASE (nothing_there)
{
  double *a = oracle_numbers ("a", 3, 1), *b = oracle_unset ("b", 3, sizeof *b);

  ORACLE_VALUE (nothing_there (0, a, b));
  ORACLE_VALUE (nothing_there (3, a, NULL));
  ORACLE_VALUE (nothing_there (3, NULL, b));
  ORACLE_VALUE (nothing_there (0, NULL, NULL));
  oracle_show ("after");
  ORACLE_VALUE (nothing_there (3, a, b));
  oracle_show ("after all");
}

/* Vectors and numbers of all widths -------------------------------------------------------------------------------- */

typedef double pack __attribute__ ((vector_size (32)));
typedef int quad __attribute__ ((vector_size (16)));

HASHCACHE static void
add_packs (int n, const pack *a HASHCACHE_COUNT (n), quad shift, HASHCACHE_OUT pack *b HASHCACHE_COUNT (n))
{
  for (int i = 0; i < n; i++)
    b[i] = a[i] + (double) shift[i & 3];
}

ORACLE_CASE (add_packs)
{
  pack *a = aligned_alloc (32, 2 * sizeof *a), *b = aligned_alloc (32, 2 * sizeof *b);

  oracle_watch_unset ("a", a, 8, sizeof (double));
  oracle_watch_unset ("b", b, 8, sizeof (double));
  for (int i = 0; i < 2; i++)
    for (int k = 0; k < 4; k++)
      a[i][k] = 4 * i + k + 0.5;
  add_packs (2, a, (quad){ 1, 2, 3, 4 }, b);
  oracle_show ("after");
  oracle_release ();
  free (a);
  free (b);
}

enum tiny { TINY = -1, LARGE = 7 } __attribute__ ((packed));

HASHCACHE static void
widths (int8_t a, uint16_t b, int32_t c, uint64_t d, enum tiny e, wchar_t f, unsigned __int128 g, __float128 h,
        HASHCACHE_OUT uint64_t out[8])
{
  out[0] = (uint64_t) a;
  out[1] = b;
  out[2] = (uint64_t) c;
  out[3] = d;
  out[4] = (uint64_t) e;
  out[5] = (uint64_t) f;
  out[6] = (uint64_t) (g >> 64);
  out[7] = (uint64_t) (h * 4);
}

ORACLE_CASE (widths)
{
  uint64_t *out = oracle_unset ("out", 8, sizeof *out);

  widths (-3, 65535, INT32_MIN, UINT64_MAX, TINY, L'x', (unsigned __int128) 5 << 70, 2.25Q, out);
  oracle_show ("after");
  widths (-3, 65535, INT32_MIN, UINT64_MAX, LARGE, L'x', (unsigned __int128) 5 << 71, 2.5Q, out);
  oracle_show ("after another");
}
