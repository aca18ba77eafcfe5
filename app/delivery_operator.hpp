// The admin API's hand on the delivery engine: what is configured, and telling lanes what an
// operator did. configure() is called at start and reload, the rest as the port says.
#pragma once

#include <mutex>
#include <vector>

#include "admin/context.hpp"
#include "core/metrics.hpp"
#include "delivery/dispatcher.hpp"
#include "delivery/http_sender.hpp"

namespace spillway::app {

class DeliveryOperator final : public admin::DeliveryControl {
 public:
  // Where test events are sent from: a sender with the executor of its thread.
  struct TrialParts {
    core::Executor& executor;
    delivery::HttpSender& sender;
  };

  // All outlive it. `admin` is the executor of the admin thread.
  DeliveryOperator(delivery::Dispatcher& dispatcher, TrialParts trials, core::Executor& admin,
                   core::Registry& registry)
      : dispatcher_(dispatcher), trials_(trials), admin_(admin), registry_(registry) {}

  void configure(const std::vector<delivery::LaneSetup>& lanes);

  [[nodiscard]] std::vector<admin::DestinationStatus> destinations() const override;
  void opened(std::vector<journal::OpenDelivery> deliveries) override;
  [[nodiscard]] core::Executor& executor_of(journal::DestinationNumber destination) override {
    return dispatcher_.executor_of(destination);
  }
  void paused(journal::DestinationNumber destination) override;
  void resumed(journal::DestinationNumber destination) override;
  void try_out(std::string_view destination, core::EventPtr event, core::Duration limit,
               TrialDone done) override;

 private:
  struct Known {
    admin::DestinationStatus status;
    core::Gauge* in_flight;
    delivery::DestinationPtr destination;
  };

  delivery::Dispatcher& dispatcher_;
  TrialParts trials_;
  core::Executor& admin_;
  core::Registry& registry_;
  mutable std::mutex mutex_;  // a reload happens on another thread
  std::vector<Known> known_;
};

}  // namespace spillway::app
