// What a job does next: from where it stands, the next deliveries or events that its filter
// describes. Read from a frozen state of the journal, on an executor that may block; whether each
// is still so is asked again when it is changed (retry/job_commands.hpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "core/delivery.hpp"
#include "core/error.hpp"
#include "core/event.hpp"
#include "journal/hasher.hpp"
#include "journal/records.hpp"
#include "journal/reopen.hpp"
#include "journal/store.hpp"
#include "retry/job_record.hpp"

namespace spillway::retry {

// A page ends at whichever comes first.
struct PageLimits {
  std::size_t matches = 256;
  std::size_t examined = 2000;
  std::uint64_t body_bytes = std::uint64_t{8} << 20;  // read to look for a JSON value
};

struct Match {
  journal::DeliveryRef ref{};  // of a purge, the sequence alone
  std::uint32_t generation = 0;
  std::vector<journal::Target> targets{};  // where an event without a route goes today
};

struct JobPage {
  std::vector<Match> matches;
  std::uint64_t examined = 0;
  std::uint64_t body_bytes = 0;
  JobCursor next;     // where the next page begins
  bool last = false;  // nothing is left behind it
};

// Where today's routes send an event; nowhere: empty. Any thread.
using RouteEvent = std::function<std::vector<journal::Target>(const core::Event& event)>;

// Everything outlives the call. `hasher` is the node's. Without `route`, no targets are looked for.
core::Result<JobPage> read_page(const journal::Readable& view, const JobRecord& job,
                                const PageLimits& limits, const journal::Hasher& hasher,
                                const RouteEvent& route);

}  // namespace spillway::retry
