// What an endpoint tells the trail of its call, beside who asked and which action that is. Belongs
// to the call under way; admin thread.
#pragma once

#include <optional>
#include <string>

#include "admin/asker.hpp"

namespace spillway::admin {

struct ActionNote {
  std::optional<std::string> target{};  // else what the path names
  std::string detail{};                 // counts and filters, never secrets
  std::string refused{};                // why nothing was done, where the answer is no error
  bool nothing_asked = false;           // a dry run, say: there is nothing to tell
  std::optional<Asker> asker{};         // who turned out to ask, where everybody may
};

}  // namespace spillway::admin
