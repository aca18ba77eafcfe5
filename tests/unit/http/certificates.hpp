// Certificates made for one test run: an authority, and leaf certificates it signed, as PEM files.
#pragma once

#include <boost/asio/ssl/context.hpp>

#include <string>

namespace spillway::http::testing_support {

struct CertificateFiles {
  std::string certificate;
  std::string key;
};

class Authority {
 public:
  Authority();
  ~Authority();
  Authority(const Authority&) = delete;
  Authority& operator=(const Authority&) = delete;

  [[nodiscard]] const std::string& file() const { return file_; }

  // `names` is an OpenSSL subjectAltName, like "DNS:a.test,IP:127.0.0.1".
  [[nodiscard]] CertificateFiles issue(const std::string& names) const;

 private:
  struct Keys;
  Keys* keys_;
  std::string file_;
};

// A server with that certificate. With an authority, it insists on client certificates by it.
[[nodiscard]] boost::asio::ssl::context server_context(const CertificateFiles& files,
                                                       const Authority* clients = nullptr);

}  // namespace spillway::http::testing_support
