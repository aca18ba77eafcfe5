#include "http/io_executor.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>

namespace spillway::http {

IoTaskExecutor::IoTaskExecutor(boost::asio::io_context& io, const core::Clock& clock)
    : io_(io), clock_(clock), timer_(io.get_executor()) {}

void IoTaskExecutor::post(core::Task task) {
  boost::asio::post(io_, std::move(task));
}

core::TimerId IoTaskExecutor::run_at(core::Time due, core::Task task) {
  const core::TimerId id = next_id_++;
  tasks_.emplace(Key{due, id}, std::move(task));
  due_.emplace(id, due);
  if (due < armed_for_) {
    arm();
  }
  return id;
}

void IoTaskExecutor::cancel(core::TimerId timer) {
  const auto known = due_.find(timer);
  if (known != due_.end()) {
    tasks_.erase({known->second, timer});
    due_.erase(known);
  }
}

void IoTaskExecutor::cancel_all() {
  tasks_.clear();
  due_.clear();
  armed_for_ = core::Time::max();
  timer_.cancel();
}

void IoTaskExecutor::arm() {
  if (tasks_.empty()) {
    armed_for_ = core::Time::max();
    return;
  }
  armed_for_ = tasks_.begin()->first.first;
  // A cancelled wait ends with an error and the new one takes over.
  timer_.expires_after(std::max(core::Duration{0}, armed_for_ - clock_.now()));
  timer_.async_wait([this](boost::system::error_code error) {
    if (!error) {
      run_due();
    }
  });
}

void IoTaskExecutor::run_due() {
  const core::Time now = clock_.now();
  while (!tasks_.empty() && tasks_.begin()->first.first <= now) {
    auto entry = tasks_.extract(tasks_.begin());
    due_.erase(entry.key().second);
    entry.mapped()();
  }
  arm();
}

}  // namespace spillway::http
