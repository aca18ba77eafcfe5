#include "tests/simulation/job_operator.hpp"

#include <fmt/format.h>

#include <array>
#include <iterator>
#include <memory>
#include <string>
#include <utility>

#include "gateway/idempotency_key.hpp"
#include "journal/reader.hpp"
#include "retry/job_commands.hpp"

namespace spillway::simulation {

using core::DeliveryState;
using retry::JobKind;

void JobOperator::start() {
  for (std::uint32_t i = 0; i < environment_->options.jobs; ++i) {
    environment_->scheduler.run_after(environment_->delay_up_to(environment_->options.span),
                                      [this] { act(); });
  }
}

void JobOperator::act() {
  if (!node_->accepting()) {
    return;
  }
  switch (environment_->random.below(8)) {
    case 0:
      cancel_any();
      break;
    case 1:
    case 2:
      order(some_deliveries(JobKind::replay));
      break;
    case 3:
      order(some_deliveries(JobKind::drop));
      break;
    default:
      if (auto purge = some_events()) {
        order(*std::move(purge));
      }
  }
}

void JobOperator::order(retry::JobOrder order) {
  constexpr std::array<std::uint64_t, 3> kRates = {0, 2, 50};
  order.rate = kRates[environment_->random.below(kRates.size())];
  order.asked_by = "operator";
  environment_->note("job", static_cast<std::uint64_t>(order.kind));
  SimNode::Life& life = *node_->life();
  life.committer.submit(std::make_unique<retry::CreateJob>(
      life.front(), std::move(order),
      [this, &life](core::Result<std::optional<retry::JobRecord>> job) {
        if (!job || !*job) {
          world_->violate("a job was not made");
          return;
        }
        node_->audit();
        watch_->answered(**job);
        life.jobs.wake();
      }));
}

void JobOperator::cancel_any() {
  const auto jobs = retry::read_jobs(node_->store());
  if (jobs->empty()) {
    return;
  }
  const retry::JobNumber number = (*jobs)[environment_->random.below(jobs->size())].number;
  environment_->note("cancel job", number);
  watch_->asks_to_cancel(number);
  SimNode::Life& life = *node_->life();
  life.committer.submit(std::make_unique<retry::EndJob>(
      life.front(), number, "", [this, &life](const core::Result<retry::EndedJob>& ended) {
        if (!ended || !ended->job) {
          world_->violate("a job could not be cancelled");
          return;
        }
        watch_->answered(*ended->job);
        if (ended->applied) {
          environment_->coverage.hit(Mark::job_cancelled);
        }
        life.jobs.wake();
      }));
}

retry::JobOrder JobOperator::some_deliveries(JobKind kind) {
  core::Random& random = environment_->random;
  retry::DeliveryFilter filter;
  if (random.below(4) == 0) {
    filter.state = DeliveryState::expired;
  } else if (kind == JobKind::replay && random.below(4) == 0) {
    filter.state = DeliveryState::delivered;
  }
  if (random.below(2) == 0) {
    const auto chosen = random.below(world_->names().size());
    filter.destination = std::next(world_->names().begin(), static_cast<int>(chosen))->second;
  }
  if (random.below(4) == 0) {
    filter.source = number_of(random.below(kSources.size()));
  }
  return {.kind = kind, .filter = filter};
}

journal::SourceNumber JobOperator::number_of(std::size_t source) const {
  const auto sources = journal::Reader(node_->store()).sources();
  for (const auto& [number, name] : *sources) {
    if (name == kSources[source].name) {
      return number;
    }
  }
  return 0;
}

std::optional<SentEvent> JobOperator::any_event() {
  const journal::Sequence next = node_->life()->writer->next_sequence();
  const journal::Sequence chosen = 1 + environment_->random.below(next - 1);
  const auto body = journal::Reader(node_->store()).body(chosen);
  if (!body || !*body) {
    return std::nullopt;
  }
  const auto sent = world_->sent().find(**body);
  return sent == world_->sent().end() ? std::nullopt : std::optional(sent->second);
}

std::optional<retry::JobOrder> JobOperator::some_events() {
  const auto event = any_event();
  if (!event) {
    return std::nullopt;
  }
  const journal::Hasher& hasher = node_->life()->writer->hasher();
  retry::EventFilter filter;
  JobWatch::Meant meant;
  switch (environment_->random.below(4)) {
    case 0:
    case 1: {
      if (event->key.empty()) {
        return std::nullopt;
      }
      filter.source = number_of(event->source);
      retry::ByIdempotencyKey by;
      for (const std::string& text : gateway::stored_keys(event->key)) {
        by.keys.push_back(hasher.idempotency_key(*filter.source, text));
      }
      filter.by = std::move(by);
      meant = [source = event->source, key = event->key](const SentEvent& other) {
        return other.source == source && other.key == key;
      };
      break;
    }
    case 2: {
      if (event->ordering_key == 0) {
        return std::nullopt;
      }
      const std::uint32_t key = event->ordering_key;
      filter.by = retry::ByOrderingKey{hasher.ordering_key(fmt::format("{}", key))};
      meant = [key](const SentEvent& other) { return other.ordering_key == key; };
      break;
    }
    default:
      filter.by = retry::ByJsonValue{text_pointer(event->source), hasher.json_value(event->text)};
      meant = [text = event->text](const SentEvent& other) { return other.text == text; };
  }
  watch_->asks_to_purge(filter, std::move(meant));
  return retry::JobOrder{.kind = JobKind::purge, .filter = std::move(filter)};
}

}  // namespace spillway::simulation
