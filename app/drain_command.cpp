#include "app/drain_command.hpp"

#include <fmt/format.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <future>
#include <memory>
#include <optional>
#include <utility>

#include "app/await_on.hpp"
#include "app/exit_code.hpp"
#include "app/module_options.hpp"
#include "app/worker.hpp"
#include "config/config.hpp"
#include "core/log.hpp"
#include "core/random.hpp"
#include "core/system_clock.hpp"
#include "journal/committer.hpp"
#include "journal/writer.hpp"
#include "journal_rocksdb/rocksdb_store.hpp"
#include "retry/copy_recall.hpp"
#include "retry/custody_recovery.hpp"
#include "retry/lease.hpp"
#include "retry/lease_keeper.hpp"
#include "retry/ledger_books.hpp"
#include "retry/ledger_reader.hpp"
#include "retry/notice_sender.hpp"
#include "retry/replica_probe.hpp"
#include "retry/spool_drain.hpp"
#include "retry_kafka/kafka_accepted_log.hpp"
#include "retry_kafka/kafka_topic_reader.hpp"
#include "retry_kafka/kafka_topics.hpp"
#include "retry_kafka/record_producer.hpp"

namespace spillway::app {
namespace {

constexpr core::Duration kConnectTimeout = std::chrono::seconds(10);

enum class Direction { hand_over, take_back };

struct DrainArguments {
  std::string config_path;
  bool hand_over = false;
  bool take_back = false;
  core::Duration limit = std::chrono::minutes(10);
};

// A node's journal and its line to Kafka, without lanes or listeners.
class Drain {
 public:
  explicit Drain(config::Config config)
      : config_(std::move(config)),
        topics_(prefix()),
        accepted_(config_.kafka.value_or(retry::KafkaOptions{}), kafka_limits(config_)) {}
  ~Drain() { close(); }

  core::Result<int> run(Direction direction, core::Duration limit) {
    deadline_ = clock_.now() + limit;
    if (!config_.kafka) {
      return core::fail(core::ErrorCode::invalid_argument,
                        "kafka is not configured: there is nothing to move to or from");
    }
    if (auto opened = open(); !opened) {
      return std::unexpected(std::move(opened).error());
    }
    thread_.start();
    if (auto read = read_ledger(); !read) {
      return std::unexpected(std::move(read).error());
    }
    if (auto alone = take_lease(); !alone) {
      return std::unexpected(std::move(alone).error());
    }
    const bool to_kafka = direction == Direction::hand_over;
    if (auto ended =
            end_copies(to_kafka ? retry::CopyRecall::What::waiting : retry::CopyRecall::What::all);
        !ended) {
      return std::unexpected(std::move(ended).error());
    }
    // What a life before had begun to hand over.
    const auto halfway = take_back(core::Custody::handing);
    if (!halfway) {
      return std::unexpected(halfway.error());
    }
    const auto moved = to_kafka ? hand_over() : take_all_back(*halfway);
    if (auto told = tell(); !told) {
      return std::unexpected(std::move(told).error());
    }
    thread_.run([&] { keeper_->stop(); });
    return moved;
  }

 private:
  [[nodiscard]] std::string prefix() const {
    return config_.kafka ? config_.kafka->topic_prefix : std::string();
  }

  core::Result<void> open() {
    const auto limits = kafka_limits(config_);
    const auto found = retry::make_topics(*config_.kafka, limits, kConnectTimeout);
    if (!found) {
      return std::unexpected(found.error());
    }
    if (!found->problems.empty()) {
      return core::fail(core::ErrorCode::conflict, found->problems.front());
    }
    ledger_partitions_ = found->ledger_partitions;
    accepted_partitions_ = found->accepted_partitions;
    auto store = journal::RocksdbStore::open(store_options(config_));
    if (!store) {
      return std::unexpected(std::move(store).error());
    }
    store_ = *std::move(store);
    auto writer = journal::Writer::open(*store_, {.has_peers = true}, random_);
    if (!writer) {
      return std::unexpected(std::move(writer).error());
    }
    writer_ = *std::move(writer);
    committer_ = std::make_unique<journal::Committer>(
        *writer_, clock_, commit_probe_, journal::CommitterOptions{},
        [](const core::Error&) { std::_Exit(kJournalFailed); });
    auto producer = retry::RecordProducer::make(*config_.kafka, limits, clock_, kafka_probe_);
    if (!producer) {
      return std::unexpected(std::move(producer).error());
    }
    producer_ = *std::move(producer);
    recovery_ =
        std::make_unique<retry::CustodyRecovery>(thread_.executor(), clock_, *store_, *committer_,
                                                 [](const std::vector<journal::OpenDelivery>&) {});
    return {};
  }

  // What others did to what this node handed over, up to now.
  core::Result<void> read_ledger() {
    const std::int32_t partition = retry::node_partition(writer_->node_tag(), ledger_partitions_);
    books_ = std::make_unique<retry::LedgerBooks>(thread_.executor(), clock_, *store_, *committer_,
                                                  topics_.ledger(), partition);
    const auto offset = books_->begin();
    if (!offset) {
      return std::unexpected(offset.error());
    }
    auto topic = retry::KafkaTopicReader::make(*config_.kafka, kafka_limits(config_),
                                               {topics_.ledger(), partition}, *offset);
    if (!topic) {
      return std::unexpected(std::move(topic).error());
    }
    ledger_topic_ = *std::move(topic);
    ledger_ = std::make_unique<retry::LedgerReader>(
        thread_.executor(), clock_, *ledger_topic_, retry_probe_,
        [this](retry::FateRecord fate, std::int64_t at, core::Task done) {
          books_->take(std::move(fate), at, std::move(done));
        });
    thread_.run([&] { ledger_->start(); });
    if (!await([&] { return ledger_->is_current(); })) {
      return too_late("the ledger");
    }
    thread_.run([&] { ledger_->stop(); });
    return await([&] { return ledger_->under_way() == 0; }) ? core::Result<void>{}
                                                            : too_late("the journal");
  }

  // What others have taken over is theirs, and from here on they take over nothing more.
  core::Result<void> take_lease() {
    keeper_ = std::make_unique<retry::LeaseKeeper>(retry::LeaseKeeperParts{
        .executor = thread_.executor(),
        .clock = clock_,
        .commands = *committer_,
        .writer = *producer_,
        .log = accepted_,
        .lease = lease_,
        .probe = replica_probe_,
        .topics = topics_,
        .node = node_name(config_),
        .node_tag = writer_->node_tag(),
        .partitions = accepted_partitions_,
        .figures = [] { return retry::NodeFigures{}; },
        .adopted = [](const std::vector<journal::OpenDelivery>&, core::Task known) { known(); }});
    thread_.run([&] { keeper_->start(); });
    return await([&] { return lease_.holds(); }) ? core::Result<void>{}
                                                 : too_late("the accepted topic");
  }

  core::Result<void> end_copies(retry::CopyRecall::What what) {
    recall_ = std::make_unique<retry::CopyRecall>(thread_.executor(), *store_, *committer_);
    std::promise<core::Result<std::size_t>> ended;
    thread_.run([&] {
      recall_->start(what, [&](core::Result<std::size_t> all) { ended.set_value(std::move(all)); });
    });
    const auto all = ended.get_future().get();
    return all ? core::Result<void>{} : std::unexpected(all.error());
  }

  core::Result<std::size_t> take_back(core::Custody custody) {
    const auto taken = std::make_shared<std::optional<std::size_t>>();
    thread_.run([&] { recovery_->take_back(custody, [taken](std::size_t all) { *taken = all; }); });
    if (!await([&] { return taken->has_value(); })) {
      return too_late("the journal");
    }
    return **taken;
  }

  core::Result<int> hand_over() {
    desk_ = std::make_unique<retry::HandOverDesk>(
        retry::HandOverParts{.executor = thread_.executor(),
                             .clock = clock_,
                             .commands = *committer_,
                             .writer = *producer_,
                             .probe = hand_over_probe_,
                             .open = open_,
                             .topics = topics_,
                             .node = node_name(config_),
                             .taken_back = [this](const std::vector<journal::OpenDelivery>& taken) {
                               spool_drain_->came_back(taken.size());
                             }});
    spool_drain_ = std::make_unique<retry::SpoolDrain>(retry::SpoolDrainParts{
        .executor = thread_.executor(),
        .clock = clock_,
        .store = *store_,
        .desk = *desk_,
        .body_bytes_max = kafka_limits(config_).message_bytes_max - retry::kMessageOverheadBytes});
    std::promise<core::Result<retry::Drained>> ended;
    thread_.run([&] {
      spool_drain_->start(
          deadline_, [&](core::Result<retry::Drained> done) { ended.set_value(std::move(done)); });
    });
    const auto drained = ended.get_future().get();
    const bool settled = await([&] { return desk_->under_way() == 0; });
    if (!drained) {
      return std::unexpected(drained.error());
    }
    fmt::print("{} deliveries handed over to Kafka\n", drained->handed_over);
    if (drained->ordered > 0) {
      fmt::print("{} stay here: they keep an order\n", drained->ordered);
    }
    if (drained->too_large > 0) {
      fmt::print("{} stay here: too large for Kafka\n", drained->too_large);
    }
    if (!drained->finished || !settled) {
      return too_late("Kafka");
    }
    return drained->ordered + drained->too_large == 0 ? kOk : kProblem;
  }

  core::Result<int> take_all_back(std::size_t halfway) {
    const auto taken = take_back(core::Custody::kafka);
    if (!taken) {
      return std::unexpected(taken.error());
    }
    fmt::print("{} deliveries taken back from Kafka\n", *taken + halfway);
    return kOk;
  }

  // Until all nodes can know what was taken back, they may still attempt the copies.
  core::Result<void> tell() {
    notices_ = std::make_unique<retry::NoticeSender>(
        retry::NoticeParts{.executor = thread_.executor(),
                           .clock = clock_,
                           .store = *store_,
                           .commands = *committer_,
                           .writer = *producer_,
                           .topics = topics_,
                           .node = node_name(config_),
                           .node_tag = writer_->node_tag(),
                           .accepted_partitions = accepted_partitions_});
    thread_.run([&] { notices_->start(); });
    const bool told = await([&] {
      const auto left = journal::Reader(*store_).notices(0, 1);
      return left && left->empty();
    });
    thread_.run([&] { notices_->stop(); });
    return told ? core::Result<void>{} : too_late("the control topic");
  }

  template <class Condition>
  bool await(Condition condition) {
    return await_on(thread_.executor(), clock_, deadline_, std::move(condition));
  }

  static std::unexpected<core::Error> too_late(std::string_view who) {
    return core::fail(core::ErrorCode::timeout,
                      fmt::format("{} did not answer in time; run it again", who));
  }

  void close() {
    if (producer_) {
      producer_->close(std::chrono::seconds(5));
    }
    if (committer_) {
      committer_->stop();
    }
    thread_.join();
  }

  const config::Config config_;
  const retry::Topics topics_;
  core::SystemClock clock_;
  core::SystemRandom random_;
  core::Registry registry_;
  journal::CommitProbe commit_probe_{registry_};
  retry::KafkaProbe kafka_probe_{registry_};
  retry::RetryProbe retry_probe_{registry_};
  retry::HandOverProbe hand_over_probe_{registry_};
  retry::ReplicaProbe replica_probe_{registry_};
  retry::Lease lease_{retry::Lease::length_for(kafka_limits(config_).attempt_max), core::boot_now};
  retry::KafkaAcceptedLog accepted_;
  std::int32_t ledger_partitions_ = 0;
  std::atomic<std::int32_t> accepted_partitions_{0};
  core::Time deadline_;
  const std::atomic<bool> open_{true};
  std::unique_ptr<journal::Store> store_;
  std::unique_ptr<journal::Writer> writer_;
  Worker thread_{clock_};
  std::unique_ptr<journal::Committer> committer_;
  std::unique_ptr<retry::RecordProducer> producer_;
  // What works on the thread, which ends before them.
  std::unique_ptr<retry::CustodyRecovery> recovery_;
  std::unique_ptr<retry::LeaseKeeper> keeper_;
  std::unique_ptr<retry::CopyRecall> recall_;
  std::unique_ptr<retry::LedgerBooks> books_;
  std::unique_ptr<retry::KafkaTopicReader> ledger_topic_;
  std::unique_ptr<retry::LedgerReader> ledger_;
  std::unique_ptr<retry::HandOverDesk> desk_;
  std::unique_ptr<retry::SpoolDrain> spool_drain_;
  std::unique_ptr<retry::NoticeSender> notices_;
};

int drain(const DrainArguments& arguments) {
  // librdkafka may write to a connection that is gone.
  (void)std::signal(SIGPIPE, SIG_IGN);
  if (arguments.hand_over == arguments.take_back) {
    fmt::print(stderr, "spillway: expected one of --handover and --take-back\n");
    return kUsage;
  }
  auto config = config::load(arguments.config_path);
  if (!config) {
    fmt::print(stderr, "{}", config::to_string(config.error()));
    return kUsage;
  }
  core::configure_log(config->log_level, config->log_format);
  const auto done =
      Drain(*std::move(config))
          .run(arguments.hand_over ? Direction::hand_over : Direction::take_back, arguments.limit);
  if (!done) {
    fmt::print(stderr, "spillway: {}\n", done.error().message);
    return exit_code(done.error().code);
  }
  return *done;
}

}  // namespace

void add_drain(CommandLine app, Command& chosen) {
  CommandLine command = app.add_command(
      "drain", "Move what waits in the journal of a node that does not run into Kafka, or back");
  const auto arguments = std::make_shared<DrainArguments>();
  command.option("config,-c,--config", arguments->config_path, "The configuration file").required();
  command.flag("--handover", arguments->hand_over,
               "Hands all that waits here over to Kafka, for other nodes to deliver");
  command.flag("--take-back", arguments->take_back,
               "Takes back what Kafka holds, so that the node can do without it");
  command.duration("--limit", arguments->limit, "Gives up after this (default 10m)");
  command.when_chosen([arguments, &chosen] { chosen = [arguments] { return drain(*arguments); }; });
}

}  // namespace spillway::app
