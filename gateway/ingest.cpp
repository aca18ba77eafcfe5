#include "gateway/ingest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "core/log.hpp"
#include "journal/dedup_index.hpp"
#include "routing/json_body.hpp"

namespace spillway::gateway {
namespace {

constexpr std::chrono::seconds kJournalRetryAfter{5};

Answer refusal(int status, std::string why,
               std::optional<std::chrono::seconds> retry_after = std::nullopt) {
  Answer answer;
  answer.status = status;
  answer.refusal = std::move(why);
  answer.retry_after = retry_after;
  return answer;
}

void refuse(const Door& door, const core::Error& error) {
  door.probe->refused_journal.add();
  const bool expected = error.code == core::ErrorCode::unavailable;
  core::log(expected ? core::LogLevel::warn : core::LogLevel::error, "event.refused",
            {{"source", door.source->options().name}, {"reason", error.message}});
}

// Callers are coroutines: they must be suspended before they are resumed.
void answer_later(core::Executor& executor, Ingest::Callback callback, Answer answer) {
  executor.post([callback = std::move(callback), answer = std::move(answer)]() mutable {
    callback(std::move(answer));
  });
}

}  // namespace

// A request on its way through the commit.
struct Ingest::Batch {
  std::shared_ptr<const Plan> plan;
  const Door* door = nullptr;
  core::Executor* executor = nullptr;
  core::ByteBudget::Reservation memory;
  std::vector<journal::NewEvent> events;
  std::vector<core::EventPtr> made;  // the same events, for the real-time forward
  Callback callback;
  Answer answer;                        // once it is committed
  std::vector<retry::Replica> to_copy;  // what waits for copies of its own,
  std::vector<retry::Replica> waiting;  // and of an earlier request with the same events
};

Ingest::Ingest(const journal::Store& store, const journal::Writer& writer,
               journal::CommandQueue& queue, const core::Clock& clock, core::Random& random,
               Opened opened)
    : store_(&store),
      writer_(&writer),
      queue_(&queue),
      clock_(&clock),
      random_(&random),
      opened_(std::move(opened)) {}

void Ingest::accept(std::shared_ptr<const Plan> plan, const Door& door, Delivered request,
                    core::Executor& executor, Callback callback) const {
  const Request view{request.method, request.query, request.headers, request.body, clock_->now()};
  if (const Verdict verdict = door.source->verify(view); verdict != Verdict::ok) {
    door.probe->refused_signature.add();
    core::log(core::LogLevel::warn, "event.refused",
              {{"source", door.source->options().name}, {"reason", to_string(verdict)}});
    answer_later(
        executor, std::move(callback),
        refusal(401, fmt::format("the request could not be verified: {}", to_string(verdict))));
    return;
  }
  auto batch = prepare(std::move(plan), door, std::move(request));
  if (!batch) {
    refuse(door, batch.error());
    answer_later(executor, std::move(callback),
                 refusal(503, std::move(batch).error().message, kJournalRetryAfter));
    return;
  }
  Batch& prepared = **batch;
  prepared.executor = &executor;
  prepared.callback = std::move(callback);
  if (prepared.events.empty()) {  // authentic, but nothing in it
    executor.post([this, owned = *std::move(batch)]() mutable {
      committed(std::move(owned), std::vector<journal::AcceptedEvent>{});
    });
    return;
  }
  auto events = std::exchange(prepared.events, {});
  queue_->submit(std::make_unique<journal::Accept>(
      executor, std::move(events), door.durability,
      [this, owned = *std::move(batch)](
          core::Result<std::vector<journal::AcceptedEvent>> outcome) mutable {
        committed(std::move(owned), std::move(outcome));
      }));
}

core::Result<std::unique_ptr<Ingest::Batch>> Ingest::prepare(std::shared_ptr<const Plan> plan,
                                                             const Door& door,
                                                             Delivered request) const {
  const core::Time now = clock_->now();
  const Request view{request.method, request.query, request.headers, request.body, now};
  routing::JsonBody json(request.body);
  Split split = door.source->split(view, json);
  auto batch = std::make_unique<Batch>();
  for (const Unit& unit : split.units) {
    if (unit.envelope && !request.memory.grow(unit.envelope->size())) {
      return core::fail(core::ErrorCode::unavailable, "too many events are being accepted at once",
                        core::Fault::us, core::Retry::safe);
    }
    auto key = look_up(door, unit, now);
    if (!key) {
      return std::unexpected(std::move(key).error());
    }
    journal::NewEvent fresh;
    fresh.source = door.number;
    fresh.replicate = door.replicated.has_value();
    fresh.key = *std::move(key);
    if (fresh.key) {
      fresh.body_hash = writer_->hasher().body(unit.content);
    }
    fresh.on_conflict = door.source->options().on_key_conflict;
    if (split.malformed) {
      fresh.dead_reason = core::Reason::malformed;
      door.probe->malformed.add();
    } else {
      routing::JsonBody own(unit.body(view));
      std::size_t unordered = 0;
      fresh.targets = plan->targets(
          {door.source->options().name, request.headers, unit.envelope ? own : json, unit},
          writer_->hasher(), unordered);
      door.probe->unordered.add(unordered);
    }
    auto event = std::make_shared<core::Event>();
    event->id = core::EventId::make(now, writer_->node_tag(), *random_);
    event->source = door.source->options().name;
    event->received = now;
    event->headers = door.source->kept_headers(view, unit);
    event->untouched = !unit.envelope;
    event->body = unit.body(view);
    event->claim = claim_of(door, unit);
    batch->made.push_back(event);
    fresh.event = std::move(event);
    batch->events.push_back(std::move(fresh));
  }
  batch->plan = std::move(plan);
  batch->door = &door;
  batch->memory = std::move(request.memory);
  return batch;
}

// Where events with one key and several bodies are all accepted, they are all delivered, whichever
// node accepts them.
std::optional<core::ClaimKey> Ingest::claim_of(const Door& door, const Unit& unit) const {
  if (claims_ == nullptr || !unit.idempotency_key) {
    return std::nullopt;
  }
  const gateway::SourceOptions& options = door.source->options();
  const bool bodies_count = options.on_key_conflict == journal::KeyConflict::accept;
  return claims_->make(options.name, *unit.idempotency_key,
                       bodies_count ? std::string_view(unit.content) : std::string_view(),
                       door.source->dedup_window());
}

core::Result<std::optional<journal::EventKey>> Ingest::look_up(const Door& door, const Unit& unit,
                                                               core::Time now) const {
  if (!unit.idempotency_key) {
    return std::nullopt;
  }
  journal::EventKey key;
  key.key = {door.number, writer_->hasher().idempotency_key(door.number, *unit.idempotency_key)};
  key.window = door.source->dedup_window();
  key.as_of = writer_->committed();  // before the look-up: what comes after it is checked again
  auto found = journal::find_key(*store_, key.key, key.window, now);
  if (!found) {
    return std::unexpected(std::move(found).error());
  }
  key.found = *std::move(found);
  return key;
}

void Ingest::committed(std::unique_ptr<Batch> owned,
                       core::Result<std::vector<journal::AcceptedEvent>> outcome) const {
  Batch& batch = *owned;
  const Door& door = *batch.door;
  if (!outcome) {
    refuse(door, outcome.error());
    batch.callback(refusal(503, outcome.error().message, kJournalRetryAfter));
    return;
  }
  Answer& answer = batch.answer;
  answer.status = door.source->ack_status();
  answer.count = outcome->size();
  answer.duplicate = !outcome->empty();
  answer.durability = door.durability;
  std::vector<delivery::Opened> opened;
  for (std::size_t i = 0; i < outcome->size(); ++i) {
    journal::AcceptedEvent& event = (*outcome)[i];
    if (event.verdict == journal::Verdict::conflict) {
      door.probe->key_conflicts.add();
      answer = refusal(422, "this idempotency key was used with another body");
      continue;  // its kinds hold one event per request; others' deliveries still go out
    }
    const bool known = event.verdict != journal::Verdict::accepted;
    if (known) {
      door.probe->duplicates.add();
      door.probe->reopened.add(event.verdict == journal::Verdict::reopened ? 1 : 0);
    } else {
      answer.duplicate = false;
      door.probe->events.add();
      door.probe->bytes.add(batch.made[i]->body.size());
      door.probe->key_conflicts.add(event.key_conflict ? 1 : 0);
      door.probe->no_route.add(event.unrouted ? 1 : 0);
    }
    if (answer.ids.size() < Answer::kIdsMax) {
      answer.ids.push_back(event.id);
    }
    if (core::log_enabled(core::LogLevel::debug)) {
      core::log(core::LogLevel::debug, "event.accepted",
                {{"event", event.id.to_string()},
                 {"source", door.source->options().name},
                 {"duplicate", known}});
    }
    for (journal::OpenDelivery& delivery : event.unreplicated) {
      batch.waiting.push_back({{}, std::move(delivery), {}});
    }
    for (journal::OpenDelivery& delivery : event.opened) {
      if (delivery.record.waits_for_copy()) {
        const auto name = batch.plan->destination_names.find(delivery.ref.destination);
        batch.to_copy.push_back({batch.made[i], std::move(delivery), name->second});
      } else if (!delivery.record.blocked) {
        opened.push_back({std::move(delivery), known ? core::EventPtr{} : batch.made[i]});
      }
    }
    for (journal::OpenDelivery& delivery : event.unblocked) {
      opened.push_back({std::move(delivery), {}});
    }
    for (journal::OpenDelivery& delivery : event.ended) {
      opened.push_back({std::move(delivery), {}});
    }
  }
  if (!opened.empty()) {
    opened_(*batch.executor, std::move(opened));
  }
  if (door.replicated && answer.refusal.empty()) {
    replicate(std::move(owned));
    return;
  }
  batch.callback(std::move(answer));
}

void Ingest::replicate(std::unique_ptr<Batch> batch) const {
  // One request may hold an event twice.
  std::erase_if(batch->waiting, [&batch](const retry::Replica& other) {
    return std::ranges::any_of(batch->to_copy, [&other](const retry::Replica& own) {
      return own.delivery.ref == other.delivery.ref;
    });
  });
  if (batch->to_copy.empty()) {
    if (batch->waiting.empty()) {
      batch->callback(std::move(batch->answer));
    } else {
      not_replicated(std::move(batch));
    }
    return;
  }
  core::Executor& executor = *batch->executor;
  std::vector<retry::Replica> replicas = batch->to_copy;
  replicator_->replicate(executor, std::move(replicas),
                         [this, owned = std::move(batch)](bool done) mutable {
                           if (!done || !owned->waiting.empty()) {
                             not_replicated(std::move(owned));
                             return;
                           }
                           owned->answer.replicated = true;
                           owned->callback(std::move(owned->answer));
                         });
}

void Ingest::not_replicated(std::unique_ptr<Batch> batch) const {
  const Door& door = *batch->door;
  const auto refuse_it = [&door](Batch& refused) {
    door.probe->refused_unreplicated.add();
    refused.callback(refusal(503,
                             "the event is in the journal of this node alone, and its source wants "
                             "copies: send it again",
                             kJournalRetryAfter));
  };
  if (*door.replicated == OnUnavailable::refuse) {
    refuse_it(*batch);
    return;
  }
  core::Executor& executor = *batch->executor;
  std::vector<retry::Replica> replicas = std::move(batch->to_copy);
  // What came just before is somebody else's to wait for.
  const core::Time now = clock_->now();
  std::ranges::copy_if(batch->waiting, std::back_inserter(replicas), [now](const auto& replica) {
    return now - replica.delivery.record.opened > 2 * retry::Replicator::kDeadline;
  });
  replicator_->give_up(executor, replicas,
                       [owned = std::move(batch), refuse_it](bool done) mutable {
                         if (done) {
                           owned->callback(std::move(owned->answer));
                         } else {
                           refuse_it(*owned);
                         }
                       });
}

}  // namespace spillway::gateway
