#include "http/problem.hpp"

#include <gtest/gtest.h>

namespace spillway::http {
namespace {

TEST(Problem, is_a_problem_document_with_title_status_and_detail) {
  const Response response = problem(413, "body of 5 bytes, at most 4 are taken");
  EXPECT_EQ(response.status, 413);
  EXPECT_EQ(response.content_type, "application/problem+json");
  EXPECT_EQ(response.body, R"({"type":"about:blank","title":"Payload Too Large","status":413,)"
                           R"("detail":"body of 5 bytes, at most 4 are taken"})");
}

TEST(Problem, retry_after_is_in_seconds) {
  const Response response = problem_retry_after(503, "full", std::chrono::seconds(7));
  ASSERT_EQ(response.headers.size(), 1U);
  EXPECT_EQ(response.headers[0], (core::Header{"Retry-After", "7"}));
}

TEST(Problem, method_not_allowed_names_the_allowed_methods) {
  const Response response = method_not_allowed("GET, POST");
  EXPECT_EQ(response.status, 405);
  ASSERT_EQ(response.headers.size(), 1U);
  EXPECT_EQ(response.headers[0], (core::Header{"Allow", "GET, POST"}));
}

TEST(RequestHead, finds_a_header_in_any_case) {
  RequestHead head;
  head.headers = {{"X-Hub-Signature-256", "sha256=ab"}, {"x-hub-signature-256", "second"}};
  EXPECT_EQ(head.find("x-HUB-signature-256"), "sha256=ab");
  EXPECT_EQ(head.find("x-hub-signature"), std::nullopt);
}

}  // namespace
}  // namespace spillway::http
