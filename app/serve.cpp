#include "app/serve.hpp"

#include <fmt/format.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <utility>

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

  // For whoever asks over the admin API. Any thread.
  void ask_reload(std::move_only_function<void(core::Result<admin::Reloaded>)> done) {
    boost::asio::post(io_, [this, done = std::move(done)]() mutable { done(reload()); });
  }

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
        [[maybe_unused]] const auto logged = reload();
      } else {
        stop();
      }
      wait_for_signal();
    });
  }

  core::Result<admin::Reloaded> reload() {
    if (stopping_) {
      return core::fail(core::ErrorCode::unavailable, "the node is stopping");
    }
    auto loaded = config::load(config_path_);
    if (!loaded) {
      for (const config::Problem& problem : loaded.error()) {
        core::log(core::LogLevel::error, "config.refused", {{"problem", problem.to_string()}});
      }
      std::string problems = config::to_string(loaded.error());
      node_->reload_refused(problems);
      return core::fail(core::ErrorCode::invalid_argument, std::move(problems));
    }
    const core::LogLevel log_level = loaded->log_level;
    const core::LogFormat log_format = loaded->log_format;
    auto reloaded = node_->reload(*loaded);
    if (!reloaded) {
      core::log(core::LogLevel::error, "config.refused", {{"problem", reloaded.error().message}});
      return reloaded;
    }
    core::configure_log(log_level, log_format);
    for (const std::string& key : reloaded->needs_restart) {
      core::log(core::LogLevel::warn, "config.needs_restart", {{"key", key}});
    }
    core::log(core::LogLevel::info, "config.reloaded");
    return reloaded;
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
  auto node = Node::start(
      *std::move(loaded),
      {.accept_loss = accept_loss, .config_file = config_path, .reload = [&service](auto done) {
         service.ask_reload(std::move(done));
       }});
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
