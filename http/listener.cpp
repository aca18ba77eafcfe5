#include "http/listener.hpp"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/socket_base.hpp>
#include <boost/intrusive/list.hpp>
#include <exception>
#include <string>
#include <utility>

#include "core/log.hpp"
#include "http/problem.hpp"

namespace spillway::http {
namespace {

namespace asio = boost::asio;

using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, IoExecutor>;
using SessionList =
    boost::intrusive::list<ServerSession, boost::intrusive::constant_time_size<false>>;

constexpr auto kAcceptRetry = std::chrono::milliseconds(100);
// After the limit of a stop, for connections that were cut to unwind.
constexpr auto kCutGrace = std::chrono::seconds(1);

// How often deadlines are looked at: often enough for the shortest, at most once a second.
core::Duration tick_of(const ServerOptions& options) {
  const core::Duration shortest =
      std::min({options.header_timeout, options.body_timeout, options.write_timeout,
                options.idle_timeout, options.linger_timeout});
  return std::clamp<core::Duration>(shortest / 8, std::chrono::milliseconds(1),
                                    std::chrono::seconds(1));
}

core::Error listen_error(const ListenerOptions& options, const boost::system::error_code& error) {
  return {.code = core::ErrorCode::invalid_argument,
          .message = fmt::format("cannot listen on {}:{}: {}", options.address, options.port,
                                 error.message())};
}

core::Result<Acceptor> make_acceptor(IoExecutor executor, const ListenerOptions& options) {
  boost::system::error_code error;
  const auto address = asio::ip::make_address(options.address, error);
  if (error) {
    return core::fail(core::ErrorCode::invalid_argument,
                      fmt::format("cannot listen on '{}': expected an IP address such as 0.0.0.0",
                                  options.address));
  }
  Acceptor acceptor(executor);
  const asio::ip::tcp::endpoint endpoint(address, options.port);
  if (!options.joins && options.port != 0) {
    Acceptor probe(executor);
    probe.open(endpoint.protocol(), error);
    if (!error) {
      probe.set_option(asio::socket_base::reuse_address(true), error);
    }
    if (!error) {
      probe.bind(endpoint, error);
    }
    if (error) {
      return std::unexpected(listen_error(options, error));
    }
  }
  using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;
  acceptor.open(endpoint.protocol(), error);
  if (!error) {
    acceptor.set_option(asio::socket_base::reuse_address(true), error);
  }
  if (!error) {
    acceptor.set_option(ReusePort(true), error);
  }
  if (!error) {
    acceptor.bind(endpoint, error);
  }
  if (!error) {
    acceptor.listen(asio::socket_base::max_listen_connections, error);
  }
  if (error) {
    return std::unexpected(listen_error(options, error));
  }
  return acceptor;
}

// A connection over the limit is told so if that can be done at once.
void turn_away(TcpSocket& socket, ServerContext& context) {
  const Response response =
      problem_retry_after(503, "too many connections are open", std::chrono::seconds(1));
  std::string text;
  append_response_head(text, response, AfterResponse::close, 1,
                       context.date.at(context.clock.now()));
  text.append(response.body);
  boost::system::error_code ignored;
  socket.non_blocking(true, ignored);
  socket.write_some(asio::buffer(text), ignored);
  socket.shutdown(TcpSocket::shutdown_send, ignored);
}

}  // namespace

struct Listener::State {
  State(Acceptor bound, ListenerOptions opened, Handler& handler, const core::Clock& clock,
        ConnectionLimit& connection_limit, ListenerProbe& probe)
      : acceptor(std::move(bound)),
        ticker(acceptor.get_executor()),
        accept_retry(acceptor.get_executor()),
        task_ended(acceptor.get_executor()),
        tls(std::move(opened.tls)),
        context{handler, clock, probe, opened.server, {}, false},
        limit(connection_limit) {}

  // Runs a task that stop() waits for.
  void spawn(Awaitable<> task, std::shared_ptr<State> self) {
    ++tasks;
    asio::co_spawn(
        acceptor.get_executor(), std::move(task),
        [self = std::move(self)](const std::exception_ptr& error) { self->ended(error); });
  }

  void ended(const std::exception_ptr& error) {
    if (error) {
      try {
        std::rethrow_exception(error);
      } catch (const std::exception& exception) {
        core::log(core::LogLevel::error, "http.connection_failed", {{"error", exception.what()}});
      }
    }
    --tasks;
    if (stopping) {
      task_ended.cancel();
    }
  }

  // Waits until no more than `left` tasks run, at most so long.
  static Awaitable<> wait_for_tasks(std::shared_ptr<State> state, std::size_t left,
                                    core::Duration limit) {
    const core::Time deadline = state->context.clock.now() + limit;
    while (state->tasks > left) {
      const core::Duration remaining = deadline - state->context.clock.now();
      if (remaining <= core::Duration::zero()) {
        co_return;
      }
      state->task_ended.expires_after(remaining);
      co_await state->task_ended.async_wait(kAwait);
    }
  }

  Acceptor acceptor;
  Timer ticker;
  Timer accept_retry;
  Timer task_ended;
  const ServerTls tls;
  ServerContext context;
  ConnectionLimit& limit;
  SessionList sessions;
  std::size_t tasks = 0;
  bool stopping = false;  // no new connections
  bool joining = false;   // no connections are left to watch
};

namespace {

// A place under the connection limit.
class Place {
 public:
  explicit Place(ConnectionLimit& limit) : limit_(limit) {}
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  ~Place() { limit_.release(); }

 private:
  ConnectionLimit& limit_;
};

std::string address_text(const asio::ip::address& address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string();
  }
  return address.to_string();
}

}  // namespace

core::Result<std::unique_ptr<Listener>> Listener::open(IoExecutor executor, ListenerOptions options,
                                                       Handler& handler, const core::Clock& clock,
                                                       ConnectionLimit& limit,
                                                       ListenerProbe& probe) {
  core::Result<Acceptor> acceptor = make_acceptor(executor, options);
  if (!acceptor) {
    return std::unexpected(std::move(acceptor.error()));
  }
  auto state = std::make_shared<State>(std::move(*acceptor), std::move(options), handler, clock,
                                       limit, probe);
  return std::unique_ptr<Listener>(new Listener(std::move(state)));
}

Listener::Listener(std::shared_ptr<State> state) : state_(std::move(state)) {}

Listener::~Listener() = default;

std::uint16_t Listener::port() const {
  boost::system::error_code ignored;
  return state_->acceptor.local_endpoint(ignored).port();
}

void Listener::start() {
  state_->spawn(accept_connections(state_), state_);
  state_->spawn(watch_deadlines(state_), state_);
}

void Listener::drain() {
  state_->context.draining = true;
}

Awaitable<> Listener::accept_connections(std::shared_ptr<State> state) {
  bool failing = false;
  while (!state->stopping) {
    TcpSocket socket(state->acceptor.get_executor());
    asio::ip::tcp::endpoint peer;
    const auto [error] = co_await state->acceptor.async_accept(socket, peer, kAwait);
    if (state->stopping) {
      co_return;
    }
    if (error == asio::error::connection_aborted) {
      continue;
    }
    if (error) {
      // Out of descriptors or memory. The connection stays in the queue, so trying again at once
      // would only burn the processor.
      if (!std::exchange(failing, true)) {
        core::log(core::LogLevel::error, "http.accept_failed",
                  {{"error", error.message()}, {"hint", "raise the limit of open files"}});
      }
      state->accept_retry.expires_after(kAcceptRetry);
      co_await state->accept_retry.async_wait(kAwait);
      continue;
    }
    failing = false;
    if (!state->limit.acquire()) {
      state->context.probe.turned_away();
      turn_away(socket, state->context);
      continue;
    }
    boost::system::error_code ignored;
    socket.set_option(asio::ip::tcp::no_delay(true), ignored);
    state->spawn(serve(state, std::move(socket), address_text(peer.address())), state);
  }
}

Awaitable<> Listener::serve(std::shared_ptr<State> state, TcpSocket socket, std::string remote) {
  const Place place(state->limit);
  ServerSession session(state->tls ? make_tls_transport(std::move(socket), *state->tls)
                                   : make_tcp_transport(std::move(socket)),
                        std::move(remote), state->context);
  if (state->stopping) {
    co_return;
  }
  state->sessions.push_back(session);
  co_await session.run();
}

Awaitable<> Listener::watch_deadlines(std::shared_ptr<State> state) {
  const core::Duration tick = tick_of(state->context.options);
  while (!state->joining) {
    state->ticker.expires_after(tick);
    co_await state->ticker.async_wait(kAwait);
    const core::Time now = state->context.clock.now();
    for (ServerSession& session : state->sessions) {
      session.expire(now);
    }
  }
}

Awaitable<std::size_t> Listener::stop(core::Duration limit) {
  constexpr std::size_t kWatcherOnly = 1;
  const std::shared_ptr<State> state = state_;
  state->stopping = true;
  boost::system::error_code ignored;
  state->acceptor.close(ignored);
  state->accept_retry.cancel();
  for (ServerSession& session : state->sessions) {
    session.stop();
  }
  co_await State::wait_for_tasks(state, kWatcherOnly, limit);
  for (ServerSession& session : state->sessions) {
    session.abort();
  }
  co_await State::wait_for_tasks(state, kWatcherOnly, kCutGrace);
  const std::size_t left = state->tasks - kWatcherOnly;
  state->joining = true;
  state->ticker.cancel();
  co_await State::wait_for_tasks(state, left, kCutGrace);
  co_return left;
}

}  // namespace spillway::http
