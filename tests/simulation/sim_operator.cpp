#include "tests/simulation/sim_operator.hpp"

#include <memory>
#include <utility>
#include <vector>

#include "journal/operate.hpp"
#include "journal/reader.hpp"
#include "journal/settle.hpp"

namespace spillway::simulation {
namespace {

constexpr core::Duration kResumeEvery = std::chrono::seconds(30);

}  // namespace

void SimOperator::start() {
  for (std::uint32_t i = 0; i < environment_->options.operator_actions; ++i) {
    environment_->scheduler.run_after(environment_->delay_up_to(environment_->options.span),
                                      [this] { act(); });
  }
  for (std::uint32_t i = 0; i < environment_->options.reloads; ++i) {
    environment_->scheduler.run_after(environment_->delay_up_to(environment_->options.span),
                                      [this] { reload(); });
  }
}

void SimOperator::reload() {
  if (node_->accepting()) {
    node_->toggle(environment_->random.below(environment_->options.destinations.size()));
  }
}

void SimOperator::act() {
  if (!node_->accepting()) {
    return;
  }
  switch (environment_->random.below(5)) {
    case 0:
    case 1: {
      const std::size_t index =
          environment_->random.below(environment_->options.destinations.size());
      const bool pause = environment_->random.below(2) == 0;
      set_paused(world_->names().at(environment_->options.destinations[index].name), pause);
      break;
    }
    case 2:
      replay();
      break;
    case 3:
      drop();
      break;
    default:
      settle_stale();
  }
}

void SimOperator::set_paused(journal::DestinationNumber destination, bool paused) {
  // One at a time, or the answers would not tell what is stored. A crash leaves it in doubt.
  std::uint32_t& asked_in_life = pause_asked_in_life_[destination];
  if (asked_in_life == node_->lives()) {
    return;
  }
  asked_in_life = node_->lives();
  environment_->note(paused ? "pause" : "resume", destination);
  if (paused) {
    environment_->coverage.hit(Mark::paused);
  }
  world_->pause_asked(destination);
  SimNode::Life& life = *node_->life();
  life.committer.submit(std::make_unique<journal::SetPaused>(
      life.dispatcher.executor_of(destination), destination,
      paused ? std::optional<std::string>("operator") : std::nullopt,
      [this, &life, destination, paused](core::Result<bool> changed) {
        if (!changed) {
          world_->violate("a pause failed: " + changed.error().message);
          return;
        }
        pause_asked_in_life_[destination] = 0;
        world_->pause_answered(destination, paused, environment_->scheduler.now());
        if (paused) {
          life.dispatcher.pause(destination);
        } else {
          life.dispatcher.resume(destination);
        }
      }));
}

void SimOperator::keep_resuming() {
  if (node_->accepting()) {
    const auto destinations = journal::Reader(node_->store()).destinations();
    for (const journal::NamedDestinationRecord& destination : *destinations) {
      if (destination.record.paused()) {
        set_paused(destination.record.number, false);
      }
    }
  }
  environment_->scheduler.run_after(kResumeEvery, [this] { keep_resuming(); });
}

// Only of durable events: nobody decides within the time of a sync, and what a crash may still take
// could not be told from what was dropped.
std::optional<journal::DeliveryRef> SimOperator::any_delivery() const {
  const journal::Sequence durable = node_->life()->writer->durable_below() - 1;
  const journal::Sequence chosen = 1 + environment_->random.below(durable);
  const auto deliveries = journal::Reader(node_->store()).deliveries(chosen);
  if (durable == 0 || !deliveries || deliveries->empty()) {
    return std::nullopt;
  }
  return (*deliveries)[environment_->random.below(deliveries->size())].ref;
}

std::optional<journal::DeliveryRecord> SimOperator::record_of(journal::DeliveryRef ref) const {
  return journal::Reader(node_->store()).delivery(ref).value_or(std::nullopt);
}

DeliveryName SimOperator::name_of(journal::DeliveryRef ref) const {
  const auto head = journal::Reader(node_->store()).head(ref.sequence);
  return {(*head)->id, ref.destination};
}

void SimOperator::replay() {
  const auto ref = any_delivery();
  if (!ref) {
    return;
  }
  environment_->note("replay", ref->sequence);
  const DeliveryName name = name_of(*ref);
  if (ref->destination == journal::kNoDestination) {
    world_->may_have_ended(name);  // its place is taken by the delivery to a route
    world_->may_be_rerouted(name.event);
  }
  const auto rejoin = environment_->random.below(4) == 0 ? journal::Rejoin::out_of_order
                                                         : journal::Rejoin::in_order;
  SimNode::Life& life = *node_->life();
  life.committer.submit(std::make_unique<journal::Replay>(
      life.front(), ref->sequence, std::nullopt, life.gateway.other_route(), rejoin,
      [this, &life, name](auto opening) {
        if (!opening) {
          world_->violate("a replay failed: " + opening.error().message);
          return;
        }
        for (const journal::OpenDelivery& delivery : opening->opened) {
          const bool rerouted = name.destination == journal::kNoDestination;
          environment_->coverage.hit(rerouted ? Mark::rerouted : Mark::replayed);
          if (delivery.record.out_of_order) {
            environment_->coverage.hit(Mark::replayed_out_of_order);
          }
          world_->promised({name.event, delivery.ref.destination}, {delivery.record.generation});
        }
        std::vector<delivery::Opened> offered;
        for (journal::OpenDelivery& delivery : journal::news_for_delivery(*std::move(opening))) {
          offered.push_back({std::move(delivery), nullptr});
        }
        life.dispatcher.offer(life.front(), std::move(offered));
      }));
}

void SimOperator::drop() {
  const auto ref = any_delivery();
  if (!ref) {
    return;
  }
  environment_->note("drop", ref->sequence);
  const DeliveryName name = name_of(*ref);
  world_->may_have_ended(name);
  SimNode::Life& life = *node_->life();
  life.committer.submit(std::make_unique<journal::Drop>(
      life.front(), std::vector{*ref}, [this, ref = *ref, name](core::Result<std::size_t> dropped) {
        if (!dropped) {
          world_->violate("a drop failed: " + dropped.error().message);
        } else if (*dropped == 1) {
          environment_->coverage.hit(Mark::dropped);
          const auto record = record_of(ref);
          if (!record) {
            return;  // and then retention took it
          }
          world_->promised(name, {record->generation, record->attempts, record->state});
          if (record->state != core::DeliveryState::purged) {
            world_->violate("a dropped delivery is not purged");
          }
        }
      }));
}

void SimOperator::settle_stale() {
  const auto ref = any_delivery();
  const auto record = ref ? record_of(*ref) : std::nullopt;
  if (!record || record->generation == 1) {
    return;
  }
  environment_->note("stale settle", ref->sequence);
  environment_->coverage.hit(Mark::stale_settle);
  journal::Settlement settlement;
  settlement.ref = *ref;
  settlement.generation = record->generation - 1;
  settlement.state = core::DeliveryState::delivered;
  settlement.attempts = 1;
  settlement.attempt.number = 99;
  settlement.attempt.generation = settlement.generation;
  settlement.attempt.started = node_->life()->clock.now();
  SimNode::Life& life = *node_->life();
  life.committer.submit(std::make_unique<journal::Settle>(
      life.front(), std::move(settlement), [this](core::Result<journal::Settled> outcome) {
        if (!outcome || outcome->applied) {
          world_->violate("a settlement of an earlier generation was applied");
        }
      }));
}

}  // namespace spillway::simulation
