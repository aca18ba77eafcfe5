#include "gateway/front_door.hpp"

#include <fmt/format.h>

#include <boost/asio/async_result.hpp>
#include <chrono>
#include <string>
#include <utility>

#include "core/headers.hpp"
#include "core/json_text.hpp"
#include "core/system_clock.hpp"
#include "http/problem.hpp"

namespace spillway::gateway {
namespace {

constexpr std::chrono::seconds kDiskRetryAfter{30};
constexpr std::size_t kNoBody = 0;

bool is_health(std::string_view path) {
  return path == "/healthz" || path == "/readyz";
}

http::Response plain(int status, std::string text) {
  return {.status = status,
          .content_type = "text/plain",
          .body = std::move(text),
          .headers = {{"X-Content-Type-Options", "nosniff"}}};
}

http::Response no_source(Probe& probe) {
  probe.no_source.add();
  return http::problem(404, "no source is configured at this path");
}

std::string acknowledgement(const Answer& answer) {
  core::JsonWriter json;
  json.begin_object().key("event_ids").begin_array();
  for (const core::EventId& id : answer.ids) {
    json.value(id.to_string());
  }
  json.end_array();
  json.key("count").value(static_cast<std::uint64_t>(answer.count));
  json.key("status").value(answer.duplicate ? "duplicate" : "accepted");
  json.end_object();
  return json.take();
}

std::string_view durability_of(const Answer& answer) {
  if (answer.replicated) {
    return "replicated";
  }
  return answer.durability == journal::Command::Durability::synced ? "journal" : "memory";
}

http::Response to_response(const Answer& answer, const Source& source) {
  if (!answer.refusal.empty()) {
    return answer.retry_after
               ? http::problem_retry_after(answer.status, answer.refusal, *answer.retry_after)
               : http::problem(answer.status, answer.refusal);
  }
  http::Response response{.status = answer.status};
  if (!answer.ids.empty()) {
    response.headers.push_back({"Spillway-Event-Id", answer.ids.front().to_string()});
  }
  response.headers.push_back({"Spillway-Event-Count", fmt::to_string(answer.count)});
  response.headers.push_back({"Spillway-Durability", std::string(durability_of(answer))});
  if (!source.replies_without_body()) {
    response.content_type = "application/json";
    response.body = acknowledgement(answer);
  }
  return response;
}

http::Response disk_full(const Door& door) {
  door.probe->refused_disk.add();
  return http::problem_retry_after(
      503, "the disk budget is used up by events that wait for delivery", kDiskRetryAfter);
}

// Senders are faster than the disk makes room: the next look at it comes within a second.
http::Response disk_filling(const Door& door) {
  door.probe->refused_disk.add();
  return http::problem_retry_after(503, "the disk budget is filling faster than room is made",
                                   std::chrono::seconds(1));
}

http::Response handshake(const Door& door, const http::Request& request, core::Time now) {
  const auto outcome = door.source->handshake(
      {request.head.method, request.head.query, request.head.headers, request.body, now});
  if (!outcome) {
    return http::method_not_allowed(door.source->methods());
  }
  return outcome->verdict == Verdict::ok
             ? plain(200, outcome->reply)
             : http::problem(
                   403, fmt::format("the handshake was refused: {}", to_string(outcome->verdict)));
}

}  // namespace

core::Result<void> Gate::check_open() const {
  if (!ready) {
    return core::fail(core::ErrorCode::unavailable, "starting or stopping");
  }
  if (disk_full) {
    return core::fail(core::ErrorCode::unavailable, "the disk budget is used up");
  }
  return {};
}

FrontDoor::FrontDoor(const Ingest& ingest, Gate& gate, core::ByteBudget& memory,
                     const core::Clock& clock, core::Executor& executor, Probe& probe)
    : ingest_(ingest),
      gate_(gate),
      memory_(memory),
      clock_(clock),
      executor_(executor),
      probe_(probe) {}

std::expected<http::BodyPolicy, http::Response> FrontDoor::admit(const http::RequestHead& head) {
  if (is_health(head.path)) {
    return http::BodyPolicy{kNoBody, memory_};
  }
  const auto plan = gate_.plan.load();
  const Door* door = plan ? plan->find(head.path) : nullptr;
  if (door == nullptr) {
    return std::unexpected(no_source(probe_));
  }
  const auto refuse = [&](http::Response response) {
    door->probe->answered(response.status);
    return std::unexpected(std::move(response));
  };
  if (head.method == "GET") {
    return http::BodyPolicy{kNoBody, memory_};
  }
  if (head.method != "POST") {
    return refuse(http::method_not_allowed(door->source->methods()));
  }
  if (const auto coding = head.find("Content-Encoding"); coding && *coding != "identity") {
    return refuse(http::problem(
        415, "compressed bodies are not taken: send the body without Content-Encoding"));
  }
  if (gate_.disk_full.load(std::memory_order_relaxed)) {
    return refuse(disk_full(*door));
  }
  if (door->rate) {
    if (const auto wait = door->rate->try_take(clock_.now())) {
      door->probe->refused_rate.add();
      return refuse(http::problem_retry_after(429,
                                              "this source sends faster than its configured rate",
                                              std::chrono::ceil<std::chrono::seconds>(*wait)));
    }
  }
  return http::BodyPolicy{door->body_bytes_max, memory_};
}

http::Awaitable<http::Response> FrontDoor::handle(http::Request request) {
  if (is_health(request.head.path)) {
    co_return health(request.head);
  }
  const core::Duration began = core::monotonic_now();
  auto plan = gate_.plan.load();
  const Door* door = plan ? plan->find(request.head.path) : nullptr;
  if (door == nullptr) {  // a reload took it away while the body came in
    co_return no_source(probe_);
  }
  http::Response response;
  if (request.head.method == "GET") {
    response = handshake(*door, request, clock_.now());
  } else if (gate_.disk_full.load(std::memory_order_relaxed)) {  // since its head was admitted
    response = disk_full(*door);
  } else if (!gate_.take_disk_room(request.body.size())) {
    response = disk_filling(*door);
  } else {
    const Answer answer = co_await accept(plan, door, std::move(request));
    response = to_response(answer, *door->source);
    probe_.ack_seconds.observe(
        std::chrono::duration<double>(core::monotonic_now() - began).count());
  }
  door->probe->answered(response.status);
  co_return response;
}

http::Response FrontDoor::health(const http::RequestHead& head) const {
  if (head.method != "GET" && head.method != "HEAD") {
    return http::method_not_allowed("GET, HEAD");
  }
  if (head.path == "/readyz" && !gate_.open()) {
    return plain(503, "not ready\n");
  }
  return plain(200, "ok\n");
}

http::Awaitable<Answer> FrontDoor::accept(std::shared_ptr<const Plan> plan, const Door* door,
                                          http::Request request) {
  Delivered delivered{std::move(request.head.method), std::move(request.head.query),
                      std::move(request.head.headers), std::move(request.body),
                      std::move(request.memory)};
  auto initiate = [this, &plan, door, &delivered](auto handler) {
    ingest_.accept(std::move(plan), *door, std::move(delivered), executor_,
                   [resume = std::move(handler)](Answer answer) mutable {
                     std::move(resume)(std::move(answer));
                   });
  };
  auto [answer] = co_await boost::asio::async_initiate<decltype(http::kAwait), void(Answer)>(
      std::move(initiate), http::kAwait);
  co_return std::move(answer);
}

}  // namespace spillway::gateway
