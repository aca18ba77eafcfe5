// POST /v1/destinations/{name}/test: one synthetic event goes the way of a real one, and nothing is
// written about it.
#include <fmt/format.h>

#include "admin/awaiting.hpp"
#include "admin/endpoints.hpp"
#include "admin/request_json.hpp"
#include "admin/shapes.hpp"
#include "core/log.hpp"
#include "http/problem.hpp"

namespace spillway::admin {

using core::JsonWriter;
using delivery::Trial;

namespace {

constexpr core::Duration kTrialLimit = std::chrono::seconds(20);
// For the io thread to tell of it.
constexpr core::Duration kTrialAnswerLimit = kTrialLimit + std::chrono::seconds(5);

bool arrived(const Trial& trial) {
  return trial.status >= 200 && trial.status < 300;
}

http::Response describe(std::string_view destination, const core::EventId& event,
                        const Trial& trial) {
  JsonWriter json;
  json.begin_object();
  json.key("destination").value(destination);
  json.key("event_id").value(event.to_string());
  json.key("delivered").value(arrived(trial));
  json.key("status");
  write_status(json, trial.status);
  json.key("failure");
  write_text(json, trial.failure ? delivery::to_string(*trial.failure) : "");
  json.key("message");
  write_text(json, trial.message);
  json.key("took_seconds");
  write_seconds(json, trial.took);
  json.key("address");
  write_text(json, trial.address);
  json.key("response_excerpt");
  write_text(json, trial.excerpt);
  json.end_object();
  return json_response(std::move(json));
}

}  // namespace

Answer test_destination(AdminContext* context, Call call) {
  if (const auto nothing = read_nothing(call.body); !nothing) {
    co_return std::unexpected(nothing.error());
  }
  const std::string name = std::move(call.path_values.front());
  const core::Time now = context->clock.now();
  if (const auto entered = context->trials->enter(name, now); !entered) {
    if (entered.error().code != core::ErrorCode::unavailable) {
      co_return std::unexpected(entered.error());
    }
    call.note->refused = entered.error().message;
    co_return http::problem_retry_after(429, entered.error().message, std::chrono::seconds(2));
  }
  const core::EventPtr event = delivery::make_test_event(
      name, context->node, context->writer.node_tag(), now, context->random);
  const auto trial =
      co_await await_result<Trial>(context, kTrialAnswerLimit, [context, name, event](auto done) {
        context->delivery.try_out(name, event, kTrialLimit, std::move(done));
      });
  context->trials->leave(name);
  if (!trial) {
    co_return std::unexpected(trial.error());
  }
  core::log(core::LogLevel::info, "destination.tested",
            {{"destination", name},
             {"event", event->id.to_string()},
             {"status", static_cast<unsigned>(trial->status)}});
  call.note->detail =
      trial->status > 0
          ? fmt::format("answered {}", static_cast<unsigned>(trial->status))
          : fmt::format("{}", trial->failure ? delivery::to_string(*trial->failure) : "no answer");
  co_return describe(name, event->id, *trial);
}

}  // namespace spillway::admin
