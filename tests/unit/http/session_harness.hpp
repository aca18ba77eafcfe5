// A server session with everything around it in memory: the far end of its connection, a clock that
// moves when told, and a handler that records what reached it. io.poll() runs it until it waits.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <cstddef>
#include <memory>
#include <regex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/clock.hpp"
#include "http/problem.hpp"
#include "http/server_session.hpp"

namespace spillway::http {

class ManualClock final : public core::Clock {
 public:
  [[nodiscard]] core::Time now() const override { return now_; }
  [[nodiscard]] bool stepped() const override { return false; }
  void advance(core::Duration by) { now_ += by; }

 private:
  core::Time now_{std::chrono::seconds(784111777)};  // Sun, 06 Nov 1994 08:49:37 GMT
};

// Both ends of a connection.
struct Wire {
  explicit Wire(IoExecutor executor) : changed(executor) {}

  std::string to_server;
  bool client_closed = false;
  std::string from_server;
  bool server_shut = false;
  bool stuck = false;  // the client reads nothing: writes do not finish
  std::size_t piece_bytes_max = std::string::npos;
  bool cancelled = false;
  int unsent_bytes_max = 0;
  core::Duration unsent_limit{};
  Timer changed;
};

class MemoryTransport final : public Transport {
 public:
  explicit MemoryTransport(Wire& wire) : wire_(wire) {}

  Awaitable<boost::system::error_code> open() override { co_return boost::system::error_code{}; }

  Awaitable<IoResult> read_some(boost::asio::mutable_buffer into) override {
    wire_.cancelled = false;
    while (wire_.to_server.empty() && !wire_.client_closed && !wire_.cancelled) {
      co_await wait();
    }
    if (wire_.cancelled) {
      co_return IoResult{boost::asio::error::operation_aborted, 0};
    }
    if (wire_.to_server.empty()) {
      co_return IoResult{boost::asio::error::eof, 0};
    }
    const std::size_t bytes =
        std::min({into.size(), wire_.to_server.size(), wire_.piece_bytes_max});
    wire_.to_server.copy(static_cast<char*>(into.data()), bytes);
    wire_.to_server.erase(0, bytes);
    co_return IoResult{{}, bytes};
  }

  Awaitable<IoResult> write(std::array<boost::asio::const_buffer, 2> buffers) override {
    wire_.cancelled = false;
    while (wire_.stuck && !wire_.cancelled) {
      co_await wait();
    }
    if (wire_.cancelled) {
      co_return IoResult{boost::asio::error::operation_aborted, 0};
    }
    std::size_t bytes = 0;
    for (const boost::asio::const_buffer& buffer : buffers) {
      wire_.from_server.append(static_cast<const char*>(buffer.data()), buffer.size());
      bytes += buffer.size();
    }
    co_return IoResult{{}, bytes};
  }

  Awaitable<> shutdown(boost::asio::mutable_buffer) override {
    wire_.server_shut = true;
    wire_.cancelled = false;
    while (!wire_.client_closed && !wire_.cancelled) {
      co_await wait();
    }
  }

  void bound_unsent(int bytes, core::Duration limit) override {
    wire_.unsent_bytes_max = bytes;
    wire_.unsent_limit = limit;
  }

  void cancel() override {
    wire_.cancelled = true;
    wire_.changed.cancel();
  }

 private:
  Awaitable<> wait() {
    wire_.changed.expires_at(Timer::time_point::max());
    co_await wire_.changed.async_wait(kAwait);
  }

  Wire& wire_;
};

// A body whose parts the test gives.
class TestStream final : public BodyStream {
 public:
  explicit TestStream(IoExecutor executor) : changed_(executor) {}

  void give(std::string part) {
    parts.push_back(std::move(part));
    changed_.cancel();
  }
  Awaitable<Part> next() override {
    while (parts.empty() && !ended && !stopped) {
      changed_.expires_at(Timer::time_point::max());
      co_await changed_.async_wait(kAwait);
    }
    if (parts.empty() || stopped) {
      co_return nullptr;
    }
    auto part = std::make_shared<const std::string>(std::move(parts.front()));
    parts.erase(parts.begin());
    co_return part;
  }
  void stop() override {
    stopped = true;
    changed_.cancel();
  }
  void end() {
    ended = true;
    changed_.cancel();
  }

  std::vector<std::string> parts;
  bool ended = false;
  bool stopped = false;

 private:
  Timer changed_;
};

// Answers 200 with the method, path and body. /stream is answered by a stream. /refused is refused
// on its head, /slow waits until it is released.
class EchoHandler final : public Handler {
 public:
  explicit EchoHandler(IoExecutor executor)
      : stream(std::make_shared<TestStream>(executor)), released_(executor) {
    released_.expires_at(Timer::time_point::max());
  }

  std::expected<BodyPolicy, Response> admit(const RequestHead& head) override {
    ++admitted;
    if (head.path == "/refused") {
      return std::unexpected(problem(404, "no such source"));
    }
    return BodyPolicy{.bytes_max = body_bytes_max, .budget = budget};
  }

  Awaitable<Response> handle(Request request) override {
    if (request.head.path == "/slow") {
      co_await released_.async_wait(kAwait);
    }
    Response response{.status = status, .content_type = "text/plain"};
    if (request.head.path == "/stream") {
      response.stream = stream;
      co_return response;
    }
    response.body = request.head.method + " " + request.head.path + " " + request.body;
    requests.push_back(std::move(request));
    co_return response;
  }

  void release() { released_.cancel(); }

  std::size_t body_bytes_max = 1024 * 1024;
  core::ByteBudget budget{8 * 1024 * 1024};
  int status = 200;
  int admitted = 0;
  std::vector<Request> requests;
  std::shared_ptr<TestStream> stream;

 private:
  Timer released_;
};

// How often the listener itself refused something for this reason.
inline std::uint64_t refusals(core::Registry& registry, std::string reason) {
  return registry
      .counter("spillway_listener_refused_total", "",
               {{"listener", "ingest"}, {"reason", std::move(reason)}})
      .value();
}

class SessionTest : public ::testing::Test {
 protected:
  // Starts the session; options may be changed before.
  void start() {
    session = std::make_unique<ServerSession>(std::make_unique<MemoryTransport>(wire), "192.0.2.7",
                                              context);
    boost::asio::co_spawn(io, session->run(), [this](std::exception_ptr error) {
      EXPECT_FALSE(error);
      ended = true;
    });
    poll();
  }

  void poll() {
    io.restart();
    io.poll();
  }

  void send(std::string_view bytes) {
    wire.to_server.append(bytes);
    wire.changed.cancel();
    poll();
  }

  void close_client() {
    wire.client_closed = true;
    wire.changed.cancel();
    poll();
  }

  void advance(core::Duration by) {
    clock.advance(by);
    session->expire(clock.now());
    poll();
  }

  // Of all the answers so far; a problem's text may name HTTP/1.1 too.
  [[nodiscard]] std::vector<int> statuses() const {
    static const std::regex status_line("HTTP/1\\.1 ([0-9]{3}) ");
    std::vector<int> found;
    for (std::sregex_iterator at(wire.from_server.begin(), wire.from_server.end(), status_line);
         at != std::sregex_iterator(); ++at) {
      found.push_back(std::stoi((*at)[1]));
    }
    return found;
  }

  boost::asio::io_context io;
  ManualClock clock;
  Wire wire{io.get_executor()};
  EchoHandler handler{io.get_executor()};
  core::Registry registry;
  ListenerProbe probe{registry, "ingest"};
  ServerContext context{handler, clock, probe, {}, {}, false};
  std::unique_ptr<ServerSession> session;
  bool ended = false;
};

}  // namespace spillway::http
