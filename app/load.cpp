#include "app/load.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include <boost/asio/co_spawn.hpp>

namespace spillway::app {

struct Load::Worker {
  explicit Worker(Origin& origin) : link(origin), pause(origin.executor()) {}

  HttpLink link;
  http::Timer pause;
};

bool LoadReport::all_accepted() const {
  return errors.empty() && std::ranges::all_of(statuses, [](const auto& status) {
           return status.first >= 200 && status.first < 300;
         });
}

Load::Load(Origin& origin, RequestFactory& factory, const core::Clock& clock, LoadOptions options)
    : origin_(&origin),
      factory_(&factory),
      clock_(&clock),
      options_(options),
      ended_(origin.executor(), http::Deadline::max()) {}

Load::~Load() = default;

http::Awaitable<> Load::run() {
  started_ = http::now_monotonic();
  for (std::size_t i = 0; i < options_.concurrency; ++i) {
    workers_.push_back(std::make_unique<Worker>(*origin_));
    ++working_;
    boost::asio::co_spawn(origin_->executor(), work(workers_.back().get()),
                          [this](const std::exception_ptr& error) {
                            if (error) {
                              std::rethrow_exception(error);
                            }
                            if (--working_ == 0) {
                              ended_.cancel();
                            }
                          });
  }
  while (working_ > 0) {
    ended_.expires_at(http::Deadline::max());
    [[maybe_unused]] const auto woken = co_await ended_.async_wait(http::kAwait);
  }
  report_.took = std::chrono::duration_cast<core::Duration>(http::now_monotonic() - started_);
}

void Load::stop() {
  const bool again = std::exchange(stopping_, true);
  for (const auto& worker : workers_) {
    worker->pause.cancel();
    if (again) {
      worker->link.close();
    }
  }
}

bool Load::finished() const {
  return stopping_ || (options_.count > 0 && begun_ >= options_.count) ||
         (options_.lasting && http::now_monotonic() - started_ >= *options_.lasting);
}

http::Awaitable<> Load::work(Worker* worker) {
  while (!finished()) {
    const std::uint64_t number = begun_++;
    http::Deadline due = http::now_monotonic();
    if (options_.rate > 0) {
      const std::chrono::duration<double> offset(static_cast<double>(number) / options_.rate);
      due = started_ + std::chrono::duration_cast<http::Deadline::duration>(offset);
      worker->pause.expires_at(due);
      [[maybe_unused]] const auto woken = co_await worker->pause.async_wait(http::kAwait);
      if (stopping_ || (options_.lasting && due - started_ >= *options_.lasting)) {
        co_return;
      }
    }
    const OutgoingRequest request = factory_->next(clock_->now());
    core::Result<Reply> reply =
        co_await worker->link.exchange("POST", origin_->url().target, &request.headers,
                                       &request.body, http::deadline_in(options_.timeout));
    record(std::move(reply),
           std::chrono::duration_cast<core::Duration>(http::now_monotonic() - due));
  }
}

void Load::record(core::Result<Reply> reply, core::Duration latency) {
  ++report_.requests;
  if (!reply) {
    const bool known = report_.errors.contains(reply.error().message);
    const bool room = report_.errors.size() < LoadReport::kErrorsMax;
    ++report_.errors[known || room ? reply.error().message : "other"];
    return;
  }
  report_.reached = true;
  report_.latencies.add(latency);
  ++report_.statuses[reply->status];
  if (reply->ok()) {
    const std::string_view count = reply->header("Spillway-Event-Count");
    std::uint64_t events = 0;
    std::from_chars(count.data(), count.data() + count.size(), events);
    report_.events += events;
    report_.duplicates += reply->body.contains(R"("status":"duplicate")") ? 1 : 0;
  }
  report_.last = std::move(*reply);
}

}  // namespace spillway::app
