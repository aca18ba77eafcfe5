// Signs requests to a destination: Standard Webhooks with all its active secrets, and on demand
// Meta's X-Hub-Signature-256, so that existing WhatsApp clients verify unchanged. Made
// from the configuration once, immutable, any thread. No message ever contains a secret.
#pragma once

#include "core/crypto.hpp"
#include "core/error.hpp"
#include "core/event.hpp"
#include "delivery/options.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace spillway::delivery {

class Signer {
 public:
  // Refuses secrets that cannot be used, saying which one and what is expected.
  [[nodiscard]] static core::Result<Signer> compile(const DestinationOptions& options);

  // webhook-id, webhook-timestamp, and the signatures asked for, over exactly these bytes.
  [[nodiscard]] std::vector<core::Header> sign(std::string_view id, core::Time now,
                                               std::string_view body) const;

 private:
  using Key = std::variant<core::Hmac, core::Ed25519Key>;  // v1, v1a

  [[nodiscard]] static core::Result<Key> parse_secret(std::string_view secret);

  std::vector<Key> keys_;
  std::optional<core::Hmac> meta_;
};

}  // namespace spillway::delivery
