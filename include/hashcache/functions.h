/* functions.h: which function a pointer leads to.
   SPDX-License-Identifier: BSD-2-Clause

   The plugin lists the functions of each program and library that may be called through a pointer (contract.h). The list of the
   object that carries this runtime is known to the linker; that of another object is asked for by name, and a library that hides
   its symbols has none. What is in no list was compiled without the plugin. */
#ifndef HASHCACHE_FUNCTIONS_H
#define HASHCACHE_FUNCTIONS_H

#include "contract.h"
#include "libraries.h"

#define HASHCACHE__TEXT_OF_NAME(name) HASHCACHE__TEXT (name)
#define HASHCACHE__TEXT(name) #name

/* NULL where no unit of this object has a list. */
extern const struct hashcache__function HASHCACHE__FIRST_FUNCTION[] __attribute__ ((weak, visibility ("hidden")));
extern const struct hashcache__function HASHCACHE__END_OF_FUNCTIONS[] __attribute__ ((weak, visibility ("hidden")));

static struct hashcache__function_list
hashcache__own_functions (void)
{
  return (struct hashcache__function_list){ HASHCACHE__FIRST_FUNCTION, HASHCACHE__END_OF_FUNCTIONS };
}

/* The list of the object that holds ADDRESS, an empty one if it does not tell. */
static struct hashcache__function_list
hashcache__functions_beside (const void *address)
{
  static const char name[] = HASHCACHE__TEXT_OF_NAME (HASHCACHE__FUNCTION_LIST);
  const struct hashcache__function_list none = { NULL, NULL }, *list = NULL;
  void *base, *base_of_list;
  const char *file = hashcache__object_of (address, &base);
  void *handle = file ? hashcache__dlopen (file, HASHCACHE__LAZY | HASHCACHE__NOLOAD) : NULL;

  if (!handle)
    return none;
  list = hashcache__dlsym (handle, name);
  (void) hashcache__dlclose (handle);
  return list && hashcache__object_of (list, &base_of_list) && base_of_list == base ? *list : none;
}

static const struct hashcache__function *
hashcache__listed_function (struct hashcache__function_list list, const void *address)
{
  for (const struct hashcache__function *f = list.first; f && f < list.end; f++)
    if (f->function ? f->function == address : f->name && hashcache__dlsym (NULL, f->name) == address)
      return f;
  return NULL;
}

/* What ADDRESS is, NULL if nobody knows. */
static const struct hashcache__function *
hashcache__function_at (const void *address)
{
  const struct hashcache__function *own = hashcache__listed_function (hashcache__own_functions (), address);

  return own ? own : hashcache__listed_function (hashcache__functions_beside (address), address);
}

#endif
