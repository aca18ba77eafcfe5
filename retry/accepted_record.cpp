#include "retry/accepted_record.hpp"

#include "retry/header_reader.hpp"

#include <string_view>
#include <utility>

namespace spillway::retry {
namespace {

constexpr std::string_view kAdoptedBy = "spillway-adopted-by";
// Every copy has it, also one without a body, which else would look like the end of one.
constexpr std::string_view kOfACopy = "spillway-event";

core::Result<CopyOver> decode_over(const SpoolMessage& message) {
  constexpr std::size_t kIdSize = 36;
  HeaderReader in(message, "end of a copy");
  const std::string_view key = message.key;
  CopyOver over;
  const auto event = core::EventId::parse(key.substr(0, kIdSize));
  if (!event || key.size() < kIdSize + 2 || key[kIdSize] != '/') {
    in.refuse("the key", "names no delivery");
  } else {
    over.event = *event;
    over.destination = key.substr(kIdSize + 1);
  }
  if (in.has(kAdoptedBy)) {
    over.adopted_by = in.name(kAdoptedBy);
  }
  if (!message.value.empty()) {
    in.refuse("the value", "is not empty");
  }
  if (auto read = in.finish(); !read) {
    return std::unexpected(std::move(read).error());
  }
  return over;
}

}  // namespace

SpoolMessage CopyOver::encode() const {
  SpoolMessage message{.key = delivery_key(event, destination), .headers = {}, .value = {}};
  if (!adopted_by.empty()) {
    message.headers.push_back({std::string(kAdoptedBy), adopted_by});
  }
  return message;
}

core::Result<AcceptedRecord> decode_accepted(const SpoolMessage& message) {
  if (HeaderReader(message, "accepted delivery").has(kOfACopy)) {
    auto copy = SpoolRecord::decode(message);
    return copy ? core::Result<AcceptedRecord>(*std::move(copy))
                : std::unexpected(std::move(copy).error());
  }
  auto over = decode_over(message);
  return over ? core::Result<AcceptedRecord>(*std::move(over))
              : std::unexpected(std::move(over).error());
}

}  // namespace spillway::retry
