#include "http/server_tls.hpp"

#include <fmt/format.h>
#include <openssl/ssl.h>

namespace spillway::http {
namespace {

namespace ssl = boost::asio::ssl;

core::Error file_error(std::string_view what, const std::string& path,
                       const boost::system::error_code& error, std::string_view expected) {
  return {.code = core::ErrorCode::invalid_argument,
          .message = fmt::format("{} '{}' cannot be used: {}; expected {}", what, path,
                                 error.message(), expected)};
}

}  // namespace

core::Result<ServerTls> make_server_tls(const ServerTlsOptions& options) {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  boost::system::error_code error;
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  SSL_CTX_set_options(context->native_handle(),
                      SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  // An idle connection then holds no record buffers.
  SSL_CTX_set_mode(context->native_handle(), SSL_MODE_RELEASE_BUFFERS);
  context->use_certificate_chain_file(options.certificate, error);
  if (error) {
    return std::unexpected(file_error("tls.certificate", options.certificate, error,
                                      "a readable PEM file: the certificate, then its chain"));
  }
  context->use_private_key_file(options.key, ssl::context::pem, error);
  if (error) {
    return std::unexpected(file_error("tls.key", options.key, error,
                                      "a readable PEM file with the certificate's private key"));
  }
  if (options.client_ca.empty()) {
    return context;
  }
  context->load_verify_file(options.client_ca, error);
  if (error) {
    return std::unexpected(file_error("tls.client_ca", options.client_ca, error,
                                      "a readable PEM file with the CAs of client certificates"));
  }
  SSL_CTX_set_client_CA_list(context->native_handle(),
                             SSL_load_client_CA_file(options.client_ca.c_str()));
  // Resumed sessions are only taken from clients of the same listener.
  constexpr unsigned char kSessionContext[] = "spillway";
  SSL_CTX_set_session_id_context(context->native_handle(), kSessionContext,
                                 sizeof kSessionContext - 1);
  context->set_verify_mode(ssl::verify_peer | ssl::verify_fail_if_no_peer_cert, error);
  return context;
}

}  // namespace spillway::http
