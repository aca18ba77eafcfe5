// AttemptWatch: holds the attempts of one life of the node to what it knew itself (I5, I6, I9):
// never two of a delivery at once, none after a final answer, none before the schedule and
// Retry-After allow, and no more in flight per destination than its limit. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>

#include "core/clock.hpp"
#include "delivery/options.hpp"
#include "delivery/sender.hpp"
#include "tests/simulation/world.hpp"

namespace spillway::simulation {

class AttemptWatch {
 public:
  explicit AttemptWatch(World& world) : world_(&world) {}

  void started(const DeliveryName& name, const delivery::SendRequest& request, core::Time now);
  // `asked` is the wait that the destination asked for, if it did, within the time there is.
  void ended(const DeliveryName& name, const delivery::SendRequest& request, bool final,
             std::optional<core::Duration> asked, core::Time now);

 private:
  struct Last {
    std::uint32_t generation = 0;
    std::uint32_t attempt = 0;
    bool under_way = false;
    bool final = false;
    core::Time not_before;
  };

  World* world_;
  std::map<DeliveryName, Last> last_;
  std::map<journal::DestinationNumber, std::size_t> in_flight_;
};

}  // namespace spillway::simulation
