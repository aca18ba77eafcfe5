// What an audit found, as GET /v1/audit answers it and `spillway audit --data-dir` prints it. Pure;
// any thread.
#pragma once

#include <map>
#include <string>

#include "core/clock.hpp"
#include "core/json_text.hpp"
#include "journal/audit.hpp"

namespace spillway::admin {

// By the counters alone: nothing was scanned.
[[nodiscard]] core::JsonWriter audit_report(
    const std::map<std::string, journal::Counts>& by_destination, core::Time as_of);

// Proven by a scan.
[[nodiscard]] core::JsonWriter audit_report(const journal::AuditReport& scan, core::Time as_of);

}  // namespace spillway::admin
