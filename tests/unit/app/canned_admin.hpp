// An admin API that answers what a test has put in, on loopback and a thread of its own, as the
// client under test blocks.
#pragma once

#include <expected>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "core/system_clock.hpp"
#include "http/handler.hpp"
#include "http/listener.hpp"

namespace spillway::app::testing_support {

class CannedAdmin final : public http::Handler {
 public:
  CannedAdmin() {
    http::ListenerOptions options;
    options.address = "127.0.0.1";
    listener_ =
        http::Listener::open(io_.get_executor(), options, *this, clock_, limit_, probe_).value();
    listener_->start();
    thread_ = std::thread([this] { io_.run(); });
  }
  ~CannedAdmin() override {
    io_.stop();
    thread_.join();
  }

  [[nodiscard]] std::string url() const {
    return "http://127.0.0.1:" + std::to_string(listener_->port());
  }

  // What "GET /v1/summary" and the like are answered with; everything else with 404.
  void put(std::string request, std::string body, int status = 200) {
    const std::lock_guard lock(mutex_);
    answers_[std::move(request)] = {status, std::move(body)};
  }
  // "POST /v1/dead/drop {…}" with the bodies, in order.
  [[nodiscard]] std::vector<std::string> requests() {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

  std::expected<http::BodyPolicy, http::Response> admit(const http::RequestHead&) override {
    return http::BodyPolicy{1 << 20, memory_};
  }
  http::Awaitable<http::Response> handle(http::Request request) override {
    const std::lock_guard lock(mutex_);
    const std::string name = request.head.method + " " + request.head.target;
    requests_.push_back(request.body.empty() ? name : name + " " + request.body);
    const auto found = answers_.find(name);
    if (found == answers_.end()) {
      co_return http::Response{.status = 404,
                               .content_type = "application/problem+json",
                               .body = R"({"detail":"this node does not have it"})"};
    }
    co_return http::Response{.status = found->second.first,
                             .content_type = "application/json",
                             .body = found->second.second};
  }

 private:
  core::SystemClock clock_;
  core::ByteBudget memory_{1 << 20};
  http::ConnectionLimit limit_{10};
  core::Registry registry_;
  http::ListenerProbe probe_{registry_, "admin"};
  boost::asio::io_context io_{1};
  std::mutex mutex_;
  std::map<std::string, std::pair<int, std::string>> answers_;
  std::vector<std::string> requests_;
  std::unique_ptr<http::Listener> listener_;
  std::thread thread_;
};

}  // namespace spillway::app::testing_support
