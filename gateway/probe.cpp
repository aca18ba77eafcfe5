#include "gateway/probe.hpp"

#include <utility>

namespace spillway::gateway {
namespace {

constexpr int kOther = 0;
constexpr int kStatuses[] = {200, 201, 202, 204, 400, 401, 403,   404,
                             405, 415, 422, 429, 500, 503, kOther};

core::Counter& refused(core::Registry& registry, const std::string& source, std::string reason) {
  return registry.counter("spillway_refused_total", "Requests refused, by reason",
                          {{"source", source}, {"reason", std::move(reason)}});
}

}  // namespace

SourceProbe::SourceProbe(core::Registry& registry, const std::string& source)
    : events(registry.counter("spillway_events_total", "Events accepted, duplicates not counted",
                              {{"source", source}})),
      bytes(registry.counter("spillway_event_bytes_total", "Bytes of accepted bodies",
                             {{"source", source}})),
      duplicates(registry.counter("spillway_duplicates_total", "Repeats, by where they come from",
                                  {{"where", "ingest"}})),
      reopened(registry.counter("spillway_reopened_total",
                                "Failed events opened again because their sender repeated them",
                                {{"source", source}})),
      key_conflicts(registry.counter("spillway_key_conflicts_total",
                                     "Idempotency keys that came again with another body",
                                     {{"source", source}})),
      no_route(registry.counter("spillway_no_route_total", "Events that matched no route",
                                {{"source", source}})),
      malformed(registry.counter("spillway_malformed_total",
                                 "Verified requests whose body could not be parsed",
                                 {{"source", source}})),
      unordered(registry.counter("spillway_unordered_total",
                                 "Deliveries without an ordering key to a destination with order",
                                 {{"source", source}})),
      refused_signature(refused(registry, source, "signature")),
      refused_rate(refused(registry, source, "rate")),
      refused_disk(refused(registry, source, "disk")),
      refused_journal(refused(registry, source, "journal")),
      refused_unreplicated(refused(registry, source, "unreplicated")) {
  for (const int status : kStatuses) {
    const std::string code = status == kOther ? "other" : std::to_string(status);
    requests_[status] =
        &registry.counter("spillway_ingest_requests_total", "Requests to a source, by answer",
                          {{"source", source}, {"code", code}});
  }
}

void SourceProbe::answered(int status) {
  const auto known = requests_.find(status);
  (known == requests_.end() ? requests_.at(kOther) : known->second)->add();
}

Probe::Probe(core::Registry& registry)
    : ack_seconds(registry.histogram("spillway_ack_seconds",
                                     "From a request read whole to its answer", {},
                                     core::latency_buckets())),
      no_source(registry.counter("spillway_no_source_total",
                                 "Requests to a path where no source is configured")),
      registry_(registry) {}

SourceProbe& Probe::source(const std::string& name) {
  auto& probe = sources_[name];
  if (!probe) {
    probe = std::make_unique<SourceProbe>(registry_, name);
  }
  return *probe;
}

}  // namespace spillway::gateway
