// kind: whatsapp. Meta's webhooks: the registration handshake, X-Hub-Signature-256 over the raw
// body with the app secret, and batches that are split into one event per update. Immutable, any
// thread.
#pragma once

#include <memory>

#include "gateway/signature_check.hpp"
#include "gateway/source.hpp"

namespace spillway::gateway {

class WhatsappSource final : public Source {
 public:
  // What a handshake may ask to be echoed.
  static constexpr std::size_t kChallengeBytesMax = 1024;

  [[nodiscard]] static core::Result<std::unique_ptr<Source>> make(SourceOptions options);

  [[nodiscard]] Verdict verify(const Request& request) const override;
  [[nodiscard]] Split split(const Request& request, routing::JsonBody& json) const override;
  // Every GET is taken for one.
  [[nodiscard]] std::optional<Handshake> handshake(const Request& request) const override;

 private:
  explicit WhatsappSource(SourceOptions options);

  SignatureCheck check_;
};

}  // namespace spillway::gateway
