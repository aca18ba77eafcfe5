// HTTP as the commands speak it, to a gateway's ingest or admin listener: an Origin is where, an
// HttpLink one connection to it that is kept between exchanges, and a Reply all that came back.
// (http::Client serves deliveries: it keeps no headers and judges every address.) One io_context.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/ip/tcp.hpp>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/event.hpp"
#include "http/client_tls.hpp"
#include "http/connection.hpp"
#include "http/deadline.hpp"
#include "http/resolver.hpp"
#include "http/url.hpp"

namespace spillway::app {

class Origin {
 public:
  // The URL's query and path are kept for those who send to it. `ca_file`: trusted certificates,
  // empty: the system's.
  [[nodiscard]] static core::Result<std::unique_ptr<Origin>> open(http::IoExecutor executor,
                                                                  std::string_view url,
                                                                  const std::string& ca_file);

  [[nodiscard]] const http::Url& url() const { return url_; }
  [[nodiscard]] const http::IoExecutor& executor() const { return executor_; }

 private:
  friend class HttpLink;

  Origin(http::IoExecutor executor, http::Url url, http::ClientTlsPtr tls,
         std::unique_ptr<http::Resolver> resolver);

  [[nodiscard]] http::Awaitable<core::Result<http::Resolver::Addresses>> addresses(
      http::Deadline deadline);

  http::IoExecutor executor_;
  http::Url url_;
  http::ClientTlsPtr tls_;  // null where the URL is http
  std::unique_ptr<http::Resolver> resolver_;
};

struct Reply {
  int status = 0;
  std::vector<core::Header> headers{};
  std::string body{};

  [[nodiscard]] bool ok() const { return status >= 200 && status < 300; }
  [[nodiscard]] std::string_view header(std::string_view name) const;  // empty when missing
};

class HttpLink {
 public:
  // The most of a body that is read: event bodies and pages of lists fit.
  static constexpr std::size_t kBodyBytesMax = std::size_t{64} << 20;

  // The origin outlives the link and its exchanges.
  explicit HttpLink(Origin& origin) : origin_(&origin) {}
  ~HttpLink() { close(); }
  HttpLink(const HttpLink&) = delete;
  HttpLink& operator=(const HttpLink&) = delete;

  // One exchange at a time. Host and Content-Length are written here; `headers` are valid ones.
  // Fails with `unavailable` when nobody could be reached or answered, with `timeout` past the
  // deadline, else with `io`. Never tries again by itself. All pointers outlive the call.
  [[nodiscard]] http::Awaitable<core::Result<Reply>> exchange(
      std::string method, std::string target, const std::vector<core::Header>* headers,
      const std::string* body, http::Deadline deadline);

  // What is under way ends with an error.
  void close();

 private:
  [[nodiscard]] http::Awaitable<core::Result<void>> connect(http::Deadline deadline);
  [[nodiscard]] http::Awaitable<core::Result<void>> secure(http::ConnectionPtr connection);
  [[nodiscard]] http::Awaitable<core::Result<Reply>> read_reply(http::ConnectionPtr connection);

  Origin* origin_;
  http::ConnectionPtr connection_;
};

}  // namespace spillway::app
