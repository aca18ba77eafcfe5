// The whole gateway in one process, with its real threads, sockets and journal: what the thread
// sanitizer has to see.
#include "app/node.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <exception>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>

#include "app/http_link.hpp"
#include "app/load.hpp"
#include "app/request_factory.hpp"
#include "app/run_task.hpp"
#include "app/sink_server.hpp"
#include "config/config.hpp"
#include "core/log.hpp"
#include "core/random.hpp"
#include "core/system_clock.hpp"

namespace spillway::app {
namespace {

class NodeTest : public testing::Test {
 protected:
  NodeTest() {
    core::configure_log(core::LogLevel::error, core::LogFormat::text);
    SinkServerOptions options;
    sink_ = *SinkServer::open(sink_io_.get_executor(), options, clock_, random_);
    sink_thread_ = std::thread([this] { sink_io_.run(); });
  }

  ~NodeTest() override {
    stop_sink();
    std::filesystem::remove_all(directory_);
  }

  void stop_sink() {
    if (sink_thread_.joinable()) {
      boost::asio::post(sink_io_, [this] {
        sink_->stop();
        sink_work_.reset();
      });
      sink_thread_.join();
    }
  }

  [[nodiscard]] config::Config config(const std::string& more_destinations = "") const {
    const std::string text = fmt::format(R"(version: 1
data_dir: {}
egress: {{ allow: [ 127.0.0.0/8 ] }}
shutdown: {{ delay: 0, limit: 20s }}
listen:
  ingest: {{ address: "127.0.0.1:0" }}
  admin: {{ address: "127.0.0.1:0" }}
sources:
  open: {{ kind: open }}
destinations:
  first: {{ url: "http://127.0.0.1:{}/", secrets: [ whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz ] }}
{}routes:
  - {{ name: all, from: open, to: [ first ] }}
)",
                                         directory_.string(), sink_->port(), more_destinations);
    auto parsed = config::parse(text, "node_test.yaml", "/");
    EXPECT_TRUE(parsed) << config::to_string(parsed.error());
    return *std::move(parsed);
  }

  // Posts that many events over four connections; how many were accepted.
  std::uint64_t post(Node& node, std::uint64_t count) {
    boost::asio::io_context io{1};
    const std::string url = fmt::format("http://127.0.0.1:{}/in/open", node.ingest_port());
    auto origin = *Origin::open(io.get_executor(), url, "");
    auto factory = *RequestFactory::make({}, random_);
    Load load(*origin, factory, clock_,
              {.count = count, .rate = 0, .concurrency = 4, .lasting = {}});
    boost::asio::co_spawn(io.get_executor(), load.run(),
                          [&](const std::exception_ptr&) { io.stop(); });
    io.run();
    return load.report().events;
  }

  // Asks until the answer holds the text, over one connection and under one deadline, past which an
  // exchange fails.
  static testing::AssertionResult eventually_answers(Node& node, const std::string& target,
                                                     std::string_view expected) {
    const http::Deadline deadline = http::deadline_in(std::chrono::seconds(60));
    boost::asio::io_context io{1};
    auto origin = *Origin::open(io.get_executor(),
                                fmt::format("http://127.0.0.1:{}/", node.admin_port()), "");
    HttpLink link(*origin);
    const std::vector<core::Header> headers;
    const std::string body;
    std::string last = "no answer";
    for (;;) {
      const auto reply = run_task(io, link.exchange("GET", target, &headers, &body, deadline));
      if (!reply) {
        return testing::AssertionFailure() << reply.error().message << " after " << last;
      }
      if (reply->body.contains(expected)) {
        return testing::AssertionSuccess();
      }
      last = reply->body;
    }
  }

  const std::filesystem::path directory_ =
      std::filesystem::path(testing::TempDir()) / fmt::format("spillway_node_{}", ::getpid());
  core::SystemClock clock_;
  core::SystemRandom random_;
  boost::asio::io_context sink_io_{1};
  boost::asio::executor_work_guard<http::IoExecutor> sink_work_{sink_io_.get_executor()};
  std::shared_ptr<SinkServer> sink_;
  std::thread sink_thread_;
};

TEST_F(NodeTest, delivers_what_it_accepts_and_balances_across_a_restart) {
  constexpr std::uint64_t kEvents = 400;
  std::uint64_t accepted = 0;
  {
    auto node = Node::start(config(), {});
    ASSERT_TRUE(node) << node.error().message;
    accepted += post(**node, kEvents);
    (*node)->stop();  // ends the attempts under way, not the backlog
  }
  auto node = Node::start(config(), {});
  ASSERT_TRUE(node) << node.error().message;
  accepted += post(**node, kEvents);
  EXPECT_EQ(accepted, 2 * kEvents);
  EXPECT_TRUE(eventually_answers(**node, "/v1/summary", "\"pending\":0"));
  EXPECT_TRUE(eventually_answers(**node, "/v1/audit?scan=true", "\"balanced\":true"));
  (*node)->stop();
  stop_sink();
  EXPECT_EQ(sink_->ledger().distinct(), accepted);
}

TEST_F(NodeTest, reloads_while_it_accepts) {
  auto node = Node::start(config(), {});
  ASSERT_TRUE(node) << node.error().message;
  std::uint64_t accepted = 0;
  std::thread load([&] { accepted = post(**node, 500); });
  for (int i = 0; i < 10; ++i) {
    const std::string more =
        i % 2 == 0 ? fmt::format("  second: {{ url: \"http://127.0.0.1:{}/\" }}\n", sink_->port())
                   : "";
    EXPECT_TRUE((*node)->reload(config(more)));
  }
  load.join();
  EXPECT_EQ(accepted, 500U);
  EXPECT_TRUE(eventually_answers(**node, "/v1/summary", "\"pending\":0"));
  (*node)->stop();
}

TEST_F(NodeTest, a_second_node_on_the_same_data_is_refused) {
  auto node = Node::start(config(), {});
  ASSERT_TRUE(node) << node.error().message;
  const auto second = Node::start(config(), {});
  ASSERT_FALSE(second);
  EXPECT_FALSE(second.error().message.empty());
  (*node)->stop();
}

}  // namespace
}  // namespace spillway::app
