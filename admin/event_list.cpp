// GET /v1/events: a walk back through the journal, bounded per request however rare what is asked
// for may be; the cursor goes on where it stopped.
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <ranges>

#include "admin/awaiting.hpp"
#include "admin/endpoints.hpp"
#include "admin/errors.hpp"
#include "admin/page.hpp"
#include "admin/shapes.hpp"
#include "journal/dedup_index.hpp"
#include "journal/remembered.hpp"

namespace spillway::admin {

using journal::EventHead;
using journal::Sequence;

namespace {

// Keys are found as long as they are remembered; no window is longer than this.
constexpr core::Duration kKeysBack = std::chrono::days(400);

struct Wanted {
  std::optional<std::string> source;
  std::optional<std::string> destination;
  std::optional<core::DeliveryState> state;
  std::optional<std::string> idempotency_key;
  std::optional<std::string> ordering_key{};
  core::Time from = core::Time::min();
  core::Time to = core::Time::max();
  std::size_t limit = 0;
  Sequence before = 0;
};

// By how much the time in an event's id, which the journal goes by, and the one it was received at
// can differ.
constexpr core::Duration kIdsApart = std::chrono::minutes(1);

std::optional<std::string> text_of(const Query& query, std::string_view name) {
  const auto value = query.find(name);
  return value ? std::optional<std::string>(*value) : std::nullopt;
}

core::Result<Wanted> read_wanted(const Query& query) {
  Wanted wanted{.source = text_of(query, "source"),
                .destination = text_of(query, "destination"),
                .state = std::nullopt,
                .idempotency_key = text_of(query, "idempotency_key"),
                .ordering_key = text_of(query, "ordering_key")};
  if (const auto state = query.find("state")) {
    wanted.state = parse_state(*state);
    if (!wanted.state) {
      return invalid(fmt::format("\"{}\" is no state of a delivery", *state));
    }
  }
  if (wanted.idempotency_key && !wanted.source) {
    return invalid("an idempotency_key is looked up within its source: give that too");
  }
  const auto period = period_in(query);
  if (!period) {
    return std::unexpected(period.error());
  }
  wanted.from = period->from;
  wanted.to = period->to;
  const auto limit = Page::limit_of(query);
  if (!limit) {
    return std::unexpected(limit.error());
  }
  constexpr Sequence kNewest = std::numeric_limits<Sequence>::max() >> 1;
  const auto before = query.number("cursor", kNewest, kNewest);
  if (!before) {
    return std::unexpected(before.error());
  }
  wanted.limit = *limit;
  wanted.before = *before;
  return wanted;
}

// Writes the events that match, until the page is full.
class EventList {
 public:
  EventList(const JournalView& view, const journal::Hasher& hasher, Wanted wanted)
      : view_(&view), wanted_(std::move(wanted)), page_("events", wanted_.limit) {
    if (wanted_.ordering_key) {
      ordering_key_ = hasher.ordering_key(*wanted_.ordering_key);
    }
  }

  core::Result<void> resolve_names() {
    if (wanted_.source) {
      const auto number = view_->source(*wanted_.source);
      if (!number) {
        return std::unexpected(number.error());
      }
      source_ = *number;
    }
    if (wanted_.destination) {
      const auto number = view_->destination(*wanted_.destination);
      if (!number) {
        return std::unexpected(number.error());
      }
      destination_ = *number;
    }
    return {};
  }

  // Where in the journal they can stand, by the hours of their acceptance.
  core::Result<void> narrow() {
    const bool open_end = wanted_.to == core::Time::max();
    const bool open_begin = wanted_.from == core::Time::min();
    if (open_begin && open_end) {
      return {};
    }
    const auto range = journal::sequences_around(
        view_->readable(), open_begin ? wanted_.from : wanted_.from - kIdsApart,
        open_end ? wanted_.to : wanted_.to + kIdsApart);
    if (!range) {
      return std::unexpected(range.error());
    }
    first_ = range->begin;
    wanted_.before = std::min(wanted_.before, range->end);
    return {};
  }

  [[nodiscard]] std::optional<journal::SourceNumber> source() const { return source_; }
  [[nodiscard]] Sequence before() const { return wanted_.before; }

  // False: no more.
  core::Result<bool> take(Sequence sequence, const EventHead& head) {
    if (sequence < first_ || !page_.look_at(fmt::to_string(sequence))) {
      return false;
    }
    if ((source_ && *source_ != head.source) || head.received < wanted_.from ||
        head.received >= wanted_.to) {
      return true;
    }
    const auto deliveries = view_->reader().deliveries(sequence);
    if (!deliveries) {
      return std::unexpected(deliveries.error());
    }
    if (matches(*deliveries)) {
      write(head, *deliveries);
    }
    return true;
  }

  http::Response finish() { return page_.finish(); }

 private:
  [[nodiscard]] bool matches(const std::vector<journal::DueDelivery>& deliveries) const {
    if (!destination_ && !wanted_.state && !ordering_key_) {
      return true;
    }
    return std::ranges::any_of(deliveries, [this](const journal::DueDelivery& delivery) {
      return (!destination_ || delivery.ref.destination == *destination_) &&
             (!wanted_.state || delivery.record.state == *wanted_.state) &&
             (!ordering_key_ || delivery.record.ordering_key == *ordering_key_);
    });
  }

  void write(const EventHead& head, const std::vector<journal::DueDelivery>& deliveries) {
    core::JsonWriter& json = page_.entry();
    json.begin_object();
    write_event_members(json, *view_, head);
    json.key("deliveries").begin_array();
    for (const journal::DueDelivery& delivery : deliveries) {
      json.begin_object();
      json.key("destination").value(view_->destination_name(delivery.ref.destination));
      json.key("state").value(core::to_string(delivery.record.state));
      json.end_object();
    }
    json.end_array();
    json.end_object();
  }

  const JournalView* view_;
  Wanted wanted_;
  std::optional<journal::SourceNumber> source_;
  std::optional<journal::DestinationNumber> destination_;
  std::optional<std::string> ordering_key_;  // as it is stored: hashed
  Sequence first_ = 0;                       // those before are too old
  Page page_;
};

core::Result<void> walk_back(const JournalView& view, EventList& list) {
  core::Result<void> outcome;
  const auto walked =
      view.reader().events_before(list.before(), [&](Sequence sequence, const EventHead& head) {
        const auto more = list.take(sequence, head);
        if (!more) {
          outcome = std::unexpected(more.error());
        }
        return more && *more;
      });
  return walked ? outcome : walked;
}

core::Result<void> find_by_key(const JournalView& view, const AdminContext& context,
                               std::string_view key, EventList& list) {
  const journal::SourceNumber source = *list.source();
  for (const std::string& stored : context.idempotency_keys(key)) {
    const journal::DedupKey hashed{source, context.writer.hasher().idempotency_key(source, stored)};
    const auto record = journal::find_key(view.readable(), hashed, kKeysBack, context.clock.now());
    if (!record) {
      return std::unexpected(record.error());
    }
    for (const journal::DedupRecord::Entry& entry : record->entries) {
      const auto head = view.reader().head(entry.sequence);
      if (!head) {
        return std::unexpected(head.error());
      }
      if (!*head || entry.sequence >= list.before()) {
        continue;
      }
      if (const auto taken = list.take(entry.sequence, **head); !taken) {
        return std::unexpected(taken.error());
      }
    }
  }
  return {};
}

}  // namespace

Answer get_events(AdminContext* context, Call call) {
  const auto wanted = read_wanted(call.query);
  if (!wanted) {
    co_return std::unexpected(wanted.error());
  }
  auto answer = co_await read_journal(
      context,
      [context, wanted = *wanted](const JournalView& view) -> core::Result<http::Response> {
        EventList list(view, context->writer.hasher(), wanted);
        if (auto narrowed = list.narrow(); !narrowed) {
          return std::unexpected(std::move(narrowed).error());
        }
        if (auto resolved = list.resolve_names(); !resolved) {
          return std::unexpected(std::move(resolved).error());
        }
        const auto filled = wanted.idempotency_key
                                ? find_by_key(view, *context, *wanted.idempotency_key, list)
                                : walk_back(view, list);
        return filled ? core::Result<http::Response>(list.finish())
                      : std::unexpected(filled.error());
      });
  co_return answer;
}

}  // namespace spillway::admin
