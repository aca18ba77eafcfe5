#include "retry/job_probe.hpp"

namespace spillway::retry {
namespace {

core::Counter& deliveries(core::Registry& registry, JobKind kind) {
  return registry.counter("spillway_job_deliveries_total", "Deliveries that jobs changed, by kind",
                          {{"kind", std::string(to_string(kind))}});
}

}  // namespace

JobProbe::JobProbe(core::Registry& registry)
    : running_(registry.gauge("spillway_jobs_running", "Jobs that are not done yet")),
      replayed_(deliveries(registry, JobKind::replay)),
      dropped_(deliveries(registry, JobKind::drop)),
      purged_(deliveries(registry, JobKind::purge)) {}

void JobProbe::changed(JobKind kind, std::size_t count) {
  switch (kind) {
    case JobKind::replay:
      return replayed_.add(count);
    case JobKind::drop:
      return dropped_.add(count);
    case JobKind::purge:
      return purged_.add(count);
  }
}

}  // namespace spillway::retry
