/* call_library.c: promise: functions of the C library that depend on their arguments, or on the locale, are known in every spelling.
   SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include <hashcache.h>
#include <complex.h>
#include <ctype.h>
#include <inttypes.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <wchar.h>

HASHCACHE double numbers (double x)
{
  int sign, exponent, quotient;
  double whole, s, c;
  double sum = lgamma_r (x, &sign) + sign + modf (x, &whole) + whole + frexp (x, &exponent) + exponent + remquo (x, 2, &quotient) + quotient;
  sincos (x, &s, &c);
  return sum + s + c + cosf64 (x) + (double) sinf32 ((float) x) + drem (x, 2) + significand (x) + cabs (clog10 (x + I)) + roundeven (x)
	 + issignaling (x) + isinf (x) + nextup (x) + exp10 (x) + fma (x, x, x) + lround (x) + llrintl (x);
}
HASHCACHE int letters (const char *s HASHCACHE_COUNT (strlen (s) + 1))
{
  int n = 0;
  for (; *s; s++)
    n += isalpha ((unsigned char) *s) ? toupper ((unsigned char) *s) : isspace ((unsigned char) *s) ? 1000 : 0;
  return n;
}
HASHCACHE double parse (const char *s HASHCACHE_COUNT (strlen (s) + 1))
{
  return atof (s) + atoi (s) + atol (s);
}
HASHCACHE double parse_more (const char *s HASHCACHE_COUNT (strlen (s) + 1))
{
  char *end;
  double x = strtod (s, &end);
  return x + strtol (end, NULL, 10) + (double) strtoimax (end, NULL, 16) + strncasecmp (s, "1E", 2);
}
HASHCACHE double dice (unsigned seed)
{
  struct drand48_data state;
  unsigned short x[3] = { 1, 2, 3 };
  double r, sum = 0;
  srand48_r (seed, &state);
  drand48_r (&state, &r);
  sum += r + rand_r (&seed);
  erand48_r (x, &state, &r);
  return sum + r;
}
HASHCACHE int words (int n)
{
  char text[40] = "one two  three", *save = NULL, *rest = text;
  wchar_t wide[8] = L"wide";
  int sum = n;
  for (char *w = strtok_r (text, " ", &save); w; w = strtok_r (NULL, " ", &save))
    sum = 31 * sum + (int) strnlen (w, 40);
  return sum + (int) wcslen (wide) + (strchrnul (rest, 'x') - rest) + strverscmp ("a1", "a10") + (strcasestr ("ABC", "b") != NULL);
}

int
main (void)
{
  printf ("%.17g %.17g\n", numbers (1.5), numbers (-2.25));
  printf ("%d %d\n", letters ("Hello world 12"), letters (""));
  printf ("%.17g %.17g\n", parse ("12.5"), parse_more ("1e3 17"));
  printf ("%.17g\n", dice (5));
  printf ("%d\n", words (3));
  return 0;
}
