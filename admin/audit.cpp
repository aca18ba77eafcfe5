// GET /v1/audit: do the books balance? From the counters at once, or proven by a scan of the whole
// journal.
#include "journal/audit.hpp"

#include "admin/awaiting.hpp"
#include "admin/backlog.hpp"
#include "admin/endpoints.hpp"
#include "admin/errors.hpp"
#include "admin/shapes.hpp"

namespace spillway::admin {

using core::JsonWriter;

namespace {

constexpr core::Duration kScanLimit = std::chrono::minutes(30);

void begin_report(JsonWriter& json, bool balanced, std::uint64_t difference, core::Time as_of) {
  json.begin_object();
  json.key("balanced").value(balanced);
  json.key("unaccounted").value(difference);
  json.key("as_of").value(time_text(as_of));
}

void write_account(JsonWriter& json, std::string_view name, const journal::Counts& counts) {
  json.key(name).begin_object();
  write_counts(json, counts);
  json.end_object();
}

Answer audit_counters(AdminContext* context) {
  const core::Time as_of = context->clock.now();
  auto answer = co_await read_journal(
      context, [context, as_of](const JournalView& view) -> core::Result<http::Response> {
        const journal::Books::Totals totals = context->writer.totals();
        const std::uint64_t difference = unaccounted(totals);
        JsonWriter json;
        begin_report(json, difference == 0, difference, as_of);
        json.key("destinations").begin_object();
        for (const auto& [number, counts] : totals) {
          write_account(json, view.destination_name(number), counts);
        }
        json.end_object();
        json.key("scan").null();
        json.end_object();
        return json_response(std::move(json));
      });
  co_return answer;
}

core::Result<http::Response> scan_report(const JournalView& view, core::Time as_of,
                                         const std::atomic<bool>& stopping) {
  const auto report = journal::audit(view.readable(), stopping);
  if (!report) {
    return std::unexpected(report.error());
  }
  std::uint64_t difference = 0;
  for (const auto& [name, counts] : report->by_destination) {
    difference += unaccounted({{0, counts}});
  }
  JsonWriter json;
  begin_report(json, report->balanced(), difference, as_of);
  json.key("destinations").begin_object();
  for (const auto& [name, counts] : report->by_destination) {
    write_account(json, name, counts);
  }
  json.end_object();
  json.key("scan").begin_object();
  json.key("events").value(report->events);
  json.key("deliveries").value(report->deliveries);
  json.key("problem_count").value(report->problem_count);
  json.key("problems").begin_array();
  for (const std::string& problem : report->problems) {
    json.value(problem);
  }
  json.end_array();
  json.end_object();
  json.end_object();
  return json_response(std::move(json));
}

}  // namespace

Answer get_audit(AdminContext* context, Call call) {
  const auto scan = call.query.flag("scan");
  if (!scan) {
    co_return std::unexpected(scan.error());
  }
  if (!*scan) {
    auto answer = co_await audit_counters(context);
    co_return answer;
  }
  if (context->scanning) {
    co_return conflict("a scan is under way; ask again when it has ended");
  }
  context->scanning = true;
  auto answer =
      co_await read_journal_on(&context->scanner, context, kScanLimit,
                               [context, as_of = context->clock.now()](const JournalView& view) {
                                 return scan_report(view, as_of, context->stopping);
                               });
  context->scanning = false;
  co_return answer;
}

}  // namespace spillway::admin
