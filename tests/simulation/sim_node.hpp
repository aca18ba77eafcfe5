// SimNode: the node under test, as a succession of lives over one store. A life is made of the
// real journal and delivery code on a virtual executor; a crash destroys it with all that waited,
// loses a part of what was not synced, and the next life recovers. One thread.
#pragma once

#include <memory>
#include <vector>

#include "core/random.hpp"
#include "journal/memory_store.hpp"
#include "journal/operate.hpp"
#include "journal/writer.hpp"
#include "tests/simulation/environment.hpp"
#include "tests/simulation/forwarder.hpp"
#include "tests/simulation/oracle.hpp"
#include "tests/simulation/sim_committer.hpp"
#include "tests/simulation/sim_executor.hpp"
#include "tests/simulation/sim_gateway.hpp"
#include "tests/simulation/world.hpp"

namespace spillway::simulation {

class SimNode {
 public:
  // What runs between a start and a crash. Its parts refer to each other, so it never moves.
  struct Life {
    Life(SimNode& node, Owner owner, std::unique_ptr<journal::Writer> opened);

    SimClock clock;
    SimExecutor executor;
    std::unique_ptr<journal::Writer> writer;
    SimCommitter committer;
    Forwarder forwarder;
    SimGateway gateway;
    bool ready = false;    // names are registered, requests are taken
    bool failing = false;  // the disk failed: the process is about to stop
  };

  SimNode(Environment& environment, World& world, const Oracle& oracle)
      : environment_(&environment), world_(&world), oracle_(&oracle) {}
  ~SimNode();
  SimNode(const SimNode&) = delete;
  SimNode& operator=(const SimNode&) = delete;

  // Recovers and begins a life. It may not come up when the disk fails meanwhile: crash() then.
  void start();
  // Ends the life, if there is one, and loses what was not synced. Not from one of its tasks.
  void crash();

  [[nodiscard]] Life* life() { return life_.get(); }
  [[nodiscard]] bool accepting() const { return life_ && life_->ready && !life_->failing; }
  [[nodiscard]] bool must_stop() const { return !life_ || life_->failing; }
  [[nodiscard]] std::uint32_t lives() const { return owner_; }
  [[nodiscard]] const journal::MemoryStore& store() const { return store_; }

 private:
  std::unique_ptr<journal::Writer> open();
  void register_names();

  Environment* environment_;
  World* world_;
  const Oracle* oracle_;
  journal::MemoryStore store_;
  Owner owner_ = kWorld;
  std::unique_ptr<Life> life_;
};

}  // namespace spillway::simulation
