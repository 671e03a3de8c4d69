/* around_calls.c: promise: a question around a call is about that call; its arguments, and what it calls, are calls as ever.
   SPDX-License-Identifier: BSD-2-Clause

   In the place of the runtime stands one that writes down what happens: "f" where f is entered, "f?" where it takes a question, "f!"
   where its body runs. */
#include <hashcache.h>
#include <hashcache/contract.h>
#include <complex.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

static char told[512];
static int failures;

static void
tell (const char *name, const char *what)
{
  if (strlen (told) + strlen (name) + strlen (what) + 2 < sizeof told)
    strcat (strcat (strcat (told, told[0] ? " " : ""), name), what);
}

static void
check (const char *wanted, int line)
{
  if (strcmp (told, wanted) != 0)
    printf ("line %d: %s, not %s\n", line, told, wanted), failures++;
  told[0] = '\0';
}

#define EXPECT(value, wanted) \
  do { \
    if (!(value)) \
      printf ("line %d: %s\n", __LINE__, #value), failures++; \
    check (wanted, __LINE__); \
  } while (0)

/* The runtime -------------------------------------------------------------------------------------------------------------- */

#ifdef HASHCACHE__ASKS

static __thread int asked, answer;
static __thread const char *about;
static char key[32];

void
hashcache__ask (int question, const char *function)
{
  asked = question;
  about = function;
}

int
hashcache__answer (void)
{
  const int given = answer;

  asked = answer = 0;
  return given;
}

const char *
hashcache__answer_key (void)
{
  return hashcache__answer () ? key : NULL;
}

__attribute__ ((noipa)) int HASHCACHE__RUN (struct hashcache__frame *frame);

int
HASHCACHE__RUN (struct hashcache__frame *frame)
{
  const char *name = frame->contract->function;
  const int question = asked && strcmp (name, about) == 0 ? asked : 0;

  if (frame->call)
    return 0;
  asked = 0;
  tell (name, question ? "?" : "");
  answer = question;
  if (question)
    snprintf (key, sizeof key, "%d of %s", question, name);
  frame->call = &key;
  return question == 0 || question == HASHCACHE__ASK_REFRESH;
}

#define WITH(with, without) with
#else
#define WITH(with, without) without
#endif

/* What is called ----------------------------------------------------------------------------------------------------------- */

struct pair {
  double x;
  int n;
};

struct flags {
  unsigned low : 3;
  int high : 7;
};

HASHCACHE static int
g (int n)
{
  tell ("g", "!");
  return n + 1;
}

HASHCACHE double f (double x, int n);

double
f (double x, int n)
{
  tell ("f", "!");
  return x + n;
}

HASHCACHE void
fill (int n, HASHCACHE_OUT double a[n])
{
  tell ("fill", "!");
  for (int i = 0; i < n; i++)
    a[i] = i;
}

HASHCACHE double
total (int n, int m, const double a[n][m])
{
  double sum = 0;

  tell ("total", "!");
  for (int i = 0; i < n * m; i++)
    sum += a[i / m][i % m];
  return sum;
}

HASHCACHE struct pair
swapped (struct pair p)
{
  tell ("swapped", "!");
  return (struct pair){ p.n, (int) p.x };
}

HASHCACHE __attribute__ ((const)) int square (int n);

int
square (int n)
{
  return n * n;
}

HASHCACHE __attribute__ ((warn_unused_result)) signed char
letter (char c, _Bool up, long double factor, double _Complex z)
{
  tell ("letter", "!");
  return (signed char) (c + up + (int) factor + (int) creal (z));
}

HASHCACHE int
nothing (void)
{
  tell ("nothing", "!");
  return 7;
}

HASHCACHE int
twice (int n)
{
  tell ("twice", "!");
  return g (n) + g (n);
}

/* Not marked: in between nobody is mistaken. */
static struct pair
make_pair (double x)
{
  tell ("make_pair", "!");
  return (struct pair){ x, g (3) };
}

/* Where it is written ------------------------------------------------------------------------------------------------------ */

static void
questions (void)
{
  double x = 2;

  EXPECT (HASHCACHE_CONTAINS (f (x, 1)) == WITH (1, 0), WITH ("f?", ""));
  EXPECT (HASHCACHE_FORGET (f (x, 1)) == WITH (3, 0), WITH ("f?", ""));
  EXPECT (HASHCACHE_BUSY (f (x, 1)) == WITH (5, 0), WITH ("f?", ""));
  EXPECT (HASHCACHE_REFRESH (f (x, 1)) == 3, WITH ("f? ", "") "f!");
  const char *k = HASHCACHE_KEY (f (x, 1));
  EXPECT (WITH (strcmp (k, "4 of f") == 0, k == NULL), WITH ("f?", ""));
  EXPECT (f (x, 1) == 3, WITH ("f ", "") "f!");
}

static void
arguments (void)
{
  struct pair pair = { 4, 5 };
  struct flags flags = { 5, -60 };
  int n = 1;
  volatile int seen = 3;

  EXPECT (HASHCACHE_CONTAINS (f (g (1), 1)) == WITH (1, 0), WITH ("g g! f?", ""));
  EXPECT (HASHCACHE_REFRESH (f (g (1), 1)) == 3, WITH ("g g! f? f!", "g! f!"));
  EXPECT (HASHCACHE_REFRESH (g (g (g (1)))) == 4, WITH ("g g! g g! g? g!", "g! g! g!"));
  EXPECT (HASHCACHE_REFRESH (g (HASHCACHE_REFRESH (g (1)))) == 3, WITH ("g? g! g? g!", "g! g!"));
  EXPECT (HASHCACHE_CONTAINS (g (HASHCACHE_CONTAINS (f (1, 2)))) == WITH (1, 0), WITH ("f? g?", ""));
  EXPECT (HASHCACHE_BUSY (g (HASHCACHE_BUSY (f (g (0), 2)))) == WITH (5, 0), WITH ("g g! f? g?", ""));
  EXPECT (HASHCACHE_REFRESH (swapped (make_pair (1))).x == 4,
          WITH ("make_pair! g g! swapped? swapped!", "make_pair! g! swapped!"));
  EXPECT (HASHCACHE_REFRESH (swapped (pair)).n == 4, WITH ("swapped? ", "") "swapped!");
  EXPECT (HASHCACHE_REFRESH (swapped ((struct pair){ g (1), 9 })).x == 9, WITH ("g g! swapped? swapped!", "g! swapped!"));
  EXPECT (HASHCACHE_REFRESH (f (flags.low, flags.high)) == -55, WITH ("f? ", "") "f!");
  EXPECT (HASHCACHE_REFRESH (g (seen)) == 4, WITH ("g? ", "") "g!");
  EXPECT (HASHCACHE_REFRESH (g (n++)) == 2 && n == 2, WITH ("g? ", "") "g!");
  EXPECT (HASHCACHE_CONTAINS (g (n += g (n))) == WITH (1, 0) && n == WITH (5, 2), WITH ("g g! g?", ""));
  EXPECT (HASHCACHE_REFRESH (letter ('a', g (0) > 0, 1.5L, g (1) + 2 * I)) == 'a' + 4,
          WITH ("g g! g g! letter? letter!", "g! g! letter!"));
  EXPECT (HASHCACHE_CONTAINS (letter ('a', 1, 1, 1)) == WITH (1, 0), WITH ("letter?", ""));
  EXPECT (HASHCACHE_REFRESH (nothing ()) == 7, WITH ("nothing? ", "") "nothing!");
  EXPECT (HASHCACHE_REFRESH (twice (1)) == 4, WITH ("twice? twice! g g! g g!", "twice! g! g!"));
}

static void
arrays (int n, int m)
{
  double a[n][m], b[6];
  double (*row)[m] = a;

  HASHCACHE_REFRESH (fill (n * m, a[0]));
  EXPECT (a[n - 1][m - 1] == n * m - 1, WITH ("fill? ", "") "fill!");
  b[0] = 9;
  EXPECT (HASHCACHE_CONTAINS (fill (6, b)) == WITH (1, 0) && b[0] == 9, WITH ("fill?", ""));
  EXPECT (HASHCACHE_BUSY (fill (6, b)) == WITH (5, 0) && b[0] == 9, WITH ("fill?", ""));
  EXPECT (HASHCACHE_REFRESH (total (n, m, row++)) == 15 && row == a + 1, WITH ("total? ", "") "total!");
  EXPECT (HASHCACHE_REFRESH (total (n, m, g (0) ? a : row)) == 15, WITH ("g g! total? total!", "g! total!"));
}

/* A call that is declared to have no effect must not be moved or left out. */
static void
without_effect (int n)
{
  int sum = square (n);

  sum += HASHCACHE_REFRESH (square (n));
  EXPECT (HASHCACHE_CONTAINS (square (n)) == WITH (1, 0), WITH ("square square? square?", ""));
  EXPECT (sum == 2 * n * n, "");
  (void) HASHCACHE_REFRESH (square (n));
  EXPECT (1, WITH ("square?", ""));
}

static void
places (void)
{
  int n = 0;

  for (int i = HASHCACHE_REFRESH (g (-1)); i < HASHCACHE_REFRESH (g (1)); i += HASHCACHE_REFRESH (g (0)))
    n++;
  EXPECT (n == 2, WITH ("g? g! g? g! g? g! g? g! g? g! g? g!", "g! g! g! g! g! g!"));
  if (HASHCACHE_CONTAINS (g (1)) && !HASHCACHE_CONTAINS (g (2)))
    n = 0;
  EXPECT (n == 2, WITH ("g? g?", ""));
  n = HASHCACHE_CONTAINS (g (1)) ? HASHCACHE_REFRESH (g (5)) : HASHCACHE_REFRESH (g (6));
  EXPECT (n == WITH (6, 7), WITH ("g? g? g!", "g!"));
  if (!HASHCACHE_BUSY (g (1)) || HASHCACHE_BUSY (g (2)))
    EXPECT (1, WITH ("g? g?", ""));
  while (HASHCACHE_REFRESH (g (n)) < 9)
    n++;
  EXPECT (n == 8, WITH ("g? g! g? g! g? g!", "g! g!"));
  double both = HASHCACHE_REFRESH (f (1, 1)) + g (1) * HASHCACHE_REFRESH (g (2));
  EXPECT (both == 8, WITH ("f? f! g g! g? g!", "f! g! g!"));
  switch (HASHCACHE_REFRESH (g (1))) {
  case 2: n = HASHCACHE_CONTAINS (g (1)); break;
  default: break;
  }
  EXPECT (n == WITH (1, 0), WITH ("g? g! g?", "g!"));
  int list[] = { HASHCACHE_REFRESH (g (1)), g (2) };
  EXPECT (list[0] == 2 && list[1] == 3, WITH ("g? g! g g!", "g! g!"));
  EXPECT (sizeof (HASHCACHE_REFRESH (g (1))) == sizeof (int), "");
#ifdef __GNUC__
  n = __extension__({
    int k = HASHCACHE_REFRESH (g (1));
    HASHCACHE_CONTAINS (g (k)) + k;
  });
  EXPECT (n == WITH (3, 2), WITH ("g? g! g?", "g!"));
#endif
#if defined __GNUC__ && !defined __clang__
  __extension__ int inner (int i)
  {
    return HASHCACHE_REFRESH (g (i + n));
  }
  n = 1;
  EXPECT (inner (1) == 3, WITH ("g? ", "") "g!");
#endif
}

/* Where an expression is evaluated that is no statement: sizes of types, operands that are evaluated once for two purposes. */
static void
sizes (void)
{
  double a[HASHCACHE_REFRESH (g (g (1)))];
  typedef char text[HASHCACHE_REFRESH (g (4))];
  int numbers[4] = { [1] = HASHCACHE_CONTAINS (g (1)) }, n = 40;

  EXPECT (sizeof (a) == 3 * sizeof (double) && sizeof (text) == 5 && numbers[1] == WITH (1, 0),
          WITH ("g g! g? g! g? g! g?", "g! g! g!"));
  EXPECT (sizeof (double[HASHCACHE_REFRESH (g (1))]) == 2 * sizeof (double), WITH ("g? ", "") "g!");
  numbers[HASHCACHE_REFRESH (g (1))] += HASHCACHE_REFRESH (g (2));
  EXPECT (numbers[2] == 3, WITH ("g? g! g? g!", "g! g!"));
  n /= HASHCACHE_REFRESH (g (3));
  n <<= HASHCACHE_REFRESH (g (0));
  EXPECT (n == 20, WITH ("g? g! g? g!", "g! g!"));
}

static void
threads (void)
{
  int known = 0;
  double sum = 0;

#pragma omp parallel for reduction(+ : known, sum) num_threads(1)
  for (int i = 0; i < 3; i++) {
    known += HASHCACHE_CONTAINS (f (g (i), i));
    sum += HASHCACHE_REFRESH (f (i + known, i));
  }
  EXPECT (known == WITH (3, 0), WITH ("g g! f? f? f! g g! f? f? f! g g! f? f? f!", "f! f! f!"));
  EXPECT (sum == WITH (12, 6), "");
#pragma omp task shared(sum) if (0)
  sum = HASHCACHE_REFRESH (f (g (1), 1));
#pragma omp taskwait
  EXPECT (sum == 3, WITH ("g g! f? f!", "g! f!"));
}

int
main (void)
{
  questions ();
  arguments ();
  arrays (2, 3);
  without_effect (3);
  places ();
  sizes ();
  threads ();
  return failures != 0;
}
