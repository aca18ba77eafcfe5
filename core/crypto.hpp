// Hashes and signatures over OpenSSL, with the comparisons done in constant time. Keys live in
// objects prepared once and reused for every request. Any thread unless said otherwise.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

#include "core/error.hpp"

namespace spillway::core {

using Digest128 = std::array<std::uint8_t, 16>;

enum class HashAlgorithm { sha1, sha256, sha512 };

[[nodiscard]] std::string sha256(std::string_view data);  // 32 raw bytes

// Equal contents? Time depends on the lengths only.
[[nodiscard]] bool equal_constant_time(std::string_view left, std::string_view right);

// HMAC with one key and algorithm. One object may be used by many threads: each call works on a
// copy of the keyed state.
class Hmac {
 public:
  Hmac(HashAlgorithm algorithm, std::string_view key);
  ~Hmac();
  Hmac(Hmac&&) noexcept;
  Hmac& operator=(Hmac&&) noexcept;

  // The MAC over the concatenation of the parts, as raw bytes.
  [[nodiscard]] std::string sign(std::initializer_list<std::string_view> parts) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Keyed 128-bit hash for identifiers that must not be stored in clear (docs/correctness.md 9): the
// first 16 bytes of HMAC-SHA256.
[[nodiscard]] Digest128 keyed_hash(const Hmac& key, std::initializer_list<std::string_view> parts);

// Ed25519 signing key: 32-byte seed, or seed and public key (64 bytes) as Standard Webhooks
// writes it.
class Ed25519Key {
 public:
  static Result<Ed25519Key> from_secret(std::string_view secret);
  ~Ed25519Key();
  Ed25519Key(Ed25519Key&&) noexcept;
  Ed25519Key& operator=(Ed25519Key&&) noexcept;

  [[nodiscard]] std::string sign(std::string_view message) const;  // 64 raw bytes

 private:
  struct State;
  explicit Ed25519Key(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace spillway::core
