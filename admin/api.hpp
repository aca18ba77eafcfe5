// The admin API as the admin listener's handler: refuses what must not be asked, then leads each
// request to its endpoint. Made by app, which also owns the context; admin thread.
#pragma once

#include <expected>

#include "admin/access.hpp"
#include "admin/context.hpp"
#include "http/handler.hpp"

namespace spillway::admin {

class Api final : public http::Handler {
 public:
  // The context outlives the API and its answers.
  Api(AdminContext& context, AccessOptions access)
      : context_(&context), access_(std::move(access)) {}

  [[nodiscard]] std::expected<http::BodyPolicy, http::Response> admit(
      const http::RequestHead& head) override;
  [[nodiscard]] http::Awaitable<http::Response> handle(http::Request request) override;

 private:
  AdminContext* context_;
  Access access_;
};

}  // namespace spillway::admin
