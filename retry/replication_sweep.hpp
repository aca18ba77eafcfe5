// Writes the copies of what was accepted with `ack: replicated` and waits for them still: its
// request was refused for want of Kafka, or a life before ended in between. Runs on one executor,
// where it reads the store.
#pragma once

#include "core/clock.hpp"
#include "core/executor.hpp"
#include "delivery/fence.hpp"
#include "journal/reader.hpp"
#include "journal/store.hpp"
#include "retry/replicator.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace spillway::retry {

class ReplicationSweep {
 public:
  static constexpr core::Duration kPause = std::chrono::seconds(1);  // between two looks
  // Younger ones are on their way, as far as anybody knows.
  static constexpr core::Duration kAgeMin = std::chrono::seconds(15);
  static constexpr std::size_t kBatchMax = 64;
  static constexpr std::size_t kBatchBytesMax = std::size_t{4} << 20;

  // All outlive it.
  ReplicationSweep(core::Executor& executor, const core::Clock& clock, const journal::Store& store,
                   const delivery::Fence& lease, Replicator& replicator)
      : executor_(executor), clock_(clock), store_(store), lease_(lease), replicator_(replicator) {}

  // Both on the executor.
  void start();
  void stop();

 private:
  void look();
  void look_again(core::Duration pause);
  // The next ones of all, behind those that were looked at; none: that was the end.
  [[nodiscard]] core::Result<std::vector<Replica>> next();
  void add(const journal::Reader& reader, journal::DueDelivery delivery,
           std::vector<Replica>& replicas) const;

  core::Executor& executor_;
  const core::Clock& clock_;
  const journal::Store& store_;
  const delivery::Fence& lease_;
  Replicator& replicator_;
  core::Time started_;
  journal::SourceNames sources_;
  std::map<journal::DestinationNumber, std::string> destinations_;
  std::optional<journal::DeliveryRef> after_;
  std::size_t open_ = 0;
  bool stopped_ = false;
  core::TimerId timer_ = 0;
};

}  // namespace spillway::retry
