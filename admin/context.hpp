// What the admin API needs of the rest of the node, as app wires it: the journal to ask and to
// command, the delivery engine as a port, and two places to run. Everything referred to outlives
// the API and every question under way; the reader is joined before the io_context of `executor`
// goes, since a read under way holds the coroutine that asked. Belongs to the thread of `executor`.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "admin/access.hpp"
#include "admin/checkpoints.hpp"
#include "admin/config_view.hpp"
#include "admin/dashboard.hpp"
#include "admin/exposition.hpp"
#include "admin/guess_gate.hpp"
#include "admin/history.hpp"
#include "admin/live.hpp"
#include "admin/node_pass.hpp"
#include "admin/refusals.hpp"
#include "admin/sessions.hpp"
#include "admin/trail.hpp"
#include "admin/trial_gate.hpp"
#include "core/byte_budget.hpp"
#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/event.hpp"
#include "core/executor.hpp"
#include "core/metrics.hpp"
#include "core/random.hpp"
#include "delivery/attempt_memory.hpp"
#include "delivery/trial.hpp"
#include "http/message.hpp"
#include "journal/command.hpp"
#include "journal/records.hpp"
#include "journal/reopen.hpp"
#include "journal/store.hpp"
#include "journal/writer.hpp"

namespace spillway::retry {
class JobRunner;
}

namespace spillway::admin {

// A configured destination as the delivery engine sees it now.
struct DestinationStatus {
  journal::DestinationNumber number = journal::kNoDestination;
  std::string name;
  std::string url;  // http::Url::printable(): a query may hold secrets
  std::size_t in_flight = 0;
  std::size_t max_in_flight = 0;  // as configured, like what follows
  double lag_objective = 0;
  core::Duration lag_within{};
};

// The delivery engine, as far as operators reach into it.
class DeliveryControl {
 public:
  virtual ~DeliveryControl() = default;

  // The configured destinations. Admin thread.
  [[nodiscard]] virtual std::vector<DestinationStatus> destinations() const = 0;

  // These deliveries wait again; that is durable. Any thread.
  virtual void opened(std::vector<journal::OpenDelivery> deliveries) = 0;

  // Where to be told that a destination was paused or resumed, so that it happens in the order in
  // which the journal has it. Any thread.
  [[nodiscard]] virtual core::Executor& executor_of(journal::DestinationNumber destination) = 0;

  // The destination was paused or resumed; that is durable. On executor_of() it.
  virtual void paused(journal::DestinationNumber destination) = 0;
  virtual void resumed(journal::DestinationNumber destination) = 0;

  // Sends the event once, outside the books, paused or not. `done` is called once, on any thread,
  // and is told when no such destination is configured. Any thread.
  using TrialDone = std::move_only_function<void(core::Result<delivery::Trial>)>;
  virtual void try_out(std::string_view destination, core::EventPtr event, core::Duration limit,
                       TrialDone done) = 0;
};

// A node of the cluster, as this one has heard of it.
struct NodeStatus {
  std::uint16_t tag = 0;  // by which the ids of its events end
  std::string name;
  std::optional<core::Duration> heard_ago;  // empty: never, only of it
  bool silent = false;                      // for longer than its lease
  std::string admin;                        // its admin listener's URL; empty: it says none
  std::string adopted_by;                   // the node that took over since; empty: none did
  std::uint64_t accepted = 0;               // deliveries, as it last said
  std::uint64_t pending = 0;
  std::uint64_t dead = 0;
};

// What this node passes on to another one, for whoever asked here.
struct PeerQuestion {
  std::uint16_t to = 0;  // that node's tag
  std::string method;
  std::string target;
  std::string body;
  PassedOn passed;
};

struct AdminContext {
  Access access;  // who may ask
  journal::Store& store;
  const journal::Writer& writer;
  journal::CommandQueue& commands;
  const core::Clock& clock;
  core::Random& random;
  const core::Registry& registry;
  const delivery::AttemptMemory& attempts;
  const Exposition& exposition;
  DeliveryControl& delivery;
  retry::JobRunner& jobs;
  Checkpoints& checkpoints;
  core::Executor& reader;             // where reads of the store may block
  core::Executor& scanner;            // where audits and checkpoints may take minutes
  const std::atomic<bool>& stopping;  // ends an audit under way
  core::Executor& executor;           // over the io_context of the admin listener
  core::ByteBudget& memory;           // for the bodies of requests
  // Where today's routes send an event; nowhere: empty. Any thread.
  std::function<std::vector<journal::Target>(const core::Event& event)> route;
  // What a searched idempotency key may be stored as.
  std::function<std::vector<std::string>(std::string_view text)> idempotency_keys;
  // The nodes that were heard of, by their tags; none where nodes share nothing. Calls back once,
  // on any thread.
  std::function<void(std::move_only_function<void(std::vector<NodeStatus>)>)> nodes;
  // Tells all nodes that the one with that tag is gone for good. Calls back once, on any thread.
  std::function<void(std::uint16_t tag, std::move_only_function<void(core::Result<void>)>)>
      forget_node;
  // Asks the admin listener at that URL, with this node's pass. Calls back once, on the admin
  // thread, not later than after the limit. Empty: `listen.admin.peers` is not configured.
  std::function<void(const std::string& url, const PeerQuestion& question, core::Duration limit,
                     std::move_only_function<void(core::Result<http::Response>)> done)>
      ask_peer;
  std::span<const DashboardFile> dashboard{};  // none in a build without it
  // The configuration in use.
  std::function<ConfigView()> config;
  // Reads the configuration's file again. Calls back once, on any thread, with what is wrong with
  // it, by file, line and key; empty where there is no file.
  std::function<void(std::move_only_function<void(core::Result<Reloaded>)>)> reload;
  std::string node;  // what it is called
  std::string version;
  core::Time started;
  std::function<core::Result<void>()> ready;  // the error tells why not
  std::unique_ptr<Refusals> refusals;
  bool scanning = false;  // an audit or a checkpoint: one at a time
  std::unique_ptr<Sessions> sessions = std::make_unique<Sessions>();
  std::unique_ptr<GuessGate> guesses = std::make_unique<GuessGate>();
  std::unique_ptr<LiveFeed> live = std::make_unique<LiveFeed>();
  std::unique_ptr<History> history = std::make_unique<History>();
  std::unique_ptr<Trail> trail = std::make_unique<Trail>();  // the committer's, once it began
  std::unique_ptr<TrialGate> trials = std::make_unique<TrialGate>();
};

}  // namespace spillway::admin
