#include <fmt/format.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ctime>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "config/config.hpp"
#include "core/random.hpp"
#include "delivery/request_headers.hpp"

namespace spillway::config {
namespace {

constexpr std::string_view kMinimal = R"(version: 1
sources:
  shop: { kind: hmac, header: X-Sig, secrets: [ "0123456789abcdef" ] }
destinations:
  acme: { url: "https://hooks.example.com/in" }
routes:
  - { name: all, from: shop, to: [ acme ] }
)";

std::string problems_of(const std::string& text) {
  const auto loaded = parse(text, "test.yaml", "/etc/spillway");
  return loaded ? "" : to_string(loaded.error());
}

// The minimal file with one more line in front.
std::string with(const std::string& line) {
  return line + "\n" + std::string(kMinimal);
}

testing::AssertionResult says(const std::string& problems, std::string_view expected) {
  if (problems.contains(expected)) {
    return testing::AssertionSuccess();
  }
  return testing::AssertionFailure() << "not in: " << problems;
}

TEST(LoadConfig, fills_in_the_defaults) {
  const auto loaded = parse(std::string(kMinimal), "test.yaml", "/etc/spillway");
  ASSERT_TRUE(loaded) << to_string(loaded.error());
  EXPECT_EQ(loaded->data_dir, "/etc/spillway/data");
  EXPECT_EQ(loaded->ingest.port, 8080);
  EXPECT_EQ(loaded->admin.address, "127.0.0.1");
  EXPECT_EQ(loaded->sources.at(0).options.path, "/in/shop");
  EXPECT_EQ(loaded->destinations.at(0).max_in_flight, 64U);
  EXPECT_TRUE(loaded->destinations.at(0).sign.empty());  // nothing to sign with
}

TEST(LoadConfig, an_unknown_key_names_place_and_nearest) {
  const std::string problems = problems_of(with("retentoin: { dead: 1d }"));
  EXPECT_TRUE(says(problems, "test.yaml:1: "));
  EXPECT_TRUE(says(problems, "unknown key \"retentoin\"; did you mean \"retention\"?"));
}

TEST(LoadConfig, an_unknown_key_that_resembles_nothing_lists_what_is_known) {
  EXPECT_TRUE(says(problems_of(with("log: { wharrgarbl: 1 }")), "expected one of: level, format"));
}

TEST(LoadConfig, a_known_key_that_is_not_built_names_its_feature) {
  EXPECT_TRUE(says(problems_of(with("cell: a")), "cells is not built yet"));
}

TEST(LoadConfig, reads_the_redis_that_nodes_share) {
  const auto loaded = parse(with("redis: { url: \"rediss://:pw@r1:7000/2\", timeout: 20ms, secret: "
                                 "s, tls: { ca: ca.crt } }"),
                            "test.yaml", "/etc/spillway");
  ASSERT_TRUE(loaded) << to_string(loaded.error());
  ASSERT_TRUE(loaded->redis);
  EXPECT_EQ(loaded->redis->address.host, "r1");
  EXPECT_EQ(loaded->redis->address.port, 7000);
  EXPECT_EQ(loaded->redis->address.database, 2U);
  EXPECT_EQ(loaded->redis->timeout, std::chrono::milliseconds(20));
  EXPECT_EQ(loaded->redis->secret, "s");
  EXPECT_EQ(loaded->redis->tls.ca_file, "/etc/spillway/ca.crt");
}

TEST(LoadConfig, says_what_is_wrong_with_a_redis) {
  EXPECT_TRUE(says(problems_of(with("redis: {}")), "url"));
  EXPECT_TRUE(says(problems_of(with("redis: { url: \"http://r1\" }")), "neither redis nor rediss"));
  EXPECT_TRUE(
      says(problems_of(with("redis: { url: \"redis://r1\", tls: { ca: x } }")), "write rediss"));
  EXPECT_TRUE(says(problems_of(with("redis: { url: \"redis://r1\", timeout: 0s }")), "timeout"));
}

// The minimal file with other keys for its source.
std::string with_source(const std::string& keys) {
  std::string text(kMinimal);
  const std::size_t from = text.find("{ kind: hmac");
  return text.replace(from, text.find('\n', from) - from, "{ " + keys + " }");
}

TEST(LoadConfig, what_is_said_of_a_source_belongs_to_its_kind_and_version) {
  EXPECT_TRUE(says(problems_of(with_source("kind: open, on_unavailable: refuse")),
                   "on_unavailable is for sources with ack: replicated"));
  // Which keys a kind to come will have, nobody can say.
  const auto loaded =
      parse(with_source("kind: github, secrets: [ s ], events: [ push ]"), "a", "/");
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().size(), 1U) << to_string(loaded.error());
  EXPECT_TRUE(says(to_string(loaded.error()), "kind \"github\" is not built yet"));
}

TEST(LoadConfig, what_is_filled_in_stands_in_no_message) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe)
  ::setenv("SPILLWAY_TEST_SECRET", "the-operators-own-token", 1);
  const std::string filled = "\"${env:SPILLWAY_TEST_SECRET}\"";
  for (const std::string& text :
       {"listen: { admin: { tokens: [ { name: a, role: " + filled + ", token: operator } ] } }",
        "listen: { admin: { address: " + filled + " } }", "disk_budget: " + filled,
        "retention: { dead: " + filled + " }", "threads: " + filled,
        "log: { level: " + filled + " }", "kafka: { brokers: k1, topic_prefix: " + filled + "/ }",
        "sources: { a: { kind: open, path: " + filled + " } }"}) {
    const std::string problems = problems_of(text + "\n");
    EXPECT_FALSE(problems.contains("own-token")) << problems;
    EXPECT_TRUE(problems.contains("found")) << text << problems;
  }
}

TEST(LoadConfig, peers_can_be_reached_and_share_a_secret) {
  const auto with = [](const std::string& address, const std::string& peers) {
    return "listen: { admin: { address: \"" + address +
           "\", tokens: [ { name: a, token: 0123456789abcdef } ], peers: { " + peers + " } } }\n";
  };
  const std::string kafka = "kafka: { brokers: k1 }\n";
  const std::string secret = "secret: 0123456789abcdef0123456789abcdef";
  EXPECT_TRUE(says(problems_of(with("10.0.0.1:8081", secret)), "configure kafka"));
  EXPECT_TRUE(says(problems_of(kafka + with("0.0.0.0:8081", secret)), "url is missing"));
  EXPECT_TRUE(
      says(problems_of(kafka + with("10.0.0.1:8081", "secret: short")), "at least 32 characters"));
  EXPECT_TRUE(
      says(problems_of(kafka + with("10.0.0.1:8081", secret + ", url: \"ftp://n1\"")), "http"));
  EXPECT_TRUE(says(problems_of(kafka + with("10.0.0.1:8081", secret + ", url: \"http://n1/x\"")),
                   "host and port alone"));
  const auto loaded =
      parse("version: 1\n" + kafka +
                with("0.0.0.0:8081", secret + ", url: \"https://n1:8081\", ca: ca.crt"),
            "a", "/etc");
  ASSERT_TRUE(loaded);
  ASSERT_TRUE(loaded->peers);
  EXPECT_EQ(loaded->peers->url, "https://n1:8081");
  EXPECT_EQ(loaded->peers->ca_file, "/etc/ca.crt");
}

TEST(LoadConfig, copies_need_a_kafka_that_keeps_them) {
  const std::string source = with_source("kind: open, ack: replicated, on_unavailable: refuse");
  EXPECT_TRUE(says(problems_of(source), "ack: replicated writes copies to Kafka: configure kafka"));
  EXPECT_TRUE(says(problems_of(source + "\nkafka: { brokers: k1, replication: 2 }\n"),
                   "ack: replicated needs kafka.replication of at least 3"));
  const auto loaded = parse(source + "\nkafka: { brokers: k1 }\n", "a", "/");
  ASSERT_TRUE(loaded) << to_string(loaded.error());
  EXPECT_EQ(loaded->sources.at(0).replicated, gateway::OnUnavailable::refuse);
  EXPECT_EQ(loaded->sources.at(0).ack, journal::Command::Durability::synced);
}

// The minimal file with more keys for its destination.
std::string with_destination(const std::string& keys) {
  std::string text(kMinimal);
  return text.replace(text.find("in\" }"), 5, "in\", " + keys + " }");
}

TEST(LoadConfig, reads_how_a_destination_keeps_order) {
  const auto per_key = parse(
      with_destination("order: per_key, ordering_key: { json: /customer }, park: 2m"), "a", "/");
  ASSERT_TRUE(per_key) << to_string(per_key.error());
  const delivery::OrderingOptions& ordering = per_key->destinations.at(0).ordering;
  EXPECT_EQ(ordering.order, core::Order::per_key);
  EXPECT_EQ(ordering.key.json, "/customer");
  EXPECT_EQ(ordering.park, std::chrono::minutes(2));
  const auto latest =
      parse(with_destination(
                "order: latest, ordering_key: { header: X-Id }, version: { json: /version }"),
            "a", "/");
  ASSERT_TRUE(latest) << to_string(latest.error());
  EXPECT_EQ(latest->destinations.at(0).ordering.order, core::Order::latest);
  EXPECT_EQ(latest->destinations.at(0).ordering.key.header, "X-Id");
  EXPECT_EQ(latest->destinations.at(0).ordering.version.json, "/version");
}

TEST(LoadConfig, keys_that_belong_to_another_order_are_problems) {
  const std::string key = "ordering_key: { json: /id }";
  EXPECT_TRUE(says(problems_of(with_destination(key)), "order is none"));
  EXPECT_TRUE(says(problems_of(with_destination("park: 1m")), "park: belongs to order: per_key"));
  EXPECT_TRUE(says(problems_of(with_destination("order: latest, park: 1m, " + key)),
                   "park: belongs to order: per_key, and order is latest"));
  EXPECT_TRUE(says(problems_of(with_destination("order: per_key, version: auto, " + key)),
                   "version: belongs to order: latest, and order is per_key"));
  EXPECT_TRUE(says(problems_of(with_destination("order: per_key, ordering_key: customer")),
                   "expected one of: auto"));
  EXPECT_TRUE(says(problems_of(with_destination("order: per_key, ordering_key: { json: id }")),
                   "ordering_key"));
  EXPECT_TRUE(
      says(problems_of(with_destination("order: per_key, ordering_key: { json: /a, header: b }")),
           "expected auto, or one of"));
}

TEST(LoadConfig, an_automatic_ordering_key_needs_a_source_that_has_one) {
  EXPECT_TRUE(says(problems_of(with_destination("order: per_key")),
                   "source \"shop\" is of a kind that knows nothing"));
  EXPECT_TRUE(says(problems_of(with_destination("order: latest, ordering_key: { json: /id }")),
                   "source \"shop\" is of a kind that knows nothing"));
  std::string text = with_destination("order: latest");
  const std::string shop = "{ kind: hmac, header: X-Sig,";
  text.replace(text.find(shop), shop.size(), "{ kind: whatsapp, verify_token: x,");
  EXPECT_EQ(problems_of(text), "");
}

TEST(LoadConfig, every_problem_is_found_in_one_run) {
  const auto loaded =
      parse(with("disk_budget: 3 bananas\nthreads: many\nnode: [ a ]"), "test.yaml", "/");
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().size(), 3U);
  const std::string problems = to_string(loaded.error());
  EXPECT_TRUE(says(problems, "test.yaml:1: disk_budget: found \"3 bananas\", expected a size"));
  EXPECT_TRUE(says(problems, "test.yaml:2: threads: found \"many\", expected a whole number"));
  EXPECT_TRUE(says(problems, "test.yaml:3: node: found a list, expected a text"));
}

TEST(LoadConfig, a_key_twice_is_a_problem) {
  EXPECT_TRUE(says(problems_of(with("node: a\nnode: b")), "\"node\" stands here twice"));
}

TEST(LoadConfig, broken_yaml_names_the_line_and_hints_at_quotes) {
  const std::string problems = problems_of("version: 1\nlog: { level: ${env:X} }\n");
  EXPECT_TRUE(says(problems, "test.yaml:2"));
  EXPECT_TRUE(says(problems, "quote"));
}

TEST(LoadConfig, an_empty_file_misses_its_version) {
  EXPECT_FALSE(problems_of("").empty());
  EXPECT_TRUE(says(problems_of("node: a"), "\"version\" is missing"));
}

TEST(LoadConfig, texts_take_environment_and_files) {
  ::setenv("SPILLWAY_TEST_NODE", "n1", 1);  // NOLINT(concurrency-mt-unsafe)
  const auto loaded = parse(with("node: \"a-${env:SPILLWAY_TEST_NODE}-b\""), "test.yaml", "/");
  ASSERT_TRUE(loaded) << to_string(loaded.error());
  EXPECT_EQ(loaded->node, "a-n1-b");
  EXPECT_TRUE(says(problems_of(with("node: ${env:SPILLWAY_TEST_UNSET}")),
                   "environment variable SPILLWAY_TEST_UNSET is not set"));
  EXPECT_TRUE(says(problems_of(with("node: ${file:/no/such/file}")), "cannot be read"));
  EXPECT_TRUE(says(problems_of(with("node: ${vault:x}")), "expected ${env:NAME} or ${file:PATH}"));
}

TEST(LoadConfig, secrets_never_stand_in_a_problem) {
  std::string text(kMinimal);
  text.replace(text.find("in\" }"), 5, "in\", secrets: [ whsec_%%%not-base64%%% ] }");
  const std::string problems = problems_of(text);
  EXPECT_FALSE(problems.empty());
  EXPECT_FALSE(problems.contains("not-base64"));
}

TEST(LoadConfig, routes_must_lead_from_a_source_to_destinations) {
  std::string text(kMinimal);
  text.replace(text.find("from: shop"), 10, "from: shpo");
  EXPECT_TRUE(says(problems_of(text), "there is no source \"shpo\""));
  text = kMinimal;
  text.replace(text.find("to: [ acme ]"), 12, "to: [ acne ]");
  EXPECT_TRUE(says(problems_of(text), "there is no destination \"acne\""));
}

TEST(LoadConfig, an_unsplit_source_has_no_conditional_routes) {
  EXPECT_TRUE(says(problems_of(R"(version: 1
sources:
  waba: { kind: whatsapp, secrets: [ s ], verify_token: t, split: never }
destinations:
  acme: { url: "https://hooks.example.com/in" }
routes:
  - { name: a, from: waba, when: [ { json: /entry/0/id, equals: "1" } ], to: [ acme ] }
)"),
                   "use split: auto"));
}

TEST(LoadConfig, two_sources_cannot_share_a_path) {
  EXPECT_TRUE(says(problems_of(R"(version: 1
sources:
  a: { kind: open, path: /x }
  b: { kind: open, path: /x }
)"),
                   "source \"a\" has the same path /x"));
}

TEST(LoadConfig, an_admin_listener_for_others_needs_a_token) {
  EXPECT_TRUE(
      says(problems_of(with("listen: { admin: { address: \"0.0.0.0:9000\" } }")), "needs tokens"));
  EXPECT_TRUE(
      says(problems_of(with("listen: { admin: { tokens: [ { name: a, token: short } ] } }")),
           "at least 16 characters"));
}

TEST(LoadConfig, admin_tokens_have_names_and_roles) {
  const auto with_tokens = [](const std::string& tokens) {
    return with("listen: { admin: { tokens: [ " + tokens + " ] } }");
  };
  const std::string first = "{ name: oncall, token: 0123456789abcdef }";
  const auto loaded =
      parse(with_tokens(first + ", { name: board, role: viewer, token: fedcba9876543210 }"),
            "test.yaml", "/");
  ASSERT_TRUE(loaded) << to_string(loaded.error());
  ASSERT_EQ(loaded->tokens.size(), 2);
  EXPECT_EQ(loaded->tokens[0].role, admin::Role::operating);
  EXPECT_EQ(loaded->tokens[1].role, admin::Role::viewing);
  EXPECT_TRUE(says(problems_of(with_tokens("{ name: a, role: owner, token: 0123456789abcdef }")),
                   "operator"));
  EXPECT_TRUE(says(problems_of(with_tokens(first + ", { name: oncall, token: fedcba9876543210 }")),
                   "holds another token"));
  EXPECT_TRUE(says(problems_of(with_tokens(first + ", { name: b, token: 0123456789abcdef }")),
                   "the same token"));
}

TEST(LoadConfig, a_body_fits_the_memory_for_bodies) {
  const std::string too_large = "expected at most memory.ingest, 2097152 bytes";
  EXPECT_TRUE(says(problems_of(with("memory: { ingest: 2MiB }\n"
                                    "listen: { ingest: { limits: { body: 3MiB } } }")),
                   "listen.ingest.limits.body: found \"3MiB\", " + too_large));
  std::string text = with("memory: { ingest: 2MiB }");
  text.replace(text.find("kind: hmac"), 10, "kind: hmac, limits: { body: 3MiB }");
  EXPECT_TRUE(says(problems_of(text), "sources.shop.limits.body: found \"3MiB\", " + too_large));
  const auto loaded = parse(with("memory: { ingest: 2MiB }"), "test.yaml", "/");
  ASSERT_TRUE(loaded) << to_string(loaded.error());
  EXPECT_EQ(loaded->body_bytes_max, std::size_t{2} << 20);
}

// The minimal file whose destination adds the header.
std::string with_header(const std::string& name) {
  std::string text(kMinimal);
  return text.replace(text.find("in\" }"), 5, "in\", headers: { " + name + ": x } }");
}

TEST(LoadConfig, a_destination_adds_no_header_that_delivery_sets_or_drops) {
  delivery::DestinationOptions options;
  options.secrets = {"whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz"};
  options.sign = {delivery::Signature::standard, delivery::Signature::meta};
  options.meta_secret = "secret";
  delivery::SendRequest request;
  request.event = std::make_shared<core::Event>();
  request.destination = std::make_shared<delivery::Destination>(
      delivery::Destination{1, options, delivery::Signer::compile(options).value(), nullptr});
  core::SeededRandom random{1};
  for (const core::Header& header : delivery::request_headers(request, {}, random)) {
    const std::string problems = problems_of(with_header(header.name));
    if (header.name == "User-Agent") {  // ours only where nobody says otherwise
      EXPECT_EQ(problems, "");
    } else {
      EXPECT_TRUE(says(problems, "the header " + header.name + " is set by spillway itself"));
    }
  }
  for (const std::string name : {"Host", "TE", "upgrade", "Keep-Alive", "Spillway-Other"}) {
    EXPECT_TRUE(says(problems_of(with_header(name)), "is set by spillway itself")) << name;
  }
  EXPECT_EQ(problems_of(with_header("X-Tenant")), "");
}

TEST(LoadConfig, an_include_that_is_no_pattern_must_exist) {
  EXPECT_TRUE(says(problems_of(with("include: [ missing.yaml ]")),
                   "include[0]: there is no file /etc/spillway/missing.yaml"));
  EXPECT_EQ(problems_of(with("include: [ no.such.d/*.yaml ]")), "");
}

TEST(LoadConfig, included_files_bring_destinations_and_routes) {
  const auto directory =
      std::filesystem::path(testing::TempDir()) / ("spillway_include_" + std::to_string(getpid()));
  std::filesystem::create_directories(directory / "conf.d");
  std::ofstream(directory / "conf.d" / "one.yaml")
      << "destinations:\n  extra: { url: \"https://x.example.com/\" }\n";
  const auto loaded = parse(with("include: [ conf.d/*.yaml ]"), "test.yaml", directory.string());
  ASSERT_TRUE(loaded) << to_string(loaded.error());
  EXPECT_EQ(loaded->destinations.size(), 2U);
  std::ofstream(directory / "conf.d" / "two.yaml") << "\nsources: {}\n";
  const auto refused = parse(with("include: [ conf.d/*.yaml ]"), "test.yaml", directory.string());
  ASSERT_FALSE(refused);
  EXPECT_TRUE(says(to_string(refused.error()), "two.yaml:2"));
  std::filesystem::remove_all(directory);
}

TEST(LoadConfig, limits_on_requests_are_neither_nothing_nor_absurd) {
  const auto limits = [](const std::string& limit) {
    return problems_of(
        with("memory: { ingest: 8GiB }\nlisten: { ingest: { limits: { " + limit + " } } }"));
  };
  EXPECT_TRUE(says(limits("header: 0"), "limits.header: found \"0\", expected at least 256B"));
  EXPECT_TRUE(says(limits("header: 2GiB"), "expected at most 1GiB"));
  EXPECT_TRUE(says(limits("body: 0"), "limits.body: found \"0\", expected at least 1B"));
  EXPECT_TRUE(says(limits("body: 2GiB"), "expected at most 1GiB"));
  EXPECT_EQ(limits("header: 8KiB, body: 1GiB"), "");
}

TEST(LoadConfig, the_listeners_have_different_addresses) {
  const auto listen = [](const std::string& ingest, const std::string& admin) {
    return problems_of(with("listen: { ingest: { address: '" + ingest + "' }, admin: { address: '" +
                            admin + "' } }"));
  };
  EXPECT_TRUE(says(listen("127.0.0.1:9000", "127.0.0.1:9000"), "have the same address"));
  EXPECT_TRUE(says(problems_of(with("listen: { ingest: { address: '127.0.0.1:8081' } }")),
                   "have the same address"));
  EXPECT_EQ(listen("127.0.0.1:0", "127.0.0.1:0"), "");
  EXPECT_EQ(listen("127.0.0.1:9000", "127.0.0.1:9001"), "");
}

TEST(LoadConfig, a_path_is_one_that_a_request_can_have) {
  for (const std::string path : {"/in a", "/in?a", "/in#a", "/in\\ta"}) {
    std::string text(kMinimal);
    text.replace(text.find("kind: hmac"), 10, "kind: hmac, path: \"" + path + "\"");
    EXPECT_TRUE(says(problems_of(text), "no request can have the path")) << path;
  }
  std::string text(kMinimal);
  text.replace(text.find("shop:"), 5, "my shop:");
  EXPECT_TRUE(says(problems_of(text), "no request can have the path \"/in/my shop\""));
}

TEST(LoadConfig, names_are_neither_empty_nor_unprintable) {
  for (const std::string known : {"shop:", "acme:"}) {
    std::string text(kMinimal);
    text.replace(text.find(known), known.size(), "\"\":");
    EXPECT_TRUE(says(problems_of(text), "the name is empty")) << known;
    text = kMinimal;
    text.replace(text.find(known), known.size(), "\"a\\eb\":");
    EXPECT_TRUE(says(problems_of(text), "the name has control characters")) << known;
  }
}

// What is neither read nor waited for: a directory, a pipe nobody writes to, an endless device.
class UnreadableFile : public testing::Test {
 protected:
  UnreadableFile() {
    std::filesystem::create_directories(directory_ / "directory.yaml");
    EXPECT_EQ(::mkfifo((directory_ / "pipe.yaml").c_str(), 0600), 0);
    std::filesystem::create_symlink("/dev/zero", directory_ / "device.yaml");
  }
  ~UnreadableFile() override { std::filesystem::remove_all(directory_); }

  const std::filesystem::path directory_ = std::filesystem::path(testing::TempDir()) /
                                           ("spillway_unreadable_" + std::to_string(getpid()));
  const std::vector<std::pair<std::string, std::string>> files_ = {
      {"directory.yaml", "cannot be read: it is a directory"},
      {"pipe.yaml", "cannot be read: it is a pipe, socket or device"},
      {"device.yaml", "cannot be read: it is a pipe, socket or device"}};
};

TEST_F(UnreadableFile, is_a_problem_as_the_configuration) {
  for (const auto& [file, expected] : files_) {
    const auto loaded = load(directory_ / file);
    ASSERT_FALSE(loaded);
    EXPECT_TRUE(says(to_string(loaded.error()), file + ": " + expected));
  }
}

TEST_F(UnreadableFile, is_a_problem_as_an_included_file) {
  const auto loaded = parse(with("include: [ '*.yaml' ]"), "test.yaml", directory_.string());
  ASSERT_FALSE(loaded);
  for (const auto& [file, expected] : files_) {
    EXPECT_TRUE(says(to_string(loaded.error()), file + ": " + expected));
  }
}

TEST_F(UnreadableFile, is_a_problem_as_a_value) {
  for (const auto& [file, expected] : files_) {
    const auto loaded = parse(with("node: ${file:" + file + "}"), "test.yaml", directory_.string());
    ASSERT_FALSE(loaded);
    EXPECT_TRUE(says(to_string(loaded.error()), file + "\": " + expected));
  }
}

TEST_F(UnreadableFile, is_one_that_is_too_large) {
  std::ofstream(directory_ / "large") << std::string((1 << 20) + 1, 'x');
  const auto loaded = parse(with("node: ${file:large}"), "test.yaml", directory_.string());
  ASSERT_FALSE(loaded);
  EXPECT_TRUE(says(to_string(loaded.error()), "larger than 1 MiB"));
}

// The processor's time to load so many destinations, each with a route of its own.
double seconds_to_load(int destinations) {
  std::string text = "version: 1\nsources:\n  shop: { kind: open }\ndestinations:\n";
  for (int i = 0; i < destinations; ++i) {
    text += fmt::format("  to-{}: {{ url: \"https://hooks.example.com/{}\" }}\n", i, i);
  }
  text += "routes:\n";
  for (int i = 0; i < destinations; ++i) {
    text += fmt::format("  - {{ name: r{}, from: shop, to: [ to-{} ] }}\n", i, i);
  }
  const std::clock_t began = std::clock();
  const auto loaded = parse(text, "test.yaml", "/etc/spillway");
  const std::clock_t ended = std::clock();
  EXPECT_TRUE(loaded) << to_string(loaded.error());
  return static_cast<double>(ended - began) / CLOCKS_PER_SEC;
}

TEST(LoadConfig, takes_time_in_proportion_to_destinations_and_routes) {
  const double few = seconds_to_load(3'000);
  EXPECT_LT(seconds_to_load(24'000), 14 * few);
}

}  // namespace
}  // namespace spillway::config
