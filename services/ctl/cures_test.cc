#include "services/ctl/cures.h"

#include <gtest/gtest.h>

namespace causeway::ctl {
namespace {

TEST(CuresTest, EachStepHasOne) {
  using Response = query::v1::DiagnoseResponse;
  for (int step = Response::URL; step <= Response::Step_MAX; ++step) {
    EXPECT_FALSE(Cure(static_cast<Response::Step>(step)).empty()) << step;
  }
}

}  // namespace
}  // namespace causeway::ctl
