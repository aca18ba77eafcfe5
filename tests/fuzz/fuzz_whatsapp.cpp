// Any bytes as a WhatsApp body, and as a handshake's query. Whatever is split must be valid, and
// an envelope must hold the one update it was made for: splitting it again finds the same.
#include <cstdint>
#include <string_view>

#include "core/check.hpp"
#include "gateway/whatsapp.hpp"
#include "gateway/whatsapp_split.hpp"

namespace {

using namespace spillway;
using namespace spillway::gateway;

void check_split(std::string_view body, SplitPolicy policy) {
  routing::JsonBody json(body);
  const Split split = split_whatsapp(body, json, policy);
  if (split.malformed || split.units.size() == 1) {
    CHECK(split.units.size() == 1 && !split.units[0].envelope);
    return;
  }
  std::size_t bytes = 0;
  for (const Unit& unit : split.units) {
    CHECK(policy == SplitPolicy::automatic && unit.envelope && unit.idempotency_key);
    bytes += unit.envelope->size();
    routing::JsonBody again(*unit.envelope);
    const Split one = split_whatsapp(*unit.envelope, again, policy);
    CHECK(!one.malformed && one.units.size() == 1);
    CHECK(one.units[0].content == unit.content);
    CHECK(one.units[0].ordering_key == unit.ordering_key);
    CHECK(unit.idempotency_key->starts_with("wa:body:") ||
          one.units[0].idempotency_key == unit.idempotency_key);
  }
  CHECK(bytes <= kExpansionMax * body.size() + kExpansionFree);
}

std::unique_ptr<Source> make() {
  SourceOptions options;
  options.name = "waba";
  options.kind = SourceKind::whatsapp;
  options.secrets = {"secret"};
  options.verify_token = "token";
  return make_source(options).value();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::unique_ptr<Source> kSource = make();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_split(text, SplitPolicy::automatic);
  check_split(text, SplitPolicy::never);

  const std::vector<core::Header> headers = {{"X-Hub-Signature-256", std::string(text)}};
  CHECK(kSource->verify({"POST", "", headers, text, {}}) != Verdict::ok);
  const auto handshake = kSource->handshake({"GET", text, {}, "", {}});
  CHECK(handshake && handshake->reply.size() <= WhatsappSource::kChallengeBytesMax);
  return 0;
}
