/* Preloaded: counts the calls that change a folder or make a file durable, and at a chosen one ends the process group
   or says that the disk is full. What the calls are counted in is shared with the parent. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

enum { KILL_BEFORE = 1, KILL_AFTER = 2, DISK_FULL = 3 };

struct plan {
  long calls;     /* so far */
  long at;        /* the call to act on, counted from 1 */
  long what;      /* one of the above */
  char name[24];  /* of the call that was acted on */
  char path[232]; /* its path, where it has one */
};

static struct plan *plan;

void faults_share(struct plan *shared) { plan = shared; }

static void end_group(void) {
  kill(0, SIGKILL);
  for (;;) pause();
}

/* Whether this is the chosen call. */
static int chosen(const char *name, const char *path) {
  if (!plan || __atomic_add_fetch(&plan->calls, 1, __ATOMIC_SEQ_CST) != plan->at) return 0;
  strncpy(plan->name, name, sizeof plan->name - 1);
  if (path) strncpy(plan->path, path, sizeof plan->path - 1);
  if (plan->what == KILL_BEFORE) end_group();
  return 1;
}

#define CALL(result_type, name, parameters, arguments, path)                           \
  result_type name parameters {                                                        \
    static result_type(*real) parameters;                                              \
    if (!real) real = (result_type(*) parameters)dlsym(RTLD_NEXT, #name);              \
    int here = chosen(#name, path);                                                    \
    if (here && plan->what == DISK_FULL) { errno = ENOSPC; return -1; }                \
    result_type result = real arguments;                                               \
    if (here && plan->what == KILL_AFTER) end_group();                                 \
    return result;                                                                     \
  }

CALL(int, rename, (const char *from, const char *to), (from, to), to)
CALL(int, renameat, (int a, const char *from, int b, const char *to), (a, from, b, to), to)
CALL(int, renameat2, (int a, const char *from, int b, const char *to, unsigned flags), (a, from, b, to, flags), to)
CALL(int, link, (const char *from, const char *to), (from, to), to)
CALL(int, linkat, (int a, const char *from, int b, const char *to, int flags), (a, from, b, to, flags), to)
CALL(int, fsync, (int file), (file), NULL)
CALL(int, fdatasync, (int file), (file), NULL)
CALL(int, mkdir, (const char *path, mode_t mode), (path, mode), path)
CALL(int, unlink, (const char *path), (path), path)
CALL(int, unlinkat, (int folder, const char *path, int flags), (folder, path, flags), path)
CALL(int, rmdir, (const char *path), (path), path)
