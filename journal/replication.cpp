#include "journal/replication.hpp"

#include <utility>

#include "journal/reader.hpp"
#include "journal/stage.hpp"

namespace spillway::journal {

using core::Custody;

EndReplication::EndReplication(core::Executor& reply_to, std::vector<GenerationRef> deliveries,
                               Copies copies, Callback callback)
    : DecidedCommand(reply_to, std::move(callback)),
      deliveries_(std::move(deliveries)),
      copies_(copies) {}

core::Result<EndedReplication> EndReplication::decide(Stage& stage) {
  EndedReplication ended;
  for (const GenerationRef& delivery : deliveries_) {
    const auto before = find_pending(stage, delivery);
    if (!before) {
      return std::unexpected(before.error());
    }
    if (!*before) {
      continue;
    }
    if (!(*before)->waits_for_copy()) {
      ended.all_stand = ended.all_stand && ((*before)->has_copy() || (*before)->is_handed());
      continue;
    }
    DeliveryRecord after = **before;
    after.custody = Custody::local;
    after.replicated = copies_ == Copies::stand;
    stage.change(delivery.ref, **before, after);
    ended.opened.push_back({delivery.ref, std::move(after)});
  }
  return ended;
}

NoteAdopted::NoteAdopted(core::Executor& reply_to, std::vector<Adopted> adopted, Callback callback)
    : SyncedCommand(reply_to, std::move(callback)), adopted_(std::move(adopted)) {}

core::Result<std::vector<OpenDelivery>> NoteAdopted::decide(Stage& stage) {
  const Reader reader(stage.store());
  std::vector<OpenDelivery> elsewhere;
  for (const Adopted& copy : adopted_) {
    const auto sequence = reader.sequence_of(copy.event);
    const auto destination = stage.destination_number(copy.destination);
    if (!sequence) {
      return std::unexpected(sequence.error());
    }
    if (!*sequence || !destination) {
      continue;
    }
    const DeliveryRef ref{**sequence, *destination};
    const auto before = stage.find(ref);
    if (!before) {
      return std::unexpected(before.error());
    }
    if (!*before) {
      continue;
    }
    DeliveryRecord after = **before;
    if (after.has_copy()) {
      after.custody = Custody::kafka;
      after.replicated = false;
      stage.change(ref, **before, after);
    }
    if (!after.is_due()) {
      elsewhere.push_back({ref, std::move(after)});
    }
  }
  return elsewhere;
}

EndCopies::EndCopies(core::Executor& reply_to, std::vector<DeliveryRef> deliveries,
                     Callback callback)
    : SyncedCommand(reply_to, std::move(callback)), deliveries_(std::move(deliveries)) {}

core::Result<std::size_t> EndCopies::decide(Stage& stage) {
  std::size_t ended = 0;
  for (const DeliveryRef& ref : deliveries_) {
    const auto before = stage.find(ref);
    if (!before) {
      return std::unexpected(before.error());
    }
    if (!*before || !(*before)->has_copy()) {
      continue;
    }
    DeliveryRecord after = **before;
    after.custody = Custody::local;
    after.replicated = false;
    stage.change(ref, **before, after);
    ++ended;
  }
  return ended;
}

}  // namespace spillway::journal
