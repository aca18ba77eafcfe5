// What a request to reconcile names: the keys of one source, each with the time at which its sender
// sent it, if that is known; or event ids. Read strictly. Admin thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/event_id.hpp"

namespace spillway::admin {

inline constexpr std::size_t kReconciledMax = 10'000;

struct AskedKey {
  std::string text;
  std::optional<core::Time> sent{};
};

// Either keys of the source, or ids.
struct ReconcileRequest {
  std::string source{};
  std::vector<AskedKey> keys{};
  std::vector<core::EventId> ids{};
};

// {"source": …, "idempotency_keys": ["…", {"key": "…", "sent": "…"}]} or {"event_ids": ["…"]}
core::Result<ReconcileRequest> read_reconcile_request(std::string_view body);

}  // namespace spillway::admin
