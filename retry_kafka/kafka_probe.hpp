// The metrics of the connection to Kafka (docs/metrics.md). One per process. Any thread.
#pragma once

#include "core/metrics.hpp"

namespace spillway::retry {

class KafkaProbe {
 public:
  explicit KafkaProbe(core::Registry& registry)
      : up_(registry.gauge("spillway_kafka_up", "1 while Kafka takes what is written to it")) {}

  void up(bool is_up) { up_.set(is_up ? 1 : 0); }

 private:
  core::Gauge& up_;
};

}  // namespace spillway::retry
