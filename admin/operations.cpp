#include "admin/operations.hpp"

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>

#include "admin/awaiting.hpp"
#include "core/log.hpp"
#include "journal/operate.hpp"

namespace spillway::admin {

using journal::OpenDelivery;

namespace {

using Opened = std::vector<OpenDelivery>;

// Collects the answers of several commands, all given on the admin thread.
struct Gathering {
  AdminContext* context;
  Done<Opened> done;
  std::size_t outstanding;
  Opened opened{};
  Opened news{};
  std::optional<core::Error> error{};

  void take(core::Result<journal::Opening> answer) {
    if (answer) {
      std::ranges::copy(answer->opened, std::back_inserter(opened));
      std::ranges::move(journal::news_for_delivery(*std::move(answer)), std::back_inserter(news));
    } else {
      error = std::move(answer).error();
    }
    if (--outstanding == 0) {
      finish();
    }
  }

 private:
  void finish() {
    if (!opened.empty()) {
      core::log(core::LogLevel::info, "deliveries.replayed", {{"count", opened.size()}});
      context->delivery.opened(news);
    }
    done(error ? core::Result<Opened>(std::unexpected(*std::move(error))) : std::move(opened));
  }
};

void tell_changed(AdminContext* context, const NamedNumber& destination,
                  const std::optional<std::string>& pause_reason) {
  if (pause_reason) {
    core::log(core::LogLevel::info, "destination.paused",
              {{"destination", destination.name}, {"reason", *pause_reason}});
    context->delivery.paused(destination.number);
  } else {
    core::log(core::LogLevel::info, "destination.resumed", {{"destination", destination.name}});
    context->delivery.resumed(destination.number);
  }
}

}  // namespace

http::Awaitable<core::Result<Opened>> replay(AdminContext* context,
                                             std::vector<ReplayOrder> orders) {
  if (orders.empty()) {
    co_return Opened{};
  }
  auto opened = co_await await_result<Opened>(
      context, kAnswerLimit, [context, orders = std::move(orders)](Done<Opened> done) {
        const auto gathering = std::make_shared<Gathering>(context, std::move(done), orders.size());
        for (const ReplayOrder& order : orders) {
          context->commands.submit(std::make_unique<journal::Replay>(
              context->executor, order.sequence, order.only, order.targets, order.rejoin,
              [gathering](core::Result<journal::Opening> answer) {
                gathering->take(std::move(answer));
              }));
        }
      });
  co_return opened;
}

http::Awaitable<core::Result<std::size_t>> drop(AdminContext* context,
                                                std::vector<journal::DeliveryRef> refs) {
  auto dropped = co_await await_result<std::size_t>(
      context, kAnswerLimit, [context, refs = std::move(refs)](Done<std::size_t> done) {
        context->commands.submit(std::make_unique<journal::Drop>(
            context->executor, refs,
            [done = std::move(done)](core::Result<std::size_t> answer) mutable {
              if (answer) {
                core::log(core::LogLevel::info, "deliveries.dropped", {{"count", *answer}});
              }
              done(std::move(answer));
            }));
      });
  co_return dropped;
}

http::Awaitable<core::Result<bool>> set_paused(AdminContext* context, NamedNumber destination,
                                               std::optional<std::string> reason) {
  auto changed = co_await await_result<bool>(
      context, kAnswerLimit, [context, destination, reason](Done<bool> done) {
        // The engine is told where it runs, so two orders reach it as the journal has them.
        core::Executor& engine = context->delivery.executor_of(destination.number);
        auto answered = [context, destination, reason,
                         done = std::move(done)](core::Result<bool> answer) mutable {
          if (answer && *answer) {
            tell_changed(context, destination, reason);
          }
          done(std::move(answer));
        };
        context->commands.submit(std::make_unique<journal::SetPaused>(engine, destination.number,
                                                                      reason, std::move(answered)));
      });
  co_return changed;
}

}  // namespace spillway::admin
