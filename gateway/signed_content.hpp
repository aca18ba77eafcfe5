// What a signature covers, as a template such as "{header:X-Time}.{body}", compiled once and
// filled in per request without copying the body. Immutable, any thread.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "core/event.hpp"

namespace spillway::gateway {

class SignedContent {
 public:
  struct Frame {
    std::string before;  // in front of the body
    std::string after;   // behind it
  };

  // Text, {header:NAME} and, exactly once, {body}.
  [[nodiscard]] static core::Result<SignedContent> compile(std::string_view pattern);

  // Nothing when a header it names is missing.
  [[nodiscard]] std::optional<Frame> around_body(std::span<const core::Header> headers) const;

  [[nodiscard]] const std::vector<std::string>& headers() const { return headers_; }

 private:
  struct Piece {
    std::string text;  // or the header's name
    bool is_header;
  };

  std::vector<Piece> before_;
  std::vector<Piece> after_;
  std::vector<std::string> headers_;
};

}  // namespace spillway::gateway
