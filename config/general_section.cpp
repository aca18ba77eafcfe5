#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <functional>

#include "config/sections.hpp"
#include "http/cidr.hpp"

namespace spillway::config {
namespace {

// Reads one section: `fields` asks for its keys, then unknown ones are reported.
void in_section(Section& parent, std::string_view key,
                const std::function<void(Section&)>& fields) {
  if (const auto node = parent.find(key)) {
    Section section = node->section();
    fields(section);
    section.finish();
  }
}

void read_log(Section& log, Config& config) {
  if (const auto level = log.find("level")) {
    config.log_level = level->one_of<core::LogLevel>({{"info", core::LogLevel::info},
                                                      {"debug", core::LogLevel::debug},
                                                      {"warn", core::LogLevel::warn},
                                                      {"error", core::LogLevel::error}});
  }
  if (const auto format = log.find("format")) {
    config.log_format = format->one_of<core::LogFormat>(
        {{"json", core::LogFormat::json}, {"text", core::LogFormat::text}});
  }
}

void read_memory(Section& memory, Config& config) {
  constexpr std::uint64_t kMin = std::uint64_t{1} << 20;
  const auto read = [&](std::string_view key, std::size_t& value) {
    if (const auto node = memory.find(key)) {
      value = node->size(kMin);
    }
  };
  read("ingest", config.ingest_memory);
  read("delivery", config.delivery_memory);
  config.body_bytes_max = std::min(config.body_bytes_max, config.ingest_memory);
}

}  // namespace

std::string Surroundings::absolute(const std::string& path) const {
  // An absolute path replaces what it is appended to.
  return (std::filesystem::path(directory) / path).lexically_normal().string();
}

http::ClientTlsOptions read_client_tls(const Node& node, const Surroundings& around) {
  http::ClientTlsOptions tls;
  Section section = node.section();
  const auto read = [&](std::string_view key, std::string& path) {
    if (const auto found = section.find(key)) {
      path = around.absolute(found->text());
    }
  };
  read("ca", tls.ca_file);
  read("certificate", tls.certificate_file);
  read("key", tls.key_file);
  section.finish();
  if (tls.certificate_file.empty() != tls.key_file.empty()) {
    node.problem("certificate and key belong together");
  }
  return tls;
}

std::vector<std::string> read_cidrs(const Node& node) {
  std::vector<std::string> ranges;
  for (const Node& item : node.list()) {
    ranges.push_back(item.text());
    if (const auto parsed = http::Cidr::parse(ranges.back()); !parsed) {
      item.problem(parsed.error().message);
    }
  }
  return ranges;
}

void check_name(const Node& node, std::string_view name) {
  if (name.empty()) {
    node.problem("the name is empty: choose one");
  } else if (std::ranges::any_of(name, is_control)) {
    node.problem("the name has control characters: choose another");
  }
}

std::size_t read_body_limit(const Node& node, const Config& config) {
  const std::size_t limit = node.size(1, kLimitBytesMax);
  if (limit > config.ingest_memory) {
    node.problem(
        fmt::format("found \"{}\", expected at most memory.ingest, {} bytes: a body that "
                    "takes more is always refused",
                    node.written(), config.ingest_memory));
  }
  return limit;
}

void read_general(Section& root, const Surroundings& around, Config& config) {
  if (const auto version = root.require("version")) {
    static_cast<void>(version->integer(1, 1));
  }
  if (const auto node = root.find("node")) {
    config.node = node->text();
  }
  config.data_dir = around.absolute("data");
  if (const auto data_dir = root.find("data_dir")) {
    config.data_dir = around.absolute(data_dir->text());
  }
  if (const auto budget = root.find("disk_budget")) {
    constexpr std::uint64_t kMin = std::uint64_t{256} << 20;  // the log and one compaction
    config.disk_budget = budget->size(kMin);
  }
  in_section(root, "retention", [&](Section& retention) {
    if (const auto delivered = retention.find("delivered")) {
      config.retention.delivered = delivered->duration();
    }
    if (const auto dead = retention.find("dead")) {
      config.retention.dead = dead->duration();
    }
  });
  in_section(root, "memory", [&](Section& memory) { read_memory(memory, config); });
  in_section(root, "log", [&](Section& log) { read_log(log, config); });
  in_section(root, "shutdown", [&](Section& shutdown) {
    if (const auto delay = shutdown.find("delay")) {
      config.shutdown_delay = delay->duration();
    }
    if (const auto limit = shutdown.find("limit")) {
      config.shutdown_limit = limit->duration();
    }
  });
  if (const auto threads = root.find("threads")) {
    config.threads = static_cast<unsigned>(threads->integer(0, 256));
  }
  if (const auto kafka = root.find("kafka")) {
    read_kafka(*kafka, config);
  }
  if (const auto redis = root.find("redis")) {
    read_redis(*redis, around, config);
  }
  root.not_built("cell", "cells");
}

}  // namespace spillway::config
