#include "http/client_tls.hpp"

#include "core/check.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <utility>

namespace spillway::http {
namespace {

using core::ErrorCode;
using core::Result;

std::unexpected<core::Error> refuse(std::string message) {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  if (code != 0) {
    char text[256];
    ERR_error_string_n(code, text, sizeof text);
    message += fmt::format(" ({})", text);
  }
  return core::fail(ErrorCode::invalid_argument, std::move(message), core::Fault::sender);
}

Result<void> use_client_certificate(SSL_CTX* context, const ClientTlsOptions& options) {
  if (options.certificate_file.empty() != options.key_file.empty()) {
    return refuse("a client certificate takes both tls.certificate and tls.key, found only one");
  }
  if (options.certificate_file.empty()) {
    return {};
  }
  if (SSL_CTX_use_certificate_chain_file(context, options.certificate_file.c_str()) != 1) {
    return refuse(fmt::format("tls.certificate: expected a PEM certificate (and its chain) in {}",
                              options.certificate_file));
  }
  if (SSL_CTX_use_PrivateKey_file(context, options.key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
    return refuse(fmt::format("tls.key: expected the PEM private key of {} in {}",
                              options.certificate_file, options.key_file));
  }
  return {};
}

}  // namespace

void free_session(ssl_st* session) {
  SSL_free(session);
}

SSL* ClientTls::make_session(const Url& url) const {
  SSL* session = SSL_new(context_.get());
  if (session == nullptr) {
    return nullptr;
  }
  bool named = false;
  if (url.address) {  // an address is verified as such, and not allowed in SNI (RFC 6066)
    named = X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session), url.host.c_str()) == 1;
  } else {
    SSL_set_hostflags(session, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    named = SSL_set1_host(session, url.host.c_str()) == 1 &&
            SSL_set_tlsext_host_name(session, url.host.c_str()) == 1;
  }
  if (!named) {  // never without a name to verify
    SSL_free(session);
    return nullptr;
  }
  return session;
}

Result<ClientTlsPtr> ClientTlsStore::get(const ClientTlsOptions& options) {
  if (const auto found = known_.find(options); found != known_.end()) {
    return found->second;
  }
  ERR_clear_error();
  const std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free);
  CHECK(context != nullptr);
  CHECK(SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION) == 1);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS);
  auto trust = trusted(options.ca_file);
  if (!trust) {
    return std::unexpected(std::move(trust.error()));
  }
  SSL_CTX_set1_cert_store(context.get(), trust->get());
  if (auto used = use_client_certificate(context.get(), options); !used) {
    return std::unexpected(std::move(used.error()));
  }
  auto tls = std::make_shared<const ClientTls>(context);
  known_.emplace(options, tls);
  return tls;
}

Result<std::shared_ptr<X509_STORE>> ClientTlsStore::trusted(const std::string& ca_file) {
  if (ca_file.empty() && system_ != nullptr) {
    return system_;
  }
  std::shared_ptr<X509_STORE> store(X509_STORE_new(), &X509_STORE_free);
  CHECK(store != nullptr);
  if (!ca_file.empty()) {
    if (X509_STORE_load_file(store.get(), ca_file.c_str()) != 1) {
      return refuse(fmt::format("tls.ca: expected PEM certificates in {}", ca_file));
    }
    return store;
  }
  if (X509_STORE_set_default_paths(store.get()) != 1) {
    return refuse("cannot load the system's trusted certificates");
  }
  ERR_clear_error();  // one of its default places may be missing
  system_ = store;
  return store;
}

std::string handshake_error(const SSL* session, const std::string& fallback) {
  const long verdict = SSL_get_verify_result(session);
  return verdict == X509_V_OK ? fallback
                              : fmt::format("the certificate was not accepted: {}",
                                            X509_verify_cert_error_string(verdict));
}

}  // namespace spillway::http
