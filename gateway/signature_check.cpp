#include "gateway/signature_check.hpp"

#include <algorithm>
#include <array>

#include "core/encoding.hpp"
#include "core/headers.hpp"
#include "core/trim.hpp"

namespace spillway::gateway {
namespace {

// SHA-1, SHA-256, SHA-512. A signature of another length was cut or is none at all; one of
// another algorithm is well-formed and simply does not match.
constexpr std::array<std::size_t, 3> kDigestSizes = {20, 32, 64};

}  // namespace

SignatureCheck::SignatureCheck(std::string header, std::string prefix,
                               core::HashAlgorithm algorithm, SignatureEncoding encoding,
                               std::span<const std::string> secrets)
    : header_(std::move(header)), prefix_(std::move(prefix)), encoding_(encoding) {
  for (const std::string& secret : secrets) {
    keys_.emplace_back(algorithm, secret);
  }
}

std::optional<std::string> SignatureCheck::decode(std::string_view candidate) const {
  if (!candidate.starts_with(prefix_)) {
    return std::nullopt;
  }
  candidate.remove_prefix(prefix_.size());
  auto signature = encoding_ == SignatureEncoding::hex ? core::from_hex(candidate)
                                                       : core::from_base64(candidate);
  if (signature && std::ranges::find(kDigestSizes, signature->size()) == kDigestSizes.end()) {
    return std::nullopt;
  }
  return signature;
}

Verdict SignatureCheck::verify(std::span<const core::Header> headers,
                               std::initializer_list<std::string_view> content) const {
  if (!core::find_header(headers, header_)) {
    return Verdict::missing_signature;
  }
  std::vector<std::string> candidates;
  std::size_t seen = 0;
  for (const core::Header& header : headers) {
    if (!core::equal_ignoring_case(header.name, header_)) {
      continue;
    }
    std::string_view rest = header.value;
    for (bool more = true; more;) {
      if (++seen > kCandidatesMax) {
        return Verdict::malformed_signature;
      }
      const std::size_t comma = rest.find(',');
      if (auto signature = decode(core::trimmed(rest.substr(0, comma)))) {
        candidates.push_back(std::move(*signature));
      }
      more = comma != std::string_view::npos;
      rest.remove_prefix(more ? comma + 1 : rest.size());
    }
  }
  if (candidates.empty()) {
    return Verdict::malformed_signature;
  }
  for (const core::Hmac& key : keys_) {
    const std::string expected = key.sign(content);
    for (const std::string& candidate : candidates) {
      if (core::equal_constant_time(candidate, expected)) {
        return Verdict::ok;
      }
    }
  }
  return Verdict::signature_mismatch;
}

}  // namespace spillway::gateway
