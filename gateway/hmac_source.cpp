#include "gateway/hmac_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "core/headers.hpp"
#include "core/trim.hpp"

namespace spillway::gateway {
namespace {

std::optional<std::int64_t> unix_seconds(std::string_view text) {
  text = core::trimmed(text);
  std::int64_t seconds = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, seconds);
  return error == std::errc{} && stopped == end && seconds >= 0 ? std::optional(seconds)
                                                                : std::nullopt;
}

Verdict age_verdict(std::int64_t seconds, core::Time now, std::chrono::seconds tolerance) {
  const std::int64_t today = core::to_unix_seconds(now);
  if (seconds < today - tolerance.count()) {
    return Verdict::timestamp_too_old;
  }
  return seconds > today + tolerance.count() ? Verdict::timestamp_too_new : Verdict::ok;
}

std::vector<std::string> names_of_signature(const SignatureOptions& signature,
                                            const SignedContent& content) {
  std::vector<std::string> names = content.headers();
  names.push_back(signature.header);
  return names;
}

core::Result<void> check(const SourceOptions& options, const SignedContent& content) {
  const SignatureOptions& signature = options.signature;
  const auto refuse = [](std::string why) {
    return core::fail(core::ErrorCode::invalid_argument, std::move(why));
  };
  if (options.secrets.empty() || std::ranges::find(options.secrets, "") != options.secrets.end()) {
    return refuse("\"secrets\" needs at least one, and none may be empty");
  }
  if (signature.header.empty()) {
    return refuse("\"header\" must name the header that carries the signature");
  }
  const auto covers = [&](const std::string& name) {
    return core::equal_ignoring_case(name, signature.timestamp_header);
  };
  if (!signature.timestamp_header.empty() && std::ranges::none_of(content.headers(), covers)) {
    return refuse(
        fmt::format("\"content\" must hold {{header:{}}}: a time that is not signed "
                    "stops no replay",
                    signature.timestamp_header));
  }
  return {};
}

}  // namespace

core::Result<std::unique_ptr<Source>> HmacSource::make(SourceOptions options) {
  auto content = SignedContent::compile(options.signature.content);
  if (!content) {
    return std::unexpected(std::move(content.error()));
  }
  if (auto checked = check(options, *content); !checked) {
    return std::unexpected(std::move(checked.error()));
  }
  auto key = IdempotencyKey::compile(options.idempotency_key);
  if (!key) {
    return std::unexpected(std::move(key.error()));
  }
  auto headers = names_of_signature(options.signature, *content);
  return std::unique_ptr<Source>(
      new HmacSource(std::move(options), std::move(headers), std::move(*content), std::move(*key)));
}

HmacSource::HmacSource(SourceOptions source_options, std::vector<std::string> signature_headers,
                       SignedContent content, IdempotencyKey key)
    : Source(std::move(source_options), std::move(signature_headers)),
      content_(std::move(content)),
      check_(options().signature.header, options().signature.prefix, options().signature.algorithm,
             options().signature.encoding, options().secrets),
      key_(std::move(key)) {}

Verdict HmacSource::verify(const Request& request) const {
  const SignatureOptions& signature = options().signature;
  if (!core::find_header(request.headers, signature.header)) {
    return Verdict::missing_signature;
  }
  const auto frame = content_.around_body(request.headers);
  if (!frame) {
    return Verdict::missing_header;
  }
  const Verdict verdict =
      check_.verify(request.headers, {frame->before, request.body, frame->after});
  if (verdict != Verdict::ok || signature.timestamp_header.empty()) {
    return verdict;
  }
  // Only now is the time known to be the sender's own.
  const auto sent = core::find_header(request.headers, signature.timestamp_header);
  const auto seconds = sent ? unix_seconds(*sent) : std::nullopt;
  return seconds ? age_verdict(*seconds, request.now, signature.tolerance)
                 : Verdict::malformed_timestamp;
}

Split HmacSource::split(const Request& request, routing::JsonBody& json) const {
  return key_.whole_request(request, json);
}

}  // namespace spillway::gateway
