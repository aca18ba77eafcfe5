#include "delivery/signer.hpp"

#include "core/encoding.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace spillway::delivery {

namespace {

constexpr std::string_view kSymmetric = "whsec_";
constexpr std::string_view kAsymmetric = "whsk_";
constexpr std::string_view kPublic = "whpk_";

std::string join(std::initializer_list<std::string_view> parts) {
  std::string joined;
  for (const std::string_view part : parts) {
    joined.append(part);
  }
  return joined;
}

bool signs_with(const DestinationOptions& options, Signature signature) {
  return std::ranges::find(options.sign, signature) != options.sign.end();
}

}  // namespace

core::Result<Signer::Key> Signer::parse_secret(std::string_view secret) {
  if (secret.starts_with(kPublic)) {
    return core::fail(core::ErrorCode::invalid_argument,
                      "it is a public key (whpk_), which cannot sign: give the whsk_ one");
  }
  const bool asymmetric = secret.starts_with(kAsymmetric);
  // The prefix of symmetric secrets may be left out, as reference libraries allow.
  if (asymmetric) {
    secret.remove_prefix(kAsymmetric.size());
  } else if (secret.starts_with(kSymmetric)) {
    secret.remove_prefix(kSymmetric.size());
  }
  const std::optional<std::string> key = core::from_base64(secret);
  if (!key || key->empty()) {
    return core::fail(core::ErrorCode::invalid_argument,
                      "expected whsec_ or whsk_ followed by the key in base64");
  }
  if (!asymmetric) {
    return core::Hmac(core::HashAlgorithm::sha256, *key);
  }
  auto signing_key = core::Ed25519Key::from_secret(*key);
  if (!signing_key) {
    return std::unexpected(std::move(signing_key).error());
  }
  return *std::move(signing_key);
}

core::Result<Signer> Signer::compile(const DestinationOptions& options) {
  Signer signer;
  if (signs_with(options, Signature::standard)) {
    for (std::size_t i = 0; i < options.secrets.size(); ++i) {
      auto key = parse_secret(options.secrets[i]);
      if (!key) {
        return std::unexpected(std::move(key).error().in_context(fmt::format("secrets[{}]", i)));
      }
      signer.keys_.push_back(*std::move(key));
    }
  }
  if (signs_with(options, Signature::meta)) {
    if (options.meta_secret.empty()) {
      return core::fail(core::ErrorCode::invalid_argument,
                        "sign: [meta] needs meta_secret, the client's own app secret");
    }
    signer.meta_.emplace(core::HashAlgorithm::sha256, options.meta_secret);
  }
  return signer;
}

std::vector<core::Header> Signer::sign(std::string_view id, core::Time now,
                                       std::string_view body) const {
  const std::string timestamp = fmt::format("{}", core::to_unix_seconds(now));
  std::vector<core::Header> headers{{"webhook-id", std::string(id)},
                                    {"webhook-timestamp", timestamp}};
  std::string signatures;
  for (const Key& key : keys_) {
    if (!signatures.empty()) {
      signatures += ' ';
    }
    if (const auto* hmac = std::get_if<core::Hmac>(&key)) {
      signatures += "v1," + core::to_base64(hmac->sign({id, ".", timestamp, ".", body}));
    } else {
      const auto& signing_key = std::get<core::Ed25519Key>(key);
      const std::string content = join({id, ".", timestamp, ".", body});
      signatures += "v1a," + core::to_base64(signing_key.sign(content));
    }
  }
  if (!signatures.empty()) {
    headers.push_back({"webhook-signature", std::move(signatures)});
  }
  if (meta_) {
    headers.push_back({"X-Hub-Signature-256", "sha256=" + core::to_hex(meta_->sign({body}))});
  }
  return headers;
}

}  // namespace spillway::delivery
