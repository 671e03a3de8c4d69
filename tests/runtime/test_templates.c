/* test_templates.c: the skeleton that a template makes for an entry is the one that HDF5 would make.
   SPDX-License-Identifier: BSD-2-Clause */
#include "sample_call.h"

/* A call with its entry, prepared up to its skeleton. */
struct layout {
  struct sample sample;
  struct hashcache__block items[N_BLOCKS];
  struct hashcache__image before[N_BLOCKS];
  struct hashcache__blocks blocks;
  struct hashcache__outcome outcome;
  struct hashcache__part parts[LENGTH (sample_parts)];
  struct hashcache__key key;
  struct hashcache__entry entry;
};

/* The sample call with all digests of its own, made by SEED, and nothing laid out. */
static void
begin_layout (struct layout *l, unsigned char seed)
{
  char reason[HASHCACHE__REASON_SIZE];

  memset (l, 0, sizeof *l);
  sample_before (&l->sample);
  l->blocks = sample_blocks (&l->sample, l->items);
  for (size_t i = 0; i < N_BLOCKS; i++)
    if (l->items[i].role == HASHCACHE__INOUT)
      assert_int_equal (hashcache__image_take (&l->before[i], &l->items[i]), 0);
  sample_compute (&l->sample);
  assert_int_equal (hashcache__outcome_begin (&l->outcome, &l->blocks), 0);
  assert_int_equal (hashcache__outcome_observe (&l->outcome, &sample_occasion, &l->blocks, 0, reason), 0);
  l->key = sample_key;
  l->key.parts = l->parts;
  memset (&l->key.key, seed, sizeof l->key.key);
  for (size_t i = 0; i < LENGTH (sample_parts); i++) {
    l->parts[i] = sample_parts[i];
    memset (&l->parts[i].digest, seed + (int) i, sizeof l->parts[i].digest);
  }
  l->entry = (struct hashcache__entry){ .key = &l->key,
                                        .contract = &sample_contract,
                                        .inputs = &l->blocks,
                                        .outcome = &l->outcome,
                                        .before = l->before,
                                        .seconds = 0.25 + seed };
}

static void
end_layout (struct layout *l)
{
  hashcache__entry_free (&l->entry);
  hashcache__outcome_end (&l->outcome);
  for (size_t i = 0; i < N_BLOCKS; i++)
    hashcache__image_free (&l->before[i]);
}

/* Lays out the same entry by HDF5 alone, and compares. */
static void
expect_what_hdf5_makes (struct layout *l)
{
  const uint64_t n_before = hashcache__count_pieces (&l->blocks, HASHCACHE__BEFORE);
  struct hashcache__entry plain = l->entry;

  plain.skeleton = NULL;
  plain.file_size = 0;
  plain.index = calloc (1, (size_t) plain.shape.size);
  plain.before_offsets = calloc ((size_t) n_before + 1, sizeof *plain.before_offsets);
  assert_true (plain.index && plain.before_offsets);
  assert_int_equal (hashcache__with_hdf5 (hashcache__h5_skeleton, &plain), 0);
  assert_int_equal (plain.skeleton_size, l->entry.skeleton_size);
  assert_int_equal (plain.file_size, l->entry.file_size);
  assert_int_equal (plain.index_offset, l->entry.index_offset);
  assert_memory_equal (plain.skeleton, l->entry.skeleton, (size_t) plain.skeleton_size);
  assert_memory_equal (plain.index, l->entry.index, (size_t) plain.shape.size);
  assert_memory_equal (plain.before_offsets, l->entry.before_offsets, (size_t) n_before * sizeof *plain.before_offsets);
  hashcache__entry_free (&plain);
}

static int
n_templates (void)
{
  int n = 0;

  for (int i = 0; i < HASHCACHE__TEMPLATES; i++)
    n += atomic_load (&hashcache__templates[i]) != NULL;
  return n;
}

static int
set_up (void **state)
{
  (void) state;
  hashcache__free_templates ();
  for (int i = 0; i < HASHCACHE__TEMPLATES; i++)
    atomic_store (&hashcache__templates[i], NULL);
  return 0;
}

static void
entries_of_one_shape_share_a_template (void **state)
{
  struct layout l;

  (void) state;
  for (unsigned char seed = 0; seed < 250; seed = (unsigned char) (seed + 50)) {
    begin_layout (&l, seed);
    assert_int_equal (hashcache__entry_prepare (&l.entry), 0);
    assert_int_equal (n_templates (), 1);
    expect_what_hdf5_makes (&l);
    end_layout (&l);
  }
}

/* Each of these is in the file outside of the values that differ from entry to entry. */
static void
what_else_differs_has_a_template_of_its_own (void **state)
{
  enum { PLAIN, EXTENT, NAME, TYPE, STRING, NULL_INPUT, PART, JOB, INPUTS, SOURCE, N_CASES };
  struct hashcache__contract contract = sample_contract;
  struct layout l;

  (void) state;
  contract.source = "another.c:1";
  for (int c = PLAIN; c < N_CASES; c++) {
    begin_layout (&l, (unsigned char) c);
    switch (c) {
    case EXTENT: l.items[GRID].dims[0] = 1, l.items[GRID].count = 3; break;
    case NAME: l.items[LABEL].name = "title"; break;
    case TYPE: l.items[CUTOFF].type = &t_long; break;
    case STRING: l.sample.label[1] = '\0'; break;
    case NULL_INPUT: l.items[LABEL].address = NULL, l.items[LABEL].dims[0] = l.items[LABEL].count = 0; break;
    case PART: l.parts[0].name = "edoc"; break;
    case JOB: setenv ("USER", "somebody else", 1); break;
    case INPUTS: assert_int_equal (hashcache_set ("INPUTS", "full"), HASHCACHE_OK); break;
    case SOURCE: l.entry.contract = &contract; break;
    default: break;
    }
    hashcache__outcome_end (&l.outcome);
    assert_int_equal (hashcache__outcome_begin (&l.outcome, &l.blocks), 0);
    assert_int_equal (hashcache__entry_prepare (&l.entry), 0);
    expect_what_hdf5_makes (&l);
    end_layout (&l);
  }
  assert_int_equal (hashcache_set ("INPUTS", NULL), HASHCACHE_OK);
  unsetenv ("USER");
  /* INPUTS changes nothing where all inputs are small; shapes may have met in one place. */
  assert_in_range (n_templates (), (N_CASES - 1) / 2, N_CASES - 1);
}

/* A mark in a name or path, of whatever value: there is no template then, or the file would not say what it should. */
static void
marks_that_are_not_ours_are_noticed (void **state)
{
  struct hashcache__contract contract = sample_contract;
  unsigned char mark[HASHCACHE__MARK + 1] = { 0 };
  struct layout l;

  (void) state;
  hashcache__put_mark (mark, HASHCACHE__VALUE_ROWS);
  contract.source = (const char *) mark;
  begin_layout (&l, 7);
  l.entry.contract = &contract;
  assert_int_equal (hashcache__entry_prepare (&l.entry), 0);
  assert_int_equal (n_templates (), 0);
  expect_what_hdf5_makes (&l);
  end_layout (&l);
}

/* As in a child of a fork, if another thread held the template then. */
static void
a_template_that_is_not_given_back_is_done_without (void **state)
{
  struct layout l;

  (void) state;
  for (int i = 0; i < HASHCACHE__TEMPLATES; i++)
    atomic_store (&hashcache__templates[i], &hashcache__template_held);
  begin_layout (&l, 3);
  assert_int_equal (hashcache__entry_prepare (&l.entry), 0);
  expect_what_hdf5_makes (&l);
  end_layout (&l);
}

static void *
lay_out_again_and_again (void *context)
{
  struct layout *l = malloc (sizeof *l);

  (void) context;
  if (!l)
    abort ();
  for (unsigned char seed = 0; seed < 100; seed++) {
    begin_layout (l, seed);
    assert_int_equal (hashcache__entry_prepare (&l->entry), 0);
    if (seed % 10 == 0)
      expect_what_hdf5_makes (l);
    end_layout (l);
  }
  free (l);
  return NULL;
}

static void
threads_do_not_disturb_each_other (void **state)
{
  pthread_t threads[4];

  (void) state;
  for (size_t i = 0; i < LENGTH (threads); i++)
    assert_int_equal (pthread_create (&threads[i], NULL, lay_out_again_and_again, NULL), 0);
  for (size_t i = 0; i < LENGTH (threads); i++)
    assert_int_equal (pthread_join (threads[i], NULL), 0);
  assert_int_equal (n_templates (), 1);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup (entries_of_one_shape_share_a_template, set_up),
    cmocka_unit_test_setup (what_else_differs_has_a_template_of_its_own, set_up),
    cmocka_unit_test_setup (marks_that_are_not_ours_are_noticed, set_up),
    cmocka_unit_test_setup (a_template_that_is_not_given_back_is_done_without, set_up),
    cmocka_unit_test_setup (threads_do_not_disturb_each_other, set_up),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
