/* known.cc: what functions of the C library and of the compiler do, by name.
   SPDX-License-Identifier: GPL-3.0-or-later

   A function is known if its result, and what it leaves where its arguments point, depend on its arguments and on state that is in
   the key: how the processor rounds, the version of the C library, and for some the locale. When in doubt a name is in no list: then
   the runtime refuses a call that reaches it, unless the program defines it under the plugin.

   An effect is what depends on anything else, or acts on the world: the plugin refuses it at its line. Here it does no harm to list
   too much. The lists hold what glibc has; errno and the flags of floating-point exceptions do not count, as README says.

   Decisions:

     lgamma, gamma	effects: they set the global signgam. lgamma_r is known.
     rand_r, drand48_r, random_r and their kin	known: their state is an argument. rand, drand48 and random keep theirs to themselves,
			erand48 and its kin multiply by what lcong48 has set: effects.
     isalpha, toupper, strtod, atof, strtol, strcasecmp, strcoll and their kin	depend on the locale (spaces, decimal point, grouping,
			letters): known, and the name of the locale is then part of the key.
     sprintf, sscanf	in no list: %p writes addresses, %m errno, and programs may add conversions of their own.
     mbtowc, wctomb, mblen, strtok	effects: they keep state between calls. strtok_r is known.
     strerror, gettext, ctime, localtime	effects: they read files, the environment or the time zone.
     malloc and its kin	known: of an address nothing is in a result that can be cached.  */

#include "canonical.h"

namespace {

/* Functions of mathematics; each also with the suffixes f, l, f32, f64, f128, f32x, f64x.  */

const char mathematical[]
  = "acos acosh acospi asin asinh asinpi atan atan2 atan2pi atanh atanpi cabs cacos cacosh carg casin casinh catan catanh "
    "cbrt ccos ccosh ceil cexp cimag clog clog10 compoundn conj copysign cos cosh cospi cpow cproj creal csin csinh csqrt "
    "ctan ctanh drem erf erfc exp exp10 exp10m1 exp2 exp2m1 expm1 fabs fdim floor fma fmax fmaximum fmaximum_mag "
    "fmaximum_mag_num fmaximum_num fmaxmag fmin fminimum fminimum_mag fminimum_mag_num fminimum_num fminmag fmod fromfp "
    "fromfpx hypot ilogb j0 j1 jn ldexp llogb llrint llround log log10 log10p1 log1p log2 log2p1 logb logp1 lrint lround "
    "nan nearbyint nextafter nextdown nexttoward nextup pow pow10 pown powr remainder rint rootn round roundeven rsqrt "
    "scalb scalbln scalbn significand sin sinh sinpi sqrt tan tanh tanpi tgamma trunc ufromfp ufromfpx y0 y1 yn";

/* Of the same kind, but these also read or write through a pointer.  */

const char through_pointers[]
  = "canonicalize frexp getpayload lgamma_r modf remquo setpayload setpayloadsig sincos totalorder totalordermag";

/* Functions that compute in one precision and round to another, and questions about numbers.  */

const char arithmetic[]
  = "abs daddl ddivl dfmal dmull dsqrtl dsubl difftime div fadd faddl fdiv fdivl ffma ffmal ffs ffsl ffsll finite finitef "
    "finitel fmul fmull fsqrt fsqrtl fsub fsubl imaxabs imaxdiv isfinite isinf isinff isinfl isnan isnanf isnanl isnormal "
    "labs ldiv llabs lldiv signbit signbitf signbitl __finite __finitef __finitel __fpclassify __fpclassifyf "
    "__fpclassifyl __iseqsig __iseqsigf __iseqsigl __isinf __isinff __isinfl __isnan __isnanf __isnanl __issignaling "
    "__issignalingf __issignalingl __signbit __signbitf __signbitl";

/* Memory and strings; by what they leave behind, not by the addresses they answer.  */

const char memory[]
  = "__explicit_bzero_chk __memcpy_chk __memmove_chk __mempcpy_chk __memset_chk __rawmemchr __stpcpy __stpcpy_chk "
    "__stpncpy_chk __strcat_chk __strcpy_chk __strdup __strlcat_chk __strlcpy_chk __strncat_chk __strncpy_chk __strndup "
    "__strsep_g __strtok_r __wmemcpy_chk __wmemmove_chk __wmemset_chk a64l aligned_alloc alloca bcmp bcopy bsearch bzero "
    "calloc explicit_bzero free index lfind malloc memccpy memchr memcmp memcpy memfrob memmem memmove mempcpy memrchr "
    "memset posix_memalign qsort qsort_r rawmemchr realloc reallocarray rindex stpcpy stpncpy strcat strchr strchrnul "
    "strcmp strcpy strcspn strdup strlcat strlcpy strlen strncat strncmp strncpy strndup strnlen strpbrk strrchr strsep "
    "strspn strstr strtok_r strverscmp swab toascii wcpcpy wcpncpy wcscat wcschr wcschrnul wcscmp wcscpy wcscspn wcsdup "
    "wcslen wcsncat wcsncmp wcsncpy wcsnlen wcspbrk wcsrchr wcsspn wcsstr wmemchr wmemcmp wmemcpy wmemmove wmempcpy "
    "wmemset";

/* Random numbers whose state is an argument.  */

const char random_state[]
  = "drand48_r erand48_r initstate_r jrand48_r lcong48_r lrand48_r mrand48_r nrand48_r rand_r random_r seed48_r setstate_r srand48_r "
    "srandom_r";

/* Functions that depend on the locale.  */

const char of_locale[]
  = "__ctype_b_loc __ctype_get_mb_cur_max __ctype_tolower_loc __ctype_toupper_loc __strtod_internal __strtof_internal "
    "__strtol_internal __strtold_internal __strtoll_internal __strtoul_internal __strtoull_internal _tolower _toupper "
    "atof atoi atol atoll btowc isalnum isalpha isascii isblank iscntrl isdigit isgraph islower isprint ispunct isspace "
    "isupper iswalnum iswalpha iswblank iswcntrl iswdigit iswgraph iswlower iswprint iswpunct iswspace iswupper iswxdigit "
    "isxdigit strcasecmp strcasestr strcoll strncasecmp strtod strtof strtof128 strtof32 strtof32x strtof64 strtof64x "
    "strtoimax strtol strtold strtoll strtoq strtoul strtoull strtoumax strtouq strxfrm tolower toupper towlower towupper "
    "wcscasecmp wcscoll wcsncasecmp wcstod wcstof wcstoimax wcstol wcstold wcstoll wcstoul wcstoull wcstoumax wcsxfrm "
    "wctob wcwidth wcswidth";

/* Clocks, calendars and timers.  */

const char clocks[]
  = "adjtime adjtimex alarm asctime asctime_r clock clock_adjtime clock_getcpuclockid clock_getres clock_gettime "
    "clock_nanosleep clock_settime ctime ctime_r ftime getdate getdate_r getitimer getrusage gettimeofday gmtime "
    "localtime localtime_r mktime nanosleep ntp_adjtime ntp_gettime ntp_gettimex setitimer settimeofday sleep stime "
    "strftime strftime_l strptime time times timespec_get timespec_getres timelocal tzset ualarm usleep wcsftime";

const char random_numbers[]
  = "arc4random arc4random_buf arc4random_uniform drand48 erand48 getentropy getrandom initstate jrand48 lcong48 lrand48 "
    "mkdtemp mkostemp mkostemps mkstemp mkstemps mktemp mrand48 nrand48 rand random seed48 setstate srand srand48 srandom "
    "strfry tempnam tmpfile tmpfile64 tmpnam tmpnam_r";

/* The environment, the machine, the user; the locale, messages in the user's language.  */

const char surroundings[]
  = "__secure_getenv bindtextdomain clearenv confstr cuserid dcgettext dcngettext dgettext dngettext duplocale endgrent "
    "endpwent fpathconf freelocale get_avphys_pages get_current_dir_name get_nprocs get_nprocs_conf get_phys_pages "
    "getauxval getcpu getcwd getdomainname getdtablesize getegid getenv geteuid getgid getgrent getgrgid getgrgid_r "
    "getgrnam getgrnam_r getgroups gethostid gethostname getloadavg getlogin getlogin_r getopt getopt_long "
    "getopt_long_only getpagesize getpgid getpgrp getpid getppid getpriority getpwent getpwnam getpwnam_r getpwuid "
    "getpwuid_r getresgid getresuid getrlimit getrlimit64 getsid gettext gettid getuid getwd localeconv newlocale "
    "ngettext nl_langinfo pathconf prlimit putenv secure_getenv setenv setlocale setrlimit strerror strerror_l strerror_r "
    "strsignal sysconf sysinfo textdomain uname unsetenv uselocale";

/* Files, directories, descriptors, sockets.  */

const char files[]
  = "__fgets_chk __fread_chk __getdelim __isoc23_fscanf __isoc23_scanf __isoc99_fscanf __isoc99_fwscanf __isoc99_scanf "
    "__isoc99_vfscanf __isoc99_vscanf __open64_2 __open_2 __pread_chk __read_chk __recv_chk _IO_getc accept accept4 "
    "access bind chdir chmod chown close closedir connect copy_file_range creat creat64 dup dup2 dup3 endmntent eventfd "
    "euidaccess faccessat fallocate fchdir fchmod fchown fclose fcntl fcntl64 fdatasync fdopen fdopendir feof "
    "feof_unlocked ferror fflush_unlocked fgetc fgetc_unlocked fgetpos fgets fgets_unlocked fgetwc fgetws fileno flock "
    "fmemopen fopen fopen64 fopencookie fread fread_unlocked freopen freopen64 fscanf fseek fseeko fseeko64 fsetpos fstat "
    "fstat64 fstatat fstatfs fstatvfs fsync ftell ftello ftello64 ftruncate ftw ftw64 futimens futimes fwrite "
    "fwrite_unlocked fwscanf getaddrinfo getc getc_unlocked getchar getchar_unlocked getdelim gethostbyaddr gethostbyname "
    "getline getmntent getnameinfo getpass getpeername gets getservbyname getsockname getsockopt getw getwc getwchar glob "
    "glob64 if_nametoindex ioctl lchown link linkat listen lockf lseek lseek64 lstat lstat64 madvise memfd_create mincore "
    "mkdir mkdirat mkfifo mknod mlock mlockall mmap mmap64 mprotect mremap msync munmap name_to_handle_at nftw nftw64 "
    "open open64 open_by_handle_at open_memstream open_wmemstream openat openat64 opendir pipe pipe2 poll posix_fadvise "
    "posix_fallocate ppoll pread pread64 preadv pselect pwrite pwrite64 pwritev read readahead readdir readdir64 "
    "readdir_r readlink readlinkat readv realpath recv recvfrom recvmmsg recvmsg remove rename renameat renameat2 "
    "res_query rewind rewinddir rmdir scandir scandir64 scanf select send sendfile sendfile64 sendmmsg sendmsg sendto "
    "setbuf setbuffer setlinebuf setmntent setsockopt setvbuf shutdown socket socketpair splice stat stat64 statfs "
    "statvfs statx symlink symlinkat sync sync_file_range syncfs tcgetattr tcsetattr tee truncate ttyname umask ungetc "
    "ungetwc unlink unlinkat utime utimensat utimes vfscanf vfwscanf vmsplice vscanf vwscanf write writev wscanf __xstat "
    "__fxstat __lxstat __xstat64 __fxstat64 __lxstat64 canonicalize_file_name";

/* Processes, threads, signals, shared memory, the program itself.  */

const char processes[]
  = "_Fork at_quick_exit atexit brk call_once clone daemon dl_iterate_phdr dladdr dladdr1 dlclose dlerror dlinfo dlmopen "
    "dlopen dlsym dlvsym flockfile fork ftok funlockfile getcontext gsignal kill killpg makecontext membarrier msgctl "
    "msgget msgrcv msgsnd nice on_exit pause pclose pidfd_open popen prctl process_vm_readv process_vm_writev psignal "
    "ptrace raise reboot sbrk semctl semget semop semtimedop setegid seteuid setgid setgroups sethostname setjmp setpgid "
    "setpgrp setpriority setregid setresgid setresuid setreuid setsid setuid shm_open shm_unlink shmat shmctl shmdt "
    "shmget sigaction sigaltstack sigblock siggetmask sighold sigignore siginterrupt signal signalfd sigpause sigpending "
    "sigprocmask sigqueue sigrelse sigset sigsetmask sigstack sigsuspend sigtimedwait sigvec sigwait sigwaitinfo ssignal "
    "swapcontext syscall sysctl system sysv_signal tcgetpgrp unshare vfork vhangup wait wait3 wait4 waitid waitpid "
    "_setjmp __sigsetjmp sigsetjmp";

/* State of the library that other calls see: what malloc has done, where strtok stands, how the processor computes.  */

const char hidden_state[]
  = "__errno_location backtrace backtrace_symbols c16rtomb c32rtomb feclearexcept fedisableexcept feenableexcept fegetenv "
    "fegetexcept fegetexceptflag fegetmode fegetround feholdexcept feraiseexcept fesetenv fesetexcept fesetexceptflag "
    "fesetmode fesetround fetestexcept fetestexceptflag feupdateenv gamma gammaf gammal hcreate hdestroy hsearch iconv "
    "iconv_close iconv_open l64a lgamma lgammaf lgammal lgammaf128 lgammaf32 lgammaf32x lgammaf64 lgammaf64x mallinfo "
    "mallinfo2 malloc_info malloc_stats malloc_trim malloc_usable_size mallopt mblen mbrlen mbrtowc mbsrtowcs mbtowc "
    "mcheck mprobe mtrace muntrace register_printf_function register_printf_modifier register_printf_specifier "
    "register_printf_type strtok wcrtomb wcsrtombs wctomb";

/* The compiler's own: clocks and dice of the processor, which processor it is, how it computes, where the stack is.  */

const char of_compiler[]
  = "cpu_init cpu_is cpu_supports extract_return_addr frame_address ia32_ldmxcsr ia32_rdpid ia32_rdpmc ia32_rdrand16_step "
    "ia32_rdrand32_step ia32_rdrand64_step ia32_rdseed_di_step ia32_rdseed_hi_step ia32_rdseed_si_step ia32_rdtsc "
    "ia32_rdtscp ia32_stmxcsr return_address thread_pointer";

/* Of OpenMP: the clock, and what changes later regions.  */

const char of_openmp[] = "omp_get_wtick omp_get_wtime omp_set_default_device omp_set_dynamic omp_set_max_active_levels omp_set_nested "
			 "omp_set_num_teams omp_set_num_threads omp_set_schedule omp_set_teams_thread_limit";

const char output[]
  = "__fprintf_chk __fwprintf_chk __printf_chk __vfprintf_chk __vprintf_chk __vsyslog_chk __syslog_chk __wprintf_chk "
    "closelog dprintf error error_at_line fflush fprintf fputc fputc_unlocked fputs fputs_unlocked fputwc fputws fwprintf "
    "openlog perror printf putc putc_unlocked putchar putchar_unlocked puts putw putwc putwchar syslog vdprintf vfprintf "
    "vfwprintf vprintf vsyslog vwarn vwarnx vwprintf warn warnx wprintf";

/* Functions that take any pointer to char they are given for a string.  Not atof and its like, which headers turn into strtod.  */

const char of_strings[] = "fputs puts strcasecmp strcat strchr strcmp strcoll strcpy strcspn strdup strlen strpbrk "
			  "strrchr strspn strstr";

/* Functions after which nothing of the program runs.  */

const char ends[] = "MPI_Abort _Exit __assert __assert_fail __assert_perror_fail __chk_fail __stack_chk_fail _exit abort err errx exit "
		    "quick_exit trap unreachable verr verrx";

/* Families all of whose functions are effects.  */

const char *const effect_families[] = { "aio_", "cnd_", "epoll_", "exec", "fanotify_", "inotify_", "mq_", "mtx_", "posix_spawn", "pthread_",
					"sched_", "sem_", "thrd_", "timer_", "timerfd_", "tss_" };

typedef std::unordered_map<std::string, unsigned> name_table;

/* Give the names between spaces in LIST the meaning KIND in TABLE.  */

void
enter (name_table *table, const char *list, unsigned kind)
{
  for (const char *end; *list; list = *end ? end + 1 : end)
    {
      end = list + strcspn (list, " ");
      (*table)[std::string (list, end - list)] |= kind;
    }
}

const name_table &
all_names ()
{
  static name_table table;
  if (!table.empty ())
    return table;
  enter (&table, mathematical, KNOWN_FUNCTION | KNOWN_MATHEMATICAL);
  enter (&table, through_pointers, KNOWN_FUNCTION | KNOWN_PRECISIONS);
  for (const char *list : { arithmetic, memory, random_state })
    enter (&table, list, KNOWN_FUNCTION);
  enter (&table, of_locale, KNOWN_FUNCTION | KNOWN_LOCALE);
  for (const char *list : { clocks, random_numbers, surroundings, files, processes, hidden_state, of_compiler, of_openmp })
    enter (&table, list, KNOWN_EFFECT);
  enter (&table, output, KNOWN_OUTPUT);
  enter (&table, of_strings, KNOWN_STRINGS);
  enter (&table, ends, KNOWN_ENDS);
  return table;
}

/* NAME without the suffix for its precision, or empty if it has none.  */

std::string
without_precision (const std::string &name)
{
  for (const char *suffix : { "f32x", "f64x", "f128", "f32", "f64", "f", "l" })
    {
      size_t n = strlen (suffix);
      if (name.size () > n && !name.compare (name.size () - n, n, suffix))
	return name.substr (0, name.size () - n);
    }
  return "";
}

} // anonymous namespace

/* What is known of the function NAME of the C library or the compiler: flags of enum known_flags.  */

unsigned
known_as (const std::string &name)
{
  const name_table &names = all_names ();
  auto found = names.find (name);
  if (found != names.end ())
    return found->second;
  /* lgammaf_r.  */
  found = names.find (name.size () > 2 && !name.compare (name.size () - 2, 2, "_r")
		      ? without_precision (name.substr (0, name.size () - 2)) + "_r" : without_precision (name));
  if (found != names.end () && (found->second & (KNOWN_MATHEMATICAL | KNOWN_PRECISIONS)))
    return found->second;
  for (const char *family : effect_families)
    if (!name.compare (0, strlen (family), family))
      return KNOWN_EFFECT;
  return 0;
}
