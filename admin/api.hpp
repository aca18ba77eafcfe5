// The admin API as the admin listener's handler: refuses what must not be asked, then leads each
// request to its endpoint. Made by app, which also owns the context; admin thread.
#pragma once

#include <expected>

#include "admin/context.hpp"
#include "admin/routes.hpp"
#include "http/handler.hpp"

namespace spillway::admin {

class Api final : public http::Handler {
 public:
  // The context outlives the API and its answers.
  explicit Api(AdminContext& context) : context_(&context) {}

  [[nodiscard]] std::expected<http::BodyPolicy, http::Response> admit(
      const http::RequestHead& head) override;
  [[nodiscard]] http::Awaitable<http::Response> handle(http::Request request) override;

 private:
  // Who asks, if they may ask for this; else the answer.
  [[nodiscard]] std::expected<Asker, http::Response> let_in(const Route* route,
                                                            const http::RequestHead& head);

  AdminContext* context_;
};

}  // namespace spillway::admin
