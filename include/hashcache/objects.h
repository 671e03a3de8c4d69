/* objects.h: the program and the shared objects in this process: which one holds an address, and what tells it from another build.
   SPDX-License-Identifier: BSD-2-Clause

   What counts is what has been loaded, not what lies on disk by now. So the build id is read from memory, the name of the
   file from /proc/self/maps, where symbolic links are resolved as they were; and a file whose content must be read is
   compared with the memory that was made of it. An object also stands for those that it needs (DT_NEEDED), since its
   functions call theirs.

   The list is made under the dynamic linker's lock and copies what it keeps: others may be unloaded at any time. */
#ifndef HASHCACHE_OBJECTS_H
#define HASHCACHE_OBJECTS_H

#include "digest.h"
#include "posix.h"
#include <link.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The first fields of struct dl_phdr_info, and Dl_info, which strict C11 hides. The functions under names of our own, since the
   program may have included <dlfcn.h>. A NULL handle of dlsym is RTLD_DEFAULT. */
struct hashcache__headers {
  ElfW (Addr) address;
  const char *name;
  const ElfW (Phdr) * headers;
  ElfW (Half) n_headers;
};

struct hashcache__object {
  const char *file;
  void *base;
  const char *symbol;
  void *address;
};

enum { HASHCACHE__LAZY = 1, HASHCACHE__NOLOAD = 4, HASHCACHE__NODELETE = 0x1000 }; /* RTLD_ of dlopen */

extern int hashcache__iterate_headers (int (*visit) (struct hashcache__headers *, size_t, void *),
                                       void *data) __asm__("dl_iterate_phdr");
extern void *hashcache__dlsym (void *handle, const char *name) __asm__("dlsym");
extern void *hashcache__dlopen (const char *file, int mode) __asm__("dlopen");
extern int hashcache__dlclose (void *handle) __asm__("dlclose");
extern int hashcache__dladdr (const void *address, struct hashcache__object *object) __asm__("dladdr");
extern int hashcache__dladdr1 (const void *address, struct hashcache__object *object, void **symbol, int what) __asm__("dladdr1")
    __attribute__ ((weak));

enum { HASHCACHE__BUILD_ID_SIZE = 64, HASHCACHE__MAPPED_NAME = 4096 + 256 };

struct hashcache__loaded {
  uintptr_t address;    /* what is added to the addresses of its file */
  uintptr_t start, end; /* of all its segments */
  char *name;           /* as the dynamic linker has it; "" for the program */
  char *soname;         /* "" if it has none */
  char *needed;         /* names, each with its NUL, and an empty one behind */
  const ElfW (Phdr) * headers;
  size_t n_headers;
  size_t build_id_size; /* 0 if it has none */
  unsigned char build_id[HASHCACHE__BUILD_ID_SIZE];
  int dynamic; /* asks for a dynamic linker: is the program, not linked statically */
  int wanted;  /* in the set that is being identified */
};

struct hashcache__loaded_list {
  struct hashcache__loaded *items; /* the program first */
  size_t n, capacity;
  int failed; /* without memory */
};

/* The list ------------------------------------------------------------------------------------------------------------ */

/* Whether the SIZE bytes at AT are in a segment of OBJECT that is loaded and readable. */
static int
hashcache__loaded_bytes (const struct hashcache__loaded *object, uintptr_t at, size_t size)
{
  for (size_t i = 0; i < object->n_headers; i++) {
    const ElfW (Phdr) *h = &object->headers[i];
    const uintptr_t start = object->address + h->p_vaddr;

    if (h->p_type == PT_LOAD && (h->p_flags & PF_R) && at >= start && at - start <= h->p_memsz
        && size <= h->p_memsz - (at - start))
      return 1;
  }
  return 0;
}

/* Looks for the build id among the notes of SIZE bytes at AT. */
static void
hashcache__read_notes (struct hashcache__loaded *object, const unsigned char *at, size_t size, size_t alignment)
{
  ElfW (Nhdr) note;

  while (size >= sizeof note) {
    size_t name, content;

    memcpy (&note, at, sizeof note);
    name = (sizeof note + note.n_namesz + alignment - 1) / alignment * alignment;
    content = (note.n_descsz + alignment - 1) / alignment * alignment;
    if (name > size || note.n_descsz > size - name)
      return;
    if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 && memcmp (at + sizeof note, "GNU", 4) == 0 && note.n_descsz > 0
        && note.n_descsz <= HASHCACHE__BUILD_ID_SIZE) {
      object->build_id_size = note.n_descsz;
      memcpy (object->build_id, at + name, note.n_descsz);
      return;
    }
    if (content > size - name)
      return;
    at += name + content;
    size -= name + content;
  }
}

/* The dynamic entry TAG number NTH among those of its kind; 0 if there is none. */
static ElfW (Addr) hashcache__dynamic_entry (const ElfW (Dyn) * dynamic, size_t n, int tag, size_t nth)
{
  for (size_t i = 0; i < n && dynamic[i].d_tag != DT_NULL; i++)
    if (dynamic[i].d_tag == tag && nth-- == 0)
      return dynamic[i].d_un.d_ptr;
  return 0;
}

/* Reads the names in the dynamic section of N entries. 0, or -1 without memory. */
static int
hashcache__read_dynamic (struct hashcache__loaded *object, const ElfW (Dyn) * dynamic, size_t n)
{
  uintptr_t strings = hashcache__dynamic_entry (dynamic, n, DT_STRTAB, 0);
  const size_t size = hashcache__dynamic_entry (dynamic, n, DT_STRSZ, 0);
  size_t used = 0, offset;

  if (strings < object->start) /* some machines leave it as it is in the file */
    strings += object->address;
  if (size == 0 || !hashcache__loaded_bytes (object, strings, size) || ((const char *) strings)[size - 1] != '\0')
    return 0;
  offset = hashcache__dynamic_entry (dynamic, n, DT_SONAME, 0);
  if (offset > 0 && offset < size) {
    free (object->soname);
    object->soname = strdup ((const char *) strings + offset);
  }
  for (size_t i = 0; (offset = hashcache__dynamic_entry (dynamic, n, DT_NEEDED, i)) > 0; i++) {
    const char *name = (const char *) strings + offset;
    const size_t length = offset < size ? strlen (name) + 1 : 0;
    char *needed = length > 0 ? realloc (object->needed, used + length + 1) : NULL;

    if (!needed)
      return length > 0 ? -1 : 0;
    memcpy (needed + used, name, length);
    used += length;
    needed[used] = '\0';
    object->needed = needed;
  }
  return object->soname ? 0 : -1;
}

static int
hashcache__read_headers (struct hashcache__loaded *object)
{
  object->start = UINTPTR_MAX;
  for (size_t i = 0; i < object->n_headers; i++) {
    const ElfW (Phdr) *h = &object->headers[i];
    const uintptr_t at = object->address + h->p_vaddr;

    if (h->p_type == PT_LOAD && at < object->start)
      object->start = at;
    if (h->p_type == PT_LOAD && at + h->p_memsz > object->end)
      object->end = at + h->p_memsz;
    if (h->p_type == PT_INTERP)
      object->dynamic = 1;
  }
  for (size_t i = 0; i < object->n_headers; i++) {
    const ElfW (Phdr) *h = &object->headers[i];
    const uintptr_t at = object->address + h->p_vaddr;

    if (!hashcache__loaded_bytes (object, at, h->p_memsz))
      continue;
    if (h->p_type == PT_NOTE && object->build_id_size == 0)
      hashcache__read_notes (object, (const unsigned char *) at, h->p_memsz, h->p_align == 8 ? 8 : 4);
    if (h->p_type == PT_DYNAMIC && hashcache__read_dynamic (object, (const ElfW (Dyn) *) at, h->p_memsz / sizeof (ElfW (Dyn))))
      return -1;
  }
  return 0;
}

static int
hashcache__add_object (struct hashcache__headers *headers, size_t size, void *data)
{
  struct hashcache__loaded_list *objects = data;
  struct hashcache__loaded *object;

  (void) size;
  if (objects->n == objects->capacity) {
    const size_t capacity = 2 * objects->capacity + 32;
    struct hashcache__loaded *items = realloc (objects->items, capacity * sizeof *items);

    if (!items)
      return objects->failed = 1;
    objects->items = items;
    objects->capacity = capacity;
  }
  object = &objects->items[objects->n++];
  *object =
      (struct hashcache__loaded){ .address = headers->address, .headers = headers->headers, .n_headers = headers->n_headers };
  object->name = strdup (headers->name ? headers->name : "");
  object->soname = strdup ("");
  if (!object->name || !object->soname || hashcache__read_headers (object))
    objects->failed = 1;
  return objects->failed;
}

static void
hashcache__free_objects (struct hashcache__loaded_list *objects)
{
  for (size_t i = 0; i < objects->n; i++) {
    free (objects->items[i].name);
    free (objects->items[i].soname);
    free (objects->items[i].needed);
  }
  free (objects->items);
  *objects = (struct hashcache__loaded_list){ NULL, 0, 0, 0 };
}

/* Fills OBJECTS with what is loaded now; 0, or -1 without memory. */
static int
hashcache__list_objects (struct hashcache__loaded_list *objects)
{
  *objects = (struct hashcache__loaded_list){ NULL, 0, 0, 0 };
  (void) hashcache__iterate_headers (hashcache__add_object, objects);
  if (!objects->failed)
    return 0;
  hashcache__free_objects (objects);
  return -1;
}

/* The object that holds ADDRESS, NULL if none does. */
static struct hashcache__loaded *
hashcache__loaded_at (const struct hashcache__loaded_list *objects, const void *address)
{
  for (size_t i = 0; i < objects->n; i++)
    if ((uintptr_t) address >= objects->items[i].start && (uintptr_t) address < objects->items[i].end
        && hashcache__loaded_bytes (&objects->items[i], (uintptr_t) address, 1))
      return &objects->items[i];
  return NULL;
}

static const char *
hashcache__last_name (const char *path)
{
  const char *slash = strrchr (path, '/');

  return slash ? slash + 1 : path;
}

/* Whether the loaded OBJECT itself defines SYMBOL. */
static int
hashcache__object_defines (const struct hashcache__loaded_list *objects, const struct hashcache__loaded *object,
                           const char *symbol)
{
  void *handle = object->name[0] ? hashcache__dlopen (object->name, HASHCACHE__LAZY | HASHCACHE__NOLOAD) : NULL;
  const void *found = handle ? hashcache__dlsym (handle, symbol) : NULL;

  if (handle)
    (void) hashcache__dlclose (handle);
  return found && hashcache__loaded_at (objects, found) == object;
}

/* Whether ADDRESS is only what a program that does not move (not PIE) takes for the address of a function elsewhere: its own
   jump to it. */
static int
hashcache__jump_of_program (const void *address)
{
  enum { SYMBOL_ENTRY = 1 };
  struct hashcache__object place = { NULL, NULL, NULL, NULL };
  void *entry = NULL;

  return hashcache__dladdr1 && hashcache__dladdr1 (address, &place, &entry, SYMBOL_ENTRY) && entry && place.address == address
         && ((const ElfW (Sym) *) entry)->st_shndx == SHN_UNDEF;
}

/* The object that holds the function SYMBOL, which is at ADDRESS for its caller; NULL if nobody knows. */
static struct hashcache__loaded *
hashcache__holder (const struct hashcache__loaded_list *objects, const void *address, const char *symbol)
{
  if (!address || !hashcache__jump_of_program (address))
    return hashcache__loaded_at (objects, address);
  for (size_t i = 1; i < objects->n; i++)
    if (hashcache__object_defines (objects, &objects->items[i], symbol))
      return &objects->items[i];
  return NULL;
}

/* Marks as wanted the objects that a wanted one needs, and so on. */
static void
hashcache__want_needed (struct hashcache__loaded_list *objects)
{
  for (int more = 1; more;) {
    more = 0;
    for (size_t i = 0; i < objects->n; i++)
      for (const char *name = objects->items[i].wanted ? objects->items[i].needed : NULL; name && *name;
           name += strlen (name) + 1)
        for (size_t k = 0; k < objects->n; k++) {
          struct hashcache__loaded *other = &objects->items[k];

          if (!other->wanted && (strcmp (other->soname, name) == 0 || strcmp (hashcache__last_name (other->name), name) == 0))
            more = other->wanted = 1;
        }
  }
}

/* Identity ------------------------------------------------------------------------------------------------------------ */

/* The name in PATH (of HASHCACHE__MAPPED_NAME bytes) of the file of which OBJECT was loaded; 0, or -1 if nobody knows. */
static int
hashcache__mapped_file (const struct hashcache__loaded *object, char *path)
{
  FILE *maps = fopen ("/proc/self/maps", "re");
  char line[HASHCACHE__MAPPED_NAME];
  int found = 0;

  while (maps && !found && fgets (line, sizeof line, maps)) {
    unsigned long from, to;
    const char *name = strchr (line, '/');

    if (!name || sscanf (line, "%lx-%lx", &from, &to) != 2 || to <= object->start || from >= object->end)
      continue;
    memcpy (path, name, strlen (name) + 1);
    path[strcspn (path, "\n")] = '\0';
    found = 1;
  }
  if (maps)
    (void) fclose (maps);
  return found ? 0 : -1;
}

/* Digests into HASHER the name of the file PATH if it has a version with a minor number, such as libopenblasp-r0.3.21.so, and so
   tells one release from another; returns whether it has. 0.0.0 is no version: some libraries have stayed there for good. */
static int
hashcache__hash_version (struct hashcache__hasher *hasher, const char *path)
{
  static const char digits[] = "0123456789", deleted[] = " (deleted)", variants[] = "/glibc-hwcaps/";
  const char *name = hashcache__last_name (path), *variant = strstr (path, variants);
  size_t length = strlen (name);

  for (const char *c = name; *c; c += strspn (c, digits)) {
    size_t major;

    c += strcspn (c, digits);
    major = strspn (c, digits);
    if (major == 0 || c[major] != '.' || strspn (c + major + 1, digits) == 0 || strspn (c, "0.") == strspn (c, "0123456789."))
      continue;
    if (length > sizeof deleted && strcmp (name + length - (sizeof deleted - 1), deleted) == 0)
      length -= sizeof deleted - 1;
    hashcache__hash_u64 (hasher, length);
    hashcache__hash_bytes (hasher, name, length);
    hashcache__hash_string (hasher, variant ? variant : "");
    return 1;
  }
  return 0;
}

/* Whether the N BYTES at OFFSET of OBJECT's file are what is in memory, as far as they are never written there. */
static int
hashcache__as_loaded (const struct hashcache__loaded *object, const unsigned char *bytes, uint64_t offset, size_t n)
{
  for (size_t i = 0; i < object->n_headers; i++) {
    const ElfW (Phdr) *h = &object->headers[i];
    const uint64_t from = h->p_offset > offset ? h->p_offset : offset;
    const uint64_t end = h->p_offset + h->p_filesz < offset + n ? h->p_offset + h->p_filesz : offset + n;

    if (h->p_type != PT_LOAD || (h->p_flags & PF_W) || !(h->p_flags & PF_R) || from >= end)
      continue;
    if (memcmp (bytes + (from - offset), (const void *) (object->address + h->p_vaddr + (from - h->p_offset)), end - from) != 0)
      return 0;
  }
  return 1;
}

/* Digests the content of OBJECT's file PATH; -1 if it cannot be read or is not the one that was loaded. */
static int
hashcache__hash_content (struct hashcache__hasher *hasher, const struct hashcache__loaded *object, const char *path)
{
  enum { CHUNK = 1 << 16 };
  const int fd = hashcache__open (path, O_RDONLY);
  unsigned char *chunk = malloc (CHUNK);
  uint64_t offset = 0;
  ssize_t n = -1;

  while (fd >= 0 && chunk && (n = pread (fd, chunk, CHUNK, (off_t) offset)) > 0) {
    if (!hashcache__as_loaded (object, chunk, offset, (size_t) n)) {
      n = -1;
      break;
    }
    hashcache__hash_bytes (hasher, chunk, (size_t) n);
    offset += (uint64_t) n;
  }
  hashcache__hash_u64 (hasher, offset);
  free (chunk);
  if (fd >= 0)
    (void) close (fd);
  return n == 0 && offset > 0 ? 0 : -1;
}

/* What has been found out about objects, for good: by where they lie and what they are called. */
struct hashcache__identity {
  uintptr_t start, end;
  char *name;
  int by_version;
  struct hashcache__digest digest;
  struct hashcache__identity *next;
};

static struct {
  pthread_mutex_t mutex;
  struct hashcache__identity *first;
} hashcache__identities = { PTHREAD_MUTEX_INITIALIZER, NULL };

/* The mutex is held. */
static int
hashcache__find_identity (const struct hashcache__loaded *object, int by_version, struct hashcache__digest *digest)
{
  for (const struct hashcache__identity *known = hashcache__identities.first; known; known = known->next)
    if (known->start == object->start && known->end == object->end && known->by_version == by_version
        && strcmp (known->name, object->name) == 0) {
      *digest = known->digest;
      return 1;
    }
  return 0;
}

/* The mutex is held. Without memory the digest is not kept. */
static void
hashcache__keep_identity (const struct hashcache__loaded *object, int by_version, const struct hashcache__digest *digest)
{
  struct hashcache__identity *identity = malloc (sizeof *identity);
  char *name = identity ? strdup (object->name) : NULL;

  if (!name) {
    free (identity);
    return;
  }
  *identity = (struct hashcache__identity){ object->start, object->end, name, by_version, *digest, hashcache__identities.first };
  hashcache__identities.first = identity;
}

static int
hashcache__make_identity (const struct hashcache__loaded *object, int by_version, struct hashcache__digest *digest)
{
  char path[HASHCACHE__MAPPED_NAME];
  const int named = hashcache__mapped_file (object, path) == 0;
  struct hashcache__hasher hasher;

  hashcache__hash_start (&hasher);
  if (by_version && named && hashcache__hash_version (&hasher, path))
    hashcache__hash_string (&hasher, "version");
  else if (object->build_id_size > 0) {
    hashcache__hash_bytes (&hasher, object->build_id, object->build_id_size);
    hashcache__hash_string (&hasher, "build id");
  } else if (!named || hashcache__hash_content (&hasher, object, path))
    return -1;
  *digest = hashcache__hash_finish (&hasher);
  return 0;
}

/* What tells OBJECT from another build of it, or, if BY_VERSION, from another version, in *DIGEST; -1 if nobody can say. */
static int
hashcache__identify_object (const struct hashcache__loaded *object, int by_version, struct hashcache__digest *digest)
{
  int failed = 0;

  pthread_mutex_lock (&hashcache__identities.mutex);
  if (!hashcache__find_identity (object, by_version, digest)) {
    failed = hashcache__make_identity (object, by_version, digest);
    if (!failed)
      hashcache__keep_identity (object, by_version, digest);
  }
  pthread_mutex_unlock (&hashcache__identities.mutex);
  return failed;
}

#endif
