/* functions.c: for golden.py: a dozen functions whose canonical texts are frozen beside this file.
   SPDX-License-Identifier: BSD-2-Clause

   A bit of everything that the text can express. No headers, so that the texts do not depend on the C library. */

struct point { double x, y; int n; unsigned low : 3, high : 5; };

double scale = 1.5;
static int calls;
static const int weights[4] = { 1, 2, 4, 8 };
extern double outside (double, int);

int
loops (int n, const int *a)
{
  int sum = 0;
  for (int i = 0; i < n; i++)
    for (int k = i; k > 0; k /= 2)
      if (a[k] > 0)
        sum += a[k] * i;
      else if (a[k] == -1)
        break;
  do
    sum--;
  while (sum > 1000);
  return sum;
}

unsigned
choices (unsigned n, _Bool other)
{
  switch (n)
    {
    case 1:
      return 10;
    case 2:
    case 5 ... 7:
      n <<= 2;
      /* fall through */
    case 9:
      n ^= 0xffu;
      break;
    default:
      n = other ? n >> 1 : ~n;
    }
  return n;
}

double
fields (struct point *p, struct point by_value)
{
  struct point local = { 1, 2, 3, 4, 5 };
  p->x += by_value.y;
  p[1].n = local.n++;
  local.high = p->low;
  return local.high + local.x * p->y;
}

int
globals (int i)
{
  static long kept = 7;
  calls += i;
  kept *= calls;
  return weights[i & 3] + kept + (scale > 1);
}

float
floating (float a, double b, long double c)
{
  float r = a * b - c;
  if (!(r < b) || __builtin_isnan (a))
    r = -r / 3.0f;
  return (int) r + 0x1.8p-3 + (unsigned char) b;
}

double _Complex
complexes (double _Complex z, double re)
{
  double _Complex w = z * z + re;
  __imag__ w += 2;
  return w / ~z;
}

static double
helper (double x)
{
  return x * scale;
}

double
calls_others (double x, int n)
{
  double y = helper (x) + __builtin_sin (x);
  return outside (y, n) + __builtin_fabs (helper (y));
}

long
recursion (int m, long n)
{
  return m == 0 ? n + 1 : n == 0 ? recursion (m - 1, 1) : recursion (m - 1, recursion (m, n - 1));
}

void
pointers (double **rows, char *bytes, long n)
{
  double *end = *rows + n;
  while (*rows != end)
    *(*rows)++ = n;
  for (char *b = bytes; b; b = 0)
    *b = *(b + 1);
}

int
strings (const char *s)
{
  int hash = "seed"[1];
  for (; *s; s++)
    hash = hash * 33 ^ *s;
  return __builtin_strcmp (s, "other") ? hash : 0;
}

int
jumps (int n)
{
  int tries = 0;
again:
  if (n < 0)
    __builtin_abort ();
  if (++tries < 3 && n % 7)
    {
      n += tries;
      goto again;
    }
  if (n > 100)
    goto out;
  n *= 2;
out:
  return n + tries;
}

double
threads (int n, const double *a)
{
  double sum = 0;
#pragma omp parallel for reduction (+ : sum) schedule (static)
  for (int i = 0; i < n; i++)
    sum += a[i];
  return sum;
}

int
vectors (int n)
{
  typedef int four __attribute__ ((vector_size (16)));
  four a = { 1, 2, 3, n }, b = a < n;
  int varying[n];
  varying[0] = b[1];
  return varying[0] + a[n & 3];
}

double
through_pointer (double (*f) (double), int which)
{
  static double (*const table[2]) (double) = { helper, helper };
  return f (1) + table[which] (2);
}
