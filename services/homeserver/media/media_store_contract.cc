#include "services/homeserver/media/media_store_contract.h"

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/shared/matrix/identifiers.h"

namespace causeway::homeserver {
namespace {

constexpr MediaQuota kPlenty = {.bytes_per_user_max = 1 << 30,
                                .bytes_total_max = 1 << 30};

absl::Status Put(MediaStore& store, absl::string_view owner,
                 const std::string& media_id, absl::string_view content,
                 const MediaQuota& quota = kPlenty) {
  return store.PutMedia(matrix::UserId::Parse(owner).value(),
                        {.media_id = media_id,
                         .content_type = "image/png",
                         .file_name = "a.png",
                         .byte_count = static_cast<int64_t>(content.size())},
                        content, quota, absl::FromUnixSeconds(1421416800));
}

TEST_P(MediaStoreContract, KeepsContentOfAnyBytesInChunks) {
  std::string content;
  for (size_t i = 0; i < 2 * kMediaChunkBytes + 5; ++i) {
    content.push_back(static_cast<char>(i * 7));
  }
  ASSERT_TRUE(Put(*store_, "@alice:hs.test", "M", content).ok());
  const std::optional<MediaInfo> info = store_->FindMedia("M").value();
  ASSERT_TRUE(info.has_value());
  EXPECT_EQ(info->media_id, "M");
  EXPECT_EQ(info->content_type, "image/png");
  EXPECT_EQ(info->file_name, "a.png");
  EXPECT_EQ(info->byte_count, static_cast<int64_t>(content.size()));
  EXPECT_TRUE(store_->ReadChunks("M", 0, 10).value() == content);
  EXPECT_TRUE(store_->ReadChunks("M", 1, 1).value() ==
              content.substr(kMediaChunkBytes, kMediaChunkBytes));
  EXPECT_EQ(store_->ReadChunks("M", 2, 4).value().size(), 5u);
  EXPECT_EQ(store_->ReadChunks("M", 3, 4).value(), "");
}

TEST_P(MediaStoreContract, MayBeEmpty) {
  ASSERT_TRUE(Put(*store_, "@alice:hs.test", "M", "").ok());
  EXPECT_EQ(store_->FindMedia("M").value()->byte_count, 0);
  EXPECT_EQ(store_->ReadChunks("M", 0, 1).value(), "");
}

TEST_P(MediaStoreContract, WhatIsNotThereIsNotFound) {
  EXPECT_FALSE(store_->FindMedia("M").value().has_value());
  EXPECT_EQ(store_->ReadChunks("M", 0, 1).value(), "");
}

TEST_P(MediaStoreContract, NothingIsReplaced) {
  ASSERT_TRUE(Put(*store_, "@alice:hs.test", "M", "first").ok());
  EXPECT_EQ(Put(*store_, "@alice:hs.test", "M", "second").code(),
            absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(store_->ReadChunks("M", 0, 1).value(), "first");
}

TEST_P(MediaStoreContract, NeedsAUser) {
  EXPECT_EQ(Put(*store_, "@carol:hs.test", "M", "x").code(),
            absl::StatusCode::kNotFound);
}

TEST_P(MediaStoreContract, EachUserIsBounded) {
  const MediaQuota quota = {.bytes_per_user_max = 2 * kMediaEntryBytes + 10,
                            .bytes_total_max = 10 * kMediaEntryBytes};
  const std::string too_large(kMediaEntryBytes + 11, 'x');
  EXPECT_EQ(Put(*store_, "@alice:hs.test", "A", too_large, quota).code(),
            absl::StatusCode::kResourceExhausted);
  ASSERT_TRUE(Put(*store_, "@alice:hs.test", "B", "sixsix", quota).ok());
  EXPECT_EQ(Put(*store_, "@alice:hs.test", "C", "fives", quota).code(),
            absl::StatusCode::kResourceExhausted);
  EXPECT_FALSE(store_->FindMedia("C").value().has_value());
  EXPECT_TRUE(Put(*store_, "@alice:hs.test", "D", "four", quota).ok());
  EXPECT_TRUE(Put(*store_, "@bob:hs.test", "E", "sixsix", quota).ok());
}

TEST_P(MediaStoreContract, MediaAreListedByIdAndOwner) {
  ASSERT_TRUE(Put(*store_, "@alice:hs.test", "b", "four").ok());
  ASSERT_TRUE(Put(*store_, "@bob:hs.test", "A", "x").ok());
  ASSERT_TRUE(Put(*store_, "@alice:hs.test", "C", "").ok());
  auto ids = [&](absl::string_view owner, absl::string_view after, int limit) {
    std::string ids;
    const auto list = store_->ListMedia(owner, after, limit).value();
    for (const KeptMedia& media : list) ids += media.info.media_id;
    return ids;
  };
  EXPECT_EQ(ids("", "", 10), "ACb");
  EXPECT_EQ(ids("", "A", 1), "C");
  EXPECT_EQ(ids("@alice:hs.test", "", 10), "Cb");
  const KeptMedia media = store_->ListMedia("", "C", 1).value().at(0);
  EXPECT_EQ(media.owner, "@alice:hs.test");
  EXPECT_EQ(media.info.file_name, "a.png");
  EXPECT_EQ(media.info.byte_count, 4);
  EXPECT_EQ(media.create_time, absl::FromUnixSeconds(1421416800));
}

TEST_P(MediaStoreContract, DeletedMediaAreGoneAndCountNoMore) {
  constexpr int64_t kMax = kMediaEntryBytes + 6;
  const MediaQuota quota = {.bytes_per_user_max = kMax,
                            .bytes_total_max = kMax};
  ASSERT_TRUE(Put(*store_, "@alice:hs.test", "A", "sixsix", quota).ok());
  ASSERT_TRUE(store_->DeleteMedia("A").ok());
  EXPECT_FALSE(store_->FindMedia("A").value().has_value());
  EXPECT_EQ(store_->ReadChunks("A", 0, 1).value(), "");
  EXPECT_TRUE(absl::IsNotFound(store_->DeleteMedia("A")));
  ASSERT_TRUE(Put(*store_, "@alice:hs.test", "B", "sixsix", quota).ok());
  ASSERT_TRUE(store_->DeleteMedia("B").ok());
  EXPECT_TRUE(Put(*store_, "@bob:hs.test", "C", "sixsix", quota).ok());
}

TEST_P(MediaStoreContract, EmptyFilesAreBoundedToo) {
  const MediaQuota quota = {.bytes_per_user_max = 2 * kMediaEntryBytes,
                            .bytes_total_max = 3 * kMediaEntryBytes};
  EXPECT_TRUE(Put(*store_, "@alice:hs.test", "A", "", quota).ok());
  EXPECT_TRUE(Put(*store_, "@alice:hs.test", "B", "", quota).ok());
  EXPECT_EQ(Put(*store_, "@alice:hs.test", "C", "", quota).code(),
            absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(Put(*store_, "@bob:hs.test", "D", "", quota).ok());
  EXPECT_EQ(Put(*store_, "@bob:hs.test", "E", "", quota).code(),
            absl::StatusCode::kResourceExhausted);
}

TEST_P(MediaStoreContract, AllUsersAreBoundedTogether) {
  constexpr int64_t kMax = 2 * kMediaEntryBytes + 10;
  const MediaQuota quota = {.bytes_per_user_max = kMax,
                            .bytes_total_max = kMax};
  ASSERT_TRUE(Put(*store_, "@alice:hs.test", "A", "sixsix", quota).ok());
  EXPECT_EQ(Put(*store_, "@bob:hs.test", "B", "fives", quota).code(),
            absl::StatusCode::kResourceExhausted);
  // What was refused is counted for nobody.
  EXPECT_TRUE(Put(*store_, "@bob:hs.test", "B", "four", quota).ok());
}

}  // namespace
}  // namespace causeway::homeserver
