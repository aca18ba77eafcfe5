// One outbound request: its header block, written once as it will go out, and a body that is
// shared, not copied. Made by the caller of Client::send for each attempt.
#pragma once

#include "http/endpoint.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace spillway::http {

class ClientRequest {
 public:
  // `owner` keeps alive what `body` points into. `method` is any but HEAD and CONNECT, whose
  // responses are framed differently. Host and Content-Length are written here.
  ClientRequest(std::string_view method, const Endpoint& endpoint,
                std::shared_ptr<const void> owner, std::string_view body);

  // Another path and query than the URL's own: same rules as Url::target.
  ClientRequest(std::string_view method, const Endpoint& endpoint, std::string_view target,
                std::shared_ptr<const void> owner, std::string_view body);

  // False, and nothing added, when name or value have characters a header cannot have.
  [[nodiscard]] bool add_header(std::string_view name, std::string_view value);

  std::size_t excerpt_bytes_max = 1024;  // how much of the response's body is wanted

 private:
  friend class Client;

  std::string head_;  // without the empty line that ends it
  std::shared_ptr<const void> owner_;
  std::string_view body_;
};

}  // namespace spillway::http
