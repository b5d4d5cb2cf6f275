// The Accounts service through gRPC, on the fake stores.

#include "services/homeserver/accounts/accounts_service.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "causeway/homeserver/v1/homeserver.grpc.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/homeserver/accounts/accounts.h"
#include "services/homeserver/accounts/credentials.h"
#include "services/homeserver/accounts/fake_filter_store.h"
#include "services/homeserver/accounts/fake_user_querier.h"
#include "services/homeserver/accounts/fake_user_store.h"
#include "services/homeserver/accounts/filters.h"
#include "services/homeserver/accounts/password_hash.h"
#include "services/homeserver/accounts/profile_listener.h"
#include "services/homeserver/accounts/sessions.h"
#include "services/homeserver/accounts/user_discovery.h"
#include "services/homeserver/accounts/user_querier.h"
#include "services/homeserver/accounts/user_registration.h"
#include "services/homeserver/query_outcome.h"
#include "services/shared/clock/fake_clock.h"
#include "services/shared/matrix/identifiers.h"
#include "services/shared/matrix/token.h"
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

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Kind = registry_watch::RegistrySnapshot::Kind;
using Stub = v1::Accounts::StubInterface;

constexpr ScryptCost kCheap{.n_log2 = 4, .r = 8, .p = 1};
constexpr char kBob[] = "@irc_bob:hs.test";

class RecordingListener final : public ProfileListener {
 public:
  absl::Status ProfileChanged(const matrix::UserId& user_id,
                              const Profile& profile) override {
    told.push_back(
        absl::StrCat(user_id.str(), " ", profile.display_name.value_or("-")));
    return absl::OkStatus();
  }

  std::vector<std::string> told;
};

class AccountsServiceTest : public ::testing::Test {
 protected:
  AccountsServiceTest() {
    registry_watch::Registration registration;
    registration.id = "irc";
    registration.sender_localpart = "ircbot";
    registration.namespaces = {{Kind::kUsers, "@irc_.*", true}};
    registry_watch::Registration nosy;
    nosy.id = "nosy";
    nosy.sender_localpart = "nosy";
    nosy.namespaces = {{Kind::kUsers, "@.*", false}};
    registry_.Set(registry_watch::SnapshotBuilder("hs.test")
                      .Add(registration)
                      .Add(nosy)
                      .Build());
  }

  ~AccountsServiceTest() override {
    server_.Stop();
    executor_.Drain();
  }

  template <typename Method, typename Request>
  auto Call(Method method, const Request& request) {
    return server::Call(server::MakeCallContext(absl::Seconds(30)), *stub_,
                        method, request);
  }

  absl::StatusOr<v1::Session> RegisterPerson(const std::string& username) {
    v1::RegisterUserRequest request;
    request.set_username(username);
    request.set_password("secret");
    return Call(&Stub::RegisterUser, request);
  }

  static v1::Principal Irc(const std::string& user_id = "") {
    v1::Principal principal;
    principal.mutable_appservice()->set_uid("1");
    principal.mutable_appservice()->set_id("irc");
    principal.mutable_appservice()->set_user_id(user_id);
    return principal;
  }

  static v1::Principal PrincipalOf(const v1::Session& session) {
    v1::Principal principal;
    principal.mutable_user()->set_user_id(session.user_id());
    principal.mutable_user()->set_device_id(session.device_id());
    principal.mutable_user()->set_access_token_sha256(
        matrix::Sha256(session.access_token()));
    return principal;
  }

  absl::StatusOr<v1::AuthenticateResponse> Authenticate(
      const std::string& access_token) {
    v1::AuthenticateRequest request;
    request.set_access_token_sha256(matrix::Sha256(access_token));
    return Call(&Stub::Authenticate, request);
  }

  const matrix::ServerName server_name_ =
      matrix::ServerName::Parse("hs.test").value();
  FakeUserStore users_;
  FakeFilterStore filters_store_;
  FakeClock clock_;
  registry_watch::LatestSnapshot registry_;
  FakeUserQuerier querier_;
  RecordingListener listener_;
  Accounts accounts_{users_, clock_};
  Sessions sessions_{users_, clock_, kCheap};
  Credentials credentials_{users_, clock_, kCheap};
  UserRegistration registration_{users_, clock_, server_name_, kCheap};
  UserDiscovery discovery_{accounts_, registry_, querier_, server_name_};
  Filters filters_{filters_store_, clock_};
  server::Executor executor_{{.threads = 2}};
  AccountsService service_{{.accounts = accounts_,
                            .sessions = sessions_,
                            .credentials = credentials_,
                            .registration = registration_,
                            .discovery = discovery_,
                            .filters = filters_,
                            .profile_listener = listener_},
                           registry_,
                           server_name_,
                           executor_};
  server::LoopbackServer server_{service_};
  const std::unique_ptr<Stub> stub_ = v1::Accounts::NewStub(server_.channel());
};

TEST_F(AccountsServiceTest, PersonRegistersActsAndLogsOut) {
  v1::Session session = RegisterPerson("alice").value();
  EXPECT_EQ(session.user_id(), "@alice:hs.test");
  EXPECT_EQ(Authenticate(session.access_token()).value().user_id(),
            "@alice:hs.test");

  v1::WhoAmIRequest who;
  *who.mutable_principal() = PrincipalOf(session);
  v1::WhoAmIResponse me = Call(&Stub::WhoAmI, who).value();
  EXPECT_EQ(me.user_id(), "@alice:hs.test");
  EXPECT_EQ(me.device_id(), session.device_id());

  v1::LogOutRequest out;
  *out.mutable_principal() = PrincipalOf(session);
  EXPECT_TRUE(Call(&Stub::LogOut, out).ok());
  absl::Status status = Authenticate(session.access_token()).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(GetErrcode(status), "M_UNKNOWN_TOKEN");
}

TEST_F(AccountsServiceTest, LogsInByLocalpartOrUserIdAndEndsAllDevices) {
  ASSERT_TRUE(RegisterPerson("alice").ok());
  v1::LogInRequest in;
  in.set_user("alice");
  in.set_password("secret");
  v1::Session first = Call(&Stub::LogIn, in).value();
  in.set_user("@alice:hs.test");
  v1::Session second = Call(&Stub::LogIn, in).value();
  in.set_password("wrong");
  EXPECT_EQ(GetErrcode(Call(&Stub::LogIn, in).status()), "M_FORBIDDEN");

  v1::LogOutRequest out;
  *out.mutable_principal() = PrincipalOf(second);
  out.set_all_devices(true);
  EXPECT_TRUE(Call(&Stub::LogOut, out).ok());
  EXPECT_FALSE(Authenticate(first.access_token()).ok());
}

TEST_F(AccountsServiceTest, AppserviceRegistersAndLogsInItsUsers) {
  v1::RegisterUserRequest request;
  // Whom it would act as is the user that doesn't exist yet.
  *request.mutable_principal() = Irc(kBob);
  request.set_username("irc_bob");
  request.set_inhibit_login(true);
  v1::Session bob = Call(&Stub::RegisterUser, request).value();
  EXPECT_EQ(bob.user_id(), kBob);
  EXPECT_EQ(bob.access_token(), "");
  EXPECT_EQ(GetErrcode(Call(&Stub::RegisterUser, request).status()),
            "M_USER_IN_USE");
  request.set_username("alice");
  EXPECT_EQ(GetErrcode(Call(&Stub::RegisterUser, request).status()),
            "M_EXCLUSIVE");
  EXPECT_EQ(GetErrcode(RegisterPerson("irc_carol").status()), "M_EXCLUSIVE");
  EXPECT_THAT(querier_.queries(), IsEmpty());

  v1::LogInRequest in;
  *in.mutable_principal() = Irc();
  in.set_user("irc_bob");
  EXPECT_EQ(Authenticate(Call(&Stub::LogIn, in).value().access_token())
                .value()
                .user_id(),
            kBob);
  in.set_user("alice");
  EXPECT_EQ(GetErrcode(Call(&Stub::LogIn, in).status()), "M_FORBIDDEN");
}

TEST_F(AccountsServiceTest, OnlyAnAppserviceRegistersWithAPrincipal) {
  v1::RegisterUserRequest request;
  *request.mutable_principal() = PrincipalOf(RegisterPerson("alice").value());
  request.set_username("bob");
  request.set_password("secret");
  EXPECT_EQ(Call(&Stub::RegisterUser, request).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(AccountsServiceTest, AppserviceCannotLogOutAnybody) {
  v1::LogOutRequest out;
  *out.mutable_principal() = Irc();
  EXPECT_EQ(GetErrcode(Call(&Stub::LogOut, out).status()), "M_FORBIDDEN");
  *out.mutable_principal() = PrincipalOf(RegisterPerson("alice").value());
  out.mutable_principal()->set_linked_appservice_uid("1");
  EXPECT_EQ(GetErrcode(Call(&Stub::LogOut, out).status()), "M_FORBIDDEN");
}

TEST_F(AccountsServiceTest, AppserviceActsAsNoDeviceOfAPerson) {
  const v1::Session alice = RegisterPerson("alice").value();
  v1::WhoAmIRequest who;
  who.mutable_principal()->mutable_appservice()->set_uid("2");
  who.mutable_principal()->mutable_appservice()->set_user_id(alice.user_id());
  EXPECT_EQ(Call(&Stub::WhoAmI, who)->user_id(), alice.user_id());
  who.mutable_principal()->mutable_appservice()->set_device_id(
      alice.device_id());
  EXPECT_EQ(GetErrcode(Call(&Stub::WhoAmI, who).status()), "M_FORBIDDEN");
  v1::LogInRequest in;
  in.mutable_principal()->mutable_appservice()->set_uid("2");
  in.set_user("alice");
  in.set_device_id(alice.device_id());
  EXPECT_EQ(GetErrcode(Call(&Stub::LogIn, in).status()), "M_FORBIDDEN");
  in.set_device_id("BRIDGE");
  ASSERT_TRUE(Call(&Stub::LogIn, in).ok());
  who.mutable_principal()->mutable_appservice()->set_device_id("BRIDGE");
  EXPECT_EQ(Call(&Stub::WhoAmI, who)->device_id(), "BRIDGE");
}

TEST_F(AccountsServiceTest, ProfileIsSetByItsUserOnly) {
  v1::SetProfileRequest set;
  *set.mutable_principal() = PrincipalOf(RegisterPerson("alice").value());
  set.set_user_id("@alice:hs.test");
  set.mutable_profile()->set_has_display_name(true);
  set.mutable_profile()->set_display_name("Alice");
  EXPECT_TRUE(Call(&Stub::SetProfile, set).ok());
  EXPECT_THAT(listener_.told, ElementsAre("@alice:hs.test Alice"));

  v1::GetProfileRequest get;
  get.set_user_id("@alice:hs.test");
  v1::Profile profile = Call(&Stub::GetProfile, get).value();
  EXPECT_EQ(profile.display_name(), "Alice");
  EXPECT_FALSE(profile.has_avatar_url());

  ASSERT_TRUE(RegisterPerson("bob").ok());
  set.set_user_id("@bob:hs.test");
  EXPECT_EQ(GetErrcode(Call(&Stub::SetProfile, set).status()), "M_FORBIDDEN");
}

TEST_F(AccountsServiceTest, UnknownProfileIsAskedFor) {
  querier_.set_answer(UserAnswer{.outcome = QueryOutcome::kCreate,
                                 .profile = {.display_name = "Bob"}});
  v1::GetProfileRequest get;
  get.set_user_id(kBob);
  EXPECT_EQ(Call(&Stub::GetProfile, get).value().display_name(), "Bob");
  EXPECT_THAT(querier_.queries(), SizeIs(1));
}

// It looks before it creates, in the middle of being asked perhaps.
TEST_F(AccountsServiceTest, AppserviceIsNotAskedForTheProfileThatItAsksFor) {
  querier_.set_answer(
      UserAnswer{.outcome = QueryOutcome::kCreate, .profile = {}});
  v1::GetProfileRequest get;
  *get.mutable_principal() = Irc(kBob);
  get.set_user_id(kBob);
  EXPECT_EQ(GetErrcode(Call(&Stub::GetProfile, get).status()), "M_NOT_FOUND");
  EXPECT_THAT(querier_.queries(), IsEmpty());
}

TEST_F(AccountsServiceTest, UnknownVirtualUserThatActsIsAskedFor) {
  v1::SetProfileRequest set;
  *set.mutable_principal() = Irc(kBob);
  set.set_user_id(kBob);
  querier_.set_answer(
      UserAnswer{.outcome = QueryOutcome::kNotFound, .profile = {}});
  EXPECT_EQ(GetErrcode(Call(&Stub::SetProfile, set).status()), "M_FORBIDDEN");
  querier_.set_answer(
      UserAnswer{.outcome = QueryOutcome::kCreate, .profile = {}});
  EXPECT_TRUE(Call(&Stub::SetProfile, set).ok());
  EXPECT_EQ(querier_.queries().back(), (FakeUserQuerier::Query{kBob, "1"}));
}

TEST_F(AccountsServiceTest, AppserviceActsAsADeviceThatThereIs) {
  v1::RegisterUserRequest request;
  *request.mutable_principal() = Irc();
  request.set_username("irc_bob");
  request.set_device_id("D");
  ASSERT_TRUE(Call(&Stub::RegisterUser, request).ok());
  v1::WhoAmIRequest who;
  *who.mutable_principal() = Irc(kBob);
  who.mutable_principal()->mutable_appservice()->set_device_id("D");
  EXPECT_EQ(Call(&Stub::WhoAmI, who).value().device_id(), "D");
  who.mutable_principal()->mutable_appservice()->set_device_id("E");
  const absl::Status unknown = Call(&Stub::WhoAmI, who).status();
  EXPECT_EQ(unknown.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(GetErrcode(unknown), "M_UNKNOWN_DEVICE");
}

TEST_F(AccountsServiceTest, TellsWhichNamesAreFree) {
  ASSERT_TRUE(RegisterPerson("alice").ok());
  const auto check = [this](const std::string& username) {
    v1::CheckUsernameRequest request;
    request.set_username(username);
    return GetErrcode(Call(&Stub::CheckUsername, request).status());
  };
  EXPECT_EQ(check("bob"), "");
  EXPECT_EQ(check("alice"), "M_USER_IN_USE");
  EXPECT_EQ(check("irc_bob"), "M_EXCLUSIVE");
  EXPECT_EQ(check("Bob"), "M_INVALID_USERNAME");
}

TEST_F(AccountsServiceTest, ListsUsersInPages) {
  for (const char* name : {"bob", "alice", "carol"}) {
    ASSERT_TRUE(RegisterPerson(name).ok());
  }
  v1::ListUsersRequest request;
  request.set_page_size(2);
  v1::ListUsersResponse page = Call(&Stub::ListUsers, request).value();
  EXPECT_THAT(page.user_ids(), ElementsAre("@alice:hs.test", "@bob:hs.test"));
  EXPECT_TRUE(page.users(0).has_password());
  request.set_page_token(page.next_page_token());
  page = Call(&Stub::ListUsers, request).value();
  EXPECT_THAT(page.user_ids(), ElementsAre("@carol:hs.test"));
  EXPECT_EQ(page.next_page_token(), "");
  request.set_page_token("no token of ours");
  EXPECT_EQ(Call(&Stub::ListUsers, request).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(AccountsServiceTest, NothingIsDoneAsWhoHasBeenDeactivated) {
  v1::RegisterUserRequest request;
  *request.mutable_principal() = Irc();
  request.set_username("irc_bob");
  ASSERT_TRUE(Call(&Stub::RegisterUser, request).ok());
  ASSERT_TRUE(
      users_.Deactivate(matrix::UserId::Parse(kBob).value(), clock_.Now())
          .ok());
  v1::SetProfileRequest set;
  *set.mutable_principal() = Irc(kBob);
  set.set_user_id(kBob);
  EXPECT_EQ(GetErrcode(Call(&Stub::SetProfile, set).status()),
            "M_USER_DEACTIVATED");
  v1::LogInRequest in;
  *in.mutable_principal() = Irc();
  in.set_user("irc_bob");
  EXPECT_EQ(GetErrcode(Call(&Stub::LogIn, in).status()), "M_USER_DEACTIVATED");
  EXPECT_EQ(GetErrcode(Call(&Stub::RegisterUser, request).status()),
            "M_USER_IN_USE");
  EXPECT_THAT(querier_.queries(), IsEmpty());
}

TEST_F(AccountsServiceTest, KeepsFilters) {
  v1::Session alice = RegisterPerson("alice").value();
  filters_store_.AddUser(matrix::UserId::Parse("@alice:hs.test").value());
  v1::CreateFilterRequest create;
  *create.mutable_principal() = PrincipalOf(alice);
  create.set_user_id("@alice:hs.test");
  create.set_filter_json("{\"room\":{}}");
  v1::GetFilterRequest get;
  *get.mutable_principal() = PrincipalOf(alice);
  get.set_user_id("@alice:hs.test");
  get.set_filter_id(Call(&Stub::CreateFilter, create).value().filter_id());
  EXPECT_EQ(Call(&Stub::GetFilter, get).value().filter_json(), "{\"room\":{}}");
  create.set_user_id("@bob:hs.test");
  EXPECT_EQ(GetErrcode(Call(&Stub::CreateFilter, create).status()),
            "M_FORBIDDEN");
}

TEST_F(AccountsServiceTest, NamesWhatTheGatewayGotWrong) {
  v1::AuthenticateRequest authenticate;
  authenticate.set_access_token_sha256("short");
  EXPECT_EQ(Call(&Stub::Authenticate, authenticate).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Call(&Stub::WhoAmI, v1::WhoAmIRequest()).status().code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace causeway::homeserver
