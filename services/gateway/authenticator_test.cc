#include "services/gateway/authenticator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <memory>
#include <string>
#include <tuple>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "causeway/homeserver/v1/homeserver.grpc.pb.h"
#include "causeway/registry/v1/registry.grpc.pb.h"
#include "services/gateway/fake_peers.h"
#include "services/gateway/heard_appservices.h"
#include "services/gateway/http/http_message.h"
#include "services/gateway/http/request_target.h"
#include "services/shared/clock/fake_clock.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/token.h"
#include "services/shared/namespaces/namespace_kind.h"
#include "services/shared/registry_watch/latest_snapshot.h"
#include "services/shared/registry_watch/snapshot_builder.h"
#include "services/shared/server/call_context.h"
#include "services/shared/status/errcode.h"

namespace causeway::gateway {
namespace {

namespace pb = causeway::homeserver::v1;
namespace registry_pb = causeway::registry::v1;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kAskHomeserver[] =
    "causeway.homeserver.v1.Accounts/Authenticate";
constexpr char kWhoAmI[] = "causeway.homeserver.v1.Accounts/WhoAmI";
constexpr char kAskRegistry[] = "causeway.registry.v1.Registry/Authenticate";

// The homeserver knows the token "person", the snapshot "as_irc" of revision 7;
// the registry knows "as_new" besides.
class AuthenticatorTest : public testing::Test {
 protected:
  AuthenticatorTest() {
    using enum namespaces::NamespaceKind;
    latest_.Set(registry_watch::SnapshotBuilder("hs.test")
                    .Revision(7)
                    .Add({.uid = "11",
                          .id = "irc",
                          .namespaces = {{kUsers, "@irc_.*", true}},
                          .expire_time = clock_.Now() + absl::Hours(1)},
                         "as_irc")
                    .Build());
    peers_.Answer<pb::AuthenticateRequest, pb::AuthenticateResponse>(
        kAskHomeserver,
        [](const pb::AuthenticateRequest& request)
            -> absl::StatusOr<pb::AuthenticateResponse> {
          pb::AuthenticateResponse response;
          for (const auto& [token, uid, revision] :
               {std::tuple("ghost", "11", 5), std::tuple("orphan", "10", 5),
                std::tuple("young ghost", "12", 8)}) {
            if (request.access_token_sha256() != matrix::Sha256(token)) {
              continue;
            }
            response.set_user_id("@irc_bob:hs.test");
            response.set_appservice_uid(uid);
            response.set_registry_revision(revision);
            return response;
          }
          if (request.access_token_sha256() != matrix::Sha256("person")) {
            return matrix::UnknownToken();
          }
          response.set_user_id("@alice:hs.test");
          response.set_device_id("DEV");
          return response;
        });
    peers_.Answer<registry_pb::AuthenticateRequest,
                  registry_pb::AuthenticateResponse>(
        kAskRegistry,
        [](const registry_pb::AuthenticateRequest& request)
            -> absl::StatusOr<registry_pb::AuthenticateResponse> {
          if (request.as_token_sha256() != matrix::Sha256("as_new")) {
            return matrix::NotFound("such application service");
          }
          registry_pb::AuthenticateResponse response;
          response.mutable_appservice()->set_uid("12");
          response.mutable_appservice()->set_id("new");
          response.mutable_appservice()->set_revision(8);
          return response;
        });
  }

  absl::StatusOr<pb::Principal> Authenticate(absl::string_view query,
                                             absl::string_view header = "") {
    HttpRequest request;
    request.parsed = ParseRequestTarget(absl::StrCat("/?", query)).value();
    request.authorization = std::string(header);
    Authenticator authenticator(latest_, *registry_, *accounts_, heard_,
                                clock_);
    boost::asio::io_context context;
    // The coroutine refers to it until it ends.
    const server::CallContext call = server::MakeCallContext(absl::Seconds(10));
    auto principal = boost::asio::co_spawn(
        context, authenticator.Authenticate(request, call),
        boost::asio::use_future);
    context.run();
    return principal.get();
  }

  FakeClock clock_;
  FakePeers peers_;
  HeardAppservices heard_;
  registry_watch::LatestSnapshot latest_;
  std::unique_ptr<registry_pb::Registry::Stub> registry_ =
      registry_pb::Registry::NewStub(peers_.channel());
  std::unique_ptr<pb::Accounts::Stub> accounts_ =
      pb::Accounts::NewStub(peers_.channel());
};

TEST_F(AuthenticatorTest, NoTokenIsMissing) {
  for (const char* header : {"", "Basic YTpi", "Bearer ", "Bearer"}) {
    SCOPED_TRACE(header);
    const absl::Status status = Authenticate("", header).status();
    EXPECT_EQ(GetErrcode(status), "M_MISSING_TOKEN");
  }
}

TEST_F(AuthenticatorTest, PersonByHeaderOrParameter) {
  for (const auto& [query, header] :
       {std::pair("access_token=person", ""), std::pair("", "Bearer person"),
        std::pair("", "bearer person"),
        std::pair("access_token=person", "Basic YTpi"),
        std::pair("access_token=other", "Bearer person")}) {
    SCOPED_TRACE(absl::StrCat(query, " ", header));
    const absl::StatusOr<pb::Principal> principal = Authenticate(query, header);
    ASSERT_TRUE(principal.ok()) << principal.status();
    EXPECT_EQ(principal->user().user_id(), "@alice:hs.test");
    EXPECT_EQ(principal->user().device_id(), "DEV");
    EXPECT_EQ(principal->user().access_token_sha256(),
              matrix::Sha256("person"));
    EXPECT_EQ(principal->registry_revision(), 7);
    EXPECT_EQ(principal->linked_appservice_uid(), "");
  }
}

TEST_F(AuthenticatorTest, PersonsUserIdAndUserTokenMeanNothing) {
  const absl::StatusOr<pb::Principal> principal = Authenticate(
      "access_token=person&user_id=@bob:hs.test&user_token=nobodys");
  ASSERT_TRUE(principal.ok()) << principal.status();
  EXPECT_EQ(principal->user().user_id(), "@alice:hs.test");
  EXPECT_EQ(principal->linked_appservice_uid(), "");
}

TEST_F(AuthenticatorTest, AppserviceActsAsItsOwnUserUnlessItAssertsAnother) {
  absl::StatusOr<pb::Principal> principal = Authenticate("access_token=as_irc");
  ASSERT_TRUE(principal.ok()) << principal.status();
  EXPECT_EQ(principal->appservice().uid(), "11");
  EXPECT_EQ(principal->appservice().id(), "irc");
  EXPECT_EQ(principal->appservice().user_id(), "");
  EXPECT_EQ(principal->registry_revision(), 7);

  // Whether it may is for the homeserver to say.
  principal = Authenticate("access_token=as_irc&user_id=%40any%3Ahs.test");
  ASSERT_TRUE(principal.ok()) << principal.status();
  EXPECT_EQ(principal->appservice().user_id(), "@any:hs.test");
  EXPECT_THAT(peers_.Requests<pb::AuthenticateRequest>(kAskHomeserver),
              IsEmpty());
}

TEST_F(AuthenticatorTest, AppserviceTooNewForTheSnapshotIsAskedOfTheRegistry) {
  const absl::StatusOr<pb::Principal> principal =
      Authenticate("access_token=as_new&user_id=@new_bob:hs.test");
  ASSERT_TRUE(principal.ok()) << principal.status();
  EXPECT_EQ(principal->appservice().uid(), "12");
  EXPECT_EQ(principal->appservice().user_id(), "@new_bob:hs.test");
  EXPECT_EQ(principal->registry_revision(), 8);
}

TEST_F(AuthenticatorTest, GhostsTokenIsNobodysOnceItsRegistrationHasGone) {
  absl::StatusOr<pb::Principal> ghost = Authenticate("access_token=ghost");
  ASSERT_TRUE(ghost.ok()) << ghost.status();
  EXPECT_EQ(ghost->user().user_id(), "@irc_bob:hs.test");
  EXPECT_EQ(ghost->user().appservice_uid(), "11");
  EXPECT_EQ(ghost->registry_revision(), 7);
  EXPECT_EQ(GetErrcode(Authenticate("access_token=orphan").status()),
            "M_UNKNOWN_TOKEN");
  // Too new for the snapshot: the homeserver will know.
  ghost = Authenticate("access_token=young+ghost");
  ASSERT_TRUE(ghost.ok()) << ghost.status();
  EXPECT_EQ(ghost->registry_revision(), 8);
}

TEST_F(AuthenticatorTest, UserTokenLinksAPerson) {
  const absl::StatusOr<pb::Principal> principal =
      Authenticate("access_token=as_irc&user_token=person");
  ASSERT_TRUE(principal.ok()) << principal.status();
  EXPECT_EQ(principal->user().user_id(), "@alice:hs.test");
  EXPECT_EQ(principal->linked_appservice_uid(), "11");
}

TEST_F(AuthenticatorTest, AGoodAsTokenIsASignOfLife) {
  for (const char* query : {"access_token=person", "access_token=other"}) {
    Authenticate(query).IgnoreError();
    EXPECT_THAT(heard_.Take().heard_uids(), IsEmpty()) << query;
  }
  for (const auto& [query, uid] :
       {std::pair("access_token=as_irc", "11"),
        std::pair("access_token=as_irc&user_token=person", "11"),
        std::pair("access_token=as_irc&user_token=other", "11"),
        std::pair("access_token=as_new", "12")}) {
    Authenticate(query).IgnoreError();
    EXPECT_THAT(heard_.Take().heard_uids(), ElementsAre(uid)) << query;
  }
}

TEST_F(AuthenticatorTest, UnknownUserTokenIsForbidden) {
  const absl::Status status =
      Authenticate("access_token=as_irc&user_token=other").status();
  EXPECT_EQ(GetErrcode(status), "M_FORBIDDEN");
}

TEST_F(AuthenticatorTest, UserTokenAndUserIdExcludeEachOther) {
  const absl::Status status =
      Authenticate(
          "access_token=as_irc&user_token=person&user_id=@irc_a:hs.test")
          .status();
  EXPECT_EQ(GetErrcode(status), "M_INVALID_PARAM");
}

TEST_F(AuthenticatorTest, UnknownTokenIsUnknown) {
  const absl::Status status = Authenticate("access_token=other").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(GetErrcode(status), "M_UNKNOWN_TOKEN");
}

// Goal: no passing fault logs a client out. Method: a token that is known to
// nobody, while one of those who could know it fails in some way.
TEST_F(AuthenticatorTest, NoFaultMakesATokenUnknown) {
  for (const absl::Status& fault :
       {absl::UnavailableError("away"), absl::DeadlineExceededError("slow"),
        absl::InternalError("broken"), absl::UnauthenticatedError("bare")}) {
    for (const char* method : {kAskHomeserver, kAskRegistry}) {
      SCOPED_TRACE(absl::StrCat(method, " ", fault.ToString()));
      FakePeers peers;
      peers.Fail(kAskHomeserver, matrix::UnknownToken());
      peers.Fail(kAskRegistry, matrix::NotFound("such application service"));
      peers.Fail(method, fault);
      registry_ = registry_pb::Registry::NewStub(peers.channel());
      accounts_ = pb::Accounts::NewStub(peers.channel());
      const absl::Status status = Authenticate("access_token=other").status();
      EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
    }
  }
}

TEST_F(AuthenticatorTest, ExpiredGrantIsTheRegistrysBusiness) {
  clock_.AdvanceTime(absl::Hours(1) - absl::Nanoseconds(1));
  EXPECT_TRUE(Authenticate("access_token=as_irc").ok());
  clock_.AdvanceTime(absl::Nanoseconds(1));
  EXPECT_EQ(GetErrcode(Authenticate("access_token=as_irc").status()),
            "M_UNKNOWN_TOKEN");
  // It may have been prolonged, so nobody is told more than is known.
  peers_.Fail(kAskRegistry, absl::UnavailableError("away"));
  EXPECT_TRUE(
      absl::IsUnavailable(Authenticate("access_token=as_irc").status()));
}

TEST_F(AuthenticatorTest, AppservicesWorkWhileTheRegistryIsAway) {
  peers_.Stop();
  EXPECT_TRUE(Authenticate("access_token=as_irc").ok());
  EXPECT_EQ(Authenticate("access_token=person").status().code(),
            absl::StatusCode::kUnavailable);
}

class AuthenticatorDeviceTest : public AuthenticatorTest {
 protected:
  AuthenticatorDeviceTest() {
    peers_.Answer<pb::WhoAmIRequest, pb::WhoAmIResponse>(
        kWhoAmI,
        [](const pb::WhoAmIRequest& request)
            -> absl::StatusOr<pb::WhoAmIResponse> {
          const auto& appservice = request.principal().appservice();
          if (appservice.user_id() != "@irc_bob:hs.test") {
            return matrix::Forbidden("not its user");
          }
          if (appservice.device_id() != "DEV") {
            return matrix::MakeError(absl::StatusCode::kInvalidArgument,
                                     "M_UNKNOWN_DEVICE", "no such device");
          }
          return pb::WhoAmIResponse();
        });
  }
};

TEST_F(AuthenticatorDeviceTest, AppserviceActsAsADeviceThatThereIs) {
  for (const char* name : {"device_id", "org.matrix.msc3202.device_id"}) {
    SCOPED_TRACE(name);
    const absl::StatusOr<pb::Principal> principal = Authenticate(absl::StrCat(
        "access_token=as_irc&user_id=@irc_bob:hs.test&", name, "=DEV"));
    ASSERT_TRUE(principal.ok()) << principal.status();
    EXPECT_EQ(principal->appservice().user_id(), "@irc_bob:hs.test");
    EXPECT_EQ(principal->appservice().device_id(), "DEV");
    EXPECT_EQ(principal->registry_revision(), 7);
  }
}

TEST_F(AuthenticatorDeviceTest, UnknownDeviceIsRefusedByTheSpecifiedName) {
  constexpr char kQuery[] = "access_token=as_irc&user_id=@irc_bob:hs.test&";
  EXPECT_EQ(
      GetErrcode(Authenticate(absl::StrCat(kQuery, "device_id=OLD")).status()),
      "M_UNKNOWN_DEVICE");
  const absl::StatusOr<pb::Principal> principal =
      Authenticate(absl::StrCat(kQuery, "org.matrix.msc3202.device_id=OLD"));
  ASSERT_TRUE(principal.ok()) << principal.status();
  EXPECT_EQ(principal->appservice().device_id(), "");
  EXPECT_EQ(principal->appservice().user_id(), "@irc_bob:hs.test");
}

TEST_F(AuthenticatorDeviceTest, DeviceOfAUserThatIsNotItsIsRefused) {
  EXPECT_EQ(GetErrcode(Authenticate("access_token=as_irc&device_id=DEV&"
                                    "user_id=@alice:hs.test")
                           .status()),
            "M_FORBIDDEN");
}

TEST_F(AuthenticatorDeviceTest, PersonsDeviceIdMeansNothing) {
  const absl::StatusOr<pb::Principal> principal =
      Authenticate("access_token=person&device_id=OTHER");
  ASSERT_TRUE(principal.ok()) << principal.status();
  EXPECT_EQ(principal->user().device_id(), "DEV");
  EXPECT_THAT(peers_.Requests<pb::WhoAmIRequest>(kWhoAmI), IsEmpty());
}

}  // namespace
}  // namespace causeway::gateway
