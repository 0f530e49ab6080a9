#pragma once
#include <fcntl.h>
#include <spawn.h>
#include <sys/eventfd.h>

// Swift's Glibc module hides what glibc declares for GNU programs only, and <sys/eventfd.h>. The first two are there
// since glibc 2.29 and 2.34; the flag is glibc's <spawn.h> (2.26).
extern int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *actions, const char *path);
extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);
extern int pipe2(int ends[2], int flags);

static const short gatehouse_spawn_flags = 0x80 /* POSIX_SPAWN_SETSID */ | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;

static inline int gatehouse_event_counter(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }
