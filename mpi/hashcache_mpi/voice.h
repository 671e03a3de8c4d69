/* voice.h: what many ranks have to say is said once.
   SPDX-License-Identifier: BSD-2-Clause

   A trouble is said by the first rank of a node that sees it. The ranks on rank 0's node say theirs at once; those of other nodes keep
   theirs, and rank 0 says at the end what its own node has not said. Should the program end without MPI_Finalize, each rank says
   what it has kept. */
#ifndef HASHCACHE_MPI_VOICE_H
#define HASHCACHE_MPI_VOICE_H

#include "nodes.h"

enum { HASHCACHE__MOST_GATHERED = 64 << 20 };

struct hashcache__kept_lines {
  pthread_mutex_t mutex;
  struct hashcache__text text; /* lines, each with its newline */
  _Atomic int away;            /* this rank is not on rank 0's node */
};

static struct hashcache__kept_lines hashcache__kept_lines = { .mutex = PTHREAD_MUTEX_INITIALIZER };

static int
hashcache__herald_ranks (const struct hashcache__digest *digest, const char *line, size_t n)
{
  if (!hashcache__board_first_time (digest))
    return 0;
  if (!atomic_load (&hashcache__kept_lines.away))
    return 1;
  pthread_mutex_lock (&hashcache__kept_lines.mutex);
  hashcache__text_bytes (&hashcache__kept_lines.text, line, n);
  hashcache__text_bytes (&hashcache__kept_lines.text, "\n", 1);
  pthread_mutex_unlock (&hashcache__kept_lines.mutex);
  return 0;
}

/* Says each of the lines in TEXT; with ONCE only those that this node has not said yet. */
static void
hashcache__say_lines (const char *text, size_t n, int once)
{
  for (const char *end; n > 0 && (end = memchr (text, '\n', n)); n -= (size_t) (end + 1 - text), text = end + 1) {
    const struct hashcache__digest digest = hashcache__digest_of (text, (size_t) (end - text));
    char line[HASHCACHE__LINE];

    if ((size_t) (end - text) < sizeof line
        && (!once || (hashcache__first_time (&digest) && hashcache__board_first_time (&digest)))) {
      memcpy (line, text, (size_t) (end - text));
      hashcache__write_line (line, (size_t) (end - text));
    }
  }
}

/* What is kept, to be freed by the caller; nothing is kept afterwards. */
static struct hashcache__text
hashcache__take_kept_lines (void)
{
  struct hashcache__text text;

  pthread_mutex_lock (&hashcache__kept_lines.mutex);
  text = hashcache__kept_lines.text;
  memset (&hashcache__kept_lines.text, 0, sizeof hashcache__kept_lines.text);
  pthread_mutex_unlock (&hashcache__kept_lines.mutex);
  return text;
}

static void
hashcache__say_kept_lines (void)
{
  struct hashcache__text text = hashcache__take_kept_lines ();

  if (text.string)
    hashcache__say_lines (text.string, text.length, 0);
  hashcache__text_free (&text);
}

static void
hashcache__voice_at_exit (void)
{
  struct hashcache__visit visit;

  hashcache__come_in (&visit);
  if (!visit.nested)
    hashcache__say_kept_lines ();
  hashcache__go_out (&visit);
}

/* How much of TEXT rank 0 is to get, whole lines: all ranks' together shall not fill its memory, nor an int. */
static int
hashcache__length_to_send (const struct hashcache__text *text, int ranks)
{
  const size_t most = HASHCACHE__MOST_GATHERED / (size_t) ranks;
  size_t length = text->length < most ? text->length : most;

  while (length > 0 && text->string[length - 1] != '\n')
    length--;
  return (int) length;
}

/* Whether rank 0 has MEMORY. All ranks hear of it, or they would wait for it in vain. Collective. */
static int
hashcache__root_has (const struct hashcache__nodes *nodes, const void *memory)
{
  int has = memory != NULL;

  return MPI_Bcast (&has, 1, MPI_INT, 0, nodes->job) == MPI_SUCCESS && has;
}

/* Rank 0 gets the lines of all; LENGTHS has room for two numbers a rank there. Collective. */
static void
hashcache__gather_lines (const struct hashcache__nodes *nodes, const struct hashcache__text *own, int *lengths)
{
  const int length = hashcache__length_to_send (own, nodes->ranks);
  int *starts = lengths ? lengths + nodes->ranks : NULL, total = 0;
  char *all = NULL;

  if (MPI_Gather (&length, 1, MPI_INT, lengths, 1, MPI_INT, 0, nodes->job) != MPI_SUCCESS)
    return;
  for (int i = 0; lengths && i < nodes->ranks; i++) {
    starts[i] = total;
    total += lengths[i];
  }
  if (nodes->rank == 0)
    all = malloc ((size_t) total + 1);
  if (hashcache__root_has (nodes, all)
      && MPI_Gatherv (own->string, length, MPI_CHAR, all, lengths, starts, MPI_CHAR, 0, nodes->job) == MPI_SUCCESS && all)
    hashcache__say_lines (all, (size_t) total, 1);
  free (all);
}

/* Rank 0 says what other nodes have kept. Collective. */
static void
hashcache__gather_troubles (const struct hashcache__nodes *nodes)
{
  struct hashcache__text own = hashcache__take_kept_lines ();
  int *lengths = nodes->rank == 0 ? calloc ((size_t) nodes->ranks * 2, sizeof *lengths) : NULL;

  if (hashcache__root_has (nodes, lengths))
    hashcache__gather_lines (nodes, &own, lengths);
  free (lengths);
  hashcache__text_free (&own);
}

/* A child is no rank: what its parent has kept is for the parent to say, and what it has to say itself it says at once. */
static void
hashcache__voice_in_child (void)
{
  atomic_store (&hashcache__herald, NULL);
  (void) pthread_mutex_init (&hashcache__kept_lines.mutex, NULL);
  memset (&hashcache__kept_lines.text, 0, sizeof hashcache__kept_lines.text);
}

static void
hashcache__engage_herald (const struct hashcache__nodes *nodes)
{
  static int registered;

  if (nodes->node_number != 0) /* if only in one of several attachments: in that one rank 0 speaks for this rank */
    atomic_store (&hashcache__kept_lines.away, 1);
  atomic_store (&hashcache__herald, hashcache__herald_ranks);
  if (registered)
    return;
  registered = 1;
  (void) pthread_atfork (NULL, NULL, hashcache__voice_in_child);
  (void) atexit (hashcache__voice_at_exit);
}

static void
hashcache__silence_herald (void)
{
  atomic_store (&hashcache__herald, NULL);
  hashcache__say_kept_lines ();
}

#endif
