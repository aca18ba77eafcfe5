// GET /v1/dead: the deliveries that were given up on, bounded per request; the cursor goes on where
// it stopped.
#include <fmt/format.h>

#include "admin/awaiting.hpp"
#include "admin/endpoints.hpp"
#include "admin/errors.hpp"
#include "admin/shapes.hpp"
#include "core/encoding.hpp"

namespace spillway::admin {

using core::DeliveryState;
using core::JsonWriter;
using journal::DeliveryRef;

namespace {

constexpr std::size_t kLimitDefault = 50;
constexpr std::size_t kLimitMax = 200;
constexpr std::size_t kScannedMax = 5000;

struct Wanted {
  DeliveryState state = DeliveryState::dead;
  std::optional<core::Reason> reason;
  std::optional<std::string> destination;
  std::size_t limit = kLimitDefault;
  std::string cursor;
};

core::Result<Wanted> read_wanted(const Query& query) {
  Wanted wanted;
  if (const auto text = query.find("state")) {
    const auto state = parse_state(*text);
    if (state != DeliveryState::dead && state != DeliveryState::expired) {
      return invalid(fmt::format("the state is \"{}\"; it is dead or expired", *text));
    }
    wanted.state = *state;
  }
  if (const auto text = query.find("reason")) {
    wanted.reason = parse_reason(*text);
    if (!wanted.reason) {
      return invalid(fmt::format("\"{}\" is no reason to give up on a delivery", *text));
    }
  }
  if (const auto text = query.find("destination")) {
    wanted.destination = *text;
  }
  if (const auto text = query.find("cursor")) {
    const auto cursor = core::from_hex(*text);
    const auto at = journal::keys::parse_fate(cursor.value_or(""));
    if (!at || at->state != wanted.state) {
      return invalid("the cursor is not one that this list gave for these filters");
    }
    wanted.cursor = *cursor;
  }
  const auto limit = query.number("limit", kLimitDefault, kLimitMax);
  if (!limit) {
    return std::unexpected(limit.error());
  }
  wanted.limit = *limit;
  return wanted;
}

// Writes the dead letters that match, until the page is full or enough was looked at.
class Page {
 public:
  Page(const JournalView& view, const Wanted& wanted) : view_(&view), wanted_(&wanted) {
    json_.begin_object();
    json_.key("deliveries").begin_array();
  }

  // False: no more.
  core::Result<bool> take(const std::string& cursor, DeliveryRef ref) {
    if (scanned_ == kScannedMax || written_ == wanted_->limit) {
      next_cursor_ = core::to_hex(last_);
      return false;
    }
    ++scanned_;
    last_ = cursor;
    const auto record = view_->reader().delivery(ref);
    if (!record) {
      return std::unexpected(record.error());
    }
    if (!*record || (wanted_->reason && (*record)->reason != *wanted_->reason)) {
      return true;
    }
    const auto head = view_->reader().head(ref.sequence);
    if (!head) {
      return std::unexpected(head.error());
    }
    if (*head) {
      ++written_;
      json_.begin_object();
      write_event_members(json_, *view_, **head);
      write_delivery_members(json_, view_->destination_name(ref.destination), **record);
      json_.end_object();
    }
    return true;
  }

  http::Response finish() {
    json_.end_array();
    json_.key("scanned").value(scanned_);
    json_.key("next_cursor");
    write_text(json_, next_cursor_);
    json_.end_object();
    return json_response(std::move(json_));
  }

 private:
  const JournalView* view_;
  const Wanted* wanted_;
  JsonWriter json_;
  std::size_t scanned_ = 0;
  std::size_t written_ = 0;
  std::string last_;
  std::string next_cursor_;
};

core::Result<http::Response> list(const JournalView& view, const Wanted& wanted) {
  std::optional<journal::DestinationNumber> only;
  if (wanted.destination) {
    const auto number = view.destination(*wanted.destination);
    if (!number) {
      return std::unexpected(number.error());
    }
    only = *number;
  }
  Page page(view, wanted);
  core::Result<void> outcome;
  const auto walked =
      view.reader().fates(wanted.state, only, wanted.cursor,
                          [&](const std::string& cursor, const journal::keys::FateKey& fate) {
                            const auto more = page.take(cursor, fate.ref);
                            if (!more) {
                              outcome = std::unexpected(more.error());
                            }
                            return more && *more;
                          });
  if (!walked || !outcome) {
    return std::unexpected(!walked ? walked.error() : outcome.error());
  }
  return page.finish();
}

}  // namespace

Answer get_dead(AdminContext* context, Call call) {
  const auto wanted = read_wanted(call.query);
  if (!wanted) {
    co_return std::unexpected(wanted.error());
  }
  auto answer = co_await read_journal(
      context, [wanted = *wanted](const JournalView& view) { return list(view, wanted); });
  co_return answer;
}

}  // namespace spillway::admin
