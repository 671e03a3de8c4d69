/* store.h: the persistent tier: fetches and publishes entries of the cache directory.
   SPDX-License-Identifier: BSD-2-Clause

   An entry is visible whole or not at all, and never replaced in place. A damaged one is a miss: it is counted (bad_entries), said
   once, and set aside under quarantine/. Nothing that goes wrong here is more than a miss or a result that is not kept. This file
   counts stored, store_failures, bad_entries, bytes_read and bytes_written; calls and hits are for the caller to count. */
#ifndef HASHCACHE_STORE_H
#define HASHCACHE_STORE_H

#include "asking.h"
#include "entry.h"
#include "leftovers.h"
#include "limits.h"

static int
hashcache__entry_path (char path[HASHCACHE__PATH], const char *dir, const struct hashcache__key *key)
{
  char name[72];

  hashcache__digest_hex (&key->code, name);
  name[32] = '/';
  hashcache__digest_hex (&key->key, name + 33);
  memcpy (name + 65, ".h5", 4);
  return hashcache__join (path, dir, "objects", name, NULL);
}

/* Damaged entries ----------------------------------------------------------------------------------------------------- */

static int
hashcache__is_file (const char *path, const struct stat *file)
{
  struct stat there;

  return fstatat (HASHCACHE__AT_FDCWD, path, &there, HASHCACHE__AT_SYMLINK_NOFOLLOW) == 0 && hashcache__is_same (&there, file);
}

/* Moves the damaged entry PATH, which is FILE, out of the way. If another process has already replaced it by a good one, that
   one stays, or comes back. */
static void
hashcache__quarantine (const char *dir, const char *path, const struct hashcache__key *key, const struct stat *file)
{
  static _Atomic unsigned counter;
  char to[HASHCACHE__PATH], place[HASHCACHE__PATH], name[96], hex[33];
  struct stat moved;

  if (hashcache__settings ()->mode == HASHCACHE__MODE_READONLY || !hashcache__is_file (path, file)
      || hashcache__make_directory (place, dir, "quarantine", NULL) != 0)
    return;
  hashcache__digest_hex (&key->key, hex);
  snprintf (name, sizeof name, "%s-%ld-%u.h5", hex, (long) getpid (), atomic_fetch_add (&counter, 1));
  if (hashcache__join (to, place, name, NULL, NULL) != 0)
    return;
  if (rename (path, to) != 0)
    return;
  if (fstatat (HASHCACHE__AT_FDCWD, to, &moved, HASHCACHE__AT_SYMLINK_NOFOLLOW) != 0 || hashcache__is_same (&moved, file))
    (void) utimensat (HASHCACHE__AT_FDCWD, to, NULL, HASHCACHE__AT_SYMLINK_NOFOLLOW); /* it stays for a while (limits.h) */
  else if (link (to, path) == 0 || errno == EEXIST)
    (void) unlink (to);
}

static void
hashcache__bad_entry (const char *dir, const char *path, const struct hashcache__reader *reader, const struct stat *file)
{
  hashcache__count (&hashcache__counters.bad_entries, 1);
  hashcache__trouble ("bad entry", "the entry %s is set aside and computed again: %s", path, reader->fault);
  hashcache__quarantine (dir, path, reader->key, file);
}

/* Fetching ------------------------------------------------------------------------------------------------------------ */

static void
hashcache__say_no_file (const char *path)
{
  hashcache__trouble ("no file", "%s is no file: it is left alone, and the call is computed", path);
}

/* Places of codes that are known to be directories of ours, by a number for each; looking once is enough, since only those who are trusted can
   put something else there. */
static _Atomic uint64_t hashcache__known_places[64];

/* Whether the entry PATH of KEY, which could be opened, is in a directory of ours. */
static int
hashcache__is_in_our_place (const char *path, const char *dir, const struct hashcache__key *key)
{
  const uint64_t number = (hashcache__get_u64 (key->code.bytes + 8) ^ (uint64_t) (uintptr_t) dir) | 1;
  _Atomic uint64_t *known = &hashcache__known_places[key->code.bytes[0] % 64];
  char place[HASHCACHE__PATH];
  struct stat there;

  if (atomic_load_explicit (known, memory_order_relaxed) == number)
    return 1;
  hashcache__place_of (place, path);
  if (fstatat (HASHCACHE__AT_FDCWD, place, &there, HASHCACHE__AT_SYMLINK_NOFOLLOW) != 0
      || !hashcache__is_our_directory (place, &there))
    return 0;
  atomic_store_explicit (known, number, memory_order_relaxed);
  return 1;
}

/* Says why the call of READER, whose entry is PATH, is computed though nothing is wrong with that. */
static void
hashcache__say_unread (const struct hashcache__reader *reader, const char *path)
{
  const char *name = reader->lacking ? hashcache__filter_name (reader->lacking) : NULL;

  if (reader->foreign)
    hashcache__say (2, "the entry %s is left alone: %s", path, reader->foreign);
  else if (reader->lacking && hashcache__filter_may_be_used (reader->lacking))
    hashcache__trouble ("filter", "the entry %s cannot be read: HDF5 does not find its filter %d (%s); the call is computed",
                        path, (int) reader->lacking, name ? name : "unknown");
  else if (reader->lacking)
    hashcache__trouble ("filter", "the entry %s is compressed by the HDF5 filter %d (%s), which %s; the call is computed", path,
                        (int) reader->lacking, name ? name : "unknown",
                        reader->lacking >= H5Z_FILTER_RESERVED ? "is only loaded if HASHCACHE_COMPRESS names it"
                                                               : "is not used for entries: h5repack can write it with another");
  else if (reader->error != ESTALE && reader->error != EBUSY) /* busy: this call's outputs overlap, the entry is fine */
    hashcache__trouble ("cannot read", "cannot read the entry %s: %s; the call is computed", path, strerror (reader->error));
}

/* Restores from the open entry FD; 1 done, 0 not. */
static int
hashcache__fetch_open (struct hashcache__reader *reader, const char *dir, const char *path, struct hashcache__fetch *fetch)
{
  struct stat file;

  fetch->reason = HASHCACHE__BECAUSE_UNREADABLE;
  if (fstat (reader->fd, &file) != 0)
    return 0;
  if (hashcache__is_question (&file)) /* it is gone in a moment */
    return 0;
  if (!S_ISREG (file.st_mode)) {
    hashcache__say_no_file (path);
    return 0;
  }
  if (!hashcache__is_in_our_place (path, dir, reader->key))
    return 0;
  reader->file_size = (uint64_t) file.st_size;
  if (file.st_mode & S_IWOTH)
    reader->fault = "everybody can write it";
  else if (hashcache__entry_restore (reader, fetch) == 0) {
    hashcache__count (&hashcache__counters.bytes_read, reader->bytes_read);
    hashcache__mark_used (reader->fd, &file);
    return 1;
  }
  fetch->fault = reader->fault ? reader->fault : reader->foreign;
  fetch->reason = reader->fault            ? HASHCACHE__BECAUSE_DAMAGED
                  : reader->foreign        ? HASHCACHE__BECAUSE_FOREIGN
                  : reader->error == EBUSY ? HASHCACHE__BECAUSE_BUSY
                                           : HASHCACHE__BECAUSE_UNREADABLE;
  if (reader->fault)
    hashcache__bad_entry (dir, path, reader, &file);
  else
    hashcache__say_unread (reader, path);
  return 0;
}

/* Does what FETCH wants with the entry of KEY, which is that of the call of OCCASION, whose blocks are BLOCKS. Returns 1, or 0: not there,
   or bad. After 0 the content of OUT blocks is undefined, all else is as before. */
static int
hashcache__store_fetch (const struct hashcache__key *key, const struct hashcache__occasion *occasion,
                        struct hashcache__blocks *blocks, struct hashcache__fetch *fetch)
{
  const char *dir = hashcache__directory (0);
  char path[HASHCACHE__PATH];
  struct hashcache__reader reader = { .key = key, .occasion = occasion, .blocks = blocks };
  int result;

  fetch->reason = HASHCACHE__BECAUSE_NO_DIRECTORY;
  if (!dir || hashcache__entry_path (path, dir, key) != 0)
    return 0;
  reader.fd = hashcache__open_entry (path, dir, fetch->reach);
  fetch->reason = errno == ENOENT ? HASHCACHE__BECAUSE_NO_ENTRY : HASHCACHE__BECAUSE_UNREADABLE;
  if (reader.fd < 0)
    return 0;
  result = hashcache__fetch_open (&reader, dir, path, fetch);
  close (reader.fd);
  return result;
}

/* Finds the entry of KEY in the cache DIR, which may be NULL: its PATH, and what it IS; whether there is one, whatever the client remembers. */
static int
hashcache__find_entry (char path[HASHCACHE__PATH], struct stat *is, const char *dir, const struct hashcache__key *key)
{
  enum hashcache__file_system system;
  int fd, there;

  if (!dir || hashcache__entry_path (path, dir, key) != 0)
    return 0;
  if (fstatat (HASHCACHE__AT_FDCWD, path, is, HASHCACHE__AT_SYMLINK_NOFOLLOW) == 0 && !S_ISDIR (is->st_mode))
    return S_ISREG (is->st_mode);
  system = hashcache__file_system_of (dir);
  if (system == HASHCACHE__LOCAL_SYSTEM || hashcache__settings ()->mode == HASHCACHE__MODE_READONLY)
    return 0;
  fd = hashcache__reach_entry (path, system);
  if (fd < 0)
    return 0;
  there = fstat (fd, is) == 0 && S_ISREG (is->st_mode);
  close (fd);
  return there;
}

/* Moves the entry of KEY, which is not what computing yields, out of the way. */
static void
hashcache__store_set_aside (const struct hashcache__key *key)
{
  const char *dir = hashcache__directory (1);
  char path[HASHCACHE__PATH];
  struct stat file;

  if (hashcache__find_entry (path, &file, dir, key))
    hashcache__quarantine (dir, path, key, &file);
}

/* Removes the entry of KEY; returns whether there was one. */
static int
hashcache__store_forget (const struct hashcache__key *key)
{
  const char *dir = hashcache__directory (0);
  char path[HASHCACHE__PATH];
  struct stat file;

  if (!hashcache__find_entry (path, &file, dir, key) || unlink (path) != 0)
    return 0;
  hashcache__note_removed (dir, &file);
  return 1;
}

/* Publishing ---------------------------------------------------------------------------------------------------------- */

static void
hashcache__function_json (struct hashcache__text *text, const struct hashcache__contract *contract)
{
  hashcache__text_put (text, "{\"function\": ");
  hashcache__text_json (text, contract->function);
  hashcache__text_put (text, ", \"source\": ");
  hashcache__text_json (text, contract->source);
  hashcache__text_put (text, ", \"contract\": ");
  hashcache__text_json (text, contract->text);
  hashcache__text_put (text, ", \"compiler\": ");
  hashcache__text_json (text, contract->compiler);
  hashcache__text_put (text, "}\n");
}

/* Makes the directory PLACE of the key's code, with its function.json; 0, or -1 said. The latter is for people: doing without is
   no failure. */
static int
hashcache__make_place (char place[HASHCACHE__PATH], const char *dir, const struct hashcache__key *key,
                       const struct hashcache__contract *contract)
{
  struct hashcache__text json = { 0 };
  char code[33];

  hashcache__digest_hex (&key->code, code);
  if (hashcache__make_directory (place, dir, "objects", NULL) != 0
      || hashcache__make_directory (place, dir, "objects", code) != 0)
    return -1;
  hashcache__mind_leftovers (place, (hashcache__get_u64 (key->code.bytes) ^ (uint64_t) (uintptr_t) dir) | 1);
  hashcache__mind_leftovers (dir, (uint64_t) (uintptr_t) dir | 1);
  hashcache__function_json (&json, contract);
  if (json.string)
    (void) hashcache__make_file (place, "function.json", json.string, json.length);
  hashcache__text_free (&json);
  return 0;
}

/* Writes ENTRY to the empty file FD, unless it turns out to be longer than the whole cache may be; 0, or -1 with errno. */
static int
hashcache__write_within_limits (struct hashcache__entry *entry, int fd)
{
  if (hashcache__entry_write (entry, fd) != 0)
    return -1;
  errno = EFBIG;
  return hashcache__exceeds_all (entry->file_size) ? -1 : 0; /* compressed, its size is known only now */
}

/* Writes the prepared ENTRY as PATH in the directory PLACE: 1 done, 0 somebody was first, -1 with errno. */
static int
hashcache__write_entry (struct hashcache__entry *entry, const char *place, const char *path)
{
  char temporary[HASHCACHE__PATH];
  int fd, result;

  do {
    fd = hashcache__create_temporary (temporary, place);
    if (fd < 0)
      return -1;
    result = hashcache__close_and_publish (fd, temporary, path, hashcache__write_within_limits (entry, fd));
  } while (result < 0 && hashcache__try_with_name (temporary));
  return result;
}

/* Where this thread has published last: the directory of a code need not be made, and looked at, for each entry of it. */
static _Thread_local struct {
  const char *dir;
  struct hashcache__digest code;
} hashcache__last_place;

/* The directory PLACE of the key's code, made unless this thread knows it; 0, or -1 said. */
static int
hashcache__find_place (char place[HASHCACHE__PATH], const char *dir, const struct hashcache__entry *entry)
{
  char code[33];

  if (hashcache__last_place.dir == dir && hashcache__digest_equal (&hashcache__last_place.code, &entry->key->code)) {
    hashcache__digest_hex (&entry->key->code, code);
    return hashcache__join (place, dir, "objects", code, NULL);
  }
  if (hashcache__make_place (place, dir, entry->key, entry->contract) != 0)
    return -1;
  hashcache__last_place.dir = dir;
  hashcache__last_place.code = entry->key->code;
  return 0;
}

/* Writes ENTRY as PATH in PLACE, which somebody may have removed since it was made: as hashcache__write_entry. */
static int
hashcache__write_entry_in_place (struct hashcache__entry *entry, char place[HASHCACHE__PATH], const char *dir, const char *path)
{
  const int result = hashcache__write_entry (entry, place, path);

  if (result >= 0 || errno != ENOENT)
    return result;
  hashcache__last_place.dir = NULL;
  if (hashcache__find_place (place, dir, entry) != 0)
    return -1;
  return hashcache__write_entry (entry, place, path);
}

/* Of the entry PATH, which stands where ours would be published: why nobody here can read it; NULL if it seems to be one of ours. */
static const char *
hashcache__why_unreadable (const char *path)
{
  unsigned char index[HASHCACHE__INDEX_HEADER];
  const int fd = hashcache__open (path, O_RDONLY | O_NONBLOCK | HASHCACHE__O_NOFOLLOW);
  const char *why = NULL;
  uint64_t filter;

  if (fd < 0)
    return NULL;
  if (pread (fd, index, sizeof index, 0) == (ssize_t) sizeof index) {
    why = hashcache__index_foreign (index);
    filter = hashcache__index_filter (index);
    if (!why && filter > 0 && filter <= H5Z_FILTER_MAX && !hashcache__filter_may_be_used ((H5Z_filter_t) filter))
      why = "it is compressed by a filter that HASHCACHE_COMPRESS does not name";
  }
  close (fd);
  return why;
}

/* What stands where the entry PATH would be published, and is a FILE, or something else: 0 an entry, -1 none that can be read here. The
   latter is never replaced: others can read it. */
static int
hashcache__publish_taken (const char *path, int file)
{
  const char *why = file ? hashcache__why_unreadable (path) : NULL;

  if (why)
    hashcache__trouble ("foreign entry", "a result is not stored, because the entry %s is there already, and %s", path, why);
  return file && !why ? 0 : -1;
}

/* Says that ENTRY is longer than the whole cache may be: -1. */
static int
hashcache__exceeds_limits (const struct hashcache__entry *entry)
{
  hashcache__trouble ("exceeds all",
                      "a result of %s is not stored: its %llu bytes are more than the whole cache may have (HASHCACHE_MAX_SIZE, "
                      "HASHCACHE_MAX_FILES)",
                      entry->contract->function, (unsigned long long) entry->file_size);
  return -1;
}

/* Publishes ENTRY in DIR: 1 visible now, 0 somebody was first, -1 failed and said. */
static int
hashcache__publish_in (struct hashcache__entry *entry, const char *dir)
{
  char place[HASHCACHE__PATH], path[HASHCACHE__PATH];
  struct stat there;
  int result;

  if (hashcache__find_place (place, dir, entry) != 0 || hashcache__entry_path (path, dir, entry->key) != 0)
    return -1;
  if (fstatat (HASHCACHE__AT_FDCWD, path, &there, HASHCACHE__AT_SYMLINK_NOFOLLOW) == 0 && !S_ISDIR (there.st_mode))
    return hashcache__publish_taken (path,
                                     S_ISREG (there.st_mode)); /* what else stands there was said at fetching; a directory may be
                                                                        only a question */
  if (hashcache__entry_prepare (entry) != 0) {
    if (atomic_load (&hashcache__hdf5_closed))
      hashcache__say (2, "a result of %s is not stored: HDF5 is closed", entry->contract->function);
    else
      hashcache__trouble (NULL, "a result of %s cannot be stored: %s", entry->contract->function, entry->fault);
    return -1;
  }
  if (hashcache__exceeds_all (entry->file_size))
    return hashcache__exceeds_limits (entry);
  result = hashcache__write_entry_in_place (entry, place, dir, path);
  if (result > 0 && hashcache__keep_limits (dir, path, entry->seconds)) {
    hashcache__trouble ("gone at once",
                        "a result of %s is not kept, for all others in the cache are worth more of its room (HASHCACHE_MAX_SIZE, "
                        "HASHCACHE_MAX_FILES)",
                        entry->contract->function);
    return -1;
  }
  if (result < 0 && errno == EISDIR)
    hashcache__say_no_file (path);
  else if (result < 0 && errno == EFBIG && hashcache__exceeds_all (entry->file_size))
    return hashcache__exceeds_limits (entry);
  else if (result < 0)
    hashcache__cannot_write (place);
  return result;
}

/* Makes OUTCOME visible as the entry of KEY. INPUTS are the blocks before the call, BEFORE has an image for each, with the content before
   the call if it is INOUT. Returns 1 if the entry is there, by us or by another, which BY_ANOTHER, unless it is NULL, tells; 0 if not. */
static int
hashcache__store_publish (const struct hashcache__key *key, const struct hashcache__contract *contract,
                          const struct hashcache__blocks *inputs, const struct hashcache__outcome *outcome,
                          const struct hashcache__image *before, double seconds, int *by_another)
{
  struct hashcache__entry entry = {
    .key = key, .contract = contract, .inputs = inputs, .outcome = outcome, .before = before, .seconds = seconds
  };
  struct hashcache__guard guard;
  const char *dir;
  int result = -1;

  hashcache__guard_writes (&guard);
  dir = hashcache__directory (1);
  if (dir)
    result = hashcache__publish_in (&entry, dir);
  hashcache__unguard_writes (&guard);
  if (result > 0) {
    hashcache__count (&hashcache__counters.stored, 1);
    hashcache__count (&hashcache__counters.bytes_written, entry.file_size);
  }
  if (result < 0)
    hashcache__count (&hashcache__counters.store_failures, 1);
  hashcache__entry_free (&entry);
  if (by_another)
    *by_another = result == 0;
  return result >= 0;
}

/* Claims -------------------------------------------------------------------------------------------------------------- */

/* The cache directory whose claims/ has been found good last. */
static const char *_Atomic hashcache__claims_known;

/* Makes claims/ of the cache directory unless that is known: 0, or -1. */
static int
hashcache__make_claims (void)
{
  char place[HASHCACHE__PATH];
  struct hashcache__guard guard;
  const char *dir;
  int made = -1;

  hashcache__guard_writes (&guard);
  dir = hashcache__directory (1);
  if (dir)
    made = hashcache__make_directory (place, dir, "claims", NULL);
  hashcache__unguard_writes (&guard);
  atomic_store (&hashcache__claims_known, made == 0 ? dir : NULL);
  return made;
}

/* The lock file SLOT (0 to 255), open for reading and writing; -1 if there is none to be had, which is said unless only
   descriptors are short. */
static int
hashcache__store_open_claims (unsigned slot)
{
  const char *dir = hashcache__directory (0);
  char path[HASHCACHE__PATH], place[HASHCACHE__PATH], name[3];
  int fd;

  if ((!dir || atomic_load (&hashcache__claims_known) != dir) && hashcache__make_claims () != 0)
    return -1;
  dir = hashcache__directory (0);
  snprintf (name, sizeof name, "%02x", slot & 255u);
  if (!dir || hashcache__join (path, dir, "claims", name, NULL) != 0 || hashcache__join (place, dir, "claims", NULL, NULL) != 0)
    return -1;
  fd = hashcache__open_shared (path, place, name);
  if (fd < 0 && errno == ENOENT && hashcache__make_claims () == 0) /* it has been removed since */
    fd = hashcache__open_shared (path, place, name);
  if (fd < 0 && errno != EMFILE && errno != ENFILE)
    hashcache__cannot_write (path);
  return fd;
}

/* The same file, open for reading; -1 if it is not there, or cannot be read. Nothing is made, and nothing said. */
static int
hashcache__store_look_at_claims (unsigned slot)
{
  char path[HASHCACHE__PATH], name[3];
  const char *dir = hashcache__directory (0);

  snprintf (name, sizeof name, "%02x", slot & 255u);
  if (!dir || hashcache__join (path, dir, "claims", name, NULL) != 0)
    return -1;
  return hashcache__open (path, O_RDONLY | O_NONBLOCK | HASHCACHE__O_NOFOLLOW);
}

#endif
