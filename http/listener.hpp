// Accepts connections on one address for one io thread and owns their sessions. Each io thread has
// a listener of its own on the same port (SO_REUSEPORT), so the kernel spreads the connections.
// Made and destroyed by `app`; everything but open() belongs to the thread of its io_context.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "http/async.hpp"
#include "http/connection_limit.hpp"
#include "http/handler.hpp"
#include "http/listener_probe.hpp"
#include "http/server_session.hpp"
#include "http/server_tls.hpp"

namespace spillway::http {

struct ListenerOptions {
  std::string address;     // an IP address
  std::uint16_t port = 0;  // 0: any free one
  // A listener of this process has the port already, and this one shares it. Else the port must be
  // free: SO_REUSEPORT alone would share it with any other process.
  bool joins = false;
  ServerTls tls{};  // nothing: plain HTTP
  ServerOptions server;
};

class Listener {
 public:
  // Binds and listens, without accepting yet. Everything passed by reference outlives the listener,
  // and the io_context too, whose destruction ends what stop() had to leave behind.
  [[nodiscard]] static core::Result<std::unique_ptr<Listener>> open(
      IoExecutor executor, ListenerOptions options, Handler& handler, const core::Clock& clock,
      ConnectionLimit& limit, ListenerProbe& probe);

  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener();

  [[nodiscard]] std::uint16_t port() const;

  // Starts to accept. Before the io_context runs, or on its thread.
  void start();

  // From now on each answer is the last of its connection and says so, that senders go elsewhere
  // before stop() closes what is idle.
  void drain();

  // Accepts no more, closes idle connections, lets the requests under way finish, and returns when
  // all connections have ended. Past the limit those left are cut; what is still inside a handler
  // then ends with the io_context. Returns how many are left. Once, after start().
  [[nodiscard]] Awaitable<std::size_t> stop(core::Duration limit);

 private:
  struct State;

  explicit Listener(std::shared_ptr<State> state);

  static Awaitable<> accept_connections(std::shared_ptr<State> state);
  static Awaitable<> serve(std::shared_ptr<State> state, TcpSocket socket, std::string remote);
  static Awaitable<> watch_deadlines(std::shared_ptr<State> state);

  // Shared with the coroutines, which the io_context may destroy later than the listener.
  const std::shared_ptr<State> state_;
};

}  // namespace spillway::http
