#include "app/demo_run.hpp"
#include "app/demo_setup.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "config/config.hpp"

namespace spillway::app {
namespace {

TEST(Demo, its_configuration_is_a_valid_one) {
  core::SeededRandom random(1);
  const std::string text =
      demo_config("/tmp/a \"quoted\" place", DemoSecrets::make(random), {8080, 8081, 9001, 9002});
  const auto config = config::parse(text, "demo.yaml", "/tmp");
  ASSERT_TRUE(config) << config::to_string(config.error());
  EXPECT_EQ(config->data_dir, "/tmp/a \"quoted\" place");
  EXPECT_EQ(config->ingest.port, 8080);
  EXPECT_EQ(config->destinations.size(), 2U);
  EXPECT_EQ(config->routes.size(), 3U);
}

TEST(Demo, a_port_that_is_taken_is_never_shared) {
  namespace ip = boost::asio::ip;
  boost::asio::io_context io;
  const ip::tcp::acceptor other(io, {ip::address_v4::loopback(), 0});
  const std::uint16_t taken = other.local_endpoint().port();
  EXPECT_EQ(choose_port(std::nullopt, taken), std::uint16_t{0});
  EXPECT_FALSE(choose_port(taken, 1));
  EXPECT_EQ(choose_port(std::uint16_t{0}, taken), std::uint16_t{0});
}

TEST(Demo, a_directory_of_its_own_goes_with_it) {
  std::filesystem::path path;
  {
    const auto directory = DemoDirectory::make("");
    ASSERT_TRUE(directory);
    path = directory->path();
    EXPECT_TRUE(std::filesystem::exists(path));
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(Demo, a_directory_that_was_given_stays) {
  const std::filesystem::path wanted =
      std::filesystem::path(testing::TempDir()) / "spillway-demo-kept";
  {
    ASSERT_TRUE(DemoDirectory::make(wanted.string()));
  }
  EXPECT_TRUE(std::filesystem::remove(wanted));
}

TEST(Demo, sums_the_samples_of_a_counter) {
  constexpr std::string_view kText =
      "# TYPE spillway_attempts_total counter\n"
      "spillway_attempts_total{destination=\"a\",outcome=\"delivered\"} 7\n"
      "spillway_attempts_total{destination=\"a\",outcome=\"deferred\"} 2\n"
      "spillway_attempts_total{destination=\"b\",outcome=\"unknown\"} 3\n"
      "spillway_attempts_totals{outcome=\"unknown\"} 100\n";
  EXPECT_EQ(sum_of_samples(kText, "spillway_attempts_total", "outcome=\"delivered\""), 5U);
}

}  // namespace
}  // namespace spillway::app
