// Randomness handed in: seeded by the operating system in production, by the run's seed in the
// simulation. Raw bits only; the standard distributions differ between libraries.
#pragma once

#include <cstdint>
#include <mutex>

namespace spillway::core {

class Random {
 public:
  virtual ~Random() = default;

  // 64 uniformly random bits.
  virtual std::uint64_t next() = 0;

  // A value in [0, bound); 0 when bound is 0. The bias of the modulo is irrelevant here.
  std::uint64_t below(std::uint64_t bound) { return bound == 0 ? 0 : next() % bound; }
};

// SplitMix64: small, fast and the same on every platform. One thread.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() override;

 private:
  std::uint64_t state_;
};

// Cryptographically secure bits, for ids and secrets as well as jitter. Any thread.
class SystemRandom final : public Random {
 public:
  std::uint64_t next() override;

 private:
  std::mutex mutex_;
  std::uint64_t pool_[64] = {};
  unsigned used_ = 64;
};

}  // namespace spillway::core
