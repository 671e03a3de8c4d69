/* trial.h: tries whether locks of the cache directory exclude between nodes.
   SPDX-License-Identifier: BSD-2-Clause

   One process, the host, makes a token in claims/ and locks a byte; each guest, on another node, sees by the token whether it has the
   same directory, and then tries to lock the same byte. Who brings host and guests together, and when, is not decided here. */
#ifndef HASHCACHE_TRIAL_H
#define HASHCACHE_TRIAL_H

#include "leases.h"

#define HASHCACHE__TRIAL_SECONDS 5.0 /* a lock manager that does not answer by then has none of our trust */

enum {
  HASHCACHE__TRIAL_EXCLUDES = 1, /* the guest was refused, as it should be               */
  HASHCACHE__TRIAL_FAILS = 2,    /* the guest got the lock, or locks fail or do not answer */
  HASHCACHE__TRIAL_SEPARATE = 3, /* the guest has another directory                      */
  HASHCACHE__TRIAL_NONE = 4      /* there is no directory to try it in                   */
};

/* A lock that is tried by a thread of its own, since a file system may never answer. */
struct hashcache__trial {
  pthread_mutex_t mutex;
  pthread_cond_t answered;
  off_t offset;
  int fd, users;
  int answer; /* 0 not yet, 1 got it, 2 refused, 3 failed */
};

/* The host's part. */
struct hashcache__trial_host {
  char token[HASHCACHE__PATH];
  struct hashcache__trial *trial;
};

static inline void
hashcache__trial_leave (struct hashcache__trial *trial)
{
  const int last = --trial->users == 0;

  pthread_mutex_unlock (&trial->mutex);
  if (!last)
    return;
  close (trial->fd);
  free (trial);
}

static inline void *
hashcache__trial_thread (void *argument)
{
  struct hashcache__trial *trial = argument;
  const int locked = hashcache__lock_byte (trial->fd, trial->offset, F_WRLCK);
  const int refused = locked != 0 && (errno == EAGAIN || errno == EACCES);

  pthread_mutex_lock (&trial->mutex);
  trial->answer = locked == 0 ? 1 : refused ? 2 : 3;
  pthread_cond_signal (&trial->answered);
  hashcache__trial_leave (trial);
  return NULL;
}

/* Tries to lock the byte of NUMBER; NULL if that cannot even be tried. To be given back by hashcache__trial_end. */
static inline struct hashcache__trial *
hashcache__trial_lock (uint64_t number)
{
  struct hashcache__trial *trial = calloc (1, sizeof *trial);
  const struct timespec until = hashcache__timespec_of (hashcache__now () + HASHCACHE__TRIAL_SECONDS);
  pthread_t thread;

  if (!trial)
    return NULL;
  trial->offset = (off_t) ((UINT64_C (1) << 62) + number % (UINT64_C (1) << 32)); /* beyond all keys */
  trial->users = 2;
  trial->fd = hashcache__open_notices (&hashcache__no_key);
  pthread_mutex_init (&trial->mutex, NULL);
  hashcache__make_condition (&trial->answered);
  if (trial->fd < 0 || hashcache__start_thread (&thread, hashcache__trial_thread, trial) != 0) {
    if (trial->fd >= 0)
      close (trial->fd);
    free (trial);
    return NULL;
  }
  (void) pthread_detach (thread);
  pthread_mutex_lock (&trial->mutex);
  while (trial->answer == 0 && pthread_cond_timedwait (&trial->answered, &trial->mutex, &until) == 0)
    ;
  pthread_mutex_unlock (&trial->mutex);
  return trial;
}

/* Gives the lock back, if it was got. */
static inline void
hashcache__trial_end (struct hashcache__trial *trial)
{
  if (!trial)
    return;
  pthread_mutex_lock (&trial->mutex);
  if (trial->answer == 1)
    (void) hashcache__lock_byte (trial->fd, trial->offset, F_UNLCK);
  hashcache__trial_leave (trial);
}

static inline int
hashcache__trial_token (char path[HASHCACHE__PATH], uint64_t number)
{
  const int mode = hashcache__settings ()->mode;
  const char *dir = mode == HASHCACHE__MODE_OFF || mode == HASHCACHE__MODE_READONLY ? NULL : hashcache__directory (1);
  char place[HASHCACHE__PATH], name[64];

  if (!dir || hashcache__make_directory (place, dir, "claims", NULL) != 0)
    return -1;
  snprintf (name, sizeof name, ".tmp-trial-%016llx", (unsigned long long) number);
  return hashcache__join (path, place, name, NULL, NULL);
}

/* The host begins the trial NUMBER: EXCLUDES if the lock is held, else what all guests' answer is. */
static inline int
hashcache__trial_host_begins (struct hashcache__trial_host *host, uint64_t number)
{
  int fd, answer;

  host->trial = NULL;
  host->token[0] = '\0';
  if (hashcache__trial_token (host->token, number) != 0)
    return HASHCACHE__TRIAL_NONE;
  fd = hashcache__create (host->token, O_RDWR);
  if (fd < 0) {
    host->token[0] = '\0';
    return HASHCACHE__TRIAL_NONE;
  }
  close (fd);
  host->trial = hashcache__trial_lock (number);
  if (!host->trial)
    return HASHCACHE__TRIAL_FAILS;
  pthread_mutex_lock (&host->trial->mutex);
  answer = host->trial->answer == 1 ? HASHCACHE__TRIAL_EXCLUDES : HASHCACHE__TRIAL_FAILS;
  pthread_mutex_unlock (&host->trial->mutex);
  return answer;
}

static inline void
hashcache__trial_host_ends (struct hashcache__trial_host *host)
{
  hashcache__trial_end (host->trial);
  if (host->token[0])
    (void) unlink (host->token);
}

/* What a guest finds while the host holds the lock of the trial NUMBER. */
static inline int
hashcache__trial_guest (uint64_t number)
{
  struct hashcache__trial *trial;
  char token[HASHCACHE__PATH];
  int fd, answer;

  if (hashcache__trial_token (token, number) != 0)
    return HASHCACHE__TRIAL_NONE;
  fd = hashcache__create (token, O_RDWR);
  if (fd >= 0) {
    close (fd);
    (void) unlink (token);
    return HASHCACHE__TRIAL_SEPARATE;
  }
  if (errno != EEXIST)
    return HASHCACHE__TRIAL_NONE;
  trial = hashcache__trial_lock (number);
  if (!trial)
    return HASHCACHE__TRIAL_FAILS;
  pthread_mutex_lock (&trial->mutex);
  answer = trial->answer == 2 ? HASHCACHE__TRIAL_EXCLUDES : HASHCACHE__TRIAL_FAILS;
  pthread_mutex_unlock (&trial->mutex);
  hashcache__trial_end (trial);
  return answer;
}

#endif
