// What the tests of CurlAppserviceClient have in common: a client, a server
// whose answers a test writes, and requests to it.
#ifndef CAUSEWAY_SERVICES_SHARED_APPSERVICE_CLIENT_CURL_APPSERVICE_CLIENT_FIXTURE_H_
#define CAUSEWAY_SERVICES_SHARED_APPSERVICE_CLIENT_CURL_APPSERVICE_CLIENT_FIXTURE_H_

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "services/shared/appservice_client/appservice_client.h"
#include "services/shared/appservice_client/curl_appservice_client.h"
#include "services/shared/appservice_client/scripted_http_server.h"
#include "services/shared/clock/fake_clock.h"

namespace causeway::appservice_client {

class CurlAppserviceClientTest : public testing::Test {
 protected:
  // What the tests of slowness wait for, and what the others must stay under.
  static constexpr absl::Duration kShort = absl::Milliseconds(500);
  static constexpr absl::Duration kLong = absl::Seconds(30);

  void StartServer(ScriptedHttpServer::Handler handler) {
    server_ = std::make_unique<ScriptedHttpServer>(std::move(handler));
  }
  void StartServer(const ScriptedReply& reply) {
    StartServer([reply](const ReceivedRequest&) { return reply; });
  }

  AppserviceRequest Query(Dialect dialect) const {
    AppserviceRequest request;
    request.appservice_uid = "uid";
    request.url = server_ != nullptr ? server_->url() + "/" : "";
    request.hs_token = "T_h";
    request.dialect = dialect;
    request.route = Route::kRooms;
    request.id = "#irc.freenode.net/#matrix:hsdomain.com";
    request.timeout = kLong;
    return request;
  }

  AppserviceRequest Push(Dialect dialect, std::string body) const {
    AppserviceRequest request = Query(dialect);
    request.route = Route::kTransactions;
    request.id = "17";
    request.body = std::make_shared<const std::string>(std::move(body));
    return request;
  }

  // Sends and waits.
  absl::StatusOr<AppserviceResponse> Send(AppserviceRequest request) {
    absl::StatusOr<AppserviceResponse> answer;
    absl::Notification is_answered;
    client_->Send(std::move(request),
                  [&](absl::StatusOr<AppserviceResponse> response) {
                    answer = std::move(response);
                    is_answered.Notify();
                  });
    is_answered.WaitForNotification();
    return answer;
  }

  std::vector<std::string> RequestLines() const {
    std::vector<std::string> lines;
    for (const ReceivedRequest& request : server_->requests()) {
      lines.push_back(request.request_line());
    }
    return lines;
  }

  FakeClock clock_;
  std::unique_ptr<ScriptedHttpServer> server_;
  std::unique_ptr<CurlAppserviceClient> client_ =
      std::make_unique<CurlAppserviceClient>(
          CurlAppserviceClient::Options{.user_agent = "Causeway/test"}, clock_);
};

}  // namespace causeway::appservice_client

#endif  // CAUSEWAY_SERVICES_SHARED_APPSERVICE_CLIENT_CURL_APPSERVICE_CLIENT_FIXTURE_H_
