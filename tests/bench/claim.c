/* claim.c: what a claim costs that nobody else wants: claim [--rounds N] [--calls N]
   SPDX-License-Identifier: BSD-2-Clause

   Two processes share a board, as the ranks of a node do; the other one sleeps. First the rungs of the ladder by themselves, each with the
   claim and its end, on keys of which nothing is known; then the steps of the last rung, that of files; then calls of a
   function that computes next to nothing and whose result is not wanted (HASHCACHE_IF), so that nothing is stored: what they take
   beyond those of HASHCACHE_MODE=readonly, which look up and claim nothing, is the claim. Needs HASHCACHE_DIR. */
#define HASHCACHE_IMPLEMENTATION
#include <hashcache.h>
#include "measure.h"
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

enum { MAX_CALLS = 4096 };

static struct hashcache__digest keys[MAX_CALLS];
static int n_calls = 500, n_rounds = 31;
static long n_asked; /* calls so far: each has an argument of its own */

HASHCACHE
HASHCACHE_IF (result < 0) static long unwanted (long x)
{
  return x * x;
}

HASHCACHE static long
wanted (long x)
{
  return x * x + 1;
}

/* Keys that have never been asked for. */
static void
make_keys (void)
{
  static uint64_t counter;

  for (int i = 0; i < n_calls; i++) {
    const uint64_t seed[2] = { counter++, (uint64_t) getpid () };

    keys[i] = hashcache__digest_of (seed, sizeof seed);
  }
}

/* Rungs ------------------------------------------------------------------------------------------------------------------ */

static const struct hashcache__spot here = { &here, 0 };

static void
by_threads (int i)
{
  struct hashcache__flight *flight;

  if (hashcache__claim_among_threads (&keys[i], here, 0.0, &flight) == HASHCACHE__CLAIM_MINE)
    hashcache__land_among_threads (flight, 1);
}

static void
by_board (int i)
{
  struct hashcache__ticket ticket;

  if (hashcache__board_claim (&keys[i], &ticket) == HASHCACHE__BOARD_MINE)
    hashcache__board_land (&ticket, HASHCACHE__CELL_LANDED);
}

static void
by_files (int i)
{
  struct hashcache__flight flight = { .key = keys[i], .hold.fd = -1 };
  struct hashcache__waiting waiting = { .deadline = 1e9 };

  (void) hashcache__claim_among_processes (&flight, &waiting);
  hashcache__announce (&flight);
  if (flight.hold.announced)
    hashcache__tell_others (&flight, HASHCACHE__PUBLISHED, &hashcache__no_key, 0);
  hashcache__drop_hold (&flight, 1);
}

/* An entry that is not there. */
static void
by_looking (int i)
{
  const struct hashcache__key key = { .key = keys[i], .code = keys[0] };
  struct hashcache__occasion occasion = { 0 };
  struct hashcache__blocks blocks = { 0 };
  struct hashcache__fetch fetch = { .restore = 1 };

  (void) hashcache__store_fetch (&key, &occasion, &blocks, &fetch);
}

/* Steps of the rung of files ------------------------------------------------------------------------------------------- */

static int some_fd;

static void
open_and_close (int i)
{
  const int fd = hashcache__store_open_claims (keys[i].bytes[0]);

  if (fd >= 0)
    close (fd);
}

static void
keep (int i)
{
  struct hashcache__hold hold = { .fd = -1 };

  (void) i;
  if (hashcache__keep_file (&hold, some_fd) == 0) {
    hold.local = hashcache__is_local_file (hold.fd);
    hashcache__extend_notices (hold.fd);
    (void) hashcache__let_file_go (&hold);
  }
}

static void
lock_and_unlock (int i)
{
  (void) hashcache__lock_byte (some_fd, hashcache__lock_offset (&keys[i]), F_WRLCK);
  (void) hashcache__lock_byte (some_fd, hashcache__lock_offset (&keys[i]), F_UNLCK);
}

static void
read_two_notices (int i)
{
  struct hashcache__notice notice;

  (void) hashcache__read_notice (some_fd, &keys[i], &notice);
  (void) hashcache__read_notice (some_fd, &keys[i], &notice);
}

static void
write_two_notices (int i)
{
  struct hashcache__notice notice;

  hashcache__begin_notice (&notice, &keys[i]);
  hashcache__write_notice (some_fd, &notice);
  hashcache__write_notice (some_fd, &notice);
}

/* Calls ------------------------------------------------------------------------------------------------------------------ */

static void
call_unwanted (int i)
{
  (void) i;
  (void) unwanted (n_asked++);
}

static void
call_wanted (int i)
{
  (void) i;
  (void) wanted (n_asked++);
}

static struct hashcache__seat *seat;

static void
begin_detached (void)
{
  atomic_store (&hashcache__seat, NULL);
}

static void
end_detached (void)
{
  atomic_store (&hashcache__seat, seat);
}

static void
begin_readonly (void)
{
  (void) hashcache_set ("MODE", "readonly");
}

static void
end_readonly (void)
{
  (void) hashcache_set ("MODE", NULL);
}

/* Rounds ------------------------------------------------------------------------------------------------------------------- */

struct way {
  const char *name;
  void (*work) (int);
  void (*begin) (void), (*end) (void);
  int share; /* one of so many of the calls: for what takes long */
  double seconds[MEASURE_ROUNDS];
};

static void
nothing (int i)
{
  (void) i;
}

static struct way ways[] = {
  { "nothing", nothing, NULL, NULL, 1, { 0 } },
  { "rung of threads: claim, land", by_threads, NULL, NULL, 1, { 0 } },
  { "rung of the board: claim, land", by_board, NULL, NULL, 1, { 0 } },
  { "rung of files: claim, two notices, land", by_files, NULL, NULL, 1, { 0 } },
  { "  of it: open and close claims/xx", open_and_close, NULL, NULL, 1, { 0 } },
  { "  of it: what file system, how large", keep, NULL, NULL, 1, { 0 } },
  { "  of it: read the notice, twice", read_two_notices, NULL, NULL, 1, { 0 } },
  { "  of it: lock and unlock", lock_and_unlock, NULL, NULL, 1, { 0 } },
  { "  of it: write the notice, twice", write_two_notices, NULL, NULL, 1, { 0 } },
  { "opening an entry that is not there", by_looking, NULL, NULL, 1, { 0 } },
  { "miss, no claim, not stored (readonly)", call_unwanted, begin_readonly, end_readonly, 1, { 0 } },
  { "miss, claimed, not attached, not stored", call_unwanted, begin_detached, end_detached, 1, { 0 } },
  { "miss, claimed, attached, not stored", call_unwanted, NULL, NULL, 1, { 0 } },
  { "miss, claimed, attached, stored", call_wanted, NULL, NULL, 10, { 0 } },
};
enum { N_WAYS = sizeof ways / sizeof *ways, NOTHING = 0, BOARD = 2, FILES = 3, READONLY = 10, DETACHED = 11, ATTACHED = 12 };

static double
one_round (const struct way *way)
{
  const int calls = n_calls / way->share > 0 ? n_calls / way->share : 1;
  double began;

  make_keys ();
  if (way->begin)
    way->begin ();
  way->work (0); /* the first one may have something to find out */
  began = measure_now ();
  for (int i = 1; i <= calls; i++)
    way->work (i % n_calls);
  began = measure_now () - began;
  if (way->end)
    way->end ();
  return began / calls;
}

/* The median over the rounds of what A takes beyond B. */
static double
beyond (int a, int b)
{
  double differences[MEASURE_ROUNDS];

  for (int round = 0; round < n_rounds; round++)
    differences[round] = ways[a].seconds[round] - ways[b].seconds[round];
  return measure_median (differences, n_rounds);
}

static void
print_table (void)
{
  printf ("| what | us, median | quartiles |\n|---|---|---|\n");
  for (int w = 0; w < N_WAYS; w++)
    printf ("| %s | %.3f | %.3f-%.3f |\n", ways[w].name, 1e6 * measure_median (ways[w].seconds, n_rounds),
            1e6 * measure_quantile (ways[w].seconds, n_rounds, 0.25), 1e6 * measure_quantile (ways[w].seconds, n_rounds, 0.75));
  printf ("\nA claim on the board alone: %.3f us, %.1f %% of a miss that claims nothing.\n", 1e6 * beyond (BOARD, NOTHING),
          100.0 * beyond (BOARD, NOTHING) / measure_median (ways[READONLY].seconds, n_rounds));
  printf ("Attached beyond not attached: %.3f us. All rungs beyond a miss that claims nothing: %.3f us.\n",
          1e6 * beyond (ATTACHED, DETACHED), 1e6 * beyond (ATTACHED, READONLY));
}

/* Makes the files of claims/: microseconds for each. */
static double
make_files (void)
{
  const double began = measure_now ();

  for (int i = 0; i < 256; i++) {
    struct hashcache__digest key = { { (unsigned char) i } };
    const int fd = hashcache__open_notices (&key);

    if (fd >= 0)
      close (fd);
  }
  return 1e6 * (measure_now () - began) / 256;
}

/* The other process: sits down and sleeps. */
static pid_t
start_neighbour (struct hashcache__board *board)
{
  const pid_t neighbour = fork ();

  if (neighbour != 0)
    return neighbour;
  (void) hashcache__seat_take (board, 1);
  for (;;)
    pause ();
}

int
main (int argc, char **argv)
{
  void *memory = mmap (NULL, hashcache__board_size (2, 72), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  struct hashcache__board *board;
  double making;
  pid_t neighbour;

  n_rounds = (int) measure_option (argc, argv, "--rounds", n_rounds);
  n_calls = (int) measure_option (argc, argv, "--calls", n_calls);
  if (memory == MAP_FAILED || n_rounds < 1 || n_rounds > MEASURE_ROUNDS || n_calls < 1 || n_calls > MAX_CALLS)
    return 2;
  board = hashcache__board_make (memory, 2, 72);
  neighbour = start_neighbour (board);
  seat = hashcache__seat_take (board, 0);
  making = make_files ();
  some_fd = hashcache__store_open_claims (0);
  for (int round = 0; round < n_rounds; round++)
    for (int w = 0; w < N_WAYS; w++)
      ways[w].seconds[round] = one_round (&ways[w]);
  print_table ();
  printf ("The first claim in one of the 256 files of a new cache makes it: %.0f us more.\n", making);
  if (neighbour > 0) {
    (void) kill (neighbour, SIGKILL);
    (void) waitpid (neighbour, NULL, 0);
  }
  return 0;
}
