// GET /v1/events: a walk back through the journal, bounded per request however rare what is asked
// for may be; the cursor goes on where it stopped.
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <ranges>

#include "admin/awaiting.hpp"
#include "admin/endpoints.hpp"
#include "admin/errors.hpp"
#include "admin/shapes.hpp"
#include "journal/dedup_index.hpp"

namespace spillway::admin {

using journal::EventHead;
using journal::Sequence;

namespace {

constexpr std::size_t kLimitDefault = 50;
constexpr std::size_t kLimitMax = 200;
constexpr std::size_t kScannedMax = 5000;
// Keys are found as long as they are remembered; no window is longer than this.
constexpr core::Duration kKeysBack = std::chrono::days(400);

struct Wanted {
  std::optional<std::string> source;
  std::optional<std::string> destination;
  std::optional<core::DeliveryState> state;
  std::optional<std::string> idempotency_key;
  std::size_t limit = kLimitDefault;
  Sequence before = 0;
};

std::optional<std::string> text_of(const Query& query, std::string_view name) {
  const auto value = query.find(name);
  return value ? std::optional<std::string>(*value) : std::nullopt;
}

core::Result<Wanted> read_wanted(const Query& query) {
  Wanted wanted{.source = text_of(query, "source"),
                .destination = text_of(query, "destination"),
                .state = std::nullopt,
                .idempotency_key = text_of(query, "idempotency_key")};
  if (const auto state = query.find("state")) {
    wanted.state = parse_state(*state);
    if (!wanted.state) {
      return invalid(fmt::format("\"{}\" is no state of a delivery", *state));
    }
  }
  if (wanted.idempotency_key && !wanted.source) {
    return invalid("an idempotency_key is looked up within its source: give that too");
  }
  const auto limit = query.number("limit", kLimitDefault, kLimitMax);
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

// Writes the events that match, until the page is full or enough was looked at.
class Page {
 public:
  Page(const JournalView& view, Wanted wanted) : view_(&view), wanted_(std::move(wanted)) {
    json_.begin_object();
    json_.key("events").begin_array();
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

  [[nodiscard]] std::optional<journal::SourceNumber> source() const { return source_; }
  [[nodiscard]] Sequence before() const { return wanted_.before; }

  // False: no more.
  core::Result<bool> take(Sequence sequence, const EventHead& head) {
    if (scanned_ == kScannedMax || written_ == wanted_.limit) {
      next_before_ = last_;
      return false;
    }
    ++scanned_;
    last_ = sequence;
    if (source_ && *source_ != head.source) {
      return true;
    }
    const auto deliveries = view_->reader().deliveries(sequence);
    if (!deliveries) {
      return std::unexpected(deliveries.error());
    }
    if (matches(*deliveries)) {
      ++written_;
      write(head, *deliveries);
    }
    return true;
  }

  http::Response finish() {
    json_.end_array();
    json_.key("scanned").value(scanned_);
    json_.key("next_cursor");
    write_text(json_, next_before_ ? fmt::to_string(*next_before_) : "");
    json_.end_object();
    return json_response(std::move(json_));
  }

 private:
  [[nodiscard]] bool matches(const std::vector<journal::DueDelivery>& deliveries) const {
    if (!destination_ && !wanted_.state) {
      return true;
    }
    return std::ranges::any_of(deliveries, [this](const journal::DueDelivery& delivery) {
      return (!destination_ || delivery.ref.destination == *destination_) &&
             (!wanted_.state || delivery.record.state == *wanted_.state);
    });
  }

  void write(const EventHead& head, const std::vector<journal::DueDelivery>& deliveries) {
    json_.begin_object();
    write_event_members(json_, *view_, head);
    json_.key("deliveries").begin_array();
    for (const journal::DueDelivery& delivery : deliveries) {
      json_.begin_object();
      json_.key("destination").value(view_->destination_name(delivery.ref.destination));
      json_.key("state").value(core::to_string(delivery.record.state));
      json_.end_object();
    }
    json_.end_array();
    json_.end_object();
  }

  const JournalView* view_;
  Wanted wanted_;
  std::optional<journal::SourceNumber> source_;
  std::optional<journal::DestinationNumber> destination_;
  core::JsonWriter json_;
  std::size_t scanned_ = 0;
  std::size_t written_ = 0;
  Sequence last_ = 0;
  std::optional<Sequence> next_before_;
};

core::Result<void> walk_back(const JournalView& view, Page& page) {
  core::Result<void> outcome;
  const auto walked =
      view.reader().events_before(page.before(), [&](Sequence sequence, const EventHead& head) {
        const auto more = page.take(sequence, head);
        if (!more) {
          outcome = std::unexpected(more.error());
        }
        return more && *more;
      });
  return walked ? outcome : walked;
}

core::Result<void> find_by_key(const JournalView& view, const AdminContext& context,
                               std::string_view key, Page& page) {
  const journal::SourceNumber source = *page.source();
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
      if (!*head || entry.sequence >= page.before()) {
        continue;
      }
      if (const auto taken = page.take(entry.sequence, **head); !taken) {
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
        Page page(view, wanted);
        if (auto resolved = page.resolve_names(); !resolved) {
          return std::unexpected(std::move(resolved).error());
        }
        const auto filled = wanted.idempotency_key
                                ? find_by_key(view, *context, *wanted.idempotency_key, page)
                                : walk_back(view, page);
        return filled ? core::Result<http::Response>(page.finish())
                      : std::unexpected(filled.error());
      });
  co_return answer;
}

}  // namespace spillway::admin
