// Verifies what a destination is sent, as a client would: Standard Webhooks and Meta's signature.
// For `sink` and `demo`. Immutable, any thread.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.hpp"
#include "core/crypto.hpp"
#include "core/error.hpp"
#include "core/event.hpp"
#include "delivery/signer.hpp"

namespace spillway::app {

struct VerifierOptions {
  // Standard Webhooks: whsec_, or whsk_ for v1a; none: not verified.
  std::vector<std::string> secrets;
  std::string meta_secret;  // X-Hub-Signature-256; empty: not verified
};

class WebhookVerifier {
 public:
  // Refuses secrets that cannot be used.
  [[nodiscard]] static core::Result<WebhookVerifier> make(const VerifierOptions& options);

  // Empty when every signature that is asked for is there and right; else what is wrong.
  [[nodiscard]] std::string check(std::span<const core::Header> headers, std::string_view body,
                                  core::Time now) const;

 private:
  WebhookVerifier() = default;

  [[nodiscard]] std::string check_standard(std::span<const core::Header> headers,
                                           std::string_view body, core::Time now) const;

  // Signing anew tells whether a signature is right for Ed25519 too: it has no randomness.
  std::optional<delivery::Signer> standard_;
  std::optional<core::Hmac> meta_;
};

}  // namespace spillway::app
