#include "retry/hand_over_probe.hpp"

#include <string>

namespace spillway::retry {
namespace {

core::Counter& hand_overs(core::Registry& registry, std::string result) {
  return registry.counter("spillway_spool_handoff_total",
                          "Deliveries on their way to Kafka, by what came of it",
                          {{"result", std::move(result)}});
}

}  // namespace

HandOverProbe::HandOverProbe(core::Registry& registry)
    : handed_over_(hand_overs(registry, "handed_over")),
      taken_back_(hand_overs(registry, "taken_back")),
      failed_(hand_overs(registry, "failed")),
      may_repeat_(registry.counter("spillway_duplicates_total", "Repeats, by where they come from",
                                   {{"where", "handover"}})) {}

}  // namespace spillway::retry
