// Replication: a delivery accepted with `ack: replicated` has a copy in a topic that all nodes can
// read, and is attempted by nobody before it is there (docs/correctness.md 29). When its node is
// gone others take such deliveries over: from then on they are in Kafka's custody, where that node
// finds them when it returns. Their records and books stay in this journal.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/event_id.hpp"
#include "journal/custody.hpp"
#include "journal/operate.hpp"
#include "journal/ordering.hpp"

namespace spillway::journal {

// What may be attempted now that its copy stands, or is not waited for; the others have moved on.
struct EndedReplication {
  std::vector<OpenDelivery> opened;
  bool all_stand = true;  // false: somebody else had given up the copy of one
};

// replicating → local: the copies stand, or are not waited for any longer and will be ended.
class EndReplication final : public DecidedCommand<EndedReplication> {
 public:
  enum class Copies { stand, given_up };

  EndReplication(core::Executor& reply_to, std::vector<GenerationRef> deliveries, Copies copies,
                 Callback callback);

  // Where it is lost that copies stand they are written once more.
  [[nodiscard]] Durability durability() const override {
    return copies_ == Copies::stand ? Durability::written : Durability::synced;
  }

 private:
  core::Result<EndedReplication> decide(Stage& stage) override;

  std::vector<GenerationRef> deliveries_;
  Copies copies_;
};

// A delivery whose copy another node has taken over.
struct Adopted {
  core::EventId event;
  std::string destination;
};

// local or replicating → kafka. The result is all of them that are not this node's to attempt,
// moved now or before, as they are now.
class NoteAdopted final : public SyncedCommand<std::vector<OpenDelivery>> {
 public:
  NoteAdopted(core::Executor& reply_to, std::vector<Adopted> adopted, Callback callback);

 private:
  core::Result<std::vector<OpenDelivery>> decide(Stage& stage) override;

  std::vector<Adopted> adopted_;
};

// Copies of these are not needed any more, whether they stand or are waited for: only this node
// attempts the deliveries from here on. The result is how many had one.
class EndCopies final : public SyncedCommand<std::size_t> {
 public:
  EndCopies(core::Executor& reply_to, std::vector<DeliveryRef> deliveries, Callback callback);

 private:
  core::Result<std::size_t> decide(Stage& stage) override;

  std::vector<DeliveryRef> deliveries_;
};

}  // namespace spillway::journal
