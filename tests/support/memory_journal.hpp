// A whole journal on virtual time for unit tests: the real writer and group commit over the store
// in memory. Commands that fail can be ordered, and the node can crash.
#pragma once

#include "core/random.hpp"
#include "journal/accept.hpp"
#include "journal/command.hpp"
#include "journal/group_commit.hpp"
#include "journal/memory_store.hpp"
#include "journal/operate.hpp"
#include "journal/writer.hpp"
#include "tests/support/virtual_time.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace spillway::support {

class MemoryJournal final : public journal::CommandQueue {
 public:
  explicit MemoryJournal(VirtualTime& time);

  void submit(std::unique_ptr<journal::Command> command) override;

  // So many of the next settlements are answered with an error and not written.
  void fail_settles(std::size_t count) { failing_settles_ = count; }
  // Settlements are held back until release_settles().
  void hold_settles() { holding_ = true; }
  void release_settles();

  // Loses what was not synced and opens again. Drops every task and timer.
  void crash();

  // Each of these runs what is ready until the answer is there.
  journal::Names register_names(const std::vector<std::string>& destinations);
  // One event to each of the destinations.
  journal::AcceptedEvent accept(const std::string& body,
                                const std::vector<journal::DestinationNumber>& destinations,
                                std::optional<core::ClaimKey> claim = std::nullopt);
  std::vector<journal::OpenDelivery> replay(journal::Sequence sequence);
  void set_paused(journal::DestinationNumber number, std::optional<std::string> reason);

  [[nodiscard]] const core::EventPtr& last_event() const { return last_event_; }
  [[nodiscard]] journal::MemoryStore& store() { return store_; }
  [[nodiscard]] journal::Writer& writer() { return *writer_; }
  [[nodiscard]] journal::DeliveryRecord delivery(journal::DeliveryRef ref);
  [[nodiscard]] journal::Counts counts(journal::DestinationNumber number);

 private:
  void open();
  void commit();

  VirtualTime* time_;
  VirtualExecutor executor_;
  core::SeededRandom random_{1};
  journal::MemoryStore store_;
  std::unique_ptr<journal::Writer> writer_;
  std::unique_ptr<journal::GroupCommit> group_;
  std::vector<std::unique_ptr<journal::Command>> queue_;
  std::vector<std::unique_ptr<journal::Command>> held_;
  bool commit_posted_ = false;
  bool holding_ = false;
  std::size_t failing_settles_ = 0;
  core::EventPtr last_event_;
};

}  // namespace spillway::support
