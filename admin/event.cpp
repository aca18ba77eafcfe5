// One event: what became of it, its body, and sending it again.
#include <fmt/format.h>

#include <algorithm>

#include "admin/awaiting.hpp"
#include "admin/endpoints.hpp"
#include "admin/errors.hpp"
#include "admin/json_members.hpp"
#include "admin/operations.hpp"
#include "admin/pass_on.hpp"
#include "admin/replay_order.hpp"
#include "admin/request_json.hpp"
#include "admin/shapes.hpp"
#include "core/headers.hpp"

namespace spillway::admin {

using core::EventId;
using core::JsonWriter;
using journal::DueDelivery;
using journal::EventHead;
using journal::Sequence;

namespace {

core::Result<EventId> event_id_of(const Call& call) {
  const std::string& text = call.path_values.front();
  const auto id = EventId::parse(text);
  if (!id) {
    return invalid(fmt::format("\"{}\" is no event id", text));
  }
  return *id;
}

struct StoredEvent {
  Sequence sequence = 0;
  EventHead head;
};

core::Result<StoredEvent> find_event(const JournalView& view, const EventId& id) {
  const auto sequence = view.event(id);
  if (!sequence) {
    return std::unexpected(sequence.error());
  }
  auto head = view.reader().head(*sequence);
  if (!head) {
    return std::unexpected(std::move(head).error());
  }
  if (!*head) {
    return not_found(fmt::format("the retention of event {} has passed", id.to_string()));
  }
  return StoredEvent{*sequence, **std::move(head)};
}

core::Result<void> write_deliveries(JsonWriter& json, const JournalView& view, Sequence sequence,
                                    Role role) {
  const auto deliveries = view.reader().deliveries(sequence);
  if (!deliveries) {
    return std::unexpected(deliveries.error());
  }
  json.begin_array();
  for (const DueDelivery& delivery : *deliveries) {
    const auto attempts = view.reader().attempts(delivery.ref);
    if (!attempts) {
      return std::unexpected(attempts.error());
    }
    json.begin_object();
    write_delivery_members(json, view.destination_name(delivery.ref.destination), delivery.record);
    json.key("attempts").begin_array();
    for (const core::Attempt& attempt : *attempts) {
      json.begin_object();
      write_attempt_members(json, attempt, role);
      json.end_object();
    }
    json.end_array();
    json.end_object();
  }
  json.end_array();
  return {};
}

core::Result<http::Response> describe(const JournalView& view, const EventId& id, Role role) {
  const auto event = find_event(view, id);
  if (!event) {
    return std::unexpected(event.error());
  }
  JsonWriter json;
  json.begin_object();
  write_event_members(json, view, event->head);
  json.key("untouched").value(event->head.untouched);
  json.key("headers").begin_array();
  for (const core::Header& header : event->head.headers) {
    json.begin_object();
    json.key("name").value(header.name);
    json.key("value").value(header.value);
    json.end_object();
  }
  json.end_array();
  json.key("deliveries");
  if (auto written = write_deliveries(json, view, event->sequence, role); !written) {
    return std::unexpected(std::move(written).error());
  }
  json.end_object();
  return json_response(std::move(json));
}

// The bytes as they were accepted; never as what their sender called them, so that a browser
// stores and does not show them.
core::Result<http::Response> body_of(const JournalView& view, const EventId& id) {
  const auto event = find_event(view, id);
  if (!event) {
    return std::unexpected(event.error());
  }
  auto body = view.reader().body(event->sequence);
  if (!body) {
    return std::unexpected(std::move(body).error());
  }
  if (!*body) {
    return not_found(fmt::format("the body of event {} is gone", id.to_string()));
  }
  http::Response response{
      .status = 200, .content_type = "application/octet-stream", .body = **std::move(body)};
  response.headers.push_back(
      {"Content-Disposition", fmt::format("attachment; filename=\"{}.body\"", id.to_string())});
  if (const auto type = core::find_header(event->head.headers, "Content-Type")) {
    response.headers.push_back({"Spillway-Content-Type", std::string(*type)});
  }
  return response;
}

struct ReplayRequest {
  std::optional<std::string> destination;
  bool force = false;
};

core::Result<ReplayRequest> read_replay(std::string_view body) {
  const auto document = parse_body(body);
  if (!document) {
    return std::unexpected(document.error());
  }
  const auto members = JsonMembers::of(document->root(), "the body", {"destination", "force"});
  if (!members) {
    return std::unexpected(members.error());
  }
  auto destination = members->string("destination");
  const auto force = members->flag("force");
  if (!destination || !force) {
    return std::unexpected(destination ? force.error() : destination.error());
  }
  return ReplayRequest{*std::move(destination), force->value_or(false)};
}

core::Result<ReplayOrder> order_of(const AdminContext& context, const JournalView& view,
                                   const EventId& id,
                                   const std::optional<std::string>& destination) {
  const auto sequence = view.event(id);
  if (!sequence) {
    return std::unexpected(sequence.error());
  }
  if (!destination) {
    return order_replay(context, view, *sequence, std::nullopt);
  }
  const auto number = view.destination(*destination);
  if (!number) {
    return std::unexpected(number.error());
  }
  const auto delivery = view.reader().delivery({*sequence, *number});
  if (!delivery) {
    return std::unexpected(delivery.error());
  }
  if (!*delivery) {
    return not_found(
        fmt::format("the event {} has no delivery to \"{}\"", id.to_string(), *destination));
  }
  return order_replay(context, view, *sequence, *number);
}

core::Result<http::Response> describe_replay(const JournalView& view, const EventId& id,
                                             Sequence sequence,
                                             const std::vector<journal::OpenDelivery>& opened) {
  const auto deliveries = view.reader().deliveries(sequence);
  if (!deliveries) {
    return std::unexpected(deliveries.error());
  }
  const auto reopened = [&opened](const DueDelivery& delivery) {
    return std::ranges::find(opened, delivery.ref, &journal::OpenDelivery::ref) != opened.end();
  };
  JsonWriter json;
  json.begin_object();
  json.key("event_id").value(id.to_string());
  json.key("reopened").begin_array();
  for (const journal::OpenDelivery& delivery : opened) {
    json.begin_object();
    json.key("destination").value(view.destination_name(delivery.ref.destination));
    json.key("generation").value(delivery.record.generation);
    json.end_object();
  }
  json.end_array();
  json.key("unchanged").begin_array();
  for (const DueDelivery& delivery : *deliveries) {
    if (!reopened(delivery)) {
      json.begin_object();
      json.key("destination").value(view.destination_name(delivery.ref.destination));
      json.key("state").value(core::to_string(delivery.record.state));
      json.end_object();
    }
  }
  json.end_array();
  json.end_object();
  return json_response(std::move(json));
}

}  // namespace

Answer get_event(AdminContext* context, Call call) {
  const auto id = event_id_of(call);
  if (!id) {
    co_return std::unexpected(id.error());
  }
  auto answer =
      co_await read_journal(context, [id = *id, role = call.asker.role](const JournalView& view) {
        return describe(view, id, role);
      });
  if (!answer) {
    answer = co_await ask_owner(context, &call, *id, std::move(answer).error());
  }
  co_return answer;
}

Answer get_event_body(AdminContext* context, Call call) {
  const auto id = event_id_of(call);
  if (!id) {
    co_return std::unexpected(id.error());
  }
  auto answer = co_await read_journal(
      context, [id = *id](const JournalView& view) { return body_of(view, id); });
  if (!answer) {
    answer = co_await ask_owner(context, &call, *id, std::move(answer).error());
  }
  co_return answer;
}

Answer replay_event(AdminContext* context, Call call) {
  const auto id = event_id_of(call);
  if (!id) {
    co_return std::unexpected(id.error());
  }
  const auto request = read_replay(call.body);
  if (!request) {
    co_return std::unexpected(request.error());
  }
  auto order = co_await read_journal(
      context, [context, id = *id, destination = request->destination](const JournalView& view) {
        return order_of(*context, view, id, destination);
      });
  if (!order) {
    auto elsewhere = co_await ask_owner(context, &call, *id, std::move(order).error());
    co_return elsewhere;
  }
  if (request->force) {
    order->rejoin = journal::Rejoin::out_of_order;
  }
  auto opened = co_await replay(context, {*order});
  if (!opened) {
    co_return std::unexpected(std::move(opened).error());
  }
  call.note->detail =
      fmt::format("to {}: {} deliveries wait again{}", request->destination.value_or("all"),
                  opened->size(), request->force ? ", forced" : "");
  auto answer = co_await read_journal(
      context,
      [id = *id, sequence = order->sequence, opened = *std::move(opened)](const JournalView& view) {
        return describe_replay(view, id, sequence, opened);
      });
  co_return answer;
}

}  // namespace spillway::admin
