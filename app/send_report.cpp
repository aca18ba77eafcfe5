#include <fmt/format.h>

#include <chrono>
#include <iterator>

#include "app/send.hpp"
#include "core/json_text.hpp"
#include "http/problem.hpp"

namespace spillway::app {
namespace {

double milliseconds(core::Duration duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

double seconds(core::Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

std::string describe_answer(const Reply& reply) {
  std::string out = fmt::format("{} {}\n", reply.status, http::reason_phrase(reply.status));
  for (const auto& [label, name] :
       {std::pair("event", "Spillway-Event-Id"), std::pair("events", "Spillway-Event-Count"),
        std::pair("durability", "Spillway-Durability"), std::pair("retry after", "Retry-After")}) {
    if (const std::string_view value = reply.header(name); !value.empty()) {
      fmt::format_to(std::back_inserter(out), "{:<11} {}\n", label, value);
    }
  }
  if (!reply.body.empty()) {
    out.append(reply.body);
    out.append(reply.body.ends_with('\n') ? "" : "\n");
  }
  return out;
}

}  // namespace

std::string describe(const LoadReport& report) {
  std::string out;
  if (report.requests == 1 && report.last) {
    return describe_answer(*report.last);
  }
  if (report.requests > 1) {
    const double took = seconds(report.took);
    fmt::format_to(std::back_inserter(out), "{} requests in {:.2f} s, {:.1f}/s; {} events\n",
                   report.requests, took,
                   took > 0 ? static_cast<double>(report.requests) / took : 0, report.events);
    for (const auto& [status, count] : report.statuses) {
      fmt::format_to(std::back_inserter(out), "{:>9} × {} {}\n", count, status,
                     http::reason_phrase(status));
    }
    if (report.duplicates > 0) {
      fmt::format_to(std::back_inserter(out), "{:>9} × known already (duplicate)\n",
                     report.duplicates);
    }
    if (report.latencies.count() > 0) {
      fmt::format_to(
          std::back_inserter(out), "latency   p50 {:.2f} ms, p99 {:.2f} ms, max {:.2f} ms\n",
          milliseconds(report.latencies.quantile(0.5)),
          milliseconds(report.latencies.quantile(0.99)), milliseconds(report.latencies.max()));
    }
  }
  for (const auto& [error, count] : report.errors) {
    fmt::format_to(std::back_inserter(out), "{:>9} × {}\n", count, error);
  }
  return out;
}

std::string to_json(const LoadReport& report) {
  core::JsonWriter json;
  json.begin_object();
  json.key("requests").value(report.requests);
  json.key("events").value(report.events);
  json.key("duplicates").value(report.duplicates);
  json.key("statuses").begin_object();
  for (const auto& [status, count] : report.statuses) {
    json.key(fmt::to_string(status)).value(count);
  }
  json.end_object();
  json.key("errors").begin_object();
  for (const auto& [error, count] : report.errors) {
    json.key(error).value(count);
  }
  json.end_object();
  json.key("took_seconds").value(seconds(report.took));
  json.key("latency").begin_object();
  json.key("p50_seconds").value(seconds(report.latencies.quantile(0.5)));
  json.key("p99_seconds").value(seconds(report.latencies.quantile(0.99)));
  json.key("max_seconds").value(seconds(report.latencies.max()));
  json.end_object();
  json.key("last_event_id");
  if (report.last && !report.last->header("Spillway-Event-Id").empty()) {
    json.value(report.last->header("Spillway-Event-Id"));
  } else {
    json.null();
  }
  json.end_object();
  return json.take() + "\n";
}

}  // namespace spillway::app
