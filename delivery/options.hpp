// The policy of one destination as the configuration states it (docs/configuration.md), with its
// defaults. Plain data, made by config; Destination is what delivery makes of it.
#pragma once

#include "core/clock.hpp"
#include "core/delivery.hpp"
#include "core/event.hpp"
#include "core/rate_limit.hpp"
#include "http/client_tls.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace spillway::delivery {

// What becomes of a delivery answered with a 4xx that says nothing about trying again.
enum class On4xx { retry, dead };

struct RetryOptions {
  // Waits after the real-time attempt and after each one that follows.
  std::vector<core::Duration> schedule{std::chrono::seconds(1),  std::chrono::seconds(5),
                                       std::chrono::seconds(30), std::chrono::minutes(2),
                                       std::chrono::minutes(10), std::chrono::minutes(30),
                                       std::chrono::hours(1),    std::chrono::hours(3),
                                       std::chrono::hours(6),    std::chrono::hours(12)};
  core::Duration then_every = std::chrono::hours(12);
  core::Duration give_up_after = std::chrono::days(3);
  double jitter = 0.2;  // a wait grows by up to this share of itself
  On4xx on_4xx = On4xx::retry;
};

enum class Signature {
  standard,  // Standard Webhooks, made with `secrets`
  meta,      // X-Hub-Signature-256, made with `meta_secret`
};

// The lag objective: this share of deliveries within that time of their acceptance.
struct LagOptions {
  double objective = 0.999;
  core::Duration within = std::chrono::seconds(2);
};

// Where in an event a value stands: one of the two, or neither for what its source's kind knows.
struct ValueOptions {
  std::optional<std::string> header{};
  std::optional<std::string> json{};  // a JSON pointer

  [[nodiscard]] bool is_auto() const { return !header && !json; }
};

struct OrderingOptions {
  core::Order order = core::Order::none;
  ValueOptions key{};
  ValueOptions version{};                          // of order: latest
  core::Duration park = std::chrono::minutes(15);  // of order: per_key
};

struct DestinationOptions {
  std::string name;
  std::string url;
  std::vector<std::string> secrets;  // whsec_ or whsk_; the first signs first
  core::Duration connect_timeout = std::chrono::seconds(3);
  core::Duration total_timeout = std::chrono::seconds(15);
  std::size_t max_in_flight = 64;         // at least 1
  std::optional<core::RateOptions> rate;  // of attempts
  RetryOptions retry;
  std::optional<core::Duration> ttl;
  OrderingOptions ordering;
  std::vector<Signature> sign{Signature::standard};
  std::string meta_secret;
  std::vector<core::Header> headers;
  http::ClientTlsOptions tls;
  std::vector<std::string> egress_allow;  // CIDRs, the global ones included
  LagOptions lag;
};

}  // namespace spillway::delivery
