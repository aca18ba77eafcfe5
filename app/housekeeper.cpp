#include "app/housekeeper.hpp"

#include <memory>
#include <utility>

#include "app/ballast.hpp"
#include "core/log.hpp"

namespace spillway::app {
namespace {

using core::DeliveryState;

// History is worth retiring early only where enough of it is delivered: what waits is copied.
constexpr double kDeliveredShareMin = 0.1;
constexpr std::uint64_t kSweepMinutes = 60;
constexpr int kLooksPerSweep = 20;  // where the disk is short

void log_failure(const char* what, const core::Error& error) {
  core::log(core::LogLevel::error, what, {{"error", error.message}});
}

}  // namespace

Housekeeper::Housekeeper(HousekeeperParts parts, HousekeeperOptions options)
    : parts_(parts),
      options_(std::move(options)),
      journal_bytes_(parts.registry.gauge("spillway_journal_bytes",
                                          "Bytes of the journal on disk, logs included")),
      budget_ratio_(parts.registry.gauge("spillway_disk_budget_ratio",
                                         "Share of the disk budget, or of the disk, in use")),
      dedup_bytes_(parts.registry.gauge("spillway_dedup_bytes",
                                        "Estimated bytes of remembered idempotency keys")),
      clock_stepped_(parts.registry.gauge(
          "spillway_clock_stepped",
          "1 while the system clock is more than 5 minutes off: retention waits")),
      clock_offset_(parts.registry.gauge(
          "spillway_clock_offset_seconds",
          "How far the system clock is ahead of the time in use, which does not step")),
      retired_early_(parts.registry.counter(
          "spillway_retired_early_total",
          "Delivered deliveries forgotten before their retention because the disk ran short")),
      keys_forgotten_early_(parts.registry.counter(
          "spillway_dedup_forgotten_early_total",
          "Idempotency keys forgotten before their window because of dedup.max_bytes")) {}

void Housekeeper::start() {
  every_second();
  watch_disk();
  every_minute();
}

void Housekeeper::stop() {
  stopped_ = true;
}

void Housekeeper::set_limits(journal::Retention retention,
                             std::map<journal::SourceNumber, journal::DedupLimit> dedup) {
  options_.retention = retention;
  options_.dedup = std::move(dedup);
}

void Housekeeper::every_second() {
  if (stopped_) {
    return;
  }
  watch_clock();
  parts_.executor.run_at(parts_.clock.now() + std::chrono::seconds(1), [this] { every_second(); });
}

void Housekeeper::watch_clock() {
  const bool was_stepped = parts_.clock.stepped();
  parts_.clock.tick();
  const bool stepped = parts_.clock.stepped();
  const double offset = std::chrono::duration<double>(parts_.clock.offset()).count();
  if (stepped && !was_stepped) {
    core::log(core::LogLevel::error, "clock.stepped",
              {{"offset_seconds", offset},
               {"effect",
                "retention and the forgetting of keys wait until the clock agrees again; "
                "if the new time is right, restart"}});
  } else if (was_stepped && !stepped) {
    core::log(core::LogLevel::info, "clock.agrees", {{"offset_seconds", offset}});
  }
  clock_stepped_.set(stepped ? 1 : 0);
  clock_offset_.set(offset);
}

void Housekeeper::watch_disk() {
  if (stopped_) {
    return;
  }
  core::Duration again_in = std::chrono::seconds(1);
  std::error_code error;
  const auto space = std::filesystem::space(options_.data_dir, error);
  if (error) {
    core::log(core::LogLevel::error, "disk.unreadable", {{"error", error.message()}});
    parts_.gate.disk_room.store(disk_room_, std::memory_order_relaxed);  // as far as anybody knows
  } else {
    const std::uint64_t used = parts_.store.disk_bytes();
    const auto decision =
        options_.budget.decide({.used = used,
                                .rewrite = parts_.store.rewrite_bytes(),
                                .arriving = parts_.ingest_memory.used(),
                                .free = space.available,
                                .pending = parts_.writer.stored().in(DeliveryState::pending)});
    journal_bytes_.set(static_cast<double>(used));
    act_on(decision, used);
    again_in = decision.holds_for;
  }
  parts_.executor.run_at(parts_.clock.now() + again_in, [this] { watch_disk(); });
}

void Housekeeper::act_on(const journal::DiskBudget::Decision& decision, std::uint64_t used) {
  if (options_.drain_only && decision.accept && make_ballast(options_.data_dir)) {
    options_.drain_only = false;
    core::log(core::LogLevel::info, "disk.recovered");
  }
  const bool full = !decision.accept || options_.drain_only;
  disk_room_ = static_cast<std::int64_t>(decision.room);
  parts_.gate.disk_room.store(disk_room_, std::memory_order_relaxed);
  if (full != parts_.gate.disk_full.exchange(full)) {
    core::log(full ? core::LogLevel::error : core::LogLevel::info,
              full ? "disk.full" : "disk.accepting",
              {{"used_bytes", used}, {"budget_bytes", options_.budget.budget}});
  }
  budget_ratio_.set(decision.used_ratio);
  disk_short_ = decision.reclaim_bytes > 0 && early_retirement_pays();
  if (disk_short_) {
    retire_early(decision);
    sweep_early(decision.holds_for);
  }
}

bool Housekeeper::early_retirement_pays() const {
  const journal::Counts stored = parts_.writer.stored();
  return static_cast<double>(stored.in(DeliveryState::delivered)) >
         kDeliveredShareMin * static_cast<double>(stored.accepted);
}

void Housekeeper::every_minute() {
  if (stopped_) {
    return;
  }
  if (!parts_.clock.stepped()) {
    retire();
    // What was kept is asked about seldom, since most of it stays for long.
    if (minutes_++ % kSweepMinutes == 0) {
      sweep({});
    }
    forget_keys();
  }
  parts_.executor.run_at(parts_.clock.now() + std::chrono::minutes(1), [this] { every_minute(); });
}

void Housekeeper::retire() {
  if (std::exchange(retiring_, true)) {
    return;
  }
  ask_to_retire(false, [](const journal::Retired& done) { return done.more; });
}

void Housekeeper::retire_early(const journal::DiskBudget::Decision& wanted) {
  if (std::exchange(retiring_, true)) {
    return;
  }
  // The oldest first, and only until that much is gone; the next look asks again.
  ask_to_retire(true, [this, wanted, gone = std::uint64_t{0},
                       copied = std::uint64_t{0}](const journal::Retired& done) mutable {
    retired_early_.add(done.forgotten);
    gone += done.body_bytes;
    copied += done.kept_bytes;
    return done.more && gone < wanted.reclaim_bytes && copied < wanted.copy_bytes_max;
  });
}

// What had to be kept when its time came, and is delivered by now, takes space too.
void Housekeeper::sweep_early(core::Duration look_every) {
  const core::Time now = parts_.clock.now();
  if (now >= sweep_early_again_ && !parts_.clock.stepped()) {
    sweep_early_again_ = now + kLooksPerSweep * look_every;
    sweep({});
  }
}

void Housekeeper::ask_to_retire(bool early, Continue go_on) {
  parts_.commands.submit(std::make_unique<journal::Retire>(
      parts_.executor, options_.retention, early,
      [this, early, go_on = std::move(go_on)](core::Result<journal::Retired> done) mutable {
        if (!done) {
          log_failure("retention.failed", done.error());
        } else if (done->events > 0 && go_on(*done) && !stopped_) {
          ask_to_retire(early, std::move(go_on));
          return;
        }
        retiring_ = false;
      }));
}

void Housekeeper::sweep(std::string cursor) {
  if ((sweeping_ && cursor.empty()) || stopped_) {
    return;
  }
  sweeping_ = true;
  journal::Retention retention = options_.retention;
  if (disk_short_) {
    retention.delivered = {};  // what was kept while it waited, and is delivered now
  }
  parts_.commands.submit(std::make_unique<journal::SweepKept>(
      parts_.executor, retention, std::move(cursor), [this](core::Result<journal::Swept> done) {
        if (!done) {
          log_failure("retention.failed", done.error());
        } else if (!done->cursor.empty()) {
          sweep(done->cursor);
          return;
        }
        sweeping_ = false;
      }));
}

void Housekeeper::forget_keys() {
  parts_.commands.submit(std::make_unique<journal::ForgetKeys>(
      parts_.executor, options_.dedup, [this](core::Result<journal::ForgottenKeys> done) {
        if (!done) {
          log_failure("retention.failed", done.error());
          return;
        }
        keys_forgotten_early_.add(done->early);
        dedup_bytes_.set(static_cast<double>(done->bytes_left));
      }));
}

}  // namespace spillway::app
