// What `ack: replicated` tells about itself (docs/metrics.md). Made once per process; any thread.
#pragma once

#include "core/metrics.hpp"

#include <cstddef>

namespace spillway::retry {

class ReplicaProbe {
 public:
  explicit ReplicaProbe(core::Registry& registry);

  void replicated(std::size_t deliveries) { replicated_.add(deliveries); }
  void given_up(std::size_t deliveries) { given_up_.add(deliveries); }
  void failed() { failed_.add(); }
  void lease_is(bool held) { lease_.set(held ? 1 : 0); }
  // This node has taken over so many of another one; so many of its own were taken over.
  void adopted(std::size_t deliveries) { adopted_.add(deliveries); }
  void adopted_elsewhere(std::size_t deliveries) { adopted_elsewhere_.add(deliveries); }
  void nodes_are(std::size_t alive, std::size_t silent);

 private:
  core::Counter& replicated_;
  core::Counter& given_up_;
  core::Counter& failed_;
  core::Counter& adopted_;
  core::Counter& adopted_elsewhere_;
  core::Gauge& lease_;
  core::Gauge& nodes_alive_;
  core::Gauge& nodes_silent_;
};

}  // namespace spillway::retry
