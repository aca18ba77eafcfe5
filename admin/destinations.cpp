// Destinations: how each is doing, pausing and resuming them.
#include <fmt/format.h>

#include <map>

#include "admin/awaiting.hpp"
#include "admin/backlog.hpp"
#include "admin/endpoints.hpp"
#include "admin/errors.hpp"
#include "admin/operations.hpp"
#include "admin/request_json.hpp"
#include "admin/shapes.hpp"

namespace spillway::admin {

using core::JsonWriter;

namespace {

using Failures = std::map<std::string, core::Attempt, std::less<>>;

struct Overview {
  std::vector<DestinationBacklog> backlogs;
  Failures last_failures;
};

// The failures are those that this process has seen; the journal tells of those before.
core::Result<Overview> read_overview(const JournalView& view, const journal::Books::Totals& totals,
                                     Failures failures) {
  auto backlogs = read_backlogs(view, totals);
  if (!backlogs) {
    return std::unexpected(std::move(backlogs).error());
  }
  Overview overview{.backlogs = *std::move(backlogs), .last_failures = std::move(failures)};
  for (const DestinationBacklog& backlog : overview.backlogs) {
    if (backlog.counts.in(core::DeliveryState::pending) == 0 ||
        overview.last_failures.contains(backlog.name)) {
      continue;
    }
    auto failure = sample_last_failure(view, backlog.record.number);
    if (!failure) {
      return std::unexpected(std::move(failure).error());
    }
    if (*failure) {
      overview.last_failures.emplace(backlog.name, **std::move(failure));
    }
  }
  return overview;
}

// The metrics of each destination, as the delivery engine keeps them.
class LaneFigures {
 public:
  explicit LaneFigures(const core::Registry& registry) {
    for (const char* name :
         {"spillway_breaker_state", "spillway_failing_since_timestamp_seconds",
          "spillway_next_probe_timestamp_seconds", "spillway_last_delivered_timestamp_seconds",
          "spillway_concurrency_limit", "spillway_lag_within_total", "spillway_lag_total",
          "spillway_delivery_lag_seconds"}) {
      for (core::Sample& sample : registry.collect(name).samples) {
        if (sample.labels.size() == 1) {
          std::string destination = sample.labels.front().second;
          families_[name].insert_or_assign(std::move(destination), std::move(sample));
        }
      }
    }
  }

  // Null: there is none.
  [[nodiscard]] const core::Sample* find(const std::string& name,
                                         const std::string& destination) const {
    const auto family = families_.find(name);
    if (family == families_.end()) {
      return nullptr;
    }
    const auto found = family->second.find(destination);
    return found == family->second.end() ? nullptr : &found->second;
  }

  [[nodiscard]] std::optional<double> value(const std::string& name,
                                            const std::string& destination) const {
    const core::Sample* sample = find(name, destination);
    return sample == nullptr ? std::nullopt : std::optional(sample->value);
  }

  // Of a gauge that is 0 while there is none.
  [[nodiscard]] std::optional<core::Time> time(const std::string& name,
                                               const std::string& destination) const {
    const double seconds = value(name, destination).value_or(0);
    return seconds > 0 ? std::optional(core::from_micros(static_cast<std::int64_t>(seconds * 1e6)))
                       : std::nullopt;
  }

 private:
  std::map<std::string, std::map<std::string, core::Sample>> families_;
};

std::string_view breaker_name(std::optional<double> state) {
  if (!state) {
    return "";
  }
  return *state == 0 ? "closed" : *state == 1 ? "half_open" : "open";
}

void write_count(JsonWriter& json, std::string_view name, std::optional<double> count) {
  json.key(name);
  if (count) {
    json.value(static_cast<std::uint64_t>(*count));
  } else {
    json.null();
  }
}

void write_number(JsonWriter& json, std::string_view name, std::optional<double> number) {
  json.key(name);
  if (number) {
    json.value(*number);
  } else {
    json.null();
  }
}

void write_lag(JsonWriter& json, const core::Sample* lag) {
  json.key("delivery_lag");
  if (lag == nullptr) {
    json.null();
    return;
  }
  const bool any = lag->histogram.count > 0;
  json.begin_object();
  json.key("count").value(lag->histogram.count);
  write_number(json, "p50_seconds",
               any ? std::optional(lag->histogram.quantile(0.5)) : std::nullopt);
  write_number(json, "p99_seconds",
               any ? std::optional(lag->histogram.quantile(0.99)) : std::nullopt);
  json.end_object();
}

// Absent values are those of a destination that is not configured any more.
void write_lane(JsonWriter& json, const LaneFigures& figures, const DestinationStatus* status) {
  const std::string name = status == nullptr ? std::string() : status->name;
  json.key("breaker");
  write_text(json, breaker_name(figures.value("spillway_breaker_state", name)));
  json.key("failing_since");
  write_time(json, figures.time("spillway_failing_since_timestamp_seconds", name));
  json.key("probe_at");
  write_time(json, figures.time("spillway_next_probe_timestamp_seconds", name));
  write_count(json, "concurrency_limit", figures.value("spillway_concurrency_limit", name));
  write_count(
      json, "max_in_flight",
      status == nullptr ? std::nullopt : std::optional(static_cast<double>(status->max_in_flight)));
  write_number(json, "lag_objective",
               status == nullptr ? std::nullopt : std::optional(status->lag_objective));
  json.key("lag_within_seconds");
  write_seconds(json, status == nullptr ? std::nullopt : std::optional(status->lag_within));
  write_count(json, "lag_within", figures.value("spillway_lag_within_total", name));
  write_count(json, "lag_total", figures.value("spillway_lag_total", name));
  write_lag(json, figures.find("spillway_delivery_lag_seconds", name));
  json.key("last_delivered");
  write_time(json, figures.time("spillway_last_delivered_timestamp_seconds", name));
}

void write_destination(JsonWriter& json, const DestinationBacklog& backlog,
                       const DestinationStatus* configured, const LaneFigures& figures,
                       const core::Attempt* last_failure, core::Time now) {
  const bool paused = backlog.record.paused();
  json.begin_object();
  json.key("name").value(backlog.name);
  json.key("url");
  write_text(json, configured == nullptr ? "" : configured->url);
  json.key("orphaned").value(configured == nullptr);
  json.key("state").value(paused ? "paused" : "running");
  json.key("paused_since");
  write_time(json, paused ? std::optional(backlog.record.paused_since) : std::nullopt);
  json.key("pause_reason");
  write_text(json, backlog.record.pause_reason);
  json.key("in_flight").value(configured == nullptr ? 0 : configured->in_flight);
  write_lane(json, figures, configured);
  json.key("last_failure");
  write_failure(json, last_failure);
  json.key("oldest_pending_seconds");
  write_seconds(
      json, backlog.oldest_pending ? std::optional(now - *backlog.oldest_pending) : std::nullopt);
  json.key("deliveries").begin_object();
  write_counts(json, backlog.counts);
  json.end_object();
  json.end_object();
}

core::Result<NamedNumber> named(const JournalView& view, const std::string& name) {
  const auto number = view.destination(name);
  if (!number) {
    return std::unexpected(number.error());
  }
  if (*number == journal::kNoDestination) {
    return conflict("\"-\" stands for events without a route; nothing is sent to it");
  }
  return NamedNumber{*number, name};
}

Answer change_pause(AdminContext* context, std::string name,
                    std::optional<std::string> pause_reason, ActionNote* note) {
  const auto destination = co_await read_journal(
      context, [name = std::move(name)](const JournalView& view) { return named(view, name); });
  if (!destination) {
    co_return std::unexpected(destination.error());
  }
  const auto changed = co_await set_paused(context, *destination, pause_reason);
  if (!changed) {
    co_return std::unexpected(changed.error());
  }
  note->detail = *changed ? pause_reason.value_or("") : "it was so already";
  JsonWriter json;
  json.begin_object();
  json.key("name").value(destination->name);
  json.key("state").value(pause_reason ? "paused" : "running");
  json.key("changed").value(*changed);
  json.end_object();
  co_return json_response(std::move(json));
}

}  // namespace

Answer get_destinations(AdminContext* context, Call) {
  std::map<std::string, DestinationStatus, std::less<>> configured;
  for (DestinationStatus& status : context->delivery.destinations()) {
    configured.emplace(status.name, std::move(status));
  }
  const auto overview = co_await read_journal(
      context,
      [context, failures = context->attempts.last_failures()](const JournalView& view) mutable {
        return read_overview(view, context->writer.totals(), std::move(failures));
      });
  if (!overview) {
    co_return std::unexpected(overview.error());
  }
  const LaneFigures figures(context->registry);
  JsonWriter json;
  json.begin_object();
  json.key("destinations").begin_array();
  for (const DestinationBacklog& backlog : overview->backlogs) {
    const auto found = configured.find(backlog.name);
    const DestinationStatus* status = found == configured.end() ? nullptr : &found->second;
    const bool known = backlog.name != kNoDestinationName;
    // A name that is not configured and has no deliveries is only a number in the journal.
    if (known && (status != nullptr || backlog.counts != journal::Counts{})) {
      const auto failure = overview->last_failures.find(backlog.name);
      write_destination(json, backlog, status, figures,
                        failure == overview->last_failures.end() ? nullptr : &failure->second,
                        context->clock.now());
    }
  }
  json.end_array();
  json.end_object();
  co_return json_response(std::move(json));
}

Answer pause_destination(AdminContext* context, Call call) {
  const auto reason = read_optional_string(call.body, "reason");
  if (!reason) {
    co_return std::unexpected(reason.error());
  }
  auto answer = co_await change_pause(context, std::move(call.path_values.front()),
                                      reason->value_or("paused by an operator"), call.note);
  co_return answer;
}

Answer resume_destination(AdminContext* context, Call call) {
  if (const auto nothing = read_nothing(call.body); !nothing) {
    co_return std::unexpected(nothing.error());
  }
  auto answer =
      co_await change_pause(context, std::move(call.path_values.front()), std::nullopt, call.note);
  co_return answer;
}

}  // namespace spillway::admin
