// Who may ask the admin API: holders of the token, and no web page that a browser was led to.
// Decided on the request's head alone. Made by the API from the configuration; immutable.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "http/message.hpp"

namespace spillway::admin {

struct AccessOptions {
  std::string address;                  // the IP address the admin listener is bound to
  std::optional<std::string> token;     // the operator's; empty: none is asked for
  std::vector<std::string> host_names;  // names it is reached by besides localhost
};

// Without a token only a loopback address may be listened on, and a token must be one.
[[nodiscard]] core::Result<void> check_exposure(const AccessOptions& options);

class Access {
 public:
  explicit Access(AccessOptions options);

  [[nodiscard]] core::Result<void> check(const http::RequestHead& head) const;

 private:
  [[nodiscard]] core::Result<void> check_host(std::string_view host) const;
  [[nodiscard]] static core::Result<void> check_page(const http::RequestHead& head,
                                                     std::string_view host);
  [[nodiscard]] core::Result<void> check_token(const http::RequestHead& head) const;

  std::vector<std::string> hosts_;
  bool any_address_;  // listens on all of them
  std::optional<std::string> token_digest_;
};

}  // namespace spillway::admin
