// TLS for listeners: certificate chain and key from PEM files, TLS 1.2 and newer, and client
// certificates when a CA for them is given. Read at start and at reload; the context is shared by
// all connections of a listener.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>

#include "core/error.hpp"

namespace spillway::http {

struct ServerTlsOptions {
  std::string certificate;  // path: the certificate, then its chain
  std::string key;          // path
  std::string client_ca;    // path; empty: clients need no certificate

  bool operator==(const ServerTlsOptions&) const = default;
};

using ServerTls = std::shared_ptr<boost::asio::ssl::context>;

// Fails with the file at fault and what is wrong with it.
[[nodiscard]] core::Result<ServerTls> make_server_tls(const ServerTlsOptions& options);

}  // namespace spillway::http
