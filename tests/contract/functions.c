/* functions.c: promise: functions of all kinds: old definitions, types by macro, nothing but globals, recursion.
   SPDX-License-Identifier: BSD-2-Clause */
#include "oracle.h"
#include <math.h>

/* Old definitions and macros for types ----------------------------------------------------------------------------- */

HASHCACHE static double
weigh (n, x, weight, out)
int n;
const double *x HASHCACHE_COUNT (n);
float weight;
double *out HASHCACHE_OUT HASHCACHE_COUNT (n);
{
  double sum = 0;
  int i;

  for (i = 0; i < n; i++)
    sum += out[i] = weight * x[i];
  return sum;
}

ORACLE_CASE (weigh)
{
  double *x = oracle_numbers ("x", 5, 1), *out = oracle_unset ("out", 5, sizeof *out);

  ORACLE_VALUE (weigh (5, x, 0.75f, out));
  oracle_show ("after");
}

#define REAL float
#define GRID(name) REAL name[static restrict in + 1][1 + hid]
typedef REAL real_t;
typedef real_t vector_t[3];

HASHCACHE static real_t
train (int in, int hid, GRID (w), const vector_t *points HASHCACHE_COUNT (hid))
{
  real_t sum = 0;

  for (int i = 0; i <= in; i++)
    for (int j = 0; j <= hid; j++) {
      w[i][j] += j < hid ? points[j][i % 3] : 1;
      sum += w[i][j];
    }
  return sum;
}

ORACLE_CASE (train)
{
  real_t *w = oracle_unset ("w", 12, sizeof *w), *points = oracle_unset ("points", 9, sizeof *points);

  for (int i = 0; i < 12; i++)
    w[i] = (real_t) (0.125 * i);
  for (int i = 0; i < 9; i++)
    points[i] = (real_t) oracle_number (1, (uint64_t) i);
  oracle_show ("before");
  ORACLE_VALUE (train (2, 3, (void *) w, (void *) points));
  oracle_show ("after");
}

/* Variables -------------------------------------------------------------------------------------------------------- */

enum { CELLS = 6 };

static const int width = 3;
double field[CELLS], flux[CELLS + 1];
static double total;
static struct {
  int steps;
  struct {
    double time;
    char stage;
  } clock;
} progress;

/* Neither parameters nor a result. */
HASHCACHE void
step (void)
{
  for (int i = 1; i < CELLS; i++)
    flux[i] = field[i] - field[i - 1];
  total = 0;
  for (int i = 0; i < CELLS; i++) {
    field[i] += 0.1 * (flux[i + 1] - flux[i]);
    total += field[i];
  }
  progress.steps++;
  progress.clock.time += 0.1;
  progress.clock.stage = 'a';
}

ORACLE_CASE (step)
{
  for (int i = 0; i < CELLS; i++)
    field[i] = i * i;
  memset (flux, 0, sizeof flux);
  memset (&progress, 0, sizeof progress);
  total = 0;
  ORACLE_WATCH (field);
  ORACLE_WATCH (flux);
  ORACLE_WATCH (total);
  ORACLE_WATCH (progress.steps);
  ORACLE_WATCH (progress.clock.time);
  ORACLE_WATCH (progress.clock.stage);
  oracle_show ("before");
  step ();
  oracle_show ("after one");
  step ();
  oracle_show ("after two");
  field[2] = 0.5;
  step ();
  oracle_show ("after three");
}

int n_points = 4;

HASHCACHE static double
bound_by_variables (const double x[n_points * width], double y[width])
{
  double sum = 0;

  for (int i = 0; i < width; i++)
    y[i] = x[i];
  for (int i = 0; i < n_points * width; i++)
    sum += x[i];
  return sum;
}

ORACLE_CASE (bound_by_variables)
{
  double *x = oracle_numbers ("x", 12, 1), *y = oracle_unset ("y", 3, sizeof *y);

  n_points = 4;
  ORACLE_VALUE (bound_by_variables (x, y));
  n_points = 2;
  ORACLE_VALUE (bound_by_variables (x + 3, y));
  oracle_show ("after");
}

/* Recursion, pointers to functions --------------------------------------------------------------------------------- */

HASHCACHE static uint64_t
ackermann (uint64_t m, uint64_t n)
{
  return m == 0 ? n + 1 : ackermann (m - 1, n == 0 ? 1 : ackermann (m, n - 1));
}

ORACLE_CASE (ackermann)
{
  ORACLE_VALUE (ackermann (2, 3));
  ORACLE_VALUE (ackermann (2, 2));
}

static double
square (double x)
{
  return x * x;
}

static double
scaled (double x)
{
  return total * x;
}

HASHCACHE static double
integrate (double (*f) (double), double from, double to, int n)
{
  double sum = 0;

  for (int i = 0; i < n; i++)
    sum += f (from + (to - from) * (i + 0.5) / n);
  return sum * (to - from) / n;
}

ORACLE_CASE (integrate)
{
  double (*volatile through_pointer) (double (*) (double), double, double, int) = integrate;

  total = 2;
  ORACLE_VALUE (integrate (square, 0, 1, 10));
  ORACLE_VALUE (integrate (scaled, 0, 1, 10));
  total = 3;
  ORACLE_VALUE (integrate (scaled, 0, 1, 10));
  ORACLE_VALUE (through_pointer (square, 0, 1, 10));
}

/* Results ---------------------------------------------------------------------------------------------------------- */

struct pair {
  double a;
  float b;
};

struct large {
  char tag;
  double x[9];
  struct pair pair;
};

HASHCACHE static struct pair
small_result (double x)
{
  struct pair pair = { x, (float) (x / 3) };

  return pair;
}

HASHCACHE static struct large
large_result (double x)
{
  struct large large = { .tag = 't' };

  for (int i = 0; i < 9; i++)
    large.x[i] = x / (i + 1);
  large.pair = (struct pair){ -x, 0.5f };
  return large;
}

HASHCACHE static long double
long_result (long double x)
{
  return x / 3;
}

HASHCACHE static _Complex double
complex_result (_Complex float z)
{
  return z * z;
}

HASHCACHE static _Bool
boolean_result (unsigned char x)
{
  return x & 1;
}

HASHCACHE static __int128
wide_result (__int128 x)
{
  return x * x - 1;
}

ORACLE_CASE (results)
{
  const struct pair pair = small_result (2.5);
  const struct large large = large_result (7);
  const long double long_one = long_result (2);

  ORACLE_VALUE (pair.a);
  ORACLE_VALUE (pair.b);
  ORACLE_VALUE (large.tag);
  oracle_value ("large.x", large.x, sizeof large.x);
  ORACLE_VALUE (large.pair.a);
  ORACLE_VALUE (large.pair.b);
  oracle_value ("long_result (2)", &long_one, oracle_long_doubles[0].size);
  ORACLE_VALUE (complex_result (1.5f + 2.0fi));
  ORACLE_VALUE (boolean_result (7));
  ORACLE_VALUE (wide_result (((__int128) 1 << 40) + 5));
}

/* -0.0 and the payloads of NaN, there and back. */
HASHCACHE static double
pass_on (double x, const float y[2], HASHCACHE_OUT float z[2])
{
  z[0] = y[1];
  z[1] = y[0];
  return x;
}

ORACLE_CASE (pass_on)
{
  const uint64_t bits[] = { 0x8000000000000000u, 0, 0x7ff8000000000123u, 0xfff8000000000456u, 1 };
  const uint32_t single[] = { 0x80000000u, 0, 0x7fc00012u, 0xffc00034u, 1, 0x7f800000u };
  float *z = oracle_unset ("z", 2, sizeof *z);

  for (int i = 0; i < 5; i++) {
    double x;
    float y[2];

    memcpy (&x, &bits[i], sizeof x);
    memcpy (y, &single[i], sizeof y);
    ORACLE_VALUE (pass_on (x, y, z));
    oracle_show ("after");
  }
}

/* Vouching --------------------------------------------------------------------------------------------------------- */

/* What is not to be kept is computed each time. */
HASHCACHE
HASHCACHE_IF (result >= 0) static int converge (int most, double *x HASHCACHE_COUNT (1))
{
  for (int i = 0; i < most; i++) {
    const double next = 0.5 * (*x + 2 / *x);

    if (fabs (next - *x) < 1e-9)
      return i;
    *x = next;
  }
  return -1;
}

ORACLE_CASE (converges)
{
  double *x = oracle_numbers ("x", 1, 1);

  *x = 1.5;
  ORACLE_VALUE (converge (20, x));
  oracle_show ("after");
}

ORACLE_CASE (does_not_converge)
{
  double *x = oracle_numbers ("x", 1, 1);

  oracle_expect_nothing_kept ();
  *x = 1.5;
  ORACLE_VALUE (converge (2, x));
  oracle_show ("after");
}

HASHCACHE HASHCACHE_VERSION (3) static double versioned (double x)
{
  return x + 3;
}

ORACLE_CASE (versioned)
{
  ORACLE_VALUE (versioned (1));
}
