#include "app/sink.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <utility>

#include "app/exit_code.hpp"
#include "app/signals.hpp"
#include "core/random.hpp"
#include "core/system_clock.hpp"

namespace spillway::app {
namespace {

constexpr std::uint16_t kDefaultPort = 8090;

// The option of a field: --retry-after for retry_after.
std::string option_name(std::string_view field) {
  std::string name = "--" + std::string(field);
  std::ranges::replace(name, '_', '-');
  return name;
}

void add_field(CommandLine app, const MisbehaviourField& field, Misbehaviour& misbehaviour) {
  const std::string name = option_name(field.name);
  if (field.form == "BOOL") {  // the only one is hang
    app.flag(name, misbehaviour.hang, std::string(field.help));
    return;
  }
  app.parsed(
      name, std::string(field.form),
      [&misbehaviour, field](const std::string& text) {
        return misbehaviour.set(field.name, text);
      },
      std::string(field.help));
}

}  // namespace

void add_sink(CommandLine app, Command& chosen) {
  CommandLine command = app.add_command(
      "sink", "Receive webhooks: verify them, count them, and misbehave on request");
  const auto options = std::make_shared<SinkOptions>();
  const auto lasting = std::make_shared<core::Duration>(0);
  SinkServerOptions& server = options->server;
  server.port = kDefaultPort;
  command.option("--address", server.address).shows_default();
  command.option("-p,--port", server.port, "0 takes any free one and tells it").shows_default();
  command
      .option("--secret", server.verifier.secrets,
              "Verifies Standard Webhooks with it (whsec_, or whsk_ for v1a); one of several")
      .from_environment("SPILLWAY_SINK_SECRET");
  command
      .option("--meta-secret", server.verifier.meta_secret, "Verifies X-Hub-Signature-256 with it")
      .from_environment("SPILLWAY_SINK_META_SECRET");
  command.option("--remember", server.ids_max, "Ids kept to find repeats, 60 bytes each")
      .between(std::size_t{1}, std::size_t{100'000'000})
      .shows_default();
  for (const MisbehaviourField& field : misbehaviour_fields()) {
    add_field(command, field, server.misbehaviour);
  }
  command.duration("--for", *lasting, "Ends by itself after so long");
  command.when_chosen([options, lasting, &chosen] {
    if (*lasting > core::Duration::zero()) {
      options->lasting = *lasting;
    }
    chosen = [options] { return sink(*options); };
  });
}

int sink(const SinkOptions& options) {
  boost::asio::io_context io(1);
  core::SystemClock clock;
  core::SystemRandom random;
  const auto server = SinkServer::open(io.get_executor(), options.server, clock, random);
  if (!server) {
    fmt::print(stderr, "spillway sink: {}\n", server.error().message);
    return kUsage;
  }
  http::Timer end(io.get_executor());
  const Signals signals(io, [&io] { io.stop(); });
  if (options.lasting) {
    end.expires_after(*options.lasting);
    end.async_wait([&io](const boost::system::error_code&) { io.stop(); });
  }
  fmt::print("listening on http://{}:{}\n", options.server.address, (*server)->port());
  std::fflush(stdout);
  io.run();
  (*server)->stop();
  fmt::print("{}\n", (*server)->ledger().stats_json());
  return (*server)->ledger().invalid_signatures() == 0 ? kOk : kProblem;
}

}  // namespace spillway::app
