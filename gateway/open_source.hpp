// kind: open. Takes every request as it is: for senders on a trusted network, and for trying
// things out. Immutable, any thread.
#pragma once

#include <memory>

#include "gateway/idempotency_key.hpp"
#include "gateway/source.hpp"

namespace spillway::gateway {

class OpenSource final : public Source {
 public:
  [[nodiscard]] static core::Result<std::unique_ptr<Source>> make(SourceOptions options);

  [[nodiscard]] Verdict verify(const Request& request) const override;
  [[nodiscard]] Split split(const Request& request, routing::JsonBody& json) const override;

 private:
  OpenSource(SourceOptions options, IdempotencyKey key);

  IdempotencyKey key_;
};

}  // namespace spillway::gateway
