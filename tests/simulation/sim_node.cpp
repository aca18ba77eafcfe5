#include "tests/simulation/sim_node.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "journal/keys.hpp"
#include "journal/reader.hpp"
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
             {life.attempts, life.pace, node.order_watch_, life.metrics}, life.committer, executor,
             life.clock),
      engine({executor, life.clock, node.environment_->random, life.committer, backlog, sender,
              life.bodies, life.probe}) {}

SimNode::Life::Life(SimNode& node, Owner owner, std::unique_ptr<journal::Writer> opened)
    : clock(node.environment_->scheduler, node.environment_->wall),
      committing(node.environment_->scheduler, clock, owner, Thread::committer),
      reading(node.environment_->scheduler, clock, owner, Thread::reader),
      searching(node.environment_->scheduler, clock, owner, Thread::searcher),
      writer(std::move(opened)),
      committer(*node.environment_, node.store_, *writer, committing, clock,
                {.synced =
                     [&node](std::uint64_t command) {
                       node.world_->synced(command);
                       node.job_watch_->synced(node.store_);
                     },
                 .failed = [this] { failing = true; }}),
      bodies(node.environment_->options.waiting_body_bytes_max),
      probe(registry),
      pace(*node.environment_, *node.world_, registry),
      attempts(*node.world_, pace),
      metrics(node.environment_->options, *node.world_, registry),
      sides([&] {
        std::vector<std::unique_ptr<Side>> made;
        for (std::size_t i = 0; i < node.environment_->options.engines; ++i) {
          made.push_back(std::make_unique<Side>(node, *this, owner, i));
        }
        return made;
      }()),
      dispatcher(engines_of(sides)),
      gateway({*node.environment_, *node.world_, node.store_, *writer, committer, front(), clock,
               dispatcher, registry}),
      job_queue(node),
      job_probe(registry),
      jobs({.executor = searching,
            .clock = clock,
            .store = node.store_,
            .commands = job_queue,
            .hasher = writer->hasher(),
            .probe = job_probe,
            .route = [this](const core::Event&) { return gateway.other_route(); },
            .opened =
                [&node, this](std::vector<journal::OpenDelivery> news) {
                  node.changed_by_job(*this, std::move(news));
                }}) {}

void SimNode::JobQueue::submit(std::unique_ptr<journal::Command> command) {
  if (node->job_watch_->is_new(node->store_)) {
    node->audit();
  }
  node->life_->committer.submit(std::move(command));
}

SimNode::SimNode(Environment& environment, World& world, RetentionWatch& retention, JobWatch& jobs,
                 const Oracle& oracle)
    : environment_(&environment),
      world_(&world),
      retention_watch_(&retention),
      job_watch_(&jobs),
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
  life_->metrics.begins(*StoredJournal::read(store_));
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
  retention_watch_->look(*journal);
  job_watch_->look(*journal);
  if (std::ranges::all_of(life_->sides,
                          [](const auto& side) { return side->engine.open() == 0; })) {
    life_->metrics.check_dead(*journal);
  }
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
    if (!left_out_.contains(destination.name)) {
      destinations.push_back(destination.name);
    }
  }
  Life& life = *life_;
  life.committer.submit(std::make_unique<journal::Register>(
      life.front(), std::move(sources), std::move(destinations),
      [this, &life](core::Result<journal::Names> names) {
        if (!names) {
          world_->violate("names could not be registered: " + names.error().message);
          return;
        }
        registered(life, *names);
      }));
}

void SimNode::registered(Life& life, const journal::Names& names) {
  for (const auto& [name, record] : names.destinations) {
    world_->named(name, record.number);
  }
  // Lanes first, as the node does: what the new routes send must find them.
  apply_destinations(names);
  life.gateway.open(names);
  const journal::Sequence next = life.writer->next_sequence();
  for (const auto& [name, number] : world_->names()) {
    const bool is_there = names.destinations.contains(name);
    if (is_there != world_->is_removed(number)) {
      continue;
    }
    life.pace.reconfigured(number);
    if (is_there) {
      environment_->coverage.hit(Mark::destination_brought_back);
      world_->brought_back(number, next + life.gateway.events_under_way());
    } else {
      environment_->coverage.hit(Mark::destination_removed);
    }
  }
  for (const auto& [name, number] : world_->names()) {
    if (!names.destinations.contains(name)) {
      world_->removed(number, environment_->scheduler.now(), next);
    }
  }
  if (!life.ready) {
    life.ready = true;
    life.jobs.wake();
  }
}

void SimNode::toggle(std::size_t destination) {
  const std::string& name = environment_->options.destinations[destination].name;
  if (left_out_.erase(name) == 0) {
    if (left_out_.size() + 1 == environment_->options.destinations.size()) {
      return;
    }
    left_out_.insert(name);
  }
  environment_->note("reload", destination);
  register_names();
}

void SimNode::bring_back_all() {
  if (!left_out_.empty()) {
    left_out_.clear();
    register_names();
  }
}

void SimNode::apply_destinations(const journal::Names& names) {
  std::vector<delivery::LaneSetup> setups;
  for (const delivery::DestinationOptions& options : environment_->options.destinations) {
    const auto known = names.destinations.find(options.name);
    if (known == names.destinations.end()) {
      continue;
    }
    const journal::DestinationRecord& record = known->second;
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
  life.dispatcher.stop(life.clock.now() + patience, [&life] {
    life.stopped = true;
    life.searching.post([&life] { life.jobs.stop(); });
  });
}

void SimNode::changed_by_job(Life& life, std::vector<journal::OpenDelivery> news) {
  std::vector<delivery::Opened> offered;
  for (journal::OpenDelivery& delivery : news) {
    const auto head = journal::Reader(store_).head(delivery.ref.sequence);
    if (*head) {  // else retention was quicker
      if (delivery.record.state == core::DeliveryState::pending) {
        world_->promised({(*head)->id, delivery.ref.destination}, {delivery.record.generation});
      } else if (delivery.record.reason == core::Reason::erased) {
        environment_->coverage.hit(Mark::erased_while_waiting);
      }
    }
    offered.push_back({std::move(delivery), nullptr});
  }
  life.dispatcher.offer(life.searching, std::move(offered));
}

bool SimNode::jobs_running() const {
  const auto jobs = retry::read_jobs(store_);
  return std::ranges::count(*jobs, retry::JobState::running, &retry::JobRecord::state) != 0;
}

void SimNode::crash() {
  Coverage& coverage = environment_->coverage;
  const std::size_t unsynced = store_.unsynced_batches();
  // Often it is the process alone that dies: what it has written is still there.
  const bool process_alone = environment_->random.below(4) == 0;
  const std::size_t surviving = process_alone ? unsynced : environment_->random.below(unsynced + 1);
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
  if (!left_out_.empty()) {
    coverage.hit(Mark::crash_while_removed);
  }
  if (jobs_running()) {
    coverage.hit(Mark::crash_during_job);
  }
  const bool lossless = surviving == unsynced;
  if (life_) {
    retention_watch_->reached(life_->clock.now());
    if (!lossless) {
      retention_watch_->crashed(life_->writer->durable_below());
    }
  }
  environment_->note("crash", unsynced, std::to_string(surviving));
  environment_->scheduler.drop(owner_);
  life_.reset();
  store_.crash(surviving);
  if (world_->waits_for_sync()) {
    coverage.hit(lossless ? Mark::memory_ack_survived : Mark::memory_ack_lost);
  }
  world_->crashed(lossless ? World::Crash::of_process : World::Crash::of_power);
  job_watch_->crashed();
  order_watch_.crashed();
}

}  // namespace spillway::simulation
