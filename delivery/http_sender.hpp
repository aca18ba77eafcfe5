// The production Sender: one POST per attempt over the HTTP client of its io thread.
// Owned by app beside that thread's engine; everything here runs on that thread.
#pragma once

#include "core/clock.hpp"
#include "core/random.hpp"
#include "delivery/sender.hpp"
#include "http/async.hpp"
#include "http/client.hpp"
#include "http/endpoint.hpp"

#include <memory>
#include <unordered_map>

namespace spillway::delivery {

class HttpSender final : public Sender {
 public:
  // All of them outlive it, and it outlives every send: stop the client before.
  HttpSender(http::IoExecutor executor, http::Client& client, const core::Clock& clock,
             core::Random& random)
      : executor_(std::move(executor)), client_(&client), clock_(&clock), random_(&random) {}

  // The destination was made by compile_destination().
  void send(SendRequest request, Callback callback) override;
  void cancel_all() override;

 private:
  struct Route {
    std::weak_ptr<const Destination> destination;
    std::shared_ptr<http::Endpoint> endpoint;
  };

  // One endpoint, with its idle connections, per destination as configured now.
  std::shared_ptr<http::Endpoint> endpoint_of(const DestinationPtr& destination);
  http::Awaitable<> attempt(SendRequest request, Callback callback);

  http::IoExecutor executor_;
  http::Client* client_;
  const core::Clock* clock_;
  core::Random* random_;
  std::unordered_map<const Destination*, Route> routes_;
};

}  // namespace spillway::delivery
