// One outbound connection, plain or TLS, with the deadline of whatever it is doing: when that
// passes the socket is closed and the operation under way ends. Opened and used by Client, kept
// between exchanges by IdlePool. One thread.
#pragma once

#include "http/deadline.hpp"
#include "http/socket_budget.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/intrusive/list_hook.hpp>

#include <array>
#include <memory>
#include <string>
#include <string_view>

namespace spillway::http {

class Connection : public std::enable_shared_from_this<Connection>,
                   public boost::intrusive::list_base_hook<
                       boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  // `slot` is what the socket takes of the budget; it is given back by close().
  Connection(IoExecutor executor, SocketBudget::Reservation slot)
      : socket_(executor), timer_(executor), slot_(std::move(slot)) {}

  // The operation under way, and each one after it, has to end by then.
  void set_deadline(Deadline deadline);
  [[nodiscard]] bool deadline_passed() const { return deadline_passed_; }

  // Once, first. After a failure the connection is of no more use.
  [[nodiscard]] Awaitable<boost::system::error_code> connect(boost::asio::ip::tcp::endpoint peer);

  // Takes the session (ClientTls::make_session). The connection speaks TLS from then on.
  [[nodiscard]] Awaitable<boost::system::error_code> handshake(SSL* session);

  // Writes all of it. After an error a count of 0 says for certain that the transport took
  // nothing; any other that it may have.
  [[nodiscard]] Awaitable<IoResult> write(std::array<boost::asio::const_buffer, 2> bytes);
  [[nodiscard]] Awaitable<IoResult> read_some(boost::asio::mutable_buffer space);

  // Open, and nothing has arrived since the last exchange: neither the peer's close nor bytes
  // nobody asked for. Asked before an idle connection is used again.
  [[nodiscard]] bool is_quiet();

  void close();
  [[nodiscard]] bool is_open() const { return socket_.is_open(); }

  // Null when plain.
  [[nodiscard]] SSL* tls_session() { return tls_ ? tls_->native_handle() : nullptr; }

  // Where responses are read into; empty between exchanges, kept to be used again.
  std::string buffer;

 private:
  [[nodiscard]] Awaitable<IoResult> write_tls(std::array<boost::asio::const_buffer, 2> bytes);
  void arm_timer();

  TcpSocket socket_;
  std::unique_ptr<boost::asio::ssl::stream<TcpSocket&>> tls_;
  Timer timer_;
  Deadline deadline_ = Deadline::max();
  Deadline armed_for_ = Deadline::max();  // when the timer fires; max: not armed
  bool deadline_passed_ = false;
  SocketBudget::Reservation slot_;
};

using ConnectionPtr = std::shared_ptr<Connection>;

}  // namespace spillway::http
