#include "tests/simulation/sim_node.hpp"

#include <string>
#include <utility>

#include "tests/simulation/stored_journal.hpp"

namespace spillway::simulation {

SimNode::Life::Life(SimNode& node, Owner owner, std::unique_ptr<journal::Writer> opened)
    : clock(node.environment_->scheduler, node.environment_->wall),
      executor(node.environment_->scheduler, clock, owner),
      writer(std::move(opened)),
      committer(*node.environment_, node.store_, *writer, executor, clock,
                {.synced = [world = node.world_] { world->synced(); },
                 .failed = [this] { failing = true; }}),
      forwarder(*node.environment_, *node.world_, node.store_, committer, executor, clock),
      gateway(*node.environment_, *node.world_, node.store_, *writer, committer, executor, clock,
              [this](const journal::OpenDelivery& delivery) { forwarder.opened(delivery); }) {}

SimNode::~SimNode() {
  environment_->scheduler.drop(owner_);
}

std::unique_ptr<journal::Writer> SimNode::open() {
  const std::uint64_t before = fingerprint(store_);
  const bool founding = StoredJournal::read(store_)->commit.commit == 0;
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
  if (auto wrong = oracle_->check_books(store_, *life_->writer)) {
    world_->violate(*std::move(wrong));
  } else if (wrong = oracle_->check_promises(store_); wrong) {
    world_->violate(*std::move(wrong));
  }
  register_names();
}

void SimNode::register_names() {
  std::vector<std::string> sources;
  for (const Source& source : kSources) {
    sources.emplace_back(source.name);
  }
  std::vector<std::string> destinations;
  for (std::size_t i = 0; i < environment_->options.destinations; ++i) {
    destinations.push_back(destination_name(i));
  }
  Life& life = *life_;
  life.committer.submit(std::make_unique<journal::Register>(
      life.executor, std::move(sources), std::move(destinations),
      [this, &life](core::Result<journal::Names> names) {
        if (!names) {
          world_->violate("names could not be registered: " + names.error().message);
          return;
        }
        std::vector<journal::DestinationRecord> known;
        for (const auto& [name, record] : names->destinations) {
          world_->named(name, record.number);
          known.push_back(record);
        }
        life.gateway.set_names(*std::move(names));
        life.forwarder.recover(known);
        life.ready = true;
      }));
}

void SimNode::crash() {
  Coverage& coverage = environment_->coverage;
  const std::size_t unsynced = store_.unsynced_batches();
  const std::size_t surviving = environment_->random.below(unsynced + 1);
  coverage.hit(unsynced == 0 ? Mark::crash_idle : Mark::crash_with_unsynced_batches);
  if (surviving != 0 && surviving < unsynced) {
    coverage.hit(Mark::crash_kept_some_unsynced);
  }
  if (life_ && life_->committer.syncing()) {
    coverage.hit(Mark::crash_between_write_and_sync);
  }
  if (life_ && !life_->ready) {
    coverage.hit(Mark::crash_before_ready);
  }
  environment_->note("crash", unsynced, std::to_string(surviving));
  environment_->scheduler.drop(owner_);
  life_.reset();
  store_.crash(surviving);
  world_->crashed();
}

}  // namespace spillway::simulation
