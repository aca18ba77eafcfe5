#include "retry/replica_probe.hpp"

#include <string>

namespace spillway::retry {
namespace {

core::Counter& copies(core::Registry& registry, std::string result) {
  return registry.counter("spillway_replicas_total",
                          "Deliveries accepted with ack: replicated, by what came of their copies",
                          {{"result", std::move(result)}});
}
core::Counter& adoptions(core::Registry& registry, std::string by) {
  return registry.counter("spillway_adopted_total",
                          "Deliveries of a silent node that were taken over",
                          {{"by", std::move(by)}});
}
core::Gauge& nodes(core::Registry& registry, std::string state) {
  return registry.gauge("spillway_nodes", "Nodes of the cluster that were heard of",
                        {{"state", std::move(state)}});
}

}  // namespace

ReplicaProbe::ReplicaProbe(core::Registry& registry)
    : replicated_(copies(registry, "replicated")),
      given_up_(copies(registry, "given_up")),
      failed_(copies(registry, "failed")),
      adopted_(adoptions(registry, "this_node")),
      adopted_elsewhere_(adoptions(registry, "others")),
      lease_(registry.gauge("spillway_lease_held",
                            "1 if this node may attempt what others could take over from it")),
      nodes_alive_(nodes(registry, "alive")),
      nodes_silent_(nodes(registry, "silent")) {}

void ReplicaProbe::nodes_are(std::size_t alive, std::size_t silent) {
  nodes_alive_.set(static_cast<double>(alive));
  nodes_silent_.set(static_cast<double>(silent));
}

}  // namespace spillway::retry
