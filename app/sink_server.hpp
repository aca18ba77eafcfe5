// A destination to try things with: takes webhooks on one port, verifies and counts them, and
// misbehaves as told. Sits behind its own sockets because a well-behaved server cannot reset
// connections or answer garbage. For `sink`, `demo` and tests. One io_context, which it may share.
//
//   POST anything   a webhook          GET /stats      counts
//   POST /behave    change behaviour   GET /received   ids, the newest 10,000
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include <boost/asio/basic_socket_acceptor.hpp>

#include "app/misbehaviour.hpp"
#include "app/sink_ledger.hpp"
#include "app/webhook_verifier.hpp"
#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/random.hpp"
#include "http/async.hpp"

namespace spillway::app {

struct SinkServerOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  // 0: any free one
  VerifierOptions verifier;
  Misbehaviour misbehaviour;
  std::size_t ids_max = 1'000'000;
  std::size_t connections_max = 4096;
  std::size_t body_bytes_max = std::size_t{32} << 20;
};

class SinkServer : public std::enable_shared_from_this<SinkServer> {
 public:
  // Binds, listens and begins to accept. Clock and random outlive every run of the io_context;
  // what is under way keeps the server.
  [[nodiscard]] static core::Result<std::shared_ptr<SinkServer>> open(
      http::IoExecutor executor, const SinkServerOptions& options, const core::Clock& clock,
      core::Random& random);
  SinkServer(const SinkServer&) = delete;
  SinkServer& operator=(const SinkServer&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] const SinkLedger& ledger() const { return ledger_; }

  void behave(const Misbehaviour& misbehaviour);
  // Closes everything, so that the io_context can run out of work.
  void stop();

 private:
  using Acceptor = boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, http::IoExecutor>;
  class Session;

  SinkServer(Acceptor acceptor, WebhookVerifier verifier, const SinkServerOptions& options,
             const core::Clock& clock, core::Random& random);

  [[nodiscard]] static http::Awaitable<> accept(std::shared_ptr<SinkServer> self);
  [[nodiscard]] static http::Awaitable<> serve(std::shared_ptr<SinkServer> self,
                                               http::TcpSocket socket);
  [[nodiscard]] core::Duration running() const { return clock_->now() - since_; }
  // Changes the fields that the JSON object names, all or none.
  [[nodiscard]] core::Result<void> behave_as(std::string_view json);

  Acceptor acceptor_;
  const std::uint16_t port_;
  WebhookVerifier verifier_;
  SinkServerOptions options_;
  const core::Clock* clock_;
  core::Random* random_;
  core::Time since_;  // the present behaviour began
  SinkLedger ledger_;
  std::set<Session*> sessions_;
  bool stopped_ = false;
};

}  // namespace spillway::app
