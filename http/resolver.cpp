#include "http/resolver.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace spillway::http {
namespace {

using core::ErrorCode;
using core::fail;
using core::Fault;
using core::Result;
using core::Retry;

}  // namespace

// One question in flight and those who wait for its answer.
struct Resolver::LookUp {
  std::optional<Answer> answer;
  std::vector<Timer*> waiting;
};

// Enters a timer into a look-up for as long as its coroutine exists.
struct Resolver::Waiter {
  Waiter(std::shared_ptr<LookUp> joined, IoExecutor executor, Deadline deadline)
      : look_up(std::move(joined)), timer(executor, deadline) {
    look_up->waiting.push_back(&timer);
  }
  ~Waiter() { std::erase(look_up->waiting, &timer); }
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;

  std::shared_ptr<LookUp> look_up;
  Timer timer;
};

Result<std::unique_ptr<Resolver>> Resolver::open(IoExecutor executor, ResolverOptions options) {
  auto channel = DnsChannel::open(executor, options.dns);
  if (!channel) {
    return std::unexpected(std::move(channel.error()));
  }
  return std::unique_ptr<Resolver>(new Resolver(executor, std::move(options), std::move(*channel)));
}

Resolver::Resolver(IoExecutor executor, ResolverOptions options,
                   std::shared_ptr<DnsChannel> channel)
    : executor_(executor), options_(std::move(options)), channel_(std::move(channel)) {}

Awaitable<Resolver::Answer> Resolver::resolve(std::string host, Deadline deadline) {
  if (channel_ == nullptr) {
    co_return fail(ErrorCode::cancelled, "the resolver is stopped", Fault::us, Retry::safe);
  }
  if (const Answer* known = cached(host)) {
    co_return *known;
  }
  const auto found = asked_.find(host);
  if (found == asked_.end() && asked_.size() >= options_.asked_max) {
    co_return fail(
        ErrorCode::unavailable,
        fmt::format("{} hosts are being looked up already, more are not asked for", asked_.size()),
        Fault::us, Retry::safe);
  }
  const std::shared_ptr<LookUp> look_up = found != asked_.end() ? found->second : ask(host);
  if (!look_up->answer) {
    Waiter waiter(look_up, executor_, deadline);
    [[maybe_unused]] const auto woken = co_await waiter.timer.async_wait(kAwait);
  }
  if (look_up->answer) {
    co_return *look_up->answer;
  }
  co_return fail(ErrorCode::timeout, "the name servers did not answer in time", Fault::destination,
                 Retry::safe);
}

void Resolver::stop() {
  channel_.reset();
}

const Resolver::Answer* Resolver::cached(const std::string& host) {
  const auto found = cache_.find(host);
  if (found == cache_.end()) {
    return nullptr;
  }
  if (found->second.valid_until <= now_monotonic()) {
    cache_.erase(found);
    return nullptr;
  }
  return &found->second.answer;
}

std::shared_ptr<Resolver::LookUp> Resolver::ask(const std::string& host) {
  auto look_up = std::make_shared<LookUp>();
  asked_.emplace(host, look_up);
  channel_->look_up(host, [this, host, look_up](Result<DnsAnswer> answer) {
    settle(host, *look_up, std::move(answer));
  });
  return look_up;
}

void Resolver::settle(const std::string& host, LookUp& look_up, Result<DnsAnswer> answer) {
  asked_.erase(host);
  core::Duration ttl = options_.negative_ttl;
  if (answer) {
    ttl = std::clamp(answer->ttl, options_.ttl_min, options_.ttl_max);
    look_up.answer = std::make_shared<const Addresses>(std::move(answer->addresses));
  } else {
    look_up.answer = std::unexpected(std::move(answer.error()));
  }
  if (cache_.size() >= options_.cached_max) {
    cache_.erase(cache_.begin());  // any will do: a miss costs one question
  }
  cache_.insert_or_assign(host, Cached{*look_up.answer, deadline_in(ttl)});
  for (Timer* timer : look_up.waiting) {
    timer->cancel();
  }
}

}  // namespace spillway::http
