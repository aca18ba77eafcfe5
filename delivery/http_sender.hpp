// The production Sender: one POST per attempt over the HTTP client of its io thread.
// Owned by app beside that thread's engine; everything here runs on that thread.
#pragma once

#include "core/clock.hpp"
#include "core/random.hpp"
#include "delivery/sender.hpp"
#include "delivery/trial.hpp"
#include "http/async.hpp"
#include "http/client.hpp"
#include "http/client_request.hpp"
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

  // One request over a connection of its own, so that all that leads to it is tried, and what is
  // under way to the destination does not matter. Calls back once, not from within try_out().
  using TrialCallback = std::move_only_function<void(Trial)>;
  void try_out(SendRequest request, core::Duration limit, TrialCallback callback);

 private:
  struct Route {
    std::weak_ptr<const Destination> destination;
    std::shared_ptr<http::Endpoint> endpoint;
  };

  // One endpoint, with its idle connections, per destination as configured now.
  std::shared_ptr<http::Endpoint> endpoint_of(const DestinationPtr& destination);
  http::Awaitable<> attempt(SendRequest request, Callback callback);
  http::Awaitable<> make_trial(SendRequest request, core::Duration limit, TrialCallback callback);
  [[nodiscard]] http::ClientRequest outbound(const SendRequest& request,
                                             const http::Endpoint& endpoint);

  http::IoExecutor executor_;
  http::Client* client_;
  const core::Clock* clock_;
  core::Random* random_;
  static constexpr std::size_t kRoutesMin = 64;
  std::unordered_map<const Destination*, Route> routes_;
  std::size_t sweep_at_ = kRoutesMin;
};

}  // namespace spillway::delivery
