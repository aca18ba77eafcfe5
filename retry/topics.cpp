#include "retry/topics.hpp"

#include "core/check.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace spillway::retry {

std::optional<core::Duration> tier_for(core::Duration wait) {
  const auto above = std::ranges::upper_bound(kTiers, wait + kTierSlack);
  return above == kTiers.begin() ? std::nullopt : std::optional(*std::prev(above));
}

std::int32_t node_partition(std::uint16_t node_tag, std::int32_t partitions) {
  CHECK(partitions > 0);
  return node_tag % partitions;
}

std::string Topics::retry(core::Duration tier) const {
  return fmt::format("{}-retry-{}", prefix_,
                     std::chrono::duration_cast<std::chrono::milliseconds>(tier).count());
}
std::string Topics::dead() const {
  return prefix_ + "-dlt";
}
std::string Topics::ledger() const {
  return prefix_ + "-ledger";
}
std::string Topics::control() const {
  return prefix_ + "-control";
}
std::string Topics::accepted() const {
  return prefix_ + "-accepted";
}
std::string Topics::worker_group() const {
  return prefix_ + "-retry";
}

std::optional<core::Duration> Topics::tier_of(std::string_view topic) const {
  const auto* const found =
      std::ranges::find_if(kTiers, [&](core::Duration tier) { return retry(tier) == topic; });
  return found == kTiers.end() ? std::nullopt : std::optional(*found);
}

}  // namespace spillway::retry
