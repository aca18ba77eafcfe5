#include "tests/simulation/sim_node.hpp"

#include <string>
#include <utility>

#include "journal/keys.hpp"
#include "tests/simulation/stored_journal.hpp"

namespace spillway::simulation {

namespace {

Thread engine_thread(std::size_t index) {
  return static_cast<Thread>(static_cast<std::size_t>(Thread::first_engine) + index);
}

std::vector<delivery::Engine*> engines_of(
    const std::vector<std::unique_ptr<SimNode::Side>>& sides) {
  std::vector<delivery::Engine*> engines;
  for (const auto& side : sides) {
    engines.push_back(&side->engine);
  }
  return engines;
}

}  // namespace

SimNode::Side::Side(SimNode& node, Life& life, Owner owner, std::size_t index)
    : executor(node.environment_->scheduler, life.clock, owner, engine_thread(index)),
      journal_backlog(node.store_, *life.writer, life.reading, executor),
      backlog(*node.environment_, journal_backlog, executor),
      sender(*node.environment_, *node.world_, node.destinations_,
             {life.attempts, life.pace, node.order_watch_}, life.committer, executor, life.clock),
      engine({executor, life.clock, node.environment_->random, life.committer, backlog, sender,
              life.bodies, life.probe}) {}

SimNode::Life::Life(SimNode& node, Owner owner, std::unique_ptr<journal::Writer> opened)
    : clock(node.environment_->scheduler, node.environment_->wall),
      committing(node.environment_->scheduler, clock, owner, Thread::committer),
      reading(node.environment_->scheduler, clock, owner, Thread::reader),
      writer(std::move(opened)),
      committer(*node.environment_, node.store_, *writer, committing, clock,
                {.synced = [world = node.world_](std::uint64_t command) { world->synced(command); },
                 .failed = [this] { failing = true; }}),
      bodies(node.environment_->options.waiting_body_bytes_max),
      probe(registry),
      pace(*node.environment_, *node.world_, registry),
      attempts(*node.world_, pace),
      sides([&] {
        std::vector<std::unique_ptr<Side>> made;
        for (std::size_t i = 0; i < node.environment_->options.engines; ++i) {
          made.push_back(std::make_unique<Side>(node, *this, owner, i));
        }
        return made;
      }()),
      dispatcher(engines_of(sides)),
      gateway({*node.environment_, *node.world_, node.store_, *writer, committer, front(), clock,
               dispatcher, registry}) {}

SimNode::SimNode(Environment& environment, World& world, RetentionWatch& watch,
                 const Oracle& oracle)
    : environment_(&environment),
      world_(&world),
      retention_watch_(&watch),
      oracle_(&oracle),
      order_watch_(environment, world) {
  for (std::size_t i = 0; i < environment.options.destinations.size(); ++i) {
    destinations_.emplace_back(environment, i);
  }
}

SimNode::~SimNode() {
  environment_->scheduler.drop(owner_);
}

std::unique_ptr<journal::Writer> SimNode::open() {
  const std::uint64_t before = fingerprint(store_);
  const bool founding = !*store_.get(journal::Table::meta, journal::keys::kFormat);
  if (founding && environment_->strikes(environment_->faults.failed_sync)) {
    environment_->coverage.hit(Mark::founding_failed);
    store_.fail_next_sync({core::ErrorCode::io, core::Fault::us, core::Retry::never,
                           "the simulated disk failed to sync"});
    if (journal::Writer::open(store_, {}, environment_->random)) {
      world_->violate("a journal was founded although its sync failed");
    }
    return nullptr;
  }
  auto writer = journal::Writer::open(store_, {}, environment_->random);
  if (!writer) {
    world_->violate("the node does not start: " + writer.error().message);
    return nullptr;
  }
  if (!founding && fingerprint(store_) != before) {
    world_->violate("I11: opening the journal changed it");
  }
  return *std::move(writer);
}

void SimNode::start() {
  ++owner_;
  environment_->note("start", owner_);
  auto writer = open();
  if (!writer) {
    return;
  }
  life_ = std::make_unique<Life>(*this, owner_, std::move(writer));
  audit();
  if (auto wrong = oracle_->check_promises(store_)) {
    world_->violate(*std::move(wrong));
  }
  register_names();
}

void SimNode::audit() {
  if (!life_) {
    return;
  }
  retention_watch_->reached(life_->clock.now());
  const auto journal = StoredJournal::read(store_);
  if (!journal) {
    world_->violate(journal.error().message);
    return;
  }
  if (auto wrong = oracle_->check_books(*journal, *life_->writer)) {
    world_->violate(*std::move(wrong));
    return;
  }
  retention_watch_->look(*journal, life_->writer->durable_below());
  cover(*journal);
}

void SimNode::cover(const StoredJournal& journal) {
  for (const auto& [ref, record] : journal.deliveries) {
    if (record.parked) {
      environment_->coverage.hit(Mark::parked);
    }
    if (record.reason == core::Reason::newer_version) {
      environment_->coverage.hit(Mark::superseded);
    }
  }
}

void SimNode::register_names() {
  std::vector<std::string> sources;
  for (const Source& source : kSources) {
    sources.emplace_back(source.name);
  }
  std::vector<std::string> destinations;
  for (const delivery::DestinationOptions& destination : environment_->options.destinations) {
    destinations.push_back(destination.name);
  }
  Life& life = *life_;
  life.committer.submit(std::make_unique<journal::Register>(
      life.front(), std::move(sources), std::move(destinations),
      [this, &life](core::Result<journal::Names> names) {
        if (!names) {
          world_->violate("names could not be registered: " + names.error().message);
          return;
        }
        for (const auto& [name, record] : names->destinations) {
          world_->named(name, record.number);
        }
        apply_destinations(*names);
        life.gateway.open(*names);
        life.ready = true;
      }));
}

void SimNode::apply_destinations(const journal::Names& names) {
  std::vector<delivery::LaneSetup> setups;
  for (const delivery::DestinationOptions& options : environment_->options.destinations) {
    const journal::DestinationRecord& record = names.destinations.at(options.name);
    auto destination = std::make_shared<delivery::Destination>(
        record.number, options, *delivery::Signer::compile(options), nullptr);
    setups.push_back({std::move(destination), record});
  }
  life_->dispatcher.apply(setups);
}

void SimNode::stop(core::Duration patience) {
  Life& life = *life_;
  for (const auto& side : life.sides) {
    if (side->engine.open() != 0) {
      environment_->coverage.hit(Mark::stopped_while_busy);
    }
  }
  environment_->note("stop", static_cast<std::uint64_t>(patience.count()));
  life.stopping = true;
  life.dispatcher.stop(life.clock.now() + patience, [&life] { life.stopped = true; });
}

void SimNode::crash() {
  Coverage& coverage = environment_->coverage;
  const std::size_t unsynced = store_.unsynced_batches();
  const std::size_t surviving = environment_->random.below(unsynced + 1);
  coverage.hit(unsynced == 0 ? Mark::crash_idle : Mark::crash_with_unsynced_batches);
  if (surviving != 0 && surviving < unsynced) {
    coverage.hit(Mark::crash_kept_some_unsynced);
  }
  if (syncing()) {
    coverage.hit(Mark::crash_between_write_and_sync);
  }
  if (life_ && !life_->ready) {
    coverage.hit(Mark::crash_before_ready);
  }
  if (life_) {
    retention_watch_->reached(life_->clock.now());
  }
  environment_->note("crash", unsynced, std::to_string(surviving));
  environment_->scheduler.drop(owner_);
  life_.reset();
  store_.crash(surviving);
  world_->crashed();
  order_watch_.crashed();
}

}  // namespace spillway::simulation
