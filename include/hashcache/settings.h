/* settings.h: how the user wants the cache to be.
   SPDX-License-Identifier: BSD-2-Clause

   Each setting comes from the first of: hashcache_set, the environment as it was at the first look. (Configuration files come
   after these two: hashcache__raw_setting is the place.) A bad value is one clear message and the default. Readers get an
   immutable snapshot without a lock; a change makes a new snapshot and keeps the old ones, for somebody may be reading them. */
#ifndef HASHCACHE_SETTINGS_H
#define HASHCACHE_SETTINGS_H

#include "errors.h"
#include "inside.h"
#include "leaves.h"
#include "message.h"
#include "posix.h"

enum {
  HASHCACHE__MODE_ON = 1,
  HASHCACHE__MODE_OFF = 2,
  HASHCACHE__MODE_READONLY = 3, /* nothing is written to the cache directory                 */
  HASHCACHE__MODE_REFRESH = 4,  /* every call is computed, and its entry replaced            */
  HASHCACHE__MODE_VERIFY = 5,   /* hits are computed as well, and compared                   */
  HASHCACHE__MODE_AUDIT = 6     /* misses are computed twice, over different memory, and compared */
};

struct hashcache__settings {
  char *dir;        /* absolute path of the cache directory; NULL if there is nowhere to put it  */
  int mode;         /* HASHCACHE__MODE_...                                                       */
  int verbose;      /* 0 to 3                                                                    */
  uint64_t memory;  /* bytes of results kept in the process                                      */
  double wait;      /* seconds to wait for another's computation                                 */
  int check;        /* whether inputs are digested again after a call was computed              */
  double tolerance; /* relative, within which HASHCACHE_MODE=verify takes numbers for equal    */
  int libs;         /* how libraries enter the key: HASHCACHE__BY_... of leaves.h                */
  char *stats;      /* absolute path of the file that gets a JSON line at exit; NULL for none    */
  struct hashcache__settings *older;
};

enum {
  HASHCACHE__DIR,
  HASHCACHE__MODE,
  HASHCACHE__VERBOSE,
  HASHCACHE__MEMORY,
  HASHCACHE__WAIT,
  HASHCACHE__STATS,
  HASHCACHE__LIBS,
  HASHCACHE__CHECK,
  HASHCACHE__TOLERANCE,
  HASHCACHE__N_SETTINGS
};

static const char *const hashcache__setting_names[HASHCACHE__N_SETTINGS] = {
  "HASHCACHE_DIR",   "HASHCACHE_MODE", "HASHCACHE_VERBOSE", "HASHCACHE_MEMORY",   "HASHCACHE_WAIT",
  "HASHCACHE_STATS", "HASHCACHE_LIBS", "HASHCACHE_CHECK",   "HASHCACHE_TOLERANCE"
};

static const struct hashcache__settings hashcache__default_settings = { .mode = HASHCACHE__MODE_ON,
                                                                        .verbose = 1,
                                                                        .memory = (uint64_t) 64 << 20,
                                                                        .wait = 3600.0,
                                                                        .check = 1,
                                                                        .libs = HASHCACHE__BY_VERSION };

/* What to do when there is no memory even for the settings: nothing. */
static const struct hashcache__settings hashcache__settings_without_memory = { .mode = HASHCACHE__MODE_OFF,
                                                                               .verbose = 1,
                                                                               .libs = HASHCACHE__BY_VERSION };

struct hashcache__setting_sources {
  pthread_mutex_t mutex;
  int environment_read;
  char *set[HASHCACHE__N_SETTINGS];         /* by hashcache_set */
  char *environment[HASHCACHE__N_SETTINGS]; /* as it was at the first look */
};

static struct hashcache__setting_sources hashcache__sources = { .mutex = PTHREAD_MUTEX_INITIALIZER };
static struct hashcache__settings *_Atomic hashcache__current_settings;

static char *
hashcache__copy (const char *string)
{
  const size_t n = strlen (string) + 1;
  char *copy = malloc (n);

  return copy ? memcpy (copy, string, n) : NULL;
}

/* DIRECTORY "/" NAME, malloc'ed, or NULL without memory. */
static char *
hashcache__path (const char *directory, const char *name)
{
  const size_t n = strlen (directory), m = strlen (name);
  char *path = malloc (n + m + 2);

  if (!path)
    return NULL;
  memcpy (path, directory, n);
  path[n] = '/';
  memcpy (path + n + 1, name, m + 1);
  return path;
}

/* The program may change its directory later, and the cache shall not move with it. NULL if the path cannot be made. */
static char *
hashcache__absolute (const char *path)
{
  char *directory, *absolute;

  if (path[0] == '/')
    return hashcache__copy (path);
  directory = getcwd (NULL, 0);
  if (!directory)
    return NULL;
  absolute = hashcache__path (directory, path);
  free (directory);
  return absolute;
}

/* Parsing. Each returns 0, or an error and leaves *RESULT alone. ------------------------------------------------------ */

static int
hashcache__parse_mode (const char *value, int *result)
{
  static const char *const modes[] = { NULL, "on", "off", "readonly", "refresh", "verify", "audit" };

  for (int mode = HASHCACHE__MODE_ON; mode <= HASHCACHE__MODE_AUDIT; mode++)
    if (strcmp (value, modes[mode]) == 0) {
      *result = mode;
      return HASHCACHE_OK;
    }
  return HASHCACHE_BAD_VALUE;
}

static int
hashcache__parse_switch (const char *value, int *result)
{
  if ((value[0] != '0' && value[0] != '1') || value[1] != '\0')
    return HASHCACHE_BAD_VALUE;
  *result = value[0] - '0';
  return HASHCACHE_OK;
}

static int
hashcache__parse_verbose (const char *value, int *result)
{
  if (value[0] < '0' || value[0] > '3' || value[1] != '\0')
    return HASHCACHE_BAD_VALUE;
  *result = value[0] - '0';
  return HASHCACHE_OK;
}

/* A whole number of bytes, or of K, M, G (powers of 1024). */
static int
hashcache__parse_size (const char *value, uint64_t *result)
{
  static const char units[] = "KMG";
  uint64_t size = 0;
  const char *c = value;

  for (; *c >= '0' && *c <= '9'; c++)
    if (__builtin_mul_overflow (size, 10u, &size) || __builtin_add_overflow (size, (uint64_t) (*c - '0'), &size))
      return HASHCACHE_BAD_VALUE;
  if (c == value)
    return HASHCACHE_BAD_VALUE;
  if (*c != '\0') {
    const char upper = (char) (*c >= 'a' && *c <= 'z' ? *c - 'a' + 'A' : *c);
    const char *unit = strchr (units, upper);

    if (!unit || c[1] != '\0' || __builtin_mul_overflow (size, UINT64_C (1) << (10 * (unit - units + 1)), &size))
      return HASHCACHE_BAD_VALUE;
  }
  *result = size;
  return HASHCACHE_OK;
}

/* A number such as 30, 0.5 or 1e-9. Not by strtod: its decimal point is that of the host's locale. */
static int
hashcache__parse_number (const char *value, double *result)
{
  double number = 0.0, unit = 1.0;
  const char *c = value;
  int digits = 0;

  for (; *c >= '0' && *c <= '9'; c++, digits++)
    number = 10.0 * number + (*c - '0');
  if (*c == '.')
    for (c++; *c >= '0' && *c <= '9'; c++, digits++)
      number += (unit /= 10.0) * (*c - '0');
  if (digits > 0 && (*c == 'e' || *c == 'E') && c[1] == '-' && c[2] >= '0' && c[2] <= '9') {
    int exponent = 0;

    for (c += 2; *c >= '0' && *c <= '9' && exponent < 1000; c++)
      exponent = 10 * exponent + (*c - '0');
    while (exponent-- > 0)
      number /= 10.0;
  }
  if (digits == 0 || digits > 30 || *c != '\0')
    return HASHCACHE_BAD_VALUE;
  *result = number;
  return HASHCACHE_OK;
}

static int
hashcache__parse_seconds (const char *value, double *result)
{
  double seconds;

  if (hashcache__parse_number (value, &seconds) != HASHCACHE_OK)
    return HASHCACHE_BAD_VALUE;
  *result = seconds < 1e9 ? seconds : 1e9; /* 30 years: anything longer would overflow a timespec somewhere */
  return HASHCACHE_OK;
}

static int
hashcache__parse_libs (const char *value, int *result)
{
  static const char *const ways[] = { NULL, "version", "build-id", "none" }; /* in the order of leaves.h */

  for (int i = HASHCACHE__BY_VERSION; i <= HASHCACHE__BY_NAME; i++)
    if (strcmp (value, ways[i]) == 0) {
      *result = i;
      return HASHCACHE_OK;
    }
  return HASHCACHE_BAD_VALUE;
}

static int
hashcache__parse_path (const char *value, char **result)
{
  char *path = hashcache__absolute (value);

  if (!path)
    return HASHCACHE_NO_MEMORY;
  free (*result);
  *result = path;
  return HASHCACHE_OK;
}

static int
hashcache__parse_setting (struct hashcache__settings *settings, int which, const char *value)
{
  switch (which) {
  case HASHCACHE__DIR: return hashcache__parse_path (value, &settings->dir);
  case HASHCACHE__MODE: return hashcache__parse_mode (value, &settings->mode);
  case HASHCACHE__VERBOSE: return hashcache__parse_verbose (value, &settings->verbose);
  case HASHCACHE__MEMORY: return hashcache__parse_size (value, &settings->memory);
  case HASHCACHE__WAIT: return hashcache__parse_seconds (value, &settings->wait);
  case HASHCACHE__STATS: return hashcache__parse_path (value, &settings->stats);
  case HASHCACHE__CHECK: return hashcache__parse_switch (value, &settings->check);
  case HASHCACHE__TOLERANCE: return hashcache__parse_number (value, &settings->tolerance);
  case HASHCACHE__LIBS: return hashcache__parse_libs (value, &settings->libs);
  default: return HASHCACHE_UNKNOWN_NAME;
  }
}

/* Snapshots --------------------------------------------------------------------------------------------------------- */

static const char *
hashcache__raw_setting (int which)
{
  const struct hashcache__setting_sources *s = &hashcache__sources;

  return s->set[which] ? s->set[which] : s->environment[which];
}

/* The directory when HASHCACHE_DIR says none; NULL if the user has no home. */
static char *
hashcache__default_dir (void)
{
  const char *base = getenv ("XDG_CACHE_HOME");

  if (base && base[0] == '/') /* its specification: relative paths are invalid and ignored */
    return hashcache__path (base, "hashcache");
  base = getenv ("HOME");
  return base && base[0] == '/' ? hashcache__path (base, ".cache/hashcache") : NULL;
}

static void
hashcache__say_bad_setting (int which, const char *value, int error)
{
  const char *name = hashcache__setting_names[which];

  if (which == HASHCACHE__MODE)
    hashcache__trouble (NULL, "%s=%s is no mode: nothing is cached; the modes are on, off, readonly, refresh, verify and audit",
                        name, value);
  else if (error == HASHCACHE_NO_MEMORY)
    hashcache__trouble (NULL, "%s=%s cannot be made an absolute path: %s; it is ignored", name, value, strerror (errno));
  else
    hashcache__trouble (NULL, "%s=%s is no valid value, the default is taken; %s", name, value,
                        which == HASHCACHE__VERBOSE     ? "it is 0, 1, 2 or 3"
                        : which == HASHCACHE__LIBS      ? "it is version, build-id or none"
                        : which == HASHCACHE__CHECK     ? "it is 0 or 1"
                        : which == HASHCACHE__TOLERANCE ? "it is a number, such as 1e-12"
                        : which == HASHCACHE__MEMORY    ? "it is a number of bytes, or of K, M or G, such as 64M"
                                                        : "it is a number of seconds, such as 3600");
}

/* An unknown mode asks for care of some kind: better no cache than a careless one. */
static void
hashcache__apply_setting (struct hashcache__settings *settings, int which)
{
  const char *value = hashcache__raw_setting (which);
  int error;

  if (!value || value[0] == '\0')
    return;
  error = hashcache__parse_setting (settings, which, value);
  if (error && which == HASHCACHE__MODE)
    settings->mode = HASHCACHE__MODE_OFF;
  if (error)
    hashcache__say_bad_setting (which, value, error);
}

static void
hashcache__read_environment (void)
{
  if (hashcache__sources.environment_read)
    return;
  for (int i = 0; i < HASHCACHE__N_SETTINGS; i++) {
    const char *value = getenv (hashcache__setting_names[i]);

    hashcache__sources.environment[i] = value ? hashcache__copy (value) : NULL;
  }
  hashcache__sources.environment_read = 1;
}

/* A new snapshot of all sources; NULL without memory. The sources' mutex is held. */
static struct hashcache__settings *
hashcache__make_settings (void)
{
  struct hashcache__settings *settings = malloc (sizeof *settings);

  if (!settings)
    return NULL;
  *settings = hashcache__default_settings;
  hashcache__read_environment ();
  hashcache__apply_setting (settings, HASHCACHE__VERBOSE); /* first: the others may have something to say */
  atomic_store_explicit (&hashcache__verbosity, settings->verbose, memory_order_relaxed);
  for (int i = 0; i < HASHCACHE__N_SETTINGS; i++)
    if (i != HASHCACHE__VERBOSE)
      hashcache__apply_setting (settings, i);
  if (!settings->dir)
    settings->dir = hashcache__default_dir ();
  settings->older = atomic_load (&hashcache__current_settings);
  atomic_store (&hashcache__current_settings, settings);
  return settings;
}

/* The settings of this moment. Never NULL; valid for good. */
static const struct hashcache__settings *
hashcache__settings (void)
{
  const struct hashcache__settings *settings = atomic_load_explicit (&hashcache__current_settings, memory_order_acquire);
  int kept_errno;

  if (settings)
    return settings;
  kept_errno = errno;
  pthread_mutex_lock (&hashcache__sources.mutex);
  settings = atomic_load (&hashcache__current_settings);
  if (!settings)
    settings = hashcache__make_settings ();
  pthread_mutex_unlock (&hashcache__sources.mutex);
  errno = kept_errno;
  return settings ? settings : &hashcache__settings_without_memory;
}

/* Ordinal of the setting called NAME, with or without HASHCACHE_; -1 if there is none. */
static int
hashcache__setting_called (const char *name)
{
  const size_t prefix = sizeof "HASHCACHE_" - 1;

  for (int i = 0; i < HASHCACHE__N_SETTINGS; i++)
    if (strcmp (name, hashcache__setting_names[i]) == 0 || strcmp (name, hashcache__setting_names[i] + prefix) == 0)
      return i;
  return -1;
}

/* Takes VALUE as what hashcache_set says of WHICH, NULL to say nothing any more. The sources' mutex is held. */
static int
hashcache__replace_setting (int which, const char *value)
{
  char *copy = value ? hashcache__copy (value) : NULL;

  if (value && !copy)
    return HASHCACHE_NO_MEMORY;
  free (hashcache__sources.set[which]);
  hashcache__sources.set[which] = copy;
  return hashcache__make_settings () ? HASHCACHE_OK : HASHCACHE_NO_MEMORY;
}

static int
hashcache__set (const char *name, const char *value)
{
  struct hashcache__settings trial = { 0 };
  int which, error, valid;

  if (!name)
    return HASHCACHE_BAD_ARGUMENT;
  which = hashcache__setting_called (name);
  if (which < 0)
    return HASHCACHE_UNKNOWN_NAME;
  valid = value && value[0] != '\0' ? hashcache__parse_setting (&trial, which, value) : HASHCACHE_OK;
  free (trial.dir);
  free (trial.stats);
  if (valid == HASHCACHE_OK) {
    pthread_mutex_lock (&hashcache__sources.mutex);
    error = hashcache__replace_setting (which, value);
    pthread_mutex_unlock (&hashcache__sources.mutex);
    valid = error ? error : valid;
  }
  return valid;
}

int hashcache_set (const char *name, const char *value);

int
hashcache_set (const char *name, const char *value)
{
  struct hashcache__visit visit;
  int result;

  hashcache__come_in (&visit);
  result = hashcache__set (name, value);
  hashcache__go_out (&visit);
  return result;
}

#endif
