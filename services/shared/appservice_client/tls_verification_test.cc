// Goal: an application service's certificate is verified. Method: the openssl
// program as the server, with a certificate made for this test.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "services/shared/appservice_client/appservice_client.h"
#include "services/shared/appservice_client/curl_appservice_client.h"
#include "services/shared/appservice_client/failed_step.h"
#include "services/shared/clock/fake_clock.h"

namespace causeway::appservice_client {
namespace {

// `openssl s_server`, which answers every GET with a page of its own. Ends with
// this object.
class TlsServer {
 public:
  TlsServer(const std::string& certificate, const std::string& key) {
    int output[2];
    if (pipe2(output, O_CLOEXEC) != 0) std::abort();
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, output[1], STDOUT_FILENO);
    std::vector<std::string> words = {"openssl",     "s_server", "-accept",
                                      "127.0.0.1:0", "-www",     "-cert",
                                      certificate,   "-key",     key};
    std::vector<char*> arguments;
    arguments.reserve(words.size() + 1);
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    if (posix_spawnp(&pid_, "openssl", &actions, nullptr, arguments.data(),
                     environ) != 0) {
      std::abort();
    }
    posix_spawn_file_actions_destroy(&actions);
    close(output[1]);
    output_ = fdopen(output[0], "r");
    ReadPort();
  }

  ~TlsServer() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    fclose(output_);
  }

  // Of the form "12345"; empty if the server didn't start.
  const std::string& port() const { return port_; }

 private:
  // It tells "ACCEPT 127.0.0.1:12345" when it listens.
  void ReadPort() {
    char line[256];
    while (fgets(line, sizeof(line), output_) != nullptr) {
      absl::string_view text = absl::StripSuffix(line, "\n");
      if (!absl::ConsumePrefix(&text, "ACCEPT ")) continue;
      port_ = std::string(text.substr(text.rfind(':') + 1));
      return;
    }
  }

  pid_t pid_ = 0;
  FILE* output_ = nullptr;
  std::string port_;
};

class TlsVerificationTest : public testing::Test {
 protected:
  TlsVerificationTest() {
    const std::string command = absl::StrCat(
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 "
        "-nodes -days 2 -subj /CN=localhost -addext "
        "subjectAltName=DNS:localhost -keyout ",
        key_, " -out ", certificate_, " 2>/dev/null");
    EXPECT_EQ(std::system(command.c_str()), 0) << command;
    server_ = std::make_unique<TlsServer>(certificate_, key_);
  }

  // A query to the server under the name `host`, trusting `ca_file`.
  absl::StatusOr<AppserviceResponse> Query(const std::string& host,
                                           const std::string& ca_file) {
    CurlAppserviceClient client({.ca_file = ca_file}, clock_);
    return Query(client, host, "irc");
  }

  absl::StatusOr<AppserviceResponse> Query(CurlAppserviceClient& client,
                                           const std::string& host,
                                           const std::string& appservice_id) {
    AppserviceRequest request;
    request.appservice_id = appservice_id;
    request.url = absl::StrCat("https://", host, ":", server_->port());
    request.hs_token = "T_h";
    request.dialect = Dialect::kDraft;
    request.id = "@a:d";
    absl::StatusOr<AppserviceResponse> answer;
    absl::Notification is_answered;
    client.Send(std::move(request),
                [&](absl::StatusOr<AppserviceResponse> response) {
                  answer = std::move(response);
                  is_answered.Notify();
                });
    is_answered.WaitForNotification();
    return answer;
  }

  FakeClock clock_;
  const std::string certificate_ =
      absl::StrCat(testing::TempDir(), "/certificate.pem");
  const std::string key_ = absl::StrCat(testing::TempDir(), "/key.pem");
  std::unique_ptr<TlsServer> server_;
};

TEST_F(TlsVerificationTest, TrustedCertificateIsTaken) {
  absl::StatusOr<AppserviceResponse> response =
      Query("localhost", certificate_);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->http_status, 200);
}

TEST_F(TlsVerificationTest, UnknownCertificateIsRefused) {
  absl::Status status = Query("localhost", "").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(absl::StrContains(status.message(), "certificate")) << status;
  EXPECT_EQ(FailedStep(status), Step::kTls);
}

TEST_F(TlsVerificationTest, CertificateOfAnotherHostIsRefused) {
  absl::Status status = Query("127.0.0.1", certificate_).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
}

class OwnAuthorityTest : public TlsVerificationTest {
 protected:
  OwnAuthorityTest() { std::filesystem::create_directory(authorities_); }
  ~OwnAuthorityTest() override { std::filesystem::remove_all(authorities_); }

  const std::string authorities_ =
      absl::StrCat(testing::TempDir(), "/authorities");
};

TEST_F(OwnAuthorityTest, CountsForItsOwnerOnly) {
  std::filesystem::copy(certificate_,
                        absl::StrCat(authorities_, "/irc%2Fnet.pem"));
  CurlAppserviceClient client({.ca_directory = authorities_}, clock_);
  const absl::StatusOr<AppserviceResponse> owner =
      Query(client, "localhost", "irc/net");
  ASSERT_TRUE(owner.ok()) << owner.status();
  EXPECT_EQ(owner->http_status, 200);
  for (const char* other : {"irc", "", "../authorities/irc%2Fnet"}) {
    EXPECT_EQ(Query(client, "localhost", other).status().code(),
              absl::StatusCode::kUnavailable)
        << other;
  }
}

// Not beside the others: who has the key of another authority can't pretend to
// be it.
TEST_F(OwnAuthorityTest, CountsInPlaceOfTheOthers) {
  const std::string foreign = absl::StrCat(authorities_, "/irc.pem");
  const std::string command = absl::StrCat(
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 "
      "-nodes -days 2 -subj /CN=localhost -keyout /dev/null -out ",
      foreign, " 2>/dev/null");
  ASSERT_EQ(std::system(command.c_str()), 0) << command;
  CurlAppserviceClient client(
      {.ca_file = certificate_, .ca_directory = authorities_}, clock_);
  EXPECT_TRUE(Query(client, "localhost", "xmpp").ok());
  const absl::Status status = Query(client, "localhost", "irc").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(absl::StrContains(status.message(), "certificate")) << status;
}

}  // namespace
}  // namespace causeway::appservice_client
