/* eos.c: equations of state and strain scans of metals, by many ranks.
   SPDX-License-Identifier: BSD-2-Clause

   Built like any MPI program; with -fplugin=hashcache each crystal is computed by one rank only, and by none at all in the next
   run. Standard output is the same bit for bit for any number of ranks, with the plugin or without, from a new cache or an
   old one, but for the lines that begin with "# ": these say what this run did.

   Points are dealt out to the ranks like cards, the points of both studies in one pack. So where two studies need the same
   crystal, two ranks ask for it at the same time. The second one takes another of its points first (HASHCACHE_BUSY, in study.c), and
   finds this one later; with --in-order it waits. */
#define HASHCACHE_IMPLEMENTATION
#include <hashcache_mpi.h>

#include "allocate.h"
#include "neighbors.h"
#include "options.h"
#include "study.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Points are numbered through all metals; point p is the turn number p / size of rank p % size. */
struct deal {
  int rank, size;
  int points; /* of all ranks */
  int turns;  /* of the rank with most */
};

/* Summed over the ranks. */
struct account {
  unsigned long long calls, computed, found_in_store, found_in_memory, waited;
  double seconds_computing, seconds_saved, seconds_waiting;
  double longest_wait; /* of one rank, all its waiting together */
};

static struct deal
make_deal (const struct options *options)
{
  struct deal deal = { .points = options->n_metals * STUDY_POINTS };
  MPI_Comm_rank (MPI_COMM_WORLD, &deal.rank);
  MPI_Comm_size (MPI_COMM_WORLD, &deal.size);
  deal.turns = (deal.points + deal.size - 1) / deal.size;
  return deal;
}

/* This rank's answer at TURN; false if another rank computes it and this one shall not WAIT. */
static bool
play_turn (const struct deal *deal, const struct options *options, struct neighbor_cache *scratch, int turn, bool wait,
           struct answer *answers)
{
  int point = turn * deal->size + deal->rank;
  struct crystal crystal = study_crystal (options->metals[point / STUDY_POINTS], point % STUDY_POINTS, options->cells);
  crystal.scratch = scratch;
  bool played = study_ask (&crystal, wait, &answers[turn]);
  crystal_free (&crystal);
  return played;
}

/* All points of this rank, by turns. The crystals share a scratch. */
static struct answer *
play (const struct deal *deal, const struct options *options)
{
  struct neighbor_cache scratch = { .n = 0 };
  struct answer *answers = allocate (deal->turns, sizeof *answers);
  int *turns = allocate (deal->turns, sizeof *turns), left = 0;
  memset (answers, 0, deal->turns * sizeof *answers);
  for (int turn = 0; turn * deal->size + deal->rank < deal->points; turn++)
    turns[left++] = turn;
  while (left > 0) {
    int next = 0;
    while (next < left && !play_turn (deal, options, &scratch, turns[next], options->in_order, answers))
      next++;
    if (next == left) { /* other ranks compute all of them now */
      next = 0;
      play_turn (deal, options, &scratch, turns[next], true, answers);
    }
    left--;
    memmove (&turns[next], &turns[next + 1], (left - next) * sizeof *turns);
  }
  neighbors_free (&scratch);
  free (turns);
  return answers;
}

/* All answers in the order of the points, on rank 0; NULL elsewhere. */
static struct answer *
collect (const struct deal *deal, const struct answer *own)
{
  bool here = deal->rank == 0;
  struct answer *by_rank = here ? allocate ((size_t) deal->size * deal->turns, sizeof *by_rank) : NULL;
  int bytes = deal->turns * (int) sizeof *own;
  MPI_Gather (own, bytes, MPI_BYTE, by_rank, bytes, MPI_BYTE, 0, MPI_COMM_WORLD);
  if (!here)
    return NULL;
  struct answer *answers = allocate (deal->points, sizeof *answers);
  for (int point = 0; point < deal->points; point++)
    answers[point] = by_rank[(point % deal->size) * deal->turns + point / deal->size];
  free (by_rank);
  return answers;
}

static struct account
sum_accounts (void)
{
  struct hashcache_statistics s;
  hashcache_stats (&s);
  unsigned long long counts[5] = { s.calls, s.computed, s.hits_store, s.hits_memory, s.waited }, sums[5] = { 0 };
  double seconds[3] = { s.seconds_computing, s.seconds_saved, s.seconds_waiting }, second_sums[3] = { 0 }, longest = 0;
  MPI_Reduce (counts, sums, 5, MPI_UNSIGNED_LONG_LONG, MPI_SUM, 0, MPI_COMM_WORLD);
  MPI_Reduce (seconds, second_sums, 3, MPI_DOUBLE, MPI_SUM, 0, MPI_COMM_WORLD);
  MPI_Reduce (&s.seconds_waiting, &longest, 1, MPI_DOUBLE, MPI_MAX, 0, MPI_COMM_WORLD);
  return (struct account){ sums[0], sums[1], sums[2], sums[3], sums[4], second_sums[0], second_sums[1], second_sums[2], longest };
}

static void
print_results (const struct options *options, const struct answer *answers)
{
  printf ("%d atoms a crystal, cutoff margin %g angstrom; each metal: %d lattice constants, %d strains\n\n",
          4 * options->cells * options->cells * options->cells, emt_cutoff_margin, STUDY_CONSTANTS, STUDY_STRAINS);
  printf ("       from energies                            from pressures           digest of\n");
  printf ("       a/angstrom  E_cohesive/eV  B/GPa         a/angstrom  B/GPa        all results\n");
  for (int i = 0; i < options->n_metals; i++) {
    struct metal_result r = study_conclude (options->metals[i], answers + i * STUDY_POINTS);
    printf ("%-2s     %10.6f  %13.6f  %12.6f  %10.6f  %12.6f %016" PRIx64 "\n", emt_table[options->metals[i]].symbol,
            r.from_energies.a, r.from_energies.cohesive, r.from_energies.bulk_modulus, r.from_pressures.a,
            r.from_pressures.bulk_modulus, r.digest);
  }
}

static void
print_account (const struct deal *deal, const struct account *account, double elapsed)
{
  unsigned long long asked = deal->points, found = account->found_in_store + account->found_in_memory;
  unsigned long long uncached = asked - account->computed - found;
  printf ("\n# ranks                %8d\n", deal->size);
  printf ("# seconds elapsed      %10.1f\n", elapsed);
  printf ("# points asked for     %8llu   of them different %d\n", asked, deal->points / STUDY_POINTS * STUDY_CONSTANTS);
  if (uncached == asked) {
    printf ("# nothing was cached: %s\n",
            account->calls == 0 ? "built without -fplugin=hashcache" : "the cache is off or cannot be used");
    return;
  }
  printf ("# points computed      %8llu\n", account->computed);
  printf ("# points found         %8llu   in the directory %llu, in memory %llu\n", found, account->found_in_store,
          account->found_in_memory);
  printf ("# points waited for    %8llu   while another rank or job computed them\n", account->waited);
  if (uncached > 0)
    printf ("# points not cached    %8llu\n", uncached);
  printf ("# seconds computing    %10.1f\n", account->seconds_computing);
  printf ("# seconds saved        %10.1f\n", account->seconds_saved);
  printf ("# seconds waiting      %10.1f   of all ranks, %.1f of one\n", account->seconds_waiting, account->longest_wait);
}

static void
run (const struct options *options)
{
  double start = MPI_Wtime ();
  emt_cutoff_margin = options->margin;
  struct deal deal = make_deal (options);
  struct answer *own = play (&deal, options);
  struct answer *answers = collect (&deal, own);
  struct account account = sum_accounts ();
  if (deal.rank == 0) {
    print_results (options, answers);
    print_account (&deal, &account, MPI_Wtime () - start);
  }
  free (answers);
  free (own);
}

int
main (int argc, char *argv[])
{
  MPI_Init (&argc, &argv);
  hashcache_mpi_attach (MPI_COMM_WORLD);
  int rank, status = 0;
  MPI_Comm_rank (MPI_COMM_WORLD, &rank);
  struct options options;
  char message[200];
  if (!options_parse (argc, argv, &options, message)) {
    if (rank == 0)
      fprintf (stderr, "eos: %s (see eos --help)\n", message);
    status = 2;
  } else if (options.help) {
    if (rank == 0)
      fputs (options_usage, stdout);
  } else
    run (&options);
  MPI_Finalize ();
  return status;
}
