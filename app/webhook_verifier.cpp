#include "app/webhook_verifier.hpp"

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <utility>

#include "core/encoding.hpp"
#include "core/headers.hpp"

namespace spillway::app {
namespace {

constexpr std::chrono::seconds kTolerance{300};  // as the reference libraries have it

std::optional<core::Time> parse_timestamp(std::string_view text) {
  std::int64_t seconds = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, seconds);
  constexpr std::int64_t kMax = 253'402'300'799;  // the end of the year 9999
  if (error != std::errc{} || stopped != end || seconds < 0 || seconds > kMax) {
    return std::nullopt;
  }
  return core::Time(std::chrono::seconds(seconds));
}

std::vector<std::string_view> words(std::string_view text) {
  std::vector<std::string_view> found;
  while (!text.empty()) {
    const std::size_t space = text.find(' ');
    if (const std::string_view word = text.substr(0, space); !word.empty()) {
      found.push_back(word);
    }
    text.remove_prefix(space == std::string_view::npos ? text.size() : space + 1);
  }
  return found;
}

// The signatures of a list that stand in the other one too.
bool have_one_in_common(std::string_view left, std::string_view right) {
  for (const std::string_view one : words(left)) {
    for (const std::string_view other : words(right)) {
      if (core::equal_constant_time(one, other)) {
        return true;
      }
    }
  }
  return false;
}

}  // namespace

core::Result<WebhookVerifier> WebhookVerifier::make(const VerifierOptions& options) {
  WebhookVerifier verifier;
  if (!options.secrets.empty()) {
    delivery::DestinationOptions destination;
    destination.secrets = options.secrets;
    auto signer = delivery::Signer::compile(destination);
    if (!signer) {
      return std::unexpected(std::move(signer.error()));
    }
    verifier.standard_.emplace(std::move(*signer));
  }
  if (!options.meta_secret.empty()) {
    verifier.meta_.emplace(core::HashAlgorithm::sha256, options.meta_secret);
  }
  return verifier;
}

std::string WebhookVerifier::check(std::span<const core::Header> headers, std::string_view body,
                                   core::Time now) const {
  if (standard_) {
    if (std::string wrong = check_standard(headers, body, now); !wrong.empty()) {
      return wrong;
    }
  }
  if (meta_) {
    const auto given = core::find_header(headers, "X-Hub-Signature-256");
    if (!given) {
      return "X-Hub-Signature-256 is missing";
    }
    if (!core::equal_constant_time(*given, "sha256=" + core::to_hex(meta_->sign({body})))) {
      return "X-Hub-Signature-256 does not match";
    }
  }
  return {};
}

std::string WebhookVerifier::check_standard(std::span<const core::Header> headers,
                                            std::string_view body, core::Time now) const {
  const auto id = core::find_header(headers, "webhook-id");
  const auto timestamp = core::find_header(headers, "webhook-timestamp");
  const auto signatures = core::find_header(headers, "webhook-signature");
  if (!id || !timestamp || !signatures) {
    return "webhook-id, webhook-timestamp or webhook-signature is missing";
  }
  const auto sent = parse_timestamp(*timestamp);
  if (!sent) {
    return "webhook-timestamp is no time in Unix seconds";
  }
  if (*sent < now - kTolerance || *sent > now + kTolerance) {
    return fmt::format("webhook-timestamp is more than {} s off", kTolerance.count());
  }
  const std::vector<core::Header> expected = standard_->sign(*id, *sent, body);
  if (!have_one_in_common(*signatures,
                          core::find_header(expected, "webhook-signature").value_or(""))) {
    return "no signature in webhook-signature matches";
  }
  return {};
}

}  // namespace spillway::app
