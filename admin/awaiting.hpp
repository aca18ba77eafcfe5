// Questions that somebody else answers, as awaitables of the admin thread: blocking reads on the
// reader, commands on the committer. Each has a limit, after which the answer is `timeout` and
// whatever comes later is dropped; so nothing handed over may refer to the asking coroutine.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <utility>

#include <boost/asio/async_result.hpp>

#include "admin/context.hpp"
#include "admin/errors.hpp"
#include "admin/journal_view.hpp"
#include "core/error.hpp"
#include "http/async.hpp"

namespace spillway::admin {

template <class T>
using Done = std::move_only_function<void(core::Result<T>)>;

inline constexpr core::Duration kAnswerLimit = std::chrono::seconds(15);

// What takes long on the journal goes one at a time (AdminContext::scanning).
[[nodiscard]] inline std::unexpected<core::Error> scanner_busy() {
  return conflict("an audit or a backup is under way; ask again when it has ended");
}

// One question under way: resumed once, by its answer or by its limit. Admin thread.
template <class T>
class Waiting {
 public:
  Waiting(core::Executor& executor, Done<T> resume)
      : executor_(&executor), resume_(std::move(resume)) {}

  static void limit(const std::shared_ptr<Waiting>& waiting, core::Time until) {
    waiting->timer_ = waiting->executor_->run_at(until, [waiting] {
      waiting->answer(core::fail(core::ErrorCode::timeout,
                                 "the journal did not answer in time; what was asked for may "
                                 "still be done: look before asking again"));
    });
  }
  void answer(core::Result<T> result) {
    if (Done<T> resume = std::exchange(resume_, nullptr)) {
      executor_->cancel(timer_);
      resume(std::move(result));
    }
  }

 private:
  core::Executor* executor_;
  Done<T> resume_;
  core::TimerId timer_ = 0;
};

// Runs `start` with a callback, which may be called on any thread, and waits for its call.
template <class T, class Start>
http::Awaitable<core::Result<T>> await_result(const AdminContext* context, core::Duration limit,
                                              Start start) {
  using Token = boost::asio::use_awaitable_t<http::IoExecutor>;
  return boost::asio::async_initiate<const Token, void(core::Result<T>)>(
      [context, until = context->clock.now() + limit](auto&& handler, auto&& begin) {
        core::Executor* executor = &context->executor;
        const auto waiting = std::make_shared<Waiting<T>>(
            *executor, Done<T>(std::forward<decltype(handler)>(handler)));
        Waiting<T>::limit(waiting, until);
        begin(Done<T>([waiting, executor](core::Result<T> result) {
          executor->post([waiting, result = std::move(result)]() mutable {
            waiting->answer(std::move(result));
          });
        }));
      },
      Token{}, std::move(start));
}

// Runs `read(const JournalView&)`, which returns a Result, on an executor that may block.
template <class Read>
auto read_journal_on(core::Executor* executor, const AdminContext* context, core::Duration limit,
                     Read read)
    -> http::Awaitable<std::invoke_result_t<Read&, const JournalView&>> {
  using T = typename std::invoke_result_t<Read&, const JournalView&>::value_type;
  return await_result<T>(
      context, limit, [executor, context, read = std::move(read)](Done<T> done) mutable {
        executor->post([context, read = std::move(read), done = std::move(done)]() mutable {
          const core::Result<JournalView> view = JournalView::open(context->store);
          done(view ? read(*view) : core::Result<T>(std::unexpected(view.error())));
        });
      });
}

// The same on the reader, for what is answered soon.
template <class Read>
auto read_journal(const AdminContext* context, Read read) {
  return read_journal_on(&context->reader, context, kAnswerLimit, std::move(read));
}

}  // namespace spillway::admin
