// TLS settings of outbound connections: the peer's chain and name are always verified, TLS 1.2 is
// the least. Made from the configuration, shared by all connections of a destination; the trusted
// certificates of the system are loaded once for all (a bundle takes about 1 MB).
#pragma once

#include "core/error.hpp"
#include "http/url.hpp"

#include <compare>
#include <map>
#include <memory>
#include <string>

struct ssl_ctx_st;
struct ssl_st;
struct ssl_session_st;
struct x509_store_st;

namespace spillway::http {

// Paths of PEM files; empty means: the system's trusted certificates, no client certificate.
struct ClientTlsOptions {
  std::string ca_file{};
  std::string certificate_file{};  // with its chain
  std::string key_file{};

  auto operator<=>(const ClientTlsOptions&) const = default;
};

// Immutable, any thread.
class ClientTls {
 public:
  explicit ClientTls(std::shared_ptr<ssl_ctx_st> context) : context_(std::move(context)) {}

  // A session for one connection to the URL's host, told which name to ask for and to verify.
  // Null when OpenSSL is out of memory. The caller frees it.
  [[nodiscard]] ssl_st* make_session(const Url& url) const;

 private:
  std::shared_ptr<ssl_ctx_st> context_;
};

// For whoever was handed a session and gave it to nobody.
void free_session(ssl_st* session);

using ClientTlsPtr = std::shared_ptr<const ClientTls>;

// Hands out one ClientTls per set of options. The thread that reads the configuration.
class ClientTlsStore {
 public:
  // The error names the file and what is wrong with it. Files are read again after forget().
  [[nodiscard]] core::Result<ClientTlsPtr> get(const ClientTlsOptions& options);

  // For a reload: files may have changed. What was handed out stays valid.
  void forget() { known_.clear(); }

 private:
  [[nodiscard]] core::Result<std::shared_ptr<x509_store_st>> trusted(const std::string& ca_file);

  std::map<ClientTlsOptions, ClientTlsPtr> known_;
  std::shared_ptr<x509_store_st> system_;
};

// Why the last handshake of the session failed, in OpenSSL's words; `fallback` if it does not say.
[[nodiscard]] std::string handshake_error(const ssl_st* session, const std::string& fallback);

}  // namespace spillway::http
