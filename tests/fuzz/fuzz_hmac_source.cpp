// A signed content template, headers and a body, all from the input's lines: nothing unsigned is
// ever believed, what is signed rightly always is, and keys are read without a crash.
#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include "core/check.hpp"
#include "core/encoding.hpp"
#include "core/headers.hpp"
#include "gateway/hmac_source.hpp"

namespace {

using namespace spillway;
using namespace spillway::gateway;

constexpr std::string_view kSecret = "secret";

void check_source(const std::string& pattern, const std::array<std::string, 3>& values,
                  std::string_view body) {
  SourceOptions options;
  options.name = "any";
  options.kind = SourceKind::hmac;
  options.secrets = {std::string(kSecret)};
  options.signature.header = "X-Sig";
  options.signature.content = pattern;
  options.idempotency_key.emplace().json = "/id";
  const auto source = make_source(options);
  if (!source) {
    return;
  }
  std::vector<core::Header> headers = {
      {"X-Sig", values[0]}, {"X-Time", values[1]}, {"Idempotency-Key", values[2]}};
  const Request request{"POST", "", headers, body, {}};
  CHECK((*source)->verify(request) != Verdict::ok);

  const auto content = SignedContent::compile(pattern);
  const auto frame = content->around_body(headers);
  const bool signs_itself = std::ranges::any_of(content->headers(), [](const std::string& name) {
    return core::equal_ignoring_case(name, "X-Sig");
  });
  if (frame && !signs_itself) {
    const core::Hmac key(core::HashAlgorithm::sha256, kSecret);
    headers[0].value = core::to_hex(key.sign({frame->before, body, frame->after}));
    CHECK((*source)->verify({"POST", "", headers, body, {}}) == Verdict::ok);
  }
  routing::JsonBody json(body);
  const Split split = (*source)->split(request, json);
  CHECK(split.units.size() == 1 && !split.units[0].envelope);
  // Only what names no key and cannot be read either is malformed, and even that gets one.
  CHECK(!split.malformed || (!json.root() && split.units[0].idempotency_key));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  const auto line = [&rest] {
    const std::string_view found = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(found.size() + 1, rest.size()));
    return std::string(found);
  };
  const std::string pattern = line();
  const std::array<std::string, 3> values = {line(), line(), line()};
  check_source("{header:X-Time}.{body}", values, rest);
  check_source(pattern, values, rest);
  return 0;
}
