// The service as its callers see it: over gRPC, with the client code of other
// services, on a store in memory.

#include "services/registry/registry_service.h"

#include <gmock/gmock.h>
#include <grpcpp/client_context.h>
#include <grpcpp/support/status.h>
#include <gtest/gtest.h>
#include <prometheus/registry.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "causeway/registry/v1/registry.grpc.pb.h"
#include "services/registry/audit.h"
#include "services/registry/change_feed.h"
#include "services/registry/expiry_sweeper.h"
#include "services/registry/fake_registry_store.h"
#include "services/registry/grant_keeper.h"
#include "services/registry/registrar.h"
#include "services/registry/registry_metrics.h"
#include "services/shared/clock/clock.h"
#include "services/shared/clock/fake_clock.h"
#include "services/shared/matrix/identifiers.h"
#include "services/shared/matrix/token.h"
#include "services/shared/namespaces/namespace_kind.h"
#include "services/shared/registry_watch/latest_snapshot.h"
#include "services/shared/registry_watch/registry_snapshot.h"
#include "services/shared/registry_watch/registry_watcher.h"
#include "services/shared/registry_watch/watch_metrics.h"
#include "services/shared/secrets/secret_box.h"
#include "services/shared/server/blocking_call.h"
#include "services/shared/server/executor.h"
#include "services/shared/server/testing/loopback_server.h"
#include "services/shared/status/errcode.h"

namespace causeway::registry {
namespace {

using registry_watch::LatestSnapshot;
using registry_watch::RegistryWatcher;
using registry_watch::WatchMetrics;
using Stub = v1::Registry::StubInterface;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Bounds a test that fails; one that passes never waits so long.
constexpr absl::Duration kTestTimeout = absl::Seconds(30);

class RegistryServiceTest : public ::testing::Test {
 protected:
  // Waits until the feed has read the store: before, streams are refused.
  RegistryServiceTest() {
    auto is_read = std::make_shared<absl::Notification>();
    feed_.Subscribe([this, is_read] {
      if (feed_.state() == nullptr) return true;
      is_read->Notify();
      return false;
    });
    feed_.Start();
    is_read->WaitForNotification();
  }

  ~RegistryServiceTest() override {
    feed_.Stop();
    server_.Stop();
    executor_.Drain();
  }

  template <typename Request, typename Response>
  absl::StatusOr<Response> Call(
      grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                   Response*),
      const Request& request) {
    return server::Call(server::MakeCallContext(kTestTimeout), *stub_, method,
                        request);
  }

  absl::StatusOr<v1::Grant> CreateGrant(const std::string& name,
                                        const std::string& as_token) {
    v1::CreateGrantRequest request;
    request.set_name(name);
    request.set_as_token_sha256(matrix::Sha256(as_token));
    request.mutable_ceilings()->add_users(".*");
    request.mutable_ceilings()->add_aliases("#irc_.*");
    request.set_allow_broad(true);
    return Call(&Stub::CreateGrant, request);
  }

  static v1::RegisterRequest Claim(const std::string& as_token,
                                   const std::string& users) {
    v1::RegisterRequest request;
    request.set_as_token(as_token);
    request.set_url("https://a.test");
    request.set_dialect(v1::DRAFT);
    v1::Namespace& ns = *request.add_namespaces();
    ns.set_kind(v1::Namespace::USERS);
    ns.set_regex(users);
    ns.set_exclusive(true);
    return request;
  }

  std::unique_ptr<RegistryWatcher> Watch(LatestSnapshot& latest,
                                         WatchMetrics& metrics,
                                         bool with_secrets = false) {
    return std::make_unique<RegistryWatcher>(
        RegistryWatcher::Options{.with_secrets = with_secrets},
        server_.channel(), clock_, latest, metrics);
  }

  FakeRegistryStore store_;
  const secrets::SecretBox secret_box_ =
      secrets::SecretBox::FromKeyHex(std::string(64, 'a')).value();
  FakeClock clock_;
  const matrix::ServerName server_name_ =
      matrix::ServerName::Parse("hs.test").value();
  GrantKeeper grants_{server_name_, store_, clock_};
  Registrar registrar_{server_name_, store_, secret_box_, clock_};
  prometheus::Registry metrics_registry_;
  RegistryMetrics metrics_{metrics_registry_};
  ChangeFeed feed_{{}, store_, metrics_};
  server::Executor executor_{{.threads = 2}};
  RegistryService service_{{.server_name = "hs.test"},
                           grants_,
                           registrar_,
                           store_,
                           feed_,
                           metrics_,
                           clock_,
                           executor_};
  server::LoopbackServer server_{service_};
  const std::unique_ptr<Stub> stub_ = v1::Registry::NewStub(server_.channel());
};

TEST_F(RegistryServiceTest, GrantIsCreatedShownListedAndDeleted) {
  ASSERT_TRUE(CreateGrant("irc", "T_a").ok());
  ASSERT_TRUE(CreateGrant("xmpp", "T_b").ok());
  v1::GetGrantRequest get;
  get.set_name("irc");
  absl::StatusOr<v1::Grant> grant = Call(&Stub::GetGrant, get);
  ASSERT_TRUE(grant.ok()) << grant.status();
  EXPECT_EQ(grant->ceilings().aliases(0), "#irc_.*");
  EXPECT_EQ(grant->as_token_sha256(), matrix::Sha256("T_a"));

  v1::ListGrantsRequest list;
  list.set_page_size(1);
  absl::StatusOr<v1::ListGrantsResponse> page = Call(&Stub::ListGrants, list);
  ASSERT_TRUE(page.ok()) << page.status();
  ASSERT_EQ(page->grants_size(), 1);
  EXPECT_EQ(page->grants(0).name(), "irc");
  list.set_page_token(page->next_page_token());
  page = Call(&Stub::ListGrants, list);
  ASSERT_EQ(page->grants_size(), 1);
  EXPECT_EQ(page->grants(0).name(), "xmpp");
  EXPECT_EQ(page->next_page_token(), "");

  v1::DeleteGrantRequest remove;
  remove.set_name("irc");
  EXPECT_EQ(Call(&Stub::DeleteGrant, remove)->revision(), 0);
  EXPECT_TRUE(absl::IsNotFound(Call(&Stub::GetGrant, get).status()));
}

TEST_F(RegistryServiceTest, EveryFieldOfAGrantArrives) {
  v1::CreateGrantRequest request;
  request.set_name("irc");
  request.set_as_token_sha256(matrix::Sha256("T_a"));
  v1::Ceilings& ceilings = *request.mutable_ceilings();
  ceilings.add_users("@a_.*");
  ceilings.add_aliases("#a_.*");
  ceilings.add_rooms("!a_.*");
  ceilings.add_shared_users("@b_.*");
  ceilings.add_shared_aliases("#b_.*");
  ceilings.add_shared_rooms("!.*");
  EXPECT_THAT(Call(&Stub::CreateGrant, request).status().message(),
              HasSubstr("ceilings.shared_rooms[0]"));
  request.set_allow_broad(true);
  request.set_url_prefix("https://a.test");
  request.set_sender_localpart("bot");
  request.set_private_networks_allowed(false);
  request.mutable_expire_time()->set_seconds(-1);
  EXPECT_THAT(Call(&Stub::CreateGrant, request).status().message(),
              HasSubstr("expire_time"));
  request.mutable_expire_time()->set_seconds(4'000'000'000);
  request.mutable_expire_time()->set_nanos(5000);
  absl::StatusOr<v1::Grant> grant = Call(&Stub::CreateGrant, request);
  ASSERT_TRUE(grant.ok()) << grant.status();
  EXPECT_EQ(grant->ceilings().SerializeAsString(),
            ceilings.SerializeAsString());
  EXPECT_TRUE(grant->allow_broad());
  EXPECT_EQ(grant->url_prefix(), "https://a.test");
  EXPECT_EQ(grant->sender_localpart(), "bot");
  EXPECT_FALSE(grant->private_networks_allowed());
  EXPECT_EQ(grant->expire_time().SerializeAsString(),
            request.expire_time().SerializeAsString());
}

TEST_F(RegistryServiceTest, GrantIsUpdatedFieldByField) {
  ASSERT_TRUE(CreateGrant("irc", "T_a").ok());
  ASSERT_TRUE(Call(&Stub::Register, Claim("T_a", "@irc_.*")).ok());
  v1::UpdateGrantRequest request;
  request.set_name("irc");
  request.set_url_prefix("https://a.test");
  request.set_sender_localpart("irc2");
  request.set_private_networks_allowed(false);
  request.mutable_expire_time()->set_seconds(4'000'000'000);
  absl::StatusOr<v1::UpdateGrantResponse> updated =
      Call(&Stub::UpdateGrant, request);
  ASSERT_TRUE(updated.ok()) << updated.status();
  EXPECT_EQ(updated->grant().ceilings().users(0), ".*");
  EXPECT_EQ(updated->grant().url_prefix(), "https://a.test");
  EXPECT_EQ(updated->grant().sender_localpart(), "irc2");
  EXPECT_FALSE(updated->grant().private_networks_allowed());
  EXPECT_TRUE(updated->grant().allow_broad());
  EXPECT_EQ(updated->grant().expire_time().seconds(), 4'000'000'000);
  EXPECT_EQ(updated->revision(), 3);
  EXPECT_EQ(updated->unregistered_id(), "");

  request.Clear();
  request.set_name("irc");
  request.mutable_ceilings()->add_users("@xmpp_.*");
  request.set_allow_broad(false);
  request.set_never_expires(true);
  EXPECT_EQ(Call(&Stub::UpdateGrant, request).status().code(),
            absl::StatusCode::kFailedPrecondition);
  request.set_unregister(true);
  updated = Call(&Stub::UpdateGrant, request);
  ASSERT_TRUE(updated.ok()) << updated.status();
  EXPECT_EQ(updated->unregistered_id(), "irc");
  EXPECT_EQ(updated->revision(), 4);
  EXPECT_EQ(updated->grant().ceilings().users(0), "@xmpp_.*");
  EXPECT_FALSE(updated->grant().has_expire_time());
  EXPECT_EQ(updated->grant().appservice_id(), "");
}

TEST_F(RegistryServiceTest, ExpiredGrantAuthenticatesNobodyAndIsSweptUp) {
  ASSERT_TRUE(CreateGrant("irc", "T_a").ok());
  ASSERT_TRUE(Call(&Stub::Register, Claim("T_a", "@irc_.*")).ok());
  v1::UpdateGrantRequest request;
  request.set_name("irc");
  request.mutable_expire_time()->set_seconds(absl::ToUnixSeconds(clock_.Now()) +
                                             60);
  ASSERT_TRUE(Call(&Stub::UpdateGrant, request).ok());
  v1::AuthenticateRequest authenticate;
  authenticate.set_as_token_sha256(matrix::Sha256("T_a"));
  EXPECT_TRUE(Call(&Stub::Authenticate, authenticate).ok());
  clock_.AdvanceTime(absl::Minutes(1));
  EXPECT_TRUE(
      absl::IsNotFound(Call(&Stub::Authenticate, authenticate).status()));

  LatestSnapshot latest;
  prometheus::Registry registry;
  WatchMetrics metrics(registry);
  auto watcher = Watch(latest, metrics);
  const int64_t before_the_sweep = 3;  // Registered, and given an end.
  ASSERT_TRUE(latest.AwaitRevision(before_the_sweep, kTestTimeout).ok());
  EXPECT_NE(latest.Snapshot()->FindById("irc"), nullptr);
  ExpirySweeper({}, grants_, feed_, metrics_).Sweep();
  ASSERT_TRUE(latest.AwaitRevision(before_the_sweep + 1, kTestTimeout).ok());
  EXPECT_EQ(latest.Snapshot()->FindById("irc"), nullptr);
}

TEST_F(RegistryServiceTest, RegistersAuthenticatesAndUnregisters) {
  ASSERT_TRUE(CreateGrant("irc", "T_a").ok());
  v1::RegisterRequest claim = Claim("T_a", "@irc_.*");
  claim.set_extra_fields_yaml("mine: 1\n");
  absl::StatusOr<v1::RegisterResponse> registered =
      Call(&Stub::Register, claim);
  ASSERT_TRUE(registered.ok()) << registered.status();
  EXPECT_EQ(registered->hs_token().size(), 64u);
  EXPECT_EQ(registered->appservice().extra_fields_yaml(), "");
  EXPECT_EQ(registered->revision(), 2);
  EXPECT_EQ(registered->appservice().id(), "irc");
  EXPECT_EQ(registered->appservice().dialect(), v1::DRAFT);
  EXPECT_EQ(registered->appservice().hs_token_sealed(), "");

  v1::AuthenticateRequest authenticate;
  authenticate.set_as_token_sha256(matrix::Sha256("T_a"));
  EXPECT_EQ(Call(&Stub::Authenticate, authenticate)->appservice().id(), "irc");

  v1::GetAppserviceRequest get;
  get.set_id("irc");
  EXPECT_EQ(Call(&Stub::GetAppservice, get)->namespaces(0).regex(), "@irc_.*");
  EXPECT_EQ(Call(&Stub::GetAppservice, get)->extra_fields_yaml(), "mine: 1\n");
  EXPECT_EQ(Call(&Stub::ListAppservices, {})->appservices_size(), 1);

  v1::UnregisterRequest unregister;
  unregister.set_as_token("T_a");
  unregister.set_reason(std::string(kReasonBytesMax + 1, 'r'));
  EXPECT_TRUE(
      absl::IsInvalidArgument(Call(&Stub::Unregister, unregister).status()));
  unregister.set_reason("");
  EXPECT_EQ(Call(&Stub::Unregister, unregister)->revision(), 3);
  EXPECT_TRUE(
      absl::IsNotFound(Call(&Stub::Authenticate, authenticate).status()));
  EXPECT_TRUE(absl::IsNotFound(Call(&Stub::GetAppservice, get).status()));
}

TEST_F(RegistryServiceTest, ErrorsCarryTheirErrcode) {
  ASSERT_TRUE(CreateGrant("irc", "T_a").ok());
  absl::Status missing = Call(&Stub::Register, Claim("", "@x")).status();
  EXPECT_EQ(missing.code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(GetErrcode(missing), "M_MISSING_TOKEN");
  absl::Status unknown = Call(&Stub::Register, Claim("T_x", "@x")).status();
  EXPECT_EQ(unknown.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(GetErrcode(unknown), "M_FORBIDDEN");
  absl::Status bad = Call(&Stub::Register, Claim("T_a", "@(")).status();
  EXPECT_EQ(bad.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(bad.message(), HasSubstr("namespaces.users[0]"));
}

TEST_F(RegistryServiceTest, BadArgumentsAreNamed) {
  v1::ListGrantsRequest list;
  list.set_page_size(-1);
  EXPECT_THAT(Call(&Stub::ListGrants, list).status().message(),
              HasSubstr("page_size"));
  list.set_page_size(0);
  list.set_page_token("not one of ours");
  EXPECT_THAT(Call(&Stub::ListGrants, list).status().message(),
              HasSubstr("page_token"));
  v1::GetGrantRequest get;
  get.set_name(std::string("irc\0x", 5));
  EXPECT_EQ(Call(&Stub::GetGrant, get).status().code(),
            absl::StatusCode::kInvalidArgument);
  v1::AuthenticateRequest authenticate;
  authenticate.set_as_token_sha256("T_a");
  EXPECT_THAT(Call(&Stub::Authenticate, authenticate).status().message(),
              HasSubstr("32 bytes"));
  v1::RegisterRequest claim = Claim("T_a", "@x");
  claim.mutable_namespaces(0)->clear_kind();
  EXPECT_THAT(Call(&Stub::Register, claim).status().message(),
              HasSubstr("namespaces[0].kind"));
}

TEST_F(RegistryServiceTest, NamespacesAreCheckedWithoutRegistering) {
  ASSERT_TRUE(CreateGrant("irc", "T_a").ok());
  ASSERT_TRUE(Call(&Stub::Register, Claim("T_a", "@irc_.*")).ok());
  ASSERT_TRUE(CreateGrant("other", "T_b").ok());
  v1::CheckNamespacesRequest request;
  request.set_grant_name("other");
  *request.mutable_namespaces() =
      Claim("", "@irc.[a-z]+:hs\\.test$").namespaces();
  request.add_namespaces()->set_regex("!x");
  EXPECT_THAT(Call(&Stub::CheckNamespaces, request).status().message(),
              HasSubstr("namespaces[1].kind"));
  request.mutable_namespaces(1)->set_kind(v1::Namespace::ROOMS);
  absl::StatusOr<v1::CheckNamespacesResponse> response =
      Call(&Stub::CheckNamespaces, request);
  ASSERT_TRUE(response.ok()) << response.status();
  ASSERT_EQ(response->findings_size(), 3);
  const auto& overlap = response->findings(0);
  EXPECT_TRUE(overlap.refuses());
  EXPECT_EQ(overlap.code(), "overlap");
  EXPECT_EQ(overlap.field(), "namespaces.users[0]");
  EXPECT_EQ(overlap.namespace_().regex(), "@irc.[a-z]+:hs\\.test$");
  EXPECT_TRUE(overlap.namespace_().exclusive());
  EXPECT_EQ(overlap.witness(), "@irc_a:hs.test");
  EXPECT_THAT(overlap.message(), HasSubstr("\"@irc_.*\""));
  EXPECT_FALSE(overlap.has_offset());
  const auto& advice = response->findings(1);
  EXPECT_FALSE(advice.refuses());
  EXPECT_EQ(advice.suggestion(), "@_irc.[a-z]+:hs\\.test$");
  EXPECT_EQ(advice.code(), "no_underscore");
  EXPECT_EQ(response->findings(2).code(), "beyond_grant");
  EXPECT_EQ(response->findings(2).namespace_().kind(), v1::Namespace::ROOMS);
  EXPECT_EQ(response->findings(2).witness(), "!x:hs.test");

  request.Clear();
  request.set_as_token_sha256(matrix::Sha256("T_b"));
  request.set_id("irc");
  request.set_url("ftp://a.test/");
  request.set_sender_localpart("irc_bot");
  response = Call(&Stub::CheckNamespaces, request);
  ASSERT_TRUE(response.ok()) << response.status();
  std::vector<std::string> found;
  for (const auto& finding : response->findings()) {
    found.push_back(finding.field() + " " + finding.code());
    EXPECT_FALSE(finding.has_namespace_());
  }
  EXPECT_THAT(found, ElementsAre("id id_taken", "url invalid",
                                 "sender_localpart sender_in_namespace"));
}

TEST_F(RegistryServiceTest, PendingRequestsAreListedApprovedAndRejected) {
  for (const char* name : {"irc", "xmpp"}) {
    v1::CreateGrantRequest grant;
    grant.set_name(name);
    grant.set_as_token_sha256(matrix::Sha256(std::string("T_") + name));
    grant.mutable_ceilings()->add_users("@irc_.*");
    ASSERT_TRUE(Call(&Stub::CreateGrant, grant).ok());
    EXPECT_EQ(GetErrcode(Call(&Stub::Register,
                              Claim(std::string("T_") + name, "@sip_.*"))
                             .status()),
              "M_FORBIDDEN");
  }
  v1::ListPendingRequestsRequest list;
  list.set_page_size(1);
  auto page = Call(&Stub::ListPendingRequests, list);
  ASSERT_TRUE(page.ok()) << page.status();
  ASSERT_EQ(page->requests_size(), 1);
  const v1::PendingRequest irc = page->requests(0);
  EXPECT_EQ(irc.grant_name(), "irc");
  EXPECT_EQ(irc.wanted().id(), "irc");
  EXPECT_EQ(irc.wanted().url(), "https://a.test");
  EXPECT_EQ(irc.wanted().namespaces(0).regex(), "@sip_.*");
  EXPECT_EQ(irc.differences(0).field(), "namespaces.users[0]");
  EXPECT_THAT(irc.differences(0).witness(), HasSubstr("@sip_"));
  EXPECT_THAT(irc.differences(0).message(), HasSubstr("exceeds the grant"));
  list.set_page_token(page->next_page_token());
  page = Call(&Stub::ListPendingRequests, list);
  ASSERT_EQ(page->requests_size(), 1);
  EXPECT_EQ(page->next_page_token(), "");

  v1::ApprovePendingRequestRequest approve;
  approve.set_id(irc.id());
  const auto approved = Call(&Stub::ApprovePendingRequest, approve);
  ASSERT_TRUE(approved.ok()) << approved.status();
  EXPECT_EQ(approved->appservice().id(), "irc");
  EXPECT_EQ(approved->revision(), 2);
  EXPECT_TRUE(
      absl::IsNotFound(Call(&Stub::ApprovePendingRequest, approve).status()));
  v1::RejectPendingRequestRequest reject;
  reject.set_id(page->requests(0).id());
  EXPECT_TRUE(Call(&Stub::RejectPendingRequest, reject).ok());
  EXPECT_EQ(Call(&Stub::ListPendingRequests, {})->requests_size(), 0);
  reject.set_id("x");
  EXPECT_THAT(Call(&Stub::RejectPendingRequest, reject).status().message(),
              HasSubstr("id"));
}

TEST_F(RegistryServiceTest, AuditRecordsAreListedNewestFirst) {
  ASSERT_TRUE(CreateGrant("irc", "T_a").ok());
  ASSERT_TRUE(Call(&Stub::Register, Claim("T_a", "@irc_.*")).ok());
  v1::ListAuditRecordsRequest list;
  list.set_page_size(1);
  auto page = Call(&Stub::ListAuditRecords, list);
  ASSERT_TRUE(page.ok()) << page.status();
  ASSERT_EQ(page->records_size(), 1);
  EXPECT_EQ(page->records(0).action(), "register");
  EXPECT_EQ(page->records(0).actor(), "appservice irc");
  EXPECT_EQ(page->records(0).revision(), 2);
  EXPECT_EQ(page->records(0).before_json(), "");
  EXPECT_THAT(page->records(0).after_json(), HasSubstr("@irc_.*"));
  EXPECT_NE(page->records(0).request_id(), "");
  list.set_page_token(page->next_page_token());
  page = Call(&Stub::ListAuditRecords, list);
  ASSERT_EQ(page->records_size(), 1);
  EXPECT_EQ(page->records(0).action(), "create_grant");
  EXPECT_EQ(page->next_page_token(), "");
  ASSERT_TRUE(CreateGrant("xmpp", "T_b").ok());
  v1::ListGrantsRequest grants;
  grants.set_page_size(1);
  list.set_page_token(Call(&Stub::ListGrants, grants)->next_page_token());
  EXPECT_THAT(Call(&Stub::ListAuditRecords, list).status().message(),
              HasSubstr("page_token"));
}

TEST_F(RegistryServiceTest, RotatedTokenReachesWatchersWithTheOneBefore) {
  ASSERT_TRUE(CreateGrant("irc", "T_a").ok());
  const std::string old_token =
      Call(&Stub::Register, Claim("T_a", "@irc_.*"))->hs_token();
  v1::RotateHsTokenRequest rotate;
  rotate.set_id("irc");
  rotate.set_overlap_seconds(60);
  rotate.set_hs_token("T_new");
  const auto rotated = Call(&Stub::RotateHsToken, rotate);
  ASSERT_TRUE(rotated.ok()) << rotated.status();
  EXPECT_EQ(rotated->hs_token(), "T_new");
  EXPECT_EQ(rotated->revision(), 3);
  LatestSnapshot latest;
  prometheus::Registry registry;
  WatchMetrics metrics(registry);
  auto watcher = Watch(latest, metrics, /*with_secrets=*/true);
  ASSERT_TRUE(latest.AwaitRevision(3, kTestTimeout).ok());
  const auto snapshot = latest.Snapshot();
  const auto* irc = snapshot->FindById("irc");
  EXPECT_EQ(secret_box_.Open(irc->hs_token_sealed, irc->uid).value(), "T_new");
  EXPECT_EQ(secret_box_.Open(irc->previous_hs_token_sealed, irc->uid).value(),
            old_token);
  EXPECT_EQ(irc->previous_hs_token_until, clock_.Now() + absl::Seconds(60));
  const auto resealed = Call(&Stub::ResealHsTokens, {});
  ASSERT_TRUE(resealed.ok()) << resealed.status();
  EXPECT_EQ(resealed->resealed_count(), 0);
  EXPECT_TRUE(resealed->complete());
}

TEST_F(RegistryServiceTest, WatchersSeeEachChange) {
  LatestSnapshot latest;
  prometheus::Registry registry;
  WatchMetrics metrics(registry);
  auto watcher = Watch(latest, metrics);
  ASSERT_TRUE(latest.AwaitRevision(1, kTestTimeout).ok());
  EXPECT_EQ(latest.Snapshot()->server_name(), "hs.test");

  ASSERT_TRUE(CreateGrant("irc", "T_a").ok());
  const int64_t revision =
      Call(&Stub::Register, Claim("T_a", "@irc_.*"))->revision();
  ASSERT_TRUE(latest.AwaitRevision(revision, kTestTimeout).ok());
  const auto* owner = latest.Snapshot()->ExclusiveOwner(
      namespaces::NamespaceKind::kUsers, "@irc_bob:hs.test");
  ASSERT_NE(owner, nullptr);
  EXPECT_EQ(owner->id, "irc");
  EXPECT_EQ(owner->hs_token_sealed, "");

  v1::UnregisterRequest unregister;
  unregister.set_id("irc");
  ASSERT_TRUE(
      latest
          .AwaitRevision(Call(&Stub::Unregister, unregister)->revision(),
                         kTestTimeout)
          .ok());
  EXPECT_TRUE(latest.Snapshot()->registrations().empty());
}

TEST_F(RegistryServiceTest, WatcherThatAsksGetsTheSealedTokenAndOpensIt) {
  ASSERT_TRUE(CreateGrant("irc", "T_a").ok());
  auto registered = Call(&Stub::Register, Claim("T_a", "@irc_.*"));
  LatestSnapshot latest;
  prometheus::Registry registry;
  WatchMetrics metrics(registry);
  auto watcher = Watch(latest, metrics, /*with_secrets=*/true);
  ASSERT_TRUE(latest.AwaitRevision(2, kTestTimeout).ok());
  auto snapshot = latest.Snapshot();
  const auto* irc = snapshot->FindById("irc");
  ASSERT_NE(irc, nullptr);
  EXPECT_EQ(secret_box_.Open(irc->hs_token_sealed, irc->uid).value(),
            registered->hs_token());
}

// Goal: a stream is never silent for longer than it says.
TEST_F(RegistryServiceTest, StreamShowsThatItLives) {
  grpc::ClientContext context;
  v1::WatchRequest request;
  request.set_since_revision(1);
  auto reader = stub_->Watch(&context, request);
  v1::WatchResponse message;
  ASSERT_TRUE(reader->Read(&message));
  clock_.AdvanceTime(absl::Seconds(5));
  ASSERT_TRUE(reader->Read(&message));
  EXPECT_EQ(message.revision(), 1);
  EXPECT_TRUE(message.complete());
  EXPECT_FALSE(message.reset());
  context.TryCancel();
}

TEST_F(RegistryServiceTest, StoppingEndsTheStreams) {
  LatestSnapshot latest;
  prometheus::Registry registry;
  WatchMetrics metrics(registry);
  auto watcher = Watch(latest, metrics);
  ASSERT_TRUE(latest.AwaitRevision(1, kTestTimeout).ok());
  feed_.Stop();
  grpc::ClientContext context;
  auto reader = stub_->Watch(&context, {});
  v1::WatchResponse message;
  EXPECT_FALSE(reader->Read(&message));
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
}

}  // namespace
}  // namespace causeway::registry
