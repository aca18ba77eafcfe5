// Asks the admin listeners of other nodes, with this node's pass (admin/node_pass.hpp). Made by
// Node where `listen.admin.peers` is configured; on the admin thread.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "admin/context.hpp"
#include "admin/node_pass.hpp"
#include "app/http_link.hpp"
#include "config/config.hpp"
#include "core/clock.hpp"
#include "core/error.hpp"
#include "http/async.hpp"
#include "http/message.hpp"

namespace spillway::app {

class PeerClient {
 public:
  // What is under way at once, over all nodes.
  static constexpr std::size_t kQuestionsMax = 32;

  using Done = std::move_only_function<void(core::Result<http::Response>)>;

  // The clock outlives the client, the client all questions under way.
  PeerClient(http::IoExecutor executor, const core::Clock& clock, const config::PeersConfig& config)
      : executor_(executor), clock_(&clock), pass_(config.secret), ca_file_(config.ca_file) {}

  // Calls back once, never from within the call, not later than after the limit.
  void ask(const std::string& url, const admin::PeerQuestion& question, core::Duration limit,
           Done done);

  [[nodiscard]] decltype(admin::AdminContext::ask_peer) asker() {
    return [this](const std::string& url, const admin::PeerQuestion& question, core::Duration limit,
                  Done done) { ask(url, question, limit, std::move(done)); };
  }

 private:
  using OriginPtr = std::shared_ptr<Origin>;

  [[nodiscard]] core::Result<OriginPtr> origin(const std::string& url);
  [[nodiscard]] http::Awaitable<core::Result<http::Response>> exchange(std::string url,
                                                                       admin::PeerQuestion question,
                                                                       http::Deadline deadline);

  http::IoExecutor executor_;
  const core::Clock* clock_;
  const admin::NodePass pass_;
  const std::string ca_file_;
  std::map<std::string, OriginPtr> origins_;  // by URL
  std::size_t under_way_ = 0;
};

}  // namespace spillway::app
