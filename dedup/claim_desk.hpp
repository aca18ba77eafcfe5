// The claim across nodes (docs/correctness.md 32, 33): asks the store with a deadline of a few
// milliseconds, and says `unavailable` where it does not know: an event is delivered twice rather
// than late. Only at the start it waits for as long as the first ping may take. Between engine and
// store, one for each engine, on its executor.
#pragma once

#include "core/clock.hpp"
#include "core/executor.hpp"
#include "dedup/claim_probe.hpp"
#include "dedup/claim_store.hpp"
#include "dedup/store_health.hpp"
#include "delivery/claims.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace spillway::dedup {

struct ClaimDeskOptions {
  std::string node;                                       // names this one in what others see
  core::Duration timeout = std::chrono::milliseconds(5);  // of a claim
};

class ClaimDesk final : public delivery::Claims {
 public:
  // How long a ping may take: a slow store is better than none while nobody waits for it.
  static constexpr core::Duration kPingTimeout = std::chrono::seconds(1);

  // All outlive the desk, and the desk outlives what the store may still call back.
  ClaimDesk(core::Executor& executor, const core::Clock& clock, ClaimStore& store,
            ClaimProbe& probe, ClaimDeskOptions options);

  // Begins to ask whether the store is there. On the executor, once.
  void start();
  // Asks no more. On the executor.
  void stop();

  void claim(const core::Event& event, Callback callback) override;

 private:
  struct Question;

  void ask(const std::shared_ptr<Question>& question);
  void answered(Question& question, core::Result<std::string> holder);
  void timed_out(Question& question);
  void ping();
  void pinged(core::Result<void> outcome);
  void tell_change(const std::string& why);

  core::Executor* executor_;
  const core::Clock* clock_;
  ClaimStore* store_;
  ClaimProbe* probe_;
  ClaimDeskOptions options_;
  StoreHealth health_;
  std::vector<std::shared_ptr<Question>> early_;  // asked before the first ping had ended
  bool knows_ = false;                            // it has
  core::TimerId timer_ = 0;                       // of the ping under way, or until the next one
  std::uint64_t pings_ = 0;                       // an answer to an earlier one says nothing
  bool told_up_ = false;
  bool stopped_ = false;
};

}  // namespace spillway::dedup
