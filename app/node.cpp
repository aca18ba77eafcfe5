#include "app/node.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <utility>
#include <vector>

#include "admin/api.hpp"
#include "admin/context.hpp"
#include "admin/history_sampler.hpp"
#include "admin/journal_metrics.hpp"
#include "admin/new_tokens.hpp"
#include "admin/process_metrics.hpp"
#include "admin_prometheus/prometheus_exposition.hpp"
#include "app/ballast.hpp"
#include "app/compile.hpp"
#include "app/cpus.hpp"
#include "app/delivery_operator.hpp"
#include "app/exit_code.hpp"
#include "app/housekeeper.hpp"
#include "app/io_thread.hpp"
#include "app/journal_checkpoints.hpp"
#include "app/kafka_spool.hpp"
#include "app/module_options.hpp"
#include "app/open_files.hpp"
#include "app/open_journal.hpp"
#include "app/peer_client.hpp"
#include "app/rehearse.hpp"
#include "app/reload.hpp"
#include "app/running_mark.hpp"
#include "app/told_config.hpp"
#include "app/version.hpp"
#include "app/worker.hpp"
#include "core/log.hpp"
#include "core/random.hpp"
#include "core/system_clock.hpp"
#include "dashboard/files.hpp"
#include "dedup/claim_hasher.hpp"
#include "dedup/claim_probe.hpp"
#include "delivery/dispatcher.hpp"
#include "gateway/idempotency_key.hpp"
#include "gateway/ingest.hpp"
#include "journal/committer.hpp"
#include "journal/operate.hpp"
#include "journal/reader.hpp"
#include "journal/writer.hpp"
#include "retry/job_probe.hpp"
#include "retry/job_runner.hpp"

namespace spillway::app {
namespace {

// For bodies that operators send: of their own, so that they take nothing from senders.
constexpr std::size_t kAdminMemoryBytes = std::size_t{16} << 20;

// The journal cannot go on: nothing may be answered any more, so not even destructors run.
[[noreturn]] void die(const std::filesystem::path& data_dir, const core::Error& error) {
  if (error.code == core::ErrorCode::out_of_space) {
    release_ballast(data_dir);
  }
  std::_Exit(kJournalFailed);
}

}  // namespace

// Everything, in the order it is made: whoever is referred to comes before.
struct Node::Parts {
  Parts(config::Config loaded, const OpenFiles& files)
      : config(std::move(loaded)),
        ingest_memory(config.ingest_memory),
        delivery_memory(config.delivery_memory),
        sockets(files.outbound),
        ingest_connections(files.inbound),
        admin_connections(kAdminConnectionsMax) {}

  core::Result<void> open_journal(const NodeOptions& options);
  core::Result<void> make_spool();
  core::Result<void> make_io_threads();
  core::Result<void> make_claims(IoThread& thread);
  core::Result<void> make_admin(const NodeOptions& options);
  core::Result<void> apply(const config::Config& next);
  void look_for_crash(const std::vector<delivery::LaneSetup>& lanes);
  void run();
  void stop();

  // Runs a journal command from outside any executor, and waits.
  template <class Command, class Value, class... Arguments>
  core::Result<Value> ask(Arguments... arguments) {
    std::promise<core::Result<Value>> answer;
    committer->submit(std::make_unique<Command>(
        reader.executor(), std::move(arguments)...,
        [&](core::Result<Value> value) { answer.set_value(std::move(value)); }));
    return answer.get_future().get();
  }

  config::Config config;
  core::SystemRandom random;
  core::SystemClock clock;
  core::Registry registry;
  gateway::Probe gateway_probe{registry};
  delivery::Probe delivery_probe{registry};
  journal::CommitProbe commit_probe{registry};
  retry::JobProbe job_probe{registry};
  std::unique_ptr<dedup::ClaimProbe> claim_probe;  // where nodes share a Redis
  std::unique_ptr<dedup::ClaimHasher> claim_hasher;
  core::Gauge& last_reload{registry.gauge("spillway_config_last_reload_success",
                                          "1 if the running configuration is the newest one")};
  core::Counter& cut_off_by_crash{registry.counter(
      "spillway_duplicates_total", "Repeats, by where they come from", {{"where", "crash"}})};
  core::ByteBudget ingest_memory;
  core::ByteBudget delivery_memory;
  http::SocketBudget sockets;
  http::ConnectionLimit ingest_connections;
  http::ConnectionLimit admin_connections;
  core::ByteBudget admin_memory{kAdminMemoryBytes};
  http::ListenerProbe ingest_listener_probe{registry, "ingest"};
  http::ListenerProbe admin_listener_probe{registry, "admin"};
  gateway::Gate gate;
  http::ClientTlsStore tls;

  std::unique_ptr<journal::Store> store;
  std::unique_ptr<JournalCheckpoints> checkpoints;
  std::unique_ptr<journal::Writer> writer;
  Worker reader{clock};    // refills lanes, keeps house
  Worker searcher{clock};  // reads for operators, who may wait, and runs jobs
  Worker scanner{clock};   // audits and checkpoints
  std::atomic<bool> stopping{false};
  Worker admin{clock};  // the admin listener
  std::unique_ptr<journal::Committer> committer;
  std::unique_ptr<gateway::Ingest> ingest;
  std::unique_ptr<KafkaSpool> spool;  // where nodes share a Kafka
  std::vector<std::unique_ptr<IoThread>> threads;
  std::unique_ptr<delivery::Dispatcher> dispatcher;
  std::unique_ptr<Housekeeper> housekeeper;
  bool drain_only = false;

  std::unique_ptr<DeliveryOperator> delivery_operator;
  std::unique_ptr<retry::JobRunner> jobs;
  std::unique_ptr<ToldConfig> told_config;
  std::unique_ptr<admin::PrometheusExposition> exposition;
  std::unique_ptr<PeerClient> peers;  // where nodes may ask each other
  std::unique_ptr<admin::AdminContext> admin_context;
  std::unique_ptr<admin::JournalMetrics> journal_metrics;
  std::unique_ptr<admin::HistorySampler> history_sampler;
  std::unique_ptr<admin::Api> api;
  std::unique_ptr<http::Listener> admin_listener;
  bool running = false;
  bool stopped = false;
};

core::Result<void> Node::Parts::open_journal(const NodeOptions& options) {
  auto opened = app::open_journal(config, options.accept_loss, random);
  if (!opened) {
    return std::unexpected(std::move(opened).error());
  }
  drain_only = opened->drain_only;
  checkpoints =
      std::make_unique<JournalCheckpoints>(*opened->store, clock, registry, config.data_dir);
  store = std::move(opened->store);
  writer = std::move(opened->writer);
  committer = std::make_unique<journal::Committer>(
      *writer, clock, commit_probe, journal::CommitterOptions{},
      [data_dir = std::filesystem::path(config.data_dir)](const core::Error& fatal) {
        die(data_dir, fatal);
      });
  return {};
}

// Before the threads, whose engines hand over to it.
core::Result<void> Node::Parts::make_spool() {
  if (!config.kafka) {
    return {};
  }
  auto made = KafkaSpool::make({clock, *store, *committer, registry, writer->node_tag(),
                                [this] { return journal::sum_of(writer->totals()); }},
                               *config.kafka, kafka_limits(config));
  if (!made) {
    return std::unexpected(std::move(made).error());
  }
  spool = *std::move(made);
  return {};
}

core::Result<void> Node::Parts::make_io_threads() {
  ingest = std::make_unique<gateway::Ingest>(
      *store, *writer, *committer, clock, random,
      [this](core::Executor& here, std::vector<delivery::Opened> opened) {
        dispatcher->offer(here, std::move(opened));
      });
  auto listen = listener_options(config.ingest);
  if (!listen) {
    return std::unexpected(std::move(listen).error());
  }
  // Connections that wait for the next event take half of the sockets at most.
  const unsigned count = config.threads > 0 ? config.threads : usable_cpus();
  const http::ClientOptions client_options{sockets.limit() / 2 / count};
  std::vector<delivery::Engine*> engines;
  for (unsigned i = 0; i < count; ++i) {
    auto thread = std::make_unique<IoThread>(clock);
    auto resolver = http::Resolver::open(thread->io.get_executor(), {});
    if (!resolver) {
      return std::unexpected(std::move(resolver).error());
    }
    thread->client = std::make_unique<http::Client>(thread->io.get_executor(), *std::move(resolver),
                                                    &sockets, client_options);
    thread->sender = std::make_unique<delivery::HttpSender>(thread->io.get_executor(),
                                                            *thread->client, clock, random);
    thread->backlog = std::make_unique<delivery::JournalBacklog>(*store, *writer, reader.executor(),
                                                                 thread->executor);
    if (auto made = make_claims(*thread); !made) {
      return made;
    }
    if (spool) {
      thread->hand_over = spool->make_desk(thread->executor);
    }
    thread->engine = std::make_unique<delivery::Engine>(delivery::EngineParts{
        thread->executor, clock, random, *committer, *thread->backlog, *thread->sender,
        delivery_memory, delivery_probe, thread->claims ? &thread->claims->desk() : nullptr,
        thread->hand_over.get(), spool ? &spool->fence() : nullptr});
    thread->front_door = std::make_unique<gateway::FrontDoor>(*ingest, gate, ingest_memory, clock,
                                                              thread->executor, gateway_probe);
    auto listener = http::Listener::open(thread->io.get_executor(), *listen, *thread->front_door,
                                         clock, ingest_connections, ingest_listener_probe);
    if (!listener) {
      return std::unexpected(std::move(listener).error());
    }
    thread->listener = *std::move(listener);
    listen->port = thread->listener->port();
    listen->joins = true;  // the others share it
    engines.push_back(thread->engine.get());
    threads.push_back(std::move(thread));
  }
  dispatcher = std::make_unique<delivery::Dispatcher>(std::move(engines));
  if (spool) {
    spool->deliver_with(*dispatcher);
    ingest->replicate_with(spool->replicator());
  }
  return {};
}

core::Result<void> Node::Parts::make_claims(IoThread& thread) {
  if (!config.redis) {
    return {};
  }
  if (!claim_probe) {
    claim_probe = std::make_unique<dedup::ClaimProbe>(registry);
    claim_hasher = std::make_unique<dedup::ClaimHasher>(config.redis->secret);
    ingest->claim_with(*claim_hasher);
  }
  http::ClientTlsPtr session;
  if (config.redis->address.tls) {
    auto made = tls.get(config.redis->tls);
    if (!made) {
      return std::unexpected(std::move(made).error().in_context("redis"));
    }
    session = *std::move(made);
  }
  auto line = ClaimLine::make(thread.io.get_executor(), thread.executor, clock, *claim_probe,
                              *config.redis, std::move(session), node_name(config));
  if (!line) {
    return std::unexpected(std::move(line).error());
  }
  thread.claims = *std::move(line);
  return {};
}

core::Result<void> Node::Parts::make_admin(const NodeOptions& options) {
  admin::AccessOptions access = admin_access(config);
  access.node_tag = writer->node_tag();
  if (auto exposed = admin::check_exposure(access); !exposed) {
    return exposed;
  }
  auto listen = listener_options(config.admin);
  if (!listen) {
    return std::unexpected(std::move(listen).error());
  }
  delivery_operator = std::make_unique<DeliveryOperator>(
      *dispatcher,
      DeliveryOperator::TrialParts{threads.front()->executor, *threads.front()->sender},
      admin.executor(), registry);
  const auto route = [this](const core::Event& event) {
    return gate.plan.load()->targets(event, writer->hasher());
  };
  jobs = std::make_unique<retry::JobRunner>(
      retry::JobRunnerParts{.executor = searcher.executor(),
                            .clock = clock,
                            .store = *store,
                            .commands = *committer,
                            .hasher = writer->hasher(),
                            .probe = job_probe,
                            .route = route,
                            .opened = [this](std::vector<journal::OpenDelivery> opened) {
                              delivery_operator->opened(std::move(opened));
                            }});
  if (config.peers) {
    peers = std::make_unique<PeerClient>(admin.io().get_executor(), clock, *config.peers);
  }
  told_config = std::make_unique<ToldConfig>(config, options.config_file, clock.now());
  exposition = std::make_unique<admin::PrometheusExposition>(registry);
  admin_context = std::make_unique<admin::AdminContext>(admin::AdminContext{
      .access = admin::Access(std::move(access)),
      .store = *store,
      .writer = *writer,
      .commands = *committer,
      .clock = clock,
      .random = random,
      .registry = registry,
      .attempts = delivery_probe.attempts(),
      .exposition = *exposition,
      .delivery = *delivery_operator,
      .jobs = *jobs,
      .checkpoints = *checkpoints,
      .reader = searcher.executor(),
      .scanner = scanner.executor(),
      .stopping = stopping,
      .executor = admin.executor(),
      .memory = admin_memory,
      .route = route,
      .idempotency_keys = gateway::stored_keys,
      .nodes = spool ? [&kafka = *spool](auto done) { kafka.ask_nodes(std::move(done)); }
                     : decltype(admin::AdminContext::nodes){},
      .forget_node = spool
                         ? [&kafka = *spool](std::uint16_t tag,
                                             auto done) { kafka.forget_node(tag, std::move(done)); }
                         : decltype(admin::AdminContext::forget_node){},
      .ask_peer = peers ? peers->asker() : nullptr,
      .dashboard = dashboard::dashboard_files(),
      .config = [this] { return told_config->view(); },
      .reload = options.reload,
      .node = node_name(config),
      .version = std::string(version()),
      .started = clock.now(),
      .ready = [this] { return gate.check_open(); },
      .refusals = std::make_unique<admin::Refusals>(registry)});
  journal_metrics = std::make_unique<admin::JournalMetrics>(*admin_context, registry);
  history_sampler = std::make_unique<admin::HistorySampler>(*admin_context, *journal_metrics);
  admin::register_process_metrics(registry, std::string(version()));
  api = std::make_unique<admin::Api>(*admin_context);
  auto listener = http::Listener::open(admin.io().get_executor(), *std::move(listen), *api, clock,
                                       admin_connections, admin_listener_probe);
  if (!listener) {
    return std::unexpected(std::move(listener).error().in_context("admin listener"));
  }
  admin_listener = *std::move(listener);
  return {};
}

core::Result<void> Node::Parts::apply(const config::Config& next) {
  const auto names =
      ask<journal::Register, journal::Names>(source_names(next), destination_names(next));
  if (!names) {
    return std::unexpected(names.error());
  }
  tls.forget();  // certificates may have been renewed
  auto compiled = compile(next, *names, gateway_probe, tls);
  if (!compiled) {
    return std::unexpected(std::move(compiled).error());
  }
  if (!running) {
    look_for_crash(compiled->lanes);
  }
  // Lanes first: what the new routes send must find them.
  dispatcher->apply(compiled->lanes);
  delivery_operator->configure(compiled->lanes);
  if (spool) {
    spool->configure(compiled->lanes);
  }
  auto limits = dedup_limits(next, *compiled->plan);
  reader.run([this, limits = std::move(limits), retention = next.retention]() mutable {
    if (!housekeeper) {
      housekeeper = std::make_unique<Housekeeper>(
          HousekeeperParts{reader.executor(), clock, *store, *writer, *committer, gate,
                           ingest_memory, registry},
          HousekeeperOptions{
              config.data_dir, {config.disk_budget}, retention, std::move(limits), drain_only});
      housekeeper->start();
    } else {
      housekeeper->set_limits(retention, std::move(limits));
    }
  });
  gate.plan.store(std::move(compiled->plan));
  return {};
}

// Before the first attempt.
void Node::Parts::look_for_crash(const std::vector<delivery::LaneSetup>& lanes) {
  if (make_running_mark(config.data_dir)) {
    const std::uint64_t attempts = attempts_cut_off_max(writer->totals(), lanes);
    cut_off_by_crash.add(attempts);
    core::log(core::LogLevel::warn, "node.had_crashed", {{"attempts_cut_off_max", attempts}});
  }
}

void Node::Parts::run() {
  running = true;
  last_reload.set(1);
  for (const auto& thread : threads) {
    if (thread->claims) {
      thread->executor.post([&claims = *thread->claims] { claims.start(); });
    }
    thread->listener->start();
    thread->start();
  }
  if (spool) {
    spool->start(peer_url(config, admin_listener->port()));
  }
  admin_listener->start();
  admin.start();
  admin.run([this] {
    journal_metrics->start();
    history_sampler->start();
  });
  jobs->wake();
  gate.ready = true;
}

void Node::Parts::stop() {
  if (std::exchange(stopped, true)) {
    return;  // whoever stops a node also destroys it
  }
  gate.ready = false;
  stopping = true;
  if (running) {
    // One deadline for all of it.
    const core::Time deadline = clock.now() + config.shutdown_limit;
    const auto left = [&] { return std::max(core::Duration{0}, deadline - clock.now()); };
    std::vector<std::future<std::size_t>> listeners;
    listeners.reserve(threads.size());
    for (const auto& thread : threads) {
      listeners.push_back(boost::asio::co_spawn(thread->io, thread->listener->stop(left()),
                                                boost::asio::use_future));
    }
    std::ranges::for_each(listeners, [](auto& ended) { ended.get(); });
    std::promise<void> engines_stopped;
    dispatcher->stop(deadline, [&] { engines_stopped.set_value(); });
    if (spool) {
      spool->stop(deadline);
    }
    engines_stopped.get_future().get();
    if (spool) {
      spool->close(left());
    }
    for (const auto& thread : threads) {
      boost::asio::co_spawn(thread->io, thread->client->stop(), boost::asio::use_future).get();
      if (thread->claims) {
        std::promise<void> closed;
        thread->executor.post([&] {
          thread->claims->stop();
          closed.set_value();
        });
        closed.get_future().get();
      }
    }
    admin.run([this] {
      journal_metrics->stop();
      history_sampler->stop();
    });
    boost::asio::co_spawn(admin.io(), admin_listener->stop(left()), boost::asio::use_future).get();
  }
  if (jobs) {
    searcher.run([this] { jobs->stop(); });
  }
  if (housekeeper) {
    reader.run([this] { housekeeper->stop(); });
  }
  if (committer) {
    committer->stop();
  }
  if (spool) {
    spool->join();
  }
  for (const auto& thread : threads) {
    thread->join();
  }
  admin.join();
  searcher.join();
  scanner.join();
  reader.join();
  if (running) {
    remove_running_mark(config.data_dir);
  }
}

Node::Node(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

core::Result<std::unique_ptr<Node>> Node::start(config::Config config, const NodeOptions& options) {
  const auto files = share_open_files(config.ingest.connections_max);
  if (!files) {
    return std::unexpected(files.error());
  }
  auto node = std::unique_ptr<Node>(new Node(std::make_unique<Parts>(std::move(config), *files)));
  Parts& parts = *node->parts_;
  parts.reader.start();
  parts.searcher.start();
  parts.scanner.start();
  if (auto opened = parts.open_journal(options); !opened) {
    return std::unexpected(std::move(opened).error());
  }
  if (auto made = parts.make_spool(); !made) {
    return std::unexpected(std::move(made).error());
  }
  if (auto made = parts.make_io_threads(); !made) {
    return std::unexpected(std::move(made).error());
  }
  if (auto made = parts.make_admin(options); !made) {
    return std::unexpected(std::move(made).error());
  }
  if (auto applied = parts.apply(parts.config); !applied) {
    return std::unexpected(std::move(applied).error());
  }
  parts.run();
  core::log(core::LogLevel::info, "node.started",
            {{"ingest", fmt::format("{}:{}", parts.config.ingest.address, node->ingest_port())},
             {"admin", fmt::format("{}:{}", parts.config.admin.address, node->admin_port())},
             {"threads", parts.threads.size()}});
  return node;
}

Node::~Node() {
  parts_->stop();
}

std::uint16_t Node::ingest_port() const {
  return parts_->threads.front()->listener->port();
}
std::uint16_t Node::admin_port() const {
  return parts_->admin_listener->port();
}

core::Result<admin::Reloaded> Node::reload(const config::Config& config) {
  auto applied = check_reload(parts_->config, config);
  applied = applied ? rehearse(config) : applied;  // before anything of it is registered
  applied = applied ? parts_->apply(config) : applied;
  if (!applied) {
    reload_refused(applied.error().message);
    return std::unexpected(std::move(applied).error());
  }
  parts_->admin.run([&] { admin::take_tokens(*parts_->admin_context, config.tokens); });
  parts_->last_reload.set(1);
  admin::Reloaded reloaded{needs_restart(parts_->config, config)};
  parts_->told_config->reloaded(config, reloaded, parts_->clock.now());
  return reloaded;
}

void Node::reload_refused(std::string problem) {
  parts_->last_reload.set(0);
  parts_->told_config->refused(std::move(problem), parts_->clock.now());
}

void Node::announce_stop() {
  parts_->gate.ready = false;
  for (const auto& thread : parts_->threads) {
    boost::asio::post(thread->io, [&listener = *thread->listener] { listener.drain(); });
  }
}

void Node::stop() {
  parts_->stop();
}

}  // namespace spillway::app
