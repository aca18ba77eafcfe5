// GET /v1/digest and /v1/digest/events: what was delivered to a destination, for comparison with
// what it has. By the time in the event's id, which its receiver knows, too. Pages end in the
// middle of a bucket, and its parts add up: counts as numbers, hashes modulo 2^128.
#include <fmt/format.h>

#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <utility>

#include "admin/awaiting.hpp"
#include "admin/endpoints.hpp"
#include "admin/errors.hpp"
#include "admin/event_digest.hpp"
#include "admin/page.hpp"
#include "admin/shapes.hpp"
#include "journal/remembered.hpp"

namespace spillway::admin {

using core::JsonWriter;
using journal::Sequence;

namespace {

constexpr core::Duration kWorkLimit = std::chrono::seconds(5);
// Several of them may wait for the scanner.
constexpr core::Duration kDigestLimit = std::chrono::seconds(25);
constexpr std::size_t kScannedMax = 500'000;
constexpr std::size_t kBucketsMax = 10'000;
constexpr Sequence kSequenceMax = std::numeric_limits<Sequence>::max() >> 1;

struct Wanted {
  std::string destination;
  core::Time from = core::Time::min();
  core::Time to = core::Time::max();
  core::Duration bucket = std::chrono::hours(1);
  std::string bucket_name = "hour";
  std::size_t limit = 0;
  Sequence cursor = 1;

  [[nodiscard]] bool takes(core::Time time) const { return from <= time && time < to; }
};

core::Result<core::Duration> bucket_of(std::string_view name) {
  if (name == "minute") {
    return std::chrono::minutes(1);
  }
  if (name == "hour") {
    return std::chrono::hours(1);
  }
  if (name == "day") {
    return std::chrono::days(1);
  }
  return invalid(fmt::format("\"bucket\" is \"{}\"; it is minute, hour or day", name));
}

core::Result<Wanted> read_wanted(const Query& query) {
  Wanted wanted;
  const auto destination = query.find("destination");
  if (!destination) {
    return invalid("the parameter \"destination\" is missing: whose events?");
  }
  wanted.destination = *destination;
  wanted.bucket_name = query.find("bucket").value_or("hour");
  const auto bucket = bucket_of(wanted.bucket_name);
  if (!bucket) {
    return std::unexpected(bucket.error());
  }
  wanted.bucket = *bucket;
  const auto period = period_in(query);
  if (!period) {
    return std::unexpected(period.error());
  }
  wanted.from = period->from;
  wanted.to = period->to;
  const auto limit = Page::limit_of(query);
  const auto cursor = query.number("cursor", 1, kSequenceMax);
  if (!limit || !cursor) {
    return std::unexpected(limit ? cursor.error() : limit.error());
  }
  wanted.limit = *limit;
  wanted.cursor = *cursor;
  return wanted;
}

// Walks through the delivered events asked for, oldest first. The visitor gets the head of each
// with its sequence, before whether its time fits is known; it ends the walk by false.
core::Result<void> walk(const JournalView& view, const Wanted& wanted,
                        const std::function<bool(Sequence, const journal::EventHead&)>& visitor) {
  const auto destination = view.destination(wanted.destination);
  if (!destination) {
    return std::unexpected(destination.error());
  }
  const auto range = journal::sequences_around(view.readable(), wanted.from, wanted.to);
  if (!range) {
    return std::unexpected(range.error());
  }
  core::Result<void> outcome;
  const auto walked = view.reader().fates_from(
      *destination, core::DeliveryState::delivered, std::max(range->begin, wanted.cursor),
      [&](Sequence sequence) {
        if (sequence >= range->end) {
          return false;
        }
        const auto head = view.reader().head(sequence);
        if (!head || !*head) {
          outcome = head ? core::fail(core::ErrorCode::corrupt,
                                      fmt::format("event {} has no head", sequence))
                         : std::unexpected(head.error());
          return false;
        }
        return visitor(sequence, **head);
      });
  return walked ? outcome : walked;
}

class DigestPage {
 public:
  DigestPage(const AdminContext& context, const Wanted& wanted)
      : context_(&context), wanted_(&wanted), until_(context.clock.now() + kWorkLimit) {}

  // False: it belongs to the next page.
  bool take(Sequence sequence, const core::EventId& id) {
    const core::Time time = journal::time_of(id);
    const core::Time from{wanted_->bucket * (time.time_since_epoch() / wanted_->bucket)};
    const bool more_buckets = wanted_->takes(time) && !buckets_.contains(from);
    if (late() || (more_buckets && buckets_.size() == kBucketsMax)) {
      next_ = sequence;
      return false;
    }
    ++scanned_;
    if (wanted_->takes(time)) {
      buckets_[from].add(id);
    }
    return true;
  }

  [[nodiscard]] http::Response finish(std::optional<core::Time> horizon, core::Time as_of) const {
    JsonWriter json;
    json.begin_object();
    json.key("node").value(context_->node);
    json.key("destination").value(wanted_->destination);
    json.key("bucket").value(wanted_->bucket_name);
    json.key("as_of").value(time_text(as_of));
    json.key("horizon");
    write_time(json, horizon);
    json.key("buckets").begin_array();
    for (const auto& [from, digest] : buckets_) {
      json.begin_object();
      json.key("from").value(time_text(from));
      json.key("count").value(digest.count());
      json.key("hash").value(digest.hash());
      json.end_object();
    }
    json.end_array();
    json.key("scanned").value(scanned_);
    json.key("next_cursor");
    write_text(json, next_ ? fmt::to_string(*next_) : "");
    json.end_object();
    return json_response(std::move(json));
  }

 private:
  // At least one is taken, so that whoever goes on gets on.
  [[nodiscard]] bool late() const {
    return scanned_ == kScannedMax ||
           (scanned_ > 0 && (context_->stopping || context_->clock.now() >= until_));
  }

  const AdminContext* context_;
  const Wanted* wanted_;
  core::Time until_;
  std::map<core::Time, EventDigest> buckets_;
  std::size_t scanned_ = 0;
  std::optional<Sequence> next_;
};

core::Result<http::Response> digest(const AdminContext& context, const JournalView& view,
                                    const Wanted& wanted, core::Time as_of) {
  const auto horizon = journal::events_known_since(view.readable());
  if (!horizon) {
    return std::unexpected(horizon.error());
  }
  DigestPage page(context, wanted);
  const auto walked =
      walk(view, wanted, [&page](Sequence sequence, const journal::EventHead& head) {
        return page.take(sequence, head.id);
      });
  return walked ? core::Result<http::Response>(page.finish(*horizon, as_of))
                : std::unexpected(walked.error());
}

core::Result<http::Response> list_events(const JournalView& view, const Wanted& wanted) {
  Page page("events", wanted.limit);
  const auto walked = walk(view, wanted, [&](Sequence sequence, const journal::EventHead& head) {
    // The cursor stands behind the last one looked at.
    if (!page.look_at(fmt::to_string(sequence + 1))) {
      return false;
    }
    if (wanted.takes(journal::time_of(head.id))) {
      JsonWriter& json = page.entry();
      json.begin_object();
      write_event_members(json, view, head);
      json.end_object();
    }
    return true;
  });
  return walked ? core::Result<http::Response>(page.finish()) : std::unexpected(walked.error());
}

}  // namespace

Answer get_digest(AdminContext* context, Call call) {
  auto wanted = read_wanted(call.query);
  if (!wanted) {
    co_return std::unexpected(std::move(wanted).error());
  }
  if (context->scanning) {
    co_return scanner_busy();
  }
  auto answer = co_await read_journal_on(
      &context->scanner, context, kDigestLimit,
      [context, wanted = *std::move(wanted), as_of = context->clock.now()](
          const JournalView& view) { return digest(*context, view, wanted, as_of); });
  co_return answer;
}

Answer get_digest_events(AdminContext* context, Call call) {
  auto wanted = read_wanted(call.query);
  if (!wanted) {
    co_return std::unexpected(std::move(wanted).error());
  }
  auto answer = co_await read_journal(
      context,
      [wanted = *std::move(wanted)](const JournalView& view) { return list_events(view, wanted); });
  co_return answer;
}

}  // namespace spillway::admin
