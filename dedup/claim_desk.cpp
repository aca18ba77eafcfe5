#include "dedup/claim_desk.hpp"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "core/encoding.hpp"
#include "core/log.hpp"

namespace spillway::dedup {

using delivery::Claim;

namespace {

// Redis tells keys of other programs apart by it.
constexpr std::string_view kKeyPrefix = "spillway:claim:";

std::string key_of(const core::ClaimKey& claim) {
  const std::string_view hash(reinterpret_cast<const char*>(claim.hash.data()), claim.hash.size());
  return std::string(kKeyPrefix) + core::to_hex(hash);
}

}  // namespace

// A claim that was asked for; it is answered by whichever comes first, the store or the deadline.
struct ClaimDesk::Question {
  std::string key;
  std::string holder;
  core::Duration window{};
  std::optional<Callback> callback;
  core::TimerId timer = 0;

  void answer(Claim claim) { (*std::exchange(callback, std::nullopt))(claim); }
};

ClaimDesk::ClaimDesk(core::Executor& executor, const core::Clock& clock, ClaimStore& store,
                     ClaimProbe& probe, ClaimDeskOptions options)
    : executor_(&executor),
      clock_(&clock),
      store_(&store),
      probe_(&probe),
      options_(std::move(options)) {}

void ClaimDesk::start() {
  probe_->desk_started();
  ping();
}

void ClaimDesk::stop() {
  stopped_ = true;
  executor_->cancel(std::exchange(timer_, 0));
  for (const auto& question : std::exchange(early_, {})) {
    ask(question);
  }
}

void ClaimDesk::claim(const core::Event& event, Callback callback) {
  const auto question = std::make_shared<Question>();
  question->key = key_of(*event.claim);
  question->holder = fmt::format("{}:{}", options_.node, event.id.to_string());
  question->window = event.claim->window;
  question->callback = std::move(callback);
  if (knows_ || stopped_) {
    ask(question);
  } else {
    early_.push_back(question);
  }
}

void ClaimDesk::ask(const std::shared_ptr<Question>& question) {
  if (!health_.up() || stopped_) {
    probe_->unavailable.add();
    executor_->post([question] { question->answer(Claim::unavailable); });
    return;
  }
  question->timer = executor_->run_at(clock_->now() + options_.timeout,
                                      [this, question] { timed_out(*question); });
  store_->claim(question->key, question->holder, question->window,
                [this, question](core::Result<std::string> holder) {
                  answered(*question, std::move(holder));
                });
}

void ClaimDesk::answered(Question& question, core::Result<std::string> holder) {
  if (!question.callback) {
    return;  // too late
  }
  executor_->cancel(question.timer);
  if (!holder) {
    probe_->unavailable.add();
    if (health_.failed()) {
      tell_change(holder.error().message);
    }
    question.answer(Claim::unavailable);
    return;
  }
  health_.answered();
  const bool ours = *holder == question.holder;
  (ours ? probe_->won : probe_->lost).add();
  question.answer(ours ? Claim::won : Claim::lost);
}

void ClaimDesk::timed_out(Question& question) {
  probe_->unavailable.add();
  if (health_.failed()) {
    tell_change("it does not answer in time");
  }
  question.answer(Claim::unavailable);
}

void ClaimDesk::ping() {
  const std::uint64_t number = ++pings_;
  timer_ = executor_->run_at(clock_->now() + kPingTimeout, [this] {
    pinged(core::fail(core::ErrorCode::timeout, "it does not answer in time"));
  });
  store_->ping([this, number](core::Result<void> outcome) {
    if (number == pings_ && !stopped_) {
      executor_->cancel(timer_);
      pinged(std::move(outcome));
    }
  });
}

void ClaimDesk::pinged(core::Result<void> outcome) {
  ++pings_;
  const bool first = !std::exchange(knows_, true);
  if (health_.pinged(outcome.has_value()) || (first && !outcome)) {
    tell_change(outcome ? "" : outcome.error().message);
  }
  for (const auto& question : std::exchange(early_, {})) {
    ask(question);
  }
  timer_ = executor_->run_at(clock_->now() + StoreHealth::kPingPause, [this] { ping(); });
}

void ClaimDesk::tell_change(const std::string& why) {
  const bool was_up = std::exchange(told_up_, health_.up());
  if (health_.up()) {
    probe_->desk_up();
    core::log(core::LogLevel::info, "redis.up", {});
  } else {
    if (was_up) {
      probe_->desk_down();
    }
    core::log(core::LogLevel::error, "redis.down",
              {{"error", why},
               {"effect", "events that other nodes accepted too may be delivered twice"}});
  }
}

}  // namespace spillway::dedup
