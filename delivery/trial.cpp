#include "delivery/trial.hpp"

#include "core/json_text.hpp"

#include <memory>
#include <utility>

namespace spillway::delivery {

namespace {

TrialFailure failure_of(const http::SendFailure& failure) {
  using enum http::SendStage;
  const bool late = failure.error.code == core::ErrorCode::timeout;
  if (failure.error.code == core::ErrorCode::cancelled) {
    return TrialFailure::ours;
  }
  switch (failure.stage) {
    case limit:
      return TrialFailure::ours;
    case resolve:
      return TrialFailure::dns;
    case guard:
      return TrialFailure::egress;
    case connect:
      return late ? TrialFailure::timeout : TrialFailure::connect;
    case tls:
      return late ? TrialFailure::timeout : TrialFailure::tls;
    case send:
    case receive:
      return late ? TrialFailure::timeout : TrialFailure::exchange;
  }
  return TrialFailure::ours;
}

}  // namespace

std::string_view to_string(TrialFailure failure) {
  switch (failure) {
    case TrialFailure::ours:
      return "ours";
    case TrialFailure::dns:
      return "dns";
    case TrialFailure::egress:
      return "egress";
    case TrialFailure::connect:
      return "connect";
    case TrialFailure::tls:
      return "tls";
    case TrialFailure::timeout:
      return "timeout";
    case TrialFailure::exchange:
      return "exchange";
  }
  return "?";
}

Trial trial_of(http::SendResult result, core::Duration took, std::string address) {
  Trial trial;
  trial.took = took;
  trial.address = std::move(address);
  if (result) {
    trial.status = result->status;
    trial.excerpt = std::move(result->excerpt);
  } else {
    trial.failure = failure_of(result.error());
    trial.message = std::move(result.error().error.message);
  }
  return trial;
}

core::EventPtr make_test_event(std::string_view destination, std::string_view node,
                               std::uint16_t node_tag, core::Time now, core::Random& random) {
  core::JsonWriter json;
  json.begin_object();
  json.key("type").value("spillway.test");
  json.key("data").begin_object();
  json.key("message").value("An operator tests whether events arrive here. Nothing happened.");
  json.key("destination").value(destination);
  json.key("node").value(node);
  json.end_object();
  json.end_object();
  auto event = std::make_shared<core::Event>();
  event->id = core::EventId::make(now, node_tag, random);
  event->source = "spillway-test";
  event->received = now;
  event->headers = {{"Content-Type", "application/json"}};
  event->body = json.take();
  return event;
}

}  // namespace spillway::delivery
