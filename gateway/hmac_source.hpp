// kind: hmac. Any sender that signs with a shared secret: the configuration says which header,
// which algorithm and what is signed. Immutable, any thread.
#pragma once

#include <memory>

#include "gateway/idempotency_key.hpp"
#include "gateway/signature_check.hpp"
#include "gateway/signed_content.hpp"
#include "gateway/source.hpp"

namespace spillway::gateway {

class HmacSource final : public Source {
 public:
  [[nodiscard]] static core::Result<std::unique_ptr<Source>> make(SourceOptions options);

  [[nodiscard]] Verdict verify(const Request& request) const override;
  [[nodiscard]] Split split(const Request& request, routing::JsonBody& json) const override;

 private:
  HmacSource(SourceOptions options, std::vector<std::string> signature_headers,
             SignedContent content, IdempotencyKey key);

  SignedContent content_;
  SignatureCheck check_;
  IdempotencyKey key_;
};

}  // namespace spillway::gateway
