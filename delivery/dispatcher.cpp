#include "delivery/dispatcher.hpp"

#include "core/check.hpp"

#include <atomic>
#include <memory>
#include <utility>

namespace spillway::delivery {
namespace {

// The last of so many calls, from whatever threads, runs the task.
auto countdown(std::size_t calls, core::Task task) {
  struct Left {
    std::atomic<std::size_t> calls;
    core::Task task;
  };
  return [left = std::make_shared<Left>(calls, std::move(task))] {
    if (--left->calls == 0) {
      left->task();
    }
  };
}

}  // namespace

Dispatcher::Dispatcher(std::vector<Engine*> engines) : engines_(std::move(engines)) {
  CHECK(!engines_.empty());
}

void Dispatcher::offer(const core::Executor& here, std::vector<Opened> opened) {
  std::vector<std::vector<Opened>> elsewhere(engines_.size());
  for (Opened& one : opened) {
    const std::size_t index = owner(one.delivery.ref.destination);
    if (&engines_[index]->executor() == &here) {
      engines_[index]->offer(std::move(one));
    } else {
      elsewhere[index].push_back(std::move(one));
    }
  }
  for (std::size_t index = 0; index < engines_.size(); ++index) {
    if (elsewhere[index].empty()) {
      continue;
    }
    Engine* const engine = engines_[index];
    engine->executor().post([engine, theirs = std::move(elsewhere[index])]() mutable {
      for (Opened& one : theirs) {
        engine->offer(std::move(one));
      }
    });
  }
}

void Dispatcher::offer(const core::Executor& here, std::vector<journal::OpenDelivery> deliveries) {
  std::vector<Opened> opened;
  opened.reserve(deliveries.size());
  for (journal::OpenDelivery& delivery : deliveries) {
    opened.push_back({std::move(delivery), {}});
  }
  offer(here, std::move(opened));
}

void Dispatcher::when_known(core::Executor& here, core::Task done) {
  const auto known = countdown(
      engines_.size(), [&here, then = std::move(done)]() mutable { here.post(std::move(then)); });
  for (Engine* const engine : engines_) {
    engine->executor().post(known);
  }
}

void Dispatcher::apply(const std::vector<LaneSetup>& setups) {
  std::vector<std::vector<LaneSetup>> shares(engines_.size());
  for (const LaneSetup& setup : setups) {
    shares[owner(setup.destination->number)].push_back(setup);
  }
  for (std::size_t index = 0; index < engines_.size(); ++index) {
    Engine* const engine = engines_[index];
    engine->executor().post([engine, share = std::move(shares[index])] { engine->apply(share); });
  }
}

void Dispatcher::pause(journal::DestinationNumber number) {
  Engine* const engine = engines_[owner(number)];
  engine->executor().post([engine, number] { engine->pause(number); });
}

void Dispatcher::resume(journal::DestinationNumber number) {
  Engine* const engine = engines_[owner(number)];
  engine->executor().post([engine, number] { engine->resume(number); });
}

core::Executor& Dispatcher::executor_of(journal::DestinationNumber number) const {
  return engines_[owner(number)]->executor();
}

void Dispatcher::visit(Visit visit, core::Executor& reply_to, VisitCallback callback) {
  Engine& engine = *engines_[owner(visit.destination)];
  auto answer = [&reply_to, then = std::move(callback)](VisitEnd end) mutable {
    reply_to.post(
        [then = std::move(then), end = std::move(end)]() mutable { then(std::move(end)); });
  };
  engine.executor().post([&engine, visit = std::move(visit), answer = std::move(answer)]() mutable {
    engine.visit(std::move(visit), std::move(answer));
  });
}

void Dispatcher::stop(core::Time deadline, core::Task done) {
  const auto stopped = countdown(engines_.size(), std::move(done));
  for (Engine* const engine : engines_) {
    engine->executor().post([engine, deadline, stopped] { engine->stop(deadline, stopped); });
  }
}

}  // namespace spillway::delivery
