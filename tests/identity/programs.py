# programs.py: the programs that many rows of the table of identity edit.
# SPDX-License-Identifier: BSD-2-Clause
from pairs import program

HEAD = """
#include <hashcache.h>
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
"""


def body (text, before="", result="double", parameters="int n, double x", call="7, 1.5", options="-O1"):
  """A program that prints what a marked function with the body TEXT makes of CALL; BEFORE stands before the function."""
  return program (f"""{HEAD}
{before}
HASHCACHE {result}
calculate ({parameters})
{{
  {text}
}}

int
main (void)
{{
  printf ("%a\\n", (double) calculate ({call}));
  return 0;
}}
""", options)


# A little of everything: what can be renamed, moved and laid out otherwise without a difference.
KERNEL = program (HEAD + r"""
enum shape { LINE = 1, ROUND = 3 };
typedef double real;
struct point {
  double x;
  int n;
  float weight;
};

#define FACTOR 1.25

static const double table[4] = { 1, 2, 3, 4 };
static const struct point origin = { 0.5, 3, 0.25f };
double parameter = 1.5;
static int calls = 2;

static double
helper (double x)
{
  return x * 2 + 1;
}

static double
measure (const struct point *p, enum shape shape)
{
  if (shape == ROUND)
    return p->x * p->weight * FACTOR;
  else
    return helper (p->x) - p->n;
}

HASHCACHE double
calculate (int n, const double value[n])
{
  real sum = 0;
  double first = helper (value[0]);
  struct point p = origin;
  int tries = 0;
  calls++;
  if (n > 1000)
    {
      fprintf (stderr, "too many\n");
      abort ();
    }
  for (int i = 0; i < n; i++)
    {
      sum += table[i & 3] * first + parameter;
      p.x = value[i];
      sum += measure (&p, i % 2 ? ROUND : LINE);
    }
again:
  sum += sin (sum) + "abc"[n & 3];
  if (++tries < 2)
    goto again;
  return sum + calls;
}

int
main (void)
{
  const double value[5] = { 0.1, 0.7, 2.5, -1.25, 3 };
  printf ("%a\n", calculate (5, value));
  printf ("%a\n", calculate (3, value));
  printf ("%d\n", calls);
  return 0;
}
""")

# A graph over three units: calculate calls middle in another, that calls deep in a third.
UNITS = program ("""
//// main.c
#include <hashcache.h>
#include <stdio.h>
double middle (double x);
HASHCACHE double calculate (int n, double x) { return middle (x) + n; }
int main (void) { printf ("%a\\n", calculate (3, 0.3)); return 0; }
//// middle.c
double deep (double x);
extern double offset;
extern const int factors[3];
static double between (double x) { return deep (x * factors[1]) + offset; }
double middle (double x) { return between (x) * 3; }
//// deep.c
double offset = 0.125;
const int factors[3] = { 2, 3, 5 };
static double deepest (double x) { return x * x - 0.5; }
double deep (double x) { return deepest (x + 1); }
""")
SHARED = UNITS.options ("-O1 -fPIC").built (shared=("deep.c",))
