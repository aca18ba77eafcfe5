#include "retry/job_record.hpp"

#include <gtest/gtest.h>

namespace spillway::retry {
namespace {

JobRecord a_record() {
  JobRecord job;
  job.number = 7;
  job.order = {.kind = JobKind::replay,
               .filter = DeliveryFilter{.state = core::DeliveryState::expired,
                                        .destination = 0,
                                        .source = 3,
                                        .reason = core::Reason::ttl,
                                        .received_from = core::from_micros(5),
                                        .received_to = core::from_micros(1'790'000'000'000'000)},
               .rate = 50,
               .asked_by = "127.0.0.1"};
  job.state = JobState::failed;
  job.failure = "a stored delivery does not decode";
  job.created = core::from_micros(1'790'000'000'000'000);
  job.finished = core::from_micros(1'790'000'001'000'000);
  job.end = 1000;
  job.cursor = {4, 999};
  job.progress = {.examined = 500, .matched = 300, .done = 290, .skipped = 10};
  return job;
}

void expect_comes_back(const JobRecord& job) {
  const auto decoded = JobRecord::decode(job.number, job.encode());
  ASSERT_TRUE(decoded) << decoded.error().message;
  EXPECT_EQ(*decoded, job);
}

TEST(JobRecord, comes_back_as_it_was) {
  JobRecord job = a_record();
  expect_comes_back(job);
  job.order.filter = DeliveryFilter{};
  expect_comes_back(job);
}

TEST(JobRecord, comes_back_with_each_way_to_name_events) {
  JobRecord job = a_record();
  job.order.kind = JobKind::purge;
  job.order.filter = EventFilter{.source = 2, .by = ByIdempotencyKey{{{1, 2, 3}, {4, 5}}}};
  expect_comes_back(job);
  job.order.filter = EventFilter{.source = {}, .by = ByOrderingKey{"sixteen bytes..!"}};
  expect_comes_back(job);
  job.order.filter = EventFilter{.source = {}, .by = ByJsonValue{"/from", {9, 8, 7}}};
  expect_comes_back(job);
}

TEST(JobRecord, refuses_what_is_cut_short_or_too_long) {
  const std::string text = a_record().encode();
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_FALSE(JobRecord::decode(7, text.substr(0, size)));
  }
  EXPECT_FALSE(JobRecord::decode(7, text + '\0'));
}

}  // namespace
}  // namespace spillway::retry
