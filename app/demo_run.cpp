#include "app/demo_run.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <utility>

#include <boost/asio/co_spawn.hpp>

#include "app/admin_client.hpp"

namespace spillway::app {
namespace {

constexpr std::chrono::seconds kAnswerLimit{15};
constexpr std::chrono::seconds kDrainLimit{30};
// The flaky destination is down for 20 s of every minute, for the first time after 8 s.
constexpr std::chrono::seconds kOutagePeriod{60};
constexpr std::chrono::seconds kOutageBegin{8};
constexpr std::chrono::seconds kOutageEnd{28};

// Redraws one line on a terminal, else prints line after line.
void show_line(std::string_view line) {
  if (isatty(STDOUT_FILENO) != 0) {
    fmt::print("\r\x1b[K{}", line);
  } else {
    fmt::print("{}\n", line);
  }
  std::fflush(stdout);
}

std::string_view to_string(DemoSinks::Flaky state) {
  switch (state) {
    case DemoSinks::Flaky::failing:
      return "failing 30 %";
    case DemoSinks::Flaky::down:
      return "DOWN";
    case DemoSinks::Flaky::well:
      return "well again";
  }
  return "";
}

}  // namespace

DemoBooks DemoBooks::read(const AnswerValue& deliveries) {
  return {.accepted = deliveries["accepted"].count(),
          .delivered = deliveries["delivered"].count(),
          .pending = deliveries["pending"].count(),
          .dead = deliveries["dead"].count()};
}

std::uint64_t sum_of_samples(std::string_view exposition, std::string_view name,
                             std::string_view except) {
  std::uint64_t sum = 0;
  while (!exposition.empty()) {
    const std::size_t end = std::min(exposition.find('\n'), exposition.size());
    const std::string_view line = exposition.substr(0, end);
    exposition.remove_prefix(std::min(end + 1, exposition.size()));
    const std::size_t space = line.rfind(' ');
    if (line.starts_with(name) && line.substr(name.size()).starts_with('{') &&
        space != std::string_view::npos && !line.contains(except)) {
      double value = 0;
      std::from_chars(line.data() + space + 1, line.data() + line.size(), value);
      sum += static_cast<std::uint64_t>(value);
    }
  }
  return sum;
}

DemoRun::DemoRun(Load& load, Origin& admin, DemoSinks& sinks, std::optional<core::Duration> lasting)
    : load_(&load),
      admin_(admin),
      sinks_(&sinks),
      lasting_(lasting),
      second_(admin.executor(), http::Deadline::max()) {}

http::Awaitable<core::Result<DemoRun::Books>> DemoRun::run() {
  started_ = http::now_monotonic();
  const core::Result<Answer> summary = co_await ask("/v1/summary");
  if (!summary) {
    co_return std::unexpected(summary.error());
  }
  Books books{.before = DemoBooks::read((*summary)["deliveries"]), .after = {}};
  boost::asio::co_spawn(second_.get_executor(), load_->run(),
                        [this](const std::exception_ptr&) { load_ended_ = true; });
  core::Result<void> shown = co_await watch();
  load_->stop();
  if (shown) {
    shown = co_await drain();
  }
  if (!shown) {
    co_return std::unexpected(shown.error());
  }
  const core::Result<Answer> audit = co_await ask("/v1/audit?scan=true");
  if (!audit) {
    co_return std::unexpected(audit.error());
  }
  for (const auto& [name, counts] : (*audit)["destinations"].members()) {
    const DemoBooks account = DemoBooks::read(counts);
    books.after.accepted += account.accepted;
    books.after.delivered += account.delivered;
    books.after.pending += account.pending;
    books.after.dead += account.dead;
  }
  books.after.balanced = (*audit)["balanced"].is_true();
  co_return books;
}

void DemoRun::stop() {
  stopping_ = true;
  second_.cancel();
}

http::Awaitable<core::Result<void>> DemoRun::watch() {
  while (!stopping_ && (!lasting_ || http::now_monotonic() - started_ < *lasting_)) {
    co_await pass_second();
    follow_flaky();
    const core::Result<DemoBooks> books = co_await show();
    if (!books) {
      co_return std::unexpected(books.error());
    }
  }
  co_return core::Result<void>{};
}

// What is still waiting is let through: the flaky destination gets well, and its backlog drains.
http::Awaitable<core::Result<void>> DemoRun::drain() {
  flaky_ = DemoSinks::Flaky::well;
  sinks_->set_flaky(flaky_);
  const http::Deadline give_up = http::deadline_in(kDrainLimit);
  stopping_ = false;  // from here on stop() means: do not wait for the rest
  while (!stopping_ && http::now_monotonic() < give_up) {
    co_await pass_second();
    const core::Result<DemoBooks> books = co_await show();
    if (!books) {
      co_return std::unexpected(books.error());
    }
    if (load_ended_ && books->pending == 0) {
      break;
    }
  }
  fmt::print("\n");
  co_return core::Result<void>{};
}

void DemoRun::follow_flaky() {
  const auto in_period = (http::now_monotonic() - started_) % kOutagePeriod;
  const DemoSinks::Flaky state = in_period >= kOutageBegin && in_period < kOutageEnd
                                     ? DemoSinks::Flaky::down
                                     : DemoSinks::Flaky::failing;
  if (std::exchange(flaky_, state) != state) {
    sinks_->set_flaky(state);
  }
}

http::Awaitable<> DemoRun::pass_second() {
  second_.expires_after(std::chrono::seconds(1));
  [[maybe_unused]] const auto woken = co_await second_.async_wait(http::kAwait);
}

http::Awaitable<core::Result<DemoBooks>> DemoRun::show() {
  const core::Result<Answer> answer = co_await ask("/v1/summary");
  if (!answer) {
    co_return std::unexpected(answer.error());
  }
  const std::uint64_t failed = co_await failed_attempts();
  const Answer& summary = *answer;
  const DemoBooks books = DemoBooks::read(summary["deliveries"]);
  const auto seconds =
      std::chrono::duration_cast<std::chrono::seconds>(http::now_monotonic() - started_);
  show_line(fmt::format(
      "{:>4} s  accepted {:>5}  delivered {:>5}  pending {:>4}  failed attempts {:>4}  dead {}  "
      "lag p50 {} p99 {}  flaky: {}",
      seconds.count(), books.accepted, books.delivered, books.pending, failed, books.dead,
      duration_text(summary["delivery_lag"]["p50_seconds"]),
      duration_text(summary["delivery_lag"]["p99_seconds"]), to_string(flaky_)));
  co_return books;
}

http::Awaitable<core::Result<Answer>> DemoRun::ask(std::string target) {
  const std::vector<core::Header> headers;
  const std::string body;
  core::Result<Reply> reply = co_await admin_.exchange("GET", std::move(target), &headers, &body,
                                                       http::deadline_in(kAnswerLimit));
  if (!reply) {
    co_return std::unexpected(std::move(reply.error()));
  }
  if (!reply->ok()) {
    co_return std::unexpected(admin_error(*reply));
  }
  core::Result<Answer> answer = Answer::parse(std::move(reply->body));
  co_return answer;
}

http::Awaitable<std::uint64_t> DemoRun::failed_attempts() {
  const std::vector<core::Header> headers;
  const std::string body;
  const core::Result<Reply> reply =
      co_await admin_.exchange("GET", "/metrics", &headers, &body, http::deadline_in(kAnswerLimit));
  co_return reply ? sum_of_samples(reply->body, "spillway_attempts_total", R"(outcome="delivered")")
                  : 0;
}

}  // namespace spillway::app
