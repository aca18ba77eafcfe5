// The newest version seen of each ordering key, for destinations with order: latest. Kept by days,
// like idempotency keys, so that they go by ranges. Committer's thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "journal/order_index.hpp"
#include "journal/records.hpp"
#include "journal/store.hpp"

namespace spillway::journal {

// How long a version is remembered after the last event that took the place of others with it: as
// long as idempotency keys of the provider that sends an event again for longest (7 days).
inline constexpr core::Duration kVersionWindow = std::chrono::days(8);

// As integers if both are, else byte by byte.
[[nodiscard]] bool older_version(std::string_view left, std::string_view right);
// The later accepted of two equal versions is the newer one.
[[nodiscard]] bool older(const VersionRecord& left, const VersionRecord& right);

// What is stored and has not expired; `today` is the day that versions are stored under.
core::Result<std::optional<VersionRecord>> find_version(const Readable& store, OrderingKey key,
                                                        std::uint32_t today, core::Time now);

}  // namespace spillway::journal
