// Latencies of any number of requests in a fixed amount of memory: counted in buckets at most 3 %
// wide, so that a percentile is off by no more. One thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "core/clock.hpp"

namespace spillway::app {

class Latencies {
 public:
  void add(core::Duration latency);

  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] core::Duration max() const { return max_; }
  // The latency that the given share of all does not exceed; zero when there are none.
  [[nodiscard]] core::Duration quantile(double share) const;

 private:
  // Below 2^kFineBits µs a bucket per microsecond; then 2^kFineBits buckets per power of two.
  static constexpr unsigned kFineBits = 5;
  static constexpr std::size_t kFine = std::size_t{1} << kFineBits;
  static constexpr std::size_t kBuckets = kFine * 32;  // up to 2^36 µs, 19 hours

  static std::size_t bucket_of(std::uint64_t micros);
  static std::uint64_t upper_bound(std::size_t bucket);

  std::array<std::uint64_t, kBuckets> buckets_{};
  std::uint64_t count_ = 0;
  core::Duration max_{};
};

}  // namespace spillway::app
