#include "services/homeserver/media/media_library.h"

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "gtest/gtest.h"
#include "services/homeserver/media/fake_media_store.h"
#include "services/homeserver/media/media_store.h"
#include "services/shared/clock/fake_clock.h"
#include "services/shared/matrix/identifiers.h"
#include "services/shared/status/errcode.h"

namespace causeway::homeserver {
namespace {

class MediaLibraryTest : public ::testing::Test {
 protected:
  MediaLibraryTest() { store_.AddUser(alice_); }

  // The media_id of what was created.
  std::string Create(absl::string_view content,
                     const std::string& content_type = "image/png",
                     const std::string& file_name = "a.png") {
    std::string uri =
        library_.Create(alice_, content_type, file_name, content).value();
    absl::string_view media_id = uri;
    EXPECT_TRUE(absl::ConsumePrefix(&media_id, "mxc://hs.test/")) << uri;
    return std::string(media_id);
  }
  std::string Refusal(absl::string_view content,
                      const std::string& content_type,
                      const std::string& file_name) {
    return GetErrcode(
        library_.Create(alice_, content_type, file_name, content).status());
  }

  const matrix::UserId alice_ = matrix::UserId::Parse("@alice:hs.test").value();
  FakeMediaStore store_;
  FakeClock clock_;
  MediaLibrary library_{{.bytes_max = 3 * kMediaPieceBytes,
                         .quota = {.bytes_per_user_max = 4 * kMediaPieceBytes,
                                   .bytes_total_max = 4 * kMediaPieceBytes}},
                        store_,
                        clock_,
                        matrix::ServerName::Parse("hs.test").value()};
};

TEST_F(MediaLibraryTest, KeepsWhatIsReadInPieces) {
  std::string content(kMediaPieceBytes, 'a');
  content += "the rest";
  const std::string media_id = Create(content);
  const MediaInfo info = library_.Find("hs.test", media_id).value();
  EXPECT_EQ(info.content_type, "image/png");
  EXPECT_EQ(info.file_name, "a.png");
  EXPECT_EQ(info.byte_count, static_cast<int64_t>(content.size()));
  EXPECT_TRUE(library_.Read(media_id, 0).value() ==
              content.substr(0, kMediaPieceBytes));
  EXPECT_EQ(library_.Read(media_id, kMediaPieceBytes).value(), "the rest");
  EXPECT_EQ(library_.Read(media_id, 2 * kMediaPieceBytes).value(), "");
}

TEST_F(MediaLibraryTest, IdsAreNotGuessed) {
  const std::string first = Create("x");
  const std::string second = Create("x");
  EXPECT_NE(first, second);
  EXPECT_GE(first.size(), 22u);
  EXPECT_EQ(first.find_first_not_of("abcdefghijklmnopqrstuvwxyz"
                                    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"),
            std::string::npos);
}

TEST_F(MediaLibraryTest, TypeMayBeUnknown) {
  EXPECT_EQ(library_.Find("hs.test", Create("x", "", "")).value().content_type,
            "application/octet-stream");
}

TEST_F(MediaLibraryTest, OthersServersMediaAreNotHere) {
  const std::string media_id = Create("x");
  EXPECT_EQ(GetErrcode(library_.Find("other.test", media_id).status()),
            "M_NOT_FOUND");
  EXPECT_EQ(GetErrcode(library_.Find("hs.test", "none").status()),
            "M_NOT_FOUND");
}

TEST_F(MediaLibraryTest, RefusesWhatCannotBeAHeader) {
  EXPECT_EQ(Refusal("x", "image/png\r\nSet-Cookie: a", ""), "M_INVALID_PARAM");
  EXPECT_EQ(Refusal("x", std::string(kContentTypeBytesMax + 1, 'a'), ""),
            "M_INVALID_PARAM");
  EXPECT_EQ(Refusal("x", "", "a\nb"), "M_INVALID_PARAM");
  EXPECT_EQ(Refusal("x", "", "\xff"), "M_INVALID_PARAM");
  EXPECT_EQ(Refusal("x", "", std::string(kFileNameBytesMax + 1, 'a')),
            "M_INVALID_PARAM");
}

TEST_F(MediaLibraryTest, SizesAreBounded) {
  EXPECT_EQ(Refusal(std::string(3 * kMediaPieceBytes + 1, 'x'), "", ""),
            "M_TOO_LARGE");
  Create(std::string(3 * kMediaPieceBytes, 'x'));
  EXPECT_EQ(Refusal(std::string(2 * kMediaPieceBytes, 'x'), "", ""),
            "M_RESOURCE_LIMIT_EXCEEDED");
}

TEST_F(MediaLibraryTest, PiecesBeginWhereTheyBegin) {
  const std::string media_id = Create("x");
  for (int64_t offset : {int64_t{-1}, int64_t{1}, int64_t{1} << 62}) {
    SCOPED_TRACE(offset);
    EXPECT_EQ(GetErrcode(library_.Read(media_id, offset).status()),
              "M_INVALID_PARAM");
  }
}

}  // namespace
}  // namespace causeway::homeserver
