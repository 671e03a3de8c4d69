/* job_summary.h: one summary for all ranks that are attached to each other.
   SPDX-License-Identifier: BSD-2-Clause

   The figures of functions are summed over the ranks in tables of a fixed size, one reduction for all of them: ranks need not have called
   the same functions. Functions beyond HASHCACHE__MOST_FUNCTIONS that spend the least in lookups are left out. */
#ifndef HASHCACHE_MPI_JOB_SUMMARY_H
#define HASHCACHE_MPI_JOB_SUMMARY_H

#include "nodes.h"

/* Seconds of waiting of the rank that waited longest, and its number: as MPI_DOUBLE_INT. */
struct hashcache__longest {
  double seconds;
  int rank;
};

#define HASHCACHE__ONE(name, text) +1
enum {
  HASHCACHE__N_COUNTERS = 0 HASHCACHE__COUNTERS (HASHCACHE__ONE),
  HASHCACHE__N_TIMES = 1 HASHCACHE__TIMES (HASHCACHE__ONE) /* and that of looking up */
};
#undef HASHCACHE__ONE

/* Sums S over the ranks; the sums are in SUM on rank 0. 0, or -1. Collective. */
static int
hashcache__sum_statistics (const struct hashcache__nodes *nodes, const struct hashcache_statistics *s,
                           struct hashcache_statistics *sum, struct hashcache__longest *longest)
{
  uint64_t counts[HASHCACHE__N_COUNTERS], sums[HASHCACHE__N_COUNTERS] = { 0 };
  double seconds[HASHCACHE__N_TIMES], second_sums[HASHCACHE__N_TIMES] = { 0.0 };
  const struct hashcache__longest own = { s->seconds_waiting, nodes->rank };
  int i = 0;

#define HASHCACHE__PUT(name, text) counts[i++] = s->name;
  HASHCACHE__COUNTERS (HASHCACHE__PUT)
#undef HASHCACHE__PUT
  i = 0;
#define HASHCACHE__PUT(name, text) seconds[i++] = s->seconds_##name;
  HASHCACHE__TIMES (HASHCACHE__PUT)
#undef HASHCACHE__PUT
  seconds[i] = s->seconds_looking_up;
  if (MPI_Reduce (counts, sums, HASHCACHE__N_COUNTERS, MPI_UINT64_T, MPI_SUM, 0, nodes->job) != MPI_SUCCESS
      || MPI_Reduce (seconds, second_sums, HASHCACHE__N_TIMES, MPI_DOUBLE, MPI_SUM, 0, nodes->job) != MPI_SUCCESS
      || MPI_Reduce (&own, longest, 1, MPI_DOUBLE_INT, MPI_MAXLOC, 0, nodes->job) != MPI_SUCCESS)
    return -1;
  i = 0;
#define HASHCACHE__TAKE(name, text) sum->name = sums[i++];
  HASHCACHE__COUNTERS (HASHCACHE__TAKE)
#undef HASHCACHE__TAKE
  i = 0;
#define HASHCACHE__TAKE(name, text) sum->seconds_##name = second_sums[i++];
  HASHCACHE__TIMES (HASHCACHE__TAKE)
#undef HASHCACHE__TAKE
  sum->seconds_looking_up = second_sums[i];
  return 0;
}

/* Functions --------------------------------------------------------------------------------------------------------------- */

enum { HASHCACHE__MOST_FUNCTIONS = 32, HASHCACHE__NAME_SENT = 80 };

/* The figures of a function on their way to rank 0. Longer names are cut off. */
struct hashcache__sent_function {
  struct hashcache__digest digest; /* of name and place */
  char function[HASHCACHE__NAME_SENT], source[HASHCACHE__NAME_SENT];
  struct hashcache__function_figures figures;
};

struct hashcache__sent_functions {
  uint64_t n;
  struct hashcache__sent_function items[HASHCACHE__MOST_FUNCTIONS];
};

static uint64_t
hashcache__weight (const struct hashcache__sent_function *sent)
{
  return hashcache__nanoseconds (hashcache__seconds_looking_up (&sent->figures));
}

/* Adds SENT to what TABLE has of the function, or in the place of the least that it has. */
static void
hashcache__merge_function (struct hashcache__sent_functions *table, const struct hashcache__sent_function *sent)
{
  struct hashcache__sent_function *least = &table->items[0];

  for (uint64_t i = 0; i < table->n; i++) {
    struct hashcache__sent_function *item = &table->items[i];

    if (hashcache__digest_equal (&item->digest, &sent->digest)) {
      hashcache__sum_figures (&item->figures, &sent->figures);
      return;
    }
    if (hashcache__weight (item) < hashcache__weight (least))
      least = item;
  }
  if (table->n < HASHCACHE__MOST_FUNCTIONS)
    table->items[table->n++] = *sent;
  else if (hashcache__weight (sent) > hashcache__weight (least))
    *least = *sent;
}

/* An MPI_User_function. */
static void
hashcache__merge_functions (void *from, void *to, int *n, MPI_Datatype *type)
{
  const struct hashcache__sent_functions *tables = from;
  struct hashcache__sent_functions *sums = to;

  (void) type;
  for (int k = 0; k < *n; k++)
    for (uint64_t i = 0; i < tables[k].n; i++)
      hashcache__merge_function (&sums[k], &tables[k].items[i]);
}

/* Puts into TABLE, which is all zeros, what this rank has not told. */
static void
hashcache__collect_functions (struct hashcache__sent_functions *table)
{
  size_t n;
  struct hashcache__told_function *functions = hashcache__told_functions (1, &n);

  for (size_t i = 0; i < n; i++) {
    const struct hashcache__told_function *told = &functions[i];
    struct hashcache__sent_function sent = { .figures = told->figures };
    struct hashcache__hasher hasher;

    hashcache__hash_start (&hasher);
    hashcache__hash_string (&hasher, told->function);
    hashcache__hash_string (&hasher, told->source);
    sent.digest = hashcache__hash_finish (&hasher);
    snprintf (sent.function, sizeof sent.function, "%s", told->function);
    snprintf (sent.source, sizeof sent.source, "%s", told->source);
    hashcache__merge_function (table, &sent);
  }
  free (functions);
}

/* Sums the tables OWN over the ranks into SUM on rank 0. 0, or -1. Collective. */
static int
hashcache__reduce_functions (const struct hashcache__nodes *nodes, const struct hashcache__sent_functions *own,
                             struct hashcache__sent_functions *sum)
{
  MPI_Datatype type = MPI_DATATYPE_NULL;
  MPI_Op op = MPI_OP_NULL;
  int fine = MPI_Type_contiguous ((int) sizeof *own, MPI_BYTE, &type) == MPI_SUCCESS && MPI_Type_commit (&type) == MPI_SUCCESS
             && MPI_Op_create (hashcache__merge_functions, 1, &op) == MPI_SUCCESS;

  if (MPI_Allreduce (MPI_IN_PLACE, &fine, 1, MPI_INT, MPI_MIN, nodes->job) != MPI_SUCCESS)
    fine = 0;
  fine = fine && MPI_Reduce (own, sum, 1, type, op, 0, nodes->job) == MPI_SUCCESS;
  if (op != MPI_OP_NULL)
    (void) MPI_Op_free (&op);
  if (type != MPI_DATATYPE_NULL)
    (void) MPI_Type_free (&type);
  return fine ? 0 : -1;
}

/* Says on rank 0 which functions lose by being looked up. */
static void
hashcache__say_functions_of_job (const struct hashcache__sent_functions *sum)
{
  struct hashcache__told_function functions[HASHCACHE__MOST_FUNCTIONS];

  for (uint64_t i = 0; i < sum->n; i++)
    functions[i] = (struct hashcache__told_function){ sum->items[i].function, sum->items[i].source, sum->items[i].figures };
  hashcache__say_slow_lookups (functions, (size_t) sum->n);
}

/* Without memory for the two tables on one rank none says anything of functions. Collective. */
static void
hashcache__summarise_functions (const struct hashcache__nodes *nodes)
{
  struct hashcache__sent_functions *tables = calloc (2, sizeof *tables);
  int has = tables != NULL;

  if (MPI_Allreduce (MPI_IN_PLACE, &has, 1, MPI_INT, MPI_MIN, nodes->job) == MPI_SUCCESS && has) {
    hashcache__collect_functions (&tables[0]);
    if (hashcache__reduce_functions (nodes, &tables[0], &tables[1]) == 0 && nodes->rank == 0)
      hashcache__say_functions_of_job (&tables[1]);
  }
  free (tables);
}

/* The line ---------------------------------------------------------------------------------------------------------------- */

/* "; claims between nodes by locks" */
static void
hashcache__text_way (struct hashcache__text *text, const struct hashcache__nodes *nodes, const char *odd_host)
{
  char own[256];

  hashcache__host_name (own);
  switch (nodes->way) {
  case HASHCACHE__BY_LOCKS: hashcache__text_put (text, "; claims between nodes by locks"); break;
  case HASHCACHE__BY_LEASES:
    hashcache__text_format (text, "; claims between nodes by leases, since locks do not exclude between %s and %s", own,
                            odd_host);
    break;
  case HASHCACHE__BY_OLD_LEASES:
    hashcache__text_put (text, "; claims between nodes by leases, since claims/leases is there from an earlier job");
    break;
  case HASHCACHE__NOT_SHARED:
    hashcache__text_format (text, "; %s and %s have different cache directories: what both need is computed twice", own,
                            odd_host);
    break;
  case HASHCACHE__NO_DIRECTORY: hashcache__text_put (text, "; no claims between nodes, for lack of a cache directory"); break;
  default: break;
  }
}

static void
hashcache__say_job_summary (const struct hashcache__nodes *nodes, const struct hashcache_statistics *sum,
                            const struct hashcache__longest *longest, const char *odd_host)
{
  struct hashcache__text text = { 0 };

  hashcache__text_format (&text, "%d %s on %d %s: ", nodes->ranks, nodes->ranks == 1 ? "rank" : "ranks", nodes->n_nodes,
                          nodes->n_nodes == 1 ? "node" : "nodes");
  hashcache__text_summary (&text, sum);
  if (sum->seconds_waiting > 0.0) {
    hashcache__text_put (&text, ", ");
    hashcache__text_seconds (&text, longest->seconds);
    hashcache__text_format (&text, " of it on rank %d", longest->rank);
  }
  hashcache__text_way (&text, nodes, odd_host);
  if (text.string)
    hashcache__say (1, "%s", text.string);
  hashcache__text_free (&text);
}

/* The host name of the node that is the reason for the way of claims, on rank 0. Collective. */
static int
hashcache__fetch_odd_host (const struct hashcache__nodes *nodes, char name[256])
{
  const int has = nodes->odd_host[0] != '\0' && nodes->leaders != MPI_COMM_NULL && nodes->node_rank == 0 ? nodes->rank : -1;
  int owner = -1;

  memcpy (name, nodes->odd_host, 256);
  if (MPI_Allreduce (&has, &owner, 1, MPI_INT, MPI_MAX, nodes->job) != MPI_SUCCESS)
    return -1;
  return owner <= 0 || MPI_Bcast (name, 256, MPI_CHAR, owner, nodes->job) == MPI_SUCCESS ? 0 : -1;
}

/* Tells what the ranks have done since they began, or since the last summary. Collective. */
static void
hashcache__summarise_job (const struct hashcache__nodes *nodes)
{
  struct hashcache_statistics own, sum = { 0 };
  struct hashcache__longest longest = { 0.0, 0 };
  char odd_host[256];

  hashcache__untold_statistics (&own);
  hashcache__count_calls_left (&own);
  if (hashcache__sum_statistics (nodes, &own, &sum, &longest) != 0 || hashcache__fetch_odd_host (nodes, odd_host) != 0)
    return;
  if (nodes->rank == 0 && sum.calls > 0)
    hashcache__say_job_summary (nodes, &sum, &longest, odd_host);
  hashcache__summarise_functions (nodes);
  hashcache__statistics_are_told ();
}

#endif
