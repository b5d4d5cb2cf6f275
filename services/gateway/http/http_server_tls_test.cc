// The edge over TLS: the same as without, and what goes before and after.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "services/gateway/http/http_limits.h"
#include "services/gateway/http/http_server.h"
#include "services/gateway/http/http_server_fixture.h"
#include "services/gateway/http/raw_http_client.h"
#include "services/shared/tls/test_authority.h"

namespace causeway::gateway {
namespace {

using ::testing::HasSubstr;

class HttpServerTlsTest : public HttpServerFixture {
 protected:
  void StartTls(const HttpLimits& limits = {}) {
    Start(limits, files_.certificate, files_.key);
  }
  std::unique_ptr<RawHttpClient> ConnectTls() {
    return std::make_unique<RawHttpClient>(server_->address(), files_.ca,
                                           "matrix.example");
  }

  const tls::TestAuthority authority_{"public"};
  const tls::Identity::Files files_ = authority_.Sign("matrix.example");
};

TEST_F(HttpServerTlsTest, AnswersAsWithout) {
  StartTls();
  const auto client = ConnectTls();
  ASSERT_TRUE(client->is_secure());
  EXPECT_EQ(client->Protocol(), "http/1.1");
  const std::string large(300000, 'x');
  client->Send(absl::StrCat(Get("/a"), Put("/b", large), Get("/c")));
  EXPECT_THAT(client->ReadAnswer().body, HasSubstr("/a"));
  EXPECT_THAT(client->ReadAnswer().body, HasSubstr(large));
  EXPECT_THAT(client->ReadAnswer().body, HasSubstr("/c"));
  // A long poll is written beside what is read.
  client->Send(Get("/wait"));
  waiters_.AwaitWaiting(1);
  client->Send(Get("/d"));
  server_->StartDraining();
  EXPECT_EQ(client->ReadAnswer().status, 200);
}

TEST_F(HttpServerTlsTest, SaysThatNothingFollows) {
  StartTls();
  const auto client = ConnectTls();
  client->Send("GET /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(client->ReadAnswer().status, 200);
  EXPECT_TRUE(client->ReadEnd());
  const auto idle = ConnectTls();
  idle->Send(Get("/a"));
  idle->ReadAnswer();
  server_->StartDraining();
  EXPECT_TRUE(server_->AwaitDrained(absl::Seconds(20)));
}

TEST_F(HttpServerTlsTest, WhoAsksOnceIsAnsweredAndMayHangUp) {
  constexpr char kWaitOnce[] =
      "GET /wait HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
  StartTls();
  const auto gone = ConnectTls();
  gone->Send(kWaitOnce);
  waiters_.AwaitWaiting(1);
  gone->Reset();
  EXPECT_EQ(observer_.AwaitAnswered(1).size(), 1);
  const auto client = ConnectTls();
  client->Send(kWaitOnce);
  waiters_.AwaitWaiting(1);
  server_->StartDraining();
  EXPECT_EQ(client->ReadAnswer().status, 200);
  EXPECT_TRUE(client->ReadEnd());
}

// Else a reset would overtake the answer.
TEST_F(HttpServerTlsTest, ARefusalArrivesWhateverIsStillSent) {
  HttpLimits limits;
  limits.body_bytes_max = 10;
  StartTls(limits);
  const auto client = ConnectTls();
  client->Send(Put("/a", std::string(2000000, 'x')));
  EXPECT_EQ(client->ReadAnswer().status, 413);
  EXPECT_TRUE(client->ReadEnd());
}

TEST_F(HttpServerTlsTest, RefusesWhoIsTooMany) {
  HttpLimits limits;
  limits.connections_max = 1;
  StartTls(limits);
  const auto first = ConnectTls();
  EXPECT_EQ(ConnectTls()->ReadAnswer().status, 503);
  first->Send(Get("/a"));
  EXPECT_EQ(first->ReadAnswer().status, 200);
}

TEST_F(HttpServerTlsTest, WhoSpeaksNoTlsIsTurnedAway) {
  HttpLimits limits;
  limits.header_timeout = absl::Milliseconds(300);
  StartTls(limits);
  const auto plain = Connect();
  plain->Send(Get("/a"));
  EXPECT_EQ(plain->ReadAnswer().status, 0);
  EXPECT_EQ(observer_.AwaitFailedHandshakes(1).size(), 1);
  const auto silent = Connect();
  EXPECT_EQ(observer_.AwaitFailedHandshakes(2).at(1), "it took too long");
  EXPECT_TRUE(silent->ReadEnd());
  const auto gone = Connect();
  gone->Reset();
  EXPECT_EQ(observer_.AwaitFailedHandshakes(3).size(), 3);
  server_.reset();
  EXPECT_EQ(observer_.open_count(), 0);
}

TEST_F(HttpServerTlsTest, IsDestroyedDuringAHandshake) {
  StartTls();
  const auto silent = Connect();
  const auto client = ConnectTls();
  client->Send(Get("/wait"));
  waiters_.AwaitWaiting(1);
  server_.reset();
  EXPECT_EQ(observer_.open_count(), 0);
}

TEST_F(HttpServerTlsTest, ShowsTheCertificateThatTookItsPlace) {
  StartTls();
  const auto before = ConnectTls();
  const std::string serial = before->CertificateSerial();
  EXPECT_EQ(observer_.certificate_count(), 1);
  authority_.Sign("matrix.example");
  while (ConnectTls()->CertificateSerial() == serial) {
    absl::SleepFor(absl::Milliseconds(50));
  }
  EXPECT_EQ(observer_.certificate_count(), 2);
  before->Send(Get("/a"));
  EXPECT_EQ(before->ReadAnswer().status, 200);
}

TEST_F(HttpServerTlsTest, NamesTheFileThatIsWrong) {
  const tls::Identity::Files other = authority_.Sign("other");
  const auto server =
      HttpServer::Listen({.listen = "127.0.0.1:0",
                          .limits = {},
                          .certificate_file = files_.certificate,
                          .key_file = other.key},
                         Echo(), observer_, clock_);
  EXPECT_TRUE(absl::IsInvalidArgument(server.status()));
  EXPECT_THAT(server.status().message(), HasSubstr(other.key));
}

}  // namespace
}  // namespace causeway::gateway
