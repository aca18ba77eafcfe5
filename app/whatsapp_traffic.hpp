// Made-up WhatsApp traffic in the form Meta sends it: messages and statuses of invented users
// (numbers from the range reserved for fiction), with ids of their own. For `send` and `demo`. One
// thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.hpp"
#include "core/random.hpp"

namespace spillway::app {

enum class WhatsappContent { messages, statuses, mixed };

struct WhatsappTrafficOptions {
  WhatsappContent content = WhatsappContent::mixed;
  std::size_t batch = 1;  // updates per request, 1 to 1000
  std::string waba_id = "210000000000101";
  // Of the business; updates are spread over them in turn.
  std::vector<std::string> phone_number_ids{"310000000000101"};
};

class WhatsappTraffic {
 public:
  // The random outlives the traffic.
  WhatsappTraffic(WhatsappTrafficOptions options, core::Random& random);

  // The body of one POST. As Meta does, it holds messages or statuses, not both.
  [[nodiscard]] std::string next(core::Time now);

 private:
  enum class Update { message, status };

  void append_change(std::string& out, std::string_view phone_number_id, Update update,
                     std::size_t count, core::Time now);
  void append_message(std::string& out, std::string_view user, core::Time now);
  void append_status(std::string& out, std::string_view user, core::Time now);
  std::string user();
  std::string wamid();
  std::string base64(std::size_t bytes);  // of random bytes, escaped as Meta escapes it

  WhatsappTrafficOptions options_;
  core::Random* random_;
  std::size_t next_number_ = 0;
};

}  // namespace spillway::app
