#include "app/kafka_spool.hpp"

#include <algorithm>
#include <future>
#include <set>
#include <string_view>
#include <utility>

#include "app/await_on.hpp"
#include "core/log.hpp"
#include "core/system_clock.hpp"
#include "journal/operate.hpp"
#include "journal/reader.hpp"
#include "retry/standing_copies.hpp"
#include "retry_kafka/kafka_topics.hpp"

namespace spillway::app {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr core::Duration kTick = milliseconds(200);
constexpr core::Duration kConnectTimeout = seconds(3);
constexpr core::Duration kReconnectPause = seconds(2);
// After Kafka answered, but its topics are not as they must be.
constexpr core::Duration kLookAgain = seconds(60);
// So many notices are looked through for one of a pause.
constexpr std::size_t kUntoldMax = 100'000;
// What a life before left halfway waits so long for the ledger to tell what became of it.
constexpr core::Duration kRecoverWithoutLedger = seconds(30);

}  // namespace

core::Result<void> check_custody(const journal::Store& store) {
  const auto any = journal::Reader(store).hands_over_any();
  if (!any) {
    return std::unexpected(any.error());
  }
  const auto was_there = journal::Reader(store).ledger();
  const core::Result<bool> copied = was_there && *was_there ? retry::has_standing(store) : false;
  if (!was_there || !copied) {
    return std::unexpected(was_there ? copied.error() : was_there.error());
  }
  if (*any || *copied) {
    return core::fail(core::ErrorCode::conflict,
                      "deliveries of this node wait in Kafka, or have copies there, but kafka is "
                      "not configured any more: put it back, and see docs/cluster.md on how to "
                      "leave it");
  }
  return {};
}

// What there is once Kafka was reached.
class KafkaSpool::Link {
 public:
  static core::Result<std::unique_ptr<Link>> make(KafkaSpool& spool,
                                                  const retry::TopicsFound& found) {
    const std::int32_t partition =
        retry::node_partition(spool.parts_.node_tag, found.ledger_partitions);
    auto books = std::make_unique<retry::LedgerBooks>(spool.thread_.executor(), spool.parts_.clock,
                                                      spool.parts_.store, spool.parts_.commands,
                                                      spool.topics_.ledger(), partition);
    const auto offset = books->begin();
    if (!offset) {
      return std::unexpected(offset.error());
    }
    auto ledger = retry::KafkaTopicReader::make(spool.options_, spool.limits_,
                                                {spool.topics_.ledger(), partition}, *offset);
    if (!ledger) {
      return std::unexpected(std::move(ledger).error());
    }
    auto control = retry::KafkaTopicReader::make(spool.options_, spool.limits_,
                                                 {spool.topics_.control(), 0}, 0);
    if (!control) {
      return std::unexpected(std::move(control).error());
    }
    auto log = retry::KafkaRetryLog::make(spool.options_, spool.limits_);
    if (!log) {
      return std::unexpected(std::move(log).error());
    }
    return std::unique_ptr<Link>(new Link(spool, found, std::move(books), *std::move(ledger),
                                          *std::move(control), *std::move(log)));
  }

  void start() {
    control_reader_.start();
    ledger_reader_.start();
    worker_.start();
    keeper_.start();
    adopter_.start();
  }

  void stop(core::Time deadline, core::Task done) {
    control_reader_.stop();
    ledger_reader_.stop();
    keeper_.stop();
    adopter_.stop();
    worker_.stop(deadline, std::move(done));
  }

  // All that others did to what this node handed over is in the books.
  [[nodiscard]] bool books_are_current() const { return ledger_reader_.is_current(); }

 private:
  Link(KafkaSpool& spool, const retry::TopicsFound& found,
       std::unique_ptr<retry::LedgerBooks> books, std::unique_ptr<retry::KafkaTopicReader> ledger,
       std::unique_ptr<retry::KafkaTopicReader> control, std::unique_ptr<retry::KafkaRetryLog> log)
      : books_(std::move(books)),
        ledger_(std::move(ledger)),
        control_(std::move(control)),
        log_(std::move(log)),
        control_reader_(spool.thread_.executor(), spool.parts_.clock, *control_, spool.control_),
        ledger_reader_(spool.thread_.executor(), spool.parts_.clock, *ledger_, spool.retry_probe_,
                       [this](retry::FateRecord fate, std::int64_t offset, core::Task done) {
                         books_->take(std::move(fate), offset, std::move(done));
                       }),
        worker_({.executor = spool.thread_.executor(),
                 .clock = spool.parts_.clock,
                 .log = *log_,
                 .attempts = *spool.attempts_,
                 .control = spool.control_,
                 .probe = spool.retry_probe_,
                 .topics = spool.topics_,
                 .options = {.node = spool.limits_.node,
                             .ledger_partitions = found.ledger_partitions}}),
        accepted_(spool.options_, spool.limits_),
        keeper_({.executor = spool.thread_.executor(),
                 .clock = spool.parts_.clock,
                 .commands = spool.parts_.commands,
                 .writer = *spool.producer_,
                 .log = accepted_,
                 .lease = spool.lease_,
                 .probe = spool.replica_probe_,
                 .topics = spool.topics_,
                 .node = spool.limits_.node,
                 .node_tag = spool.parts_.node_tag,
                 .admin = spool.admin_,
                 .partitions = found.accepted_partitions,
                 .figures =
                     [&spool] {
                       const journal::Counts all = spool.parts_.counts();
                       return retry::NodeFigures{all.accepted, all.in(core::DeliveryState::pending),
                                                 all.in(core::DeliveryState::dead)};
                     },
                 .adopted =
                     [&spool](std::vector<journal::OpenDelivery> adopted, core::Task known) {
                       spool.changed(std::move(adopted));
                       spool.dispatcher_->when_known(spool.thread_.executor(), std::move(known));
                     }}),
        adopting_(spool.options_, spool.limits_),
        adopter_({.executor = spool.thread_.executor(),
                  .clock = spool.parts_.clock,
                  .log = adopting_,
                  .writer = *spool.producer_,
                  .nodes = spool.nodes_,
                  .control = spool.control_,
                  .probe = spool.replica_probe_,
                  .topics = spool.topics_,
                  .node = spool.limits_.node,
                  .partitions = found.accepted_partitions}) {}

  std::unique_ptr<retry::LedgerBooks> books_;
  std::unique_ptr<retry::KafkaTopicReader> ledger_;
  std::unique_ptr<retry::KafkaTopicReader> control_;
  std::unique_ptr<retry::KafkaRetryLog> log_;
  retry::ControlReader control_reader_;
  retry::LedgerReader ledger_reader_;
  retry::RetryWorker worker_;
  retry::KafkaAcceptedLog accepted_;
  retry::LeaseKeeper keeper_;
  retry::KafkaAcceptedLog adopting_;
  retry::Adopter adopter_;
};

KafkaSpool::KafkaSpool(const KafkaSpoolParts& parts, retry::KafkaOptions options,
                       retry::KafkaLimits limits)
    : parts_(parts),
      options_(std::move(options)),
      limits_(std::move(limits)),
      topics_(options_.topic_prefix),
      thread_(parts.clock),
      kafka_probe_(parts.registry),
      hand_over_probe_(parts.registry),
      retry_probe_(parts.registry),
      recovery_(thread_.executor(), parts.clock, parts.store, parts.commands,
                [this](std::vector<journal::OpenDelivery> taken) { changed(std::move(taken)); }),
      lease_(retry::Lease::length_for(limits_.attempt_max), core::boot_now),
      replica_probe_(parts.registry),
      nodes_(parts.node_tag),
      control_([this](const retry::PauseEverywhere& asks) { heard_of_pause(asks); },
               [this](const retry::NodeSign& sign) { nodes_.heard(sign, parts_.clock.now()); },
               [this](std::uint16_t tag) { nodes_.forget(tag); }) {}

core::Result<std::unique_ptr<KafkaSpool>> KafkaSpool::make(const KafkaSpoolParts& parts,
                                                           retry::KafkaOptions options,
                                                           retry::KafkaLimits limits) {
  std::unique_ptr<KafkaSpool> spool(new KafkaSpool(parts, std::move(options), std::move(limits)));
  auto producer = retry::RecordProducer::make(spool->options_, spool->limits_, parts.clock,
                                              spool->kafka_probe_);
  if (!producer) {
    return std::unexpected(std::move(producer).error().in_context("kafka"));
  }
  spool->producer_ = *std::move(producer);
  spool->notices_ = std::make_unique<retry::NoticeSender>(
      retry::NoticeParts{.executor = spool->thread_.executor(),
                         .clock = parts.clock,
                         .store = parts.store,
                         .commands = parts.commands,
                         .writer = *spool->producer_,
                         .topics = spool->topics_,
                         .node = spool->limits_.node,
                         .node_tag = parts.node_tag,
                         .accepted_partitions = spool->accepted_partitions_,
                         .control = &spool->control_});
  spool->replicator_ = std::make_unique<retry::Replicator>(retry::ReplicatorParts{
      .clock = parts.clock,
      .commands = parts.commands,
      .writer = *spool->producer_,
      .lease = spool->lease_,
      .probe = spool->replica_probe_,
      .topics = spool->topics_,
      .node = spool->limits_.node,
      .node_tag = parts.node_tag,
      .partitions = spool->accepted_partitions_,
      .opened = [&owner = *spool](core::Executor& here, std::vector<delivery::Opened> opened) {
        owner.dispatcher_->offer(here, std::move(opened));
      }});
  spool->sweep_ = std::make_unique<retry::ReplicationSweep>(
      spool->thread_.executor(), parts.clock, parts.store, spool->lease_, *spool->replicator_);
  return spool;
}

KafkaSpool::~KafkaSpool() {
  thread_.join();
}

std::unique_ptr<retry::HandOverDesk> KafkaSpool::make_desk(core::Executor& executor) {
  return std::make_unique<retry::HandOverDesk>(
      retry::HandOverParts{.executor = executor,
                           .clock = parts_.clock,
                           .commands = parts_.commands,
                           .writer = *producer_,
                           .probe = hand_over_probe_,
                           .open = open_,
                           .topics = topics_,
                           .node = limits_.node,
                           .taken_back = [this](std::vector<journal::OpenDelivery> taken) {
                             changed(std::move(taken));
                           }});
}

void KafkaSpool::ask_nodes(std::move_only_function<void(Nodes)> done) {
  thread_.executor().post([this, answer = std::move(done)]() mutable { answer(nodes_now()); });
}

void KafkaSpool::forget_node(std::uint16_t tag,
                             std::move_only_function<void(core::Result<void>)> done) {
  thread_.executor().post([this, tag, answer = std::move(done)]() mutable {
    retry::ControlRecord record;
    record.asks = retry::NodeSign{.tag = tag, .node = {}, .adopted_by = {}, .figures = {}};
    record.over = true;
    producer_->write({.topic = topics_.control(), .message = record.encode()}, thread_.executor(),
                     std::move(answer));
  });
}

KafkaSpool::Nodes KafkaSpool::nodes_now() const {
  const core::Time now = parts_.clock.now();
  Nodes nodes;
  for (const auto& [tag, entry] : nodes_.nodes()) {
    const bool ever = entry.heard != core::Time{};
    nodes.push_back({.tag = tag,
                     .name = entry.last.node,
                     .heard_ago = ever ? std::optional(now - entry.heard) : std::nullopt,
                     .silent = entry.is_silent(now),
                     .admin = entry.last.admin,
                     .adopted_by = entry.last.adopted_by,
                     .accepted = entry.last.figures.accepted,
                     .pending = entry.last.figures.pending,
                     .dead = entry.last.figures.dead});
  }
  return nodes;
}

void KafkaSpool::deliver_with(delivery::Dispatcher& dispatcher) {
  dispatcher_ = &dispatcher;
  attempts_ = std::make_unique<retry::LaneAttempts>(dispatcher, thread_.executor());
}

void KafkaSpool::configure(const std::vector<delivery::LaneSetup>& lanes) {
  attempts_->configure(lanes);
  for (const delivery::LaneSetup& lane : lanes) {
    if (2 * lane.destination->options.total_timeout > lease_.length()) {
      core::log(core::LogLevel::warn, "config.needs_restart",
                {{"key", "timeout"}, {"destination", lane.destination->options.name}});
    }
  }
  // Of a destination that is new here a pause was heard before.
  thread_.executor().post([this] {
    if (control_.caught_up()) {
      pause_or_resume(control_.paused());
    }
  });
}

void KafkaSpool::start(std::string admin) {
  admin_ = std::move(admin);
  running_ = true;
  started_ = next_try_ = parts_.clock.now();
  thread_.start();
  thread_.executor().post([this] {
    notices_->start();
    sweep_->start();
    tick();
  });
}

void KafkaSpool::stop(core::Time deadline) {
  if (!running_) {
    return;
  }
  std::promise<void> stopped;
  thread_.executor().post([&] {
    thread_.executor().cancel(std::exchange(timer_, 0));
    running_ = false;
    sweep_->stop();
    if (link_) {
      link_->stop(deadline, [&] { stopped.set_value(); });
    } else {
      stopped.set_value();
    }
  });
  stopped.get_future().get();
}

void KafkaSpool::close(core::Duration limit) {
  const core::Time deadline = parts_.clock.now() + limit;
  // Where Kafka does not listen nobody waits for it.
  (void)await_on(thread_.executor(), parts_.clock, deadline, [this] {
    const auto left = journal::Reader(parts_.store).notices(0, 1);
    return !left || left->empty() || !producer_->takes(0);
  });
  thread_.run([this] { notices_->stop(); });
  producer_->close(std::max(core::Duration{0}, deadline - parts_.clock.now()));
}

void KafkaSpool::tick() {
  if (!running_) {
    return;
  }
  if (!link_ && parts_.clock.now() >= next_try_) {
    connect();
  }
  if (control_.caught_up()) {
    pause_or_resume(std::exchange(asked_before_, {}));
  }
  put_in_order();
  timer_ = thread_.executor().run_at(parts_.clock.now() + kTick, [this] { tick(); });
}

void KafkaSpool::connect() {
  const auto found = retry::make_topics(options_, limits_, kConnectTimeout);
  if (!found) {
    if (!std::exchange(unreachable_, true)) {
      core::log(core::LogLevel::warn, "kafka.unreachable",
                {{"error", found.error().message},
                 {"effect", "what is to wait long waits in this node's own spool"}});
    }
    next_try_ = parts_.clock.now() + kReconnectPause;
    return;
  }
  for (const std::string& warning : found->warnings) {
    core::log(core::LogLevel::warn, "kafka.settings", {{"warning", warning}});
  }
  for (const std::string& problem : found->problems) {
    core::log(core::LogLevel::error, "kafka.unusable", {{"error", problem}});
  }
  next_try_ = parts_.clock.now() + kLookAgain;
  if (!found->problems.empty()) {
    return;
  }
  auto link = Link::make(*this, *found);
  if (!link) {
    core::log(core::LogLevel::error, "kafka.unusable", {{"error", link.error().message}});
    return;
  }
  link_ = *std::move(link);
  accepted_partitions_ = found->accepted_partitions;
  link_->start();
  core::log(core::LogLevel::info, "kafka.connected",
            {{"ledger_partitions", found->ledger_partitions}});
}

// What a life before had begun to hand over: Kafka may have it, and somebody may have attempted it
// already. So first the ledger is read.
void KafkaSpool::put_in_order() {
  if (recovered_ && link_ && !open_.exchange(true)) {
    core::log(core::LogLevel::info, "spool.open");
  }
  if (recovering_) {
    return;
  }
  const bool current = link_ && link_->books_are_current();
  const bool too_late = parts_.clock.now() - started_ > kRecoverWithoutLedger;
  if (!current && !too_late) {
    return;
  }
  recovering_ = true;
  recovery_.take_back(core::Custody::handing, [this](std::size_t taken) {
    hand_over_probe_.taken_back(taken);
    recovered_ = true;
    if (taken > 0) {
      core::log(core::LogLevel::warn, "handover.taken_back", {{"deliveries", taken}});
    }
  });
}

void KafkaSpool::heard_of_pause(const retry::PauseEverywhere& asks) {
  if (control_.caught_up()) {
    pause_or_resume({{asks.destination, asks}});
  } else {
    asked_before_.insert_or_assign(asks.destination, asks);
  }
}

void KafkaSpool::pause_or_resume(const Asked& asked) {
  if (asked.empty()) {
    return;
  }
  const journal::Reader reader(parts_.store);
  const auto untold = reader.notices(0, kUntoldMax);
  const auto destinations = reader.destinations();
  if (!untold || !destinations) {
    core::log(core::LogLevel::error, "pause.unreadable",
              {{"error", (untold ? destinations.error() : untold.error()).message}});
    return;
  }
  // What was decided here since is newer, and about to be told.
  std::set<std::string_view> overtaken;
  for (const journal::Notice& notice : *untold) {
    if (notice.record.is_of_pause()) {
      overtaken.insert(notice.record.destination);
    }
  }
  for (const journal::NamedDestinationRecord& known : *destinations) {
    const auto asks = asked.find(known.name);
    if (asks != asked.end() && !overtaken.contains(known.name)) {
      pause_or_resume(known.record.number, asks->second);
    }
  }
}

void KafkaSpool::pause_or_resume(journal::DestinationNumber number,
                                 const retry::PauseEverywhere& asks) {
  auto reason = asks.paused ? std::optional(asks.reason) : std::nullopt;
  parts_.commands.submit(std::make_unique<journal::SetPaused>(
      dispatcher_->executor_of(number), number, std::move(reason),
      [this, number, asks](const core::Result<bool>& changed) {
        if (!changed) {
          core::log(core::LogLevel::error, "destination.pause_failed",
                    {{"destination", asks.destination}, {"error", changed.error().message}});
        }
        if (!changed.value_or(false)) {
          return;
        }
        core::log(core::LogLevel::info, asks.paused ? "destination.paused" : "destination.resumed",
                  {{"destination", asks.destination}, {"asked_of", asks.node}});
        if (asks.paused) {
          dispatcher_->pause(number);
        } else {
          dispatcher_->resume(number);
        }
      },
      journal::SetPaused::Decided::elsewhere));
}

void KafkaSpool::changed(std::vector<journal::OpenDelivery> deliveries) {
  dispatcher_->offer(thread_.executor(), std::move(deliveries));
}

}  // namespace spillway::app
