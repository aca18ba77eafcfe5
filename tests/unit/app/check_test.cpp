// What check and serve tell the shell about a configuration they cannot read.
#include "app/check.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/exit_code.hpp"
#include "app/serve.hpp"

namespace spillway::app {
namespace {

using testing::HasSubstr;

TEST(Check, a_directory_is_a_usage_error) {
  testing::internal::CaptureStderr();
  EXPECT_EQ(check(testing::TempDir(), Depth::read), kUsage);
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("it is a directory"));
}

TEST(Serve, a_directory_is_a_usage_error) {
  testing::internal::CaptureStderr();
  EXPECT_EQ(serve(testing::TempDir(), false), kUsage);
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("it is a directory"));
}

}  // namespace
}  // namespace spillway::app
