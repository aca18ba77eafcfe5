// Any text as the URL of a destination. What is taken means one thing: written out again it is read
// the same, and a host that the C library reads as an address is that address to us, or the guard
// would judge another one than gets connected to.
#include <arpa/inet.h>

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "core/check.hpp"
#include "http/url.hpp"

namespace {

using namespace spillway::http;

bool is_plain(char c) {
  return c > 0x20 && c < 0x7f;
}

void check_address(const Url& url) {
  in_addr read{};
  if (url.host.contains(':') || ::inet_aton(url.host.c_str(), &read) == 0) {
    return;
  }
  CHECK(url.address && url.address->is_v4());
  CHECK(url.address->to_v4().to_uint() == ntohl(read.s_addr));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto url = Url::parse({reinterpret_cast<const char*>(data), size});
  if (!url) {
    CHECK(!url.error().message.empty());
    return 0;
  }
  CHECK(!url->host.empty() && url->port != 0 && url->target.starts_with('/'));
  CHECK(std::ranges::all_of(url->host, is_plain) && std::ranges::all_of(url->target, is_plain));
  CHECK(!url->printable().contains('?'));
  check_address(*url);

  if (size > kUrlBytesMax / 2) {
    return 0;  // written out it may be longer than what is taken
  }
  const bool secure = url->scheme == Url::Scheme::https;
  const auto again = Url::parse((secure ? "https://" : "http://") + url->authority() + url->target);
  CHECK(again && again->scheme == url->scheme && again->host == url->host);
  CHECK(again->address == url->address && again->port == url->port);
  CHECK(again->target == url->target);
  return 0;
}
