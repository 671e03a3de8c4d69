/* nodes.h: which ranks share memory, and how claims go between those that do not.
   SPDX-License-Identifier: BSD-2-Clause

   A node is a set of ranks that share memory and see each other's process numbers; in containers that may be less than a machine. */
#ifndef HASHCACHE_MPI_NODES_H
#define HASHCACHE_MPI_NODES_H

#include <hashcache/trial.h>
#include <limits.h>
#include <mpi.h>

/* How claims go between the nodes of a job. */
enum {
  HASHCACHE__ONE_NODE = 0,
  HASHCACHE__BY_LOCKS = 1,
  HASHCACHE__BY_LEASES = 2,
  HASHCACHE__BY_OLD_LEASES = 3, /* an earlier job has put them in force */
  HASHCACHE__NOT_SHARED = 4,    /* some nodes have directories of their own */
  HASHCACHE__NO_DIRECTORY = 5
};

/* Where a rank stands. Communicators are MPI_COMM_NULL where there is none. */
struct hashcache__nodes {
  MPI_Comm job;     /* all ranks */
  MPI_Comm node;    /* those of this node */
  MPI_Comm leaders; /* the first rank of each node, NULL on others */
  int rank, ranks, node_rank, node_ranks, n_nodes, node_number;
  int way;            /* the same on all ranks */
  char odd_host[256]; /* the first node that is the reason for WAY */
};

static void
hashcache__free_communicator (MPI_Comm *comm)
{
  if (*comm != MPI_COMM_NULL)
    (void) MPI_Comm_free (comm);
}

static void
hashcache__nodes_free (struct hashcache__nodes *nodes)
{
  hashcache__free_communicator (&nodes->leaders);
  hashcache__free_communicator (&nodes->node);
  hashcache__free_communicator (&nodes->job);
}

/* Splits HOST, whose ranks share memory, into those who see the same process numbers. 0, or -1. */
static int
hashcache__split_host (struct hashcache__nodes *nodes, MPI_Comm host)
{
  const int color = (int) (hashcache__process_namespace () & INT_MAX);

  return MPI_Comm_split (host, color, nodes->rank, &nodes->node) == MPI_SUCCESS ? 0 : -1;
}

/* Finds the nodes of COMM; 0, or -1. */
static int
hashcache__nodes_find (struct hashcache__nodes *nodes, MPI_Comm comm)
{
  MPI_Comm host = MPI_COMM_NULL;
  int numbers[2] = { 0, 0 };

  *nodes = (struct hashcache__nodes){ .job = MPI_COMM_NULL, .node = MPI_COMM_NULL, .leaders = MPI_COMM_NULL };
  if (MPI_Comm_dup (comm, &nodes->job) != MPI_SUCCESS)
    return -1;
  (void) MPI_Comm_set_errhandler (nodes->job, MPI_ERRORS_RETURN); /* those made from it inherit that */
  if (MPI_Comm_rank (nodes->job, &nodes->rank) != MPI_SUCCESS || MPI_Comm_size (nodes->job, &nodes->ranks) != MPI_SUCCESS
      || MPI_Comm_split_type (nodes->job, MPI_COMM_TYPE_SHARED, nodes->rank, MPI_INFO_NULL, &host) != MPI_SUCCESS)
    return -1;
  if (hashcache__split_host (nodes, host) != 0) {
    hashcache__free_communicator (&host);
    return -1;
  }
  hashcache__free_communicator (&host);
  if (MPI_Comm_rank (nodes->node, &nodes->node_rank) != MPI_SUCCESS
      || MPI_Comm_size (nodes->node, &nodes->node_ranks) != MPI_SUCCESS
      || MPI_Comm_split (nodes->job, nodes->node_rank == 0 ? 0 : MPI_UNDEFINED, nodes->rank, &nodes->leaders) != MPI_SUCCESS)
    return -1;
  if (nodes->leaders != MPI_COMM_NULL
      && (MPI_Comm_size (nodes->leaders, &numbers[0]) != MPI_SUCCESS
          || MPI_Comm_rank (nodes->leaders, &numbers[1]) != MPI_SUCCESS))
    return -1;
  if (MPI_Bcast (numbers, 2, MPI_INT, 0, nodes->node) != MPI_SUCCESS)
    return -1;
  nodes->n_nodes = numbers[0];
  nodes->node_number = numbers[1];
  return 0;
}

/* Findings of leaders, the gravest first, and what follows from the gravest. */
enum {
  HASHCACHE__NO_HOST = 0,       /* the first leader has no directory                          */
  HASHCACHE__GUEST_FAILS = 1,   /* a guest was not refused                                    */
  HASHCACHE__HOST_FAILS = 2,    /* the first leader could not lock at all                     */
  HASHCACHE__GUEST_IS_AWAY = 3, /* a guest has another directory                              */
  HASHCACHE__ALL_IS_WELL = 4
};

static const int hashcache__ways[] = { HASHCACHE__NO_DIRECTORY, HASHCACHE__BY_LEASES, HASHCACHE__BY_LEASES, HASHCACHE__NOT_SHARED,
                                       HASHCACHE__BY_LOCKS };

static int
hashcache__finding (int answer, int first)
{
  if (answer == HASHCACHE__TRIAL_EXCLUDES)
    return HASHCACHE__ALL_IS_WELL;
  if (answer == HASHCACHE__TRIAL_FAILS)
    return first ? HASHCACHE__HOST_FAILS : HASHCACHE__GUEST_FAILS;
  return first ? HASHCACHE__NO_HOST : HASHCACHE__GUEST_IS_AWAY;
}

/* The leaders try whether locks exclude between them: *WAY is how claims go, and *ODD which leader is the reason. Each leader knows in
   *SHARED whether it has the first one's directory. Nothing is allocated: a leader that failed by itself would leave the others waiting
   in MPI. 0, or -1. */
static int
hashcache__leaders_try (const struct hashcache__nodes *nodes, int *way, int *odd, int *shared)
{
  const int first = nodes->rank == 0;
  struct hashcache__trial_host host = { .trial = NULL };
  struct hashcache__notice lot;
  struct {
    int finding, leader;
  } own = { 0, nodes->node_number }, gravest = { 0, 0 };
  uint64_t number = 0;
  int answer = 0, failed;

  hashcache__begin_notice (&lot, &hashcache__no_key);
  number = lot.number;
  if (MPI_Bcast (&number, 1, MPI_UINT64_T, 0, nodes->leaders) != MPI_SUCCESS)
    return -1;
  if (first)
    answer = hashcache__trial_host_begins (&host, number);
  failed = MPI_Barrier (nodes->leaders) != MPI_SUCCESS;
  if (!first)
    answer = hashcache__trial_guest (number);
  *shared = first || answer == HASHCACHE__TRIAL_EXCLUDES || answer == HASHCACHE__TRIAL_FAILS;
  own.finding = hashcache__finding (answer, first);
  failed |= MPI_Allreduce (&own, &gravest, 1, MPI_2INT, MPI_MINLOC, nodes->leaders) != MPI_SUCCESS;
  if (first)
    hashcache__trial_host_ends (&host);
  if (failed)
    return -1;
  *way = hashcache__ways[gravest.finding];
  *odd = gravest.leader;
  return 0;
}

/* Decides how claims go between the nodes. The file that says "leases" is written before any rank goes on. 0, or -1. */
static int
hashcache__nodes_agree (struct hashcache__nodes *nodes)
{
  int decision[2] = { HASHCACHE__ONE_NODE, 0 }, shared = 1, old = 0;

  if (nodes->n_nodes < 2)
    return 0;
  if (nodes->rank == 0)
    old = hashcache__leases_in_force ();
  if (MPI_Bcast (&old, 1, MPI_INT, 0, nodes->job) != MPI_SUCCESS)
    return -1;
  if (nodes->leaders != MPI_COMM_NULL && hashcache__leaders_try (nodes, &decision[0], &decision[1], &shared) != 0)
    return -1;
  if (nodes->rank == 0 && old && decision[0] != HASHCACHE__NO_DIRECTORY && decision[0] != HASHCACHE__NOT_SHARED)
    decision[0] = HASHCACHE__BY_OLD_LEASES;
  if (nodes->rank == 0 && decision[0] == HASHCACHE__BY_LEASES)
    hashcache__put_leases_in_force ();
  if (MPI_Bcast (decision, 2, MPI_INT, 0, nodes->job) != MPI_SUCCESS
      || MPI_Bcast (&shared, 1, MPI_INT, 0, nodes->node) != MPI_SUCCESS)
    return -1;
  nodes->way = decision[0];
  if (shared && (nodes->way == HASHCACHE__BY_LEASES || nodes->way == HASHCACHE__BY_OLD_LEASES))
    hashcache__settle_leases ();
  if (nodes->node_number == decision[1])
    hashcache__host_name (nodes->odd_host);
  return 0;
}

#endif
