// The latest attempts to one destination, for people who ask how it answers: the newest of them in
// the order in which they ended, and the newest that did not deliver, which no success pushes out.
// What the destination answered is left out, as a purge would not find it here. One thread at a
// time: attempt_memory.hpp sees to that.
#pragma once

#include "core/clock.hpp"
#include "core/delivery.hpp"
#include "core/event_id.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace spillway::delivery {

struct RecentAttempt {
  core::EventId event;
  core::Attempt attempt;  // without its excerpt
};

class RecentAttempts {
 public:
  static constexpr std::size_t kKept = 32;
  static constexpr std::size_t kErrorBytesMax = 256;

  // One that has just ended. It takes the place of the oldest once so many are kept.
  void add(const core::EventId& event, const core::Attempt& attempt);

  [[nodiscard]] std::vector<RecentAttempt> newest_first() const;
  // Empty: none has failed.
  [[nodiscard]] std::optional<RecentAttempt> last_failure() const;

 private:
  struct Kept {
    core::EventId event;
    core::Time started;
    core::Duration took;
    std::shared_ptr<const std::string> error;  // null: a status tells it
    std::uint32_t number;
    std::uint32_t generation;
    std::uint16_t status;
    core::Outcome outcome;

    [[nodiscard]] RecentAttempt told() const;
  };
  static_assert(sizeof(Kept) <= 64, "20 MB of 10,000 destinations");

  // One text for all that failed alike.
  [[nodiscard]] std::shared_ptr<const std::string> text_of(const std::string& error) const;

  std::vector<Kept> ring_;  // grows up to kKept
  std::size_t oldest_ = 0;  // where it begins, once it is full
  std::optional<Kept> last_failure_;
};

}  // namespace spillway::delivery
