/* libraries.h: whether a function is the one that it is taken for.
   SPDX-License-Identifier: BSD-2-Clause

   One that is known by its name must really be the C library's, and one with a node must be the one that the node describes.

   A program, another library or LD_PRELOAD may define a `cbrt` of its own. Where the dynamic linker can say which object has the
   function, it must be the C library, the compiler's own libraries or a checker (sanitizers and valgrind stand in front of some
   functions and change no result). In a program that is linked statically nobody can say, and the name is believed; so it is for
   functions that only allocate, which may be anybody's. */
#ifndef HASHCACHE_LIBRARIES_H
#define HASHCACHE_LIBRARIES_H

#include "contract.h"
#include "objects.h"
#include <stddef.h>
#include <string.h>

static int
hashcache__begins (const char *text, const char *start)
{
  return strncmp (text, start, strlen (start)) == 0;
}

static int
hashcache__allocates (const char *name)
{
  static const char *const names[] = { "malloc",         "calloc",       "realloc", "free",   "aligned_alloc",
                                       "posix_memalign", "reallocarray", "strdup",  "strndup" };

  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (strcmp (name, names[i]) == 0)
      return 1;
  return 0;
}

/* Whether the function NAME gives back memory that it is handed. */
static int
hashcache__frees (const char *name)
{
  return strcmp (name, "free") == 0 || strcmp (name, "realloc") == 0 || strcmp (name, "reallocarray") == 0;
}

static int
hashcache__known_library (const char *file)
{
  static const char *const starts[] = { "libc.",   "libc-",   "libm.",    "libm-",   "ld-",     "libgcc_s", "libpthread",
                                        "libasan", "liblsan", "libubsan", "libtsan", "libmsan", "vgpreload" };
  const char *slash = strrchr (file, '/');

  for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
    if (hashcache__begins (slash ? slash + 1 : file, starts[i]))
      return 1;
  return 0;
}

/* Where the caller of REFERENCE, of the kind LIBRARY, finds the function; NULL where nobody knows. */
static const void *
hashcache__address_of (const struct hashcache__reference *reference)
{
  const struct hashcache__library *library = reference->target;

  return library && library->function ? library->function : hashcache__dlsym (NULL, library ? library->symbol : reference->name);
}

static const char *
hashcache__symbol_of (const struct hashcache__reference *reference)
{
  const struct hashcache__library *library = reference->target;

  return library ? library->symbol : reference->name;
}

/* Why the function that REFERENCE is to is not the C library's, which HOLDER, the object that has it or NULL, says; NULL if it
   may be. In a program that is linked statically the name is believed. */
static const char *
hashcache__stranger (const struct hashcache__reference *reference, const struct hashcache__loaded_list *objects,
                     const struct hashcache__loaded *holder)
{
  const int program = holder && holder == &objects->items[0];

  if (!holder || hashcache__allocates (reference->name) || hashcache__known_library (holder->name)
      || (program && !holder->dynamic))
    return NULL;
  return "that is not the C library's function but one that the program or another library defines; compile its file with "
         "-fplugin=hashcache too";
}

/* The file that holds ADDRESS, its load address in *BASE; NULL if nobody knows. */
static const char *
hashcache__object_of (const void *address, void **base)
{
  struct hashcache__object object = { NULL, NULL, NULL, NULL };

  *base = NULL;
  if (!address || !hashcache__dladdr (address, &object))
    return NULL;
  *base = object.base;
  return object.file;
}

/* Whether the shared library FILE, loaded at BASE, itself defines NAME. */
static int
hashcache__defines (const char *file, const void *base, const char *name)
{
  void *handle = file ? hashcache__dlopen (file, HASHCACHE__LAZY | HASHCACHE__NOLOAD) : NULL, *found = NULL;

  if (!handle)
    return 0;
  (void) hashcache__object_of (hashcache__dlsym (handle, name), &found);
  (void) hashcache__dlclose (handle);
  return found == base;
}

/* Why the exported function NAME, called from where CALLER (a node) lies, need not be the one that NODE describes; NULL if it
   is. The dynamic linker binds functions and nodes one by one: a program or LD_PRELOAD may define a function of a library
   anew without a node, and a library may be linked (-Bsymbolic-functions) to call its own function whatever others define. */
static const char *
hashcache__substitute (const char *name, const void *node, const void *caller)
{
  void *function_base, *node_base, *caller_base;
  const char *caller_file;

  if (!hashcache__object_of (hashcache__dlsym (NULL, name), &function_base) || !hashcache__object_of (node, &node_base))
    return NULL;
  if (function_base != node_base)
    return "another definition of it, compiled without the plugin, stands in for the one that is known";
  caller_file = hashcache__object_of (caller, &caller_base);
  if (caller_base != node_base && hashcache__defines (caller_file, caller_base, name))
    return "both the library and another file define it, and which one is called is not known";
  return NULL;
}

#endif
