// What all stored records have in common: their first byte is the version of the record, and
// nothing may be left over behind their fields (docs/journal-format.md). Any thread.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string_view>
#include <utility>

#include "core/error.hpp"
#include "journal/codec.hpp"

namespace spillway::journal {

inline constexpr std::uint64_t kRecordVersion = 1;

[[nodiscard]] inline Encoder versioned() {
  Encoder encoder;
  encoder.varint(kRecordVersion);
  return encoder;
}

// Checks the record's version, reads its fields into a value and makes sure nothing is left.
template <class Record, class Read>
core::Result<Record> decode_record(std::string_view text, std::string_view what, Read&& read) {
  Decoder in(text);
  const std::uint64_t version = in.varint();
  if (!in.failed() && version != kRecordVersion) {
    return core::fail(core::ErrorCode::corrupt,
                      fmt::format("stored {} has record version {}, this binary reads {}", what,
                                  version, kRecordVersion));
  }
  Record record;
  read(in, record);
  if (const auto finished = in.finish(what); !finished) {
    return std::unexpected(finished.error());
  }
  return record;
}

}  // namespace spillway::journal
