#include "http/request_body.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "http/problem.hpp"

namespace spillway::http {
namespace {

constexpr std::size_t kRoomFirst = 64 * 1024;

}  // namespace

RequestBody::RequestBody(BodyPolicy policy)
    : bytes_max_(policy.bytes_max), memory_(policy.budget.reserve(0)) {}

std::expected<boost::asio::mutable_buffer, Response> RequestBody::prepare(std::uint64_t missing) {
  if (size_ == bytes_.size()) {
    const std::uint64_t room = std::min<std::uint64_t>(missing, std::max(kRoomFirst, size_));
    if (std::expected<void, Response> resized = resize(size_ + room); !resized) {
      return std::unexpected(std::move(resized.error()));
    }
  }
  return boost::asio::buffer(bytes_) + size_;
}

std::expected<void, Response> RequestBody::append(std::string_view bytes) {
  if (size_ + bytes.size() > bytes_.size()) {
    // Doubling keeps many small chunks cheap; the last doubling stops at what is allowed.
    const std::size_t wanted = size_ + bytes.size();
    const std::size_t doubled = std::min(2 * bytes_.size(), bytes_max_);
    if (std::expected<void, Response> resized = resize(std::max(wanted, doubled)); !resized) {
      return resized;
    }
  }
  bytes.copy(bytes_.data() + size_, bytes.size());
  size_ += bytes.size();
  return {};
}

std::pair<std::string, core::ByteBudget::Reservation> RequestBody::take() && {
  bytes_.resize(size_);
  return {std::move(bytes_), std::move(memory_)};
}

std::expected<void, Response> RequestBody::resize(std::uint64_t bytes) {
  if (bytes > bytes_max_) {
    return std::unexpected(
        problem(413, fmt::format("the body is larger than the {} bytes taken", bytes_max_)));
  }
  if (!memory_.grow(static_cast<std::size_t>(bytes) - bytes_.size())) {
    return std::unexpected(problem_retry_after(
        503, "too many request bodies are being received at this moment", std::chrono::seconds(1)));
  }
  bytes_.resize(static_cast<std::size_t>(bytes));
  return {};
}

}  // namespace spillway::http
