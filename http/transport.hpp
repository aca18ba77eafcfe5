// A byte stream under a server session: TCP, or TLS over it. Owned by its connection's coroutine;
// one io thread.
#pragma once

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/context.hpp>
#include <memory>

#include "core/clock.hpp"
#include "http/async.hpp"

namespace spillway::http {

class Transport {
 public:
  virtual ~Transport() = default;

  // Makes the stream ready: the TLS handshake.
  [[nodiscard]] virtual Awaitable<boost::system::error_code> open() = 0;

  [[nodiscard]] virtual Awaitable<IoResult> read_some(boost::asio::mutable_buffer into) = 0;

  // Writes both buffers whole.
  [[nodiscard]] virtual Awaitable<IoResult> write(
      std::array<boost::asio::const_buffer, 2> buffers) = 0;

  // Tells the peer that nothing more comes, then reads away what it still sends (a bounded amount)
  // until it closes: closing at once would reset the connection, and the peer could lose the
  // answer before it read it.
  [[nodiscard]] virtual Awaitable<> shutdown(boost::asio::mutable_buffer scratch) = 0;

  // At most about so many written bytes wait in the system for a peer that does not take them: a
  // write does not end before the rest has gone. When the peer's system has taken nothing for so
  // long, the connection fails, though there is room yet.
  virtual void bound_unsent(int bytes, core::Duration limit) = 0;

  // What is under way ends with operation_aborted.
  virtual void cancel() = 0;
};

[[nodiscard]] std::unique_ptr<Transport> make_tcp_transport(TcpSocket socket);

// The context outlives the transport.
[[nodiscard]] std::unique_ptr<Transport> make_tls_transport(TcpSocket socket,
                                                            boost::asio::ssl::context& context);

}  // namespace spillway::http
