#include "admin/reconcile_request.hpp"

#include <fmt/format.h>

#include <utility>

#include "admin/errors.hpp"
#include "admin/json_members.hpp"
#include "admin/shapes.hpp"

namespace spillway::admin {

using routing::JsonKind;
using routing::JsonValue;

namespace {

constexpr std::size_t kKeyBytesMax = 4096;

core::Result<std::vector<JsonValue>> elements_of(JsonValue list, std::string_view member) {
  if (list.kind() != JsonKind::array) {
    return invalid(fmt::format("the member \"{}\" is an array", member));
  }
  std::vector<JsonValue> elements = list.elements();
  if (elements.empty() || elements.size() > kReconciledMax) {
    return invalid(fmt::format("\"{}\" has {} elements; 1 to {} are taken at once", member,
                               elements.size(), kReconciledMax));
  }
  return elements;
}

core::Result<AskedKey> dated_key(JsonValue element) {
  const auto members = JsonMembers::of(element, "an idempotency key", {"key", "sent"});
  if (!members) {
    return std::unexpected(members.error());
  }
  auto key = members->string("key", kKeyBytesMax);
  const auto sent = members->string("sent");
  if (!key || !sent) {
    return std::unexpected(key ? sent.error() : key.error());
  }
  if (!*key) {
    return invalid("an idempotency key is a string, or an object with the member \"key\"");
  }
  const auto time = *sent ? parse_time(**sent) : std::nullopt;
  if (*sent && !time) {
    return invalid(
        fmt::format("\"sent\" is \"{}\"; it is a time like 2026-03-01T12:00:00Z", **sent));
  }
  return AskedKey{**std::move(key), time};
}

core::Result<AskedKey> key_of(JsonValue element) {
  if (element.kind() != JsonKind::string) {
    return dated_key(element);
  }
  auto text = element.text();
  if (!text || text->empty() || text->size() > kKeyBytesMax) {
    return invalid(fmt::format("an idempotency key is a string of 1 to {} bytes", kKeyBytesMax));
  }
  return AskedKey{*std::move(text)};
}

core::Result<core::EventId> id_of(JsonValue element) {
  const std::string text = element.text().value_or("");
  const auto id = core::EventId::parse(text);
  return id ? core::Result<core::EventId>(*id)
            : invalid(fmt::format("\"{}\" is no event id", text));
}

template <class T>
core::Result<std::vector<T>> read_all(JsonValue list, std::string_view member,
                                      core::Result<T> (*read)(JsonValue)) {
  const auto elements = elements_of(list, member);
  if (!elements) {
    return std::unexpected(elements.error());
  }
  std::vector<T> all;
  all.reserve(elements->size());
  for (const JsonValue& element : *elements) {
    auto one = read(element);
    if (!one) {
      return std::unexpected(std::move(one).error());
    }
    all.push_back(*std::move(one));
  }
  return all;
}

}  // namespace

core::Result<ReconcileRequest> read_reconcile_request(std::string_view body) {
  const auto document = parse_body(body);
  if (!document) {
    return std::unexpected(document.error());
  }
  const auto members =
      JsonMembers::of(document->root(), "the body", {"source", "idempotency_keys", "event_ids"});
  if (!members) {
    return std::unexpected(members.error());
  }
  auto source = members->string("source");
  if (!source) {
    return std::unexpected(std::move(source).error());
  }
  const auto keys = members->find("idempotency_keys");
  const auto ids = members->find("event_ids");
  if (keys.has_value() == ids.has_value() || keys.has_value() != source->has_value()) {
    return invalid(
        "the body has either \"source\" and \"idempotency_keys\", or \"event_ids\" alone");
  }
  ReconcileRequest request;
  if (ids) {
    auto read = read_all(*ids, "event_ids", id_of);
    if (!read) {
      return std::unexpected(std::move(read).error());
    }
    request.ids = *std::move(read);
    return request;
  }
  auto read = read_all(*keys, "idempotency_keys", key_of);
  if (!read) {
    return std::unexpected(std::move(read).error());
  }
  request.source = **std::move(source);
  request.keys = *std::move(read);
  return request;
}

}  // namespace spillway::admin
