// An engine on virtual time over the real journal logic, with a sender that does as told.
#pragma once

#include "core/byte_budget.hpp"
#include "core/metrics.hpp"
#include "core/random.hpp"
#include "delivery/engine.hpp"
#include "delivery/journal_backlog.hpp"
#include "tests/support/fake_sender.hpp"
#include "tests/support/memory_journal.hpp"
#include "tests/support/virtual_time.hpp"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace spillway::delivery {

// Passes on to another backlog, but fails as often as told.
class FailingBacklog final : public Backlog {
 public:
  FailingBacklog(Backlog& next, core::Executor& executor) : next_(&next), executor_(&executor) {}

  void fetch(FetchRequest request, FetchCallback callback) override {
    ++fetches;
    if (failures == 0) {
      next_->fetch(std::move(request), std::move(callback));
      return;
    }
    --failures;
    executor_->post([answer = std::move(callback)]() mutable {
      answer(core::fail(core::ErrorCode::io, "ordered to fail"));
    });
  }
  void read(journal::Sequence sequence, ReadCallback callback) override {
    ++reads;
    next_->read(sequence, std::move(callback));
  }

  std::size_t failures = 0;
  std::size_t fetches = 0;
  std::size_t reads = 0;

 private:
  Backlog* next_;
  core::Executor* executor_;
};

class EngineHarness {
 public:
  explicit EngineHarness(std::size_t body_bytes_max = 1 << 20) : bodies(body_bytes_max) {}

  // Without jitter, so that times are exact.
  static DestinationOptions options(std::string name) {
    DestinationOptions made;
    made.name = std::move(name);
    made.url = "http://" + made.name + ".example/";
    made.retry.jitter = 0;
    return made;
  }

  // Configures exactly these; their numbers are 1, 2, ... in order of their first appearance.
  void configure(const std::vector<DestinationOptions>& all) { apply(all, registered(all)); }

  journal::Names registered(const std::vector<DestinationOptions>& all) {
    std::vector<std::string> names;
    for (const DestinationOptions& one : all) {
      names.push_back(one.name);
    }
    return journal.register_names(names);
  }
  void apply(const std::vector<DestinationOptions>& all, const journal::Names& known) {
    std::vector<LaneSetup> setups;
    for (const DestinationOptions& one : all) {
      const journal::DestinationRecord& record = known.destinations.find(one.name)->second;
      auto signer = Signer::compile(one);
      setups.push_back({std::make_shared<Destination>(
                            Destination{record.number, one, *std::move(signer), nullptr}),
                        record});
    }
    engine->apply(setups);
    time.run_ready();
  }

  // Accepts an event for a destination and offers it; runs nothing more.
  journal::OpenDelivery post(const std::string& body, journal::DestinationNumber to = 1) {
    journal::AcceptedEvent accepted = journal.accept(body, {to});
    engine->offer({accepted.opened.front(), journal.last_event()});
    return accepted.opened.front();
  }

  // Answers with this result, and with 200 from the given attempt on.
  void fail_until(std::uint32_t attempt, const SendResult& result) {
    sender.behave = [attempt, result](const SendRequest& request) {
      return std::optional(request.attempt < attempt ? result : support::answered(200));
    };
  }
  void hang() {
    sender.behave = [](const SendRequest&) { return std::nullopt; };
  }
  static std::string numbered(int number) { return std::to_string(number); }

  // The node dies and comes back with what was durable.
  void crash() {
    journal.crash();
    disk.emplace(journal.store(), journal.writer(), executor, executor);
    start();
  }
  void start() { engine = std::make_unique<Engine>(parts()); }

  [[nodiscard]] std::uint64_t counter(const std::string& name, const core::Labels& labels = {}) {
    return registry.counter(name, "", labels).value();
  }

  support::VirtualTime time;
  support::VirtualExecutor executor{time};
  core::SeededRandom random{7};
  support::MemoryJournal journal{time};
  support::FakeSender sender{time};
  core::ByteBudget bodies;
  core::Registry registry;
  Probe probe{registry};
  std::optional<JournalBacklog> disk{std::in_place, journal.store(), journal.writer(), executor,
                                     executor};
  FailingBacklog backlog{*disk, executor};
  Claims* claims = nullptr;  // these count from the next start() on
  Spool* spool = nullptr;
  std::unique_ptr<Engine> engine = std::make_unique<Engine>(parts());

 private:
  EngineParts parts() {
    return {executor, time, random, journal, backlog, sender, bodies, probe, claims, spool};
  }
};

}  // namespace spillway::delivery
