// A running job as its runner has it: when its next page is due, and how much may be in it, so that
// its rate is kept to. Pure: told what happened and the time, says what to do. Belongs to the
// runner, on the runner's executor.
#pragma once

#include <cstddef>

#include "core/clock.hpp"
#include "retry/job_page.hpp"
#include "retry/job_record.hpp"

namespace spillway::retry {

class Job {
 public:
  // A slow job takes what it may do in so long at once,
  static constexpr core::Duration kStride = std::chrono::milliseconds(100);
  // and makes up for this much of what it was held up.
  static constexpr core::Duration kCatchUpMax = std::chrono::seconds(1);
  static constexpr core::Duration kSecondTry = std::chrono::seconds(1);

  // As the journal has it; it may start at once.
  Job(JobRecord record, core::Time now) : record_(std::move(record)), next_page_(now) {}

  [[nodiscard]] const JobRecord& record() const { return record_; }

  // When the next page may be read, and how large it may be then.
  [[nodiscard]] core::Time next_page() const { return next_page_; }
  [[nodiscard]] PageLimits limits() const;

  // A page was worked off: the job as the journal has it now.
  void stepped(JobRecord record, core::Time now);
  // The page could not be written now.
  void put_off(core::Time now) { next_page_ = now + kSecondTry; }

 private:
  JobRecord record_;
  core::Time next_page_;
};

}  // namespace spillway::retry
