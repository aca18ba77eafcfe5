#include "tests/unit/http/certificates.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <unistd.h>
#include <atomic>
#include <cstdio>
#include <memory>

namespace spillway::http::testing_support {
namespace {

namespace ssl = boost::asio::ssl;

using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

std::string new_path() {
  static std::atomic<int> count{0};
  return fmt::format("{}/spillway_http_{}_{}.pem", testing::TempDir(), ::getpid(), ++count);
}

Key make_key() {
  return {EVP_EC_gen("P-256"), &EVP_PKEY_free};
}

Certificate make_certificate(EVP_PKEY* key, const char* common_name, X509* issuer,
                             EVP_PKEY* issuer_key, const std::string& names) {
  static std::atomic<long> serial{1};
  Certificate certificate(X509_new(), &X509_free);
  X509* x = certificate.get();
  X509_set_version(x, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(x), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(x), -60);
  X509_gmtime_adj(X509_getm_notAfter(x), 3600);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(common_name), -1, -1, 0);
  X509* signer = issuer == nullptr ? x : issuer;
  X509_set_issuer_name(x, X509_get_subject_name(signer));
  X509_set_pubkey(x, key);
  X509V3_CTX context;
  X509V3_set_ctx(&context, signer, x, nullptr, nullptr, 0);
  const int kind = issuer == nullptr ? NID_basic_constraints : NID_subject_alt_name;
  const std::string value = issuer == nullptr ? "critical,CA:TRUE" : names;
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  X509_add_ext(x, extension, -1);
  X509_EXTENSION_free(extension);
  X509_sign(x, issuer_key, EVP_sha256());
  return certificate;
}

std::string write_certificate(X509* certificate) {
  const std::string path = new_path();
  std::FILE* file = std::fopen(path.c_str(), "w");
  PEM_write_X509(file, certificate);
  std::fclose(file);
  return path;
}

std::string write_key(EVP_PKEY* key) {
  const std::string path = new_path();
  std::FILE* file = std::fopen(path.c_str(), "w");
  PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr);
  std::fclose(file);
  return path;
}

}  // namespace

struct Authority::Keys {
  Key key = make_key();
  Certificate certificate = make_certificate(key.get(), new_path().c_str(), nullptr, key.get(), "");
};

Authority::Authority() : keys_(new Keys), file_(write_certificate(keys_->certificate.get())) {}
Authority::~Authority() {
  delete keys_;
}

CertificateFiles Authority::issue(const std::string& names) const {
  const Key key = make_key();
  const Certificate certificate =
      make_certificate(key.get(), "leaf", keys_->certificate.get(), keys_->key.get(), names);
  return {write_certificate(certificate.get()), write_key(key.get())};
}

ssl::context server_context(const CertificateFiles& files, const Authority* clients) {
  ssl::context context(ssl::context::tls_server);
  context.use_certificate_chain_file(files.certificate);
  context.use_private_key_file(files.key, ssl::context::pem);
  if (clients != nullptr) {
    context.load_verify_file(clients->file());
    context.set_verify_mode(ssl::verify_peer | ssl::verify_fail_if_no_peer_cert);
  }
  const unsigned char id[] = "test";
  SSL_CTX_set_session_id_context(context.native_handle(), id, sizeof id);
  return context;
}

}  // namespace spillway::http::testing_support
