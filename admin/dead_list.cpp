// GET /v1/dead: the deliveries that were given up on, bounded per request; the cursor goes on where
// it stopped.
#include <fmt/format.h>

#include "admin/awaiting.hpp"
#include "admin/endpoints.hpp"
#include "admin/errors.hpp"
#include "admin/page.hpp"
#include "admin/shapes.hpp"
#include "core/encoding.hpp"

namespace spillway::admin {

using core::DeliveryState;
using core::JsonWriter;
using journal::DeliveryRef;

namespace {

struct Wanted {
  DeliveryState state = DeliveryState::dead;
  std::optional<core::Reason> reason;
  std::optional<std::string> destination;
  std::size_t limit = 0;
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
  const auto limit = Page::limit_of(query);
  if (!limit) {
    return std::unexpected(limit.error());
  }
  wanted.limit = *limit;
  return wanted;
}

// Writes the dead letter if it matches.
core::Result<void> show(const JournalView& view, const Wanted& wanted, DeliveryRef ref,
                        Page& page) {
  const auto record = view.reader().delivery(ref);
  if (!record) {
    return std::unexpected(record.error());
  }
  if (!*record || (wanted.reason && (*record)->reason != *wanted.reason)) {
    return {};
  }
  const auto head = view.reader().head(ref.sequence);
  if (!head) {
    return std::unexpected(head.error());
  }
  if (!*head) {
    return {};
  }
  const auto attempt = view.reader().last_attempt(ref);
  if (!attempt) {
    return std::unexpected(attempt.error());
  }
  // One that delivered was replayed since, and given up on before it was attempted again.
  const bool failed = *attempt && (*attempt)->outcome != core::Outcome::delivered;
  JsonWriter& json = page.entry();
  json.begin_object();
  write_event_members(json, view, **head);
  write_delivery_members(json, view.destination_name(ref.destination), **record);
  json.key("last_failure");
  write_failure(json, failed ? &**attempt : nullptr);
  json.end_object();
  return {};
}

core::Result<http::Response> list(const JournalView& view, const Wanted& wanted) {
  std::optional<journal::DestinationNumber> only;
  if (wanted.destination) {
    const auto number = view.destination(*wanted.destination);
    if (!number) {
      return std::unexpected(number.error());
    }
    only = *number;
  }
  Page page("deliveries", wanted.limit);
  core::Result<void> outcome;
  const auto walked =
      view.reader().fates(wanted.state, only, wanted.cursor,
                          [&](const std::string& cursor, const journal::keys::FateKey& fate) {
                            if (!page.look_at(core::to_hex(cursor))) {
                              return false;
                            }
                            outcome = show(view, wanted, fate.ref, page);
                            return outcome.has_value();
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
