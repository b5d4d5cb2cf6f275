#include "services/push_dispatcher/store/fake_push_store.h"

#include <gtest/gtest.h>

#include <memory>

#include "services/push_dispatcher/store/push_store_contract.h"

namespace causeway::push {
namespace {

PushStores MakeFakeStores() {
  auto store = std::make_shared<FakePushStore>();
  return {store, store, store, store, store};
}

INSTANTIATE_TEST_SUITE_P(Fake, PushStoreContract,
                         ::testing::Values(MakeFakeStores));

TEST(FakePushStoreTest, FailsAsTold) {
  FakePushStore store;
  IngestBatch batch;
  batch.before = store.OpenSource("hs").value();
  batch.end = {2, std::string(32, 'x')};
  store.FailNextWrite(FakePushStore::Fault::kNotDone);
  EXPECT_FALSE(store.Commit(batch).ok());
  EXPECT_EQ(store.FindSource("hs").value().end.position, 1);
  store.FailNextWrite(FakePushStore::Fault::kDone);
  EXPECT_FALSE(store.Commit(batch).ok());
  EXPECT_EQ(store.FindSource("hs").value().end.position, 2);
  store.SetAway(true);
  EXPECT_EQ(store.FindSource("hs").status().code(),
            absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace causeway::push
