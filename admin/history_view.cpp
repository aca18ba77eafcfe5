// GET /v1/history: the last hour, step by step.
#include <fmt/format.h>

#include <cmath>

#include "admin/endpoints.hpp"
#include "admin/errors.hpp"
#include "admin/shapes.hpp"

namespace spillway::admin {

using core::JsonWriter;

namespace {

void write(JsonWriter& json, std::string_view name, float value) {
  json.key(name);
  if (std::isnan(value)) {
    json.null();
  } else {
    json.value(static_cast<double>(value));
  }
}

void write_sample(JsonWriter& json, const History::Sample& sample) {
  json.begin_object();
  write(json, "accepted", sample.accepted);
  write(json, "delivered", sample.delivered);
  write(json, "failed", sample.failed);
  write(json, "dead", sample.dead);
  write(json, "pending", sample.pending);
  write(json, "oldest_pending_seconds", sample.oldest_pending_seconds);
  write(json, "lag_p50_seconds", sample.lag_p50_seconds);
  write(json, "lag_p99_seconds", sample.lag_p99_seconds);
  json.end_object();
}

}  // namespace

Answer get_history(AdminContext* context, Call call) {
  const auto destination = call.query.find("destination");
  const auto series =
      destination ? context->history->of(*destination) : std::optional(context->history->of_node());
  if (!series) {
    co_return not_found(
        fmt::format("no history is kept for \"{}\": it is not configured, not for long, or is past "
                    "the first {}",
                    *destination, History::kDestinationsMax));
  }
  JsonWriter json;
  json.begin_object();
  json.key("step_seconds").value(seconds(History::kStep));
  json.key("from");
  write_time(json, series->samples.empty() ? std::nullopt : std::optional(series->from));
  json.key("samples").begin_array();
  for (const History::Sample& sample : series->samples) {
    write_sample(json, sample);
  }
  json.end_array();
  json.end_object();
  co_return json_response(std::move(json));
}

}  // namespace spillway::admin
