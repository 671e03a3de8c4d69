/* attach.h: ranks attach to each other, and are detached when MPI_Finalize begins.
   SPDX-License-Identifier: BSD-2-Clause

   An attachment is a board (hashcache/board.h) in a window of shared memory on each node with more than one rank, the way in which claims
   go between nodes, and one voice for all ranks. A callback on an attribute of MPI_COMM_SELF, which MPI_Finalize deletes first, ends it:
   there communication is still allowed. Several attachments end in the reverse order of their beginning on every rank, so that ranks
   that share some of them meet. */
#ifndef HASHCACHE_MPI_ATTACH_H
#define HASHCACHE_MPI_ATTACH_H

#include "job_summary.h"
#include "nodes.h"
#include "voice.h"

#ifndef HASHCACHE__BOARD_BUCKETS
#define HASHCACHE__BOARD_BUCKETS(ranks) (64 + 4 * (ranks)) /* of 8 computations each */
#endif

struct hashcache__attachment {
  struct hashcache__nodes nodes;
  MPI_Win window; /* MPI_WIN_NULL: this rank is alone on its node, or shared memory cannot be had */
  struct hashcache__seat *seat;
  struct hashcache__attachment *older;
};

static struct hashcache__attachment *hashcache__attachments; /* the latest; only the thread that attaches or finalises looks */
static int hashcache__attachment_key = MPI_KEYVAL_INVALID;

/* The memory of the board that the ranks of the node share, aligned; NULL if there is none. Collective over the node. A window that not
   all ranks have got is left alone, since it could only be freed by all of them. */
static void *
hashcache__share_memory (struct hashcache__attachment *attachment, size_t bytes)
{
  const struct hashcache__nodes *nodes = &attachment->nodes;
  void *base = NULL;
  MPI_Aint size = 0;
  int unit = 1, fine[2]; /* there is a window; and its memory is known */

  fine[0] = MPI_Win_allocate_shared (nodes->node_rank == 0 ? (MPI_Aint) (bytes + 64) : 0, 1, MPI_INFO_NULL, nodes->node, &base,
                                     &attachment->window)
            == MPI_SUCCESS;
  if (fine[0])
    (void) MPI_Win_set_errhandler (attachment->window, MPI_ERRORS_RETURN);
  fine[1] = fine[0] && MPI_Win_shared_query (attachment->window, 0, &size, &unit, &base) == MPI_SUCCESS && base != NULL;
  if (MPI_Allreduce (MPI_IN_PLACE, fine, 2, MPI_INT, MPI_MIN, nodes->node) != MPI_SUCCESS || !fine[0])
    attachment->window = MPI_WIN_NULL;
  if (attachment->window == MPI_WIN_NULL || !fine[1])
    return NULL;
  return (void *) (((uintptr_t) base + 63) & ~(uintptr_t) 63); /* in the same place for all: pages are mapped whole */
}

/* Gives the ranks of the node their board. Without shared memory they do without. 0, or -1 if MPI fails. */
static int
hashcache__share_board (struct hashcache__attachment *attachment)
{
  const struct hashcache__nodes *nodes = &attachment->nodes;
  const uint32_t members = (uint32_t) nodes->node_ranks;
  const uint32_t buckets = (uint32_t) (HASHCACHE__BOARD_BUCKETS (nodes->node_ranks));
  void *memory;

  if (nodes->node_ranks < 2)
    return 0;
  memory = hashcache__share_memory (attachment, hashcache__board_size (members, buckets));
  if (memory && nodes->node_rank == 0)
    (void) hashcache__board_make (memory, members, buckets);
  if (MPI_Barrier (nodes->node) != MPI_SUCCESS)
    return -1;
  if (!memory)
    hashcache__trouble ("no shared memory", "ranks of a node cannot share memory (MPI_Win_allocate_shared): they agree by files");
  else
    attachment->seat = hashcache__seat_take (memory, (uint32_t) nodes->node_rank);
  return MPI_Barrier (nodes->node) == MPI_SUCCESS ? 0 : -1; /* all members are known to all */
}

/* Frees the memory of the board if no thread of any rank can still be at it. Collective over the node. */
static void
hashcache__end_sharing (struct hashcache__attachment *attachment)
{
  int quiet = !attachment->seat || hashcache__seat_give_up (attachment->seat);

  if (attachment->window == MPI_WIN_NULL)
    return;
  if (MPI_Allreduce (MPI_IN_PLACE, &quiet, 1, MPI_INT, MPI_MIN, attachment->nodes.node) == MPI_SUCCESS && quiet)
    (void) MPI_Win_free (&attachment->window);
}

static void
hashcache__end_attachment (struct hashcache__attachment *attachment)
{
  hashcache__end_sharing (attachment);
  hashcache__nodes_free (&attachment->nodes);
  free (attachment);
}

/* Whether all ranks of ATTACHMENT will tell what they have to say with as many others, or more, in one that ends later. Collective. */
static int
hashcache__will_be_told (const struct hashcache__attachment *attachment)
{
  int later = 0;

  for (const struct hashcache__attachment *older = attachment->older; older; older = older->older)
    later |= older->nodes.ranks >= attachment->nodes.ranks;
  return MPI_Allreduce (MPI_IN_PLACE, &later, 1, MPI_INT, MPI_MIN, attachment->nodes.job) == MPI_SUCCESS && later;
}

/* Called by MPI_Finalize. */
static int
hashcache__detach (MPI_Comm comm, int key, void *value, void *extra)
{
  struct hashcache__visit visit;

  (void) comm, (void) key, (void) value, (void) extra;
  hashcache__come_in (&visit);
  while (hashcache__attachments) {
    struct hashcache__attachment *attachment = hashcache__attachments;

    hashcache__attachments = attachment->older;
    if (!hashcache__will_be_told (attachment)) {
      hashcache__gather_troubles (&attachment->nodes);
      hashcache__summarise_job (&attachment->nodes);
    }
    hashcache__end_attachment (attachment);
  }
  hashcache__silence_herald ();
  hashcache__go_out (&visit);
  return MPI_SUCCESS;
}

/* Arranges for hashcache__detach; 0, or -1. */
static int
hashcache__mind_finalize (void)
{
  if (hashcache__attachment_key != MPI_KEYVAL_INVALID)
    return 0;
  if (MPI_Comm_create_keyval (MPI_COMM_NULL_COPY_FN, hashcache__detach, &hashcache__attachment_key, NULL) != MPI_SUCCESS)
    return -1;
  if (MPI_Comm_set_attr (MPI_COMM_SELF, hashcache__attachment_key, NULL) == MPI_SUCCESS)
    return 0;
  (void) MPI_Comm_free_keyval (&hashcache__attachment_key);
  return -1;
}

/* An attachment of NODES' ranks, on each of them; NULL on all if one has no memory. Collective. */
static struct hashcache__attachment *
hashcache__make_attachment (const struct hashcache__nodes *nodes)
{
  struct hashcache__attachment *attachment = calloc (1, sizeof *attachment);
  int fine = attachment != NULL;

  if (MPI_Allreduce (MPI_IN_PLACE, &fine, 1, MPI_INT, MPI_MIN, nodes->job) != MPI_SUCCESS || !fine) {
    free (attachment);
    return NULL;
  }
  attachment->nodes = *nodes;
  attachment->window = MPI_WIN_NULL;
  return attachment;
}

static int
hashcache__attach (MPI_Comm comm)
{
  struct hashcache__nodes nodes;
  struct hashcache__attachment *attachment;

  if (hashcache__nodes_find (&nodes, comm) != 0 || !(attachment = hashcache__make_attachment (&nodes))) {
    hashcache__nodes_free (&nodes);
    return HASHCACHE_MPI_FAILED;
  }
  if (hashcache__share_board (attachment) != 0 || hashcache__nodes_agree (&attachment->nodes) != 0
      || hashcache__mind_finalize () != 0) {
    hashcache__end_attachment (attachment);
    return HASHCACHE_MPI_FAILED;
  }
  hashcache__engage_herald (&attachment->nodes);
  attachment->older = hashcache__attachments;
  hashcache__attachments = attachment;
  return HASHCACHE_OK;
}

int
hashcache_mpi_attach (MPI_Comm comm)
{
  struct hashcache__visit visit;
  int begun = 0, over = 0, between = 0, result = HASHCACHE_MPI_FAILED;

  if (MPI_Initialized (&begun) != MPI_SUCCESS || !begun || MPI_Finalized (&over) != MPI_SUCCESS || over)
    return HASHCACHE_MPI_FAILED;
  if (comm == MPI_COMM_NULL || MPI_Comm_test_inter (comm, &between) != MPI_SUCCESS || between)
    return HASHCACHE_BAD_ARGUMENT;
  hashcache__come_in (&visit);
  result = hashcache__attach (comm);
  hashcache__go_out (&visit);
  return result;
}

#endif
