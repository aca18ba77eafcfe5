// A node as the admin API sees it, without sockets: the real journal over the store in memory on
// virtual time, a delivery engine that only notes what it is told, and a client that asks as the
// server session would.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "admin/api.hpp"
#include "admin/context.hpp"
#include "core/byte_budget.hpp"
#include "core/metrics.hpp"
#include "http/body_stream.hpp"
#include "journal/accept.hpp"
#include "journal/settle.hpp"
#include "retry/job_probe.hpp"
#include "retry/job_runner.hpp"
#include "routing/json_document.hpp"
#include "tests/support/memory_journal.hpp"
#include "tests/support/virtual_time.hpp"

namespace spillway::admin::testing_support {

// An answer with its JSON, if it is that.
class Reply {
 public:
  explicit Reply(http::Response response)
      : response_(std::move(response)), json_(routing::JsonDocument::parse(response_.body)) {}
  Reply(const Reply&) = delete;
  Reply& operator=(const Reply&) = delete;

  [[nodiscard]] int status() const { return response_.status; }
  [[nodiscard]] const std::string& body() const { return response_.body; }
  [[nodiscard]] const std::string& content_type() const { return response_.content_type; }
  [[nodiscard]] std::string header(std::string_view name) const;

  // The value at a JSON pointer as text, or its bytes; "(none)" when there is none.
  [[nodiscard]] std::string at(std::string_view pointer) const;
  // How many elements the array has.
  [[nodiscard]] std::size_t size(std::string_view pointer) const;

 private:
  [[nodiscard]] std::optional<routing::JsonValue> find(std::string_view pointer) const;

  http::Response response_;
  std::optional<routing::JsonDocument> json_;
};

using Headers = std::vector<core::Header>;

class Node : public DeliveryControl,
             private journal::CommandQueue,
             private Exposition,
             private Checkpoints {
  boost::asio::io_context io_;  // outlives what waits in `time` for its turn on it

 public:
  // Destinations "acme" and "backup" are known to the journal and configured.
  explicit Node(AccessOptions access = {.address = "127.0.0.1", .tokens = {}});

  [[nodiscard]] Reply ask(std::string method, std::string_view target, std::string body = "",
                          Headers headers = {});
  [[nodiscard]] Reply get(std::string_view target) { return ask("GET", target); }
  [[nodiscard]] Reply post(std::string_view target, std::string body = "") {
    return ask("POST", target, std::move(body));
  }

  struct Accepted {
    std::string id;
    core::EventId event_id;
    std::vector<journal::OpenDelivery> opened;
  };
  // An event to these destinations; to none: dead, without a route.
  Accepted accept(const std::vector<std::string>& destinations, std::string key = "");
  // To one destination with order per_key; the key is hashed.
  Accepted accept_in_order(const std::string& destination, std::string ordering_key);
  void settle(const journal::OpenDelivery& delivery, core::DeliveryState state,
              core::Reason reason = core::Reason::none, std::uint32_t attempts = 1);
  // It died of that reason in that generation before it was attempted.
  void end_without_attempt(journal::DeliveryRef ref, std::uint32_t generation, core::Reason reason);
  // An attempt failed; the next one is due after the wait.
  void defer(const journal::OpenDelivery& delivery, core::Duration wait);
  // Lets retention take what it may, until nothing is left to do.
  void retire();
  // An event whose delivery to the destination is dead.
  Accepted dead(const std::string& destination, core::Reason reason = core::Reason::exhausted);

  [[nodiscard]] journal::DestinationNumber number(const std::string& name) const {
    return names_.destinations.at(name).number;
  }
  [[nodiscard]] journal::Counts counts(const std::string& name);

  // Commands are taken but not committed, as by a journal whose disk hangs.
  void hold_commands() { holding_ = true; }
  void release_commands();
  void release_commands_once();  // those that come next are held again
  [[nodiscard]] std::size_t commands_held() const { return held_.size(); }

  // Starts a request without waiting for its answer.
  void start(std::string method, std::string_view target, Headers headers = {});
  [[nodiscard]] const std::optional<http::Response>& started_answer() const { return answer_; }
  void run();
  // The next part of a started answer's stream: empty until there is one.
  std::shared_ptr<const std::string> read(const std::shared_ptr<http::BodyStream>& stream);

  support::VirtualTime time;
  support::MemoryJournal journal{time};
  std::uint16_t event_tag = journal.writer().node_tag();  // of events that are accepted
  core::Registry registry;
  delivery::AttemptMemory attempt_memory;
  core::ByteBudget memory{1024 * 1024};
  retry::JobProbe job_probe{registry};
  retry::JobRunner jobs;
  AdminContext context;

  // What the delivery engine and the routes are, and what the engine was told.
  std::vector<DestinationStatus> configured;
  std::vector<journal::Target> routes_today;
  core::Result<void> ready;
  std::vector<NodeStatus> nodes;
  ConfigView config;
  core::Result<Reloaded> reloaded;
  std::vector<journal::DeliveryRef> told_opened;
  std::vector<std::string> told;
  // How a test event ends; nothing: it hangs.
  std::optional<delivery::Trial> trial = delivery::Trial{.status = 200};
  std::vector<core::EventPtr> tested;
  // The checkpoint that stands, and what making the next one comes to.
  std::optional<Checkpoint> checkpoint;
  core::Result<Checkpoint> checkpoint_made =
      Checkpoint{.name = "7", .directory = "/data/checkpoint/7", .files = 3, .bytes = 4096};

 private:
  Accepted accept_to(std::vector<journal::Target> targets, std::string key);
  void settle(journal::Settlement settlement);

  [[nodiscard]] std::vector<DestinationStatus> destinations() const override { return configured; }
  void opened(std::vector<journal::OpenDelivery> deliveries) override;
  [[nodiscard]] core::Executor& executor_of(journal::DestinationNumber) override {
    return executor_;
  }
  void paused(journal::DestinationNumber destination) override;
  void resumed(journal::DestinationNumber destination) override;
  void try_out(std::string_view destination, core::EventPtr event, core::Duration limit,
               TrialDone done) override;
  void submit(std::unique_ptr<journal::Command> command) override;
  core::Result<Checkpoint> make(bool replace) override;
  core::Result<bool> remove(const std::string& name) override;
  [[nodiscard]] std::string text() const override { return "metrics\n"; }
  [[nodiscard]] std::string_view content_type() const override { return "text/plain"; }

  [[nodiscard]] std::optional<http::Response> begin(std::string method, std::string_view target,
                                                    std::string body, Headers headers);

  support::VirtualExecutor executor_{time};
  std::atomic<bool> stopping_{false};
  core::SeededRandom random_{7};
  journal::Names names_;
  Api api_;
  bool holding_ = false;
  std::vector<std::unique_ptr<journal::Command>> held_;
  std::vector<TrialDone> hanging_;
  std::optional<http::Response> answer_;
};

}  // namespace spillway::admin::testing_support
