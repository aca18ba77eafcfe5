// Dead letters as they are ordered about: sending them again, giving them up for good.
#include <fmt/format.h>

#include <set>

#include "admin/awaiting.hpp"
#include "admin/endpoints.hpp"
#include "admin/operations.hpp"
#include "admin/replay_order.hpp"
#include "admin/request_json.hpp"
#include "admin/shapes.hpp"

namespace spillway::admin {

using core::DeliveryState;
using core::JsonWriter;
using journal::DeliveryRef;

namespace {

// The deliveries that were named, as far as they are here and given up on; the others with why not.
struct Resolved {
  struct Named {
    DeliveryName name;
    DeliveryRef ref;
    std::vector<journal::Target> targets;
  };
  struct Refused {
    DeliveryName name;
    std::string why;
  };
  std::vector<Named> named;
  std::vector<Refused> refused;
};

bool given_up(const journal::DeliveryRecord& record) {
  return record.state == DeliveryState::dead || record.state == DeliveryState::expired;
}

// Empty: it cannot be, and `why` says it.
core::Result<std::optional<DeliveryRef>> resolve(const JournalView& view, const DeliveryName& name,
                                                 std::string& why) {
  const auto sequence = view.reader().sequence_of(name.event);
  if (!sequence) {
    return std::unexpected(sequence.error());
  }
  const auto destination = view.destination(name.destination);
  if (!*sequence || !destination) {
    why = *sequence ? "no such destination" : "no such event on this node";
    return std::nullopt;
  }
  const DeliveryRef ref{**sequence, *destination};
  const auto record = view.reader().delivery(ref);
  if (!record) {
    return std::unexpected(record.error());
  }
  if (!*record || !given_up(**record)) {
    why = *record ? fmt::format("it is {}", core::to_string((*record)->state))
                  : "the event has no delivery to it";
    return std::nullopt;
  }
  return ref;
}

core::Result<Resolved> resolve_all(const JournalView& view,
                                   const std::vector<DeliveryName>& names) {
  Resolved resolved;
  std::set<DeliveryRef> seen;
  for (const DeliveryName& name : names) {
    std::string why;
    const auto ref = resolve(view, name, why);
    if (!ref) {
      return std::unexpected(ref.error());
    }
    if (!*ref) {
      resolved.refused.push_back({name, why});
    } else if (seen.insert(**ref).second) {
      resolved.named.push_back({name, **ref, {}});
    }
  }
  return resolved;
}

core::Result<Resolved> resolve_for_replay(const AdminContext& context, const JournalView& view,
                                          const std::vector<DeliveryName>& names) {
  auto resolved = resolve_all(view, names);
  if (!resolved) {
    return resolved;
  }
  std::vector<Resolved::Named> replayable;
  for (Resolved::Named& named : resolved->named) {
    auto order = order_replay(context, view, named.ref.sequence, named.ref.destination);
    if (!order) {
      return std::unexpected(std::move(order).error());
    }
    if (named.ref.destination == journal::kNoDestination && order->targets.empty()) {
      resolved->refused.push_back({named.name, "no route takes it today"});
      continue;
    }
    named.targets = std::move(order->targets);
    replayable.push_back(std::move(named));
  }
  resolved->named = std::move(replayable);
  return resolved;
}

void write_refused(JsonWriter& json, const Resolved& resolved) {
  json.key("refused").begin_array();
  for (const Resolved::Refused& refused : resolved.refused) {
    json.begin_object();
    json.key("event_id").value(refused.name.event.to_string());
    json.key("destination").value(refused.name.destination);
    json.key("why").value(refused.why);
    json.end_object();
  }
  json.end_array();
}

// Names one delivery, or counts them.
void tell(ActionNote& note, const Resolved& resolved, std::string done) {
  const std::size_t count = resolved.named.size() + resolved.refused.size();
  if (count == 1) {
    const DeliveryName& name =
        resolved.named.empty() ? resolved.refused.front().name : resolved.named.front().name;
    note.target = fmt::format("{} to {}", name.event.to_string(), name.destination);
  }
  note.detail = fmt::format("{} named, {}, {} refused", count, done, resolved.refused.size());
}

}  // namespace

Answer replay_dead(AdminContext* context, Call call) {
  if (has_filter(call.body)) {
    auto job = co_await begin_job(context, retry::JobKind::replay, std::move(call));
    co_return job;
  }
  auto names = read_deliveries(call.body);
  if (!names) {
    co_return std::unexpected(std::move(names).error());
  }
  const auto resolved =
      co_await read_journal(context, [context, names = *std::move(names)](const JournalView& view) {
        return resolve_for_replay(*context, view, names);
      });
  if (!resolved) {
    co_return std::unexpected(resolved.error());
  }
  std::vector<ReplayOrder> orders;
  for (const Resolved::Named& named : resolved->named) {
    orders.push_back({named.ref.sequence, named.ref.destination, named.targets});
  }
  const auto opened = co_await replay(context, std::move(orders));
  if (!opened) {
    co_return std::unexpected(opened.error());
  }
  tell(*call.note, *resolved, fmt::format("{} wait again", opened->size()));
  JsonWriter json;
  json.begin_object();
  json.key("reopened").value(opened->size());
  write_refused(json, *resolved);
  json.end_object();
  co_return json_response(std::move(json));
}

Answer drop_dead(AdminContext* context, Call call) {
  if (has_filter(call.body)) {
    auto job = co_await begin_job(context, retry::JobKind::drop, std::move(call));
    co_return job;
  }
  auto names = read_deliveries(call.body);
  if (!names) {
    co_return std::unexpected(std::move(names).error());
  }
  const auto resolved = co_await read_journal(
      context,
      [names = *std::move(names)](const JournalView& view) { return resolve_all(view, names); });
  if (!resolved) {
    co_return std::unexpected(resolved.error());
  }
  std::vector<DeliveryRef> refs;
  for (const Resolved::Named& named : resolved->named) {
    refs.push_back(named.ref);
  }
  const auto dropped = co_await drop(context, std::move(refs));
  if (!dropped) {
    co_return std::unexpected(dropped.error());
  }
  tell(*call.note, *resolved, fmt::format("{} dropped", *dropped));
  JsonWriter json;
  json.begin_object();
  json.key("dropped").value(*dropped);
  write_refused(json, *resolved);
  json.end_object();
  co_return json_response(std::move(json));
}

}  // namespace spillway::admin
