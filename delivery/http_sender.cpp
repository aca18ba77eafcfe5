#include "delivery/http_sender.hpp"

#include "core/check.hpp"
#include "core/system_clock.hpp"
#include "delivery/http_target.hpp"
#include "delivery/request_headers.hpp"
#include "http/client_response.hpp"
#include "http/deadline.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

namespace spillway::delivery {

namespace {

SendResult translate(http::SendResult result, core::Duration took) {
  SendResult told;
  if (result) {
    told.status = result->status;
    told.retry_after = std::move(result->retry_after);
    told.excerpt = std::move(result->excerpt);
    told.took = result->took;
    return told;
  }
  told.took = took;
  http::SendFailure& failure = result.error();
  told.failure = SendFailure{failure.nothing_sent, std::move(failure.error.message),
                             failure.stage == http::SendStage::limit};
  return told;
}

}  // namespace

std::shared_ptr<http::Endpoint> HttpSender::endpoint_of(const DestinationPtr& destination) {
  const auto known = routes_.find(destination.get());
  if (known != routes_.end() && known->second.destination.lock() == destination) {
    return known->second.endpoint;
  }
  // Reloads leave routes behind that nobody uses any more.
  if (routes_.size() >= sweep_at_) {
    std::erase_if(routes_, [](const auto& route) { return route.second.destination.expired(); });
    sweep_at_ = 2 * routes_.size() + kRoutesMin;
  }
  CHECK(destination->http != nullptr);
  auto endpoint = std::make_shared<http::Endpoint>(destination->http->endpoint);
  routes_.insert_or_assign(destination.get(), Route{destination, endpoint});
  return endpoint;
}

void HttpSender::send(SendRequest request, Callback callback) {
  boost::asio::co_spawn(executor_, attempt(std::move(request), std::move(callback)),
                        boost::asio::detached);
}

http::Awaitable<> HttpSender::attempt(SendRequest request, Callback callback) {
  const std::shared_ptr<http::Endpoint> endpoint = endpoint_of(request.destination);
  const core::Duration started = core::monotonic_now();
  const auto deadline = http::deadline_in(request.destination->options.total_timeout);
  http::SendResult result =
      co_await client_->send(endpoint, outbound(request, *endpoint), deadline);
  SendResult told = translate(std::move(result), core::monotonic_now() - started);
  // The client may have refused without waiting: never call back from within send().
  boost::asio::post(executor_, [tell = std::move(callback), what = std::move(told)]() mutable {
    tell(std::move(what));
  });
}

void HttpSender::try_out(SendRequest request, core::Duration limit, TrialCallback callback) {
  boost::asio::co_spawn(executor_, make_trial(std::move(request), limit, std::move(callback)),
                        boost::asio::detached);
}

http::Awaitable<> HttpSender::make_trial(SendRequest request, core::Duration limit,
                                         TrialCallback callback) {
  CHECK(request.destination->http != nullptr);
  const auto endpoint = std::make_shared<http::Endpoint>(request.destination->http->endpoint);
  const core::Duration started = core::monotonic_now();
  const auto deadline =
      http::deadline_in(std::min(limit, request.destination->options.total_timeout));
  http::SendResult result =
      co_await client_->send(endpoint, outbound(request, *endpoint), deadline);
  Trial trial =
      trial_of(std::move(result), core::monotonic_now() - started, endpoint->connected_to());
  boost::asio::post(executor_, [tell = std::move(callback), what = std::move(trial)]() mutable {
    tell(std::move(what));
  });
}

http::ClientRequest HttpSender::outbound(const SendRequest& request,
                                         const http::Endpoint& endpoint) {
  http::ClientRequest made("POST", endpoint, request.event, request.event->body);
  for (const core::Header& header : request_headers(request, clock_->now(), *random_)) {
    // Kept and configured headers were checked before. One that is not a header goes nowhere.
    (void)made.add_header(header.name, header.value);
  }
  return made;
}

void HttpSender::cancel_all() {
  boost::asio::co_spawn(executor_, client_->stop(), boost::asio::detached);
}

}  // namespace spillway::delivery
