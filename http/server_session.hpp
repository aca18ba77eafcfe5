// One connection of a listener: reads request after request, lets the handler answer, writes the
// answers in order. Nothing reaches the handler but a request whose head passed the strict framing
// check and whose body arrived whole. Lives on its connection's coroutine, on one io thread; the
// listener tells it the time and when to stop.
#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/intrusive/list_hook.hpp>
#include <chrono>
#include <cstddef>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/clock.hpp"
#include "http/async.hpp"
#include "http/body_stream.hpp"
#include "http/date_header.hpp"
#include "http/framing.hpp"
#include "http/handler.hpp"
#include "http/listener_probe.hpp"
#include "http/request_body.hpp"
#include "http/response_head.hpp"
#include "http/transport.hpp"

namespace spillway::http {

struct ServerOptions {
  FramingLimits framing;
  std::size_t requests_per_connection_max = 100'000;
  core::Duration header_timeout = std::chrono::seconds(10);  // the TLS handshake's too
  core::Duration body_timeout = std::chrono::seconds(30);
  core::Duration write_timeout = std::chrono::seconds(30);
  // Of each part of a stream; and for so long the system of its reader may take nothing.
  core::Duration stream_write_timeout = std::chrono::seconds(10);
  core::Duration idle_timeout = std::chrono::seconds(75);
  core::Duration linger_timeout = std::chrono::seconds(2);  // for a peer to close after our answer

  bool operator==(const ServerOptions&) const = default;
};

// What the sessions of one listener share. Outlives them.
struct ServerContext {
  Handler& handler;
  const core::Clock& clock;
  ListenerProbe& probe;
  ServerOptions options;
  DateHeader date;
  bool draining = false;  // each answer is the last of its connection
};

class ServerSession : public boost::intrusive::list_base_hook<
                          boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  ServerSession(std::unique_ptr<Transport> transport, std::string remote, ServerContext& context);

  // Serves the connection until its end. Once; the session outlives it.
  [[nodiscard]] Awaitable<> run();

  // Ends what is past its deadline; called now and then until the session has ended.
  void expire(core::Time now);

  // Ends the connection as soon as no request is under way; what is answered still says so.
  void stop();

  // Ends the connection without waiting for anything but the handler.
  void abort();

 private:
  enum class Next { request, shutdown, close };

  // A step that failed ends the connection, after the answer if there is one.
  template <class T>
  using Step = std::expected<T, std::optional<Response>>;

  // What of a request its answer depends on.
  struct Asked {
    bool keep_alive = false;
    bool head_only = false;
    int minor_version = 1;
  };

  Awaitable<Next> serve_request();
  Awaitable<Step<ParsedHead>> read_head();
  Awaitable<Step<RequestBody>> read_body(Framing framing, BodyPolicy policy);
  Awaitable<Step<void>> read_sized(std::uint64_t length, RequestBody* body);
  Awaitable<Step<void>> read_chunked(RequestBody* body);
  Awaitable<Next> respond(Response response, Asked asked);
  Awaitable<Next> write_stream(Response response, Asked asked);
  Awaitable<Next> break_off(std::optional<Response> refusal, Asked asked);

  [[nodiscard]] std::string_view unread() const;
  [[nodiscard]] boost::asio::mutable_buffer room();
  [[nodiscard]] bool skip_refused_body(const Framing& framing);
  [[nodiscard]] bool cut_off() const { return expired_ || aborted_; }
  [[nodiscard]] std::optional<Response> broken_off(std::string_view part) const;
  void end_stream();
  void set_deadline(core::Duration timeout);

  const std::unique_ptr<Transport> transport_;
  const std::string remote_;
  ServerContext& context_;
  boost::beast::flat_buffer input_;
  std::string output_;
  std::shared_ptr<BodyStream> stream_;  // that is being written
  core::Time deadline_ = core::Time::max();
  std::size_t requests_ = 0;
  bool idle_ = true;      // nothing has come of a request that was not answered yet
  bool expired_ = false;  // the deadline ended what was under way
  bool stopping_ = false;
  bool aborted_ = false;
};

}  // namespace spillway::http
