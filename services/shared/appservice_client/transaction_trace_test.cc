#include "services/shared/appservice_client/transaction_trace.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "services/shared/server/trace_context.h"

namespace causeway::appservice_client {
namespace {

// Two releases may send attempts of one transaction.
TEST(TransactionTraceTest, NeverChanges) {
  EXPECT_EQ(TransactionTraceId("7", "n-1"), "ade4e55024f8d950ad31f6decac3c187");
}

TEST(TransactionTraceTest, IsTheTransactionsAlone) {
  EXPECT_NE(TransactionTraceId("7", "n-1"), TransactionTraceId("7", "n-2"));
  EXPECT_NE(TransactionTraceId("7", "n-1"), TransactionTraceId("8", "n-1"));
  EXPECT_NE(TransactionTraceId("7", "1n"), TransactionTraceId("71", "n"));
}

TEST(TransactionTraceTest, IsOne) {
  const std::string trace_id = TransactionTraceId("7", "n-1");
  EXPECT_EQ(server::TraceId(trace_id), trace_id);
}

}  // namespace
}  // namespace causeway::appservice_client
