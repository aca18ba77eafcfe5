#include "admin/live.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>
#include <string>
#include <utility>

#include "admin/awaiting.hpp"
#include "admin/endpoints.hpp"
#include "http/problem.hpp"
#include "retry/job_record.hpp"

namespace spillway::admin {

using http::BodyStream;

namespace {

constexpr core::Duration kKeepAlive = std::chrono::seconds(15);

std::string_view to_string(Topic topic) {
  switch (topic) {
    case Topic::summary:
      return "summary";
    case Topic::destinations:
      return "destinations";
    case Topic::jobs:
      return "jobs";
  }
  return "?";
}

// All jobs as they stand, to see whether anything changed.
core::Result<std::string> fingerprint_of_jobs(const JournalView& view) {
  const auto jobs = retry::read_jobs(view.readable());
  if (!jobs) {
    return std::unexpected(jobs.error());
  }
  std::string all;
  for (const retry::JobRecord& job : *jobs) {
    fmt::format_to(std::back_inserter(all), "{} ", job.number);
    all += job.encode();
  }
  return all;
}

http::Response refuse_stream(LiveFeed::Full full, std::string_view name) {
  constexpr std::chrono::seconds kRetryAfter{30};
  if (full == LiveFeed::Full::of_one) {
    return http::problem_retry_after(
        429,
        fmt::format("\"{}\" has {} streams open, as many as one token may: close one, or ask GET "
                    "/v1/summary now and then",
                    name, LiveFeed::kOfOneMax),
        kRetryAfter);
  }
  return http::problem_retry_after(
      503, fmt::format("{} streams are open, no more are served", LiveFeed::kStreamsMax),
      kRetryAfter);
}

http::Awaitable<> pause(AdminContext* context, core::Duration duration) {
  struct Over {};
  static_cast<void>(co_await await_result<Over>(context, duration, [](Done<Over>) {}));
}

// What cannot be read now may be the next time; meanwhile listeners keep what they have.
http::Awaitable<> publish_while_anybody_listens(AdminContext* context) {
  LiveFeed& feed = *context->live;
  std::string jobs_told;
  while (feed.goes_on(*context->sessions, context->clock.now())) {
    const auto summary = co_await get_summary(context, {});
    if (summary) {
      feed.publish(Topic::summary, summary->body);
    }
    const auto destinations = co_await get_destinations(context, {});
    if (destinations) {
      feed.publish(Topic::destinations, destinations->body);
    }
    const auto jobs_now = co_await read_journal(
        context, [](const JournalView& view) { return fingerprint_of_jobs(view); });
    if (jobs_now && *jobs_now + "." != jobs_told) {
      const auto jobs = co_await get_jobs(context, {});
      if (jobs) {
        feed.publish(Topic::jobs, jobs->body);
        jobs_told = *jobs_now + ".";
      }
    }
    co_await pause(context, LiveFeed::kEvery);
  }
}

}  // namespace

void LiveStream::offer(Topic topic, Part snapshot) {
  pending_[static_cast<std::size_t>(topic)] = std::move(snapshot);
  wake();
}

http::Awaitable<BodyStream::Part> LiveStream::next() {
  static const Part kComment = std::make_shared<const std::string>(": keep-alive\n\n");
  while (!stopped_) {
    if (Part snapshot = take()) {
      co_return snapshot;
    }
    const auto woken = co_await await_result<Woken>(
        context_, kKeepAlive, [this](Done<Woken> done) { wake_ = std::move(done); });
    wake_ = nullptr;
    if (!woken) {
      co_return kComment;
    }
  }
  co_return nullptr;
}

void LiveStream::stop() {
  stopped_ = true;
  wake();
}

BodyStream::Part LiveStream::take() {
  for (Part& pending : pending_) {
    if (pending) {
      return std::exchange(pending, nullptr);
    }
  }
  return nullptr;
}

void LiveStream::wake() {
  if (auto wake = std::exchange(wake_, nullptr)) {
    wake(Woken{});
  }
}

std::expected<std::shared_ptr<LiveStream>, LiveFeed::Full> LiveFeed::join(AdminContext& context,
                                                                          Asker asker) {
  forget_ended();
  // Without tokens there are no names to tell people apart by.
  const auto is_theirs = [&asker](const std::weak_ptr<LiveStream>& listening) {
    const auto stream = listening.lock();
    return stream && stream->asker().name == asker.name;
  };
  if (asker.via != Asker::Via::open &&
      static_cast<std::size_t>(std::ranges::count_if(streams_, is_theirs)) >= kOfOneMax) {
    return std::unexpected(Full::of_one);
  }
  if (streams_.size() >= kStreamsMax) {
    return std::unexpected(Full::of_all);
  }
  auto stream = std::make_shared<LiveStream>(context, std::move(asker));
  for (std::size_t i = 0; i < kTopics; ++i) {
    if (latest_[i]) {
      stream->offer(static_cast<Topic>(i), latest_[i]);
    }
  }
  streams_.push_back(stream);
  return stream;
}

bool LiveFeed::begin_publishing() {
  return !std::exchange(publishing_, true);
}

bool LiveFeed::goes_on(const Sessions& sessions, core::Time now) {
  for (const std::weak_ptr<LiveStream>& listening : streams_) {
    const auto stream = listening.lock();
    if (stream && !stream->asker().session.empty() &&
        !sessions.lasts(stream->asker().session, now)) {
      stream->stop();
    }
  }
  forget_ended();
  if (streams_.empty()) {
    publishing_ = false;
    latest_ = {};
  }
  return publishing_;
}

std::size_t LiveFeed::keep_only(const std::function<bool(const Asker&)>& of_whom) {
  std::size_t ended = 0;
  for (const std::weak_ptr<LiveStream>& listening : streams_) {
    const auto stream = listening.lock();
    if (stream && !stream->stopped() && !of_whom(stream->asker())) {
      stream->stop();
      ++ended;
    }
  }
  return ended;
}

void LiveFeed::publish(Topic topic, std::string_view body) {
  const auto snapshot = std::make_shared<const std::string>(
      fmt::format("event: {}\ndata: {}\n\n", to_string(topic), body));
  latest_[static_cast<std::size_t>(topic)] = snapshot;
  for (const std::weak_ptr<LiveStream>& listening : streams_) {
    if (const auto stream = listening.lock()) {
      stream->offer(topic, snapshot);
    }
  }
}

void LiveFeed::forget_ended() {
  std::erase_if(streams_, [](const std::weak_ptr<LiveStream>& listening) {
    const auto stream = listening.lock();
    return !stream || stream->stopped();
  });
}

Answer get_stream(AdminContext* context, Call call) {
  const std::string name = call.asker.name;
  auto stream = context->live->join(*context, std::move(call.asker));
  if (!stream) {
    co_return refuse_stream(stream.error(), name);
  }
  if (context->live->begin_publishing()) {
    const http::IoExecutor here = co_await boost::asio::this_coro::executor;
    boost::asio::co_spawn(here, publish_while_anybody_listens(context), boost::asio::detached);
  }
  http::Response response{.status = 200, .content_type = "text/event-stream"};
  response.headers.push_back({"X-Accel-Buffering", "no"});  // of proxies that would collect it
  response.stream = *std::move(stream);
  co_return response;
}

}  // namespace spillway::admin
