#include "services/homeserver/ephemeral/receipts.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/homeserver/account_data/fake_account_data_store.h"
#include "services/homeserver/account_data/user_data.h"
#include "services/homeserver/ephemeral/fake_receipt_store.h"
#include "services/homeserver/ephemeral/receipt_store.h"
#include "services/homeserver/ephemeral/recording_sink.h"
#include "services/homeserver/rooms/fake_room_store.h"
#include "services/homeserver/rooms/test_events.h"
#include "services/homeserver/updates/fake_update_log.h"
#include "services/shared/clock/fake_clock.h"
#include "services/shared/status/errcode.h"

namespace causeway::homeserver {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kRoom[] = "!r:hs";
constexpr char kAlice[] = "@alice:hs";

class ReceiptsTest : public ::testing::Test {
 protected:
  absl::Status Send(const std::vector<ReceiptRequest>& requests) {
    return receipts_.Send(User(kAlice), kRoom, requests);
  }
  std::vector<Receipt> Kept() {
    return store_.ListAfter({kRoom}, User(kAlice), 0, 1000, 1000).value();
  }
  std::string FullyRead() {
    return data_.Get(User(kAlice), {kRoom, kFullyReadType}).value();
  }

  FakeClock clock_;
  FakeRoomStore rooms_;
  FakeUpdateLog log_;
  FakeReceiptStore store_{log_};
  FakeAccountDataStore account_data_{log_};
  UserData data_{account_data_};
  RecordingSink sink_;
  Receipts receipts_{rooms_, store_, data_, sink_, clock_};
  const std::string first_ = Append(rooms_, kRoom, MessageDraft(kAlice, "1"));
  const std::string second_ = Append(rooms_, kRoom, MessageDraft(kAlice, "2"));
};

TEST_F(ReceiptsTest, ReceiptIsKeptAndToldOnce) {
  ASSERT_TRUE(Send({{kReadType, second_, ""}}).ok());
  ASSERT_TRUE(Send({{kReadType, first_, ""}}).ok());
  ASSERT_EQ(Kept().size(), 1u);
  EXPECT_EQ(Kept()[0].event_id, second_);
  ASSERT_EQ(sink_.events().size(), 1u);
  EXPECT_THAT(sink_.events()[0].json, HasSubstr(R"("room_id":"!r:hs")"));
  EXPECT_THAT(sink_.events()[0].json, HasSubstr(second_));
}

TEST_F(ReceiptsTest, ThreadsAreApart) {
  ASSERT_TRUE(
      Send({{kReadType, second_, ""}, {kReadType, first_, first_}}).ok());
  ASSERT_EQ(Kept().size(), 2u);
  EXPECT_THAT(ReceiptEvent(Kept()), HasSubstr(R"("thread_id":"$)"));
}

TEST_F(ReceiptsTest, MarkerGoesForwardOnly) {
  ASSERT_TRUE(Send({{kFullyReadType, first_, ""}}).ok());
  EXPECT_THAT(FullyRead(), HasSubstr(first_));
  ASSERT_TRUE(Send({{kFullyReadType, second_, ""}}).ok());
  ASSERT_TRUE(Send({{kFullyReadType, first_, ""}}).ok());
  EXPECT_THAT(FullyRead(), HasSubstr(second_));
  EXPECT_THAT(sink_.events(), IsEmpty());
}

TEST_F(ReceiptsTest, BadRequestsAreNamedBeforeAnythingIsKept) {
  auto errcode = [&](const ReceiptRequest& bad) {
    return GetErrcode(Send({{kReadType, first_, ""}, bad}));
  };
  EXPECT_EQ(errcode({"m.other", first_, ""}), "M_INVALID_PARAM");
  EXPECT_EQ(errcode({kReadType, "$unknown", ""}), "M_NOT_FOUND");
  EXPECT_EQ(errcode({kReadType, first_, "thread"}), "M_INVALID_PARAM");
  EXPECT_EQ(errcode({kFullyReadType, first_, "main"}), "M_INVALID_PARAM");
  EXPECT_THAT(Kept(), IsEmpty());
}

}  // namespace
}  // namespace causeway::homeserver
