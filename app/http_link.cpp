#include "app/http_link.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include <boost/asio/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "core/headers.hpp"

namespace spillway::app {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using core::ErrorCode;

constexpr std::size_t kReadBytes = 16 * 1024;

// What ended an operation on the connection.
core::Error explain(const http::Connection& connection, ErrorCode code, std::string_view doing,
                    std::string_view error) {
  if (connection.deadline_passed()) {
    return {.code = ErrorCode::timeout, .message = fmt::format("{}: no answer in time", doing)};
  }
  return {.code = code, .message = fmt::format("{}: {}", doing, error)};
}

std::string head_of(std::string_view method, std::string_view target, std::string_view authority,
                    const std::vector<core::Header>& headers, std::size_t body_bytes) {
  std::string head = fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\nContent-Length: {}\r\n", method,
                                 target, authority, body_bytes);
  for (const core::Header& header : headers) {
    head.append(header.name).append(": ").append(header.value).append("\r\n");
  }
  return head.append("\r\n");
}

}  // namespace

core::Result<std::unique_ptr<Origin>> Origin::open(http::IoExecutor executor, std::string_view url,
                                                   const std::string& ca_file) {
  auto parsed = http::Url::parse(url);
  if (!parsed) {
    return std::unexpected(std::move(parsed.error()).in_context(fmt::format("\"{}\"", url)));
  }
  http::ClientTlsPtr tls;
  if (parsed->scheme == http::Url::Scheme::https) {
    auto settings = http::ClientTlsStore().get({.ca_file = ca_file});
    if (!settings) {
      return std::unexpected(std::move(settings.error()));
    }
    tls = std::move(*settings);
  }
  auto resolver = http::Resolver::open(executor, {});
  if (!resolver) {
    return std::unexpected(std::move(resolver.error()));
  }
  return std::unique_ptr<Origin>(
      new Origin(executor, std::move(*parsed), std::move(tls), std::move(*resolver)));
}

Origin::Origin(http::IoExecutor executor, http::Url url, http::ClientTlsPtr tls,
               std::unique_ptr<http::Resolver> resolver)
    : executor_(executor),
      url_(std::move(url)),
      tls_(std::move(tls)),
      resolver_(std::move(resolver)) {}

http::Awaitable<core::Result<http::Resolver::Addresses>> Origin::addresses(
    http::Deadline deadline) {
  if (url_.address) {
    co_return http::Resolver::Addresses{*url_.address};
  }
  const http::Resolver::Answer answer = co_await resolver_->resolve(url_.host, deadline);
  if (!answer) {
    co_return core::fail(ErrorCode::unavailable,
                         fmt::format("resolve {}: {}", url_.host, answer.error().message));
  }
  co_return **answer;
}

std::string_view Reply::header(std::string_view name) const {
  return core::find_header(headers, name).value_or("");
}

http::Awaitable<core::Result<Reply>> HttpLink::exchange(std::string method, std::string target,
                                                        const std::vector<core::Header>* headers,
                                                        const std::string* body,
                                                        http::Deadline deadline) {
  if (!connection_ || !connection_->is_quiet()) {
    const core::Result<void> connected = co_await connect(deadline);
    if (!connected) {
      close();
      co_return std::unexpected(connected.error());
    }
  }
  const http::ConnectionPtr connection = connection_;
  connection->set_deadline(deadline);
  const std::string head =
      head_of(method, target, origin_->url().authority(), *headers, body->size());
  const auto [write_error, written] =
      co_await connection->write({asio::buffer(head), asio::buffer(*body)});
  // A refusal may arrive before all of the request is taken: read whatever the write came to.
  core::Result<Reply> reply = co_await read_reply(connection);
  if (write_error || !reply) {
    close();
  }
  if (!reply && write_error) {
    co_return std::unexpected(
        explain(*connection, ErrorCode::io, "send the request", write_error.message()));
  }
  co_return reply;
}

http::Awaitable<core::Result<void>> HttpLink::connect(http::Deadline deadline) {
  close();
  const auto addresses = co_await origin_->addresses(deadline);
  if (!addresses) {
    co_return std::unexpected(addresses.error());
  }
  const std::string where = fmt::format("connect to {}", origin_->url().authority());
  core::Error last{.code = ErrorCode::unavailable, .message = where};
  for (const asio::ip::address& address : *addresses) {
    auto connection =
        std::make_shared<http::Connection>(origin_->executor(), http::SocketBudget::Reservation());
    connection_ = connection;
    connection->set_deadline(deadline);
    const asio::ip::tcp::endpoint peer(address, origin_->url().port);
    const boost::system::error_code error = co_await connection->connect(peer);
    if (!error) {
      if (!origin_->tls_) {
        co_return core::Result<void>{};
      }
      core::Result<void> secured = co_await secure(connection);
      co_return secured;
    }
    last = explain(*connection, ErrorCode::unavailable, where, error.message());
  }
  co_return std::unexpected(std::move(last));
}

http::Awaitable<core::Result<void>> HttpLink::secure(http::ConnectionPtr connection) {
  SSL* session = origin_->tls_->make_session(origin_->url());
  if (session == nullptr) {
    co_return core::fail(ErrorCode::io, "no memory for a TLS session");
  }
  const boost::system::error_code error = co_await connection->handshake(session);
  if (error) {
    co_return std::unexpected(
        explain(*connection, ErrorCode::unavailable,
                fmt::format("TLS handshake with {}", origin_->url().host),
                http::handshake_error(connection->tls_session(), error.message())));
  }
  co_return core::Result<void>{};
}

http::Awaitable<core::Result<Reply>> HttpLink::read_reply(http::ConnectionPtr connection) {
  beast::http::response_parser<beast::http::string_body> parser;
  parser.eager(true);
  parser.body_limit(kBodyBytesMax);
  std::string& buffer = connection->buffer;
  buffer.clear();
  while (!parser.is_done()) {
    const std::size_t filled = buffer.size();
    buffer.resize(filled + kReadBytes);
    const auto [error, count] =
        co_await connection->read_some(asio::buffer(buffer.data() + filled, kReadBytes));
    buffer.resize(filled + count);
    beast::error_code parse_error;
    if (error == asio::error::eof && !parser.got_some()) {  // of which put_eof() may not be told
      co_return core::fail(
          ErrorCode::unavailable,
          fmt::format("{} closed the connection without an answer", origin_->url().authority()));
    }
    if (error == asio::error::eof) {
      parser.put_eof(parse_error);
    } else if (!error) {
      buffer.erase(0, parser.put(asio::buffer(buffer), parse_error));
    }
    if (error && !parser.is_done()) {
      co_return std::unexpected(
          explain(*connection, ErrorCode::io, "read the response", error.message()));
    }
    if (parse_error && parse_error != beast::http::error::need_more) {
      co_return core::fail(ErrorCode::io, fmt::format("not an HTTP response as expected: {}",
                                                      parse_error.message()));
    }
  }
  auto message = parser.release();
  Reply reply{.status = static_cast<int>(message.result_int()), .body = std::move(message.body())};
  for (const auto& field : message) {
    reply.headers.push_back({std::string(field.name_string()), std::string(field.value())});
  }
  if (!message.keep_alive() || !buffer.empty()) {
    close();
  }
  co_return reply;
}

void HttpLink::close() {
  if (connection_) {
    connection_->close();
    connection_.reset();
  }
}

}  // namespace spillway::app
