#include "admin/endpoints.hpp"
#include "admin/openapi.hpp"

namespace spillway::admin {
namespace {

http::Response text_response(std::string_view content_type, std::string body) {
  return {.status = 200, .content_type = std::string(content_type), .body = std::move(body)};
}

}  // namespace

Answer get_health(AdminContext*, Call) {
  co_return text_response("text/plain", "ok\n");
}

// Without details, since everybody may ask; the summary has them.
Answer get_readiness(AdminContext* context, Call) {
  if (!context->ready()) {
    co_return core::fail(core::ErrorCode::unavailable, "this node takes no events now",
                         core::Fault::sender);
  }
  co_return text_response("text/plain", "ready\n");
}

Answer get_metrics(AdminContext* context, Call) {
  co_return text_response(context->exposition.content_type(), context->exposition.text());
}

Answer get_openapi(AdminContext*, Call) {
  co_return text_response("application/json", std::string(openapi_json()));
}

}  // namespace spillway::admin
