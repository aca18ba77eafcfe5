// A destination made ready to be reached over HTTP: its URL, TLS files and egress rules checked
// and prepared. Made from the configuration, on the thread that reads it; then immutable.
#pragma once

#include "core/error.hpp"
#include "delivery/destination.hpp"
#include "http/client_tls.hpp"
#include "http/endpoint.hpp"

namespace spillway::delivery {

struct HttpTarget {
  http::EndpointOptions endpoint;
};

// Refuses what cannot work, saying which setting and why; no secret is in the message.
[[nodiscard]] core::Result<DestinationPtr> compile_destination(journal::DestinationNumber number,
                                                               DestinationOptions options,
                                                               http::ClientTlsStore& tls);

}  // namespace spillway::delivery
