// FaultyBacklog: the journal's backlog, whose reads fail now and then. One per engine.
#pragma once

#include <utility>

#include "core/executor.hpp"
#include "delivery/backlog.hpp"
#include "tests/simulation/environment.hpp"

namespace spillway::simulation {

class FaultyBacklog final : public delivery::Backlog {
 public:
  // All that is referred to outlives the backlog's tasks on `engine`.
  FaultyBacklog(Environment& environment, delivery::Backlog& backlog, core::Executor& engine)
      : environment_(&environment), backlog_(&backlog), engine_(&engine) {}

  void fetch(delivery::FetchRequest request, FetchCallback callback) override {
    if (request.updated_before) {
      environment_->coverage.hit(Mark::catch_up_page);
    }
    if (environment_->strikes(environment_->faults.failed_read)) {
      environment_->coverage.hit(Mark::fetch_failed);
      fail(std::move(callback));
    } else {
      backlog_->fetch(std::move(request), std::move(callback));
    }
  }

  void read(journal::Sequence sequence, ReadCallback callback) override {
    environment_->coverage.hit(Mark::event_read_again);
    if (environment_->strikes(environment_->faults.failed_read)) {
      environment_->coverage.hit(Mark::read_failed);
      fail(std::move(callback));
    } else {
      backlog_->read(sequence, std::move(callback));
    }
  }

 private:
  template <class Callback>
  void fail(Callback callback) {
    engine_->post([tell = std::move(callback)]() mutable {
      tell(core::fail(core::ErrorCode::io, "the simulated disk failed to read"));
    });
  }

  Environment* environment_;
  delivery::Backlog* backlog_;
  core::Executor* engine_;
};

}  // namespace spillway::simulation
