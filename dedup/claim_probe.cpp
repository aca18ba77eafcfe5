#include "dedup/claim_probe.hpp"

namespace spillway::dedup {
namespace {

core::Counter& claims(core::Registry& registry, const char* result) {
  return registry.counter("spillway_claims_total",
                          "First attempts that claimed their event, by what came of it",
                          {{"result", result}});
}

}  // namespace

ClaimProbe::ClaimProbe(core::Registry& registry)
    : won(claims(registry, "won")),
      lost(claims(registry, "lost")),
      unavailable(claims(registry, "unavailable")),
      up_(registry.gauge("spillway_redis_up", "1 while Redis answers every thread in time")),
      evicts_(registry.gauge("spillway_redis_evicts",
                             "1 if Redis forgets keys when its memory is full")) {}

void ClaimProbe::desk_started() {
  desks_.fetch_add(1);
  show();
}

void ClaimProbe::desk_up() {
  desks_up_.fetch_add(1);
  show();
}

void ClaimProbe::desk_down() {
  desks_up_.fetch_sub(1);
  show();
}

void ClaimProbe::show() {
  up_.set(desks_up_.load() == desks_.load() ? 1 : 0);
}

}  // namespace spillway::dedup
