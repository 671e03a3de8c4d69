/* calls.cc: functions outside the program that are known by name.
   SPDX-License-Identifier: GPL-3.0-or-later

   Names count only for functions that the standard headers declare or the compiler has built in; known.cc has the names. A function
   of a library that is trusted is for trusted.cc. Anything else is unknown: the runtime refuses a call that reaches it unless the
   program defines it under the plugin.  */

#include "canonical.h"

namespace {

bool
prefixed_p (const std::string &name, const char *prefix)
{
  return name.compare (0, strlen (prefix), prefix) == 0;
}

/* True if NAME is a function of the OpenMP runtime whose effect is that of the region it belongs to.  */

bool
openmp_p (const std::string &name)
{
  for (const char *prefix : { "GOMP_", "omp_get_", "omp_in_", "omp_init_", "omp_destroy_", "omp_set_lock", "omp_unset_lock", "omp_set_nest_lock",
			      "omp_unset_nest_lock", "omp_test_" })
    if (prefixed_p (name, prefix))
      return true;
  return false;
}

/* True if options of the compiler, not the user, put calls of NAME into a body.  */

bool
inserted_p (const std::string &name)
{
  return prefixed_p (name, "__ubsan_") || prefixed_p (name, "__asan_") || prefixed_p (name, "__cyg_profile_");
}

/* True if FNDECL, called NAME, is known to the assembler by its own name.  */

bool
own_symbol_p (tree fndecl, const std::string &name)
{
  std::string symbol = IDENTIFIER_POINTER (DECL_ASSEMBLER_NAME (fndecl));
  if (symbol[0] == '*')
    symbol = symbol.substr (1);
  /* Old headers redirect exp to __exp_finite with -ffast-math, new ones strtol to __isoc23_strtol.  */
  return symbol == name || symbol == "__builtin_" + name || symbol == "__isoc99_" + name || symbol == "__isoc23_" + name
	 || symbol == "__" + name + "_finite";
}

/* True if the builtin FNDECL is an operation of the compiler, with no function of a library behind it.  */

bool
compiler_internal_p (tree fndecl)
{
  std::string name = IDENTIFIER_POINTER (DECL_ASSEMBLER_NAME (fndecl));
  if (DECL_BUILT_IN_CLASS (fndecl) == BUILT_IN_MD)
    return TREE_READONLY (fndecl) || DECL_PURE_P (fndecl);
  return prefixed_p (name, "__builtin_") || prefixed_p (name, "__atomic_") || prefixed_p (name, "__sync_");
}

} // anonymous namespace

/* True if NAME is a mathematical function that does nothing but compute its result.  */

bool
pure_function_p (const std::string &name)
{
  return known_as (name) & KNOWN_MATHEMATICAL;
}

/* True if FNDECL takes its pointers to char for strings.  */

bool
string_function_p (tree fndecl)
{
  std::string name, why;
  cgraph_node *node = cgraph_node::get (fndecl);
  if (node && node->definition)
    return false;
  call_class c = classify_call (fndecl, &name, &why);
  return (c == CALLS_LIBRARY || c == CALLS_OUTPUT) && (known_as (name) & KNOWN_STRINGS);
}

/* True if FNDECL, which does not return, ends the program.  */

bool
ending_function_p (tree fndecl)
{
  std::string name = IDENTIFIER_POINTER (DECL_NAME (fndecl));
  return known_as (prefixed_p (name, "__builtin_") ? name.substr (strlen ("__builtin_")) : name) & KNOWN_ENDS;
}

/* True if FNDECL goes on somewhere else than behind its call.  */

bool
jumping_function_p (tree fndecl)
{
  std::string name = IDENTIFIER_POINTER (DECL_NAME (fndecl));
  return name == "longjmp" || name == "_longjmp" || name == "siglongjmp" || name == "__longjmp_chk" || name == "pthread_exit"
	 || name == "thrd_exit" || name == "__builtin_longjmp" || name == "setcontext";
}

/* True if NAME, a function of the OpenMP runtime, keeps other threads out.  */

bool
locking_function_p (const std::string &name)
{
  return prefixed_p (name, "GOMP_critical") || prefixed_p (name, "GOMP_atomic") || prefixed_p (name, "omp_set_lock")
	 || prefixed_p (name, "omp_set_nest") || prefixed_p (name, "omp_test_");
}

/* True if NAME, a builtin function, changes or reads memory that other threads may change at the same time.  */

bool
atomic_function_p (const std::string &name)
{
  return prefixed_p (name, "__atomic_") || prefixed_p (name, "__sync_");
}

/* True if the runtime survives a call of NAME, one of the effects, in the middle of a cached call: no jump back into it, no second
   process that goes on with it.  */

bool
allowable_function_p (const std::string &name)
{
  for (const char *part : { "setjmp", "longjmp", "fork", "Fork", "exec", "context" })
    if (name.find (part) != std::string::npos)
      return false;
  return name != "clone" && name != "daemon" && name != "syscall" && name != "pthread_exit";
}

/* True if FNDECL, called NAME and of the OpenMP runtime, makes the threads of the region around its call share work or wait for each
   other: what GCC makes of loops, sections, barriers.  Not if it opens a region of its own, or if the user's program asks for a
   number, nor within what GCC made of a region of its own.  Nested locks may be held by the caller, whose other threads must not wait for this call then.  */

bool
team_function_p (tree fndecl, const std::string &name)
{
  if (name.find ("nest_lock") != std::string::npos)
    return true;
  if (!fndecl_built_in_p (fndecl) || (cfun && DECL_ARTIFICIAL (cfun->decl)))
    return false;
  for (const char *own : { "GOMP_parallel", "GOMP_critical", "GOMP_atomic", "GOMP_task", "GOMP_taskwait", "GOMP_taskgroup", "GOMP_target",
			   "GOMP_teams" })
    if (prefixed_p (name, own))
      return false;
  return true;
}

/* Classify the function FNDECL that this unit calls but does not define.  NAME: its name without __builtin_; WHY: for
   CALLS_EFFECT, what it does.  */

call_class
classify_call (tree fndecl, std::string *name, std::string *why)
{
  *name = IDENTIFIER_POINTER (DECL_NAME (fndecl));
  bool builtin = fndecl_built_in_p (fndecl);
  if (prefixed_p (*name, "__builtin_"))
    *name = name->substr (strlen ("__builtin_"));
  /* A name of the library that the user declared is perhaps the user's own function: its node will tell.  So may be one that has
     another name for the assembler.  */
  bool standard = (builtin || in_system_header_at (DECL_SOURCE_LOCATION (fndecl))) && own_symbol_p (fndecl, *name);
  bool message_passing = prefixed_p (*name, "MPI_") || prefixed_p (*name, "PMPI_");
  unsigned known = standard ? known_as (*name) : 0;
  if (message_passing || (known & KNOWN_EFFECT))
    {
      *why = "calls " + *name + " ()";
      return CALLS_EFFECT;
    }
  if (known & KNOWN_OUTPUT)
    return CALLS_OUTPUT;
  if (openmp_p (*name))
    return CALLS_OPENMP;
  if (known & KNOWN_FUNCTION)
    return CALLS_LIBRARY;
  if (inserted_p (*name) || (builtin && compiler_internal_p (fndecl)))
    return CALLS_BUILTIN;
  return trust_flags (fndecl) ? CALLS_TRUSTED : CALLS_UNKNOWN;
}
