#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "tests/bench/shared/check.h"
#include "tests/bench/shared/quantile.h"
#include "tests/bench/shared/sample_line.h"
#include "tests/bench/surface/http_client.h"
#include "tests/bench/surface/rows.h"

namespace causeway::bench {
namespace {

constexpr int kMessagesPerSecond = 50;
// Connections of the client: a slow answer delays no later message.
constexpr int kConnections = 50;
constexpr absl::Duration kPatience = absl::Seconds(30);
constexpr absl::string_view kMark = R"("body":"number )";

// The numbers of the messages in a transaction.
std::vector<size_t> NumbersIn(const std::string& body) {
  std::vector<size_t> numbers;
  for (size_t at = body.find(kMark.data(), 0, kMark.size());
       at != std::string::npos;
       at = body.find(kMark.data(), at + 1, kMark.size())) {
    const size_t begin = at + kMark.size();
    size_t number = 0;
    if (!absl::SimpleAtoi(absl::string_view(body).substr(
                              begin, body.find('"', begin) - begin),
                          &number)) {
      Die("a message without a number");
    }
    numbers.push_back(number);
  }
  return numbers;
}

}  // namespace

void MeasureToBridge(Site& site, Runs runs) {
  site.RegisterUsers("ghost", 1);
  const std::string ghost = site.UserId("ghost", 0);
  const std::string room_id = site.MakeRoom(ghost, {});
  HttpClient client(site.loop(), site.gateway_port(), kConnections);
  const std::string token = site.RegisterPerson("alice");
  const std::string join = MakeRequest(
      "POST", ClientPath(absl::StrCat("/join/", room_id)), token, "{}");
  site.CallAll(
      client, 1, [&](int) { return join; }, [](int, const std::string&) {});
  const absl::Duration interval = absl::Seconds(1) / kMessagesPerSecond;
  const auto count = static_cast<size_t>(
      std::max(1.0, absl::ToDoubleSeconds(runs.time) * kMessagesPerSecond));
  for (int run = 0; run < runs.count; ++run) {
    std::vector<absl::Duration> sent_at(count);
    std::vector<double> milliseconds;
    site.sink().SetListener([&](const std::string& body) {
      const absl::Duration now = site.loop().Now();
      for (const size_t number : NumbersIn(body)) {
        milliseconds.push_back(
            absl::ToDoubleMilliseconds(now - sent_at.at(number)));
      }
    });
    const absl::Duration start = site.loop().Now();
    for (size_t number = 0; number < count; ++number) {
      site.loop().RunFor(start + static_cast<int64_t>(number) * interval -
                         site.loop().Now());
      sent_at[number] = site.loop().Now();
      client.Send(static_cast<int>(number % kConnections),
                  MakeRequest("PUT",
                              ClientPath(absl::StrCat("/rooms/", room_id,
                                                      "/send/m.room.message/t",
                                                      run, "_", number)),
                              token,
                              absl::StrCat(R"({"msgtype":"m.text","body":)",
                                           R"("number )", number, R"("})")),
                  [](int status, const std::string& body) {
                    if (status != 200) Die(absl::StrCat(status, " ", body));
                  });
    }
    site.loop().RunUntil([&] { return milliseconds.size() >= count; },
                         kPatience, "the messages at the bridge");
    site.sink().SetListener(nullptr);
    std::sort(milliseconds.begin(), milliseconds.end());
    PrintSample("row", {{"p50_ms", Quantile(milliseconds, 0.5)},
                        {"p99_ms", Quantile(milliseconds, 0.99)},
                        {"samples", static_cast<double>(milliseconds.size())}});
    site.loop().RunFor(runs.rest);
  }
}

}  // namespace causeway::bench
