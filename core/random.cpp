#include "core/random.hpp"

#include <openssl/rand.h>

#include <utility>

#include "core/check.hpp"

namespace spillway::core {

std::uint64_t SeededRandom::next() {
  state_ += 0x9e3779b97f4a7c15ULL;
  std::uint64_t z = state_;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

std::uint64_t SystemRandom::next() {
  const std::lock_guard lock(mutex_);
  if (used_ == 64) {
    CHECK(RAND_bytes(reinterpret_cast<unsigned char*>(pool_), sizeof pool_) == 1);
    used_ = 0;
  }
  return std::exchange(pool_[used_++], 0);
}

}  // namespace spillway::core
