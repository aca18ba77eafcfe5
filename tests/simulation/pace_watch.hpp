// PaceWatch: holds one life of the node to what it owes a destination as a whole (I6, I9): nothing
// before Retry-After allows, never more than the configured rate and max_in_flight, and while
// everything fails one probe at a time. It knows only attempts and answers, so it says when the
// breaker must be open and when it may be, and leaves the time between to the node. One thread.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>

#include "core/clock.hpp"
#include "core/metrics.hpp"
#include "delivery/sender.hpp"
#include "tests/simulation/environment.hpp"
#include "tests/simulation/world.hpp"

namespace spillway::simulation {

class PaceWatch {
 public:
  // All outlive it. `registry` is where the node tells how its breakers are.
  PaceWatch(Environment& environment, World& world, core::Registry& registry)
      : environment_(&environment), world_(&world), registry_(&registry) {}

  // `failed_at` is set for an attempt made before its own schedule allows: when the one before had
  // ended. That is right for a probe, and once after each recovery.
  void started(const delivery::SendRequest& request, std::optional<core::Time> failed_at);
  // `asked` is the wait that the destination asked for, if it did.
  void ended(const delivery::SendRequest& request, const delivery::SendResult& result,
             std::optional<core::Duration> asked, core::Time began);
  // The node has heard of that, too.
  void told(const delivery::SendRequest& request);

  // It was removed or brought back, and its lane begins anew, or goes on.
  void reconfigured(journal::DestinationNumber destination);

  // The node must have noticed that it is down.
  [[nodiscard]] bool is_down(journal::DestinationNumber destination) const;
  // Nothing may be sent there before.
  [[nodiscard]] core::Time held_until(journal::DestinationNumber destination) const;

 private:
  struct Destination {
    std::multiset<core::Time> under_way;  // by their beginning
    bool known = false;                   // some attempt has ended
    bool probed_early = false;            // certainly, before any had
    // Since the last attempt that went well:
    core::Time well_at;
    std::size_t failures = 0;
    bool first_failed = false;       // of this life: it may have been a probe before its time
    std::size_t fresh_failures = 0;  // of attempts that began since then
    core::Time failing_since;
    std::optional<core::Time> open_since;  // at the latest
    std::size_t probes = 0;                // since then

    std::optional<core::Time> recovered_at;
    core::Time held_until;
    double tokens = 0;
    core::Time started_at;
    bool ended_since_start = false;
    core::Gauge* breaker = nullptr;
    double breaker_state = 0;

    [[nodiscard]] bool may_be_open() const;
  };

  void check_rate(Destination& destination, const delivery::SendRequest& request);
  void check_probe(Destination& destination, const delivery::SendRequest& request);
  void check_early(Destination& destination, const delivery::SendRequest& request,
                   core::Time failed_at);
  void went_well(Destination& destination);
  void failed(Destination& destination, core::Time began);
  void violate(std::string_view what, const delivery::SendRequest& request);

  Environment* environment_;
  World* world_;
  core::Registry* registry_;
  std::map<journal::DestinationNumber, Destination> destinations_;
};

}  // namespace spillway::simulation
