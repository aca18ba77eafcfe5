// Stands between a process and its disk (LD_PRELOAD), so that a test can tell what waits for a
// sync. Steered by two files that may come and go while the process runs:
//   SLOW_DISK_DELAY   while it is there, every sync takes as many milliseconds as it says
//   SLOW_DISK_BROKEN  while it is there, every sync fails with EIO
// Each sync that succeeds adds a line to SLOW_DISK_JOURNAL: when it began and ended, in seconds of
// the monotonic clock.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void delay(void) {
  FILE* file = fopen(getenv("SLOW_DISK_DELAY"), "r");
  long milliseconds = 0;
  if (file != NULL && fscanf(file, "%ld", &milliseconds) == 1) {
    const struct timespec wait = {milliseconds / 1000, milliseconds % 1000 * 1000000};
    nanosleep(&wait, NULL);
  }
  if (file != NULL) {
    fclose(file);
  }
}

static int sync_slowly(const char* name, int descriptor) {
  int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
  const double began = now();
  if (access(getenv("SLOW_DISK_BROKEN"), F_OK) == 0) {
    errno = EIO;
    return -1;
  }
  delay();
  const int result = real(descriptor);
  char line[64];
  const int size = snprintf(line, sizeof line, "%.6f %.6f\n", began, now());
  const int journal = open(getenv("SLOW_DISK_JOURNAL"), O_WRONLY | O_CREAT | O_APPEND, 0600);
  if (journal >= 0) {
    if (write(journal, line, (size_t)size) != size) {
      abort();
    }
    close(journal);
  }
  return result;
}

int fdatasync(int descriptor) { return sync_slowly("fdatasync", descriptor); }
int fsync(int descriptor) { return sync_slowly("fsync", descriptor); }
