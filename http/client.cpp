#include "http/client.hpp"

#include "http/response_parser.hpp"

#include <fmt/format.h>
#include <openssl/ssl.h>
#include <boost/asio/error.hpp>

#include <algorithm>
#include <cstring>
#include <utility>

namespace spillway::http {
namespace {

using core::Error;
using core::ErrorCode;
using core::fail;
using core::Fault;
using core::Result;
using core::Retry;
namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::size_t kReadBytes = 2048;  // at first: most responses are far smaller
// A whole response head, or a chunk's header, has to fit.
constexpr std::size_t kReadBytesMax = kResponseHeadBytesMax + kReadBytes;

std::unexpected<SendFailure> nothing_sent(SendStage stage, Error error) {
  error.retry = Retry::safe;
  return std::unexpected(SendFailure{stage, true, std::move(error)});
}

std::unexpected<SendFailure> outcome_unknown(SendStage stage, Error error) {
  error.retry = Retry::only_if_nothing_was_sent;
  return std::unexpected(SendFailure{stage, false, std::move(error)});
}

Error cancelled() {
  return {ErrorCode::cancelled, Fault::us, Retry::safe, "the client is stopping"};
}

std::string to_string(const asio::ip::tcp::endpoint& peer) {
  return fmt::format(fmt::runtime(peer.address().is_v6() ? "[{}]:{}" : "{}:{}"),
                     peer.address().to_string(), peer.port());
}

}  // namespace

// Counts a call of send() for as long as it runs.
class Client::Exchange {
 public:
  Exchange(Client* client, Endpoint* endpoint) : client_(client), endpoint_(endpoint) {
    ++client_->exchanges_;
    ++endpoint_->exchanges_;
  }
  ~Exchange() {
    --endpoint_->exchanges_;
    if (--client_->exchanges_ == 0 && client_->stopping_) {
      client_->drained_.cancel();
    }
  }
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

 private:
  Client* client_;
  Endpoint* endpoint_;
};

Client::Client(IoExecutor executor, std::unique_ptr<Resolver> resolver, SocketBudget* sockets,
               ClientOptions options)
    : executor_(executor),
      resolver_(std::move(resolver)),
      sockets_(sockets),
      idle_(options.idle_connections_max),
      drained_(executor, Deadline::max()) {}

Awaitable<SendResult> Client::send(std::shared_ptr<Endpoint> endpoint, ClientRequest request,
                                   Deadline deadline) {
  const Deadline started = now_monotonic();
  const Exchange counted(this, endpoint.get());
  if (stopping_) {
    co_return nothing_sent(SendStage::limit, cancelled());
  }
  const std::size_t share = std::max<std::size_t>(1, sockets_->limit() / kEndpointShare);
  const std::size_t exchanges_max = std::min(endpoint->options().exchanges_max, share);
  if (endpoint->exchanges_ > exchanges_max) {
    co_return nothing_sent(
        SendStage::limit,
        {ErrorCode::unavailable, Fault::us, Retry::safe,
         fmt::format("{} requests to {} are under way already, the most it is given at once",
                     exchanges_max, endpoint->options().url.printable())});
  }
  if (deadline <= started) {
    co_return nothing_sent(SendStage::limit, {ErrorCode::timeout, Fault::us, Retry::safe,
                                              "the attempt's time was over before it began"});
  }
  ConnectionPtr connection = idle_.take(*endpoint);
  const bool fresh = connection == nullptr;
  if (fresh) {
    Opened opened = co_await open(endpoint.get(), deadline);
    if (!opened) {
      co_return std::unexpected(std::move(opened.error()));
    }
    connection = std::move(*opened);
  }
  connection->set_deadline(deadline);
  SendResult result = co_await exchange(connection.get(), &request);
  if (result) {
    result->took = std::chrono::duration_cast<core::Duration>(now_monotonic() - started);
  }
  if (connection->is_open()) {
    if (fresh && connection->tls_session() != nullptr) {
      remember_tls_session(*endpoint, *connection);
    }
    idle_.put(*endpoint, std::move(connection));
  }
  co_return result;
}

Awaitable<> Client::stop() {
  stopping_ = true;
  resolver_->stop();
  idle_.clear();
  for (Connection& connection : connections_) {
    connection.close();
  }
  while (exchanges_ > 0) {
    drained_.expires_at(Deadline::max());
    [[maybe_unused]] const auto woken = co_await drained_.async_wait(kAwait);
  }
}

Awaitable<Client::Opened> Client::open(Endpoint* endpoint, Deadline deadline) {
  const Deadline connect_by = std::min(deadline, deadline_in(endpoint->options().connect_timeout));
  auto found = co_await find_addresses(endpoint, connect_by);
  if (!found) {
    co_return std::unexpected(std::move(found.error()));
  }
  Opened opened = nothing_sent(SendStage::connect, cancelled());
  for (std::size_t left = found->size(); left > 0 && !stopping_; --left) {
    // An address that does not answer leaves its share of the time to the others.
    const Deadline now = now_monotonic();
    const Deadline share = now + (connect_by - now) / static_cast<int>(left);
    opened = co_await connect(endpoint, (*found)[found->size() - left], share);
    if (opened || opened.error().stage != SendStage::connect) {
      break;
    }
  }
  if (!opened || endpoint->options().url.scheme == Url::Scheme::http) {
    co_return opened;
  }
  Opened secured = co_await secure(endpoint, std::move(*opened), connect_by);
  co_return secured;
}

Awaitable<std::expected<Client::Candidates, SendFailure>> Client::find_addresses(
    Endpoint* endpoint, Deadline deadline) {
  const Url& url = endpoint->options().url;
  const AddressGuard& guard = *endpoint->options().guard;
  Candidates candidates;
  if (url.address) {
    candidates.push_back(*url.address);
  } else {
    if (Result<void> named = guard.check_name(url.host); !named) {
      co_return nothing_sent(SendStage::guard, std::move(named.error()));
    }
    Resolver::Answer answer = co_await resolver_->resolve(url.host, deadline);
    if (!answer) {
      co_return nothing_sent(SendStage::resolve,
                             std::move(answer.error()).in_context("resolve " + url.host));
    }
    candidates = **answer;
  }
  Result<void> refused;
  std::erase_if(candidates, [&](const asio::ip::address& address) {
    Result<void> verdict = guard.check(address);
    if (verdict) {
      return false;
    }
    refused = std::move(verdict);
    return true;
  });
  if (candidates.empty()) {
    co_return nothing_sent(SendStage::guard, std::move(refused.error()));
  }
  co_return candidates;
}

Awaitable<Client::Opened> Client::connect(Endpoint* endpoint, asio::ip::address address,
                                          Deadline deadline) {
  SocketBudget::Reservation slot = reserve_socket();
  if (!slot) {
    co_return nothing_sent(SendStage::limit,
                           {ErrorCode::unavailable, Fault::us, Retry::safe,
                            fmt::format("all {} outbound sockets are in use", sockets_->limit())});
  }
  auto connection = std::make_shared<Connection>(executor_, std::move(slot));
  connections_.push_back(*connection);
  connection->set_deadline(deadline);
  const asio::ip::tcp::endpoint peer(address, endpoint->options().url.port);
  const error_code error = co_await connection->connect(peer);
  if (error) {
    co_return nothing_sent(SendStage::connect,
                           explain(*connection, "connect to " + to_string(peer), error.message()));
  }
  endpoint->connected_to_ = to_string(peer);
  co_return connection;
}

Awaitable<Client::Opened> Client::secure(Endpoint* endpoint, ConnectionPtr connection,
                                         Deadline deadline) {
  connection->set_deadline(deadline);
  const Url& url = endpoint->options().url;
  SSL* session = endpoint->options().tls->make_session(url);
  if (session == nullptr) {
    co_return nothing_sent(SendStage::tls, {ErrorCode::unavailable, Fault::us, Retry::safe,
                                            "no memory for a TLS session"});
  }
  if (endpoint->tls_session_ != nullptr) {
    SSL_set_session(session, endpoint->tls_session_.get());
  }
  const error_code error = co_await connection->handshake(session);
  if (error) {
    co_return nothing_sent(SendStage::tls,
                           explain(*connection, "TLS handshake with " + url.host,
                                   handshake_error(connection->tls_session(), error.message())));
  }
  co_return connection;
}

Awaitable<SendResult> Client::exchange(Connection* connection, ClientRequest* request) {
  request->head_.append("\r\n");
  const auto [write_error, written] =
      co_await connection->write({asio::buffer(request->head_), asio::buffer(request->body_)});
  if (write_error && written == 0) {
    Error error = explain(*connection, "send the request", write_error.message());
    connection->close();
    co_return nothing_sent(SendStage::send, std::move(error));
  }
  // Also after a failed write: a destination may answer, and close, without reading everything.
  ResponseParser parser(request->excerpt_bytes_max);
  Result<void> read = co_await read_response(connection, &parser);
  if (!read || !parser.keep_alive() || write_error) {
    connection->close();
  }
  if (parser.has_status()) {  // the destination has decided, whatever became of the rest
    co_return std::move(parser.response());
  }
  co_return outcome_unknown(write_error ? SendStage::send : SendStage::receive,
                            std::move(read.error()));
}

Awaitable<Result<void>> Client::read_response(Connection* connection, ResponseParser* parser) {
  std::string& buffer = connection->buffer;
  std::size_t filled = 0;
  while (!parser->done()) {
    if (filled == buffer.size()) {
      if (filled >= kReadBytesMax) {
        co_return fail(ErrorCode::too_large, "the response has a header or chunk line above 16 KiB",
                       Fault::destination);
      }
      buffer.resize(std::clamp(2 * filled, kReadBytes, kReadBytesMax));
    }
    const auto [error, count] = co_await connection->read_some(
        asio::buffer(buffer.data() + filled, buffer.size() - filled));
    filled += count;
    Result<std::size_t> consumed = parser->resume(std::string_view(buffer.data(), filled));
    if (!consumed) {
      co_return std::unexpected(std::move(consumed.error()));
    }
    filled -= *consumed;
    std::memmove(buffer.data(), buffer.data() + *consumed, filled);
    if (error == asio::error::eof) {
      parser->end();
    }
    if (error && !parser->done()) {
      co_return std::unexpected(explain(*connection, "read the response", error.message()));
    }
  }
  if (filled > 0) {
    co_return fail(ErrorCode::corrupt, "bytes follow the response that nobody asked for",
                   Fault::destination);
  }
  co_return Result<void>{};
}

SocketBudget::Reservation Client::reserve_socket() {
  SocketBudget::Reservation slot = sockets_->reserve(1);
  while (!slot && idle_.drop_oldest()) {
    slot = sockets_->reserve(1);
  }
  return slot;
}

// A ticket comes with the first response; the next handshake is then without certificates.
void Client::remember_tls_session(Endpoint& endpoint, Connection& connection) {
  std::shared_ptr<SSL_SESSION> session(SSL_get1_session(connection.tls_session()),
                                       &SSL_SESSION_free);
  if (session != nullptr && SSL_SESSION_is_resumable(session.get()) == 1) {
    endpoint.tls_session_ = std::move(session);
  }
}

Error Client::explain(const Connection& connection, std::string_view doing,
                      const std::string& error) const {
  if (stopping_) {
    return cancelled();
  }
  if (connection.deadline_passed()) {
    return {ErrorCode::timeout, Fault::destination, Retry::safe,
            fmt::format("{}: the time for it is over", doing)};
  }
  return {ErrorCode::io, Fault::destination, Retry::safe, fmt::format("{}: {}", doing, error)};
}

}  // namespace spillway::http
