#include "retry/job.hpp"

#include <algorithm>
#include <utility>

namespace spillway::retry {
namespace {

constexpr std::uint64_t kMicrosPerSecond = 1'000'000;

}  // namespace

PageLimits Job::limits() const {
  PageLimits limits;
  if (record_.order.rate > 0) {
    const auto stride = static_cast<std::uint64_t>(kStride.count());
    const std::uint64_t in_stride = record_.order.rate * stride / kMicrosPerSecond;
    limits.matches = std::clamp<std::uint64_t>(in_stride, 1, limits.matches);
  }
  return limits;
}

void Job::stepped(JobRecord record, core::Time now) {
  const std::uint64_t done = record.progress.done - record_.progress.done;
  record_ = std::move(record);
  if (record_.order.rate == 0) {
    next_page_ = now;
    return;
  }
  const core::Duration taken{done * kMicrosPerSecond / record_.order.rate};
  next_page_ = std::max(next_page_, now - kCatchUpMax) + taken;
}

}  // namespace spillway::retry
