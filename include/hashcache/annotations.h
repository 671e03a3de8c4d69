/* annotations.h: the words a program says to hashcache in its source.
   SPDX-License-Identifier: BSD-2-Clause

   With the compiler plugin loaded (gcc -fplugin=hashcache) they are attributes that the plugin reads. With any other compiler,
   without the plugin, and in C++ they are empty, and the program compiles as if they were not there.
   Each may stand before a declaration or after a declarator, as GCC allows for attributes. */
#ifndef HASHCACHE_ANNOTATIONS_H
#define HASHCACHE_ANNOTATIONS_H

#if defined __has_attribute && !defined __cplusplus
#if __has_attribute(hashcache)
#define HASHCACHE__ATTRIBUTE(...) __attribute__ ((__VA_ARGS__))
#endif
#endif
#ifndef HASHCACHE__ATTRIBUTE
#define HASHCACHE__ATTRIBUTE(...)
#endif

/* HASHCACHE marks a function: a call whose result is known does not run its body. What the parameters and the result mean must
   be clear from their declarations and the annotations below, else the plugin refuses the function at its line and says what to
   write. */
#define HASHCACHE HASHCACHE__ATTRIBUTE (hashcache)

/* HASHCACHE_ALLOW (names), on a marked function: effects that do not matter for its result, such as a timer that is only printed:
   HASHCACHE_ALLOW ("MPI_Wtime, rand"). The names are those that the plugin gives when it refuses the function: of functions, or
   words such as "volatile", "asm", "atomic" and "address"; * stands for any characters. A name with no node, of a function that was
   compiled without the plugin, may stand there too. A hit does not repeat any of it. It does not hold for other marked functions
   that call this one.

   HASHCACHE_ANY_THREADS, on a marked function: its result does not depend on how many OpenMP threads there are, in the last bit
   neither. Their number is then no part of the key, and calls from inside parallel regions are cached too. */
#define HASHCACHE_ALLOW(names) HASHCACHE__ATTRIBUTE (hashcache_allow (names))
#define HASHCACHE_ANY_THREADS HASHCACHE__ATTRIBUTE (hashcache_any_threads)

/* HASHCACHE_TRUST, on a declaration of a function that is not compiled with the plugin: the user vouches that its result, and what it
   leaves where its arguments point, depend on its arguments and on what they lead to alone; that it keeps nothing from call to call
   that its result shows, reads no clock, file or environment, and prints nothing that a hit would have to repeat. Which library
   holds it is part of the key (HASHCACHE_LIBS). If the program has the function in a file compiled with the plugin, it is followed
   there and the word has no effect. -fplugin-arg-hashcache-trust=GLOB[,GLOB] says the same from the command line. */
#define HASHCACHE_TRUST HASHCACHE__ATTRIBUTE (hashcache_trust)

/* Roles, on pointer parameters, pointer fields of structs, and pointer variables. On a parameter a role holds for all that is
   reached through it, except for fields that say otherwise.

     HASHCACHE_IN      the function reads it and leaves it alone; its content is in the key. Default for pointers to const.
     HASHCACHE_OUT     the function fills the whole extent; what was there before does not matter.
     HASHCACHE_INOUT   the content before the call is in the key, the content after it is stored and restored. The default for
                       other pointers.
     HASHCACHE_IGNORE  neither in the key nor in the result: scratch space, verbosity, handles. Also on parameters and fields
                       that are no pointers, and on global and static variables.

   A parameter that leads to structs with pointers in them needs a word if the call may set these pointers, unless the plugin can prove
   that the call fills the struct before it reads any of it, which makes it an output. HASHCACHE_OUT: it fills all of it, whatever the
   pointers were, or it sets none of them and fills what they lead to. HASHCACHE_INOUT: they are valid or NULL before the call.

   GNU's attribute access says as much of a parameter that has no word: read_only is HASHCACHE_IN, read_write HASHCACHE_INOUT, and a size
   index is the count of a pointer that has none. write_only does not say that all of it is written.

   Global and static variables need no word: those that the calculation reads are HASHCACHE_IN, those that it writes HASHCACHE_INOUT. On
   one that holds no pointers HASHCACHE_OUT says that every call of a function that assigns to it, itself or in what it calls, fills all
   of it before it reads any of it: what it held before is then not in the key. Where it is only handed to functions by its address it
   stays HASHCACHE_INOUT. HASHCACHE_IN says that no call changes it, although its address is at hand where something is written. */
#define HASHCACHE_IN HASHCACHE__ATTRIBUTE (hashcache_in)
#define HASHCACHE_OUT HASHCACHE__ATTRIBUTE (hashcache_out)
#define HASHCACHE_INOUT HASHCACHE__ATTRIBUTE (hashcache_inout)
#define HASHCACHE_IGNORE HASHCACHE__ATTRIBUTE (hashcache_ignore)

/* HASHCACHE_COUNT (expr): the pointer leads to expr elements; HASHCACHE_COUNT (n, m), on a pointer to pointers, to n pointers that lead
   to m elements each, and so on for more levels. The count 1 means a single object, and the word string a NUL-terminated string:
   const char **names HASHCACHE_COUNT (n, string). On an array of pointers that is a parameter (double *rows[n]) the array bound is the
   first count; on one that is a field or variable the counts are those of each of the pointers. On an array without bound at the end
   of a struct (double values[] HASHCACHE_COUNT (n)) it says how long that is.

   Names in expr are parameters of the same function, fields of the same struct, global variables and enumerators; result is what the
   function returns, for what it leaves behind. Operators are those of C without assignments, calls and floating point, sizeof and
   casts included; strlen (name) + 1 is for strings. Sums and products are computed in 64 bits before the call, for outputs after it;
   a count that is negative or overflows makes the call uncacheable. C's own array parameters (double a[ny][nx]) need no count, nor does
   a pointer of which the plugin can prove that the function looks at one object only, or takes it for a string.

   HASHCACHE_MEMBER (name), on a parameter, field or variable that is a union or leads to one, on a function that returns one, or after
   the closing brace of a union: the member that holds the value. The others are left alone. */
#define HASHCACHE_COUNT(...) HASHCACHE__ATTRIBUTE (hashcache_count (HASHCACHE__STRING (__VA_ARGS__)))
#define HASHCACHE_MEMBER(name) HASHCACHE__ATTRIBUTE (hashcache_member (#name))
#define HASHCACHE__STRING(...) #__VA_ARGS__

/* HASHCACHE_RETURNS (expr), on a marked function that returns a pointer: how many elements that leads to, as in HASHCACHE_COUNT, level by
   level, computed after the call. HASHCACHE_RETURNS (string) for a string.

   HASHCACHE_IF (expr), on a marked function: a result is only kept if expr, which may name parameters, result and global variables, is
   not zero after the call: HASHCACHE_IF (result == 0) keeps no failures.

   HASHCACHE_VERSION (n), on a marked function: an integer constant in the key. With another number nothing of what was kept before is
   found. */
#define HASHCACHE_RETURNS(...) HASHCACHE__ATTRIBUTE (hashcache_returns (HASHCACHE__STRING (__VA_ARGS__)))
#define HASHCACHE_IF(...) HASHCACHE__ATTRIBUTE (hashcache_if (HASHCACHE__STRING (__VA_ARGS__)))
#define HASHCACHE_VERSION(n) HASHCACHE__ATTRIBUTE (hashcache_version (n))

#endif
