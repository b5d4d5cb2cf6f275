#include "services/push_dispatcher/queue_proto.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/ascii.h"
#include "services/push_dispatcher/delivery/queue_state.h"

namespace causeway::push {
namespace {

// Metrics and the contract call a state by the same word.
TEST(QueueProtoTest, StatesHaveTheContractsNames) {
  EXPECT_EQ(std::size(kQueueStates) + 2,  // Without UNSPECIFIED and UNKNOWN.
            static_cast<size_t>(v1::Queue::State_ARRAYSIZE));
  for (QueueState state : kQueueStates) {
    EXPECT_EQ(QueueStateName(state),
              absl::AsciiStrToLower(v1::Queue::State_Name(ToProto(state))));
  }
}

}  // namespace
}  // namespace causeway::push
