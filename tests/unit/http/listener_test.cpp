// The listener over loopback sockets. The clients run in the same io_context.
#include "http/listener.hpp"

#include <gmock/gmock.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

#include "certificates.hpp"
#include "core/system_clock.hpp"
#include "loop.hpp"
#include "session_harness.hpp"

namespace spillway::http {
namespace {

namespace asio = boost::asio;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;
using namespace std::chrono_literals;
using testing_support::Authority;
using testing_support::CertificateFiles;
using TlsStream = asio::ssl::stream<TcpSocket>;

constexpr std::string_view kGet = "GET /a HTTP/1.1\r\nHost: gw\r\n\r\n";
constexpr std::string_view kGetAndClose =
    "GET /a HTTP/1.1\r\nHost: gw\r\nConnection: close\r\n\r\n";
constexpr std::string_view kGetSlow = "GET /slow HTTP/1.1\r\nHost: gw\r\n\r\n";

// Everything until the server closes.
template <class Stream>
Awaitable<std::string> read_all(Stream* stream) {
  std::string text;
  std::array<char, 4096> buffer;
  while (true) {
    const auto [error, bytes] = co_await stream->async_read_some(asio::buffer(buffer), kAwait);
    text.append(buffer.data(), bytes);
    if (error) {
      co_return text;
    }
  }
}

// What has come once it ends so, or the connection has ended.
Awaitable<std::string> read_until(TcpSocket* socket, std::string_view ending) {
  std::string text;
  std::array<char, 4096> buffer;
  while (!text.ends_with(ending)) {
    const auto [error, bytes] = co_await socket->async_read_some(asio::buffer(buffer), kAwait);
    text.append(buffer.data(), bytes);
    if (error) {
      break;
    }
  }
  co_return text;
}

class ListenerTest : public ::testing::Test {
 protected:
  void listen() {
    options.address = "127.0.0.1";
    core::Result<std::unique_ptr<Listener>> opened =
        Listener::open(loop.executor(), options, handler, clock, limit, probe);
    ASSERT_TRUE(opened) << opened.error().message;
    listener = std::move(*opened);
    listener->start();
  }

  TcpSocket connect() {
    TcpSocket socket(loop.executor());
    socket.connect({asio::ip::make_address("127.0.0.1"), listener->port()});
    return socket;
  }

  void send(TcpSocket& socket, std::string_view text) { asio::write(socket, asio::buffer(text)); }

  std::string exchange_and_close(TcpSocket& socket) {
    send(socket, kGetAndClose);
    return loop.run(read_all(&socket));
  }

  ConnectionLimit limit{2};
  testing_support::Loop loop;
  core::SystemClock clock;
  EchoHandler handler{loop.executor()};
  core::Registry registry;
  ListenerProbe probe{registry, "ingest"};
  ListenerOptions options;
  std::unique_ptr<Listener> listener;
};

TEST_F(ListenerTest, serves_and_tells_its_port_and_the_peer) {
  listen();
  TcpSocket socket = connect();
  const std::string answer = exchange_and_close(socket);
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  ASSERT_EQ(handler.requests.size(), 1U);
  EXPECT_EQ(handler.requests[0].head.remote, "127.0.0.1");
}

TEST_F(ListenerTest, shares_its_port_with_those_that_join_and_nobody_else) {
  listen();
  ListenerOptions same = options;
  same.port = listener->port();
  EXPECT_FALSE(Listener::open(loop.executor(), same, handler, clock, limit, probe));
  same.joins = true;
  EXPECT_TRUE(Listener::open(loop.executor(), same, handler, clock, limit, probe));
}

TEST_F(ListenerTest, tells_what_is_wrong_with_an_address) {
  options.address = "localhost";
  const auto opened = Listener::open(loop.executor(), options, handler, clock, limit, probe);
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message, HasSubstr("'localhost': expected an IP address"));
}

TEST_F(ListenerTest, turns_connections_over_the_limit_away_until_one_ends) {
  listen();
  TcpSocket first = connect();
  TcpSocket second = connect();
  loop.run_until([&] { return limit.open() == 2; });
  TcpSocket third = connect();
  EXPECT_THAT(loop.run(read_all(&third)), StartsWith("HTTP/1.1 503 Service Unavailable\r\n"));
  EXPECT_EQ(refusals(registry, "connections"), 1U);
  exchange_and_close(first);
  first.close();
  loop.run_until([&] { return limit.open() == 1; });
  TcpSocket fourth = connect();
  EXPECT_THAT(exchange_and_close(fourth), StartsWith("HTTP/1.1 200 OK\r\n"));
}

// Standard error as a pipe, so that a test can wait for a log line.
class StandardErrorPipe {
 public:
  StandardErrorPipe() : saved_(dup(STDERR_FILENO)) {
    EXPECT_EQ(pipe(ends_.data()), 0);
    dup2(ends_[1], STDERR_FILENO);
  }
  ~StandardErrorPipe() {
    dup2(saved_, STDERR_FILENO);
    for (const int descriptor : {ends_[0], ends_[1], saved_}) {
      close(descriptor);
    }
  }
  [[nodiscard]] bool has_output() const {
    int bytes = 0;
    EXPECT_EQ(ioctl(ends_[0], FIONREAD, &bytes), 0);
    return bytes > 0;
  }
  [[nodiscard]] std::string read_some() const {
    std::array<char, 4096> buffer{};
    return {buffer.data(), static_cast<std::size_t>(read(ends_[0], buffer.data(), buffer.size()))};
  }

 private:
  std::array<int, 2> ends_{};
  int saved_;
};

TEST_F(ListenerTest, goes_on_accepting_once_descriptors_are_free_again) {
  listen();
  TcpSocket waiting(loop.executor());
  waiting.open(asio::ip::tcp::v4());
  const StandardErrorPipe standard_error;
  rlimit files{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &files), 0);
  const rlimit none{.rlim_cur = 0, .rlim_max = files.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  waiting.connect({asio::ip::make_address("127.0.0.1"), listener->port()});
  loop.run_until([&] { return standard_error.has_output(); });
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &files), 0);
  EXPECT_THAT(standard_error.read_some(), HasSubstr("http.accept_failed"));
  EXPECT_THAT(exchange_and_close(waiting), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST_F(ListenerTest, watches_the_deadlines_of_its_connections) {
  options.server.header_timeout = 10ms;
  listen();
  TcpSocket silent = connect();
  TcpSocket slow = connect();
  send(slow, "GET /a HTT");
  EXPECT_THAT(loop.run(read_all(&slow)), StartsWith("HTTP/1.1 408 Request Timeout\r\n"));
  EXPECT_THAT(loop.run(read_all(&silent)), IsEmpty());
}

TEST_F(ListenerTest, a_refusal_reaches_a_client_that_is_still_sending) {
  listen();
  TcpSocket socket = connect();
  send(socket, "POST /refused HTTP/1.1\r\nHost: gw\r\nContent-Length: 900000\r\n\r\n");
  EXPECT_THAT(loop.run(read_until(&socket, "}")), StartsWith("HTTP/1.1 404 Not Found\r\n"));
  const std::string body(900'000, 'b');
  const auto sent = loop.run(asio::async_write(socket, asio::buffer(body), kAwait));
  EXPECT_FALSE(std::get<0>(sent));
}

TEST_F(ListenerTest, stop_closes_idle_connections_and_finishes_the_busy_ones) {
  listen();
  TcpSocket idle = connect();
  send(idle, kGet);
  loop.run_until([&] { return handler.requests.size() == 1; });
  TcpSocket busy = connect();
  send(busy, kGetSlow);
  loop.run_until([&] { return handler.admitted == 2; });

  const auto stopped = loop.start(listener->stop(10s));
  EXPECT_THAT(loop.run(read_all(&idle)), HasSubstr("GET /a"));
  EXPECT_FALSE(stopped->has_value());
  idle.close();
  handler.release();
  EXPECT_THAT(loop.run(read_all(&busy)), HasSubstr("\r\nConnection: close\r\n"));
  busy.close();
  EXPECT_EQ(loop.finish(stopped), 0U);
  EXPECT_EQ(limit.open(), 0U);
  TcpSocket late(loop.executor());
  boost::system::error_code refused;
  late.connect({asio::ip::make_address("127.0.0.1"), listener->port()}, refused);
  EXPECT_TRUE(refused);
}

TEST_F(ListenerTest, stop_does_not_reset_an_idle_connection_whose_next_request_is_on_its_way) {
  listen();
  TcpSocket socket = connect();
  send(socket, kGet);
  EXPECT_THAT(loop.run(read_until(&socket, "GET /a ")), StartsWith("HTTP/1.1 200 OK\r\n"));
  const auto stopped = loop.start(listener->stop(10s));
  EXPECT_THAT(loop.run(read_all(&socket)), IsEmpty());
  send(socket, kGet);
  std::array<char, 1> byte{};
  boost::system::error_code error;
  socket.read_some(asio::buffer(byte), error);
  EXPECT_EQ(error, asio::error::eof);
  socket.close();
  EXPECT_EQ(loop.finish(stopped), 0U);
}

TEST_F(ListenerTest, drain_says_so_with_each_answer_and_still_accepts) {
  listen();
  TcpSocket before = connect();
  send(before, kGet);
  EXPECT_THAT(loop.run(read_until(&before, "GET /a ")), Not(HasSubstr("Connection: close")));
  listener->drain();
  send(before, kGet);
  EXPECT_THAT(loop.run(read_all(&before)), HasSubstr("\r\nConnection: close\r\n"));
  TcpSocket after = connect();
  send(after, kGet);
  EXPECT_THAT(loop.run(read_all(&after)), HasSubstr("\r\nConnection: close\r\n"));
}

TEST_F(ListenerTest, stop_past_its_limit_tells_how_many_handlers_are_left) {
  listen();
  TcpSocket busy = connect();
  send(busy, kGetSlow);
  loop.run_until([&] { return handler.admitted == 1; });
  EXPECT_EQ(loop.run(listener->stop(1ms)), 1U);
}

class TlsListenerTest : public ListenerTest {
 protected:
  void listen_with_tls(const std::string& client_ca) {
    const CertificateFiles files = authority.issue("IP:127.0.0.1");
    core::Result<ServerTls> tls = make_server_tls({files.certificate, files.key, client_ca});
    ASSERT_TRUE(tls) << tls.error().message;
    options.tls = *tls;
    listen();
  }

  asio::ssl::context client_context() {
    asio::ssl::context context(asio::ssl::context::tls_client);
    context.load_verify_file(authority.file());
    context.set_verify_mode(asio::ssl::verify_peer);
    return context;
  }

  // The answer to one request, empty when the server would not talk to this client.
  static Awaitable<std::string> exchange(TlsStream* stream) {
    const auto [failed] = co_await stream->async_handshake(asio::ssl::stream_base::client, kAwait);
    if (failed) {
      co_return std::string();
    }
    co_await asio::async_write(*stream, asio::buffer(kGetAndClose), kAwait);
    std::string answer = co_await read_all(stream);
    co_return answer;
  }

  Authority authority;
};

TEST_F(TlsListenerTest, serves_over_tls) {
  listen_with_tls("");
  asio::ssl::context context = client_context();
  TlsStream stream(connect(), context);
  EXPECT_THAT(loop.run(exchange(&stream)), StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_EQ(refusals(registry, "tls"), 0U);
}

TEST_F(TlsListenerTest, refuses_tls_older_than_1_2) {
  listen_with_tls("");
  asio::ssl::context context = client_context();
  SSL_CTX_set_security_level(context.native_handle(), 0);
  SSL_CTX_set_max_proto_version(context.native_handle(), TLS1_1_VERSION);
  TlsStream stream(connect(), context);
  EXPECT_THAT(loop.run(exchange(&stream)), IsEmpty());
}

TEST_F(TlsListenerTest, takes_only_clients_with_a_certificate_of_the_client_ca) {
  listen_with_tls(authority.file());
  asio::ssl::context without = client_context();
  TlsStream nobody(connect(), without);
  EXPECT_THAT(loop.run(exchange(&nobody)), IsEmpty());

  asio::ssl::context with = client_context();
  const CertificateFiles files = authority.issue("DNS:client.test");
  with.use_certificate_chain_file(files.certificate);
  with.use_private_key_file(files.key, asio::ssl::context::pem);
  TlsStream known(connect(), with);
  EXPECT_THAT(loop.run(exchange(&known)), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST_F(TlsListenerTest, a_plain_client_is_not_served) {
  listen_with_tls("");
  TcpSocket socket = connect();
  send(socket, kGet);
  EXPECT_THAT(loop.run(read_all(&socket)), Not(HasSubstr("HTTP/1.1")));
  EXPECT_THAT(handler.requests, IsEmpty());
  EXPECT_EQ(refusals(registry, "tls"), 1U);
}

TEST_F(TlsListenerTest, a_handshake_has_a_deadline) {
  options.server.header_timeout = 10ms;
  listen_with_tls("");
  TcpSocket socket = connect();
  EXPECT_THAT(loop.run(read_all(&socket)), IsEmpty());
  EXPECT_EQ(refusals(registry, "tls"), 1U);
}

TEST_F(TlsListenerTest, errors_name_the_file_at_fault) {
  const CertificateFiles files = authority.issue("IP:127.0.0.1");
  const CertificateFiles other = authority.issue("IP:127.0.0.1");
  const auto message = [](const ServerTlsOptions& bad) {
    const core::Result<ServerTls> made = make_server_tls(bad);
    return made ? std::string() : made.error().message;
  };
  EXPECT_THAT(message({"/none.pem", files.key, ""}), StartsWith("tls.certificate '/none.pem'"));
  EXPECT_THAT(message({files.certificate, "/none.pem", ""}), StartsWith("tls.key '/none.pem'"));
  EXPECT_THAT(message({files.certificate, other.key, ""}), HasSubstr(other.key));
  EXPECT_THAT(message({files.certificate, files.key, files.key}), StartsWith("tls.client_ca"));
}

}  // namespace
}  // namespace spillway::http
