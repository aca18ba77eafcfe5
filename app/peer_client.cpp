#include "app/peer_client.hpp"

#include <exception>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>

namespace spillway::app {
namespace {

// Nodes come and go; whoever writes the control topic may name any number.
constexpr std::size_t kOriginsMax = 64;

}  // namespace

void PeerClient::ask(const std::string& url, const admin::PeerQuestion& question,
                     core::Duration limit, Done done) {
  boost::asio::co_spawn(executor_, exchange(url, question, http::deadline_in(limit)),
                        [done = std::move(done)](const std::exception_ptr& error,
                                                 core::Result<http::Response> answer) mutable {
                          if (error) {
                            std::rethrow_exception(error);
                          }
                          done(std::move(answer));
                        });
}

core::Result<PeerClient::OriginPtr> PeerClient::origin(const std::string& url) {
  if (const auto known = origins_.find(url); known != origins_.end()) {
    return known->second;
  }
  auto opened = Origin::open(executor_, url, ca_file_);
  if (!opened) {
    return std::unexpected(std::move(opened).error());
  }
  if (origins_.size() >= kOriginsMax) {
    origins_.clear();
  }
  return origins_.emplace(url, *std::move(opened)).first->second;
}

http::Awaitable<core::Result<http::Response>> PeerClient::exchange(std::string url,
                                                                   admin::PeerQuestion question,
                                                                   http::Deadline deadline) {
  if (under_way_ >= kQuestionsMax) {
    co_return core::fail(core::ErrorCode::unavailable, "too many questions to other nodes at once");
  }
  auto where = origin(url);
  if (!where) {
    co_return std::unexpected(where.error());
  }
  const std::string digest = admin::content_digest(question.body);
  const std::string pass = pass_.sign({.method = question.method,
                                       .target = question.target,
                                       .content_digest = digest,
                                       .to = question.to},
                                      question.passed, clock_->now());
  std::vector<core::Header> headers{{std::string(admin::kNodePassHeader), pass},
                                    {std::string(admin::kDigestHeader), digest}};
  if (!question.body.empty()) {
    headers.push_back({"Content-Type", "application/json"});
  }
  const OriginPtr held = *std::move(where);  // through the exchange, whatever becomes of the map
  HttpLink link(*held);
  ++under_way_;
  auto reply =
      co_await link.exchange(question.method, question.target, &headers, &question.body, deadline);
  --under_way_;
  if (!reply) {
    co_return std::unexpected(std::move(reply).error());
  }
  http::Response response{.status = reply->status,
                          .content_type = std::string(reply->header("Content-Type")),
                          .body = std::move(reply->body),
                          .headers = std::move(reply->headers)};
  co_return response;
}

}  // namespace spillway::app
