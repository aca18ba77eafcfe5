// GET /v1/config and POST /v1/config/reload.
#include "admin/awaiting.hpp"
#include "admin/config_view.hpp"
#include "admin/endpoints.hpp"
#include "admin/errors.hpp"
#include "admin/pass_on.hpp"
#include "admin/request_json.hpp"
#include "admin/shapes.hpp"
#include "http/problem.hpp"

namespace spillway::admin {

using core::JsonWriter;

namespace {

void write_names(JsonWriter& json, const std::vector<std::string>& keys) {
  json.begin_array();
  for (const std::string& key : keys) {
    json.value(key);
  }
  json.end_array();
}

void write_last_reload(JsonWriter& json, const std::optional<ConfigView::Reload>& reload) {
  if (!reload) {
    json.null();
    return;
  }
  json.begin_object();
  json.key("at").value(time_text(reload->at));
  json.key("ok").value(reload->error.empty());
  json.key("error");
  write_text(json, reload->error);
  json.key("needs_restart");
  write_names(json, reload->needs_restart);
  json.end_object();
}

void write_source(JsonWriter& json, const ConfigView::Source& source) {
  json.begin_object();
  json.key("name").value(source.name);
  json.key("kind").value(source.kind);
  json.key("path").value(source.path);
  json.key("ack").value(source.ack);
  json.end_object();
}

void write_destination(JsonWriter& json, const ConfigView::Destination& destination) {
  json.begin_object();
  json.key("name").value(destination.name);
  json.key("url").value(destination.url);
  json.key("order").value(destination.order);
  json.key("max_in_flight").value(destination.max_in_flight);
  json.key("rate_per_second");
  if (destination.rate_per_second) {
    json.value(*destination.rate_per_second);
  } else {
    json.null();
  }
  json.key("give_up_after_seconds").value(seconds(destination.give_up_after));
  json.key("ttl_seconds");
  write_seconds(json, destination.ttl);
  json.key("lag_objective").value(destination.lag_objective);
  json.key("lag_within_seconds").value(seconds(destination.lag_within));
  json.end_object();
}

void write_route(JsonWriter& json, const ConfigView::Route& route) {
  json.begin_object();
  json.key("name").value(route.name);
  json.key("from").value(route.from);
  json.key("to");
  write_names(json, route.to);
  json.key("conditions").value(route.conditions);
  json.key("otherwise").value(route.otherwise);
  json.end_object();
}

template <class Item>
void write_list(JsonWriter& json, std::string_view name, const std::vector<Item>& items,
                void (*write)(JsonWriter&, const Item&)) {
  json.key(name).begin_array();
  for (const Item& item : items) {
    write(json, item);
  }
  json.end_array();
}

}  // namespace

Answer get_config(AdminContext* context, Call) {
  const ConfigView view = context->config();
  JsonWriter json;
  json.begin_object();
  json.key("file");
  write_text(json, view.file);
  json.key("loaded_at").value(time_text(view.loaded_at));
  json.key("last_reload");
  write_last_reload(json, view.last_reload);
  write_list(json, "sources", view.sources, write_source);
  write_list(json, "destinations", view.destinations, write_destination);
  write_list(json, "routes", view.routes, write_route);
  json.end_object();
  co_return json_response(std::move(json));
}

Answer reload_config(AdminContext* context, Call call) {
  if (const auto nothing = read_nothing(call.body); !nothing) {
    co_return std::unexpected(nothing.error());
  }
  if (!context->reload) {
    co_return conflict("this node was started without a configuration file");
  }
  const auto reloaded = co_await await_result<Reloaded>(
      context, kAnswerLimit, [context](Done<Reloaded> done) { context->reload(std::move(done)); });
  if (!reloaded) {
    const core::Error& error = reloaded.error();
    if (error.code == core::ErrorCode::timeout || error.code == core::ErrorCode::unavailable) {
      co_return std::unexpected(error);
    }
    // Not the request is wrong but the file it is about.
    call.note->refused = error.message;
    co_return http::problem(422, error.message);
  }
  JsonWriter json;
  json.begin_object();
  json.key("status").value("reloaded");
  json.key("needs_restart");
  write_names(json, reloaded->needs_restart);
  json.end_object();
  auto answer = co_await tell_others(context, &call, json_response(std::move(json)));
  co_return answer;
}

}  // namespace spillway::admin
