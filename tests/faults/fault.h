/* fault.h: makes a chosen system call, or request for memory, of the program fail.
   SPDX-License-Identifier: BSD-2-Clause

   fault.c stands between the program's own objects, which the runtime is a part of, and the C library: the linker puts it there
   (--wrap). Libraries are left alone. */
#ifndef FAULT_H
#define FAULT_H

/* Each call that the runtime makes and that can fail. */
#define FAULT_CALLS(CALL) \
  CALL (open) \
  CALL (close) \
  CALL (read) \
  CALL (write) \
  CALL (pread) \
  CALL (pwrite) \
  CALL (ftruncate) \
  CALL (fsync) \
  CALL (fcntl) \
  CALL (fstat) \
  CALL (stat) \
  CALL (fstatat) \
  CALL (statfs) \
  CALL (fstatfs) \
  CALL (link) \
  CALL (linkat) \
  CALL (unlink) \
  CALL (unlinkat) \
  CALL (openat) \
  CALL (fchmod) \
  CALL (futimens) \
  CALL (utimensat) \
  CALL (mincore) \
  CALL (getgroups) \
  CALL (rename) \
  CALL (mkdir) \
  CALL (rmdir) \
  CALL (fdopendir) \
  CALL (readdir) \
  CALL (fopen) \
  CALL (getcwd) \
  CALL (gethostname) \
  CALL (mmap) \
  CALL (munmap) \
  CALL (madvise) \
  CALL (malloc) \
  CALL (calloc) \
  CALL (realloc) \
  CALL (posix_memalign) \
  CALL (strdup) \
  CALL (nanosleep) \
  CALL (process_vm_readv) \
  CALL (pthread_create) \
  CALL (sched_getaffinity)

enum fault_call {
#define FAULT_NUMBER(name) FAULT_##name,
  FAULT_CALLS (FAULT_NUMBER) FAULT_N
#undef FAULT_NUMBER
};

/* In place of an error: a call that moves bytes moves half of them; one that changes something does so, and says EIO all the same, as
   when the answer of a file server is lost. */
enum { FAULT_SHORT = -1, FAULT_DONE = -2 };

extern const char *const fault_names[FAULT_N];

/* From now on calls are counted from 0, and the one of number NTH of CALL has ERROR; with FOREVER all that follow, too. */
void fault_arm (enum fault_call call, long nth, int error, int forever);

/* No more faults, and no more counting. */
void fault_disarm (void);

/* How many of CALL there have been since the last fault_arm. */
long fault_counted (enum fault_call call);

#endif
