// The front door: HTTP around Ingest. Admits or refuses on the head alone, answers handshakes and
// health checks, and turns what Ingest says into responses. One per io thread, used on
// it alone; plan and gate are set from outside.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>

#include "core/byte_budget.hpp"
#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/executor.hpp"
#include "gateway/ingest.hpp"
#include "gateway/plan.hpp"
#include "http/handler.hpp"

namespace spillway::gateway {

// The plan of the moment. A lock of a few nanoseconds: libstdc++ 12's atomic<shared_ptr> gives its
// own up too loosely to be sound.
class CurrentPlan {
 public:
  [[nodiscard]] std::shared_ptr<const Plan> load() const {
    const std::lock_guard lock(mutex_);
    return plan_;
  }
  void store(std::shared_ptr<const Plan> plan) {
    const std::lock_guard lock(mutex_);
    plan_.swap(plan);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const Plan> plan_;
};

// What the rest of the process tells the front doors. Any thread.
struct Gate {
  CurrentPlan plan;
  std::atomic<bool> ready{false};      // false while starting and draining
  std::atomic<bool> disk_full{false};  // the budget is used up: accept nothing
  // Bytes of bodies that may be accepted until the disk is looked at again (docs/correctness.md
  // 13).
  std::atomic<std::int64_t> disk_room{std::numeric_limits<std::int64_t>::max()};

  // Are events taken now?
  [[nodiscard]] bool open() const { return ready && !disk_full; }
  // The error tells why not.
  [[nodiscard]] core::Result<void> check_open() const;
  // May a body of that many bytes be accepted before the next look?
  [[nodiscard]] bool take_disk_room(std::size_t bytes) {
    const auto wanted = static_cast<std::int64_t>(bytes);
    if (disk_room.fetch_sub(wanted, std::memory_order_relaxed) >= wanted) {
      return true;
    }
    disk_room.fetch_add(wanted, std::memory_order_relaxed);  // smaller ones may still fit
    return false;
  }
};

class FrontDoor final : public http::Handler {
 public:
  // All outlive the front door.
  FrontDoor(const Ingest& ingest, Gate& gate, core::ByteBudget& memory, const core::Clock& clock,
            core::Executor& executor, Probe& probe);

  [[nodiscard]] std::expected<http::BodyPolicy, http::Response> admit(
      const http::RequestHead& head) override;
  [[nodiscard]] http::Awaitable<http::Response> handle(http::Request request) override;

 private:
  [[nodiscard]] http::Response health(const http::RequestHead& head) const;
  [[nodiscard]] http::Awaitable<Answer> accept(std::shared_ptr<const Plan> plan, const Door* door,
                                               http::Request request);

  const Ingest& ingest_;
  Gate& gate_;
  core::ByteBudget& memory_;
  const core::Clock& clock_;
  core::Executor& executor_;
  Probe& probe_;
};

}  // namespace spillway::gateway
