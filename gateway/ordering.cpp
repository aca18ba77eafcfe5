#include "gateway/ordering.hpp"

#include <string>
#include <utility>

namespace spillway::gateway {
namespace {

core::Result<std::optional<routing::Selector>> compile_value(const delivery::ValueOptions& options,
                                                             std::string_view name) {
  if (options.is_auto()) {
    return std::nullopt;
  }
  auto selector = options.header ? routing::Selector::header(*options.header)
                                 : routing::Selector::json(*options.json);
  if (!selector) {
    return std::unexpected(std::move(selector).error().in_context("\"" + std::string(name) + "\""));
  }
  return *std::move(selector);
}

std::string text_of(const std::optional<routing::Selector>& selector, const Subject& subject,
                    const std::optional<std::string>& by_kind) {
  const auto text = selector ? selector->text(subject.headers, subject.body) : by_kind;
  return text.value_or("");
}

}  // namespace

core::Result<Ordering> Ordering::compile(const delivery::OrderingOptions& options) {
  auto key = compile_value(options.key, "ordering_key");
  if (!key) {
    return std::unexpected(std::move(key).error());
  }
  auto version = compile_value(options.version, "version");
  if (!version) {
    return std::unexpected(std::move(version).error());
  }
  Ordering ordering;
  ordering.order_ = options.order;
  ordering.key_ = *std::move(key);
  ordering.version_ = *std::move(version);
  return ordering;
}

bool Ordering::apply(const Subject& subject, const journal::Hasher& hasher,
                     journal::Target& target) const {
  const std::string key = text_of(key_, subject, subject.unit.ordering_key);
  if (key.empty()) {
    return false;
  }
  target.order = order_;
  target.ordering_key = hasher.ordering_key(key);
  if (order_ == core::Order::latest) {
    target.version = text_of(version_, subject, subject.unit.version);
    if (target.version.size() > kVersionBytesMax) {
      target.version.clear();
    }
  }
  return true;
}

}  // namespace spillway::gateway
