#include "admin/page.hpp"

#include <utility>

#include "admin/shapes.hpp"

namespace spillway::admin {
namespace {

constexpr std::size_t kLimitDefault = 50;
constexpr std::size_t kLimitMax = 200;
constexpr std::size_t kScannedMax = 5000;

}  // namespace

core::Result<std::size_t> Page::limit_of(const Query& query) {
  return query.number("limit", kLimitDefault, kLimitMax);
}

Page::Page(std::string_view list, std::size_t limit) : limit_(limit) {
  json_.begin_object();
  json_.key(list).begin_array();
}

bool Page::look_at(std::string cursor) {
  if (scanned_ == kScannedMax || written_ == limit_) {
    next_cursor_ = last_;
    return false;
  }
  ++scanned_;
  last_ = std::move(cursor);
  return true;
}

core::JsonWriter& Page::entry() {
  ++written_;
  return json_;
}

http::Response Page::finish() {
  json_.end_array();
  json_.key("scanned").value(scanned_);
  json_.key("next_cursor");
  write_text(json_, next_cursor_);
  json_.end_object();
  return json_response(std::move(json_));
}

}  // namespace spillway::admin
