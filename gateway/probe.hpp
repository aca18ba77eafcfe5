// The metrics of the front door. One SourceProbe per source name, kept for the life of the process
// so that a reload goes on counting.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "core/metrics.hpp"

namespace spillway::gateway {

class SourceProbe {
 public:
  SourceProbe(core::Registry& registry, const std::string& source);

  void answered(int status);

  core::Counter& events;  // accepted, without duplicates
  core::Counter& bytes;
  core::Counter& duplicates;
  core::Counter& reopened;
  core::Counter& key_conflicts;
  core::Counter& no_route;
  core::Counter& malformed;
  core::Counter& unordered;
  core::Counter& refused_signature;
  core::Counter& refused_rate;
  core::Counter& refused_disk;
  core::Counter& refused_journal;
  core::Counter& refused_unreplicated;

 private:
  // The statuses the front door gives; anything else counts under 0 ("other").
  std::map<int, core::Counter*> requests_;
};

// Used while a configuration is loaded, by one thread.
class Probe {
 public:
  explicit Probe(core::Registry& registry);

  SourceProbe& source(const std::string& name);

  core::Histogram& ack_seconds;
  core::Counter& no_source;

 private:
  core::Registry& registry_;
  std::map<std::string, std::unique_ptr<SourceProbe>> sources_;
};

}  // namespace spillway::gateway
