#include "services/gateway/registration_routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "causeway/push/v1/push.pb.h"
#include "causeway/registry/v1/registry.pb.h"
#include "services/gateway/api_fixture.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/registry_watch/snapshot_builder.h"

namespace causeway::gateway {
namespace {

namespace push_pb = causeway::push::v1;
namespace registry_pb = causeway::registry::v1;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kBody[] =
    R"({"url": "http://127.0.0.1:9", "as_token": "T_a", "namespaces": {}})";
constexpr char kRegister[] = "causeway.registry.v1.Registry/Register";
constexpr char kUnregister[] = "causeway.registry.v1.Registry/Unregister";
constexpr char kReport[] = "causeway.push.v1.PushDispatcher/ReportSignsOfLife";
constexpr char kAwait[] = "causeway.push.v1.PushDispatcher/AwaitRevision";

// The registry gives revision 7, which the gateway has.
class RegistrationRoutesTest : public ApiFixture {
 protected:
  explicit RegistrationRoutesTest(
      absl::Duration in_force_timeout = absl::Minutes(1))
      : ApiFixture({.registration = {.in_force_timeout = in_force_timeout}}) {
    registry_pb::RegisterResponse registered;
    registered.set_hs_token("T_h");
    registered.mutable_appservice()->set_uid("5");
    registered.set_revision(7);
    peers_.Answer(kRegister, registered);
    registry_pb::UnregisterResponse unregistered;
    unregistered.set_revision(7);
    peers_.Answer(kUnregister, unregistered);
  }
};

// For what is not in force in time.
class ImpatientRegistrationRoutesTest : public RegistrationRoutesTest {
 protected:
  ImpatientRegistrationRoutesTest()
      : RegistrationRoutesTest(absl::Seconds(1)) {}
};

TEST_F(RegistrationRoutesTest, AnswersTheTokenOnBothPaths) {
  for (const char* path : {"/register", "/_matrix/appservice/v1/register"}) {
    SCOPED_TRACE(path);
    const ApiAnswer answer = Call("POST", path, kBody);
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.raw.body, R"({"hs_token":"T_h"})");
  }
  const auto asked = peers_.Requests<registry_pb::RegisterRequest>(kRegister);
  ASSERT_THAT(asked, SizeIs(2));
  EXPECT_EQ(asked[0].as_token(), "T_a");
  EXPECT_EQ(asked[0].dialect(), registry_pb::DRAFT);
}

TEST_F(RegistrationRoutesTest, WaitsForPushDispatcher) {
  Call("POST", "/register", kBody);
  const auto asked = peers_.Requests<push_pb::AwaitRevisionRequest>(kAwait);
  ASSERT_THAT(asked, SizeIs(1));
  EXPECT_EQ(asked[0].revision(), 7);
}

TEST_F(RegistrationRoutesTest, IsASignOfLife) {
  Call("POST", "/register", kBody);
  peers_.AwaitAsked(kReport);
  const auto reports =
      peers_.Requests<push_pb::ReportSignsOfLifeRequest>(kReport);
  EXPECT_THAT(reports[0].heard_uids(), ElementsAre("5"));
}

TEST_F(RegistrationRoutesTest, WaitsForItsOwnSnapshot) {
  registry_pb::RegisterResponse registered;
  registered.set_hs_token("T_h");
  registered.set_revision(8);
  peers_.Answer(kRegister, registered);
  // The revision comes while the gateway waits for it.
  peers_.Answer<push_pb::AwaitRevisionRequest, push_pb::AwaitRevisionResponse>(
      kAwait, [this](const push_pb::AwaitRevisionRequest&) {
        latest_.Set(
            registry_watch::SnapshotBuilder("hs.test").Revision(8).Build());
        return push_pb::AwaitRevisionResponse();
      });
  EXPECT_EQ(Call("POST", "/register", kBody).status, 200);
}

TEST_F(ImpatientRegistrationRoutesTest, SaysWhenItIsNotInForceInTime) {
  registry_pb::RegisterResponse registered;
  registered.set_revision(8);  // Which never comes.
  peers_.Answer(kRegister, registered);
  const ApiAnswer answer = Call("POST", "/register", kBody);
  EXPECT_EQ(answer.status, 503);
  EXPECT_THAT(answer.raw.body, HasSubstr("not in force yet in the gateway"));
}

TEST_F(RegistrationRoutesTest, AsksAPushDispatcherThatIsAwayAgain) {
  int asked_count = 0;
  peers_.Answer<push_pb::AwaitRevisionRequest, push_pb::AwaitRevisionResponse>(
      kAwait,
      [&asked_count](const push_pb::AwaitRevisionRequest&)
          -> absl::StatusOr<push_pb::AwaitRevisionResponse> {
        if (++asked_count == 1) return absl::UnavailableError("starting");
        return push_pb::AwaitRevisionResponse();
      });
  EXPECT_EQ(Call("POST", "/register", kBody).status, 200);
  EXPECT_EQ(asked_count, 2);
}

TEST_F(ImpatientRegistrationRoutesTest, GivesUpOnAPushDispatcherThatStaysAway) {
  peers_.Fail(kAwait, absl::UnavailableError("away"));
  const ApiAnswer answer = Call("POST", "/register", kBody);
  EXPECT_EQ(answer.status, 503);
  EXPECT_THAT(answer.raw.body,
              HasSubstr("not in force yet in push_dispatcher"));
}

TEST_F(RegistrationRoutesTest, MissingCredentialsAre401) {
  const ApiAnswer answer =
      Call("POST", "/register", R"({"url": "http://127.0.0.1:9"})");
  EXPECT_EQ(answer.status, 401);
  EXPECT_THAT(peers_.Requests<registry_pb::RegisterRequest>(kRegister),
              IsEmpty());
}

TEST_F(RegistrationRoutesTest, RefusalsOfTheRegistryAreTold) {
  peers_.Fail(kRegister, matrix::Forbidden("no grant for this token"));
  ApiAnswer answer = Call("POST", "/register", kBody);
  EXPECT_EQ(answer.status, 403);
  EXPECT_EQ(answer.body["errcode"], "M_FORBIDDEN");

  peers_.Fail(kRegister, matrix::InvalidParam("namespaces.users[0]", "no"));
  answer = Call("POST", "/register", kBody);
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.body["errcode"], "M_INVALID_PARAM");

  peers_.Fail(kRegister, matrix::NamespaceTaken("@irc_.*", "irc"));
  answer = Call("POST", "/register", kBody);
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.body["errcode"], "M_EXCLUSIVE");
}

TEST_F(RegistrationRoutesTest, UnregisterAnswersOnBothPaths) {
  for (const char* path :
       {"/unregister", "/_matrix/appservice/v1/unregister"}) {
    SCOPED_TRACE(path);
    const ApiAnswer answer = Call("POST", path, R"({"as_token": "T_a"})");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.raw.body, "{}");
  }
  EXPECT_THAT(peers_.Requests<push_pb::AwaitRevisionRequest>(kAwait),
              SizeIs(2));
}

}  // namespace
}  // namespace causeway::gateway
