// Varints and length-prefixed bytes: the alphabet of all stored values. Writing cannot fail;
// reading is bounded and refuses what is cut short or too long. Any thread.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "core/clock.hpp"
#include "core/error.hpp"

namespace spillway::journal {

class Encoder {
 public:
  Encoder& varint(std::uint64_t value);
  Encoder& time(core::Time value);
  Encoder& duration(core::Duration value) { return signed_varint(value.count()); }
  Encoder& bytes(std::string_view value);  // length and contents
  Encoder& raw(std::span<const std::uint8_t> value);

  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  Encoder& signed_varint(std::int64_t value);

  std::string text_;
};

// Reads in the order written. After the first failure every read gives a zero value and finish()
// tells the error, so that a decoder reads as a list of fields.
class Decoder {
 public:
  explicit Decoder(std::string_view text) : rest_(text) {}

  std::uint64_t varint();
  // A varint that must not be above the limit.
  std::uint64_t varint_up_to(std::uint64_t limit);
  core::Time time() { return core::from_micros(signed_varint()); }
  core::Duration duration() { return core::Duration{signed_varint()}; }
  std::string_view bytes();
  template <std::size_t Size>
  std::array<std::uint8_t, Size> raw() {
    std::array<std::uint8_t, Size> value{};
    copy_raw(value);
    return value;
  }

  // What was read makes no sense unless this holds.
  void require(bool holds) { failed_ = failed_ || !holds; }
  [[nodiscard]] bool failed() const { return failed_; }

  // Everything was read and nothing is left over.
  [[nodiscard]] core::Result<void> finish(std::string_view what) const;

 private:
  std::int64_t signed_varint();
  void copy_raw(std::span<std::uint8_t> value);

  std::string_view rest_;
  bool failed_ = false;
};

}  // namespace spillway::journal
