#include "app/demo.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <utility>

#include "app/demo_run.hpp"
#include "app/demo_setup.hpp"
#include "app/demo_sinks.hpp"
#include "app/exit_code.hpp"
#include "app/load.hpp"
#include "app/node.hpp"
#include "app/request_factory.hpp"
#include "app/run_task.hpp"
#include "app/signals.hpp"
#include "config/config.hpp"
#include "core/log.hpp"
#include "core/random.hpp"
#include "core/system_clock.hpp"

namespace spillway::app {
namespace {

constexpr std::uint16_t kIngestPort = 8080;
constexpr std::uint16_t kAdminPort = 8081;

struct Gateway {
  std::unique_ptr<DemoSinks> sinks;
  std::unique_ptr<Node> node;
};

core::Result<Gateway> start(const DemoOptions& options, const DemoDirectory& directory,
                            const DemoSecrets& secrets, const core::Clock& clock,
                            core::Random& random) {
  const auto ingest = choose_port(options.ingest_port, kIngestPort);
  const auto admin = choose_port(options.admin_port, kAdminPort);
  if (!ingest || !admin) {
    return std::unexpected(ingest ? admin.error() : ingest.error());
  }
  auto sinks = DemoSinks::start(secrets, clock, random);
  if (!sinks) {
    return std::unexpected(std::move(sinks.error()));
  }
  const std::string text =
      demo_config(directory.path(), secrets,
                  {*ingest, *admin, (*sinks)->healthy_port(), (*sinks)->flaky_port()});
  auto config = config::parse(text, "demo.yaml", directory.path());
  if (!config) {
    return core::fail(core::ErrorCode::invalid_argument, config::to_string(config.error()));
  }
  core::configure_log(config->log_level, config->log_format);
  auto node = Node::start(std::move(*config), {});
  if (!node) {
    return std::unexpected(std::move(node.error()));
  }
  return Gateway{std::move(*sinks), std::move(*node)};
}

void introduce(const DemoOptions& options, const DemoDirectory& directory, const Node& node) {
  const std::uint16_t ingest = node.ingest_port();
  const std::uint16_t admin = node.admin_port();
  if (!options.ingest_port && ingest != kIngestPort) {
    fmt::print("Port {} is taken, so events go to port {}.\n", kIngestPort, ingest);
  }
  if (!options.admin_port && admin != kAdminPort) {
    fmt::print("Port {} is taken, so the admin API is on port {}.\n", kAdminPort, admin);
  }
  fmt::print(
      R"(Spillway is running, its journal in {0}{1}
Signed WhatsApp webhooks come in at {2}/s; half go to a healthy destination, half to a flaky
one, which fails 30 % of its requests and is down for 20 s of every minute.

  dashboard   http://127.0.0.1:{4}/
  admin API   http://127.0.0.1:{4}/v1/summary
  metrics     http://127.0.0.1:{4}/metrics

Send an event of your own, and follow it:

  curl -i http://127.0.0.1:{3}/in/hello -H 'Content-Type: application/json' -d '{{"hello":"you"}}'
  curl -s 'http://127.0.0.1:{4}/v1/events?source=hello&limit=1'

)",
      directory.path().string(), directory.temporary() ? " (removed at the end)." : ".",
      options.rate, ingest, admin);
  std::fflush(stdout);
}

core::Result<RequestFactory> make_traffic(const DemoSecrets& secrets, core::Random& random) {
  RequestOptions options;
  options.kind = gateway::SourceKind::whatsapp;
  options.secrets = {secrets.app_secret};
  options.whatsapp.phone_number_ids = {std::string(kHealthyNumber), std::string(kFlakyNumber)};
  return RequestFactory::make(std::move(options), random);
}

// Says what became of everything, and whether the three who counted agree: the sender, the
// gateway's books and the destinations.
ExitCode judge(const DemoRun::Books& books, const LoadReport& load, const DemoSinks& sinks) {
  const DemoBooks& after = books.after;
  const std::uint64_t received = sinks.healthy().distinct() + sinks.flaky().distinct();
  const std::uint64_t repeats = sinks.healthy().duplicates() + sinks.flaky().duplicates();
  const std::uint64_t invalid =
      sinks.healthy().invalid_signatures() + sinks.flaky().invalid_signatures();
  const std::uint64_t delivered = after.delivered - books.before.delivered;
  fmt::print("sender        {} requests, {} events accepted\n", load.requests, load.events);
  fmt::print("gateway       {} accepted, {} delivered, {} pending, {} dead; the books {}\n",
             after.accepted - books.before.accepted, delivered, after.pending, after.dead,
             after.balanced ? "balance" : "do NOT balance");
  fmt::print("destinations  {} distinct events, {} repeats, {} wrong signatures\n", received,
             repeats, invalid);
  const bool fine = after.balanced && load.all_accepted() &&
                    after.accepted - books.before.accepted >= load.events &&
                    after.accepted == after.delivered + after.pending + books.before.dead &&
                    received >= delivered && invalid == 0;
  fmt::print("{}\n", fine ? "Every accepted event was delivered or is pending."
                          : "Something is wrong: see above.");
  return fine ? kOk : kProblem;
}

int fail_start(const core::Error& error) {
  fmt::print(stderr, "spillway demo: {}\n", error.message);
  return exit_code(error.code);
}

}  // namespace

void add_demo(CommandLine app, Command& chosen) {
  CommandLine command =
      app.add_command("demo", "See it work: gateway, traffic and destinations in one process");
  const auto options = std::make_shared<DemoOptions>();
  const auto lasting = std::make_shared<core::Duration>(0);
  command.duration("--for", *lasting, "Ends by itself after so long, and delivers the rest");
  command.option("--data-dir", options->data_dir,
                 "Keeps the journal there; else in a temporary directory");
  command.option("--rate", options->rate, "Requests per second")
      .between(0.1, 100'000.0)
      .shows_default();
  command.option("--ingest-port", options->ingest_port, "8080, or any if that is taken");
  command.option("--admin-port", options->admin_port, "8081, or any if that is taken");
  command.when_chosen([options, lasting, &chosen] {
    if (*lasting > core::Duration::zero()) {
      options->lasting = *lasting;
    }
    chosen = [options] { return demo(*options); };
  });
}

int demo(const DemoOptions& options) {
  core::SystemClock clock;
  core::SystemRandom random;
  const DemoSecrets secrets = DemoSecrets::make(random);
  const auto directory = DemoDirectory::make(options.data_dir);
  if (!directory) {
    return fail_start(directory.error());
  }
  const auto gateway = start(options, *directory, secrets, clock, random);
  auto traffic = make_traffic(secrets, random);
  if (!gateway || !traffic) {
    return fail_start(gateway ? traffic.error() : gateway.error());
  }
  const auto& [sinks, node] = *gateway;
  introduce(options, *directory, *node);

  boost::asio::io_context io(1);
  const auto ingest = Origin::open(
      io.get_executor(), fmt::format("http://127.0.0.1:{}/in/waba", node->ingest_port()), "");
  const auto admin =
      Origin::open(io.get_executor(), fmt::format("http://127.0.0.1:{}", node->admin_port()), "");
  Load load(**ingest, *traffic, clock, {.rate = options.rate, .concurrency = 32, .lasting = {}});
  DemoRun run(load, **admin, *sinks, options.lasting);
  const Signals signals(io, [&run] { run.stop(); });
  const auto books = run_task(io, run.run());
  node->stop();
  sinks->stop();
  if (!books) {
    fmt::print(stderr, "\nspillway demo: {}\n", books.error().message);
    return kProblem;
  }
  return judge(*books, load.report(), *sinks);
}

}  // namespace spillway::app
