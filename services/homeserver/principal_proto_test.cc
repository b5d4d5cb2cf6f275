#include "services/homeserver/principal_proto.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <string>
#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/homeserver/authorization.h"
#include "services/homeserver/principal.h"
#include "services/shared/registry_watch/latest_snapshot.h"
#include "services/shared/registry_watch/snapshot_builder.h"
#include "services/shared/status/errcode.h"

namespace causeway::homeserver {
namespace {

using registry_watch::LatestSnapshot;
using registry_watch::SnapshotBuilder;
using ::testing::HasSubstr;

v1::Principal AlicePrincipal() {
  v1::Principal principal;
  principal.mutable_user()->set_user_id("@alice:hs.test");
  principal.mutable_user()->set_device_id("D");
  principal.mutable_user()->set_access_token_sha256(std::string(32, 'x'));
  principal.set_linked_appservice_uid("3");
  principal.set_registry_revision(9);
  return principal;
}

TEST(PrincipalFromProtoTest, TakesAPerson) {
  Principal principal = PrincipalFromProto(AlicePrincipal()).value();
  const auto& person = std::get<Person>(principal.actor);
  EXPECT_EQ(person.user_id.str(), "@alice:hs.test");
  EXPECT_EQ(person.device_id, "D");
  EXPECT_EQ(person.access_token_sha256, std::string(32, 'x'));
  EXPECT_EQ(person.linked_appservice_uid, "3");
  EXPECT_EQ(principal.registry_revision, 9);
}

TEST(PrincipalFromProtoTest, TakesAnAppserviceWithAndWithoutAssertion) {
  v1::Principal proto;
  proto.mutable_appservice()->set_uid("3");
  Principal principal = PrincipalFromProto(proto).value();
  EXPECT_EQ(std::get<AppserviceCaller>(principal.actor).uid, "3");
  EXPECT_FALSE(
      std::get<AppserviceCaller>(principal.actor).asserted_user_id.has_value());

  proto.mutable_appservice()->set_user_id("@irc.freenode.net/Bob:hs.test");
  principal = PrincipalFromProto(proto).value();
  EXPECT_EQ(std::get<AppserviceCaller>(principal.actor).asserted_user_id->str(),
            "@irc.freenode.net/Bob:hs.test");
}

TEST(PrincipalFromProtoTest, NamesWhatIsWrong) {
  absl::Status status = PrincipalFromProto(v1::Principal()).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("principal"));

  v1::Principal short_hash = AlicePrincipal();
  short_hash.mutable_user()->set_access_token_sha256("short");
  status = PrincipalFromProto(short_hash).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("access_token_sha256"));

  v1::Principal no_id;
  no_id.mutable_appservice()->set_user_id("bob");
  status = PrincipalFromProto(no_id).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("user_id"));
}

class AwaitCallerTest : public ::testing::Test {
 protected:
  absl::StatusOr<Caller> Await(v1::Principal principal) {
    auto future = boost::asio::co_spawn(
        io_,
        AwaitCaller(std::move(principal), registry_,
                    matrix::ServerName::Parse("hs.test").value(),
                    absl::Milliseconds(1)),
        boost::asio::use_future);
    io_.run();
    return future.get();
  }

  boost::asio::io_context io_;
  LatestSnapshot registry_;
};

TEST_F(AwaitCallerTest, JudgesByTheRevisionThatTheGatewaySaw) {
  registry_.Set(
      SnapshotBuilder("hs.test").Revision(9).Add({.id = "irc"}).Build());
  v1::Principal principal;
  principal.mutable_appservice()->set_uid(
      registry_.Snapshot()->FindById("irc")->uid);
  principal.set_registry_revision(9);
  absl::StatusOr<Caller> caller = Await(principal);
  ASSERT_TRUE(caller.ok()) << caller.status();
  EXPECT_EQ(caller->acting.user_id.str(), "@irc:hs.test");
  EXPECT_EQ(caller->snapshot->revision(), 9);
}

TEST_F(AwaitCallerTest, RevisionThatDoesNotComeIsUnavailable) {
  registry_.Set(
      SnapshotBuilder("hs.test").Revision(8).Add({.id = "irc"}).Build());
  v1::Principal principal;
  principal.mutable_appservice()->set_uid("1");
  principal.set_registry_revision(9);
  EXPECT_EQ(Await(principal).status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(AwaitCallerTest, RefusesWhatAuthorizationRefuses) {
  registry_.Set(
      SnapshotBuilder("hs.test").Revision(9).Add({.id = "irc"}).Build());
  v1::Principal principal;
  principal.mutable_appservice()->set_uid("1");
  principal.mutable_appservice()->set_user_id("@alice:hs.test");
  EXPECT_EQ(GetErrcode(Await(principal).status()), "M_FORBIDDEN");
}

}  // namespace
}  // namespace causeway::homeserver
