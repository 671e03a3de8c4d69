/* test_calls.c: a cached call cannot be told from the call it replaces.
   SPDX-License-Identifier: BSD-2-Clause

   Functions with wrappers and contracts as the plugin would make them. Each is called to be computed, then again to be found, in
   memory and in the store; what it returns, what it leaves in its arguments and in variables, and every counter are compared.
   What may not be kept is computed each time, and says why. */
#define _GNU_SOURCE /* feenableexcept */
#define HASHCACHE_IMPLEMENTATION
#include <hashcache.h>

#include "counted_calls.h"
#include <errno.h>
#include <fenv.h>
#include <math.h>

/* double power (int n, double x) */

static const struct hashcache__node power_node = LEAF ("power", 1);
static const struct hashcache__parameter power_parameters[] = { { .name = "n", .type = &int_type, .role = HASHCACHE__IN },
                                                                { .name = "x", .type = &double_type, .role = HASHCACHE__IN } };
static struct hashcache__contract power_contract = { .abi = HASHCACHE__ABI,
                                                     .n_parameters = 2,
                                                     .function = "power",
                                                     .source = "test_calls.c:1",
                                                     .compiler = "gcc",
                                                     .text = "double power (int n, double x)",
                                                     .parameters = power_parameters,
                                                     .returns = &double_type,
                                                     .node = &power_node };

static double
power (int n, double x)
{
  double result = 0.0;

  CALL (
      power_contract, &result,
      {
        errno = EDOM;
        result = pow (x, n);
      },
      &n, &x);
  return result;
}

static void
scalars_come_back_from_memory_and_from_the_store (void **state)
{
  (void) state;
  errno = 0;
  assert_true (power (3, 2.0) == 8.0);
  assert_int_equal (errno, EDOM); /* as the body left it */
  assert_counted (COMPUTED);
  errno = ENOENT;
  assert_true (power (3, 2.0) == 8.0);
  assert_int_equal (errno, ENOENT);
  assert_counted (IN_MEMORY);
  hashcache_drop_memory ();
  assert_true (power (3, 2.0) == 8.0);
  assert_int_equal (errno, ENOENT);
  assert_counted (IN_STORE);
  assert_true (power (3, 2.0) == 8.0);
  assert_counted (IN_MEMORY);
  assert_int_equal (bodies, 1);
}

static void
each_different_argument_is_another_call (void **state)
{
  (void) state;
  assert_true (power (2, 3.0) == 9.0);
  assert_counted (COMPUTED);
  assert_true (power (2, nextafter (3.0, 4.0)) > 9.0);
  assert_counted (COMPUTED);
  assert_true (power (1, 0.0) == 0.0 && !signbit (power (1, 0.0)));
  assert_counted ((struct expected){ .calls = 2, .computed = 1, .hits_memory = 1, .stored = 1 });
  assert_true (signbit (power (1, -0.0))); /* -0.0 == 0.0, but their results differ */
  assert_counted (COMPUTED);
  assert_true (isnan (power (1, NAN)) && isnan (power (1, NAN))); /* NAN != NAN, but it is the same argument */
  assert_counted ((struct expected){ .calls = 2, .computed = 1, .hits_memory = 1, .stored = 1 });
  assert_int_equal (bodies, 5);
}

static void
switched_off_the_body_runs (void **state)
{
  (void) state;
  assert_int_equal (hashcache_set ("MODE", "off"), HASHCACHE_OK);
  assert_true (power (5, 2.0) == 32.0);
  assert_counted (UNCACHED);
  assert_int_equal (hashcache_set ("MODE", NULL), HASHCACHE_OK);
  assert_true (power (5, 2.0) == 32.0);
  assert_counted (COMPUTED);
  assert_int_equal (bodies, 2);
}

/* int scale (int n, const double in[n], double out[n], double sum[1]): in, out and inout in one. */

static const struct hashcache__node scale_node = LEAF ("scale", 2);
static const struct hashcache__parameter scale_parameters[] = {
  { .name = "n", .type = &int_type, .role = HASHCACHE__IN },
  { .name = "in", .type = &double_pointer, .role = HASHCACHE__IN, .extent = &n_elements },
  { .name = "out", .type = &double_pointer, .role = HASHCACHE__OUT, .flags = HASHCACHE__ANNOTATED, .extent = &n_elements },
  { .name = "sum", .type = &double_pointer, .role = HASHCACHE__INOUT, .extent = &one_element }
};
static struct hashcache__contract scale_contract = { .abi = HASHCACHE__ABI,
                                                     .n_parameters = 4,
                                                     .function = "scale",
                                                     .source = "test_calls.c:2",
                                                     .compiler = "gcc",
                                                     .text = "int scale (...)",
                                                     .parameters = scale_parameters,
                                                     .returns = &int_type,
                                                     .node = &scale_node };

static int
scale (int n, const double *in, double *out, double *sum)
{
  int result = 0;

  CALL (
      scale_contract, &result,
      {
        for (int i = 0; i < n; i++) {
          out[i] = 2 * in[i];
          *sum += in[i];
        }
        result = n;
      },
      &n, &in, &out, &sum);
  return result;
}

static void
outputs_are_filled_and_inout_is_mutated_as_by_the_call (void **state)
{
  const double in[3] = { 1.0, 2.0, 3.0 };
  double out[3] = { 7.0, 7.0, 7.0 }, sum = 10.0;

  (void) state;
  for (int i = 0; i < 3; i++) {
    out[0] = out[1] = out[2] = -1.0 - i;
    sum = 10.0;
    assert_int_equal (scale (3, in, out, &sum), 3);
    assert_true (out[0] == 2.0 && out[1] == 4.0 && out[2] == 6.0 && sum == 16.0);
    assert_counted (i == 0 ? COMPUTED : i == 1 ? IN_MEMORY : IN_STORE);
    if (i == 1)
      hashcache_drop_memory ();
  }
  assert_int_equal (scale (3, in, out, &sum), 3); /* the sum before is another one now */
  assert_true (sum == 22.0);
  assert_counted (COMPUTED);
  assert_int_equal (bodies, 2);
}

static void
no_elements_and_null_are_arguments_too (void **state)
{
  double out[1] = { 5.0 }, sum = 1.0;

  (void) state;
  for (int i = 0; i < 2; i++) {
    assert_int_equal (scale (0, NULL, out, &sum), 0);
    assert_true (out[0] == 5.0 && sum == 1.0);
    assert_counted (i == 0 ? COMPUTED : IN_MEMORY);
  }
  assert_int_equal (scale (0, out, NULL, &sum), 0); /* what is null matters, even where there is nothing */
  assert_counted (COMPUTED);
  hashcache_drop_memory ();
  assert_int_equal (scale (0, out, NULL, &sum), 0);
  assert_counted (IN_STORE);
  assert_int_equal (bodies, 2);
}

static void
overlapping_arguments_are_computed (void **state)
{
  double values[5] = { 1.0, 2.0, 3.0, 4.0, 5.0 }, sum = 0.0;

  (void) state;
  for (int i = 0; i < 2; i++) {
    scale (3, values, values + 2, &sum);
    assert_counted (UNCACHED);
  }
  assert_int_equal (bodies, 2);
  scale (2, values, values + 2, &sum); /* side by side is no overlap */
  assert_counted (COMPUTED);
}

/* The sum is an element of the input: the whole array is both. */
static void
an_output_within_an_input_is_both (void **state)
{
  double out[2], sum = 1.5;

  (void) state;
  for (int i = 0; i < 3; i++) {
    double values[3] = { 1.0, 2.0, 77.0 + i };

    out[0] = out[1] = -1.0 - i;
    assert_int_equal (scale (2, values, out, &values[1]), 2);
    assert_true (values[0] == 1.0 && values[1] == 6.0 && out[0] == 2.0 && out[1] == 6.0);
    assert_true (values[2] == 77.0 + i);
    assert_counted (i == 0 ? COMPUTED : i == 1 ? IN_MEMORY : IN_STORE);
    if (i == 1)
      hashcache_drop_memory ();
  }
  for (int i = 0; i < 2; i++) {
    double values[2] = { 1.0, 1.5 };

    sum = 1.5;
    scale (2, values, out, i == 0 ? &sum : &values[1]); /* with the same values, but apart, it is another call */
    assert_true (sum == (i == 0 ? 4.0 : 1.5) && out[1] == (i == 0 ? 3.0 : 5.0));
    assert_counted (COMPUTED);
  }
  assert_int_equal (bodies, 3);
}

static void
a_negative_count_is_computed (void **state)
{
  const double in[1] = { 1.0 };
  double out[1], sum = 3.0;

  (void) state;
  assert_int_equal (scale (-1, in, out, &sum), -1);
  assert_true (sum == 3.0);
  assert_counted (UNCACHED);
  assert_int_equal (bodies, 1);
}

/* double touch (int n, const double in[n]) writes to its input nevertheless. */

static const struct hashcache__node touch_node = LEAF ("touch", 3);
static struct hashcache__contract touch_contract = { .abi = HASHCACHE__ABI,
                                                     .n_parameters = 2,
                                                     .function = "touch",
                                                     .source = "test_calls.c:3",
                                                     .compiler = "gcc",
                                                     .text = "double touch (...)",
                                                     .parameters = scale_parameters,
                                                     .returns = &double_type,
                                                     .node = &touch_node };

static double
touch (int n, double *in)
{
  double result = 0.0;

  CALL (touch_contract, &result, result = in[0]++, &n, &in);
  return result;
}

static void
a_changed_input_is_not_stored (void **state)
{
  double in[2] = { 1.0, 2.0 };

  (void) state;
  assert_true (touch (2, in) == 1.0);
  assert_counted (NOT_KEPT);
  in[0] = 1.0;
  assert_true (touch (2, in) == 1.0);
  assert_true (in[0] == 2.0);
  assert_counted (NOT_KEPT);
  assert_int_equal (bodies, 2);
}

/* double weigh (struct body *body HASHCACHE_IN): a struct with padding, an ignored field, a nested struct and pointers. */

struct shape {
  const double *radii;
  int n_radii;
};

struct body {
  char letter;
  double mass;
  long *calls; /* ignored */
  int n;
  double *points; /* [n][2] */
  const char *label;
  struct shape shape;
};

static const struct hashcache__step points_n_steps[] = { { HASHCACHE__BASE, 0, NULL },
                                                         { HASHCACHE__OFFSET, offsetof (struct body, n), NULL },
                                                         { HASHCACHE__LOAD_INT, sizeof (int), NULL } };
static const struct hashcache__step two_steps[] = { { HASHCACHE__PUSH, 2, NULL } };
static const struct hashcache__expression points_dims[] = { EXPRESSION ("n", points_n_steps), EXPRESSION ("2", two_steps) };
static const struct hashcache__extent points_extent = COUNTED (points_dims);
static const struct hashcache__step radii_n_steps[] = { { HASHCACHE__BASE, 0, NULL },
                                                        { HASHCACHE__OFFSET, offsetof (struct shape, n_radii), NULL },
                                                        { HASHCACHE__LOAD_INT, sizeof (int), NULL } };
static const struct hashcache__expression radii_dims[] = { EXPRESSION ("n_radii", radii_n_steps) };
static const struct hashcache__extent radii_extent = COUNTED (radii_dims);
static const struct hashcache__field shape_fields[] = {
  { .name = "radii", .type = &double_pointer, .offset = offsetof (struct shape, radii), .extent = &radii_extent },
  FIELD (struct shape, n_radii, &int_type)
};
static const struct hashcache__type shape_type = STRUCT_TYPE (struct shape, HASHCACHE__POINTERS, shape_fields);
static const struct hashcache__field body_fields[] = {
  FIELD (struct body, letter, &char_type),
  FIELD (struct body, mass, &double_type),
  { .name = "calls", .type = &double_pointer, .offset = offsetof (struct body, calls), .role = HASHCACHE__IGNORE },
  FIELD (struct body, n, &int_type),
  { .name = "points", .type = &double_pointer, .offset = offsetof (struct body, points), .extent = &points_extent },
  { .name = "label", .type = &char_pointer, .offset = offsetof (struct body, label), .extent = &one_string },
  FIELD (struct body, shape, &shape_type)
};
static const struct hashcache__type body_type = STRUCT_TYPE (struct body, HASHCACHE__POINTERS, body_fields);
static const struct hashcache__type body_pointer = POINTER_TO (&body_type);
static const struct hashcache__node weigh_node = LEAF ("weigh", 4);
static const struct hashcache__parameter weigh_parameters[] = {
  { .name = "body", .type = &body_pointer, .role = HASHCACHE__INOUT, .extent = &one_element }
};
static struct hashcache__contract weigh_contract = { .abi = HASHCACHE__ABI,
                                                     .n_parameters = 1,
                                                     .function = "weigh",
                                                     .source = "test_calls.c:4",
                                                     .compiler = "gcc",
                                                     .text = "double weigh (struct body *)",
                                                     .parameters = weigh_parameters,
                                                     .returns = &double_type,
                                                     .node = &weigh_node };

static double
weigh (struct body *body)
{
  double result = 0.0;

  CALL (
      weigh_contract, &result,
      {
        ++*body->calls;
        for (int i = 0; i < 2 * body->n; i++) {
          result += body->points[i] * body->shape.radii[0];
          body->points[i] += 0.5;
        }
        body->mass += (double) strlen (body->label);
      },
      &body);
  return result;
}

static struct body
make_body (unsigned char padding, double *points, const char *label, const double *radii, long *calls)
{
  struct body body;

  memset (&body, padding, sizeof body);
  body.letter = 'b';
  body.mass = 1.5;
  body.calls = calls;
  body.n = 2;
  body.points = points;
  body.label = label;
  body.shape.radii = radii;
  body.shape.n_radii = 1;
  for (int i = 0; i < 4; i++)
    points[i] = i;
  return body;
}

static void
structs_are_known_by_what_they_mean_not_by_their_bytes (void **state)
{
  /* Larger than they count for: which arrays touch is part of the key. */
  const double radii[2] = { 2.0 }, same_radii[2] = { 2.0 };
  const char label[] = "one", same_label[] = "one";
  double points[6], other_points[6];
  long calls = 0, other_calls = 100;
  struct body body = make_body (0, points, label, radii, &calls);

  (void) state;
  assert_true (weigh (&body) == 12.0);
  assert_counted (COMPUTED);
  for (int i = 0; i < 2; i++) {
    struct body other = make_body (0xff, other_points, same_label, same_radii, &other_calls);

    assert_true (weigh (&other) == 12.0);
    assert_counted (i == 0 ? IN_MEMORY : IN_STORE);
    assert_memory_equal (other_points, points, 4 * sizeof *points);
    assert_true (other.mass == 4.5 && other.n == 2 && other.letter == 'b');
    assert_true (other.points == other_points && other.label == same_label && other.calls == &other_calls
                 && other.shape.radii == same_radii);
    assert_int_equal (((unsigned char *) &other)[1], 0xff); /* padding is nobody's business */
    hashcache_drop_memory ();
  }
  assert_int_equal (other_calls, 100);
  assert_int_equal (bodies, 1);
}

static void
everything_a_struct_leads_to_is_in_the_key (void **state)
{
  /* Larger than they count for: which arrays touch is part of the key. */
  const double radii[2] = { 2.0 }, larger[2] = { 2.5 };
  double points[6];
  long calls = 0;
  struct body body = make_body (0, points, "one", radii, &calls);

  (void) state;
  weigh (&body); /* found: the test above computed it */
  assert_counted (IN_STORE);
  body = make_body (0, points, "two", radii, &calls);
  weigh (&body);
  assert_counted (COMPUTED);
  body = make_body (0, points, "one", larger, &calls);
  weigh (&body);
  assert_counted (COMPUTED);
  body = make_body (0, points, "one", radii, &calls);
  points[3] = 8.0;
  weigh (&body);
  assert_counted (COMPUTED);
  body = make_body (0, points, "one", radii, &calls);
  body.letter = 'c';
  weigh (&body);
  assert_counted (COMPUTED);
  body = make_body (0, points, "one", radii, &calls);
  body.n = 1;
  weigh (&body);
  assert_counted (COMPUTED);
}

/* A call that moves a pointer leaves something that a hit could not restore. */

static const struct hashcache__node move_node = LEAF ("move", 5);
static struct hashcache__contract move_contract = { .abi = HASHCACHE__ABI,
                                                    .n_parameters = 1,
                                                    .function = "move",
                                                    .source = "test_calls.c:5",
                                                    .compiler = "gcc",
                                                    .text = "void move (struct body *)",
                                                    .parameters = weigh_parameters,
                                                    .node = &move_node };

static void
a_moved_pointer_is_not_stored (void **state)
{
  const double radii[1] = { 2.0 };
  double points[4], elsewhere[4] = { 0 };
  long calls = 0;

  (void) state;
  for (int i = 0; i < 2; i++) {
    struct body body = make_body (0, points, "one", radii, &calls), *pointer = &body;

    CALL (move_contract, NULL, pointer->points = elsewhere, &pointer);
    assert_true (body.points == elsewhere);
    assert_counted (NOT_KEPT);
    body = make_body (0, points, "one", radii, &calls);
    CALL (move_contract, NULL, pointer->shape.radii = points + 4, &pointer); /* where no memory need be */
    assert_counted (NOT_KEPT);
  }
  assert_int_equal (bodies, 4);
}

/* What lies behind the end by then was within it before, and may have changed as well. */
static void
a_smaller_count_comes_back_with_all_there_was (void **state)
{
  const double radii[1] = { 2.0 };
  long calls = 0;

  (void) state;
  for (int i = 0; i < 3; i++) {
    double points[4];
    struct body body = make_body (0, points, "two", radii, &calls), *pointer = &body;

    CALL (
        move_contract, NULL,
        {
          pointer->points[3] = 9.5;
          pointer->n = 1;
        },
        &pointer);
    assert_true (body.n == 1 && body.points == points);
    assert_true (points[0] == 0.0 && points[1] == 1.0 && points[2] == 2.0 && points[3] == 9.5);
    assert_counted (i == 0 ? COMPUTED : i == 1 ? IN_MEMORY : IN_STORE);
    if (i == 1)
      hashcache_drop_memory ();
  }
  assert_int_equal (bodies, 1);
}

/* One call that cannot be kept does not take their claims from all later ones. */

static void
a_call_that_can_be_stored_brings_claims_back (void **state)
{
  const struct hashcache__flight *claim_of_body = NULL;
  const double radii[1] = { 2.0 };
  double points[4] = { 0 }, elsewhere[4];
  long calls = 0;

  (void) state;
  for (int i = 0; i < 3; i++) {
    struct body body = make_body (0, points, "three", radii, &calls), *pointer = &body;

    body.letter = (char) ('f' + i);
    CALL (
        move_contract, NULL,
        {
          claim_of_body = hashcache__flights.first;
          if (i == 0)
            pointer->points = elsewhere;
        },
        &pointer);
    if (i == 1)
      assert_null (claim_of_body); /* nobody need wait for such a function */
    else if (i == 2)
      assert_non_null (claim_of_body);
    assert_counted (i == 0 ? NOT_KEPT : COMPUTED);
  }
}

/* int tick (int n) reads and writes globals. */

static double rate = 2.0;
static int ticks = 0;
static double *series;
static int n_series;

static const struct hashcache__step series_steps[] = { { HASHCACHE__ADDRESS, 0, &n_series },
                                                       { HASHCACHE__LOAD_INT, sizeof (int), NULL } };
static const struct hashcache__expression series_dims[] = { EXPRESSION ("n_series", series_steps) };
static const struct hashcache__extent series_extent = COUNTED (series_dims);
static const struct hashcache__variable rate_variable = {
  .abi = HASHCACHE__ABI, .name = "rate", .type = &double_type, .address = &rate
};
static const struct hashcache__variable ticks_variable = {
  .abi = HASHCACHE__ABI, .name = "ticks", .type = &int_type, .address = &ticks
};
static const struct hashcache__variable series_variable = {
  .abi = HASHCACHE__ABI, .name = "series", .type = &double_pointer, .extent = &series_extent, .address = &series
};
static const struct hashcache__reference tick_references[] = {
  { .kind = HASHCACHE__VARIABLE, .flags = HASHCACHE__READ, .name = "rate", .target = &rate_variable },
  { .kind = HASHCACHE__VARIABLE, .flags = HASHCACHE__READ | HASHCACHE__WRITTEN, .name = "ticks", .target = &ticks_variable },
  { .kind = HASHCACHE__VARIABLE, .flags = HASHCACHE__READ, .name = "series", .target = &series_variable }
};
static const struct hashcache__node tick_node = NODE ("tick", 6, tick_references);
static struct hashcache__contract tick_contract = { .abi = HASHCACHE__ABI,
                                                    .n_parameters = 1,
                                                    .function = "tick",
                                                    .source = "test_calls.c:6",
                                                    .compiler = "gcc",
                                                    .text = "double tick (int n)",
                                                    .parameters = scale_parameters,
                                                    .returns = &double_type,
                                                    .node = &tick_node };

static double
tick (int n)
{
  double result = 0.0;

  CALL (
      tick_contract, &result,
      {
        ticks += n;
        result = rate * n;
        for (int i = 0; i < n_series; i++)
          series[i] += result;
      },
      &n);
  return result;
}

static void
globals_are_inputs_and_outputs (void **state)
{
  double memory[2] = { 1.0, 2.0 };

  (void) state;
  series = memory;
  n_series = 2;
  assert_true (tick (3) == 6.0);
  assert_counted (COMPUTED);
  assert_true (ticks == 3 && memory[0] == 7.0 && memory[1] == 8.0);
  for (int i = 0; i < 2; i++) {
    ticks = 0;
    memory[0] = 1.0;
    memory[1] = 2.0;
    assert_true (tick (3) == 6.0);
    assert_counted (i == 0 ? IN_MEMORY : IN_STORE);
    assert_true (ticks == 3 && memory[0] == 7.0 && memory[1] == 8.0);
    hashcache_drop_memory ();
  }
  ticks = 0;
  memory[0] = 1.0;
  memory[1] = 2.0;
  rate = 3.0;
  assert_true (tick (3) == 9.0); /* a changed global, a new result */
  assert_counted (COMPUTED);
  ticks = 0;
  memory[0] = 1.0;
  memory[1] = 2.0;
  rate = 2.0;
  assert_true (tick (3) == 6.0); /* and back, the old one */
  assert_counted (IN_STORE);
  assert_int_equal (bodies, 2);
}

/* int factorial (int n) calls itself through the cache. */

static const struct hashcache__node factorial_node;
static const struct hashcache__reference factorial_references[] = {
  { .kind = HASHCACHE__CALL, .name = "factorial", .target = &factorial_node }
};
static const struct hashcache__node factorial_node = NODE ("factorial", 7, factorial_references);
static struct hashcache__contract factorial_contract = { .abi = HASHCACHE__ABI,
                                                         .n_parameters = 1,
                                                         .function = "factorial",
                                                         .source = "test_calls.c:7",
                                                         .compiler = "gcc",
                                                         .text = "int factorial (int n)",
                                                         .parameters = scale_parameters,
                                                         .returns = &int_type,
                                                         .node = &factorial_node };

static int
factorial (int n)
{
  int result = 0;

  CALL (factorial_contract, &result, result = n < 2 ? 1 : n * factorial (n - 1), &n);
  return result;
}

static void
recursion_is_cached_at_each_depth (void **state)
{
  (void) state;
  assert_int_equal (factorial (5), 120);
  assert_counted ((struct expected){ .calls = 5, .computed = 5, .stored = 5 });
  assert_int_equal (factorial (6), 720);
  assert_counted ((struct expected){ .calls = 2, .computed = 1, .stored = 1, .hits_memory = 1 });
  assert_int_equal (bodies, 6);
}

/* Must come first: HDF5 does most on its first use. */
static void
a_program_that_traps_arithmetic_gets_no_trap_of_ours (void **state)
{
  const int trapped = FE_DIVBYZERO | FE_INVALID | FE_OVERFLOW;
  int enabled = 0;

  (void) state, (void) enabled;
  feclearexcept (FE_ALL_EXCEPT);
#ifdef __GLIBC__
  feenableexcept (trapped);
  enabled = fegetexcept (); /* none under valgrind */
#endif
  assert_int_equal (factorial (-3), 1);
  assert_int_equal (factorial (-3), 1);
#ifdef __GLIBC__
  assert_int_equal (fegetexcept (), enabled);
  fedisableexcept (trapped);
#endif
  assert_int_equal (fetestexcept (trapped | FE_UNDERFLOW), 0);
  assert_counted ((struct expected){ .calls = 2, .computed = 1, .stored = 1, .hits_memory = 1 });
}

/* A function that calls itself with the same key (it counts down in an ignored argument) must not wait for itself. */

static const struct hashcache__node dive_node = LEAF ("dive", 8);
static const struct hashcache__parameter dive_parameters[] = { { .name = "depth", .role = HASHCACHE__IGNORE } };
static struct hashcache__contract dive_contract = { .abi = HASHCACHE__ABI,
                                                    .n_parameters = 1,
                                                    .function = "dive",
                                                    .source = "test_calls.c:8",
                                                    .compiler = "gcc",
                                                    .text = "int dive (int depth)",
                                                    .parameters = dive_parameters,
                                                    .returns = &int_type,
                                                    .node = &dive_node };

static int
dive (int depth)
{
  int result = 0;

  CALL (dive_contract, &result, result = depth == 0 ? 17 : dive (depth - 1), &depth);
  return result;
}

static void
a_call_never_waits_for_itself (void **state)
{
  (void) state;
  assert_int_equal (dive (3), 17);
  assert_int_equal (bodies, 4);
  assert_counted ((struct expected){ .calls = 4, .computed = 4, .stored = 1 });
  assert_int_equal (dive (9), 17);
  assert_counted (IN_MEMORY);
}

/* What the graph forbids. */

static const struct hashcache__reference stranger_references[] = {
  { .kind = HASHCACHE__CALL, .name = "stranger", .place = "test_calls.c:9:9" }
};
static const struct hashcache__node stranger_node = NODE ("calls_stranger", 9, stranger_references);
static struct hashcache__contract stranger_contract = { .abi = HASHCACHE__ABI,
                                                        .function = "calls_stranger",
                                                        .source = "test_calls.c:9",
                                                        .compiler = "gcc",
                                                        .text = "int calls_stranger (void)",
                                                        .returns = &int_type,
                                                        .node = &stranger_node };

static void
what_cannot_be_followed_is_computed_each_time (void **state)
{
  void *const none[] = { NULL };
  int result = 0;

  (void) state;
  for (int i = 0; i < 3; i++) {
    struct hashcache__frame frame = { .contract = &stranger_contract, .arguments = none, .result = &result };

    while (HASHCACHE__RUN (&frame))
      result = bodies++;
    assert_int_equal (result, i);
    assert_counted (UNCACHED);
  }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    SPECIFICATION (a_program_that_traps_arithmetic_gets_no_trap_of_ours),
    SPECIFICATION (scalars_come_back_from_memory_and_from_the_store),
    SPECIFICATION (each_different_argument_is_another_call),
    SPECIFICATION (switched_off_the_body_runs),
    SPECIFICATION (outputs_are_filled_and_inout_is_mutated_as_by_the_call),
    SPECIFICATION (no_elements_and_null_are_arguments_too),
    SPECIFICATION (overlapping_arguments_are_computed),
    SPECIFICATION (an_output_within_an_input_is_both),
    SPECIFICATION (a_negative_count_is_computed),
    SPECIFICATION (a_changed_input_is_not_stored),
    SPECIFICATION (structs_are_known_by_what_they_mean_not_by_their_bytes),
    SPECIFICATION (everything_a_struct_leads_to_is_in_the_key),
    SPECIFICATION (a_moved_pointer_is_not_stored),
    SPECIFICATION (a_smaller_count_comes_back_with_all_there_was),
    SPECIFICATION (a_call_that_can_be_stored_brings_claims_back),
    SPECIFICATION (globals_are_inputs_and_outputs),
    SPECIFICATION (recursion_is_cached_at_each_depth),
    SPECIFICATION (a_call_never_waits_for_itself),
    SPECIFICATION (what_cannot_be_followed_is_computed_each_time),
  };

  return cmocka_run_group_tests (tests, make_scratch, remove_scratch);
}
