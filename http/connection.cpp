#include "http/connection.hpp"

#include <openssl/ssl.h>
#include <boost/asio/write.hpp>

#include <sys/socket.h>
#include <cerrno>
#include <utility>

namespace spillway::http {

namespace asio = boost::asio;
using boost::system::error_code;

// The timer is left running when the deadline moves out, and looks again when it fires: moving a
// deadline once per exchange then costs no system call.
void Connection::set_deadline(Deadline deadline) {
  deadline_ = deadline;
  deadline_passed_ = false;
  if (deadline < armed_for_) {
    arm_timer();
  }
}

void Connection::arm_timer() {
  armed_for_ = deadline_;
  timer_.expires_at(deadline_);
  timer_.async_wait([weak = weak_from_this()](error_code error) {
    const ConnectionPtr self = weak.lock();
    if (error || !self) {
      return;
    }
    self->armed_for_ = Deadline::max();
    if (self->deadline_ > now_monotonic()) {
      self->arm_timer();
      return;
    }
    self->close();
    self->deadline_passed_ = true;
  });
}

Awaitable<error_code> Connection::connect(asio::ip::tcp::endpoint peer) {
  error_code error;
  socket_.open(peer.protocol(), error);
  if (error) {
    co_return error;
  }
  const auto [connected] = co_await socket_.async_connect(peer, kAwait);
  if (!connected) {
    socket_.set_option(asio::ip::tcp::no_delay(true), error);
  }
  co_return connected;
}

Awaitable<error_code> Connection::handshake(SSL* session) {
  tls_ = std::make_unique<asio::ssl::stream<TcpSocket&>>(socket_, session);
  const auto [error] = co_await tls_->async_handshake(asio::ssl::stream_base::client, kAwait);
  co_return error;
}

Awaitable<IoResult> Connection::write(std::array<asio::const_buffer, 2> bytes) {
  return tls_ ? write_tls(bytes) : asio::async_write(socket_, bytes, kAwait);
}

Awaitable<IoResult> Connection::write_tls(std::array<asio::const_buffer, 2> bytes) {
  auto [error, count] = co_await asio::async_write(*tls_, bytes, kAwait);
  if (error && count == 0) {
    count = 1;  // part of the first record may be out
  }
  co_return IoResult(error, count);
}

Awaitable<IoResult> Connection::read_some(asio::mutable_buffer space) {
  return tls_ ? tls_->async_read_some(space, kAwait) : socket_.async_read_some(space, kAwait);
}

bool Connection::is_quiet() {
  char byte = 0;
  return socket_.is_open() &&
         ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
         (errno == EAGAIN || errno == EWOULDBLOCK);
}

void Connection::close() {
  if (tls_) {  // or else OpenSSL forbids to resume the session
    SSL_set_shutdown(tls_->native_handle(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
  }
  error_code ignored;
  timer_.cancel();
  armed_for_ = Deadline::max();
  deadline_ = Deadline::max();
  socket_.close(ignored);
  slot_ = {};
}

}  // namespace spillway::http
