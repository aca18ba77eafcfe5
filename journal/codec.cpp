#include "journal/codec.hpp"

#include <fmt/format.h>

#include <cstring>

namespace spillway::journal {

Encoder& Encoder::varint(std::uint64_t value) {
  while (value >= 0x80) {
    text_.push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  text_.push_back(static_cast<char>(value));
  return *this;
}

Encoder& Encoder::signed_varint(std::int64_t value) {
  const auto bits = static_cast<std::uint64_t>(value);
  return varint((bits << 1) ^ (value < 0 ? ~std::uint64_t{0} : 0));
}

Encoder& Encoder::time(core::Time value) {
  return signed_varint(core::to_micros(value));
}

Encoder& Encoder::bytes(std::string_view value) {
  varint(value.size());
  text_.append(value);
  return *this;
}

Encoder& Encoder::raw(std::span<const std::uint8_t> value) {
  text_.append(reinterpret_cast<const char*>(value.data()), value.size());
  return *this;
}

std::uint64_t Decoder::varint() {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64 && !failed_; shift += 7) {
    if (rest_.empty()) {
      break;
    }
    const auto byte = static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    if (shift == 63 && byte > 1) {
      break;
    }
    value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if ((byte & 0x80) == 0) {
      return value;
    }
  }
  failed_ = true;
  return 0;
}

std::uint64_t Decoder::varint_up_to(std::uint64_t limit) {
  const std::uint64_t value = varint();
  if (value > limit) {
    failed_ = true;
    return 0;
  }
  return value;
}

std::int64_t Decoder::signed_varint() {
  const std::uint64_t bits = varint();
  return static_cast<std::int64_t>((bits >> 1) ^ (~(bits & 1) + 1));
}

std::string_view Decoder::bytes() {
  const std::uint64_t size = varint_up_to(rest_.size());
  if (failed_ || size > rest_.size()) {
    failed_ = true;
    return {};
  }
  const std::string_view value = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return value;
}

void Decoder::copy_raw(std::span<std::uint8_t> value) {
  if (failed_ || rest_.size() < value.size()) {
    failed_ = true;
    return;
  }
  std::memcpy(value.data(), rest_.data(), value.size());
  rest_.remove_prefix(value.size());
}

core::Result<void> Decoder::finish(std::string_view what) const {
  if (failed_) {
    return core::fail(core::ErrorCode::corrupt,
                      fmt::format("stored {} is cut short or malformed", what));
  }
  if (!rest_.empty()) {
    return core::fail(core::ErrorCode::corrupt,
                      fmt::format("stored {} has {} bytes left over", what, rest_.size()));
  }
  return {};
}

}  // namespace spillway::journal
