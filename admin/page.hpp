// One page of a list: bounded both in what it shows and in what is looked at for it, however rare
// what is asked for may be; its cursor goes on where it stopped. Lives for one answer, on the
// reader's thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "admin/query.hpp"
#include "core/error.hpp"
#include "core/json_text.hpp"
#include "http/message.hpp"

namespace spillway::admin {

class Page {
 public:
  // `limit` in a query.
  [[nodiscard]] static core::Result<std::size_t> limit_of(const Query& query);

  // `list` is the member that holds the entries.
  Page(std::string_view list, std::size_t limit);

  // One more is looked at, and the list would go on behind it at this cursor. False: it belongs to
  // the next page.
  [[nodiscard]] bool look_at(std::string cursor);

  // Where to write what was looked at, as one value, if it is among those asked for.
  [[nodiscard]] core::JsonWriter& entry();

  [[nodiscard]] http::Response finish();

 private:
  const std::size_t limit_;
  core::JsonWriter json_;
  std::size_t scanned_ = 0;
  std::size_t written_ = 0;
  std::string last_;
  std::string next_cursor_;
};

}  // namespace spillway::admin
