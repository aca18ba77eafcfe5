#include "dedup/claim_hasher.hpp"

#include <cstdint>
#include <string>

namespace spillway::dedup {
namespace {

// In front of each part, so that no two lists of parts are the same bytes.
std::string length_of(std::string_view text) {
  std::uint64_t left = text.size();
  std::string bytes;
  for (int i = 0; i < 8; ++i, left >>= 8) {
    bytes.push_back(static_cast<char>(left & 0xff));
  }
  return bytes;
}

}  // namespace

ClaimHasher::ClaimHasher(std::string_view secret) : hmac_(core::HashAlgorithm::sha256, secret) {}

core::ClaimKey ClaimHasher::make(std::string_view source, std::string_view idempotency_key,
                                 std::string_view content, core::Duration window) const {
  return {core::keyed_hash(hmac_, {length_of(source), source, length_of(idempotency_key),
                                   idempotency_key, content}),
          window};
}

}  // namespace spillway::dedup
