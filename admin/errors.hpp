// What is wrong with a request, as errors whose fault is the sender's. Pure, any thread.
#pragma once

#include <string>
#include <utility>

#include "core/error.hpp"

namespace spillway::admin {

[[nodiscard]] inline std::unexpected<core::Error> invalid(std::string message) {
  return core::fail(core::ErrorCode::invalid_argument, std::move(message), core::Fault::sender);
}
[[nodiscard]] inline std::unexpected<core::Error> not_found(std::string message) {
  return core::fail(core::ErrorCode::not_found, std::move(message), core::Fault::sender);
}
[[nodiscard]] inline std::unexpected<core::Error> forbidden(std::string message) {
  return core::fail(core::ErrorCode::forbidden, std::move(message), core::Fault::sender);
}
[[nodiscard]] inline std::unexpected<core::Error> unauthenticated(std::string message) {
  return core::fail(core::ErrorCode::unauthenticated, std::move(message), core::Fault::sender);
}
[[nodiscard]] inline std::unexpected<core::Error> conflict(std::string message) {
  return core::fail(core::ErrorCode::conflict, std::move(message), core::Fault::sender);
}

}  // namespace spillway::admin
