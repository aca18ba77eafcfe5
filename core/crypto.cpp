#include "core/crypto.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <algorithm>

#include "core/check.hpp"

namespace spillway::core {
namespace {

template <auto Function>
struct FreeWith {
  template <class T>
  void operator()(T* pointer) const {
    Function(pointer);
  }
};

using MacContext = std::unique_ptr<EVP_MAC_CTX, FreeWith<EVP_MAC_CTX_free>>;
using PrivateKey = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, FreeWith<EVP_MD_CTX_free>>;

const unsigned char* data_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

const char* name_of(HashAlgorithm algorithm) {
  switch (algorithm) {
    case HashAlgorithm::sha1:
      return "SHA1";
    case HashAlgorithm::sha256:
      return "SHA256";
    case HashAlgorithm::sha512:
      return "SHA512";
  }
  return "SHA256";
}

}  // namespace

std::string sha256(std::string_view data) {
  std::string digest(32, '\0');
  unsigned length = 0;
  CHECK(EVP_Digest(data.data(), data.size(), reinterpret_cast<unsigned char*>(digest.data()),
                   &length, EVP_sha256(), nullptr) == 1);
  return digest;
}

bool equal_constant_time(std::string_view left, std::string_view right) {
  return left.size() == right.size() && CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

struct Hmac::State {
  MacContext keyed;
};

Hmac::Hmac(HashAlgorithm algorithm, std::string_view key) : state_(std::make_unique<State>()) {
  // Fetching the algorithm takes a lock and a search: once per process.
  static EVP_MAC* const kMac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  state_->keyed.reset(EVP_MAC_CTX_new(kMac));
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, const_cast<char*>(name_of(algorithm)),
                                       0),
      OSSL_PARAM_construct_end()};
  // OpenSSL takes a null key pointer for "keep the old key": an empty key needs a real address.
  const unsigned char empty = 0;
  CHECK(EVP_MAC_init(state_->keyed.get(), key.empty() ? &empty : data_of(key), key.size(),
                     parameters) == 1);
}

Hmac::~Hmac() = default;
Hmac::Hmac(Hmac&&) noexcept = default;
Hmac& Hmac::operator=(Hmac&&) noexcept = default;

std::string Hmac::sign(std::initializer_list<std::string_view> parts) const {
  const MacContext context(EVP_MAC_CTX_dup(state_->keyed.get()));
  CHECK(context != nullptr);
  for (const std::string_view part : parts) {
    CHECK(EVP_MAC_update(context.get(), data_of(part), part.size()) == 1);
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
  std::size_t length = 0;
  CHECK(EVP_MAC_final(context.get(), out.data(), &length, out.size()) == 1);
  return {reinterpret_cast<const char*>(out.data()), length};
}

Digest128 keyed_hash(const Hmac& key, std::initializer_list<std::string_view> parts) {
  const std::string mac = key.sign(parts);
  Digest128 digest{};
  std::copy_n(mac.begin(), digest.size(), reinterpret_cast<char*>(digest.data()));
  return digest;
}

struct Ed25519Key::State {
  PrivateKey key;
};

Ed25519Key::Ed25519Key(std::unique_ptr<State> state) : state_(std::move(state)) {}
Ed25519Key::~Ed25519Key() = default;
Ed25519Key::Ed25519Key(Ed25519Key&&) noexcept = default;
Ed25519Key& Ed25519Key::operator=(Ed25519Key&&) noexcept = default;

Result<Ed25519Key> Ed25519Key::from_secret(std::string_view secret) {
  if (secret.size() != 32 && secret.size() != 64) {
    return fail(ErrorCode::invalid_argument,
                "an Ed25519 secret has 32 bytes, or 64 with its public key; found " +
                    std::to_string(secret.size()));
  }
  auto state = std::make_unique<State>();
  state->key.reset(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, data_of(secret), 32));
  if (!state->key) {
    return fail(ErrorCode::invalid_argument, "not a usable Ed25519 secret");
  }
  if (secret.size() == 64) {
    std::array<unsigned char, 32> derived{};
    std::size_t length = derived.size();
    CHECK(EVP_PKEY_get_raw_public_key(state->key.get(), derived.data(), &length) == 1);
    if (!std::equal(derived.begin(), derived.end(), data_of(secret) + 32)) {
      return fail(ErrorCode::invalid_argument,
                  "the public half of the Ed25519 secret does not belong to its seed");
    }
  }
  return Ed25519Key(std::move(state));
}

std::string Ed25519Key::sign(std::string_view message) const {
  const DigestContext context(EVP_MD_CTX_new());
  CHECK(context != nullptr);
  CHECK(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, state_->key.get()) == 1);
  std::string signature(64, '\0');
  std::size_t length = signature.size();
  CHECK(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &length,
                       data_of(message), message.size()) == 1);
  return signature;
}

}  // namespace spillway::core
