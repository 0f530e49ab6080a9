#pragma once
#include <fcntl.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/resource.h>

// Swift's Glibc module hides what glibc declares for GNU programs only, and <sys/eventfd.h>. The first two are there
// since glibc 2.29 and 2.34; the flag is glibc's <spawn.h> (2.26).
extern int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *actions, const char *path);
extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);
extern int pipe2(int ends[2], int flags);

static const short gatehouse_spawn_flags = 0x80 /* POSIX_SPAWN_SETSID */ | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;

// F_SETPIPE_SZ of <fcntl.h>: the bytes that the pipe then holds, or -1 when this user's pipes hold enough already.
static inline int gatehouse_widen_pipe(int descriptor, int bytes) { return fcntl(descriptor, 1024 + 7, bytes); }

static inline int gatehouse_event_counter(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }

// 0 when no core file is made of this process, nor of the programs that it starts. A limit of one byte is too small for a
// file, and the kernel also takes it to mean that no program is given a core through a pipe, which a limit of zero does not
// (do_coredump, fs/coredump.c); a hard limit of zero cannot be raised to it, and stays.
static inline int gatehouse_leave_no_core(void) {
  const struct rlimit one = {1, 1};
  const struct rlimit none = {0, 0};
  return setrlimit(RLIMIT_CORE, &one) == 0 ? 0 : setrlimit(RLIMIT_CORE, &none);
}
