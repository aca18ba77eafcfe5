#include "retry/job_runner.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "journal/audit.hpp"
#include "journal/reader.hpp"
#include "journal/retention.hpp"
#include "journal/settle.hpp"
#include "tests/support/memory_journal.hpp"
#include "tests/support/virtual_time.hpp"

namespace spillway::retry {
namespace {

using core::DeliveryState;
using core::Reason;
using journal::DeliveryRef;
using journal::OpenDelivery;
using journal::Sequence;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::UnorderedElementsAreArray;

// A journal with a runner, which can crash together.
class JobRunnerTest : public testing::Test {
 protected:
  JobRunnerTest() {
    const auto names = journal_.register_names({"acme", "backup"});
    acme_ = names.destinations.at("acme").number;
    backup_ = names.destinations.at("backup").number;
    start();
  }

  void start() {
    runner_ = std::make_unique<JobRunner>(
        JobRunnerParts{.executor = executor_,
                       .clock = time_,
                       .store = journal_.store(),
                       .commands = journal_,
                       .hasher = journal_.writer().hasher(),
                       .probe = probe_,
                       .route = [this](const core::Event&) { return routes_; },
                       .opened =
                           [this](std::vector<OpenDelivery> opened) {
                             for (const OpenDelivery& delivery : opened) {
                               opened_.push_back(delivery.ref);
                             }
                           }});
    runner_->wake();
  }
  void crash() {
    journal_.crash();
    start();
  }

  OpenDelivery accept(journal::DestinationNumber to, const std::string& body = "{}") {
    return journal_.accept(body, {to}).opened.at(0);
  }
  void settle(const OpenDelivery& delivery, DeliveryState state, Reason reason = Reason::none) {
    journal::Settlement settlement;
    settlement.ref = delivery.ref;
    settlement.generation = delivery.record.generation;
    settlement.state = state;
    settlement.reason = reason;
    settlement.attempts = 1;
    journal_.submit(std::make_unique<journal::Settle>(executor_, settlement,
                                                      [](core::Result<journal::Settled>) {}));
    time_.run_ready();
  }
  DeliveryRef dead(journal::DestinationNumber to, Reason reason = Reason::exhausted) {
    const OpenDelivery delivery = accept(to);
    settle(delivery, DeliveryState::dead, reason);
    return delivery.ref;
  }
  std::vector<DeliveryRef> dead(journal::DestinationNumber to, int count) {
    std::vector<DeliveryRef> refs;
    for (int i = 0; i < count; ++i) {
      refs.push_back(dead(to));
    }
    return refs;
  }

  JobNumber begin(JobOrder order) {
    JobNumber number = 0;
    journal_.submit(std::make_unique<CreateJob>(
        executor_, std::move(order), [&](core::Result<std::optional<JobRecord>> created) {
          number = (*created)->number;
          runner_->wake();
        }));
    // Not further than to its being written down.
    while (number == 0) {
      time_.run_for(core::Duration{1});
    }
    return number;
  }
  JobNumber replay(DeliveryFilter filter, std::uint64_t rate = 0) {
    return begin({.kind = JobKind::replay, .filter = filter, .rate = rate});
  }
  JobRecord job(JobNumber number) { return **read_job(journal_.store(), number); }

  DeliveryState state(DeliveryRef ref) { return journal_.delivery(ref).state; }

  void expect_true_books() {
    const auto report = journal::audit(journal_.store());
    ASSERT_TRUE(report);
    EXPECT_THAT(report->problems, ElementsAre());
  }

  support::VirtualTime time_;
  support::VirtualExecutor executor_{time_};
  support::MemoryJournal journal_{time_};
  core::Registry registry_;
  JobProbe probe_{registry_};
  journal::DestinationNumber acme_ = 0;
  journal::DestinationNumber backup_ = 0;
  std::vector<journal::Target> routes_;
  std::vector<DeliveryRef> opened_;
  std::unique_ptr<JobRunner> runner_;
};

TEST_F(JobRunnerTest, replays_what_its_filter_describes_oldest_first_and_tells_it_to_delivery) {
  const auto letters = dead(acme_, 600);
  const auto elsewhere = dead(backup_);
  const auto waiting = accept(acme_);
  const JobNumber number = replay({.destination = acme_});
  time_.run_ready();
  EXPECT_THAT(opened_, ElementsAreArray(letters));
  const JobRecord done = job(number);
  EXPECT_EQ(done.state, JobState::done);
  EXPECT_EQ(done.progress,
            (JobProgress{.examined = 600, .matched = 600, .done = 600, .skipped = 0}));
  EXPECT_EQ(journal_.delivery(letters[0]).generation, 2U);
  EXPECT_EQ(journal_.delivery(waiting.ref).generation, 1U);
  EXPECT_EQ(state(elsewhere), DeliveryState::dead);
  expect_true_books();
}

TEST_F(JobRunnerTest, takes_all_destinations_by_reason_source_and_time) {
  const auto early = dead(acme_);
  time_.run_for(hours(2));
  const core::Time from = time_.now();
  const auto meant = dead(acme_);
  const auto meant_too = dead(backup_);
  const auto rejected = dead(acme_, Reason::rejected);
  time_.run_for(hours(2));
  const core::Time to = time_.now();
  const auto late = dead(acme_);
  replay({.source = 1, .reason = Reason::exhausted, .received_from = from, .received_to = to});
  time_.run_ready();
  EXPECT_THAT(opened_, ElementsAre(meant, meant_too));
  replay({.source = 2});
  time_.run_ready();
  EXPECT_EQ(opened_.size(), 2U);
  for (const DeliveryRef ref : {early, rejected, late}) {
    EXPECT_EQ(state(ref), DeliveryState::dead);
  }
}

TEST_F(JobRunnerTest, leaves_alone_what_dies_again_while_it_runs) {
  const auto letters = dead(acme_, 3);
  const JobNumber number = replay({}, 1);
  for (int second = 0; second < 10; ++second) {
    for (const DeliveryRef ref : std::exchange(opened_, {})) {
      settle({ref, journal_.delivery(ref)}, DeliveryState::dead, Reason::exhausted);
    }
    time_.run_for(seconds(1));
  }
  EXPECT_EQ(job(number).state, JobState::done);
  EXPECT_EQ(job(number).progress.done, 3U);
  for (const DeliveryRef ref : letters) {
    EXPECT_EQ(journal_.delivery(ref).generation, 2U);
  }
}

TEST_F(JobRunnerTest, replays_what_was_delivered_if_asked_to) {
  const OpenDelivery delivered = accept(acme_);
  settle(delivered, DeliveryState::delivered);
  const auto letter = dead(acme_);
  replay({.state = DeliveryState::delivered, .destination = acme_});
  time_.run_ready();
  EXPECT_THAT(opened_, ElementsAre(delivered.ref));
  EXPECT_EQ(state(letter), DeliveryState::dead);
  expect_true_books();
}

TEST_F(JobRunnerTest, sends_what_had_no_route_where_todays_routes_say) {
  const Sequence sequence = journal_.accept("{}", {}).opened.empty() ? 1 : 0;
  ASSERT_EQ(sequence, 1U);
  const JobNumber nowhere = replay({.reason = Reason::no_route});
  time_.run_ready();
  EXPECT_EQ(job(nowhere).progress.skipped, 1U);
  for (const journal::DestinationNumber number : {acme_, backup_}) {
    routes_.push_back({.destination = number, .ordering_key = "", .version = ""});
  }
  const JobNumber somewhere = replay({.reason = Reason::no_route});
  time_.run_ready();
  EXPECT_EQ(job(somewhere).progress.done, 1U);
  EXPECT_THAT(opened_, ElementsAre(DeliveryRef{sequence, acme_}, DeliveryRef{sequence, backup_}));
  EXPECT_EQ(state({sequence, journal::kNoDestination}), DeliveryState::superseded);
  expect_true_books();
}

TEST_F(JobRunnerTest, keeps_to_its_rate) {
  dead(acme_, 100);
  const core::Time began = time_.now();
  const JobNumber number = replay({}, 20);
  time_.run_until(began + seconds(2) + milliseconds(50));
  EXPECT_NEAR(static_cast<double>(opened_.size()), 42, 3);
  time_.run_until(began + seconds(6));
  EXPECT_EQ(job(number).state, JobState::done);
  EXPECT_EQ(opened_.size(), 100U);
}

TEST_F(JobRunnerTest, serves_jobs_in_turn) {
  dead(acme_, 2000);
  const auto letter = dead(backup_);
  const JobNumber large = replay({.destination = acme_});
  const JobNumber small = replay({.destination = backup_});
  while (job(small).state == JobState::running) {
    time_.run_for(core::Duration{1});
  }
  time_.run_ready();
  EXPECT_EQ(state(letter), DeliveryState::pending);
  EXPECT_EQ(job(large).state, JobState::done);
  EXPECT_EQ(job(large).progress.done, 2000U);
}

// Whatever the moment of the crash: each of them is opened once, in the end all are.
TEST_F(JobRunnerTest, a_crash_repeats_nothing_and_skips_nothing) {
  const auto letters = dead(acme_, 50);
  const auto others = dead(backup_, 50);
  const JobNumber number = replay({}, 100);
  int crashes = 0;
  while (job(number).state == JobState::running) {
    crash();
    ++crashes;
    time_.run_for(milliseconds(130));
  }
  EXPECT_GE(crashes, 5);
  EXPECT_EQ(job(number).progress.done, 100U);
  for (const auto& refs : {letters, others}) {
    for (const DeliveryRef ref : refs) {
      EXPECT_EQ(journal_.delivery(ref).generation, 2U);
    }
  }
  EXPECT_EQ(std::set(opened_.begin(), opened_.end()).size(), opened_.size());
  expect_true_books();
}

TEST_F(JobRunnerTest, skips_nothing_that_retention_moves_meanwhile) {
  std::vector<DeliveryRef> letters;
  for (int hour = 0; hour < 6; ++hour) {
    for (const DeliveryRef ref : dead(acme_, 10)) {
      letters.push_back(ref);
    }
    time_.run_for(hours(1));
  }
  const JobNumber number = replay({}, 10);
  for (int second = 0; second < 10; ++second) {
    // One after the other moves to the kept region.
    journal_.submit(std::make_unique<journal::Retire>(
        executor_, journal::Retention{.delivered = {}, .dead = hours(1000)}, false,
        [](core::Result<journal::Retired>) {}));
    time_.run_for(seconds(1));
  }
  EXPECT_EQ(job(number).state, JobState::done);
  EXPECT_EQ(job(number).progress.examined, 60U);
  EXPECT_THAT(opened_, ElementsAreArray(letters));
  expect_true_books();
}

TEST_F(JobRunnerTest, skips_what_was_changed_between_reading_and_writing) {
  const auto letters = dead(acme_, 2);
  JobRecord read = job(replay({}, 1));
  // A page read from the same place as the runner's.
  auto page = read_page(journal_.store(), read, {}, journal_.writer().hasher(), {});
  ASSERT_TRUE(page);
  std::optional<Stepped> late;
  time_.run_for(seconds(5));
  ASSERT_EQ(opened_.size(), 2U);
  journal_.submit(
      std::make_unique<StepJob>(executor_, read.number, read.cursor, *page,
                                [&](core::Result<Stepped> result) { late = *std::move(result); }));
  time_.run_ready();
  ASSERT_TRUE(late);
  EXPECT_FALSE(late->applied);
  EXPECT_EQ(journal_.delivery(letters[0]).generation, 2U);
}

TEST_F(JobRunnerTest, drops_what_was_given_up_on_and_nothing_else) {
  const auto letters = dead(acme_, 5);
  const JobNumber number = begin({.kind = JobKind::drop, .filter = DeliveryFilter{}});
  // One is replayed by hand before its turn comes.
  journal_.replay(letters[4].sequence);
  time_.run_ready();
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(state(letters[static_cast<std::size_t>(i)]), DeliveryState::purged);
  }
  EXPECT_EQ(job(number).state, JobState::done);
  EXPECT_TRUE(opened_.empty());
  expect_true_books();
}

TEST_F(JobRunnerTest, purges_by_a_value_in_the_body) {
  const OpenDelivery pending = accept(acme_, R"({"from":"49170"})");
  const OpenDelivery delivered = accept(acme_, R"({"from":"49170","x":1})");
  settle(delivered, DeliveryState::delivered);
  const OpenDelivery other = accept(acme_, R"({"from":"49171"})");
  const OpenDelivery no_json = accept(acme_, "from 49170");
  const JobNumber number =
      begin({.kind = JobKind::purge,
             .filter = EventFilter{
                 .by = ByJsonValue{"/from", journal_.writer().hasher().json_value("49170")}}});
  time_.run_ready();
  EXPECT_EQ(job(number).progress,
            (JobProgress{.examined = 4, .matched = 2, .done = 2, .skipped = 0}));
  const journal::Reader reader(journal_.store());
  for (const OpenDelivery& gone : {pending, delivered}) {
    EXPECT_EQ(journal_.delivery(gone.ref).reason, Reason::erased);
    EXPECT_EQ(*reader.body(gone.ref.sequence), std::nullopt);
  }
  for (const OpenDelivery& left : {other, no_json}) {
    EXPECT_EQ(state(left.ref), DeliveryState::pending);
  }
  expect_true_books();
}

TEST_F(JobRunnerTest, a_purge_survives_crashes) {
  for (int i = 0; i < 30; ++i) {
    accept(i % 2 == 0 ? acme_ : backup_, R"({"from":"49170"})");
  }
  const JobNumber number = begin(
      {.kind = JobKind::purge,
       .filter =
           EventFilter{.by = ByJsonValue{"/from", journal_.writer().hasher().json_value("49170")}},
       .rate = 20});
  while (job(number).state == JobState::running) {
    crash();
    time_.run_for(milliseconds(250));
  }
  EXPECT_EQ(job(number).progress.done, 30U);
  EXPECT_EQ(journal_.counts(acme_).in(DeliveryState::purged), 15U);
  EXPECT_EQ(journal_.counts(backup_).in(DeliveryState::purged), 15U);
  expect_true_books();
}

TEST_F(JobRunnerTest, a_cancelled_job_does_nothing_more) {
  dead(acme_, 100);
  const JobNumber number = replay({}, 10);
  time_.run_for(seconds(1));
  std::optional<EndedJob> ended;
  journal_.submit(std::make_unique<EndJob>(
      executor_, number, "", [&](core::Result<EndedJob> done) { ended = *std::move(done); }));
  time_.run_ready();
  ASSERT_TRUE(ended && ended->applied);
  EXPECT_EQ(ended->job->state, JobState::cancelled);
  const std::size_t done = opened_.size();
  EXPECT_LT(done, 50U);
  time_.run_for(seconds(20));
  EXPECT_EQ(opened_.size(), done);
  EXPECT_EQ(job(number).progress.done, done);
  crash();
  time_.run_for(seconds(20));
  EXPECT_EQ(opened_.size(), done);
}

TEST_F(JobRunnerTest, a_job_that_cannot_go_on_fails_and_says_why) {
  const DeliveryRef letter = dead(acme_);
  journal::WriteBatch damage;
  damage.put(journal::Table::deliveries, journal::keys::delivery(journal::Region::live, letter),
             "not a record");
  ASSERT_TRUE(journal_.store().write(damage, {}));
  const JobNumber number = replay({});
  time_.run_ready();
  EXPECT_EQ(job(number).state, JobState::failed);
  EXPECT_THAT(job(number).failure, testing::HasSubstr("delivery"));
}

TEST_F(JobRunnerTest, keeps_a_hundred_jobs_that_have_ended) {
  JobNumber last = 0;
  for (int i = 0; i < 105; ++i) {
    last = replay({});
    time_.run_ready();
  }
  const auto jobs = *read_jobs(journal_.store());
  EXPECT_EQ(last, 105U);
  EXPECT_EQ(jobs.back().number, last);
  EXPECT_EQ(jobs.size(), kJobsKept + 1);
}

TEST_F(JobRunnerTest, a_job_more_than_may_run_is_refused) {
  dead(acme_, 100);
  for (std::size_t i = 0; i < kJobsRunningMax; ++i) {
    replay({}, 1);
  }
  bool refused = false;
  journal_.submit(std::make_unique<CreateJob>(
      executor_, JobOrder{.kind = JobKind::replay, .filter = DeliveryFilter{}},
      [&](core::Result<std::optional<JobRecord>> created) { refused = created && !*created; }));
  time_.run_ready();
  EXPECT_TRUE(refused);
}

TEST_F(JobRunnerTest, tells_what_it_does) {
  dead(acme_, 10);
  replay({}, 10);
  time_.run_for(milliseconds(50));
  EXPECT_EQ(registry_.gauge("spillway_jobs_running", "").value(), 1);
  time_.run_for(seconds(5));
  EXPECT_EQ(registry_.gauge("spillway_jobs_running", "").value(), 0);
  EXPECT_EQ(registry_.counter("spillway_job_deliveries_total", "", {{"kind", "replay"}}).value(),
            10U);
}

}  // namespace
}  // namespace spillway::retry
