// A destination on loopback for tests: answers its requests one after another as it was told to,
// keeps what it received, and can hang, trickle, close or reset.
#pragma once

#include "http/transport.hpp"
#include "tests/unit/http/loop.hpp"

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/ssl/context.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace spillway::http::testing_support {

// What to do with one request.
struct Step {
  enum class Then { keep, close, hang, trickle };
  enum class Read { whole, head, nothing };

  std::string response = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
  Then then = Then::keep;
  Read read = Read::whole;  // before the response
};

// The loop is not run any more once a server is gone.
class ScriptedServer {
 public:
  // With a context it speaks TLS.
  explicit ScriptedServer(Loop& loop, std::string address = "127.0.0.1",
                          boost::asio::ssl::context* tls = nullptr, std::uint16_t port = 0);
  ~ScriptedServer() { acceptor_.close(); }

  [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

  std::deque<Step> script;            // used up by requests; a default Step once it is empty
  std::vector<std::string> requests;  // as received
  bool reset_on_close = false;        // for connections accepted from now on
  int connections = 0;
  int closed = 0;

 private:
  using Acceptor = boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, IoExecutor>;

  Awaitable<> accept();
  Awaitable<> serve(TcpSocket socket);
  Awaitable<> answer_requests(TcpSocket socket);
  Awaitable<bool> read_request(Transport* transport, Step::Read read);
  Awaitable<> trickle(Transport* transport);

  Loop& loop_;
  boost::asio::ssl::context* tls_;
  Acceptor acceptor_;
};

}  // namespace spillway::http::testing_support
