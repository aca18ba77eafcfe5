// The header fields of a delivery's request, framing aside: what the upstream sent and
// the gateway kept, the signatures, and who we are. Pure.
//
// Where two of them have one name, the first of these wins: Standard Webhooks and Spillway's own,
// the configured ones, the kept ones. Connection and framing headers are never among them.
#pragma once

#include "core/clock.hpp"
#include "core/event.hpp"
#include "core/random.hpp"
#include "delivery/sender.hpp"

#include <string_view>
#include <vector>

namespace spillway::delivery {

[[nodiscard]] std::vector<core::Header> request_headers(const SendRequest& request, core::Time now,
                                                        core::Random& random);

// The connection's business, not the message's: such a header is neither configured nor forwarded.
[[nodiscard]] bool belongs_to_connection(std::string_view header_name);

// Set by delivery itself, on each attempt or for some destinations: not to be configured.
[[nodiscard]] bool is_ours(std::string_view header_name);

}  // namespace spillway::delivery
