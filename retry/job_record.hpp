// A job: something done to all deliveries or events that a filter describes, page after page, until
// it is done. Its record in the journal is the truth about it, and moves on in the batch that
// changes what it is about, so a crash repeats nothing and skips nothing. Plain data with its
// stored form (docs/journal-format.md); any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/clock.hpp"
#include "core/crypto.hpp"
#include "core/delivery.hpp"
#include "core/error.hpp"
#include "journal/records.hpp"
#include "journal/store.hpp"

namespace spillway::retry {

using JobNumber = std::uint64_t;  // the first is 1

// The numbers are stored, here and below.
enum class JobKind : std::uint8_t {
  replay = 0,  // opens deliveries again
  drop = 1,    // gives deliveries up for good
  purge = 2,   // erases events
};
enum class JobState : std::uint8_t { running = 0, done = 1, cancelled = 2, failed = 3 };

[[nodiscard]] std::string_view to_string(JobKind kind);
[[nodiscard]] std::string_view to_string(JobState state);

// Which deliveries a replay or drop is about: all in one state that fulfil whatever else is given.
struct DeliveryFilter {
  core::DeliveryState state = core::DeliveryState::dead;
  std::optional<journal::DestinationNumber> destination{};
  std::optional<journal::SourceNumber> source{};
  std::optional<core::Reason> reason{};
  std::optional<core::Time> received_from{};  // the event was received then or later
  std::optional<core::Time> received_to{};    // and before this

  bool operator==(const DeliveryFilter&) const = default;
};

// Which events a purge is about. All is hashed with the node's key: what a person wants to be gone
// must not live on in the job (docs/correctness.md 9).
struct ByIdempotencyKey {
  std::vector<core::Digest128>
      keys{};  // any of them: a sender's text may be stored in several ways

  bool operator==(const ByIdempotencyKey&) const = default;
};
struct ByOrderingKey {
  std::string key{};

  bool operator==(const ByOrderingKey&) const = default;
};
struct ByJsonValue {
  std::string pointer{};
  core::Digest128 value{};

  bool operator==(const ByJsonValue&) const = default;
};
struct EventFilter {
  std::optional<journal::SourceNumber> source{};
  std::variant<ByIdempotencyKey, ByOrderingKey, ByJsonValue> by{};

  bool operator==(const EventFilter&) const = default;
};

// What somebody asked for.
struct JobOrder {
  JobKind kind = JobKind::replay;
  std::variant<DeliveryFilter, EventFilter> filter{};  // EventFilter for a purge
  std::uint64_t rate = 0;                              // a second; 0: as fast as it goes
  std::string asked_by{};

  bool operator==(const JobOrder&) const = default;
};

// Everything before it has been looked at. A purge walks through all events and uses the sequence
// only, the others through one destination after another.
struct JobCursor {
  journal::DestinationNumber destination = 0;
  journal::Sequence sequence = 0;

  auto operator<=>(const JobCursor&) const = default;
};

// Deliveries for a replay or drop, events for a purge.
struct JobProgress {
  std::uint64_t examined = 0;
  std::uint64_t matched = 0;
  std::uint64_t done = 0;
  std::uint64_t skipped = 0;  // matched, but had moved on meanwhile or cannot be done

  bool operator==(const JobProgress&) const = default;
};

struct JobRecord {
  JobNumber number = 0;  // part of the key
  JobOrder order{};
  JobState state = JobState::running;
  std::string failure{};  // why it failed
  core::Time created{};   // what changed later is left alone, so no job meets its own work again
  core::Time finished{};  // epoch: not yet
  journal::Sequence end = 0;  // events from this one on came later
  JobCursor cursor{};
  JobProgress progress{};

  bool operator==(const JobRecord&) const = default;
  [[nodiscard]] std::string encode() const;
  static core::Result<JobRecord> decode(JobNumber number, std::string_view text);
};

// In order of their numbers.
core::Result<std::vector<JobRecord>> read_jobs(const journal::Readable& readable);
core::Result<std::optional<JobRecord>> read_job(const journal::Readable& readable,
                                                JobNumber number);

}  // namespace spillway::retry
