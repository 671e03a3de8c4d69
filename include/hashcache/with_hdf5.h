/* with_hdf5.h: runs our HDF5 calls so that the host does not notice.
   SPDX-License-Identifier: BSD-2-Clause

   One at a time in this process (not every libhdf5 is thread-safe), nothing printed, the host's error stack as it was. A fork
   waits until nobody is inside, so that a child can go on. At exit, before HDF5 takes itself down, the door is closed for
   good: threads that outlive main find it so. */
#ifndef HASHCACHE_WITH_HDF5_H
#define HASHCACHE_WITH_HDF5_H

#include "inside.h"
#include "objects.h"
#include <hdf5.h>

typedef int hashcache__hdf5_work (void *context);

static pthread_mutex_t hashcache__hdf5_mutex = PTHREAD_MUTEX_INITIALIZER;
static _Atomic int hashcache__hdf5_closed;

static void
hashcache__hdf5_before_fork (void)
{
  hashcache__lock_for_fork (&hashcache__hdf5_mutex);
}

static void
hashcache__hdf5_in_parent (void)
{
  hashcache__unlock_in_parent (&hashcache__hdf5_mutex);
}

static void
hashcache__hdf5_in_child (void)
{
  if (hashcache__unlock_in_child (&hashcache__hdf5_mutex))
    atomic_store (&hashcache__hdf5_closed, 1);
}

static void
hashcache__hdf5_mind_forks (void)
{
  (void) pthread_atfork (hashcache__hdf5_before_fork, hashcache__hdf5_in_parent, hashcache__hdf5_in_child);
}

/* HDF5 has data of threads, whose destructor must stay where it is when the library that carries us is unloaded. Nobody waits for who is in
   here: the dynamic linker may be waiting for a constructor that makes a marked call. */
static void
hashcache__hdf5_stays (void)
{
  static _Atomic int stays;
  struct hashcache__object object = { NULL, NULL, NULL, NULL };
  herr_t (*const inside) (void) = H5open; /* of a program that has its own copy, nothing needs to stay */
  const void *address;

  if (atomic_load_explicit (&stays, memory_order_relaxed))
    return;
  memcpy (&address, &inside, sizeof address);
  if (hashcache__dladdr (address, &object) && object.file)
    (void) hashcache__dlopen (object.file, HASHCACHE__LAZY | HASHCACHE__NOLOAD | HASHCACHE__NODELETE);
  atomic_store_explicit (&stays, 1, memory_order_relaxed);
}

static void
hashcache__hdf5_close (void)
{
  struct hashcache__visit visit;

  hashcache__come_in (&visit);
  if (!visit.nested) /* else the exit is a signal handler's, and the lock perhaps our own */
    pthread_mutex_lock (&hashcache__hdf5_mutex);
  atomic_store (&hashcache__hdf5_closed, 1);
  if (!visit.nested)
    pthread_mutex_unlock (&hashcache__hdf5_mutex);
  hashcache__go_out (&visit);
}

/* Does WORK; the mutex is held. */
static int
hashcache__hdf5_do (hashcache__hdf5_work *work, void *context)
{
  static int prepared;
  const hid_t stack = H5Eget_current_stack ();
  int result;

  if (!prepared) { /* HDF5 has arranged for its end by now: what is arranged later happens first */
    prepared = 1;
    (void) atexit (hashcache__hdf5_close);
  }
  H5E_BEGIN_TRY
  {
    result = work (context);
    if (stack >= 0)
      H5Eset_current_stack (stack); /* closes it, too */
  }
  H5E_END_TRY;
  return result;
}

/* Returns what WORK returns, -1 if HDF5 is closed. */
static int
hashcache__with_hdf5 (hashcache__hdf5_work *work, void *context)
{
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  int result = -1;

  hashcache__hdf5_stays ();
  pthread_once (&once, hashcache__hdf5_mind_forks);
  pthread_mutex_lock (&hashcache__hdf5_mutex);
  if (!atomic_load (&hashcache__hdf5_closed))
    result = hashcache__hdf5_do (work, context);
  pthread_mutex_unlock (&hashcache__hdf5_mutex);
  return result;
}

#endif
