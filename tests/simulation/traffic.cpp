#include "tests/simulation/traffic.hpp"

#include <fmt/format.h>

#include <utility>

#include "core/crypto.hpp"
#include "core/encoding.hpp"

namespace spillway::simulation {
namespace {

constexpr std::string_view kSecret = "the secret of every upstream";
constexpr std::string_view kSignature = "X-Hub-Signature-256";
constexpr std::string_view kPrefix = "sha256=";

// Around the messages of a WhatsApp body, in the order in which the node writes the members of an
// envelope: so this is what each message must be stored as, too.
constexpr std::string_view kBatchHead =
    R"({"object":"whatsapp_business_account","entry":[{"id":"1","changes":[)"
    R"({"field":"messages","value":{"metadata":{"phone_number_id":"7"},"messages":[)";
constexpr std::string_view kBatchTail = "]}}]}]}";
constexpr std::string_view kFirstMessage = "/entry/0/changes/0/value/messages/0";

std::string target_member(std::size_t target) {
  return fmt::format("to-{}", target);
}

std::string content_of(const SentEvent& event) {
  std::string content = fmt::format(R"({{"id":"{}","text":"{}")", event.key, event.text);
  for (const std::size_t target : event.targets) {
    content += fmt::format(R"(,"{}":true)", target_member(target));
  }
  return content + "}";
}

std::string in_batch(std::string_view contents) {
  return fmt::format("{}{}{}", kBatchHead, contents, kBatchTail);
}

}  // namespace

SentRequest make_request(std::vector<SentEvent> events) {
  SentRequest request;
  request.source = events.front().source;
  const Source& source = kSources[request.source];
  std::string contents;
  for (SentEvent& event : events) {
    const std::string content = content_of(event);
    contents += (contents.empty() ? "" : ",") + content;
    event.body = source.batches() ? in_batch(content) : content;
  }
  request.body = source.batches() ? in_batch(contents) : contents;
  request.headers = {{"Content-Type", "application/json"}};
  if (source.signs()) {
    static const core::Hmac hmac(core::HashAlgorithm::sha256, kSecret);
    request.headers.push_back(
        {std::string(kSignature),
         fmt::format("{}{}", kPrefix, core::to_hex(hmac.sign({request.body})))});
  }
  if (!source.batches() && !events.front().key.empty()) {
    request.headers.push_back({"Idempotency-Key", events.front().key});
  }
  if (const std::uint32_t key = events.front().ordering_key; key != 0) {
    request.headers.push_back({std::string(kOrderingKey), fmt::format("{}", key)});
  }
  if (const std::uint32_t version = events.front().version; version != 0) {
    request.headers.push_back({std::string(kVersion), fmt::format("{}", version)});
  }
  request.events = std::move(events);
  return request;
}

std::string text_pointer(std::size_t source) {
  return fmt::format("{}/text", kSources[source].batches() ? kFirstMessage : "");
}

gateway::SourceOptions source_options(std::size_t source, const Options& options) {
  gateway::SourceOptions made;
  made.name = kSources[source].name;
  made.kind = kSources[source].kind;
  made.on_key_conflict = kSources[source].on_conflict;
  made.dedup.window = options.dedup_window;
  if (kSources[source].signs()) {
    made.secrets = {std::string(kSecret)};
  }
  if (made.kind == gateway::SourceKind::hmac) {
    made.signature.header = kSignature;
    made.signature.prefix = kPrefix;
  }
  return made;
}

std::vector<routing::RouteOptions> routes(const Options& options) {
  std::vector<routing::RouteOptions> routes;
  for (const Source& source : kSources) {
    for (std::size_t target = 0; target < options.destinations.size(); ++target) {
      routing::ConditionOptions condition;
      condition.json =
          fmt::format("{}/{}", source.batches() ? kFirstMessage : "", target_member(target));
      condition.exists = true;
      const std::string& destination = options.destinations[target].name;
      routes.push_back({fmt::format("{} to {}", source.name, destination),
                        std::string(source.name),
                        {condition},
                        {destination},
                        false});
    }
  }
  return routes;
}

}  // namespace spillway::simulation
