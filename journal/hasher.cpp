#include "journal/hasher.hpp"

namespace spillway::journal {

core::Digest128 Hasher::idempotency_key(SourceNumber source, std::string_view text) const {
  return core::keyed_hash(hmac_, {"k", std::to_string(source), " ", text});
}

std::string Hasher::ordering_key(std::string_view text) const {
  const core::Digest128 digest = core::keyed_hash(hmac_, {"o", text});
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

core::Digest128 Hasher::body(std::string_view bytes) const {
  return core::keyed_hash(hmac_, {"b", bytes});
}

core::Digest128 Hasher::json_value(std::string_view text) const {
  return core::keyed_hash(hmac_, {"v", text});
}

}  // namespace spillway::journal
