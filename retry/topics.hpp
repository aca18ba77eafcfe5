// The topics of the spool and the delays of its tiers (docs/correctness.md 23), fixed for all nodes
// of a cluster. Any thread.
#pragma once

#include "core/clock.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace spillway::retry {

inline constexpr std::array<core::Duration, 8> kTiers{
    std::chrono::seconds(30), std::chrono::minutes(2), std::chrono::minutes(10),
    std::chrono::minutes(30), std::chrono::hours(1),   std::chrono::hours(3),
    std::chrono::hours(6),    std::chrono::hours(12)};

// So much longer than it should something may wait, rather than hop through smaller tiers: the time
// it takes to hand it over is off its wait already.
inline constexpr core::Duration kTierSlack = std::chrono::seconds(1);

// The tier for what is to wait this long: the largest that is not above it. Empty below the first.
[[nodiscard]] std::optional<core::Duration> tier_for(core::Duration wait);

// Where what concerns the events of a node lies, of a topic that is divided by node.
[[nodiscard]] std::int32_t node_partition(std::uint16_t node_tag, std::int32_t partitions);

class Topics {
 public:
  explicit Topics(std::string prefix) : prefix_(std::move(prefix)) {}

  [[nodiscard]] std::string retry(core::Duration tier) const;  // <prefix>-retry-<milliseconds>
  [[nodiscard]] std::string dead() const;                      // <prefix>-dlt
  [[nodiscard]] std::string ledger() const;                    // <prefix>-ledger
  [[nodiscard]] std::string control() const;                   // <prefix>-control
  [[nodiscard]] std::string accepted() const;                  // <prefix>-accepted
  [[nodiscard]] std::string worker_group() const;              // <prefix>-retry
  // The delay of a retry topic; empty for any other.
  [[nodiscard]] std::optional<core::Duration> tier_of(std::string_view topic) const;

 private:
  std::string prefix_;
};

}  // namespace spillway::retry
