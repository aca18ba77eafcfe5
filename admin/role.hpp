// What whoever asks may do: look, or also order. Plain data; any thread.
#pragma once

#include <string_view>

namespace spillway::admin {

enum class Role {
  viewing,    // all but what senders and destinations wrote
  operating,  // everything
};

[[nodiscard]] constexpr std::string_view to_string(Role role) {
  return role == Role::viewing ? "viewer" : "operator";
}

}  // namespace spillway::admin
