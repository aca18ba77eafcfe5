#include "journal/accept.hpp"

#include <algorithm>
#include <utility>

#include "core/planted_bug.hpp"
#include "journal/keys.hpp"
#include "journal/stage.hpp"

namespace spillway::journal {

using core::DeliveryState;

namespace {

struct Known {
  DedupRecord record;  // entries under the key, this event's not among them
  std::optional<DedupRecord::Entry> duplicate_of;
};

core::Result<Known> look_up(const Stage& stage, const NewEvent& event) {
  Known known;
  if (!event.key) {
    return known;
  }
  auto record =
      stage.find_key(event.key->key, event.key->window, event.key->as_of, event.key->found);
  if (!record) {
    return std::unexpected(record.error());
  }
  known.record = *std::move(record);
  const auto& entries = known.record.entries;
  const auto same = std::ranges::find(entries, event.body_hash, &DedupRecord::Entry::body);
  if (same != entries.end()) {
    known.duplicate_of = *same;
  } else if (!entries.empty() && event.on_conflict != KeyConflict::accept) {
    known.duplicate_of = entries.front();
  }
  return known;
}

void open_dead(Stage& stage, Sequence sequence, core::Reason reason) {
  DeliveryRecord record;
  record.state = DeliveryState::dead;
  record.reason = reason;
  record.slice = stage.slice();
  record.accepted = record.opened = record.updated = stage.now();
  stage.open({sequence, kNoDestination}, record);
}

core::Result<AcceptedEvent> accept_new(Stage& stage, const NewEvent& event, DedupRecord known) {
  const Sequence sequence = stage.take_sequence();
  EventHead head;
  head.id = event.event->id;
  head.source = event.source;
  head.received = event.event->received;
  head.untouched = event.event->untouched;
  head.slice = stage.slice();
  head.body_size = event.event->body.size();
  head.headers = event.event->headers;
  head.claim = event.event->claim;
  AcceptedEvent result;
  result.id = head.id;
  if (event.key) {
    result.key_conflict = !known.entries.empty();
    head.key = event.key->key.hash;
    head.key_day = stage.slice() / kHoursPerDay;
    known.entries.insert(known.entries.begin(),
                         {event.body_hash, sequence, head.id, stage.now() + event.key->window});
    known.entries.resize(std::min(known.entries.size(), DedupRecord::kEntriesMax));
    if constexpr (core::kPlantedBug != core::PlantedBug::dedup_not_stored) {
      stage.set_key(event.key->key, std::move(known));
    }
  }
  const std::string key = keys::event(Region::live, sequence);
  stage.put(Table::events, key, head.encode());
  stage.put(Table::bodies, key, event.event->body);
  stage.put(Table::ids, keys::id(head.id), keys::id_value(sequence));
  for (Target target : event.targets) {
    target.replicate = event.replicate && target.order == core::Order::none;
    if (auto opened = open_delivery(stage, {sequence, target.destination}, target, stage.slice(),
                                    stage.now(), result);
        !opened) {
      return std::unexpected(std::move(opened).error());
    }
  }
  result.unrouted = event.targets.empty();
  if (result.unrouted) {
    open_dead(stage, sequence, event.dead_reason);
  }
  return result;
}

bool is_given_up(const DeliveryRecord& record) {
  return record.state == DeliveryState::dead || record.state == DeliveryState::expired;
}

// An event all of whose deliveries have failed waits again when its sender delivers it anew; any
// other duplicate changes nothing (docs/correctness.md 8).
core::Result<void> reopen_if_given_up(Stage& stage, Sequence sequence,
                                      const std::vector<Target>& targets, AcceptedEvent& opening) {
  const auto deliveries = stage.deliveries_of(sequence);
  if (!deliveries) {
    return std::unexpected(deliveries.error());
  }
  for (const auto& [ref, record] : *deliveries) {
    if (record.waits_for_copy()) {
      opening.unreplicated.push_back({ref, record});
    }
  }
  const auto given_up = [](const auto& delivery) {
    return is_given_up(delivery.second) || delivery.second.reason == core::Reason::rerouted;
  };
  if (!std::ranges::all_of(*deliveries, given_up)) {
    return {};
  }
  for (const auto& [ref, record] : *deliveries) {
    if (record.reason == core::Reason::no_route) {
      return reroute(stage, sequence, record, targets, opening);
    }
    // What cannot be parsed today could not be sent either.
    if (is_given_up(record) && record.reason != core::Reason::malformed) {
      if (auto opened = reopen(stage, ref, record, Rejoin::in_order, opening); !opened) {
        return opened;
      }
    }
  }
  return {};
}

}  // namespace

Accept::Accept(core::Executor& reply_to, std::vector<NewEvent> events, Durability durability,
               Callback callback)
    : Command(reply_to),
      events_(std::move(events)),
      durability_(durability),
      callback_(std::move(callback)) {}

core::Result<void> Accept::stage(Stage& stage) {
  results_.clear();
  for (const NewEvent& event : events_) {
    auto known = look_up(stage, event);
    if (!known) {
      return std::unexpected(known.error());
    }
    if (!known->duplicate_of) {
      auto accepted = accept_new(stage, event, std::move(known->record));
      if (!accepted) {
        return std::unexpected(std::move(accepted).error());
      }
      results_.push_back(*std::move(accepted));
      continue;
    }
    const DedupRecord::Entry& first = *known->duplicate_of;
    AcceptedEvent result;
    result.id = first.id;
    if (first.body != event.body_hash && event.on_conflict == KeyConflict::refuse) {
      result.verdict = Verdict::conflict;
    } else {
      auto opened = reopen_if_given_up(stage, first.sequence, event.targets, result);
      if (!opened) {
        return opened;
      }
      result.verdict = result.opened.empty() ? Verdict::duplicate : Verdict::reopened;
    }
    results_.push_back(std::move(result));
  }
  return {};
}

std::size_t Accept::body_bytes() const {
  std::size_t bytes = 0;
  for (const NewEvent& added : events_) {
    bytes += added.event->body.size();
  }
  return bytes;
}

void Accept::finish(core::Result<void> outcome) {
  if (outcome) {
    callback_(std::move(results_));
  } else {
    callback_(std::unexpected(std::move(outcome).error()));
  }
}

}  // namespace spillway::journal
