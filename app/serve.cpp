#include "app/serve.hpp"

#include <fmt/format.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstdio>
#include <memory>

#include "app/exit_code.hpp"
#include "app/node.hpp"
#include "config/config.hpp"
#include "core/log.hpp"
#include "http/async.hpp"

namespace spillway::app {
namespace {

// The main thread's part: it waits for signals and does what they ask. Made before the node, so
// that a signal that comes while the node starts is kept until then.
class Service {
 public:
  Service(std::string config_path, core::Duration delay)
      : config_path_(std::move(config_path)), delay_(delay), timer_(io_.get_executor()) {}

  // The node outlives the call.
  void run(Node* node) {
    node_ = node;
    wait_for_signal();
    io_.run();
  }

 private:
  void wait_for_signal() {
    signals_.async_wait([this](boost::system::error_code error, int signal) {
      if (error) {
        return;
      }
      if (signal == SIGHUP) {
        reload();
      } else {
        stop();
      }
      wait_for_signal();
    });
  }

  void reload() {
    if (stopping_) {
      return;
    }
    auto loaded = config::load(config_path_);
    if (!loaded) {
      for (const config::Problem& problem : loaded.error()) {
        core::log(core::LogLevel::error, "config.refused", {{"problem", problem.to_string()}});
      }
      node_->reload_refused();
      return;
    }
    const core::LogLevel log_level = loaded->log_level;
    const core::LogFormat log_format = loaded->log_format;
    if (const auto reloaded = node_->reload(*loaded); !reloaded) {
      core::log(core::LogLevel::error, "config.refused", {{"problem", reloaded.error().message}});
      return;
    }
    core::configure_log(log_level, log_format);
    core::log(core::LogLevel::info, "config.reloaded");
  }

  // Readiness goes first, so that balancers turn away; a second signal does not wait for them.
  void stop() {
    if (stopping_) {
      io_.stop();
      return;
    }
    stopping_ = true;
    core::log(core::LogLevel::info, "node.stopping");
    node_->announce_stop();
    timer_.expires_after(delay_);
    timer_.async_wait([this](boost::system::error_code) { io_.stop(); });
  }

  std::string config_path_;
  Node* node_ = nullptr;
  core::Duration delay_;
  boost::asio::io_context io_{1};
  boost::asio::signal_set signals_{io_, SIGHUP, SIGTERM, SIGINT};
  http::Timer timer_;
  bool stopping_ = false;
};

}  // namespace

int serve(const std::string& config_path, bool accept_loss) {
  // hiredis writes without MSG_NOSIGNAL: a Redis that is gone is an error, not our end.
  (void)std::signal(SIGPIPE, SIG_IGN);
  auto loaded = config::load(config_path);
  if (!loaded) {
    fmt::print(stderr, "{}", config::to_string(loaded.error()));
    return kUsage;
  }
  core::configure_log(loaded->log_level, loaded->log_format);
  Service service(config_path, loaded->shutdown_delay);
  auto node = Node::start(*std::move(loaded), {.accept_loss = accept_loss});
  if (!node) {
    core::log(core::LogLevel::error, "node.not_started", {{"error", node.error().message}});
    return kProblem;
  }
  service.run(node->get());
  (*node)->stop();
  core::log(core::LogLevel::info, "node.stopped");
  return kOk;
}

}  // namespace spillway::app
