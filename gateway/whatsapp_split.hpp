// Splits a WhatsApp webhook body into its updates, so that each gets its own key, route and fate.
// One update keeps the request's bytes untouched; several are each wrapped in an envelope made of
// the original slices: everything around the update, and the contacts that belong to it. Pure,
// any thread.
#pragma once

#include <cstddef>
#include <string_view>

#include "gateway/source.hpp"
#include "gateway/source_options.hpp"
#include "routing/json_body.hpp"

namespace spillway::gateway {

// What wrapping may cost. A request over it is malformed, not forwarded whole: it may hold the
// data of several tenants, and a route sees only the first.
inline constexpr std::size_t kUpdatesMax = 10'000;  // Meta promises at most 1,000
inline constexpr std::size_t kExpansionMax = 8;     // times the request's bytes, and in addition
inline constexpr std::size_t kExpansionFree = 64 * 1024;

// `json` is the body's. SplitPolicy::never keeps all updates in one unit.
[[nodiscard]] Split split_whatsapp(std::string_view body, routing::JsonBody& json,
                                   SplitPolicy policy);

}  // namespace spillway::gateway
