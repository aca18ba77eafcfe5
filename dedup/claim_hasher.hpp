// Makes the claim keys of events: what the nodes of a cluster share about an idempotency key, which
// may hold a phone number, is a hash that all of them compute alike. Made by app when nodes share
// something, used by the front path. Immutable, any thread.
#pragma once

#include "core/crypto.hpp"
#include "core/event.hpp"

#include <string_view>

namespace spillway::dedup {

class ClaimHasher {
 public:
  // The secret is the same on all nodes; without one (empty) the hashes can be recomputed by
  // whoever can guess a key.
  explicit ClaimHasher(std::string_view secret);

  // `content` tells apart what has the same key and another body, where both are to be delivered;
  // else it is empty. Remembered for `window`.
  [[nodiscard]] core::ClaimKey make(std::string_view source, std::string_view idempotency_key,
                                    std::string_view content, core::Duration window) const;

 private:
  core::Hmac hmac_;
};

}  // namespace spillway::dedup
