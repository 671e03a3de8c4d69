/* test_call_graph.c: the digest of the code follows what functions mean and how they call each other, not what they are called.
   SPDX-License-Identifier: BSD-2-Clause

   Graphs are tables written by hand: long chains, circles entered from both sides, the same variable from many places; and each
   thing that forbids caching is found however deep it is, with the calls that lead there. */
#define _XOPEN_SOURCE 700
#define HASHCACHE_IMPLEMENTATION
#include <hashcache.h>

#include "contracts.h"

static struct hashcache__graph *
graph_of (const struct hashcache__node *node)
{
  const struct hashcache__contract contract = { .abi = HASHCACHE__ABI, .function = "f", .source = "test.c:1", .node = node };
  struct hashcache__graph *graph = hashcache__make_graph (&contract, NULL, 0);

  assert_non_null (graph);
  return graph;
}

static struct hashcache__digest
code_of (const struct hashcache__node *node)
{
  struct hashcache__graph *graph = graph_of (node);
  const struct hashcache__digest code = graph->code;

  assert_null (graph->reason);
  hashcache__free_graph (graph);
  return code;
}

static void
assert_same (struct hashcache__digest a, struct hashcache__digest b)
{
  assert_memory_equal (a.bytes, b.bytes, sizeof a.bytes);
}

static void
assert_different (struct hashcache__digest a, struct hashcache__digest b)
{
  assert_memory_not_equal (a.bytes, b.bytes, sizeof a.bytes);
}

#define CALLS(callee) \
  { \
    .kind = HASHCACHE__CALL, .name = "callee", .place = "test.c:7:3", .target = (callee) \
  }

static void
names_and_places_do_not_matter_bodies_do (void **state)
{
  struct hashcache__node a = LEAF ("a", 1), b = LEAF ("b", 1), c = LEAF ("a", 2);

  (void) state;
  b.place = "elsewhere.c:9:9";
  assert_same (code_of (&a), code_of (&b));
  assert_different (code_of (&a), code_of (&c));
}

static void
who_calls_whom_matters (void **state)
{
  const struct hashcache__node x = LEAF ("x", 1), y = LEAF ("y", 2);
  const struct hashcache__reference xy[] = { CALLS (&x), CALLS (&y) }, yx[] = { CALLS (&y), CALLS (&x) },
                                    xx[] = { CALLS (&x), CALLS (&x) };
  const struct hashcache__reference only_y[] = { CALLS (&y) }, only_x[] = { CALLS (&x) };
  const struct hashcache__node f_xy = NODE ("f", 9, xy), f_yx = NODE ("f", 9, yx), f_xx = NODE ("f", 9, xx);
  const struct hashcache__node x_calls_y = NODE ("x", 1, only_y);
  const struct hashcache__reference x_then_y[] = { CALLS (&x_calls_y) };
  const struct hashcache__node nested = NODE ("f", 9, x_then_y), flat = NODE ("f", 9, only_x);

  (void) state;
  assert_different (code_of (&f_xy), code_of (&f_yx));
  assert_different (code_of (&f_xy), code_of (&f_xx));
  assert_different (code_of (&nested), code_of (&flat));
  assert_different (code_of (&nested), code_of (&f_xy)); /* the same bodies in the same order, called from elsewhere */
}

/* even and odd call each other, and themselves through each other. */
static void
circles_have_a_digest_from_either_side (void **state)
{
  static struct hashcache__node even, odd, even_2, odd_2;
  static const struct hashcache__reference to_odd[] = { CALLS (&odd) }, to_even[] = { CALLS (&even) };
  static const struct hashcache__reference to_odd_2[] = { CALLS (&odd_2) }, to_even_2[] = { CALLS (&even_2) };

  (void) state;
  even = (struct hashcache__node) NODE ("even", 1, to_odd);
  odd = (struct hashcache__node) NODE ("odd", 2, to_even);
  even_2 = (struct hashcache__node) NODE ("gerade", 1, to_odd_2);
  odd_2 = (struct hashcache__node) NODE ("ungerade", 2, to_even_2);
  assert_different (code_of (&even), code_of (&odd));
  for (int i = 0; i < 3; i++) { /* whichever was asked for first */
    assert_same (code_of (&odd), code_of (&odd_2));
    assert_same (code_of (&even), code_of (&even_2));
  }
  odd_2.digest[15] = 1;
  assert_different (code_of (&even), code_of (&even_2));
  assert_different (code_of (&odd), code_of (&odd_2));
}

static void
a_very_deep_chain_needs_no_deep_stack (void **state)
{
  enum { DEPTH = 100000 };
  struct hashcache__node *nodes = calloc (DEPTH, sizeof *nodes);
  struct hashcache__reference *calls = calloc (DEPTH, sizeof *calls);
  struct hashcache__digest before;

  (void) state;
  for (size_t i = 0; i < DEPTH; i++) {
    nodes[i] = (struct hashcache__node) LEAF ("link", 1);
    nodes[i].n_references = i + 1 < DEPTH;
    nodes[i].references = &calls[i];
    calls[i] = (struct hashcache__reference) CALLS (i + 1 < DEPTH ? &nodes[i + 1] : NULL);
  }
  before = code_of (nodes);
  nodes[DEPTH - 1].digest[7] ^= 1;
  assert_different (before, code_of (nodes));
  free (calls);
  free (nodes);
}

static int setting = 5;

#define USES(variable_table, how) \
  { \
    .kind = HASHCACHE__VARIABLE, .flags = (how), .name = "variable", .place = "test.c:8:3", .target = (variable_table) \
  }

static void
constants_enter_by_their_content_and_what_that_leads_to (void **state)
{
  const struct hashcache__node callee = LEAF ("callee", 5), other_callee = LEAF ("callee", 6);
  const struct hashcache__reference to_callee[] = { CALLS (&callee) }, to_other[] = { CALLS (&other_callee) };
  struct hashcache__node content = NODE ("initialiser", 1, to_callee), same = content;
  const struct hashcache__variable first = {
    .abi = HASHCACHE__ABI, .flags = HASHCACHE__CONSTANT, .name = "table", .constant = &content
  };
  struct hashcache__variable second = first;
  const struct hashcache__reference uses_first[] = { USES (&first, HASHCACHE__READ) },
                                    uses_second[] = { USES (&second, HASHCACHE__READ) };
  const struct hashcache__node f = NODE ("f", 1, uses_first), g = NODE ("g", 1, uses_second);
  struct hashcache__graph *graph = graph_of (&f);

  (void) state;
  assert_int_equal (graph->n_globals, 0);
  hashcache__free_graph (graph);
  second.constant = &same;
  second.name = "other";
  assert_same (code_of (&f), code_of (&g));
  same.digest[0] = 2;
  assert_different (code_of (&f), code_of (&g));
  same.digest[0] = 1;
  same.references = to_other;
  assert_different (code_of (&f), code_of (&g));
}

static void
a_variable_met_often_is_one_variable_with_all_its_uses (void **state)
{
  const struct hashcache__variable variable = {
    .abi = HASHCACHE__ABI, .name = "setting", .type = &int_type, .address = &setting
  };
  const struct hashcache__variable alias = { .abi = HASHCACHE__ABI, .name = "alias", .type = &double_type, .address = &setting };
  const struct hashcache__variable scratch_variable = { .abi = HASHCACHE__ABI, .flags = HASHCACHE__IGNORED, .name = "calls" };
  const struct hashcache__reference below[] = { USES (&variable, HASHCACHE__WRITTEN), USES (&alias, HASHCACHE__READ) };
  const struct hashcache__node callee = NODE ("callee", 2, below);
  const struct hashcache__reference above[] = { USES (&scratch_variable, HASHCACHE__WRITTEN), USES (&variable, HASHCACHE__READ),
                                                CALLS (&callee) };
  const struct hashcache__node f = NODE ("f", 1, above);
  struct hashcache__graph *graph = graph_of (&f);

  (void) state;
  assert_int_equal (graph->n_globals, 2);
  assert_ptr_equal (graph->globals[0].variable, &variable);
  assert_int_equal (graph->globals[0].flags, HASHCACHE__READ | HASHCACHE__WRITTEN);
  assert_int_equal (graph->globals[0].role, HASHCACHE__INOUT);
  assert_ptr_equal (graph->globals[1].variable, &alias); /* at the same address, but of another type */
  assert_int_equal (graph->globals[1].role, HASHCACHE__IN);
  hashcache__free_graph (graph);
}

static void
assert_forbidden (const struct hashcache__reference *reference, const char *words)
{
  const struct hashcache__node leaf = {
    .abi = HASHCACHE__ABI, .n_references = 1, .digest = { 3 }, .name = "leaf", .references = reference
  };
  const struct hashcache__reference to_leaf[] = { CALLS (&leaf) };
  const struct hashcache__node middle = NODE ("middle", 2, to_leaf);
  const struct hashcache__reference to_middle[] = { CALLS (&middle) };
  const struct hashcache__node f = NODE ("f", 1, to_middle);
  struct hashcache__graph *graph = graph_of (&f);

  assert_non_null (graph->reason);
  print_message ("%s\n", graph->reason);
  assert_non_null (strstr (graph->reason, words));
  assert_non_null (strstr (graph->reason, "test.c:"));
  assert_non_null (strstr (graph->reason, "(through `middle`, `leaf`)"));
  hashcache__free_graph (graph);
}

static void
what_forbids_caching_is_found_with_the_way_there (void **state)
{
  const struct hashcache__node old = { .abi = HASHCACHE__ABI + 1, .name = "old" };
  const struct hashcache__variable opaque = { .abi = HASHCACHE__ABI, .flags = HASHCACHE__OPAQUE, .why = "is a union" };
  const struct hashcache__type function_type = { .kind = HASHCACHE__FUNCTION, .size = sizeof (void *), .name = "pointer" };
  const struct hashcache__variable pointer = { .abi = HASHCACHE__ABI, .name = "p", .type = &function_type, .address = &setting };
  const struct hashcache__variable malformed = { .abi = HASHCACHE__ABI, .name = "m" };
  const struct hashcache__reference stranger = CALLS (NULL), calls_old = CALLS (&old);
  const struct hashcache__reference no_table = USES (NULL, HASHCACHE__READ), uses_opaque = USES (&opaque, HASHCACHE__READ);
  const struct hashcache__reference sets_pointer = USES (&pointer, HASHCACHE__WRITTEN),
                                    uses_malformed = USES (&malformed, HASHCACHE__READ);
  const struct hashcache__reference effect = { .kind = HASHCACHE__EFFECT, .name = "calls time ()", .place = "test.c:9:1" };
  const struct hashcache__reference unknown = { .kind = 77, .name = "something", .place = "test.c:9:1" };

  (void) state;
  assert_forbidden (&stranger, "it calls callee");
  assert_forbidden (&calls_old, "another version");
  assert_forbidden (&no_table, "the variable variable");
  assert_forbidden (&uses_opaque, "is a union");
  assert_forbidden (&sets_pointer, "it sets the pointer to a function");
  assert_forbidden (&uses_malformed, "malformed");
  assert_forbidden (&effect, "it calls time ()");
  assert_forbidden (&unknown, "unknown");
}

static struct hashcache__graph *
graph_allowing (const struct hashcache__node *node, const char *allowed)
{
  const struct hashcache__contract contract = {
    .abi = HASHCACHE__ABI, .function = "f", .source = "test.c:1", .node = node, .allowed = allowed
  };

  return hashcache__make_graph (&contract, NULL, 0);
}

/* The code digest of NODE, which nothing forbids if ALLOWED is. */
static struct hashcache__digest
code_allowing (const struct hashcache__node *node, const char *allowed)
{
  struct hashcache__graph *graph = graph_allowing (node, allowed);
  struct hashcache__digest code;

  assert_non_null (graph);
  assert_null (graph->reason);
  code = graph->code;
  hashcache__free_graph (graph);
  return code;
}

/* Allowed effects are passed over, by their names alone, and the list is no part of the key; what is passed over still is. */
static void
what_the_user_allows_is_passed_over (void **state)
{
  const struct hashcache__variable changing = {
    .abi = HASHCACHE__ABI, .flags = HASHCACHE__OPAQUE | HASHCACHE__VOLATILE, .name = "v", .why = "it is volatile"
  };
  const struct hashcache__node known = LEAF ("callee", 5);
  const struct hashcache__reference effect[] = { { HASHCACHE__EFFECT, 0, "calls time ()", "test.c:9:1", NULL, "time" } };
  const struct hashcache__reference other[] = { { HASHCACHE__EFFECT, 0, "calls rand ()", "test.c:9:1", NULL, "rand" } };
  const struct hashcache__reference never[] = { { HASHCACHE__EFFECT, 0, "jumps out", "test.c:9:1", NULL, NULL } };
  const struct hashcache__reference stranger[] = { CALLS (NULL) }, friend[] = { CALLS (&known) };
  const struct hashcache__reference uses[] = { USES (&changing, HASHCACHE__READ) };
  const struct hashcache__node f = NODE ("f", 1, effect), g = NODE ("f", 1, other), h = NODE ("f", 1, never),
                               s = NODE ("f", 1, stranger), k = NODE ("f", 1, friend), v = NODE ("f", 1, uses);
  struct hashcache__graph *graph = graph_allowing (&f, "tim, ime, t ime,rand");

  (void) state;
  assert_non_null (strstr (graph->reason, "where that does not matter, write HASHCACHE_ALLOW (\"time\")"));
  hashcache__free_graph (graph);
  assert_same (code_allowing (&f, "time"), code_allowing (&f, "rand, t*e"));
  assert_different (code_allowing (&f, "*"), code_allowing (&g, "*"));
  assert_different (code_allowing (&s, "callee"), code_allowing (&k, "callee"));
  graph = graph_allowing (&v, "volatile");
  assert_null (graph->reason);
  assert_int_equal (graph->n_globals, 0);
  hashcache__free_graph (graph);
  graph = graph_allowing (&h, "*");
  assert_non_null (graph->reason);
  hashcache__free_graph (graph);
}

static void
library_functions_enter_by_name (void **state)
{
  const struct hashcache__reference sine[] = { { .kind = HASHCACHE__LIBRARY, .name = "sin" } };
  const struct hashcache__reference cosine[] = { { .kind = HASHCACHE__LIBRARY, .name = "cos" } };
  const struct hashcache__node f = NODE ("f", 1, sine), g = NODE ("f", 1, cosine);

  (void) state;
  assert_different (code_of (&f), code_of (&g));
}

static void
a_contract_of_another_plugin_is_refused (void **state)
{
  const struct hashcache__node node = LEAF ("f", 1);
  struct hashcache__contract contract = { .abi = HASHCACHE__ABI + 1, .function = "f", .source = "test.c:1", .node = &node };
  struct hashcache__graph *graph = hashcache__graph_of (&contract, NULL, 0);

  (void) state;
  assert_non_null (graph->reason);
  assert_ptr_equal (hashcache__graph_of (&contract, NULL, 0), graph); /* walked once */
  hashcache__free_graph (graph);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (names_and_places_do_not_matter_bodies_do),
    cmocka_unit_test (who_calls_whom_matters),
    cmocka_unit_test (circles_have_a_digest_from_either_side),
    cmocka_unit_test (a_very_deep_chain_needs_no_deep_stack),
    cmocka_unit_test (constants_enter_by_their_content_and_what_that_leads_to),
    cmocka_unit_test (a_variable_met_often_is_one_variable_with_all_its_uses),
    cmocka_unit_test (what_forbids_caching_is_found_with_the_way_there),
    cmocka_unit_test (what_the_user_allows_is_passed_over),
    cmocka_unit_test (library_functions_enter_by_name),
    cmocka_unit_test (a_contract_of_another_plugin_is_refused),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
