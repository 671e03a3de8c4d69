/* limits.h: HASHCACHE_MAX_SIZE, HASHCACHE_MAX_FILES, HASHCACHE_MAX_AGE: which entries go, and when.
   SPDX-License-Identifier: BSD-2-Clause

   Without a limit nothing here asks anything of the system. With one, who publishes an entry adds it to the file `usage` and takes the pass
   through the directory a little further: a bounded number of looks, for a bounded time. One process at a time does; the others go on. A
   pass counts everything there is, so that what has been copied or removed by hand is known as well.

   From 95 % of a limit on entries are removed until there is 10 % of room. Those go first that cost least to compute again, for each byte
   (where it is the number of files that is short: each) and each hour for which nobody has used them: seconds / bytes / hours. The pass meets
   entries in no useful order, so one pass finds out how much there is of each value, and the next removes what is below the one that cuts off as
   much as is to go: nothing goes before it is known that nothing is worth less. When an entry was used last is its
   modification time: hits set it, at most once an hour. An entry in use stays readable until its reader closes it.

   Entries, their descriptions, what is set aside in quarantine/ and what killed writers have left count, as many bytes as they take on
   the disk; the latter two go after some time. Files of other users count and are left alone. */
#ifndef HASHCACHE_LIMITS_H
#define HASHCACHE_LIMITS_H

#include "index.h"
#include "leftovers.h"
#include "usage.h"
#include <math.h>

int dirfd (DIR *);
long telldir (DIR *);
void seekdir (DIR *, long);

enum {
  HASHCACHE__WINDOW = 256,       /* files that are weighed against each other */
  HASHCACHE__STEP_COUNTING = 64, /* files that one publication looks at, if nothing is to be removed */
  HASHCACHE__STEP_BEYOND = 1024, /* or if the limit is exceeded */
  HASHCACHE__HOUR = 3600,
  HASHCACHE__DAY = 24 * HASHCACHE__HOUR,
  HASHCACHE__RECOUNT = 600, /* seconds from one pass to the next */
  HASHCACHE__SMALL = 16,    /* what is this part of a limit, or less, stays until something else is published */
  HASHCACHE__CODE_NAME = 32,
  HASHCACHE__ENTRY_NAME = 35
};

/* A file that the pass has met. */
struct hashcache__found {
  char name[256];
  int64_t bytes;
  int64_t unused; /* seconds */
  double value;   /* of an entry */
  int level;      /* of that value; -1 if it has not been asked for */
  int removable;  /* an entry of ours that may go if room is wanted */
  int gone;
};

/* The entry that was published just now. */
struct hashcache__newest {
  const char *name; /* "" if there is none */
  int64_t bytes;
  int64_t time;   /* when it was published, by the clock of the file system */
  double seconds; /* that it took to compute */
};

struct hashcache__sweep {
  const struct hashcache__settings *settings;
  struct hashcache__usage *usage;
  const char *dir;
  const struct hashcache__newest *newest;
  int64_t now;          /* seconds since 1970, by the clock that has set the times of the files */
  double until;         /* on our clock: when to stop */
  unsigned looks, some; /* files still to be looked at; if fewer than SOME are left, it may be too late for that */
  int fd;               /* the directory that the pass is in */
  int newest_gone;      /* the newest entry has been removed */
  char path[HASHCACHE__PATH];
  size_t n;
  struct hashcache__found found[HASHCACHE__WINDOW];
};

/* Limits ------------------------------------------------------------------------------------------------------------------ */

static int
hashcache__is_limited (const struct hashcache__settings *settings)
{
  return settings->max_size != UINT64_MAX || settings->max_files != UINT64_MAX || settings->max_age != UINT64_MAX;
}

/* Whether SIZE bytes, or a single entry, are more than the whole cache may have. */
static int
hashcache__exceeds_all (uint64_t size)
{
  const struct hashcache__settings *settings = hashcache__settings ();

  return size > settings->max_size || settings->max_files == 0;
}

/* How much HAS is beyond what is left of LIMIT less one of PARTS of it; PARTS is 0 for the limit itself. */
static uint64_t
hashcache__excess (int64_t has, uint64_t limit, uint64_t parts)
{
  const uint64_t most = limit - (parts ? limit / parts : 0);

  return limit != UINT64_MAX && has > 0 && (uint64_t) has > most ? (uint64_t) has - most : 0;
}

static int
hashcache__is_beyond (const struct hashcache__usage *usage, const struct hashcache__settings *settings, uint64_t parts)
{
  return hashcache__excess (usage->bytes, settings->max_size, parts) > 0
         || hashcache__excess (usage->files, settings->max_files, parts) > 0;
}

/* How long an entry may have been used without its time saying so. */
static int64_t
hashcache__resolution (const struct hashcache__settings *settings)
{
  return settings->max_age / 4 < HASHCACHE__HOUR ? (int64_t) settings->max_age / 4 : HASHCACHE__HOUR;
}

/* Use --------------------------------------------------------------------------------------------------------------------- */

/* Whether no times can be set here: then it is not tried for each hit. */
static _Atomic int hashcache__times_are_fixed;

/* Sets the time of the entry FD, which FILE is about and has been used just now. */
static void
hashcache__mark_used (int fd, const struct stat *file)
{
  const struct hashcache__settings *settings = hashcache__settings ();

  if (!hashcache__is_limited (settings) || settings->mode == HASHCACHE__MODE_READONLY
      || (int64_t) file->st_mtime >= (int64_t) time (NULL) - hashcache__resolution (settings)
      || atomic_load_explicit (&hashcache__times_are_fixed, memory_order_relaxed))
    return;
  if ((file->st_uid == geteuid () || (file->st_mode & S_IWGRP)) && futimens (fd, NULL) != 0
      && (errno == EROFS || errno == ENOSYS)) /* else it may be this entry alone */
    atomic_store (&hashcache__times_are_fixed, 1);
}

/* Values ------------------------------------------------------------------------------------------------------------------ */

/* Nanoseconds that computing the entry NAME took; 0: unknown, as of those that another version has written. */
static uint64_t
hashcache__entry_nanoseconds (int dir, const char *name)
{
  const int fd = openat (dir, name, O_RDONLY | O_NONBLOCK | HASHCACHE__O_NOFOLLOW | HASHCACHE__O_CLOEXEC);
  unsigned char header[HASHCACHE__INDEX_HEADER];
  ssize_t n;

  if (fd < 0)
    return 0;
  n = pread (fd, header, sizeof header, 0);
  close (fd);
  return n == (ssize_t) sizeof header && memcmp (header, hashcache__index_magic, 16) == 0
                 && hashcache__get_u64 (header + 16) == HASHCACHE__INDEX_VERSION
                 && hashcache__get_u64 (header + 24) == hashcache__index_check (header)
             ? hashcache__index_nanoseconds (header)
             : 0;
}

/* The value of an entry of BYTES that took SECONDS to compute, 0 if that is unknown, and was not used for so many seconds, UNUSED. */
static double
hashcache__value (const struct hashcache__usage *usage, int64_t bytes, double seconds, int64_t unused)
{
  const double hours = unused > HASHCACHE__HOUR ? (double) unused / HASHCACHE__HOUR : 1.0;
  const double size = usage->by_files || bytes < 512 ? 1.0 : (double) bytes;

  return (seconds > 0.0 ? seconds : HASHCACHE__HOUR) / size / hours; /* nobody can compute a dumped array again */
}

/* Values whose levels differ by one differ by a factor of about 2. */
static int
hashcache__level (double value)
{
  int exponent;

  (void) frexp (value, &exponent);
  exponent += 3 * HASHCACHE__VALUES / 4;
  return exponent < 0 ? 0 : exponent >= HASHCACHE__VALUES ? HASHCACHE__VALUES - 1 : exponent;
}

static int
hashcache__is_newest (const struct hashcache__sweep *sweep, const char *name)
{
  return strcmp (name, sweep->newest->name) == 0;
}

/* Whether the newest entry is not to go yet: it may be waited for, and the room that it takes is no great loss to others. */
static int
hashcache__spares_newest (const struct hashcache__sweep *sweep)
{
  return sweep->usage->by_files ? sweep->settings->max_files >= HASHCACHE__SMALL
                                : (uint64_t) sweep->newest->bytes <= sweep->settings->max_size / HASHCACHE__SMALL;
}

/* Else it goes after others of the same value. */
static void
hashcache__set_value (const struct hashcache__sweep *sweep, struct hashcache__found *found)
{
  const double seconds = 1e-9 * (double) hashcache__entry_nanoseconds (sweep->fd, found->name);

  found->value = hashcache__value (sweep->usage, found->bytes, seconds, found->unused);
  if (hashcache__is_newest (sweep, found->name))
    found->value *= 2.0;
  found->level = hashcache__level (found->value);
}

static uint64_t
hashcache__weight (const struct hashcache__usage *usage, int64_t bytes)
{
  return usage->by_files ? 1 : (uint64_t) bytes;
}

/* The level up to which entries go; -1 as long as no pass has seen what there is. */
static int
hashcache__level_to_remove (const struct hashcache__usage *usage, const struct hashcache__settings *settings)
{
  const uint64_t excess = usage->by_files ? hashcache__excess (usage->files, settings->max_files, 10)
                                          : hashcache__excess (usage->bytes, settings->max_size, 10);
  uint64_t below = 0;
  int level = 0;

  if (!usage->known)
    return -1;
  while (level < HASHCACHE__VALUES - 1 && (below += usage->values[level]) < excess)
    level++;
  return level;
}

/* Nothing is known of values any more; the pass begins anew. */
static void
hashcache__forget_values (struct hashcache__usage *usage)
{
  usage->known = 0;
  usage->stage = HASHCACHE__NO_PASS;
  memset (usage->values, 0, sizeof usage->values);
}

/* Values are of bytes or of files, whatever is short; those of the two kinds do not compare. */
static void
hashcache__choose_measure (struct hashcache__usage *usage, const struct hashcache__settings *settings)
{
  const int bytes = hashcache__excess (usage->bytes, settings->max_size, 10) > 0;
  const int files = hashcache__excess (usage->files, settings->max_files, 10) > 0;

  if (bytes == files || files == (int) usage->by_files)
    return;
  usage->by_files = (uint64_t) files;
  hashcache__forget_values (usage);
}

/* Files ------------------------------------------------------------------------------------------------------------------- */

static int
hashcache__is_hexadecimal (const char *name, size_t n)
{
  for (size_t i = 0; i < n; i++)
    if (!(name[i] >= '0' && name[i] <= '9') && !(name[i] >= 'a' && name[i] <= 'f'))
      return 0;
  return 1;
}

static int
hashcache__is_entry_name (const char *name)
{
  return strlen (name) == HASHCACHE__ENTRY_NAME && hashcache__is_hexadecimal (name, 32) && strcmp (name + 32, ".h5") == 0;
}

/* Whether what the pass has FOUND goes at any rate. */
static int
hashcache__is_overdue (const struct hashcache__sweep *sweep, const struct hashcache__found *found)
{
  if (sweep->usage->stage == HASHCACHE__IN_QUARANTINE)
    return found->unused > 7 * HASHCACHE__DAY || (sweep->usage->draining && found->unused > HASHCACHE__HOUR);
  if (!hashcache__is_entry_name (found->name))
    return hashcache__is_temporary_name (found->name) && hashcache__is_leftover (found->name, found->unused);
  return found->removable && sweep->settings->max_age != UINT64_MAX && found->unused > 0
         && (uint64_t) found->unused > sweep->settings->max_age;
}

/* Removes what has been FOUND. */
static void
hashcache__remove_found (struct hashcache__sweep *sweep, struct hashcache__found *found)
{
  const int is_entry = sweep->usage->stage == HASHCACHE__IN_PLACE && hashcache__is_entry_name (found->name);

  if (unlinkat (sweep->fd, found->name, 0) != 0 && errno != ENOENT)
    return;
  found->gone = 1;
  sweep->newest_gone |= is_entry && hashcache__is_newest (sweep, found->name);
  if (sweep->usage->passes > 0 || found->level >= 0) { /* it has been counted */
    sweep->usage->bytes -= found->bytes;
    sweep->usage->files -= is_entry;
  }
  sweep->usage->removed += (uint64_t) is_entry;
  if (found->level >= 0) {
    uint64_t *value = &sweep->usage->values[found->level];
    const uint64_t weight = hashcache__weight (sweep->usage, found->bytes);

    *value -= *value < weight ? *value : weight;
  }
}

/* Looks at the file NAME: 1 if it counts. */
static int
hashcache__look_at (struct hashcache__sweep *sweep, const char *name, struct hashcache__found *found)
{
  const size_t length = strlen (name);
  struct stat file;
  int ours;

  if (strcmp (name, ".") == 0 || strcmp (name, "..") == 0 || length >= sizeof found->name
      || fstatat (sweep->fd, name, &file, HASHCACHE__AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG (file.st_mode))
    return 0;
  memcpy (found->name, name, length + 1);
  found->bytes = hashcache__bytes_taken (&file);
  found->unused = sweep->now - (int64_t) file.st_mtime;
  found->gone = 0;
  found->value = 0.0;
  found->level = -1;
  ours = file.st_uid == geteuid ();
  found->removable = ours && sweep->usage->stage == HASHCACHE__IN_PLACE && hashcache__is_entry_name (name)
                     && !(hashcache__is_newest (sweep, name) && hashcache__spares_newest (sweep));
  sweep->usage->foreign += !ours;
  if (ours && hashcache__is_overdue (sweep, found))
    hashcache__remove_found (sweep, found);
  else if (found->removable && (sweep->usage->valuing || sweep->usage->draining))
    hashcache__set_value (sweep, found);
  return 1;
}

/* Windows ----------------------------------------------------------------------------------------------------------------- */

static int
hashcache__compare_values (const void *a, const void *b)
{
  const struct hashcache__found *x = a, *y = b;

  return x->value < y->value ? -1 : x->value > y->value;
}

/* Of what the window has, removes what is worth least, as far as room is wanted and there is time, and one at least. */
static void
hashcache__make_room (struct hashcache__sweep *sweep)
{
  const int most = hashcache__level_to_remove (sweep->usage, sweep->settings);

  qsort (sweep->found, sweep->n, sizeof *sweep->found, hashcache__compare_values);
  for (size_t i = 0; i < sweep->n && sweep->found[i].level <= most; i++) {
    struct hashcache__found *found = &sweep->found[i];

    if (found->gone || found->level < 0)
      continue;
    if (!hashcache__is_beyond (sweep->usage, sweep->settings, 10)) {
      sweep->usage->draining = 0;
      return;
    }
    hashcache__remove_found (sweep, found);
    if (hashcache__now () > sweep->until)
      return;
  }
}

/* Until the first pass is over USAGE is what is known to be there. */
static void
hashcache__count_what_is_known (struct hashcache__usage *usage)
{
  if (usage->passes > 0)
    return;
  usage->bytes = usage->met_bytes + usage->new_bytes;
  usage->files = usage->met_files + usage->new_files;
}

/* Counts what the window has, before some of it goes with SIGN 1, and what is gone with SIGN -1. */
static void
hashcache__count_window (struct hashcache__sweep *sweep, int sign)
{
  struct hashcache__usage *usage = sweep->usage;

  for (size_t i = 0; i < sweep->n; i++) {
    const struct hashcache__found *found = &sweep->found[i];
    const int is_entry = usage->stage == HASHCACHE__IN_PLACE && hashcache__is_entry_name (found->name);

    if (sign > 0 ? found->gone : !found->gone || found->level < 0) /* what is overdue goes before it is counted */
      continue;
    usage->met_bytes += sign * found->bytes;
    usage->met_files += sign * is_entry;
    usage->kept += sign * (strcmp (found->name, "function.json") != 0);
    if (found->level >= 0)
      usage->met_values[found->level] += (uint64_t) sign * hashcache__weight (usage, found->bytes);
  }
  hashcache__count_what_is_known (usage);
}

/* Whether files of the directory may have other places now than readdir has said. With some file systems places are numbers that do not
   depend on what is removed; with others all that is behind it moves. */
static int
hashcache__have_moved (const struct hashcache__sweep *sweep)
{
  struct statfs system;
  int gone = 0;

  for (size_t i = 0; i < sweep->n; i++)
    gone |= sweep->found[i].gone;
  if (!gone)
    return 0;
  if (fstatfs (sweep->fd, &system) != 0
      || hashcache__file_system_of_type ((unsigned long) system.f_type) != HASHCACHE__LOCAL_SYSTEM)
    return 1;
  return (unsigned long) system.f_type == 0x01021994 /* tmpfs */ || (unsigned long) system.f_type == 0x858458f6 /* ramfs */
         || (unsigned long) system.f_type == 0x794c7630 /* overlayfs */;
}

/* The window is looked at again from its beginning, which has not moved: what it has added since BEFORE is taken back. */
static void
hashcache__begin_window_again (struct hashcache__usage *usage, const struct hashcache__usage *before)
{
  usage->inner = before->inner;
  usage->met_bytes = before->met_bytes;
  usage->met_files = before->met_files;
  usage->kept = before->kept;
  memcpy (usage->met_values, before->met_values, sizeof usage->met_values);
  hashcache__count_what_is_known (usage);
}

static int
hashcache__time_is_up (const struct hashcache__sweep *sweep)
{
  return sweep->looks < sweep->some && hashcache__now () > sweep->until;
}

/* Looks at the next files of STREAM; 1 if there are no more. */
static int
hashcache__fill_window (struct hashcache__sweep *sweep, DIR *stream)
{
  sweep->n = 0;
  seekdir (stream, (long) sweep->usage->inner);
  while (sweep->n < HASHCACHE__WINDOW && sweep->looks > 0 && (sweep->looks % 16 || !hashcache__time_is_up (sweep))) {
    const struct dirent *item = readdir (stream);

    if (!item)
      return 1;
    sweep->looks--;
    sweep->n += (size_t) hashcache__look_at (sweep, item->d_name, &sweep->found[sweep->n]);
    sweep->usage->inner = telldir (stream);
  }
  return 0;
}

/* Whether what an errno of opening says is so, and will be so: the file is gone, or not for us. */
static int
hashcache__is_no_business_of_ours (int error)
{
  return error == ENOENT || error == ENOTDIR || error == EACCES || error == ELOOP;
}

/* Takes the pass further in the directory that it is in; 1 if that is done with. */
static int
hashcache__sweep_window (struct hashcache__sweep *sweep)
{
  const int fd = hashcache__open (sweep->path, O_RDONLY | O_NONBLOCK | HASHCACHE__O_DIRECTORY | HASHCACHE__O_NOFOLLOW);
  DIR *stream = fd < 0 ? NULL : fdopendir (fd);
  const struct hashcache__usage before = *sweep->usage;
  int ended;

  if (!stream) {
    const int over = hashcache__is_no_business_of_ours (errno);

    if (fd >= 0)
      close (fd);
    sweep->looks = over ? sweep->looks : 0;
    return over;
  }
  sweep->fd = fd;
  ended = hashcache__fill_window (sweep, stream);
  hashcache__count_window (sweep, 1);
  if (sweep->usage->draining) {
    hashcache__make_room (sweep);
    hashcache__count_window (sweep, -1);
  }
  if (!ended && hashcache__have_moved (sweep))
    hashcache__begin_window_again (sweep->usage, &before);
  closedir (stream);
  return ended;
}

/* Passes ------------------------------------------------------------------------------------------------------------------ */

/* Removes the directory of a code that has no entries, if it has not changed for a while. Somebody may be about to publish in it, and then makes it
   again; the description is put back if it is not empty after all. */
static void
hashcache__remove_empty_place (const struct hashcache__sweep *sweep)
{
  char objects[HASHCACHE__PATH], description[HASHCACHE__PATH], kept[HASHCACHE__PATH];
  struct stat place;
  int moved;

  if (sweep->usage->kept > 0 || fstatat (HASHCACHE__AT_FDCWD, sweep->path, &place, HASHCACHE__AT_SYMLINK_NOFOLLOW) != 0
      || !S_ISDIR (place.st_mode) || place.st_uid != geteuid () || sweep->now - (int64_t) place.st_mtime < HASHCACHE__HOUR
      || hashcache__join (objects, sweep->dir, "objects", NULL, NULL) != 0 || hashcache__temporary_path (kept, objects) != 0
      || hashcache__join (description, sweep->path, "function.json", NULL, NULL) != 0)
    return;
  moved = rename (description, kept) == 0;
  if (rmdir (sweep->path) != 0 && moved && hashcache__rename_unless_there (kept, description) == 0)
    return;
  if (moved)
    (void) unlink (kept);
}

/* Files and directories under temporary names in objects/ that somebody was killed at. */
static void
hashcache__remove_stray (const struct hashcache__sweep *sweep, int objects, const char *name)
{
  struct stat there;

  if (!hashcache__is_temporary_name (name) || fstatat (objects, name, &there, HASHCACHE__AT_SYMLINK_NOFOLLOW) != 0
      || there.st_uid != geteuid () || !hashcache__is_leftover (name, sweep->now - (int64_t) there.st_mtime))
    return;
  (void) unlinkat (objects, name, S_ISDIR (there.st_mode) ? HASHCACHE__AT_REMOVEDIR : 0);
}

/* Finds the next directory of a code: 1, or 0 if there is none. */
static int
hashcache__find_next_place (struct hashcache__sweep *sweep)
{
  char objects[HASHCACHE__PATH];
  const struct dirent *item;
  DIR *stream;
  int found = 0;

  if (hashcache__join (objects, sweep->dir, "objects", NULL, NULL) != 0)
    return 0;
  stream = hashcache__list (objects);
  if (!stream) {
    sweep->looks = hashcache__is_no_business_of_ours (errno) ? sweep->looks : 0;
    return sweep->looks == 0;
  }
  seekdir (stream, (long) sweep->usage->outer);
  while (!found && sweep->looks > 0 && (item = readdir (stream))) {
    sweep->looks--;
    sweep->usage->outer = telldir (stream);
    found = strlen (item->d_name) == HASHCACHE__CODE_NAME && hashcache__is_hexadecimal (item->d_name, HASHCACHE__CODE_NAME);
    if (found)
      memcpy (sweep->usage->place, item->d_name, HASHCACHE__CODE_NAME + 1);
    else
      hashcache__remove_stray (sweep, dirfd (stream), item->d_name);
  }
  closedir (stream);
  return found || sweep->looks == 0;
}

static void
hashcache__begin_pass (struct hashcache__usage *usage)
{
  usage->stage = HASHCACHE__NEXT_PLACE;
  usage->outer = 0;
  usage->met_bytes = usage->met_files = usage->new_bytes = usage->new_files = 0;
  usage->removed = usage->foreign = 0;
  usage->valuing = usage->draining || usage->passes == 0;
  memset (usage->met_values, 0, sizeof usage->met_values);
}

static void
hashcache__end_pass (struct hashcache__sweep *sweep)
{
  struct hashcache__usage *usage = sweep->usage;

  usage->stage = HASHCACHE__NO_PASS;
  usage->passes++;
  usage->passed = sweep->now;
  usage->bytes = usage->met_bytes + usage->new_bytes;
  usage->files = usage->met_files + usage->new_files;
  usage->known = usage->valuing;
  memcpy (usage->values, usage->met_values, sizeof usage->values);
  if (usage->draining && usage->removed == 0 && usage->foreign > 0 && hashcache__is_beyond (usage, sweep->settings, 0))
    hashcache__remark ("the cache directory %s is beyond its limits, by files of other users, which are left alone", sweep->dir);
}

/* Does what comes next in the pass. */
static void
hashcache__sweep_on (struct hashcache__sweep *sweep)
{
  struct hashcache__usage *usage = sweep->usage;

  switch (usage->stage) {
  case HASHCACHE__NO_PASS: hashcache__begin_pass (usage); break;
  case HASHCACHE__NEXT_PLACE:
    usage->place[0] = '\0';
    usage->inner = 0;
    usage->kept = 0;
    if (!hashcache__find_next_place (sweep))
      usage->stage = HASHCACHE__IN_QUARANTINE;
    else if (usage->place[0])
      usage->stage = HASHCACHE__IN_PLACE;
    break;
  case HASHCACHE__IN_PLACE:
    usage->place[HASHCACHE__CODE_NAME] = '\0';
    if (!hashcache__is_hexadecimal (usage->place, HASHCACHE__CODE_NAME)
        || hashcache__join (sweep->path, sweep->dir, "objects", usage->place, NULL) != 0 || hashcache__sweep_window (sweep)) {
      hashcache__remove_empty_place (sweep);
      usage->stage = HASHCACHE__NEXT_PLACE;
    }
    break;
  default:
    if (hashcache__join (sweep->path, sweep->dir, "quarantine", NULL, NULL) != 0 || hashcache__sweep_window (sweep))
      hashcache__end_pass (sweep);
  }
}

/* Whether there is anything to do now, and how many files this publication looks at. */
static unsigned
hashcache__looks_due (struct hashcache__sweep *sweep)
{
  const struct hashcache__usage *usage = sweep->usage;
  int64_t pause = HASHCACHE__RECOUNT;

  if (sweep->settings->max_age / 4 < (uint64_t) pause)
    pause = (int64_t) sweep->settings->max_age / 4;
  if (hashcache__is_beyond (usage, sweep->settings, 0))
    return HASHCACHE__STEP_BEYOND;
  if (usage->draining || usage->passes == 0)
    return HASHCACHE__WINDOW;
  return usage->stage != HASHCACHE__NO_PASS || sweep->now - usage->passed >= pause || sweep->now < usage->passed
             ? HASHCACHE__STEP_COUNTING
             : 0;
}

/* Room begins to be wanted at 95 %, and is there at 90 %. What was known of values long ago is so no longer. */
static void
hashcache__start_draining (struct hashcache__sweep *sweep)
{
  struct hashcache__usage *usage = sweep->usage;
  const int drained = usage->draining != 0;

  if (hashcache__is_beyond (usage, sweep->settings, 20))
    usage->draining = 1;
  else if (!hashcache__is_beyond (usage, sweep->settings, 10))
    usage->draining = 0;
  if (!usage->draining)
    return;
  hashcache__choose_measure (usage, sweep->settings);
  if (!usage->valuing && (!usage->known || (!drained && sweep->now - usage->passed > HASHCACHE__HOUR)))
    hashcache__forget_values (usage);
}

/* Takes the pass a little further: to its end, and through two more, one to find out what there is and one to remove it, if looks and time last. */
static void
hashcache__sweep (struct hashcache__sweep *sweep)
{
  const uint64_t passes = sweep->usage->passes;

  hashcache__start_draining (sweep);
  sweep->looks = hashcache__looks_due (sweep);
  sweep->some = sweep->looks - sweep->looks / 16;
  sweep->until = hashcache__now () + (sweep->looks == HASHCACHE__STEP_BEYOND ? 0.1 : 0.02);
  while (sweep->looks > 0 && !hashcache__time_is_up (sweep) && sweep->usage->passes < passes + 3) {
    hashcache__sweep_on (sweep);
    hashcache__start_draining (sweep);
    if (sweep->usage->stage == HASHCACHE__NO_PASS && !sweep->usage->draining)
      return;
  }
}

/* Adds what this process has published, the last of it as NEWEST: all of it may be worth as much. */
static void
hashcache__add_published (struct hashcache__usage *usage, const char *dir, const struct hashcache__newest *newest)
{
  const int64_t bytes = usage->bytes, files = usage->files;
  int64_t weight;
  int level;

  hashcache__add_noted (dir, usage);
  weight = usage->by_files ? usage->files - files : usage->bytes - bytes;
  if (weight <= 0 || newest->bytes <= 0)
    return;
  level = hashcache__level (hashcache__value (usage, newest->bytes, newest->seconds, 0));
  usage->values[level] += (uint64_t) weight;
  usage->met_values[level] += (uint64_t) weight;
}

/* Tries to add what this process has published in DIR, the last of it as NEWEST, and to keep the limits: 0, 1 if it had to go again itself, or -1
   if somebody else is at it. */
static int
hashcache__try_limits (const char *dir, const struct hashcache__newest *newest)
{
  struct hashcache__usage usage;
  struct hashcache__sweep *sweep = malloc (sizeof *sweep);
  const int fd = sweep ? hashcache__take_usage (dir, &usage, newest->time) : -1;
  int gone;

  if (fd < 0) {
    free (sweep);
    return -1;
  }
  hashcache__add_published (&usage, dir, newest);
  sweep->settings = hashcache__settings ();
  sweep->usage = &usage;
  sweep->dir = dir;
  sweep->newest = newest;
  sweep->now = newest->time;
  sweep->newest_gone = 0;
  hashcache__sweep (sweep);
  hashcache__give_usage_back (fd, &usage);
  gone = sweep->newest_gone;
  free (sweep);
  return gone;
}

/* Whether what others cannot know of yet is much, compared with the limits. */
static int
hashcache__is_much_unadded (const struct hashcache__settings *settings)
{
  const int64_t bytes = atomic_load (&hashcache__unadded.bytes), files = atomic_load (&hashcache__unadded.files);

  return (bytes > 0 && (uint64_t) bytes > settings->max_size / 64) || (files > 0 && (uint64_t) files > settings->max_files / 64);
}

/* Tries for a number of milliseconds; the same. */
static int
hashcache__insist_on_limits (const char *dir, const struct hashcache__newest *newest, unsigned milliseconds)
{
  int result;

  while ((result = hashcache__try_limits (dir, newest)) < 0 && milliseconds-- > 0)
    hashcache__sleep (1e-3);
  return result;
}

/* By how many seconds the file system's clock is ahead of ours. */
static _Atomic int64_t hashcache__clock_ahead;

static void
hashcache__limits_at_exit (void)
{
  const struct hashcache__newest none = { .name = "", .time = (int64_t) time (NULL) + atomic_load (&hashcache__clock_ahead) };
  const char *dir = atomic_load (&hashcache__unadded.dir);
  struct hashcache__guard guard;
  struct hashcache__visit visit;

  hashcache__come_in (&visit);
  if (!visit.nested && dir && dir == hashcache__settings ()->dir && atomic_load (&hashcache__unadded.process) == (long) getpid ()
      && (atomic_load (&hashcache__unadded.bytes) != 0 || atomic_load (&hashcache__unadded.files) != 0)) {
    hashcache__guard_writes (&guard);
    (void) hashcache__insist_on_limits (dir, &none, 100);
    hashcache__unguard_writes (&guard);
  }
  hashcache__go_out (&visit);
}

/* The entry PATH, which took SECONDS to compute, has been published in DIR. Returns whether it had to go again: all else is worth more. */
static int
hashcache__keep_limits (const char *dir, const char *path, double seconds)
{
  static _Atomic int registered;
  const struct hashcache__settings *settings = hashcache__settings ();
  struct hashcache__newest newest = { .name = strrchr (path, '/') + 1, .seconds = seconds };
  struct stat file;
  int result;

  if (!hashcache__is_limited (settings) || atomic_load (&hashcache__forked_inside)
      || fstatat (HASHCACHE__AT_FDCWD, path, &file, HASHCACHE__AT_SYMLINK_NOFOLLOW) != 0)
    return 0;
  newest.bytes = hashcache__bytes_taken (&file);
  newest.time = (int64_t) file.st_mtime;
  atomic_store (&hashcache__clock_ahead, newest.time - (int64_t) time (NULL));
  hashcache__note_usage (dir, newest.bytes, 1);
  if (atomic_exchange (&registered, 1) == 0)
    (void) atexit (hashcache__limits_at_exit);
  result = hashcache__try_limits (dir, &newest);
  if (result < 0 && hashcache__is_much_unadded (settings))
    result = hashcache__insist_on_limits (dir, &newest, 10);
  return result > 0;
}

/* An entry, of which FILE tells, has been removed from DIR. */
static void
hashcache__note_removed (const char *dir, const struct stat *file)
{
  if (hashcache__is_limited (hashcache__settings ()))
    hashcache__note_usage (dir, -hashcache__bytes_taken (file), -1);
}

#endif
