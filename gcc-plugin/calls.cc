/* calls.cc: functions outside the program that are known by name.
   SPDX-License-Identifier: GPL-3.0-or-later

   A library function may be trusted only if its result, and what it leaves where its arguments point, depend on its arguments
   alone. Nothing else is on the list of those: when in doubt a function stays unknown, and then the runtime refuses a call that
   reaches it unless the program defines it under the plugin.   */

#include "canonical.h"

namespace {

/* Mathematical functions; each also with the suffixes f and l.  */

const char *const mathematical[]
  = { "acos",	  "acosh",     "asin",	     "asinh",  "atan",	   "atan2",  "atanh", "cabs",  "cacos",	    "cacosh",	"carg",
      "casin",	  "casinh",    "catan",	     "catanh", "cbrt",	   "ccos",   "ccosh", "ceil",  "cexp",	    "cimag",	"clog",
      "conj",	  "copysign",  "cos",	     "cosh",   "cpow",	   "cproj",  "creal", "csin",  "csinh",	    "csqrt",	"ctan",
      "ctanh",	  "erf",       "erfc",	     "exp",    "exp10",	   "exp2",   "expm1", "fabs",  "fdim",	    "floor",	"fma",
      "fmax",	  "fmin",      "fmod",	     "frexp",  "hypot",	   "ilogb",  "j0",    "j1",    "jn",	    "ldexp",	"llrint",
      "llround",  "log",       "log10",	     "log1p",  "log2",	   "logb",   "lrint", "lround", "modf",	    "nan",	"nearbyint",
      "nextafter", "nexttoward", "pow",	     "remainder", "remquo", "rint",  "round", "scalbln", "scalbn",  "sin",	"sincos",
      "sinh",	  "sqrt",      "tan",	     "tanh",   "tgamma",   "trunc",  "y0",    "y1",    "yn" };

/* Other functions of the C library; the memory ones by what they leave behind, not by the addresses they answer.  */

/* Of them, those that also write through a pointer.  */

const char *const writing[] = { "frexp", "modf", "remquo", "sincos" };

const char *const library[]
  = { "__memcpy_chk", "__memmove_chk", "__memset_chk", "__stpcpy_chk", "__strcat_chk", "__strcpy_chk", "__strncat_chk",
      "__strncpy_chk", "abs", "aligned_alloc", "alloca", "bcmp", "bcopy", "bsearch", "bzero", "calloc", "div", "ffs", "ffsl", "ffsll",
      "finite", "finitef", "finitel", "free", "imaxabs", "index", "isfinite", "isinf", "isinff", "isinfl", "isnan", "isnanf", "isnanl",
      "isnormal", "labs", "ldiv", "rindex", "__finite", "__finitef", "__isinf", "__isinff", "__isnan", "__isnanf", "__fpclassify",
      "__fpclassifyf", "__fpclassifyl", "__signbit", "__signbitf", "__signbitl",
      "llabs", "lldiv", "malloc", "memchr", "memcmp", "memcpy", "memmem", "memmove", "mempcpy", "memset", "posix_memalign", "qsort",
      "realloc", "reallocarray", "signbit", "stpcpy", "strcat", "strchr", "strcmp", "strcpy", "strcspn", "strdup", "strlen",
      "strncat", "strncmp", "strncpy", "strndup", "strnlen", "strpbrk", "strrchr", "strspn", "strstr" };

/* Functions whose result is not a function of what a key can hold, or that act on the world.  */

const char *const effects[]
  = { "arc4random", "clock", "clock_gettime", "clock_nanosleep", "close", "connect", "creat", "dlopen", "dlsym",
      "drand48", "erand48", "execl", "execv", "fclose", "fdopen", "feof", "fgetc", "fgets", "fopen", "fopen64", "fork", "fread",
      "freopen", "fscanf", "__isoc99_fscanf", "__isoc99_scanf", "fseek", "ftell", "ftime", "fwrite", "getc", "getchar", "getcwd",
      "getenv", "gethostname", "getline", "getpid", "getrandom", "getentropy", "getrusage", "gettimeofday", "getuid", "gmtime",
      "ioctl", "jrand48", "lgamma", "lgammaf", "lgammal", "localtime", "lrand48", "lseek", "mmap", "mrand48", "nanosleep",
      "nrand48", "omp_get_wtick", "omp_get_wtime", "omp_set_dynamic", "omp_set_num_threads", "omp_set_schedule", "open", "open64",
      "openat", "pipe", "popen", "pread", "pthread_create", "pwrite", "putenv", "rand", "rand_r", "random", "read", "readlink",
      "recv", "remove", "rename", "scanf", "secure_getenv", "send", "setenv", "setjmp", "_setjmp", "__sigsetjmp", "setlocale",
      "sigaction", "signal", "sleep", "socket", "srand", "srand48", "srandom", "strtok", "syscall", "sysconf", "system", "time",
      "times", "tmpfile", "unlink", "usleep", "wait", "waitpid", "write", "ia32_rdtsc", "ia32_rdtscp", "ia32_rdrand16_step",
      "ia32_rdrand32_step", "ia32_rdrand64_step", "ia32_rdseed_di_step", "ia32_rdseed_hi_step", "ia32_rdseed_si_step",
      "cpu_init", "cpu_is", "cpu_supports", "ia32_ldmxcsr", "ia32_stmxcsr",
      "feclearexcept", "feraiseexcept", "return_address", "frame_address", "extract_return_addr", "thread_pointer", "fegetround", "fesetround", "fetestexcept",
      "fesetenv", "fegetenv", "__errno_location" };

/* Functions that take any pointer to char they are given for a string.  */

const char *const of_strings[]
  = { "strlen", "strcmp", "strcpy", "strcat", "strchr", "strrchr", "strstr", "strspn", "strcspn", "strpbrk", "strdup", "puts", "fputs" };

/* Functions after which nothing of the program runs.  */

const char *const ends[] = { "abort", "exit", "_exit", "_Exit", "quick_exit", "__assert_fail", "__assert_perror_fail", "__assert",
			     "unreachable", "trap", "MPI_Abort", "err", "errx", "verr", "verrx", "__stack_chk_fail", "__chk_fail" };

const char *const output[] = { "__fprintf_chk", "__printf_chk", "__vfprintf_chk", "__vprintf_chk", "fflush", "fprintf", "fputc",
			       "fputs", "perror", "printf", "putc", "putchar", "puts", "vfprintf", "vprintf" };

template <size_t N>
bool
listed_p (const char *const (&list)[N], const std::string &name)
{
  for (const char *entry : list)
    if (name == entry)
      return true;
  return false;
}

/* True if NAME is a mathematical function, perhaps with a suffix for its precision.  */

bool
mathematical_p (const std::string &name)
{
  if (listed_p (mathematical, name))
    return true;
  char last = name.empty () ? '\0' : name.back ();
  return (last == 'f' || last == 'l') && listed_p (mathematical, name.substr (0, name.size () - 1));
}

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
  return symbol == name || symbol == "__builtin_" + name || symbol == "__isoc99_" + name;
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
  std::string without_suffix = name.empty () ? name : name.substr (0, name.size () - 1);
  return mathematical_p (name) && !listed_p (writing, name) && !listed_p (writing, without_suffix);
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
  return (c == CALLS_LIBRARY || c == CALLS_OUTPUT) && listed_p (of_strings, name);
}

/* True if FNDECL, which does not return, ends the program.  */

bool
ending_function_p (tree fndecl)
{
  std::string name = IDENTIFIER_POINTER (DECL_NAME (fndecl));
  return listed_p (ends, prefixed_p (name, "__builtin_") ? name.substr (strlen ("__builtin_")) : name);
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
  for (const char *part : { "setjmp", "longjmp", "fork", "exec", "context" })
    if (name.find (part) != std::string::npos)
      return false;
  return name != "clone" && name != "syscall" && name != "pthread_exit";
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
  if (message_passing || (standard && listed_p (effects, *name)))
    {
      *why = "calls " + *name + " ()";
      return CALLS_EFFECT;
    }
  if (standard && listed_p (output, *name))
    return CALLS_OUTPUT;
  if (openmp_p (*name))
    return CALLS_OPENMP;
  if (standard && (mathematical_p (*name) || listed_p (library, *name)))
    return CALLS_LIBRARY;
  if (inserted_p (*name) || (builtin && compiler_internal_p (fndecl)))
    return CALLS_BUILTIN;
  return trust_flags (fndecl) ? CALLS_TRUSTED : CALLS_UNKNOWN;
}
