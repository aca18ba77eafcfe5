// GET /v1/audit: do the books balance? From the counters at once, or proven by a scan of the whole
// journal.
#include <map>
#include <string>

#include "admin/audit_report.hpp"
#include "admin/awaiting.hpp"
#include "admin/endpoints.hpp"
#include "admin/errors.hpp"
#include "admin/shapes.hpp"
#include "journal/audit.hpp"

namespace spillway::admin {

namespace {

constexpr core::Duration kScanLimit = std::chrono::minutes(30);

Answer audit_counters(AdminContext* context) {
  const core::Time as_of = context->clock.now();
  auto answer = co_await read_journal(
      context, [context, as_of](const JournalView& view) -> core::Result<http::Response> {
        std::map<std::string, journal::Counts> by_destination;
        for (const auto& [number, counts] : context->writer.totals()) {
          by_destination[std::string(view.destination_name(number))] += counts;
        }
        return json_response(audit_report(by_destination, as_of));
      });
  co_return answer;
}

core::Result<http::Response> scan_report(const JournalView& view, core::Time as_of,
                                         const std::atomic<bool>& stopping) {
  const auto report = journal::audit(view.readable(), stopping);
  if (!report) {
    return std::unexpected(report.error());
  }
  return json_response(audit_report(*report, as_of));
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
    co_return scanner_busy();
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
