#include "http/transport.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/socket_base.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <utility>

#include <netinet/in.h>
#include <netinet/tcp.h>

namespace spillway::http {
namespace {

namespace asio = boost::asio;

// What a peer may still send after our last answer before the connection is cut.
constexpr std::size_t kDrainBytesMax = 1024 * 1024;

Awaitable<> drain(TcpSocket* socket, asio::mutable_buffer scratch) {
  boost::system::error_code ignored;
  socket->shutdown(TcpSocket::shutdown_send, ignored);
  std::size_t drained = 0;
  while (drained < kDrainBytesMax) {
    const auto [error, bytes] = co_await socket->async_read_some(scratch, kAwait);
    if (error) {
      co_return;
    }
    drained += bytes;
  }
}

void bound_unsent_on(TcpSocket& socket, int bytes, core::Duration limit) {
  using UserTimeout = asio::detail::socket_option::integer<IPPROTO_TCP, TCP_USER_TIMEOUT>;
  const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(limit).count();
  boost::system::error_code ignored;
  socket.set_option(asio::socket_base::send_buffer_size(bytes), ignored);
  socket.set_option(UserTimeout(static_cast<int>(milliseconds)), ignored);
}

class TcpTransport final : public Transport {
 public:
  explicit TcpTransport(TcpSocket socket) : socket_(std::move(socket)) {}

  Awaitable<boost::system::error_code> open() override { co_return boost::system::error_code{}; }
  Awaitable<IoResult> read_some(asio::mutable_buffer into) override {
    return socket_.async_read_some(into, kAwait);
  }
  Awaitable<IoResult> write(std::array<asio::const_buffer, 2> buffers) override {
    return asio::async_write(socket_, buffers, kAwait);
  }
  Awaitable<> shutdown(asio::mutable_buffer scratch) override { return drain(&socket_, scratch); }
  void bound_unsent(int bytes, core::Duration limit) override {
    bound_unsent_on(socket_, bytes, limit);
  }
  void cancel() override {
    boost::system::error_code ignored;
    socket_.cancel(ignored);
  }

 private:
  TcpSocket socket_;
};

class TlsTransport final : public Transport {
 public:
  TlsTransport(TcpSocket socket, asio::ssl::context& context)
      : stream_(std::move(socket), context) {}

  Awaitable<boost::system::error_code> open() override {
    const auto [error] = co_await stream_.async_handshake(asio::ssl::stream_base::server, kAwait);
    co_return error;
  }
  Awaitable<IoResult> read_some(asio::mutable_buffer into) override {
    return stream_.async_read_some(into, kAwait);
  }
  Awaitable<IoResult> write(std::array<asio::const_buffer, 2> buffers) override {
    return asio::async_write(stream_, buffers, kAwait);
  }
  Awaitable<> shutdown(asio::mutable_buffer scratch) override {
    const auto [error] = co_await stream_.async_shutdown(kAwait);
    if (error != asio::error::operation_aborted) {
      co_await drain(&stream_.next_layer(), scratch);
    }
  }
  void bound_unsent(int bytes, core::Duration limit) override {
    bound_unsent_on(stream_.next_layer(), bytes, limit);
  }
  void cancel() override {
    boost::system::error_code ignored;
    stream_.next_layer().cancel(ignored);
  }

 private:
  asio::ssl::stream<TcpSocket> stream_;
};

}  // namespace

std::unique_ptr<Transport> make_tcp_transport(TcpSocket socket) {
  return std::make_unique<TcpTransport>(std::move(socket));
}

std::unique_ptr<Transport> make_tls_transport(TcpSocket socket, asio::ssl::context& context) {
  return std::make_unique<TlsTransport>(std::move(socket), context);
}

}  // namespace spillway::http
