#include "http/endpoint.hpp"

#include "core/check.hpp"
#include "http/idle_pool.hpp"

#include <utility>

namespace spillway::http {

Endpoint::Endpoint(EndpointOptions options)
    : options_(std::move(options)), authority_(options_.url.authority()) {
  CHECK(options_.guard != nullptr);
  CHECK(options_.url.scheme == Url::Scheme::http || options_.tls != nullptr);
}

Endpoint::~Endpoint() {
  if (pool_ != nullptr) {
    pool_->forget(*this);
  }
}

}  // namespace spillway::http
