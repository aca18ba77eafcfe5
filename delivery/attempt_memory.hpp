// The latest attempts of this process to each destination, by name; of those, too, that another
// journal holds (visit.hpp). A lane resolves its destination's once and adds each attempt as it
// ends; operators read them meanwhile. A lock of each destination's own is held while one attempt
// is added or its few are copied, so that no question keeps a lane waiting. Any thread.
#pragma once

#include "delivery/recent_attempts.hpp"

#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace spillway::delivery {

class AttemptMemory {
 public:
  class Destination {
   public:
    void add(const core::EventId& event, const core::Attempt& attempt);
    [[nodiscard]] std::vector<RecentAttempt> newest_first() const;
    [[nodiscard]] std::optional<RecentAttempt> last_failure() const;

   private:
    mutable std::mutex mutex_;
    RecentAttempts attempts_;
  };

  // Stays where it is for as long as the memory, also when the destination is configured no more.
  Destination& of(const std::string& name);

  [[nodiscard]] std::vector<RecentAttempt> newest_first(std::string_view name) const;
  // The newest of each destination of which any failed.
  [[nodiscard]] std::map<std::string, core::Attempt, std::less<>> last_failures() const;

 private:
  mutable std::mutex mutex_;  // of the map
  std::map<std::string, Destination, std::less<>> destinations_;
};

}  // namespace spillway::delivery
