/* settings.h: how the user wants the cache to be.
   SPDX-License-Identifier: BSD-2-Clause

   Each setting comes from the first of: hashcache_set, the environment as it was at the first look, hashcache.conf in the cache
   directory, /etc/hashcache.conf, the default. A bad value is one clear message and the default. Readers get an immutable snapshot
   without a lock; a change makes a new snapshot and keeps the old ones, for somebody may be reading them. */
#ifndef HASHCACHE_SETTINGS_H
#define HASHCACHE_SETTINGS_H

#include "conf_files.h"
#include "inside.h"
#include "safety.h"
#include "setting_values.h"
#include <stddef.h>

struct hashcache__settings {
  char *dir;          /* absolute path of the cache directory; NULL if there is nowhere to put it  */
  int mode;           /* HASHCACHE__MODE_...                                                       */
  int verbose;        /* 0 to 3                                                                    */
  uint64_t memory;    /* bytes of results kept in the process                                      */
  double wait;        /* seconds to wait for another's computation                                 */
  int check;          /* whether inputs are digested again after a call was computed              */
  double tolerance;   /* relative, within which HASHCACHE_MODE=verify takes numbers for equal    */
  int libs;           /* how libraries enter the key: HASHCACHE__BY_... of leaves.h                */
  char *stats;        /* absolute path of the file that gets a JSON line at exit; NULL for none    */
  uint64_t max_size;  /* bytes that the cache directory may take; UINT64_MAX: any                  */
  uint64_t max_files; /* entries that it may have; UINT64_MAX: any                                 */
  uint64_t max_age;   /* seconds for which an entry may go unused; UINT64_MAX: any                 */
  char *compress;     /* filter and its parameters; NULL for none                                  */
  int sync;           /* whether an entry is on the disk before it is visible                      */
  int inputs;         /* what entries keep of their inputs: HASHCACHE__INPUTS_...                  */
  int umask;          /* mode mask for what is made in the cache directory; -1: the process's      */
  int io_threads;     /* threads that may read one large result together                           */
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
  HASHCACHE__MAX_SIZE,
  HASHCACHE__MAX_FILES,
  HASHCACHE__MAX_AGE,
  HASHCACHE__COMPRESS,
  HASHCACHE__SYNC,
  HASHCACHE__INPUTS,
  HASHCACHE__UMASK,
  HASHCACHE__IO_THREADS,
  HASHCACHE__N_SETTINGS
};

struct hashcache__setting_kind {
  const char *name;
  int (*parse) (const char *value, void *result);
  size_t place; /* of the result in struct hashcache__settings */
  const char *help;
};

static const struct hashcache__setting_kind hashcache__setting_table[HASHCACHE__N_SETTINGS] = {
#define HASHCACHE__SETTING(name, field, type, help) \
  [HASHCACHE__##name] = { "HASHCACHE_" #name, hashcache__parse_##type, offsetof (struct hashcache__settings, field), help }
  HASHCACHE__SETTING (DIR, dir, path, "it is a directory"),
  HASHCACHE__SETTING (MODE, mode, mode, "the modes are on, off, readonly, refresh, verify and audit"),
  HASHCACHE__SETTING (VERBOSE, verbose, verbose, "it is 0, 1, 2 or 3"),
  HASHCACHE__SETTING (MEMORY, memory, size, "it is a number of bytes, or of K, M, G or T, such as 64M"),
  HASHCACHE__SETTING (WAIT, wait, seconds, "it is a number of seconds, such as 3600"),
  HASHCACHE__SETTING (STATS, stats, path, "it is a file"),
  HASHCACHE__SETTING (LIBS, libs, libs, "it is version, build-id or none"),
  HASHCACHE__SETTING (CHECK, check, switch, "it is 0 or 1"),
  HASHCACHE__SETTING (TOLERANCE, tolerance, number, "it is a number, such as 1e-12"),
  HASHCACHE__SETTING (MAX_SIZE, max_size, size_limit, "it is none or a number of bytes, or of K, M, G or T, such as 500G"),
  HASHCACHE__SETTING (MAX_FILES, max_files, number_limit, "it is none or a number of entries, such as 100000"),
  HASHCACHE__SETTING (MAX_AGE, max_age, age, "it is none or a number of seconds, or of m, h, d or w, such as 30d"),
  HASHCACHE__SETTING (COMPRESS, compress, compress, "it is none, deflate:N with N from 1 to 9, or a filter that HDF5 has"),
  HASHCACHE__SETTING (SYNC, sync, switch, "it is 0 or 1"),
  HASHCACHE__SETTING (INPUTS, inputs, inputs, "it is digest or full"),
  HASHCACHE__SETTING (UMASK, umask, umask, "it is an octal mask that leaves the owner everything, such as 002"),
  HASHCACHE__SETTING (IO_THREADS, io_threads, threads, "it is a number from 1 to 256")
#undef HASHCACHE__SETTING
};

static const struct hashcache__settings hashcache__default_settings = { .mode = HASHCACHE__MODE_ON,
                                                                        .verbose = 1,
                                                                        .memory = (uint64_t) 64 << 20,
                                                                        .wait = 3600.0,
                                                                        .check = 1,
                                                                        .libs = HASHCACHE__BY_VERSION,
                                                                        .max_size = UINT64_MAX,
                                                                        .max_files = UINT64_MAX,
                                                                        .max_age = UINT64_MAX,
                                                                        .inputs = HASHCACHE__INPUTS_DIGEST,
                                                                        .umask = -1,
                                                                        .io_threads = 1 };

/* What to do when there is no memory even for the settings: nothing. */
static const struct hashcache__settings hashcache__settings_without_memory = { .mode = HASHCACHE__MODE_OFF,
                                                                               .verbose = 1,
                                                                               .libs = HASHCACHE__BY_VERSION };

/* What one configuration file says. */
struct hashcache__conf {
  char *path;
  char *values[HASHCACHE__N_SETTINGS];
  unsigned lines[HASHCACHE__N_SETTINGS];
};

struct hashcache__setting_sources {
  pthread_mutex_t mutex;
  int environment_read;
  char *set[HASHCACHE__N_SETTINGS];         /* by hashcache_set */
  char *environment[HASHCACHE__N_SETTINGS]; /* as it was at the first look */
  struct hashcache__conf of_dir;            /* as it was when the cache directory was last set to this one */
  struct hashcache__conf of_machine;        /* as it was at the first look */
};

static const char *hashcache__conf_of_machine = "/etc/hashcache.conf";
static struct hashcache__setting_sources hashcache__sources = { .mutex = PTHREAD_MUTEX_INITIALIZER };
static struct hashcache__settings *_Atomic hashcache__current_settings;

static int
hashcache__parse_setting (struct hashcache__settings *settings, int which, const char *value)
{
  return hashcache__setting_table[which].parse (value, (char *) settings + hashcache__setting_table[which].place);
}

/* Ordinal of the setting called NAME, with or without HASHCACHE_; -1 if there is none. */
static int
hashcache__setting_called (const char *name)
{
  const size_t prefix = sizeof "HASHCACHE_" - 1;

  for (int i = 0; i < HASHCACHE__N_SETTINGS; i++)
    if (strcmp (name, hashcache__setting_table[i].name) == 0 || strcmp (name, hashcache__setting_table[i].name + prefix) == 0)
      return i;
  return -1;
}

/* Configuration files ------------------------------------------------------------------------------------------------- */

static void
hashcache__conf_forget (struct hashcache__conf *conf)
{
  free (conf->path);
  for (int i = 0; i < HASHCACHE__N_SETTINGS; i++)
    free (conf->values[i]);
  memset (conf, 0, sizeof *conf);
}

/* The taker for hashcache__read_conf_file. The last line of a name counts. */
static int
hashcache__conf_take (void *context, const char *name, const char *value, const char *file, unsigned line)
{
  struct hashcache__conf *conf = context;
  const int which = hashcache__setting_called (name);
  char *copy;

  (void) file;
  if (which < 0)
    return HASHCACHE_UNKNOWN_NAME;
  copy = hashcache__copy (value);
  if (!copy)
    return HASHCACHE_NO_MEMORY;
  free (conf->values[which]);
  conf->values[which] = copy;
  conf->lines[which] = line;
  return HASHCACHE_OK;
}

/* Makes CONF what the file PATH says, which it takes over, unless it is that already. */
static void
hashcache__conf_load (struct hashcache__conf *conf, char *path)
{
  if (!path || (conf->path && strcmp (conf->path, path) == 0)) {
    free (path);
    return;
  }
  hashcache__conf_forget (conf);
  conf->path = path;
  hashcache__read_conf_file (path, hashcache__conf_take, conf);
}

static void
hashcache__load_conf_of_machine (void)
{
  hashcache__conf_load (&hashcache__sources.of_machine, hashcache__copy (hashcache__conf_of_machine));
}

/* Which directory it is a file in that directory cannot say. A directory that will be refused (directory.h) sets nothing. */
static void
hashcache__load_conf_of_dir (const char *dir)
{
  struct hashcache__conf *conf = &hashcache__sources.of_dir;
  char risk[HASHCACHE__RISK];

  if (!dir)
    return;
  if (hashcache__is_risky (dir, risk)) {
    hashcache__conf_forget (conf);
    return;
  }
  hashcache__conf_load (conf, hashcache__path (dir, "hashcache.conf"));
  if (conf->values[HASHCACHE__DIR]) {
    hashcache__trouble (NULL, "%s:%u: the line is ignored: the directory that holds this file is the cache directory", conf->path,
                        conf->lines[HASHCACHE__DIR]);
    free (conf->values[HASHCACHE__DIR]);
    conf->values[HASHCACHE__DIR] = NULL;
  }
}

/* Snapshots --------------------------------------------------------------------------------------------------------- */

/* What the first source that knows WHICH says of it, NULL if none does. Empty means unset, but from hashcache_set: the default. *CONF is
   the file it comes from, NULL if it comes from none. */
static const char *
hashcache__raw_setting (int which, const struct hashcache__conf **conf)
{
  const struct hashcache__setting_sources *s = &hashcache__sources;
  const struct hashcache__conf *const files[] = { &s->of_dir, &s->of_machine };

  *conf = NULL;
  if (s->set[which])
    return s->set[which][0] != '\0' ? s->set[which] : NULL;
  if (s->environment[which] && s->environment[which][0] != '\0')
    return s->environment[which];
  for (size_t i = 0; i < 2; i++)
    if (files[i]->values[which] && files[i]->values[which][0] != '\0') {
      *conf = files[i];
      return files[i]->values[which];
    }
  return NULL;
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
hashcache__say_bad_setting (int which, const char *value, const struct hashcache__conf *conf, int error)
{
  const char *name = hashcache__setting_table[which].name;
  char place[512] = "";

  if (conf)
    snprintf (place, sizeof place, "%s:%u: ", conf->path, conf->lines[which]);
  if (error == HASHCACHE_NO_MEMORY)
    hashcache__trouble (NULL, "%s%s=%s cannot be taken: %s; it is ignored", place, name, value, strerror (errno));
  else if (which == HASHCACHE__MODE)
    hashcache__trouble (NULL, "%s%s=%s is no mode: nothing is cached; %s", place, name, value,
                        hashcache__setting_table[which].help);
  else
    hashcache__trouble (NULL, "%s%s=%s is no valid value, the default is taken; %s", place, name, value,
                        hashcache__setting_table[which].help);
}

/* An unknown mode asks for care of some kind: better no cache than a careless one. */
static void
hashcache__apply_setting (struct hashcache__settings *settings, int which)
{
  const struct hashcache__conf *conf;
  const char *value = hashcache__raw_setting (which, &conf);
  int error;

  if (!value)
    return;
  error = hashcache__parse_setting (settings, which, value);
  if (error && which == HASHCACHE__MODE)
    settings->mode = HASHCACHE__MODE_OFF;
  if (error)
    hashcache__say_bad_setting (which, value, conf, error);
}

static void
hashcache__read_environment (void)
{
  if (hashcache__sources.environment_read)
    return;
  for (int i = 0; i < HASHCACHE__N_SETTINGS; i++) {
    const char *value = getenv (hashcache__setting_table[i].name);

    hashcache__sources.environment[i] = value ? hashcache__copy (value) : NULL;
  }
  hashcache__sources.environment_read = 1;
}

/* The verbosity as far as it is known: what the sources have to say shall be said as they wish. */
static void
hashcache__apply_verbosity (struct hashcache__settings *settings)
{
  settings->verbose = hashcache__default_settings.verbose;
  hashcache__apply_setting (settings, HASHCACHE__VERBOSE);
  atomic_store_explicit (&hashcache__verbosity, settings->verbose, memory_order_relaxed);
}

/* The directory first: it has a file of more settings. */
static void
hashcache__apply_sources (struct hashcache__settings *settings)
{
  hashcache__read_environment ();
  hashcache__apply_verbosity (settings);
  hashcache__load_conf_of_machine ();
  hashcache__apply_setting (settings, HASHCACHE__DIR);
  if (!settings->dir)
    settings->dir = hashcache__default_dir ();
  hashcache__load_conf_of_dir (settings->dir);
  hashcache__apply_verbosity (settings);
  for (int i = 0; i < HASHCACHE__N_SETTINGS; i++)
    if (i != HASHCACHE__VERBOSE && i != HASHCACHE__DIR)
      hashcache__apply_setting (settings, i);
}

/* A new snapshot of all sources; NULL without memory. The sources' mutex is held. */
static struct hashcache__settings *
hashcache__make_settings (void)
{
  struct hashcache__settings *settings = malloc (sizeof *settings);

  if (!settings)
    return NULL;
  *settings = hashcache__default_settings;
  hashcache__apply_sources (settings);
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
  free (trial.compress);
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
