#include "tests/unit/journal/journal_fixture.hpp"

namespace spillway::journal {
namespace {

class RegisterTest : public JournalTest {
 protected:
  std::unique_ptr<Register> register_names(std::vector<std::string> names, Names* out) {
    return std::make_unique<Register>(executor_, std::vector<std::string>{}, std::move(names),
                                      [out](core::Result<Names> registered) {
                                        ASSERT_TRUE(registered) << registered.error().message;
                                        *out = *std::move(registered);
                                      });
  }
};

TEST_F(RegisterTest, a_name_has_one_number_within_a_command_a_batch_and_for_ever) {
  Names twice;
  Names same_batch;
  write(register_names({"acme", "globex", "acme"}, &twice),
        register_names({"globex", "initech"}, &same_batch));
  Names later;
  commit(register_names({"initech", "acme", "globex"}, &later));
  EXPECT_EQ(twice.destinations.size(), 2U);
  EXPECT_EQ(later.destinations.at("acme").number, twice.destinations.at("acme").number);
  EXPECT_EQ(later.destinations.at("globex").number, twice.destinations.at("globex").number);
  EXPECT_EQ(same_batch.destinations.at("globex").number, twice.destinations.at("globex").number);
  EXPECT_EQ(later.destinations.at("initech").number, same_batch.destinations.at("initech").number);
  reopen();
  Names reopened;
  commit(register_names({"acme"}, &reopened));
  EXPECT_EQ(reopened.destinations.at("acme").number, twice.destinations.at("acme").number);
}

}  // namespace
}  // namespace spillway::journal
