#include "http/transport.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/socket_base.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <utility>

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

void bound_send_buffer(TcpSocket& socket, int bytes) {
  boost::system::error_code ignored;
  socket.set_option(asio::socket_base::send_buffer_size(bytes), ignored);
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
  void bound_unsent(int bytes) override { bound_send_buffer(socket_, bytes); }
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
  void bound_unsent(int bytes) override { bound_send_buffer(stream_.next_layer(), bytes); }
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
