#include "http/server_session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "http/chunked.hpp"
#include "http/problem.hpp"

namespace spillway::http {
namespace {

namespace asio = boost::asio;

// One read takes a usual webhook whole; an idle connection costs little more than this.
constexpr std::size_t kReadBytes = 4 * 1024;

// Of a stream's reader who does not read: the older what he gets then, the less it is worth.
constexpr int kStreamUnsentBytes = 16 * 1024;

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace

ServerSession::ServerSession(std::unique_ptr<Transport> transport, std::string remote,
                             ServerContext& context)
    : transport_(std::move(transport)), remote_(std::move(remote)), context_(context) {}

Awaitable<> ServerSession::run() {
  set_deadline(context_.options.header_timeout);
  const boost::system::error_code error = co_await transport_->open();
  Next next = Next::request;
  if (error) {
    next = Next::close;
    if (!stopping_ && !aborted_) {
      context_.probe.handshake_failed();
    }
  }
  while (next == Next::request) {
    next = co_await serve_request();
  }
  if (next == Next::shutdown && !aborted_) {
    set_deadline(context_.options.linger_timeout);
    co_await transport_->shutdown(room());
  }
}

void ServerSession::expire(core::Time now) {
  if (now >= deadline_) {
    expired_ = true;
    transport_->cancel();
  }
}

void ServerSession::stop() {
  stopping_ = true;
  if (idle_) {
    transport_->cancel();
  }
  if (stream_) {
    end_stream();
  }
}

void ServerSession::abort() {
  aborted_ = true;
  transport_->cancel();
  if (stream_) {
    end_stream();
  }
}

// Whoever reads it slowly is not waited for.
void ServerSession::end_stream() {
  stream_->stop();
  transport_->cancel();
}

Awaitable<ServerSession::Next> ServerSession::serve_request() {
  Step<ParsedHead> parsed = co_await read_head();
  if (!parsed) {
    const Next next = co_await break_off(std::move(parsed.error()), {});
    co_return next;
  }
  ++requests_;
  parsed->head.remote = remote_;
  const Framing& framing = parsed->framing;
  Asked asked{.keep_alive = framing.keep_alive,
              .head_only = parsed->head.method == "HEAD",
              .minor_version = parsed->head.minor_version};

  std::expected<BodyPolicy, Response> policy = context_.handler.admit(parsed->head);
  if (!policy) {
    asked.keep_alive = asked.keep_alive && skip_refused_body(framing);
    const Next next = co_await respond(std::move(policy.error()), asked);
    co_return next;
  }

  Request request{.head = std::move(parsed->head), .body = {}, .memory = {}};
  if (framing.body != BodyKind::none) {
    Step<RequestBody> body = co_await read_body(framing, *policy);
    if (!body) {
      const Next next = co_await break_off(std::move(body.error()), asked);
      co_return next;
    }
    std::tie(request.body, request.memory) = std::move(*body).take();
  }

  deadline_ = core::Time::max();
  Response response = co_await context_.handler.handle(std::move(request));
  if (aborted_) {
    co_return Next::close;
  }
  if (response.stream && !asked.head_only) {
    const Next next = co_await write_stream(std::move(response), asked);
    co_return next;
  }
  const Next next = co_await respond(std::move(response), asked);
  co_return next;
}

Awaitable<ServerSession::Step<ParsedHead>> ServerSession::read_head() {
  HeadParser parser(context_.options.framing);
  idle_ = input_.size() == 0;
  if (idle_ && stopping_) {
    co_return std::unexpected(std::nullopt);
  }
  const bool between_requests = idle_ && requests_ > 0;
  set_deadline(between_requests ? context_.options.idle_timeout : context_.options.header_timeout);
  while (true) {
    if (!idle_) {
      std::expected<std::optional<ParsedHead>, Response> parsed = parser.resume(unread());
      if (!parsed) {
        co_return std::unexpected(std::move(parsed.error()));
      }
      if (*parsed) {
        input_.consume((*parsed)->bytes);
        co_return std::move(**parsed);
      }
    }
    const auto [error, bytes] = co_await transport_->read_some(room());
    if (error || cut_off()) {
      co_return std::unexpected(broken_off("head"));
    }
    input_.commit(bytes);
    if (std::exchange(idle_, false)) {
      set_deadline(context_.options.header_timeout);
    }
  }
}

Awaitable<ServerSession::Step<RequestBody>> ServerSession::read_body(Framing framing,
                                                                     BodyPolicy policy) {
  set_deadline(context_.options.body_timeout);
  if (framing.body == BodyKind::sized && framing.content_length > policy.bytes_max) {
    co_return std::unexpected(
        problem(413, fmt::format("the body has {} bytes, at most {} are taken",
                                 framing.content_length, policy.bytes_max)));
  }
  if (framing.expects_continue && input_.size() == 0) {
    const auto [error, bytes] = co_await transport_->write({asio::buffer(kContinue), {}});
    if (error || cut_off()) {
      co_return std::unexpected(broken_off("body"));
    }
  }
  RequestBody body(policy);
  Step<void> read;
  if (framing.body == BodyKind::sized) {
    read = co_await read_sized(framing.content_length, &body);
  } else {
    read = co_await read_chunked(&body);
  }
  if (!read) {
    co_return std::unexpected(std::move(read.error()));
  }
  co_return body;
}

Awaitable<ServerSession::Step<void>> ServerSession::read_sized(std::uint64_t length,
                                                               RequestBody* body) {
  while (body->size() < length) {
    const std::uint64_t missing = length - body->size();
    const std::expected<asio::mutable_buffer, Response> free = body->prepare(missing);
    if (!free) {
      co_return std::unexpected(free.error());
    }
    if (input_.size() > 0) {
      const std::size_t copied = asio::buffer_copy(*free, input_.data());
      input_.consume(copied);
      body->commit(copied);
      continue;
    }
    const auto [error, bytes] = co_await transport_->read_some(*free);
    if (error || cut_off()) {
      co_return std::unexpected(broken_off("body"));
    }
    body->commit(bytes);
  }
  co_return Step<void>{};
}

Awaitable<ServerSession::Step<void>> ServerSession::read_chunked(RequestBody* body) {
  ChunkedDecoder decoder;
  while (true) {
    while (input_.size() > 0 && !decoder.done()) {
      std::expected<ChunkedDecoder::Step, Response> step = decoder.resume(unread());
      if (!step) {
        co_return std::unexpected(std::move(step.error()));
      }
      if (std::expected<void, Response> appended = body->append(step->data); !appended) {
        co_return std::unexpected(std::move(appended.error()));
      }
      input_.consume(step->consumed);
    }
    if (decoder.done()) {
      co_return Step<void>{};
    }
    const auto [error, bytes] = co_await transport_->read_some(room());
    if (error || cut_off()) {
      co_return std::unexpected(broken_off("body"));
    }
    input_.commit(bytes);
  }
}

Awaitable<ServerSession::Next> ServerSession::respond(Response response, Asked asked) {
  const bool stays = asked.keep_alive && !stopping_ && !context_.draining &&
                     requests_ < context_.options.requests_per_connection_max;
  const core::Time now = context_.clock.now();
  output_.clear();
  append_response_head(output_, response, stays ? AfterResponse::keep_alive : AfterResponse::close,
                       asked.minor_version, context_.date.at(now));
  asio::const_buffer body;
  if (!asked.head_only && allows_body(response.status)) {
    body = asio::buffer(response.body);
  }
  deadline_ = now + context_.options.write_timeout;
  const auto [error, bytes] = co_await transport_->write({asio::buffer(output_), body});
  if (error) {
    co_return Next::close;
  }
  co_return stays ? Next::request : Next::shutdown;
}

// Its end is the connection's, so it needs no framing of its own.
Awaitable<ServerSession::Next> ServerSession::write_stream(Response response, Asked asked) {
  stream_ = std::move(response.stream);
  response.stream = stream_;
  transport_->bound_unsent(kStreamUnsentBytes, context_.options.stream_write_timeout);
  output_.clear();
  append_response_head(output_, response, AfterResponse::close, asked.minor_version,
                       context_.date.at(context_.clock.now()));
  BodyStream::Part part;
  asio::const_buffer bytes = asio::buffer(output_);
  bool broken = false;
  while (!broken && !stopping_ && !cut_off()) {
    set_deadline(context_.options.stream_write_timeout);
    const auto [error, written] = co_await transport_->write({bytes, {}});
    broken = error.failed();
    if (broken || stopping_ || cut_off()) {
      break;
    }
    deadline_ = core::Time::max();  // nothing may come for as long as it likes
    part = co_await stream_->next();
    if (!part) {
      break;
    }
    bytes = asio::buffer(*part);
  }
  const bool ended = !part && !broken && !stopping_ && !cut_off();
  stream_->stop();
  stream_ = nullptr;
  co_return ended ? Next::shutdown : Next::close;
}

// Where a next request would start is not known.
Awaitable<ServerSession::Next> ServerSession::break_off(std::optional<Response> refusal,
                                                        Asked asked) {
  if (!refusal) {
    // A request may be on its way just now: a reset would tell its sender nothing.
    co_return idle_ ? Next::shutdown : Next::close;
  }
  context_.probe.refused(refusal->status);
  asked.keep_alive = false;
  const Next next = co_await respond(*std::move(refusal), asked);
  co_return next;
}

std::string_view ServerSession::unread() const {
  const asio::const_buffer data = input_.data();
  return {static_cast<const char*>(data.data()), data.size()};
}

asio::mutable_buffer ServerSession::room() {
  return input_.prepare(kReadBytes);
}

// A refused request's body that already is here whole need not cost the connection.
bool ServerSession::skip_refused_body(const Framing& framing) {
  if (framing.body == BodyKind::none) {
    return true;
  }
  if (framing.body == BodyKind::sized && framing.content_length <= input_.size()) {
    input_.consume(static_cast<std::size_t>(framing.content_length));
    return true;
  }
  return false;
}

std::optional<Response> ServerSession::broken_off(std::string_view part) const {
  if (!expired_ || aborted_ || idle_) {
    return std::nullopt;
  }
  return problem(408, fmt::format("the {} of the request did not arrive in time", part));
}

void ServerSession::set_deadline(core::Duration timeout) {
  deadline_ = context_.clock.now() + timeout;
}

}  // namespace spillway::http
