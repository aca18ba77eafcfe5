#include "app/latencies.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace spillway::app {

std::size_t Latencies::bucket_of(std::uint64_t micros) {
  if (micros < kFine) {
    return micros;
  }
  const unsigned power = static_cast<unsigned>(std::bit_width(micros)) - 1;  // at least kFineBits
  const std::size_t bucket =
      (power - kFineBits + 1) * kFine + (micros >> (power - kFineBits)) - kFine;
  return std::min(bucket, kBuckets - 1);
}

std::uint64_t Latencies::upper_bound(std::size_t bucket) {
  if (bucket < kFine) {
    return bucket;
  }
  const std::size_t power = bucket / kFine - 1;
  return ((bucket % kFine + kFine + 1) << power) - 1;
}

void Latencies::add(core::Duration latency) {
  const auto micros = static_cast<std::uint64_t>(std::max<std::int64_t>(latency.count(), 0));
  ++buckets_[bucket_of(micros)];
  ++count_;
  max_ = std::max(max_, latency);
}

core::Duration Latencies::quantile(double share) const {
  const auto wanted = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_)));
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < kBuckets && count_ > 0; ++bucket) {
    seen += buckets_[bucket];
    if (seen >= std::max<std::uint64_t>(wanted, 1)) {
      return std::min(core::Duration(static_cast<std::int64_t>(upper_bound(bucket))), max_);
    }
  }
  return {};
}

}  // namespace spillway::app
