// Takes the headers of a message apart, of which anybody may be the author: each of ours is there
// exactly once and says what it may say, or the message is refused as `corrupt`. What is wrong is
// remembered, so whoever reads asks once, in the end. Pure; not longer than the message.
//
// Headers that do not begin with spillway- are left alone: what mirrors or traces messages adds its
// own. One of ours that is not known is refused, because what it says of the message may be what
// matters; so a new one is written only when every node of a cluster reads it.
#pragma once

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/event_id.hpp"
#include "retry/spool_message.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace spillway::retry {

inline constexpr std::string_view kOwnHeaderPrefix = "spillway-";
// Of what is counted, attempts or hops.
inline constexpr std::uint32_t kCountMax = 1'000'000'000;
// The year 9999: what is added to a time of a message must not overflow.
inline constexpr std::int64_t kMicrosMax = 253'402'300'799'999'999;

class HeaderReader {
 public:
  // `what` names the message in what is said of it.
  HeaderReader(const SpoolMessage& message, std::string_view what);

  [[nodiscard]] bool has(std::string_view name) const;

  // The value of the header, which must be there. After a refusal, anything.
  std::string_view text(std::string_view name);
  std::string_view name(std::string_view name);  // the name of something: not empty
  std::uint64_t number(std::string_view name, std::uint64_t max);
  std::uint32_t count(std::string_view name);
  core::Time time(std::string_view name);
  core::Duration duration(std::string_view name);
  core::EventId event(std::string_view name);
  bool flag(std::string_view name);

  // The value whose text it is, of the first `count` of an enumeration.
  template <class Enum>
  Enum one_of(std::string_view header, std::size_t count) {
    const std::string_view value = text(header);
    for (std::size_t i = 0; i < count; ++i) {
      if (to_string(static_cast<Enum>(i)) == value) {
        return static_cast<Enum>(i);
      }
    }
    refuse(header, "is none of the known values");
    return {};
  }

  void refuse(std::string_view where, std::string_view why);

  // Whether all that was read was there, and nothing else of ours.
  [[nodiscard]] core::Result<void> finish();

 private:
  struct Own {
    std::string_view name;
    std::string_view value;
    bool taken = false;
  };

  std::string_view what_;
  std::vector<Own> own_;
  std::string refusal_;
};

// Times and durations as they stand in headers: whole microseconds, so that they come back as they
// were.
[[nodiscard]] std::string text_of(core::Time time);
[[nodiscard]] std::string text_of(core::Duration duration);

// A decimal number up to `max`, written as only one text can be.
[[nodiscard]] bool parse_number(std::string_view text, std::uint64_t max, std::uint64_t& number);

}  // namespace spillway::retry
