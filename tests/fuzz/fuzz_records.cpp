// Any bytes as stored records and keys: decoded or refused, and what is decoded encodes to the same
// bytes or to bytes that decode to the same again.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "admin/action_record.hpp"
#include "journal/keys.hpp"
#include "journal/records.hpp"
#include "retry/job_record.hpp"

namespace {

using namespace spillway::journal;

template <class Decode>
void round_trip(std::string_view text, Decode decode) {
  const auto decoded = decode(text);
  if (!decoded) {
    return;
  }
  const std::string encoded = decoded->encode();
  const auto again = decode(encoded);
  if (!again || again->encode() != encoded) {
    __builtin_trap();
  }
}
template <class Record>
void round_trip(std::string_view text) {
  round_trip(text, Record::decode);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  round_trip<CommitRecord>(text);
  round_trip<NodeRecord>(text);
  round_trip<DestinationRecord>(text);
  round_trip<EventHead>(text);
  round_trip<DeliveryRecord>(text);
  round_trip<DedupRecord>(text);
  round_trip<Counts>(text);
  round_trip(text, [](std::string_view job) { return spillway::retry::JobRecord::decode(1, job); });
  round_trip(text, [](std::string_view action) {
    return spillway::admin::ActionRecord::decode(1, action);
  });
  static_cast<void>(decode_attempt(text, 1, 1));
  static_cast<void>(keys::parse_due(text));
  static_cast<void>(keys::parse_fate(text));
  static_cast<void>(keys::parse_delivery(text));
  static_cast<void>(keys::parse_attempt(text));
  return 0;
}
