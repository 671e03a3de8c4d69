/* job_summary.h: one summary for all ranks that are attached to each other.
   SPDX-License-Identifier: BSD-2-Clause */
#ifndef HASHCACHE_MPI_JOB_SUMMARY_H
#define HASHCACHE_MPI_JOB_SUMMARY_H

#include "nodes.h"

/* Seconds of waiting of the rank that waited longest, and its number: as MPI_DOUBLE_INT. */
struct hashcache__longest {
  double seconds;
  int rank;
};

#define HASHCACHE__ONE(name, text) +1
enum { HASHCACHE__N_COUNTERS = 0 HASHCACHE__COUNTERS (HASHCACHE__ONE) };
#undef HASHCACHE__ONE

/* Sums S over the ranks; the sums are in SUM on rank 0. 0, or -1. Collective. */
static int
hashcache__sum_statistics (const struct hashcache__nodes *nodes, const struct hashcache_statistics *s,
                           struct hashcache_statistics *sum, struct hashcache__longest *longest)
{
  uint64_t counts[HASHCACHE__N_COUNTERS], sums[HASHCACHE__N_COUNTERS] = { 0 };
  const double seconds[3] = { s->seconds_computing, s->seconds_saved, s->seconds_waiting };
  double second_sums[3] = { 0.0 };
  const struct hashcache__longest own = { s->seconds_waiting, nodes->rank };
  int i = 0;

#define HASHCACHE__PUT(name, text) counts[i++] = s->name;
  HASHCACHE__COUNTERS (HASHCACHE__PUT)
#undef HASHCACHE__PUT
  if (MPI_Reduce (counts, sums, HASHCACHE__N_COUNTERS, MPI_UINT64_T, MPI_SUM, 0, nodes->job) != MPI_SUCCESS
      || MPI_Reduce (seconds, second_sums, 3, MPI_DOUBLE, MPI_SUM, 0, nodes->job) != MPI_SUCCESS
      || MPI_Reduce (&own, longest, 1, MPI_DOUBLE_INT, MPI_MAXLOC, 0, nodes->job) != MPI_SUCCESS)
    return -1;
  i = 0;
#define HASHCACHE__TAKE(name, text) sum->name = sums[i++];
  HASHCACHE__COUNTERS (HASHCACHE__TAKE)
#undef HASHCACHE__TAKE
  sum->seconds_computing = second_sums[0];
  sum->seconds_saved = second_sums[1];
  sum->seconds_waiting = second_sums[2];
  return 0;
}

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
  hashcache__statistics_are_told ();
  if (nodes->rank == 0 && sum.calls > 0)
    hashcache__say_job_summary (nodes, &sum, &longest, odd_host);
}

#endif
