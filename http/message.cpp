#include "http/message.hpp"

#include "core/headers.hpp"

namespace spillway::http {

std::optional<std::string_view> RequestHead::find(std::string_view name) const {
  return core::find_header(headers, name);
}

}  // namespace spillway::http
