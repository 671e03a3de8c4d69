/* inside.h: the way into the runtime and out of it.
   SPDX-License-Identifier: BSD-2-Clause

   Each function that others call visits the runtime: come_in first, go_out last. Meanwhile this thread
   - traps no arithmetic, whatever the program has asked for, and afterwards no flag of ours is raised; rounding and flushing
     stay as the caller has them, for the key reads them;
   - cannot be cancelled, which would leave a lock behind;
   - is marked. A signal handler that interrupts it and makes a cached call would wait for locks of its own thread: a nested
     visit takes none. A fork in such a handler takes none either; what the child then cannot trust it does not use.
   errno is as before. The body runs outside. */
#ifndef HASHCACHE_INSIDE_H
#define HASHCACHE_INSIDE_H

#include "posix.h"
#include <fenv.h>
#include <signal.h>
#include <stdatomic.h>

static _Thread_local volatile sig_atomic_t hashcache__inside;

/* Arithmetic ------------------------------------------------------------------------------------------------------------- */

#if defined __x86_64__ && defined __SSE2_MATH__ /* our arithmetic is SSE's; who calls HDF5 holds the x87 too */

typedef unsigned hashcache__arithmetic_state;

static void
hashcache__hold_arithmetic (hashcache__arithmetic_state *state)
{
  const unsigned masks = 0x1f80;

  *state = __builtin_ia32_stmxcsr ();
  if ((*state & masks) != masks)
    __builtin_ia32_ldmxcsr (*state | masks);
}

static void
hashcache__release_arithmetic (const hashcache__arithmetic_state *state)
{
  if (__builtin_ia32_stmxcsr () != *state)
    __builtin_ia32_ldmxcsr (*state);
}

#else

typedef struct {
  fenv_t environment;
  int held;
} hashcache__arithmetic_state;

static void
hashcache__hold_arithmetic (hashcache__arithmetic_state *state)
{
  state->held = feholdexcept (&state->environment) == 0;
}

static void
hashcache__release_arithmetic (const hashcache__arithmetic_state *state)
{
  if (state->held)
    (void) fesetenv (&state->environment);
}

#endif

/* Visits ----------------------------------------------------------------------------------------------------------------- */

struct hashcache__visit {
  hashcache__arithmetic_state arithmetic;
  int error; /* errno */
  int cancelling;
  int nested; /* in a signal handler that has interrupted the runtime: take no lock, allocate nothing */
};

/* Neither is inlined: no arithmetic of the runtime may move out from between them. */
__attribute__ ((noinline)) static void
hashcache__come_in (struct hashcache__visit *visit)
{
  visit->error = errno;
  visit->nested = hashcache__inside;
  hashcache__inside = 1;
  atomic_signal_fence (memory_order_seq_cst);
  visit->cancelling = PTHREAD_CANCEL_ENABLE;
  (void) pthread_setcancelstate (PTHREAD_CANCEL_DISABLE, &visit->cancelling);
  hashcache__hold_arithmetic (&visit->arithmetic);
}

__attribute__ ((noinline)) static void
hashcache__go_out (const struct hashcache__visit *visit)
{
  int ours;

  hashcache__release_arithmetic (&visit->arithmetic);
  atomic_signal_fence (memory_order_seq_cst);
  hashcache__inside = visit->nested;
  errno = visit->error;
  (void) pthread_setcancelstate (visit->cancelling, &ours); /* last: it may end the thread at once */
}

/* Threads of our own ----------------------------------------------------------------------------------------------------- */

static int
hashcache__create_thread (pthread_t *thread, size_t stack, void *function (void *), void *argument)
{
  pthread_attr_t attributes;
  int result;

  if (pthread_attr_init (&attributes) != 0)
    return -1;
  if (stack > 0)
    (void) pthread_attr_setstacksize (&attributes, stack);
  result = pthread_create (thread, &attributes, function, argument);
  pthread_attr_destroy (&attributes);
  return result == 0 ? 0 : -1;
}

/* Starts FUNCTION with ARGUMENT in a THREAD that takes none of the program's signals but those that its own instructions raise, which a
   handler of the program's may mend; 0, or -1. A program with many thread-local variables may need a larger stack than we do. */
static int
hashcache__start_thread (pthread_t *thread, void *function (void *), void *argument)
{
  static const int own[] = { SIGSEGV, SIGILL, SIGFPE, HASHCACHE__SIGBUS, HASHCACHE__SIGTRAP, HASHCACHE__SIGSYS };
  union hashcache__signals all, mask;
  int result;

  memset (&all, 0xff, sizeof all);
  for (size_t i = 0; i < sizeof own / sizeof *own; i++)
    hashcache__posix_sigdelset (&all, own[i]);
  if (hashcache__posix_sigmask (HASHCACHE__SIG_SETMASK, &all, &mask) != 0)
    return -1;
  result = hashcache__create_thread (thread, 256 << 10, function, argument);
  if (result != 0)
    result = hashcache__create_thread (thread, 0, function, argument);
  (void) hashcache__posix_sigmask (HASHCACHE__SIG_SETMASK, &mask, NULL);
  return result;
}

/* A condition whose timed waits end by HASHCACHE__CLOCK_MONOTONIC: the time of day may be set back. */
static void
hashcache__make_condition (pthread_cond_t *condition)
{
  pthread_condattr_t attributes;

  pthread_condattr_init (&attributes);
  pthread_condattr_setclock (&attributes, HASHCACHE__CLOCK_MONOTONIC);
  pthread_cond_init (condition, &attributes);
  pthread_condattr_destroy (&attributes);
}

/* Locks and fork --------------------------------------------------------------------------------------------------------- */

/* No other thread shall be in the middle of what MUTEX protects while the process forks. A thread that was interrupted inside
   may have the lock itself: the child then gets a new one, and hashcache__unlock_in_child says 1: what it protects may be
   unfinished for good. */

/* This process was forked inside the runtime: what was under way is its parent's. */
static _Atomic int hashcache__forked_inside;

/* Gives the file FD, which is being written, SIZE bytes: 0, or -1 with errno. A child that was forked meanwhile has its parent's file. */
static int
hashcache__set_file_size (int fd, uint64_t size)
{
  if (!atomic_load (&hashcache__forked_inside))
    return ftruncate (fd, (off_t) size);
  errno = ECANCELED;
  return -1;
}

static void
hashcache__lock_for_fork (pthread_mutex_t *mutex)
{
  if (!hashcache__inside)
    pthread_mutex_lock (mutex);
}

static void
hashcache__unlock_in_parent (pthread_mutex_t *mutex)
{
  if (!hashcache__inside)
    pthread_mutex_unlock (mutex);
}

static int
hashcache__unlock_in_child (pthread_mutex_t *mutex)
{
  if (hashcache__inside) {
    (void) pthread_mutex_init (mutex, NULL);
    atomic_store (&hashcache__forked_inside, 1);
    return 1;
  }
  pthread_mutex_unlock (mutex);
  return 0;
}

#endif
