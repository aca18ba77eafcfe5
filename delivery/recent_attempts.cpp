#include "delivery/recent_attempts.hpp"

#include <algorithm>
#include <string_view>

namespace spillway::delivery {

RecentAttempt RecentAttempts::Kept::told() const {
  core::Attempt attempt;
  attempt.number = number;
  attempt.generation = generation;
  attempt.started = started;
  attempt.took = took;
  attempt.outcome = outcome;
  attempt.status = status;
  attempt.error = error == nullptr ? std::string() : *error;
  return {event, std::move(attempt)};
}

std::shared_ptr<const std::string> RecentAttempts::text_of(const std::string& error) const {
  const std::string_view text = std::string_view(error).substr(0, kErrorBytesMax);
  if (text.empty()) {
    return nullptr;
  }
  const auto alike = std::ranges::find_if(
      ring_, [text](const Kept& kept) { return kept.error != nullptr && *kept.error == text; });
  return alike == ring_.end() ? std::make_shared<const std::string>(text) : alike->error;
}

void RecentAttempts::add(const core::EventId& event, const core::Attempt& attempt) {
  const Kept newest{event,          attempt.started,    attempt.took,   text_of(attempt.error),
                    attempt.number, attempt.generation, attempt.status, attempt.outcome};
  if (attempt.outcome != core::Outcome::delivered) {
    last_failure_ = newest;
  }
  if (ring_.size() < kKept) {
    ring_.push_back(newest);
  } else {
    ring_[oldest_] = newest;
    oldest_ = (oldest_ + 1) % kKept;
  }
}

std::vector<RecentAttempt> RecentAttempts::newest_first() const {
  std::vector<RecentAttempt> told;
  told.reserve(ring_.size());
  for (std::size_t back = ring_.size(); back > 0; --back) {
    told.push_back(ring_[(oldest_ + back - 1) % ring_.size()].told());
  }
  return told;
}

std::optional<RecentAttempt> RecentAttempts::last_failure() const {
  return last_failure_ ? std::optional(last_failure_->told()) : std::nullopt;
}

}  // namespace spillway::delivery
