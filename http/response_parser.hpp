// Reads the responses to one request: interim ones (1xx) are skipped, of the final one the status,
// Retry-After and the beginning of the body are kept. Pure: bytes in, no sockets. One per
// exchange, on the stack of Client.
#pragma once

#include "core/error.hpp"
#include "http/client_response.hpp"

#include <boost/beast/http/basic_parser.hpp>

#include <cstddef>
#include <optional>
#include <string_view>

namespace spillway::http {

inline constexpr std::size_t kResponseHeadBytesMax = 16 * 1024;
inline constexpr std::size_t kResponseBodyBytesMax = 64 * 1024;  // read at most

class ResponseParser {
 public:
  explicit ResponseParser(std::size_t excerpt_bytes_max) : excerpt_bytes_max_(excerpt_bytes_max) {
    message_.emplace(*this);
  }
  ResponseParser(const ResponseParser&) = delete;
  ResponseParser& operator=(const ResponseParser&) = delete;

  // Takes what was read and not consumed so far; returns how much is consumed now. The rest is to
  // be offered again, together with more. An error means this is no acceptable HTTP.
  [[nodiscard]] core::Result<std::size_t> resume(std::string_view bytes);

  // The peer closed. Some responses end this way; done() tells.
  void end();

  // The head of the final response is complete.
  [[nodiscard]] bool has_status() const { return has_status_; }
  [[nodiscard]] bool done() const { return done_; }
  // After done(): another request may follow on this connection.
  [[nodiscard]] bool keep_alive() const { return keep_alive_; }
  [[nodiscard]] ClientResponse& response() { return response_; }

 private:
  // One message on the wire, parsed by Beast, which calls back for its parts.
  class Message final : public boost::beast::http::basic_parser<false> {
   public:
    explicit Message(ResponseParser& owner);

   private:
    using ErrorCode = boost::beast::error_code;
    using Text = boost::beast::string_view;

    void on_request_impl(boost::beast::http::verb method, Text method_text, Text target,
                         int version, ErrorCode& error) override;
    void on_response_impl(int status, Text reason, int version, ErrorCode& error) override;
    void on_field_impl(boost::beast::http::field name, Text name_text, Text value,
                       ErrorCode& error) override;
    void on_header_impl(ErrorCode& error) override;
    void on_body_init_impl(const boost::optional<std::uint64_t>& length, ErrorCode& error) override;
    std::size_t on_body_impl(Text body, ErrorCode& error) override;
    void on_chunk_header_impl(std::uint64_t size, Text extensions, ErrorCode& error) override;
    std::size_t on_chunk_body_impl(std::uint64_t remain, Text body, ErrorCode& error) override;
    void on_finish_impl(ErrorCode& error) override;

    ResponseParser& owner_;
  };

  void take_body(std::string_view bytes);

  const std::size_t excerpt_bytes_max_;
  std::optional<Message> message_;
  ClientResponse response_;
  std::size_t body_bytes_ = 0;
  int interim_ = 0;
  bool has_status_ = false;
  bool between_chunks_ = false;  // the beginning of one was offered, and was too little
  bool done_ = false;
  bool keep_alive_ = false;
};

}  // namespace spillway::http
