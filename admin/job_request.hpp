// What a request for a job asks for, first in its own words, then in those of the journal: read
// strictly, with errors that say what to change. Admin thread; order_of() on the reader.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "admin/context.hpp"
#include "admin/journal_view.hpp"
#include "core/clock.hpp"
#include "core/delivery.hpp"
#include "core/error.hpp"
#include "retry/job_record.hpp"

namespace spillway::admin {

// Of a replay or drop.
struct AskedDeliveries {
  std::optional<std::string> destination{};
  std::optional<std::string> source{};
  core::DeliveryState state = core::DeliveryState::dead;
  std::optional<core::Reason> reason{};
  std::optional<core::Time> received_from{};
  std::optional<core::Time> received_to{};
};

// Of a purge; exactly one of the keys or the value, which comes with its pointer.
struct AskedEvents {
  std::optional<std::string> source{};
  std::optional<std::string> idempotency_key{};
  std::optional<std::string> ordering_key{};
  std::optional<std::string> json_pointer{};
  std::string json_value{};
};

struct JobRequest {
  retry::JobKind kind = retry::JobKind::replay;
  std::variant<AskedDeliveries, AskedEvents> filter{};
  std::uint64_t rate = 0;
  bool dry_run = false;
};

// {"filter": {…}, "dry_run": …, "rate": …}
core::Result<JobRequest> read_job_request(retry::JobKind kind, std::string_view body);

// With the journal's numbers and hashes in the place of names and keys.
core::Result<retry::JobOrder> order_of(const JobRequest& request, const AdminContext& context,
                                       const JournalView& view);

}  // namespace spillway::admin
