#include "retry/job.hpp"

#include <gtest/gtest.h>

namespace spillway::retry {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr core::Time kStart = core::from_micros(1'790'000'000'000'000);

JobRecord record(std::uint64_t rate) {
  JobRecord made;
  made.number = 1;
  made.order.rate = rate;
  return made;
}

JobRecord after(JobRecord job, std::uint64_t done) {
  job.progress.matched += done;
  job.progress.done += done;
  return job;
}

TEST(Job, without_a_rate_goes_on_at_once_with_whole_pages) {
  Job job(record(0), kStart);
  EXPECT_EQ(job.next_page(), kStart);
  EXPECT_EQ(job.limits().matches, PageLimits{}.matches);
  job.stepped(after(job.record(), 256), kStart + milliseconds(3));
  EXPECT_EQ(job.next_page(), kStart + milliseconds(3));
}

TEST(Job, takes_as_much_as_its_rate_allows_in_a_stride) {
  EXPECT_EQ(Job(record(100), kStart).limits().matches, 10U);
  EXPECT_EQ(Job(record(1), kStart).limits().matches, 1U);
  EXPECT_EQ(Job(record(1'000'000), kStart).limits().matches, PageLimits{}.matches);
}

TEST(Job, waits_after_a_page_for_as_long_as_what_it_did_takes_at_its_rate) {
  Job job(record(100), kStart);
  job.stepped(after(job.record(), 10), kStart + milliseconds(5));
  EXPECT_EQ(job.next_page(), kStart + milliseconds(100));
  job.stepped(after(job.record(), 3), kStart + milliseconds(101));
  EXPECT_EQ(job.next_page(), kStart + milliseconds(130));
}

TEST(Job, does_not_wait_for_what_it_only_looked_at) {
  Job job(record(1), kStart);
  JobRecord next = job.record();
  next.progress.examined += 2000;
  next.progress.skipped += 1;
  job.stepped(next, kStart + milliseconds(2));
  EXPECT_EQ(job.next_page(), kStart);
}

TEST(Job, keeps_to_its_rate_in_the_long_run) {
  Job job(record(300), kStart);
  core::Time now = kStart;
  while (job.next_page() < kStart + seconds(10)) {
    now = std::max(now, job.next_page()) + milliseconds(4);
    job.stepped(after(job.record(), job.limits().matches), now);
  }
  EXPECT_NEAR(static_cast<double>(job.record().progress.done), 3000, 30);
}

TEST(Job, held_up_for_long_makes_up_for_a_second_of_it) {
  Job job(record(100), kStart);
  const core::Time late = kStart + seconds(60);
  job.stepped(after(job.record(), 10), late);
  std::uint64_t made_up = 0;
  while (job.next_page() <= late) {
    job.stepped(after(job.record(), 10), late);
    made_up += 10;
  }
  EXPECT_EQ(made_up, 100U);
}

TEST(Job, tries_again_a_second_after_what_could_not_be_written) {
  Job job(record(0), kStart);
  job.put_off(kStart + milliseconds(7));
  EXPECT_EQ(job.next_page(), kStart + milliseconds(1007));
}

}  // namespace
}  // namespace spillway::retry
