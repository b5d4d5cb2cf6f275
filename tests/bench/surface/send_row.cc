#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "tests/bench/shared/quantile.h"
#include "tests/bench/shared/sample_line.h"
#include "tests/bench/surface/http_client.h"
#include "tests/bench/surface/rate_run.h"
#include "tests/bench/surface/rows.h"

namespace causeway::bench {
namespace {

constexpr int kGhosts = 50;
constexpr int kGhostsInRoom = 10;
constexpr absl::Duration kPatience = absl::Minutes(2);

struct Ghost {
  std::string user_id;
  std::string room_id;
};

std::vector<Ghost> MakeGhosts(Site& site) {
  site.RegisterUsers("ghost", kGhosts);
  std::vector<Ghost> ghosts;
  for (int first = 0; first < kGhosts; first += kGhostsInRoom) {
    std::vector<std::string> members;
    for (int i = first; i < first + kGhostsInRoom; ++i) {
      members.push_back(site.UserId("ghost", i));
    }
    const std::string room_id = site.MakeRoom(members.front(), members);
    for (const std::string& member : members) {
      ghosts.push_back({member, room_id});
    }
  }
  return ghosts;
}

}  // namespace

void MeasureSend(Site& site, Runs runs) {
  const std::vector<Ghost> ghosts = MakeGhosts(site);
  HttpClient client(site.loop(), site.gateway_port(), kGhosts);
  for (int run = 0; run < runs.count; ++run) {
    const int64_t received_before = site.sink().message_count();
    const RateRun result = RunAtFullRate(
        site.loop(), client, runs.time, [&](int connection, int64_t number) {
          const Ghost& ghost = ghosts[static_cast<size_t>(connection)];
          return MakeRequest(
              "PUT",
              SendPath(ghost.room_id, absl::StrCat("t", run, "_", number),
                       ghost.user_id),
              site.as_token(),
              absl::StrCat(R"({"msgtype":"m.text","body":"Message number )",
                           number, R"( of what somebody has to say on IRC"})"));
        });
    const absl::Duration sent = site.loop().Now();
    site.loop().RunUntil(
        [&] {
          return site.sink().message_count() - received_before ==
                 result.answered;
        },
        kPatience, "the messages at the bridge, each once");
    PrintSample("row", {{"messages_per_second", result.PerSecond()},
                        {"p50_ms", Quantile(result.milliseconds, 0.5)},
                        {"p99_ms", Quantile(result.milliseconds, 0.99)},
                        {"bridge_lag_ms",
                         absl::ToDoubleMilliseconds(site.loop().Now() - sent)},
                        {"samples", static_cast<double>(result.answered)}});
    site.loop().RunFor(runs.rest);
  }
}

}  // namespace causeway::bench
