#include "services/shared/postgres/conninfo.h"

#include <gtest/gtest.h>

namespace causeway::postgres {
namespace {

TEST(CheckedConninfoTest, TakesBothForms) {
  const char* words = "host='/tmp/a b' dbname=causeway user=x";
  EXPECT_EQ(CheckedConninfo(words).value(), words);
  EXPECT_TRUE(CheckedConninfo("postgresql://x@h:5432/causeway").ok());
}

TEST(CheckedConninfoTest, TellsWhatIsWrong) {
  for (const char* conninfo : {"", "causeway", "dbnam=causeway", "host='/tmp",
                               "postgresql://[::1/db"}) {
    SCOPED_TRACE(conninfo);
    const absl::Status status = CheckedConninfo(conninfo).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_FALSE(status.message().empty());
  }
}

}  // namespace
}  // namespace causeway::postgres
