#include "tests/simulation/receiver.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/crypto.hpp"
#include "core/encoding.hpp"
#include "core/headers.hpp"

namespace spillway::simulation {
namespace {

// How old or new a timestamp may be, in the reference libraries of Standard Webhooks.
constexpr core::Duration kTolerance = std::chrono::minutes(5);
constexpr std::string_view kPrefix = "whsec_";

std::string_view value_of(const Letter& letter, std::string_view name) {
  return core::find_header(letter.headers, name).value_or("");
}

bool has_word(std::string_view words, std::string_view word) {
  while (!words.empty()) {
    const std::size_t end = std::min(words.find(' '), words.size());
    if (words.substr(0, end) == word) {
      return true;
    }
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return false;
}

bool is_signed_standard(const Letter& letter) {
  const std::string_view secret = letter.destination->options.secrets.back();
  const core::Hmac key(core::HashAlgorithm::sha256,
                       *core::from_base64(secret.substr(kPrefix.size())));
  const std::string content =
      fmt::format("{}.{}.{}", value_of(letter, "webhook-id"), value_of(letter, "webhook-timestamp"),
                  letter.event->body);
  return has_word(value_of(letter, "webhook-signature"),
                  "v1," + core::to_base64(key.sign({content})));
}

bool is_signed_meta(const Letter& letter) {
  const core::Hmac key(core::HashAlgorithm::sha256, letter.destination->options.meta_secret);
  return value_of(letter, "X-Hub-Signature-256") ==
         "sha256=" + core::to_hex(key.sign({letter.event->body}));
}

}  // namespace

std::string signing_secret(std::string_view destination, std::uint32_t number) {
  return fmt::format("{}{}", kPrefix,
                     core::to_base64(fmt::format("secret {} of {}", number, destination)));
}

std::optional<std::string> find_fault(const Letter& letter, const SentEvent& sent, core::Time now) {
  const auto sends = [&](delivery::Signature signature) {
    return std::ranges::find(letter.destination->options.sign, signature) !=
           letter.destination->options.sign.end();
  };
  std::int64_t timestamp = 0;
  for (const char digit : value_of(letter, "webhook-timestamp")) {
    timestamp = timestamp * 10 + (digit - '0');
  }
  const core::Duration age = now - core::Time(std::chrono::seconds(timestamp));
  if (value_of(letter, "webhook-id") != letter.event->id.to_string()) {
    return "its webhook-id is another event's";
  }
  if (age > kTolerance || age < -kTolerance) {
    return fmt::format("its timestamp is {} s old", age.count() / 1'000'000);
  }
  if (sends(delivery::Signature::standard) && !is_signed_standard(letter)) {
    return "its webhook-signature does not verify";
  }
  if (sends(delivery::Signature::meta) && !is_signed_meta(letter)) {
    return "its X-Hub-Signature-256 does not verify";
  }
  if (value_of(letter, "Spillway-Attempt") != fmt::format("{}", letter.attempt) ||
      value_of(letter, "Spillway-Source") != kSources[sent.source].name ||
      value_of(letter, "Content-Type") != "application/json") {
    return "its headers are not those of this attempt";
  }
  return std::nullopt;
}

}  // namespace spillway::simulation
