// Has a worker's deliveries attempted by this node's lanes. configure() is called at start and
// reload, from any thread, and counts from the next task of the worker's executor on; attempt() is
// called there.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/executor.hpp"
#include "delivery/dispatcher.hpp"
#include "retry/attempts.hpp"

namespace spillway::retry {

class LaneAttempts final : public Attempts {
 public:
  // Of a destination that is not configured here: it may be soon, here or on another node.
  static constexpr core::Duration kUnknownPause = std::chrono::seconds(30);

  // Both outlive it.
  LaneAttempts(delivery::Dispatcher& dispatcher, core::Executor& worker)
      : dispatcher_(dispatcher), worker_(worker) {}

  void configure(const std::vector<delivery::LaneSetup>& lanes);

  void attempt(const SpoolRecord& record, Callback callback) override;

 private:
  delivery::Dispatcher& dispatcher_;
  core::Executor& worker_;
  std::map<std::string, journal::DestinationNumber, std::less<>> numbers_;
};

}  // namespace spillway::retry
