// Compares the signature a request carries with the HMAC of its content under every active
// secret. Part of the source kinds that are signed with a shared secret; immutable, any thread.
#pragma once

#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/crypto.hpp"
#include "core/event.hpp"
#include "gateway/source_options.hpp"
#include "gateway/verdict.hpp"

namespace spillway::gateway {

class SignatureCheck {
 public:
  // A header may carry several signatures, in several fields or separated by commas, while a
  // sender rotates its secret. More than this many are refused.
  static constexpr std::size_t kCandidatesMax = 8;

  SignatureCheck(std::string header, std::string prefix, core::HashAlgorithm algorithm,
                 SignatureEncoding encoding, std::span<const std::string> secrets);

  // `content` is what was signed, in parts.
  [[nodiscard]] Verdict verify(std::span<const core::Header> headers,
                               std::initializer_list<std::string_view> content) const;

  [[nodiscard]] const std::string& header() const { return header_; }

 private:
  [[nodiscard]] std::optional<std::string> decode(std::string_view candidate) const;

  std::string header_;
  std::string prefix_;
  SignatureEncoding encoding_;
  std::vector<core::Hmac> keys_;
};

}  // namespace spillway::gateway
