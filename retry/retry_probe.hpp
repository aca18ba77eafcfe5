// The metrics of the Kafka spool (docs/metrics.md). Made once per process; any thread.
#pragma once

#include "core/clock.hpp"
#include "core/metrics.hpp"
#include "retry/topics.hpp"

#include <array>
#include <cstddef>

namespace spillway::retry {

class RetryProbe {
 public:
  explicit RetryProbe(core::Registry& registry);

  void records_open(std::size_t records) { open_.set(static_cast<double>(records)); }
  void attempted() { attempts_.add(); }
  // Went on to the topic of this tier.
  void hopped(core::Duration tier);
  void committed(core::Duration took);
  void commit_failed(core::Duration took);
  void undecodable() { undecodable_.add(); }
  // What came of an attempt could not be written, since the record is read elsewhere by now: it is
  // attempted again though it may have arrived, or has.
  void dropped() { dropped_.add(); }

 private:
  core::Gauge& open_;
  core::Counter& attempts_;
  std::array<core::Counter*, kTiers.size()> hops_{};
  core::Counter& committed_;
  core::Counter& failed_;
  core::Histogram& seconds_;
  core::Counter& undecodable_;
  core::Counter& dropped_;
};

}  // namespace spillway::retry
