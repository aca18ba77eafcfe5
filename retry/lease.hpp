// Whether this node may attempt what others can take over from it (docs/correctness.md 30). It
// signs that it is alive in the control topic; who hears no sign for the length of its lease takes
// over what it had accepted. So it attempts such deliveries for half that long after its last sign
// that the log acknowledged, by the clock that also counts while the machine sleeps, and begins
// none that may last longer than the lease: it ends before anybody else begins. Told by
// LeaseKeeper, asked by engines on their threads.
#pragma once

#include "core/clock.hpp"
#include "delivery/fence.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>

namespace spillway::retry {

class Lease final : public delivery::Fence {
 public:
  // Time since the machine's start, its sleep included.
  using BootClock = std::function<core::Duration()>;

  static constexpr core::Duration kLengthMin = std::chrono::seconds(30);
  // Long enough for an attempt that takes this long at most.
  [[nodiscard]] static core::Duration length_for(core::Duration attempt_max) {
    return std::max(kLengthMin, 2 * attempt_max);
  }

  Lease(core::Duration length, BootClock clock) : length_(length), clock_(std::move(clock)) {}

  [[nodiscard]] core::Duration length() const { return length_; }
  [[nodiscard]] core::Duration now() const { return clock_(); }

  [[nodiscard]] bool holds() const override { return holds_for(length_ / 2); }
  [[nodiscard]] bool holds_for(core::Duration attempt) const override;
  [[nodiscard]] std::uint64_t turn() const override { return turn_; }

  // A sign that was written then is in the log. False: the lease had run out, or was never taken;
  // others may have taken over, and take() is for when that is known.
  [[nodiscard]] bool renew(core::Duration written);
  // All that others have taken over is known, and signs up to this one were in the log in time.
  void take(core::Duration written) {
    ++turn_;
    signed_ = written.count();
  }
  void give_up() { signed_ = kNever; }

 private:
  static constexpr std::int64_t kNever = -1;

  const core::Duration length_;
  const BootClock clock_;
  std::atomic<std::int64_t> signed_{kNever};
  std::atomic<std::uint64_t> turn_{0};
};

}  // namespace spillway::retry
