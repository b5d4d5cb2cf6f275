#include "services/push_dispatcher/queue_proto.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "services/push_dispatcher/delivery/queue_state.h"
#include "services/push_dispatcher/store/operator_store.h"

namespace causeway::push {
namespace {

using ::testing::EndsWith;

// Metrics and the contract call a state by the same word.
TEST(QueueProtoTest, StatesHaveTheContractsNames) {
  EXPECT_EQ(std::size(kQueueStates) + 2,  // Without UNSPECIFIED and UNKNOWN.
            static_cast<size_t>(v1::Queue::State_ARRAYSIZE));
  for (QueueState state : kQueueStates) {
    EXPECT_EQ(QueueStateName(state),
              absl::AsciiStrToLower(v1::Queue::State_Name(ToProto(state))));
  }
}

// Rather than as idle, which its empty head would tell.
TEST(QueueProtoTest, WhatCannotBeReadIsToldOfAsUnknown) {
  const KnownDelivery nobody_holds_it = absl::UnavailableError("nobody");
  QueueSummary summary;
  summary.unreadable = "torn";
  v1::Queue queue = ToProto(summary, nobody_holds_it);
  EXPECT_EQ(queue.state(), v1::Queue::UNKNOWN);
  EXPECT_THAT(queue.owner_error(), EndsWith("can hold it: torn"));
  // Who had it before may not know yet.
  queue = ToProto(summary, Delivery());
  EXPECT_EQ(queue.state(), v1::Queue::UNKNOWN);
  EXPECT_THAT(queue.owner_error(), EndsWith("can hold it: torn"));
  summary.settings.paused = true;
  EXPECT_EQ(ToProto(summary, Delivery()).state(), v1::Queue::UNKNOWN);
}

}  // namespace
}  // namespace causeway::push
