/* identity.c: promise: a hit leaves pointers that lead where those of the call lead: allocated memory, shared targets, circles.
   SPDX-License-Identifier: BSD-2-Clause */
#include "oracle.h"

/* Lists, trees, circles -------------------------------------------------------------------------------------------- */

struct link {
  double value;
  struct link *next HASHCACHE_COUNT (1), *other HASHCACHE_COUNT (1);
};

static const struct oracle_scalar link_layout[] = { ORACLE_FIELD (struct link, value), ORACLE_LINK (struct link, next),
                                                    ORACLE_LINK (struct link, other) };

/* A list of N; in a circle if CIRCLE; each second one shares its `other', the third, with the rest. */
HASHCACHE static struct link *HASHCACHE_RETURNS (1) make_list (int n, int circle)
{
  struct link *first = NULL, *last = NULL, *third = NULL;

  for (int i = 0; i < n; i++) {
    struct link *it = malloc (sizeof *it);

    it->value = 1.0 / (i + 1);
    it->next = first;
    if (i == 2)
      third = it;
    if (i == 0)
      last = it;
    it->other = i % 2 ? third : NULL;
    first = it;
  }
  if (last && circle)
    last->next = first;
  return first;
}

static void
register_list (struct link *it, int n)
{
  for (; it && n > 0; it = it->next, n--) {
    oracle_fresh ("link", it, 1, sizeof *it);
    ORACLE_LAYOUT (it, link_layout);
  }
}

ORACLE_CASE (make_list)
{
  struct link *const list = make_list (5, 0), *const circle = make_list (4, 1), *const none = make_list (0, 0);

  register_list (list, 5);
  register_list (circle, 4);
  oracle_pointer ("list", list);
  oracle_pointer ("circle", circle);
  oracle_pointer ("none", none);
  oracle_show ("after");
}

/* A circle as an input: the sum of what is met until the start is met again. */
HASHCACHE static double
go_round (const struct link *start HASHCACHE_COUNT (1), int most)
{
  double sum = 0;
  const struct link *it = start;

  for (int i = 0; i < most && it; i++) {
    sum += it->value + (it->other == start);
    it = it->next == start ? NULL : it->next;
  }
  return sum;
}

ORACLE_CASE (go_round)
{
  struct link *links = oracle_unset ("links", 6, sizeof *links);

  ORACLE_LAYOUT (links, link_layout);
  for (int i = 0; i < 6; i++)
    links[i] = (struct link){ 0.5 * i, &links[(i + 1) % 3 + i / 3 * 3], i % 2 ? &links[0] : NULL };
  links[5].next = NULL;
  oracle_show ("before");
  ORACLE_VALUE (go_round (&links[0], 10));
  ORACLE_VALUE (go_round (&links[1], 10));
  ORACLE_VALUE (go_round (&links[3], 10));
  links[1].other = links[1].next = NULL;
  ORACLE_VALUE (go_round (&links[0], 10));
}

/* A list of the caller's is reversed: no memory comes or goes, only pointers change. */
HASHCACHE static void
reverse (HASHCACHE_INOUT struct link **head HASHCACHE_COUNT (1, 1))
{
  struct link *done = NULL;

  for (struct link *it = *head, *next; it; it = next) {
    next = it->next;
    it->next = done;
    done = it;
  }
  *head = done;
}

ORACLE_CASE (reverse)
{
  struct link *links = oracle_unset ("links", 4, sizeof *links), **head = oracle_unset ("head", 1, sizeof *head);

  oracle_expect_hit_or ("is not stored");
  ORACLE_LAYOUT (links, link_layout);
  ORACLE_LAYOUT (head, oracle_links);
  for (int i = 0; i < 4; i++)
    links[i] = (struct link){ 0.5 * i, i < 3 ? &links[i + 1] : NULL, NULL };
  *head = links;
  oracle_show ("before");
  reverse (head);
  oracle_show ("after");
}

struct tree {
  int key;
  struct tree *left HASHCACHE_COUNT (1), *right HASHCACHE_COUNT (1);
};

HASHCACHE static struct tree *HASHCACHE_RETURNS (1) make_tree (int n, const int keys[n])
{
  struct tree *root = NULL;

  for (int i = 0; i < n; i++) {
    struct tree **place = &root;

    while (*place)
      place = keys[i] < (*place)->key ? &(*place)->left : &(*place)->right;
    *place = malloc (sizeof **place);
    **place = (struct tree){ keys[i], NULL, NULL };
  }
  return root;
}

static void
register_tree (struct tree *tree)
{
  static const struct oracle_scalar layout[] = { ORACLE_FIELD (struct tree, key), ORACLE_LINK (struct tree, left),
                                                 ORACLE_LINK (struct tree, right) };

  if (!tree)
    return;
  oracle_fresh ("tree", tree, 1, sizeof *tree);
  ORACLE_LAYOUT (tree, layout);
  register_tree (tree->left);
  register_tree (tree->right);
}

ORACLE_CASE (make_tree)
{
  int *keys = oracle_integers ("keys", 9, 100, 1);

  register_tree (make_tree (9, keys));
  oracle_show ("after");
}

/* Allocation ------------------------------------------------------------------------------------------------------- */

/* Two pointers into one allocation, the second one to its middle. */
HASHCACHE static void
halves (int n, HASHCACHE_OUT double **low HASHCACHE_COUNT (1, 2 * n), HASHCACHE_OUT double **high HASHCACHE_COUNT (1, n))
{
  double *both = malloc (2 * (size_t) n * sizeof *both);

  for (int i = 0; i < 2 * n; i++)
    both[i] = i + 0.25;
  *low = both;
  *high = both + n;
}

ORACLE_CASE (halves)
{
  double **low = oracle_unset ("low", 1, sizeof *low), **high = oracle_unset ("high", 1, sizeof *high);

  oracle_expect_hit_or ("overlap");
  ORACLE_LAYOUT (low, oracle_links);
  ORACLE_LAYOUT (high, oracle_links);
  oracle_show ("before");
  halves (3, low, high);
  oracle_fresh ("both", *low, 6, sizeof (double));
  oracle_show ("after");
}

/* Rows of a matrix in one slab. */
HASHCACHE static void
matrix (int n, int m, HASHCACHE_OUT double ***rows HASHCACHE_COUNT (1, n, m))
{
  *rows = malloc ((size_t) n * sizeof **rows);
  (*rows)[0] = malloc ((size_t) (n * m) * sizeof (double));
  for (int i = 0; i < n; i++) {
    (*rows)[i] = (*rows)[0] + i * m;
    for (int j = 0; j < m; j++)
      (*rows)[i][j] = i - j;
  }
}

ORACLE_CASE (matrix)
{
  double ***rows = oracle_unset ("rows", 1, sizeof *rows);

  ORACLE_LAYOUT (rows, oracle_links);
  matrix (3, 4, rows);
  oracle_fresh ("pointers", *rows, 3, sizeof **rows);
  ORACLE_LAYOUT (*rows, oracle_links);
  oracle_fresh ("slab", **rows, 12, sizeof (double));
  oracle_show ("after");
}

/* What is there is kept, what is missing is allocated. */
HASHCACHE static int
provide (int n, HASHCACHE_INOUT double **buffer HASHCACHE_COUNT (1, n))
{
  const int missing = *buffer == NULL;

  if (missing) {
    *buffer = malloc ((size_t) n * sizeof **buffer);
    for (int i = 0; i < n; i++)
      (*buffer)[i] = 0;
  }
  for (int i = 0; i < n; i++)
    (*buffer)[i] += i;
  return missing;
}

ORACLE_CASE (provide)
{
  double **empty = oracle_unset ("empty", 1, sizeof *empty), **full = oracle_unset ("full", 1, sizeof *full);

  *empty = NULL;
  *full = oracle_numbers ("numbers", 4, 1);
  ORACLE_LAYOUT (empty, oracle_links);
  ORACLE_LAYOUT (full, oracle_links);
  oracle_show ("before");
  ORACLE_VALUE (provide (4, empty));
  ORACLE_VALUE (provide (4, full));
  oracle_fresh ("allocated", *empty, 4, sizeof (double));
  oracle_show ("after");
}

/* Only the even ones; NULL for the others. */
HASHCACHE static void
even_rows (int n, int m, HASHCACHE_OUT int *rows[n] HASHCACHE_COUNT (m))
{
  for (int i = 0; i < n; i++) {
    rows[i] = i % 2 ? NULL : malloc ((size_t) m * sizeof **rows);
    for (int j = 0; j < m && rows[i]; j++)
      rows[i][j] = i + j;
  }
}

ORACLE_CASE (even_rows)
{
  int **rows = oracle_unset ("rows", 5, sizeof *rows);

  ORACLE_LAYOUT (rows, oracle_links);
  even_rows (5, 3, rows);
  for (int i = 0; i < 5; i++)
    oracle_fresh ("row", rows[i], 3, sizeof (int));
  oracle_show ("after");
}

/* Returns a pointer to what it was given. */
HASHCACHE static const double *HASHCACHE_RETURNS (1) greatest (int n, const double x[n])
{
  const double *best = NULL;

  for (int i = 0; i < n; i++)
    if (!best || x[i] > *best)
      best = &x[i];
  return best;
}

ORACLE_CASE (greatest)
{
  double *x = oracle_numbers ("x", 9, 1);

  oracle_pointer ("greatest", greatest (9, x));
  oracle_pointer ("greatest of few", greatest (3, x + 2));
  oracle_pointer ("greatest of none", greatest (0, x));
  oracle_show ("after");
}

static double table[4];

/* Returns a pointer to a variable. */
HASHCACHE static double *HASHCACHE_RETURNS (4) look_up (double x)
{
  for (int i = 0; i < 4; i++)
    table[i] = x * i;
  return table;
}

ORACLE_CASE (look_up)
{
  memset (table, 0, sizeof table);
  oracle_expect_hit_or ("not ");
  ORACLE_WATCH (table);
  oracle_pointer ("result", look_up (2.5));
  oracle_show ("after");
}

/* A variable that is a pointer is set. */
static int n_coefficients;
static double *coefficients HASHCACHE_COUNT (n_coefficients);

HASHCACHE static void
prepare (int n)
{
  coefficients = malloc ((size_t) n * sizeof *coefficients);
  n_coefficients = n;
  for (int i = 0; i < n; i++)
    coefficients[i] = 1.0 / (1 + i);
}

ORACLE_CASE (prepare)
{
  coefficients = NULL;
  n_coefficients = 0;
  ORACLE_WATCH (n_coefficients);
  prepare (5);
  oracle_fresh ("coefficients", coefficients, 5, sizeof (double));
  oracle_pointer ("coefficients", coefficients);
  oracle_show ("after");
}

/* The same memory twice -------------------------------------------------------------------------------------------- */

HASHCACHE static double
add (int n, const double *a HASHCACHE_COUNT (n), const double *b HASHCACHE_COUNT (n), HASHCACHE_OUT double *c HASHCACHE_COUNT (n))
{
  double sum = 0;

  for (int i = 0; i < n; i++) {
    c[i] = a[i] + 2 * b[i];
    sum += c[i];
  }
  return sum + (a == b);
}

ORACLE_CASE (add_apart)
{
  double *a = oracle_numbers ("a", 8, 1), *b = oracle_numbers ("b", 8, 2), *c = oracle_unset ("c", 8, sizeof *c);

  oracle_show ("before");
  ORACLE_VALUE (add (8, a, b, c));
  ORACLE_VALUE (add (8, a, a, c));
  ORACLE_VALUE (add (5, a, a + 2, c)); /* inputs that overlap */
  oracle_show ("after");
}

ORACLE_CASE (add_in_place)
{
  double *a = oracle_numbers ("a", 8, 1), *b = oracle_numbers ("b", 8, 2);

  oracle_expect_hit_or ("overlap in memory");
  oracle_show ("before");
  ORACLE_VALUE (add (8, a, b, a));
  oracle_show ("after");
}

ORACLE_CASE (add_shifted)
{
  double *a = oracle_numbers ("a", 8, 1), *b = oracle_numbers ("b", 8, 2);

  oracle_expect_hit_or ("overlap in memory");
  oracle_show ("before");
  ORACLE_VALUE (add (7, a, b, a + 1));
  oracle_show ("after");
}

/* Mutation --------------------------------------------------------------------------------------------------------- */

HASHCACHE static double
cheat (int n, const double *x HASHCACHE_COUNT (n))
{
  double *const hidden = (double *) x;

  hidden[0] += 1;
  return hidden[0] + x[n - 1];
}

ORACLE_CASE (cheat)
{
  double *x = oracle_numbers ("x", 4, 1);

  oracle_expect_refusal ("the input `x` changed during the call");
  oracle_show ("before");
  ORACLE_VALUE (cheat (4, x));
  oracle_show ("after");
}
