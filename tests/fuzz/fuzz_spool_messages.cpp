// Any message as one of the spool's topics: decoded or refused as corrupt, and what is decoded
// encodes to a message that decodes to the same again. The input is the key, the headers and the
// value in lines: the key; each header as its name, a colon and its value; an empty line; the
// value.
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include "retry/control_record.hpp"
#include "retry/fate_record.hpp"
#include "retry/spool_record.hpp"

namespace {

using namespace spillway::retry;

std::string_view take_line(std::string_view& input) {
  const std::size_t end = input.find('\n');
  const std::string_view line = input.substr(0, end);
  input.remove_prefix(end == std::string_view::npos ? input.size() : end + 1);
  return line;
}

SpoolMessage message_of(std::string_view input) {
  SpoolMessage message;
  message.key = take_line(input);
  while (!input.empty()) {
    const std::string_view line = take_line(input);
    if (line.empty()) {
      break;
    }
    const std::size_t colon = line.find(':');
    message.headers.push_back(
        {std::string(line.substr(0, colon)),
         std::string(colon == std::string_view::npos ? "" : line.substr(colon + 1))});
  }
  message.value = input;
  return message;
}

void check(bool holds) {
  if (!holds) {
    __builtin_trap();
  }
}

template <class Record>
void round_trip(const SpoolMessage& message) {
  const auto decoded = Record::decode(message);
  if (!decoded) {
    check(decoded.error().code == spillway::core::ErrorCode::corrupt);
    check(decoded.error().message.size() < 1000);
    return;
  }
  const SpoolMessage encoded = decoded->encode();
  check(encoded.key == message.key);
  const auto again = Record::decode(encoded);
  check(again.has_value() && again->encode() == encoded);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const SpoolMessage message =
      message_of(std::string_view(reinterpret_cast<const char*>(data), size));
  round_trip<SpoolRecord>(message);
  round_trip<FateRecord>(message);
  round_trip<ControlRecord>(message);
  return 0;
}
