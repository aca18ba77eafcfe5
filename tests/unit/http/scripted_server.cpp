#include "tests/unit/http/scripted_server.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/address.hpp>

#include <sys/socket.h>
#include <array>
#include <utility>

namespace spillway::http::testing_support {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

// The length of the whole request that begins with this text, 0 while the head is incomplete.
std::size_t request_size(const std::string& text) {
  const std::size_t head = text.find("\r\n\r\n");
  if (head == std::string::npos) {
    return 0;
  }
  const std::size_t length = text.find("Content-Length: ");
  return head + 4 + std::stoul(text.substr(length + 16));
}

}  // namespace

ScriptedServer::ScriptedServer(Loop& loop, std::string address, asio::ssl::context* tls,
                               std::uint16_t port)
    : loop_(loop),
      tls_(tls),
      acceptor_(loop.executor(), tcp::endpoint(asio::ip::make_address(address), port)) {
  loop.start(accept());
}

Awaitable<> ScriptedServer::accept() {
  for (;;) {
    TcpSocket socket(loop_.executor());
    const auto [error] = co_await acceptor_.async_accept(socket, kAwait);
    if (error) {
      co_return;
    }
    ++connections;
    loop_.start(serve(std::move(socket)));
  }
}

Awaitable<> ScriptedServer::serve(TcpSocket socket) {
  if (reset_on_close) {  // not by set_option: Asio takes the option back before it closes
    const linger reset{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(socket.native_handle(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  }
  co_await answer_requests(std::move(socket));
  ++closed;
}

Awaitable<> ScriptedServer::answer_requests(TcpSocket socket) {
  const std::unique_ptr<Transport> transport = tls_ != nullptr
                                                   ? make_tls_transport(std::move(socket), *tls_)
                                                   : make_tcp_transport(std::move(socket));
  const auto opened = co_await transport->open();
  bool open = !opened;
  while (open) {
    const Step::Read read = script.empty() ? Step::Read::whole : script.front().read;
    open = co_await read_request(transport.get(), read);
    if (!open) {
      break;
    }
    Step step;
    if (!script.empty()) {
      step = std::move(script.front());
      script.pop_front();
    }
    const std::array<asio::const_buffer, 2> reply{asio::buffer(step.response), {}};
    const auto [error, bytes] = co_await transport->write(reply);
    if (step.then == Step::Then::trickle) {
      co_await trickle(transport.get());
    } else if (step.then == Step::Then::hang) {
      open = co_await read_request(transport.get(), Step::Read::whole);  // until the client leaves
    }
    open = !error && step.then == Step::Then::keep;
  }
}

Awaitable<bool> ScriptedServer::read_request(Transport* transport, Step::Read read) {
  if (read == Step::Read::nothing) {
    co_return true;
  }
  std::string text;
  std::array<char, 65536> space{};
  for (std::size_t size = 0; size == 0 || text.size() < size; size = request_size(text)) {
    if (read == Step::Read::head && size != 0) {
      break;
    }
    const auto [error, bytes] = co_await transport->read_some(asio::buffer(space));
    if (error) {
      co_return false;
    }
    text.append(space.data(), bytes);
  }
  requests.push_back(std::move(text));
  co_return true;
}

Awaitable<> ScriptedServer::trickle(Transport* transport) {
  Timer timer(loop_.executor());
  for (;;) {
    const std::array<asio::const_buffer, 2> byte{asio::buffer("x", 1), {}};
    const auto [error, bytes] = co_await transport->write(byte);
    if (error) {
      co_return;
    }
    timer.expires_at(deadline_in(std::chrono::milliseconds(2)));
    [[maybe_unused]] const auto waited = co_await timer.async_wait(kAwait);
  }
}

}  // namespace spillway::http::testing_support
