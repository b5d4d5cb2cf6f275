#include "services/shared/postgres/conninfo.h"

#include <gtest/gtest.h>

namespace causeway::postgres {
namespace {

TEST(CheckConninfoTest, TakesBothForms) {
  EXPECT_TRUE(CheckConninfo("host='/tmp/a b' dbname=causeway user=x").ok());
  EXPECT_TRUE(CheckConninfo("postgresql://x@h:5432/causeway").ok());
}

TEST(CheckConninfoTest, TellsWhatIsWrong) {
  for (const char* conninfo :
       {"causeway", "dbnam=causeway", "host='/tmp", "postgresql://[::1/db"}) {
    SCOPED_TRACE(conninfo);
    const absl::Status status = CheckConninfo(conninfo);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_FALSE(status.message().empty());
  }
}

}  // namespace
}  // namespace causeway::postgres
