// Gives a process clocks that a test can step (LD_PRELOAD). STEPPED_CLOCKS_FILE names a file of two
// 64-bit integers, the seconds that its wall clock and its monotonic clock are ahead of the
// machine's. It is mapped: what the test writes there counts from the next reading on. Waits on
// condition variables until a time of these clocks are turned back into the machine's.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

struct offsets {
  _Atomic int64_t wall;
  _Atomic int64_t monotonic;
};

static const struct offsets* offsets;

__attribute__((constructor)) static void map_offsets(void) {
  const int file = open(getenv("STEPPED_CLOCKS_FILE"), O_RDONLY | O_CLOEXEC);
  void* mapped = mmap(NULL, sizeof(struct offsets), PROT_READ, MAP_SHARED, file, 0);
  if (mapped == MAP_FAILED) {
    abort();
  }
  offsets = mapped;
  close(file);
}

// Others' constructors may ask for the time before ours has run.
static int64_t ahead(clockid_t clock) {
  if (offsets == NULL) {
    return 0;
  }
  switch (clock) {
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_COARSE:
      return offsets->wall;
    case CLOCK_MONOTONIC:
    case CLOCK_MONOTONIC_COARSE:
      return offsets->monotonic;
    default:
      return 0;
  }
}

int clock_gettime(clockid_t clock, struct timespec* now) {
  const int result = (int)syscall(SYS_clock_gettime, clock, now);
  if (result == 0) {
    now->tv_sec += ahead(clock);
  }
  return result;
}

int gettimeofday(struct timeval* now, void* zone) {
  (void)zone;
  struct timespec exact;
  clock_gettime(CLOCK_REALTIME, &exact);
  now->tv_sec = exact.tv_sec;
  now->tv_usec = exact.tv_nsec / 1000;
  return 0;
}

time_t time(time_t* now) {
  struct timespec exact;
  clock_gettime(CLOCK_REALTIME, &exact);
  if (now != NULL) {
    *now = exact.tv_sec;
  }
  return exact.tv_sec;
}

int pthread_cond_clockwait(pthread_cond_t* condition, pthread_mutex_t* mutex, clockid_t clock,
                           const struct timespec* until) {
  int (*real)(pthread_cond_t*, pthread_mutex_t*, clockid_t, const struct timespec*) =
      (int (*)(pthread_cond_t*, pthread_mutex_t*, clockid_t, const struct timespec*))dlsym(
          RTLD_NEXT, "pthread_cond_clockwait");
  const struct timespec machines = {until->tv_sec - ahead(clock), until->tv_nsec};
  return real(condition, mutex, clock, &machines);
}

int pthread_cond_timedwait(pthread_cond_t* condition, pthread_mutex_t* mutex,
                           const struct timespec* until) {
  return pthread_cond_clockwait(condition, mutex, CLOCK_REALTIME, until);
}
