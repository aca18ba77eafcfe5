// core::Executor over an io_context: how the engine, which knows no sockets, runs on an io thread.
// One per io_context, made and destroyed by `app`; outlives all that posts to it.
#pragma once

#include <map>
#include <utility>

#include "core/clock.hpp"
#include "core/executor.hpp"
#include "http/async.hpp"

namespace spillway::http {

class IoTaskExecutor final : public core::Executor {
 public:
  IoTaskExecutor(boost::asio::io_context& io, const core::Clock& clock);

  void post(core::Task task) override;
  core::TimerId run_at(core::Time due, core::Task task) override;
  void cancel(core::TimerId timer) override;

  // Drops all timers, so that the io_context can run out of work. On its thread.
  void cancel_all();

 private:
  using Key = std::pair<core::Time, core::TimerId>;

  void arm();
  void run_due();

  boost::asio::io_context& io_;
  const core::Clock& clock_;
  Timer timer_;  // one for all, set to the earliest
  core::Time armed_for_ = core::Time::max();
  std::map<Key, core::Task> tasks_;
  std::map<core::TimerId, core::Time> due_;
  core::TimerId next_id_ = 1;
};

}  // namespace spillway::http
