#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <string_view>
#include <utility>

#include "config/sections.hpp"
#include "retry/kafka_options.hpp"

namespace spillway::config {
namespace {

// Kafka's limits on the names of topics; the longest of ours has 20 characters after the prefix.
constexpr std::size_t kPrefixMax = 200;
constexpr std::int64_t kPartitionsMax = 1000;
constexpr std::int64_t kReplicationMax = 32;

bool fits_a_topic(unsigned char c) {
  return (std::isalnum(c) != 0 && c < 0x80) || c == '.' || c == '_' || c == '-';
}

// host:port, with commas between several. Kafka's own port where none is given.
void check_brokers(const Node& node, std::string_view brokers) {
  const bool odd = std::ranges::any_of(
      brokers, [](unsigned char c) { return is_control(c) || c == ' ' || c == '/' || c == '@'; });
  if (brokers.empty() || odd || brokers.starts_with(',') || brokers.ends_with(',') ||
      brokers.contains(",,")) {
    // Not what was found: somebody may have written a password into it.
    node.problem(
        "expected brokers as host:port, with commas and no spaces between them; how to sign in "
        "belongs into properties");
  }
}

void read_properties(const Node& node, retry::KafkaOptions& options) {
  for (const auto& [property, value] : node.named()) {
    if (retry::set_by_spillway(property)) {
      value.problem(fmt::format("\"{}\" is set by Spillway, since the spool rests on it: remove it",
                                property));
      continue;
    }
    options.properties[property] = value.text();
  }
}

}  // namespace

void read_kafka(const Node& node, Config& config) {
  Section section = node.section();
  retry::KafkaOptions options;
  if (const auto brokers = section.require("brokers")) {
    options.brokers = brokers->text();
    check_brokers(*brokers, options.brokers);
  }
  if (const auto prefix = section.find("topic_prefix")) {
    options.topic_prefix = prefix->text();
    if (options.topic_prefix.empty() || options.topic_prefix.size() > kPrefixMax ||
        !std::ranges::all_of(options.topic_prefix, fits_a_topic)) {
      prefix->problem(
          fmt::format("found \"{}\", expected up to {} of: letters, digits, '.', '_' "
                      "and '-', which names of topics consist of",
                      prefix->written(), kPrefixMax));
    }
  }
  if (const auto partitions = section.find("partitions")) {
    options.partitions = static_cast<int>(partitions->integer(1, kPartitionsMax));
  }
  if (const auto replication = section.find("replication")) {
    options.replication = static_cast<int>(replication->integer(1, kReplicationMax));
  }
  if (const auto properties = section.find("properties")) {
    read_properties(*properties, options);
  }
  section.finish();
  config.kafka = std::move(options);
}

}  // namespace spillway::config
