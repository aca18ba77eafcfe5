// Reads tests/vectors: known requests with the verdict and the events they must lead to.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/source.hpp"

namespace spillway::gateway {

struct ExpectedEvent {
  std::string key;
  std::string account;  // WABA id
  std::optional<std::string> phone_number_id;
};

struct Vector {
  std::string name;
  std::string kind;
  std::string method;
  std::string query;
  std::vector<core::Header> headers;
  std::string body;
  core::Time now;
  SourceOptions options;  // secrets and `config`; the kind is the test's to set

  std::string reason;
  std::string response_body;
  std::optional<bool> signature_valid;  // where it differs from the verdict
  std::optional<std::string> idempotency_key;
  std::optional<std::vector<ExpectedEvent>> events;

  [[nodiscard]] Request request() const { return {method, query, headers, body, now}; }
};

[[nodiscard]] std::vector<Vector> read_vectors(std::string_view file);

}  // namespace spillway::gateway
