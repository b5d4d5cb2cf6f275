// The Media service through gRPC, on the fake stores.

#include "services/homeserver/media/media_service.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "causeway/homeserver/v1/media.grpc.pb.h"
#include "gtest/gtest.h"
#include "services/homeserver/accounts/accounts.h"
#include "services/homeserver/accounts/fake_user_querier.h"
#include "services/homeserver/accounts/fake_user_store.h"
#include "services/homeserver/accounts/user_discovery.h"
#include "services/homeserver/accounts/user_store.h"
#include "services/homeserver/media/fake_media_store.h"
#include "services/homeserver/media/media_library.h"
#include "services/shared/clock/fake_clock.h"
#include "services/shared/matrix/identifiers.h"
#include "services/shared/registry_watch/latest_snapshot.h"
#include "services/shared/registry_watch/registration.h"
#include "services/shared/registry_watch/snapshot_builder.h"
#include "services/shared/server/blocking_call.h"
#include "services/shared/server/call_context.h"
#include "services/shared/server/executor.h"
#include "services/shared/server/testing/loopback_server.h"
#include "services/shared/status/errcode.h"

namespace causeway::homeserver {
namespace {

using Kind = registry_watch::RegistrySnapshot::Kind;
using Stub = v1::Media::StubInterface;

constexpr char kBob[] = "@irc_bob:hs.test";

class MediaServiceTest : public ::testing::Test {
 protected:
  MediaServiceTest() {
    registry_watch::Registration irc;
    irc.id = "irc";
    irc.sender_localpart = "ircbot";
    irc.namespaces = {{Kind::kUsers, "@irc_.*", true}};
    registry_.Set(registry_watch::SnapshotBuilder("hs.test").Add(irc).Build());
    const matrix::UserId bob = matrix::UserId::Parse(kBob).value();
    EXPECT_TRUE(
        users_
            .CreateUser({.user_id = bob, .password_hash = "", .profile = {}},
                        std::nullopt, clock_.Now())
            .ok());
    store_.AddUser(bob);
  }

  ~MediaServiceTest() override {
    server_.Stop();
    executor_.Drain();
  }

  template <typename Method, typename Request>
  auto Call(Method method, const Request& request) {
    return server::Call(server::MakeCallContext(absl::Seconds(30)), *stub_,
                        method, request);
  }

  static v1::Principal Irc(const std::string& user_id) {
    v1::Principal principal;
    principal.mutable_appservice()->set_uid("1");
    principal.mutable_appservice()->set_user_id(user_id);
    return principal;
  }

  const matrix::ServerName server_name_ =
      matrix::ServerName::Parse("hs.test").value();
  FakeUserStore users_;
  FakeMediaStore store_;
  FakeClock clock_;
  registry_watch::LatestSnapshot registry_;
  FakeUserQuerier querier_;
  Accounts accounts_{users_, clock_};
  UserDiscovery discovery_{accounts_, registry_, querier_, server_name_};
  MediaLibrary library_{
      {.bytes_max = 100,
       .quota = {.bytes_per_user_max = 1 << 20, .bytes_total_max = 1 << 20}},
      store_,
      clock_,
      server_name_};
  server::Executor executor_{{.threads = 2}};
  MediaService service_{library_, discovery_, registry_, server_name_,
                        executor_};
  server::LoopbackServer server_{service_};
  const std::unique_ptr<Stub> stub_ = v1::Media::NewStub(server_.channel());
};

TEST_F(MediaServiceTest, KeepsAndShows) {
  v1::CreateMediaRequest create;
  *create.mutable_principal() = Irc(kBob);
  create.set_content_type("text/plain");
  create.set_file_name("a.txt");
  create.set_content(std::string("a\0b", 3));
  const std::string uri = Call(&Stub::CreateMedia, create)->content_uri();
  ASSERT_EQ(uri.rfind("mxc://hs.test/", 0), 0u) << uri;
  const std::string media_id = uri.substr(uri.rfind('/') + 1);

  v1::GetMediaInfoRequest get;
  get.set_server_name("hs.test");
  get.set_media_id(media_id);
  const v1::MediaInfo info = Call(&Stub::GetMediaInfo, get).value();
  EXPECT_EQ(info.content_type(), "text/plain");
  EXPECT_EQ(info.file_name(), "a.txt");
  EXPECT_EQ(info.byte_count(), 3);

  v1::ReadMediaRequest read;
  read.set_media_id(media_id);
  EXPECT_EQ(Call(&Stub::ReadMedia, read)->content(), std::string("a\0b", 3));
}

TEST_F(MediaServiceTest, OperatorsListAndDelete) {
  std::vector<std::string> uris;
  for (const char* content : {"one", "two", "three"}) {
    v1::CreateMediaRequest create;
    *create.mutable_principal() = Irc(kBob);
    create.set_content(content);
    uris.push_back(Call(&Stub::CreateMedia, create)->content_uri());
  }
  v1::ListMediaRequest list;
  list.set_user_id(kBob);
  list.set_page_size(2);
  v1::ListMediaResponse page = Call(&Stub::ListMedia, list).value();
  ASSERT_EQ(page.media_size(), 2);
  EXPECT_EQ(page.media(0).user_id(), kBob);
  list.set_page_token(page.next_page_token());
  page = Call(&Stub::ListMedia, list).value();
  ASSERT_EQ(page.media_size(), 1);
  EXPECT_EQ(page.next_page_token(), "");

  v1::DeleteMediaRequest remove;
  remove.set_media_id(uris[0].substr(uris[0].rfind('/') + 1));
  EXPECT_TRUE(Call(&Stub::DeleteMedia, remove).ok());
  EXPECT_EQ(GetErrcode(Call(&Stub::DeleteMedia, remove).status()),
            "M_NOT_FOUND");
  EXPECT_EQ(Call(&Stub::ListMedia, v1::ListMediaRequest())->media_size(), 2);
}

TEST_F(MediaServiceTest, NobodyKeepsMediaForAnother) {
  v1::CreateMediaRequest create;
  create.set_content("x");
  *create.mutable_principal() = Irc("@alice:hs.test");
  EXPECT_EQ(GetErrcode(Call(&Stub::CreateMedia, create).status()),
            "M_FORBIDDEN");
  v1::GetMediaInfoRequest get;
  *get.mutable_principal() = Irc("@alice:hs.test");
  get.set_server_name("hs.test");
  get.set_media_id("none");
  EXPECT_EQ(GetErrcode(Call(&Stub::GetMediaInfo, get).status()), "M_FORBIDDEN");
  *get.mutable_principal() = Irc(kBob);
  EXPECT_EQ(GetErrcode(Call(&Stub::GetMediaInfo, get).status()), "M_NOT_FOUND");
}

TEST_F(MediaServiceTest, NamesWhatIsTooMuch) {
  v1::CreateMediaRequest create;
  *create.mutable_principal() = Irc(kBob);
  create.set_content(std::string(101, 'x'));
  EXPECT_EQ(GetErrcode(Call(&Stub::CreateMedia, create).status()),
            "M_TOO_LARGE");
}

}  // namespace
}  // namespace causeway::homeserver
