// Keyed hashes of what must not be stored in clear: idempotency keys, ordering keys, values out of
// bodies and fingerprints of bodies hold phone numbers (docs/correctness.md 9). The key is made
// once per node and never leaves its store. Immutable, any thread.
#pragma once

#include <string>
#include <string_view>

#include "core/crypto.hpp"
#include "journal/records.hpp"

namespace spillway::journal {

class Hasher {
 public:
  explicit Hasher(std::string_view key) : hmac_(core::HashAlgorithm::sha256, key) {}

  [[nodiscard]] core::Digest128 idempotency_key(SourceNumber source, std::string_view text) const;
  [[nodiscard]] std::string ordering_key(std::string_view text) const;  // 16 bytes
  [[nodiscard]] core::Digest128 body(std::string_view bytes) const;
  [[nodiscard]] core::Digest128 json_value(std::string_view text) const;

 private:
  core::Hmac hmac_;
};

}  // namespace spillway::journal
