#include "core/check.hpp"

#include <cstdio>
#include <cstdlib>

namespace spillway::core {

void check_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "spillway: CHECK failed: %s at %s:%d\n", condition, file, line);
  std::abort();
}

}  // namespace spillway::core
