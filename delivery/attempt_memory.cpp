#include "delivery/attempt_memory.hpp"

#include <utility>

namespace spillway::delivery {

void AttemptMemory::Destination::add(const core::EventId& event, const core::Attempt& attempt) {
  const std::lock_guard lock(mutex_);
  attempts_.add(event, attempt);
}

std::vector<RecentAttempt> AttemptMemory::Destination::newest_first() const {
  const std::lock_guard lock(mutex_);
  return attempts_.newest_first();
}

std::optional<RecentAttempt> AttemptMemory::Destination::last_failure() const {
  const std::lock_guard lock(mutex_);
  return attempts_.last_failure();
}

AttemptMemory::Destination& AttemptMemory::of(const std::string& name) {
  const std::lock_guard lock(mutex_);
  return destinations_[name];
}

std::vector<RecentAttempt> AttemptMemory::newest_first(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto found = destinations_.find(name);
  return found == destinations_.end() ? std::vector<RecentAttempt>() : found->second.newest_first();
}

std::map<std::string, core::Attempt, std::less<>> AttemptMemory::last_failures() const {
  const std::lock_guard lock(mutex_);
  std::map<std::string, core::Attempt, std::less<>> failures;
  for (const auto& [name, destination] : destinations_) {
    if (auto failure = destination.last_failure()) {
      failures.emplace_hint(failures.end(), name, std::move(failure->attempt));
    }
  }
  return failures;
}

}  // namespace spillway::delivery
