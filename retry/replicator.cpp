#include "retry/replicator.hpp"

#include "core/log.hpp"
#include "retry/spool_record.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace spillway::retry {

// Copies on their way, of one request.
struct Replicator::Writing {
  core::Executor& here;
  std::vector<Replica> replicas;
  Callback callback;  // empty once the sender was told
  std::size_t open = 0;
  bool failed = false;
  bool too_large = false;
  core::TimerId deadline = 0;

  void tell(bool done) {
    here.cancel(std::exchange(deadline, 0));
    if (callback) {
      std::exchange(callback, nullptr)(done);
    }
  }
};

void Replicator::replicate(core::Executor& here, std::vector<Replica> replicas, Callback callback) {
  const auto writing = std::make_shared<Writing>(here, std::move(replicas), std::move(callback));
  const std::int32_t partitions = parts_.partitions;
  if (partitions == 0 || !parts_.lease.holds() || !parts_.writer.takes(0)) {
    here.post([writing] { writing->tell(false); });
    return;
  }
  writing->open = writing->replicas.size();
  writing->deadline = here.run_at(parts_.clock.now() + kDeadline, [writing] {
    writing->deadline = 0;
    writing->tell(false);
  });
  for (const Replica& replica : writing->replicas) {
    const SpoolRecord copy =
        SpoolRecord::of(replica.event, replica.destination, replica.delivery.record, parts_.node);
    parts_.writer.write(
        {.topic = parts_.topics.accepted(),
         .message = copy.encode(),
         .partition = node_partition(parts_.node_tag, partitions)},
        here, [this, writing](const core::Result<void>& result) { written(writing, result); });
  }
}

void Replicator::written(const std::shared_ptr<Writing>& writing,
                         const core::Result<void>& result) {
  writing->failed = writing->failed || !result;
  writing->too_large =
      writing->too_large || (!result && result.error().code == core::ErrorCode::too_large);
  if (--writing->open > 0) {
    return;
  }
  if (writing->too_large) {  // as what is handed over, it stays here for good
    give_up(writing->here, writing->replicas, [writing](bool) { writing->tell(false); });
    return;
  }
  // Without a lease it may have come too late for whoever takes over, and nobody would.
  if (writing->failed || !parts_.lease.holds()) {
    parts_.probe.failed();
    writing->tell(false);
    return;
  }
  end(writing->here, writing->replicas, journal::EndReplication::Copies::stand,
      [this, writing](bool done) {
        parts_.probe.replicated(done ? writing->replicas.size() : 0);
        writing->tell(done);
      });
}

void Replicator::give_up(core::Executor& here, const std::vector<Replica>& replicas,
                         Callback callback) {
  parts_.probe.given_up(replicas.size());
  end(here, replicas, journal::EndReplication::Copies::given_up, std::move(callback));
}

void Replicator::end(core::Executor& here, const std::vector<Replica>& replicas,
                     journal::EndReplication::Copies copies, Callback callback) {
  std::vector<journal::GenerationRef> deliveries;
  std::vector<core::EventPtr> events;
  for (const Replica& replica : replicas) {
    deliveries.push_back({replica.delivery.ref, replica.delivery.record.generation});
    events.push_back(replica.event);
  }
  auto refs = deliveries;
  parts_.commands.submit(std::make_unique<journal::EndReplication>(
      here, std::move(deliveries), copies,
      [this, &here, copies, refs = std::move(refs), events = std::move(events),
       then = std::move(callback)](core::Result<journal::EndedReplication> ended) mutable {
        if (!ended) {
          core::log(core::LogLevel::error, "replica.not_ended", {{"error", ended.error().message}});
          then(false);
          return;
        }
        std::vector<delivery::Opened> opened;
        for (journal::OpenDelivery& delivery : ended->opened) {
          const auto at = std::ranges::find(refs, delivery.ref, &journal::GenerationRef::ref);
          const auto index = static_cast<std::size_t>(at - refs.begin());
          opened.push_back({std::move(delivery), events[index]});
        }
        if (!opened.empty()) {
          parts_.opened(here, std::move(opened));
        }
        then(copies == journal::EndReplication::Copies::given_up || ended->all_stand);
      }));
}

}  // namespace spillway::retry
