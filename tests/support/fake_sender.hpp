// A Sender for unit tests: remembers every request, and answers as told or not at all.
#pragma once

#include "delivery/sender.hpp"
#include "tests/support/virtual_time.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace spillway::support {

// Answers with a status.
[[nodiscard]] delivery::SendResult answered(std::uint16_t status, std::string retry_after = "");
// Failures before and after the request went out.
[[nodiscard]] delivery::SendResult not_sent();
[[nodiscard]] delivery::SendResult lost();

class FakeSender final : public delivery::Sender {
 public:
  struct Sent {
    journal::DestinationNumber destination;
    std::string body;
    std::uint32_t generation;
    std::uint32_t attempt;
    core::Time at;

    bool operator==(const Sent&) const = default;
  };

  explicit FakeSender(VirtualTime& time) : time_(&time), executor_(time) {}

  void send(delivery::SendRequest request, Callback callback) override;
  void cancel_all() override;

  // What a request is answered with, after `latency`; nothing: it hangs.
  std::function<std::optional<delivery::SendResult>(const delivery::SendRequest&)> behave =
      [](const delivery::SendRequest&) { return answered(200); };
  core::Duration latency{};

  // Answers all that hang.
  void answer_hanging(const delivery::SendResult& result);

  [[nodiscard]] const std::vector<Sent>& sent() const { return sent_; }
  [[nodiscard]] std::vector<std::string> bodies() const;
  [[nodiscard]] std::size_t hanging() const { return hanging_.size(); }
  [[nodiscard]] std::size_t in_flight() const { return in_flight_; }
  [[nodiscard]] std::size_t in_flight_max() const { return in_flight_max_; }

 private:
  VirtualTime* time_;
  VirtualExecutor executor_;
  std::vector<Sent> sent_;
  std::vector<Callback> hanging_;
  std::size_t in_flight_ = 0;
  std::size_t in_flight_max_ = 0;
};

}  // namespace spillway::support
