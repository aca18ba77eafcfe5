#include "http/response_parser.hpp"

#include <fmt/format.h>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/field.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace spillway::http {
namespace {

namespace beast = boost::beast;

constexpr int kInterimMax = 16;
// "0", two line ends. Beast 1.81 takes a last chunk as soon as it has seen its size, and then
// asserts at the next call that all of this is there.
constexpr std::size_t kLastChunkBytes = 5;

std::unexpected<core::Error> refuse(std::string message) {
  return core::fail(core::ErrorCode::corrupt, std::move(message), core::Fault::destination,
                    core::Retry::only_if_nothing_was_sent);
}

}  // namespace

ResponseParser::Message::Message(ResponseParser& owner) : owner_(owner) {
  header_limit(kResponseHeadBytesMax);
  body_limit(boost::none);  // counted in take_body, where too much is no error
  eager(true);
}

core::Result<std::size_t> ResponseParser::resume(std::string_view bytes) {
  std::size_t consumed = 0;
  if (between_chunks_ && bytes.size() < kLastChunkBytes) {
    return consumed;  // no chunk is shorter with what must follow it
  }
  between_chunks_ = false;
  while (!done_ && consumed < bytes.size()) {
    beast::error_code error;
    consumed += message_->put(
        boost::asio::const_buffer(bytes.data() + consumed, bytes.size() - consumed), error);
    if (error == beast::http::error::need_more) {
      between_chunks_ = has_status_;  // a body of another kind needs no certain number of bytes
      return consumed;
    }
    if (error) {
      return refuse(fmt::format("the response is not acceptable HTTP: {}", error.message()));
    }
    if (!message_->is_done()) {
      continue;
    }
    if (has_status_) {
      done_ = true;
      keep_alive_ = message_->keep_alive();
    } else if (++interim_ > kInterimMax) {
      return refuse(
          fmt::format("more than {} interim responses came before a final one", kInterimMax));
    } else {
      message_.emplace(*this);
    }
  }
  return consumed;
}

void ResponseParser::end() {
  if (!has_status_ || done_) {
    return;
  }
  beast::error_code error;
  message_->put_eof(error);
  done_ = !error;
}

void ResponseParser::take_body(std::string_view bytes) {
  const std::size_t room = excerpt_bytes_max_ - response_.excerpt.size();
  response_.excerpt.append(bytes.substr(0, room));
  body_bytes_ += bytes.size();
  if (body_bytes_ > kResponseBodyBytesMax) {
    done_ = true;  // enough is known; without keep_alive_ the connection is closed
  }
}

void ResponseParser::Message::on_request_impl(beast::http::verb, Text, Text, int, ErrorCode&) {}

void ResponseParser::Message::on_response_impl(int status, Text, int, ErrorCode& error) {
  if (status == 101 || status < 100) {  // nobody asked for another protocol
    error = beast::http::error::bad_status;
    return;
  }
  owner_.response_.status = static_cast<std::uint16_t>(status);
  owner_.response_.retry_after.clear();  // an interim response may have had one
}

void ResponseParser::Message::on_field_impl(beast::http::field name, Text, Text value, ErrorCode&) {
  if (name == beast::http::field::retry_after && owner_.response_.retry_after.empty()) {
    owner_.response_.retry_after.assign(value.data(), value.size());
  }
}

void ResponseParser::Message::on_header_impl(ErrorCode&) {
  owner_.has_status_ = owner_.response_.status >= 200;
}

void ResponseParser::Message::on_body_init_impl(const boost::optional<std::uint64_t>&, ErrorCode&) {
}

std::size_t ResponseParser::Message::on_body_impl(Text body, ErrorCode&) {
  owner_.take_body(std::string_view(body.data(), body.size()));
  return body.size();
}

void ResponseParser::Message::on_chunk_header_impl(std::uint64_t, Text, ErrorCode&) {}

std::size_t ResponseParser::Message::on_chunk_body_impl(std::uint64_t, Text body, ErrorCode&) {
  owner_.take_body(std::string_view(body.data(), body.size()));
  return body.size();
}

void ResponseParser::Message::on_finish_impl(ErrorCode&) {}

}  // namespace spillway::http
