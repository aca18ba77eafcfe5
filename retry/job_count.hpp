// How much a job would be about, were it ordered now: a dry run. Bounded in time, since whoever
// asks waits; on an executor that may block.
#pragma once

#include <cstdint>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "journal/hasher.hpp"
#include "journal/store.hpp"
#include "retry/job_record.hpp"

namespace spillway::retry {

struct JobCount {
  std::uint64_t examined = 0;
  std::uint64_t matched = 0;
  bool complete = false;  // else the time was over: there may be more
};

core::Result<JobCount> count_matches(const journal::Readable& view, JobOrder order,
                                     const journal::Hasher& hasher, const core::Clock& clock,
                                     core::Duration limit);

}  // namespace spillway::retry
