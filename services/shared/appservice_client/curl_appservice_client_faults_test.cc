// Application services that are slow, broken or not to be reached, and the
// client's bounds.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/notification.h"
#include "services/shared/appservice_client/answer_budget.h"
#include "services/shared/appservice_client/appservice_client.h"
#include "services/shared/appservice_client/curl_appservice_client.h"
#include "services/shared/appservice_client/curl_appservice_client_fixture.h"
#include "services/shared/appservice_client/failed_step.h"
#include "services/shared/appservice_client/scripted_http_server.h"

namespace causeway::appservice_client {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using Then = ScriptedReply::Then;

TEST_F(CurlAppserviceClientTest, NobodyListens) {
  StartServer(Reply(200, ""));
  AppserviceRequest request = Query(Dialect::kV1);
  server_.reset();
  absl::Status status = Send(request).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr(request.url));
  EXPECT_THAT(std::string(status.message()), Not(HasSubstr("T_h")));
  EXPECT_EQ(FailedStep(status), Step::kConnection);
}

TEST_F(CurlAppserviceClientTest, UnknownHost) {
  AppserviceRequest request = Query(Dialect::kV1);
  request.url = "http://does-not-exist.invalid";
  const absl::Status status = Send(request).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(FailedStep(status), Step::kName);
}

struct FaultCase {
  std::string name;
  ScriptedReply reply;
  absl::StatusCode code;
};

class FaultTest : public CurlAppserviceClientTest,
                  public testing::WithParamInterface<FaultCase> {};

TEST_P(FaultTest, IsToldByItsCode) {
  StartServer(GetParam().reply);
  AppserviceRequest request = Push(Dialect::kDraft, "{}");
  if (GetParam().code == absl::StatusCode::kDeadlineExceeded) {
    request.timeout = kShort;
  }
  absl::Status status = Send(std::move(request)).status();
  EXPECT_EQ(status.code(), GetParam().code) << status;
  EXPECT_THAT(std::string(status.message()), Not(HasSubstr("T_h")));
}

std::string ManyHeaders() {
  std::string headers;
  for (int i = 0; i < 10000; ++i) absl::StrAppend(&headers, "X: value\r\n");
  return headers;
}

INSTANTIATE_TEST_SUITE_P(
    All, FaultTest,
    testing::ValuesIn<FaultCase>({
        {"Hangs", {"", Then::kHang}, absl::StatusCode::kDeadlineExceeded},
        {"HangsInHead",
         {"HTTP/1.1 200 OK\r\n", Then::kHang},
         absl::StatusCode::kDeadlineExceeded},
        {"HangsInBody",
         {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{", Then::kHang},
         absl::StatusCode::kDeadlineExceeded},
        {"Drips",
         {"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n{", Then::kDrip},
         absl::StatusCode::kDeadlineExceeded},
        {"DropsTheConnection",
         {"", Then::kClose},
         absl::StatusCode::kUnavailable},
        {"DropsItInTheHead",
         {"HTTP/1.1 200 OK\r\nContent-", Then::kClose},
         absl::StatusCode::kUnavailable},
        {"DropsItAfterContinue",
         {"HTTP/1.1 100 Continue\r\n\r\n", Then::kClose},
         absl::StatusCode::kUnavailable},
        {"DropsItInTheBody",
         {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{", Then::kClose},
         absl::StatusCode::kUnavailable},
        {"IsNotHttp",
         {"hello\r\n\r\n", Then::kClose},
         absl::StatusCode::kUnavailable},
        {"EndlessHead",
         {absl::StrCat("HTTP/1.1 200 OK\r\n", ManyHeaders()), Then::kHang},
         absl::StatusCode::kUnavailable},
    }),
    [](const auto& info) { return info.param.name; });

TEST_F(CurlAppserviceClientTest, LongAnswerToTransactionIsCut) {
  // More is promised than ever comes: it isn't waited for.
  StartServer(ScriptedReply{
      absl::StrCat("HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n",
                   std::string(kOtherAnswerBytesMax + 1, 'x')),
      Then::kHang});
  absl::StatusOr<AppserviceResponse> response =
      Send(Push(Dialect::kDraft, "{}"));
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->http_status, 200);
  EXPECT_EQ(response->body.size(), kOtherAnswerBytesMax);
}

// Of a v1 registration's answer to a query, and of what isn't 2xx, only the
// status counts.
TEST_F(CurlAppserviceClientTest, LongAnswerWithoutContentIsCut) {
  const std::string kLong(kLookUpAnswerBytesMax + 1, 'x');
  StartServer(Reply(200, kLong));
  EXPECT_EQ(Send(Query(Dialect::kV1))->body.size(), kOtherAnswerBytesMax);
  StartServer(Reply(404, kLong));
  absl::StatusOr<AppserviceResponse> response = Send(Query(Dialect::kDraft));
  EXPECT_EQ(response->http_status, 404);
  EXPECT_EQ(response->body.size(), kOtherAnswerBytesMax);
}

TEST_F(CurlAppserviceClientTest, LongAnswersAreBoundedTogether) {
  StartServer(Reply(200, std::string(kRoomAnswerBytesMax, 'x')));
  std::vector<absl::StatusOr<AppserviceResponse>> held;
  const size_t fit_count =
      AnswerBudget::Options().per_appservice_bytes_max / kRoomAnswerBytesMax;
  for (size_t i = 0; i < fit_count; ++i) {
    held.push_back(Send(Query(Dialect::kDraft)));
    EXPECT_TRUE(held.back().ok()) << held.back().status();
  }
  EXPECT_TRUE(absl::IsResourceExhausted(Send(Query(Dialect::kDraft)).status()));
  AppserviceRequest other = Query(Dialect::kDraft);
  other.appservice_uid = "another";
  EXPECT_TRUE(Send(std::move(other)).ok());
  held.pop_back();
  EXPECT_TRUE(Send(Query(Dialect::kDraft)).ok());
}

TEST_F(CurlAppserviceClientTest, LongAnswerToQueryIsRefused) {
  AppserviceRequest user = Query(Dialect::kDraft);
  user.route = Route::kUsers;
  StartServer(Reply(200, std::string(kUserAnswerBytesMax + 1, 'x')));
  user.url = server_->url();
  EXPECT_EQ(Send(std::move(user)).status().code(),
            absl::StatusCode::kOutOfRange);
  StartServer(Reply(200, std::string(kRoomAnswerBytesMax, 'x')));
  EXPECT_EQ(Send(Query(Dialect::kDraft))->body.size(), kRoomAnswerBytesMax);
  StartServer(Reply(200, std::string(kRoomAnswerBytesMax + 1, 'x')));
  absl::Status status = Send(Query(Dialect::kDraft)).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kOutOfRange);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("its answer has more than 4194304 bytes"));
}

TEST_F(CurlAppserviceClientTest, TlsMustBeSpoken) {
  StartServer(Reply(200, "{}"));
  AppserviceRequest request = Query(Dialect::kV1);
  request.url = absl::StrCat("https", server_->url().substr(4));
  request.timeout = kShort;
  const absl::Status status = Send(request).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(FailedStep(status), Step::kConnection);
}

// Where nobody accepts: one connection waits for it, and whoever comes after it
// hears nothing.
class FullListener {
 public:
  FullListener() {
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof(address_);
    EXPECT_EQ(bind(listener_, Address(), length), 0);
    EXPECT_EQ(listen(listener_, 0), 0);
    EXPECT_EQ(getsockname(listener_, Address(), &length), 0);
    EXPECT_EQ(connect(waiting_, Address(), length), 0);
  }
  ~FullListener() {
    close(waiting_);
    close(listener_);
  }
  FullListener(const FullListener&) = delete;
  FullListener& operator=(const FullListener&) = delete;

  std::string url() const {
    return absl::StrCat("http://127.0.0.1:", ntohs(address_.sin_port));
  }

 private:
  sockaddr* Address() { return reinterpret_cast<sockaddr*>(&address_); }

  const int listener_ = socket(AF_INET, SOCK_STREAM, 0);
  const int waiting_ = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address_ = {};
};

TEST_F(CurlAppserviceClientTest, ConnectingThatTakesTooLongIsTold) {
  const FullListener listener;
  client_ = std::make_unique<CurlAppserviceClient>(
      CurlAppserviceClient::Options{.connect_timeout = kShort}, clock_);
  AppserviceRequest request = Query(Dialect::kV1);
  request.url = listener.url();
  const absl::Status status = Send(request).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("no connection in time"));
  EXPECT_EQ(FailedStep(status), Step::kConnection);
}

TEST_F(CurlAppserviceClientTest, LinkLocalIsNeverReached) {
  AppserviceRequest request = Query(Dialect::kV1);
  request.url = "http://169.254.169.254/latest";
  absl::Status status = Send(request).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(std::string(status.message()),
            "application service at http://169.254.169.254/latest: the address "
            "169.254.169.254 is not allowed");
  EXPECT_EQ(FailedStep(status), Step::kAddress);
}

TEST_F(CurlAppserviceClientTest, PrivateAddressNeedsPermission) {
  StartServer(Reply(200, "{}"));
  AppserviceRequest request = Query(Dialect::kV1);
  request.private_addresses_allowed = false;
  EXPECT_EQ(Send(request).status().code(), absl::StatusCode::kPermissionDenied);
  // Written in other ways it is the same address.
  for (const char* host : {"localhost", "0x7f.1", "[::ffff:127.0.0.1]"}) {
    request.url = absl::StrCat("http://", host, ":1");
    EXPECT_EQ(Send(request).status().code(),
              absl::StatusCode::kPermissionDenied)
        << host;
  }
  EXPECT_THAT(RequestLines(), IsEmpty());
}

TEST_F(CurlAppserviceClientTest, ClientMayRefuseWhatARequestAllows) {
  StartServer(Reply(200, "{}"));
  client_ = std::make_unique<CurlAppserviceClient>(
      CurlAppserviceClient::Options{.private_addresses_allowed = false},
      clock_);
  EXPECT_EQ(Send(Query(Dialect::kV1)).status().code(),
            absl::StatusCode::kPermissionDenied);
  EXPECT_THAT(RequestLines(), IsEmpty());
}

// Goal: a connection that a trusted registration opened is no way in.
TEST_F(CurlAppserviceClientTest, OpenConnectionNeedsPermissionToo) {
  StartServer(Reply(200, "{}"));
  AppserviceRequest request = Query(Dialect::kV1);
  ASSERT_TRUE(Send(request).ok());
  request.private_addresses_allowed = false;
  EXPECT_EQ(Send(request).status().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(RequestLines().size(), 1u);
}

TEST_F(CurlAppserviceClientTest, BadUrlIsRefused) {
  AppserviceRequest request = Query(Dialect::kV1);
  for (const char* url : {"file:///etc/passwd", "gopher://a/", "", "http://"}) {
    request.url = url;
    EXPECT_EQ(Send(request).status().code(), absl::StatusCode::kInvalidArgument)
        << url;
  }
}

TEST_F(CurlAppserviceClientTest, RequestsUnderWayAreBounded) {
  StartServer(ScriptedReply{"", Then::kHang});
  client_ = std::make_unique<CurlAppserviceClient>(
      CurlAppserviceClient::Options{.in_flight_max = 1}, clock_);
  absl::Status hanging;
  client_->Send(Query(Dialect::kV1),
                [&](const absl::StatusOr<AppserviceResponse>& response) {
                  hanging = response.status();
                });
  EXPECT_EQ(Send(Query(Dialect::kV1)).status().code(),
            absl::StatusCode::kResourceExhausted);
  client_.reset();
  EXPECT_EQ(hanging.code(), absl::StatusCode::kUnavailable);
}

TEST_F(CurlAppserviceClientTest, ACancelledRequestEndsAtOnce) {
  absl::BlockingCounter arrived(2);
  StartServer([&](const ReceivedRequest&) {
    arrived.DecrementCount();
    return ScriptedReply{"", Then::kHang};
  });
  absl::Notification ended;
  absl::Status status;
  AppserviceRequest request = Push(Dialect::kV1, "{}");
  request.cancel_id = 5;
  client_->Send(std::move(request), [&](const auto& answer) {
    status = answer.status();
    ended.Notify();
  });
  absl::Notification other_ended;
  client_->Send(Push(Dialect::kV1, "{}"),
                [&](const auto&) { other_ended.Notify(); });
  arrived.Wait();  // For both.
  client_->Cancel(4);
  client_->Cancel(0);  // Names none.
  client_->Cancel(5);
  ended.WaitForNotification();
  EXPECT_EQ(status.code(), absl::StatusCode::kCancelled);
  EXPECT_FALSE(other_ended.HasBeenNotified());
  client_->Cancel(5);  // It is over.
  client_.reset();
  EXPECT_TRUE(other_ended.HasBeenNotified());
}

// Goal: the second waits while the first is worked at. Method: whatever went
// out before has come when another client's request is answered.
TEST_F(CurlAppserviceClientTest, ThoseBeyondTheQuickOnesWaitForTheirTurn) {
  absl::Notification first_arrived;
  StartServer([&](const ReceivedRequest&) {
    if (first_arrived.HasBeenNotified()) return Reply(200, "{}");
    first_arrived.Notify();
    return ScriptedReply{"", Then::kHang};
  });
  CurlAppserviceClient client(
      {.quick_max = 1, .slow_after = absl::InfiniteDuration()}, clock_);
  AppserviceRequest first = Query(Dialect::kV1);
  first.cancel_id = 1;
  client.Send(std::move(first), [](const auto&) {});
  first_arrived.WaitForNotification();
  absl::Notification answered, cancelled;
  client.Send(Query(Dialect::kV1), [&](const auto&) { answered.Notify(); });
  AppserviceRequest third = Query(Dialect::kV1);
  third.cancel_id = 3;
  client.Send(std::move(third), [&](const auto& answer) {
    EXPECT_TRUE(absl::IsCancelled(answer.status()));
    cancelled.Notify();
  });
  ASSERT_TRUE(Send(Query(Dialect::kV1)).ok());
  EXPECT_THAT(RequestLines(), SizeIs(2));
  client.Cancel(3);
  cancelled.WaitForNotification();
  EXPECT_FALSE(answered.HasBeenNotified());
  client.Cancel(1);
  answered.WaitForNotification();
  EXPECT_THAT(RequestLines(), SizeIs(3));
}

TEST_F(CurlAppserviceClientTest, OneThatIsSlowHoldsUpNobody) {
  std::atomic<int> request_count = 0;
  StartServer([&](const ReceivedRequest&) {
    return ++request_count == 1 ? ScriptedReply{"", Then::kHang}
                                : Reply(200, "{}");
  });
  client_ = std::make_unique<CurlAppserviceClient>(
      CurlAppserviceClient::Options{.quick_max = 1,
                                    .slow_after = absl::Milliseconds(10)},
      clock_);
  client_->Send(Query(Dialect::kV1), [](const auto&) {});
  EXPECT_TRUE(Send(Query(Dialect::kV1)).ok());
  client_.reset();
}

// Goal: whoever is merely slow delays no other (P5).
// Method: many that answer after 160 ms get a request as soon as they have
// answered one. How many answers of theirs come during a round trip to one that
// is quick says how much of their time that took, on any machine: those that
// wait for their turn before it are most of them, if it is one of them. They
// are few enough that no processor is busy with them, with sanitizers either.
TEST_F(CurlAppserviceClientTest, ManyThatAreSlowDelayNoneThatIsQuick) {
  constexpr int kSlowCount = 100;
  constexpr int kRoundTrips = 20;
  StartServer([](const ReceivedRequest& request) {
    ScriptedReply reply = Reply(200, "{}");
    const bool is_quick = request.head.find("quick") != std::string::npos;
    if (!is_quick) reply.delay = absl::Milliseconds(160);
    return reply;
  });
  client_ = std::make_unique<CurlAppserviceClient>(
      CurlAppserviceClient::Options{.quick_max = 16}, clock_);
  CurlAppserviceClient& client = *client_;  // While it is destroyed, too.
  std::atomic<int> slow_answers = 0;
  std::function<void(int)> keep_busy = [&](int number) {
    AppserviceRequest request = Push(Dialect::kV1, "{}");
    request.appservice_uid = absl::StrCat(number);
    client.Send(std::move(request), [&, number](const auto& answer) {
      if (!answer.ok()) return;  // The client is being destroyed.
      ++slow_answers;
      keep_busy(number);
    });
  };
  const auto reach_quick = [&] {
    AppserviceRequest request = Push(Dialect::kV1, "{}");
    request.appservice_uid = request.id = "quick";
    EXPECT_TRUE(Send(std::move(request)).ok());
  };
  for (int number = 0; number < kSlowCount; ++number) keep_busy(number);
  // Until each of them, and it, are known.
  reach_quick();
  while (slow_answers < 5 * kSlowCount) reach_quick();
  const int before = slow_answers;
  for (int i = 0; i < kRoundTrips; ++i) reach_quick();
  EXPECT_LT(slow_answers - before, kRoundTrips * kSlowCount / 4);
  client_.reset();
}

TEST_F(CurlAppserviceClientTest, CallbackMaySendAgain) {
  StartServer(Reply(200, "{}"));
  absl::Notification is_answered;
  client_->Send(Query(Dialect::kV1),
                [&](const absl::StatusOr<AppserviceResponse>&) {
                  client_->Send(Query(Dialect::kV1),
                                [&](const absl::StatusOr<AppserviceResponse>&) {
                                  is_answered.Notify();
                                });
                });
  is_answered.WaitForNotification();
  EXPECT_EQ(RequestLines().size(), 2u);
}

}  // namespace
}  // namespace causeway::appservice_client
