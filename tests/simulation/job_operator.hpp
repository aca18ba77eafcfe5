// JobOperator: people who do things to many at a time. At random times they order jobs that replay,
// drop or erase what a filter describes, and cancel some. Outside the node.
#pragma once

#include <cstdint>
#include <optional>

#include "journal/records.hpp"
#include "retry/job_record.hpp"
#include "tests/simulation/environment.hpp"
#include "tests/simulation/job_watch.hpp"
#include "tests/simulation/sim_node.hpp"
#include "tests/simulation/world.hpp"

namespace spillway::simulation {

class JobOperator {
 public:
  JobOperator(Environment& environment, World& world, JobWatch& watch, SimNode& node)
      : environment_(&environment), world_(&world), watch_(&watch), node_(&node) {}

  // Schedules the actions of the safety phase.
  void start();

 private:
  void act();
  void order(retry::JobOrder order);
  void cancel_any();
  [[nodiscard]] retry::JobOrder some_deliveries(retry::JobKind kind);
  // Empty: there is no event yet.
  [[nodiscard]] std::optional<retry::JobOrder> some_events();
  [[nodiscard]] std::optional<SentEvent> any_event();
  [[nodiscard]] journal::SourceNumber number_of(std::size_t source) const;

  Environment* environment_;
  World* world_;
  JobWatch* watch_;
  SimNode* node_;
};

}  // namespace spillway::simulation
