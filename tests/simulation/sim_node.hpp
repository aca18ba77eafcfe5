// SimNode: the node under test, as a succession of lives over one store. A life is made of the
// real journal and delivery code on a virtual executor; a crash destroys it with all that waited,
// loses a part of what was not synced, and the next life recovers. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/byte_budget.hpp"
#include "core/metrics.hpp"
#include "delivery/dispatcher.hpp"
#include "delivery/engine.hpp"
#include "delivery/journal_backlog.hpp"
#include "delivery/probe.hpp"
#include "journal/memory_store.hpp"
#include "journal/operate.hpp"
#include "journal/writer.hpp"
#include "retry/job_probe.hpp"
#include "retry/job_runner.hpp"
#include "tests/simulation/attempt_watch.hpp"
#include "tests/simulation/environment.hpp"
#include "tests/simulation/faulty_backlog.hpp"
#include "tests/simulation/job_watch.hpp"
#include "tests/simulation/metrics_watch.hpp"
#include "tests/simulation/oracle.hpp"
#include "tests/simulation/order_watch.hpp"
#include "tests/simulation/pace_watch.hpp"
#include "tests/simulation/retention_watch.hpp"
#include "tests/simulation/sim_committer.hpp"
#include "tests/simulation/sim_destination.hpp"
#include "tests/simulation/sim_executor.hpp"
#include "tests/simulation/sim_gateway.hpp"
#include "tests/simulation/sim_sender.hpp"
#include "tests/simulation/world.hpp"

namespace spillway::simulation {

class SimNode {
 public:
  struct Life;

  // An engine with the ports around it.
  struct Side {
    Side(SimNode& node, Life& life, Owner owner, std::size_t index);

    SimExecutor executor;
    delivery::JournalBacklog journal_backlog;
    FaultyBacklog backlog;
    SimSender sender;
    delivery::Engine engine;
  };

  // The journal as jobs see it: the watch has seen each job before it changes anything.
  struct JobQueue final : journal::CommandQueue {
    explicit JobQueue(SimNode& watched) : node(&watched) {}
    void submit(std::unique_ptr<journal::Command> command) override;

    SimNode* node;
  };

  // What runs between a start and a crash. Its parts refer to each other, so it never moves.
  struct Life {
    Life(SimNode& node, Owner owner, std::unique_ptr<journal::Writer> opened);
    // Where requests and operators are served.
    [[nodiscard]] core::Executor& front() { return sides.front()->executor; }

    SimClock clock;
    SimExecutor committing;
    SimExecutor reading;
    SimExecutor searching;
    std::unique_ptr<journal::Writer> writer;
    SimCommitter committer;
    core::ByteBudget bodies;
    core::Registry registry;
    delivery::Probe probe;
    PaceWatch pace;
    AttemptWatch attempts;
    MetricsWatch metrics;
    std::vector<std::unique_ptr<Side>> sides;
    delivery::Dispatcher dispatcher;
    SimGateway gateway;
    JobQueue job_queue;
    retry::JobProbe job_probe;
    retry::JobRunner jobs;
    bool ready = false;    // names are registered, requests are taken
    bool failing = false;  // the disk failed: the process is about to stop
    bool stopping = false;
    bool stopped = false;  // every engine has
  };

  SimNode(Environment& environment, World& world, RetentionWatch& retention, JobWatch& jobs,
          const Oracle& oracle);
  ~SimNode();
  SimNode(const SimNode&) = delete;
  SimNode& operator=(const SimNode&) = delete;

  // Recovers and begins a life. It may not come up when the disk fails meanwhile: crash() then.
  void start();
  // Ends the life, if there is one, and loses what was not synced. Not from one of its tasks.
  void crash();

  // A reload leaves a destination out, or brings it back; numbered as in the options. The last one
  // that is left stays.
  void toggle(std::size_t destination);
  // A reload brings back all that were left out.
  void bring_back_all();

  // Begins to end in order: no requests any more, and attempts have that long to finish.
  void stop(core::Duration patience);
  [[nodiscard]] bool stopping() const { return life_ && life_->stopping; }
  [[nodiscard]] bool stopped() const { return life_ && life_->stopped; }
  [[nodiscard]] bool syncing() const { return life_ && life_->committer.syncing(); }
  [[nodiscard]] std::size_t tasks_left() const { return environment_->scheduler.waiting(owner_); }

  // Holds what is stored, and the books in memory, to each other.
  void audit();

  [[nodiscard]] bool jobs_running() const;

  [[nodiscard]] Life* life() { return life_.get(); }
  [[nodiscard]] bool accepting() const {
    return life_ && life_->ready && !life_->failing && !life_->stopping;
  }
  [[nodiscard]] bool must_stop() const { return !life_ || life_->failing; }
  [[nodiscard]] std::uint32_t lives() const { return owner_; }
  [[nodiscard]] const journal::MemoryStore& store() const { return store_; }

 private:
  std::unique_ptr<journal::Writer> open();
  void register_names();
  void registered(Life& life, const journal::Names& names);
  void apply_destinations(const journal::Names& names);
  void cover(const StoredJournal& journal);
  // A job did this, durably.
  void changed_by_job(Life& life, std::vector<journal::OpenDelivery> news);

  Environment* environment_;
  World* world_;
  RetentionWatch* retention_watch_;
  JobWatch* job_watch_;
  const Oracle* oracle_;
  OrderWatch order_watch_;
  journal::MemoryStore store_;
  std::vector<SimDestination> destinations_;
  std::set<std::string> left_out_;  // destinations, by the configuration as it is
  Owner owner_ = kWorld;
  std::unique_ptr<Life> life_;
};

}  // namespace spillway::simulation
