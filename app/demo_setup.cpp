#include "app/demo_setup.hpp"

#include <fmt/format.h>
#include <stdlib.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "core/encoding.hpp"
#include "core/json_text.hpp"

namespace spillway::app {
namespace {

std::string random_bytes(core::Random& random, std::size_t count) {
  std::string bytes;
  while (bytes.size() < count) {
    bytes += static_cast<char>(random.next() & 0xff);
  }
  return bytes;
}

std::string destination(std::string_view name, std::uint16_t port, std::string_view secret) {
  return fmt::format(R"(  {}:
    url: http://127.0.0.1:{}/hook
    secrets: [ "{}" ]
    egress: {{ allow: [ 127.0.0.0/8 ] }}
    retry: {{ schedule: [1s, 2s, 5s], then_every: 5s }}
)",
                     name, port, secret);
}

std::string route(std::string_view number, std::string_view to) {
  return fmt::format(R"(  - name: {0}-number
    from: waba
    when: [ {{ json: /entry/0/changes/0/value/metadata/phone_number_id, equals: "{1}" }} ]
    to: [ {0} ]
)",
                     to, number);
}

}  // namespace

core::Result<DemoDirectory> DemoDirectory::make(const std::string& wanted) {
  std::error_code error;
  if (!wanted.empty()) {
    auto path = std::filesystem::absolute(wanted, error);
    if (error || (std::filesystem::create_directories(path, error), error)) {
      return core::fail(core::ErrorCode::invalid_argument,
                        fmt::format("{} cannot be made: {}", wanted, error.message()));
    }
    return DemoDirectory(std::move(path), false);
  }
  const auto temporary = std::filesystem::temp_directory_path(error);
  std::string path = ((error ? "/tmp" : temporary) / "spillway-demo-XXXXXX").string();
  if (::mkdtemp(path.data()) == nullptr) {
    return core::fail(core::ErrorCode::invalid_argument,
                      fmt::format("{} cannot be made: {}; choose a place with --data-dir", path,
                                  std::generic_category().message(errno)));
  }
  return DemoDirectory(std::move(path), true);
}

DemoDirectory::DemoDirectory(DemoDirectory&& other) noexcept
    : path_(std::move(other.path_)), temporary_(std::exchange(other.temporary_, false)) {}

DemoDirectory::~DemoDirectory() {
  if (temporary_) {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
}

// Bound without SO_REUSEPORT, which would share the port with another gateway.
core::Result<std::uint16_t> choose_port(std::optional<std::uint16_t> wanted, std::uint16_t usual) {
  namespace ip = boost::asio::ip;
  const std::uint16_t port = wanted.value_or(usual);
  boost::asio::io_context io;
  ip::tcp::acceptor acceptor(io);
  const ip::tcp::endpoint endpoint(ip::address_v4::loopback(), port);
  boost::system::error_code error;
  acceptor.open(endpoint.protocol());
  acceptor.set_option(ip::tcp::acceptor::reuse_address(true), error);
  acceptor.bind(endpoint, error);
  if (!error) {
    acceptor.listen(1, error);
  }
  if (!error) {
    return port;
  }
  if (wanted) {
    return core::fail(core::ErrorCode::invalid_argument,
                      fmt::format("port {}: {}", port, error.message()));
  }
  return std::uint16_t{0};
}

DemoSecrets DemoSecrets::make(core::Random& random) {
  return {.app_secret = core::to_hex(random_bytes(random, 16)),
          .healthy = "whsec_" + core::to_base64(random_bytes(random, 32)),
          .flaky = "whsec_" + core::to_base64(random_bytes(random, 32))};
}

std::string demo_config(const std::filesystem::path& data_dir, const DemoSecrets& secrets,
                        const DemoPorts& ports) {
  std::string text = fmt::format(
      R"(version: 1
node: demo
data_dir: {}
disk_budget: 2GiB
log: {{ level: error, format: text }}
shutdown: {{ delay: 0s, limit: 10s }}
listen:
  ingest: {{ address: "127.0.0.1:{}" }}
  admin: {{ address: "127.0.0.1:{}" }}
sources:
  waba: {{ kind: whatsapp, secrets: [ "{}" ], verify_token: demo }}
  hello: {{ kind: open }}
destinations:
)",
      core::json_string(data_dir.string()), ports.ingest, ports.admin, secrets.app_secret);
  text += destination("healthy", ports.healthy, secrets.healthy);
  text += destination("flaky", ports.flaky, secrets.flaky);
  text += "routes:\n";
  text += route(kHealthyNumber, "healthy");
  text += route(kFlakyNumber, "flaky");
  text += "  - { name: hello, from: hello, to: [ healthy ] }\n";
  return text;
}

}  // namespace spillway::app
