// The load generator against a sink, in one io_context.
#include "app/load.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include <boost/asio/post.hpp>

#include "app/run_task.hpp"
#include "app/send.hpp"
#include "app/sink_server.hpp"
#include "core/system_clock.hpp"

namespace spillway::app {
namespace {

using testing::HasSubstr;

http::Awaitable<bool> run_load(Load* load) {
  co_await load->run();
  co_return true;
}

class LoadTest : public testing::Test {
 protected:
  LoadTest() {
    factory.emplace(RequestFactory::make({}, random).value());
    sink = SinkServer::open(io.get_executor(), {}, clock, random).value();
    aim_at(sink->port());
  }

  void aim_at(std::uint16_t port) {
    origin =
        Origin::open(io.get_executor(), fmt::format("http://127.0.0.1:{}/in", port), "").value();
  }

  LoadReport run(LoadOptions options) {
    Load load(*origin, *factory, clock, options);
    run_task(io, run_load(&load));
    return load.report();
  }

  boost::asio::io_context io{1};
  core::SystemClock clock;
  core::SeededRandom random{5};
  std::optional<RequestFactory> factory;
  std::shared_ptr<SinkServer> sink;
  std::unique_ptr<Origin> origin;
};

TEST_F(LoadTest, sends_as_many_as_it_was_told) {
  const LoadReport report = run({.count = 100, .concurrency = 7, .lasting = {}});
  EXPECT_EQ(report.requests, 100U);
  EXPECT_EQ(report.statuses.at(200), 100U);
  EXPECT_EQ(report.latencies.count(), 100U);
  EXPECT_TRUE(report.all_accepted());
  EXPECT_EQ(sink->ledger().total(), 100U);
}

TEST_F(LoadTest, keeps_its_pace) {
  const LoadReport report = run({.count = 20, .rate = 200, .concurrency = 4, .lasting = {}});
  EXPECT_GE(report.took, std::chrono::milliseconds(95));  // the last is due after 19/200 s
  EXPECT_EQ(report.requests, 20U);
}

TEST_F(LoadTest, ends_after_its_time) {
  const LoadReport report =
      run({.rate = 100, .concurrency = 2, .lasting = std::chrono::milliseconds(100)});
  EXPECT_LE(report.requests, 10U);
  EXPECT_GT(report.requests, 0U);
}

TEST_F(LoadTest, a_stopped_load_ends) {
  Load load(*origin, *factory, clock, {.rate = 1, .concurrency = 2, .lasting = {}});
  boost::asio::post(io, [&load] { load.stop(); });
  run_task(io, run_load(&load));
  EXPECT_LE(load.report().requests, 1U);
}

TEST_F(LoadTest, a_load_stopped_twice_gives_up_what_is_under_way) {
  Misbehaviour misbehaviour;
  misbehaviour.hang = true;
  sink->behave(misbehaviour);
  Load load(*origin, *factory, clock, {.count = 1, .lasting = {}});
  http::Timer soon(io.get_executor());
  soon.expires_after(std::chrono::milliseconds(20));
  soon.async_wait([&load](const boost::system::error_code&) {
    load.stop();
    load.stop();
  });
  run_task(io, run_load(&load));
  EXPECT_EQ(load.report().requests, 1U);
  EXPECT_FALSE(load.report().all_accepted());
}

TEST_F(LoadTest, counts_refusals_as_such) {
  Misbehaviour misbehaviour;
  misbehaviour.status = 503;
  sink->behave(misbehaviour);
  const LoadReport report = run({.count = 3, .lasting = {}});
  EXPECT_EQ(report.statuses.at(503), 3U);
  EXPECT_TRUE(report.reached);
  EXPECT_FALSE(report.all_accepted());
}

TEST_F(LoadTest, tells_that_nobody_was_reached) {
  sink->stop();
  const LoadReport report = run({.count = 2, .lasting = {}});
  EXPECT_FALSE(report.reached);
  ASSERT_EQ(report.errors.size(), 1U);
  EXPECT_THAT(report.errors.begin()->first, HasSubstr("connect to 127.0.0.1"));
  EXPECT_THAT(describe(report), HasSubstr("2 × connect to 127.0.0.1"));
}

TEST(SendReport, shows_one_answer_as_it_is) {
  LoadReport report;
  report.requests = 1;
  report.last =
      Reply{.status = 200,
            .headers = {{"Spillway-Event-Id", "0199"}, {"Spillway-Durability", "journal"}},
            .body = ""};
  EXPECT_EQ(describe(report), "200 OK\nevent       0199\ndurability  journal\n");
}

TEST(SendReport, sums_many_up) {
  LoadReport report;
  report.requests = 4;
  report.statuses = {{202, 3}, {429, 1}};
  report.events = 3;
  report.took = std::chrono::seconds(2);
  report.latencies.add(std::chrono::milliseconds(2));
  EXPECT_THAT(describe(report), HasSubstr("4 requests in 2.00 s, 2.0/s; 3 events"));
  EXPECT_THAT(describe(report), HasSubstr("1 × 429 Too Many Requests"));
  EXPECT_THAT(to_json(report), HasSubstr(R"("statuses":{"202":3,"429":1})"));
  EXPECT_THAT(to_json(report), HasSubstr(R"("last_event_id":null)"));
}

}  // namespace
}  // namespace spillway::app
