// Hands deliveries over to the log: journals that nobody attempts them any more, writes them to the
// tier they are to wait in, and journals that they are there. What the log does not acknowledge is
// taken back (docs/correctness.md 22). One per engine, on the engine's executor.
#pragma once

#include "core/clock.hpp"
#include "core/executor.hpp"
#include "delivery/spool.hpp"
#include "journal/command.hpp"
#include "journal/custody.hpp"
#include "retry/hand_over_probe.hpp"
#include "retry/record_writer.hpp"
#include "retry/topics.hpp"

#include <atomic>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace spillway::retry {

// What a desk works with; all of it outlives the desk.
struct HandOverParts {
  core::Executor& executor;
  const core::Clock& clock;
  journal::CommandQueue& commands;
  RecordWriter& writer;
  HandOverProbe& probe;
  // Until then nothing is handed over: what a life before left halfway is put in order first.
  const std::atomic<bool>& open;
  Topics topics;
  std::string node;
  // Those that were taken back are to be attempted here again.
  std::function<void(std::vector<journal::OpenDelivery>)> taken_back;
};

class HandOverDesk final : public delivery::Spool {
 public:
  static constexpr std::size_t kUnderWayMax = 512;
  // After this, what could not be taken back is tried again.
  static constexpr core::Duration kSecondTry = std::chrono::seconds(1);

  explicit HandOverDesk(HandOverParts parts) : parts_(std::move(parts)) {}

  [[nodiscard]] bool takes(std::size_t body_bytes) const override;
  void hand_over(delivery::HandedDelivery handed, Callback callback) override;

  // Under way: not yet known to be in the log, or to be local.
  [[nodiscard]] std::size_t under_way() const { return under_way_; }

 private:
  [[nodiscard]] OutgoingMessage message_of(const delivery::HandedDelivery& handed) const;
  void write(const delivery::HandedDelivery& handed);
  void written(const journal::GenerationRef& delivery, const core::Result<void>& result);
  void take_back(const journal::GenerationRef& delivery);

  HandOverParts parts_;
  std::size_t under_way_ = 0;
};

}  // namespace spillway::retry
