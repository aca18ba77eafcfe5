// Stands between a process and its disk (LD_PRELOAD) and makes the file system of one directory as
// small as a test wants it, without a mount and the rights for one. FULL_DISK_DIRECTORY is that
// directory; the file FULL_DISK_CAPACITY says how many bytes all files below it may take, and may
// change while the process runs, as if somebody else had filled or emptied the disk.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static unsigned long long counted;  // by the walk under way

static int count(const char* path, const struct stat* status, int kind, struct FTW* where) {
  (void)path, (void)where;
  if (kind == FTW_F) {
    counted += (unsigned long long)status->st_size;
  }
  return 0;
}

static unsigned long long room(void) {
  unsigned long long capacity = 0;
  FILE* file = fopen(getenv("FULL_DISK_CAPACITY"), "r");
  if (file == NULL || fscanf(file, "%llu", &capacity) != 1) {
    abort();
  }
  fclose(file);
  pthread_mutex_lock(&mutex);
  counted = 0;
  nftw(getenv("FULL_DISK_DIRECTORY"), count, 8, FTW_PHYS);
  const unsigned long long used = counted;
  pthread_mutex_unlock(&mutex);
  return used < capacity ? capacity - used : 0;
}

static int is_below(const char* path) {
  const char* directory = getenv("FULL_DISK_DIRECTORY");
  const size_t size = strlen(directory);
  return strncmp(path, directory, size) == 0 && (path[size] == '/' || path[size] == '\0');
}

// Is there room for as many bytes more in that file?
static int fits(int descriptor, size_t bytes) {
  char link[64];
  char path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  const ssize_t size = readlink(link, path, sizeof path - 1);
  if (size < 0) {
    return 1;
  }
  path[size] = '\0';
  return !is_below(path) || bytes <= room();
}

static void* real(const char* name) {
  return dlsym(RTLD_NEXT, name);
}

ssize_t write(int descriptor, const void* data, size_t bytes) {
  if (!fits(descriptor, bytes)) {
    errno = ENOSPC;
    return -1;
  }
  return ((ssize_t(*)(int, const void*, size_t))real("write"))(descriptor, data, bytes);
}

int posix_fallocate(int descriptor, off_t from, off_t bytes) {
  if (!fits(descriptor, (size_t)bytes)) {
    return ENOSPC;
  }
  return ((int (*)(int, off_t, off_t))real("posix_fallocate"))(descriptor, from, bytes);
}

int statvfs(const char* path, struct statvfs* status) {
  const int result = ((int (*)(const char*, struct statvfs*))real("statvfs"))(path, status);
  char absolute[PATH_MAX];
  if (result == 0 && realpath(path, absolute) != NULL && is_below(absolute)) {
    status->f_bavail = status->f_bfree = room() / status->f_frsize;
  }
  return result;
}
