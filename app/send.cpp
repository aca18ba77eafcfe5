#include "app/send.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "app/exit_code.hpp"
#include "app/run_task.hpp"
#include "app/signals.hpp"
#include "core/random.hpp"
#include "core/system_clock.hpp"

namespace spillway::app {
namespace {

constexpr std::size_t kConcurrencyMax = 4096;
// Signed: CLI11 takes -1 for the largest unsigned number there is.
constexpr std::int64_t kCountMax = 1'000'000'000'000;

// What the command line says before it is put together.
struct Arguments {
  SendOptions options;
  std::string body_file;
  std::vector<std::string> headers;
  core::Duration lasting{};
};

core::Header parse_header(const std::string& text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos) {
    throw UsageError(fmt::format("--header: found \"{}\", expected \"Name: value\"", text));
  }
  const std::size_t value = text.find_first_not_of(" \t", colon + 1);
  return {text.substr(0, colon), value == std::string::npos ? "" : text.substr(value)};
}

std::string read_body(const std::string& file) {
  if (file == "-") {
    return {std::istreambuf_iterator<char>(std::cin), {}};
  }
  std::ifstream input(file, std::ios::binary);
  if (!input) {
    throw UsageError(fmt::format("--body-file: {} cannot be read", file));
  }
  return {std::istreambuf_iterator<char>(input), {}};
}

void add_signing(CommandLine app, Arguments& arguments) {
  using core::HashAlgorithm;
  using gateway::SignatureEncoding;
  RequestOptions& request = arguments.options.request;
  gateway::SignatureOptions& signature = request.signature;
  app.option("--secret", request.secrets, "Signs with it; several sign all, as during a rotation")
      .from_environment("SPILLWAY_SEND_SECRET");
  app.option("--signature-header", signature.header, "kind hmac: carries the signature");
  app.option("--signature-prefix", signature.prefix, "kind hmac: such as sha256=");
  app.option("--signed-content", signature.content,
             "kind hmac: what is signed; {body} and {header:NAME} are filled in")
      .shows_default();
  app.option("--timestamp-header", signature.timestamp_header,
             "kind hmac: is given the time in Unix seconds");
  app.choice("--algorithm", signature.algorithm,
             {{"sha1", HashAlgorithm::sha1},
              {"sha256", HashAlgorithm::sha256},
              {"sha512", HashAlgorithm::sha512}},
             "kind hmac: sha1, sha256 or sha512");
  app.choice("--encoding", signature.encoding,
             {{"hex", SignatureEncoding::hex}, {"base64", SignatureEncoding::base64}},
             "kind hmac: hex or base64");
}

void add_whatsapp(CommandLine app, WhatsappTrafficOptions& whatsapp) {
  app.option("--phone-number-id", whatsapp.phone_number_ids,
             "kind whatsapp: of the business; several take turns");
  app.option("--waba-id", whatsapp.waba_id, "kind whatsapp: the business account").shows_default();
  app.option("--batch", whatsapp.batch, "kind whatsapp: updates in each request").shows_default();
  app.choice("--content", whatsapp.content,
             {{"messages", WhatsappContent::messages},
              {"statuses", WhatsappContent::statuses},
              {"mixed", WhatsappContent::mixed}},
             "kind whatsapp: messages, statuses or mixed");
}

void add_request(CommandLine app, Arguments& arguments) {
  using gateway::SourceKind;
  RequestOptions& request = arguments.options.request;
  app.option("url", arguments.options.url, "Where to, such as http://127.0.0.1:8080/in/waba")
      .required();
  app.choice(
      "-k,--kind", request.kind,
      {{"whatsapp", SourceKind::whatsapp}, {"hmac", SourceKind::hmac}, {"open", SourceKind::open}},
      "whatsapp, hmac or open");
  const Option body = app.option("-d,--body", request.body, "The body; else one is made up");
  app.option("-f,--body-file", arguments.body_file, "A file with the body; - is the input")
      .excludes(body);
  app.option("--content-type", request.content_type).shows_default();
  app.option("-H,--header", arguments.headers, "Another header, as \"Name: value\"");
  app.option("-i,--idempotency-key", request.idempotency_key,
             "Idempotency-Key; {n} in it becomes the request's number");
  app.option("--ca", arguments.options.ca_file, "Trusted certificates instead of the system's");
  app.flag("--duplicate", request.twice, "Each request is sent twice, byte by byte the same");
}

void add_pace(CommandLine app, Arguments& arguments) {
  LoadOptions& load = arguments.options.load;
  load.count = 1;
  const Option count = app.option("-n,--count", load.count, "Requests; 0 never ends")
                           .between(std::int64_t{0}, kCountMax)
                           .shows_default();
  app.option("-r,--rate", load.rate, "Requests per second; 0 as fast as answers come")
      .between(0.0, 1e6);
  app.option("-c,--concurrency", load.concurrency, "Connections")
      .between(std::size_t{1}, kConcurrencyMax)
      .shows_default();
  app.duration("--timeout", load.timeout, "How long an answer is waited for; 30s");
  app.duration("--for", arguments.lasting, "Sends for so long, however many").excludes(count);
  app.flag("--json", arguments.options.json, "The result as JSON");
}

SendOptions put_together(Arguments arguments) {
  SendOptions options = std::move(arguments.options);
  for (const std::string& header : arguments.headers) {
    options.request.headers.push_back(parse_header(header));
  }
  if (!arguments.body_file.empty()) {
    options.request.body = read_body(arguments.body_file);
  }
  if (arguments.lasting > core::Duration::zero()) {
    options.load.lasting = arguments.lasting;
    options.load.count = 0;
  }
  if (options.request.twice && options.load.count == 1) {
    options.load.count = 2;
  }
  return options;
}

// The load, and then a value: run_task() waits for one.
http::Awaitable<bool> run_load(Load* load) {
  co_await load->run();
  co_return true;
}

int exit_code(const LoadReport& report) {
  if (!report.reached && !report.errors.empty()) {
    return kUnreachable;
  }
  return report.all_accepted() ? kOk : kProblem;
}

}  // namespace

void add_send(CommandLine app, Command& chosen) {
  CommandLine command = app.add_command("send", "Make and sign requests as a source's sender does");
  const auto arguments = std::make_shared<Arguments>();
  add_request(command, *arguments);
  add_signing(command, *arguments);
  add_whatsapp(command, arguments->options.request.whatsapp);
  add_pace(command, *arguments);
  command.when_chosen([arguments, &chosen] {
    chosen = [options = put_together(*arguments)] { return send(options); };
  });
}

int send(const SendOptions& options) {
  boost::asio::io_context io(1);
  core::SystemClock clock;
  core::SystemRandom random;
  auto factory = RequestFactory::make(options.request, random);
  auto origin = Origin::open(io.get_executor(), options.url, options.ca_file);
  if (!factory || !origin) {
    const core::Error& error = factory ? origin.error() : factory.error();
    fmt::print(stderr, "spillway send: {}\n", error.message);
    return kUsage;
  }
  Load load(**origin, *factory, clock, options.load);
  const Signals signals(io, [&load] { load.stop(); });
  run_task(io, run_load(&load));
  fmt::print("{}", options.json ? to_json(load.report()) : describe(load.report()));
  return exit_code(load.report());
}

}  // namespace spillway::app
