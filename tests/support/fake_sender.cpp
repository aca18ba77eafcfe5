#include "tests/support/fake_sender.hpp"

#include <algorithm>
#include <utility>

namespace spillway::support {

using delivery::SendResult;

SendResult answered(std::uint16_t status, std::string retry_after) {
  SendResult result;
  result.status = status;
  result.retry_after = std::move(retry_after);
  return result;
}

SendResult not_sent() {
  SendResult result;
  result.failure = delivery::SendFailure{true, "connection refused"};
  return result;
}

SendResult lost() {
  SendResult result;
  result.failure = delivery::SendFailure{false, "connection reset"};
  return result;
}

void FakeSender::send(delivery::SendRequest request, Callback callback) {
  sent_.push_back({request.destination->number, request.event->body, request.generation,
                   request.attempt, time_->now()});
  in_flight_max_ = std::max(in_flight_max_, ++in_flight_);
  auto result = behave(request);
  if (!result) {
    hanging_.push_back(std::move(callback));
    return;
  }
  result->took = latency;
  auto answer = [this, tell = std::move(callback), told = *std::move(result)]() mutable {
    --in_flight_;
    tell(std::move(told));
  };
  if (latency > core::Duration::zero()) {
    executor_.run_at(time_->now() + latency, std::move(answer));
  } else {
    executor_.post(std::move(answer));
  }
}

void FakeSender::answer_hanging(const SendResult& result) {
  for (Callback& callback : std::exchange(hanging_, {})) {
    executor_.post([this, tell = std::move(callback), told = result]() mutable {
      --in_flight_;
      tell(std::move(told));
    });
  }
}

void FakeSender::cancel_all() {
  answer_hanging(lost());
}

std::vector<std::string> FakeSender::bodies() const {
  std::vector<std::string> bodies;
  for (const Sent& sent : sent_) {
    bodies.push_back(sent.body);
  }
  return bodies;
}

}  // namespace spillway::support
