#include "journal/operate.hpp"

#include "journal/purge.hpp"
#include "journal/stage.hpp"

namespace spillway::journal {

Replay::Replay(core::Executor& reply_to, Sequence sequence, std::optional<DestinationNumber> only,
               std::vector<Target> targets, Rejoin rejoin, Callback callback)
    : SyncedCommand(reply_to, std::move(callback)),
      sequence_(sequence),
      only_(only),
      targets_(std::move(targets)),
      rejoin_(rejoin) {}

core::Result<Opening> Replay::decide(Stage& stage) {
  const auto deliveries = stage.deliveries_of(sequence_);
  if (!deliveries) {
    return std::unexpected(deliveries.error());
  }
  Opening opening;
  for (const auto& [ref, record] : *deliveries) {
    if (!can_reopen(record) || (only_ && *only_ != ref.destination)) {
      continue;
    }
    core::Result<void> done;
    if (ref.destination != kNoDestination) {
      done = reopen(stage, ref, record, rejoin_, opening);
    } else if (record.reason == core::Reason::no_route) {
      done = reroute(stage, sequence_, record, targets_, opening);
    }
    if (!done) {
      return std::unexpected(std::move(done).error());
    }
  }
  return opening;
}

Drop::Drop(core::Executor& reply_to, std::vector<DeliveryRef> refs, Callback callback)
    : SyncedCommand(reply_to, std::move(callback)), refs_(std::move(refs)) {}

core::Result<std::size_t> Drop::decide(Stage& stage) {
  std::size_t dropped = 0;
  for (const DeliveryRef ref : refs_) {
    const auto before = stage.find(ref);
    if (!before) {
      return std::unexpected(before.error());
    }
    if (*before && can_drop(**before)) {
      drop(stage, ref, **before);
      ++dropped;
    }
  }
  return dropped;
}

SetPaused::SetPaused(core::Executor& reply_to, DestinationNumber destination,
                     std::optional<std::string> pause_reason, Callback callback, Decided decided)
    : SyncedCommand(reply_to, std::move(callback)),
      destination_(destination),
      pause_reason_(std::move(pause_reason)),
      decided_(decided) {}

core::Result<bool> SetPaused::decide(Stage& stage) {
  const NamedDestination* known = stage.destination(destination_);
  if (known == nullptr || known->record.paused() == pause_reason_.has_value()) {
    return false;
  }
  NamedDestination changed = *known;
  if (pause_reason_) {
    changed.record.paused_since = stage.now();
  } else {
    changed.record.paused_total = changed.record.paused_until(stage.now());
    changed.record.paused_since = {};
  }
  changed.record.pause_reason = pause_reason_.value_or("");
  if (decided_ == Decided::here) {
    using Kind = NoticeRecord::Kind;
    stage.notify({.kind = pause_reason_ ? Kind::paused : Kind::resumed,
                  .destination = changed.name,
                  .reason = pause_reason_.value_or("")});
  }
  stage.set_destination(std::move(changed));
  return true;
}

Register::Register(core::Executor& reply_to, std::vector<std::string> sources,
                   std::vector<std::string> destinations, Callback callback)
    : SyncedCommand(reply_to, std::move(callback)),
      sources_(std::move(sources)),
      destinations_(std::move(destinations)) {}

core::Result<Names> Register::decide(Stage& stage) {
  Names names;
  for (const std::string& name : sources_) {
    const auto known = stage.source(name);
    names.sources[name] = known ? *known : stage.add_source(name);
  }
  for (const std::string& name : destinations_) {
    const auto known = stage.destination_number(name);
    const DestinationNumber number = known ? *known : stage.add_destination(name);
    names.destinations[name] = stage.destination(number)->record;
  }
  return names;
}

}  // namespace spillway::journal
