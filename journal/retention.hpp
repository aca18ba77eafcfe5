// Retention: how long what is settled stays, as a maximum, and the commands that let it go. Pending
// deliveries never go. Retiring works through the live region in order of sequence, a bounded
// number of events per batch; survivors move to the kept region in the batch that moves the
// watermark past them (docs/correctness.md 15).
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "core/clock.hpp"
#include "journal/operate.hpp"
#include "journal/records.hpp"

namespace spillway::journal {

struct Retention {
  core::Duration delivered = std::chrono::days(3);  // also superseded and purged
  core::Duration dead = std::chrono::days(30);      // also expired
};

// May the delivery be forgotten at this time?
[[nodiscard]] bool outlived(const DeliveryRecord& record, const Retention& retention,
                            core::Time now);

struct Retired {
  std::uint64_t events = 0;      // looked at
  std::uint64_t forgotten = 0;   // deliveries that are gone now
  std::uint64_t kept = 0;        // deliveries moved to the kept region
  std::uint64_t body_bytes = 0;  // of the events that are gone as a whole
  std::uint64_t kept_bytes = 0;  // of bodies copied to the kept region
  bool more = false;             // there is more to do at once
};

// Works off the oldest live events whose slice is older than retention.delivered. With `early`, age
// does not matter: history that is delivered goes because the disk is short.
class Retire final : public SyncedCommand<Retired> {
 public:
  Retire(core::Executor& reply_to, Retention retention, bool early, Callback callback);
  [[nodiscard]] bool alone() const override { return true; }

 private:
  core::Result<Retired> decide(Stage& stage) override;

  Retention retention_;
  bool early_;
};

// Works through the kept region from `cursor` and lets go of what has outlived its retention. The
// result's cursor is where to go on; empty at the end.
struct Swept {
  std::uint64_t forgotten = 0;
  std::string cursor;
};

class SweepKept final : public SyncedCommand<Swept> {
 public:
  SweepKept(core::Executor& reply_to, Retention retention, std::string cursor, Callback callback);
  [[nodiscard]] bool alone() const override { return true; }

 private:
  core::Result<Swept> decide(Stage& stage) override;

  Retention retention_;
  std::string cursor_;
};

// How long, and in how much space, a source's idempotency keys are remembered.
struct DedupLimit {
  core::Duration window{};
  std::uint64_t bytes = 0;
};
// What one stored key is taken to cost, its overhead in the store included.
inline constexpr std::uint64_t kDedupKeyBytes = 128;

struct ForgottenKeys {
  std::uint64_t early = 0;       // keys that went before their window was over
  std::uint64_t bytes_left = 0;  // of all sources, estimated
};

// Forgets whole days of idempotency keys: those behind the window, and, while a source holds more
// than its bytes, its oldest ones; never today's. And the days of versions behind theirs.
class ForgetKeys final : public SyncedCommand<ForgottenKeys> {
 public:
  ForgetKeys(core::Executor& reply_to, std::map<SourceNumber, DedupLimit> limits,
             Callback callback);

 private:
  core::Result<ForgottenKeys> decide(Stage& stage) override;

  std::map<SourceNumber, DedupLimit> limits_;
};

}  // namespace spillway::journal
