#include "app/sink_server.hpp"

#include <fmt/format.h>

#include <chrono>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include "routing/json_document.hpp"

namespace spillway::app {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using core::ErrorCode;
using Parser = beast::http::request_parser<beast::http::string_body>;
using ResponseMessage = beast::http::response<beast::http::string_body>;

constexpr std::chrono::seconds kIdleTimeout{75};
constexpr std::chrono::seconds kBodyTimeout{30};
constexpr std::size_t kBehaviourBytesMax = 64 * 1024;
constexpr std::string_view kGarbage = "\x16\x03\x01 this is not HTTP at all\r\n\r\n";

std::vector<core::Header> headers_of(const Parser::value_type& message) {
  std::vector<core::Header> headers;
  for (const auto& field : message) {
    headers.push_back({std::string(field.name_string()), std::string(field.value())});
  }
  return headers;
}

ResponseMessage make_response(int status, std::string body, std::string_view type) {
  ResponseMessage response;
  response.version(11);
  response.result(static_cast<unsigned>(status));
  if (!body.empty()) {
    response.set(beast::http::field::content_type, beast::string_view(type.data(), type.size()));
  }
  response.body() = std::move(body);
  return response;
}

ResponseMessage json_response(std::string body) {
  return make_response(200, std::move(body) + "\n", "application/json");
}

}  // namespace

// One connection. Whatever it waits for ends by its deadline or with the server.
class SinkServer::Session {
 public:
  Session(std::shared_ptr<SinkServer> server, http::TcpSocket socket)
      : server_(std::move(server)), socket_(std::move(socket)), timer_(socket_.get_executor()) {
    server_->sessions_.insert(this);
  }
  ~Session() { server_->sessions_.erase(this); }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  http::Awaitable<> run() {
    bool more = true;
    while (more && !server_->stopped_) {
      more = co_await exchange();
    }
    close();
  }

  void close() {
    boost::system::error_code ignored;
    socket_.close(ignored);
    timer_.cancel();
  }

 private:
  // False when the connection has had its last.
  http::Awaitable<bool> exchange() {
    Parser parser;
    parser.body_limit(server_->options_.body_bytes_max);
    expect_within(kIdleTimeout);
    const auto [head_error, head_bytes] =
        co_await beast::http::async_read_header(socket_, buffer_, parser, http::kAwait);
    if (head_error) {
      co_return false;
    }
    const bool webhook =
        parser.get().method() == beast::http::verb::post && parser.get().target() != "/behave";
    Treatment treatment = Treatment::accept;
    if (webhook) {
      server_->ledger_.request();
      treatment = server_->options_.misbehaviour.treat(server_->running(), *server_->random_);
    }
    if (treatment == Treatment::reset_before) {
      server_->ledger_.broken_off();
      reset();
      co_return false;
    }
    expect_within(kBodyTimeout);
    const auto [body_error, body_bytes] =
        co_await beast::http::async_read(socket_, buffer_, parser, http::kAwait);
    if (body_error) {
      co_return false;
    }
    const bool keep_alive = parser.get().keep_alive();
    bool answered = false;
    if (webhook) {
      answered = co_await treat(parser.release(), treatment);
    } else {
      answered = co_await respond(control(parser.release()));
    }
    co_return answered&& keep_alive;
  }

  http::Awaitable<bool> treat(Parser::value_type message, Treatment treatment) {
    const std::vector<core::Header> headers = headers_of(message);
    const std::string wrong =
        server_->verifier_.check(headers, message.body(), server_->clock_->now());
    const Misbehaviour behaviour = server_->options_.misbehaviour;
    if (behaviour.delay > core::Duration::zero()) {
      const bool waited = co_await wait(behaviour.delay);
      if (!waited) {
        co_return false;
      }
    }
    if (!wrong.empty()) {
      server_->ledger_.invalid_signature();
      const bool told = co_await respond(make_response(401, wrong + "\n", "text/plain"));
      co_return told;
    }
    const beast::string_view id = message["webhook-id"];
    const bool fails = treatment == Treatment::fail && behaviour.failure_status() >= 300;
    if (fails) {
      server_->ledger_.failed();
    } else {
      server_->ledger_.take({id.data(), id.size()});
    }
    if (treatment == Treatment::fail) {
      const bool told = co_await respond(failure(behaviour));
      co_return told;
    }
    if (treatment == Treatment::accept) {
      const bool told = co_await respond(make_response(200, "", ""));
      co_return told;
    }
    server_->ledger_.broken_off();
    co_await break_off(treatment);
    co_return false;
  }

  http::Awaitable<> break_off(Treatment treatment) {
    if (treatment == Treatment::hang) {
      // Until the sender gives up and closes, which a read notices.
      expect_within(std::chrono::hours(1));
      char byte = 0;
      [[maybe_unused]] const auto gone =
          co_await socket_.async_read_some(asio::buffer(&byte, 1), http::kAwait);
    } else if (treatment == Treatment::garbage) {
      [[maybe_unused]] const auto written =
          co_await asio::async_write(socket_, asio::buffer(kGarbage), http::kAwait);
    } else {
      reset();
    }
  }

  ResponseMessage control(Parser::value_type message) {
    const beast::string_view target = message.target();
    if (message.method() == beast::http::verb::get && target == "/stats") {
      return json_response(server_->ledger_.stats_json());
    }
    if (message.method() == beast::http::verb::get && target == "/received") {
      return json_response(server_->ledger_.received_json());
    }
    if (message.method() == beast::http::verb::post && target == "/behave") {
      const core::Result<void> changed = server_->behave_as(message.body());
      return changed ? make_response(204, "", "")
                     : make_response(400, changed.error().message + "\n", "text/plain");
    }
    return make_response(404, "POST a webhook, POST /behave, GET /stats or GET /received\n",
                         "text/plain");
  }

  static ResponseMessage failure(const Misbehaviour& behaviour) {
    ResponseMessage response = make_response(behaviour.failure_status(), "", "");
    if (behaviour.retry_after) {
      response.set(beast::http::field::retry_after, fmt::to_string(behaviour.retry_after->count()));
    }
    return response;
  }

  http::Awaitable<bool> respond(ResponseMessage response) {
    response.prepare_payload();
    expect_within(kBodyTimeout);
    const auto [error, bytes] = co_await beast::http::async_write(socket_, response, http::kAwait);
    co_return !error;
  }

  // What is under way on the socket has to end by then, or the connection is closed.
  void expect_within(core::Duration duration) {
    timer_.expires_after(duration);
    timer_.async_wait([this](const boost::system::error_code& error) {
      if (!error) {
        boost::system::error_code ignored;
        socket_.close(ignored);
      }
    });
  }

  http::Awaitable<bool> wait(core::Duration duration) {
    timer_.expires_after(duration);
    const auto [error] = co_await timer_.async_wait(http::kAwait);
    co_return !error;
  }

  // Closes with RST instead of FIN.
  void reset() {
    boost::system::error_code ignored;
    socket_.set_option(asio::socket_base::linger(true, 0), ignored);
    close();
  }

  std::shared_ptr<SinkServer> server_;
  http::TcpSocket socket_;
  http::Timer timer_;
  beast::flat_buffer buffer_;
};

core::Result<std::shared_ptr<SinkServer>> SinkServer::open(http::IoExecutor executor,
                                                           const SinkServerOptions& options,
                                                           const core::Clock& clock,
                                                           core::Random& random) {
  auto verifier = WebhookVerifier::make(options.verifier);
  if (!verifier) {
    return std::unexpected(std::move(verifier.error()));
  }
  boost::system::error_code error;
  const asio::ip::address address = asio::ip::make_address(options.address, error);
  if (error) {
    return core::fail(ErrorCode::invalid_argument,
                      fmt::format("\"{}\" is no IP address to listen on", options.address));
  }
  const asio::ip::tcp::endpoint endpoint(address, options.port);
  Acceptor acceptor(executor);
  acceptor.open(endpoint.protocol(), error);
  if (!error) {
    acceptor.set_option(asio::socket_base::reuse_address(true), error);
  }
  if (!error) {
    acceptor.bind(endpoint, error);
  }
  if (!error) {
    acceptor.listen(asio::socket_base::max_listen_connections, error);
  }
  if (error) {
    return core::fail(
        ErrorCode::invalid_argument,
        fmt::format("cannot listen on {}:{}: {}", options.address, options.port, error.message()));
  }
  std::shared_ptr<SinkServer> server(
      new SinkServer(std::move(acceptor), std::move(*verifier), options, clock, random));
  asio::co_spawn(executor, accept(server), asio::detached);
  return server;
}

SinkServer::SinkServer(Acceptor acceptor, WebhookVerifier verifier,
                       const SinkServerOptions& options, const core::Clock& clock,
                       core::Random& random)
    : acceptor_(std::move(acceptor)),
      port_(acceptor_.local_endpoint().port()),
      verifier_(std::move(verifier)),
      options_(options),
      clock_(&clock),
      random_(&random),
      since_(clock.now()),
      ledger_(options.ids_max) {}

http::Awaitable<> SinkServer::accept(std::shared_ptr<SinkServer> self) {
  Acceptor& acceptor = self->acceptor_;
  http::Timer pause(acceptor.get_executor());
  while (!self->stopped_) {
    http::TcpSocket socket(acceptor.get_executor());
    const auto [error] = co_await acceptor.async_accept(socket, http::kAwait);
    if (error && !self->stopped_) {  // out of descriptors: others have to end first
      pause.expires_after(std::chrono::milliseconds(100));
      [[maybe_unused]] const auto woken = co_await pause.async_wait(http::kAwait);
    } else if (!error && self->sessions_.size() < self->options_.connections_max) {
      boost::system::error_code ignored;
      socket.set_option(asio::ip::tcp::no_delay(true), ignored);
      asio::co_spawn(acceptor.get_executor(), serve(self, std::move(socket)), asio::detached);
    }
  }
}

http::Awaitable<> SinkServer::serve(std::shared_ptr<SinkServer> self, http::TcpSocket socket) {
  Session session(std::move(self), std::move(socket));
  co_await session.run();
}

void SinkServer::behave(const Misbehaviour& misbehaviour) {
  options_.misbehaviour = misbehaviour;
  since_ = clock_->now();
}

core::Result<void> SinkServer::behave_as(std::string_view json) {
  const auto refuse = [](std::string why) {
    return core::fail(ErrorCode::invalid_argument, std::move(why));
  };
  if (json.size() > kBehaviourBytesMax) {
    return refuse("the behaviour is too long");
  }
  const auto document = routing::JsonDocument::parse(json);
  if (!document || document->root().kind() != routing::JsonKind::object) {
    return refuse(R"(expected a JSON object such as {"fail": 0.3, "delay": "2s"})");
  }
  Misbehaviour changed = options_.misbehaviour;
  for (const routing::JsonMember& member : document->root().members()) {
    const auto value = member.value.text();
    if (auto set = changed.set(member.key.text().value_or(""), value.value_or("")); !set) {
      return set;
    }
  }
  behave(changed);
  return {};
}

void SinkServer::stop() {
  stopped_ = true;
  boost::system::error_code ignored;
  acceptor_.close(ignored);
  for (Session* session : sessions_) {
    session->close();
  }
}

}  // namespace spillway::app
