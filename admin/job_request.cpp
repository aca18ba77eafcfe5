#include "admin/job_request.hpp"

#include <fmt/format.h>

#include <utility>

#include "admin/errors.hpp"
#include "admin/json_members.hpp"
#include "admin/shapes.hpp"
#include "routing/json_pointer.hpp"

namespace spillway::admin {

using core::DeliveryState;
using retry::JobKind;
using routing::JsonKind;
using routing::JsonValue;

namespace {

constexpr std::uint64_t kRateMax = 1'000'000;
constexpr std::size_t kKeyBytesMax = 4096;

// Reads a string member into an optional; the first error ends up in `problem`.
class Strings {
 public:
  explicit Strings(const JsonMembers& members) : members_(members) {}

  std::optional<std::string> take(std::string_view member,
                                  std::size_t bytes_max = JsonMembers::kStringBytesMax) {
    auto text = members_.string(member, bytes_max);
    if (!text) {
      problem_ = problem_ ? std::unexpected(std::move(text).error()) : std::move(problem_);
      return std::nullopt;
    }
    return *std::move(text);
  }

  [[nodiscard]] const core::Result<void>& problem() const { return problem_; }

 private:
  const JsonMembers& members_;
  core::Result<void> problem_;
};

core::Result<std::optional<core::Time>> time_of(const std::optional<std::string>& text,
                                                std::string_view member) {
  if (!text) {
    return std::nullopt;
  }
  const auto time = parse_time(*text);
  if (!time) {
    return invalid(
        fmt::format("\"{}\" is \"{}\"; it is a time like 2026-03-01T12:00:00Z", member, *text));
  }
  return time;
}

core::Result<DeliveryState> state_of(const std::optional<std::string>& text, JobKind kind) {
  const auto state = text ? parse_state(*text) : DeliveryState::dead;
  const bool given_up = state == DeliveryState::dead || state == DeliveryState::expired;
  if (given_up || (state == DeliveryState::delivered && kind == JobKind::replay)) {
    return *state;
  }
  return invalid(
      fmt::format("the state is \"{}\"; a {} takes {}", *text, to_string(kind),
                  kind == JobKind::replay ? "dead, expired or delivered" : "dead or expired"));
}

core::Result<AskedDeliveries> deliveries_of(JsonValue value, JobKind kind) {
  const auto members =
      JsonMembers::of(value, "the filter",
                      {"destination", "source", "state", "reason", "received_from", "received_to"});
  if (!members) {
    return std::unexpected(members.error());
  }
  Strings strings(*members);
  AskedDeliveries filter;
  filter.destination = strings.take("destination");
  filter.source = strings.take("source");
  const auto state = state_of(strings.take("state"), kind);
  const auto reason = strings.take("reason");
  const auto from = time_of(strings.take("received_from"), "received_from");
  const auto to = time_of(strings.take("received_to"), "received_to");
  if (!strings.problem()) {
    return std::unexpected(strings.problem().error());
  }
  if (!state || !from || !to) {
    return std::unexpected(!state ? state.error() : !from ? from.error() : to.error());
  }
  filter.state = *state;
  filter.received_from = *from;
  filter.received_to = *to;
  if (reason) {
    filter.reason = parse_reason(*reason);
    if (!filter.reason || *filter.reason == core::Reason::none) {
      return invalid(fmt::format("\"{}\" is no reason to give up on a delivery", *reason));
    }
  }
  if (*from && *to && **from >= **to) {
    return invalid("received_from is not before received_to: nothing lies between them");
  }
  if (*state == DeliveryState::delivered && !filter.destination && !filter.source && !*from &&
      !*to) {
    return invalid(
        "to replay all that was ever delivered is hardly meant: name a destination, a "
        "source or a time");
  }
  return filter;
}

core::Result<void> read_json_value(JsonValue value, AskedEvents& filter) {
  const auto members = JsonMembers::of(value, "\"json\"", {"pointer", "value"});
  if (!members) {
    return std::unexpected(members.error());
  }
  auto pointer = members->string("pointer");
  if (!pointer) {
    return std::unexpected(std::move(pointer).error());
  }
  const auto wanted = members->find("value");
  const auto text = wanted ? wanted->text() : std::nullopt;
  if (!*pointer || !text || text->empty() || text->size() > kKeyBytesMax ||
      wanted->kind() == JsonKind::null) {
    return invalid(
        "\"json\" has a pointer, such as \"/customer/id\", and a value: a string, a "
        "number or a boolean");
  }
  if (const auto parsed = routing::JsonPointer::parse(**pointer); !parsed) {
    return invalid(parsed.error().message);
  }
  filter.json_pointer = *std::move(pointer);
  filter.json_value = *text;
  return {};
}

core::Result<AskedEvents> events_of(JsonValue value) {
  const auto members =
      JsonMembers::of(value, "the filter", {"source", "idempotency_key", "ordering_key", "json"});
  if (!members) {
    return std::unexpected(members.error());
  }
  Strings strings(*members);
  AskedEvents filter;
  filter.source = strings.take("source");
  filter.idempotency_key = strings.take("idempotency_key", kKeyBytesMax);
  filter.ordering_key = strings.take("ordering_key", kKeyBytesMax);
  if (!strings.problem()) {
    return std::unexpected(strings.problem().error());
  }
  if (const auto json = members->find("json")) {
    if (const auto read = read_json_value(*json, filter); !read) {
      return std::unexpected(read.error());
    }
  }
  if (filter.idempotency_key.has_value() + filter.ordering_key.has_value() +
          filter.json_pointer.has_value() !=
      1) {
    return invalid("the filter has exactly one of idempotency_key, ordering_key and json");
  }
  if (filter.idempotency_key && !filter.source) {
    return invalid("an idempotency_key is known within its source: give that too");
  }
  return filter;
}

// A name that is not known is the mistake of whoever asked.
template <class Number, class Find>
core::Result<std::optional<Number>> number_of(const std::optional<std::string>& name, Find&& find) {
  if (!name) {
    return std::nullopt;
  }
  const auto number = find(*name);
  if (!number) {
    return std::unexpected(number.error());
  }
  return *number;
}

core::Result<std::optional<journal::SourceNumber>> source_number(
    const JournalView& view, const std::optional<std::string>& name) {
  return number_of<journal::SourceNumber>(
      name, [&](const std::string& text) { return view.source(text); });
}

core::Result<retry::DeliveryFilter> resolve(const AskedDeliveries& asked, const JournalView& view) {
  const auto source = source_number(view, asked.source);
  const auto destination = number_of<journal::DestinationNumber>(
      asked.destination, [&](const std::string& text) { return view.destination(text); });
  if (!source || !destination) {
    return std::unexpected(!source ? source.error() : destination.error());
  }
  return retry::DeliveryFilter{.state = asked.state,
                               .destination = *destination,
                               .source = *source,
                               .reason = asked.reason,
                               .received_from = asked.received_from,
                               .received_to = asked.received_to};
}

core::Result<retry::EventFilter> resolve(const AskedEvents& asked, const AdminContext& context,
                                         const JournalView& view) {
  const auto source = source_number(view, asked.source);
  if (!source) {
    return std::unexpected(source.error());
  }
  retry::EventFilter filter{.source = *source, .by = {}};
  const journal::Hasher& hasher = context.writer.hasher();
  if (asked.idempotency_key) {
    retry::ByIdempotencyKey by;
    for (const std::string& stored : context.idempotency_keys(*asked.idempotency_key)) {
      by.keys.push_back(hasher.idempotency_key(**source, stored));
    }
    filter.by = std::move(by);
  } else if (asked.ordering_key) {
    filter.by = retry::ByOrderingKey{hasher.ordering_key(*asked.ordering_key)};
  } else {
    filter.by = retry::ByJsonValue{*asked.json_pointer, hasher.json_value(asked.json_value)};
  }
  return filter;
}

}  // namespace

core::Result<JobRequest> read_job_request(JobKind kind, std::string_view body) {
  const auto document = parse_body(body);
  if (!document) {
    return std::unexpected(document.error());
  }
  const auto members = JsonMembers::of(document->root(), "the body", {"filter", "dry_run", "rate"});
  if (!members) {
    return std::unexpected(members.error());
  }
  const auto filter = members->find("filter");
  if (!filter) {
    return invalid("the member \"filter\" is missing: it says what the job is about");
  }
  const auto dry_run = members->flag("dry_run");
  const auto rate = members->number("rate", kRateMax);
  if (!dry_run || !rate) {
    return std::unexpected(!dry_run ? dry_run.error() : rate.error());
  }
  JobRequest request{
      .kind = kind, .filter = {}, .rate = rate->value_or(0), .dry_run = dry_run->value_or(false)};
  if (kind == JobKind::purge) {
    auto events = events_of(*filter);
    if (!events) {
      return std::unexpected(std::move(events).error());
    }
    request.filter = *std::move(events);
  } else {
    auto deliveries = deliveries_of(*filter, kind);
    if (!deliveries) {
      return std::unexpected(std::move(deliveries).error());
    }
    request.filter = *std::move(deliveries);
  }
  return request;
}

core::Result<retry::JobOrder> order_of(const JobRequest& request, const AdminContext& context,
                                       const JournalView& view) {
  retry::JobOrder order{.kind = request.kind, .filter = {}, .rate = request.rate, .asked_by = {}};
  if (const auto* deliveries = std::get_if<AskedDeliveries>(&request.filter)) {
    const auto filter = resolve(*deliveries, view);
    if (!filter) {
      return std::unexpected(filter.error());
    }
    order.filter = *filter;
  } else {
    auto filter = resolve(std::get<AskedEvents>(request.filter), context, view);
    if (!filter) {
      return std::unexpected(std::move(filter).error());
    }
    order.filter = *std::move(filter);
  }
  return order;
}

}  // namespace spillway::admin
