// A request's body while it arrives: never larger than the handler wants, and always backed by
// memory of the budget. Owned by the server session, one io thread.
#pragma once

#include <boost/asio/buffer.hpp>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

#include "core/byte_budget.hpp"
#include "http/handler.hpp"
#include "http/message.hpp"

namespace spillway::http {

class RequestBody {
 public:
  explicit RequestBody(BodyPolicy policy);

  // Room for more bytes of the body, at most `missing` (which is not 0). It grows with what has
  // come, not with what was announced: an announcement costs its sender nothing. A response (413,
  // 503) is the refusal.
  [[nodiscard]] std::expected<boost::asio::mutable_buffer, Response> prepare(std::uint64_t missing);

  // The first bytes of the room now belong to the body.
  void commit(std::size_t bytes) { size_ += bytes; }

  // Adds bytes of which it is not known how many will follow.
  [[nodiscard]] std::expected<void, Response> append(std::string_view bytes);

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::pair<std::string, core::ByteBudget::Reservation> take() &&;

 private:
  [[nodiscard]] std::expected<void, Response> resize(std::uint64_t bytes);

  const std::size_t bytes_max_;
  std::string bytes_;  // the body in its first `size_` bytes, then room
  std::size_t size_ = 0;
  core::ByteBudget::Reservation memory_;  // of bytes_.size()
};

}  // namespace spillway::http
