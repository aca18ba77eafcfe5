#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <unordered_map>

#include "config/sections.hpp"
#include "gateway/source.hpp"

namespace spillway::config {
namespace {

using gateway::SourceKind;

// Nothing for a kind that is not built yet: nobody can say which keys it will have.
std::optional<SourceKind> read_kind(const Node& node) {
  for (const std::string_view later : {"github", "stripe", "shopify", "slack", "twilio",
                                       "standard-webhooks", "cloudevents", "token"}) {
    if (node.text() == later) {
      node.problem(fmt::format("kind \"{}\" is not built yet in this version", later));
      return std::nullopt;
    }
  }
  // A typing error is read on as the kind that asks for least.
  return node.one_of<SourceKind>(
      {{"open", SourceKind::open}, {"whatsapp", SourceKind::whatsapp}, {"hmac", SourceKind::hmac}});
}

void read_signature(Section& source, gateway::SignatureOptions& signature) {
  if (const auto header = source.require("header")) {
    signature.header = header->text();
  }
  if (const auto algorithm = source.find("algorithm")) {
    signature.algorithm =
        algorithm->one_of<core::HashAlgorithm>({{"sha256", core::HashAlgorithm::sha256},
                                                {"sha512", core::HashAlgorithm::sha512},
                                                {"sha1", core::HashAlgorithm::sha1}});
  }
  if (const auto encoding = source.find("encoding")) {
    signature.encoding = encoding->one_of<gateway::SignatureEncoding>(
        {{"hex", gateway::SignatureEncoding::hex}, {"base64", gateway::SignatureEncoding::base64}});
  }
  if (const auto prefix = source.find("prefix")) {
    signature.prefix = prefix->text();
  }
  if (const auto content = source.find("content")) {
    signature.content = content->text();
  }
  if (const auto header = source.find("timestamp_header")) {
    signature.timestamp_header = header->text();
  }
  if (const auto tolerance = source.find("tolerance")) {
    signature.tolerance = std::chrono::floor<std::chrono::seconds>(tolerance->duration());
  }
}

gateway::IdempotencyKeyOptions read_idempotency_key(const Node& node) {
  gateway::IdempotencyKeyOptions options;
  Section section = node.section();
  if (const auto header = section.find("header")) {
    options.header = header->text();
  }
  if (const auto json = section.find("json")) {
    options.json = json->text();
  }
  if (const auto body = section.find("body")) {
    options.body_sha256 = body->one_of<bool>({{"sha256", true}});
  }
  section.finish();
  return options;
}

void read_dedup(const Node& node, gateway::DedupOptions& dedup) {
  Section section = node.section();
  if (const auto window = section.find("window")) {
    dedup.window = window->duration();
    if (*dedup.window > std::chrono::days(30)) {
      window->problem("expected at most 30d");
    }
  }
  if (const auto bytes = section.find("max_bytes")) {
    dedup.bytes_max = bytes->size();
  }
  section.finish();
}

// What only one kind has: for the others these keys are unknown.
void read_kind_fields(Section& section, gateway::SourceOptions& options) {
  switch (options.kind) {
    case SourceKind::whatsapp:
      if (const auto token = section.require("verify_token")) {
        options.verify_token = token->text();
      }
      if (const auto split = section.find("split")) {
        options.split = split->one_of<gateway::SplitPolicy>(
            {{"auto", gateway::SplitPolicy::automatic}, {"never", gateway::SplitPolicy::never}});
      }
      break;
    case SourceKind::hmac:
      read_signature(section, options.signature);
      break;
    case SourceKind::open:
      break;
  }
  if (options.kind != SourceKind::open) {
    if (const auto secrets = section.require("secrets")) {
      options.secrets = secrets->texts();
    }
  }
  if (options.kind != SourceKind::whatsapp) {
    if (const auto key = section.find("idempotency_key")) {
      options.idempotency_key = read_idempotency_key(*key);
    }
  }
}

// Whether a request can ask for it as it is written.
void check_path(const Node& node, const std::string& path, std::string_view name) {
  const auto never_sent = [](unsigned char c) {
    return c == ' ' || c == '?' || c == '#' || is_control(c);
  };
  if (!path.starts_with('/')) {
    node.problem(fmt::format("found \"{}\", expected a path such as /in/{}", node.written(), name));
  } else if (std::ranges::any_of(path, never_sent)) {
    node.problem(
        fmt::format("no request can have the path \"{}\": expected one without spaces, "
                    "?, # and control characters",
                    path));
  }
}

SourceConfig read_source(const std::string& name, const Node& node, const Config& config) {
  SourceConfig source;
  gateway::SourceOptions& options = source.options;
  options.name = name;
  Section section = node.section();
  const auto path = section.find("path");
  options.path = path ? path->text() : "/in/" + name;
  check_path(path.value_or(node), options.path, name);
  if (const auto kind = section.require("kind")) {
    const auto known = read_kind(*kind);
    if (!known) {
      return source;
    }
    options.kind = *known;
  }
  read_kind_fields(section, options);
  if (const auto ack = section.find("ack")) {
    using Durability = journal::Command::Durability;
    source.ack = ack->one_of<Durability>({{"journal", Durability::synced},
                                          {"memory", Durability::written},
                                          {"replicated", Durability::synced}});
    if (ack->text() == "replicated") {
      source.replicated = gateway::OnUnavailable::journal;
    }
  }
  if (const auto unavailable = section.find("on_unavailable")) {
    const auto chosen = unavailable->one_of<gateway::OnUnavailable>(
        {{"journal", gateway::OnUnavailable::journal}, {"refuse", gateway::OnUnavailable::refuse}});
    if (source.replicated) {
      source.replicated = chosen;
    } else {
      unavailable->problem("on_unavailable is for sources with ack: replicated");
    }
  }
  if (const auto status = section.find("ack_status")) {
    options.ack_status = static_cast<std::uint16_t>(status->integer(200, 299));
  }
  if (const auto conflict = section.find("on_key_conflict")) {
    options.on_key_conflict =
        conflict->one_of<gateway::KeyConflict>({{"accept", gateway::KeyConflict::accept},
                                                {"duplicate", gateway::KeyConflict::duplicate},
                                                {"422", gateway::KeyConflict::refuse}});
  }
  if (const auto rate = section.find("rate")) {
    options.rate = read_rate(*rate);
  }
  if (const auto limits = section.find("limits")) {
    Section limit = limits->section();
    if (const auto body = limit.find("body")) {
      options.body_bytes_max = read_body_limit(*body, config);
    }
    limit.finish();
  }
  if (const auto headers = section.find("keep_headers")) {
    options.keep_headers = headers->texts();
  }
  if (const auto dedup = section.find("dedup")) {
    read_dedup(*dedup, options.dedup);
  }
  section.finish();
  if (const auto made = gateway::make_source(options); !made) {
    node.problem(made.error().message);
  }
  return source;
}

}  // namespace

core::RateOptions read_rate(const Node& node) {
  core::RateOptions rate;
  Section section = node.section();
  if (const auto per_second = section.require("per_second")) {
    rate.per_second = per_second->number(0.001, 1e6);
  }
  rate.burst = std::max(1.0, rate.per_second);
  if (const auto burst = section.find("burst")) {
    rate.burst = burst->number(1, 1e9);
  }
  section.finish();
  return rate;
}

void read_sources(const Node& node, Config& config) {
  std::unordered_map<std::string, std::string> by_path;
  for (const auto& [name, entry] : node.named()) {
    check_name(entry, name);
    SourceConfig source = read_source(name, entry, config);
    const auto [other, fresh] = by_path.emplace(source.options.path, name);
    if (!fresh) {
      entry.problem(fmt::format("source \"{}\" has the same path {}", other->second, other->first));
    }
    config.sources.push_back(std::move(source));
  }
}

}  // namespace spillway::config
