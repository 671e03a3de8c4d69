/* test_outcomes.c: what a call leaves behind comes back as it was: memory it has allocated, pointers it has set, counts it has changed.
   SPDX-License-Identifier: BSD-2-Clause

   Each call runs four times (counted_calls.h). What it has allocated is freed each time, so that under the address sanitizer and
   valgrind a hit that hands out other memory than malloc's, or too little of it, is an error. Then what cannot be given back, and is
   not kept; and words that no call has written. */
#define _GNU_SOURCE
#define HASHCACHE_IMPLEMENTATION
#include <hashcache.h>

#include "counted_calls.h"
#include <errno.h>
#include <malloc.h>

#define CONTRACT(its_function, its_node, ...) \
  { \
    .abi = HASHCACHE__ABI, .function = (its_function), .source = "test_outcomes.c:1", .compiler = "gcc", .text = (its_function), \
    .node = (its_node), __VA_ARGS__ \
  }
#define PARAMETERS(list) .n_parameters = LENGTH (list), .parameters = (list)

/* The extent NAME: as many elements as the int MEMBER of the same struct says, which lead on as far as its_inner says. */
#define COUNTED_BY(name, c_type, member, its_inner) \
  static const struct hashcache__step name##_steps[] = { { HASHCACHE__BASE, 0, NULL }, \
                                                         { HASHCACHE__OFFSET, offsetof (c_type, member), NULL }, \
                                                         { HASHCACHE__LOAD_INT, sizeof (int), NULL } }; \
  static const struct hashcache__expression name##_dims[] = { EXPRESSION (#member, name##_steps) }; \
  static const struct hashcache__extent name = { \
    .kind = HASHCACHE__COUNTED, .n_dims = 1, .dims = name##_dims, .inner = (its_inner) \
  }
#define POINTER_FIELD(c_type, member, field_type, its_extent) \
  { \
    .name = #member, .type = (field_type), .offset = offsetof (c_type, member), .extent = (its_extent) \
  }

static const struct hashcache__type double_pointer_pointer = POINTER_TO (&double_pointer);
static const struct hashcache__type int_pointer = POINTER_TO (&int_type);
static const struct hashcache__parameter only_n[] = { { .name = "n", .type = &int_type, .role = HASHCACHE__IN } };
static const struct hashcache__extent one_pointer_to_n = { .kind = HASHCACHE__SINGLE, .inner = &n_elements };
static const struct hashcache__extent n_pointers_to_n = {
  .kind = HASHCACHE__COUNTED, .n_dims = 1, .dims = first_argument, .inner = &n_elements
};
static const struct hashcache__reference frees_references[] = {
  { .kind = HASHCACHE__LIBRARY, .name = "free", .place = "test_outcomes.c:1:1" }
};

/* What malloc has given out, with N doubles from FIRST on in it. */
static double *
new_doubles (int n, double first)
{
  double *memory = malloc ((size_t) n * sizeof *memory);

  for (int i = 0; memory && i < n; i++)
    memory[i] = first + i;
  return memory;
}

static void
assert_doubles (const double *memory, int n, double first)
{
  for (int i = 0; i < n; i++)
    assert_true (memory[i] == first + i);
}

/* What a call returns ------------------------------------------------------------------------------------------------- */

static const struct hashcache__node make_node = LEAF ("make", 1);
static struct hashcache__contract make_contract =
    CONTRACT ("make", &make_node, PARAMETERS (only_n), .returns = &double_pointer, .returned = &n_elements);

static void
a_returned_array_is_allocated_for_the_caller (void **state)
{
  (void) state;
  for (int i = 0; i < ROUNDS; i++) {
    double *array = (double *) 1;
    int n = 5;

    CALL (make_contract, &array, array = new_doubles (n, 0.5), &n);
    assert_doubles (array, 5, 0.5);
    array = realloc (array, 100 * sizeof *array); /* the program owns it */
    assert_non_null (array);
    array[99] = 1.0;
    free (array);
    assert_round (i);
  }
  assert_int_equal (bodies, 1);
}

static void
nothing_comes_back_as_nothing (void **state)
{
  (void) state;
  for (int i = 0; i < ROUNDS; i++) {
    double *array = (double *) 1;
    int n = 6;

    CALL (make_contract, &array, array = NULL, &n);
    assert_null (array);
    assert_round (i);
  }
  for (int i = 0; i < ROUNDS; i++) {
    double *array = (double *) 1;
    int n = 0;

    CALL (make_contract, &array, array = malloc (1), &n);
    assert_non_null (array); /* no elements, but memory */
    free (array);
    assert_round (i);
  }
  assert_int_equal (bodies, 2);
}

static void
memory_keeps_its_capacity_and_alignment (void **state)
{
  (void) state;
  for (int i = 0; i < ROUNDS; i++) {
    double *array = NULL;
    int n = 7;

    CALL (
        make_contract, &array,
        {
          assert_int_equal (posix_memalign ((void **) &array, 1024, 4000), 0);
          for (int k = 0; k < n; k++)
            array[k] = k;
        },
        &n);
    assert_doubles (array, 7, 0.0);
    assert_int_equal ((uintptr_t) array % 1024, 0);
    assert_true (malloc_usable_size (array) >= 4000);
    memset (array, 0, 4000);
    free (array);
    assert_round (i);
  }
}

static const struct hashcache__parameter find_parameters[] = {
  { .name = "n", .type = &int_type, .role = HASHCACHE__IN },
  { .name = "a", .type = &double_pointer, .role = HASHCACHE__IN, .extent = &n_elements }
};
static const struct hashcache__node find_node = LEAF ("find", 2);
static struct hashcache__contract find_contract =
    CONTRACT ("find", &find_node, PARAMETERS (find_parameters), .returns = &double_pointer, .returned = &one_element);

static void
a_pointer_into_an_argument_leads_into_that_of_each_call (void **state)
{
  (void) state;
  for (int i = 0; i < ROUNDS; i++) {
    double arrays[ROUNDS][4] = { { 0 } }, *a = arrays[i], *found = NULL;
    int n = 4;

    for (int k = 0; k < 4; k++)
      a[k] = k;
    CALL (find_contract, &found, found = &a[2], &n, &a);
    assert_ptr_equal (found, &arrays[i][2]);
    assert_round (i);
  }
}

/* What a call leaves in its arguments --------------------------------------------------------------------------------- */

static const struct hashcache__parameter allocate_parameters[] = { { .name = "n", .type = &int_type, .role = HASHCACHE__IN },
                                                                   { .name = "out",
                                                                     .type = &double_pointer_pointer,
                                                                     .role = HASHCACHE__OUT,
                                                                     .flags = HASHCACHE__ANNOTATED,
                                                                     .extent = &one_pointer_to_n } };
static const struct hashcache__node allocate_node = LEAF ("allocate", 3);
static struct hashcache__contract allocate_contract = CONTRACT ("allocate", &allocate_node, PARAMETERS (allocate_parameters));

static void
what_is_left_in_an_output_pointer_is_allocated (void **state)
{
  (void) state;
  for (int i = 0; i < ROUNDS; i++) {
    double *array = (double *) (uintptr_t) (0x1230 + i), **out = &array; /* what was there before is nobody's business */
    int n = 3;

    CALL (allocate_contract, NULL, *out = new_doubles (n, 2.5), &n, &out);
    assert_doubles (array, 3, 2.5);
    free (array);
    assert_round (i);
  }
  for (int i = 0; i < ROUNDS; i++) {
    double *array = (double *) (uintptr_t) (0x1230 + i), **out = &array;
    int n = 4;

    CALL (allocate_contract, NULL, *out = NULL, &n, &out);
    assert_null (array);
    assert_round (i);
  }
}

/* A struct with arrays, a string, and one that is not there. */
struct table {
  int n;
  double *x, *y; /* [n] */
  double *missing;
  char *name;
};

COUNTED_BY (table_extent, struct table, n, NULL);
static const struct hashcache__field table_fields[] = { FIELD (struct table, n, &int_type),
                                                        POINTER_FIELD (struct table, x, &double_pointer, &table_extent),
                                                        POINTER_FIELD (struct table, y, &double_pointer, &table_extent),
                                                        POINTER_FIELD (struct table, missing, &double_pointer, &table_extent),
                                                        POINTER_FIELD (struct table, name, &char_pointer, &one_string) };
static const struct hashcache__type table_type = STRUCT_TYPE (struct table, HASHCACHE__POINTERS, table_fields);
static const struct hashcache__node table_node = LEAF ("tabulate", 4);
static struct hashcache__contract table_contract =
    CONTRACT ("tabulate", &table_node, PARAMETERS (only_n), .returns = &table_type);

static struct table
new_table (int n, double *x, double *y, const char *name)
{
  return (struct table){ .n = n, .x = x, .y = y, .name = strdup (name) };
}

static void
a_returned_struct_brings_all_its_arrays (void **state)
{
  (void) state;
  for (int i = 0; i < ROUNDS; i++) {
    struct table table;
    int n = 6;

    memset (&table, 0x5a + i, sizeof table);
    CALL (table_contract, &table, table = new_table (n, new_doubles (n, 1.0), new_doubles (n, 10.0), "copper"), &n);
    assert_int_equal (table.n, 6);
    assert_doubles (table.x, 6, 1.0);
    assert_doubles (table.y, 6, 10.0);
    assert_null (table.missing);
    assert_string_equal (table.name, "copper");
    free (table.x);
    free (table.y);
    free (table.name);
    assert_round (i);
  }
  assert_int_equal (bodies, 1);
}

/* Two pointers to the same memory stay two pointers to the same memory. */
static void
a_shared_target_stays_shared (void **state)
{
  (void) state;
  for (int i = 0; i < ROUNDS; i++) {
    struct table table = { 0 };
    int n = 7;

    CALL (
        table_contract, &table,
        {
          table = new_table (n, new_doubles (n, 1.0), NULL, "");
          table.y = table.x;
        },
        &n);
    assert_ptr_equal (table.x, table.y);
    assert_doubles (table.x, 7, 1.0);
    free (table.x);
    free (table.name);
    assert_round (i);
  }
}

static const struct hashcache__node rows_node = LEAF ("rows", 5);
static struct hashcache__contract rows_contract =
    CONTRACT ("rows", &rows_node, PARAMETERS (only_n), .returns = &double_pointer_pointer, .returned = &n_pointers_to_n);

/* N rows of N numbers in one slab. */
static double **
new_rows (int n)
{
  double **rows = malloc ((size_t) n * sizeof *rows);

  rows[0] = new_doubles (n * n, 0.25);
  for (int k = 1; k < n; k++)
    rows[k] = rows[0] + k * n;
  return rows;
}

static void
rows_of_one_slab_stay_rows_of_one_slab (void **state)
{
  (void) state;
  for (int i = 0; i < ROUNDS; i++) {
    double **rows = NULL;
    int n = 4;

    CALL (rows_contract, &rows, rows = new_rows (n), &n);
    for (int k = 0; k < 4; k++)
      assert_ptr_equal (rows[k], rows[0] + 4 * k);
    assert_doubles (rows[0], 16, 0.25);
    free (rows[0]);
    free (rows);
    assert_round (i);
  }
}

static void
separate_rows_stay_separate_and_missing_ones_missing (void **state)
{
  (void) state;
  for (int i = 0; i < ROUNDS; i++) {
    double **rows = NULL;
    int n = 3;

    CALL (
        rows_contract, &rows,
        {
          rows = malloc ((size_t) n * sizeof *rows);
          rows[0] = new_doubles (n, 1.0);
          rows[1] = NULL;
          rows[2] = new_doubles (n, 3.0);
        },
        &n);
    assert_doubles (rows[0], 3, 1.0);
    assert_null (rows[1]);
    assert_doubles (rows[2], 3, 3.0);
    free (rows[0]);
    free (rows[2]);
    free (rows);
    assert_round (i);
  }
}

/* A slab, and rows that lead into it, both to be seen; whichever comes first. */
struct grid {
  int n, n_slab;
  double **rows; /* [n][n] */
  double *slab;  /* [n_slab] */
  double **again;
};

COUNTED_BY (grid_extent, struct grid, n, &n_elements);
COUNTED_BY (slab_extent, struct grid, n_slab, NULL);
static const struct hashcache__field grid_fields[] = { FIELD (struct grid, n, &int_type), FIELD (struct grid, n_slab, &int_type),
                                                       POINTER_FIELD (struct grid, rows, &double_pointer_pointer, &grid_extent),
                                                       POINTER_FIELD (struct grid, slab, &double_pointer, &slab_extent),
                                                       POINTER_FIELD (struct grid, again, &double_pointer_pointer,
                                                                      &grid_extent) };
static const struct hashcache__type grid_type = STRUCT_TYPE (struct grid, HASHCACHE__POINTERS, grid_fields);
static const struct hashcache__node grid_node = LEAF ("grid", 6);
static struct hashcache__contract grid_contract = CONTRACT ("grid", &grid_node, PARAMETERS (only_n), .returns = &grid_type);

/* The last rows first. */
static struct grid
new_grid (int n)
{
  struct grid grid = { .n = n, .n_slab = n * n, .rows = malloc ((size_t) n * sizeof *grid.rows) };

  grid.slab = new_doubles (n * n, 5.0);
  grid.again = grid.rows;
  for (int k = 0; k < n; k++)
    grid.rows[k] = grid.slab + (n - 1 - k) * n;
  return grid;
}

static void
slab_and_rows_are_the_same_memory (void **state)
{
  (void) state;
  for (int i = 0; i < ROUNDS; i++) {
    struct grid grid = { 0 };
    int n = 3;

    CALL (grid_contract, &grid, grid = new_grid (n), &n);
    assert_doubles (grid.slab, 9, 5.0);
    for (int k = 0; k < 3; k++)
      assert_ptr_equal (grid.rows[k], grid.slab + (2 - k) * 3);
    assert_ptr_equal (grid.again, grid.rows);
    free (grid.slab);
    free (grid.rows);
    assert_round (i);
  }
}

/* Rows that overlap in part are no content of one another. */
static void
rows_that_overlap_are_not_stored (void **state)
{
  (void) state;
  for (int i = 0; i < 2; i++) {
    double **rows = NULL;
    int n = 2;

    CALL (
        rows_contract, &rows,
        {
          rows = malloc ((size_t) n * sizeof *rows);
          rows[0] = new_doubles (3, 0.0);
          rows[1] = rows[0] + 1;
        },
        &n);
    free (rows[0]);
    free (rows);
    assert_counted (NOT_KEPT);
  }
}

/* Lists and circles --------------------------------------------------------------------------------------------------- */

struct node {
  struct node *next; /* SINGLE */
  int value;
};

static const struct hashcache__type node_type, node_pointer = POINTER_TO (&node_type);
static const struct hashcache__field node_fields[] = { POINTER_FIELD (struct node, next, &node_pointer, &one_element),
                                                       FIELD (struct node, value, &int_type) };
static const struct hashcache__type node_type = STRUCT_TYPE (struct node, HASHCACHE__POINTERS, node_fields);
static const struct hashcache__node ring_node = LEAF ("ring", 7);
static struct hashcache__contract ring_contract =
    CONTRACT ("ring", &ring_node, PARAMETERS (only_n), .returns = &node_pointer, .returned = &one_element);

/* N nodes that malloc has given out, the last of which leads to the first if CLOSED. */
static struct node *
new_nodes (int n, int closed)
{
  struct node *first = NULL, *last = NULL;

  for (int i = n - 1; i >= 0; i--) {
    struct node *node = malloc (sizeof *node);

    *node = (struct node){ first, i };
    last = last ? last : node;
    first = node;
  }
  if (last && closed)
    last->next = first;
  return first;
}

/* N nodes from FIRST on have the values 0, 1, 2, ..., and then comes END. Frees them. */
static void
assert_nodes (struct node *first, int n, const struct node *end)
{
  for (int i = 0; i < n; i++) {
    struct node *next = first->next;

    assert_int_equal (first->value, i);
    free (first);
    first = next;
  }
  assert_ptr_equal (first, end);
}

static void
a_circle_of_fresh_nodes_is_closed (void **state)
{
  (void) state;
  for (int i = 0; i < 2 * ROUNDS; i++) {
    struct node *ring = NULL;
    int n = 1 + 2 * (i / ROUNDS); /* one node that leads to itself; then three */

    CALL (ring_contract, &ring, ring = new_nodes (n, 1), &n);
    assert_nodes (ring, n, ring);
    assert_round (i % ROUNDS);
  }
}

enum { LONG_LIST = 300, VERY_LONG_LIST = 20000 };

static void
a_long_list_comes_back (void **state)
{
  (void) state;
  for (int i = 0; i < ROUNDS; i++) {
    struct node *list = NULL;
    int n = LONG_LIST;

    CALL (ring_contract, &list, list = new_nodes (n, 0), &n);
    assert_nodes (list, n, NULL);
    assert_round (i);
  }
}

/* In memory alone: an entry of so many pieces is another matter. */
static void
a_very_long_list_comes_back_from_memory (void **state)
{
  (void) state;
  assert_int_equal (hashcache_set ("MODE", "readonly"), HASHCACHE_OK);
  for (int i = 0; i < 2; i++) {
    struct node *list = NULL;
    int n = getenv ("UNDER_VALGRIND") ? LONG_LIST + 1 : VERY_LONG_LIST;

    CALL (ring_contract, &list, list = new_nodes (n, 0), &n);
    assert_nodes (list, n, NULL);
    assert_counted (i == 0 ? (struct expected){ .calls = 1, .computed = 1 } : IN_MEMORY);
  }
  assert_int_equal (hashcache_set ("MODE", NULL), HASHCACHE_OK);
}

static const struct hashcache__parameter turn_parameters[] = {
  { .name = "ring", .type = &node_pointer, .role = HASHCACHE__INOUT, .extent = &one_element }
};
static const struct hashcache__node turn_node = LEAF ("turn", 8);
static struct hashcache__contract turn_contract =
    CONTRACT ("turn", &turn_node, PARAMETERS (turn_parameters), .returns = &node_pointer, .returned = &one_element);

/* Nodes at other places each time. The last one's pointer comes to lead back to the second, and the third is the result. */
static void
a_circle_of_arguments_is_followed_and_may_be_changed (void **state)
{
  (void) state;
  for (int i = 0; i < ROUNDS; i++) {
    struct node nodes[ROUNDS + 3], *ring = &nodes[i], *result = NULL;

    for (int k = 0; k < 3; k++)
      ring[k] = (struct node){ &ring[(k + 1) % 3], k };
    CALL (
        turn_contract, &result,
        {
          for (int k = 0; k < 3; k++, ring = ring->next)
            ring->value += 10;
          ring->next->next->next = ring->next;
          result = ring->next->next;
        },
        &ring);
    ring = &nodes[i];
    for (int k = 0; k < 3; k++) {
      assert_int_equal (ring[k].value, 10 + k);
      assert_ptr_equal (ring[k].next, k < 2 ? &ring[k + 1] : &ring[1]);
    }
    assert_ptr_equal (result, &ring[2]);
    assert_round (i);
  }
  assert_int_equal (bodies, 1);
}

/* Circles of two and of four equal nodes look the same from within, step by step, but are not. */
static void
another_circle_is_another_key (void **state)
{
  struct node nodes[4], *ring = nodes, *result;

  (void) state;
  for (int n = 1; n <= 4; n++) {
    for (int k = 0; k < n; k++)
      nodes[k] = (struct node){ &nodes[(k + 1) % n], 77 };
    CALL (turn_contract, &result, result = ring, &ring);
    assert_ptr_equal (result, nodes);
    assert_counted (COMPUTED);
  }
}

/* Pointers among what was there -------------------------------------------------------------------------------------- */

struct pair {
  int n;
  double *a, *b; /* [n] */
};

COUNTED_BY (pair_extent, struct pair, n, NULL);
static const struct hashcache__field pair_fields[] = { FIELD (struct pair, n, &int_type),
                                                       POINTER_FIELD (struct pair, a, &double_pointer, &pair_extent),
                                                       POINTER_FIELD (struct pair, b, &double_pointer, &pair_extent) };
static const struct hashcache__type pair_type = STRUCT_TYPE (struct pair, HASHCACHE__POINTERS, pair_fields);
static const struct hashcache__type pair_pointer = POINTER_TO (&pair_type);
static const struct hashcache__parameter pair_parameters[] = {
  { .name = "pair", .type = &pair_pointer, .role = HASHCACHE__INOUT, .extent = &one_element }
};
static const struct hashcache__node swap_node = LEAF ("swap", 9);
static struct hashcache__contract swap_contract = CONTRACT ("swap", &swap_node, PARAMETERS (pair_parameters));

static void
swapped_pointers_are_swapped_by_a_hit (void **state)
{
  (void) state;
  for (int i = 0; i < ROUNDS; i++) {
    double first[2] = { 1.0, 2.0 }, second[2] = { 3.0, 4.0 };
    struct pair both = { 2, first, second }, *pair = &both;

    CALL (
        swap_contract, NULL,
        {
          double *kept = pair->a;

          pair->a = pair->b;
          pair->b = kept;
          pair->a[0] = 30.0;
          kept[1] = 20.0;
        },
        &pair);
    assert_ptr_equal (both.a, second);
    assert_ptr_equal (both.b, first);
    assert_true (first[0] == 1.0 && first[1] == 20.0 && second[0] == 30.0 && second[1] == 4.0);
    assert_round (i);
  }
}

static void
a_pointer_may_come_to_lead_to_memory_that_is_allocated (void **state)
{
  (void) state;
  for (int i = 0; i < ROUNDS; i++) {
    double first[3] = { 1.0, 2.0, 5.0 }, second[3] = { 3.0, 4.0, 5.0 };
    struct pair both = { 3, first, second }, *pair = &both;

    CALL (
        swap_contract, NULL,
        {
          pair->a[1] = 7.0; /* the caller still knows it by its own name */
          pair->a = new_doubles (3, 9.0);
        },
        &pair);
    assert_ptr_not_equal (both.a, first);
    assert_ptr_equal (both.b, second);
    assert_true (first[1] == 7.0);
    assert_doubles (both.a, 3, 9.0);
    free (both.a);
    assert_round (i);
  }
}

static const struct hashcache__node push_pair_node = LEAF ("push_pair", 17);
static struct hashcache__contract push_pair_contract = CONTRACT ("push_pair", &push_pair_node, PARAMETERS (pair_parameters));
static const struct hashcache__node fill_node = LEAF ("fill", 16);
static struct hashcache__contract fill_contract = CONTRACT ("fill", &fill_node, PARAMETERS (pair_parameters));

/* Room without elements, in the heap or anywhere: left alone, exchanged, and filled. */
static void
a_pointer_to_nothing_yet_keeps_its_value (void **state)
{
  (void) state;
  for (int i = 0; i < 3 * ROUNDS; i++) {
    double in_stack[4] = { 0 }, *first = new_doubles (4, 0.0), *second = i % 2 ? in_stack : new_doubles (4, 0.0);
    struct pair both = { 0, first, second }, *pair = &both;
    const int what = i / ROUNDS;

    if (what == 0)
      CALL (fill_contract, NULL, (void) pair, &pair);
    else if (what == 1)
      CALL (swap_contract, NULL, (pair->a = second, pair->b = first), &pair);
    else
      CALL (push_pair_contract, NULL, (pair->n = 1, pair->a[0] = 2.5, pair->b[0] = 3.5), &pair);
    assert_ptr_equal (both.a, what == 1 ? second : first);
    assert_ptr_equal (both.b, what == 1 ? first : second);
    assert_true (what != 2 || (both.n == 1 && first[0] == 2.5 && second[0] == 3.5));
    free (first);
    if (second != in_stack)
      free (second);
    assert_round (i % ROUNDS);
  }
}

/* Two arrays side by side: the end of one is the beginning of the other, here. Where they are apart it is another call. */
static void
a_pointer_between_two_arrays_is_where_the_call_has_put_it (void **state)
{
  (void) state;
  for (int i = 0; i < ROUNDS; i++) {
    double memory[16] = { 77.5 };
    struct pair both = { 4, memory, memory + 4 }, *pair = &both;

    CALL (fill_contract, NULL, (pair->n = 0, pair->a += 4), &pair);
    assert_ptr_equal (both.a, memory + 4);
    both = (struct pair){ 4, memory, memory + 8 };
    CALL (fill_contract, NULL, (pair->n = 0, pair->a += 4), &pair);
    assert_ptr_equal (both.a, memory + 4);
  }
}

static const struct hashcache__node replace_node = NODE ("replace", 10, frees_references);
static struct hashcache__contract replace_contract = CONTRACT ("replace", &replace_node, PARAMETERS (pair_parameters));

static int in_place;

/* What a hit did with the memory that the call has perhaps freed would be wrong either way. */
static void
a_replaced_pointer_is_not_stored_where_the_call_may_free (void **state)
{
  (void) state;
  for (int i = 0; i < 2; i++) {
    double second[1] = { 0 };
    struct pair both = { 1, new_doubles (1, 0.0), second }, *pair = &both;

    CALL (
        replace_contract, NULL,
        {
          double *kept = pair->a;

          pair->a = new_doubles (1, 9.0);
          free (kept);
        },
        &pair);
    free (both.a);
    assert_counted (NOT_KEPT);
  }
  for (int i = 0; i < ROUNDS; i++) { /* all is still within reach */
    double first[1] = { 1.0 }, second[1] = { 2.0 };
    struct pair both = { 1, first, second }, *pair = &both;

    CALL (replace_contract, NULL, (pair->a = second, pair->b = first), &pair);
    assert_ptr_equal (both.a, second);
    assert_ptr_equal (both.b, first);
    assert_round (i);
  }
}

/* As realloc does where there is room behind: the program believes that there is more memory now, but only after the call itself. */
static void
memory_that_has_grown_in_place_is_not_stored (void **state)
{
  (void) state;
  for (int i = 0; i < 2; i++) {
    double second[1] = { 0 }, *pieces[16], *place, *behind;
    struct pair both = { 1, NULL, second }, *pair = &both;
    size_t n = 0;

    do /* until one lies behind the other */
      pieces[n++] = malloc (60000);
    while (n < 2 || (n < LENGTH (pieces) && (uintptr_t) pieces[n - 1] - (uintptr_t) pieces[n - 2] > 60064));
    behind = pieces[--n];
    place = both.a = pieces[--n];

    place[0] = 3.25;
    CALL (
        replace_contract, NULL,
        {
          free (behind);
          pair->a = realloc (pair->a, 100000);
        },
        &pair);
    assert_true (both.a[0] == 3.25);
    if (both.a == place) /* not under a sanitizer: there it moves */
      in_place++;
    free (both.a);
    while (n > 0)
      free (pieces[--n]);
    assert_counted (NOT_KEPT);
  }
  assert_true (in_place > 0 || hashcache__heap () != HASHCACHE__HEAP_GLIBC);
}

/* How much there is may be all that the call looks at, by realloc. */
static void
room_that_is_left_is_part_of_the_key (void **state)
{
  static const size_t sizes[] = { 24, 2000 };

  (void) state;
  for (size_t i = 0; i < LENGTH (sizes); i++) {
    double second[1] = { 0 };
    struct pair both = { 1, malloc (sizes[i]), second }, *pair = &both;

    both.a[0] = 4.25;
    CALL (replace_contract, NULL, pair->b[0] = 1.0, &pair);
    free (both.a);
    assert_counted (COMPUTED);
  }
}

/* Some rows of an array of pointers are replaced, others stay, and one comes that was not there. */
static const struct hashcache__parameter mend_parameters[] = {
  { .name = "n", .type = &int_type, .role = HASHCACHE__IN },
  { .name = "rows", .type = &double_pointer_pointer, .role = HASHCACHE__INOUT, .extent = &n_pointers_to_n }
};
static const struct hashcache__node mend_node = LEAF ("mend", 15);
static struct hashcache__contract mend_contract = CONTRACT ("mend", &mend_node, PARAMETERS (mend_parameters));

static void
single_rows_may_be_replaced (void **state)
{
  (void) state;
  for (int i = 0; i < 2 * ROUNDS; i++) {
    double memory[3][3] = { { 1.0 }, { 2.0 }, { 3.0 } }, *list[3] = { memory[0], NULL, memory[2] }, **rows = list;
    int n = 3;
    const int all = i >= ROUNDS;

    if (all)
      list[1] = memory[1];
    CALL (
        mend_contract, NULL,
        {
          for (int k = 1 - all; k < 2 + all; k++)
            rows[k] = new_doubles (n, 10.0 * k);
          memory[2][1] = 4.0;
        },
        &n, &rows);
    for (int k = 0; k < 3; k++)
      if (all || k == 1) {
        assert_doubles (list[k], 3, 10.0 * k);
        free (list[k]);
      } else
        assert_ptr_equal (list[k], memory[k]);
    assert_true (memory[0][0] == 1.0 && memory[2][0] == 3.0 && memory[2][1] == 4.0);
    assert_round (i % ROUNDS);
  }
}

/* Flexible array members and counts that change ----------------------------------------------------------------------- */

struct flexible {
  int n, capacity;
  double values[]; /* [n] */
};

COUNTED_BY (flexible_extent, struct flexible, n, NULL);
static const struct hashcache__type flexible_values = {
  .kind = HASHCACHE__FLEXIBLE, .flags = HASHCACHE__POINTERS, .element = &double_type, .name = "double[]"
};
static const struct hashcache__field flexible_fields[] = {
  FIELD (struct flexible, n, &int_type), FIELD (struct flexible, capacity, &int_type),
  POINTER_FIELD (struct flexible, values, &flexible_values, &flexible_extent)
};
static const struct hashcache__type flexible_type = STRUCT_TYPE (struct flexible, HASHCACHE__POINTERS, flexible_fields);
static const struct hashcache__type flexible_pointer = POINTER_TO (&flexible_type);
static const struct hashcache__node flexible_node = LEAF ("flexible", 11);
static struct hashcache__contract flexible_contract =
    CONTRACT ("flexible", &flexible_node, PARAMETERS (only_n), .returns = &flexible_pointer, .returned = &one_element);

static struct flexible *
new_flexible (int n, int capacity)
{
  struct flexible *flexible = malloc (sizeof *flexible + (size_t) capacity * sizeof *flexible->values);

  flexible->n = n;
  flexible->capacity = capacity;
  for (int i = 0; i < n; i++)
    flexible->values[i] = i;
  return flexible;
}

static void
a_flexible_member_comes_with_its_struct (void **state)
{
  (void) state;
  for (int i = 0; i < ROUNDS; i++) {
    struct flexible *flexible = NULL;
    int n = 9;

    CALL (flexible_contract, &flexible, flexible = new_flexible (n, 12), &n);
    assert_int_equal (flexible->n, 9);
    assert_doubles (flexible->values, 9, 0.0);
    flexible->values[11] = 1.0;
    free (flexible);
    assert_round (i);
  }
}

static const struct hashcache__parameter push_parameters[] = {
  { .name = "list", .type = &flexible_pointer, .role = HASHCACHE__INOUT, .extent = &one_element }
};
static const struct hashcache__node push_node = LEAF ("push", 12);
static struct hashcache__contract push_contract = CONTRACT ("push", &push_node, PARAMETERS (push_parameters));

static void
a_count_may_grow_and_shrink (void **state)
{
  (void) state;
  for (int i = 0; i < ROUNDS; i++) {
    struct flexible *list = new_flexible (3, 5);

    list->values[3] = list->values[4] = -1.0 - i; /* not in the list yet */
    CALL (push_contract, NULL, (list->values[0] = 8.0, list->values[list->n++] = 3.5), &list);
    assert_int_equal (list->n, 4);
    assert_true (list->values[0] == 8.0 && list->values[2] == 2.0 && list->values[3] == 3.5 && list->values[4] == -1.0 - i);
    free (list);
    assert_round (i);
  }
  for (int i = 0; i < ROUNDS; i++) {
    struct flexible *list = new_flexible (4, 5);

    CALL (push_contract, NULL, (list->values[3] = 8.0, list->n = 1), &list);
    assert_int_equal (list->n, 1);
    assert_true (list->values[0] == 0.0 && list->values[2] == 2.0 && list->values[3] == 8.0);
    free (list);
    assert_round (i);
  }
}

static const struct hashcache__step left_steps[] = { { HASHCACHE__ARGUMENT, 0, NULL },
                                                     { HASHCACHE__LOAD_POINTER, 0, NULL },
                                                     { HASHCACHE__LOAD_INT, sizeof (int), NULL } };
static const struct hashcache__expression left_dims[] = { EXPRESSION ("*n", left_steps) };
static const struct hashcache__extent left_extent = COUNTED (left_dims);
static const struct hashcache__extent one_pointer_to_left = { .kind = HASHCACHE__SINGLE, .inner = &left_extent };
static const struct hashcache__parameter select_parameters[] = {
  { .name = "n", .type = &int_pointer, .role = HASHCACHE__OUT, .flags = HASHCACHE__ANNOTATED, .extent = &one_element },
  { .name = "buffer", .type = &double_pointer, .role = HASHCACHE__OUT, .flags = HASHCACHE__ANNOTATED, .extent = &left_extent },
  { .name = "list",
    .type = &double_pointer_pointer,
    .role = HASHCACHE__OUT,
    .flags = HASHCACHE__ANNOTATED,
    .extent = &one_pointer_to_left }
};
static const struct hashcache__node select_node = LEAF ("select", 13);
static struct hashcache__contract select_contract = CONTRACT ("select", &select_node, PARAMETERS (select_parameters));

/* How much of the caller's buffer is filled, and how much is allocated, is known only after the call. */
static void
a_late_count_says_how_much_was_filled (void **state)
{
  (void) state;
  for (int i = 0; i < ROUNDS; i++) {
    double buffer[8], *filled = buffer, *allocated = NULL, **list = &allocated;
    int n = -55 - i, *count = &n;

    for (int k = 0; k < 8; k++)
      buffer[k] = -1.0 - i;
    CALL (
        select_contract, NULL,
        {
          *count = 5;
          for (int k = 0; k < 5; k++)
            filled[k] = k;
          *list = new_doubles (5, 7.0);
        },
        &count, &filled, &list);
    assert_int_equal (n, 5);
    assert_doubles (buffer, 5, 0.0);
    assert_true (buffer[5] == -1.0 - i && buffer[7] == -1.0 - i);
    assert_doubles (allocated, 5, 7.0);
    free (allocated);
    assert_round (i);
  }
}

/* What cannot be given back ------------------------------------------------------------------------------------------- */

static const struct hashcache__node odd_node = LEAF ("odd", 14);
static struct hashcache__contract odd_contract =
    CONTRACT ("odd", &odd_node, PARAMETERS (only_n), .returns = &double_pointer, .returned = &n_elements);
static double in_static_memory[4];

static void
memory_that_malloc_has_not_given_out_is_not_stored (void **state)
{
  double *block = new_doubles (8, 0.0), on_the_stack[4] = { 0 };
  double *const rows[] = {
    block + 1, block + 2, block + 4, in_static_memory, in_static_memory + 2, on_the_stack, on_the_stack + 1
  };

  (void) state;
  for (size_t i = 0; i < LENGTH (rows); i++) {
    double *result = NULL;
    int n = 1;

    CALL (odd_contract, &result, result = rows[i], &n);
    assert_ptr_equal (result, rows[i]);
    assert_counted (NOT_KEPT);
  }
  free (block);
}

static void
a_count_beyond_what_was_allocated_is_not_stored (void **state)
{
  (void) state;
  for (int i = 0; i < 2; i++) {
    struct table table = { 0 };
    struct flexible *flexible = NULL;
    double *result = NULL;
    int n = 1000;

    CALL (odd_contract, &result, result = new_doubles (4, 0.0), &n);
    free (result);
    assert_counted (NOT_KEPT);
    CALL (table_contract, &table, table = new_table (n, new_doubles (4, 0.0), NULL, ""), &n);
    free (table.x);
    free (table.name);
    assert_counted (NOT_KEPT);
    CALL (
        flexible_contract, &flexible,
        {
          flexible = new_flexible (4, 4);
          flexible->n = n;
        },
        &n);
    free (flexible);
    assert_counted (NOT_KEPT);
    CALL (
        flexible_contract, &flexible,
        {
          flexible = new_flexible (4, 4);
          flexible->n = -1;
        },
        &n);
    free (flexible);
    assert_counted (NOT_KEPT);
  }
}

/* Words that no call has written ------------------------------------------------------------------------------------- */

/* Sizes that cannot be had are an answer like others. */
const char *__asan_default_options (void);

const char *
__asan_default_options (void)
{
  return "allocator_may_return_null=1";
}

/* How often words could have been those of a call whose memory lies otherwise. */
static int n_busy;

/* Whether the pointer at SLOT will be set. */
static int
is_set (const struct hashcache__outcome *outcome, const char *slot)
{
  for (size_t i = 0; i < outcome->n_settings; i++)
    if (outcome->settings[i].slot == slot)
      return 1;
  return 0;
}

/* Of an element of TYPE at ADDRESS, which is new: nobody has set its pointers before. */
static void
assert_pointers_are_set (const struct hashcache__outcome *outcome, const struct hashcache__type *type, const char *address)
{
  if (type->kind == HASHCACHE__POINTER)
    assert_true (is_set (outcome, address));
  for (uint64_t i = 0; type->kind == HASHCACHE__STRUCT && i < type->count; i++)
    if (type->fields[i].role != HASHCACHE__IGNORE)
      assert_pointers_are_set (outcome, type->fields[i].type, address + type->fields[i].offset);
}

/* Of a block whose content is that of another one. */
static void
assert_part_is_within (const struct hashcache__block *part, const struct hashcache__block *whole)
{
  assert_true (whole->of == 0);
  assert_true ((char *) part->address >= (char *) whole->address);
  assert_true ((char *) part->address + hashcache__span (part) <= (char *) whole->address + hashcache__span (whole));
}

/* Replays N WORDS for the call of OCCASION. If that is possible, everything that would be written in memory that is new is. Returns the
   error. */
static int
replay_is_safe (const struct hashcache__occasion *occasion, const uint64_t *words, size_t n)
{
  struct hashcache__blocks blocks = { 0 };
  struct hashcache__outcome outcome;
  char reason[HASHCACHE__REASON_SIZE];
  size_t firsts[4];
  int error;

  assert_int_equal (hashcache__unfold (occasion, &blocks, firsts, reason), 0);
  assert_int_equal (hashcache__outcome_begin (&outcome, &blocks), 0);
  error = hashcache__outcome_replay (&outcome, occasion, words, n);
  for (size_t i = outcome.n_before; !error && i < outcome.blocks->n; i++) {
    const struct hashcache__block *block = &outcome.blocks->items[i];

    if (hashcache__is_output (block) && !hashcache__leads_on (block->type))
      memset (block->address, 0, (size_t) (block->count * block->type->size));
    if (block->of)
      assert_part_is_within (block, &outcome.blocks->items[block->of - 1]);
    for (uint64_t k = 0; k < block->count; k++)
      assert_pointers_are_set (&outcome, block->type, (const char *) block->address + k * block->type->size);
  }
  n_busy += error == EBUSY;
  hashcache__outcome_take_back (&outcome);
  hashcache__outcome_end (&outcome);
  hashcache__free_blocks (&blocks);
  return error;
}

/* The words of the newest result in memory, each replaced by others; then too few and too many of them. */
static void
assert_words_do_no_harm (const struct hashcache__contract *contract, void *const *arguments, void *result)
{
  static const uint64_t others[] = { 0,
                                     1,
                                     2,
                                     3,
                                     4,
                                     5,
                                     7,
                                     8,
                                     16,
                                     31,
                                     32,
                                     64,
                                     1000,
                                     4096,
                                     100000,
                                     UINT64_C (1) << 32,
                                     UINT64_C (1) << 61,
                                     UINT64_C (1) << 62,
                                     INT64_MAX,
                                     UINT64_C (1) << 63,
                                     UINT64_MAX - 15,
                                     UINT64_MAX };
  const struct hashcache__occasion occasion = { .contract = contract, .arguments = arguments, .result = result };
  const struct hashcache__record *record = hashcache__memory.newest->record;
  const size_t n = record->n_words;
  uint64_t *words = calloc (n + 1, sizeof *words);
  size_t refused = 0;

  assert_non_null (words);
  memcpy (words, record->words, n * sizeof *words);
  assert_int_equal (replay_is_safe (&occasion, words, n), 0);
  for (size_t i = 0; i < n; i++) {
    for (size_t k = 0; k < LENGTH (others); k++) {
      words[i] = others[k];
      refused += replay_is_safe (&occasion, words, n) != 0;
    }
    for (int difference = -1; difference <= 1; difference += 2) {
      words[i] = record->words[i] + (uint64_t) difference;
      refused += replay_is_safe (&occasion, words, n) != 0;
    }
    words[i] = record->words[i];
  }
  assert_true (refused > n);
  for (size_t fewer = 0; fewer < n; fewer++)
    assert_int_equal (replay_is_safe (&occasion, words, fewer), EINVAL);
  assert_int_equal (replay_is_safe (&occasion, words, n + 1), EINVAL);
  free (words);
}

static void
hostile_words_do_no_harm (void **state)
{
  struct table table = { 0 };
  struct grid grid = { 0 };
  struct node *ring = NULL;
  struct flexible *flexible = NULL;
  double **rows = NULL;
  int n = 3;
  void *const arguments[] = { &n };

  (void) state;
  n_busy = 0;
  CALL (table_contract, &table, table = new_table (n, new_doubles (n, 1.0), NULL, "gold"), &n);
  table.y = table.x;
  free (table.x);
  free (table.name);
  assert_words_do_no_harm (&table_contract, arguments, &table);
  CALL (ring_contract, &ring, ring = new_nodes (n, 1), &n);
  assert_nodes (ring, n, ring);
  assert_words_do_no_harm (&ring_contract, arguments, &ring);
  CALL (flexible_contract, &flexible, flexible = new_flexible (n, 4), &n);
  free (flexible);
  assert_words_do_no_harm (&flexible_contract, arguments, &flexible);
  n = 2;
  CALL (grid_contract, &grid, grid = new_grid (n), &n);
  free (grid.slab);
  free (grid.rows);
  assert_words_do_no_harm (&grid_contract, arguments, &grid);
  CALL (rows_contract, &rows, rows = new_rows (n), &n);
  free (rows[0]);
  free (rows);
  assert_words_do_no_harm (&rows_contract, arguments, &rows);
  assert_int_equal (n_busy, 0); /* what is new overlaps by the words alone */
}

static void
hostile_words_about_arguments_do_no_harm (void **state)
{
  double first[2] = { 1.0, 2.0 }, second[2] = { 3.0, 4.5 };
  struct pair both = { 2, first, second }, *pair = &both;
  void *const arguments[] = { &pair };

  (void) state;
  CALL (swap_contract, NULL, (pair->b = first, pair->a = new_doubles (2, 0.0)), &pair);
  free (both.a);
  both = (struct pair){ 2, first, second };
  assert_words_do_no_harm (&swap_contract, arguments, NULL);
  assert_true (first[0] == 1.0 && second[1] == 4.5);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    SPECIFICATION (a_returned_array_is_allocated_for_the_caller),
    SPECIFICATION (nothing_comes_back_as_nothing),
    SPECIFICATION (memory_keeps_its_capacity_and_alignment),
    SPECIFICATION (a_pointer_into_an_argument_leads_into_that_of_each_call),
    SPECIFICATION (what_is_left_in_an_output_pointer_is_allocated),
    SPECIFICATION (a_returned_struct_brings_all_its_arrays),
    SPECIFICATION (a_shared_target_stays_shared),
    SPECIFICATION (rows_of_one_slab_stay_rows_of_one_slab),
    SPECIFICATION (separate_rows_stay_separate_and_missing_ones_missing),
    SPECIFICATION (slab_and_rows_are_the_same_memory),
    SPECIFICATION (rows_that_overlap_are_not_stored),
    SPECIFICATION (a_circle_of_fresh_nodes_is_closed),
    SPECIFICATION (a_long_list_comes_back),
    SPECIFICATION (a_very_long_list_comes_back_from_memory),
    SPECIFICATION (a_circle_of_arguments_is_followed_and_may_be_changed),
    SPECIFICATION (another_circle_is_another_key),
    SPECIFICATION (swapped_pointers_are_swapped_by_a_hit),
    SPECIFICATION (a_pointer_may_come_to_lead_to_memory_that_is_allocated),
    SPECIFICATION (a_pointer_to_nothing_yet_keeps_its_value),
    SPECIFICATION (a_pointer_between_two_arrays_is_where_the_call_has_put_it),
    SPECIFICATION (a_replaced_pointer_is_not_stored_where_the_call_may_free),
    SPECIFICATION (single_rows_may_be_replaced),
    SPECIFICATION (memory_that_has_grown_in_place_is_not_stored),
    SPECIFICATION (room_that_is_left_is_part_of_the_key),
    SPECIFICATION (a_flexible_member_comes_with_its_struct),
    SPECIFICATION (a_count_may_grow_and_shrink),
    SPECIFICATION (a_late_count_says_how_much_was_filled),
    SPECIFICATION (memory_that_malloc_has_not_given_out_is_not_stored),
    SPECIFICATION (a_count_beyond_what_was_allocated_is_not_stored),
    SPECIFICATION (hostile_words_do_no_harm),
    SPECIFICATION (hostile_words_about_arguments_do_no_harm),
  };

  return cmocka_run_group_tests (tests, make_scratch, remove_scratch);
}
