#include "retry/job_page.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "journal/reader.hpp"
#include "routing/json_body.hpp"
#include "routing/selector.hpp"

namespace spillway::retry {

using core::DeliveryState;
using journal::DeliveryRecord;
using journal::DeliveryRef;
using journal::DestinationNumber;
using journal::EventHead;
using journal::Sequence;

namespace {

bool is_full(const JobPage& page, const PageLimits& limits) {
  return page.matches.size() >= limits.matches || page.examined >= limits.examined ||
         page.body_bytes >= limits.body_bytes;
}

// Goes through the fates of one destination after another.
class DeliveryPages {
 public:
  DeliveryPages(const journal::Readable& view, const JobRecord& job, const PageLimits& limits,
                const RouteEvent& route)
      : reader_(view),
        job_(job),
        filter_(std::get<DeliveryFilter>(job.order.filter)),
        limits_(limits),
        route_(route) {}

  core::Result<JobPage> read() {
    auto sources = reader_.sources();
    if (!sources) {
      return std::unexpected(std::move(sources).error());
    }
    sources_ = *std::move(sources);
    const auto destinations = numbers();
    if (!destinations) {
      return std::unexpected(destinations.error());
    }
    for (auto number = destinations->lower_bound(job_.cursor.destination);
         number != destinations->end(); ++number) {
      const bool resumed = *number == job_.cursor.destination;
      const auto read_whole = read_destination(*number, resumed ? job_.cursor.sequence : 0);
      if (!read_whole) {
        return std::unexpected(read_whole.error());
      }
      if (!*read_whole) {
        return std::move(page_);
      }
    }
    page_.next = job_.cursor;
    page_.last = true;
    return std::move(page_);
  }

 private:
  core::Result<std::set<DestinationNumber>> numbers() const {
    if (filter_.destination) {
      return std::set{*filter_.destination};
    }
    const auto known = reader_.destinations();
    if (!known) {
      return std::unexpected(known.error());
    }
    std::set numbers{journal::kNoDestination};
    for (const journal::NamedDestinationRecord& destination : *known) {
      numbers.insert(destination.record.number);
    }
    return numbers;
  }

  // False: the page is full before the end.
  core::Result<bool> read_destination(DestinationNumber number, Sequence from) {
    bool whole = true;
    core::Result<void> outcome;
    const auto walked = reader_.fates_from(number, filter_.state, from, [&](Sequence sequence) {
      if (sequence >= job_.end) {
        return false;
      }
      if (is_full(page_, limits_)) {
        page_.next = {number, sequence};
        whole = false;
        return false;
      }
      ++page_.examined;
      outcome = examine({sequence, number});
      return outcome.has_value();
    });
    if (!walked || !outcome) {
      return std::unexpected(!walked ? walked.error() : outcome.error());
    }
    return whole;
  }

  core::Result<void> examine(DeliveryRef ref) {
    const auto record = reader_.delivery(ref);
    if (!record) {
      return std::unexpected(record.error());
    }
    if (!*record || !fits(**record)) {
      return {};
    }
    if (filter_.source || filter_.received_from || filter_.received_to) {
      const auto head = reader_.head(ref.sequence);
      if (!head) {
        return std::unexpected(head.error());
      }
      if (!*head || !fits(**head)) {
        return {};
      }
    }
    Match match{.ref = ref, .generation = (*record)->generation};
    if (route_ && job_.order.kind == JobKind::replay &&
        (*record)->reason == core::Reason::no_route) {
      const auto event = reader_.event(ref.sequence, sources_);
      if (!event) {
        return std::unexpected(event.error());
      }
      match.targets = *event == nullptr ? std::vector<journal::Target>{} : route_(**event);
    }
    page_.matches.push_back(std::move(match));
    return {};
  }

  [[nodiscard]] bool fits(const DeliveryRecord& record) const {
    return record.state == filter_.state && record.updated <= job_.created &&
           (!filter_.reason || record.reason == *filter_.reason);
  }

  [[nodiscard]] bool fits(const EventHead& head) const {
    return (!filter_.source || head.source == *filter_.source) &&
           (!filter_.received_from || head.received >= *filter_.received_from) &&
           (!filter_.received_to || head.received < *filter_.received_to);
  }

  journal::Reader reader_;
  const JobRecord& job_;
  const DeliveryFilter& filter_;
  const PageLimits& limits_;
  const RouteEvent& route_;
  journal::SourceNames sources_;
  JobPage page_;
};

// Goes through all events: what is to be gone may lie anywhere.
class EventPages {
 public:
  EventPages(const journal::Readable& view, const JobRecord& job, const PageLimits& limits,
             const journal::Hasher& hasher)
      : reader_(view),
        job_(job),
        filter_(std::get<EventFilter>(job.order.filter)),
        limits_(limits),
        hasher_(hasher) {}

  core::Result<JobPage> read() {
    if (const auto* by = std::get_if<ByJsonValue>(&filter_.by)) {
      auto selector = routing::Selector::json(by->pointer);
      if (!selector) {
        return std::unexpected(std::move(selector).error());
      }
      selector_ = *std::move(selector);
    }
    page_.last = true;
    page_.next = job_.cursor;
    core::Result<void> outcome;
    const auto walked = reader_.events_from(
        job_.cursor.sequence, job_.end, [&](Sequence sequence, const EventHead& head) {
          if (is_full(page_, limits_)) {
            page_.next = {0, sequence};
            page_.last = false;
            return false;
          }
          ++page_.examined;
          const auto matches = is_meant(sequence, head);
          if (!matches) {
            outcome = std::unexpected(matches.error());
          } else if (*matches) {
            page_.matches.push_back({.ref = {sequence, journal::kNoDestination}});
          }
          return outcome.has_value();
        });
    if (!walked || !outcome) {
      return std::unexpected(!walked ? walked.error() : outcome.error());
    }
    return std::move(page_);
  }

 private:
  core::Result<bool> is_meant(Sequence sequence, const EventHead& head) {
    if (filter_.source && head.source != *filter_.source) {
      return false;
    }
    if (const auto* by = std::get_if<ByIdempotencyKey>(&filter_.by)) {
      return std::ranges::find(by->keys, head.key) != by->keys.end();
    }
    if (const auto* by = std::get_if<ByOrderingKey>(&filter_.by)) {
      return has_ordering_key(sequence, by->key);
    }
    return has_value(sequence, std::get<ByJsonValue>(filter_.by).value);
  }

  core::Result<bool> has_ordering_key(Sequence sequence, const std::string& key) const {
    const auto deliveries = reader_.deliveries(sequence);
    if (!deliveries) {
      return std::unexpected(deliveries.error());
    }
    return std::ranges::any_of(*deliveries, [&](const journal::DueDelivery& delivery) {
      return delivery.record.ordering_key == key;
    });
  }

  core::Result<bool> has_value(Sequence sequence, const core::Digest128& value) {
    const auto text = reader_.body(sequence);
    if (!text) {
      return std::unexpected(text.error());
    }
    if (!*text) {
      return false;
    }
    page_.body_bytes += (*text)->size();
    routing::JsonBody body(**text);
    const auto found = selector_->text({}, body);
    return found && hasher_.json_value(*found) == value;
  }

  journal::Reader reader_;
  const JobRecord& job_;
  const EventFilter& filter_;
  const PageLimits& limits_;
  const journal::Hasher& hasher_;
  std::optional<routing::Selector> selector_;
  JobPage page_;
};

}  // namespace

core::Result<JobPage> read_page(const journal::Readable& view, const JobRecord& job,
                                const PageLimits& limits, const journal::Hasher& hasher,
                                const RouteEvent& route) {
  return job.order.kind == JobKind::purge ? EventPages(view, job, limits, hasher).read()
                                          : DeliveryPages(view, job, limits, route).read();
}

}  // namespace spillway::retry
