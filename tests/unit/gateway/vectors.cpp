#include "vectors.hpp"

#include <simdjson.h>

#include "core/encoding.hpp"

namespace spillway::gateway {
namespace {

using simdjson::dom::element;
using simdjson::dom::object;

std::string text(object from, std::string_view key) {
  std::string_view value;
  return from[key].get(value) == simdjson::SUCCESS ? std::string(value) : std::string();
}

std::optional<std::string> maybe_text(object from, std::string_view key) {
  return from[key].error() == simdjson::SUCCESS ? std::optional(text(from, key)) : std::nullopt;
}

void read_config(object config, SourceOptions& options) {
  SignatureOptions& signature = options.signature;
  signature.header = text(config, "header");
  signature.prefix = text(config, "prefix");
  signature.content = text(config, "content");
  signature.timestamp_header = text(config, "timestamp_header");
  std::int64_t tolerance = 300;
  if (config["tolerance_s"].get(tolerance) == simdjson::SUCCESS) {
    signature.tolerance = std::chrono::seconds(tolerance);
  }
  signature.algorithm = text(config, "algorithm") == "sha512" ? core::HashAlgorithm::sha512
                                                              : core::HashAlgorithm::sha256;
  signature.encoding =
      text(config, "encoding") == "base64" ? SignatureEncoding::base64 : SignatureEncoding::hex;
  const std::string id = text(config, "id");
  IdempotencyKeyOptions& key = options.idempotency_key.emplace();
  if (id.starts_with("json:")) {
    key.json = id.substr(5);
  } else if (id.starts_with("header:")) {
    key.header = id.substr(7);
  } else {
    key.body_sha256 = true;
  }
}

Vector read(object from) {
  Vector vector;
  vector.name = text(from, "name");
  vector.kind = text(from, "kind");
  const object request = from["request"];
  vector.method = text(request, "method");
  const std::string path = text(request, "path");
  const std::size_t question = path.find('?');
  vector.query = question == std::string::npos ? "" : path.substr(question + 1);
  for (const auto [name, value] : object(request["headers"])) {
    vector.headers.push_back({std::string(name), std::string(std::string_view(value))});
  }
  vector.body = core::from_base64(text(request, "body_base64")).value();
  std::int64_t now = 0;
  if (from["now_unix"].get(now) == simdjson::SUCCESS) {
    vector.now = core::from_micros(now * 1'000'000);
  }
  vector.options.name = "vector";
  vector.options.verify_token = text(from, "secret");
  simdjson::dom::array secrets;
  if (from["secrets"].get(secrets) == simdjson::SUCCESS) {
    for (const std::string_view secret : secrets) {
      vector.options.secrets.emplace_back(secret);
    }
  } else {
    vector.options.secrets = {text(from, "secret")};
  }
  object config;
  if (from["config"].get(config) == simdjson::SUCCESS) {
    read_config(config, vector.options);
  }

  const object expect = from["expect"];
  vector.reason = text(expect, "reason");
  vector.response_body = text(expect, "response_body");
  vector.idempotency_key = maybe_text(expect, "idempotency_key");
  bool signature_valid = false;
  if (expect["signature_valid"].get(signature_valid) == simdjson::SUCCESS) {
    vector.signature_valid = signature_valid;
  }
  simdjson::dom::array events;
  if (expect["events"].get(events) == simdjson::SUCCESS) {
    vector.events.emplace();
    for (const object event : events) {
      vector.events->push_back(
          {text(event, "key"), text(event, "waba_id"), maybe_text(event, "phone_number_id")});
    }
  }
  return vector;
}

}  // namespace

std::vector<Vector> read_vectors(std::string_view file) {
  simdjson::dom::parser parser;
  std::vector<Vector> vectors;
  const simdjson::dom::array all =
      parser.load(std::string(SPILLWAY_VECTORS "/") + std::string(file));
  for (const object vector : all) {
    vectors.push_back(read(vector));
  }
  return vectors;
}

}  // namespace spillway::gateway
