#include "app/whatsapp_traffic.hpp"

#include <fmt/format.h>

#include <array>
#include <iterator>
#include <map>
#include <utility>

#include "core/check.hpp"
#include "core/encoding.hpp"

namespace spillway::app {
namespace {

constexpr std::array<std::string_view, 6> kTexts{
    "Is the blue kettle back in stock?",
    "Thanks, it arrived this morning",
    "Can I change the delivery address?",
    "Gr\\u00fc\\u00dfe aus K\\u00f6ln! Wann ist die Lieferung da?",
    "Perfect, see you at 10\\/11 \\ud83d\\udc4d",
    "My order number is 7741"};
constexpr std::array<std::string_view, 3> kStatuses{"sent", "delivered", "read"};
constexpr std::array<std::string_view, 4> kNames{"Mira Quill", "Tom Alder", "\\u00c5sa Lind",
                                                 "Ines Moreau"};
constexpr std::size_t kUsers = 500;

}  // namespace

WhatsappTraffic::WhatsappTraffic(WhatsappTrafficOptions options, core::Random& random)
    : options_(std::move(options)), random_(&random) {
  CHECK(options_.batch > 0 && !options_.phone_number_ids.empty());
}

std::string WhatsappTraffic::next(core::Time now) {
  Update update = options_.content == WhatsappContent::statuses ? Update::status : Update::message;
  if (options_.content == WhatsappContent::mixed && random_->below(4) != 0) {
    update = Update::status;  // three to one, as each message sent has sent, delivered and read
  }
  std::map<std::size_t, std::size_t> updates;  // index of the phone number id → how many
  for (std::size_t i = 0; i < options_.batch; ++i) {
    ++updates[next_number_++ % options_.phone_number_ids.size()];
  }
  std::string out =
      fmt::format(R"({{"object":"whatsapp_business_account","entry":[{{"id":"{}","changes":[)",
                  options_.waba_id);
  for (const auto& [number, count] : updates) {
    append_change(out, options_.phone_number_ids[number], update, count, now);
    out += ',';
  }
  out.back() = ']';
  return out + "}]}";
}

void WhatsappTraffic::append_change(std::string& out, std::string_view phone_number_id,
                                    Update update, std::size_t count, core::Time now) {
  std::string contacts;
  std::string items;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string who = user();
    if (update == Update::message) {
      fmt::format_to(std::back_inserter(contacts), R"({{"profile":{{"name":"{}"}},"wa_id":"{}"}},)",
                     kNames[random_->below(kNames.size())], who);
      append_message(items, who, now);
    } else {
      append_status(items, who, now);
    }
    items += ',';
  }
  items.pop_back();
  fmt::format_to(std::back_inserter(out),
                 R"({{"value":{{"messaging_product":"whatsapp","metadata":)"
                 R"({{"display_phone_number":"15550100101","phone_number_id":"{}"}},)",
                 phone_number_id);
  if (!contacts.empty()) {
    contacts.pop_back();
    fmt::format_to(std::back_inserter(out), R"("contacts":[{}],)", contacts);
  }
  fmt::format_to(std::back_inserter(out), R"("{}":[{}]}},"field":"messages"}})",
                 update == Update::message ? "messages" : "statuses", items);
}

void WhatsappTraffic::append_message(std::string& out, std::string_view user, core::Time now) {
  fmt::format_to(std::back_inserter(out), R"({{"from":"{}","id":"{}","timestamp":"{}",)", user,
                 wamid(), core::to_unix_seconds(now));
  if (random_->below(5) == 0) {
    fmt::format_to(std::back_inserter(out),
                   R"("type":"image","image":{{"caption":"the dent is on the left",)"
                   R"("mime_type":"image\/jpeg","sha256":"{}","id":"14{:014}"}}}})",
                   base64(32), random_->below(100'000'000'000'000));
    return;
  }
  fmt::format_to(std::back_inserter(out), R"("type":"text","text":{{"body":"{}"}}}})",
                 kTexts[random_->below(kTexts.size())]);
}

void WhatsappTraffic::append_status(std::string& out, std::string_view user, core::Time now) {
  fmt::format_to(std::back_inserter(out),
                 R"({{"id":"{}","status":"{}","timestamp":"{}","recipient_id":"{}",)"
                 R"("pricing":{{"billable":true,"pricing_model":"PMP","type":"regular",)"
                 R"("category":"utility"}}}})",
                 wamid(), kStatuses[random_->below(kStatuses.size())], core::to_unix_seconds(now),
                 user);
}

std::string WhatsappTraffic::user() {
  return fmt::format("1555010{:04}", random_->below(kUsers));
}

std::string WhatsappTraffic::wamid() {
  return "wamid." + base64(33);
}

std::string WhatsappTraffic::base64(std::size_t bytes) {
  std::string raw;
  while (raw.size() < bytes) {
    std::uint64_t bits = random_->next();
    for (int i = 0; i < 8; ++i, bits >>= 8) {
      raw += static_cast<char>(bits & 0xff);
    }
  }
  raw.resize(bytes);
  std::string escaped;
  for (const char c : core::to_base64(raw)) {
    escaped.append(c == '/' ? "\\/" : std::string(1, c));
  }
  return escaped;
}

}  // namespace spillway::app
