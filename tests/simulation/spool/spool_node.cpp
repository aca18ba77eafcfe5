#include "tests/simulation/spool/spool_node.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "journal/accept.hpp"
#include "journal/operate.hpp"
#include "journal/purge.hpp"
#include "journal/reader.hpp"

namespace spillway::simulation {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

constexpr std::uint32_t kLivesMax = 1000;
constexpr core::Duration kAnswerMost = milliseconds(300);
constexpr core::Duration kWriteMost = milliseconds(50);
constexpr core::Duration kHeard = minutes(1);
constexpr core::Duration kLookAgain = milliseconds(200);

Owner owner_of(std::uint32_t index, std::uint32_t life) {
  return (index + 1) * kLivesMax + life;
}

delivery::DestinationOptions destination_options() {
  delivery::DestinationOptions options;
  options.name = "acme";
  options.url = "http://acme.example/";
  options.max_in_flight = 4;
  options.retry.schedule = {seconds(1), seconds(20), seconds(31), minutes(3)};
  options.retry.then_every = minutes(3);
  return options;
}

class Erase final : public journal::SyncedCommand<std::size_t> {
 public:
  Erase(core::Executor& reply_to, journal::Sequence sequence, Callback callback)
      : SyncedCommand(reply_to, std::move(callback)), sequence_(sequence) {}
  [[nodiscard]] bool alone() const override { return true; }

 private:
  // Lanes are told nothing of it: what is under way may still end, and what waits finds no body.
  core::Result<std::size_t> decide(journal::Stage& stage) override {
    journal::Opening news;
    return journal::erase_event(stage, sequence_, news);
  }

  journal::Sequence sequence_;
};

}  // namespace

// Requests to the destination, answered after a while.
class SpoolNode::Sender final : public delivery::Sender {
 public:
  Sender(SpoolWorld& world, core::Executor& executor, const core::Clock& clock, std::uint32_t node)
      : world_(&world),
        executor_(&executor),
        clock_(&clock),
        alive_since_(world.clock.now()),
        node_(node) {}

  void send(delivery::SendRequest request, Callback callback) override {
    Environment& around = world_->environment;
    const core::EventId event = request.event->id;
    world_->attempted(event, request.generation, alive_since_, node_);
    around.note("attempt by", node_, event.to_string());
    delivery::SendResult result;
    result.took = around.delay_up_to(kAnswerMost);
    // One that is well, and may know the thing later.
    result.status = around.strikes(world_->faults.refusal) ? 404 : 200;
    if (result.status == 200) {
      world_->taken(event);
    }
    if (around.strikes(world_->faults.lost_reply)) {
      world_->trouble();
      result.status = 0;
      result.failure = delivery::SendFailure{.message = "the reply is lost"};
    }
    const core::Time answered = clock_->now() + result.took;
    executor_->run_at(answered,
                      [answer = std::move(callback), result = std::move(result)]() mutable {
                        answer(std::move(result));
                      });
  }
  void cancel_all() override {}

 private:
  SpoolWorld* world_;
  core::Executor* executor_;
  const core::Clock* clock_;
  core::Time alive_since_;
  std::uint32_t node_;
};

// Single messages to the log, acknowledged after a while, or not.
class SpoolNode::Writer final : public retry::RecordWriter {
 public:
  explicit Writer(SpoolWorld& world) : world_(&world) {}

  [[nodiscard]] bool takes(std::size_t) const override { return true; }
  void write(retry::OutgoingMessage message, core::Executor& reply_to, Callback callback) override {
    Environment& around = world_->environment;
    const bool fails = around.strikes(world_->faults.lost_write);
    const bool is_there = !fails || around.random.below(2) == 0;
    if (fails) {
      world_->trouble();
    }
    around.note(is_there ? "written" : "not written", 0, message.topic + " " + message.message.key);
    if (is_there) {
      // From the producer's thread, which a crash of the node does not wait for.
      around.scheduler.run_after(
          around.delay_up_to(kWriteMost),
          [world = world_, written = std::move(message)] { world->log.append(written); });
    }
    around.scheduler.run_after(
        kWriteMost + around.delay_up_to(kWriteMost),
        [alive = std::weak_ptr(alive_), &reply_to, fails, answer = std::move(callback)]() mutable {
          if (alive.expired()) {
            return;
          }
          reply_to.post([fails, answer = std::move(answer)]() mutable {
            answer(fails ? core::fail(core::ErrorCode::timeout, "nobody knows")
                         : core::Result<void>{});
          });
        });
  }

 private:
  SpoolWorld* world_;
  std::shared_ptr<int> alive_ = std::make_shared<int>();
};

struct SpoolNode::Life {
  Life(SpoolNode& node, Owner owner, std::unique_ptr<journal::Writer> opened)
      : world(*node.world_),
        clock(world.environment.scheduler, world.environment.wall),
        committing(world.environment.scheduler, clock, owner, Thread::committer),
        reading(world.environment.scheduler, clock, owner, Thread::reader),
        spooling(world.environment.scheduler, clock, owner, Thread::searcher),
        delivering(world.environment.scheduler, clock, owner, Thread::first_engine),
        writer(std::move(opened)),
        committer(world.environment, node.store_, *writer, committing, clock,
                  {.synced = [](std::uint64_t) {}, .failed = [&node] { node.failing_ = true; }}),
        backlog(node.store_, *writer, reading, delivering),
        sender(world, delivering, clock, node.index_),
        producer(world),
        desk({.executor = delivering,
              .clock = clock,
              .commands = committer,
              .writer = producer,
              .probe = hand_over_probe,
              .open = open,
              .topics = world.topics,
              .node = std::to_string(node.index_),
              .taken_back =
                  [this](std::vector<journal::OpenDelivery> taken) {
                    dispatcher.offer(delivering, std::move(taken));
                  }}),
        lease(retry::Lease::kLengthMin, [this] { return clock.now().time_since_epoch(); }),
        engine({delivering, clock, world.environment.random, committer, backlog, sender, bodies,
                delivery_probe, nullptr, &desk, &lease}),
        dispatcher({&engine}),
        attempts(dispatcher, spooling),
        nodes(writer->node_tag()),
        control({}, [this](const retry::NodeSign& sign) { nodes.heard(sign, clock.now()); }),
        control_topic(world.log, {world.topics.control(), 0}),
        control_reader(spooling, clock, control_topic, control),
        books(spooling, clock, node.store_, committer, world.topics.ledger(), 0),
        ledger_topic(world.log, {world.topics.ledger(), 0}, books.begin().value()),
        ledger(spooling, clock, ledger_topic, retry_probe,
               [this](retry::FateRecord fate, std::int64_t offset, core::Task done) {
                 books.take(std::move(fate), offset, std::move(done));
               }),
        retry_log(world.log),
        worker({.executor = spooling,
                .clock = clock,
                .log = retry_log,
                .attempts = attempts,
                .control = control,
                .probe = retry_probe,
                .topics = world.topics,
                .options = {.node = std::to_string(node.index_), .ledger_partitions = 1}}),
        notices({.executor = spooling,
                 .clock = clock,
                 .store = node.store_,
                 .commands = committer,
                 .writer = producer,
                 .topics = world.topics,
                 .node = std::to_string(node.index_),
                 .node_tag = writer->node_tag(),
                 .accepted_partitions = accepted_partitions,
                 .control = &control}),
        recovery(spooling, clock, node.store_, committer,
                 [this](std::vector<journal::OpenDelivery> taken) {
                   world.trouble();
                   dispatcher.offer(spooling, std::move(taken));
                 }),
        replicator({.clock = clock,
                    .commands = committer,
                    .writer = producer,
                    .lease = lease,
                    .probe = replica_probe,
                    .topics = world.topics,
                    .node = std::to_string(node.index_),
                    .node_tag = writer->node_tag(),
                    .partitions = accepted_partitions,
                    .opened =
                        [this](core::Executor& here, std::vector<delivery::Opened> opened) {
                          dispatcher.offer(here, std::move(opened));
                        }}),
        sweep(spooling, clock, node.store_, lease, replicator),
        keeping(world.log, world.fences),
        keeper({.executor = spooling,
                .clock = clock,
                .commands = committer,
                .writer = producer,
                .log = keeping,
                .lease = lease,
                .probe = replica_probe,
                .topics = world.topics,
                .node = std::to_string(node.index_),
                .node_tag = writer->node_tag(),
                .partitions = 1,
                .figures = [] { return retry::NodeFigures{}; },
                .adopted =
                    [this](std::vector<journal::OpenDelivery> adopted, core::Task known) {
                      dispatcher.offer(spooling, std::move(adopted));
                      dispatcher.when_known(spooling, std::move(known));
                    }}),
        adopting(world.log, world.fences),
        adopter({.executor = spooling,
                 .clock = clock,
                 .log = adopting,
                 .writer = producer,
                 .nodes = nodes,
                 .control = control,
                 .probe = replica_probe,
                 .topics = world.topics,
                 .node = std::to_string(node.index_),
                 .partitions = 1}) {
    adopting.on_moved = [this](const retry::OutgoingMessage& message) {
      if (message.topic == world.topics.accepted()) {
        world.adopted_one();
        world.environment.note("adopted", 0, message.message.key);
      }
    };
    keeping.on_call = adopting.on_call = [this]() -> core::Result<void> {
      if (world.environment.strikes(world.faults.lost_commit)) {
        return core::fail(core::ErrorCode::unavailable, "the log does not answer");
      }
      return {};
    };
    // What is asked of all nodes can be read later than what is to be attempted.
    const core::Time heard =
        clock.now() + world.environment.delay_up_to(world.faults.crash == 0 ? seconds(0) : kHeard);
    control_topic.on_poll = [this, heard]() -> core::Result<void> {
      if (clock.now() < heard) {
        return core::fail(core::ErrorCode::unavailable, "the control topic cannot be read yet");
      }
      return {};
    };
    retry_log.on_commit = [this]() -> core::Result<void> {
      if (world.environment.strikes(world.faults.lost_commit)) {
        return core::fail(core::ErrorCode::unavailable, "the transaction was aborted");
      }
      return {};
    };
  }

  SpoolWorld& world;
  SimClock clock;
  SimExecutor committing;
  SimExecutor reading;
  SimExecutor spooling;
  SimExecutor delivering;
  std::unique_ptr<journal::Writer> writer;
  SimCommitter committer;
  core::ByteBudget bodies{1 << 20};
  core::Registry registry;
  delivery::Probe delivery_probe{registry};
  retry::HandOverProbe hand_over_probe{registry};
  retry::RetryProbe retry_probe{registry};
  delivery::JournalBacklog backlog;
  Sender sender;
  Writer producer;
  std::atomic<bool> open{false};
  std::atomic<std::int32_t> accepted_partitions{1};
  retry::HandOverDesk desk;
  retry::Lease lease;
  delivery::Engine engine;
  delivery::Dispatcher dispatcher;
  retry::LaneAttempts attempts;
  retry::NodeTable nodes;
  retry::ControlState control;
  support::MemoryTopicReader control_topic;
  retry::ControlReader control_reader;
  retry::LedgerBooks books;
  support::MemoryTopicReader ledger_topic;
  retry::LedgerReader ledger;
  support::MemoryRetryLog retry_log;
  retry::RetryWorker worker;
  retry::NoticeSender notices;
  retry::CustodyRecovery recovery;
  retry::ReplicaProbe replica_probe{registry};
  retry::Replicator replicator;
  retry::ReplicationSweep sweep;
  support::MemoryAcceptedLog keeping;
  retry::LeaseKeeper keeper;
  support::MemoryAcceptedLog adopting;
  retry::Adopter adopter;
  bool ready = false;
};

SpoolNode::SpoolNode(SpoolWorld& world, std::uint32_t index) : world_(&world), index_(index) {}

SpoolNode::~SpoolNode() {
  world_->environment.scheduler.drop(owner_of(index_, lives_));
}

void SpoolNode::start() {
  ++lives_;
  failing_ = false;
  auto opened = journal::Writer::open(store_, {.has_peers = true}, world_->environment.random);
  if (!opened) {
    world_->violate("a node does not start: " + opened.error().message);
    return;
  }
  tag_ = (*opened)->node_tag();
  life_ = std::make_unique<Life>(*this, owner_of(index_, lives_), *std::move(opened));
  Life& life = *life_;
  life.committer.submit(std::make_unique<journal::Register>(
      life.delivering, std::vector<std::string>{"shop"}, std::vector<std::string>{"acme"},
      [&life](core::Result<journal::Names> names) {
        if (!names) {
          return;
        }
        const delivery::DestinationOptions options = destination_options();
        const journal::DestinationRecord& record = names->destinations.at("acme");
        const std::vector<delivery::LaneSetup> lanes{
            {std::make_shared<delivery::Destination>(record.number, options,
                                                     *delivery::Signer::compile(options), nullptr),
             record}};
        life.dispatcher.apply(lanes);
        life.attempts.configure(lanes);
        life.ready = true;
      }));
  life.spooling.post([this, &life] {
    life.control_reader.start();
    life.ledger.start();
    life.worker.start();
    life.notices.start();
    life.sweep.start();
    life.keeper.start();
    life.adopter.start();
    put_in_order(life);
  });
}

// As KafkaSpool does.
void SpoolNode::put_in_order(Life& life) {
  if (!life.ledger.is_current()) {
    life.spooling.run_at(life.clock.now() + kLookAgain, [this, &life] { put_in_order(life); });
    return;
  }
  life.recovery.take_back(core::Custody::handing, [&life](std::size_t) { life.open = true; });
}

void SpoolNode::crash() {
  world_->trouble();
  Environment& around = world_->environment;
  around.note("crash", index_);
  around.scheduler.drop(owner_of(index_, lives_));
  life_.reset();
  store_.crash(around.random.below(store_.unsynced_batches() + 1));
}

void SpoolNode::freeze() {
  world_->froze(index_);
  world_->environment.note("freeze", index_);
  world_->environment.scheduler.freeze(owner_of(index_, lives_));
  world_->log.fence(life_->retry_log);
}

void SpoolNode::thaw() {
  world_->environment.note("thaw", index_);
  world_->environment.scheduler.thaw(owner_of(index_, lives_));
}

void SpoolNode::fence() {
  if (life_) {
    world_->trouble();
    world_->log.fence(life_->retry_log);
  }
}

void SpoolNode::accept() {
  if (must_stop() || !life_->ready) {
    return;
  }
  Life& life = *life_;
  auto event = std::make_shared<core::Event>();
  event->id =
      core::EventId::make(life.clock.now(), life.writer->node_tag(), world_->environment.random);
  event->source = "shop";
  event->received = life.clock.now();
  event->body = event->id.to_string();
  journal::NewEvent fresh;
  fresh.source = 1;
  fresh.body_hash = life.writer->hasher().body(event->body);
  fresh.targets.push_back({.destination = 1});
  fresh.event = event;
  fresh.replicate = world_->environment.random.below(2) == 0;
  std::vector<journal::NewEvent> events;
  events.push_back(std::move(fresh));
  life.committer.submit(std::make_unique<journal::Accept>(
      life.delivering, std::move(events), journal::Command::Durability::synced,
      [this, &life, event](core::Result<std::vector<journal::AcceptedEvent>> accepted) {
        if (!accepted) {
          return;
        }
        this->accepted(life, event, std::move(accepted->front()));
      }));
}

void SpoolNode::accepted(Life& life, const core::EventPtr& event, journal::AcceptedEvent accepted) {
  journal::OpenDelivery& opened = accepted.opened.front();
  if (opened.record.custody == core::Custody::local) {
    world_->acked(event->id);
    std::vector<delivery::Opened> offered;
    offered.push_back({std::move(opened), event});
    life.dispatcher.offer(life.delivering, std::move(offered));
    return;
  }
  const std::vector<retry::Replica> replicas{{event, std::move(opened), "acme"}};
  const bool refuses = world_->environment.random.below(2) == 0;
  life.replicator.replicate(
      life.delivering, replicas, [this, &life, event, replicas, refuses](bool done) {
        if (done) {
          world_->acked(event->id);
        } else if (!refuses) {
          world_->explain(event->id);  // whether others have the copy nobody asks
          life.replicator.give_up(life.delivering, replicas, [this, event](bool durable) {
            if (durable) {
              world_->acked(event->id);
            }
          });
        }
      });
}

void SpoolNode::erase(const core::EventId& event) {
  const auto sequence = journal::Reader(store_).sequence_of(event);
  if (must_stop() || !*sequence) {
    return;
  }
  world_->erasing(event);
  Life& life = *life_;
  life.committer.submit(std::make_unique<Erase>(life.delivering, **sequence,
                                                [](const core::Result<std::size_t>&) {}));
}

}  // namespace spillway::simulation
