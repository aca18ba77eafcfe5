// The HTTP/1.1 client: sends one request to an Endpoint and says for certain what is known of its
// fate. Never follows redirects, knows no proxy, judges every address by the egress guard before
// it connects. One per io thread; delivery and workflows use it.
#pragma once

#include "http/client_request.hpp"
#include "http/client_response.hpp"
#include "http/connection.hpp"
#include "http/deadline.hpp"
#include "http/endpoint.hpp"
#include "http/idle_pool.hpp"
#include "http/resolver.hpp"

#include <boost/intrusive/list.hpp>

#include <cstddef>
#include <expected>
#include <memory>
#include <vector>

namespace spillway::http {

class ResponseParser;

struct ClientOptions {
  std::size_t idle_connections_max = 256;  // over all endpoints
};

class Client {
 public:
  // `sockets` is shared by the clients of all threads and outlives them.
  Client(IoExecutor executor, std::unique_ptr<Resolver> resolver, SocketBudget* sockets,
         ClientOptions options);
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // The share of the sockets that one endpoint may hold, so that those that hang leave enough to
  // the others: one in so many.
  static constexpr std::size_t kEndpointShare = 4;

  // Sends the request once, on an idle connection or a new one, and reads the response. Ends by
  // the deadline: before the final status it is a failure, after it a response with less body.
  // The request is handed to a connection at most once. The Client outlives the call.
  [[nodiscard]] Awaitable<SendResult> send(std::shared_ptr<Endpoint> endpoint,
                                           ClientRequest request, Deadline deadline);

  // Ends everything under way with `cancelled`, refuses what comes later, closes all connections;
  // returns once no call of send() is left.
  [[nodiscard]] Awaitable<> stop();

  [[nodiscard]] std::size_t idle_connections() const { return idle_.size(); }

 private:
  class Exchange;
  using Opened = std::expected<ConnectionPtr, SendFailure>;
  using Candidates = std::vector<boost::asio::ip::address>;

  // Each of these ends before a byte of the request is written.
  [[nodiscard]] Awaitable<Opened> open(Endpoint* endpoint, Deadline deadline);
  [[nodiscard]] Awaitable<std::expected<Candidates, SendFailure>> find_addresses(Endpoint* endpoint,
                                                                                 Deadline deadline);
  [[nodiscard]] Awaitable<Opened> connect(Endpoint* endpoint, boost::asio::ip::address address,
                                          Deadline deadline);
  [[nodiscard]] Awaitable<Opened> secure(Endpoint* endpoint, ConnectionPtr connection,
                                         Deadline deadline);

  // Writes the request and reads the response; closes a connection that is of no more use.
  [[nodiscard]] Awaitable<SendResult> exchange(Connection* connection, ClientRequest* request);
  [[nodiscard]] Awaitable<core::Result<void>> read_response(Connection* connection,
                                                            ResponseParser* parser);
  [[nodiscard]] SocketBudget::Reservation reserve_socket();
  static void remember_tls_session(Endpoint& endpoint, Connection& connection);
  // What ended an operation on the connection: the error, the deadline, or stop().
  [[nodiscard]] core::Error explain(const Connection& connection, std::string_view doing,
                                    const std::string& error) const;

  IoExecutor executor_;
  std::unique_ptr<Resolver> resolver_;
  SocketBudget* sockets_;
  // Every connection there is, to close them on stop; they leave by themselves.
  boost::intrusive::list<Connection, boost::intrusive::constant_time_size<false>> connections_;
  IdlePool idle_;
  std::size_t exchanges_ = 0;
  bool stopping_ = false;
  Timer drained_;  // never fires; cancelled when the last exchange has ended
};

}  // namespace spillway::http
