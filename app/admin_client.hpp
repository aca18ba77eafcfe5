// Asks a node's admin API, one question after another, and waits for each answer: what the
// operators' commands share. Errors of the API come back as errors with its own words. One thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/io_context.hpp>

#include "app/http_link.hpp"
#include "core/clock.hpp"
#include "core/error.hpp"

namespace spillway::app {

struct AdminClientOptions {
  std::string url = "http://127.0.0.1:8081";
  std::string token;    // empty: none is sent
  std::string ca_file;  // trusted certificates, empty: the system's
  core::Duration timeout = std::chrono::seconds(30);
};

class AdminClient {
 public:
  // Connects to nothing yet. `invalid_argument`: the address is none, or the token cannot be one.
  [[nodiscard]] static core::Result<std::unique_ptr<AdminClient>> open(AdminClientOptions options);

  // The body of a 2xx answer. `unavailable` or `timeout`: nobody answered at that address.
  [[nodiscard]] core::Result<std::string> get(std::string_view target);
  [[nodiscard]] core::Result<std::string> post(std::string_view target, const std::string& body);
  [[nodiscard]] core::Result<std::string> remove(std::string_view target);

  // Waits before the next question.
  void pause(core::Duration duration);

 private:
  explicit AdminClient(AdminClientOptions options) : options_(std::move(options)) {}

  core::Result<std::string> ask(std::string method, std::string_view target,
                                const std::string& body);

  AdminClientOptions options_;
  boost::asio::io_context io_{1};
  std::unique_ptr<Origin> origin_;
  std::unique_ptr<HttpLink> link_;
};

// The error that an answer of the admin API stands for.
[[nodiscard]] core::Error admin_error(const Reply& reply);

}  // namespace spillway::app
