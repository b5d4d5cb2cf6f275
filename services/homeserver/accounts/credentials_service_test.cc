// The Credentials service through gRPC, on the fake store.

#include "services/homeserver/accounts/credentials_service.h"

#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "causeway/homeserver/v1/credentials.grpc.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/homeserver/accounts/accounts.h"
#include "services/homeserver/accounts/credentials.h"
#include "services/homeserver/accounts/departure_listener.h"
#include "services/homeserver/accounts/fake_user_querier.h"
#include "services/homeserver/accounts/fake_user_store.h"
#include "services/homeserver/accounts/password_hash.h"
#include "services/homeserver/accounts/user_discovery.h"
#include "services/homeserver/accounts/user_querier.h"
#include "services/homeserver/accounts/user_store.h"
#include "services/homeserver/query_outcome.h"
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

using ::testing::SizeIs;
using Kind = registry_watch::RegistrySnapshot::Kind;
using Stub = v1::Credentials::StubInterface;

constexpr ScryptCost kCheap{.n_log2 = 4, .r = 8, .p = 1};
constexpr char kAlice[] = "@alice:hs.test";
constexpr char kBob[] = "@irc_bob:hs.test";

class NobodyListens final : public DepartureListener {
 public:
  absl::Status UserDeparts(const matrix::UserId&) override {
    return absl::OkStatus();
  }
};

class CredentialsServiceTest : public ::testing::Test {
 protected:
  CredentialsServiceTest() {
    registry_watch::Registration irc;
    irc.id = "irc";
    irc.sender_localpart = "ircbot";
    irc.namespaces = {{Kind::kUsers, "@irc_.*", true}};
    registry_watch::Registration nosy;
    nosy.id = "nosy";
    nosy.sender_localpart = "nosy";
    nosy.namespaces = {{Kind::kUsers, "@.*", false}};
    registry_.Set(
        registry_watch::SnapshotBuilder("hs.test").Add(irc).Add(nosy).Build());
    Create(kAlice, HashPassword("secret", kCheap));
    Create(kBob, "");
  }

  ~CredentialsServiceTest() override {
    server_.Stop();
    executor_.Drain();
  }

  void Create(const char* user_id, const std::string& hash) {
    EXPECT_TRUE(users_
                    .CreateUser({.user_id = User(user_id),
                                 .password_hash = hash,
                                 .profile = {}},
                                std::nullopt, clock_.Now())
                    .ok());
  }
  static matrix::UserId User(const char* user_id) {
    return matrix::UserId::Parse(user_id).value();
  }

  template <typename Method, typename Request>
  auto Call(Method method, const Request& request) {
    return server::Call(server::MakeCallContext(absl::Seconds(30)), *stub_,
                        method, request);
  }

  static v1::Principal Appservice(const std::string& uid,
                                  const std::string& user_id) {
    v1::Principal principal;
    principal.mutable_appservice()->set_uid(uid);
    principal.mutable_appservice()->set_user_id(user_id);
    return principal;
  }
  static v1::Principal Alice() {
    v1::Principal principal;
    principal.mutable_user()->set_user_id(kAlice);
    principal.mutable_user()->set_device_id("D");
    principal.mutable_user()->set_access_token_sha256(std::string(32, 'd'));
    return principal;
  }

  const matrix::ServerName server_name_ =
      matrix::ServerName::Parse("hs.test").value();
  FakeUserStore users_;
  FakeClock clock_;
  registry_watch::LatestSnapshot registry_;
  FakeUserQuerier querier_;
  NobodyListens listener_;
  Accounts accounts_{users_, clock_};
  Credentials credentials_{users_, clock_, kCheap};
  UserDiscovery discovery_{accounts_, registry_, querier_, server_name_};
  server::Executor executor_{{.threads = 2}};
  CredentialsService service_{{.credentials = credentials_,
                               .discovery = discovery_,
                               .departure_listener = listener_},
                              registry_,
                              server_name_,
                              executor_};
  server::LoopbackServer server_{service_};
  const std::unique_ptr<Stub> stub_ =
      v1::Credentials::NewStub(server_.channel());
};

TEST_F(CredentialsServiceTest, PersonChangesItsPassword) {
  v1::ChangePasswordRequest request;
  *request.mutable_principal() = Alice();
  request.set_new_password("new");
  EXPECT_EQ(Call(&Stub::ChangePassword, request)->proof(), v1::PROOF_MISSING);
  request.mutable_proof()->set_user("alice");
  request.mutable_proof()->set_password("wrong");
  EXPECT_EQ(Call(&Stub::ChangePassword, request)->proof(), v1::PROOF_WRONG);
  request.mutable_proof()->set_password("secret");
  EXPECT_EQ(Call(&Stub::ChangePassword, request)->proof(), v1::PROOF_ACCEPTED);
  request.mutable_proof()->set_user(kAlice);
  EXPECT_EQ(Call(&Stub::ChangePassword, request)->proof(), v1::PROOF_WRONG);
}

TEST_F(CredentialsServiceTest, AppserviceEndsItsOwnUsersOnly) {
  v1::DeactivateUserRequest request;
  // It may act as bob, but bob is another's alone.
  *request.mutable_principal() = Appservice("2", kBob);
  EXPECT_EQ(GetErrcode(Call(&Stub::DeactivateUser, request).status()),
            "M_EXCLUSIVE");
  *request.mutable_principal() = Appservice("2", kAlice);
  EXPECT_EQ(Call(&Stub::DeactivateUser, request)->proof(), v1::PROOF_MISSING);
  *request.mutable_principal() = Appservice("1", kAlice);
  EXPECT_EQ(GetErrcode(Call(&Stub::DeactivateUser, request).status()),
            "M_FORBIDDEN");
  *request.mutable_principal() = Appservice("1", kBob);
  EXPECT_EQ(Call(&Stub::DeactivateUser, request)->proof(), v1::PROOF_ACCEPTED);
  EXPECT_TRUE(users_.FindUser(User(kBob)).value()->is_deactivated);
  EXPECT_FALSE(users_.FindUser(User(kAlice)).value()->is_deactivated);
  EXPECT_EQ(GetErrcode(Call(&Stub::DeactivateUser, request).status()),
            "M_USER_DEACTIVATED");
}

TEST_F(CredentialsServiceTest, AppserviceKeepsDevicesOfItsUsers) {
  v1::PutDeviceRequest put;
  *put.mutable_principal() = Appservice("1", kBob);
  put.mutable_device()->set_device_id("X");
  put.mutable_device()->set_display_name("bridge");
  put.set_has_display_name(true);
  EXPECT_TRUE(Call(&Stub::PutDevice, put)->created());
  v1::ListDevicesRequest list;
  *list.mutable_principal() = Appservice("1", kBob);
  EXPECT_THAT(Call(&Stub::ListDevices, list)->devices(), SizeIs(1));
  v1::GetDeviceRequest get;
  *get.mutable_principal() = Appservice("1", kBob);
  get.set_device_id("X");
  EXPECT_EQ(Call(&Stub::GetDevice, get)->display_name(), "bridge");
  v1::DeleteDevicesRequest remove;
  *remove.mutable_principal() = Appservice("1", kBob);
  remove.add_device_ids("X");
  EXPECT_EQ(Call(&Stub::DeleteDevices, remove)->proof(), v1::PROOF_ACCEPTED);
  EXPECT_EQ(GetErrcode(Call(&Stub::GetDevice, get).status()), "M_NOT_FOUND");
}

TEST_F(CredentialsServiceTest, PersonDeletesWithProof) {
  v1::DeleteDevicesRequest remove;
  *remove.mutable_principal() = Alice();
  remove.add_device_ids("X");
  EXPECT_EQ(Call(&Stub::DeleteDevices, remove)->proof(), v1::PROOF_MISSING);
}

// Also here an unknown virtual user that acts is asked for.
TEST_F(CredentialsServiceTest, WhoActsHasToExist) {
  querier_.set_answer(
      UserAnswer{.outcome = QueryOutcome::kNotFound, .profile = {}});
  v1::ListDevicesRequest list;
  *list.mutable_principal() = Appservice("1", "@irc_nobody:hs.test");
  EXPECT_EQ(GetErrcode(Call(&Stub::ListDevices, list).status()), "M_FORBIDDEN");
  EXPECT_THAT(querier_.queries(), SizeIs(1));
}

}  // namespace
}  // namespace causeway::homeserver
