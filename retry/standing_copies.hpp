// Goes through the pending deliveries that have copies in the accepted topic: those of all
// destinations, page by page, of a journal in which nobody else changes them. One executor.
#pragma once

#include "core/clock.hpp"
#include "core/error.hpp"
#include "journal/reader.hpp"
#include "journal/store.hpp"

#include <cstddef>
#include <optional>
#include <set>
#include <vector>

namespace spillway::retry {

class StandingCopies {
 public:
  static constexpr std::size_t kPageMax = 256;

  // The store outlives it.
  explicit StandingCopies(const journal::Readable& store) : reader_(store) {}

  // The next ones; none: that was the end.
  core::Result<std::vector<journal::DeliveryRef>> next();

 private:
  core::Result<void> begin();

  const journal::Reader reader_;
  std::optional<std::vector<journal::NamedDestinationRecord>>
      destinations_;                     // still to look through
  core::Time from_{};                    // of the last one of them
  std::set<journal::DeliveryRef> seen_;  // those due then, looked at already
};

[[nodiscard]] core::Result<bool> has_standing(const journal::Readable& store);

}  // namespace spillway::retry
