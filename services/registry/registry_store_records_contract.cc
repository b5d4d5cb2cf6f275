// What every RegistryStore does with what waits for an operator, and what was
// done.

#include <gmock/gmock.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "services/registry/audit.h"
#include "services/registry/pending_request.h"
#include "services/registry/registry_store.h"
#include "services/registry/registry_store_contract.h"

namespace causeway::registry {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST_P(RegistryStoreContract, PendingRequestComesBackAsItWas) {
  ASSERT_TRUE(InsertGrant("irc").ok());
  PendingRequest request = MakePending("irc");
  ASSERT_TRUE(PutPending(request).ok());
  std::vector<PendingRequest> page = store_->ListPendingRequests(0, 9).value();
  ASSERT_EQ(page.size(), 1u);
  EXPECT_GT(page[0].pending_id, 0);
  request.pending_id = page[0].pending_id;
  EXPECT_EQ(page[0], request);
  ASSERT_TRUE(
      store_
          ->Run([&](RegistryStore::Change& change) {
            EXPECT_EQ(change.FindPendingRequest(request.pending_id).value(),
                      request);
            EXPECT_EQ(change.FindPendingRequestByGrant("irc").value(), request);
            EXPECT_EQ(change.FindPendingRequestByGrant("x").value(),
                      std::nullopt);
            EXPECT_TRUE(change.RemovePendingRequest(request.pending_id).ok());
            EXPECT_EQ(change.FindPendingRequest(request.pending_id).value(),
                      std::nullopt);
            return absl::OkStatus();
          })
          .ok());
  EXPECT_THAT(store_->ListPendingRequests(0, 9).value(), IsEmpty());
}

TEST_P(RegistryStoreContract, NewerPendingRequestReplacesTheOlder) {
  for (const char* name : {"a", "b"}) {
    ASSERT_TRUE(InsertGrant(name).ok());
    ASSERT_TRUE(PutPending(MakePending(name)).ok());
  }
  const int64_t first = store_->ListPendingRequests(0, 9)->at(0).pending_id;
  PendingRequest newer = MakePending("a");
  newer.wanted.url = "https://new.test";
  ASSERT_TRUE(PutPending(newer).ok());
  std::vector<PendingRequest> page = store_->ListPendingRequests(0, 9).value();
  ASSERT_EQ(page.size(), 2u);
  EXPECT_EQ(page[0].grant_name, "b");
  EXPECT_EQ(page[1].grant_name, "a");
  EXPECT_EQ(page[1].wanted.url, "https://new.test");
  EXPECT_GT(page[1].pending_id, first);
  page = store_->ListPendingRequests(page[0].pending_id, 1).value();
  ASSERT_EQ(page.size(), 1u);
  EXPECT_EQ(page[0].grant_name, "a");
}

TEST_P(RegistryStoreContract, OldestPendingRequestsAreForgotten) {
  for (const char* name : {"a", "b", "c"}) {
    ASSERT_TRUE(InsertGrant(name).ok());
    ASSERT_TRUE(PutPending(MakePending(name), /*kept_max=*/2).ok());
  }
  const std::vector<PendingRequest> page =
      store_->ListPendingRequests(0, 9).value();
  ASSERT_EQ(page.size(), 2u);
  EXPECT_EQ(page[0].grant_name, "b");
}

TEST_P(RegistryStoreContract, PendingRequestGoesWithItsGrant) {
  ASSERT_TRUE(InsertGrant("irc").ok());
  ASSERT_TRUE(PutPending(MakePending("irc")).ok());
  ASSERT_TRUE(store_
                  ->Run([](RegistryStore::Change& change) {
                    return change.DeleteGrant("irc");
                  })
                  .ok());
  EXPECT_THAT(store_->ListPendingRequests(0, 9).value(), IsEmpty());
}

TEST_P(RegistryStoreContract, AuditRecordsComeBackNewestFirst) {
  AuditRecord record;
  record.create_time = absl::FromUnixMicros(1421416883133001);
  record.actor = "operator";
  record.action = kCreateGrant;
  record.request_id = "request";
  record.reason = "because";
  record.after_json = R"({"name":"irc","a":[1]})";
  ASSERT_TRUE(store_
                  ->Run([&](RegistryStore::Change& change) {
                    for (int64_t revision : {1, 2, 3}) {
                      record.revision = revision;
                      EXPECT_TRUE(change.AddAuditRecord(record).ok());
                    }
                    return absl::OkStatus();
                  })
                  .ok());
  std::vector<StoredAuditRecord> page = store_->ListAuditRecords(0, 2).value();
  ASSERT_EQ(page.size(), 2u);
  EXPECT_EQ(page[0].record.revision, 3);
  EXPECT_EQ(page[0].record.create_time, record.create_time);
  EXPECT_EQ(page[0].record.actor, "operator");
  EXPECT_EQ(page[0].record.action, "create_grant");
  EXPECT_EQ(page[0].record.request_id, "request");
  EXPECT_EQ(page[0].record.reason, "because");
  EXPECT_EQ(page[0].record.before_json, "");
  EXPECT_THAT(page[0].record.after_json, HasSubstr("\"irc\""));
  EXPECT_EQ(page[1].record.revision, 2);
  EXPECT_LT(page[1].record_id, page[0].record_id);
  page = store_->ListAuditRecords(page[1].record_id, 9).value();
  ASSERT_EQ(page.size(), 1u);
  EXPECT_EQ(page[0].record.revision, 1);
}

}  // namespace
}  // namespace causeway::registry
