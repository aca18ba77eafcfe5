#include "app/request_factory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/check.hpp"
#include "core/encoding.hpp"
#include "http/grammar.hpp"

namespace spillway::app {
namespace {

using gateway::SignatureOptions;
using gateway::SourceKind;

constexpr std::size_t kSecretsMax = 8;   // more signatures no source looks at
constexpr std::size_t kBatchMax = 1000;  // what Meta puts into one request at most

std::unexpected<core::Error> refuse(std::string why) {
  return core::fail(core::ErrorCode::invalid_argument, std::move(why));
}

// Meta's, in the terms of any sender that signs.
SignatureOptions meta_signature() {
  SignatureOptions signature;
  signature.header = "X-Hub-Signature-256";
  signature.prefix = "sha256=";
  return signature;
}

core::Result<void> check_headers(const std::vector<core::Header>& headers) {
  for (const core::Header& header : headers) {
    if (header.name.empty() || !std::ranges::all_of(header.name, http::is_token_char) ||
        !std::ranges::all_of(header.value, http::is_field_char)) {
      return refuse(
          fmt::format("\"{}: {}\" is no header: expected a name, a colon and a value "
                      "without control characters",
                      header.name, header.value));
    }
  }
  return {};
}

core::Result<void> check_secrets(const RequestOptions& options) {
  if (options.kind == SourceKind::open) {
    return options.secrets.empty()
               ? core::Result<void>{}
               : refuse("kind open is not signed: leave the secret out, or choose another kind");
  }
  if (options.secrets.empty()) {
    return refuse("this kind is signed: give its secret with --secret or SPILLWAY_SEND_SECRET");
  }
  if (options.secrets.size() > kSecretsMax) {
    return refuse(fmt::format("{} secrets are given, at most {} sign at once",
                              options.secrets.size(), kSecretsMax));
  }
  if (std::ranges::find(options.secrets, "") != options.secrets.end()) {
    return refuse("a secret is empty");
  }
  if (options.signature.header.empty()) {
    return refuse("kind hmac needs --signature-header, the header that carries the signature");
  }
  return {};
}

core::Result<void> check_whatsapp(const WhatsappTrafficOptions& whatsapp) {
  if (whatsapp.batch < 1 || whatsapp.batch > kBatchMax) {
    return refuse(
        fmt::format("a request holds 1 to {} updates, not {}", kBatchMax, whatsapp.batch));
  }
  const auto is_digits = [](std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, http::is_digit);
  };
  if (whatsapp.phone_number_ids.empty() || !is_digits(whatsapp.waba_id) ||
      !std::ranges::all_of(whatsapp.phone_number_ids, is_digits)) {
    return refuse("phone number ids and WABA ids consist of digits");
  }
  return {};
}

core::Result<void> check(const RequestOptions& options) {
  std::vector<core::Header> headers = options.headers;
  headers.push_back({"Content-Type", options.content_type});
  headers.push_back({"Idempotency-Key", options.idempotency_key.value_or("")});
  if (auto checked = check_headers(headers); !checked) {
    return checked;
  }
  if (auto checked = check_secrets(options); !checked) {
    return checked;
  }
  return check_whatsapp(options.whatsapp);
}

}  // namespace

core::Result<RequestFactory> RequestFactory::make(RequestOptions options, core::Random& random) {
  if (options.kind == SourceKind::whatsapp) {
    options.signature = meta_signature();
  }
  if (auto checked = check(options); !checked) {
    return std::unexpected(std::move(checked.error()));
  }
  auto content = gateway::SignedContent::compile(options.signature.content);
  if (!content) {
    return std::unexpected(std::move(content.error()));
  }
  std::vector<core::Header> given = options.headers;
  if (!options.signature.timestamp_header.empty()) {
    given.push_back({options.signature.timestamp_header, ""});
  }
  if (!content->around_body(given)) {
    return refuse(fmt::format("the signature covers {}, and not all of these headers are given",
                              fmt::join(content->headers(), ", ")));
  }
  return RequestFactory(std::move(options), std::move(*content), random);
}

RequestFactory::RequestFactory(RequestOptions options, gateway::SignedContent content,
                               core::Random& random)
    : options_(std::move(options)),
      content_(std::move(content)),
      traffic_(options_.whatsapp, random),
      random_(&random) {
  for (const std::string& secret : options_.secrets) {
    keys_.emplace_back(options_.signature.algorithm, secret);
  }
}

OutgoingRequest RequestFactory::next(core::Time now) {
  if (again_) {
    return *std::exchange(again_, std::nullopt);
  }
  ++number_;
  OutgoingRequest request{.headers = options_.headers,
                          .body = options_.body ? *options_.body : make_body(now)};
  request.headers.push_back({"Content-Type", options_.content_type});
  if (options_.idempotency_key) {
    std::string key = *options_.idempotency_key;
    if (const std::size_t at = key.find("{n}"); at != std::string::npos) {
      key.replace(at, 3, fmt::to_string(number_));
    }
    request.headers.push_back({"Idempotency-Key", std::move(key)});
  }
  if (!options_.signature.timestamp_header.empty()) {
    request.headers.push_back(
        {options_.signature.timestamp_header, fmt::to_string(core::to_unix_seconds(now))});
  }
  if (!keys_.empty()) {
    request.headers.push_back(signature(request));
  }
  if (options_.twice) {
    again_ = request;
  }
  return request;
}

std::string RequestFactory::make_body(core::Time now) {
  if (options_.kind == SourceKind::whatsapp) {
    return traffic_.next(now);
  }
  return fmt::format(
      R"({{"id":"evt_{:016x}","type":"order.paid","created":{},"data":{{"order":"{}",)"
      R"("amount":{},"currency":"EUR"}}}})",
      random_->next(), core::to_unix_seconds(now), 100'000 + random_->below(900'000),
      100 + random_->below(50'000));
}

core::Header RequestFactory::signature(const OutgoingRequest& request) const {
  const auto frame = content_.around_body(request.headers);
  CHECK(frame);
  std::string value;
  for (const core::Hmac& key : keys_) {
    const std::string mac = key.sign({frame->before, request.body, frame->after});
    const bool hex = options_.signature.encoding == gateway::SignatureEncoding::hex;
    value.append(value.empty() ? "" : ",")
        .append(options_.signature.prefix)
        .append(hex ? core::to_hex(mac) : core::to_base64(mac));
  }
  return {options_.signature.header, std::move(value)};
}

}  // namespace spillway::app
