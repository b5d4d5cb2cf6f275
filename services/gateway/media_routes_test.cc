#include "services/gateway/media_routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "causeway/homeserver/v1/media.pb.h"
#include "services/gateway/api_fixture.h"
#include "services/shared/matrix/errors.h"

namespace causeway::gateway {
namespace {

namespace pb = causeway::homeserver::v1;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kCreate[] = "causeway.homeserver.v1.Media/CreateMedia";
constexpr char kInfo[] = "causeway.homeserver.v1.Media/GetMediaInfo";
constexpr char kRead[] = "causeway.homeserver.v1.Media/ReadMedia";

class MediaRoutesTest : public ApiFixture {
 protected:
  // There is a file, which is read in pieces of 3 bytes.
  void Keep(const std::string& content, const std::string& content_type) {
    pb::MediaInfo info;
    info.set_content_type(content_type);
    info.set_file_name("a.png");
    info.set_byte_count(static_cast<int64_t>(content.size()));
    peers_.Answer(kInfo, info);
    peers_.Answer<pb::ReadMediaRequest, pb::ReadMediaResponse>(
        kRead,
        [content](const pb::ReadMediaRequest& request)
            -> absl::StatusOr<pb::ReadMediaResponse> {
          pb::ReadMediaResponse piece;
          const size_t offset = static_cast<size_t>(request.offset());
          if (offset < content.size()) {
            piece.set_content(content.substr(offset, 3));
          }
          return piece;
        });
  }
};

TEST_F(MediaRoutesTest, Uploads) {
  pb::CreateMediaResponse created;
  created.set_content_uri("mxc://hs.test/M");
  peers_.Answer(kCreate, created);
  for (const char* version : {"v3", "r0", "v1"}) {
    SCOPED_TRACE(version);
    const ApiAnswer answer =
        Call("POST",
             absl::StrCat("/_matrix/media/", version,
                          "/upload?filename=a%20b.txt&user_id=%40irc_bob%3Ahs."
                          "test"),
             "not JSON", "as_irc");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.raw.body, R"({"content_uri":"mxc://hs.test/M"})");
  }
  const auto asked = peers_.Requests<pb::CreateMediaRequest>(kCreate);
  ASSERT_THAT(asked, SizeIs(3));
  EXPECT_EQ(asked[0].content(), "not JSON");
  EXPECT_EQ(asked[0].file_name(), "a b.txt");
  EXPECT_EQ(asked[0].principal().appservice().user_id(), "@irc_bob:hs.test");
}

TEST_F(MediaRoutesTest, NobodyUploadsWithoutAToken) {
  EXPECT_EQ(Call("POST", "/_matrix/media/v3/upload", "x").body["errcode"],
            "M_MISSING_TOKEN");
  EXPECT_THAT(peers_.Requests<pb::CreateMediaRequest>(kCreate), IsEmpty());
}

TEST_F(MediaRoutesTest, DownloadsWholeAndSandboxed) {
  Keep(std::string("a\0bcdefg", 8), "image/png");
  for (const char* path : {"/_matrix/media/v3/download/hs.test/M",
                           "/_matrix/media/r0/download/hs.test/M",
                           "/_matrix/media/v3/thumbnail/hs.test/M?width=9"}) {
    SCOPED_TRACE(path);
    const ApiAnswer answer = Call("GET", path);
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.raw.body, std::string("a\0bcdefg", 8));
    EXPECT_THAT(answer.raw.head, HasSubstr("Content-Type: image/png\r\n"));
    EXPECT_THAT(
        answer.raw.head,
        HasSubstr("Content-Disposition: inline; filename=\"a.png\"\r\n"));
    EXPECT_THAT(answer.raw.head, HasSubstr("Content-Security-Policy: sandbox"));
  }
  const auto asked = peers_.Requests<pb::GetMediaInfoRequest>(kInfo);
  ASSERT_THAT(asked, SizeIs(3));
  EXPECT_EQ(asked[0].server_name(), "hs.test");
  EXPECT_EQ(asked[0].media_id(), "M");
  EXPECT_FALSE(asked[0].has_principal());
}

TEST_F(MediaRoutesTest, TheClientNamesTheFile) {
  Keep("x", "text/html");
  EXPECT_THAT(
      Call("GET", "/_matrix/media/v3/download/hs.test/M/page.html").raw.head,
      HasSubstr("Content-Disposition: attachment; filename=\"page.html\"\r\n"));
  EXPECT_THAT(
      Call("GET", "/_matrix/media/v3/download/hs.test/M/a%0D%0AX:b").raw.head,
      HasSubstr("filename*=UTF-8''a%0D%0AX%3Ab\r\n"));
}

TEST_F(MediaRoutesTest, AuthenticatedDownloadsNeedAToken) {
  Keep("x", "image/png");
  constexpr char kPath[] = "/_matrix/client/v1/media/download/hs.test/M";
  EXPECT_EQ(Call("GET", kPath).body["errcode"], "M_MISSING_TOKEN");
  EXPECT_EQ(Call("GET", kPath, "", "person").raw.body, "x");
  EXPECT_EQ(peers_.Requests<pb::GetMediaInfoRequest>(kInfo)
                .back()
                .principal()
                .user()
                .user_id(),
            "@alice:hs.test");
}

TEST_F(MediaRoutesTest, ThereAreThumbnailsOfPicturesOnly) {
  Keep("x", "text/plain");
  EXPECT_EQ(Call("GET", "/_matrix/media/v3/thumbnail/hs.test/M?width=9").status,
            400);
}

TEST_F(MediaRoutesTest, ErrorsAreObjects) {
  peers_.Fail(kInfo, matrix::NotFound("media"));
  const ApiAnswer answer = Call("GET", "/_matrix/media/v3/download/hs.test/M");
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(answer.body["errcode"], "M_NOT_FOUND");
}

// What the fixture gives to media is 1 MiB.
TEST_F(MediaRoutesTest, DownloadsAreBoundedTogether) {
  pb::MediaInfo info;
  info.set_content_type("image/png");
  info.set_byte_count((1 << 20) + 1);
  peers_.Answer(kInfo, info);
  const ApiAnswer answer = Call("GET", "/_matrix/media/v3/download/hs.test/M");
  EXPECT_EQ(answer.status, 429);
  EXPECT_EQ(answer.body["errcode"], "M_LIMIT_EXCEEDED");
  EXPECT_EQ(answer.raw.Header("Retry-After"), "1");
  EXPECT_THAT(peers_.Requests<pb::ReadMediaRequest>(kRead), IsEmpty());
}

TEST_F(MediaRoutesTest, TellsHowMuchMayBeUploaded) {
  EXPECT_EQ(Call("GET", "/_matrix/media/v3/config", "", "person").raw.body,
            R"({"m.upload.size":10485760})");
  EXPECT_EQ(Call("GET", "/_matrix/client/v1/media/config", "", "person").status,
            200);
}

}  // namespace
}  // namespace causeway::gateway
